// Samples of a block without plates: animals with their visits, tubes, samples; each can be left out.
import { count, el, later, shortNumber } from "./dom.js";
import { address, get } from "./api.js";
import { groupWords, visitWords } from "./row_words.js";

const STEP = 2000;
const MOST = 20000; // rows looked at for the list; beyond, the raw rows are the place

export class UnitList {
  /** `opens(rows, back, extra)`; units are animals if rows name them, else samples or files. */
  constructor(room, block, opens) {
    Object.assign(this, { room, block, opens, excluded: new Set(), units: [], find: "" });
  }

  async load() {
    const rows = [];
    let total = 1;
    while (rows.length < Math.min(total, MOST)) {
      const said = await get(address(this.block, `/rows?offset=${rows.length}&limit=${STEP}`));
      total = said.total;
      if (!said.rows.length) break;
      rows.push(...said.rows);
    }
    const first = rows[0] || {};
    this.key =
      ["animal", "sample_id", "file", "unit_id", "row_id"].find(
        (name) => first[name] !== null && first[name] !== undefined && first[name] !== "",
      ) || "row_id";
    this.word = this.key === "animal" ? "animal" : this.key === "row_id" ? "row" : "sample";
    if (this.key !== "animal" && new Set(rows.map((row) => row[this.key])).size < 3 && rows.length > 3)
      [this.key, this.word] = ["row_id", "row"];
    const units = new Map();
    for (const row of rows) {
      const name = String(row[this.key]);
      if (!units.has(name))
        units.set(name, {
          name,
          rows: [],
          about: groupWords(row, name),
        });
      units.get(name).rows.push(row);
    }
    this.units = [...units.values()];
    document.getElementById("side").hidden = !this.units.length; // a link reads results, not rows
    document.getElementById("side").parentElement.classList.toggle("alone", !this.units.length);
    this.byRow = new Map(rows.map((row) => [row.row_id, row]));
    this.draw();
  }

  draw() {
    const title = document.getElementById("side-title");
    if (title) title.textContent = { animal: "Animals", sample: "Samples", row: "Values" }[this.word];
    if (!this.field) {
      this.field = el("input", {
        type: "search",
        "aria-label": `Find among the ${this.word}s`,
        placeholder: "Find",
        oninput: later(120, () => {
          this.find = this.field.value.trim().toLowerCase();
          this.fill();
        }),
      });
      this.said = el("span", { class: "hint" });
      this.box = el("div", {
        class: "sheet units",
        tabindex: 0,
        role: "region",
        "aria-label": `List of ${this.word}s`,
      });
      this.room.replaceChildren(el("div", { class: "row middle" }, this.field, this.said), this.box);
    }
    this.fill();
  }

  fill() {
    const shown = this.units.filter(
      (unit) => !this.find || `${unit.name} ${unit.about}`.toLowerCase().includes(this.find),
    );
    const parts = this.units.some((unit) => unit.rows.length > 1);
    this.box.replaceChildren(
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col" }, { animal: "Animal", sample: "Sample", row: "Value of" }[this.word]),
            el("th", { scope: "col" }, "Group"),
            parts ? el("th", { scope: "col", class: "n" }, this.word === "animal" ? "Visits" : "Rows") : null,
            this.word === "row" ? el("th", { scope: "col", class: "n" }, "Value") : null,
          ),
        ),
        el(
          "tbody",
          {},
          shown.slice(0, 600).map((unit) => this.line(unit, parts)),
        ),
      ),
    );
    const out = this.units.filter((unit) =>
      unit.rows.every((row) => row.out || this.excluded.has(row.row_id)),
    ).length;
    this.said.textContent = `${count(this.units.length, this.word)}${out ? `, ${out} left out` : ""}${shown.length > 600 ? "; the first 600 are shown" : ""}`;
  }

  line(unit, parts) {
    const gone = unit.rows.filter((row) => row.out || this.excluded.has(row.row_id));
    const whole = gone.length === unit.rows.length;
    const shown =
      this.word === "row" ? String(unit.rows[0].animal || unit.rows[0].unit_id || unit.name) : unit.name;
    const value = this.word === "row" ? unit.rows[0].value : undefined;
    const open = el(
      "button",
      { type: "button", class: "plain small", onclick: () => this.openUnit(unit, open) },
      shown,
    );
    const why = gone[0]?.out || "";
    return el(
      "tr",
      { class: whole ? "out" : "", "data-unit": unit.name },
      el("th", { scope: "row" }, open),
      el(
        "td",
        {},
        unit.about
          .split(", ")
          .filter((text) => text !== shown)
          .join(", "),
        gone.length ? " " : null,
        gone.length
          ? el(
              "span",
              { class: "remark keep" },
              `${whole ? "" : `${gone.length} `}left out${why ? `: ${why}` : ""}`,
            )
          : null,
      ),
      parts
        ? el(
            "td",
            { class: "num" },
            gone.length && !whole
              ? `${unit.rows.length - gone.length} of ${unit.rows.length}`
              : String(unit.rows.length),
          )
        : null,
      value === undefined || value === null
        ? null
        : el("td", { class: "num" }, shortNumber(Number(value), 6)),
    );
  }

  openUnit(unit, from) {
    const back = unit.rows.every((row) => this.excluded.has(row.row_id));
    const id = this.word === "row" ? unit.rows[0].row_id : unit.name;
    const reason = unit.rows.find((row) => row.out)?.out || "";
    this.opens(
      [
        {
          row_id: id,
          name: unit.name,
          label: unit.about,
          where:
            unit.rows.length > 1 ? count(unit.rows.length, this.word === "animal" ? "visit" : "row") : "",
          value: this.word === "row" ? unit.rows[0].value : undefined,
          out: reason,
          by_person: back,
        },
      ],
      () => this.focus(unit.name, from),
      { word: this.word },
    );
  }

  focus(name, from) {
    (from?.isConnected ? from : this.box.querySelector(`[data-unit="${CSS.escape(name)}"] button`))?.focus();
  }

  /** A visit or a tube that was clicked in a figure, for the dialog. */
  about(rowId) {
    const row = this.byRow?.get(rowId);
    if (!row) return null;
    const visit = visitWords(row);
    if (visit !== row) return visit;
    return {
      ...row,
      name: row.sample_id || row.row_id,
      where: row.file,
      label: groupWords(row, row.sample_id),
      word: this.word === "row" ? "row" : "sample",
      scopes: [],
    };
  }

  reasons() {
    return [...(this.byRow?.values() || [])].map((row) => row.out).filter(Boolean);
  }

  /** Marks at once, then asks what the rules say now. */
  mark(excluded) {
    const before = this.excluded;
    this.excluded = new Set(excluded);
    for (const row of this.byRow?.values() || [])
      if (before.has(row.row_id) && !this.excluded.has(row.row_id)) row.out = "";
    if (this.box) this.fill();
  }
}
