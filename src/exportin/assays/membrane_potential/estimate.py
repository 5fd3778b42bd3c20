"""Tubes to red/green and percent depolarized: limits are set experiment by experiment."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.assays.membrane_potential.limits import (
    FCCP,
    VEHICLE,
    Limit,
    cell_ratios,
    limit_of,
)
from exportin.assays.membrane_potential.quantities import (
    DEPOLARIZED,
    LIMIT,
    RATIO,
    RELATIVE,
    SEPARATION,
)
from exportin.assays.membrane_potential.ratios import median_row, relative_row
from exportin.assays.membrane_potential.settings import MembranePotentialSettings
from exportin.contract.assay import Context
from exportin.events import overlays
from exportin.events.control_checks import SAMPLES, flag_of, no_limit_flags
from exportin.events.experiment_rows import ExperimentRows, fitted_of
from exportin.events.experiments import Experiment, conditions, experiments
from exportin.events.fractions import condition_rows, drawn_fractions, nothing_rows
from exportin.events.gated_tubes import gated
from exportin.events.lattice import bin_counts, drawn_part
from exportin.events.limit_rows import tube_names, tube_rows
from exportin.results.tables import Fitted, Flags
from exportin.tables.events import Events
from exportin.tables.problems import InputError

ASSAY_NAME = "membrane_potential"
STEP = 0.05
"""Width of a bin of log10(red/green) in histograms."""
WITHOUT = 0.05
"""Part of the cells without any signal above zero from which a tube is flagged."""
REST = "polarized"
Row = Mapping[str, Any]
Floats = NDArray[np.float64]


def estimate(
    rows: Events, flags: Flags, settings: MembranePotentialSettings, context: Context
) -> Fitted:
    """Take the median red/green of every experiment and condition, and count depolarized cells.

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
        Numbers per experiment and condition (within: technical), limits and separation of FCCP,
        histograms of the ratio, and draws of the depolarized fraction.
    """
    out = flags.excluded()
    return fitted_of(
        [
            _Measured(rows, one, out, settings, context)
            for one in experiments(rows.frame, SAMPLES, context.keys, out)
        ]
    )


class _Measured(ExperimentRows):
    """All rows of one experiment."""

    def __init__(
        self,
        rows: Events,
        experiment: Experiment,
        out: set[str],
        settings: MembranePotentialSettings,
        context: Context,
    ) -> None:
        singles = ["single_cells"] if settings.singlets != "none" else []
        super().__init__(context, ASSAY_NAME, "+".join(["jc1_ratio", "gated_cells", *singles]))
        self.rows, self.out, self.settings = rows, out, settings
        what = {"unit_id": experiment.unit, "model": experiment.model or None}
        self.place = {k: v for k, v in what.items() if k == "unit_id" or k in context.keys}
        limit = self._limit(experiment)
        grouped = conditions(experiment.samples, [*context.keys, "unit_id"])
        opened = [(what_, tubes, *self._opened(what_, tubes)) for what_, tubes in grouped]
        vehicle = [
            values for _, tubes, values, _ in opened if tubes[0]["role"] == VEHICLE and values.size
        ]
        base = median_row(np.concatenate(vehicle) if vehicle else np.zeros(0), context.conf_level)
        for what_, tubes, values, used in opened:
            self._condition(what_, values, (used, len(tubes) - used), limit)
            if tubes[0]["role"] != VEHICLE:
                self._relative(what_, values, base, (used, len(tubes) - used))
        if self.layers and limit is not None:
            self._control_layers(experiment, limit)

    def _limit(self, experiment: Experiment) -> Limit | None:
        try:
            limit = limit_of(self.rows, experiment, self.out, self.settings)
        except InputError as error:
            self.flags += no_limit_flags(experiment.samples, error)
            return None
        row = {
            **self.place, **self.shared, "method": "jc1_limit", "n_units": 1, "n_flagged": 0,
            "n_rows": limit.tubes,
        }  # fmt: skip
        ratio = float(np.exp(limit.at))
        self.numbers.append(row | {"quantity": LIMIT, "scale": "ln", "value": ratio})
        self.numbers.append(row | {"quantity": SEPARATION, "value": min(limit.separation, 1e9)})
        return limit

    def _opened(self, what: Mapping[str, Any], tubes: Sequence[Row]) -> tuple[Floats, int]:
        """Return the ratios of all tubes of a condition, and how many tubes were used."""
        names, found = tube_names(tubes), []
        for row in tubes:
            if row["row_id"] in self.out:
                continue
            one = gated(self.rows, row, self.out, self.settings)
            values = cell_ratios(one, self.settings)
            found.append(values)
            named = {**what, "tube": names[str(row["row_id"])]}
            self.numbers += tube_rows(named, one, self.shared)
            lost = one.cells - values.size
            if lost > WITHOUT * one.cells:
                said = f"{lost} of {one.cells} cells have neither red nor green signal above zero "
                said += "after compensation and are in no number."
                self.flags.append(flag_of(row, "no-ratio", "warn", said))
            if self.settings.tubes_drawn:
                self.layers.append(self._histogram(named, values))
        return (np.concatenate(found) if found else np.zeros(0)), len(found)

    def _condition(
        self, what: Mapping[str, Any], values: Floats, tubes: tuple[int, int], limit: Limit | None
    ) -> None:
        used, flagged = tubes
        more = "+tubes_together" if used > 1 else ""
        shared = {**self.shared, "method": self.shared["method"] + more}
        level = self.context.conf_level
        row = self._row(what, RATIO, tubes, values) | {"method": shared["method"]}
        self.numbers.append(row | (median_row(values, level) if used else {}))
        if limit is None:
            self.numbers += nothing_rows(what, [DEPOLARIZED], tubes, shared)
            return
        shared["method"] += "+jc1_limit"
        below = int(np.count_nonzero(values < limit.at))
        counts = {DEPOLARIZED: below}
        self.numbers += condition_rows(
            what, counts, values.size, tubes=(used, flagged), shared=shared, level=level
        )
        both = {DEPOLARIZED: below, REST: values.size - below}
        drawn = list(drawn_fractions(what, both, {}, shared, self.context.seed))
        self.draws += drawn[: len(drawn) // 2]  # the rest is their complement

    def _relative(
        self,
        what: Mapping[str, Any],
        values: Floats,
        base: dict[str, Any],
        tubes: tuple[int, int],
    ) -> None:
        row = self._row(what, RELATIVE, tubes, values)
        method = {"method": f"{self.shared['method']}+vehicle_of_experiment"}
        mine = median_row(values, self.context.conf_level)
        self.numbers.append(row | method | (relative_row(mine, base) if tubes[0] else {}))

    def _row(
        self, what: Mapping[str, Any], name: str, tubes: tuple[int, int], values: Floats
    ) -> dict[str, Any]:
        used, flagged = tubes
        return {
            **what, **self.shared, "quantity": name, "scale": "ln", "n_rows": used,
            "n_flagged": flagged, "n_units": 1 if values.size else 0,
            **({} if used else {"status": "all_flagged"}),
        }  # fmt: skip

    def _histogram(self, named: Mapping[str, Any], values: Floats) -> pl.DataFrame:
        finite = values[np.isfinite(values)] / np.log(10.0)
        x, y = bin_counts(finite, STEP)
        shown = {"block": self.context.block, **named}
        return drawn_part(shown, "histogram", overlays.HISTOGRAM, x, y)

    def _control_layers(self, experiment: Experiment, limit: Limit) -> None:
        """Add the histogram of FCCP under its name, and the line of the limit."""
        rows = [row for row in experiment.controls if row["role"] == FCCP]
        values = cell_ratios(gated(self.rows, rows[0], self.out, self.settings), self.settings)
        blank: dict[str, Any] = dict.fromkeys(self.context.keys)
        named = {**blank, **self.place, "treatment": CONTROL_NAME, "tube": "control"}
        named = {k: v for k, v in named.items() if k in {*blank, "unit_id", "tube"}}
        self.layers.append(self._histogram(named, values))
        shown = {"block": self.context.block, **named}
        at = limit.at / float(np.log(10.0))
        self.layers.append(drawn_part(shown, "histogram", overlays.LIMIT, [at], [0.0]))


CONTROL_NAME = "control: FCCP"
