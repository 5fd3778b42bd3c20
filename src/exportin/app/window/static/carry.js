// One line that is said on the page that comes next.
import { say } from "./say.js";

const KEY = "exportin:said";

/** Go to another page and say there what was done. */
export function goAndSay(path, words) {
  sessionStorage.setItem(KEY, words);
  location.assign(path);
}

/** Say what the page before has left to say. */
export function sayCarried() {
  const words = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (words) say(words, 15);
}
