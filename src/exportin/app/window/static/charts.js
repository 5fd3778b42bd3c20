// Live figures: the view as data, drawn in the page; a click on a point leaves its row out.
import { byId, el } from "./dom.js";
import { address, get } from "./api.js";
import { drawView } from "/static/screen/view.js";

export class Charts {
  /** `opens(rowIds, back)`: leave out or take back; `views`: [{name, title, caption, digest}]. */
  constructor(block, views, opens) {
    Object.assign(this, { block, opens, data: new Map() });
    this.list = byId("views");
    this.box = byId("chart");
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-view]");
      if (button) this.show(button.dataset.view);
    });
    this.know(views);
  }

  /** Names of figures that are on the screen: those that a change shall bring back. */
  get visible() {
    return this.now ? [this.now] : [];
  }

  get digests() {
    const view = this.views.find((each) => each.name === this.now);
    return view && this.data.has(this.now) ? { [view.name]: view.digest } : {};
  }

  know(views) {
    this.views = views || [];
    byId("charts").hidden = !this.views.length;
    const names = this.views.map((view) => view.name);
    const shown = [...this.list.querySelectorAll("button")].map((button) => button.dataset.view);
    if (names.join("\n") !== shown.join("\n")) {
      this.list.replaceChildren(
        ...this.views.map((view) =>
          el("li", {}, el("button", { type: "button", "data-view": view.name }, view.title)),
        ),
      );
    }
    if (!names.includes(this.now)) this.now = names[0];
    this.press();
  }

  press() {
    for (const button of this.list.querySelectorAll("button"))
      button.setAttribute("aria-pressed", String(button.dataset.view === this.now));
    const view = this.views.find((each) => each.name === this.now);
    byId("chart-caption").textContent = view?.caption || "";
    this.box.setAttribute("aria-label", view ? `Figure: ${view.title}` : "Figure");
  }

  async show(name = this.now) {
    if (!name) return;
    this.now = name;
    this.press();
    const view = this.views.find((each) => each.name === name);
    const kept = this.data.get(name);
    if (!kept || kept.digest !== view?.digest) {
      this.box.setAttribute("aria-busy", "true");
      const json = await get(address(this.block, `/views/${encodeURIComponent(name)}`));
      this.data.set(name, { digest: view?.digest, json });
    }
    if (this.now === name) this.draw();
  }

  draw() {
    this.box.removeAttribute("aria-busy");
    const kept = this.data.get(this.now);
    if (!kept) return;
    if (this.handle && this.drawn === this.now) {
      this.handle.update(kept.json);
      return;
    }
    this.handle?.destroy();
    this.box.replaceChildren();
    this.drawn = this.now;
    this.handle = drawView(this.box, kept.json, {
      onRow: (rowId, event, rowIds) => this.opens(rowIds || [rowId], () => this.focus(rowId)),
    });
  }

  /** Tumor volume of a visit as a figure shows it; null where none of those here does. */
  volume(rowId) {
    for (const { json } of this.data.values())
      for (const panel of json.panels) {
        if (!/volume/i.test(panel.y.label)) continue;
        for (const { frame } of panel.marks) {
          const at = frame.row_id?.indexOf(rowId) ?? -1;
          if (at >= 0 && frame.y[at] !== null) return { value: frame.y[at], unit: panel.y.unit };
        }
      }
    return null;
  }

  focus(rowId) {
    if (!this.handle?.focus(rowId)) this.list.querySelector('[aria-pressed="true"]')?.focus();
  }

  /** Take what a change brought; views that were not sent are asked for when they are looked at. */
  apply(views, changed = {}) {
    this.know(views);
    const digest = new Map(this.views.map((view) => [view.name, view.digest]));
    for (const [name, json] of Object.entries(changed))
      this.data.set(name, { digest: digest.get(name), json });
    for (const name of [...this.data.keys()])
      if (this.data.get(name).digest !== digest.get(name)) this.data.delete(name);
    return this.show();
  }
}
