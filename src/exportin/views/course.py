"""What figures over time share: animals, mean curves, doses, who left and who is still there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import polars as pl

from exportin.contract.view import Axis, Mark, ShapeName
from exportin.views.frames import complete, empty_if_none, in_order
from exportin.views.time_axis import most_ticks, table_ticks, time_ticks

ANIMALS, MEANS, DOSES = "panel group animal x y", "panel group x y", "group x"
ENDS, AT_RISK = "panel group x y removal", "panel group x n"
DOSE, NOT_STATED = "dose", "left, reason not stated"
DEATH, PLANNED = "toxicity or found dead", "planned or end of study"
REMOVALS = {
    "tumor_limit": "tumor limit",
    "toxicity": DEATH,
    "found_dead": DEATH,
    "planned_harvest": PLANNED,
    "end": PLANNED,
}
SHAPES: tuple[tuple[str, ShapeName], ...] = (
    (DOSE, "down"),
    ("tumor limit", "cap"),
    (DEATH, "cross"),
    (PLANNED, "tick"),
    (NOT_STATED, "plus"),
)
ALIKE = 7  # from more groups on colors repeat, and curves get markers
EDGE = 0.03  # free space beside the first and the last day, of the width
DOSE_ROW, DOSE_ROWS = 0.05, 0.22  # height of a row of dose days, and of all at most, of the panel
Frame = pl.DataFrame | None
Rows = Mapping[str | None, float]  # heights of the rows of dose days, by arm


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Frames of a figure over time, complete, with the order of arms and of panels."""

    animals: pl.DataFrame
    means: pl.DataFrame
    ends: pl.DataFrame
    doses: pl.DataFrame
    at_risk: pl.DataFrame
    groups: tuple[str, ...]
    panels: tuple[str, ...]

    @classmethod
    def of(
        cls,
        animals: Frame,
        means: Frame = None,
        ends: Frame = None,
        doses: Frame = None,
        at_risk: Frame = None,
        *,
        groups: Sequence[str] = (),
        panels: Sequence[str] = (),
    ) -> Self:
        """Check columns, fill in defaults, fix the order of arms and panels.

        Raises
        ------
        ValueError
            A column is missing or a reason for leaving is not one of ``REMOVALS``.
        """
        lines = complete(empty_if_none(animals, ANIMALS), "animals", ANIMALS, "hollow row_id")
        curves = complete(empty_if_none(means, MEANS), "means", MEANS, "low high dashed")
        left = complete(_stand_in(ends, ENDS), "ends", ENDS)
        risk = complete(empty_if_none(at_risk, AT_RISK), "at_risk", AT_RISK)
        every = [lines, curves]
        shown = in_order(panels, [*every, risk], "panel")
        given = empty_if_none(doses, f"panel {DOSES}")
        if "panel" not in given.columns:
            given = given.join(pl.DataFrame({"panel": shown}, schema={"panel": str}), how="cross")
        return cls(
            animals=lines.with_columns(pl.col("x", "y").cast(pl.Float64).fill_nan(None)),
            means=curves.with_columns(
                pl.col("x", "y", "low", "high").cast(pl.Float64).fill_nan(None)
            ),
            ends=left.with_columns(symbol=_reasons(left)),
            doses=complete(given, "doses", f"panel {DOSES}").unique(maintain_order=True),
            at_risk=risk,
            groups=tuple(in_order(groups, [*every, risk, given], "group")),
            panels=tuple(shown),
        )

    def panel(self, name: str) -> Self:
        """Return the rows of one panel."""
        frames = {n: getattr(self, n) for n in ("animals", "means", "ends", "doses", "at_risk")}
        return replace(self, **{n: f.filter(panel=name) for n, f in frames.items()})

    def numbers(self, name: str) -> list[float]:
        """Every x or y of animals and curves; excluded rows do not stretch an axis."""
        kept = self.animals.filter(~pl.col("hollow"))
        columns = [f.get_column(name).cast(pl.Float64) for f in (kept, self.means, self.ends)]
        found = pl.concat(columns).drop_nulls()
        return [float(v) for v in found.filter(found.is_finite()).to_list()]


def _stand_in(frame: Frame, columns: str) -> pl.DataFrame:
    words = {"panel", "group", "removal"}
    schema = {c: pl.String if c in words else pl.Float64 for c in columns.split()}
    return pl.DataFrame(schema=schema) if frame is None else frame


def _reasons(ends: pl.DataFrame) -> pl.Series:
    """Words for the reasons why animals left."""
    codes = ends.get_column("removal").cast(pl.String)
    strange = sorted(set(codes.drop_nulls()) - set(REMOVALS) - {""})
    if strange:
        raise ValueError(f"ends: removal {strange} is not known; it can be {list(REMOVALS)}")
    words = [REMOVALS.get(code or "", NOT_STATED) for code in codes.to_list()]
    return pl.Series("symbol", words, dtype=pl.String)


def time_axis(course: Course, axis: Axis, columns: int, width: Literal["single", "double"]) -> Axis:
    """Axis of time that all panels share; with a table under it, ticks are times of the table."""
    days = [*course.numbers("x"), *course.doses.get_column("x").cast(float).drop_nulls().to_list()]
    most = most_ticks(columns, len(course.panels), width)
    known = course.at_risk.get_column("x").cast(float).to_list()
    days = days or known  # a table may go on after the last animal has left, the axis does not
    low, high = min(days, default=0.0), max(days, default=1.0)
    ticks = (
        table_ticks(known, low, high, most, axis.unit)
        if known
        else time_ticks(low, high, most, axis.unit)
    )
    low, high = min([low, *ticks]), max([high, *ticks])
    room = EDGE * (high - low) or 1.0
    return replace(axis, low=low - room, high=high + room, ticks=ticks)


def dosed(course: Course) -> tuple[str | None, ...]:
    """Name the arms that have dose days, in order; only None if all have the same days."""
    days = {
        group: frozenset(part.select("panel", "x").iter_rows())
        for (group,), part in course.doses.group_by(["group"])
    }
    if len(days) > 1 and len(set(days.values())) == 1:
        return (None,)
    return tuple(g for g in course.groups if g in days)


def dose_part(course: Course) -> float:
    """Part of the panel's height that rows of dose days take."""
    rows = len(dosed(course))
    return min(DOSE_ROW * (rows + 0.4), DOSE_ROWS) if rows else 0.0


def dose_rows(course: Course, top: float, size: float) -> tuple[float, Rows]:
    """Place a row of dose days per dosed arm above the data.

    Parameters
    ----------
    course
        All panels.
    top, size
        Where the data end, and their range, in positions of the axis.

    Returns
    -------
    float
        Where the axis ends.
    dict
        Position of each arm's row.
    """
    part, arms = dose_part(course), dosed(course)
    strip = size * part / (1 - part)
    each = strip / (len(arms) + 0.2)
    return top + strip, {g: top + each * (len(arms) - i - 0.4) for i, g in enumerate(arms)}


def dose_mark(course: Course, rows: Rows) -> Mark:
    """Triangles on the dose days, at the heights of the arms; one row if all arms are alike."""
    doses = course.doses
    if None in rows:
        doses = doses.with_columns(group=pl.lit(None, dtype=pl.String)).unique(maintain_order=True)
        y = pl.lit(rows[None])
    else:
        y = pl.col("group").replace_strict(rows, default=None, return_dtype=pl.Float64)
    frame = doses.select("x", y.alias("y"), "group", pl.lit(DOSE).alias("symbol"))
    return Mark(kind="points", frame=frame, label="dose", faint=True)


def animal_marks(course: Course) -> list[Mark]:
    """Draw a line per animal (pale behind mean curves), its end, and rows that are excluded."""
    faint = bool(course.means.height)
    kept = course.animals.filter(~pl.col("hollow"), pl.col("y").is_not_null()).sort("x")
    alone = kept.filter(pl.len().over("group", "animal") == 1)
    out = course.animals.filter("hollow")
    line = kept.select("x", "y", "group", pl.col("animal").alias("curve"), "row_id")
    marked = kept if len(course.groups) > ALIKE and not faint else kept.clear()
    return [
        Mark(kind="line", frame=line, label="animals", faint=faint, thin=not faint),
        Mark(kind="points", frame=alone.select("x", "y", "group", "row_id"), label="single visit",
             faint=True),
        Mark(kind="points", frame=out.select("x", "y", "group", "hollow", "row_id"),
             label="excluded", faint=True),
        Mark(kind="points", frame=marked.select("x", "y", "group"), label="visits", faint=True),
        Mark(kind="points", frame=course.ends.select("x", "y", "group", "symbol"), label="left"),
    ]  # fmt: skip


def mean_marks(course: Course, ticks: Sequence[float], *, model: bool = False) -> list[Mark]:
    """Mean curves with their bands, and markers that tell arms apart without color.

    A curve of a model has one marker, at its end: markers along it would look like visits.
    """
    means = course.means.sort("x")
    band = means.filter(pl.col("low").is_not_null(), pl.col("high").is_not_null())
    known = means.filter(pl.col("y").is_not_null())
    several = course.groups[1:]
    ends = known.group_by("group", maintain_order=True).last() if several else known.clear()
    points = ends.select("x", "y", "group") if model else _named_points(known, course.groups, ticks)
    return [
        Mark(kind="band", frame=band.select("x", "low", "high", "group"), label="interval of mean"),
        Mark(kind="line", frame=known.select("x", "y", "group", "dashed"), label="mean"),
        Mark(kind="points", frame=points, label="arm"),
    ]


def _named_points(
    known: pl.DataFrame, groups: Sequence[str], ticks: Sequence[float]
) -> pl.DataFrame:
    """Pick points of each curve near the ticks, at a different place for each arm."""
    picked = []
    step = (ticks[-1] - ticks[0]) / (len(ticks) - 1) if len(ticks) > 1 else 0.0
    for i, group in enumerate(groups if len(groups) > 1 else ()):
        mine = known.filter(group=group)
        wanted = [tick + (i + 0.5) / len(groups) * step for tick in ticks]
        days = mine.get_column("x").to_list()
        near = {min(days, key=lambda day: abs(day - at)) for at in wanted} if days else set()
        picked.append(mine.filter(pl.col("x").is_in(sorted(near))))
    frame = pl.concat(picked) if picked else known.clear()
    return frame.select("x", "y", "group")


def risk_mark(at_risk: pl.DataFrame, ticks: Sequence[float], label: str) -> Mark:
    """Numbers under the ticks, a row per arm."""
    on_tick = pl.col("x").cast(pl.Float64).is_in(list(ticks))
    shown = at_risk.filter(on_tick, pl.col("n").is_not_null())
    frame = shown.select(
        pl.col("x").cast(pl.Float64),
        pl.lit(None, dtype=pl.Float64).alias("y"),
        pl.col("n").cast(pl.Int64).cast(pl.String).alias("text"),
        "group",
        pl.lit("under").alias("align"),
    )
    return Mark(kind="text", frame=frame, label=label)


def level_mark(levels: Sequence[float], x: Axis, *, label: str) -> Mark:
    """Thin dashed lines across the panel."""
    rows = [(end, level, f"{level:g}", True) for level in levels for end in (x.low, x.high)]
    schema = {"x": float, "y": float, "curve": str, "dashed": bool}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Mark(kind="line", frame=frame, label=label, faint=True)


def drawn(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Leave out marks without rows."""
    return tuple(mark for mark in marks if mark.frame.height)


def animals_words(course: Course) -> str:
    """Count animals per arm: one number where all arms are alike.

    Animals whose rows are all excluded do not count.
    """
    kept = course.animals.filter(~pl.col("hollow"), pl.col("y").is_not_null())
    counts = dict(kept.group_by("group").agg(pl.col("animal").n_unique()).iter_rows())
    here = [g for g in course.groups if g in counts]
    if not here:
        return ""
    if len(set(counts.values())) == 1:
        n = counts[here[0]]
        return f"n = {n} animal{'s' * (n > 1)}" + (" per arm" if len(here) > 1 else "")
    if len(here) > 4:
        return f"n = {min(counts.values())} to {max(counts.values())} animals per arm"
    return "n (animals): " + ", ".join(f"{g} {counts[g]}" for g in here)


def sentence(parts: Iterable[str]) -> str:
    """Join what is there; the first letter is a capital."""
    said = "; ".join(part for part in parts if part)
    return said[:1].upper() + said[1:]
