"""Data sets of a file: one after the other as $NEXTDATA leads, each with its events."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from exportin.readers.fcs.header import LENGTH, OPENING, Header, read_header
from exportin.readers.fcs.parameters import Stored, number, read_parameters
from exportin.readers.fcs.place import Lie, find_events
from exportin.readers.fcs.remarks import Remarks
from exportin.readers.fcs.spills import read_spill
from exportin.readers.fcs.text import BLANK, count_of, read_text
from exportin.readers.fcs.unpack import event_bytes, number_type, unpack
from exportin.tables.events import Channel, EventData

LOOKED_AT = 5_000
"""Events that are looked at to tell a right place or byte order from a wrong one."""
SMALLEST, LARGEST = 1e-30, 1e12
"""No instrument gives numbers beyond these; decimals read at a wrong place do."""
CHECKSUM = 8
LOOKED_FOR_MARKS = 1 << 20
TELLING = 16
"""So many bytes in the pattern of a text are no chance."""
BINARY = "Copy the file again, as binary."
LOST_MARK = b"\xef\xbf\xbd"
"""What programs write for bytes that are no text: a file so treated has lost its numbers."""
Start = tuple[int, Header, dict[str, str]]
"""First byte of a data set, its header and its keywords."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """One data set before its events are unpacked."""

    keys: dict[str, str]
    header: Header
    channels: tuple[Channel, ...]
    stored: tuple[Stored, ...]
    order: str
    start: int
    first: int
    n: int

    @property
    def length(self) -> int:
        """Bytes of its events."""
        return self.n * event_bytes(self.stored)


def data_sets(source: bytes, remarks: Remarks) -> list[DataSet]:
    """Return the data sets whose events are read.

    Beckman's list-mode files hold the same events twice, in old and new resolution: the first
    counts. Other files give all their data sets.

    Raises
    ------
    InputError
        If the file is no FCS, or one of its data sets is refused.
    """
    starts = list(_starts(source, remarks))
    if len(starts) > 1 and _is_list_mode(starts[0], starts[1]):
        lacks = starts[1][0] + starts[1][1].data[1] + 1 - len(source)
        if lacks > 0:
            raise remarks.refusal("cut-off", f"it is cut off: {lacks} bytes of data set 2 lack.")
        message = "Beckman list-mode file: it holds its events twice, the second time in other "
        remarks.note("list-mode", message + "channels. The first data set is read.")
        del starts[1:]
    found: list[DataSet] = []
    for at, (start, header, keys) in enumerate(starts):
        remarks.place = f"data set {at + 1}" if len(starts) > 1 else ""
        found.append(_data_set(source, start, header, keys, remarks))
        if sum(one.length for one in found) > len(source):
            raise remarks.refusal("overlap", "its data sets claim more bytes than the file has.")
    remarks.place = ""
    if len(found) > 1:
        remarks.note("data-sets", f"the file holds {len(found)} data sets; each is a row.")
    return found


def _is_list_mode(first: Start, second: Start) -> bool:
    """Whether an old data set is followed by a newer one of the same events, as Beckman writes."""
    versions = first[1].version, second[1].version
    same = all(
        first[2].get(name, "").strip(BLANK) == second[2].get(name, "").strip(BLANK)
        for name in ("$TOT", "$PAR")
    )
    beckman = any(key.startswith("@") for key in first[2])
    return versions[0] == "2.0" < versions[1] and (same or beckman)


def _starts(source: bytes, remarks: Remarks) -> Iterator[Start]:
    start = 0
    while True:
        view = memoryview(source)[start:]
        header = read_header(view, remarks)
        keys = read_text(view, header, remarks)
        yield start, header, keys
        step = count_of(keys, "$NEXTDATA", remarks) or 0
        if not step:
            return
        last = start + header.text[1]
        absolute = step > start and OPENING.match(source, step)
        if absolute and start and not OPENING.match(source, start + step):
            remarks.note("next-data", f"$NEXTDATA {step} counts from the start of the file.")
            start = 0
        if not _goes_on(source, start, step, remarks):
            return
        if start + step <= last:
            message = f"$NEXTDATA leads to byte {start + step}, inside this data set's TEXT."
            raise remarks.refusal("overlap", message)
        start += step


def _goes_on(source: bytes, start: int, step: int, remarks: Remarks) -> bool:
    """Whether a data set stands where $NEXTDATA leads."""
    rest = len(source) - start - step
    if rest < 0:
        message = f"it is cut off: the next data set begins {-rest} bytes behind its end."
        raise remarks.refusal("cut-off", message)
    if OPENING.match(source, start + step):
        return True
    if rest <= CHECKSUM:
        remarks.note("next-data", "$NEXTDATA leads to the end of the file; there is no more.")
        return False
    if rest < LENGTH and b"FCS".startswith(source[start + step : start + step + 3]):
        raise remarks.refusal("cut-off", "it is cut off inside the header of the next data set.")
    message = f"$NEXTDATA leads to byte {start + step}, where no data set begins."
    raise remarks.refusal("next-data", message)


def _data_set(
    source: bytes, start: int, header: Header, keys: dict[str, str], remarks: Remarks
) -> DataSet:
    _check_mode(keys, remarks)
    channels, stored = read_parameters(keys, remarks)
    if number_type(stored) is None:
        message = "it mixes decimals with integers of more than 53 bits, which no one type holds."
        raise remarks.refusal("bits", message, "Export it as FCS 3.1 with one data type.")
    row, room = event_bytes(stored), len(source) - start
    told = _order(keys, stored, remarks)
    view = memoryview(source)[start:]

    def sound(first: int, n: int, order: str = "") -> bool:
        n = min(n, LOOKED_AT, max(0, (room - first) // row))
        return _sound(view, (first, n), channels, stored, order or told or "<")

    first, n = find_events(keys, header, Lie(row=row, room=room, sound=sound, remarks=remarks))
    order = told or _order_by_range(first, n, sound, remarks)
    _check_binary(source[start + first : start + first + min(n * row, LOOKED_FOR_MARKS)], remarks)
    return DataSet(
        keys=keys, header=header, channels=channels, stored=stored, order=order, start=start,
        first=first, n=n,
    )  # fmt: skip


def _check_binary(events: bytes, remarks: Remarks) -> None:
    """Find events that a program took for text: lost bytes are noted, moved ones refused."""
    if events.count(LOST_MARK) > 2 + len(events) // 10_000:
        message = (
            "bytes of its events were replaced by the mark of a text conversion (EF BF BD): the "
            "file went through a program that took it for text, and its numbers are not right."
        )
        remarks.note("text-damage", message, BINARY)
        return
    ends = events.count(b"\n")
    if _is_utf8(events) or (ends >= TELLING and events.count(b"\r\n") == ends):
        message = (
            "the file went through a program that took it for text (other encoding or line ends): "
            "bytes were put between those of its events, and no number is right."
        )
        raise remarks.refusal("text-damage", message, BINARY)


def _is_utf8(events: bytes) -> bool:
    """Whether bytes above 127 are letters of UTF-8, which numbers are not by chance."""
    if sum(events.count(lead) for lead in (b"\xc2", b"\xc3")) < TELLING:
        return False
    try:
        events[: len(events) - 3].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(events) - 6
    return True


def _check_mode(keys: dict[str, str], remarks: Remarks) -> None:
    mode = keys.get("$MODE", "").strip(BLANK).upper()
    if not mode:
        remarks.note("keyword", "$MODE is missing; the file is taken as list mode.")
    elif mode != "L":
        what = {"C": "a correlated histogram", "U": "an uncorrelated histogram"}.get(mode, mode)
        message = f"it holds {what[:40]} ($MODE {mode[:8]}), not events."
        raise remarks.refusal("mode", message, "Export the events (list mode).")


def _order(keys: dict[str, str], stored: tuple[Stored, ...], remarks: Remarks) -> str:
    """Return ``<``, ``>``, or nothing where $BYTEORD is missing and matters."""
    text = keys.get("$BYTEORD", "").strip(BLANK)
    if all(one.width == 1 for one in stored):
        return "<"
    if not text:
        return ""
    parts = [number(part) for part in text.split(",")]
    rising = [float(i) for i in range(1, len(parts) + 1)]
    if len(parts) > 1 and parts == rising:
        return "<"
    if len(parts) > 1 and parts == rising[::-1]:
        return ">"
    message = f"$BYTEORD is {text[:40]!r}; read are 1,2,3,4 and 4,3,2,1 (also 1,2 and 2,1)."
    raise remarks.refusal("byte-order", message, "Export it as FCS 3.1.")


def _order_by_range(
    first: int, n: int, sound: Callable[[int, int, str], bool], remarks: Remarks
) -> str:
    """Tell a missing byte order by the ranges: one of the two must break them."""
    orders = [order for order in ("<", ">") if sound(first, n, order)]
    if len(orders) != 1:
        message = "$BYTEORD is missing, and the numbers do not tell the order of their bytes."
        raise remarks.refusal("byte-order", message, "Export it as FCS 3.1.")
    words = {"<": "low byte first", ">": "high byte first"}[orders[0]]
    remarks.note("keyword", f"$BYTEORD is missing; only {words} keeps every value in its range.")
    return orders[0]


def _sound(
    view: memoryview,
    span: tuple[int, int],
    channels: tuple[Channel, ...],
    stored: tuple[Stored, ...],
    order: str,
) -> bool:
    """Whether integers stay within their ranges, and decimals within what instruments give."""
    first, n = span
    if first < 0 or n <= 0:
        return False
    values, over = unpack(view, first, n, stored, order, masked=False)
    if any(over):
        return False
    for one, row, channel in zip(stored, values, channels, strict=True):
        if one.kind != "I":
            size = np.abs(row[row != 0])
            top = max(LARGEST, 1e3 * channel.range)
            if not (np.isfinite(row).all() and (size < top).all() and (size > SMALLEST).all()):
                return False
    return True


def event_data(source: bytes, one: DataSet, remarks: Remarks) -> EventData:
    """Unpack the events of a data set."""
    view = memoryview(source)[one.start :]
    values, over = unpack(view, one.first, one.n, one.stored, one.order)
    named = [(channel.name, count) for channel, count in zip(one.channels, over, strict=True)]
    cleared = [f"{count} values of {name}" for name, count in named if count]
    if cleared:
        message = f"bits above the range ($PnR) were cleared in {', '.join(cleared)}."
        remarks.note("masked", message)
    spill, _ = read_spill(one.keys, [channel.name for channel in one.channels], remarks)
    return EventData(channels=one.channels, values=values, spill=spill, keywords=one.keys)
