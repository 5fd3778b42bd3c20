// The plate map of the workspace: signal, roles or doses of one plate; a click leaves a well out.
import { count, el } from "./dom.js";
import { address, get } from "./api.js";
import { LOOKS, legend, look, scaleOf } from "./plate_look.js";
import { PlateGrid } from "./plate_grid.js";

export class PlateMap {
  /** `opens(rows, well)`: leave out or take back these rows ({row_id, label, out, ...}). */
  constructor(room, block, opens) {
    Object.assign(this, { room, block, opens, plates: [], at: 0, by: "value", fresh: new Set(), size: 0 });
  }

  async load() {
    const said = await get(address(this.block, "/plates"));
    this.plates = said.plates || [];
    this.byRow = new Map();
    for (const plate of this.plates)
      for (const well of plate.wells)
        this.byRow.set(well.row_id, { ...well, file: plate.file, sample_id: plate.sample_id });
    this.plates.forEach((plate) => {
      plate.of = new Map(plate.wells.map((well) => [well.well, well]));
    });
    if (!this.plates.length) {
      this.room.replaceChildren(el("p", { class: "hint" }, "No plate could be read yet."));
      return;
    }
    this.at = Math.min(this.at, this.plates.length - 1);
    if (!this.node) this.build();
    else this.names();
    this.show();
  }

  build() {
    this.picker = el("select", {
      id: "plate",
      class: "picker",
      "aria-label": "Plate",
      onchange: () => {
        this.at = Number(this.picker.value);
        this.fresh.clear();
        this.show();
      },
    });
    this.looks = el(
      "select",
      {
        "aria-label": "Color by",
        onchange: () => {
          this.by = this.looks.value;
          this.show();
        },
      },
      Object.entries(LOOKS).map(([name, words]) => el("option", { value: name }, `Color by ${words}`)),
    );
    const step = (by, words, sign) =>
      el(
        "button",
        { type: "button", class: "small", "aria-label": words, onclick: () => this.go(this.at + by) },
        sign,
      );
    this.grid = el("div");
    this.keys = el("div");
    this.chosen = el("div", { class: "row middle chosen", "aria-live": "polite" });
    this.node = el(
      "div",
      {},
      el(
        "div",
        { class: "row middle" },
        step(-1, "Plate before", "‹"),
        this.picker,
        step(1, "Next plate", "›"),
        this.looks,
      ),
      this.grid,
      this.keys,
      this.chosen,
    );
    this.room.replaceChildren(this.node);
    this.names();
  }

  names() {
    this.picker.replaceChildren(
      ...this.plates.map((plate, i) => {
        const out = plate.wells.filter((w) => w.out).length;
        const flagged = plate.wells.some((w) => w.flags?.length && !w.out);
        const extra = [out ? `${out} left out` : "", flagged ? "flagged" : ""].filter(Boolean).join(", ");
        return el("option", { value: i }, `${plate.sample_id || plate.file}${extra ? ` (${extra})` : ""}`);
      }),
    );
    this.picker.value = String(this.at);
  }

  go(at) {
    if (at < 0 || at >= this.plates.length) return;
    this.at = at;
    this.picker.value = String(at);
    this.fresh.clear();
    this.show();
  }

  show() {
    const plate = this.plates[this.at];
    const held = this.made && this.made.contains(document.activeElement);
    if (this.size !== plate.size || !this.cells) {
      this.grid.replaceChildren();
      this.size = plate.size;
      this.cells = new PlateGrid(this.grid, {
        size: plate.size,
        label: "Wells; Enter leaves one out",
        opens: (wells, at) => this.open(wells, at),
        chooses: (wells) => this.choose(wells),
      });
      this.made = this.cells.node;
    }
    this.made.setAttribute(
      "aria-label",
      `Plate ${plate.sample_id || plate.file}: ${LOOKS[this.by]}. Enter leaves a well out.`,
    );
    const scale = scaleOf(plate.wells);
    this.cells.paint((name) => {
      const well = plate.of.get(name);
      return well ? look({ ...well, fresh: this.fresh.has(well.row_id) }, this.by, scale, plate.size) : null;
    });
    const flagged = plate.wells.some((w) => w.flags?.length && !w.out);
    this.keys.replaceChildren(
      legend(this.by, scale, { size: plate.size, flagged, out: plate.wells.some((w) => w.out) }),
    );
    this.choose([]);
    this.cells.select([], true);
    this.turned?.(plate);
    if (held) this.cells.focus();
  }

  choose(names) {
    const rows = this.rowsOf(names);
    if (!rows.length) {
      this.chosen.replaceChildren(
        el("span", { class: "hint" }, "Click a well to leave it out; drag or Shift for several."),
      );
      return;
    }
    this.chosen.replaceChildren(
      el("span", {}, `${count(rows.length, "well")} selected`),
      el(
        "button",
        { type: "button", class: "small", onclick: () => this.open(names, names[0]) },
        rows.every((r) => r.by_person) ? "Take back" : "Leave out",
      ),
      el("button", { type: "button", class: "small plain", onclick: () => this.cells.select([]) }, "Clear"),
    );
  }

  rowsOf(names) {
    const plate = this.plates[this.at];
    return names.map((name) => plate.of.get(name)).filter(Boolean);
  }

  open(names, at) {
    const rows = this.rowsOf(names).map((well) => this.about(well.row_id));
    if (rows.length) this.opens(rows, () => this.cells.focus(at));
  }

  /** What is known of a row, for the dialog. */
  about(rowId) {
    const well = this.byRow?.get(rowId);
    if (!well) return null;
    const plate = well.sample_id || well.file;
    return {
      ...well,
      where: plate,
      scopes: [
        { words: `This well, ${well.well}`, rows: [rowId] },
        { words: `The whole plate ${plate}`, rows: [plate] },
      ],
    };
  }

  /** After a change: crosses first, then what the server says of flags. */
  mark(excluded, touched, reason) {
    const out = new Set(excluded);
    this.fresh = new Set(touched);
    for (const plate of this.plates) {
      for (const well of plate.wells) {
        if (!out.has(well.row_id) && well.by_person)
          Object.assign(well, { out: "", by_person: false, flags: [] });
        else if (out.has(well.row_id) && !well.by_person)
          Object.assign(well, { out: reason || "left out", by_person: true });
        const kept = this.byRow.get(well.row_id);
        if (kept) Object.assign(kept, { out: well.out, by_person: well.by_person });
      }
    }
    if (!this.plates.length) return;
    this.names();
    this.show();
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      this.fresh.clear();
      this.made?.querySelectorAll(".fresh").forEach((n) => n.classList.remove("fresh"));
    }, 6000);
  }

  reasons() {
    return [...(this.byRow?.values() || [])]
      .map((well) => well.out)
      .filter((text) => text && text !== "left out");
  }
}
