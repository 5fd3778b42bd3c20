// Talks to the local server. Problems come back as file, place, what is wrong, what to write instead.

export class Refused extends Error {
  constructor(status, problems, said = {}) {
    super(problems.map((each) => each.message).join(" ") || `The server answered ${status}.`);
    this.status = status;
    this.problems = problems;
    this.said = said;
  }
}

export class Lost extends Error {}

let running = 0; // changes on their way: their answer brings the new version itself
let version = document.body.dataset.version || "";
const met = new Set([version]); // versions that this page has been told of by an answer

export const known = () => version;
export const isNews = (heard) => !met.has(heard);
export const busy = () => running > 0;

export function learn(said) {
  if (said && typeof said.version === "string") {
    version = said.version;
    met.add(version);
  }
  return said;
}

const block = (name, rest = "") => `/api/block/${encodeURIComponent(name)}${rest}`;
export const address = block;

async function ask(method, path, { json, bytes, signal } = {}) {
  const headers = { Accept: "application/json" };
  let body;
  if (json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(json);
  } else if (bytes !== undefined) {
    headers["Content-Type"] = "application/octet-stream";
    body = bytes;
  }
  let answer;
  try {
    answer = await fetch(path, { method, headers, body, signal, credentials: "same-origin" });
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    document.dispatchEvent(new CustomEvent("exportin:lost"));
    throw new Lost("The server does not answer.");
  }
  return read(answer);
}

async function read(answer) {
  const text = await answer.text();
  let said = {};
  try {
    said = text ? JSON.parse(text) : {};
  } catch {
    said = {};
  }
  if (answer.ok) return said;
  const problems =
    Array.isArray(said.problems) && said.problems.length
      ? said.problems
      : [
          {
            file: "",
            place: "",
            message: `The server answered ${answer.status}.`,
            severity: "error",
            code: "",
            remedy:
              answer.status === 401 || answer.status === 403
                ? "Open the address that 'exportin serve' has printed once more."
                : "Reload the page; if it stays so, start 'exportin serve' again.",
          },
        ];
  throw new Refused(answer.status, problems, said);
}

export const get = (path, options) => ask("GET", path, options);

let turn = Promise.resolve(); // changes go one after the other, in the order in which they were made

/** Send a change. While it runs, a "version" event is no news: its answer holds the numbers. */
export function change(method, path, options) {
  running += 1;
  document.dispatchEvent(new CustomEvent("exportin:busy", { detail: running }));
  const mine = turn.then(() => ask(method, path, options)).then(learn);
  turn = mine.catch(() => {});
  const over = () => {
    running -= 1;
    document.dispatchEvent(new CustomEvent("exportin:busy", { detail: running }));
  };
  turn.then(over);
  return mine;
}

// a change that still waits would be lost with the page
addEventListener("beforeunload", (event) => {
  if (running) event.preventDefault();
});

export const post = (path, json) => change("POST", path, { json });
export const put = (path, json) => change("PUT", path, { json });
