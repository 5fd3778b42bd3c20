"""DNA histograms of one experiment and what the models say of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from exportin.assays.cell_cycle.nuclei import Nuclei, coarse_histogram, histogram, in_steps
from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.events.singlets import Agreement, compare_doublets
from exportin.kernels.dna_histogram import DnaFit, DnaModel, fit_dna
from exportin.kernels.dna_intervals import dna_intervals
from exportin.kernels.dna_peaks import find_start
from exportin.kernels.dna_plate import fit_plate
from exportin.kernels.dna_spread import DnaAnswer, judge_histogram

Floats = NDArray[np.float64]
REACH = 4.6  # times G1: aggregates of two G2M cells are still seen
ENOUGH = 2  # tubes that show a G1, to share anything
APART = 0.25  # ln of a G1 position over the median's: such a tube is of another kind
LEAST = 20  # fewer single nuclei are not even looked at


@dataclass(frozen=True, eq=False, kw_only=True)
class TubeFit:
    """One tube: its histogram and the answer; the answer is None where nothing could be fitted.

    Parameters
    ----------
    nuclei
        The tube.
    counts, edges
        Histogram of its single nuclei.
    answer
        Reported fit, intervals, range over models, verdict.
    sub_g1, sub_g1_limits
        Of the fit with a sub-G1 population, also where the reported fit does without one.
    doublets
        Doublets of the gate held against the aggregates of the ungated histogram.
    sentence
        Why there is no answer.
    """

    nuclei: Nuclei
    counts: Floats
    edges: Floats
    answer: DnaAnswer | None
    sub_g1: float = 0.0
    sub_g1_limits: tuple[float, float] = (0.0, 1.0)
    doublets: Agreement | None = None
    sentence: str = ""

    @property
    def fit(self) -> DnaFit | None:
        """The reported fit, if there is one."""
        return None if self.answer is None else self.answer.fit

    @property
    def limits(self) -> tuple[dict[str, float], dict[str, float]]:
        """Lower and upper limits of every number; none where nothing was fitted."""
        if self.answer is None:
            return {}, {}
        found = self.answer.intervals
        low, high = self.sub_g1_limits
        return {**found.low, "sub_g1": low}, {**found.high, "sub_g1": high}


def fit_tubes(tubes: Sequence[Nuclei], settings: CellCycleSettings) -> list[TubeFit]:
    """Fit every tube of one experiment, by itself or with what the tubes share.

    Parameters
    ----------
    tubes
        Tubes stained and measured together.
    settings
        What is fixed, free or shared.
    """
    if settings.share == "none":
        asked = _range(settings)
        return [_fitted(tube, _first_look(tube, asked), settings, asked, None) for tube in tubes]
    found: dict[int, TubeFit] = {}
    lines = [tube.row.get("model") for tube in tubes]
    for line in dict.fromkeys(lines):
        mine = [i for i, name in enumerate(lines) if name == line]
        made = _shared([tubes[i] for i in mine], settings)
        found |= dict(zip(mine, made, strict=True))
    return [found[i] for i in range(len(tubes))]


def _shared(tubes: Sequence[Nuclei], settings: CellCycleSettings) -> list[TubeFit]:
    """Fit tubes of one line with what they share; tubes that lie elsewhere stand alone."""
    asked = _range(settings)
    starts = [_first_look(tube, asked) for tube in tubes]
    known = [at for at in starts if at is not None]
    if len(known) < ENOUGH:
        return [_fitted(t, at, settings, asked, None) for t, at in zip(tubes, starts, strict=True)]
    center = float(np.median(known))
    step = max(tube.step for tube in tubes)
    near = [at is not None and abs(np.log(at / center)) < APART for at in starts]
    top = _top(
        max(at for at, ok in zip(starts, near, strict=True) if ok and at is not None),
        min(tube.top for tube in tubes),
    )
    fine = {i: in_steps(tube, step) for i, tube in enumerate(tubes) if near[i]}
    made = {
        i: histogram(counts, step, top, settings.bins)
        for i, counts in fine.items()
        if counts is not None
    }
    lead = _one_each(tubes, list(made))
    if len(lead) < ENOUGH:
        return [_fitted(t, at, settings, asked, None) for t, at in zip(tubes, starts, strict=True)]
    plate = fit_plate(
        np.array([made[i][0] for i in lead]), made[lead[0]][1], DnaModel(ratio=_ratio(settings)),
        g1_range=asked, floor=settings.debris_floor,
    )  # fmt: skip
    joined = dict.fromkeys(made, True) | {i: bool(plate.joined[k]) for k, i in enumerate(lead)}
    return [
        _judged(tube, made[i], settings, asked, plate.prior)
        if joined.get(i)
        else _fitted(tube, starts[i], settings, asked, None)
        for i, tube in enumerate(tubes)
    ]


def _one_each(tubes: Sequence[Nuclei], which: Sequence[int]) -> list[int]:
    """Keep the first tube of each condition: measuring one culture twice tells nothing new."""
    first: dict[object, int] = {}
    for i in which:
        first.setdefault(tubes[i].row.get("condition", i), i)
    return list(first.values())


def _range(settings: CellCycleSettings) -> tuple[float, float] | None:
    if settings.g1_low is None and settings.g1_high is None:
        return None
    high = settings.g1_high if settings.g1_high is not None else float(np.finfo(float).max)
    return (settings.g1_low or 0.0, high)


def _ratio(settings: CellCycleSettings) -> float | None:
    return None if settings.g2_ratio == "free" else float(settings.g2_ratio)


def _first_look(tube: Nuclei, asked: tuple[float, float] | None) -> float | None:
    """Return the channel up to which there are first-generation peaks: G1 of the upper line."""
    if tube.n < LEAST or not tube.reach > 0:
        return None
    start = find_start(*coarse_histogram(tube), asked)
    if not np.isfinite(start.g1_mean):
        return None
    second = start.second_mean
    return float(max(start.g1_mean, second) if np.isfinite(second) else start.g1_mean)


def _top(g1: float, limit: float) -> float:
    return min(REACH * g1, limit)


def _fitted(
    tube: Nuclei,
    g1: float | None,
    settings: CellCycleSettings,
    asked: tuple[float, float] | None,
    prior: Floats | None,
) -> TubeFit:
    if g1 is None:
        counts, edges = histogram(tube.fine, tube.step, tube.reach or 1.0, settings.bins)
        why = f"{tube.n} single nuclei show no peak of G1"
        return TubeFit(nuclei=tube, counts=counts, edges=edges, answer=None, sentence=why)
    made = histogram(tube.fine, tube.step, _top(g1, tube.top), settings.bins)
    return _judged(tube, made, settings, asked, prior)


def _judged(
    tube: Nuclei,
    made: tuple[Floats, Floats],
    settings: CellCycleSettings,
    asked: tuple[float, float] | None,
    prior: Floats | None,
) -> TubeFit:
    counts, edges = made
    yes = {"auto": None, "yes": True, "no": False}
    answer = judge_histogram(
        counts, edges, g1_range=asked, floor=settings.debris_floor, prior=prior,
        second_line=yes[settings.second_line], sub_g1=yes[settings.sub_g1],
        ratio=_ratio(settings),
    )  # fmt: skip
    if not np.isfinite(answer.fit.g1):
        why = f"nothing could be fitted: {answer.fit.status.replace('_', ' ')}"
        return TubeFit(nuclei=tube, counts=counts, edges=edges, answer=None, sentence=why)
    value, limits = _sub_g1(answer, settings, prior)
    return TubeFit(
        nuclei=tube, counts=counts, edges=edges, answer=answer, sub_g1=value,
        sub_g1_limits=limits, doublets=_doublets(tube, answer),
    )  # fmt: skip


def _sub_g1(
    answer: DnaAnswer, settings: CellCycleSettings, prior: Floats | None
) -> tuple[float, tuple[float, float]]:
    """Return sub-G1 with its limits; where the reported fit has none, of the fit that has one."""
    fit, found = answer.fit, answer.intervals
    if not fit.model.sub_g1 and settings.sub_g1 != "no":
        model = replace(fit.model, sub_g1=True)
        fit = fit_dna(
            fit.counts, fit.edges, model, near=fit, floor=settings.debris_floor, prior=prior
        )
        found = dna_intervals(fit) if fit.state is not None else found
    value = fit.sub_g1 if np.isfinite(fit.sub_g1) else 0.0
    low, high = found.low["sub_g1"], found.high["sub_g1"]
    low = float(low) if np.isfinite(low) else 0.0
    high = float(high) if np.isfinite(high) else _unseen(fit.cells)
    return value, (min(low, value), max(high, value))


def _unseen(cells: float) -> float:
    """Upper limit where none of the cells was one: 97.5 % of chances would have shown one."""
    return float(1.0 - 0.025 ** (1.0 / max(cells, 1.0)))


def _doublets(tube: Nuclei, answer: DnaAnswer) -> Agreement | None:
    """Fit the histogram with its doublets in, and hold its aggregates against the gate."""
    if tube.singlets is None or tube.singlets.doublets is None:
        return None
    edges = answer.fit.edges
    counts, _ = histogram(tube.ungated, tube.step, float(edges[-1]), edges.size - 1)
    if counts.size != edges.size - 1:
        return None
    whole = fit_dna(counts, edges, answer.fit.model, near=answer.fit)
    if not np.isfinite(whole.aggregates) or whole.cells <= 0:
        return None
    share = whole.aggregates
    n = float(counts.sum())
    wide = 1.96 * float(np.sqrt(max(share * (1 - share), 0.0) / n))
    return compare_doublets(tube.singlets, share, max(share - wide, 0.0), min(share + wide, 1.0))
