// The page of the study: drop files, paste a table, fill in samples; follow what others change.
import { byId, el } from "./dom.js";
import { address, get, learn, post } from "./api.js";
import { follow } from "./live.js";
import { makeHistory, showHistory } from "./history.js";
import { makeMenus } from "./menu.js";
import { makeDrop } from "./drop.js";
import { makePaste } from "./paste_table.js";
import { DesignTable } from "./design_table.js";
import { refuse, say, studyProblems } from "./say.js";
import { showChoices } from "./choices.js";
import { fresh } from "./fresh.js";
import { askGone, askMove } from "./file_moves.js";
import { goAndSay, sayCarried } from "./carry.js";

let design = null;
let empty = byId("design").hidden;

function makeDesign() {
  const room = byId("design-table");
  byId("design").hidden = empty;
  if (design || empty) return;
  design = new DesignTable(room, {
    saved: async (study) => {
      await show(study);
      say(
        study.state === "ready"
          ? "Saved; the numbers are there."
          : "Saved. Something is still missing; see above.",
      );
    },
  });
}

/** Take the state of the study; what was recognized of a drop stays to be read. */
async function show(study, words = "") {
  learn(study);
  if (study.state === "empty" && !empty) {
    goAndSay("/", words);
    return;
  }
  if (words) say(words);
  empty = study.state === "empty";
  showHistory(study.history);
  await fresh();
  studyProblems(study);
  showChoices(study, (now) => show(now, "Set."));
  makeDesign();
  if (design) {
    design.stale = true;
    await design.show();
  }
  if (study.state === "ready") await findings();
}

async function arrived(study) {
  await show(
    study,
    study.state === "ready"
      ? "Taken; the numbers are there."
      : "Taken. What is still missing is listed on this page.",
  );
  if (study.state !== "empty") byId("received").scrollIntoView({ block: "nearest" });
}

/** What each block found, in the words of the report. */
async function findings() {
  for (const card of document.querySelectorAll("[data-found]")) {
    const block = await get(address(card.dataset.found));
    const part = document.createElement("div");
    part.innerHTML = block.html.found; // the server's own fragment: every name in it is escaped there
    for (const link of part.querySelectorAll('a[href^="#"]'))
      link.href = `/block/${encodeURIComponent(block.name)}${link.getAttribute("href")}`;
    card.append(part);
  }
}

/** A file of a block is read no longer; undo brings it back. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-take-out]");
  if (!button) return;
  const { takeOut: file, block, last } = button.dataset;
  button.disabled = true;
  const card = button.closest("li[data-found]");
  try {
    if (last !== undefined && (await askGone(block, file, show, button))) {
      button.disabled = false;
      return;
    }
    const study = await post(address(block, "/take-out"), { file });
    await show(study, `${file} is no longer read; it stays in the folder. Undo brings it back.`);
  } catch (problem) {
    button.disabled = false;
    const room = el("div");
    card.append(room);
    refuse(problem, room, "The file was not taken out");
  }
});

/** Files go into another block, or one of their own. */
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-move]");
  if (!button) return;
  const files = button.dataset.move ? [button.dataset.move] : button.files;
  const moved = async (study, words) => {
    if (button.closest("#received")) byId("received").replaceChildren(el("p", {}, words));
    await show(study, words);
  };
  askMove(button.dataset.block, files, moved, button).catch(refuse);
});

makeMenus();
makeDrop(arrived);
makePaste(arrived);
makeHistory(
  () => ({ block: "", views: [] }),
  async (answer, words) => show(await get("/api/study"), words),
);
follow(async () => show(await get("/api/study")));
get("/api/study")
  .then((study) => {
    learn(study);
    empty = study.state === "empty";
    showHistory(study.history);
    showChoices(study, (now) => show(now, "Set."));
    return study.state === "ready" ? findings() : null;
  })
  .catch(() => {});
makeDesign();
design?.show();
sayCarried();
