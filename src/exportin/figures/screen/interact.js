// Pointer and keyboard: tooltips, one tab stop per panel, arrow keys between markers.
import {isOut, lines, rowsOf, spoken} from "./describe.js";
import {SIZE} from "./style.js";
import {at, el} from "./svg.js";

const NEAR = 9; // pixels around a marker that count as the marker
const BEHIND = 3; // more pixels that a line is away: its markers come first
const GAP = 12; // between pointer and tooltip

const PANEL = {kind: "panel", faint: false, along: "auto", n: 1, cols: {}, numeric: {}, frame: {}};

// A panel that stands for one row, such as a tube: all of its box can be clicked.
function wholePanel(pen) {
  const {box, panel} = pen;
  const node = el("rect", {x: at(box.left), y: at(box.top), width: at(box.width),
    height: at(box.height), fill: "none", class: "whole", "pointer-events": "all"});
  pen.group.prepend(node);
  const cols = panel.row_out ? {hollow: [true]} : {};
  return {mark: {...PANEL, label: panel.title, cols}, i: 0, node, rowId: panel.row_id, whole: true,
    x0: box.left, x1: pen.right, y0: box.top, y1: pen.bottom, x: box.left, y: box.top};
}

// Make everything that stands for a row reachable by Tab and arrow keys; reading order.
export function makeReachable(pen) {
  const shown = pen.hits.filter((hit) => hit.rowId !== null && hit.node);
  const grid = shown.some((hit) => hit.x0 !== undefined);
  if (pen.panel.row_id) {
    const whole = wholePanel(pen);
    pen.hits.push(whole);
    shown.push(whole);
  }
  const line = (hit) => (grid ? Math.round(hit.y) : 0);
  shown.sort((a, b) => Boolean(b.whole) - Boolean(a.whole) || line(a) - line(b) || a.x - b.x || a.y - b.y);
  shown.forEach((hit, k) => {
    const {node} = hit;
    node.setAttribute("data-row", hit.rowId);
    node.setAttribute("tabindex", k ? "-1" : "0");
    node.setAttribute("role", "button");
    node.setAttribute("aria-label", spoken(pen, hit));
    node.setAttribute("aria-pressed", String(isOut(hit)));
  });
  pen.order = shown;
  pen.grid = grid;
}

function distance(hit, x, y) {
  if (hit.x0 !== undefined) {
    const inside = x >= hit.x0 && x <= hit.x1 && y >= hit.y0 && y <= hit.y1;
    const last = hit.whole ? 0.1 : 0.5; // a marker on a cell comes first, a panel last
    return inside ? NEAR - last : Infinity;
  }
  return Math.hypot(hit.x - x, hit.y - y);
}

// What lies under a point; markers that can be clicked win over those that cannot.
function nearest(pens, x, y, clickable = false) {
  let best = null, least = NEAR;
  for (const pen of pens) {
    const {box} = pen;
    if (x < box.left - NEAR || x > pen.right + NEAR) continue;
    if (y < box.top - NEAR || y > pen.bottom + NEAR) continue;
    for (const find of clickable ? [] : pen.fields) {
      const hit = find(x, y);
      if (hit) best = {pen, hit};
      if (hit) least = NEAR - 0.5;
    }
    for (const hit of pen.hits) {
      if (clickable && (hit.rowId === null || !hit.node)) continue;
      const far = distance(hit, x, y) + (hit.rowId === null ? 0.25 : 0)
        + (hit.mark.kind === "line" ? BEHIND : 0);
      if (far < least) {
        least = far;
        best = {pen, hit};
      }
    }
  }
  return best;
}

export class Interaction {
  constructor(container, svg, options) {
    Object.assign(this, {container, svg, options, pens: [], byNode: new Map(), pointer: null,
      pointed: null});
    this.tip = document.createElement("div");
    this.tip.className = "screen-tip";
    this.tip.setAttribute("role", "tooltip");
    this.tip.hidden = true;
    container.append(this.tip);
    this.stop = new AbortController();
    const on = (name, act, where = svg) => where.addEventListener(name, act, {signal: this.stop.signal});
    on("pointermove", (event) => this.hover(event));
    on("pointerleave", () => this.leave());
    on("click", (event) => this.click(event));
    on("keydown", (event) => this.key(event));
    on("focusin", (event) => this.focused(event), container); // on the svg: it would be a tab stop
    on("focusout", () => this.hide(), container);
    on("keydown", (event) => { if (event.key === "Escape") this.hide(); }, document);
  }

  // Take over the panels of a new drawing.
  take(pens) {
    this.pens = pens;
    this.byNode = new Map();
    for (const pen of pens) for (const hit of pen.order) this.byNode.set(hit.node, {pen, hit});
  }

  point(event) {
    const frame = this.svg.getBoundingClientRect(), view = this.svg.viewBox.baseVal;
    const scale = frame.width ? view.width / frame.width : 1;
    return [(event.clientX - frame.left) * scale, (event.clientY - frame.top) * scale];
  }

  hover(event) {
    this.pointer = {clientX: event.clientX, clientY: event.clientY};
    const place = this.point(event), found = nearest(this.pens, ...place);
    const canClick = this.options.onRow && nearest(this.pens, ...place, true);
    this.svg.classList.toggle("can-click", Boolean(canClick));
    if (found) this.show(found);
    else this.hide();
  }

  leave() {
    this.pointer = null;
    this.hide();
  }

  click(event) {
    const under = this.byNode.get(event.target.closest?.("[data-row]"));
    const pointed = event.detail ? nearest(this.pens, ...this.point(event), true) : null;
    const found = pointed ?? under;
    if (!found) return;
    this.rove(found);
    found.hit.node.focus({preventScroll: true});
    this.call(found.hit.rowId, event);
  }

  // Tell the page; several raw rows behind one marker come as a list too.
  call(rowId, event) {
    this.options.onRow?.(rowId, event, rowsOf(rowId));
  }

  key(event) {
    const found = this.byNode.get(event.target);
    if (!found || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (!event.repeat) this.call(found.hit.rowId, event);
      return;
    }
    const next = this.next(found, event.key);
    if (!next) return;
    event.preventDefault();
    this.rove({pen: found.pen, hit: next});
    next.node.focus();
  }

  // The marker an arrow key leads to; up and down stay in the column of a plate.
  next({pen, hit}, key) {
    const {order} = pen, k = order.indexOf(hit), last = order.length - 1;
    const steps = {ArrowRight: k + 1, ArrowLeft: k - 1, ArrowDown: k + 1, ArrowUp: k - 1, Home: 0, End: last};
    if (!(key in steps)) return null;
    if (pen.grid && (key === "ArrowDown" || key === "ArrowUp")) {
      const column = order.filter((other) => Math.abs(other.x - hit.x) < 0.5);
      return column[column.indexOf(hit) + (key === "ArrowDown" ? 1 : -1)] ?? null;
    }
    return order[Math.min(Math.max(steps[key], 0), last)];
  }

  // Let Tab come back to this marker.
  rove({pen, hit}) {
    for (const other of pen.order) {
      const wanted = other === hit ? "0" : "-1";
      if (other.node.getAttribute("tabindex") !== wanted) other.node.setAttribute("tabindex", wanted);
    }
  }

  focused(event) {
    const found = this.byNode.get(event.target);
    if (found && event.target.matches(":focus-visible")) this.show(found);
  }

  show({pen, hit}) {
    this.hide();
    this.pointed = hit.rowId === null ? null : hit.node;
    this.pointed?.classList.add("pointed");
    this.tip.replaceChildren(...lines(pen, hit, this.options.describe).map((text, k) => {
      const line = document.createElement("div");
      line.textContent = text;
      if (!k) line.className = "head";
      return line;
    }));
    this.tip.hidden = false;
    const outer = this.container.getBoundingClientRect(), frame = this.svg.getBoundingClientRect();
    const scale = frame.width / this.svg.viewBox.baseVal.width || 1;
    const x = frame.left - outer.left + hit.x * scale, y = frame.top - outer.top + hit.y * scale;
    const [wide, high] = [this.tip.offsetWidth, this.tip.offsetHeight];
    const left = x + GAP + wide > outer.width ? x - GAP - wide : x + GAP;
    const top = y - GAP - high < 0 ? y + GAP : y - GAP - high;
    this.tip.style.left = `${Math.max(left, 0)}px`; // the property, not markup: the policy allows it
    this.tip.style.top = `${top}px`;
    this.tip.style.fontSize = `${SIZE.text}px`;
  }

  hide() {
    this.tip.hidden = true;
    this.pointed?.classList.remove("pointed");
  }

  // What has the focus, and which marker of each panel Tab leads to.
  remember() {
    const {activeElement} = document, found = this.byNode.get(activeElement);
    const stops = this.pens.map((pen) => pen.order.find((hit) => hit.node.getAttribute("tabindex") === "0"));
    return {
      visible: Boolean(found && activeElement.matches(":focus-visible")),
      focus: found ? {panel: this.pens.indexOf(found.pen), rowId: found.hit.rowId, mark: found.hit.mark.label} : null,
      stops: stops.map((hit) => hit?.rowId ?? null),
    };
  }

  // Put focus and tab stops back on the same rows.
  restore({focus, stops, visible}) {
    this.pens.forEach((pen, k) => {
      const hit = stops[k] && pen.order.find((other) => other.rowId === stops[k]);
      if (hit) this.rove({pen, hit});
    });
    const found = focus && this.find(focus);
    if (found) {
      this.rove(found);
      found.hit.node.focus({preventScroll: true, focusVisible: visible});
    }
    const under = this.pointer && nearest(this.pens, ...this.point(this.pointer));
    if (under) this.show(under);
    else if (!found || !visible) this.hide();
  }

  // The marker of a row: in the same panel and layer if it is still there.
  find({panel, rowId, mark}) {
    const all = this.pens.flatMap((pen, k) => pen.order.filter((hit) => hit.rowId === rowId)
      .map((hit) => ({pen, hit, cost: (k === panel ? 0 : 2) + (hit.mark.label === mark ? 0 : 1)})));
    all.sort((a, b) => a.cost - b.cost);
    return all[0] ?? null;
  }

  end() {
    this.stop.abort();
    this.tip.remove();
  }
}
