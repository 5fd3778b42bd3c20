"""Histograms of single cells laid over each other, with the limit of their experiment."""

from collections.abc import Callable, Iterator, Sequence

import polars as pl

from exportin.contract.view import Axis, View
from exportin.events.lattice import reach
from exportin.views.frames import in_order
from exportin.views.histogram import overlay_view

HISTOGRAM, LIMIT = "events", "limit"
CONTROL = "control"
A_PAGE = 24


def limit_overlays(
    series: pl.DataFrame,
    *,
    quantity: str,
    title: str,
    axis: Callable[[float, float], Axis],
    first: Sequence[str],
    last: Sequence[str],
    caption: str,
    most: int,
) -> Iterator[View]:
    """Give a panel per model and experiment: a line per treatment and control, and the limit.

    Parameters
    ----------
    series
        Layers with model, treatment, unit_id and tube: ``events`` (x on the scale, y events) and
        ``limit`` (x). Of several tubes of a treatment the first is drawn.
    quantity
        Name of the figure.
    axis
        Low and high to the axis.
    first, last
        Groups that stand first (vehicles) and last (controls).
    most
        Tubes drawn at most.
    """
    if series.is_empty():
        return
    named = series.with_columns(
        pl.concat_str(
            [pl.col("model"), pl.col("unit_id").cast(pl.String)], separator=", ", ignore_nulls=True
        ).alias("panel"),
        pl.col("treatment").fill_null("no treatment").alias("group"),
    )
    lines = named.filter(pl.col("part") == HISTOGRAM)
    limits = named.filter(pl.col("part") == LIMIT)
    one = lines.group_by("panel", "group").agg(pl.col("tube").min())
    lines = lines.join(one, on=["panel", "group", "tube"], how="semi")
    panels = in_order((), [lines], "panel")
    per = max(lines.select("panel", "group").n_unique() // max(len(panels), 1), 1)
    panels = panels[: max(most // per, 0)]
    if not panels:
        return
    low, high = reach(lines["x"], lines["y"], limits.get_column("x").to_list())
    scaled = lines.filter(pl.col("x").is_between(low, high)).with_columns(
        (100.0 * pl.col("y") / pl.col("y").max().over("panel", "group")).fill_nan(0.0).alias("y")
    )
    known = scaled.get_column("group").unique().to_list()
    order = [name for name in in_order(first, [scaled], "group") if name not in last]
    marks = dict(limits.group_by("panel").agg(pl.col("x").first()).iter_rows())
    for start in range(0, len(panels), A_PAGE):
        page = panels[start : start + A_PAGE]
        yield overlay_view(
            name=quantity + (f"_{start // A_PAGE + 1}" if len(panels) > A_PAGE else ""),
            title=title,
            lines=scaled.filter(pl.col("panel").is_in(page)).sort("panel", "group", "x"),
            x=axis(low, high),
            groups=[name for name in (*order, *last) if name in known],
            panels=page,
            references=marks,
            caption=caption,
            columns=3,
        )
