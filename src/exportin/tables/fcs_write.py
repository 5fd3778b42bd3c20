"""Writes events as FCS 3.1 in list mode: what simulators give, and gated parts of a tube."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exportin.tables.events import EventData

HEADER_BYTES = 58
HEADER_LIMIT = 99_999_999
"""Segments that end behind this byte have zeros in the header and stand in TEXT only."""
DIGITS = 15
TYPES = {"f4": "F", "f8": "D", "u1": "I", "u2": "I", "u4": "I"}
DELIMITERS = "\f|/\\!\x1e\x1f~\x1d\x1c"
OWN = (
    "$PAR", "$TOT", "$MODE", "$DATATYPE", "$BYTEORD", "$NEXTDATA", "$BEGINDATA", "$ENDDATA",
    "$BEGINSTEXT", "$ENDSTEXT", "$BEGINANALYSIS", "$ENDANALYSIS", "$SPILLOVER", "SPILL",
    "$SPILL", "SPILLOVER", "$COMP",
)  # fmt: skip
"""Keywords that are written from the events themselves, whatever the old ones say."""
PARAMETER = re.compile(r"\$P(\d{1,6})([A-Z]+)")
WRITTEN = ("N", "S", "B", "R", "E", "G", "DATATYPE")
BLOCK = 4096


def fcs_bytes(events: EventData, keywords: Mapping[str, str] | None = None) -> bytes:
    """Return a whole FCS 3.1 file of one tube.

    Parameters
    ----------
    events
        Channels and values: float32 ($DATATYPE F), float64 (D), or unsigned integers of 8, 16 or
        32 bits (I). Its own keywords are kept but for those that say how the numbers lie.
    keywords
        Further ones, such as ``$DATE``, ``$CYT``, ``$TIMESTEP`` or ``$VOL``; they win over those
        of the events. Empty values are left out: the format has none.

    Raises
    ------
    ValueError
        If the number type is another one, an integer is above the range of its channel, a name is
        empty, or the text holds every character that could separate it.

    Examples
    --------
    >>> from exportin.tables.events import Channel
    >>> one = EventData(channels=(Channel(name="FL2-A", range=1024),),
    ...                 values=np.array([[3, 1000]], dtype="u2"))
    >>> fcs_bytes(one, {"$CYT": "simulated"})[:6]
    b'FCS3.1'
    """
    values = np.asarray(events.values)
    kind = TYPES.get(values.dtype.str[1:])
    if kind is None:
        raise ValueError(f"events are {values.dtype}; written are {', '.join(TYPES)}")
    _check(events, kind)
    pairs = _pairs(events, kind, keywords or {})
    size = values.size * values.itemsize
    text = _text(pairs, 0, 0)
    first = HEADER_BYTES + len(text)  # offsets have a fixed width: TEXT keeps its length
    last = first + size - 1 if size else 0
    text = _text(pairs, first if size else 0, last)
    where = (first, last) if 0 < last <= HEADER_LIMIT else (0, 0)
    spans = (HEADER_BYTES, HEADER_BYTES + len(text) - 1, *where, 0, 0)
    header = b"FCS3.1    " + b"".join(b"%8d" % number for number in spans)
    return b"".join([header, text, _by_event(values).data])


def _check(events: EventData, kind: str) -> None:
    names = events.names
    if not all(name.strip() for name in names) or len(set(names)) < len(names):
        raise ValueError(f"channels need names of their own: {list(names)}")
    if any("," in name for name in names):
        raise ValueError(f"a channel name may not hold a comma: {list(names)}")
    if kind != "I" or not events.n_events:
        return
    for channel, row in zip(events.channels, events.values, strict=True):
        if channel.range and row.max() >= channel.range:
            msg = f"{channel.name}: {row.max()} is not below its range of {channel.range:g}"
            raise ValueError(msg)


def _by_event(values: NDArray[Any]) -> NDArray[Any]:
    """Return the numbers event by event, low byte first, flat; a block at a time for the cache."""
    n = values.shape[1]
    out = np.empty((n, values.shape[0]), dtype=values.dtype.newbyteorder("<"))
    for low in range(0, n, BLOCK):
        out[low : low + BLOCK] = values[:, low : low + BLOCK].T
    return out.reshape(-1)


def _pairs(events: EventData, kind: str, keywords: Mapping[str, str]) -> dict[str, str]:
    bits = 8 * events.values.itemsize
    own = {
        "$PAR": str(len(events.channels)),
        "$TOT": str(events.n_events),
        "$MODE": "L",
        "$DATATYPE": kind,
        "$BYTEORD": "1,2,3,4",
        "$NEXTDATA": "0",
    }
    for zero in ("$BEGINSTEXT", "$ENDSTEXT", "$BEGINANALYSIS", "$ENDANALYSIS"):
        own[zero] = "0"
    for i, channel in enumerate(events.channels, 1):
        own[f"$P{i}N"] = channel.name
        own[f"$P{i}S"] = channel.stain
        own[f"$P{i}B"] = str(bits)
        own[f"$P{i}R"] = _plain(channel.range or _top(events.values[i - 1], bits, kind))
        own[f"$P{i}E"] = f"{_plain(channel.decades)},{_plain(channel.lowest)}"
        if channel.gain != 1:
            own[f"$P{i}G"] = _plain(channel.gain)
    if events.spill is not None:
        numbers = [_plain(value) for row in events.spill.matrix for value in row]
        own["$SPILLOVER"] = ",".join([str(len(events.spill.names)), *events.spill.names, *numbers])
    said = {key.upper(): value for key, value in {**events.keywords, **keywords}.items()}
    kept = {key: value for key, value in said.items() if _is_free(key, events)}
    pairs = {**own, **kept}
    return {key: value for key, value in pairs.items() if key.strip() and value.strip()}


def _is_free(key: str, events: EventData) -> bool:
    """Whether a keyword may stay: it says not how numbers lie, nor speaks of another channel."""
    if key in OWN:
        return False
    match = PARAMETER.fullmatch(key)
    if match is None:
        return True
    at = int(match[1])
    if match[2] in WRITTEN or not 1 <= at <= len(events.channels):
        return False
    return events.keywords.get(f"$P{at}N", events.names[at - 1]).strip() == events.names[at - 1]


def _top(row: NDArray[Any], bits: int, kind: str) -> float:
    """Return a range for a channel that has none: all of an integer, the next power of a float."""
    if kind == "I":
        return float(2**bits)
    high = float(np.nanmax(row, initial=1.0)) if row.size else 1.0
    return float(2 ** int(np.ceil(np.log2(high + 1)))) if np.isfinite(high) else 0.0


def _plain(value: float) -> str:
    """Return the shortest text that reads back as the same number."""
    return (
        str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
    )


def _text(pairs: Mapping[str, str], first: int, last: int) -> bytes:
    places = {"$BEGINDATA": f"{first:0{DIGITS}d}", "$ENDDATA": f"{last:0{DIGITS}d}"}
    parts = [part for pair in {**pairs, **places}.items() for part in pair]
    whole = "".join(parts)
    mark = next((mark for mark in DELIMITERS if mark not in whole), None)
    if mark is None:
        raise ValueError("the keywords hold every character that could separate them")
    return (mark + mark.join(parts) + mark).encode()
