// Where panels, title and legend go; all in pixels from the top left.
import {MM, PRINT, SIZE} from "./style.js";
import {Look} from "./style.js";
import {colorScales} from "./fields.js";
import {legendPlan} from "./legend.js";
import {decode, panelScales} from "./scales.js";
import {EDGE, GAP, columnsOf, outers, panelHeight, panelWidth} from "./sizes.js";
import {heightOf, wrap} from "./text.js";
import {panelWords} from "./words.js";

const PASSES = 5; // labels wrap with the width of their panel, which depends on the labels
const NARROWEST = 280;

// Width of a figure on a page of this width: as in print, or as narrow as it must be.
export function pageWidth(view, options, room) {
  const wanted = PRINT.WIDTH_MM[view.width] * MM;
  return Math.round(options.width ?? Math.max(Math.min(wanted, room || wanted), NARROWEST));
}

function chosen(view, wanted) {
  if (wanted === undefined || wanted === null) return view.panels.map((_, i) => i);
  const all = view.panels.map((panel, i) => [panel, i]);
  if (typeof wanted === "function") return all.filter(([p, i]) => wanted(p, i)).map(([, i]) => i);
  const set = new Set(wanted);
  return all.filter(([p, i]) => set.has(i) || set.has(p.title)).map(([, i]) => i);
}

// The whole figure as numbers: look, scales, words and boxes of every panel that is shown.
export function compose(view, options, room) {
  const page = pageWidth(view, options, room);
  const all = decode(view);
  const look = new Look(view, all), colors = colorScales(all);
  const index = chosen(view, options.panels);
  const panels = index.map((i) => all[i]);
  const scales = panels.map(panelScales);
  const labeled = outers(view, panels, scales, page);
  const across = columnsOf(view, panels, page);
  const legend = legendPlan(view, panels, look, colors, page - 2 * EDGE);
  const title = view.title ? wrap(view.title, page - 2 * EDGE, SIZE.title, true) : [];
  const start = EDGE + heightOf(title.length, SIZE.title) + (title.length ? 2 * MM : 0);
  let width = Math.max(page / across - 14 * MM, 12 * MM), words = [], plan = null;
  for (let pass = 0; pass < PASSES; pass += 1) {
    words = panels.map((panel, i) => {
      const used = panelWidth(panel, width), high = panelHeight(panel, used, page);
      const box = plan?.boxes[i] ?? {width: used, height: high};
      return panelWords(panel, scales[i], look, labeled[i], box.width, box.height, page);
    });
    const next = solve(panels, words.map((w) => w.sides), across, page, start);
    const still = plan && Math.abs(next.width - width) < 0.5;
    width = still || pass === PASSES - 1 ? width : next.width;
    plan = next;
    if (still) break;
  }
  words = panels.map((panel, i) => panelWords(panel, scales[i], look, labeled[i],
    plan.boxes[i].width, plan.boxes[i].height, page));
  const height = plan.end + (legend.height ? GAP + legend.height : 0) + EDGE;
  return {page, height, look, colors, panels, index, scales, words, outers: labeled, legend, title,
    boxes: plan.boxes, end: plan.end};
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

// Share the page: equal panel widths, rows as high as their highest panel.
function solve(panels, sides, across, page, start) {
  const rows = Math.ceil(panels.length / across);
  const left = new Array(across).fill(0), right = new Array(across).fill(0);
  const top = new Array(rows).fill(0), bottom = new Array(rows).fill(0);
  sides.forEach((side, i) => {
    const r = Math.floor(i / across), k = i % across;
    left[k] = Math.max(left[k], side.left);
    right[k] = Math.max(right[k], side.right);
    top[r] = Math.max(top[r], side.top);
    bottom[r] = Math.max(bottom[r], side.bottom);
  });
  const free = page - 2 * EDGE - sum(left) - sum(right) - GAP * (across - 1);
  const width = Math.max(free / across, 8 * MM);
  const heights = new Array(rows).fill(0);
  panels.forEach((panel, i) => {
    const high = panelHeight(panel, panelWidth(panel, width), page);
    heights[Math.floor(i / across)] = Math.max(heights[Math.floor(i / across)], high);
  });
  const boxes = panels.map((panel, i) => {
    const r = Math.floor(i / across), k = i % across, used = panelWidth(panel, width);
    const own = used < width ? panelHeight(panel, used, page) : heights[r];
    return {
      left: EDGE + sum(left.slice(0, k + 1)) + sum(right.slice(0, k)) + k * (width + GAP),
      top: start + sum(top.slice(0, r + 1)) + sum(heights.slice(0, r)) + sum(bottom.slice(0, r)) + r * GAP,
      width: used,
      height: Math.min(own, heights[r]),
    };
  });
  const end = start + sum(top) + sum(heights) + sum(bottom) + GAP * Math.max(rows - 1, 0);
  return {width, boxes, end};
}
