"""Figures of cell death: stacked quadrants, the primary fraction, and a density plot per tube."""

from collections.abc import Iterator, Sequence

import polars as pl

from exportin.assays.cell_death.drawn import DENSITY
from exportin.assays.cell_death.quantities import NAMES, QUADRANTS
from exportin.assays.cell_death.settings import CellDeathSettings
from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.events.fraction_views import bar_words, dots_of, shaped, vehicles
from exportin.events.lattice import reach, scaled_axis
from exportin.events.tube_pages import Page, tube_pages
from exportin.events.tube_rows import TubeRows, panel_rows, tube_rows
from exportin.results.tables import Estimates, Fitted, Tests
from exportin.tables.events import Events
from exportin.views.composition import composition_view
from exportin.views.density import density_view
from exportin.views.frames import in_order

CORNERS = {"live": (0, 0), "early": (1, 0), "late": (1, 1), "necrotic": (0, 1)}
ROOM = 0.1
"""Part of the axis above and below the cells that percentages are written in."""


def views(
    rows: Events, fitted: Fitted, tests: Tests, settings: CellDeathSettings, context: Context
) -> tuple[View, ...]:
    """Return stacked quadrants, the primary fraction with its tests, and a plot of every tube.

    Parameters
    ----------
    rows
        Tubes; roles tell the vehicle.
    fitted, tests
        Results of the block.
    settings, context
        What the study file says.
    """
    first = vehicles(rows)
    name = settings.primary
    return (
        *_stacked(fitted.estimates, context, first),
        *dots_of(
            fitted.estimates,
            tests,
            context,
            quantity=name,
            title=f"{NAMES[name]} cells",
            y_label=f"{NAMES[name]}, of single cells",
            caption=f"{NAMES[name]} cells (annexin V, {settings.dna_channel})",
            first=first,
        ),
        *_densities(fitted, settings, first, tube_rows(rows.frame)),
    )


def _stacked(estimates: Estimates, context: Context, first: Sequence[str]) -> Iterator[View]:
    frame = shaped(estimates, QUADRANTS).filter(pl.col("bound") == "=")
    if frame.is_empty():
        return
    frame = frame.with_columns(
        pl.col("quantity").replace(NAMES).alias("part"), pl.col("group").alias("category")
    )
    units = frame.filter(pl.col("unit_id").is_not_null())
    means = frame.filter(pl.col("unit_id").is_null())
    unit = context.experimental_unit
    yield composition_view(
        name="quadrants",
        title="Live, apoptotic and necrotic cells",
        means=means if means.height else units,
        units=units,
        parts=[NAMES[name] for name in QUADRANTS],
        y_label="Single cells",
        categories=in_order(first, [frame], "category"),
        unit_name=f"{unit}s",
        caption=f"Fractions of single cells by annexin V and the DNA dye: "
        f"{bar_words(means, unit)}.",
    )


def _densities(
    fitted: Fitted, settings: CellDeathSettings, first: Sequence[str], rows: TubeRows
) -> Iterator[View]:
    series = fitted.series.frame
    if series.is_empty():
        return
    cells = series.filter(pl.col("part") == DENSITY)
    corners = series.filter(pl.col("part") != DENSITY)
    if cells.is_empty():
        return
    limits = [
        reach(cells[column], cells["y"], corners.get_column(column).to_list())
        for column in ("x", "x2")
    ]
    low, high = limits[1]
    limits[1] = (low - ROOM * (high - low), high + ROOM * (high - low))
    for page in tube_pages(series, first, settings.tubes_drawn):
        yield _page(page, limits, settings, rows)


def _page(
    page: Page,
    limits: Sequence[tuple[float, float]],
    settings: CellDeathSettings,
    rows: TubeRows,
) -> View:
    (x_low, x_high), (y_low, y_high) = limits
    layers = page.layers
    inside = pl.col("x").is_between(x_low, x_high) & pl.col("x2").is_between(y_low, y_high)
    cells = layers.filter(pl.col("part") == DENSITY, inside).select(
        "panel", "x", pl.col("x2").alias("y"), pl.col("y").alias("value")
    )
    corners = layers.filter(pl.col("part") != DENSITY)
    total = dict(corners.group_by("panel").agg(pl.col("y").sum()).iter_rows())
    lines, words = [], []
    for row in corners.iter_rows(named=True):
        panel, right, upper = row["panel"], *CORNERS[row["part"]]
        if row["part"] == "live":
            for name, ends in (("x", ((row["x"], y_low), (row["x"], y_high))),
                               ("y", ((x_low, row["x2"]), (x_high, row["x2"])))):  # fmt: skip
                lines += [{"panel": panel, "curve": name, "x": x, "y": y} for x, y in ends]
        share = 100.0 * row["y"] / total[panel] if total[panel] else 0.0
        place = 0.5 * (row["x"] + (x_high if right else x_low))
        edge = 0.5 * ROOM * (y_high - y_low)
        words.append({
            "panel": panel, "x": place, "y": y_high - edge if upper else y_low + edge,
            "text": f"{share:.1f} %",
        })  # fmt: skip
    return density_view(
        name=f"quadrants_by_tube{page.end}",
        title=f"Annexin V against the DNA dye{': ' + page.title if page.title else ''}",
        cells=cells,
        lines=pl.DataFrame(lines),
        words=pl.DataFrame(words),
        x=scaled_axis(f"Annexin V ({settings.annexin_channel})", settings.scale, x_low, x_high),
        y=scaled_axis(f"DNA dye ({settings.dna_channel})", settings.scale, y_low, y_high),
        panels=page.panels,
        notes={panel: f"n = {int(n)} cells" for panel, n in total.items()},
        rows=panel_rows(layers.select("panel", "unit_id", "tube").unique(), rows),
        caption="Single cells, compensated, on an "
        f"{settings.scale.kind} scale with ticks in channels. Lines: limits from the controls of "
        "the experiment, the same for all its tubes. Percentages are of the gated single cells of "
        "that tube.",
    )
