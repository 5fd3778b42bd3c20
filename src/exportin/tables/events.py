"""Events of a cytometer: a row per tube or well, its events in an array beside the table."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.tables.kinds import FILE, ROW_ID, SAMPLE
from exportin.tables.table import Column, Table

HEADER_BYTES = 8  # length of the description in front of the numbers, as a little-endian integer


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One parameter of a cytometer as the file describes it.

    Parameters
    ----------
    name
        Short name ($PnN), such as ``FL2-A``; unique in a file.
    stain
        Long name ($PnS), such as ``Propidium iodide``; empty where the file has none.
    range
        $PnR: one more than the largest value the instrument can give.
    bits
        $PnB; 0 where the file does not say.
    decades, lowest
        $PnE: decades of a logarithmic amplifier and the value of channel 0; 0 and 0 if linear.
    gain
        $PnG of a linear amplifier, 1 where the file does not say.
    """

    name: str
    stain: str = ""
    range: float = 0.0
    bits: int = 0
    decades: float = 0.0
    lowest: float = 0.0
    gain: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spill:
    """Spill-over: row i is what the dye of channel i gives in every channel, 1 in its own."""

    names: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class EventData:
    """All events of one tube, exactly as the file holds them.

    Parameters
    ----------
    channels
        The parameters, in the order of the file.
    values
        Channels by events, in the number type of the file (float32, float64 or unsigned).
    spill
        What the file itself says of spill-over ($SPILLOVER and its older names).
    keywords
        Every keyword of the file, in upper case, for checklists and remarks.
    """

    channels: tuple[Channel, ...]
    values: NDArray[Any]
    spill: Spill | None = None
    keywords: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[0] != len(self.channels):
            msg = f"values are {self.values.shape}, there are {len(self.channels)} channels"
            raise ValueError(msg)

    @property
    def names(self) -> tuple[str, ...]:
        """Short names of the channels."""
        return tuple(channel.name for channel in self.channels)

    @property
    def n_events(self) -> int:
        """How many events there are."""
        return int(self.values.shape[1])

    def channel(self, name: str) -> NDArray[Any]:
        """Return the raw numbers of one channel, without a copy.

        >>> one = EventData(channels=(Channel(name="FSC-A"),), values=np.array([[1, 2]]))
        >>> one.channel("FSC-A").tolist()
        [1, 2]
        """
        values: NDArray[Any] = self.values[self.names.index(name)]
        return values

    def to_bytes(self) -> bytes:
        """Return the events as bytes that ``from_bytes`` reads back without a copy.

        >>> one = EventData(channels=(Channel(name="FSC-A"),), values=np.array([[1.5, 2.5]]))
        >>> EventData.from_bytes(one.to_bytes()).values.tolist()
        [[1.5, 2.5]]
        """
        number = self.values.dtype.newbyteorder("<")
        about = {
            "channels": [asdict(channel) for channel in self.channels],
            "shape": list(self.values.shape),
            "dtype": number.str,
            "spill": None if self.spill is None else asdict(self.spill),
            "keywords": dict(self.keywords),
        }
        head = json.dumps(about, sort_keys=True, ensure_ascii=False).encode()
        head += b" " * (-len(head) % 16)
        numbers = np.ascontiguousarray(self.values, dtype=number).reshape(-1)
        front = len(head).to_bytes(HEADER_BYTES, "little") + b" " * 8
        return b"".join([front, head, numbers.data])  # one copy, whatever the size

    @classmethod
    def from_bytes(cls, data: bytes) -> "EventData":
        """Return the events of ``to_bytes``; the numbers are a view of ``data``."""
        start = HEADER_BYTES + 8
        end = start + int.from_bytes(data[:HEADER_BYTES], "little")
        about = json.loads(data[start:end])
        values = np.frombuffer(data, dtype=about["dtype"], offset=end).reshape(about["shape"])
        spill = about["spill"]
        return cls(
            channels=tuple(Channel(**channel) for channel in about["channels"]),
            values=values,
            spill=None
            if spill is None
            else Spill(
                names=tuple(spill["names"]), matrix=tuple(tuple(row) for row in spill["matrix"])
            ),
            keywords=about["keywords"],
        )


@dataclass(frozen=True, kw_only=True)
class Events(Table):
    """One tube or well per row; ``row_id`` is the range of its events, ``file:1-20000``.

    The events lie in ``blobs`` under the ``row_id`` and are opened one tube at a time. A part of
    a tube's events is named by a narrower range of the same file (``file:1201-2400``).
    Columns that a reader may add: ``tube``, ``well``, ``plate`` and ``source`` as the file names
    them, ``measured_at``, ``cytometer``, and ``dataset`` where one file holds several.
    """

    kind: ClassVar[str] = "events"
    columns: ClassVar[tuple[Column, ...]] = (
        ROW_ID,
        FILE,
        SAMPLE,
        Column(name="n_events", dtype=pl.Int64, doc="how many events the tube holds"),
        Column(name="channels", dtype=pl.String, doc="short names of its channels, between tabs"),
    )

    def open(self, row_id: str) -> EventData:
        """Return the events of one tube.

        Raises
        ------
        KeyError
            If the table has no such row.
        """
        return EventData.from_bytes(self.blobs[row_id])

    @classmethod
    def holders(cls, row_ids: list[str], known: set[str]) -> dict[str, str]:
        """Return the tube of each range of events that lies inside one.

        >>> Events.holders(["a.fcs:5-9", "a.fcs:1-10", "a.fcs:5-11"], {"a.fcs:1-10"})
        {'a.fcs:5-9': 'a.fcs:1-10', 'a.fcs:1-10': 'a.fcs:1-10'}
        """
        whole: dict[str, list[tuple[int, int, str]]] = {}
        for name in known:
            file, low, high = event_range(name)
            whole.setdefault(file, []).append((low, high, name))
        found = {}
        for row_id in row_ids:
            try:
                file, low, high = event_range(row_id)
            except ValueError:
                continue
            for first, last, name in whole.get(file, []):
                if first <= low <= high <= last:
                    found[row_id] = name
        return found


def channel_list(names: Iterable[str]) -> str:
    r"""Return the text of the column ``channels``: names may hold spaces, but no tab.

    >>> channel_list(["FSC-A", "FL3 INT LIN"])
    'FSC-A\tFL3 INT LIN'
    """
    return "\t".join(names)


def event_range(row_id: str) -> tuple[str, int, int]:
    """Return file, first and last event (from one) of a range.

    A file of several data sets counts through: the second starts where the first ended.

    >>> event_range("plate/A01.fcs:1-20000")
    ('plate/A01.fcs', 1, 20000)
    """
    file, _, span = row_id.rpartition(":")
    low, _, high = span.partition("-")
    return file, int(low), int(high)


def range_id(file: str, first: int, last: int) -> str:
    """Return the row id of events ``first`` to ``last``, counted from one.

    >>> range_id("A01.fcs", 1, 20000)
    'A01.fcs:1-20000'
    """
    return f"{file}:{first}-{last}"
