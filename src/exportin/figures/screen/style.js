// Sizes, colors and marker shapes of the printed figure. PRINT is plain JSON: a test reads it and
// holds it against the printer's own constants.
export const PRINT = {
  "WIDTH_MM": {"single": 85.0, "double": 178.0},
  "EDGE_MM": 1.2,
  "GAP_MM": 3.0,
  "MM_PER_INCH": 25.4,
  "TITLE_PT": 8.0,
  "TEXT_PT": 7.0,
  "TICK_PT": 6.5,
  "SMALL_PT": 6.0,
  "LINE_HEIGHT": 1.25,
  "LINE_PT": 1.2,
  "SLIM_PT": 0.8,
  "THIN_PT": 0.5,
  "INTERVAL_PT": 1.0,
  "MARKER_PT": 4.2,
  "FAINT_MARKER_PT": 2.8,
  "FULL_MARKER_MM": 38.0,
  "FAINT_ALPHA": 0.45,
  "BAND_ALPHA": 0.18,
  "AREA_ALPHA": 0.50,
  "DASH": [2.2, 1.6],
  "INK": "#333333",
  "GRAY": "#8a8a8a",
  "NOTE": "#555555",
  "MISSING": "#ececec",
  "COLORS": ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"],
  "SHAPES": ["o", "s", "^", "D", "v", "p", "h", "X"],
  "NAMED_SHAPES": {"down": "v", "cross": "x", "plus": "+", "tick": "|", "cap": "_"},
  "STROKES": ["+", "_", "x", "|"],
  "STROKE_PT": 0.9,
  "SEQUENTIAL": "cividis",
  "DIVERGING": "PuOr"
};

export const MM = 5; // pixels of the screen per mm of paper: 7 pt become 12.3 px
export const PT = (PRINT.MM_PER_INCH / 72) * MM;
export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
export const MAX_SYMBOLS = PRINT.SHAPES.length;

export const SIZE = {
  title: PRINT.TITLE_PT * PT,
  text: PRINT.TEXT_PT * PT,
  tick: PRINT.TICK_PT * PT,
  small: PRINT.SMALL_PT * PT,
};

const NUMBERS_IN = /([0-9]+)/;

function naturalParts(text) {
  return text.split(NUMBERS_IN).filter((part) => part).map((part) => (
    /^[0-9]+$/.test(part) ? [0, Number(part), part] : [1, 0, part]));
}

// Order that puts experiment 2 before experiment 10.
export function natural(a, b) {
  const [left, right] = [naturalParts(a), naturalParts(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    for (let k = 0; k < 3; k += 1) {
      if (left[i][k] !== right[i][k]) return left[i][k] < right[i][k] ? -1 : 1;
    }
  }
  return left.length - right.length;
}

function found(panels, column) {
  const names = new Set();
  for (const panel of panels) {
    for (const mark of panel.marks) {
      for (const value of mark.cols[column] ?? []) if (value !== null) names.add(String(value));
    }
  }
  return names;
}

// Which color and shape stands for what, the same in every panel of a view.
export class Look {
  constructor(view, panels) {
    const named = new Set(view.groups);
    const others = [...found(panels, "group")].filter((name) => !named.has(name)).sort(natural);
    this.groups = [...named, ...others];
    this.fixed = view.shapes.map(([name, shape]) => [name, PRINT.NAMED_SHAPES[shape]]);
    const chosen = new Set(this.fixed.map(([name]) => name));
    this.symbols = [...found(panels, "symbol")].filter((name) => !chosen.has(name)).sort(natural);
    this.place = new Map(this.groups.map((name, i) => [name, i]));
  }

  // Class and printed color of a group; rows without a group are drawn in ink.
  color(group) {
    if (group === null || group === undefined) return {name: "ink", color: PRINT.INK};
    const i = (this.place.get(String(group)) ?? 0) % PRINT.COLORS.length;
    return {name: `color-${i}`, color: PRINT.COLORS[i]};
  }

  shape(group, symbol = null) {
    const fixed = this.fixed.find(([name]) => name === symbol);
    if (fixed) return fixed[1];
    const several = this.symbols.length > 1 && this.symbols.length <= MAX_SYMBOLS;
    if (symbol !== null && several) return PRINT.SHAPES[this.symbols.indexOf(symbol)];
    if (group === null || several) return PRINT.SHAPES[0];
    return PRINT.SHAPES[this.place.get(group) % PRINT.SHAPES.length];
  }
}
