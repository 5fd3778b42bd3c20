// Follows the study: another window, the command line or an editor may change it; the server may stop.
import { byId } from "./dom.js";
import { busy, isNews } from "./api.js";

const WAIT_MS = 1500;
let source = null;
let lost = false;
let heard = "";

function state(name, text) {
  const dot = byId("live");
  dot.dataset.state = name;
  dot.textContent = text;
}

function command() {
  const folder = document.body.dataset.folder || "DIR";
  const port = location.port ? ` --port ${location.port}` : "";
  return `exportin serve ${/\s/.test(folder) ? `"${folder}"` : folder}${port}`;
}

function sayLost() {
  if (lost) return;
  lost = true;
  state("lost", "Server stopped");
  const room = byId("lost");
  const code = document.createElement("code");
  code.textContent = command();
  room.replaceChildren(
    "The server has stopped. Start it again with ",
    code,
    " and open the address it prints; nothing that was acknowledged is lost.",
  );
  room.hidden = false;
}

function found() {
  if (!lost) return;
  lost = false;
  byId("lost").hidden = true;
  state("ready", "Up to date");
}

/** Call `onVersion()` whenever the study has changed and not by this window. */
export function follow(onVersion) {
  let asked = false;
  let held = false; // news that came while a change of our own was running
  const check = async () => {
    if (busy()) held = true;
    if (asked || busy() || !heard || !isNews(heard)) return;
    asked = true;
    state("busy", "Updating");
    try {
      await onVersion(heard);
      state("ready", "Up to date");
    } catch {
      state("ready", "Reload the page");
    } finally {
      asked = false;
    }
  };
  const open = () => {
    source = new EventSource("/api/events");
    source.addEventListener("version", (event) => {
      found();
      heard = event.data;
      check();
    });
    source.addEventListener("warm", (event) => {
      const said = JSON.parse(event.data);
      if (!busy())
        state(
          said.state === "ready" ? "ready" : "busy",
          said.state === "ready" ? "Up to date" : "Getting ready",
        );
    });
    source.onopen = found;
    source.onerror = () => {
      source.close();
      setTimeout(probe, WAIT_MS / 3);
    };
  };
  const probe = async () => {
    try {
      const answer = await fetch("/api/study", { credentials: "same-origin" });
      if (answer.status === 401 || answer.status === 403)
        throw new Error("a new server asks for its own address");
      open();
    } catch {
      sayLost();
      setTimeout(probe, WAIT_MS);
    }
  };
  document.addEventListener("exportin:lost", probe);
  document.addEventListener("exportin:busy", (event) => {
    if (event.detail) state("busy", "Computing");
    else {
      state("ready", "Up to date");
      if (held) setTimeout(check, 300);
      held = false;
    }
  });
  addEventListener("pagehide", () => source?.close());
  open();
}
