// Marker shapes as outlines around 0, for a marker of size 1; the same shapes as in print.
import {PRINT} from "./style.js";

function polygon(points) {
  return points.map(([x, y]) => [x, -y]); // y grows downwards on a screen
}

function regular(corners) {
  return Array.from({length: corners}, (_, i) => {
    const turn = (2 * Math.PI * i) / corners + Math.PI / 2;
    return [0.5 * Math.cos(turn), 0.5 * Math.sin(turn)];
  });
}

const CROSS = [[-1, -2], [0, -1], [1, -2], [2, -1], [1, 0], [2, 1], [1, 2], [0, 1], [-1, 2],
  [-2, 1], [-1, 0], [-2, -1]].map(([x, y]) => [x / 4, y / 4]);
const OUTLINES = {
  s: polygon([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]),
  "^": polygon([[0, 0.5], [-0.5, -0.5], [0.5, -0.5]]),
  v: polygon([[0, -0.5], [0.5, 0.5], [-0.5, 0.5]]),
  "<": polygon([[-0.5, 0], [0.5, -0.5], [0.5, 0.5]]),
  ">": polygon([[0.5, 0], [-0.5, 0.5], [-0.5, -0.5]]),
  D: polygon([[0, -Math.SQRT1_2], [Math.SQRT1_2, 0], [0, Math.SQRT1_2], [-Math.SQRT1_2, 0]]),
  p: polygon(regular(5)),
  h: polygon(regular(6)),
  X: polygon(CROSS),
};
const LINES = {
  x: [[-0.5, -0.5, 0.5, 0.5], [-0.5, 0.5, 0.5, -0.5]],
  "+": [[-0.5, 0, 0.5, 0], [0, -0.5, 0, 0.5]],
  "|": [[0, -0.5, 0, 0.5]],
  _: [[-0.5, 0, 0.5, 0]],
};
export const STROKES = new Set(PRINT.STROKES);
const known = new Map();

// Outline of a marker of a size in pixels around (0, 0).
export function shapePath(shape, size) {
  const key = `${shape}${size}`;
  let made = known.get(key);
  if (made === undefined) known.set(key, made = outline(shape, size));
  return made;
}

function outline(shape, size) {
  const n = (v) => Math.round(v * size * 1000) / 1000;
  if (shape === "o") {
    return `M${n(-0.5)} 0A${n(0.5)} ${n(0.5)} 0 1 1 ${n(0.5)} 0A${n(0.5)} ${n(0.5)} 0 1 1 ${n(-0.5)} 0Z`;
  }
  if (LINES[shape]) {
    return LINES[shape].map(([a, b, c, d]) => `M${n(a)} ${n(b)}L${n(c)} ${n(d)}`).join("");
  }
  return `M${OUTLINES[shape].map(([x, y]) => `${n(x)} ${n(y)}`).join("L")}Z`;
}
