"""What is said of one experiment while its tubes are counted, and of all of them together."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from exportin.contract.assay import Context
from exportin.results.tables import Draws, Estimates, Fitted, Flags, Series


class ExperimentRows:
    """Numbers, draws, curves and flags of one experiment; an assay fills them tube by tube."""

    def __init__(self, context: Context, assay: str, method: str) -> None:
        self.context = context
        self.numbers: list[dict[str, Any]] = []
        self.draws: list[dict[str, Any]] = []
        self.layers: list[pl.DataFrame] = []
        self.flags: list[dict[str, Any]] = []
        self.shared = {
            "block": context.block,
            "assay": assay,
            "experimental_unit": context.experimental_unit,
            "method": method,
        }


def fitted_of(experiments: Sequence[ExperimentRows]) -> Fitted:
    """Put the rows of all experiments together.

    >>> fitted_of([]).estimates.frame.height
    0
    """
    drawn = [frame for one in experiments for frame in one.layers]
    return Fitted.of(
        estimates=Estimates.build([row for one in experiments for row in one.numbers]),
        series=Series(pl.concat(drawn, how="diagonal_relaxed")) if drawn else Series.empty(),
        draws=Draws.from_rows([row for one in experiments for row in one.draws]),
        flags=Flags.from_rows([flag for one in experiments for flag in one.flags]),
    )
