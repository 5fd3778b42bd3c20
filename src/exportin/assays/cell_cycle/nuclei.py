"""From a tube to the histogram of its single nuclei; the events themselves are let go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.events.channels import ceiling
from exportin.events.gated_tubes import tube_range
from exportin.events.gating import gate
from exportin.events.ranges import kept_events
from exportin.events.singlets import Singlets, find_singlets
from exportin.events.tubes import Tube, open_tube
from exportin.tables.events import Events

Floats = NDArray[np.float64]
FINE = 16_384  # bins in which a tube is kept; every other histogram is made of them
COARSE = 512  # bins of the histogram in which peaks are first looked for
REACH = 0.999  # quantile of the events that ends that histogram
BEYOND_REACH = 2.5  # times that quantile are kept: aggregates stand above it
STEPS = 4_096  # integers of a shorter scale are counted in bins of whole steps
SAMPLED = 50_000  # events in which steps of the scale are looked for
FEW = 0.25  # different values among them, at most, if there are steps
BEYOND = 0.001  # of the events above the stated range: then the statement is not believed
GRID = 40  # cells a side of the picture of the gate


@dataclass(frozen=True, eq=False, kw_only=True)
class Nuclei:
    """One tube, counted: what memory holds does not grow with its events.

    Parameters
    ----------
    row
        Its row of the study: row_id, unit_id, treatment and so on.
    fine
        Single nuclei in bins of ``step`` from 0.
    ungated
        The same with doublets, for the doublet fraction that the histogram itself shows.
    step
        Width of these bins; a whole channel (or several) where the instrument counts in channels.
    events, gated
        Events that no exclusion names, and those of them inside the gate.
    singlets
        How single nuclei were told from doublets; None where the study says "none".
    top
        Highest signal the instrument can give; infinite where the file does not say.
    spread
        Half-width of the ridge of single nuclei in robust SDs.
    picture
        Counts of area by height (or width), their edges, for the figure of the gate.
    """

    row: Mapping[str, Any]
    fine: Floats
    ungated: Floats
    step: float
    events: int
    gated: int
    singlets: Singlets | None
    top: float
    spread: float = 0.0
    picture: tuple[Floats, Floats, Floats] | None = None

    @property
    def n(self) -> int:
        """Single nuclei."""
        return int(self.fine.sum())

    @property
    def gated_singlets(self) -> bool:
        """Whether doublets could be taken out by the pulse."""
        return self.singlets is not None and self.singlets.status == "ok"

    @property
    def against_height(self) -> bool:
        """Whether area is held against height, not width."""
        return self.singlets is not None and self.singlets.sentence.startswith(
            f"{self.singlets.area} / "
        )

    @property
    def reach(self) -> float:
        """Signal below which nearly all single nuclei lie; 0 where there are none."""
        total = np.cumsum(self.fine)
        if not total.size or total[-1] == 0:
            return 0.0
        return self.step * (float(np.searchsorted(total, REACH * total[-1])) + 1.0)


def nuclei_of(
    rows: Events, row: Mapping[str, Any], out: set[str], settings: CellCycleSettings
) -> Nuclei:
    """Open one tube and count its single nuclei.

    Parameters
    ----------
    rows
        The tubes.
    row
        Which one.
    out
        Excluded row ids: parts of tubes are named by ranges of events.
    settings
        Channel, gates and how single nuclei are found.

    Raises
    ------
    InputError
        The file has no such channel.
    """
    data = rows.open(str(row["row_id"]))
    tube = open_tube(data, tube_range(str(row["row_id"]), data.n_events))
    index = tube.find(settings.dna_channel)
    keep = kept_events(tube.row_id, out)
    inside = keep
    if settings.population:
        inside = keep & gate(tube, settings.gate_set)[settings.population]
    values = tube.linear(index)
    usable = inside & np.isfinite(values)
    with_doublets = values[usable]
    singlets, picture = None, None
    if settings.singlets != "none" and data.n_events:
        singlets = find_singlets(tube, settings.dna_channel, settings.singlet_settings, usable)
        picture = _picture(tube, singlets, usable)
        usable &= singlets.mask
    step = _step(tube, index, with_doublets)
    return Nuclei(
        row=row,
        fine=_counted(values[usable], step),
        ungated=_counted(with_doublets, step),
        step=step,
        events=int(keep.sum()),
        gated=int(inside.sum()),
        singlets=singlets,
        top=_top(tube, index),
        spread=settings.singlet_spread,
        picture=picture,
    )


def _step(tube: Tube, index: int, values: Floats) -> float:
    """Choose the width of the fine bins: one channel, or a power of two that reaches far enough.

    Powers of two, so that bins of one tube can be put together to those of another.
    """
    channel = tube.data.channels[index]
    raw = tube.data.values[index]
    whole = raw.dtype.kind in "ui" or bool(np.all(raw == np.rint(raw)))
    short = 0 < channel.range <= STEPS or (raw.size and float(raw.max()) <= STEPS)
    if whole and short and channel.decades == 0:
        return 1.0 / (channel.gain or 1.0)
    coarse = _quantum(values)
    if coarse > 0:
        return coarse
    above = values[values > 0]
    high = float(np.quantile(above, REACH)) * BEYOND_REACH if above.size else 1.0
    return float(2.0 ** np.ceil(np.log2(max(high, np.finfo(float).tiny) / FINE)))


def _quantum(values: Floats) -> float:
    """Return the spacing of values that come in steps, whatever their scale; 0 if they do not."""
    some = values[:SAMPLED]
    seen = np.unique(some)
    if seen.size < 2 or seen.size > min(STEPS, FEW * some.size):
        return 0.0
    gaps = np.diff(seen)
    step = float(gaps.min())
    steps = gaps / step
    return step if step > 0 and bool(np.all(np.abs(steps - np.rint(steps)) < 0.02)) else 0.0


def _counted(values: Floats, step: float) -> Floats:
    """Count values in fine bins; what lies below zero or beyond them is in none."""
    held = values[(values >= 0) & (values < step * FINE)]
    if not held.size:
        return np.zeros(FINE)
    places = np.minimum((held / step + 1e-6).astype(np.int64), FINE - 1)
    return np.bincount(places, minlength=FINE).astype(np.float64)


def _top(tube: Tube, index: int) -> float:
    channel = tube.data.channels[index]
    high = ceiling(tube.data, index)
    if high is None or _share(tube.data.values[index] > high + 1.0) > BEYOND:
        return float("inf")
    return float(high) / (channel.gain or 1.0)


def _share(mask: NDArray[np.bool_]) -> float:
    return float(mask.mean()) if mask.size else 0.0


def _picture(
    tube: Tube, found: Singlets, usable: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats] | None:
    """Count area by height (or width) on an even grid."""
    if found.status != "ok" or not usable.any():
        return None
    x = tube.linear(tube.find(found.area))[usable]
    y = tube.linear(tube.find(found.against))[usable]
    high = [float(np.quantile(v, REACH)) * 1.05 for v in (x, y)]
    if not min(high) > 0 or not np.all(np.isfinite(high)):
        return None
    counts, left, low = np.histogram2d(x, y, bins=GRID, range=[(0.0, high[0]), (0.0, high[1])])
    return counts, left, low


def in_steps(tube: Nuclei, step: float) -> Floats | None:
    """Return the fine bins of a tube in wider steps; None where these are no multiple of its own.

    >>> from types import SimpleNamespace
    >>> tube = SimpleNamespace(fine=np.array([1.0, 2.0, 3.0, 4.0]), step=0.5)
    >>> in_steps(tube, 1.0).tolist()
    [3.0, 7.0]
    """
    each = step / tube.step
    if each < 1 or each != round(each) or tube.fine.size % round(each):
        return None
    return np.asarray(tube.fine.reshape(-1, round(each)).sum(axis=1))


def coarse_histogram(tube: Nuclei) -> tuple[Floats, Floats]:
    """Return counts and edges in which peaks are looked for, whatever the instrument's scale."""
    return histogram(tube.fine, tube.step, tube.reach * 1.02, COARSE)


def histogram(fine: Floats, step: float, top: float, bins: int) -> tuple[Floats, Floats]:
    """Put fine bins together to about ``bins`` equal ones from 0 to about ``top``.

    >>> counts, edges = histogram(np.array([1.0, 2.0, 3.0, 4.0]), 1.0, 4.0, 2)
    >>> counts.tolist(), edges.tolist()
    ([3.0, 7.0], [0.0, 2.0, 4.0])
    """
    each = max(round(top / bins / step), 1)
    count = max(int(np.ceil(round(top / step, 6) / each)), 1)
    padded = np.zeros(count * each)
    held = fine[: padded.size]
    padded[: held.size] = held
    edges: Floats = step * each * np.arange(count + 1, dtype=np.float64)
    return padded.reshape(count, each).sum(axis=1), edges
