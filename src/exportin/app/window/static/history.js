// Undo and redo of everything that was done to the study, by button or key.
import { byId } from "./dom.js";
import { Lost, busy, post } from "./api.js";
import { refuse, say } from "./say.js";

/** Say on the buttons what they would do. */
export function showHistory(history) {
  if (!history) return;
  for (const [id, what, none] of [
    ["undo", history.can_undo, "Nothing to undo"],
    ["redo", history.can_redo, "Nothing to redo"],
  ]) {
    const button = byId(id);
    button.disabled = !what;
    button.title = what ? `${id === "undo" ? "Undo" : "Redo"}: ${what}` : none;
    button.setAttribute("aria-label", button.title);
  }
}

/** Text fields keep their own undo. */
const typing = (target) =>
  target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

/** Wire the buttons; `asked()` gives block and views, `done(answer)` shows what came back. */
export function makeHistory(asked, done) {
  const go = async (which) => {
    const button = byId(which);
    if (button.disabled && !busy()) return; // what is underway can be undone as soon as it is done
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await post(`/api/${which}`, asked());
      const what = answer.what || (which === "undo" ? "the last change" : "the change");
      await done(answer, `${which === "undo" ? "Undone" : "Done again"}: ${what}`);
    } catch (problem) {
      refuse(problem);
      const lost = problem instanceof Lost;
      say(lost ? "The server does not answer; whether this was done is not known." : "Nothing was changed.");
    } finally {
      button.removeAttribute("aria-busy");
    }
  };
  byId("undo").addEventListener("click", () => go("undo"));
  byId("redo").addEventListener("click", () => go("redo"));
  document.addEventListener("keydown", (event) => {
    const held = event.ctrlKey || event.metaKey;
    if (!held || event.altKey || event.defaultPrevented || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    const which = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : "";
    if (!which) return;
    event.preventDefault();
    go(which);
  });
}
