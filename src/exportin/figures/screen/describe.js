// What a marker says of itself: in the tooltip, and to who cannot see it.
import {valueText} from "./numbers.js";
import {axisTitle, literal} from "./text.js";

const FEW = 4; // rows that are named before the others are counted
const NAMES = {low: "from", high: "to"};

function value(panel, mark, name, i) {
  const raw = mark.cols[name]?.[i];
  if (raw === null || raw === undefined) return "";
  const axis = name === "value" ? panel.value : panel[name[0] === "y" ? "y" : "x"];
  if (!mark.numeric[name]) return literal(String(raw).replaceAll("\n", ", "));
  if (axis?.scale === "category" && name !== "value") return literal(axis.categories[Math.round(raw)] ?? "");
  const at = axis?.ticks.indexOf(raw) ?? -1; // an axis that is a transform says it in its own words
  if (at >= 0 && axis.tick_words.length) return literal(axis.tick_words[at]);
  const said = valueText(raw);
  return said && axis?.unit ? `${said} ${literal(axis.unit)}` : said;
}

// Name and value of everything the row has, in words of the axes.
export function parts(pen, {mark, i}) {
  const {panel} = pen, cols = mark.cols, found = [];
  const add = (name, said) => { if (said) found.push([literal(name), said]); };
  const nameless = !panel.x.label && !panel.y.label; // a plate: the row and column are the well
  if (nameless) add("", value(panel, mark, "y", i) + value(panel, mark, "x", i));
  for (const name of nameless ? [] : ["x", "y"]) {
    const transformed = panel[name].tick_words.length > 0;
    if (!transformed || !mark.numeric[name]) add(panel[name].label, value(panel, mark, name, i));
  }
  if (cols.value) add(panel.value?.label ?? "Value", value(panel, mark, "value", i));
  if (mark.kind === "interval") {
    const side = cols.low && mark.along !== "auto" ? mark.along : panel.x.scale === "category" ? "y" : "x";
    for (const name of ["low", "high"]) {
      const axis = panel[side], raw = cols[name]?.[i];
      if (Number.isFinite(raw)) add(NAMES[name], `${valueText(raw)}${axis.unit ? ` ${literal(axis.unit)}` : ""}`);
    }
  }
  const plain = (name) => (cols[name]?.[i] ?? null) !== null && literal(String(cols[name][i]));
  add("group", plain("group"));
  add("symbol", plain("symbol"));
  if (mark.faint) add("symbol", plain("curve"));
  return found;
}

// Raw rows behind a marker, in words; there may be several.
export function rowWords(rowId) {
  const rows = rowsOf(rowId).map(literal);
  const rest = rows.length - FEW;
  return rest > 1 ? `${rows.slice(0, FEW).join(", ")} and ${rest} more` : rows.join(", ");
}

// Raw rows behind a marker: one per line.
export function rowsOf(rowId) {
  return rowId.split("\n");
}

export function isOut({mark, i}) {
  return Boolean(mark.cols.hollow?.[i]);
}

// One line for who listens: row, x, y, group, and whether it is left out.
export function spoken(pen, hit) {
  const said = parts(pen, hit).map(([name, text]) => (
    name === "group" || name === "symbol" || !name ? text : `${name} ${text}`));
  const row = hit.rowId === null ? [] : [rowWords(hit.rowId)];
  return [...row, ...said, ...(isOut(hit) ? ["left out"] : [])].join(", ");
}

// Lines of the tooltip; what the page adds comes last.
export function lines(pen, hit, describe) {
  const said = parts(pen, hit).map(([name, text]) => (
    name === "group" || name === "symbol" || !name ? text : `${name}: ${text}`));
  const rowId = hit.rowId ?? pen.panel.row_id; // a panel may stand for one row, such as a tube
  const label = hit.mark.label ? [literal(hit.mark.label)] : [];
  const head = rowId ? [rowWords(rowId)] : label;
  const more = describe ? describe(rowId || null, datum(pen, hit)) : null;
  const own = more === null || more === undefined || more === "" ? [] : [more].flat();
  return [...head, ...said, ...(isOut(hit) ? ["left out"] : []), ...own.map((l) => literal(String(l)))];
}

// The row as the page gets it: its columns, and where it is drawn.
export function datum(pen, {mark, i}) {
  const row = Object.fromEntries(Object.keys(mark.frame).map((name) => [name, mark.frame[name][i]]));
  return {...row, kind: mark.kind, label: mark.label, panel: pen.panel.title,
    x_title: axisTitle(pen.panel.x), y_title: axisTitle(pen.panel.y)};
}
