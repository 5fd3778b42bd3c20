// Colors of wells and legends. Heat is cividis, as in print: even in lightness, and read alike with
// and without color vision deficiency. Groups are those of Okabe and Ito, as in print.
const CIVIDIS = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [166, 157, 117],
  [195, 179, 105],
  [225, 204, 85],
  [254, 232, 56],
];
export const GROUPS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F"];

/** Color of a share from 0 to 1. */
export function heat(share) {
  const at = Math.min(Math.max(share, 0), 1) * (CIVIDIS.length - 1);
  const low = Math.min(Math.floor(at), CIVIDIS.length - 2);
  return CIVIDIS[low].map((c, i) => Math.round(c + (CIVIDIS[low + 1][i] - c) * (at - low)));
}

function channels(color) {
  if (Array.isArray(color)) return color;
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}

export const css = (color) => `rgb(${channels(color).join(" ")})`;

/** Black or white, whichever reads better on a color (relative luminance of WCAG). */
export function inkOn(color) {
  const [r, g, b] = channels(color).map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}

/** Paler with each step down: doses of one treatment. */
export function paler(color, share) {
  return channels(color).map((c) => Math.round(c + (255 - c) * (1 - share)));
}

/** Draw a color bar. */
export function ramp(canvas, color = heat) {
  canvas.width = 128;
  canvas.height = 1;
  const pen = canvas.getContext("2d");
  for (let x = 0; x < 128; x += 1) {
    pen.fillStyle = css(color(x / 127));
    pen.fillRect(x, 0, 1, 1);
  }
  return canvas;
}
