// Text as drawn: literal, measured in pixels, wrapped to a width.
import {FONT, PRINT, SIZE} from "./style.js";

// A line may end after these, but "n = 3" and "> 2000" stay together.
const BREAKS = /(?<=[\s/_,;·-])(?<![=<>] )(?!=)/;
const UNSEEN = /\p{C}/gu;
const MANY = 20000;
const widths = new Map();
let ruler = null;

// Control and invisible characters are written out: a name cannot turn the line around.
export function literal(text) {
  return text.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0);
    const digits = code.toString(16);
    return code < 256 ? `\\x${digits.padStart(2, "0")}` : `\\u${digits.padStart(4, "0")}`;
  });
}

export function widthOf(text, size = SIZE.text, bold = false) {
  if (!text) return 0;
  const key = `${bold ? "b" : ""}${size}|${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    ruler ??= document.createElement("canvas").getContext("2d");
    const font = `${bold ? "bold " : ""}${size}px ${FONT}`;
    if (ruler.wanted !== font) {
      ruler.font = font;
      ruler.wanted = font;
    }
    width = ruler.measureText(text).width;
    if (widths.size > MANY) widths.clear();
    widths.set(key, width);
  }
  return width;
}

export function widest(lines, size = SIZE.text, bold = false) {
  return lines.reduce((most, line) => Math.max(most, widthOf(line, size, bold)), 0);
}

export function heightOf(lines, size = SIZE.text) {
  return lines * size * PRINT.LINE_HEIGHT;
}

// One word that is wider than a line is broken between characters.
function chop(word, limit, size, bold) {
  if (widthOf(word.trimEnd(), size, bold) <= limit) return [word];
  const pieces = [];
  let piece = "";
  for (const character of word) {
    if (piece && widthOf((piece + character).trimEnd(), size, bold) > limit) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return [...pieces, piece];
}

// Lines of a text at a width; line breaks of the caller are kept, no character is lost.
export function wrap(text, limit, size = SIZE.text, bold = false) {
  return String(text).split("\n").flatMap((whole) => {
    const shown = literal(whole);
    if (widthOf(shown, size, bold) <= limit) return [shown.trimEnd()];
    const lines = [];
    let line = "";
    for (const part of shown.split(BREAKS)) {
      for (const word of chop(part, limit, size, bold)) {
        if (line && widthOf((line + word).trimEnd(), size, bold) > limit) {
          lines.push(line.trimEnd());
          line = "";
        }
        line += word;
      }
    }
    return [...lines, line.trimEnd()];
  });
}

export function widestWord(text, size) {
  return widest(literal(text).split(BREAKS).map((word) => word.trimEnd()), size);
}

// Label with its unit: "Dose (nM)".
export function axisTitle(axis) {
  return axis.unit ? `${axis.label} (${axis.unit})` : axis.label;
}
