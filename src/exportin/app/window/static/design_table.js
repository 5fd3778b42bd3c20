// The table of samples and plates (design.csv): which experiment, which cell line; fill down, paste.
import { count, el } from "./dom.js";
import { get, put } from "./api.js";
import { refuse } from "./say.js";

const FIXED = new Set(["file"]); // where the data lie is not typed here
const FOR_PEOPLE = new Set(["file_says", "guess"]);

export class DesignTable {
  constructor(room, { saved, button = true }) {
    Object.assign(this, { room, saved, button, loaded: false });
  }

  async show() {
    if (this.loaded && (this.dirty || !this.stale)) return;
    try {
      const said = await get("/api/design");
      Object.assign(this, {
        columns: [...said.columns],
        rows: said.rows.map((row) => ({ ...row })),
        needs: said.needs || {},
        proposed: new Set(said.proposed || []),
        loaded: true,
        stale: false,
      });
      this.opened = said.rows;
      this.kept = said.proposed?.length ? "" : this.text();
      this.build();
    } catch (problem) {
      refuse(problem, this.room, "The table of samples cannot be shown");
    }
  }

  text() {
    return JSON.stringify([this.columns, this.rows]);
  }

  get dirty() {
    return this.loaded && this.kept !== this.text();
  }

  build() {
    if (!this.rows.length) {
      this.room.replaceChildren(
        el(
          "p",
          { class: "hint" },
          "The data name their groups and units themselves; a table of samples (design.csv) is not needed.",
        ),
      );
      return;
    }
    this.said = el("span", { class: "hint", role: "status" });
    this.problems = el("div");
    const name = el("input", {
      placeholder: "subtype",
      size: 12,
      "aria-label": "Name of a new column",
      autocomplete: "off",
    });
    const add = el(
      "button",
      {
        type: "button",
        class: "small",
        onclick: () => {
          const text = name.value.trim();
          if (!text || this.columns.includes(text)) return;
          this.columns.push(text);
          this.rows.forEach((row) => {
            row[text] = "";
          });
          this.build();
        },
      },
      "Add column",
    );
    const save = this.button
      ? el(
          "button",
          { type: "button", class: "main", onclick: () => this.save().catch(() => {}) },
          "Save and fit",
        )
      : null;
    this.saveButton = save;
    this.box = el("div", { class: "sheet" });
    this.room.replaceChildren(
      el(
        "p",
        { class: "hint" },
        "One row per plate or sample. unit_id is the independent experiment or animal; what the files suggest is shown and not used until it is written. Ctrl+Enter in a cell copies it to all cells below; a block from Excel can be pasted.",
      ),
      this.problems,
      this.box,
      el("div", { class: "row middle" }, save, name, add, this.said),
    );
    this.draw();
  }

  draw() {
    const head = this.columns.map((name) =>
      el(
        "th",
        { scope: "col" },
        name,
        FIXED.has(name) || FOR_PEOPLE.has(name) || name === "sample_id" // each sample has its own
          ? null
          : el(
              "button",
              {
                type: "button",
                class: "plain small",
                "aria-label": `Fill down ${name}`,
                title: "Fill down from the cell last used",
                onclick: () => this.fill(name),
              },
              "Fill down",
            ),
      ),
    );
    this.inputs = new Map();
    const body = this.rows.map((row, r) =>
      el(
        "tr",
        {},
        this.columns.map((name, c) => this.cell(row, r, name, c)),
      ),
    );
    this.box.replaceChildren(el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, body)));
    const missing = Object.entries(this.needs).filter(([name]) =>
      this.rows.some((row, r) => !row[name] && this.needs[name].includes(r)),
    );
    this.said.textContent = missing.length
      ? `Still empty: ${missing.map(([name, rows]) => `${name} (${rows.length})`).join(", ")}.`
      : this.proposed.size
        ? `${count(this.proposed.size, "new row")} proposed from the files; not saved yet.`
        : count(this.rows.length, "row");
  }

  cell(row, r, name, c) {
    if (FIXED.has(name) || FOR_PEOPLE.has(name))
      return c === 0 ? el("th", { scope: "row" }, row[name] || "") : el("td", {}, row[name] || "");
    const need = this.needs[name]?.includes(r);
    const input = el("input", {
      value: row[name] || "",
      "aria-label": `${name} of ${row.sample_id || row.file || `row ${r + 1}`}`,
      autocomplete: "off",
      spellcheck: "false",
    });
    const td = el("td", { class: `cell${need && !row[name] ? " empty" : ""}` }, input);
    input.addEventListener("input", () => {
      row[name] = input.value;
      this.last = { ...this.last, [name]: r };
      td.classList.toggle("empty", Boolean(need) && !input.value);
    });
    input.addEventListener("focus", () => {
      this.last = { ...this.last, [name]: r };
    });
    input.addEventListener("keydown", (event) => this.key(event, r, c, name));
    input.addEventListener("paste", (event) => this.paste(event, r, c));
    this.inputs.set(`${r} ${c}`, input);
    return td;
  }

  key(event, r, c, name) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.fill(name, r);
      return;
    }
    const by = { ArrowUp: -1, ArrowDown: 1, Enter: event.shiftKey ? -1 : 1 }[event.key];
    const next = by && this.inputs.get(`${r + by} ${c}`);
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.select();
  }

  fill(name, from = this.last?.[name] ?? 0) {
    if (name === "sample_id") return;
    const value = this.rows[from]?.[name] || "";
    const c = this.columns.indexOf(name);
    for (let r = from + 1; r < this.rows.length; r += 1) {
      this.rows[r][name] = value;
      const input = this.inputs.get(`${r} ${c}`);
      if (input) {
        input.value = value;
        input.parentElement.classList.toggle("empty", Boolean(this.needs[name]?.includes(r)) && !value);
      }
    }
    this.said.textContent = `${name}: '${value}' from row ${from + 1} down. Not saved yet.`;
  }

  paste(event, r, c) {
    const text = event.clipboardData?.getData("text/plain").replace(/\r?\n$/, "");
    if (!text || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    text.split(/\r?\n/).forEach((line, i) =>
      line.split("\t").forEach((value, k) => {
        const name = this.columns[c + k];
        if (!this.rows[r + i] || name === undefined || FIXED.has(name) || FOR_PEOPLE.has(name)) return;
        this.rows[r + i][name] = value.trim();
      }),
    );
    this.draw();
    this.inputs.get(`${r} ${c}`)?.focus();
  }

  /** Cells that were changed here and elsewhere: whose are kept is said by hand. */
  clash(alone) {
    const theirs = async () => {
      this.kept = this.text();
      this.stale = true;
      await this.show();
    };
    return el(
      "div",
      { class: "row" },
      el("button", { type: "button", onclick: () => this.save(alone, true).catch(() => {}) }, "Keep mine"),
      el("button", { type: "button", onclick: theirs }, "Take what was saved"),
    );
  }

  async save(alone = true, mine = false) {
    try {
      const study = await put("/api/design", {
        columns: this.columns.filter((name) => name),
        rows: this.rows,
        ...(mine ? {} : { opened: this.opened }),
      });
      this.kept = this.text();
      if (study.design && JSON.stringify(study.design.rows) !== JSON.stringify(this.rows)) {
        this.stale = true; // what others saved meanwhile is in it now
        await this.show();
      }
      this.opened = study.design?.rows || this.rows.map((row) => ({ ...row }));
      this.proposed = new Set();
      if (study.design) this.needs = study.design.needs || {};
      this.problems.replaceChildren();
      this.draw();
      this.said.textContent = "Saved.";
      if (alone) await this.saved(study);
      return study;
    } catch (problem) {
      refuse(problem, this.problems, "The table was not saved");
      if (problem.status === 409) this.problems.append(this.clash(alone));
      throw problem;
    }
  }
}
