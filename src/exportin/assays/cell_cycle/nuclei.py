"""From a tube to the DNA values of its single nuclei."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.events.channels import ceiling
from exportin.events.gating import gate
from exportin.events.ranges import kept_events
from exportin.events.singlets import Singlets, find_singlets
from exportin.events.tubes import Tube, open_tube
from exportin.tables.events import Events, event_range, range_id

Floats = NDArray[np.float64]
COARSE = 512  # bins of the histogram in which peaks are first looked for
REACH = 0.999  # quantile of the events that ends that histogram
BEYOND = 0.001  # of the events above the stated range: then the statement is not believed
STEPS = 4_096  # integers of a shorter scale are counted in bins of whole steps


@dataclass(frozen=True, eq=False, kw_only=True)
class Nuclei:
    """One tube, ready to be counted.

    Parameters
    ----------
    row
        Its row of the study: row_id, unit_id, treatment and so on.
    dna
        DNA signal of the single nuclei, linear.
    ungated
        The same with doublets, for the doublet fraction that the histogram itself shows.
    events, gated
        Events that no exclusion names, and those of them inside the gate.
    singlets
        How single nuclei were told from doublets; None where the study says "none".
    step
        Width of one channel where the instrument gives whole numbers, else 0.
    top
        Highest signal the instrument can give; infinite where the file does not say.
    """

    row: Mapping[str, Any]
    dna: Floats
    ungated: Floats
    events: int
    gated: int
    singlets: Singlets | None
    step: float
    top: float


def nuclei_of(
    rows: Events, row: Mapping[str, Any], out: set[str], settings: CellCycleSettings
) -> Nuclei:
    """Open one tube and keep its single nuclei.

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
    tube = open_tube(data, tube_id(str(row["row_id"]), data.n_events))
    index = tube.find(settings.dna_channel)
    keep = kept_events(tube.row_id, out)
    inside = keep
    if settings.population:
        inside = keep & gate(tube, settings.gate_set)[settings.population]
    values = tube.linear(index)
    usable = inside & np.isfinite(values)
    singlets = None
    if settings.singlets != "none" and data.n_events:
        found = find_singlets(tube, settings.dna_channel, settings.singlet_settings, usable)
        singlets, usable = found, found.mask & usable
    return Nuclei(
        row=row,
        dna=values[usable],
        ungated=values[inside & np.isfinite(values)],
        events=int(keep.sum()),
        gated=int(inside.sum()),
        singlets=singlets,
        step=_step(tube, index),
        top=_top(tube, index),
    )


def tube_id(row_id: str, n_events: int) -> str:
    """Return the range of a tube's events, from where its row starts.

    >>> tube_id("a.fcs:101-200", 50)
    'a.fcs:101-150'
    """
    file, first, _ = event_range(row_id.partition("#")[0])
    return range_id(file, first, first + n_events - 1)


def _step(tube: Tube, index: int) -> float:
    """Width of one whole channel on the linear scale; 0 for numbers that are not whole."""
    raw = tube.data.values[index]
    channel = tube.data.channels[index]
    whole = raw.dtype.kind in "ui" or bool(np.all(raw == np.rint(raw)))
    coarse = whole and 0 < channel.range <= STEPS and channel.decades == 0
    return 1.0 / (channel.gain or 1.0) if coarse else 0.0


def _top(tube: Tube, index: int) -> float:
    channel = tube.data.channels[index]
    high = ceiling(tube.data, index)
    if high is None or _share(tube.data.values[index] > high + 1.0) > BEYOND:
        return float("inf")
    return float(high) / (channel.gain or 1.0)


def _share(mask: NDArray[np.bool_]) -> float:
    return float(mask.mean()) if mask.size else 0.0


def coarse_histogram(dna: Floats, step: float) -> tuple[Floats, Floats]:
    """Return counts and edges in which peaks are looked for, whatever the instrument's scale."""
    top = float(np.quantile(dna, REACH)) * 1.02
    return histogram(dna, top, COARSE, step)


def histogram(dna: Floats, top: float, bins: int, step: float) -> tuple[Floats, Floats]:
    """Count DNA values from 0 to about ``top`` in equal bins; whole channels are never split.

    >>> counts, edges = histogram(np.array([0.0, 1.0, 2.0, 3.0]), 4.0, 64, 1.0)
    >>> edges.tolist(), counts.tolist()
    ([0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 1.0, 1.0])
    """
    width = top / bins
    if step > 0:
        width = step * max(round(width / step), 1)
        bins = max(int(np.ceil(top / width)), 1)
    edges: Floats = width * np.arange(bins + 1, dtype=np.float64)
    below = dna[dna < edges[-1]]  # numpy would count the last edge in
    counts = np.histogram(below, bins=bins, range=(0.0, float(edges[-1])))[0]
    return counts.astype(np.float64), edges
