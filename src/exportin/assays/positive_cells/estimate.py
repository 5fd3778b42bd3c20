"""Tubes to percent positive: the limit is set experiment by experiment from its control."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.assays.positive_cells.limits import Limit, limit_of
from exportin.assays.positive_cells.net import net_row
from exportin.assays.positive_cells.quantities import BACKGROUND, LIMIT, NET, POSITIVE
from exportin.assays.positive_cells.settings import PositiveCellsSettings
from exportin.contract.assay import Context
from exportin.events import overlays
from exportin.events.control_checks import SAMPLES, no_limit_flags
from exportin.events.experiment_rows import ExperimentRows, fitted_of
from exportin.events.experiments import Experiment, conditions, experiments
from exportin.events.fractions import (
    condition_rows,
    drawn_fractions,
    fraction_row,
    nothing_rows,
)
from exportin.events.gated_tubes import gated
from exportin.events.lattice import bin_counts, drawn_part, step_of
from exportin.events.limit_rows import limit_row, tube_names, tube_rows
from exportin.events.scaling import forward
from exportin.results.tables import Fitted, Flags
from exportin.tables.events import Events
from exportin.tables.problems import InputError

ASSAY_NAME = "positive_cells"
REST = "negative"
Row = Mapping[str, Any]


def estimate(
    rows: Events, flags: Flags, settings: PositiveCellsSettings, context: Context
) -> Fitted:
    """Count positive cells of every experiment and condition.

    Parameters
    ----------
    rows
        Tubes with unit_id, role and the design keys.
    flags
        Tubes and ranges of events with severity ``exclude`` are left out.
    settings, context
        What the study file says.

    Returns
    -------
    Fitted
        Fractions per experiment and condition (within: technical), with and without the control's
        share, the limits, histograms, and draws.
    """
    out = flags.excluded()
    return fitted_of(
        [
            _Counted(rows, one, out, settings, context)
            for one in experiments(rows.frame, SAMPLES, context.keys, out)
        ]
    )


def method_name(settings: PositiveCellsSettings) -> str:
    """Name how cells were counted.

    >>> method_name(PositiveCellsSettings(marker_channel="FITC-A", control="isotype"))
    'gated_cells+control_limits+single_cells'
    """
    names = ["gated_cells", "control_limits"]
    return "+".join([*names, *(["single_cells"] if settings.singlets != "none" else [])])


class _Counted(ExperimentRows):
    """All rows of one experiment."""

    def __init__(
        self,
        rows: Events,
        experiment: Experiment,
        out: set[str],
        settings: PositiveCellsSettings,
        context: Context,
    ) -> None:
        super().__init__(context, ASSAY_NAME, method_name(settings))
        self.rows, self.out, self.settings = rows, out, settings
        what = {"unit_id": experiment.unit, "model": experiment.model or None}
        self.place = {k: v for k, v in what.items() if k == "unit_id" or k in context.keys}
        grouped = conditions(experiment.samples, [*context.keys, "unit_id"])
        try:
            limit = limit_of(rows, experiment, out, settings)
        except InputError as error:
            self.flags += no_limit_flags(experiment.samples, error)
            for what_, tubes in grouped:
                used = sum(row["row_id"] not in out for row in tubes)
                number = (used, len(tubes) - used)
                self.numbers += nothing_rows(what_, [POSITIVE], number, self.shared)
                self.numbers += nothing_rows(what_, [NET], number, self.shared, scale="linear")
            return
        self.numbers += self._control(limit)
        for what_, tubes in grouped:
            self._condition(what_, tubes, limit)
        if self.layers:
            at = forward(settings.scale, np.array([limit.cutoff.natural]))
            self.layers += self._control_layers(limit, float(at[0]))

    def _control(self, limit: Limit) -> Iterator[dict[str, Any]]:
        yield limit_row(self.place, LIMIT, limit.cutoff, self.shared)
        found = fraction_row(limit.above, limit.cells, self.context.conf_level)
        yield {
            **self.place, **self.shared, "quantity": BACKGROUND, "scale": "logit", "n_units": 1,
            "n_rows": len(limit.cutoff.row_ids), "n_flagged": 0, **found,
        }  # fmt: skip

    def _condition(self, what: Mapping[str, Any], tubes: Sequence[Row], limit: Limit) -> None:
        above = cells = used = 0
        names = tube_names(tubes)
        for row in tubes:
            if row["row_id"] in self.out:
                continue
            one = gated(self.rows, row, self.out, self.settings, limit.measured)
            signal = one.tube.of(self.settings.marker_channel)[one.keep]
            used += 1
            above += int(np.count_nonzero(signal >= limit.cutoff.natural))
            cells += signal.size
            named = {**what, "tube": names[str(row["row_id"])]}
            self.numbers += tube_rows(named, one, self.shared)
            if self.settings.tubes_drawn:
                self.layers.append(self._histogram(named, signal))
        number = (used, len(tubes) - used)
        together = {"method": self.shared["method"] + "+tubes_together"} if used > 1 else {}
        shared, level = self.shared | together, self.context.conf_level
        self.numbers += condition_rows(
            what, {POSITIVE: above}, cells, tubes=number, shared=shared, level=level
        )
        net = net_row((above, cells), (limit.above, limit.cells), level)
        self.numbers.append({
            **what, **shared, "method": shared["method"] + "+control_subtracted", "quantity": NET,
            "n_units": 1 if cells else 0, "n_rows": used, "n_flagged": number[1], **net,
            **({} if used else {"status": "all_flagged"}),
        })  # fmt: skip
        counts = {POSITIVE: above, REST: cells - above}
        drawn = list(drawn_fractions(what, counts, {}, shared, self.context.seed))
        self.draws += drawn[: len(drawn) // 2]  # the rest is their complement

    def _histogram(self, named: Mapping[str, Any], signal: NDArray[np.float64]) -> pl.DataFrame:
        x, y = bin_counts(forward(self.settings.scale, signal), step_of(self.settings.scale))
        shown = {"block": self.context.block, **named}
        return drawn_part(shown, "histogram", overlays.HISTOGRAM, x, y)

    def _control_layers(self, limit: Limit, at: float) -> Iterator[pl.DataFrame]:
        """Give the control's own histogram under its role, and the line of the limit."""
        blank = dict.fromkeys(self.context.keys)
        named = {**blank, **self.place, "treatment": control_name(self.settings), "tube": "control"}
        named = {k: v for k, v in named.items() if k in {*blank, "unit_id", "tube"}}
        yield self._histogram(named, limit.signal)
        shown = {"block": self.context.block, **named}
        yield drawn_part(shown, "histogram", overlays.LIMIT, [at], [0.0])


def control_name(settings: PositiveCellsSettings) -> str:
    """Return how the control is called in figures.

    >>> control_name(PositiveCellsSettings(marker_channel="FITC-A", control="no_enzyme"))
    'control: no enzyme'
    """
    return f"control: {settings.control.replace('_', ' ')}"
