// Elements of SVG: made one by one, never from text.
import {PRINT, SIZE} from "./style.js";

const SPACE = "http://www.w3.org/2000/svg";

export function el(name, attributes = {}, parent = null) {
  const node = document.createElementNS(SPACE, name);
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  if (parent) parent.append(node);
  return node;
}

// A coordinate with two decimals: finer than any screen.
export function at(value) {
  return Math.round(value * 100) / 100;
}

// Lines of text, the first one's top at y; anchor is start, middle or end.
export function words(parent, lines, x, y, options = {}) {
  const size = options.size ?? SIZE.text, step = size * PRINT.LINE_HEIGHT;
  const node = el("text", {
    x: at(x),
    y: at(y + 0.5 * step + 0.36 * size),
    "font-size": at(size),
    "font-weight": options.bold ? "bold" : null,
    "text-anchor": options.anchor ?? "start",
    class: options.class ?? "ink",
    fill: "currentColor",
    transform: options.transform,
    "aria-hidden": options.hidden ? "true" : null,
  }, parent);
  if (lines.length === 1) {
    node.textContent = lines[0];
    return node;
  }
  lines.forEach((line, i) => {
    const part = el("tspan", {x: at(x), dy: i ? at(step) : null}, node);
    part.textContent = line;
  });
  return node;
}

// An outline through points; a gap where one of them is not there.
export function path(xs, ys) {
  let out = "", open = false;
  for (let i = 0; i < xs.length; i += 1) {
    if (Number.isNaN(xs[i]) || Number.isNaN(ys[i])) {
      open = false;
    } else {
      out += `${open ? "L" : "M"}${at(xs[i])} ${at(ys[i])}`;
      open = true;
    }
  }
  return out;
}
