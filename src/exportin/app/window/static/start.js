// The page of the study: drop files, paste a table, fill in samples; follow what others change.
import { byId } from "./dom.js";
import { address, get, known, learn } from "./api.js";
import { follow } from "./live.js";
import { makeHistory, showHistory } from "./history.js";
import { makeMenus } from "./menu.js";
import { makeDrop } from "./drop.js";
import { makePaste } from "./paste_table.js";
import { DesignTable } from "./design_table.js";
import { say, studyProblems } from "./say.js";

const shape = (study) => JSON.stringify([study.state, (study.blocks || []).map((block) => block.name)]);
let now = "";

/** Take the state of the study. A page that holds other things than before is asked for again. */
async function show(study, { reload = true } = {}) {
  learn(study);
  showHistory(study.history);
  studyProblems(study);
  if (design) {
    design.stale = true;
    await design.show();
  }
  if (reload && now && shape(study) !== now) location.reload();
  now = shape(study);
}

const room = byId("design-table");
const design = room
  ? new DesignTable(room, {
      saved: async (study) => {
        await show(study, { reload: false });
        say(
          study.state === "ready"
            ? "Saved; the numbers are there."
            : "Saved. Something is still missing; see above.",
        );
      },
    })
  : null;

async function arrived(study) {
  // what was recognized stays to be read; tabs and lists of the page come with the next page
  learn(study);
  showHistory(study.history);
  say(
    study.state === "ready"
      ? "Taken; the numbers are there."
      : "Taken. What is still missing is listed below.",
  );
  if (study.state !== "empty") byId("received").scrollIntoView({ block: "nearest" });
  if (design) {
    design.stale = true;
    await design.show();
  }
  now = "";
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

makeMenus();
makeDrop(arrived);
makePaste(arrived);
makeHistory(
  () => ({ block: "", views: [] }),
  async (answer, words) => {
    say(words);
    const study = await get("/api/study");
    if (known() && shape(study) !== now) location.reload();
    else await show(study);
  },
);
follow(async () => show(await get("/api/study")));
get("/api/study")
  .then((study) => {
    learn(study);
    now = shape(study);
    showHistory(study.history);
    return study.state === "ready" ? findings() : null;
  })
  .catch(() => {});
design?.show();
