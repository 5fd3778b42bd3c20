// A plate as a grid of wells: one tab stop, arrow keys, selection by mouse and keyboard.
import { el } from "./dom.js";

export const PLATES = {
  6: [2, 3],
  12: [3, 4],
  24: [4, 6],
  48: [6, 8],
  96: [8, 12],
  384: [16, 24],
  1536: [32, 48],
};

export const letters = (row) =>
  row < 26 ? String.fromCharCode(65 + row) : `A${String.fromCharCode(65 + row - 26)}`;
export const wellName = (row, column) => `${letters(row)}${String(column + 1).padStart(2, "0")}`;

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Make a grid in `room`. `opens(wells)`: Enter, Space or a plain click where wells are not edited;
 * `chooses(wells)`: the selection has changed. Wells are named as in files: B05.
 */
export class PlateGrid {
  constructor(room, { size, label, edit = false, opens = null, chooses = null }) {
    [this.rows, this.columns] = PLATES[size] || PLATES[96];
    Object.assign(this, {
      edit,
      opens,
      chooses,
      chosen: new Set(),
      wells: new Map(),
      anchor: null,
      dragged: null,
    });
    this.at = [0, 0];
    this.node = el("div", {
      class: "plate",
      role: "grid",
      "aria-label": label,
      "aria-multiselectable": "true",
      "aria-rowcount": this.rows + 1,
      "aria-colcount": this.columns + 1,
      "data-size": size,
      "data-edit": edit,
    });
    this.node.style.gridTemplateColumns = `1.6em repeat(${this.columns}, minmax(0, 1fr))`;
    this.build();
    this.listen();
    room.append(this.node);
  }

  build() {
    const head = el(
      "div",
      { class: "line", role: "row" },
      el(
        "div",
        { class: "mark", role: "columnheader", "data-all": true, title: this.edit ? "All wells" : "" },
        el("span", { class: "unseen" }, "Well"),
      ),
    );
    for (let c = 0; c < this.columns; c += 1) {
      head.append(el("div", { class: "mark", role: "columnheader", "data-column": c }, String(c + 1)));
    }
    this.node.append(head);
    for (let r = 0; r < this.rows; r += 1) {
      const line = el(
        "div",
        { class: "line", role: "row" },
        el("div", { class: "mark", role: "rowheader", "data-row": r }, letters(r)),
      );
      for (let c = 0; c < this.columns; c += 1) {
        const name = wellName(r, c);
        const well = el(
          "div",
          {
            class: "well none",
            role: "gridcell",
            tabindex: r + c ? -1 : 0,
            "data-well": name,
            "aria-selected": "false",
            "aria-label": name,
          },
          el("span", { "aria-hidden": "true" }),
        );
        this.wells.set(name, { node: well, row: r, column: c });
        line.append(well);
      }
      this.node.append(line);
    }
  }

  listen() {
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.node.addEventListener("pointerdown", (event) => this.press(event));
    this.node.addEventListener("pointermove", (event) => this.drag(event));
    this.node.addEventListener("pointerup", (event) => this.release(event));
    this.node.addEventListener("pointercancel", () => {
      this.dragged = null;
    });
    this.node.addEventListener("focusin", (event) => {
      const name = event.target.dataset.well;
      if (name) this.stop(name);
    });
  }

  /** Show wells: `look(name)` gives {label, text, color, ink, classes, title} or null for no well. */
  paint(look) {
    for (const [name, { node }] of this.wells) {
      const said = look(name);
      node.className = `well ${said ? said.classes || "" : "none"}`;
      node.firstChild.dataset.text = said?.text || ""; // drawn by the style sheet; the label says it in words
      node.style.backgroundColor = said?.color || "";
      node.style.color = said?.ink || "";
      node.setAttribute("aria-label", said?.label || `${name}, not used`);
      node.title = said?.label || "";
    }
  }

  get selected() {
    return [...this.wells.keys()].filter((name) => this.chosen.has(name));
  }

  select(names, quiet = false) {
    const next = new Set(names);
    for (const [name, { node }] of this.wells) {
      if (next.has(name) !== this.chosen.has(name))
        node.setAttribute("aria-selected", String(next.has(name)));
    }
    this.chosen = next;
    if (!quiet && this.chooses) this.chooses(this.selected);
  }

  stop(name) {
    const { row, column } = this.wells.get(name);
    const before = this.wells.get(wellName(...this.at));
    before.node.tabIndex = -1;
    this.at = [row, column];
    this.wells.get(name).node.tabIndex = 0;
  }

  focus(name = wellName(...this.at)) {
    if (!this.wells.has(name)) return;
    this.stop(name);
    this.wells.get(name).node.focus();
  }

  between(a, b) {
    const [one, two] = [this.wells.get(a), this.wells.get(b)];
    const out = [];
    for (let r = Math.min(one.row, two.row); r <= Math.max(one.row, two.row); r += 1) {
      for (let c = Math.min(one.column, two.column); c <= Math.max(one.column, two.column); c += 1)
        out.push(wellName(r, c));
    }
    return out;
  }

  /** Wells under a head: a row, a column, or all. */
  under(mark) {
    const { row, column, all } = mark.dataset;
    return [...this.wells]
      .filter(([, w]) => all !== undefined || String(w.row) === row || String(w.column) === column)
      .map(([name]) => name);
  }

  press(event) {
    if (event.button) return;
    const mark = event.target.closest(".mark");
    const held = event.ctrlKey || event.metaKey;
    if (mark) {
      if (held || event.shiftKey) this.select([...this.chosen, ...this.under(mark)]);
      else this.select(this.under(mark));
      event.preventDefault();
      return;
    }
    const name = event.target.closest(".well")?.dataset.well;
    if (!name) return;
    event.preventDefault();
    this.focus(name);
    if (event.shiftKey && this.anchor) {
      this.select([...(held ? this.chosen : []), ...this.between(this.anchor, name)]);
      return;
    }
    this.anchor = name;
    this.dragged = {
      from: name,
      kept: held ? [...this.chosen] : [],
      held,
      moved: false,
      was: this.chosen.has(name),
    };
    this.node.setPointerCapture(event.pointerId);
    if (this.edit || held) {
      if (held && this.dragged.was) this.select([...this.chosen].filter((each) => each !== name));
      else this.select([...this.dragged.kept, name]);
    }
  }

  drag(event) {
    if (!this.dragged) return;
    const name = document.elementFromPoint(event.clientX, event.clientY)?.closest(".well")?.dataset.well;
    if (!name || !this.wells.has(name) || (name === this.dragged.from && !this.dragged.moved)) return;
    if (name === this.dragged.last) return;
    Object.assign(this.dragged, { moved: true, last: name });
    this.select([...this.dragged.kept, ...this.between(this.dragged.from, name)]);
  }

  release() {
    const { dragged } = this;
    this.dragged = null;
    if (!dragged || dragged.moved || dragged.held || this.edit) return;
    const wells = this.chosen.has(dragged.from) && this.chosen.size > 1 ? this.selected : [dragged.from];
    if (wells.length === 1) this.select([]);
    this.opens?.(wells, dragged.from);
  }

  key(event) {
    const name = event.target.dataset?.well;
    if (!name) return;
    const held = event.ctrlKey || event.metaKey;
    const step = STEPS[event.key];
    if (step || event.key === "Home" || event.key === "End") {
      event.preventDefault();
      const far = held && step ? 99 : 1;
      let [r, c] = this.at;
      if (step) [r, c] = [r + step[0] * far, c + step[1] * far];
      else {
        c = event.key === "Home" ? 0 : 99;
        if (held) r = event.key === "Home" ? 0 : 99;
      }
      const next = wellName(
        Math.min(Math.max(r, 0), this.rows - 1),
        Math.min(Math.max(c, 0), this.columns - 1),
      );
      this.focus(next);
      if (event.shiftKey) this.select(this.between((this.anchor ??= name), next));
      else {
        this.anchor = next;
        if (this.edit) this.select([next]);
      }
      return;
    }
    if (held && event.key.toLowerCase() === "a") {
      event.preventDefault();
      this.select([...this.wells.keys()]);
    } else if (event.key === " " && (held || event.shiftKey)) {
      // as in a spreadsheet: column, row
      event.preventDefault();
      const [r, c] = this.at;
      this.select(
        [...this.wells].filter(([, w]) => (held ? w.column === c : w.row === r)).map(([each]) => each),
      );
    } else if (event.key === "Escape" && this.chosen.size) {
      event.preventDefault();
      this.select([]);
    } else if ((event.key === "Enter" || event.key === " ") && this.opens) {
      event.preventDefault();
      this.opens(this.chosen.size > 1 && this.chosen.has(name) ? this.selected : [name], name);
    }
  }
}
