"""Waterfall of potencies: the lines of a panel from the least to the most sensitive."""

from collections.abc import Iterator, Mapping

import polars as pl

from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.views.waterfall import waterfall_view

FEWEST = 5
"""Models a treatment needs to be drawn: fewer are read off the figure of single potencies."""
LIMITS = ("conf_low", "conf_high", "conf_open", "bound", "n_units", "interval_level")


def waterfall_views(
    shown: pl.DataFrame, titles: Mapping[str, str], context: Context, *, unit: str, end: str
) -> Iterator[View]:
    """Give a waterfall per potency, with a panel for each treatment of `FEWEST` models or more.

    Parameters
    ----------
    shown
        Rows of Estimates, one per curve: quantity, units, the keys, value and its limits.
    titles
        Quantity to what it is called.
    context
        Keys of the block; one that says the kind of a model gives the colors (`color_key`).
    unit, end
        Unit of doses that is drawn, and what file names end in.
    """
    color = color_key(shown, context)
    names = [key for key in context.keys if key not in ("treatment", color)]
    row = pl.concat_str([pl.col(k).cast(pl.String).fill_null("") for k in names], separator=", ")
    group = pl.lit(None, pl.String) if color is None else pl.col(color).cast(pl.String)
    lines = shown.filter(pl.col("units") == unit).with_columns(
        row.alias("row"), pl.col("treatment").alias("panel"), group.alias("group")
    )
    models = pl.col("model").filter(pl.col("value") > 0).n_unique().over("panel")
    for quantity, title in titles.items():
        drawn = lines.filter(pl.col("quantity") == quantity).filter(models >= FEWEST)
        if drawn.height:
            yield _view(drawn, f"{quantity}_waterfall{end}", title, unit, (color, context))


def color_key(shown: pl.DataFrame, context: Context) -> str | None:
    """Return the first key that says what kind of model a model is, such as its subtype.

    It has one value per model, and fewer values than there are models; None if no key has.
    """
    for key in context.keys:
        if key in ("model", "treatment") or key not in shown.columns:
            continue
        kinds = shown.select("model", key).unique().filter(pl.col(key).is_not_null())
        one_each = kinds.get_column("model").n_unique() == kinds.height > 0
        if one_each and kinds.get_column(key).n_unique() < kinds.height:
            return key
    return None


def _view(
    drawn: pl.DataFrame, name: str, title: str, unit: str, how: tuple[str | None, Context]
) -> View:
    color, context = how
    units = f"{context.experimental_unit}s"
    colors = f" Colors: {color}." if color else ""
    return waterfall_view(
        name=name,
        title=f"{title}, ordered",
        estimates=drawn.select("row", "panel", "group", "value", *LIMITS),
        label=title,
        unit=unit,
        group_title=(color or "").replace("_", " ").capitalize(),
        unit_name=units,
        conf_level=context.conf_level,
        caption=(
            f"{title} of every model from the least to the most sensitive, as log10 of its ratio "
            f"to that of the middle one; lines: {context.conf_level:.0%} interval between {units} "
            f"(dashed: technical, one {context.experimental_unit}); arrows: only a bound is "
            f"known.{colors}"
        ),
    )
