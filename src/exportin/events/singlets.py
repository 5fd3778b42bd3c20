"""Single cells by area against height or width, and the doublet fraction with its interval."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from exportin.events.channels import ceiling, pulse_channel
from exportin.events.settings import SingletSettings
from exportin.events.tubes import Tube
from exportin.kernels.event_ridges import grown_ridge, rise
from exportin.kernels.event_statistics import fraction_interval
from exportin.tables.problems import InputError, problem_at

MIN_EVENTS = 200
"""With fewer events the ridge of single cells has no width to speak of."""
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Singlets:
    """What was found of one tube.

    Parameters
    ----------
    mask
        Events that are single cells; all events that count where doublets cannot be told.
    doublets
        Part of the events that lie above the ridge, among those looked at; None where not possible.
    low, high
        Exact 95 % interval of that part: chance of counting only, technical.
    n_doublets, n_events
        Events above the ridge, and events looked at.
    area, against
        Channels compared; ``against`` is empty where there is none.
    center, sd
        Median and robust SD of the ridge (area / height, or width) at the main peak of the area.
    at
        Area of that peak (G1 in most tubes); None where there is no ridge.
    above, below
        Growth of the ridge from ``at`` to twice that area, and from half of it: large nuclei pass
        the beam longer.
    status
        ok, or not_possible (``sentence`` says why).
    """

    mask: Mask
    doublets: float | None
    low: float | None
    high: float | None
    n_doublets: int
    n_events: int
    area: str
    against: str
    center: float | None
    sd: float | None
    status: Literal["ok", "not_possible"]
    sentence: str
    at: float | None = None
    above: float = 0.0
    below: float = 0.0

    def border(self, area: Floats, side: float, spread: float) -> Floats:
        """Return the limit of the ridge over each area, as area / height or as width.

        Parameters
        ----------
        area
            Linear values.
        side
            -1 for the lower border, 1 for the upper one, 0 for the middle.
        spread
            Half-width in robust SDs.

        Raises
        ------
        ValueError
            No ridge was found.
        """
        if self.center is None or self.sd is None:
            raise ValueError("there is no ridge of single cells.")
        middle = self.center + side * spread * self.sd
        if self.at is None:
            return np.full(area.shape, middle)
        return middle * rise(area, self.at, self.above, self.below)


def find_singlets(
    tube: Tube,
    channel: str,
    settings: SingletSettings | None = None,
    keep: Mask | None = None,
) -> Singlets:
    """Return the single cells of a tube by the pulse of one detector.

    A doublet passes the beam longer: its area is larger than its height says. Against height the
    ridge is area / height, against width the width itself; single cells lie within ``spread``
    robust SDs of the ridge's median, doublets above. What lies below is neither. The ridge rises
    with the area, since G2/M nuclei are larger than G1 (`exportin.kernels.event_ridges`).

    Parameters
    ----------
    tube
        The events; linear values are compared, not compensated ones.
    channel
        Area channel, such as ``FL2-A``; height and width are found by its name.
    settings
        Height or width, and the half-width of the band.
    keep
        Events that count; others are in no mask.

    Raises
    ------
    InputError
        Height or width is asked for by the settings and the file has no such channel.
    """
    settings = settings or SingletSettings()
    keep = np.ones(tube.n_events, dtype=np.bool_) if keep is None else keep
    area = tube.find(channel)
    found = _other(tube, area, settings)
    name, n = tube.data.names[area], int(keep.sum())
    if found is None:
        why = f"the file has neither height nor width of '{name}'"
        return _not_possible(keep, n, name, "", why)
    other, pulse = found
    against = tube.data.names[other]
    off = [i for i in (area, other) if _off_scale(tube, i, keep)]
    if off:
        why = f"most events are off scale in '{tube.data.names[off[0]]}'"
        return _not_possible(keep, n, name, against, why)
    if n < MIN_EVENTS:
        why = f"there are {n} events, {MIN_EVENTS} are needed"
        return _not_possible(keep, n, name, against, why)
    return _banded(tube, (area, other), pulse, settings.spread, keep)


def _banded(tube: Tube, spots: tuple[int, int], pulse: str, spread: float, keep: Mask) -> Singlets:
    area, other = spots
    b = tube.linear(other)
    a, ratio = tube.linear(area), np.full(tube.n_events, np.nan)
    usable = keep & (b > 0)
    ratio[usable] = a[usable] / b[usable] if pulse == "height" else b[usable]
    name, against = tube.data.names[area], tube.data.names[other]
    n = int(usable.sum())
    if n < MIN_EVENTS:
        why = f"'{against}' is above zero in {n} events only, {MIN_EVENTS} are needed"
        return _not_possible(keep, int(keep.sum()), name, against, why)
    ridge = grown_ridge(ratio, a, spread)
    band = ridge.band
    if not band.sd > 0:
        why = f"more than half of the events have the same {_ratio(name, against, pulse)}"
        return _not_possible(keep, n, name, against, why)
    k = int(band.above.sum())
    low, high = fraction_interval(k, n)
    what = _ratio(name, against, pulse)
    return Singlets(
        mask=band.inside,
        doublets=k / n,
        low=low,
        high=high,
        n_doublets=k,
        n_events=n,
        area=name,
        against=against,
        center=band.center,
        sd=band.sd,
        status="ok",
        at=ridge.at,
        above=ridge.above,
        below=ridge.below,
        sentence=f"{what} within {band.center:.4g} +- {spread:g} x {band.sd:.3g} at "
        f"{ridge.at:.4g}, {100 * ridge.above:.2g} % higher at twice that; "
        f"{k} of {n} events above ({100 * k / n:.2g} %)",
    )


def _ratio(area: str, against: str, pulse: str) -> str:
    return f"{area} / {against}" if pulse == "height" else against


def _other(
    tube: Tube, area: int, settings: SingletSettings
) -> tuple[int, Literal["height", "width"]] | None:
    """Return the channel to compare with, and which part of the pulse it is."""
    kinds: tuple[Literal["height", "width"], ...] = ("height", "width")
    for pulse in kinds:
        if settings.against not in ("auto", pulse):
            continue
        spot = pulse_channel(tube.data.channels, area, pulse)
        if spot is not None:
            return spot, pulse
        if settings.against == pulse:
            name = tube.data.names[area]
            message = f"there is no {pulse} channel that belongs to '{name}'."
            remedy = 'Name the area channel (such as FL2-A), or write against = "auto".'
            raise InputError(problem_at(tube.file, "", message, remedy, "no-pulse"))
    return None


def _off_scale(tube: Tube, index: int, keep: Mask) -> bool:
    top = ceiling(tube.data, index)
    if top is None or not keep.any():
        return False
    return bool(2 * np.count_nonzero(tube.data.values[index][keep] >= top) > keep.sum())


def _not_possible(keep: Mask, n: int, area: str, against: str, why: str) -> Singlets:
    return Singlets(
        mask=keep,
        doublets=None,
        low=None,
        high=None,
        n_doublets=0,
        n_events=n,
        area=area,
        against=against,
        center=None,
        sd=None,
        status="not_possible",
        sentence=f"doublets cannot be told from single cells: {why}",
    )


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Doublets by the gate against aggregates of the histogram fit: difference and verdict."""

    difference: float
    low: float
    high: float
    agree: bool
    sentence: str


MARGIN = 0.02
"""Two estimates that differ by less than 2 points move a G2/M fraction by less than that."""


def compare_doublets(
    singlets: Singlets, aggregates: float, low: float, high: float
) -> Agreement | None:
    """Hold the gate's doublet fraction against that of a fit of the ungated histogram.

    The interval of the difference is by squares of the distances to both limits (MOVER, Zou and
    Donner, Stat Med 2008;27:1693-1702). They agree where it holds 0, or lies within 2 points.

    Parameters
    ----------
    singlets
        What the gate found.
    aggregates, low, high
        Fraction of events that the fit's aggregate terms take up, with its 95 % interval.

    Returns
    -------
    Agreement or None
        None where the gate could not tell doublets.
    """
    if singlets.doublets is None or singlets.low is None or singlets.high is None:
        return None
    gap = singlets.doublets - aggregates
    down = np.hypot(singlets.doublets - singlets.low, high - aggregates)
    up = np.hypot(singlets.high - singlets.doublets, aggregates - low)
    below, above = float(gap - down), float(gap + up)
    agree = below <= 0 <= above or (below > -MARGIN and above < MARGIN)
    word = "agree" if agree else "do not agree"
    said = (
        f"doublets by the gate ({100 * singlets.doublets:.2g} %) and aggregates of the histogram "
        f"({100 * aggregates:.2g} %) {word}: difference {100 * gap:.2g} points "
        f"({100 * below:.2g} to {100 * above:.2g})"
    )
    return Agreement(difference=gap, low=below, high=above, agree=agree, sentence=said)
