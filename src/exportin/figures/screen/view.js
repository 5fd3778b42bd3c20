// Draws a view (the JSON of exportin's figures) as SVG in a page: the printed figure, to point at.
import {drawPanel} from "./axes.js";
import {valueAxis} from "./fields.js";
import {Interaction, makeReachable} from "./interact.js";
import {compose} from "./layout.js";
import {drawLegend} from "./legend.js";
import {Pen} from "./pen.js";
import {FONT, MM, SIZE} from "./style.js";
import {Scale} from "./scales.js";
import {EDGE, GAP} from "./sizes.js";
import {el, words} from "./svg.js";
import {literal} from "./text.js";

const STILL = 2; // pixels: smaller changes of the room are not worth a new drawing
let drawings = 0;

/**
 * Draw a view into an element of the page.
 *
 * options: onRow(rowId, event, rowIds) - a marker, cell or panel that stands for a row was clicked
 * or entered; rowIds is the list of rows where several stand behind one marker (one per line);
 * describe(rowId, datum) - more words for its tooltip: a text or a list of lines;
 * panels - numbers or titles of the panels to show, or (panel, i) => bool; width - in pixels.
 * Gives back {element, update(view, options), focus(rowId), destroy()}.
 */
export function drawView(container, view, options = {}) {
  const svg = el("svg", {class: "screen-figure", "font-family": FONT});
  const name = `view${drawings += 1}`;
  container.classList.add("screen-holder");
  container.append(svg);
  const interaction = new Interaction(container, svg, options);
  let shown = view, room = 0;
  const draw = () => {
    room = container.clientWidth;
    const before = interaction.remember();
    interaction.take(paint(svg, shown, interaction.options, room, name));
    interaction.restore(before);
  };
  try {
    draw();
  } catch (error) { // nothing half drawn stays behind
    interaction.end();
    svg.remove();
    throw error;
  }
  const watch = new ResizeObserver(() => {
    if (!interaction.options.width && Math.abs(container.clientWidth - room) > STILL) draw();
  });
  watch.observe(container);
  return {
    element: svg,
    update(next = shown, changed = {}) {
      shown = next;
      Object.assign(interaction.options = {...interaction.options}, changed);
      draw();
    },
    focus(rowId) {
      const found = interaction.find({panel: 0, rowId, mark: ""});
      if (found) {
        interaction.rove(found);
        found.hit.node.focus();
      }
      return Boolean(found);
    },
    destroy() {
      watch.disconnect();
      interaction.end();
      svg.remove();
      container.classList.remove("screen-holder");
    },
  };
}

// Draw everything into the svg and give back the pens of its panels.
function paint(svg, view, options, room, name) {
  const plan = compose(view, options, room);
  const content = document.createDocumentFragment();
  const about = el("desc", {id: `${name}-about`}, content);
  about.textContent = literal(view.caption);
  if (plan.title.length) {
    words(content, plan.title, EDGE, EDGE, {size: SIZE.title, bold: true, hidden: true});
  }
  const pens = plan.panels.map((panel, i) => {
    const pen = new Pen(panel, plan.scales[i], plan, i, `${name}-clip${i}`);
    const axis = valueAxis(panel);
    pen.value = axis ? plan.colors.get(JSON.stringify(axis)) : new Scale(panel.x, 0, 1);
    const group = drawPanel(pen, content);
    group.setAttribute("data-panel", plan.index[i]);
    pen.group = group;
    makeReachable(pen);
    return pen;
  });
  if (plan.legend.height) drawLegend(plan.legend, content, EDGE, plan.end + GAP, `${name}-bar`);
  const height = Math.ceil(plan.height), active = pens.some((pen) => pen.order.length);
  const attributes = {width: plan.page, height, viewBox: `0 0 ${plan.page} ${height}`,
    role: active ? "group" : "img", "aria-label": literal(view.title),
    "aria-describedby": view.caption ? `${name}-about` : ""};
  for (const [key, value] of Object.entries(attributes)) {
    if (value === "") svg.removeAttribute(key);
    else svg.setAttribute(key, value);
  }
  svg.replaceChildren(content);
  return pens;
}

/**
 * Axes of a view as they are drawn: for tests against the printer, and for who places things.
 *
 * A list of panels: {title, box: {left, top, width, height} in pixels, downwards, x, y}, and for an
 * axis {low, high, zero, ticks, words, minor, mm}; positions are log10 values on a log axis.
 */
export function describeScales(view, options = {}, room = 0) {
  const plan = compose(view, options, room);
  return plan.panels.map((panel, i) => {
    const box = plan.boxes[i], w = plan.words[i];
    const side = (k, made, length) => {
      const {low, high, zero} = plan.scales[i][k];
      return {low, high, zero, ticks: made.at, words: made.words, minor: made.minor, mm: length / MM};
    };
    const axis = valueAxis(panel), color = axis && plan.colors.get(JSON.stringify(axis));
    return {
      title: panel.title, box, downwards: w.down, page_mm: plan.page / MM,
      x: side(0, w.x, box.width), y: side(1, w.y, box.height),
      value: color && {low: color.low, high: color.high},
    };
  });
}
