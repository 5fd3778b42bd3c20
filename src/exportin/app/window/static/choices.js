// What a block must still be told, where the answers are known: a list to choose from, not a file to edit.
import { byId, el } from "./dom.js";
import { address, get, post } from "./api.js";
import { refuse } from "./say.js";

const named = (files) =>
  files.length > 3 ? `${files.slice(0, 3).join(", ")} and ${files.length - 3} more` : files.join(", ");

/** Show the choices of a study; `done(study)` when one was made. */
export function showChoices(study, done) {
  const room = byId("choices");
  if (!room) return;
  const forms = (study.choices || []).map((one) => choice(one, done));
  const shown = JSON.stringify(study.choices || []);
  if (room.dataset.shown === shown) return; // what is being chosen is not taken away
  room.dataset.shown = shown;
  room.replaceChildren(...forms);
}

function choice(one, done) {
  const said = el("div");
  const pick = el(
    "select",
    { name: one.key, "aria-label": `${one.words} (${one.block})` },
    el("option", { value: "" }, "choose"),
    one.values.map(([, words], i) => el("option", { value: String(i) }, words)),
  );
  const go = el("button", { type: "submit", class: "main" }, "Use this");
  const form = el(
    "form",
    { class: "choice notice", novalidate: true },
    el("p", {}, el("b", {}, `${one.words}.`), ` ${named(one.files)}, block ${one.block}`),
    el("div", { class: "row middle" }, pick, go),
    said,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!pick.value) {
      said.replaceChildren(el("p", { class: "no", role: "alert" }, "Choose one of the list first."));
      return;
    }
    go.disabled = true;
    try {
      await post(address(one.block, "/settings"), { [one.key]: one.values[Number(pick.value)][0] });
      delete byId("choices").dataset.shown;
      await done(await get("/api/study"));
    } catch (problem) {
      refuse(problem, said, "This was not set");
    }
    go.disabled = false;
  });
  return form;
}
