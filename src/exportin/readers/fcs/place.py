"""Where DATA lies and how many events it holds, where header, TEXT and $TOT may disagree."""

from collections.abc import Callable
from dataclasses import dataclass

from exportin.readers.fcs.header import LENGTH, Header, Span
from exportin.readers.fcs.remarks import Remarks
from exportin.readers.fcs.text import count_of

HEADER_LIMIT = 99_999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """What a place of the events must agree with.

    Parameters
    ----------
    row
        Bytes of one event.
    room
        Bytes of the file behind the start of the data set.
    sound
        Whether events read from a place (first byte, number) look like this instrument's.
    remarks
        Where repairs are noted.
    """

    row: int
    room: int
    sound: Callable[[int, int], bool]
    remarks: Remarks


def find_events(keys: dict[str, str], header: Header, lie: Lie) -> Span:
    """Return the first byte of DATA and the number of events.

    Raises
    ------
    InputError
        If nothing tells the place, the counts disagree, or the file ends before its events.
    """
    row, room, remarks = lie.row, lie.room, lie.remarks
    total = count_of(keys, "$TOT", remarks)
    offers = _offers(keys, header, remarks)
    if not offers:
        if total == 0:
            return 0, 0
        raise remarks.refusal("no-place", "neither header nor TEXT say where the events lie.")
    if not total and any(_size(span) >= row for _, span in offers):
        first, n = _counted(offers, row, total, remarks)
    else:
        first, n = _promised(offers, total or 0, lie)
    if first + n * row > room:
        whole = max(0, (room - first) // row)
        message = (
            f"it is cut off: {n - whole} of {n} events are missing "
            f"({first + n * row} bytes were expected, there are {room})."
        )
        raise remarks.refusal("cut-off", message)
    return first, n


def _offers(keys: dict[str, str], header: Header, remarks: Remarks) -> list[tuple[str, Span]]:
    """Return what TEXT and header say, that which counts for the version in front."""
    begin, end = (count_of(keys, name, remarks) for name in ("$BEGINDATA", "$ENDDATA"))
    text = (begin or 0, end or 0)
    found = [("TEXT", text), ("the header", header.data)]
    if header.version == "2.0":
        found.reverse()
    elif text == (0, 0) and header.data != (0, 0):
        remarks.note("keyword", "$BEGINDATA and $ENDDATA are missing or 0; the header's are used.")
    return [one for one in found if one[1][0] >= LENGTH and _size(one[1]) >= 0]


def _size(span: Span) -> int:
    return span[1] - span[0] + 1


def _counted(offers: list[tuple[str, Span]], row: int, total: int | None, remarks: Remarks) -> Span:
    """Count the events by the length of their segment, where $TOT is missing or 0."""
    counts = {(span[0], _size(span) // row) for _, span in offers if _size(span) % row <= 1}
    if len(counts) != 1:
        said = "; ".join(f"{name}: {_size(span)} bytes" for name, span in offers)
        message = f"$TOT is missing, and the data are no whole events of {row} bytes ({said})."
        raise remarks.refusal("count", message)
    ((first, n),) = counts
    what = "is missing" if total is None else "is 0"
    remarks.note("count", f"$TOT {what}; its data segment holds {n} events of {row} bytes.")
    return first, n


def _promised(offers: list[tuple[str, Span]], total: int, lie: Lie) -> Span:
    row, need = lie.row, total * lie.row
    exact = [(name, span) for name, span in offers if _size(span) == need]
    if exact:
        name, span = _one_of(exact, total, lie)
        others = [other for other in offers if other[1] != span]
        if others:
            message = (
                f"the DATA segment is at {_words(span)} in {name} and at "
                f"{_words(others[0][1])} in {others[0][0]}; what {name} says agrees with $TOT."
            )
            lie.remarks.note("offset-differs", message)
        return span[0], total
    for name, span in offers:
        if abs(_size(span) - need) == 1:
            return _off_by_one(name, span, total, lie)
    name, span = offers[0]
    message = (
        f"$TOT promises {total} events of {row} bytes ({need} bytes), but the DATA segment "
        f"of {name}, at {_words(span)}, has {_size(span)} bytes: "
        f"{_size(span) // row} events and {_size(span) % row} bytes."
    )
    if lie.room < span[0] + need:
        message += f" The file ends at byte {lie.room}."
    raise lie.remarks.refusal("count", message)


def _one_of(exact: list[tuple[str, Span]], total: int, lie: Lie) -> tuple[str, Span]:
    """Choose between two places of the right length by what is found there."""
    if len({span for _, span in exact}) == 1:
        return exact[0]
    good = [one for one in exact if lie.sound(one[1][0], total)]
    if len(good) != 1:
        message = "header and TEXT name two places of the events, and both could be right."
        raise lie.remarks.refusal("offset-differs", message)
    return good[0]


def _off_by_one(name: str, span: Span, total: int, lie: Lie) -> Span:
    """Mend one end of a segment: the last byte as a rule, the first where the numbers say so."""
    long = _size(span) > total * lie.row
    moved = span[0] + (1 if long else -1)
    keeps, moves = lie.sound(span[0], total), lie.sound(moved, total)
    told = keeps != moves
    if not (told or long):
        message = f"the DATA segment of {name} lacks one byte, and nothing tells at which end."
        raise lie.remarks.refusal("offset", message)
    which, first = ("first", moved) if told and moves else ("last", span[0])
    message = (
        f"the {which} byte of the DATA segment, {_words(span)} in {name}, is off by one; "
        f"the {total} events of $TOT fit and were read from byte {first}."
    )
    lie.remarks.note(f"offset-{which}", message)
    return first, total


def _words(span: Span) -> str:
    return f"bytes {span[0]}-{span[1]}"
