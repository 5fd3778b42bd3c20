// Everything a panel writes around its box, wrapped and measured before anything is drawn.
import {MM, PT, SIZE} from "./style.js";
import {CELLS} from "./fields.js";
import {MARGIN_TEXT, isTable} from "./sizes.js";
import {axisTitle, heightOf, literal, widest, wrap} from "./text.js";
import {tickPlan, turned} from "./ticks.js";

export const TICK = {long: 2.4 * PT, short: 1.4 * PT, pad: 1.8 * PT};
const LABEL_PAD = {x: 1.5 * PT, y: 2 * PT, title: 3 * PT};
const NOTE_ABOVE = 2.5 * PT, TABLE_ABOVE = 3 * PT, MARGIN_LEFT = 4 * PT;
export const TABLE_BESIDE = 7 * PT; // from the panel's left edge to the end of the rows' names
const STROKE_ROOM = MM;

// Points that cannot be seen are counted; a reader must know of them.
function hiddenPoints(panel, [sx, sy]) {
  let hidden = 0;
  for (const mark of panel.marks) {
    if (mark.kind !== "points" && mark.kind !== "strip") continue;
    const x = sx.place(mark, "x"), y = sy.place(mark, "y");
    for (let i = 0; i < mark.n; i += 1) {
      const given = mark.frame.x[i] !== null && mark.frame.y[i] !== null;
      const seen = x[i] >= sx.low && x[i] <= sx.high && y[i] >= sy.low && y[i] <= sy.high;
      if (given && !seen) hidden += 1;
    }
  }
  return hidden;
}

function fullNote(panel, scales, outer) {
  const hidden = hiddenPoints(panel, scales);
  const count = hidden ? `${hidden} point${hidden > 1 ? "s" : ""} outside the axes` : "";
  return [outer.note ? panel.note : "", count].filter((part) => part).join("; ");
}

function tables(panel, look, outer) {
  return panel.marks.filter(isTable).map((mark) => {
    const rows = [];
    mark.cols.align.forEach((align, i) => {
      if (align !== "under") return;
      const group = mark.cols.group?.[i] ?? null;
      let row = rows.find((r) => r.group === group);
      if (!row) rows.push(row = {group, at: []});
      row.at.push(i);
    });
    const place = (group) => (group === null ? Infinity : look.place.get(group));
    rows.sort((a, b) => place(a.group) - place(b.group));
    const named = widest(rows.map((r) => literal(r.group ?? "")), SIZE.small) <= outer.names;
    return {mark, label: mark.label, rows, named};
  });
}

function tablesSize(list) {
  let depth = 0, left = 0;
  for (const {label, rows, named} of list) {
    depth += TABLE_ABOVE + heightOf(rows.length + (label ? 1 : 0), SIZE.small);
    const head = named ? widest(rows.map((r) => literal(r.group ?? "")), SIZE.small) : 3 * MM;
    left = Math.max(left, head + TABLE_BESIDE);
  }
  return {depth, left};
}

// How far words reach beyond the box: those of text marks, left, right, above and below.
function textReach(panel, [sx, sy], width, height, page, down) {
  const reach = {left: 0, right: 0, top: 0, bottom: 0};
  for (const mark of panel.marks) {
    if (mark.kind !== "text") continue;
    const y = sy.place(mark, "y");
    for (let i = 0; i < mark.n; i += 1) {
      const align = mark.cols.align?.[i] ?? "center";
      if (align === "under") continue;
      if (align === "margin") {
        const lines = wrap(mark.cols.text[i], MARGIN_TEXT * page, SIZE.small);
        reach.right = Math.max(reach.right, widest(lines, SIZE.small) + MARGIN_LEFT);
        continue;
      }
      const lines = String(mark.cols.text[i]).split("\n").map(literal);
      const wide = widest(lines, SIZE.small), deep = heightOf(lines.length, SIZE.small);
      const at = (v, s, length) => ((v - s.low) / (s.high - s.low)) * length;
      const x = at(sx.place({...mark, cols: {x: mark.cols.x.slice(i, i + 1)}}, "x")[0], sx, width);
      const up = at(y[i], sy, height), top = (down ? up : height - up) - deep / 2;
      if (!Number.isFinite(x + top)) continue;
      const start = align === "left" ? x : align === "right" ? x - wide : x - wide / 2;
      const inside = align === "center" && wide + STROKE_ROOM <= width && x >= 0 && x <= width;
      if (!inside) reach.left = Math.max(reach.left, -start);
      if (!inside) reach.right = Math.max(reach.right, start + wide - width);
      reach.top = Math.max(reach.top, -top);
      reach.bottom = Math.max(reach.bottom, top + deep - height);
    }
  }
  return reach;
}

function xWords(panel, scale, width, page, shownTicks) {
  const plan = tickPlan(scale, "x", width, page);
  const isCategory = panel.x.scale === "category";
  const made = isCategory ? turned(scale, plan, width, page) : {...plan, angle: 0};
  const cells = panel.marks.some((m) => CELLS.has(m.kind));
  const tick = isCategory ? (cells ? 0 : 1.6 * PT) : TICK.long;
  let depth = 0, left = 0, right = 0;
  if (shownTicks) {
    made.words.forEach((word, i) => {
      const lines = word.split("\n"), at = (made.at[i] - scale.low) / (scale.high - scale.low);
      const wide = widest(lines, SIZE.tick), deep = heightOf(lines.length, SIZE.tick);
      const [cos, sin] = {0: [1, 0], 45: [Math.SQRT1_2, Math.SQRT1_2], 90: [0, 1]}[made.angle];
      depth = Math.max(depth, made.angle ? wide * sin + deep * cos : deep);
      const [before, after] = made.angle ? [wide * cos, 0] : [wide / 2, wide / 2];
      left = Math.max(left, before - at * width);
      right = Math.max(right, after - (1 - at) * width);
    });
  }
  return {...made, tick, depth: tick + (shownTicks ? TICK.pad + depth : 0), left, right};
}

function yWords(panel, scale, height, page, shownTicks) {
  const plan = tickPlan(scale, "y", height, page);
  const tick = panel.y.scale === "category" ? 0 : TICK.long;
  const lines = plan.words.flatMap((word) => word.split("\n"));
  const wide = shownTicks ? TICK.pad + widest(lines, SIZE.tick) : 0;
  return {...plan, tick, width: tick + wide};
}

// All words of one panel at a size of its box, and the room they need on each side.
export function panelWords(panel, scales, look, outer, width, height, page) {
  const down = panel.y.scale === "category" || panel.marks.some((m) => m.kind === "image");
  const x = xWords(panel, scales[0], width, page, outer.xTicks);
  const y = yWords(panel, scales[1], height, page, outer.yTicks);
  const title = panel.title ? wrap(panel.title, width + 2 * MM, SIZE.text, true) : [];
  const xTitle = outer.xLabel ? axisTitle(panel.x) : "", yTitle = outer.yLabel ? axisTitle(panel.y) : "";
  const xLabel = xTitle ? wrap(xTitle, width + 3 * MM) : [];
  const yLabel = yTitle ? wrap(yTitle, height + 3 * MM) : [];
  const said = fullNote(panel, scales, outer);
  const note = said ? wrap(said, width + 2 * MM, SIZE.small) : [];
  const under = tables(panel, look, outer), size = tablesSize(under);
  const reach = textReach(panel, scales, width, height, page, down);
  const labelTop = x.depth + LABEL_PAD.x, labelEnd = labelTop + heightOf(xLabel.length);
  const noteTop = labelEnd + size.depth + NOTE_ABOVE;
  const beside = y.width + (yLabel.length ? LABEL_PAD.y + heightOf(yLabel.length) : 0);
  const wordy = Math.max(widest(note, SIZE.small), widest(title, SIZE.text, true), 0);
  return {
    x, y, title, xLabel, yLabel, note, under, down, labelTop, tableTop: labelEnd, noteTop,
    yLabelAt: y.width + LABEL_PAD.y,
    sides: {
      left: Math.max(beside, size.left, x.left, reach.left, (widest(xLabel) - width) / 2),
      right: Math.max(x.right, reach.right, wordy - width, (widest(xLabel) - width) / 2, 0),
      top: Math.max((title.length ? heightOf(title.length) + LABEL_PAD.title : 0) + reach.top,
        heightOf(1, SIZE.tick) / 2),
      bottom: Math.max(note.length ? noteTop + heightOf(note.length, SIZE.small)
        : labelEnd + size.depth, reach.bottom, heightOf(1, SIZE.tick) / 2),
    },
    titleUp: LABEL_PAD.title + reach.top,
  };
}

export {MARGIN_LEFT, TABLE_ABOVE};
