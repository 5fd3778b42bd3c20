// One small function per kind of mark; cells and pictures are in fields.js.
import {MM, PRINT, PT, SIZE} from "./style.js";
import {drawDensity, drawHeat, drawImage, CELLS} from "./fields.js";
import {drawArrow, drawInterval} from "./intervals.js";
import {ink, markerSize, opacity, pick, split} from "./pen.js";
import {MARGIN_TEXT} from "./sizes.js";
import {STROKES, shapePath} from "./shapes.js";
import {at, el, path, words} from "./svg.js";
import {heightOf, literal, widest, wrap} from "./text.js";
import {MARGIN_LEFT} from "./words.js";

const BAR_WIDTH = 0.72; // of the distance between bars
const SWARM = 0.28; // widest sideways shift, in widths of a category
const MANY = 3000; // so many markers nobody can click are drawn as one outline per look
const VERTEX = 8; // size in pixels of what stands for a point of a line
const EDGE = 0.5; // of a pixel: a marker on the edge of the box is inside

function isInside({box, right, bottom}, x, y) {
  return x >= box.left - EDGE && x <= right + EDGE && y >= box.top - EDGE && y <= bottom + EDGE;
}

function markers(pen, mark, xs, ys) {
  const size = markerSize(pen, mark), layer = pen.layer(mark.faint ? 2.8 : 3);
  const merged = new Map();
  const many = mark.n > MANY && !mark.cols.row_id;
  for (let i = 0; i < mark.n; i += 1) {
    const x = xs[i], y = ys[i];
    if (!isInside(pen, x, y)) continue;
    const group = mark.cols.group?.[i] ?? null, symbol = mark.cols.symbol?.[i] ?? null;
    const open = Boolean(mark.cols.hollow?.[i]);
    const shape = pen.look.shape(group, symbol);
    const style = markerStyle(pen, group, shape, {open, faint: mark.faint});
    if (many) {
      const key = JSON.stringify([style, shape]);
      if (!merged.has(key)) merged.set(key, {style, d: ""});
      merged.get(key).d += dot(x, y, size);
      pen.hit(mark, i, {x, y}, null);
      continue;
    }
    const node = el("path", {d: shapePath(shape, size), transform: `translate(${at(x)} ${at(y)})`,
      opacity: opacity(mark), ...style}, layer);
    pen.hit(mark, i, {x, y}, node);
  }
  for (const {style, d} of merged.values()) el("path", {d, opacity: opacity(mark), ...style}, layer);
}

function dot(x, y, size) {
  const r = at(size / 2);
  return `M${at(x - size / 2)} ${at(y)}a${r} ${r} 0 1 1 ${2 * r} 0a${r} ${r} 0 1 1 ${-2 * r} 0Z`;
}

// Attributes of a marker: open is drawn as an outline, a filled one has an edge of paper.
export function markerStyle(pen, group, shape, {open, faint}) {
  const stroke = STROKES.has(shape), {class: name, color} = ink(pen, group);
  const outlined = open || stroke || faint;
  return {
    class: outlined ? `${name} marker` : `${name} marker edged`,
    color,
    fill: open || stroke ? "none" : "currentColor",
    stroke: outlined ? "currentColor" : "#ffffff",
    "stroke-width": at((stroke ? PRINT.STROKE_PT : open ? 0.7 : 0.35) * PT),
    "pointer-events": "all",
  };
}

function drawPoints(pen, mark) {
  markers(pen, mark, pen.place(mark, "x"), pen.place(mark, "y"));
}

// Markers per category, spread sideways so that none hides another.
function drawStrip(pen, mark) {
  const x = pen.x.place(mark, "x"), y = pen.y.place(mark, "y"), size = markerSize(pen, mark);
  const step = (size * (pen.y.high - pen.y.low)) / pen.box.height;
  const spread = (1.08 * size * (pen.x.high - pen.x.low)) / pen.box.width;
  const shifted = swarm(y, x, step, spread);
  markers(pen, mark, shifted.map((v) => pen.X(v)), y.map((v) => pen.Y(v)));
}

// Sideways shifts that keep equal values apart; no randomness.
function swarm(along, across, step, spread) {
  const out = Float64Array.from(across), seen = new Map();
  for (let i = 0; i < out.length; i += 1) {
    if (Number.isNaN(across[i]) || !Number.isFinite(along[i])) continue;
    if (!seen.has(across[i])) seen.set(across[i], []);
    seen.get(across[i]).push(i);
  }
  for (const rows of seen.values()) {
    rows.sort((a, b) => along[a] - along[b] || a - b);
    const last = new Map();
    const slots = rows.map((i) => {
      let k = 0;
      while (along[i] - (last.get(k) ?? -Infinity) < step) k = k > 0 ? -k : 1 - k;
      last.set(k, along[i]);
      return k;
    });
    const most = slots.reduce((m, k) => Math.max(m, Math.abs(k)), 1);
    rows.forEach((i, n) => { out[i] += slots[n] * Math.min(spread, SWARM / most); });
  }
  return out;
}

// Points and their neighbors, so that a dashed piece joins the solid one.
function reach(keep) {
  return keep.map((v, i) => v || keep[i - 1] || keep[i + 1] || false);
}

// A point of a line: seen when it is pointed at, and a marker for the keyboard if it is a row.
function vertex(pen, mark, i, x, y, group) {
  if (!isInside(pen, x, y)) return;
  const known = (mark.cols.row_id?.[i] ?? null) !== null;
  const node = known ? el("path", {d: shapePath("o", VERTEX), class: `${ink(pen, group).class} vertex`,
    transform: `translate(${at(x)} ${at(y)})`, fill: "none", "pointer-events": "all"}, pen.layer(2.9)) : null;
  pen.hit(mark, i, {x, y}, node);
}

function stairs(xs, ys) {
  const x = [], y = [];
  xs.forEach((v, i) => {
    if (i) {
      x.push(v);
      y.push(Number.isNaN(ys[i]) ? NaN : ys[i - 1]);
    }
    x.push(v);
    y.push(ys[i]);
  });
  return [x, y];
}

function lines(pen, mark, steps) {
  const xs = pen.place(mark, "x"), ys = pen.place(mark, "y");
  for (const part of split(mark, "group", "curve")) {
    const [x, y] = [pick(xs, part.rows), pick(ys, part.rows)];
    const dashed = part.rows.map((i) => Boolean(mark.cols.dashed?.[i]));
    const thin = mark.faint || (part.group ?? null) === null;
    const width = (thin ? PRINT.THIN_PT : mark.thin ? PRINT.SLIM_PT : PRINT.LINE_PT) * PT;
    const dash = PRINT.DASH.map((v) => at(v * width)).join(" ");
    const any = dashed.some((v) => v);
    if (mark.cols.row_id || (mark.faint && part.curve)) { // which animal a line is
      part.rows.forEach((i, k) => vertex(pen, mark, i, x[k], y[k], part.group));
    }
    const kinds = [[null, dashed.map((v) => !v)], [dash, any ? reach(dashed) : dashed]];
    for (const [style, keep] of kinds) {
      if (!keep.some((v) => v)) continue;
      const kept = y.map((v, i) => (keep[i] ? v : NaN));
      el("path", {
        d: path(...(steps ? stairs(x, kept) : [x, kept])), fill: "none", stroke: "currentColor",
        "stroke-width": at(width), "stroke-dasharray": style, "stroke-linejoin": "round",
        opacity: opacity(mark), ...ink(pen, part.group),
      }, pen.layer(mark.faint ? 2 : 2.4, true));
    }
  }
}

// The region from low to high; where either is missing there is none.
function drawBand(pen, mark) {
  const xs = pen.place(mark, "x"), highs = pen.y.place(mark, "high").map((v) => pen.Y(v));
  const lows = pen.y.placeLimit(mark, "low").map((v) => pen.Y(v));
  for (const part of split(mark, "group", "curve")) {
    let d = "", run = [];
    const close = () => {
      if (run.length > 1) {
        const back = [...run].reverse();
        const upper = run.map((i) => `${at(xs[i])} ${at(highs[i])}`);
        const lower = back.map((i) => `${at(xs[i])} ${at(lows[i])}`);
        d += `M${[...upper, ...lower].join("L")}Z`;
      }
      run = [];
    };
    for (const i of part.rows) {
      if (Number.isNaN(xs[i] + lows[i] + highs[i])) close();
      else run.push(i);
    }
    close();
    el("path", {d, fill: "currentColor", opacity: mark.solid ? PRINT.AREA_ALPHA : PRINT.BAND_ALPHA,
      ...ink(pen, part.group)}, pen.layer(1.2, true));
  }
}

function bar(pen, mark, i, [x0, x1], [y0, y1], style) {
  if (Number.isNaN(x0 + x1 + y0 + y1)) return;
  const place = {x0: Math.min(x0, x1), x1: Math.max(x0, x1), y0: Math.min(y0, y1), y1: Math.max(y0, y1)};
  el("rect", {x: at(place.x0), y: at(place.y0), width: at(place.x1 - place.x0),
    height: at(place.y1 - place.y0), fill: "currentColor", ...style}, pen.layer(1.5, true));
  pen.hit(mark, i, {...place, x: (x0 + x1) / 2, y: (y0 + y1) / 2}, null);
}

// Bars from 0, the groups of one category side by side; or each from its base, as a stack.
function drawBar(pen, mark) {
  const x = pen.x.place(mark, "x"), y = pen.y.place(mark, "y");
  if (mark.cols.base) {
    const base = pen.y.place(mark, "base");
    for (let i = 0; i < mark.n; i += 1) {
      const across = [x[i] - BAR_WIDTH / 2, x[i] + BAR_WIDTH / 2].map((v) => pen.X(v));
      const {class: name, color} = ink(pen, mark.cols.group?.[i] ?? null);
      bar(pen, mark, i, across, [pen.Y(base[i]), pen.Y(y[i])],
        {class: `${name} edged`, color, "fill-opacity": 0.55, stroke: "#ffffff", "stroke-width": at(0.6 * PT)});
    }
    return;
  }
  const parts = split(mark, "group"), places = [...new Set([...x].filter(Number.isFinite))].sort((a, b) => a - b);
  const gaps = places.slice(1).map((v, i) => v - places[i]);
  const pitch = pen.x.axis.scale === "category" || !gaps.length ? 1 : Math.min(...gaps);
  const shared = new Set(mark.frame.x).size < mark.n, slots = shared ? parts.length : 1;
  const width = (BAR_WIDTH * pitch) / slots, zero = pen.y.axis.scale === "log10" ? pen.bottom : pen.Y(0);
  parts.forEach((part, k) => {
    const shift = shared ? (k - (slots - 1) / 2) * width : 0;
    for (const i of part.rows) {
      const across = [x[i] + shift - 0.47 * width, x[i] + shift + 0.47 * width].map((v) => pen.X(v));
      bar(pen, mark, i, across, [zero, pen.Y(y[i])], {...ink(pen, part.group), "fill-opacity": 0.75});
    }
  });
}

// Words at (x, y), or right of the panel at height y; those under it are written by axes.js.
function drawText(pen, mark) {
  const ys = pen.place(mark, "y"), halo = pen.panel.marks.some((m) => CELLS.has(m.kind));
  for (let i = 0; i < mark.n; i += 1) {
    const align = mark.cols.align?.[i] ?? "center";
    if (align === "under") continue;
    const style = {size: SIZE.small, class: pen.look.color(mark.cols.group?.[i] ?? null).name};
    if (align === "margin") {
      const said = wrap(mark.cols.text[i], MARGIN_TEXT * pen.page, SIZE.small);
      const top = ys[i] - heightOf(said.length, SIZE.small) / 2;
      if (!Number.isNaN(top)) words(pen.layer(4), said, pen.right + MARGIN_LEFT, top, style);
      continue;
    }
    const said = String(mark.cols.text[i]).split("\n").map(literal);
    const one = {...mark, cols: {x: mark.cols.x.slice(i, i + 1)}};
    let x = pen.place(one, "x")[0];
    if (align === "center") x = inside(pen, x, widest(said, SIZE.small) + MM);
    const top = ys[i] - heightOf(said.length, SIZE.small) / 2;
    if (Number.isNaN(x + top)) continue;
    const anchor = {left: "start", right: "end", center: "middle"}[align];
    const node = words(pen.layer(4), said, x, top, {...style, anchor});
    node.setAttribute("pointer-events", "none");
    if (halo) node.classList.add("halo");
  }
}

// Centered words are shifted so far that they stay inside the panel, if they fit at all.
function inside(pen, x, wide) {
  if (wide > pen.box.width || x < pen.box.left || x > pen.right) return x;
  return Math.min(Math.max(x, pen.box.left + wide / 2), pen.right - wide / 2);
}

export const DRAW = {
  points: drawPoints,
  line: (pen, mark) => lines(pen, mark, false),
  step: (pen, mark) => lines(pen, mark, true),
  band: drawBand,
  interval: drawInterval,
  bar: drawBar,
  strip: drawStrip,
  heat: drawHeat,
  density: drawDensity,
  image: drawImage,
  text: drawText,
  arrow: drawArrow,
};
