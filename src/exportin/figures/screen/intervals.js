// Intervals, open ones included, and arrows.
import {MM, PRINT, PT} from "./style.js";
import {intervalSide} from "./scales.js";
import {ink, opacity, split} from "./pen.js";
import {shapePath} from "./shapes.js";
import {at, el} from "./svg.js";

const CAP = 3.2 * PT, HEAD = 3.6 * PT;
const MEAN = [0.9 * MM, 2 * MM]; // half length of the cross-bar at the center; on a category axis
const HEADS = {x: {low: "<", high: ">"}, y: {low: "v", high: "^"}};
const ARROW = {long: 3.5 * PT, wide: 1.6 * PT};
const TECHNICAL = {class: "gray", color: PRINT.GRAY};

// Where the ends of an interval lie, in positions of its axis, and which of them are open.
function ends(pen, mark, side) {
  const scale = side === "x" ? pen.x : pen.y;
  const length = side === "x" ? pen.box.width : pen.box.height;
  const head = (0.5 * HEAD * (scale.high - scale.low)) / length;
  const low = scale.placeLimit(mark, "low"), high = scale.place(mark, "high");
  return ["low", "high"].map((end) => {
    const [values, edge, sign] = end === "low" ? [low, scale.low, 1] : [high, scale.high, -1];
    return Array.from(values, (value, i) => {
      const said = mark.cols.open?.[i], stated = said === end || said === "both";
      const open = stated || (end === "low" ? value < edge : value > edge);
      return {open, at: open ? edge + sign * head : value};
    });
  });
}

// A line from low to high: a cap where it ends, an arrowhead at the edge where it is open.
export function drawInterval(pen, mark) {
  const side = intervalSide(mark, pen.panel), other = side === "x" ? "y" : "x";
  const [lows, highs] = ends(pen, mark, side), across = pen.place(mark, other);
  const centers = pen.place(mark, side);
  const px = (v) => (side === "x" ? pen.X(v) : pen.Y(v));
  for (const part of split(mark, "group", "dashed")) {
    const technical = part.dashed === "true";
    const style = {...(technical ? TECHNICAL : ink(pen, part.group)), opacity: opacity(mark)};
    let lines = "", caps = "", heads = "", bars = "";
    for (const i of part.rows) {
      if (Number.isNaN(across[i])) continue;
      const [a, b] = [px(lows[i].at), px(highs[i].at)];
      if (!Number.isNaN(a + b)) lines += stroke(side, a, b, across[i]);
      for (const [name, end, v] of [["low", lows[i], a], ["high", highs[i], b]]) {
        if (Number.isNaN(v)) continue;
        if (end.open) heads += headPath(pen, side, HEADS[side][name], v, across[i]);
        else caps += stroke(other, across[i] - CAP / 2, across[i] + CAP / 2, v);
      }
      if (!mark.faint && !technical && !Number.isNaN(centers[i])) {
        const half = crossHalf(pen, side);
        bars += stroke(other, across[i] - half, across[i] + half, centers[i]);
      }
      const [x, y] = side === "x" ? [centers[i], across[i]] : [across[i], centers[i]];
      const mid = (a + b) / 2, usable = Number.isNaN(x + y)
        ? (side === "x" ? {x: mid, y: across[i]} : {x: across[i], y: mid}) : {x, y};
      if (!Number.isNaN(usable.x + usable.y)) pen.hit(mark, i, usable, null);
    }
    const width = at((technical ? PRINT.THIN_PT * 1.4 : PRINT.INTERVAL_PT) * PT);
    const dash = technical ? PRINT.DASH.map((v) => at(v * width)).join(" ") : null;
    const draw = (d, wide, height, clipped, more = {}) => d && el("path", {d, fill: "none",
      stroke: "currentColor", "stroke-width": at(wide), ...style, ...more}, pen.layer(height, clipped));
    draw(lines, width, 3.3, true, {"stroke-dasharray": dash});
    draw(caps, 0.8 * PRINT.INTERVAL_PT * PT, 3.5, true);
    draw(heads, 0, 3.5, true, {fill: "currentColor", stroke: "none"});
    draw(bars, 1.6 * PRINT.INTERVAL_PT * PT, 3.6, true);
  }
}

function stroke(side, from, to, across) {
  return side === "x" ? `M${at(from)} ${at(across)}H${at(to)}` : `M${at(across)} ${at(from)}V${at(to)}`;
}

// Outline of an arrowhead at its place; a panel whose y grows downwards turns it around.
function headPath(pen, side, shape, along, across) {
  const flip = side === "y" && pen.words.down ? {v: "^", "^": "v"}[shape] : shape;
  const [x, y] = side === "x" ? [along, across] : [across, along];
  return shapePath(flip, HEAD).replace(/(-?[\d.]+) (-?[\d.]+)/g,
    (_, a, b) => `${at(Number(a) + x)} ${at(Number(b) + y)}`);
}

// Half length of the cross-bar; narrow enough on a category axis to leave the points free.
function crossHalf(pen, side) {
  if (side === "x") return MEAN[0];
  if (pen.x.axis.scale !== "category") return MEAN[0];
  return Math.min(MEAN[1], (0.14 * pen.box.width) / (pen.x.high - pen.x.low));
}

// An arrow from (x, y) to (x2, y2), as for a bound.
export function drawArrow(pen, mark) {
  const [x, y, x2, y2] = ["x", "y", "x2", "y2"].map((name) => pen.place(mark, name));
  for (let i = 0; i < mark.n; i += 1) {
    const [dx, dy] = [x2[i] - x[i], y2[i] - y[i]], length = Math.hypot(dx, dy);
    if (Number.isNaN(length)) continue;
    const style = {...ink(pen, mark.cols.group?.[i] ?? null), opacity: opacity(mark)};
    const [ux, uy] = length ? [dx / length, dy / length] : [1, 0];
    const [bx, by] = [x2[i] - ux * ARROW.long, y2[i] - uy * ARROW.long];
    el("path", {d: `M${at(x[i])} ${at(y[i])}L${at(bx)} ${at(by)}`, fill: "none",
      stroke: "currentColor", "stroke-width": at(PRINT.INTERVAL_PT * PT), ...style}, pen.layer(3.4));
    const side = [-uy * ARROW.wide, ux * ARROW.wide];
    const corners = [[x2[i], y2[i]], [bx + side[0], by + side[1]], [bx - side[0], by - side[1]]];
    el("path", {d: `M${corners.map(([a, b]) => `${at(a)} ${at(b)}`).join("L")}Z`,
      fill: "currentColor", stroke: "currentColor", "stroke-width": at(PRINT.INTERVAL_PT * PT),
      ...style}, pen.layer(3.4));
    pen.hit(mark, i, {x: x[i], y: y[i]}, null);
  }
}
