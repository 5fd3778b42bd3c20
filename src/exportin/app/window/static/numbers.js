// Tables swapped in as fragments of the report; what changed is marked, and said in one line.
import { count } from "./dom.js";

const MARKED_MS = 6000;
const SPOKEN = 3; // changes read aloud; the rest is counted

/** Numbers of a part by row and column, with what the row is called. */
function read(part) {
  const found = new Map();
  for (const node of part.querySelectorAll("[data-id]")) {
    const name = `${node.dataset.id} ${node.dataset.col}`;
    const row = node.closest("tr");
    if (!found.has(name))
      found.set(name, {
        node,
        exact: node.getAttribute("value") ?? node.textContent,
        text: node.textContent.trim(),
        row,
      });
  }
  return found;
}

/** "IC50 (absolute), SIM-LPS-1, selinexor": heading of the group and the keys of the row. */
function rowName(row) {
  if (!row) return "";
  const group = row.closest("tbody")?.querySelector(".group span")?.firstChild?.textContent.trim() || "";
  const keys = [...row.querySelectorAll(".key, th[scope=row]:not(.key), td.groups")].map((cell) =>
    cell.firstChild?.textContent.trim(),
  );
  return [group, ...keys.filter(Boolean)].join(", ");
}

const cellText = (row, selector) =>
  row.querySelector(selector)?.textContent.replace(/\s+/g, " ").trim() || "";

// Rows of the long tables as they came: of the next fragment only those that differ are put in.
const ROW = /<tr\b[^]*?<\/tr>/g;
const LONG = new Set(["estimates", "single"]);
const came = new Map(); // name of a part -> { rest, rows }

function taken(html) {
  const rows = [];
  const rest = html.replace(ROW, (row) => {
    rows.push(row);
    return "<tr>";
  });
  return { rest, rows };
}

/** Remember the fragments that the page was made of. */
export function remember(html) {
  for (const name of LONG) if (html?.[name]) came.set(name, taken(html[name]));
}

/** Put in the rows that differ; pairs of old and new rows, or null where the table is another. */
function swapRows(part, fresh) {
  const name = part.dataset.part;
  if (!LONG.has(name)) return null;
  const before = came.get(name);
  const after = taken(fresh);
  came.set(name, after);
  if (!before || before.rest !== after.rest || before.rows.length !== after.rows.length) return null;
  const nodes = part.querySelectorAll("tr");
  if (nodes.length !== after.rows.length) return null;
  const pairs = [];
  after.rows.forEach((row, i) => {
    if (row === before.rows[i]) return;
    const made = document.createElement("template");
    made.innerHTML = `<table><tbody>${row}</tbody></table>`; // the server's own, names escaped
    const node = made.content.querySelector("tr");
    pairs.push([nodes[i], node]);
  });
  return pairs;
}

/** Open parts and scroll places of a fragment, so that a swap does not move anything. */
function keep(part) {
  const open = [...part.querySelectorAll("details")].map((each) => each.open);
  const scrolls = [...part.querySelectorAll(".window")].map((each) => [each.scrollLeft, each.scrollTop]);
  const held = part.contains(document.activeElement) ? document.activeElement.dataset : null;
  return () => {
    part.querySelectorAll("details").forEach((each, i) => {
      if (i < open.length) each.open = open[i];
    });
    part.querySelectorAll(".window").forEach((each, i) => {
      if (scrolls[i]) [each.scrollLeft, each.scrollTop] = scrolls[i];
    });
    if (held?.id)
      part
        .querySelector(`[data-id="${CSS.escape(held.id)}"][data-col="${CSS.escape(held.col)}"]`)
        ?.focus({ preventScroll: true });
  };
}

/**
 * Put new fragments in place. Returns sentences on what changed, pooled estimates first.
 * The first swap (`mark` false) only makes numbers reachable by key.
 */
export function swap(html, { mark = true } = {}) {
  const said = [];
  let n = 0;
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = html[part.dataset.part];
    if (fresh === undefined) continue;
    const pairs = mark ? swapRows(part, fresh) : null;
    if (pairs) {
      n += swapPairs(part, pairs, said);
      continue;
    }
    const before = mark ? read(part) : new Map();
    const words = new Map();
    if (part.dataset.part === "estimates") {
      for (const [name, { row }] of before)
        if (row && !words.has(name)) words.set(rowName(row), cellText(row, ".value"));
    }
    const restore = keep(part);
    part.innerHTML = fresh; // the server's own fragment: every name in it is escaped there
    restore();
    const holder = part.closest("[data-holds]");
    if (holder && holder.dataset.holds === part.dataset.part) showPart(holder, Boolean(fresh.trim()));
    if (mark) {
      const rows = new Set();
      for (const [name, now] of read(part)) {
        const old = before.get(name);
        if (old && old.exact === now.exact) continue;
        if (!before.size) continue;
        now.node.classList.add("changed");
        n += 1;
        if (now.row) rows.add(now.row);
      }
      if (part.dataset.part === "estimates") said.push(...spoken(rows, words));
      setTimeout(
        () => part.querySelectorAll(".changed").forEach((each) => each.classList.remove("changed")),
        MARKED_MS,
      );
    }
    reach(part);
  }
  return { said, n };
}

/** Replace single rows; returns how many numbers changed. */
function swapPairs(part, pairs, said) {
  const rows = new Set();
  const words = new Map();
  let n = 0;
  for (const [old, fresh] of pairs) {
    const before = read(old);
    words.set(rowName(old), cellText(old, ".value"));
    const at = old.contains(document.activeElement) ? document.activeElement.dataset.col : "";
    old.replaceWith(fresh);
    for (const [name, now] of read(fresh)) {
      now.node.tabIndex = -1;
      now.node.setAttribute("role", "button");
      if (before.get(name)?.exact === now.exact) continue;
      now.node.classList.add("changed");
      n += 1;
      rows.add(fresh);
    }
    if (at) fresh.querySelector(`[data-col="${CSS.escape(at)}"]`)?.focus({ preventScroll: true });
  }
  if (pairs.length) {
    const first = part.querySelector("[data-id]");
    if (first && !part.querySelector('[data-id][tabindex="0"]')) first.tabIndex = 0;
  }
  if (part.dataset.part === "estimates") said.push(...spoken(rows, words));
  setTimeout(() => {
    for (const row of rows) row.querySelectorAll(".changed").forEach((each) => each.classList.remove("changed"));
  }, MARKED_MS);
  return n;
}

function spoken(rows, words) {
  const lines = [];
  for (const row of rows) {
    const name = rowName(row);
    const [was, now] = [words.get(name), cellText(row, ".value")];
    if (was !== undefined && was !== now) lines.push(`${name}: ${was} → ${now}`);
  }
  return lines;
}

function showPart(holder, has) {
  holder.hidden = !has && holder.id !== "block-tests";
  const link = document.querySelector(`#jump [data-of="${holder.id}"]`);
  if (link) link.hidden = holder.hidden;
}

/**
 * Why numbers of other groups changed with `rows` ([{role, treatment or arm}]); "" where none did.
 * A number of another group can only change by what it has in common with the row.
 */
export function sharing(said, rows) {
  const own = rows.map((row) => row.treatment || row.arm).filter(Boolean);
  const others = said.filter((line) => {
    const keys = line.slice(0, line.lastIndexOf(": ")).split(", ");
    return !own.some((group) => keys.includes(String(group)));
  });
  if (!rows.length || !others.length) return "";
  const roles = [...new Set(rows.map((row) => row.role).filter((role) => role && role !== "treated"))];
  const why = roles.length
    ? `they share this control (${roles.map((role) => role.replaceAll("_", " ")).join(", ")}) or a fit with it`
    : "they share controls, a fit or a model with it";
  return `; other groups changed too, as ${why}`;
}

/** One sentence for the line below and the screen reader; `rows` are those that went or came. */
export function summary({ said, n }, first, main = "", rows = []) {
  said.sort((a, b) => Number(b.startsWith(main)) - Number(a.startsWith(main))); // what was asked for comes first
  if (!n) return `${first}; no printed number changed.`;
  const some = said.slice(0, SPOKEN).join("; ");
  const more = said.length > SPOKEN ? `; and ${count(said.length - SPOKEN, "more estimate")}` : "";
  return some
    ? `${some}${more}; ${first}${sharing(said, rows)}.`
    : `${first}; ${count(n, "number")} changed in the last digits, intervals or tests.`;
}

/** Numbers of one table are one tab stop; arrow keys go on from there, Enter opens. */
function reach(part) {
  const all = [...part.querySelectorAll("[data-id]")];
  all.forEach((node, i) => {
    node.tabIndex = i ? -1 : 0;
    node.setAttribute("role", "button");
  });
}

function move(event, node) {
  const part = node.closest("[data-part]");
  const all = [...part.querySelectorAll("[data-id]")].filter((each) => each.offsetParent !== null);
  let next = null;
  if (event.key === "ArrowRight") next = all[all.indexOf(node) + 1];
  else if (event.key === "ArrowLeft") next = all[all.indexOf(node) - 1];
  else {
    const same = all.filter((each) => each.dataset.col === node.dataset.col);
    next = same[same.indexOf(node) + (event.key === "ArrowDown" ? 1 : -1)];
  }
  if (!next) return;
  event.preventDefault();
  node.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** Wire clicks and keys on numbers: `opens(id, node)`. */
export function makeNumbers(opens) {
  document.querySelectorAll("[data-part]").forEach(reach);
  document.addEventListener("click", (event) => {
    const node = event.target.closest("[data-part] [data-id]");
    if (node && !getSelection().toString()) opens(node.dataset.id, node);
  });
  document.addEventListener("keydown", (event) => {
    const node = event.target.closest?.("[data-part] [data-id]");
    if (!node) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      opens(node.dataset.id, node);
    } else if (event.key.startsWith("Arrow")) move(event, node);
  });
}
