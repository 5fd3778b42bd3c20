"""From a row of a study to the single cells of its tube, whatever is measured on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exportin.events.channels import find_channel
from exportin.events.gated_settings import GatedSettings
from exportin.events.gating import gate
from exportin.events.ranges import kept_events
from exportin.events.settings import Compensation
from exportin.events.singlets import Singlets, find_singlets
from exportin.events.tubes import Tube, open_tube
from exportin.tables.events import EventData, Events, Spill, event_range, range_id
from exportin.tables.problems import InputError

Mask = NDArray[np.bool_]
Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Gated:
    """One tube with the cells that count.

    Parameters
    ----------
    row
        Its row of the study.
    tube
        The events, compensated.
    keep
        Single cells inside the gate.
    events
        Events that no exclusion names.
    singlets
        How single cells were told from doublets; None where they were not.
    """

    row: Row
    tube: Tube
    keep: Mask
    events: int
    singlets: Singlets | None

    @property
    def cells(self) -> int:
        """How many cells count."""
        return int(self.keep.sum())


def tube_range(row_id: str, n_events: int) -> str:
    """Return the range of a tube's events, from where its row starts.

    >>> tube_range("a.fcs:101-200", 50)
    'a.fcs:101-150'
    """
    file, first, _ = event_range(row_id.partition("#")[0])
    return range_id(file, first, first + n_events - 1)


def opened(rows: Events, row: Row, how: Compensation, measured: Spill | None = None) -> Tube:
    """Open the tube of a row, its spill-over taken out.

    Raises
    ------
    InputError
        The spill-over cannot be used with this file.
    """
    data = rows.open(str(row["row_id"]))
    return open_tube(data, tube_range(str(row["row_id"]), data.n_events), how, measured=measured)


def gated(
    rows: Events,
    row: Row,
    out: set[str],
    settings: GatedSettings,
    measured: Spill | None = None,
) -> Gated:
    """Open one tube and mark its single cells.

    Parameters
    ----------
    rows, row
        The tubes, and which one.
    out
        Excluded row ids: parts of tubes are named by ranges of events.
    settings
        Gates, debris, single cells and compensation.
    measured
        Spill-over of single stains, where the settings ask for it.

    Raises
    ------
    InputError
        The file lacks a channel, or its spill-over cannot be used.
    """
    tube = opened(rows, row, settings.compensation, measured)
    kept = kept_events(tube.row_id, out)
    inside = kept & sound(tube)
    if settings.population:
        inside = inside & gate(tube, settings.gate_set)[settings.population]
    if settings.debris_below is not None:
        inside = inside & (
            tube.linear(tube.find(settings.scatter_channel)) >= settings.debris_below
        )
    found = _singlets(tube, settings, inside)
    if found is not None:
        inside = inside & found.mask
    return Gated(row=row, tube=tube, keep=inside, events=int(kept.sum()), singlets=found)


def sound(tube: Tube) -> Mask:
    """Events whose numbers are finite in every channel."""
    values = tube.data.values
    if values.dtype.kind in "ui":
        return np.ones(tube.n_events, dtype=np.bool_)
    found: Mask = np.isfinite(values).all(axis=0)
    return found


def _singlets(tube: Tube, settings: GatedSettings, inside: Mask) -> Singlets | None:
    if settings.singlets == "none" or not tube.n_events:
        return None
    if settings.singlets == "auto" and not has_channel(tube.data, settings.scatter_channel):
        return None
    return find_singlets(tube, settings.scatter_channel, settings.singlet_settings, inside)


def has_channel(data: EventData, name: str) -> bool:
    """Whether a file has a channel of that name.

    >>> has_channel(EventData(channels=(), values=np.zeros((0, 0))), "FSC-A")
    False
    """
    try:
        find_channel(data.channels, name, "")
    except InputError:
        return False
    return True
