// The editor of a plate layout: select wells on the map, say at the side what they hold, save and fit.
import { byId, count, el } from "./dom.js";
import { address, get, put } from "./api.js";
import { refuse } from "./say.js";
import { Layout } from "./layout_state.js";
import { PLATES, PlateGrid } from "./plate_grid.js";
import { legend, look, scaleOf } from "./plate_look.js";
import { WellForm } from "./well_form.js";
import { pasteForm, seriesForm, wholePlateForm } from "./layout_fill.js";

const BY = { role: "role", treatment: "treatment", dose: "dose", value: "signal of the first plate" };

const NO_SIGNALS = "Signals can be shown once the study has numbers: say what the wells hold, then save.";

export class LayoutEditor {
  /** `saved(study)`: what came back from saving. `others`: further tables saved with it (design). */
  constructor(room, block, { saved, others = [] }) {
    Object.assign(this, { room, block, saved, others, by: "treatment", built: false });
  }

  get open() {
    return !this.room.closest(".part").hidden;
  }

  get dirty() {
    return Boolean(this.layout?.dirty) || this.others.some((each) => each.dirty);
  }

  async show() {
    if (this.built && (this.dirty || !this.stale)) return;
    try {
      const said = await get(address(this.block, "/layout"));
      this.size = PLATES[said.size] ? said.size : 96;
      this.layout = new Layout(said);
      this.opened = said.rows;
      this.inFiles = new Set(said.wells_in_files || []);
      this.stale = false;
      this.build(said);
    } catch (problem) {
      refuse(problem, this.room, "The layout cannot be shown");
    }
  }

  build(said) {
    const save = el("button", { type: "button", class: "main", onclick: () => this.save() }, "Save and fit");
    this.saveButton = save;
    this.undoButton = el(
      "button",
      { type: "button", class: "small", onclick: () => this.step("undo") },
      "Undo edit",
    );
    this.redoButton = el(
      "button",
      { type: "button", class: "small", onclick: () => this.step("redo") },
      "Redo edit",
    );
    this.said = el("span", { class: "hint", role: "status" });
    this.problems = el("div");
    this.plates = el("select", {
      "aria-label": "Plate of the layout",
      onchange: () => {
        this.layout.plate = this.plates.value;
        this.paint();
      },
    });
    const colors = el(
      "select",
      { onchange: () => this.color(colors.value) },
      Object.entries(BY).map(([name, words]) => el("option", { value: name }, words)),
    );
    colors.value = this.by;
    const sizes = el(
      "select",
      {
        onchange: () => {
          this.size = Number(sizes.value);
          this.grid();
        },
      },
      Object.keys(PLATES).map((size) => el("option", { value: size }, `${size} wells`)),
    );
    sizes.value = String(this.size);
    this.map = el("div");
    this.keys = el("div");
    const used = said.plates?.length ? `One layout for ${count(said.plates.length, "plate")}.` : "";
    this.room.replaceChildren(
      el("div", { class: "row middle" }, save, this.undoButton, this.redoButton, this.said),
      this.problems,
      el(
        "div",
        { class: "editor" },
        el(
          "div",
          {},
          el(
            "div",
            { class: "row middle" },
            el("label", { class: "beside" }, "Plate", sizes),
            this.layout.key ? this.plates : null,
            el("label", { class: "beside" }, "Color by", colors),
            el("span", { class: "hint" }, used),
          ),
          this.map,
          this.keys,
          el(
            "p",
            { class: "hint" },
            "Drag, Shift or Ctrl to select; a letter or number selects its row or column; Ctrl+A all; arrow keys, with Shift to extend; Delete empties wells; Ctrl+V pastes a block.",
          ),
        ),
        this.side(),
      ),
    );
    this.built = true;
    this.grid();
  }

  grid() {
    this.map.replaceChildren();
    this.cells = new PlateGrid(this.map, {
      size: this.size,
      label: "Layout of the plate",
      edit: true,
      chooses: (names) => this.choose(names),
    });
    this.cells.node.addEventListener("keydown", (event) => {
      if (event.key !== "Delete" && event.key !== "Backspace") return;
      event.preventDefault();
      this.done(this.layout.clear(this.cells.selected), "emptied");
    });
    this.cells.node.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain");
      if (!text) return;
      event.preventDefault();
      this.paste.pasted(text);
    });
    this.paint();
  }

  side() {
    const clear = () => this.done(this.layout.clear(this.cells.selected), "emptied");
    this.form = new WellForm({
      extra: this.layout.extra,
      set: (fields) => this.set(fields),
      clear,
      rest: () => this.rest(),
    });
    const apply = (rows) => {
      this.done(this.layout.put(rows), "filled", rows.length);
    };
    const size = () => this.size;
    this.paste = pasteForm({
      block: this.block,
      size,
      at: () => this.cells?.selected[0],
      extra: this.layout.extra,
      holds: (well, field) => Boolean(this.layout.wells.get(well)?.[field]),
      apply,
    });
    const place = (name) => this.cells.wells.get(name);
    return el(
      "div",
      {},
      this.form.node,
      seriesForm({ chosen: () => this.cells.selected, place, apply }),
      wholePlateForm({ size, apply }),
      this.paste.node,
    );
  }

  set(fields) {
    const names = this.cells.selected;
    if (!names.length) {
      this.said.textContent = "Select wells on the map first.";
      return;
    }
    this.done(this.layout.set(names, fields), Object.values(fields).filter(Boolean).join(" ") || "emptied");
    this.choose(names);
  }

  /** Measured wells that nothing was said of hold nothing. */
  rest() {
    const names = [...this.cells.wells.keys()].filter(
      (name) => (!this.inFiles.size || this.inFiles.has(name)) && !this.layout.wells.get(name)?.role,
    );
    this.done(this.layout.set(names, { role: "empty" }), "empty", names.length);
  }

  done(changed, words, n = this.cells.selected.length) {
    if (changed) this.said.textContent = `${count(n, "well")}: ${words}. Not saved yet.`;
    this.paint();
  }

  step(which) {
    if (this.layout[which]())
      this.said.textContent = which === "undo" ? "Last edit undone." : "Edit done again.";
    this.paint();
  }

  choose(names) {
    this.form.show(
      names,
      names.map((name) => this.layout.wells.get(name) || {}),
    );
  }

  /** Signals are there once the study has numbers. */
  async color(by) {
    this.by = by;
    if (by === "value" && !this.signals) {
      try {
        const { plates } = await get(address(this.block, "/plates"));
        this.signals = new Map((plates[0]?.wells || []).map((well) => [well.well, well]));
        this.first = plates[0]?.sample_id || plates[0]?.file || "the first plate";
      } catch {
        this.said.textContent = NO_SIGNALS;
      }
    }
    if (by === "value" && this.signals) this.said.textContent = this.lack();
    this.paint();
  }

  /** Wells that are in the layout, but without a value in the file; what to do about them. */
  lack() {
    const wells = [...this.signals.values()];
    const bare = wells.filter(({ value }) => value === null || value === undefined).map(({ well }) => well);
    if (!wells.length) return NO_SIGNALS;
    if (bare.length === wells.length)
      return `The file holds no value for any well of ${this.first}. Export the measured values from the reader and add that file; the layout can be saved as it is.`;
    if (!bare.length) return "";
    const named = `${bare.slice(0, 4).join(", ")}${bare.length > 4 ? ` and ${bare.length - 4} more` : ""}`;
    return `The file of ${this.first} holds no value for ${count(bare.length, "well")} (${named}). Give a well that held nothing the role empty; else see the reader's own file.`;
  }

  well(name) {
    const row = this.layout.wells.get(name);
    if (!row && this.inFiles.size && !this.inFiles.has(name)) return null;
    const held = row || { well: name };
    const measured = this.by === "value" ? this.signals?.get(name) : null; // wells of no role are no rows
    return measured ? { ...held, value: measured.value ?? null, cause: measured.cause } : held;
  }

  paint() {
    const names = [...this.cells.wells.keys()];
    const scale = scaleOf(names.map((name) => this.well(name)).filter(Boolean));
    this.cells.paint((name) => {
      const well = this.well(name);
      return well && look(well, this.by, scale, this.size, { both: true });
    });
    this.keys.replaceChildren(legend(this.by, scale, { size: this.size }));
    this.plates.replaceChildren(
      ...this.layout.names.map((name) => el("option", { value: name }, name || "all plates")),
    );
    this.plates.value = this.layout.plate;
    this.undoButton.disabled = !this.layout.past.length;
    this.redoButton.disabled = !this.layout.future.length;
    this.form.suggest(scale.treatments);
    this.choose(this.cells.selected);
  }

  /** Undo of unsaved edits comes before undo of the study. */
  keys_(event) {
    if (
      !this.open ||
      !(event.ctrlKey || event.metaKey) ||
      event.target.closest?.("input, textarea, select, dialog")
    )
      return;
    const key = event.key.toLowerCase();
    const which = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : "";
    if (!which || !(which === "undo" ? this.layout?.past : this.layout?.future)?.length) return;
    event.preventDefault();
    event.stopPropagation();
    this.step(which);
  }

  /** Wells that were changed here and elsewhere: whose are kept is said by hand. */
  clash() {
    const theirs = async () => {
      this.layout.saved = this.layout.text();
      this.stale = true;
      await this.show();
    };
    return el(
      "div",
      { class: "row" },
      el("button", { type: "button", onclick: () => this.save(true) }, "Keep mine"),
      el("button", { type: "button", onclick: theirs }, "Take what was saved"),
    );
  }

  async save(mine = false) {
    if (this.form.faulty) {
      this.said.textContent = `Not saved. ${this.form.faulty}`;
      return;
    }
    this.saveButton.disabled = true;
    this.saveButton.setAttribute("aria-busy", "true");
    this.said.textContent = "Saving and fitting";
    try {
      let study = null;
      for (const each of this.others) if (each.dirty) study = await each.save(false);
      const rows = this.layout.rows();
      study = await put(address(this.block, "/layout"), { rows, ...(mine ? {} : { opened: this.opened }) });
      this.problems.replaceChildren();
      this.said.textContent = "Saved.";
      this.layout.saved = this.layout.text();
      this.opened = study.layout.rows;
      if (JSON.stringify(study.layout.rows) !== JSON.stringify(rows)) {
        this.stale = true; // what others saved meanwhile is in it now
        await this.show();
      }
      await this.saved(study);
    } catch (problem) {
      this.said.textContent = "Not saved.";
      refuse(problem, this.problems, "The layout was not saved");
      if (problem.status === 409) this.problems.append(this.clash());
    }
    this.saveButton.disabled = false;
    this.saveButton.removeAttribute("aria-busy");
  }
}

export function makeEditor(block, given) {
  const room = byId("layout-editor");
  if (!room) return null;
  const editor = new LayoutEditor(room, block, given);
  document.addEventListener("keydown", (event) => editor.keys_(event), true);
  addEventListener("beforeunload", (event) => {
    if (editor.dirty) event.preventDefault();
  });
  return editor;
}
