// Beside the plate map: the numbers that this plate went into, and those of its own experiment, so
// that a click and its answer are on one screen. They are the table's own rows, shown once more.
import { el } from "./dom.js";
import { get } from "./api.js";

const texts = (row) => [...row.querySelectorAll(".key")].map((cell) => cell.textContent.trim());
const groupName = (body) => body.querySelector(".group span")?.firstChild?.textContent.trim() || "";

function copy(row, selector) {
  const cell = row?.querySelector(selector);
  const made = el("td", { class: cell?.className || "" });
  if (cell) made.append(...[...cell.cloneNode(true).childNodes]);
  return made;
}

/** The quantity the study asks about first, else the absolute IC50, else the first of the main ones. */
export function mainQuantity(block) {
  const [asked] = block.questions || [];
  const all = block.quantities || [];
  return (
    all.find((each) => each.name === asked?.quantity) ||
    all.find((each) => each.name === "ic50_absolute") ||
    all.find((each) => each.primary) ||
    all[0]
  );
}

export class Near {
  constructor(room) {
    this.room = room;
    this.design = [];
  }

  async load() {
    this.design = (await get("/api/design")).rows || [];
    this.show();
  }

  know(block) {
    this.quantity = mainQuantity(block);
  }

  show(plate = this.plate) {
    this.plate = plate;
    if (!plate || !this.quantity) return;
    const about =
      this.design.find((row) => row.sample_id && row.sample_id === plate.sample_id) ||
      this.design.find((row) => row.file === plate.file) ||
      {};
    const rows = (part) =>
      [...document.querySelectorAll(`[data-part="${part}"] tbody`)]
        .filter((body) => groupName(body) === this.quantity.title)
        .flatMap((body) => [...body.querySelectorAll("tr:not(.group)")]);
    const of = (row) => !about.model || texts(row).includes(about.model);
    const pooled = rows("estimates").filter(of);
    if (!pooled.length || pooled.length > 12) {
      this.room.replaceChildren();
      return;
    }
    const single = rows("single").filter((row) => of(row) && texts(row).includes(about.unit_id));
    const own = new Map(
      single.map((row) => [
        texts(row)
          .filter((text) => text !== about.unit_id)
          .join("\n"),
        row,
      ]),
    );
    const counts = pooled.map((row) => row.querySelector(".n")?.textContent.trim());
    const several = counts.every((n) => Number(n) > 1); // of one experiment nothing is pooled
    const lines = pooled.map((row) => {
      const keys = texts(row);
      const name = keys.filter((text) => text !== about.model).join(", ") || keys.join(", ");
      return el(
        "tr",
        {},
        el("th", { scope: "row" }, name),
        copy(row, ".value"),
        copy(row, ".interval"),
        several ? null : copy(row, ".n"),
        own.size ? copy(own.get(keys.join("\n")), ".value") : null,
      );
    });
    this.room.replaceChildren(
      el(
        "table",
        {},
        el("caption", {}, el("b", {}, this.quantity.title), about.model ? ` of ${about.model}` : ""),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col" }, "Treatment"),
            el("th", { scope: "col", class: "value" }, several ? "Pooled" : "Estimate"),
            el("th", { scope: "col" }, "Interval"),
            several ? null : el("th", { scope: "col", class: "n" }, "n"),
            own.size ? el("th", { scope: "col", class: "value" }, `${about.unit_id} alone`) : null,
          ),
        ),
        el("tbody", {}, lines),
      ),
    );
  }
}
