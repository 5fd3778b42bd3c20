// Cells of a plate or heat map, densities and pictures.
import {PRINT, PT} from "./style.js";
import {Range, Scale, scaleOf} from "./scales.js";
import {colorAt, level, paletteBytes} from "./palettes.js";
import {pngAddress} from "./pixels.js";
import {at, el} from "./svg.js";

export const CELLS = new Set(["heat", "density", "image"]); // marks whose values are colors
const VALUE = {label: "Value", unit: "", scale: "linear", categories: [], low: null, high: null,
  ticks: [], tick_words: []};
const SMALL = 1600; // more cells than this have no borders

// The axis of the colors, if the panel has any.
export function valueAxis(panel) {
  return panel.marks.some((mark) => CELLS.has(mark.kind)) ? panel.value ?? VALUE : null;
}

export function paletteOf(axis) {
  const symmetric = axis.low !== null && axis.high !== null && axis.low === -axis.high;
  return symmetric ? PRINT.DIVERGING : PRINT.SEQUENTIAL;
}

// One range per value axis, over all panels that share it.
export function colorScales(panels) {
  const seen = new Map();
  for (const panel of panels) {
    const axis = valueAxis(panel);
    if (axis === null) continue;
    const key = JSON.stringify(axis);
    if (!seen.has(key)) seen.set(key, {axis, range: new Range()});
    for (const mark of panel.marks) {
      if (CELLS.has(mark.kind)) for (const v of mark.cols.value) seen.get(key).range.add(v);
    }
  }
  return new Map([...seen].map(([key, {axis, range}]) => [key, tight(axis, range)]));
}

// Range of the colors: that of the values, not padded.
function tight(axis, range) {
  const scale = scaleOf(axis, range);
  if (!range.size) return scale;
  const log = axis.scale === "log10";
  const zero = log && range.zero && scale.zero !== null;
  if (log && range.least === Infinity && !zero) return scale;
  const least = zero ? scale.zero : scale.at(log ? range.least : range.min);
  const most = range.max > 0 || !log ? scale.at(range.max) : least;
  const low = axis.low === null ? least : scale.low, high = axis.high === null ? most : scale.high;
  return new Scale(axis, low, high > low ? high : low + 1);
}

// Distinct positions in order; all categories where the axis has them.
function centers(scale, values) {
  if (scale.axis.scale === "category") return scale.axis.categories.map((_, i) => i);
  return [...new Set([...values].filter(Number.isFinite))].sort((a, b) => a - b);
}

// Borders of cells around their centers.
function edges(places) {
  const n = places.length;
  if (n === 1) return [places[0] - 0.5, places[0] + 0.5];
  const middle = places.slice(1).map((v, i) => (v + places[i]) / 2);
  return [2 * places[0] - middle[0], ...middle, 2 * places[n - 1] - middle[n - 2]];
}

function lookup(places) {
  return new Map(places.map((v, i) => [v, i]));
}

// Cells colored by value; gray: not measured; crossed: excluded.
export function drawHeat(pen, mark) {
  const x = pen.x.place(mark, "x"), y = pen.y.place(mark, "y"), value = pen.value.place(mark, "value");
  const columns = centers(pen.x, x), rows = centers(pen.y, y);
  const [i, j] = [lookup(columns), lookup(rows)];
  const [left, top] = [edges(columns).map((v) => pen.X(v)), edges(rows).map((v) => pen.Y(v))];
  const {box} = pen, small = columns.length * rows.length <= SMALL;
  el("rect", {x: at(box.left), y: at(box.top), width: at(box.width), height: at(box.height),
    class: "missing", fill: "currentColor"}, pen.layer(0.9));
  const layer = pen.layer(1), named = paletteOf(pen.value.axis), border = small ? 0.5 * PT : 0;
  const loose = new Map(); // cells nobody can click, by color
  for (let k = 0; k < mark.n; k += 1) {
    const a = i.get(x[k]), b = j.get(y[k]);
    if (a === undefined || b === undefined) continue;
    const [x0, x1] = [left[a], left[a + 1]].sort((p, q) => p - q);
    const [y0, y1] = [top[b], top[b + 1]].sort((p, q) => p - q);
    const cell = {x0, x1, y0, y1, x: (x0 + x1) / 2, y: (y0 + y1) / 2};
    const share = (value[k] - pen.value.low) / (pen.value.high - pen.value.low);
    const fill = Number.isNaN(share) ? null : colorAt(named, share);
    const rowId = mark.cols.row_id?.[k] ?? null;
    if (rowId === null && mark.n > SMALL) {
      const inset = `M${at(x0)} ${at(y0)}H${at(x1)}V${at(y1)}H${at(x0)}Z`;
      if (fill) loose.set(fill, (loose.get(fill) ?? "") + inset);
      pen.hit(mark, k, cell, null);
      continue;
    }
    const node = el("rect", {x: at(x0), y: at(y0), width: at(x1 - x0), height: at(y1 - y0),
      fill: fill ?? "currentColor", class: fill ? "cell" : "cell missing",
      "stroke-width": border || null}, layer);
    pen.hit(mark, k, cell, node);
  }
  for (const [fill, d] of loose) {
    el("path", {d, fill, "shape-rendering": "crispEdges"}, layer);
  }
  crosses(pen, mark, x, y);
}

function crosses(pen, mark, x, y) {
  const out = mark.cols.hollow;
  if (!out) return;
  let d = "";
  const far = 2.25 * PT;
  for (let k = 0; k < mark.n; k += 1) {
    const px = pen.X(x[k]), py = pen.Y(y[k]);
    if (!out[k] || Number.isNaN(px + py)) continue;
    const [a, b, c, e] = [px - far, px + far, py - far, py + far].map(at);
    d += `M${a} ${c}L${b} ${e}M${a} ${e}L${b} ${c}`;
  }
  if (!d) return;
  for (const [stroke, width] of [["#ffffff", 1.8], [PRINT.INK, 0.8]]) {
    el("path", {d, stroke, "stroke-width": at(width * PT), fill: "none", "pointer-events": "none"},
      pen.layer(3.2));
  }
}

// Even grid of a density: places where whole rows or columns are empty are kept.
function even(values) {
  const found = [...new Set([...values].filter(Number.isFinite))].sort((a, b) => a - b);
  const gaps = found.slice(1).map((v, i) => v - found[i]);
  const gap = gaps.length ? Math.min(...gaps) : 1;
  const count = found.length ? Math.round((found[found.length - 1] - found[0]) / gap) + 1 : 0;
  return {first: found[0] ?? 0, gap, count};
}

function picture(pen, mark, palette) {
  const x = pen.x.place(mark, "x"), y = pen.y.place(mark, "y"), value = pen.value.place(mark, "value");
  const across = even(x), along = even(y);
  if (!across.count || !along.count) return;
  const span = (grid) => [grid.first - grid.gap / 2, grid.first + (grid.count - 0.5) * grid.gap];
  const [x0, x1] = span(across).map((v) => pen.X(v)).sort((a, b) => a - b);
  const ends = span(along).map((v) => pen.Y(v));
  const upwards = ends[0] > ends[1];
  const [y0, y1] = ends.sort((a, b) => a - b);
  const levels = new Uint8Array(across.count * along.count).fill(255);
  const index = new Int32Array(levels.length).fill(-1);
  const range = pen.value.high - pen.value.low;
  for (let k = 0; k < mark.n; k += 1) {
    const i = Math.round((x[k] - across.first) / across.gap);
    const j = Math.round((y[k] - along.first) / along.gap);
    const share = (value[k] - pen.value.low) / range;
    if (Number.isNaN(share + i + j)) continue;
    const row = upwards ? along.count - 1 - j : j;
    levels[row * across.count + i] = Math.min(level(share), 254); // 255 is empty
    index[row * across.count + i] = k;
  }
  pen.fields.push((px, py) => { // thousands of cells: looked up, not kept one by one
    const i = Math.floor(((px - x0) / (x1 - x0)) * across.count);
    const j = Math.floor(((py - y0) / (y1 - y0)) * along.count);
    const inside = i >= 0 && j >= 0 && i < across.count && j < along.count;
    const k = inside ? index[j * across.count + i] : -1;
    return k < 0 ? null : {mark, i: k, node: null, rowId: null, x: pen.X(x[k]), y: pen.Y(y[k])};
  });
  el("image", {
    x: at(x0), y: at(y0), width: at(x1 - x0), height: at(y1 - y0), preserveAspectRatio: "none",
    href: pngAddress(levels, across.count, along.count, paletteBytes(palette)), class: "pixels",
    "image-rendering": "pixelated",
  }, pen.layer(1, true));
}

// Counts as pixels of color on white: many cells, of which most are empty.
export function drawDensity(pen, mark) {
  const {box} = pen;
  el("rect", {x: at(box.left), y: at(box.top), width: at(box.width), height: at(box.height),
    class: "field", fill: "currentColor"}, pen.layer(0.7));
  picture(pen, mark, paletteOf(pen.value.axis));
}

// Pixels of a picture, in shades of gray.
export function drawImage(pen, mark) {
  picture(pen, mark, "gray");
}

