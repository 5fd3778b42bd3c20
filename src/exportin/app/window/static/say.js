// What is said to the user: problems with their remedy, and what has just been done.
import { byId, el } from "./dom.js";
import { Lost, Refused } from "./api.js";

let quiet = 0;

/** Say in one line what was done; read aloud, gone after some seconds. */
export function say(text, seconds = 8) {
  const line = byId("said");
  line.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    line.textContent = "";
  }, seconds * 1000);
}

/** A list of problems: file and place, what is wrong, what to write instead. */
export function problemList(problems, title) {
  const lines = problems.map((each) => {
    const where = [each.file, each.place].filter(Boolean).join(", ");
    return el(
      "li",
      {},
      where ? el("b", {}, `${where}: `) : "",
      `${each.message} `,
      each.remedy ? el("span", { class: "remedy" }, each.remedy) : "",
    );
  });
  return el("section", { class: "problems", role: "alert" }, el("h3", {}, title), el("ul", {}, lines));
}

/** Show why something was refused, in `place` (an element) or on top of the page. */
export function refuse(problem, place = null, title = "This was not done; nothing has changed") {
  if (problem.name === "AbortError" || problem instanceof Lost) return;
  const room = place || byId("problems");
  const shown =
    problem instanceof Refused
      ? problemList(problem.problems, problem.status === 409 ? "The study has changed meanwhile" : title)
      : problemList(
          [{ file: "", place: "", message: String(problem.message || problem), remedy: "Reload the page." }],
          title,
        );
  const close = el(
    "button",
    { type: "button", class: "small", onclick: () => room.replaceChildren() },
    "Close",
  );
  shown.append(el("div", { class: "row" }, close));
  room.replaceChildren(shown);
  shown.scrollIntoView({ block: "nearest" });
  if (!(problem instanceof Refused)) console.error(problem);
}

/** Problems of the study itself, after a change; nothing if it is well. */
export function studyProblems(study) {
  const room = byId("problems");
  const list = study.problems || [];
  if (!list.length) room.replaceChildren();
  else
    room.replaceChildren(
      problemList(
        list,
        `No numbers yet: ${list.length} ${list.length === 1 ? "thing is" : "things are"} missing`,
      ),
    );
}
