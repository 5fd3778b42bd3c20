"""Figure "GR against viability": the same wells per day of the assay and per cell division."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from exportin.assays.viability.estimate import responses
from exportin.assays.viability.growth import with_growth
from exportin.assays.viability.line_words import line_words
from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.contract.view import Axis, Mark, Panel, View
from exportin.results.tables import Fitted
from exportin.tables.kinds import WellReadings
from exportin.views.curve import curve_view
from exportin.views.curve_strip import strip_height, strip_marks

RANGE = 2.0  # GR runs from -1 to 1; the strip under the curves is measured in it
TOP = 1.2  # as far above the vehicle as the viability axis reaches
TICKS = (-1.0, -0.5, 0.0, 0.5, 1.0)
WIDE = 3  # up to so many models a row holds one of them, above two
CURVE_MARKS = ("band", "fit", "mean of one unit")


def growth_dots(
    rows: WellReadings, fitted: Fitted, settings: ViabilitySettings, context: Context
) -> pl.DataFrame:
    """Mean GR of the technical wells per dose and experiment; excluded wells are hollow."""
    out = list(fitted.flags.excluded())
    gone = pl.col("row_id").is_in(out)
    keys = [*context.keys, "unit_id", "unit_out", "dose_out"]
    dosed = (pl.col("role") == "treated") & (pl.col("dose_out") > 0) & pl.col("gr").is_not_null()
    parts = []
    for frame, shown, hollow in (
        (rows.frame.filter(~gone), ~gone, False),
        (rows.frame, gone, True),
    ):
        normalized = responses(rows.with_frame(frame), settings, context)
        wells = with_growth(normalized, frame, settings, context)
        means = wells.filter(dosed & shown).group_by(keys, maintain_order=True)
        parts.append(means.agg(pl.col("gr").mean().alias("y"), pl.lit(hollow).alias("hollow")))
    return pl.concat(parts).rename({"dose_out": "x"}).sort([*keys[:-1], "x", "hollow"])


def growth_view(
    viability: View,
    dots: pl.DataFrame,
    lines: pl.DataFrame | None,
    gr50: pl.DataFrame,
    context: Context,
    *,
    unit: str,
    end: str,
) -> View:
    """Put the GR curve of each model beside its viability curve.

    Parameters
    ----------
    viability
        The dose-response figure, a panel per model.
    dots, lines
        ``panel, group, unit_id, x, y`` (GR) and what else `curve_view` takes.
    gr50
        ``panel, group, value`` and the columns of its interval.
    """
    mean = None if lines is None else lines.filter(pl.col("unit_id").is_null())
    shown = [panel.title for panel in viability.panels]
    known = pl.col("panel").is_in(shown)
    growth = curve_view(
        name="",
        title="",
        points=dots.filter((pl.col("unit_out") == unit) & known).select(
            "panel", "group", "unit_id", "x", "y", "hollow"
        ),
        curves=None
        if mean is None
        else mean.filter(known).select("panel", "group", "x", "y", "low", "high"),
        estimates=gr50.filter(known),
        x_unit=unit,
        y_label="GR value",
        y_unit="",
        estimate_label="GR50",
        half=0.0,
        full=1.0,
        unit_name=f"{context.experimental_unit}s",
        conf_level=context.conf_level,
        groups=viability.groups,
        panels=shown,
    )
    right = {panel.title: panel for panel in growth.panels}
    pairs = [
        (p, _growth_panel(right[p.title], p, gr50, viability.groups))
        for p in viability.panels
        if p.title in right
    ]
    level = f"{context.conf_level:.0%}"
    return replace(
        viability,
        name=f"growth_rate{end}",
        title="GR against viability",
        columns=2 if len(pairs) <= WIDE else 4,
        panels=tuple(
            _titled(panel, what)
            for pair in pairs
            for panel, what in zip(pair, ("viability", "growth rate"), strict=True)
        ),
        caption=(
            "The same wells twice. Left: viability as percent of the plate's vehicle, which "
            "depends on how often the cells divide during the assay. Right: growth-rate "
            "inhibition, which does not; 1: growth as without drug, 0 (thin line): growth halted, "
            f"below 0: cells lost. Points: means of the wells of one {context.experimental_unit}, "
            f"a shape each; hollow: excluded. {line_words(dots, mean, context)} "
            f"Below: absolute IC50 and GR50 with their {level} intervals; arrows: only a bound "
            "is known."
        ),
    )


def _growth_panel(panel: Panel, left: Panel, gr50: pl.DataFrame, groups: Sequence[str]) -> Panel:
    """Let the GR axis run from -1 to 1, and the strip of the GR50 lie under it."""
    marks = [mark for mark in panel.marks if mark.label in CURVE_MARKS]
    strip = strip_height(groups) * RANGE / 100
    y = replace(panel.y, low=-1.0 - strip, high=max(TOP, _highest(marks)), ticks=TICKS)
    x = left.x if _holds(left.x, panel.x) else panel.x
    mine = gr50.filter(panel=panel.title)
    return replace(panel, x=x, y=y, marks=(*marks, *strip_marks(mine, groups, (x, y), RANGE)))


def _highest(marks: Sequence[Mark]) -> float:
    tops = [m.frame.get_column("y").max() for m in marks if "y" in m.frame.columns]
    return max((1.04 * float(top) for top in tops if isinstance(top, float)), default=TOP)


def _holds(outer: Axis, inner: Axis) -> bool:
    limits = (outer.low, outer.high, inner.low, inner.high)
    if any(limit is None for limit in limits):
        return False
    low, high, least, most = (float(limit or 0.0) for limit in limits)
    return low <= least and high >= most


def _titled(panel: Panel, what: str) -> Panel:
    return replace(panel, title=f"{panel.title}: {what}")
