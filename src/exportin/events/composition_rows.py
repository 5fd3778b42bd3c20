"""Fractions of one tube as a whole: counts behind them, and parts that are only a bound."""

from collections.abc import Sequence

import polars as pl

from exportin.results.tables import Estimates


def counted_parts(
    estimates: Estimates, parts: Sequence[str], counts: str, *, counted: bool
) -> Estimates:
    """Return the parts of single units with their events as ``n_rows``, bounds as what is left.

    A part that was not seen at all stands in the results as "below its upper limit". Where parts
    are counted cells, its value is what the other parts leave, and a question about the composition
    meets it by its count. Where parts are fitted, no count stands behind them: the limit stays.

    Parameters
    ----------
    estimates
        Of a block; parts are fractions with a unit_id.
    parts
        Quantities that add up to one.
    counts
        Quantity that holds the events of each tube (key ``tube``).
    counted
        Whether the parts are counted cells; fitted ones keep their bounds.

    Returns
    -------
    Estimates
        Rows of the parts only; counted units of which several parts are bounds keep them.
    """
    frame = estimates.frame
    keys = [key for key in estimates.keys if key != "tube"]
    by = [*keys, "unit_id"]
    whole = frame.filter(pl.col("quantity").is_in(list(parts)), pl.col("unit_id").is_not_null())
    if whole.is_empty():
        return Estimates(whole)
    number = pl.col("value").round().cast(pl.Int64).alias("counted")
    events = frame.filter(pl.col("quantity") == counts).select(*by, number)
    events = events.group_by(by).agg(pl.col("counted").sum())
    bound = (pl.col("bound") != "=") & pl.col("value").is_not_null()
    known = pl.when(bound).then(0.0).otherwise(pl.col("value")).sum().over(by)
    alone = pl.lit(counted) & bound & (bound.sum().over(by) == 1)
    rest = (1.0 - known).clip(0.0, 1.0)
    made = (
        whole.join(events, on=by, how="left", nulls_equal=True)
        .with_columns(
            pl.when(alone).then(rest).otherwise("value").alias("value"),
            pl.when(alone).then(pl.lit("=")).otherwise("bound").alias("bound"),
            pl.when(alone).then(pl.lit("none")).otherwise("conf_open").alias("conf_open"),
            pl.when(alone).then(pl.lit("ok")).otherwise("status").alias("status"),
            pl.coalesce("counted", "n_rows").alias("n_rows"),
        )
        .drop("counted")
    )
    return Estimates(made.select(frame.columns))
