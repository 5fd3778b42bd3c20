// Doses as people write them: 0,5 is a half, 1,000 may be one or a thousand and is never guessed.

const THREE = /^([1-9]\d{0,2})([.,])(\d{3})$/;
const PLAIN = /^(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;

/** Number of one dose as text with a point, or why it is none: {text} or {fault}. */
export function readDose(typed) {
  const said = typed.trim();
  if (!said) return { text: "" };
  const three = said.match(THREE);
  if (three && (three[2] === "," || three[3].endsWith("0"))) {
    const [, whole, , part] = three;
    const decimals = part.replace(/0+$/, "") || "0";
    return {
      fault: `'${said}' can be read in two ways. Write ${whole}${part} or ${whole}.${decimals}.`,
    };
  }
  if (/^[1-9]\d{0,2}([., '\u00a0\u202f]\d{3})+([.,]\d+)?$/.test(said) && !three)
    return { fault: `'${said}' has marks between its thousands. Write the number without them.` };
  if (/^[-\u2212]/.test(said)) return { fault: `'${said}' is below zero. A dose is zero or more.` };
  if (!PLAIN.test(said)) {
    const unit = /^[\d.,]+\s*[a-zµμ%/]+/i.test(said);
    return {
      fault: unit
        ? `'${said}' is more than a number. The unit goes into its own box.`
        : `'${said}' is no number. Write a dose such as 0.5 or 1000.`,
    };
  }
  const text = said.replace(",", ".");
  return Number.isFinite(Number(text)) ? { text } : { fault: `'${said}' is too large for a dose.` };
}

/** Doses in a line: "1000, 100, 10", "0,5; 1" or top/factor x steps: {doses} or {fault}. */
export function readDoses(line) {
  const steps = line.match(/^\s*([\d.,]+(?:e-?\d+)?)\s*\/\s*([\d.,]+)\s*[x×*]\s*(\d+)\s*$/i);
  const parts = steps ? [steps[1], steps[2]] : parted(line);
  if (!Array.isArray(parts)) return parts;
  const read = parts.map(readDose);
  const fault = read.find((one) => one.fault);
  if (fault) return fault;
  const numbers = read.map((one) => Number(one.text));
  if (!steps) return { doses: numbers };
  const [top, factor] = numbers;
  if (!(factor > 1)) return { fault: "The factor must be above 1. Write for example 1000/3x8." };
  return {
    doses: Array.from({ length: Number(steps[3]) }, (_, i) => Number((top / factor ** i).toPrecision(6))),
  };
}

/** A comma between digits is a decimal or parts two doses: said only where it cannot be mistaken. */
function parted(line) {
  const cut = (sign) => line.split(sign).map((part) => part.trim()).filter(Boolean);
  if (/[;\n]/.test(line)) return cut(/[;\n]/);
  if (/,\s/.test(line)) return cut(/,\s+|,$/);
  const bare = cut(",");
  if (bare.length < 2) return bare;
  if (bare.length === 2 || /(^|,)[1-9]\d{0,2},\d{3}(?!\d)/.test(line))
    return {
      fault: `'${line.trim()}' can be read in two ways. Put a space behind each comma: 1000, 100, 10.`,
    };
  return bare;
}
