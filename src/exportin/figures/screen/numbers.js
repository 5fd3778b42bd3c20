// Numbers as the printer writes them: true minus, raised powers of ten, no locale.
const MINUS = "\u2212", THIN = "\u202f", FIXED = "\u00a0";
const RAISED = {"-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹"};
const PLAIN_LOW = 1e-3, PLAIN_HIGH = 1e5; // written 0.001 ... 100000, beyond as 10⁻⁹
const TINY = 1e-4, HUGE = 1e7, POWER_DIGITS = 3; // of values beside a marker
const DIGITS = 4;

export function powerText(power) {
  return `10${[...String(power)].map((c) => RAISED[c]).join("")}`;
}

// Digits and exponent of a number, rounded to so many digits; halves go to the even digit.
function rounded(value, digits) {
  const size = Math.abs(value);
  if (size.toExponential(digits).split("e")[0].endsWith("5")) return evenly(size, digits);
  const [mantissa, power] = size.toExponential(digits - 1).split("e"); // no half: any rule will do
  return {digits: mantissa.replace(".", ""), exponent: Number(power)};
}

function evenly(value, digits) {
  const exact = Math.abs(value).toExponential(Math.min(digits + 50, 100));
  const [mantissa, power] = exact.split("e");
  const all = mantissa.replace(".", "");
  const rest = all.slice(digits);
  const half = rest[0] === "5" && /^50*$/.test(rest);
  const up = half ? Number(all[digits - 1]) % 2 === 1 : Number(rest[0]) >= 5;
  let kept = BigInt(all.slice(0, digits)) + (up ? 1n : 0n);
  let exponent = Number(power);
  if (kept === 10n ** BigInt(digits)) {
    kept /= 10n;
    exponent += 1;
  }
  return {digits: kept.toString().padStart(digits, "0"), exponent};
}

function trimmed(text) {
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

function written(digits, exponent) {
  if (exponent < 0) return trimmed(`0.${"0".repeat(-exponent - 1)}${digits}`);
  if (exponent >= digits.length - 1) return digits + "0".repeat(exponent - digits.length + 1);
  return trimmed(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`);
}

// A number in plain digits, at most so many; as Python's format "g" within 1e-4 and 10**digits.
export function general(value, digits) {
  if (value === 0) return "0";
  const {digits: kept, exponent} = rounded(value, digits);
  return (value < 0 ? "-" : "") + written(kept, exponent);
}

export function tickText(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : `${MINUS}inf`;
  const size = Math.abs(value);
  if (size === 0 || (size >= PLAIN_LOW && size <= PLAIN_HIGH)) {
    return general(value, 10).replace("-", MINUS);
  }
  const power = Math.floor(Math.log10(size) + 1e-12);
  const factor = general(value / 10 ** power, 4);
  if (factor === "1") return powerText(power);
  return `${factor.replace("-", MINUS)}×${powerText(power)}`;
}

// A number that stands alone: zeros that say nothing are left out, powers of ten where it must be.
export function significant(value, digits = 3) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const sign = value < 0 ? "-" : "";
  if (size >= TINY && size < HUGE) {
    const {digits: kept, exponent} = rounded(value, digits);
    return sign + written(kept, exponent);
  }
  const {digits: kept, exponent} = rounded(value, Math.min(digits, POWER_DIGITS));
  return `${sign}${trimmed(`${kept[0]}.${kept.slice(1)}`)}e${exponent}`;
}

// A number as set in the report: thin spaces from 10 000 on.
export function typeset(text) {
  const raised = text.replace(/e(-?\d+)$/, (_, power) => ` × ${powerText(Number(power))}`);
  const cut = raised.indexOf("×");
  const [head, tail] = cut < 0 ? [raised, ""] : [raised.slice(0, cut), raised.slice(cut)];
  const grouped = head.replace(/(?<![\d.])\d{5,}/g, (run) => run.replace(/\B(?=(\d{3})+$)/g, THIN));
  const out = grouped.replaceAll("-", MINUS) + tail;
  return out.replace(/(^|(?<= ))1 × /g, "$1").replaceAll(" ", FIXED);
}

// A value beside a marker: whole numbers as they are, others with four digits.
export function valueText(value) {
  if (!Number.isFinite(value)) return "";
  const whole = Number.isInteger(value) && Math.abs(value) < HUGE;
  return typeset(whole ? String(value) : significant(value, DIGITS));
}
