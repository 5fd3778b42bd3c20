// Parts of the block page: one at a time, named in the address, so that Back works and links point.
export class Parts {
  constructor(shown) {
    this.parts = [...document.querySelectorAll(".part")];
    this.shown = shown;
    addEventListener("hashchange", () => this.go());
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-show]");
      if (link && location.hash === link.hash) scrollTo({ top: 0 });
    });
    this.go(true);
  }

  get now() {
    return this.parts.find((part) => !part.hidden)?.id || "results";
  }

  go(first = false) {
    const name = decodeURIComponent(location.hash.slice(1));
    const target = name ? document.getElementById(name) : null;
    const part = target?.closest(".part") || (name && !target && !first ? null : this.parts[0]);
    if (!part) return;
    const moved = part.hidden || first;
    for (const each of this.parts) each.hidden = each !== part;
    for (const link of document.querySelectorAll("a[data-show]")) {
      if (link.dataset.show === part.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (target === part) scrollTo({ top: 0 });
    else if (target) target.scrollIntoView();
    if (moved) this.shown(part.id);
  }
}
