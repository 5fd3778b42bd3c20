"""Figures that all assays of gated fractions have: a number by treatment with its tests."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.results.tables import Estimates, Tests
from exportin.tables.events import Events
from exportin.views.dots import dots_view
from exportin.views.frames import in_order

PERCENT = ("value", "conf_low", "conf_high")


def vehicles(rows: Events) -> tuple[str, ...]:
    """Return the treatments of vehicles, which stand first in figures."""
    found = rows.frame.filter(pl.col("role") == "vehicle").get_column("treatment")
    return tuple(found.drop_nulls().unique().sort())


def shaped(estimates: Estimates, quantities: Sequence[str], factor: float = 100.0) -> pl.DataFrame:
    """Return the numbers of conditions, times a factor, with their panel and group."""
    frame = estimates.frame.filter(
        pl.col("quantity").is_in(list(quantities)), pl.col("value").is_not_null()
    )
    named = [pl.lit(None, dtype=pl.String).alias(k) for k in ("model", "treatment")
             if k not in frame.columns]  # fmt: skip
    return frame.with_columns(
        *[(factor * pl.col(name)).alias(name) for name in PERCENT], *named
    ).with_columns(
        pl.col("model").fill_null("").alias("panel"),
        pl.col("treatment").fill_null("no treatment").alias("group"),
    )


def dots_of(
    estimates: Estimates,
    tests: Tests,
    context: Context,
    *,
    quantity: str,
    title: str,
    y_label: str,
    caption: str,
    first: Sequence[str],
    factor: float = 100.0,
    y_unit: str = "%",
    log: bool = False,
    reference: float | None = None,
) -> Iterator[View]:
    """Show one quantity: every experiment, the mean with its interval, and tests as brackets.

    Parameters
    ----------
    quantity
        Which; its bounds are in the tables, not in the picture.
    factor, y_unit, log
        What values are multiplied by, and their axis.
    """
    frame = shaped(estimates, [quantity], factor).filter(pl.col("bound") == "=")
    units = frame.filter(pl.col("unit_id").is_not_null())
    if units.is_empty():
        return
    means = frame.filter(pl.col("unit_id").is_null())
    known = set(frame.get_column("group"))
    view = dots_view(
        name=quantity,
        title=title,
        units=units,
        summary=means,
        comparisons=brackets(tests, quantity),
        y_label=y_label,
        y_unit=y_unit,
        scale="log10" if log else "linear",
        reference=reference,
        groups=in_order([name for name in first if name in known], [frame], "group"),
        caption=f"{caption}: {mean_words(means, context, 'the mean')}.",
        columns=2,
        width="double",
    )
    # a vehicle that has no number here keeps its color, so that the others keep theirs
    yield replace(view, groups=tuple(dict.fromkeys((*first, *view.groups))))


def mean_words(means: pl.DataFrame, context: Context, mean: str) -> str:
    """Say what stands beside the points: of one unit there is nothing between units."""
    unit = context.experimental_unit
    if not _several(means):
        return f"one {unit} each, so that no interval is between {unit}s"
    level = f"{100 * context.conf_level:.3g} %"
    return f"every {unit}, {mean} and its {level} interval between {unit}s"


def bar_words(means: pl.DataFrame, unit: str) -> str:
    """Say what the bars of a composition are."""
    if not _several(means):
        return f"one {unit} each"
    return f"means over {unit}s (on logits, scaled to 100 %), and single {unit}s as points"


def _several(means: pl.DataFrame) -> bool:
    return bool((means.get_column("n_units") > 1).any())


def brackets(tests: Tests, quantity: str) -> pl.DataFrame | None:
    """Return pairwise comparisons of a quantity; overall tests and trends have no two groups."""
    frame = tests.frame.filter(pl.col("quantity") == quantity, pl.col("p_value").is_not_null())
    if frame.is_empty() or "model" not in frame.columns:
        return None
    pairs = frame.filter(pl.col("group_b").is_not_null(), ~pl.col("test").str.contains("trend"))
    return pairs.with_columns(pl.col("model").alias("panel")) if pairs.height else None
