// From the values of an axis to where they are drawn: limits and positions, as in print.
const PAD = 0.05; // of the range, at both ends
export const ZERO_GAP = 0.7; // decades between the lowest dose and the place of dose 0
const CELLS = new Set(["heat", "image"]);
const NUMERIC = /^(U?Int|Float|Decimal)/;
const WORDS = {NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity};

// The marks of a view with columns ready to draw: numbers are numbers, empty ones are NaN.
export function decode(view) {
  return view.panels.map((panel) => ({...panel, marks: panel.marks.map(decodeMark)}));
}

function decodeMark(mark) {
  const cols = {}, numeric = {};
  for (const [name, kind] of Object.entries(mark.types)) {
    const given = mark.frame[name];
    numeric[name] = NUMERIC.test(kind);
    cols[name] = numeric[name] ? Float64Array.from(given, numberOf) : given;
  }
  const first = Object.values(mark.frame)[0];
  return {...mark, cols, numeric, n: first ? first.length : 0};
}

function numberOf(value) {
  if (value === null) return NaN;
  return typeof value === "string" ? WORDS[value] ?? Number(value) : value;
}

export class Scale {
  constructor(axis, low, high, zero = null) {
    Object.assign(this, {axis, low, high, zero});
    this.numbers = new Map(axis.categories.map((name, i) => [name, i]));
  }

  // Position of one number; NaN where there is nothing to draw.
  at(value) {
    if (this.axis.scale !== "log10") return value;
    if (value === 0) return this.zero ?? NaN;
    return value > 0 ? Math.log10(value) : NaN;
  }

  // Positions of a column; a text on a category axis names the category.
  place(mark, name) {
    const values = mark.cols[name];
    if (mark.numeric[name]) {
      return this.axis.scale === "log10" ? values.map((v) => this.at(v)) : values;
    }
    return Float64Array.from(values, (v) => this.category(v));
  }

  category(name) {
    if (name === null) return NaN;
    if (this.axis.scale !== "category") return this.at(Number(name));
    const found = this.numbers.get(name);
    if (found === undefined) throw new Error(`axis '${this.axis.label}' has no category '${name}'`);
    return found;
  }

  // Positions of lower limits: 0 and below lie beyond the low end of a log axis.
  placeLimit(mark, name) {
    if (this.axis.scale !== "log10") return this.place(mark, name);
    return mark.cols[name].map((v) => (v <= 0 ? this.low - 1 : Math.log10(v)));
  }
}

// Along which axis the limits of an interval or band lie.
export function intervalSide(mark, panel) {
  if (mark.kind === "band") return "y";
  if (mark.along !== "auto") return mark.along;
  return panel.x.scale === "category" ? "y" : "x";
}

function columnsOf(mark, panel, side) {
  const names = [side, `${side}2`];
  if ((mark.kind === "interval" || mark.kind === "band") && intervalSide(mark, panel) === side) {
    names.push("low", "high");
  }
  if (mark.kind === "text" && mark.cols.align) {
    if (mark.cols.align.some((a) => a === "margin" || a === "under")) return [];
  }
  return names;
}

// What the limits of an axis need to know of the values it shows.
export class Range {
  constructor() {
    Object.assign(this, {size: 0, min: Infinity, max: -Infinity, least: Infinity, zero: false});
  }

  add(value) {
    if (!Number.isFinite(value)) return;
    this.size += 1;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (value > 0 && value < this.least) this.least = value;
    if (value === 0) this.zero = true;
  }
}

function gather(panel, side) {
  const range = new Range();
  for (const mark of panel.marks) {
    for (const name of columnsOf(mark, panel, side)) {
      if (mark.numeric[name]) for (const value of mark.cols[name]) range.add(value);
    }
    if (mark.kind === "bar" && side === "y" && mark.n) range.add(0);
  }
  return range;
}

function padded(low, high, axis, unit) {
  const pad = high > low ? PAD * (high - low) : unit;
  return [axis.low === null ? low - pad : low, axis.high === null ? high + pad : high];
}

function logScale(axis, range) {
  const any = range.least < Infinity;
  let low = any ? Math.log10(range.least) : 0;
  let high = any ? Math.log10(range.max) : Math.max(low, 0);
  low = axis.low === null ? low : Math.log10(axis.low);
  high = axis.high === null ? high : Math.log10(axis.high);
  [low, high] = padded(low, Math.max(low, high), axis, 0.5);
  if (!range.zero) return new Scale(axis, low, high);
  return new Scale(axis, low - 1.3 * ZERO_GAP, high, low - ZERO_GAP);
}

// Limits of an axis: as stated, otherwise from its values; edges: cells, no padding.
export function scaleOf(axis, range, edges = false) {
  if (axis.scale === "category") {
    return new Scale(axis, -0.5, Math.max(axis.categories.length, 1) - 0.5);
  }
  if (axis.scale === "log10") return logScale(axis, range);
  const low = range.size && axis.low === null ? range.min : axis.low ?? 0;
  const top = range.size && axis.high === null ? range.max : axis.high;
  const high = Math.max(low, top ?? low + 1);
  if (edges) return new Scale(axis, low - 0.5, high + 0.5);
  return new Scale(axis, ...padded(low, high, axis, Math.abs(low) * 0.1 || 1));
}

export function panelScales(panel) {
  const cells = panel.marks.some((mark) => CELLS.has(mark.kind));
  return ["x", "y"].map((side) => scaleOf(panel[side], gather(panel, side), cells));
}
