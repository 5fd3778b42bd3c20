// "Take back" beside each exclusion of the ledger that still holds.
import { el } from "./dom.js";

/** Add a button to each line of the table of exclusions; a click asks as everywhere else. */
export function offerBack(excluded) {
  const part = document.querySelector('[data-part="exclusions"]');
  const table = part?.querySelector("table");
  if (!table || !excluded.size) return;
  table
    .querySelector("thead tr")
    ?.append(el("th", { scope: "col" }, el("span", { class: "unseen" }, "Take back")));
  for (const row of table.querySelectorAll("tbody tr")) {
    const ids = [...row.querySelectorAll("th code")]
      .filter((code) => !code.closest("s"))
      .map((code) => code.textContent)
      .filter((id) => excluded.has(id));
    const reason = row.querySelector(".text")?.textContent.trim() || "";
    row.append(
      el(
        "td",
        {},
        ids.length
          ? el(
              "button",
              {
                type: "button",
                class: "small",
                "aria-label": `Take back ${ids.slice(0, 3).join(", ")}`,
                onclick: () =>
                  document.dispatchEvent(new CustomEvent("exportin:back", { detail: { ids, reason } })),
              },
              "Take back",
            )
          : null,
      ),
    );
  }
}
