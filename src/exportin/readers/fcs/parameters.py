"""Parameters of a data set: their names, ranges, amplifiers, and how their numbers are stored."""

import math
import re
from collections import Counter
from dataclasses import dataclass

from exportin.readers.fcs.remarks import Remarks
from exportin.readers.fcs.text import BLANK, count_of
from exportin.tables.events import Channel
from exportin.tables.names import clean

WIDEST = 64
FLOATS = {"F": 32, "D": 64}
ASCII_REMEDY = "Export it with binary numbers (float or integer), not ASCII."
Keys = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """How one parameter lies in an event: kind (I, F, D), bytes, and the largest value kept."""

    kind: str
    width: int
    mask: int | None = None


def read_parameters(keys: Keys, remarks: Remarks) -> tuple[tuple[Channel, ...], tuple[Stored, ...]]:
    """Return the parameters as the file describes them, and how their numbers are stored.

    Raises
    ------
    InputError
        If what is needed to find the numbers is missing and nothing else tells it.
    """
    n = _how_many(keys, remarks)
    kind = _data_type(keys, n, remarks)
    lacking: dict[str, list[int]] = {}
    names, channels, stored = [], [], []
    for i in range(1, n + 1):
        own = keys.get(f"$P{i}DATATYPE", "").strip(BLANK).upper() or kind
        store = _stored(keys, i, own, remarks)
        name = clean(keys.get(f"$P{i}N", ""))
        if not name:
            lacking.setdefault("name ($PnN)", []).append(i)
        names.append(name or f"P{i}")
        channels.append(_channel(keys, i, store, lacking, remarks))
        stored.append(store)
    for what, where in lacking.items():
        remarks.note("keyword", f"no {what} of {_parameters(where)}; {MEANT[what]}.")
    unique = _unique(names, remarks)
    named = tuple(_named(one, name) for one, name in zip(channels, unique, strict=True))
    return named, tuple(stored)


LOG_DECIMALS = "linear amplifier ($PnE), which decimals must have,"
MEANT = {
    LOG_DECIMALS: "whether they are channels of a logarithmic scale is not known",
    "name ($PnN)": "it is called by its number",
    "range ($PnR)": "no bits are masked",
    "amplifier ($PnE)": "it is taken as linear",
    "lowest value above 0 ($PnE)": "it is taken as 1, as the standard has it",
    "gain above 0 ($PnG)": "it is taken as 1",
    "bits ($PnB)": "it is taken as the data type has it",
}


def _parameters(where: list[int]) -> str:
    shown = ", ".join(map(str, where[:6]))
    more = f" and {len(where) - 6} more" if len(where) > 6 else ""
    return f"parameter{'s' if len(where) > 1 else ''} {shown}{more}"


def _how_many(keys: Keys, remarks: Remarks) -> int:
    n = count_of(keys, "$PAR", remarks)
    if n is None:
        found = [int(m[1]) for key in keys if (m := re.fullmatch(r"\$P(\d{1,5})N", key))]
        n = len(found)
        if sorted(found) != list(range(1, n + 1)) or not n:
            raise remarks.refusal("keyword", "$PAR, the number of parameters, is missing.")
        remarks.note("keyword", f"$PAR is missing; names of {n} parameters are there.")
    if not 1 <= n <= len(keys):
        raise remarks.refusal("keyword", f"$PAR promises {n} parameters; the file names fewer.")
    return n


def _data_type(keys: Keys, n: int, remarks: Remarks) -> str:
    """Return I, F or D; a missing one is told by the bits where only whole numbers have them."""
    kind = keys.get("$DATATYPE", "").strip(BLANK).upper()
    if not kind:
        bits = {keys.get(f"$P{i}B", "").strip(BLANK) for i in range(1, n + 1)}
        if not bits <= {"8", "16", "24"}:
            message = "$DATATYPE is missing: its numbers may be integers or decimals."
            raise remarks.refusal("keyword", message, "Export it as FCS 3.1.")
        remarks.note("keyword", "$DATATYPE is missing; only integers have so few bits.")
        return "I"
    if kind == "A":
        raise remarks.refusal("ascii", "its numbers are text ($DATATYPE A).", ASCII_REMEDY)
    if kind not in ("I", "F", "D"):
        raise remarks.refusal("data-type", f"$DATATYPE is {kind[:20]!r}; expected I, F or D.")
    return kind


def _stored(keys: Keys, i: int, kind: str, remarks: Remarks) -> Stored:
    if kind in FLOATS:
        bits = count_of(keys, f"$P{i}B", remarks)
        if bits not in (None, FLOATS[kind]):
            message = f"$P{i}B is {bits}, but numbers of type {kind} have {FLOATS[kind]} bits."
            raise remarks.refusal("bits", message)
        return Stored(kind=kind, width=FLOATS[kind] // 8)
    if kind != "I":
        remedy = ASCII_REMEDY if kind == "A" else "Export it as FCS 3.1."
        raise remarks.refusal("data-type", f"parameter {i} has data type {kind[:20]!r}.", remedy)
    bits = _bits(keys, i, remarks)
    limit = number(keys.get(f"$P{i}R", ""))
    if limit is None or limit < 1:
        return Stored(kind="I", width=bits // 8)
    used = (math.ceil(limit) - 1).bit_length() if limit < 2.0**WIDEST else WIDEST
    return Stored(kind="I", width=bits // 8, mask=(1 << used) - 1 if used < bits else None)


def _bits(keys: Keys, i: int, remarks: Remarks) -> int:
    text = keys.get(f"$P{i}B", "").strip(BLANK)
    if text == "*":
        raise remarks.refusal("ascii", f"$P{i}B is '*': numbers as text.", ASCII_REMEDY)
    bits = count_of(keys, f"$P{i}B", remarks)
    if bits is None:
        message = f"$P{i}B, the bits of parameter {i}, is missing."
        raise remarks.refusal("keyword", message, "Export it as FCS 3.1.")
    if bits % 8 or not 8 <= bits <= WIDEST:
        message = f"$P{i}B is {bits}; integers of 8, 16, 24 ... 64 bits are read."
        raise remarks.refusal("bits", message, "Export it as FCS 3.1.")
    return bits


def number(text: str) -> float | None:
    """Return a finite number, or ``None``.

    >>> number(" 1024 "), number("1e5"), number("NA")
    (1024.0, 100000.0, None)
    """
    text = text.strip(BLANK)
    try:
        found = float(text) if "_" not in text and text.isascii() else math.nan
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _channel(
    keys: Keys, i: int, store: Stored, lacking: dict[str, list[int]], remarks: Remarks
) -> Channel:
    top, gain = number(keys.get(f"$P{i}R", "")), number(keys.get(f"$P{i}G", ""))
    if top is None or top < 0:
        lacking.setdefault("range ($PnR)", []).append(i)
    if keys.get(f"$P{i}G", "").strip(BLANK) and (gain is None or gain <= 0):
        lacking.setdefault("gain above 0 ($PnG)", []).append(i)
        gain = None
    if not keys.get(f"$P{i}B", "").strip(BLANK):
        lacking.setdefault("bits ($PnB)", []).append(i)
    decades, lowest = _amplifier(keys, i, store, lacking, remarks)
    if decades and store.kind != "I":
        lacking.setdefault(LOG_DECIMALS, []).append(i)
    return Channel(
        name="", stain=clean(keys.get(f"$P{i}S", "")), range=max(0.0, top or 0.0),
        bits=8 * store.width, decades=decades, lowest=lowest, gain=1.0 if gain is None else gain,
    )  # fmt: skip


def _amplifier(
    keys: Keys, i: int, store: Stored, lacking: dict[str, list[int]], remarks: Remarks
) -> tuple[float, float]:
    """Return decades and the value of channel 0, which is 1 where the file writes the invalid 0."""
    text = keys.get(f"$P{i}E", "").strip(BLANK)
    if not text:
        lacking.setdefault("amplifier ($PnE)", []).append(i)
        return 0.0, 0.0
    decades, lowest = ([number(part) for part in text.split(",")] + [None, None])[:2]
    if decades is None or lowest is None or text.count(",") > 1 or decades < 0 or lowest < 0:
        if store.kind != "I":  # decimals are linear whatever stands there
            lacking.setdefault("amplifier ($PnE)", []).append(i)
            return 0.0, 0.0
        message = f"$P{i}E is {text[:40]!r}; two numbers (decades, lowest value) were expected."
        raise remarks.refusal("amplifier", message)
    if decades and not lowest:
        lacking.setdefault("lowest value above 0 ($PnE)", []).append(i)
        return decades, 1.0
    return (decades, lowest) if decades else (0.0, 0.0)


def _unique(names: list[str], remarks: Remarks) -> list[str]:
    counts = Counter(names)
    taken, found = set(counts), []
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        new, at = name, seen[name]
        while at > 1 and new in taken:
            new, at = f"{name} ({at})", at + 1
        taken.add(new)
        found.append(new)
    for name, count in counts.items():
        if count > 1:
            message = f"{count} parameters are called {name!r}; the later ones got a number."
            remarks.note("same-name", message)
    return found


def _named(channel: Channel, name: str) -> Channel:
    return Channel(
        name=name, stain=channel.stain, range=channel.range, bits=channel.bits,
        decades=channel.decades, lowest=channel.lowest, gain=channel.gain,
    )  # fmt: skip
