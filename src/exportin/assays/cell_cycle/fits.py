"""DNA histograms of one experiment and what the models say of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from exportin.assays.cell_cycle.nuclei import Nuclei, coarse_histogram, histogram, in_steps
from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.events.singlets import Agreement, compare_doublets
from exportin.kernels.dna_histogram import DnaFit, DnaModel, fit_dna
from exportin.kernels.dna_intervals import sub_g1_limits
from exportin.kernels.dna_peaks import find_start
from exportin.kernels.dna_plate import fit_plate
from exportin.kernels.dna_spread import DnaAnswer, judge_histogram

Floats = NDArray[np.float64]
REACH = 4.6  # times G1: aggregates of two G2M cells are still seen
ENOUGH = 2  # tubes that show a G1, to share anything
CONTROLS = ("vehicle", "untreated")  # roles of cultures that cycle as they are used to
APART = 0.25  # ln of a G1 position over the median's: such a tube is of another kind
LEAST = 20  # fewer single nuclei are not even looked at


class Look(NamedTuple):
    """A first look at a tube: channel of its G1, and of the G1 of the upper line."""

    g1: float
    upper: float


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
    elsewhere
        Where the other tubes have their G1, if this tube's main peak is not there.
    """

    nuclei: Nuclei
    counts: Floats
    edges: Floats
    answer: DnaAnswer | None
    sub_g1: float = 0.0
    sub_g1_limits: tuple[float, float] = (0.0, 1.0)
    doublets: Agreement | None = None
    sentence: str = ""
    elsewhere: str = ""

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

    Where G1 is, the vehicle of a line says for all its tubes: a culture of which all cells stand
    before mitosis shows one peak, and that is not G1.

    Parameters
    ----------
    tubes
        Tubes stained and measured together.
    settings
        What is fixed, free or shared.
    """
    found: dict[int, TubeFit] = {}
    alone = settings.share == "none"
    lines = [tube.row.get("model", i if alone else None) for i, tube in enumerate(tubes)]
    for line in dict.fromkeys(lines):
        mine = [i for i, name in enumerate(lines) if name == line]
        made = _of_line([tubes[i] for i in mine], settings)
        found |= dict(zip(mine, made, strict=True))
    return [found[i] for i in range(len(tubes))]


def _of_line(tubes: Sequence[Nuclei], settings: CellCycleSettings) -> list[TubeFit]:
    """Fit the tubes of one line: first where its G1 is, then what its tubes share."""
    asked = _range(settings)
    looks = [_first_look(tube, asked) for tube in tubes]
    center = None if asked else _center(tubes, looks)
    near = [i for i, look in enumerate(looks) if look is not None and _is_near(look.g1, center)]
    together = _shared([tubes[i] for i in near], [looks[i] for i in near], settings, asked)
    done = dict(zip(near, together, strict=False))
    for i, (tube, look) in enumerate(zip(tubes, looks, strict=True)):
        if i in done:
            continue
        if center is None or i in near:
            done[i] = _fitted(tube, look, settings, asked)
        else:
            done[i] = _sought(tube, look, settings, center)
    return [done[i] for i in range(len(tubes))]


def _center(tubes: Sequence[Nuclei], looks: Sequence[Look | None]) -> float | None:
    """Say where G1 of a line is: where its vehicle has it, else the lowest place tubes agree on."""
    known = [(look.g1, tube) for look, tube in zip(looks, tubes, strict=True) if look is not None]
    vehicles = [at for at, tube in known if tube.row.get("role") in CONTROLS]
    if vehicles:
        return float(np.median(vehicles))
    places = sorted(at for at, _ in known)
    for at in places:
        group = [other for other in places if abs(np.log(other / at)) < APART]
        if len(group) >= ENOUGH:
            return float(np.median(group))
    return None


def _is_near(at: float, center: float | None) -> bool:
    return center is None or bool(abs(np.log(at / center)) < APART)


def _sought(tube: Nuclei, look: Look | None, settings: CellCycleSettings, center: float) -> TubeFit:
    """Look for G1 where the other tubes of the line have it; a tube without it has no phases."""
    around = (center * float(np.exp(-APART)), center * float(np.exp(APART)))
    found = _fitted(tube, Look(center, center), settings, around)
    where = (
        ""
        if look is None
        else f"; the main peak stands at {look.g1:.6g}, " + (f"{look.g1 / center:.2f} times that")
    )
    said = f"G1 of this line is at {center:.6g} in the other tubes of the experiment{where}"
    if found.answer is None:
        return replace(found, sentence=f"{said}: cells before mitosis, or another staining")
    return replace(found, elsewhere=said)


def _shared(
    tubes: Sequence[Nuclei],
    looks: Sequence[Look | None],
    settings: CellCycleSettings,
    asked: tuple[float, float] | None,
) -> list[TubeFit]:
    """Fit tubes whose G1 stands together with what they share; none where nothing is shared."""
    known = [look.upper for look in looks if look is not None]
    if settings.share == "none" or len(known) < ENOUGH:
        return []
    step = max(tube.step for tube in tubes)
    top = _top(max(known), min(tube.top for tube in tubes))
    made: dict[int, tuple[Floats, Floats]] = {}
    for i, tube in enumerate(tubes):
        counts = in_steps(tube, step)
        if counts is not None:
            made[i] = histogram(counts, step, top, settings.bins)
    lead = _one_each(tubes, list(made))
    if len(lead) < ENOUGH or len(made) < len(tubes):
        return []
    plate = fit_plate(
        np.array([made[i][0] for i in lead]), made[lead[0]][1], DnaModel(ratio=_ratio(settings)),
        g1_range=asked, floor=settings.debris_floor,
    )  # fmt: skip
    joined = dict.fromkeys(made, True) | {i: bool(plate.joined[k]) for k, i in enumerate(lead)}
    return [
        _judged(tube, made[i], settings, asked, plate.prior if joined[i] else None)
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


def _first_look(tube: Nuclei, asked: tuple[float, float] | None) -> Look | None:
    """Return where a tube has its G1, and the G1 of the upper line where there are two."""
    if tube.n < LEAST or not tube.reach > 0:
        return None
    start = find_start(*coarse_histogram(tube), asked)
    if not np.isfinite(start.g1_mean):
        return None
    second = start.second_mean
    upper = max(start.g1_mean, second) if np.isfinite(second) else start.g1_mean
    return Look(float(start.g1_mean), float(upper))


def _top(g1: float, limit: float) -> float:
    return min(REACH * g1, limit)


def _fitted(
    tube: Nuclei,
    look: Look | None,
    settings: CellCycleSettings,
    asked: tuple[float, float] | None,
) -> TubeFit:
    if look is None or tube.n < LEAST:
        counts, edges = histogram(tube.fine, tube.step, tube.reach or 1.0, settings.bins)
        why = f"{tube.n} single nuclei show no peak of G1"
        return TubeFit(nuclei=tube, counts=counts, edges=edges, answer=None, sentence=why)
    made = histogram(tube.fine, tube.step, _top(look.upper, tube.top), settings.bins)
    return _judged(tube, made, settings, asked, None)


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
        ratio=_ratio(settings), gated=tube.gated_singlets,
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
    fit = answer.fit
    low, high = answer.intervals.low["sub_g1"], answer.intervals.high["sub_g1"]
    if not fit.model.sub_g1 and settings.sub_g1 != "no":
        model = replace(fit.model, sub_g1=True)
        fit = fit_dna(
            fit.counts, fit.edges, model, near=fit, floor=settings.debris_floor, prior=prior
        )
        low, high = sub_g1_limits(fit)
    value = fit.sub_g1 if np.isfinite(fit.sub_g1) else 0.0
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
