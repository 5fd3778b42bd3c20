// Fills for a layout: a dilution series over chosen wells, a whole plate made or randomized, a block pasted.
import { count, el } from "./dom.js";
import { address, post } from "./api.js";
import { refuse } from "./say.js";
import { FIELDS, series } from "./layout_state.js";

const field = (name, words, extra = {}, wide = false) =>
  el("label", { class: wide ? "wide" : "" }, words, el("input", { name, autocomplete: "off", ...extra }));
const choice = (name, words, pairs, wide = false) =>
  el(
    "label",
    { class: wide ? "wide" : "" },
    words,
    el(
      "select",
      { name },
      pairs.map(([value, text]) => el("option", { value }, text)),
    ),
  );
const many = (text) =>
  text
    .split(/[,;\n]/)
    .map((part) => part.trim())
    .filter(Boolean);

function box(title, form, open = false) {
  return el("details", { class: "box", open }, el("summary", {}, title), form);
}

/** Doses written out, or "top / factor x steps": 1000/3x8. */
export function doseList(text) {
  const found = text.match(/^\s*([\d.]+(?:e-?\d+)?)\s*\/\s*([\d.]+)\s*[x×*]\s*(\d+)\s*$/i);
  if (!found) return many(text).map(Number);
  return Array.from({ length: Number(found[3]) }, (_, i) =>
    Number((Number(found[1]) / Number(found[2]) ** i).toPrecision(6)),
  );
}

function told(room, message, remedy) {
  room.replaceChildren(el("p", { class: "no", role: "alert" }, `${message} ${remedy}`));
}

export function seriesForm({ chosen, place, apply }) {
  const said = el("div");
  const form = el(
    "form",
    { novalidate: true },
    el("p", { class: "hint" }, "Select the wells first; each row (or column) of them becomes one series."),
    el(
      "div",
      { class: "two" },
      field("treatment", "Treatment", { list: "treatments" }, true),
      field("top", "Highest dose", { inputmode: "decimal" }),
      field("unit", "Unit", { list: "units", value: "nM" }),
      field("factor", "Divided by", { inputmode: "decimal", value: "3" }),
      field("side", "Wells of each dose side by side", { type: "number", min: 1, value: "1" }),
      choice(
        "along",
        "Highest dose at the",
        [
          ["right", "left, going right"],
          ["left", "right, going left"],
          ["down", "top, going down"],
          ["up", "bottom, going up"],
        ],
        true,
      ),
    ),
    said,
    el("button", { type: "submit" }, "Fill the series"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    said.replaceChildren();
    const get = (name) => form.elements[name].value.trim();
    const [top, factor] = [Number(get("top").replace(",", ".")), Number(get("factor").replace(",", "."))];
    if (!chosen().length)
      return told(said, "No wells are selected.", "Drag over the wells of the series first.");
    if (!get("treatment"))
      return told(said, "The series has no treatment.", "Write its name, such as selinexor.");
    if (!(top > 0) || !(factor > 1))
      return told(said, "Dose and factor must be numbers.", "Write for example 1000 divided by 3.");
    return apply(
      series(chosen(), place, {
        treatment: get("treatment"),
        top,
        factor,
        unit: get("unit"),
        along: get("along"),
        side: Math.max(1, Math.floor(Number(get("side"))) || 1),
      }),
    );
  });
  return box("Dilution series over the selection", form, true);
}

export function wholePlateForm({ size, apply }) {
  const said = el("div");
  const form = el(
    "form",
    { novalidate: true },
    el(
      "p",
      { class: "hint" },
      "Fills the whole plate. Randomized wells keep position and dose apart, so that an edge effect shows as one.",
    ),
    el(
      "div",
      { class: "two" },
      field("drugs", "Treatments, with commas", { placeholder: "selinexor, doxorubicin" }, true),
      field("doses", "Doses, or top/factor x steps", { placeholder: "1000/3x8" }),
      field("unit", "Unit", { list: "units", value: "nM" }),
      field("replicates", "Wells per dose", { type: "number", min: 1, value: "3" }),
      field("vehicle", "Vehicle wells", { type: "number", min: 8, value: "16" }),
      field("blank", "Blank wells", { type: "number", min: 0, value: "8" }),
      choice("edge", "Outer ring", [
        ["empty", "medium only"],
        ["vehicle", "vehicle"],
        ["use", "used like the rest"],
      ]),
      choice("randomize", "Wells are", [
        ["yes", "randomized"],
        ["no", "in series along the rows"],
      ]),
      field("seed", "Seed", { type: "number", min: 0, value: "1" }),
    ),
    said,
    el("button", { type: "submit" }, "Make the plate"),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const get = (name) => form.elements[name].value.trim();
    const doses = doseList(get("doses"));
    if (!doses.length || doses.some(Number.isNaN))
      return told(said, "The doses are not numbers.", "Write 1000, 100, 10 or 1000/3x8.");
    try {
      const made = await post("/api/layout/make", {
        size: size(),
        drugs: many(get("drugs")),
        doses,
        unit: get("unit"),
        replicates: Number(get("replicates")),
        vehicle: Number(get("vehicle")),
        blank: Number(get("blank")),
        edge: get("edge"),
        randomize: get("randomize") === "yes",
        seed: Number(get("seed")),
      });
      said.replaceChildren();
      apply(
        made.rows.map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [name, value === null ? "" : String(value)]),
          ),
        ),
      );
    } catch (refused) {
      refuse(refused, said, "The plate cannot be made so");
    }
    return undefined;
  });
  return box("Whole plate: randomized or in series", form);
}

export function pasteForm({ block, size, at, extra, apply }) {
  const said = el("div");
  const where = el("input", { name: "at", value: "A01", size: 5, autocomplete: "off" });
  const text = el("textarea", { name: "text", rows: 4, spellcheck: "false", "aria-label": "Block of cells" });
  const what = el(
    "select",
    { name: "field" },
    [...FIELDS, ...extra].map((name) => el("option", { value: name }, name.replace("_", " "))),
  );
  what.value = "dose";
  const form = el(
    "form",
    { novalidate: true },
    el(
      "div",
      { class: "two" },
      el("label", {}, "The cells hold", what),
      el("label", {}, "First well", where),
    ),
    text,
    said,
    el("button", { type: "submit" }, "Paste into the map"),
  );
  const take = async () => {
    try {
      const found = await post(address(block, "/layout/paste"), {
        text: text.value,
        field: what.value,
        at: where.value.trim() || "A01",
        size: size(),
      });
      const cells = found.cells || [];
      said.replaceChildren(el("p", { class: "hint" }, `${count(cells.length, "well")} filled.`));
      apply(cells.map((cell) => ({ well: cell.well, [what.value]: cell.text })));
    } catch (refused) {
      refuse(refused, said, "This block cannot be pasted");
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take();
  });
  text.addEventListener("focus", () => {
    where.value = at() || where.value;
  });
  const node = box("Paste a block from Excel", form);
  /** Ctrl+V on the map itself. */
  const pasted = (clip) => {
    node.open = true;
    where.value = at() || where.value;
    text.value = clip;
    take();
  };
  return { node, pasted };
}
