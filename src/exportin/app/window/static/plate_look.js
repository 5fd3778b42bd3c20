// How a well looks and what it is called: by signal, role, treatment or dose. Never by color alone.
import { el, shortNumber } from "./dom.js";
import { GROUPS, css, heat, inkOn, paler, ramp } from "./colors.js";

export const ROLES = {
  treated: ["", "treated", "#56B4E9"],
  vehicle: ["V", "vehicle", "#009E73"],
  untreated: ["U", "untreated", "#8FBC8F"],
  positive: ["P", "positive control", "#D55E00"],
  blank: ["B", "blank", "#B8BEC6"],
  time_zero: ["0", "time zero", "#CC79A7"],
  empty: ["·", "empty", "#EDEFF2"],
};
export const LOOKS = { value: "signal", role: "role", treatment: "treatment", dose: "dose" };

const num = (value) => (value === null || value === undefined || value === "" ? NaN : Number(value));
const groupColor = (list, name) => GROUPS[list.indexOf(name) % GROUPS.length];

/** What the colors mean on these wells. */
export function scaleOf(wells) {
  const values = wells.map((w) => num(w.value)).filter(Number.isFinite);
  const doses = [
    ...new Set(wells.filter((w) => num(w.dose) > 0).map((w) => `${num(w.dose)} ${w.dose_unit || ""}`.trim())),
  ];
  const size = (text) => num(text.split(" ")[0]);
  return {
    low: values.length ? Math.min(...values) : NaN,
    high: values.length ? Math.max(...values) : NaN,
    treatments: [
      ...new Set(wells.filter((w) => w.treatment && w.role === "treated").map((w) => w.treatment)),
    ],
    doses: doses.sort((a, b) => size(a) - size(b)),
    roles: [...new Set(wells.map((w) => w.role).filter(Boolean))],
  };
}

const doseText = (w) => (num(w.dose) > 0 ? `${shortNumber(num(w.dose))} ${w.dose_unit || ""}`.trim() : "");

const noValue = ({ cause }) => `the file holds no value for this well${cause ? ` (it says '${cause}')` : ""}`;

/** "B05, selinexor 100 nM, signal 12345, left out: bubble". */
export function label(well) {
  const parts = [well.well];
  const role = ROLES[well.role]?.[1] || well.role;
  if (well.role && well.role !== "treated") parts.push([role, well.treatment].filter(Boolean).join(" "));
  else parts.push([well.treatment, doseText(well)].filter(Boolean).join(" ") || role || "no role yet");
  if (well.value !== undefined)
    parts.push(Number.isFinite(num(well.value)) ? `signal ${shortNumber(num(well.value), 6)}` : noValue(well));
  if (well.out) parts.push(`left out: ${well.out}`);
  else if (well.flags?.length) parts.push(`flagged: ${well.flags.join(", ")}`);
  return parts.join(", ");
}

function fill(well, by, scale) {
  if (by === "role") return ROLES[well.role]?.[2] || null;
  if (by === "value") {
    const value = num(well.value);
    if (!Number.isFinite(value)) return null;
    return heat(scale.high > scale.low ? (value - scale.low) / (scale.high - scale.low) : 0.5);
  }
  if (well.role !== "treated") return null;
  const at = scale.doses.indexOf(`${num(well.dose)} ${well.dose_unit || ""}`.trim());
  if (by === "treatment") return well.treatment ? groupColor(scale.treatments, well.treatment) : null;
  if (at < 0) return null;
  const share = scale.doses.length > 1 ? at / (scale.doses.length - 1) : 1;
  return paler(groupColor(scale.treatments, well.treatment || "") || GROUPS[0], 0.2 + 0.8 * share);
}

/** Look of one well for the grid. */
export function look(well, by, scale, size, { both = false } = {}) {
  const color = fill(well, by, scale);
  const letter = ROLES[well.role]?.[0] ?? "";
  let text = letter;
  if (!letter && both && size <= 96)
    text = [(well.treatment || "").slice(0, 4), num(well.dose) > 0 ? shortNumber(num(well.dose), 3) : ""]
      .filter(Boolean)
      .join("\n");
  else if (!letter && by === "dose" && size <= 96)
    text = num(well.dose) > 0 ? shortNumber(num(well.dose), 3) : "";
  else if (!letter && by === "treatment" && size <= 96) text = (well.treatment || "").slice(0, 3);
  const classes = [
    well.out ? "out" : "",
    well.flags?.length && !well.out ? "flagged" : "",
    well.fresh ? "fresh" : "",
    letter ? `r-${well.role}` : "",
  ];
  return {
    label: label(well),
    text,
    color: color ? (typeof color === "string" ? color : css(color)) : "",
    ink: color ? inkOn(color) : "",
    classes: classes.filter(Boolean).join(" "),
  };
}

const key = (color, text, extra = "") => {
  const made = el("span", { class: `swatch ${extra}`, "aria-hidden": "true" }, text);
  if (color) {
    made.style.backgroundColor = typeof color === "string" ? color : css(color);
    made.style.color = inkOn(color);
  }
  return made;
};

/** The legend that belongs to it. */
export function legend(by, scale, { flagged = false, out = false, size = 96 } = {}) {
  const list = el("ul", { class: size > 384 ? "legend tiny" : "legend", "aria-label": "Legend" });
  if (by === "value" && Number.isFinite(scale.low)) {
    list.append(
      el(
        "li",
        { class: "ramp" },
        shortNumber(scale.low, 3),
        ramp(el("canvas", { "aria-hidden": "true" })),
        shortNumber(scale.high, 3),
        " signal",
      ),
    );
  }
  if (by === "treatment" || by === "dose") {
    for (const name of scale.treatments.slice(0, 24))
      list.append(
        el(
          "li",
          {},
          key(groupColor(scale.treatments, name), by === "treatment" ? name.slice(0, 3) : ""),
          name,
        ),
      );
    if (by === "dose" && scale.doses.length)
      list.append(el("li", {}, `pale to full: ${scale.doses[0]} to ${scale.doses.at(-1)}`));
  }
  for (const role of scale.roles) {
    const [letter, name, color] = ROLES[role] || ["?", role, null];
    if (by === "role" || letter)
      list.append(el("li", {}, key(by === "role" ? color : null, letter, letter ? `r-${role}` : ""), name));
  }
  if (flagged) list.append(el("li", {}, key(null, "", "flagged"), "flagged"));
  if (out) list.append(el("li", {}, key(null, "", "out"), "left out"));
  return list;
}
