// Fills for a layout: a dilution series over chosen wells, a whole plate made or randomized, a block pasted.
import { count, el } from "./dom.js";
import { address, post } from "./api.js";
import { refuse } from "./say.js";
import { FIELDS, series } from "./layout_state.js";
import { readDose, readDoses } from "./doses.js";

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
    const [high, by] = [readDose(get("top")), readDose(get("factor"))];
    const [top, factor] = [Number(high.text), Number(by.text)];
    if (!chosen().length)
      return told(said, "No wells are selected.", "Drag over the wells of the series first.");
    if (!get("treatment"))
      return told(said, "The series has no treatment.", "Write its name, such as selinexor.");
    if (high.fault) return told(said, "Highest dose:", high.fault);
    if (by.fault) return told(said, "Divided by:", by.fault);
    if (!(top > 0)) return told(said, "The highest dose must be above zero.", "Write for example 1000.");
    if (!(factor > 1)) return told(said, "The doses are divided by a number above 1.", "Write for example 3.");
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
    const { doses, fault } = readDoses(get("doses"));
    if (fault) return told(said, "Doses:", fault);
    if (!doses.length) return told(said, "No doses are named.", "Write 1000, 100, 10 or 1000/3x8.");
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

export function pasteForm({ block, size, at, extra, holds, apply }) {
  const said = el("div");
  const where = el("input", { name: "at", value: "A01", size: 5, autocomplete: "off" });
  let byHand = null; // the well that was selected when a first well was typed
  where.addEventListener("input", () => {
    byHand = at() || "";
  });
  /** What was typed stays, until another well is selected on the map. */
  const follow = () => {
    if (byHand !== null && byHand === (at() || "")) return;
    byHand = null;
    where.value = at() || where.value;
  };
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
  /** Blank cells leave what the wells hold; emptying them is a step of its own. */
  const tell = (cells, field) => {
    const full = cells.filter((cell) => cell.text);
    const first = full.length ? `, from ${full[0].well}` : "";
    said.replaceChildren(el("p", { class: "hint" }, `${count(full.length, "well")} filled${first}.`));
    const kept = cells.filter((cell) => !cell.text && holds(cell.well, field));
    if (!kept.length) return;
    const one = kept.length === 1;
    const empty = () => {
      apply(kept.map((cell) => ({ well: cell.well, [field]: "" })));
      said.replaceChildren(el("p", { class: "hint" }, `${count(kept.length, "well")} emptied.`));
    };
    said.append(
      el(
        "p",
        { class: "hint", role: "status" },
        `${count(kept.length, "cell")} of the block ${one ? "is" : "are"} blank; `,
        `${one ? "that well keeps" : "those wells keep"} the ${field.replace("_", " ")} ${one ? "it" : "they"} had. `,
        el("button", { type: "button", class: "small", onclick: empty }, one ? "Empty it" : "Empty them"),
      ),
    );
  };
  const take = async () => {
    const field = what.value;
    try {
      const found = await post(address(block, "/layout/paste"), {
        text: text.value,
        field,
        at: where.value.trim() || "A01",
        size: size(),
      });
      const cells = found.cells || [];
      apply(cells.filter((cell) => cell.text).map((cell) => ({ well: cell.well, [field]: cell.text })));
      tell(cells, field);
    } catch (refused) {
      refuse(refused, said, "Nothing was pasted");
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take();
  });
  text.addEventListener("focus", follow);
  const node = box("Paste a block from Excel", form);
  /** Ctrl+V on the map itself. */
  const pasted = (clip) => {
    node.open = true;
    byHand = null;
    where.value = at() || where.value;
    text.value = clip;
    take();
  };
  return { node, pasted };
}
