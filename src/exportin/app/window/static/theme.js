// Light, dark, or what the system says. Read before the page is drawn, so that nothing flashes.
(function () {
  "use strict";
  const ORDER = ["auto", "light", "dark"];
  const KEY = "exportin-theme"; // how the window looks is the browser's business; the study is not

  function kept() {
    try {
      const said = localStorage.getItem(KEY);
      return ORDER.includes(said) ? said : "auto";
    } catch {
      return "auto";
    }
  }

  function wear(name) {
    if (name === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    document.dispatchEvent(new CustomEvent("exportin:theme", { detail: name }));
  }

  wear(kept());
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) return;
    let now = kept();
    const say = () => {
      button.textContent = `Theme: ${now}`;
    };
    button.hidden = false;
    say();
    button.addEventListener("click", () => {
      now = ORDER[(ORDER.indexOf(now) + 1) % ORDER.length];
      try {
        localStorage.setItem(KEY, now);
      } catch {
        /* a private window forgets it */
      }
      wear(now);
      say();
    });
  });
})();
