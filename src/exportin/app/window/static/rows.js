// All raw rows of a block: find, look, choose, leave out or take back.
import { count, el, heading, later, shortNumber } from "./dom.js";
import { address, get } from "./api.js";
import { refuse } from "./say.js";

const STEP = 200;
const LATE = new Set(["cause", "plate_wells", "measured_at", "channel", "file", "row_id", "out"]);

export class RowTable {
  /** `opens(rows, back)`: the exclusion dialog. */
  constructor(room, block, opens) {
    Object.assign(this, {
      room,
      block,
      opens,
      rows: [],
      total: 0,
      chosen: new Map(),
      find: "",
      excluded: new Set(),
      asked: 0,
    });
  }

  build() {
    this.field = el("input", {
      type: "search",
      id: "find-rows",
      placeholder: "well, sample, treatment, reason",
      oninput: later(200, () => this.look()),
    });
    this.said = el("span", { class: "hint", role: "status" });
    this.act = el(
      "button",
      { type: "button", disabled: true, onclick: () => this.open([...this.chosen.values()], this.act) },
      "Leave out selected",
    );
    this.table = el("div", {
      class: "sheet",
      tabindex: 0,
      role: "region",
      "aria-label": "Table of raw rows",
    });
    this.more = el("button", { type: "button", hidden: true, onclick: () => this.load(true) }, "Show more");
    this.problems = el("div");
    this.room.replaceChildren(
      el("div", { class: "row" }, el("label", {}, "Find in all columns", this.field), this.act, this.said),
      this.problems,
      this.table,
      el("p", {}, this.more),
    );
    this.built = true;
  }

  look() {
    this.find = this.field.value.trim();
    return this.load();
  }

  async load(more = false) {
    if (!this.built) this.build();
    const asked = ++this.asked;
    const offset = more ? this.rows.length : 0;
    try {
      const said = await get(
        address(this.block, `/rows?offset=${offset}&limit=${STEP}&find=${encodeURIComponent(this.find)}`),
      );
      if (asked !== this.asked) return;
      this.rows = more ? [...this.rows, ...said.rows] : said.rows;
      this.total = said.total;
      this.columns = this.order(said.columns);
      this.draw();
    } catch (problem) {
      refuse(problem, this.problems, "The rows cannot be shown yet");
    }
  }

  /** What tells a row first; what is the same everywhere or empty last or not at all. */
  order(columns) {
    const has = (name) =>
      this.rows.some((row) => row[name] !== null && row[name] !== "" && row[name] !== undefined);
    const main = columns.filter((name) => !LATE.has(name) && has(name));
    return [
      ...main,
      ...columns.filter((name) => LATE.has(name) && !["row_id", "out"].includes(name) && has(name)),
    ];
  }

  draw() {
    const body = el(
      "tbody",
      {},
      this.rows.map((row) => this.line(row)),
    );
    this.table.replaceChildren(
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col" }, el("span", { class: "unseen" }, "Select")),
            el("th", { scope: "col" }, "Row"),
            el("th", { scope: "col" }, "Left out"),
            this.columns.map((name) => el("th", { scope: "col" }, heading(name))),
          ),
        ),
        body,
      ),
    );
    this.said.textContent = this.find
      ? `${count(this.total, "row")} with "${this.find}"`
      : `${count(this.total, "row")}`;
    this.more.hidden = this.rows.length >= this.total;
    this.more.textContent = `Show ${Math.min(STEP, this.total - this.rows.length)} more of ${this.total}`;
    this.count();
  }

  line(row) {
    const person = this.excluded.has(row.row_id);
    const box = el("input", {
      type: "checkbox",
      "aria-label": `Select ${row.row_id}`,
      checked: this.chosen.has(row.row_id),
      onchange: () => {
        if (box.checked) this.chosen.set(row.row_id, row);
        else this.chosen.delete(row.row_id);
        line.setAttribute("aria-selected", String(box.checked));
        this.count();
      },
    });
    const open = el(
      "button",
      {
        type: "button",
        class: "plain small",
        title: person ? "Take back" : "Leave out",
        onclick: () => this.open([row], open),
      },
      row.row_id,
    );
    const cells = this.columns.map((name) => {
      const value = row[name];
      if (typeof value === "number")
        return el("td", { class: "num", title: String(value) }, shortNumber(value, 6));
      return el("td", {}, value === null || value === undefined ? "" : String(value));
    });
    const line = el(
      "tr",
      { class: row.out ? "out" : "", "aria-selected": String(this.chosen.has(row.row_id)) },
      el("td", { class: "keep" }, box),
      el("th", { scope: "row" }, open),
      el("td", { class: "keep" }, row.out || ""),
      cells,
    );
    return line;
  }

  count() {
    const chosen = [...this.chosen.values()];
    const back = chosen.length > 0 && chosen.every((row) => this.excluded.has(row.row_id));
    this.act.disabled = !chosen.length;
    this.act.textContent = chosen.length
      ? `${back ? "Take back" : "Leave out"} ${count(chosen.length, "row")}`
      : "Leave out selected";
  }

  open(rows, from) {
    this.opens(
      rows.map((row) => ({
        ...row,
        by_person: this.excluded.has(row.row_id),
        where: row.file || row.sample_id || "",
        name: row.well || row.row_id,
      })),
      () => (from.isConnected ? from : this.act.disabled ? this.field : this.act).focus(),
    );
  }

  /** After a change; rows are asked for again only where they are looked at. */
  apply(excluded, shown) {
    this.excluded = new Set(excluded);
    this.chosen.clear();
    this.stale = !shown;
    if (this.built && shown) this.load();
  }

  show() {
    if (!this.built || this.stale) {
      this.stale = false;
      this.load();
    }
  }
}
