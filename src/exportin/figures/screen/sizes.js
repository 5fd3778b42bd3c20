// How many panels fit side by side, how wide and high each is, what each writes; in pixels.
import {MM, PRINT, SIZE} from "./style.js";
import {heightOf, wrap} from "./text.js";
import {Y_LABEL} from "./ticks.js";

export const MARGIN_TEXT = 0.3; // of the figure's width, the widest text right of a panel
const SLOT = 38 * MM; // narrowest place of a panel with its labels
const CROWDED = 12; // from so many panels on, more stand side by side than the view asks for
const CROWDED_SLOT = 29 * MM;
const ASPECT = 0.78;
const HEIGHT = [26 * MM, 68 * MM];
const ROW = 4 * MM; // a row of a forest plot
const ROW_NAMES = 0.17; // of the page, names of a table's rows where panels stand side by side
const CATEGORY = 28 * MM; // a group of a dot plot is not spread wider
const BRACKET = 2 * MM; // extra height per bracket
const MAP = 180 * MM; // a heat map's height, as long as its cells are not too small
const CELL = [2.7 * MM, 6 * MM]; // smallest and largest cell of a plate

export function isTable(mark) {
  return mark.kind === "text" && Boolean(mark.cols.align?.includes("under"));
}

export function hasHeat(panel) {
  return panel.marks.some((mark) => mark.kind === "heat");
}

// Panels side by side: as asked, as far as the page is wide enough.
export function columnsOf(view, panels, page) {
  let asked = Math.min(view.columns, Math.floor(page / SLOT));
  if (panels.length > CROWDED) asked = Math.max(asked, Math.floor(page / CROWDED_SLOT));
  return Math.max(1, Math.min(asked, panels.length));
}

// Width of the box: all there is, except for plates, whose cells stay near square.
export function panelWidth(panel, free) {
  if (panel.x.scale !== "category") return free;
  const count = panel.x.categories.length;
  if (hasHeat(panel)) return Math.min(free, Math.max(count, 1) * CELL[1] * 1.3);
  return Math.min(free, Math.max(count, 2) * CATEGORY);
}

function rowLines(panel, page) {
  let most = 1;
  for (const name of panel.y.categories) {
    most = Math.max(most, wrap(name, Y_LABEL * page, SIZE.tick).length);
  }
  for (const mark of panel.marks) {
    if (mark.kind !== "text" || !mark.cols.align) continue;
    mark.cols.align.forEach((align, i) => {
      if (align !== "margin") return;
      most = Math.max(most, wrap(mark.cols.text[i], MARGIN_TEXT * page, SIZE.small).length);
    });
  }
  return most;
}

function textLines(panel) {
  const texts = panel.marks.filter((m) => m.kind === "text").flatMap((m) => [...m.cols.text]);
  return texts.reduce((sum, text) => sum + String(text).split("\n").length - 1, 0);
}

// Height of the box that suits its content.
export function panelHeight(panel, width, page) {
  if (panel.y.scale !== "category") {
    const extra = Math.min(BRACKET * textLines(panel), HEIGHT[1]);
    return Math.min(Math.max(ASPECT * width, HEIGHT[0]), HEIGHT[1]) + extra;
  }
  const rows = Math.max(panel.y.categories.length, 1);
  if (hasHeat(panel)) {
    const count = Math.max(panel.x.categories.length, 1);
    const cell = panel.x.scale === "category" ? width / count : 4 * MM;
    return rows * Math.max(Math.min(cell, CELL[1], MAP / rows), CELL[0]);
  }
  const row = Math.max(ROW, heightOf(rowLines(panel, page), SIZE.tick) + 0.8 * MM);
  return Math.max(rows * row, 8 * MM) + 1.5 * MM;
}

// The note that all panels have in common is written once, under the legend.
export function sharedNote(panels) {
  const notes = new Set(panels.map((panel) => panel.note));
  return notes.size === 1 && panels.length > 1 ? panels[0].note : "";
}

function same(values) {
  return new Set(values.map((value) => JSON.stringify(value))).size === 1;
}

function shown(scale) {
  const {axis, low, high, zero} = scale;
  return [axis.scale, axis.categories, axis.ticks, low, high, zero];
}

// What each panel writes: equal axes are labeled at the edge of the grid only.
export function outers(view, panels, scales, page) {
  const across = columnsOf(view, panels, page);
  const cells = panels.some(hasHeat);
  const [xSame, ySame] = ["x", "y"].map((side) => (
    same(panels.map((panel) => [panel[side].label, panel[side].unit]))));
  const [xRange, yRange] = [xSame, ySame].map((alike, k) => (
    alike && !cells && same(scales.map((pair) => shown(pair[k])))));
  const shared = sharedNote(panels);
  const names = (i) => (across === 1 ? MARGIN_TEXT * page : i % across ? 0 : ROW_NAMES * page);
  return panels.map((panel, i) => {
    const lowest = i + across >= panels.length, first = i % across === 0;
    return {
      xLabel: lowest || !xSame,
      yLabel: first || !ySame,
      xTicks: lowest || !xRange || panel.marks.some(isTable),
      yTicks: first || !yRange,
      note: !shared,
      names: names(i),
    };
  });
}

export const EDGE = PRINT.EDGE_MM * MM;
export const GAP = PRINT.GAP_MM * MM;
