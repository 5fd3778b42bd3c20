// Parts of the page that the server writes, asked for again: counts and lists follow what was done.
import { makeMenus } from "./menu.js";

/** Put in what the server says now of every [data-fresh] part; the rest of the page stays. */
export async function fresh() {
  const answer = await fetch(location.pathname, { credentials: "same-origin" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const now = page.querySelector(`[data-fresh="${part.dataset.fresh}"]`);
    if (now) part.replaceChildren(...now.childNodes);
  }
  document.title = page.title;
  makeMenus();
}
