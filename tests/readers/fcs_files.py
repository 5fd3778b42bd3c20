"""Small FCS files written by hand, byte by byte, for the tests of their reader."""

from collections.abc import Mapping, Sequence

import numpy as np

CODES = {"I": "u", "F": "f", "D": "f"}


def text(keys: Mapping[str, str], mark: str = "/", *, doubled: bool = True) -> bytes:
    """TEXT with its delimiter first and last."""
    parts = [part for pair in keys.items() for part in pair]
    if doubled:
        parts = [part.replace(mark, mark * 2) for part in parts]
    return (mark + mark.join(parts) + mark).encode()


def numbers(
    values: Sequence[Sequence[float]], widths: Sequence[int], kind: str, order: str
) -> bytes:
    """Events one after the other; widths in bytes, also odd ones."""
    out = b""
    for event in values:
        for value, width in zip(event, widths, strict=True):
            if kind == "I":
                out += int(value).to_bytes(width, "little" if order == "<" else "big")
            else:
                out += np.array(value, dtype=f"{order}f{width}").tobytes()
    return out


def fcs(
    values: Sequence[Sequence[float]] = ((1, 2), (3, 4), (5, 6)),
    *,
    kind: str = "I",
    widths: Sequence[int] = (),
    order: str = "<",
    version: str = "3.1",
    keys: Mapping[str, str | None] | None = None,
    places: tuple[int, int] | None = None,
    header: tuple[int, int] | None = None,
    mark: str = "/",
    after: bytes = b"",
    doubled: bool = True,
) -> bytes:
    """A whole file; ``keys`` add, change, or with ``None`` take away keywords.

    ``places`` shifts what TEXT says of DATA, ``header`` what the header says, in bytes.
    """
    n = len(values[0]) if values else 2
    widths = widths or (2,) * n if kind == "I" else (4 if kind == "F" else 8,) * n
    data = numbers(values, widths, kind, order)
    said: dict[str, str] = {
        "$PAR": str(n),
        "$TOT": str(len(values)),
        "$MODE": "L",
        "$DATATYPE": kind,
        "$BYTEORD": "1,2,3,4" if order == "<" else "4,3,2,1",
        "$NEXTDATA": "0",
    }
    for i, width in enumerate(widths, 1):
        said |= {f"$P{i}N": f"C{i}", f"$P{i}B": str(8 * width), f"$P{i}E": "0,0"}
        said[f"$P{i}R"] = str(2 ** (8 * width)) if kind == "I" else "1024"
    first, last = 2000, 1999 + len(data)
    if version != "2.0":
        one, two = places or (0, 0)
        said |= {"$BEGINDATA": str(first + one), "$ENDDATA": str(last + two)}
    for key, value in (keys or {}).items():
        said.pop(key, None)
        if value is not None:
            said[key] = value
    body = text(said, mark, doubled=doubled)
    one, two = header or (0, 0)
    fields = (58, 57 + len(body), first + one, last + two, 0, 0)
    head = f"FCS{version}    ".encode() + b"".join(b"%8d" % field for field in fields)
    return (head + body).ljust(first, b" ") + data + after


def beckman() -> bytes:
    """A list-mode file: FCS 2.0, and the same events again as FCS 3.0."""
    events = [(i % 1024, (7 * i) % 1024) for i in range(60)]
    second = fcs([(1000 * a, 900 * b) for a, b in events], widths=(4, 4), version="3.0")
    first = fcs(events, version="2.0", keys={"$P1R": "1024", "$P2R": "1024", "@SYS": "x"})
    return fcs(
        events,
        version="2.0",
        keys={"$P1R": "1024", "$P2R": "1024", "@SYS": "x", "$NEXTDATA": str(len(first))},
        after=second,
    )


def three_sets() -> bytes:
    """Three data sets with events of their own."""
    sets = [
        fcs([(10 * k + i, 100 * k + i) for i in range(3 + k)], keys={"$SRC": f"set {k}"})
        for k in range(3)
    ]
    joined = b""
    for k, one in enumerate(sets):
        values = [(10 * k + i, 100 * k + i) for i in range(3 + k)]
        step = len(one) if k < 2 else 0
        joined += fcs(values, keys={"$SRC": f"set {k}", "$NEXTDATA": str(step)})
    return joined
