"""Simulated events in 16 bits, as older digital instruments write them: half the size of floats."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from exportin.tables.events import EventData

TOP = 65_536.0


def in_16_bits(
    data: EventData, divisors: Mapping[str, float], without: Sequence[str] = ()
) -> EventData:
    """Return the events as whole channels of 0 to 65,535.

    Parameters
    ----------
    data
        Events of a tube; spill-over stays, so that dyes share one divisor.
    divisors
        By what the numbers of a channel are divided; 1 for those that are not named.
    without
        Channels that are left out.

    >>> from exportin.tables.events import Channel
    >>> one = EventData(channels=(Channel(name="PI-A", range=262144),),
    ...                 values=np.array([[50_002.0, 261_000.0]]))
    >>> in_16_bits(one, {"PI-A": 4}).values.tolist()
    [[12500, 65250]]
    """
    kept = [at for at, name in enumerate(data.names) if name not in without]
    by = np.array([divisors.get(data.names[at], 1.0) for at in kept])[:, None]
    values = np.clip(np.rint(data.values[kept] / by), 0, TOP - 1).astype(np.uint16)
    channels = tuple(replace(data.channels[at], range=TOP, bits=16) for at in kept)
    return replace(data, channels=channels, values=values)
