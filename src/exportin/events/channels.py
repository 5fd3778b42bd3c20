"""Channels of a file by the name a person writes: short name, stain, or loose spelling."""

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np

from exportin.tables.events import Channel, EventData
from exportin.tables.problems import InputError, Problem, nearest

TIME = re.compile(r"(?:hdr-)?(?:time|t)", re.IGNORECASE)
PULSES = {  # endings and words for the area of a pulse, and what stands there for the others
    "height": ((r"a$", "h"), (r"area$", "height"), (r"\bint\b", "peak")),
    "width": ((r"a$", "w"), (r"area$", "width"), (r"\bint\b", "tof")),
}


def loose(name: str) -> str:
    """Return a name without case, dashes, dots and spaces.

    >>> loose("FL2-A") == loose("fl2 a")
    True
    """
    return re.sub(r"[\W_]+", "", name.casefold())


def find_channel(channels: Sequence[Channel], wanted: str, file: str, place: str = "") -> int:
    """Return the position of the one channel that a name means.

    In this order: the short name, the stain, and either in loose spelling (case, dashes, spaces
    do not count). A name that means several channels means none.

    Raises
    ------
    InputError
        No channel, or several, are meant; the nearest name or all of them are listed.

    >>> both = (Channel(name="FL1-A"), Channel(name="FL2-A", stain="Propidium iodide"))
    >>> find_channel(both, "propidium-iodide", "a.fcs")
    1
    """
    ways = (
        [i for i, c in enumerate(channels) if c.name == wanted],
        [i for i, c in enumerate(channels) if c.stain == wanted and wanted],
        [i for i, c in enumerate(channels) if loose(wanted) in {loose(c.name), loose(c.stain)}],
    )
    hits = next((way for way in ways if way), []) if loose(wanted) else []
    if len(hits) == 1:
        return hits[0]
    if hits:
        message = f"'{wanted}' means several channels: {listed([channels[i] for i in hits])}."
        remedy, code = "Write the short name of one of them.", "several-channels"
    else:
        message = f"there is no channel '{wanted}'; there are {listed(channels)}."
        remedy = nearest(wanted, {n for c in channels for n in (c.name, c.stain) if n})
        remedy = remedy if remedy.startswith("Did") else "Write one of these names."
        code = "unknown-channel"
    raise InputError(Problem(file=file, place=place, message=message, remedy=remedy, code=code))


def listed(channels: Sequence[Channel]) -> str:
    """Name channels with their stains.

    >>> listed([Channel(name="FL1-A"), Channel(name="FL2-A", stain="PI")])
    'FL1-A, FL2-A (PI)'
    """
    return ", ".join(
        f"{c.name} ({c.stain})" if c.stain not in ("", c.name) else c.name for c in channels
    )


def time_channel(channels: Sequence[Channel]) -> int | None:
    """Return the position of the time channel; None where there is no such channel, or several."""
    hits = [i for i, c in enumerate(channels) if TIME.fullmatch(c.name.strip())]
    return hits[0] if len(hits) == 1 else None


def pulse_channel(
    channels: Sequence[Channel], area: int, pulse: Literal["height", "width"]
) -> int | None:
    """Return the channel of the same detector that holds another part of the pulse.

    Its name is that of the area channel with the ending changed: ``FL2-A`` to ``FL2-H`` or
    ``FL2-W``, ``FL3 INT LIN`` to ``FL3 PEAK LIN`` or ``FL3 TOF LIN``. None where there is none.

    >>> three = [Channel(name=name) for name in ("FL2-A", "FL2-H", "FL1-W")]
    >>> pulse_channel(three, 0, "height"), pulse_channel(three, 0, "width")
    (1, None)
    """
    name = channels[area].name.strip().casefold()
    forms = {re.sub(old, new, name) for old, new in PULSES[pulse] if re.search(old, name)}
    wanted = {loose(form) for form in forms}
    hits = [i for i, c in enumerate(channels) if loose(c.name) in wanted and i != area]
    return hits[0] if len(hits) == 1 else None


def ceiling(data: EventData, index: int) -> float | None:
    """Return the largest value that a channel can give, as in the file; None if it is not said.

    $PnR is one more than the largest value of integers; instruments that write floating-point
    numbers clip at $PnR or one below it, so that the lower of the two is taken.
    """
    top = data.channels[index].range
    return float(top) - 1.0 if np.isfinite(top) and top > 1.0 else None
