// Figures as they are printed, with their digest and downloads for a paper or a slide.
import { byId, el } from "./dom.js";
import { address, get } from "./api.js";
import { problemList } from "./say.js";

const KINDS = [
  ["svg", "SVG"],
  ["pdf", "PDF"],
  ["png", "PNG"],
  ["tiff", "TIFF"],
  ["pptx", "PowerPoint"],
];

function figure(block, view, number) {
  const file = (kind, column) =>
    `${address(block, `/figures/${encodeURIComponent(view.name)}.${kind}`)}?column=${column}`;
  const image = el("img", {
    src: `${file("svg", view.width || "double")}&digest=${(view.digest || "").slice(0, 12)}`,
    alt: view.caption || view.title,
    loading: "lazy",
  });
  const links = el("span", { class: "row middle" });
  const column = el(
    "select",
    { onchange: () => fill() },
    [
      ["single", "Single column (85 mm)"],
      ["double", "Double column (178 mm)"],
    ].map(([name, words]) => el("option", { value: name }, words)),
  );
  column.value = view.width || "double";
  const fill = () => {
    links.replaceChildren(
      ...KINDS.map(([kind, words]) =>
        el(
          "a",
          {
            class: "button small",
            href: file(kind, column.value),
            download: `${view.name}.${kind}`,
            "aria-label": `${view.title} as ${words}`,
          },
          words,
        ),
      ),
    );
    image.src = `${file("svg", column.value)}&digest=${(view.digest || "").slice(0, 12)}`;
  };
  image.addEventListener(
    "error",
    () =>
      image.replaceWith(
        el(
          "p",
          { class: "hint" },
          "This figure could not be drawn; the problem is named in the terminal of 'exportin serve'.",
        ),
      ),
    { once: true },
  );
  fill();
  const start = view.caption?.startsWith(view.title)
    ? ""
    : `${view.title}${/[.?!]$/.test(view.title) ? "" : "."} `;
  return el(
    "figure",
    {},
    el("div", { class: "picture", tabindex: 0, role: "group", "aria-label": `Figure ${number}` }, image),
    el(
      "figcaption",
      {},
      el("b", {}, `Figure ${number}. ${start}`),
      view.caption || "",
      el(
        "span",
        { class: "file" },
        " Digest ",
        el("code", { title: view.digest || "" }, (view.digest || "").slice(0, 12)),
      ),
    ),
    el("div", { class: "row middle" }, el("label", { class: "beside" }, "Width", column), links),
  );
}

export class Figures {
  constructor(block) {
    this.block = block;
    this.stale = true;
  }

  /** Draws what is needed; called when the part is opened. */
  async show() {
    if (!this.stale) return;
    this.stale = false;
    const room = byId("figure-list");
    room.replaceChildren(el("p", { class: "hint", role: "status" }, "Drawing the figures"));
    try {
      const list = await get(address(this.block, "/figures"));
      room.replaceChildren(
        ...(list.length
          ? list.map((view, i) => figure(this.block, view, i + 1))
          : [el("p", { class: "hint" }, "There is nothing to draw yet.")]),
      );
    } catch (problem) {
      this.stale = true;
      room.replaceChildren(
        problemList(
          problem.problems || [{ file: "", place: "", message: problem.message, remedy: "" }],
          "The figures cannot be drawn",
        ),
      );
    }
  }

  apply(shown) {
    this.stale = true;
    if (shown) this.show();
  }
}
