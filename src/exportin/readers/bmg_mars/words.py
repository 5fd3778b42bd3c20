"""What MARS writes above its numbers: raw data headings, cycles and times."""

import re
from dataclasses import dataclass

RAW = re.compile(r"(?:[0-9]{1,3}\.\s*)?(?:Raw Data|Rohdaten)\b\s*(.*)$", re.IGNORECASE | re.DOTALL)
CYCLE = re.compile(r"(?:Cycle|Zyklus)\s+([0-9]{1,6})\s*(?:\((.*)\))?$", re.IGNORECASE)
CYCLE_BEHIND = re.compile(r"(.*?)\s*[-,:]\s*((?:Cycle|Zyklus)\s+[0-9].*)$", re.IGNORECASE)
TIMELIKE = re.compile(
    r"(?:cycle|zyklus|interval|intervall|time|zeit|kinetic|kinetik)\b", re.IGNORECASE
)
NUMBER = r"([0-9]{1,9}(?:[.,][0-9]{1,9})?)"
PARTS = re.compile(rf"(?:{NUMBER}\s*h)?\s*(?:{NUMBER}\s*min)?\s*(?:{NUMBER}\s*s)?$")
UNIT_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle of a kinetic read; ``seconds`` is ``None`` where its time is not told."""

    number: int
    seconds: float | None
    text: str


@dataclass(frozen=True, slots=True)
class RawHeading:
    """What a raw data heading tells: the channel, and the cycle if there is one."""

    channel: str
    cycle: Cycle | None = None


def raw_heading(text: str) -> RawHeading | None:
    """Return what a raw data heading tells; ``None`` for computed grids and other lines.

    >>> raw_heading("1. Raw Data (450)").channel
    '450'
    >>> raw_heading("Raw Data (450 1 - Cycle 2 (1 min 5 s))")
    RawHeading(channel='450 1', cycle=Cycle(number=2, seconds=65.0, text='Cycle 2 (1 min 5 s)'))
    >>> raw_heading("Raw Data (450) corrected (570)") is None
    True
    >>> raw_heading("Blank corrected based on Raw Data (450)") is None
    True
    """
    match = RAW.match(text)
    if not match:
        return None
    rest = match.group(1).strip()
    if not rest:
        return RawHeading("raw")
    end = closing_bracket(rest)
    if end is None:
        return None
    inner, behind = rest[1:end].strip(), rest[end + 1 :].strip()
    if behind:
        cycle = read_cycle(behind.lstrip("-,: "))
        return RawHeading(inner or "raw", cycle) if cycle else None
    inside = CYCLE_BEHIND.match(inner)
    cycle = read_cycle(inside.group(2)) if inside else None
    if inside and cycle:
        return RawHeading(inside.group(1).strip() or "raw", cycle)
    return RawHeading(inner or "raw")


def closing_bracket(text: str) -> int | None:
    """Return where the bracket that opens a text is closed; ``None`` if it is not.

    >>> closing_bracket("(a (b)) c"), closing_bracket("a"), closing_bracket("(a")
    (6, None, None)
    """
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return at if at else None
    return None


def read_cycle(text: str) -> Cycle | None:
    """Return the cycle that a line names; what stands behind a dash is a remark.

    >>> read_cycle("Cycle 1 (0 min  - Inj. only)")
    Cycle(number=1, seconds=0.0, text='Cycle 1 (0 min  - Inj. only)')
    >>> read_cycle("Cycles: 100") is None
    True
    """
    match = CYCLE.match(text)
    if not match:
        return None
    told = (match.group(2) or "").split(" - ")[0]
    return Cycle(int(match.group(1)), seconds(told), text)


def seconds(text: str, unit: str = "") -> float | None:
    """Return the seconds of a time as MARS prints it; a bare number needs a unit.

    >>> seconds("0 h 15 min"), seconds("62 min 42 s"), seconds("1.5", "min"), seconds("60")
    (900.0, 3762.0, 90.0, None)
    """
    text = text.strip()
    if re.fullmatch(NUMBER, text):
        return float(text.replace(",", ".")) * UNIT_SECONDS[unit] if unit else None
    match = PARTS.match(text)
    if not match or not any(match.groups()):
        return None
    factors = zip(match.groups(), (3600.0, 60.0, 1.0), strict=True)
    return sum(float(part.replace(",", ".")) * factor for part, factor in factors if part)
