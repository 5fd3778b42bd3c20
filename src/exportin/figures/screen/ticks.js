// Which ticks an axis gets and how they are written; the same choices as in print.
import {MM, SIZE} from "./style.js";
import {ZERO_GAP} from "./scales.js";
import {general, powerText, tickText} from "./numbers.js";
import {heightOf, literal, widest, widestWord, wrap} from "./text.js";

const ROOM_MM = {x: 8, y: 6}; // a labeled tick per so many mm
export const Y_LABEL = 0.24; // of the figure's width, the widest category left of a panel
const MAX_LINES = 6; // of a wrapped category under a panel before it is turned
const PLAIN_LOW = 1e-3, PLAIN_HIGH = 1e5;
const STEPS = [1, 2, 2.5, 5, 10];
const STAIRS = [...STEPS.slice(0, -1).map((s) => 0.1 * s), ...STEPS, 10 * STEPS[1]];

function decadesFrom(scale) {
  return scale.zero === null ? scale.low : scale.zero + 0.8 * ZERO_GAP;
}

// Positions of 2, 3 ... 9 of every decade on a log axis.
function fineTicks(scale) {
  const low = decadesFrom(scale), fine = [];
  for (let d = Math.floor(low); d <= Math.ceil(scale.high); d += 1) {
    for (let m = 2; m < 10; m += 1) fine.push(d + Math.log10(m));
  }
  return fine.filter((v) => low <= v && v <= scale.high);
}

function remainder(a, b) {
  return ((a % b) + b) % b;
}

function decadeTicks(scale, most) {
  const low = decadesFrom(scale), fine = fineTicks(scale), decades = [];
  for (let d = Math.ceil(low - 1e-9); d <= Math.floor(scale.high + 1e-9); d += 1) decades.push(d);
  if (decades.length >= 2 || most < 3) {
    const step = Math.max(1, Math.ceil(decades.length / Math.max(most, 1)));
    const skipped = decades.filter((d) => remainder(d, step));
    return [decades.filter((d) => !remainder(d, step)), step === 1 ? fine : skipped];
  }
  const wanted = scale.high - low < 1.5 ? [1, 2, 5] : [1, 3];
  const digit = (v) => Math.round(10 ** (v - Math.floor(v + 1e-9)));
  const labeled = [...decades, ...fine.filter((v) => wanted.includes(digit(v)))];
  labeled.sort((a, b) => a - b);
  return [labeled.length ? labeled : fine, fine];
}

// Division that rounds down, exactly as the printer's does.
function divmod(a, b) {
  let rest = a % b;
  if (rest !== 0 && b < 0 !== rest < 0) rest += b;
  const ratio = (a - rest) / b;
  const floor = Math.floor(ratio);
  return [ratio - floor > 0.5 ? floor + 1 : floor, rest];
}

function edgeTicks(low, high, step, offset) {
  const digits = offset ? Math.log10(Math.abs(offset) / step) : -Infinity;
  const slack = offset ? Math.min(0.4999, Math.max(1e-10, 10 ** (digits - 12))) : 1e-10;
  const start = divmod(low, step)[0] * step;
  const [below, restBelow] = divmod(low - start, step);
  const [above, restAbove] = divmod(high - start, step);
  const first = Math.abs(restBelow / step - 1) < slack ? below + 1 : below;
  const last = Math.abs(restAbove / step) < slack ? above : above + 1;
  const ticks = [];
  for (let n = first; n <= last; n += 1) ticks.push(n * step + start);
  return ticks;
}

// Round numbers inside the limits: the printer's choice (matplotlib's MaxNLocator).
export function numberTicks(scale, most) {
  const {low, high} = scale;
  const bins = Math.max(most, 2), middle = (high + low) / 2;
  const far = Math.abs(middle) / Math.abs(high - low) >= 100;
  const offset = far ? Math.sign(middle) * 10 ** Math.floor(Math.log10(Math.abs(middle))) : 0;
  const unit = 10 ** Math.floor(Math.log10(Math.abs(high - low) / bins));
  const [from, to] = [low - offset, high - offset];
  const steps = STAIRS.map((s) => s * unit);
  const enough = steps.findIndex((s) => s >= (to - from) / bins);
  let ticks = [];
  for (let i = enough < 0 ? steps.length - 1 : enough; i >= 0; i -= 1) {
    ticks = edgeTicks(from, to, steps[i], offset);
    if (ticks.filter((t) => t >= from && t <= to).length >= 2) break;
  }
  const margin = 1e-9 * (high - low);
  return ticks.map((t) => t + offset).filter((v) => low - margin <= v && v <= high + margin);
}

function logPlan(scale, most) {
  const [at, minor] = decadeTicks(scale, most);
  const values = at.map((v) => Number((10 ** v).toPrecision(6)));
  const plain = values.every((v) => v >= PLAIN_LOW && v <= PLAIN_HIGH);
  const words = at.map((p, i) => (
    !plain && Math.abs(p - Math.round(p)) < 1e-6 ? powerText(Math.round(p)) : tickText(values[i])));
  if (scale.zero === null) return {at, words, minor};
  return {at: [scale.zero, ...at], words: ["0", ...words], minor};
}

function category(name, side, limit) {
  const lines = wrap(name, limit, SIZE.tick);
  const whole = name.split("\n").every((line) => widestWord(line, SIZE.tick) <= limit);
  if (side === "y" || (whole && lines.length <= MAX_LINES)) return lines.join("\n");
  return name.split("\n").map(literal).join("\n");
}

// Positions and words of labeled ticks, positions of minor ticks; length and page in pixels.
export function tickPlan(scale, side, length, page) {
  const {axis} = scale;
  if (axis.scale === "category") {
    const names = axis.categories;
    const limit = side === "y" ? Y_LABEL * page : length / Math.max(names.length, 1) - 0.8 * MM;
    const words = names.map((name) => category(name, side, limit));
    return {at: names.map((_, i) => i), words, minor: []};
  }
  const most = Math.max(Math.floor(length / MM / ROOM_MM[side] + 1e-9), 2);
  if (axis.ticks.length) {
    const words = axis.tick_words.length ? axis.tick_words : axis.ticks.map(tickText);
    const kept = axis.ticks.map((v, i) => [scale.at(v), words[i]])
      .filter(([at]) => scale.low <= at && at <= scale.high);
    const minor = axis.scale === "log10" ? fineTicks(scale) : [];
    return {at: kept.map(([at]) => at), words: kept.map(([, word]) => word), minor};
  }
  if (axis.scale === "linear") {
    const at = numberTicks(scale, most);
    return {at, words: at.map((v) => tickText(Number(general(v, 10)))), minor: []};
  }
  return logPlan(scale, most);
}

// Categories that do not fit their place are turned; thinned out where not even that helps.
export function turned(scale, plan, length, page) {
  const lines = plan.words.flatMap((word) => word.split("\n"));
  const pitch = length / Math.max(plan.words.length, 1);
  if (widest(lines, SIZE.tick) <= pitch - 0.6 * MM) return {...plan, angle: 0};
  const limit = pitch > heightOf(2, SIZE.tick) ? Y_LABEL * page : page;
  const names = scale.axis.categories
    .map((name) => wrap(name.replaceAll("\n", ", "), limit, SIZE.tick).join("\n"));
  const deep = heightOf(Math.max(...names.map((name) => name.split("\n").length)), SIZE.tick);
  const steep = pitch < 1.5 * deep;
  const step = steep ? Math.ceil((0.95 * deep) / pitch) : 1;
  return {...plan, words: names.map((name, i) => (i % step ? "" : name)), angle: steep ? 90 : 45};
}
