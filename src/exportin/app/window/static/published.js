// Tests as papers print them stand beside ours only if wanted; how many there are is always said.
import { byId, count, el } from "./dom.js";

const MARK = /^\s*as published/i;
let shown = false;

function rows() {
  const found = [];
  for (const body of document.querySelectorAll('[data-part="tests"] tbody')) {
    const head = body.querySelector(".group span")?.textContent || "";
    const all = MARK.test(head) || /\bas published\b/i.test(head);
    const own = [...body.querySelectorAll("tr:not(.group)")].filter(
      (row) => all || MARK.test(row.querySelector(".groups .remark, th .remark")?.textContent || ""),
    );
    if (all) found.push({ node: body, n: own.length });
    else found.push(...own.map((row) => ({ node: row, n: 1 })));
  }
  return found;
}

/** Hide or show them after each swap. */
export function sortPublished() {
  const found = rows();
  const n = found.reduce((sum, each) => sum + each.n, 0);
  for (const { node } of found) node.hidden = !shown;
  const room = byId("published");
  if (!room) return;
  room.hidden = !n;
  if (!n) return;
  const box = el("input", {
    type: "checkbox",
    id: "show-published",
    checked: shown,
    onchange: () => {
      shown = box.checked;
      sortPublished();
      byId("show-published").focus();
    },
  });
  room.replaceChildren(
    el(
      "label",
      { class: "beside" },
      box,
      `Show beside ours what the usual tests of papers would have said (${count(n, "test")})`,
    ),
  );
}
