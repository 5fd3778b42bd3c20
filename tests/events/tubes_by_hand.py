"""Tubes made by hand for the tests of this folder."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from exportin.events.settings import Compensation
from exportin.events.tubes import Tube, open_tube
from exportin.tables.events import Channel, EventData, Spill, range_id

NO_SPILL = Compensation(source="none")


def data(
    values: Mapping[str, Sequence[float] | NDArray[np.float64]],
    *,
    spill: Spill | None = None,
    stains: Mapping[str, str] | None = None,
    top: float = 262144.0,
    keywords: Mapping[str, str] | None = None,
) -> EventData:
    """Return events with a channel per key."""
    channels = tuple(Channel(name=n, stain=(stains or {}).get(n, ""), range=top) for n in values)
    table = np.array([np.asarray(v, dtype=np.float64) for v in values.values()])
    return EventData(channels=channels, values=table, spill=spill, keywords=keywords or {})


def tube(
    values: Mapping[str, Sequence[float] | NDArray[np.float64]],
    *,
    name: str = "a.fcs",
    compensation: Compensation = NO_SPILL,
    spill: Spill | None = None,
    top: float = 262144.0,
) -> Tube:
    """Return a tube of these events, opened."""
    made = data(values, spill=spill, top=top)
    return open_tube(made, range_id(name, 1, made.n_events), compensation)
