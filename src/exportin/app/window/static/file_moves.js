// A file goes into a block of its own, into another one, or takes its block along: asked in a dialog.
import { count, el } from "./dom.js";
import { address, get, post } from "./api.js";
import { refuse } from "./say.js";

const MOST = 40;
const named = (files) => (files.length === 1 ? files[0] : count(files.length, "file"));
const its = (files) => (files.length === 1 ? "its" : "their");

/** What goes with a block, in words. */
function gone(block, goes) {
  const more = [
    goes.questions.length ? count(goes.questions.length, "question") : "",
    ...goes.links.map((name) => `the link ${name}, which uses it`),
  ].filter(Boolean);
  const what = more.length ? `With it ${more.length > 1 || goes.questions.length > 1 ? "go" : "goes"} ` : "";
  return el(
    "p",
    { class: "notice" },
    `The block ${block} has no other file and goes too. `,
    what ? `${what}${more.join(" and ")}. ` : "",
    goes.alone ? "It is the only block: the study is then empty, and begins with the next file. " : "",
    "Undo brings all of it back.",
  );
}

/** A dialog with a form; `act()` does it, or says why not by throwing, and gives what comes after. */
function ask({ id, title, parts, word, act, refocus }) {
  const dialog = el("dialog", { id, "aria-labelledby": `${id}-title` });
  const room = el("div");
  const go = el("button", { type: "submit", class: "main" }, word);
  const form = el(
    "form",
    { method: "dialog", novalidate: true },
    el("h2", { id: `${id}-title` }, title),
    ...parts,
    room,
    el("div", { class: "ends" }, el("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), go),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    go.disabled = true;
    go.setAttribute("aria-busy", "true");
    try {
      const after = await act();
      dialog.close();
      after?.().catch(refuse);
    } catch (problem) {
      refuse(problem, room);
      go.disabled = false;
      go.removeAttribute("aria-busy");
      form.querySelector('input[name="name"]')?.focus();
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (refocus?.isConnected) refocus.focus();
    else document.getElementById("main").focus({ preventScroll: true });
  });
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

const nameField = (value, more = {}) =>
  el(
    "label",
    { class: "wide" },
    "Its name: letters, digits, _ and -",
    el("input", { name: "name", value, maxlength: MOST, autocomplete: "off", spellcheck: "false", ...more }),
  );

/** Ask where files of a block go; `done(study, words)` when they are there. */
export async function askMove(block, files, done, refocus) {
  const about = await get(address(block, "/files"));
  const mine = about.files.filter((one) => files.includes(one.file));
  const last = mine.length === about.files.length;
  const kept = mine.reduce((sum, one) => sum + one.left_out, 0);
  const field = nameField(mine[0]?.own || "");
  const input = field.querySelector("input");
  const picks = [
    ...(last ? [] : [{ to: "", words: `A block of ${its(files)} own`, said: "" }]),
    ...about.to.map((one) => ({ to: one.name, words: `Into the block ${one.name}`, said: one.said })),
  ];
  let chosen = picks[0];
  const set = (one) => {
    chosen = one;
    field.hidden = Boolean(one.to);
  };
  const where = el(
    "fieldset",
    {},
    el("legend", {}, "Where to"),
    picks.map((one, i) => [
      el(
        "label",
        { class: "beside" },
        el("input", { type: "radio", name: "where", value: i, checked: !i, onchange: () => set(one) }),
        one.words,
      ),
      one.to ? (one.said ? el("p", { class: "hint" }, one.said) : el("br")) : field,
    ]).flat(),
  );
  const parts = [
    picks.length ? where : el("p", {}, "There is no other block of this kind."),
    last ? gone(block, about.goes) : null,
    last || !picks.length
      ? null
      : el(
          "p",
          { class: "hint" },
          "A new block has the settings of this one and its layout; questions stay where they are.",
        ),
    kept ? el("p", {}, `${count(kept, "row")} left out stay left out, with their reasons.`) : null,
  ].filter(Boolean);
  const dialog = ask({
    id: "move",
    title: `Move ${named(files)} out of ${block}`,
    parts,
    word: "Move",
    refocus,
    act: async () => {
      const to = chosen?.to || "";
      const body = { files, to, name: to ? "" : input.value.trim(), with_block: last };
      const study = await post(address(block, "/move"), body);
      const said = [`${named(files)} moved to the block ${study.moved.block}.`, ...study.moved.said];
      if (study.state === "problems") said.push("Something is missing now; see above.");
      said.push(`Undo brings ${files.length === 1 ? "it" : "them"} back.`);
      return () => done(study, said.join(" "));
    },
  });
  if (picks.length) set(picks[0]);
  (last ? dialog.querySelector("input[type=radio]") : input)?.focus();
  if (!last) input.select();
}

/** Ask whether a block may go with its last file; false where it has others by now. */
export async function askGone(block, file, done, refocus) {
  const about = await get(address(block, "/files"));
  if (about.files.length !== 1 || about.files[0].file !== file) return false;
  const dialog = ask({
    id: "gone",
    title: `Take out ${file}, and the block ${block}?`,
    parts: [gone(block, about.goes), el("p", { class: "hint" }, "The file stays in the folder.")],
    word: "Take out",
    refocus,
    act: async () => {
      const study = await post(address(block, "/take-out"), { file, with_block: true });
      const said = `${file} is no longer read, and the block ${block} is gone. Undo brings both back.`;
      return () => done(study, said);
    },
  });
  dialog.querySelector("button.main").focus();
  return true;
}

/** Ask for the name of a block for a file that is about to come in; `done(name)` takes it. */
export async function askOwn(file, done, refocus) {
  const { name } = await get(`/api/files/name?file=${encodeURIComponent(file)}`);
  const field = nameField(name);
  const input = field.querySelector("input");
  ask({
    id: "own",
    title: `A block of its own for ${file}`,
    parts: [field],
    word: "Add",
    refocus,
    act: async () => {
      await done(input.value.trim());
    },
  });
  input.select();
}
