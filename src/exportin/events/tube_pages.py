"""Which tubes stand on which page of a figure, under which title, in the order of treatments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from exportin.views.frames import in_order

A_PAGE = 24
"""Panels a figure."""
TUBE = ("model", "treatment", "unit_id", "tube")


@dataclass(frozen=True, kw_only=True)
class Page:
    """Panels of one figure.

    Parameters
    ----------
    title
        Model, and which of its pages where there are several; empty without models.
    end
        What is added to the figure's name.
    panels
        Titles in order.
    layers
        Rows of Series of these tubes, with the column ``panel``.
    """

    title: str
    end: str
    panels: tuple[str, ...]
    layers: pl.DataFrame


def tube_pages(series: pl.DataFrame, first: Sequence[str], most: int) -> Iterator[Page]:
    """Give the pages of a block, one model after the other; at most ``most`` tubes in all.

    Parameters
    ----------
    series
        Layers with model, treatment, unit_id, tube and part.
    first
        Treatments that stand first: the vehicles.
    most
        What is beyond is left out, the last experiments first.
    """
    tubes = series.select(TUBE).unique()
    order = {name: i for i, name in enumerate(in_order(first, [tubes], "treatment"))}
    by = pl.col("treatment").replace_strict(order, return_dtype=pl.Int64, default=len(order))
    chosen = tubes.sort("unit_id", "model", by, "tube", nulls_last=True).head(most)
    chosen = chosen.sort("model", "unit_id", by, "tube", nulls_last=True)
    models = chosen.get_column("model").unique(maintain_order=True).to_list()
    for number, model in enumerate(models, start=1):
        mine = chosen.filter(pl.col("model").eq_missing(model))
        mine = mine.with_columns(_title(mine).alias("panel"))
        for start in range(0, mine.height, A_PAGE):
            page = mine[start : start + A_PAGE]
            several = mine.height > A_PAGE
            part = f", page {start // A_PAGE + 1}" if several else ""
            end = (f"_{number}" if len(models) > 1 else "") + (
                f"_{start // A_PAGE + 1}" if several else ""
            )
            yield Page(
                title=f"{model or ''}{part}",
                end=end,
                panels=tuple(page.get_column("panel")),
                layers=series.join(page, on=list(TUBE), nulls_equal=True),
            )


def _title(tubes: pl.DataFrame) -> pl.Expr:
    """Name a panel by treatment and experiment; by its tube where those do not tell apart."""
    words = [pl.col("treatment").fill_null("no treatment"), pl.col("unit_id").cast(pl.String)]
    if tubes.select("treatment", "unit_id").is_duplicated().any():
        words.append(pl.col("tube"))
    return pl.concat_str(words, separator=", ")
