// The form beside the layout: what the selected wells hold, and what they have in common.
import { count, el } from "./dom.js";
import { ROLES } from "./plate_look.js";
import { readDose } from "./doses.js";

const UNITS = ["nM", "uM", "mM", "pM", "ng/mL", "ug/mL", "mg/mL"];

export class WellForm {
  /** `set(fields)` for the selected wells; `clear()` empties them; `rest()`: all others are empty. */
  constructor({ extra, set, clear, rest }) {
    this.set = set;
    this.title = el("h3", {}, "No well is selected");
    const role = ([name, [letter, words]]) => {
      const key = el("span", { class: "swatch", "aria-hidden": "true" }, letter);
      return el(
        "button",
        { type: "button", "data-role": name, "aria-pressed": "false", onclick: () => set({ role: name }) },
        key,
        words,
      );
    };
    this.roles = el(
      "div",
      { class: "roles", role: "group", "aria-label": "Role" },
      Object.entries(ROLES).map(role),
    );
    this.inputs = {};
    this.treatments = el("datalist", { id: "treatments" });
    const units = el(
      "datalist",
      { id: "units" },
      UNITS.map((unit) => el("option", { value: unit })),
    );
    this.wrong = el("div");
    const fields = [
      this.input("treatment", "Treatment", { list: "treatments" }, true),
      this.input("dose", "Dose", { inputmode: "decimal" }),
      this.input("dose_unit", "Unit", { list: "units" }),
      ...extra.map((name) => this.input(name, name.replaceAll("_", " "), {}, true)),
    ];
    const empty = el("button", { type: "button", class: "small", onclick: clear }, "Empty these wells");
    const others = el("button", { type: "button", class: "small", onclick: rest }, "The rest is empty");
    this.node = el(
      "form",
      { novalidate: true, onsubmit: (event) => event.preventDefault() },
      this.title,
      this.roles,
      el("div", { class: "two" }, fields),
      this.wrong,
      el("div", { class: "row" }, empty, others),
      this.treatments,
      units,
    );
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
      event.preventDefault();
      this.typed(event.target.name);
    });
  }

  input(name, words, extra = {}, wide = false) {
    this.inputs[name] = el("input", {
      name,
      autocomplete: "off",
      ...extra,
      onchange: () => this.typed(name),
    });
    return el("label", { class: wide ? "wide" : "" }, words, this.inputs[name]);
  }

  typed(name) {
    const text = this.inputs[name].value.trim();
    if (text === this.inputs[name].dataset.was) return;
    const isDose = /^dose(_[2-9])?$/.test(name);
    const read = isDose ? readDose(text) : { text };
    this.fault(name, read.fault || "");
    if (read.fault) return;
    const fields = { [name]: read.text };
    if (name === "dose" && text && !this.inputs.dose_unit.value) fields.dose_unit = "nM";
    this.set(fields);
  }

  /** A dose that is none is said where it was typed; the wells stay as they are. */
  fault(name, words) {
    const input = this.inputs[name];
    input.toggleAttribute("aria-invalid", Boolean(words));
    if (words) input.setAttribute("aria-invalid", "true");
    this.faulty = words;
    this.wrong.replaceChildren(words ? el("p", { class: "no", role: "alert" }, words) : "");
  }

  /** Say what the chosen wells have in common; `rows` in the order of `names`. */
  show(names, rows) {
    const common = (field) => {
      const values = new Set(rows.map((row) => row[field] || ""));
      return values.size === 1 ? [...values][0] : null;
    };
    const several = `${count(names.length, "well")}, ${names[0]} to ${names.at(-1)}`;
    this.title.textContent = names.length ? (names.length === 1 ? names[0] : several) : "No well is selected";
    const role = names.length ? common("role") : "";
    for (const button of this.roles.children)
      button.setAttribute("aria-pressed", String(button.dataset.role === role));
    this.faulty = "";
    this.wrong.replaceChildren();
    for (const [field, input] of Object.entries(this.inputs)) {
      input.removeAttribute("aria-invalid");
      const value = names.length ? common(field) : "";
      input.value = value ?? "";
      input.dataset.was = value ?? "";
      input.placeholder = value === null ? "several" : "";
      input.disabled = !names.length;
    }
  }

  suggest(treatments) {
    this.treatments.replaceChildren(...treatments.map((name) => el("option", { value: name })));
  }
}
