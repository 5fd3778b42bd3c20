"""Numbers of list mode: bytes to channels by events, without a loop over events."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exportin.readers.fcs.parameters import Stored

BLOCK = 1 << 18
"""Bytes of events taken at once: they stay in the cache while each channel is picked out."""
EXACT_BITS = 53
Numbers = NDArray[Any]


def event_bytes(stored: Sequence[Stored]) -> int:
    """Return the bytes of one event."""
    return sum(one.width for one in stored)


def number_type(stored: Sequence[Stored]) -> np.dtype[Any] | None:
    """Return the type that holds all channels exactly; ``None`` if there is none.

    >>> number_type([Stored(kind="I", width=2), Stored(kind="I", width=3)])
    dtype('uint32')
    """
    kinds = {one.kind for one in stored}
    if kinds == {"I"}:
        widest = max(one.width for one in stored)
        return np.dtype(f"<u{next(size for size in (1, 2, 4, 8) if size >= widest)}")
    if kinds == {"F"}:
        return np.dtype("<f4")
    whole = [
        (one.mask or (1 << 8 * one.width) - 1).bit_length() for one in stored if one.kind == "I"
    ]
    return np.dtype("<f8") if max(whole, default=0) <= EXACT_BITS else None


def unpack(
    data: memoryview,
    first: int,
    n: int,
    stored: Sequence[Stored],
    order: str,
    *,
    masked: bool = True,
) -> tuple[Numbers, list[int]]:
    """Return channels by events, and how many values of each channel had bits above its range.

    ``order`` is ``<`` or ``>``. With ``masked`` bits above the range are cleared, as FCS has it.
    """
    dtype = number_type(stored)
    if dtype is None:
        raise ValueError("no number type holds all channels")
    row = event_bytes(stored)
    out = np.empty((len(stored), n), dtype=dtype)
    over = [0] * len(stored)
    if not n:
        return out, over
    columns = _columns(data, first, n, stored, order)
    step = max(256, BLOCK // row)
    for low in range(0, n, step):
        high = min(n, low + step)
        for i, (column, one) in enumerate(zip(columns, stored, strict=True)):
            block = _picked(column, low, high)
            if one.mask is not None:
                above = np.count_nonzero(block > one.mask)
                if above:
                    over[i] += int(above)
                    if masked:
                        block = block & block.dtype.type(one.mask)
            out[i, low:high] = block
    return out, over


def _columns(
    data: memoryview, first: int, n: int, stored: Sequence[Stored], order: str
) -> list[list[Numbers]]:
    """Return views of each channel in the bytes: one, or one per byte from low to high."""
    row, at, found = event_bytes(stored), first, []
    for one in stored:
        if one.kind == "I" and one.width not in (1, 2, 4, 8):
            places = range(one.width) if order == "<" else reversed(range(one.width))
            found.append([_view(data, at + place, n, row, "u1") for place in places])
        else:
            code = f"{order}{'u' if one.kind == 'I' else 'f'}{one.width}"
            found.append([_view(data, at, n, row, code)])
        at += one.width
    return found


def _view(data: memoryview, at: int, n: int, row: int, code: str) -> Numbers:
    return np.ndarray((n,), dtype=code, buffer=data, offset=at, strides=(row,))


def _picked(column: list[Numbers], low: int, high: int) -> Numbers:
    if len(column) == 1:
        block = column[0][low:high]
        return block if block.dtype.isnative else block.astype(block.dtype.newbyteorder("="))
    wide = np.dtype(np.uint64 if len(column) > 4 else np.uint32)
    total: Numbers = np.zeros(high - low, dtype=wide)
    for place, part in enumerate(column):
        total = total | (part[low:high].astype(wide) << wide.type(8 * place))
    return total
