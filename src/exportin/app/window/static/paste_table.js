// Columns pasted from Excel or Prism become a table of measurements.
import { byId, count, el } from "./dom.js";
import { post } from "./api.js";
import { refuse } from "./say.js";
import { nextSteps } from "./drop.js";

/** What stands in the text: columns and rows, before anything is sent. */
function preview(text) {
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  if (!lines.length) return "";
  const mark = ["\t", ";", ","].find((sign) => lines[0].includes(sign));
  const columns = mark ? lines[0].split(mark) : [lines[0]];
  return `${count(columns.length, "column")} (${columns
    .slice(0, 6)
    .map((name) => name.trim() || "no name")
    .join(", ")}${columns.length > 6 ? ", ..." : ""}), ${count(lines.length - 1, "row")} below the names`;
}

export function makePaste(done) {
  const form = byId("paste");
  if (!form) return;
  const text = byId("paste-text");
  const said = byId("paste-said");
  text.addEventListener("input", () => {
    said.textContent = preview(text.value);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take("");
  });

  /** Numbers that can be read with either mark: the person says which. */
  const marks = () =>
    el(
      "div",
      { class: "row" },
      el("button", { type: "button", onclick: () => take(",") }, "Decimal comma (1,5)"),
      el("button", { type: "button", onclick: () => take(".") }, "Decimal point (1.5)"),
    );

  async function take(decimal) {
    const go = form.querySelector("button.main");
    if (!text.value.trim()) {
      said.textContent = "Paste the columns first.";
      text.focus();
      return;
    }
    go.disabled = true;
    try {
      const answer = await post("/api/table", {
        text: text.value,
        label: byId("paste-label").value.trim(),
        units: byId("paste-units").value.trim(),
        unit: byId("paste-unit").value,
        decimal,
      });
      said.replaceChildren(
        ...answer.added.map((one) => el("span", {}, `Taken as ${one.stored}. ${(one.said || []).join(" ")}`)),
        nextSteps(answer.study) || "",
      );
      text.value = "";
      await done(answer.study);
    } catch (problem) {
      refuse(problem, said, "This table was not taken");
      if (problem.problems?.some((one) => one.code === "ambiguous-decimal")) said.append(marks());
    }
    go.disabled = false;
  }
}
