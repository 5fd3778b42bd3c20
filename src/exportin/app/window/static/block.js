// The workspace of a block: plate map or samples, live figures, numbers, questions, rows, layout.
import { byId, count } from "./dom.js";
import { address, get, known, learn, post } from "./api.js";
import { follow } from "./live.js";
import { makeHistory, showHistory } from "./history.js";
import { makeMenus } from "./menu.js";
import { refuse, say, studyProblems } from "./say.js";
import { PlateMap } from "./plate_map.js";
import { UnitList } from "./units.js";
import { Charts } from "./charts.js";
import { makeNumbers, remember, summary, swap } from "./numbers.js";
import { openWhy } from "./why.js";
import { askExclusion } from "./exclude.js";
import { Questions } from "./questions.js";
import { RowTable } from "./rows.js";
import { visitWords } from "./row_words.js";
import { Figures } from "./figures.js";
import { sortPublished } from "./published.js";
import { makeEditor } from "./layout_editor.js";
import { Near, mainQuantity } from "./near.js";
import { DesignTable } from "./design_table.js";
import { offerBack } from "./take_back.js";
import { Parts } from "./parts.js";
import { showChoices } from "./choices.js";
import { goAndSay, sayCarried } from "./carry.js";

const name = document.body.dataset.block;
const hasPlates = Boolean(byId("layout"));
let excluded = new Set();
let parts = null;
let ready = false;
const underway = new Set(); // rows that were decided on; the answer is on its way
const used = []; // reasons given in this sitting, the latest first

/** Open the dialog for rows as the map, a figure, a list or the rows know them. */
function ask(rows, refocus, { word = hasPlates ? "well" : "row" } = {}) {
  if (rows.some((row) => underway.has(row.row_id))) {
    say("This was just decided; its numbers are on their way.");
    return;
  }
  const known = rows.map((row) => ({
    ...visitWords(row, (id) => charts.volume(id)),
    by_person: row.by_person ?? excluded.has(row.row_id),
  }));
  const scopes = known.length === 1 ? known[0].scopes || [] : [];
  const recent = [...used, ...latest(map.reasons())];
  askExclusion({ rows: known, word: known[0].word || word, scopes, recent, refocus, act: decide });
}

const latest = (reasons) => [...new Set(reasons.reverse())].filter((text) => text.length < 80).slice(0, 5);

/** Numbers first: one request, its fragments, then figures and marks. */
async function decide(rows, reason, back) {
  rows.forEach((id) => underway.add(id));
  let answer;
  try {
    answer = await post(address(name, back ? "/take-back" : "/exclude"), { rows, reason, later: true });
  } finally {
    rows.forEach((id) => underway.delete(id));
  }
  if (reason && !back) used.unshift(reason);
  const touched = answer.entry?.rows || rows;
  const whole =
    rows.length === 1 && touched.length > 1
      ? `${rows[0]} (${count(touched.length, "row")})`
      : count(touched.length, hasPlates ? "well" : "row");
  show(answer, `${whole} ${back ? "taken back" : "left out"}`, { rows: answer.entry?.rows || rows, reason });
}

/** Show a block as the server gave it: after a change, an undo, or news from elsewhere. */
function show(block, words, { rows = null, reason = "", plain = false } = {}) {
  if (block.name !== name) {
    say(`${words} (in block ${block.name}).`);
    showHistory(block.history);
    return;
  }
  learn(block);
  const before = excluded;
  excluded = new Set(block.excluded || []);
  const moved =
    rows || [...new Set([...before, ...excluded])].filter((id) => before.has(id) !== excluded.has(id));
  const told = swap(block.html || {});
  near?.know(block);
  sortPublished();
  offerBack(excluded);
  const main = mainQuantity(block)?.title || "";
  if (words) say(plain ? `${words}.` : summary(told, words, main, moved.map((id) => map.about(id)).filter(Boolean)), 10);
  map.mark(excluded, moved, reason);
  if (block.problems?.length) studyProblems(block);
  else byId("problems").replaceChildren();
  painted().then(() => rest(block));
}

/** Numbers are on the screen first; everything else follows them. */
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

function rest(block) {
  if (block.later) afterNumbers().catch((problem) => refuse(problem));
  else showFigures(block);
  showHistory(block.history);
  table.apply(excluded, parts.now === "rows");
  questions.know(block);
  settle();
}

/** Figures and the assay's own tables follow the numbers: they take longer to make. */
async function afterNumbers() {
  const block = await get(address(name));
  if (block.version !== known()) return; // a later change brings its own
  const { single, left_out, plates, sheets } = block.html;
  swap({ single, left_out, plates, sheets });
  near?.show();
  showFigures(block);
}

function showFigures(block) {
  charts.apply(block.views, block.changed).catch((problem) => refuse(problem));
  figures.apply(parts.now === "figures");
}

let settling = 0;
/** What rules say of wells may have changed too; asked for when the numbers are on the screen. */
function settle() {
  clearTimeout(settling);
  settling = setTimeout(() => map.load().catch(() => {}), 1200);
}

async function refresh(words = "") {
  const block = await get(address(name));
  show(block, words);
}

/** After the layout or the samples were saved: numbers if there are any, else what is missing. */
async function saved(study) {
  learn(study);
  showHistory(study.history);
  studyProblems(study);
  showChoices(study, saved);
  if (study.state !== "ready") {
    say("Saved. Something is still missing; see above.");
    return;
  }
  location.hash = "#results";
  if (ready) await refresh("Saved and fitted");
  else location.reload();
}

const opens = (rowIds, refocus) =>
  ask(
    rowIds.map((id) => map.about(id) || { row_id: id, name: id }),
    refocus,
  );
const map = hasPlates
  ? new PlateMap(byId("map"), name, (rows, back) => ask(rows, back))
  : new UnitList(byId("map"), name, ask);
const near = hasPlates ? new Near(byId("near")) : null;
if (near) map.turned = (plate) => near.show(plate);
const table = new RowTable(byId("rows-table"), name, (rows, back) => ask(rows, back, { word: "row" }));
const figures = new Figures(name);
const questions = new Questions(name, async (answer, words) => {
  show(answer, words, { plain: true });
});
const design = new DesignTable(byId("design-table"), { saved, button: !hasPlates });
const editor = makeEditor(name, { saved, others: [design] });
const charts = new Charts(name, [], opens);

makeMenus();
makeNumbers((id, from) => openWhy(id, from, (row) => opens([row.row_id], () => from.focus())));
makeHistory(
  () => ({ block: name, later: true }),
  async (answer, words) => {
    if (answer.html) show(answer, words);
    else if (answer.blocks && !answer.blocks.some((each) => each.name === name)) {
      goAndSay("/", `${words}. The block ${name} is gone by it; Redo brings it back.`);
      return;
    } else {
      say(words);
      await refresh();
    }
    if (editor) editor.stale = true;
    design.stale = true;
    if (parts.now === "layout") {
      await editor.show();
      await design.show();
    }
  },
);

parts = new Parts((part) => {
  if (part === "rows") table.show();
  if (part === "figures") figures.show();
  if (part === "layout") {
    editor.show();
    design.show();
  }
  if (part === "design") design.show();
});

async function begin() {
  sortPublished();
  const block = await get(address(name));
  learn(block);
  remember(block.html);
  ready = !block.problems?.length;
  excluded = new Set(block.excluded || []);
  table.excluded = excluded;
  map.excluded = excluded;
  showHistory(block.history);
  questions.know(block);
  offerBack(excluded);
  if (!ready) {
    get("/api/study").then((study) => showChoices(study, saved));
    byId("map").closest(".work").hidden = true;
    if (hasPlates && !location.hash) location.replace("#layout");
    else if (!location.hash) location.replace("#design");
    return;
  }
  charts.know(block.views);
  near?.know(block);
  near?.load().catch(() => {});
  await Promise.all([charts.show(), map.load()]);
}

document.addEventListener("exportin:back", (event) => {
  const { ids, reason } = event.detail;
  ask(
    ids.map((id) => ({
      ...(map.about(id) || { row_id: id, name: id }),
      out: reason,
      by_person: true,
      scopes: [],
    })),
    () => byId("exclusions").querySelector("button")?.focus(),
  );
});
follow(async () => {
  const words = "The study has changed outside of this window";
  try {
    await refresh(words);
    if (editor) editor.stale = true; // tables that were not touched here follow; others are merged when saved
    design.stale = true;
    if (parts.now === "layout") await editor?.show();
    if (parts.now === "layout" || parts.now === "design") await design.show();
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    goAndSay("/", `${words}; the block ${name} is gone.`);
  }
});
sayCarried();
begin().catch((problem) => refuse(problem, null, "The block cannot be shown"));
