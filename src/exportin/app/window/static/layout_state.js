// A plate layout while it is edited: rows of wells, one plate at a time, with its own undo until saved.
const PLATE_KEYS = ["plate", "layout", "sample_id", "file"];
export const FIELDS = ["role", "treatment", "dose", "dose_unit"];

export class Layout {
  constructor({ columns, rows }) {
    this.columns = [...new Set(["well", ...FIELDS, ...columns])];
    const several = (name) => new Set(rows.map((row) => row[name] || "")).size > 1;
    this.key = PLATE_KEYS.find((name) => columns.includes(name) && several(name)) || "";
    this.kept = JSON.stringify(rows);
    this.read(this.kept);
    this.past = [];
    this.future = [];
    [this.plate] = this.names;
  }

  get extra() {
    return this.columns.filter((name) => name !== "well" && name !== this.key && !FIELDS.includes(name));
  }

  get names() {
    return [...this.plates.keys()];
  }

  get wells() {
    return this.plates.get(this.plate);
  }

  get dirty() {
    return this.saved !== this.text();
  }

  read(text) {
    this.plates = new Map();
    for (const row of JSON.parse(text)) {
      const plate = this.key ? row[this.key] || "" : "";
      if (!this.plates.has(plate)) this.plates.set(plate, new Map());
      this.plates.get(plate).set(row.well, row);
    }
    if (!this.plates.size) this.plates.set("", new Map());
    this.saved ??= this.text();
  }

  /** Rows as they are written; a well without anything is no row. */
  rows() {
    const out = [];
    for (const [plate, wells] of this.plates) {
      for (const row of wells.values()) {
        if (!this.columns.some((name) => name !== "well" && name !== this.key && row[name])) continue;
        const whole = Object.fromEntries(this.columns.map((name) => [name, String(row[name] ?? "")]));
        if (this.key) whole[this.key] = plate;
        out.push(whole);
      }
    }
    return out;
  }

  text() {
    return JSON.stringify(this.rows());
  }

  /** Do something to the wells of this plate; one step of undo. */
  edit(change) {
    const before = this.text();
    change(this.wells);
    if (this.text() === before) return false;
    this.past.push(before);
    this.future = [];
    return true;
  }

  set(names, fields) {
    return this.edit((wells) => {
      for (const well of names) {
        const row = { ...(wells.get(well) || { well }), ...fields };
        if (fields.role && fields.role !== "treated") {
          row.dose = "";
          row.dose_unit = "";
        }
        if (fields.role && ["blank", "empty", "untreated", "time_zero"].includes(fields.role))
          row.treatment = "";
        if ((fields.treatment || fields.dose) && !row.role) row.role = "treated";
        wells.set(well, row);
      }
    });
  }

  clear(names) {
    return this.edit((wells) => names.forEach((name) => wells.delete(name)));
  }

  /** Put rows in: those wells are replaced, others stay. */
  put(rows) {
    return this.edit((wells) =>
      rows.forEach((row) => wells.set(row.well, { ...(wells.get(row.well) || {}), ...row })),
    );
  }

  step(from, to) {
    if (!from.length) return false;
    to.push(this.text());
    const { plate } = this;
    this.read(from.pop());
    this.plate = this.plates.has(plate) ? plate : this.names[0];
    return true;
  }

  undo() {
    return this.step(this.past, this.future);
  }

  redo() {
    return this.step(this.future, this.past);
  }
}

/** A series over chosen wells: along each row or column, `side` wells of each dose next to another. */
export function series(wells, place, { treatment, top, factor, unit, along, side }) {
  const across = along === "right" || along === "left";
  const lines = new Map();
  for (const name of wells) {
    const { row, column } = place(name);
    const line = across ? row : column;
    if (!lines.has(line)) lines.set(line, []);
    lines.get(line).push([across ? column : row, name]);
  }
  const out = [];
  for (const line of lines.values()) {
    line.sort((a, b) => (along === "right" || along === "down" ? a[0] - b[0] : b[0] - a[0]));
    line.forEach(([, well], i) => {
      const dose = top / factor ** Math.floor(i / side);
      out.push({
        well,
        role: "treated",
        treatment,
        dose: String(Number(dose.toPrecision(6))),
        dose_unit: unit,
      });
    });
  }
  return out;
}
