// What every mark needs to draw itself: scales in pixels, look, layers, what can be pointed at.
import {PRINT, PT, MM} from "./style.js";
import {el} from "./svg.js";

export class Pen {
  constructor(panel, [x, y], plan, i, clip) {
    Object.assign(this, {panel, x, y, look: plan.look, page: plan.page, words: plan.words[i],
      outer: plan.outers[i], clip, hits: [], fields: [], layers: new Map()});
    this.box = plan.boxes[i];
    const {box} = this;
    this.right = box.left + box.width;
    this.bottom = box.top + box.height;
    this.light = panel.marks.some((mark) => mark.kind === "density");
  }

  X(position) {
    return this.box.left + ((position - this.x.low) / (this.x.high - this.x.low)) * this.box.width;
  }

  Y(position) {
    const share = (position - this.y.low) / (this.y.high - this.y.low);
    return this.words.down ? this.box.top + share * this.box.height
      : this.bottom - share * this.box.height;
  }

  // Pixels of a column; its name says along which axis.
  place(mark, name) {
    return name[0] === "x" ? this.x.place(mark, name).map((v) => this.X(v))
      : this.y.place(mark, name).map((v) => this.Y(v));
  }

  // Where things of a height lie; higher ones are drawn later. Clipped ones end at the box; axes
  // keep the colors of the page where the field of a panel is always light.
  layer(height, clipped = false, axes = false) {
    const key = `${height} ${clipped} ${axes}`;
    if (!this.layers.has(key)) {
      const node = el("g", {"clip-path": clipped ? `url(#${this.clip})` : null,
        class: this.light && !axes ? "on-light" : null});
      this.layers.set(key, {height, node});
    }
    return this.layers.get(key).node;
  }

  stacked() {
    return [...this.layers.values()].sort((a, b) => a.height - b.height).map(({node}) => node);
  }

  // Remember what lies where, for the pointer and the keyboard.
  hit(mark, i, place, node) {
    this.hits.push({mark, i, node, rowId: mark.cols.row_id?.[i] ?? null, ...place});
  }

  get markerScale() {
    return Math.min(Math.max(this.box.width / MM / PRINT.FULL_MARKER_MM, 0.6), 1);
  }
}

export function opacity(mark) {
  return mark.faint ? PRINT.FAINT_ALPHA : null;
}

// Size of markers of a layer in pixels; smaller in a small panel.
export function markerSize(pen, mark) {
  return (mark.faint ? PRINT.FAINT_MARKER_PT : PRINT.MARKER_PT) * PT * pen.markerScale;
}

// Rows of a mark that look alike, in order of appearance; absent columns are skipped.
export function split(mark, ...names) {
  const parts = new Map(), present = names.filter((name) => mark.cols[name]);
  for (let i = 0; i < mark.n; i += 1) {
    const key = present.map((name) => mark.cols[name][i]);
    const word = JSON.stringify(key);
    let part = parts.get(word);
    if (!part) {
      part = {rows: []};
      present.forEach((name, k) => { part[name] = key[k] === null ? null : String(key[k]); });
      parts.set(word, part);
    }
    part.rows.push(i);
  }
  return [...parts.values()];
}

// Class and color of a group, as attributes.
export function ink(pen, group) {
  const {name, color} = pen.look.color(group);
  return {class: name, color};
}

export function pick(values, rows) {
  return rows.map((i) => values[i]);
}

