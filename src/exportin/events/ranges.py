"""Ranges of events in row ids, and the mask of what exclusions leave of a tube."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from exportin.tables.events import event_range, range_id

Mask = NDArray[np.bool_]


def part_id(row_id: str, first: int, behind: int) -> str:
    """Return the row id of events ``first`` to ``behind`` (not included), counted from 0.

    >>> part_id("a.fcs:101-200", 0, 50)
    'a.fcs:101-150'
    """
    file, start, _ = event_range(row_id)
    return range_id(file, start + first, start + behind - 1)


def kept_events(row_id: str, excluded: Iterable[str]) -> Mask:
    """Return which events of a tube no exclusion names, by the tube's id or by a part of it.

    Parameters
    ----------
    row_id
        The tube, ``file:1-20000``.
    excluded
        Row ids of ``Flags.excluded()``; those of other tubes do not matter.

    >>> kept_events("a.fcs:1-5", ["a.fcs:2-3", "b.fcs:1-5"]).tolist()
    [True, False, False, True, True]
    """
    file, start, end = event_range(row_id)
    kept = np.ones(end - start + 1, dtype=np.bool_)
    for name in excluded:
        try:
            other, low, high = event_range(name)
        except ValueError:
            continue
        if other == file and high >= start and low <= end:
            kept[max(low - start, 0) : high - start + 1] = False
    return kept
