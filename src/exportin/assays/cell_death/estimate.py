"""Tubes to quadrants: limits are set experiment by experiment from its controls."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from exportin.assays.cell_death.drawn import tube_layers
from exportin.assays.cell_death.limits import limits_of
from exportin.assays.cell_death.quadrants import Limits, quadrant_counts, with_sums
from exportin.assays.cell_death.quantities import FRACTIONS, LIMITS, QUADRANTS, SUMS
from exportin.assays.cell_death.settings import CellDeathSettings
from exportin.contract.assay import Context
from exportin.events.control_checks import SAMPLES, no_limit_flags
from exportin.events.experiment_rows import ExperimentRows, fitted_of
from exportin.events.experiments import Experiment, conditions, experiments
from exportin.events.fractions import condition_rows, drawn_fractions, nothing_rows
from exportin.events.gated_tubes import Gated, gated
from exportin.events.limit_rows import limit_row, tube_names, tube_rows
from exportin.events.thresholds import Cutoff
from exportin.results.tables import Fitted, Flags
from exportin.tables.events import Events, Spill
from exportin.tables.problems import InputError

ASSAY_NAME = "cell_death"
Row = Mapping[str, Any]


def estimate(rows: Events, flags: Flags, settings: CellDeathSettings, context: Context) -> Fitted:
    """Count live, early, late and necrotic cells of every experiment and condition.

    Parameters
    ----------
    rows
        Tubes with unit_id, role, stain and the design keys.
    flags
        Tubes and ranges of events with severity ``exclude`` are left out.
    settings, context
        What the study file says.

    Returns
    -------
    Fitted
        Fractions per experiment and condition (within: technical), the limits, density of every
        tube with its gates, and draws of the four quadrants together.
    """
    out = flags.excluded()
    return fitted_of(
        [
            _Counted(rows, one, out, settings, context)
            for one in experiments(rows.frame, SAMPLES, context.keys, out)
        ]
    )


def method_name(settings: CellDeathSettings) -> str:
    """Name how cells were counted.

    >>> method_name(CellDeathSettings(annexin_channel="FITC-A", dna_channel="PI-A"))
    'annexin_quadrants+gated_cells+control_limits+single_cells'
    """
    names = ["annexin_quadrants", "gated_cells", "control_limits"]
    return "+".join([*names, *(["single_cells"] if settings.singlets != "none" else [])])


class _Counted(ExperimentRows):
    """All rows of one experiment."""

    def __init__(
        self,
        rows: Events,
        experiment: Experiment,
        out: set[str],
        settings: CellDeathSettings,
        context: Context,
    ) -> None:
        super().__init__(context, ASSAY_NAME, method_name(settings))
        self.rows, self.out, self.settings = rows, out, settings
        keys = [*context.keys, "unit_id"]
        try:
            found = limits_of(rows, experiment, out, settings)
        except InputError as error:
            self.flags += no_limit_flags(experiment.samples, error)
            for what, tubes in conditions(experiment.samples, keys):
                used = [row for row in tubes if row["row_id"] not in out]
                count = (len(used), len(tubes) - len(used))
                self.numbers += nothing_rows(what, FRACTIONS, count, self.shared)
            return
        self.numbers += self._limits(experiment, found[:2])
        for what, tubes in conditions(experiment.samples, keys):
            self._condition(what, tubes, found)

    def _limits(
        self, experiment: Experiment, cutoffs: Sequence[Cutoff]
    ) -> Iterator[dict[str, Any]]:
        what = {"unit_id": experiment.unit, "model": experiment.model or None}
        kept = {k: v for k, v in what.items() if k == "unit_id" or k in self.context.keys}
        for name, cutoff in zip(LIMITS, cutoffs, strict=True):
            yield limit_row(kept, name, cutoff, self.shared)

    def _condition(
        self,
        what: Mapping[str, Any],
        tubes: Sequence[Row],
        found: tuple[Cutoff, Cutoff, Spill | None],
    ) -> None:
        annexin, dna, measured = found
        limits = Limits(annexin=annexin.natural, dna=dna.natural)
        total: Counter[str] = Counter()
        used = [
            gated(self.rows, row, self.out, self.settings, measured)
            for row in tubes
            if row["row_id"] not in self.out
        ]
        names = tube_names(tubes)
        for one in used:
            named = {**what, "tube": names[str(one.row["row_id"])]}
            total.update(self._tube(named, one, limits))
        number = (len(used), len(tubes) - len(used))
        counts = {name: total[name] for name in QUADRANTS}
        together = {"method": self.shared["method"] + "+tubes_together"} if len(used) > 1 else {}
        cells = sum(counts.values())
        level = self.context.conf_level
        self.numbers += condition_rows(
            what, with_sums(counts), cells, tubes=number, shared=self.shared | together, level=level
        )
        self.draws += drawn_fractions(what, counts, SUMS, self.shared, self.context.seed)

    def _tube(self, named: Mapping[str, Any], one: Gated, limits: Limits) -> dict[str, int]:
        x = one.tube.of(self.settings.annexin_channel)
        y = one.tube.of(self.settings.dna_channel)
        counts = quadrant_counts(x, y, one.keep, limits)
        self.numbers += tube_rows(named, one, self.shared)
        pair = np.stack([x[one.keep], y[one.keep]])
        self.layers += tube_layers(
            named, pair, limits=limits, counts=counts, settings=self.settings, context=self.context
        )
        return counts
