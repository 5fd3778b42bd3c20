// The builder of comparisons, and the list of those that the study asks.
import { byId, el, heading } from "./dom.js";
import { address, change, post } from "./api.js";
import { ADJUST, PAIRING, SIDES, sentence } from "./question_words.js";
import { refuse } from "./say.js";

const PAIRS = "\u0000pairs"; // not names of groups: no file can hold them
const TREND = "\u0000trend";
const options = (pairs, empty = null) =>
  [
    empty === null ? null : el("option", { value: "" }, empty),
    ...pairs.map(([value, words]) => el("option", { value }, words)),
  ].filter(Boolean);

export class Questions {
  /** `done(answer, words)`: show the block that a change brought. */
  constructor(block, done) {
    Object.assign(this, { block, done, quantities: [], made: false });
    this.form = byId("ask-form");
    byId("ask").addEventListener("toggle", () => {
      if (byId("ask").open && !this.made) this.build();
    });
  }

  know(said) {
    this.quantities = (said.quantities || []).map((each) =>
      typeof each === "string" ? { name: each, title: heading(each), keys: [] } : each,
    );
    this.titles = new Map(this.quantities.map((each) => [each.name, each.title]));
    this.asked = said.questions || [];
    byId("ask").hidden = !this.quantities.length;
    this.list();
    if (!this.asked.length && this.quantities.length) byId("ask").open = true;
    if (this.made) this.build();
  }

  list() {
    const room = byId("asked");
    if (!this.asked.length) {
      room.replaceChildren(el("p", { class: "hint" }, "The study asks no question of these numbers yet."));
      return;
    }
    room.replaceChildren(
      el(
        "details",
        {},
        el("summary", {}, `Questions of the study file (${this.asked.length})`),
        el(
          "ul",
          { class: "notes" },
          this.asked.map((ask, i) => {
            const at = ask.index ?? i;
            const words = sentence(ask, this.titles);
            const gone = el(
              "button",
              {
                type: "button",
                class: "small plain",
                "aria-label": `Remove: ${words}`,
                onclick: () => this.remove(at, gone),
              },
              "Remove",
            );
            return el("li", {}, words, " ", gone);
          }),
        ),
      ),
    );
  }

  build() {
    this.made = true;
    const field = (name, words, pairs, empty = null) => {
      const select = el("select", { name, onchange: () => this.changed(name) }, options(pairs, empty));
      this.fields[name] = select;
      return el("label", {}, words, select);
    };
    const kept = this.fields ? this.read() : {};
    this.fields = {};
    this.groups = el("fieldset", {}, el("legend", {}, "Groups"));
    this.preview = el("p", { class: "notice", "aria-live": "polite" });
    this.problems = el("div");
    const main = this.quantities.filter((each) => each.primary !== false);
    const rest = this.quantities.filter((each) => each.primary === false);
    this.form.replaceChildren(
      el(
        "div",
        { class: "row" },
        field(
          "quantity",
          "What is compared",
          [...main, ...rest].map((each) => [each.name, each.title]),
        ),
        field("between", "Between the groups of", []),
        field("versus", "Against", []),
        field("within", "Separately in each", [], "all together"),
        field("alternative", "The question is whether it", Object.entries(SIDES)),
        field("pairing", "Units of two groups are", Object.entries(PAIRING)),
        field("adjust", "Adjust p values by", Object.entries(ADJUST)),
      ),
      this.groups,
      this.preview,
      this.problems,
      el("div", { class: "row" }, el("button", { type: "submit", class: "main" }, "Ask this")),
    );
    for (const [name, value] of Object.entries(kept))
      if (this.fields[name] && typeof value === "string") this.fields[name].value = value;
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.ask();
    };
    this.changed("quantity");
  }

  changed(name) {
    const { quantity, between, versus, within, adjust } = this.fields;
    const keys = this.quantities.find((each) => each.name === quantity.value)?.keys || [];
    const fill = (select, pairs, empty, wanted) => {
      select.replaceChildren(...options(pairs, empty));
      if (pairs.some(([value]) => value === wanted)) select.value = wanted;
    };
    const tell = (key) => [key.name, heading(key.title || key.name)];
    if (name === "quantity") {
      const usual =
        ["treatment", "arm", "group"].find((key) =>
          keys.some((each) => each.name === key && each.values.length > 1),
        ) || keys.find((each) => each.values.length > 1)?.name;
      fill(between, keys.filter((key) => key.values.length > 1).map(tell), null, between.value || usual);
    }
    if (name === "quantity" || name === "between") {
      const values = keys.find((key) => key.name === between.value)?.values || [];
      const control = values.find((value) =>
        /^(vehicle|dmso|control|untreated|pbs|saline|sictrl|shctrl)$/i.test(value),
      );
      const usual = control || (values.length > 2 ? PAIRS : "");
      const open = [
        ["", "each other (two groups)"],
        [PAIRS, "each other, every pair"],
        [TREND, "none: a trend over their order"],
      ].filter(([each]) => each || values.length === 2);
      fill(
        versus,
        [...values.map((value) => [value, value]), ...open],
        null,
        name === "between" ? usual : versus.value || usual,
      );
      const others = keys.filter((key) => key.name !== between.value);
      const several = others.filter((key) => key.values.length > 1);
      const all =
        several.length > 1
          ? [
              [
                several.map((key) => key.name).join(","),
                several.map((key) => heading(key.title || key.name)).join(" and "),
              ],
            ]
          : [];
      fill(
        within,
        [...others.map(tell), ...all],
        "all together",
        (name === "between" ? "" : within.value) || all[0]?.[0] || several[0]?.name || "",
      );
      this.groups.replaceChildren(
        el("legend", {}, "Groups"),
        el(
          "div",
          { class: "row middle" },
          values.map((value) =>
            el(
              "label",
              { class: "beside" },
              el("input", {
                type: "checkbox",
                name: "groups",
                value,
                checked: true,
                onchange: () => this.say(),
              }),
              value,
            ),
          ),
        ),
      );
      this.groups.hidden = values.length < 3;
    }
    if (name !== "adjust" && ["dunnett", "tukey"].includes(adjust.value))
      adjust.value =
        versus.value === PAIRS ? "tukey" : versus.value && versus.value !== TREND ? "dunnett" : "holm";
    this.say();
  }

  read() {
    const fields = Object.fromEntries(
      Object.entries(this.fields)
        .map(([name, select]) => [name, select.value])
        .filter(([, value]) => value),
    );
    const boxes = [...this.form.querySelectorAll("input[name=groups]")];
    if (boxes.some((box) => !box.checked))
      fields.groups = boxes
        .filter((box) => box.checked || box.value === fields.versus)
        .map((box) => box.value);
    if (fields.within?.includes(",")) fields.within = fields.within.split(",");
    if (fields.versus === PAIRS) fields.all_pairs = true;
    if (fields.versus === TREND) fields.trend = true;
    if (fields.versus === PAIRS || fields.versus === TREND) delete fields.versus;
    for (const [name, usual] of [
      ["alternative", "two-sided"],
      ["pairing", "auto"],
      ["adjust", "holm"],
    ])
      if (fields[name] === usual) delete fields[name];
    return fields;
  }

  say() {
    this.preview.textContent = sentence(this.read(), this.titles);
  }

  async ask() {
    const fields = this.read();
    const go = this.form.querySelector("button.main");
    go.disabled = true;
    try {
      const answer = await post(address(this.block, "/questions"), fields);
      this.problems.replaceChildren();
      await this.done(answer, "The question was added to the study file");
    } catch (problem) {
      refuse(problem, this.problems, "This question cannot be asked");
    }
    go.disabled = false;
  }

  async remove(index, button) {
    button.disabled = true;
    try {
      const answer = await change("DELETE", address(this.block, `/questions/${index}`));
      await this.done(answer, "The question was removed from the study file");
      document.querySelector("#asked summary")?.focus();
    } catch (problem) {
      button.disabled = false;
      refuse(problem, null, "The question was not removed");
    }
  }
}
