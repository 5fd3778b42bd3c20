// One panel: box, ticks, labels, reference lines, table and note; its marks are drawn by marks.js.
import {MM, PRINT, PT, SIZE} from "./style.js";
import {CELLS} from "./fields.js";
import {DRAW, markerStyle} from "./marks.js";
import {ZERO_GAP} from "./scales.js";
import {shapePath} from "./shapes.js";
import {at, el, words} from "./svg.js";
import {heightOf, literal} from "./text.js";
import {TABLE_ABOVE, TABLE_BESIDE, TICK} from "./words.js";

const THIN = PRINT.THIN_PT * PT, AXIS = 1.2 * THIN;

// Draw everything of a panel into a group of its own.
export function drawPanel(pen, parent) {
  const {panel} = pen;
  references(pen);
  for (const mark of panel.marks) if (mark.n) DRAW[mark.kind](pen, mark);
  const group = el("g", {class: "panel", role: "group", "aria-label": literal(panel.title) || null},
    parent);
  const {box} = pen;
  el("rect", {x: at(box.left), y: at(box.top), width: at(box.width), height: at(box.height)},
    el("clipPath", {id: pen.clip}, group));
  frame(pen, pen.layer(2.5, false, true));
  group.append(...pen.stacked());
  if (!panel.marks.some((mark) => mark.n)) {
    const middle = box.top + box.height / 2 - heightOf(1) / 2;
    words(group, ["no data"], box.left + box.width / 2, middle, {anchor: "middle", class: "gray"});
  }
  written(pen, group);
  return group;
}

function line(parent, d, style = {}) {
  return el("path", {d, fill: "none", stroke: "currentColor", "stroke-width": at(AXIS),
    class: "ink", ...style}, parent);
}

function references(pen) {
  const {panel, box} = pen, style = {class: "gray", "stroke-width": at(THIN)};
  const [x, y] = [panel.reference_x, panel.reference_y];
  const layer = pen.layer(0.8, true);
  if (x !== null) line(layer, `M${at(pen.X(pen.x.at(x)))} ${at(box.top)}V${at(pen.bottom)}`, style);
  if (y !== null) line(layer, `M${at(box.left)} ${at(pen.Y(pen.y.at(y)))}H${at(pen.right)}`, style);
}

// The axes, closed to a frame around cells, their ticks and the breaks before 0.
function frame(pen, layer) {
  const {box, words: w} = pen, cells = pen.panel.marks.some((mark) => CELLS.has(mark.kind));
  const [left, top, right, bottom] = [box.left, box.top, pen.right, pen.bottom].map(at);
  line(layer, `M${left} ${top}V${bottom}H${right}${cells ? `V${top}Z` : ""}`);
  const tick = (long, x, y, side) => (side === "x" ? `M${at(x)} ${bottom}v${at(long)}`
    : `M${left} ${at(y)}h${at(-long)}`);
  let major = "", minor = "";
  if (w.x.tick) for (const v of w.x.at) major += tick(w.x.tick, pen.X(v), 0, "x");
  if (w.y.tick) for (const v of w.y.at) major += tick(w.y.tick, 0, pen.Y(v), "y");
  for (const v of w.x.minor) minor += tick(TICK.short, pen.X(v), 0, "x");
  for (const v of w.y.minor) minor += tick(TICK.short, 0, pen.Y(v), "y");
  if (major) line(layer, major);
  if (minor) line(layer, minor, {"stroke-width": at(THIN)});
  if (pen.x.zero !== null) axisBreak(pen.X(pen.x.zero + ZERO_GAP * 0.4), pen.bottom, pen, 25);
  if (pen.y.zero !== null) axisBreak(box.left, pen.Y(pen.y.zero + ZERO_GAP * 0.4), pen, 65);
}

// Two short strokes between 0 and the decades, on a piece of paper that opens the axis.
function axisBreak(x, y, pen, turn) {
  const apart = 0.006 * pen.box.width, half = 2.25 * PT, upright = turn > 45;
  const lean = (turn * Math.PI) / 180, [dx, dy] = [half * Math.sin(lean), half * Math.cos(lean)];
  let d = "";
  for (const shift of [-apart, apart]) {
    const [cx, cy] = upright ? [x, y + shift] : [x + shift, y];
    d += `M${at(cx - dx)} ${at(cy + dy)}L${at(cx + dx)} ${at(cy - dy)}`;
  }
  const gap = upright ? `M${at(x)} ${at(y - apart)}V${at(y + apart)}`
    : `M${at(x - apart)} ${at(y)}H${at(x + apart)}`;
  line(pen.layer(5, false, true), gap, {class: "paper", "stroke-width": at(2 * AXIS)});
  line(pen.layer(5, false, true), d, {"stroke-width": at(0.6 * PT)});
}

// Title, words of ticks, labels, tables and note around the box.
function written(pen, group) {
  const {box, words: w, outer} = pen;
  if (w.title.length) {
    words(group, w.title, box.left, box.top - w.titleUp - heightOf(w.title.length), {bold: true, hidden: true});
  }
  const ticks = el("g", {"aria-hidden": "true"}, group);
  if (outer.xTicks) xTickWords(pen, ticks);
  if (outer.yTicks) yTickWords(pen, ticks);
  if (w.xLabel.length) {
    words(group, w.xLabel, box.left + box.width / 2, pen.bottom + w.labelTop, {anchor: "middle"});
  }
  if (w.yLabel.length) {
    const x = box.left - w.yLabelAt - heightOf(w.yLabel.length), y = box.top + box.height / 2;
    words(group, w.yLabel, 0, 0, {anchor: "middle", transform: `translate(${at(x)} ${at(y)}) rotate(-90)`});
  }
  let depth = pen.bottom + w.tableTop;
  for (const table of w.under) depth = drawTable(pen, group, table, depth + TABLE_ABOVE);
  if (w.note.length) {
    words(group, w.note, box.left, pen.bottom + w.noteTop, {size: SIZE.small, class: "note"});
  }
}

function xTickWords(pen, parent) {
  const {x} = pen.words, top = pen.bottom + x.tick + TICK.pad;
  x.words.forEach((word, i) => {
    if (!word) return;
    const lines = word.split("\n"), place = pen.X(x.at[i]), style = {size: SIZE.tick};
    if (!x.angle) {
      words(parent, lines, place, top, {...style, anchor: "middle"});
      return;
    }
    const up = x.angle === 90 ? heightOf(lines.length, SIZE.tick) / 2 : 0;
    words(parent, lines, 0, -up, {...style, anchor: "end",
      transform: `translate(${at(place)} ${at(top)}) rotate(${-x.angle})`});
  });
}

function yTickWords(pen, parent) {
  const {y} = pen.words, right = pen.box.left - y.tick - TICK.pad;
  y.words.forEach((word, i) => {
    const lines = word.split("\n"), half = heightOf(lines.length, SIZE.tick) / 2;
    words(parent, lines, right, pen.Y(y.at[i]) - half, {size: SIZE.tick, anchor: "end"});
  });
}

// Numbers at their place of the x axis, a row per group; names, or what the legend shows for them.
function drawTable(pen, parent, {mark, label, rows, named}, top) {
  const step = heightOf(1, SIZE.small), x = pen.place(mark, "x");
  let y = top;
  if (label) {
    words(parent, [literal(label)], pen.box.left, y, {size: SIZE.small, class: "note"});
    y += step;
  }
  for (const {group, at: places} of rows) {
    const style = {size: SIZE.small, class: pen.look.color(group).name};
    if (named) {
      words(parent, [literal(group ?? "")], pen.box.left - TABLE_BESIDE, y, {...style, anchor: "end"});
    } else if (group !== null) {
      rowSign(pen, parent, group, y + step / 2);
    }
    for (const i of places) {
      words(parent, [literal(String(mark.cols.text[i]))], x[i], y, {...style, anchor: "middle"});
    }
    y += step;
  }
  return y;
}

// Whether the marks of a group have the group's own shape.
export function showsShape(mark, look) {
  if (!["points", "strip", "interval", "text", "arrow"].includes(mark.kind)) return false;
  if (mark.kind === "text" && mark.cols.align?.includes("under")) return false;
  const hollow = mark.cols.hollow;
  if (mark.faint && mark.n && hollow && hollow.every((v) => v)) return false;
  if (!["points", "strip"].includes(mark.kind) || !mark.cols.symbol) return true;
  const fixed = new Set(look.fixed.map(([name]) => name));
  return !mark.n || !mark.cols.symbol.every((name) => name !== null && fixed.has(name));
}

function rowSign(pen, parent, group, y) {
  const shaped = pen.panel.marks.some((mark) => mark.cols.group && showsShape(mark, pen.look));
  const x = pen.box.left - TABLE_BESIDE - MM;
  const {name, color} = pen.look.color(group);
  if (!shaped) {
    line(parent, `M${at(x - MM)} ${at(y)}H${at(x + MM)}`, {class: name, color, "stroke-width": at(PRINT.LINE_PT * PT)});
    return;
  }
  const shape = pen.look.shape(group);
  el("path", {d: shapePath(shape, PRINT.MARKER_PT * PT), transform: `translate(${at(x)} ${at(y)})`,
    ...markerStyle(pen, group, shape, {open: false, faint: false})}, parent);
}
