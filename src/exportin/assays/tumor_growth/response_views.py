"""Best responses of all animals, sorted: the waterfall of a xenograft study."""

from collections.abc import Sequence

import polars as pl

from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.results.tables import Fitted
from exportin.views.response import response_view as waterfall


def response_view(fitted: Fitted, context: Context, arms: Sequence[str]) -> list[View]:
    """Show the best response of every animal that could be judged."""
    frame = fitted.estimates.frame
    if not {"model", "arm"} <= set(frame.columns):
        return []
    found = frame.filter(
        (pl.col("quantity") == "best_response")
        & pl.col("unit_id").is_not_null()
        & pl.col("value").is_not_null()
    )
    if found.is_empty():
        return []
    unit = context.experimental_unit
    return [
        waterfall(
            name="best_response",
            title="Best response",
            responses=found.select(
                pl.col("model").alias("panel"),
                pl.col("unit_id").alias("row"),
                pl.col("arm").alias("group"),
                "value",
            ),
            unit_name=f"{unit}s",
            x_label=f"{unit.capitalize()}s in order",
            groups=arms,
            caption=(
                f"Best response of each {unit}: the smallest change of its volume from the first "
                "dose among the visits that count by the rule in the methods. Dashed: cuts of the "
                "response categories."
            ),
        )
    ]
