"""Which ticks an axis gets and how they are written."""

from math import ceil, floor, isfinite, log10

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from exportin.figures.lettering import height_mm, literal, widest_word_mm, width_mm, wrap
from exportin.figures.scales import ZERO_GAP, Scale, Side
from exportin.figures.style import TICK_PT
from exportin.results.typography import power_text

ROOM_MM = {"x": 8.0, "y": 6.0}  # a labeled tick per so many mm
Y_LABEL = 0.24  # of the figure's width, the widest category left of a panel
MAX_LINES = 6  # of a wrapped category under a panel before it is turned
PLAIN_LOW, PLAIN_HIGH = 1e-3, 1e5  # written 0.001 ... 100000, beyond as 10⁻⁹


def tick_text(value: float) -> str:
    """Write a tick in plain digits, very large and small ones with powers of ten.

    >>> tick_text(1000.0), tick_text(1e-9), tick_text(2.5e7)
    ('1000', '10⁻⁹', '2.5×10⁷')
    """
    if value == 0 or PLAIN_LOW <= abs(value) <= PLAIN_HIGH or not isfinite(value):
        return f"{value:.10g}".replace("-", "−")
    power = floor(log10(abs(value)) + 1e-12)
    factor = f"{value / 10.0**power:.4g}"
    if factor == "1":
        return power_text(power)
    return f"{factor.replace('-', '−')}×{power_text(power)}"


def fine_ticks(scale: Scale) -> list[float]:
    """Positions of 2, 3 ... 9 of every decade on a log axis."""
    low = scale.low if scale.zero is None else scale.zero + 0.8 * ZERO_GAP
    fine = [d + log10(m) for d in range(floor(low), ceil(scale.high) + 1) for m in range(2, 10)]
    return [v for v in fine if low <= v <= scale.high]


def decade_ticks(scale: Scale, most: int) -> tuple[list[float], list[float]]:
    """Positions of labeled ticks and of minor ticks on a log axis."""
    low = scale.low if scale.zero is None else scale.zero + 0.8 * ZERO_GAP
    fine = fine_ticks(scale)
    decades = [float(d) for d in range(ceil(low - 1e-9), floor(scale.high + 1e-9) + 1)]
    if len(decades) >= 2 or most < 3:
        step = max(1, ceil(len(decades) / max(most, 1)))
        skipped = [d for d in decades if d % step]
        return [d for d in decades if not d % step], fine if step == 1 else skipped
    wanted = {1, 2, 5} if scale.high - low < 1.5 else {1, 3}
    digits = {v: round(10 ** (v - floor(v + 1e-9))) for v in fine}
    labeled = sorted([*decades, *(v for v in fine if digits[v] in wanted)])
    return labeled or fine, fine


def number_ticks(scale: Scale, most: int) -> list[float]:
    """Round numbers inside the limits."""
    picker = MaxNLocator(nbins=max(most, 2), steps=[1, 2, 2.5, 5, 10])
    margin = 1e-9 * (scale.high - scale.low)
    inside = (float(v) for v in picker.tick_values(scale.low, scale.high))
    return [v for v in inside if scale.low - margin <= v <= scale.high + margin]


def tick_plan(
    scale: Scale, side: Side, mm: float, page_mm: float
) -> tuple[list[float], list[str], list[float]]:
    """Positions and words of labeled ticks, positions of minor ticks."""
    if scale.axis.scale == "category":
        names = scale.axis.categories
        limit = Y_LABEL * page_mm if side == "y" else mm / max(len(names), 1) - 0.8
        at = [float(i) for i in range(len(names))]
        return at, [_category(name, side, limit) for name in names], []
    most = max(int(mm / ROOM_MM[side]), 2)
    if scale.axis.ticks:
        every = scale.axis.ticks
        said = dict(zip(every, scale.axis.tick_words or map(tick_text, every), strict=True))
        kept = [v for v in every if scale.low <= scale.at(v) <= scale.high]
        minor = fine_ticks(scale) if scale.axis.scale == "log10" else []
        return [scale.at(v) for v in kept], [said[v] for v in kept], minor
    if scale.axis.scale == "linear":
        at = number_ticks(scale, most)
        return at, [tick_text(float(f"{v:.10g}")) for v in at], []
    return _log_plan(scale, most)


def _log_plan(scale: Scale, most: int) -> tuple[list[float], list[str], list[float]]:
    at, minor = decade_ticks(scale, most)
    values = [float(f"{10.0**v:.6g}") for v in at]
    plain = all(PLAIN_LOW <= v <= PLAIN_HIGH for v in values)
    words = [
        power_text(round(p)) if not plain and abs(p - round(p)) < 1e-6 else tick_text(v)
        for p, v in zip(at, values, strict=True)
    ]  # one axis is written in one way
    if scale.zero is not None:
        return [scale.zero, *at], ["0", *words], minor
    return at, words, minor


def _category(name: str, side: Side, limit: float) -> str:
    """Wrap a category if its words fit; otherwise leave it on one line, to be turned."""
    lines = wrap(name, limit, TICK_PT)
    whole = max(widest_word_mm(line, TICK_PT) for line in name.split("\n")) <= limit
    if side == "y" or (whole and lines.count("\n") < MAX_LINES):
        return lines
    return "\n".join(literal(line) for line in name.split("\n"))


def turn_categories(ax: Axes, scale: Scale, mm: float, page_mm: float) -> None:
    """Turn categories that do not fit their place; thin them out where not even that helps."""
    at, words, _ = tick_plan(scale, "x", mm, page_mm)
    pitch = mm / max(len(words), 1)
    lines = [line for word in words for line in word.split("\n")]
    if max((width_mm(line, TICK_PT) for line in lines), default=0.0) <= pitch - 0.6:
        return
    limit = Y_LABEL * page_mm if pitch > height_mm(2, TICK_PT) else page_mm
    names = [wrap(name.replace("\n", ", "), limit, TICK_PT) for name in scale.axis.categories]
    deep = height_mm(max(name.count("\n") + 1 for name in names), TICK_PT)
    steep = pitch < 1.5 * deep
    step = ceil(0.95 * deep / pitch) if steep else 1
    ax.set_xticks(at, labels=["" if i % step else name for i, name in enumerate(names)])
    for label in ax.get_xticklabels():
        label.set(rotation=90 if steep else 45, rotation_mode="anchor", ha="right")
        label.set(va="center" if steep else "top")
