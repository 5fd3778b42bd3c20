"""Carry-over: first events of a tube that are still those of the tube before."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from exportin.events.channels import time_channel
from exportin.events.quality import BIN, BY, MIN_BINS, Row
from exportin.events.ranges import part_id
from exportin.events.settings import QualitySettings
from exportin.events.tubes import Tube
from exportin.kernels.event_statistics import mixture_part

CARRY_OVER = "event-carry-over"
MOST = 8
"""Bins of 250 events that are looked at: what is carried over comes first."""
PART = 0.10
"""Part of a bin that must come from the tube before."""
ERRORS = 4.0
"""Standard errors of that part: 96 tubes with 8 bins and 6 channels give no chance finding."""
TOLD_APART = 0.30
"""Distance of two tubes in a channel, 0 to 1; closer ones cannot be told apart by it."""
ENOUGH = 1000
"""Events, evenly picked, that stand for a tube's distribution."""
Values = NDArray[np.float64]


def check_carry_over(
    tubes: Sequence[Tube],
    settings: QualitySettings | None = None,
    channels: Sequence[str] = (),
) -> list[Row]:
    """Return rows for ``Flags.from_rows`` where a tube begins with events of the tube before.

    The first bins of 250 events are taken as mixtures of the tube's own second half and the tube
    before, in the channel in which these two differ most; bins are flagged from the first on, as
    long as more than 10 % of each is the other tube's. Tubes that differ in no channel are not
    judged.

    Parameters
    ----------
    tubes
        In the order of their measurement, all of one instrument.
    settings
        Severity of the rule.
    channels
        Channels to look at; none: all that both tubes have, but time.
    """
    settings = settings or QualitySettings()
    rows: list[Row] = []
    for before, tube in pairwise(tubes):
        if min(before.n_events, tube.n_events) < BIN * MIN_BINS:
            continue
        found = _carried(before, tube, channels or _shared(before, tube))
        if found is not None:
            bins, part, channel = found
            said = (
                f"{100 * part:.0f} % of the first {BIN} events look like the tube before "
                f"({before.file}) in {channel}."
            )
            rows.append(
                {
                    "row_id": part_id(tube.row_id, 0, bins * BIN),
                    "rule": CARRY_OVER,
                    "severity": settings.carry_over,
                    "message": said,
                    "by": BY,
                }
            )
    return rows


def _carried(before: Tube, tube: Tube, names: Sequence[str]) -> tuple[int, float, str] | None:
    """Return how many bins are carried over, the part of the first, and the channel."""
    best: tuple[float, str] = (TOLD_APART, "")
    half = tube.n_events // 2
    for name in names:
        own, other = tube.of(name, "linear"), _thin(before.of(name, "linear"))
        distance = mixture_part(own[:BIN], _thin(own[half:]), other).distance
        best = max(best, (distance, name))
    if not best[1]:
        return None
    own, other = tube.of(best[1], "linear"), _thin(before.of(best[1], "linear"))
    later = _thin(own[half:])
    first, bins = 0.0, 0
    for k in range(min(MOST, half // BIN)):
        found = mixture_part(own[k * BIN : (k + 1) * BIN], later, other)
        if found.part <= PART or found.part <= ERRORS * found.error:
            break
        first, bins = first or min(found.part, 1.0), k + 1
    return (bins, first, best[1]) if bins and np.isfinite(first) else None


def _thin(values: Values) -> Values:
    return values[:: max(1, values.size // ENOUGH)]


def _shared(before: Tube, tube: Tube) -> list[str]:
    """Return the channels that both tubes have, but time."""
    clock = time_channel(tube.data.channels)
    named = enumerate(tube.data.names)
    return [name for i, name in named if i != clock and name in before.data.names]
