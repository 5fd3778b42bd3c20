// Small helpers to build elements. Text is always set as text: names from files are never markup.

/** Make an element: attributes, listeners (onclick: f), then children (nodes or text). */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name === "value" || name === "checked") made[name] = value;
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Wait until nothing was asked for `ms` milliseconds. */
export function later(ms, act) {
  let waiting = 0;
  return (...given) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => act(...given), ms);
  };
}

/** "1 well", "3 wells". */
export function count(n, word) {
  if (n === 1) return `1 ${word}`;
  const many = /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
  return `${n} ${many}`;
}

/** Name of a column as people read it. */
export function heading(name) {
  const known = {
    row_id: "Row",
    unit_id: "Unit",
    sample_id: "Sample",
    n_units: "n",
    conf_low: "Interval, low",
    conf_high: "Interval, high",
    p_value: "p",
    p_adjusted: "Adjusted p",
    dose_unit: "Dose unit",
    sha256: "SHA-256",
  };
  if (known[name]) return known[name];
  const words = String(name).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const SUPER = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** A number short enough for a list; full precision stays in the files. */
export function shortNumber(value, digits = 4) {
  if (typeof value !== "number") return value === null || value === undefined ? "" : String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value).replace("-", "−");
  const size = Math.abs(value);
  const text =
    size >= 1e-3 && size < 1e6
      ? size >= 10 ** digits
        ? value.toFixed(0)
        : String(Number(value.toPrecision(digits)))
      : value
          .toExponential(digits - 1)
          .replace(/\.?0*e/, "e")
          .replace(/e\+?(-?\d+)/, (_, power) => ` × 10${[...power].map((c) => SUPER[c]).join("")}`);
  return text.replace(/^-/, "−");
}
