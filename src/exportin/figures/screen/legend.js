// The legend of a whole figure: entries that flow in lines under the panels; color bars.
import {MM, PRINT, PT, SIZE} from "./style.js";
import {paletteOf, valueAxis} from "./fields.js";
import {showsShape} from "./axes.js";
import {colorAt} from "./palettes.js";
import {STROKES, shapePath} from "./shapes.js";
import {sharedNote} from "./sizes.js";
import {at, el, words} from "./svg.js";
import {axisTitle, heightOf, literal, widthOf, wrap} from "./text.js";
import {tickPlan} from "./ticks.js";

const HANDLE = 5 * MM, SPACE = 3.5 * MM, PITCH = heightOf(1) + 0.6 * MM;
const BAR = {width: 45 * MM, height: 2.2 * MM, room: 8.5 * MM};
const STOPS = 64;
const NARROW = 12 * MM; // of the words beside a color bar, at least
const GRAY = {class: "gray", color: PRINT.GRAY};
const INK = {class: "ink", color: PRINT.INK};

function used(panels, column) {
  const marks = panels.flatMap((p) => p.marks).filter((m) => m.cols[column]);
  return new Set(marks.flatMap((m) => m.cols[column].filter((v) => v !== null).map(String)));
}

function marked(panels, kinds, column) {
  return panels.some((p) => p.marks.some((m) => kinds.includes(m.kind) && m.cols[column]?.some((v) => v)));
}

// Categories without what builders write under them (n).
function named(axis) {
  return new Set(axis.categories.flatMap((name) => [name, name.split("\n")[0]]));
}

function groupEntries(view, panels, look) {
  const groups = used(panels, "group"), shown = look.groups.filter((g) => groups.has(g));
  const axes = panels.flatMap((p) => [p.x, p.y]).filter((a) => a.scale === "category").map(named);
  const said = axes.length && axes.every((names) => shown.every((g) => names.has(g)));
  if (!shown.length || said) return []; // the axis says it already
  const marks = panels.flatMap((p) => p.marks).filter((m) => m.cols.group);
  const line = marks.some((m) => ["line", "step", "band"].includes(m.kind));
  const dots = marks.some((m) => showsShape(m, look));
  const head = view.group_title ? [{text: view.group_title, first: true}] : [];
  return head.concat(shown.map((g) => {
    const {name, color} = look.color(g);
    const marker = dots ? look.shape(g) : line ? null : "s";
    return {text: g, style: {class: name, color, line: line ? "solid" : null, marker}};
  }));
}

// Everything that needs a key: groups, symbols, open markers, technical intervals.
function entries(view, panels, look) {
  const found = groupEntries(view, panels, look), {symbols} = look;
  if (symbols.length > 1 && look.shape(null, symbols[symbols.length - 1]) !== look.shape(null)) {
    symbols.forEach((symbol, i) => {
      const style = {...GRAY, marker: look.shape(null, symbol)};
      found.push({text: symbol, style, first: i === 0});
    });
  }
  const fixed = look.fixed.filter(([name]) => used(panels, "symbol").has(name));
  fixed.forEach(([name, marker], i) => {
    found.push({text: name, style: {...GRAY, marker}, first: i === 0});
  });
  if (marked(panels, ["points", "strip"], "hollow")) {
    found.push({text: "excluded", style: {...INK, marker: "o", open: true}});
  }
  if (marked(panels, ["heat"], "hollow")) {
    found.push({text: "excluded", style: {...INK, marker: "x"}});
  }
  if (marked(panels, ["interval"], "dashed")) {
    found.push({text: "technical (within one unit)", style: {...GRAY, line: "dashed"}});
  }
  const said = [view.note, sharedNote(panels)].filter((part) => part).join("; ");
  if (said) found.push({text: said, first: true, small: true});
  return found;
}

// Left edge and top of every entry.
function flow(items, width) {
  const placed = [];
  let x = 0, y = 0;
  for (const item of items) {
    const handle = item.style ? HANDLE : 0;
    const bold = !item.style && !item.small;
    const room = Math.min(widthOf(literal(item.text), SIZE.text, bold) + handle + SPACE, width);
    const lines = wrap(item.text, width - handle, item.small ? SIZE.small : SIZE.text, bold);
    if (x && (item.first || x + room - SPACE > width)) {
      x = 0;
      y += PITCH;
    }
    placed.push({...item, x, y, lines, bold});
    x += room;
    if (lines.length > 1) {
      x = 0;
      y += heightOf(lines.length - 1) + PITCH;
    }
  }
  return placed;
}

function bars(panels, colors, width) {
  const pictures = new Set();
  const keys = new Set();
  for (const panel of panels) {
    const axis = valueAxis(panel);
    if (axis === null) continue;
    keys.add(JSON.stringify(axis));
    if (panel.marks.every((mark) => mark.kind === "image")) pictures.add(JSON.stringify(axis));
  }
  return [...keys].map((key) => {
    const scale = colors.get(key), free = width - 3 * MM - BAR.width - 5 * PT;
    const title = wrap(axisTitle(scale.axis), Math.max(free, NARROW));
    return {scale, gray: pictures.has(key), title,
      room: Math.max(BAR.room, heightOf(title.length) + MM)};
  });
}

function depth(shown) {
  return shown.reduce((total, {room}) => total + room, 0);
}

// What the legend holds and how high it is.
export function legendPlan(view, panels, look, colors, width) {
  const placed = flow(entries(view, panels, look), width), shown = bars(panels, colors, width);
  const last = placed[placed.length - 1];
  const deep = last ? last.y + heightOf(last.lines.length) + MM : 0;
  return {placed, bars: shown, height: deep + depth(shown)};
}

export function drawLegend(plan, parent, left, top, name) {
  const group = el("g", {class: "legend"}, parent);
  plan.bars.forEach((bar, i) => {
    colorBar(group, bar, left + 3 * MM, top + depth(plan.bars.slice(0, i)), `${name}-${i}`);
  });
  const start = top + depth(plan.bars);
  for (const {x, y, style, lines, bold, small} of plan.placed) {
    const middle = start + y + PITCH / 2;
    if (style) sign(group, left + x, middle, style);
    const type = {size: small ? SIZE.small : SIZE.text, bold, class: small ? "note" : "ink"};
    words(group, lines, left + x + (style ? HANDLE : 0), middle - heightOf(1) / 2, type);
  }
}

function sign(parent, x, y, {class: name, color, line, marker, open}) {
  const [from, to] = [x + 0.3 * MM, x + HANDLE - 1.1 * MM], middle = x + HANDLE / 2 - 0.3 * MM;
  if (line) {
    const width = line === "dashed" ? 1.4 * PRINT.THIN_PT * PT : PRINT.LINE_PT * PT;
    const dash = line === "dashed" ? PRINT.DASH.map((v) => at(v * width)).join(" ") : null;
    el("path", {d: `M${at(from)} ${at(y)}H${at(to)}`, class: name, color, stroke: "currentColor",
      "stroke-width": at(width), "stroke-dasharray": dash, fill: "none"}, parent);
  }
  if (!marker) return;
  const stroke = STROKES.has(marker);
  el("path", {d: shapePath(marker, PRINT.MARKER_PT * PT), transform: `translate(${at(middle)} ${at(y)})`,
    class: name, color, fill: open || stroke ? "none" : "currentColor", stroke: "currentColor",
    "stroke-width": at((stroke ? PRINT.STROKE_PT : open ? 0.7 : 0.35) * PT)}, parent);
}

function colorBar(parent, {scale, gray, title}, left, top, name) {
  const palette = gray ? "gray" : paletteOf(scale.axis);
  const fill = el("linearGradient", {id: name}, parent);
  for (let i = 0; i <= STOPS; i += 1) {
    el("stop", {offset: at(i / STOPS * 100) + "%", "stop-color": colorAt(palette, i / STOPS)}, fill);
  }
  el("rect", {x: at(left), y: at(top), width: at(BAR.width), height: at(BAR.height),
    fill: `url(#${name})`, stroke: "currentColor", "stroke-width": at(PRINT.THIN_PT * PT), class: "ink"}, parent);
  const plan = tickPlan(scale, "x", BAR.width, 0);
  const bottom = top + BAR.height, ticks = el("g", {"aria-hidden": "true"}, parent);
  plan.at.forEach((v, i) => {
    const x = left + ((v - scale.low) / (scale.high - scale.low)) * BAR.width;
    el("path", {d: `M${at(x)} ${at(bottom)}v${at(1.6 * PT)}`, stroke: "currentColor", class: "ink",
      "stroke-width": at(PRINT.THIN_PT * PT)}, ticks);
    words(ticks, [plan.words[i]], x, bottom + 2.8 * PT, {size: SIZE.tick, anchor: "middle"});
  });
  const middle = top + BAR.height / 2 - heightOf(1) / 2;
  words(parent, title, left + BAR.width + 5 * PT, middle);
}

