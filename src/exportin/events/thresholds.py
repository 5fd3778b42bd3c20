"""Limits set once per experiment from its controls and used for all its tubes."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exportin.events.channels import loose
from exportin.events.gating import gate
from exportin.events.scaling import forward, inverse
from exportin.events.settings import GateSet, ThresholdRule, gates_behind, threshold_faults
from exportin.events.tubes import Tube
from exportin.kernels.event_statistics import main_mode, quantile_interval, robust_sd
from exportin.tables.problems import InputError, Problem, problem_at

MIN_CONTROL = 500
"""Events of a control, at least: a mode or median of fewer is moved by single clumps."""
MIN_BEYOND = 10
"""Events beyond a quantile, at least: their count, and so the limit, is known to a third."""
MIN_GAP = 2.0
"""Modes closer than this many robust SDs belong to populations that no limit separates."""
Mask = NDArray[np.bool_]
Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Control:
    """A control tube: its role, its stain where it has one, and the events that count."""

    role: str
    tube: Tube
    stain: str = ""
    keep: Mask | None = None


@dataclass(frozen=True, kw_only=True)
class Cutoff:
    """One limit of one experiment.

    Parameters
    ----------
    name, experiment
        The rule's name, and whose limit it is.
    value, low, high
        Limit on the scale of its axis with a technical 95 % interval; the interval spans the
        control tubes where there are several, and is open (None) for midpoints of one pair.
    natural
        The limit before the scale: in linear or compensated units.
    row_ids, n_events
        The control tubes, and how many of their events it rests on.
    sentence
        How it was set.
    """

    name: str
    experiment: str
    value: float
    natural: float
    low: float | None
    high: float | None
    row_ids: tuple[str, ...]
    n_events: int
    sentence: str


def least_events(q: float) -> int:
    """Return how many events a control needs for a quantile.

    >>> least_events(0.99), least_events(0.995), least_events(0.5)
    (1000, 2000, 500)
    """
    return max(MIN_CONTROL, math.ceil(round(MIN_BEYOND / min(q, 1.0 - q), 6)))


def cutoff_values(cutoffs: Iterable[Cutoff]) -> dict[str, float]:
    """Return thresholds by name, as ``gating.gate`` wants them."""
    return {cutoff.name: cutoff.value for cutoff in cutoffs}


def set_thresholds(
    rules: Sequence[ThresholdRule],
    gates: GateSet,
    controls: Sequence[Control],
    *,
    experiment: str,
    file: str = "study.toml",
) -> tuple[Cutoff, ...]:
    """Return the limits of one experiment, in the order of the rules.

    Parameters
    ----------
    rules, gates
        A rule may look only at control events within one of the gates; that gate may use
        thresholds of earlier rules.
    controls
        Control tubes of this experiment, all opened with the same compensation.
    experiment, file
        Whose limits they are, and where the rules stand, for messages.

    Raises
    ------
    InputError
        A control is missing or ambiguous, has too few events, or two modes cannot be told apart.
    """
    faults = list(threshold_faults(rules, gates))
    if faults:
        parted = [fault.partition(". ") for fault in faults]
        raise InputError(
            [problem_at(file, "thresholds", f"{a}.", b, "threshold") for a, _, b in parted]
        )
    made: list[Cutoff] = []
    problems: list[Problem] = []
    for rule in rules:
        try:
            made.append(_Setting(rule, gates, controls, experiment, file, made).cutoff())
        except InputError as error:
            problems.extend(error.problems)
            break  # later rules may rest on this one
    if problems:
        raise InputError(problems)
    return tuple(made)


@dataclass(frozen=True)
class _Setting:
    rule: ThresholdRule
    gates: GateSet
    controls: Sequence[Control]
    experiment: str
    file: str
    before: Sequence[Cutoff]

    def cutoff(self) -> Cutoff:
        rule = self.rule
        if rule.method == "quantile":
            return self._quantile()
        lower = self._sample(rule.role, rule.stain, MIN_CONTROL)
        upper = self._sample(rule.positive_role, rule.positive_stain, MIN_CONTROL)
        modes = [[main_mode(self._scaled(v)) for v in sample.values()] for sample in (lower, upper)]
        spread = [
            np.median([robust_sd(self._scaled(v)) for v in sample.values()])
            for sample in (lower, upper)
        ]
        low, high = (float(np.median(found)) for found in modes)
        gap = (high - low) / max(float(np.mean(spread)), 1e-300)
        if not gap >= MIN_GAP:
            message = (
                f"the mode of '{rule.positive_role}' lies {gap:.2g} robust SD above that of "
                f"'{rule.role}'; at least {MIN_GAP:g} are needed for a limit between them."
            )
            remedy = "Check which control is which, or take a quantile of the negative control."
            raise self._refused(message, remedy, "modes-too-close")
        value = (low + high) / 2
        said = f"midpoint between the modes of {self._who(rule.role, rule.stain)} and "
        said += self._who(rule.positive_role, rule.positive_stain)
        return self._made(value, None, None, {**lower, **upper}, said)

    def _quantile(self) -> Cutoff:
        rule = self.rule
        sample = self._sample(rule.role, rule.stain, least_events(rule.q))
        found = [float(np.quantile(values, rule.q)) for values in sample.values()]
        limits = [quantile_interval(values, rule.q) for values in sample.values()]
        edges = np.array([*found, *(x for pair in limits for x in pair)])
        places = forward(rule.axis.scale, edges)
        value = float(np.median(places[: len(found)]))
        said = f"{100 * rule.q:g} % quantile of {self._who(rule.role, rule.stain)}"
        low, high = float(places.min()), float(places.max())
        return self._made(value, low, high, sample, said)

    def _scaled(self, values: Values) -> Values:
        places = forward(self.rule.axis.scale, values)
        return places[np.isfinite(places)]

    def _made(
        self,
        value: float,
        low: float | None,
        high: float | None,
        sample: Mapping[str, Values],
        said: str,
    ) -> Cutoff:
        if not math.isfinite(value):
            message = f"the limit from {said} is not positive, and so not on a logarithmic scale."
            remedy = 'Write scale = { kind = "logicle" } or { kind = "arcsinh", cofactor = 150 }.'
            raise self._refused(message, remedy, "not-on-scale")
        natural = float(inverse(self.rule.axis.scale, np.array([value]))[0])
        n = sum(values.size for values in sample.values())
        within = f" within '{self.rule.gate}'" if self.rule.gate else ""
        tubes = "1 tube" if len(sample) == 1 else f"{len(sample)} tubes"
        return Cutoff(
            name=self.rule.name,
            experiment=self.experiment,
            value=value,
            natural=natural,
            low=low if low is not None and math.isfinite(low) else None,
            high=high if high is not None and math.isfinite(high) else None,
            row_ids=tuple(sample),
            n_events=n,
            sentence=f"{said}{within}: {natural:.6g} ({n} events of {tubes})",
        )

    def _who(self, role: str, stain: str) -> str:
        return f"{role} ({stain})" if stain else role

    def _sample(self, role: str, stain: str, least: int) -> dict[str, Values]:
        """Return the values of the control's tubes, before the scale."""
        out = {}
        for control in self._found(role, stain):
            keep = np.ones(control.tube.n_events, dtype=np.bool_)
            keep = keep if control.keep is None else keep & control.keep
            if self.rule.gate:
                behind = gates_behind(self.gates, self.rule.gate)
                keep = keep & gate(control.tube, behind, cutoff_values(self.before))[self.rule.gate]
            values = control.tube.along(self.rule.axis)[keep]
            values = values[np.isfinite(values)]
            if values.size < least:
                within = f" within '{self.rule.gate}'" if self.rule.gate else ""
                message = (
                    f"the control {self._who(role, stain)} has {values.size} events{within}; "
                    f"the threshold '{self.rule.name}' needs {least}."
                )
                remedy = "Record more events, or take a lower q, a wider gate or another control."
                place = control.tube.row_id
                raise InputError(
                    problem_at(control.tube.file, place, message, remedy, "few-control-events")
                )
            out[control.tube.row_id] = values
        return out

    def _found(self, role: str, stain: str) -> list[Control]:
        mine = [c for c in self.controls if loose(c.role) == loose(role)]
        fitting = [c for c in mine if not stain or loose(c.stain) == loose(stain)]
        stains = sorted({c.stain for c in fitting})
        if not fitting:
            known = sorted({self._who(c.role, c.stain) for c in self.controls})
            message = f"there is no control '{self._who(role, stain)}'."
            remedy = (
                f"Give a tube that role in the design; there are: {', '.join(known) or 'none'}."
            )
            raise self._refused(message, remedy, "no-control")
        if len(stains) > 1:
            message = f"the role '{role}' has tubes of several stains: {', '.join(stains)}."
            raise self._refused(message, "Name one of them in the threshold.", "several-stains")
        return fitting

    def _refused(self, message: str, remedy: str, code: str) -> InputError:
        place = f"thresholds, '{self.rule.name}', experiment '{self.experiment}'"
        return InputError(problem_at(self.file, place, message, remedy, code))


def as_rows(cutoffs: Iterable[Cutoff]) -> list[dict[str, object]]:
    """Return limits as rows for a table or a remark."""
    names = ("experiment", "name", "value", "natural", "low", "high", "n_events", "sentence")
    return [
        {name: getattr(cutoff, name) for name in names} | {"row_ids": " ".join(cutoff.row_ids)}
        for cutoff in cutoffs
    ]
