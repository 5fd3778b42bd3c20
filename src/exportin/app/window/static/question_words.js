// A question of the study file in plain words: the preview of the builder, and the list of those asked.
import { heading } from "./dom.js";

export const ADJUST = {
  holm: "Holm: any family, the usual choice",
  dunnett: "Dunnett: each group against one",
  tukey: "Tukey: every pair",
  bonferroni: "Bonferroni",
  hochberg: "Hochberg",
  bh: "Benjamini and Hochberg: many comparisons, false discovery rate",
  none: "none",
};
export const SIDES = { "two-sided": "differs in either direction", less: "is lower", greater: "is higher" };
export const PAIRING = {
  auto: "matched where the same unit is in all groups",
  paired: "always matched (paired)",
  unpaired: "never matched (unpaired)",
  blocked: "in blocks (more than two groups)",
};

const list = (items) =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
const low = (name) => heading(name).replace(/^[A-Z](?=[a-z])/, (c) => c.toLowerCase());

/** "Does the IC50 differ between selinexor and doxorubicin, in each model?" */
export function sentence(ask, titles = new Map()) {
  const quantity = titles.get(ask.quantity) || low(ask.quantity || "the number");
  const between = low(ask.between || "group");
  const groups = ask.groups?.length ? list(ask.groups) : "";
  const within = [ask.within].flat().filter(Boolean).map(low);
  const side = ask.alternative || "two-sided";
  let text;
  if (ask.trend) text = `Does ${quantity} rise or fall over ${groups || `the values of ${between}`}`;
  else if (ask.modifier) text = `Does ${low(ask.modifier)} change the effect of ${between} on ${quantity}`;
  else if (ask.versus) {
    const each = groups ? list(ask.groups.filter((name) => name !== ask.versus)) : `each other ${between}`;
    text =
      side === "two-sided"
        ? `Does ${quantity} of ${each} differ from that of ${ask.versus}`
        : `Is ${quantity} of ${each} ${side === "less" ? "lower" : "higher"} than that of ${ask.versus}`;
  } else
    text = `Does ${quantity} differ between ${ask.all_pairs ? "every two of " : ""}${groups || `the groups of ${between}`}`;
  text += within.length ? `, in each ${list(within)} separately?` : "?";
  const more = [];
  if (ask.test && ask.test !== "auto") more.push(`Test: ${ask.test}.`);
  if (ask.level === "within") more.push("Wells of one unit; technical.");
  else
    more.push(
      ask.adjust === "none"
        ? "p values are not adjusted."
        : `Where there are several tests, p values are adjusted over all of them (${(ADJUST[ask.adjust || "holm"] || ask.adjust).split(":")[0]}).`,
    );
  if (ask.pairing && ask.pairing !== "auto") more.push(`Units are ${PAIRING[ask.pairing]}.`);
  return `${text} ${more.join(" ")}`;
}
