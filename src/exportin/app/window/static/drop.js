// Files dropped on the page or chosen: sent as they are, and what was recognized.
import { byId, count, el } from "./dom.js";
import { change } from "./api.js";
import { askOwn } from "./file_moves.js";
import { problemList, refuse } from "./say.js";

const ASSAYS = {
  viability: "cell viability",
  measurement: "numbers in groups",
  tumor_growth: "tumor growth",
};

/** What tables still need stands under "Next", with the place to fill it in. */
const told = (said) => (said || []).filter((text) => !/^(layout|design)\S*\.csv needs/.test(text));

function receipt(added) {
  return el(
    "ul",
    { class: "received" },
    added.map((one) =>
      el(
        "li",
        {},
        el("b", {}, one.name),
        one.stored && one.stored !== one.name ? el("small", {}, ` stored as ${one.stored}`) : "",
        el("br"),
        [one.title || one.reader, one.kind].filter(Boolean).join(", ") || "read",
        one.block
          ? [
              ": goes into ",
              el("a", { href: `/block/${encodeURIComponent(one.block)}` }, one.block),
              one.assay && one.assay !== one.block ? ` (${ASSAYS[one.assay] || one.assay})` : "",
            ]
          : "",
        told(one.said).length
          ? el(
              "ul",
              {},
              told(one.said).map((text) => el("li", {}, text)),
            )
          : null,
      ),
    ),
  );
}

/** Files that went to a block that was there: each, or all of them, may have one of their own. */
function ownBlocks(added) {
  const joined = new Map();
  for (const one of added.filter((each) => each.joined))
    joined.set(one.block, [...(joined.get(one.block) || []), one.stored]);
  return [...joined].map(([block, files]) => {
    const button = el(
      "button",
      { type: "button", "data-move": files.length === 1 ? files[0] : "", "data-block": block },
      files.length === 1 ? "Give it a block of its own…" : `Give all ${files.length} a block of their own…`,
    );
    button.files = files;
    return el("p", { class: "row middle" }, `Not meant for ${block}?`, button);
  });
}

/** What is still to be done, with the place to do it. */
export function nextSteps(study) {
  const steps = [];
  for (const need of study.needs || []) {
    const columns = need.columns?.length ? `: ${need.columns.join(", ")}` : "";
    if (need.what === "layout")
      steps.push(["Say what the wells hold", `/block/${encodeURIComponent(need.where)}#layout`, columns]);
    else if (need.what === "design") steps.push(["Fill in samples and plates", "#design", columns]);
    else steps.push(["See what is wrong, above", "#problems", columns]);
  }
  if (study.choices?.length) steps.unshift(["Choose which read of the file is meant", "#choices", ""]);
  for (const block of study.blocks || [])
    if (block.plates && !block.has_layout && !steps.some((s) => s[1].includes("#layout")))
      steps.push([
        `Say what the wells of ${block.name} hold`,
        `/block/${encodeURIComponent(block.name)}#layout`,
        "",
      ]);
  if (study.state === "ready")
    for (const block of study.blocks)
      steps.push([`See the results of ${block.name}`, `/block/${encodeURIComponent(block.name)}`, ""]);
  if (!steps.length) return null;
  return el(
    "div",
    {},
    el("h3", {}, "Next"),
    steps.map(([words, href, more], i) =>
      el("p", {}, href ? el("a", { href, class: i ? "" : "button main" }, words) : words, more),
    ),
  );
}

export function makeDrop(done) {
  const zone = byId("drop");
  const input = byId("files");
  const room = byId("received");
  if (!zone) return;
  byId("choose").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    send([...input.files]);
    input.value = "";
  });
  let over = 0;
  const holds = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  addEventListener("dragenter", (event) => {
    if (holds(event)) {
      over += 1;
      zone.classList.add("over");
    }
  });
  addEventListener("dragleave", (event) => {
    if (holds(event) && --over <= 0) {
      over = 0;
      zone.classList.remove("over");
    }
  });
  addEventListener("dragover", (event) => {
    if (holds(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    over = 0;
    zone.classList.remove("over");
    send([...event.dataTransfer.files]);
  });

  async function send(files, { block = "", own = "" } = {}) {
    if (!files.length) return;
    const batch = crypto.randomUUID();
    const into = `&block=${encodeURIComponent(block)}&own=${encodeURIComponent(own)}`;
    const said = el("p", { role: "status" });
    const before = [...room.childNodes];
    room.replaceChildren(said);
    let n = 0;
    try {
      let answer = null;
      for (const file of files) {
        n += 1;
        said.textContent =
          files.length > 1 ? `Reading ${file.name} (${n} of ${files.length})` : `Reading ${file.name}`;
        const more = n < files.length ? "&more=1" : "";
        answer = await change(
          "PUT",
          `/api/files?name=${encodeURIComponent(file.name)}&batch=${batch}${into}${more}`,
          { bytes: await file.arrayBuffer() },
        );
      }
      show(answer, files);
      await done(answer.study);
    } catch (problem) {
      change("DELETE", `/api/files?batch=${batch}`).catch(() => {});
      if (own && problem.problems?.some((one) => one.code === "block-name")) {
        room.replaceChildren(...before);
        throw problem; // the dialog that asked for the name says why
      }
      const problems =
        problem.problems ||
        (problem.name === "NotReadableError" || problem.name === "NotFoundError"
          ? [
              {
                file: files[n - 1].name,
                place: "",
                message: "the browser cannot read it.",
                remedy: "Drop files, not folders.",
              },
            ]
          : null);
      if (problems)
        room.replaceChildren(
          problemList(problems, files.length > 1 ? "None of the files was taken" : "This file was not taken"),
          files.length === 1 ? whichBlock(problems, files[0]) : "",
        );
      else refuse(problem, room);
    }
  }

  /** Several blocks could take a file: a button for each. */
  function whichBlock(problems, file) {
    const found = problems.find((one) => one.code === "which-block");
    if (!found) return "";
    const blocks = found.message.match(/: (.*)\.$/)?.[1].split(", ") || [];
    return el(
      "div",
      { class: "row" },
      blocks.map((name) =>
        el("button", { type: "button", onclick: () => send([file], { block: name }) }, `${file.name} into ${name}`),
      ),
      el(
        "button",
        {
          type: "button",
          onclick: (event) =>
            askOwn(file.name, (own) => send([file], { own }), event.currentTarget).catch(refuse),
        },
        `${file.name} into a block of its own…`,
      ),
    );
  }

  function show(answer, files) {
    const out = answer.refused || [];
    const problems = out.flatMap((one) =>
      one.problems.map((each) => ({ ...each, file: one.file, place: each.place })),
    );
    const asked = out.map((one) => whichBlock(one.problems, files.find((file) => file.name === one.file)));
    room.replaceChildren(
      el("h3", {}, `${count(answer.added.length, "file")} taken`),
      receipt(answer.added),
      ...ownBlocks(answer.added),
      out.length ? problemList(problems, `${count(out.length, "file")} not taken`) : "",
      ...asked,
      nextSteps(answer.study) || "",
    );
  }
}
