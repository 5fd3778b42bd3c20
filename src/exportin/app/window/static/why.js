// "Why this number": from the estimate over its steps and settings to the rows and files behind it.
import { count, el, heading, shortNumber } from "./dom.js";
import { get } from "./api.js";
import { problemList } from "./say.js";

const SHOWN = 200;
const HEAD = new Set(["id", "block", "assay", "value", "units", "bound"]);
const FIRST = [
  "unit_id",
  "model",
  "treatment",
  "arm",
  "dose",
  "dose_unit",
  "value",
  "conf_low",
  "conf_high",
  "units",
  "status",
];

const cell = (value) => {
  const plain =
    typeof value === "number"
      ? shortNumber(value, 5)
      : value === null || value === undefined
        ? ""
        : typeof value === "object"
          ? JSON.stringify(value)
          : String(value);
  return el("td", typeof value === "number" ? { class: "num", title: String(value) } : {}, plain);
};

function table(rows, columns, label, head = null) {
  return el(
    "div",
    { class: "sheet", tabindex: 0, role: "region", "aria-label": label },
    el(
      "table",
      {},
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          head ? el("th", { scope: "col" }, "Raw row") : null,
          columns.map((name) => el("th", { scope: "col" }, heading(name))),
        ),
      ),
      el(
        "tbody",
        {},
        rows.map((row) =>
          el(
            "tr",
            { class: row.out ? "out" : "" },
            head ? head(row) : null,
            columns.map((name) => cell(row[name])),
          ),
        ),
      ),
    ),
  );
}

/** Columns that say something: not the same for all rows unless they are few, not empty. */
function telling(rows, skip = new Set()) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !skip.has(name));
  const full = names.filter((name) =>
    rows.some((row) => row[name] !== null && row[name] !== "" && row[name] !== undefined),
  );
  return [...FIRST.filter((name) => full.includes(name)), ...full.filter((name) => !FIRST.includes(name))];
}

function facts(object, names = Object.keys(object)) {
  const lines = names.filter(
    (name) => object[name] !== null && object[name] !== "" && object[name] !== undefined,
  );
  return el(
    "dl",
    { class: "settings" },
    lines.map((name) => {
      const value = object[name];
      const text =
        typeof value === "number"
          ? shortNumber(value, 6)
          : typeof value === "object"
            ? JSON.stringify(value)
            : String(value);
      return el("div", {}, el("dt", {}, heading(name)), el("dd", {}, text));
    }),
  );
}

const step = (title, ...parts) => el("li", {}, el("h3", {}, title), parts);

function walk(said, leave) {
  const { result } = said;
  const list = el("ol", { class: "walk" });
  const rest = Object.keys(result).filter((name) => !HEAD.has(name) && !["verdict", "method"].includes(name));
  list.append(step("The estimate", facts(result, rest)));
  if (said.inputs?.length) {
    const columns = telling(said.inputs, new Set(["id", "block", "assay", "quantity", "method"])).slice(
      0,
      10,
    );
    list.append(
      step(
        `Made of ${count(said.inputs.length, "number")} of single units`,
        table(said.inputs, columns, "Numbers of single units"),
      ),
    );
  }
  const steps = said.steps?.length
    ? said.steps
    : result.method
      ? [{ method: result.method, sentence: "" }]
      : [];
  if (steps.length)
    list.append(
      step(
        "Steps",
        el(
          "ol",
          {},
          steps.map((each) =>
            el(
              "li",
              {},
              each.sentence || each.method,
              each.sentence ? el("small", {}, ` (${each.method})`) : "",
            ),
          ),
        ),
      ),
    );
  if (said.settings && Object.keys(said.settings).length) {
    list.append(
      step(
        "Settings",
        el(
          "details",
          {},
          el("summary", {}, count(Object.keys(said.settings).length, "setting")),
          facts(said.settings),
        ),
      ),
    );
  }
  const out = new Map(
    (said.flags || [])
      .filter((flag) => flag.severity === "exclude")
      .map((flag) => [flag.row_id, flag.message || flag.rule]),
  );
  const rows = (said.rows || []).map((row) => ({ ...row, out: out.get(row.row_id) || "" }));
  if (rows.length) {
    const columns = telling(
      rows,
      new Set(["row_id", "file", "cause", "plate_wells", "measured_at", "channel"]),
    ).slice(0, 9);
    const gone = rows.filter((row) => row.out).length;
    list.append(
      step(
        `${count(rows.length, "raw row")}${gone ? `, ${gone} left out` : ""}`,
        table(rows.slice(0, SHOWN), columns, "Raw rows", (row) =>
          el(
            "th",
            { scope: "row" },
            el("button", { type: "button", class: "plain small", onclick: () => leave(row) }, row.row_id),
          ),
        ),
        rows.length > SHOWN
          ? el("p", { class: "hint" }, `${rows.length - SHOWN} more stand under Raw rows.`)
          : null,
      ),
    );
  }
  const files = Object.entries(said.files || {});
  if (files.length) {
    list.append(
      step(
        count(files.length, "file"),
        el(
          "div",
          { class: "sheet", tabindex: 0, role: "region", "aria-label": "Files" },
          el(
            "table",
            {},
            el(
              "thead",
              {},
              el("tr", {}, el("th", { scope: "col" }, "File"), el("th", { scope: "col" }, "SHA-256")),
            ),
            el(
              "tbody",
              {},
              files.map(([name, digest]) =>
                el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, el("code", {}, digest))),
              ),
            ),
          ),
        ),
      ),
    );
  }
  if (said.versions)
    list.append(
      step(
        "Software",
        el(
          "p",
          { class: "hint" },
          Object.entries(said.versions)
            .map(([name, v]) => `${name} ${v}`)
            .join(", "),
        ),
      ),
    );
  return list;
}

/** Open the drawer for a result; `leave(row)` opens the exclusion dialog for a raw row. */
export async function openWhy(id, from, leave) {
  const body = el("div", { "aria-busy": "true" }, el("p", { class: "hint" }, "Walking back"));
  const close = el("button", { type: "button", class: "close", onclick: () => drawer.close() }, "Close");
  const name = el("h2", { id: "why-title" }, "Why this number");
  const drawer = el("dialog", { class: "drawer", "aria-labelledby": "why-title" }, close, name, body);
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) drawer.close();
  });
  drawer.addEventListener("close", () => {
    drawer.remove();
    const again = from?.isConnected
      ? from
      : document.querySelector(`[data-part] [data-id="${CSS.escape(id)}"]`);
    again?.focus({ preventScroll: true });
  });
  document.body.append(drawer);
  drawer.showModal();
  try {
    const said = await get(`/api/why/${encodeURIComponent(id)}`);
    const { result } = said;
    const row = from?.closest("tr");
    const text = row
      ? [...row.querySelectorAll(".value, .interval")]
          .map((each) =>
            (each.childNodes.length
              ? [...each.childNodes]
                  .filter((n) => !n.classList?.contains("remark"))
                  .map((n) => n.textContent)
                  .join("")
              : ""
            ).trim(),
          )
          .filter(Boolean)
      : [];
    const exact = result.value ?? result.effect;
    const answer = text.length
      ? `${text[0]}${text[1] ? ` (${text[1]})` : ""}`
      : exact === undefined
        ? "No number"
        : `${result.bound || ""} ${shortNumber(exact)} ${result.units || ""}`.trim();
    const about = [
      result.quantity,
      result.model,
      result.treatment,
      result.arm,
      result.group_a && [result.group_a, result.group_b].filter(Boolean).join(" vs "),
    ]
      .filter(Boolean)
      .join(", ");
    body.replaceChildren(
      el("p", { class: "hint" }, about),
      el("p", { class: "answer" }, answer),
      result.verdict ? el("p", {}, result.verdict) : "",
      el("p", { class: "hint" }, "Row ", el("code", {}, id)),
      walk(said, (raw) => {
        drawer.close();
        leave(raw);
      }),
    );
  } catch (problem) {
    body.replaceChildren(
      problemList(
        problem.problems || [{ file: "", place: "", message: problem.message, remedy: "" }],
        "This number cannot be walked back",
      ),
    );
  }
  body.removeAttribute("aria-busy");
}
