// The dialog that leaves rows out, or takes them back: which rows, their value, and a reason.
import { count, el, shortNumber } from "./dom.js";
import { Lost } from "./api.js";
import { refuse, say } from "./say.js";

const WAIT_MS = 400; // after this a person is told that the numbers are on their way

const USUAL = {
  well: ["bubble seen in the well", "pipetting error", "cells detached", "edge of the plate dried"],
  visit: ["caliper misread", "wrong animal measured", "ulcerated tumor"],
  animal: ["died of another cause", "tumor not engrafted", "wrong animal"],
  sample: ["clogged, air bubble", "wrong tube", "too few events"],
  row: ["measured wrongly", "wrong sample"],
};

const unitWords = (unit) => (unit || "").replace(/\^?3$/, "³");

function fact(row) {
  const dose = row.dose > 0 ? ` ${shortNumber(Number(row.dose))} ${row.dose_unit || ""}` : "";
  const what =
    row.label ||
    [row.role && row.role !== "treated" ? row.role.replace("_", " ") : "", `${row.treatment || ""}${dose}`]
      .filter(Boolean)
      .join(", ");
  const shown =
    Number.isFinite(Number(row.value)) && row.value !== null && row.value !== undefined && row.value !== "";
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, row.well || row.name || row.row_id),
    el("td", {}, row.where || ""),
    el("td", {}, what),
    el(
      "td",
      { class: "num value" },
      shown ? `${shortNumber(Number(row.value), row.value_unit ? 4 : 6)} ${unitWords(row.value_unit)}`.trim() : "",
    ),
  );
}

/** A dialog that someone is writing in goes first; what was refused waits for its end. */
async function othersClosed(dialog) {
  for (;;) {
    const open = [...document.querySelectorAll("dialog[open]")].find((each) => each !== dialog);
    if (!open) return;
    await new Promise((done) => open.addEventListener("close", done, { once: true }));
  }
}

/** Scopes of one click: the row, and what it belongs to (its animal, its tube). */
function scopeField(scopes, set) {
  if (scopes.length < 2) return null;
  return el(
    "fieldset",
    {},
    el("legend", {}, "How much"),
    scopes.map((scope, i) =>
      el(
        "label",
        { class: "beside" },
        el("input", { type: "radio", name: "scope", value: i, checked: i === 0, onchange: () => set(scope) }),
        scope.words,
      ),
    ),
  );
}

/**
 * Ask. `rows`: [{row_id, well|name, where, value, role, treatment, dose, out, by_person}];
 * `word`: well, visit, animal, sample, row; `scopes`: [{words, rows: [names]}]; `recent`: reasons;
 * `act(names, reason, back)` does it, after the dialog has closed; refused, it comes back; `refocus()` puts the focus where it was.
 */
export function askExclusion({ rows, word = "row", scopes = [], recent = [], act, refocus }) {
  const back = rows.every((row) => row.by_person);
  let names = rows.map((row) => row.row_id);
  const many = rows.length > 1;
  const one = rows[0];
  const title = back
    ? `Take back ${many ? count(rows.length, word) : one.well || one.name || `this ${word}`}?`
    : `Leave out ${many ? count(rows.length, word) : one.well || one.name || `this ${word}`}?`;
  const reason = el("input", {
    id: "reason",
    name: "reason",
    autocomplete: "off",
    required: !back,
    maxlength: 500,
    "aria-describedby": "reason-said",
  });
  const said = el(
    "p",
    { class: "hint", id: "reason-said" },
    back ? "A reason may be added." : "A reason is needed; it stands in the report.",
  );
  const offered = [...new Set([...recent.filter(Boolean), ...(USUAL[word] || USUAL.row)])].slice(0, 6);
  const chips = back
    ? null
    : el(
        "div",
        { class: "reasons", role: "group", "aria-label": "Reasons used before, and usual ones" },
        offered.map((text) =>
          el(
            "button",
            {
              type: "button",
              onclick: () => {
                reason.value = text;
                reason.focus();
              },
            },
            text,
          ),
        ),
      );
  const go = el("button", { type: "submit", class: "main" }, back ? "Take back" : "Leave out");
  const room = el("div");
  const dialog = el("dialog", { id: "exclude", "aria-labelledby": "exclude-title" });
  const form = el(
    "form",
    { method: "dialog", novalidate: true },
    el("h2", { id: "exclude-title" }, title),
    el(
      "div",
      { class: "window" },
      el("table", {}, el("tbody", {}, rows.slice(0, 8).map(fact))),
      rows.length > 8 ? el("p", { class: "hint" }, `and ${rows.length - 8} more`) : null,
    ),
    back
      ? el("p", {}, "Left out: ", one.out || "")
      : rows.some((row) => row.out && !row.by_person)
        ? el("p", { class: "notice" }, "A rule has already left it out: ", one.out)
        : null,
    back
      ? null
      : scopeField(scopes, (scope) => {
          names = scope.rows;
        }),
    el("label", { class: "wide", for: "reason" }, back ? "Reason (may stay empty)" : "Reason"),
    reason,
    said,
    chips,
    room,
    el(
      "div",
      { class: "ends" },
      el("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
      go,
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    const text = reason.value.trim();
    if (!text && !back) {
      said.textContent = "Write why: what was seen at the bench, for example 'bubble seen in the well'.";
      said.classList.add("no");
      reason.setAttribute("aria-invalid", "true");
      reason.focus();
      return;
    }
    go.disabled = true;
    dialog.close(); // closing costs the page more than the numbers cost the server: both at once
    const waiting = setTimeout(() => say("The numbers are being computed.", 600), WAIT_MS);
    try {
      await act(names, text, back);
    } catch (problem) {
      say("");
      go.disabled = false;
      await othersClosed(dialog);
      document.body.append(dialog);
      if (!dialog.open) dialog.showModal();
      reason.focus();
      refuse(problem, room);
      if (problem instanceof Lost)
        said.textContent =
          "The server does not answer; whether this was written is not known. Start it again with 'exportin serve', and look.";
    } finally {
      clearTimeout(waiting);
    }
  });
  dialog.addEventListener("close", () => {
    if (dialog.open) return; // it has come back with a refusal
    dialog.remove();
    // a hand may have gone on already, from where the browser put the focus back
    if (!document.activeElement || document.activeElement === document.body) refocus?.();
  });
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  reason.focus();
}
