"""Spill-over that a file brings itself: $SPILLOVER and its older names."""

import re
from collections.abc import Sequence

import numpy as np

from exportin.readers.fcs.parameters import number
from exportin.readers.fcs.remarks import Remarks
from exportin.readers.fcs.text import BLANK
from exportin.tables.events import Spill
from exportin.tables.names import clean

NAMES = ("$SPILLOVER", "SPILL", "$SPILL", "SPILLOVER")
GIVE = "Give the matrix in the study file if the channels spill."
MOST = 512
DIAGONAL, SINGULAR = 1e-3, 1e8


def read_spill(
    keys: dict[str, str], names: Sequence[str], remarks: Remarks
) -> tuple[Spill | None, str]:
    """Return the spill-over of a file and the keyword it stands in; a bad one is noted."""
    for key in NAMES:
        text = keys.get(key, "").strip(BLANK)
        if not text:
            continue
        spill, why = parse_spill(text, names)
        if spill is not None:
            return spill, key
        remarks.note("spill", f"{key} is not used: {why}", GIVE)
    if keys.get("$COMP", "").strip(BLANK):
        why = "the standard does not say which way round the matrix of $COMP is; it is not used."
        remarks.note("spill", why, GIVE)
    return None, ""


def parse_spill(text: str, names: Sequence[str]) -> tuple[Spill | None, str]:
    """Return the matrix of a text like ``2,FL1-A,FL2-A,1,0.1,0.02,1``, or why it is none.

    >>> spill, _ = parse_spill("2,FL1-A,2,1,0.1,0.02,1", ["FL1-A", "FL2-A"])
    >>> spill.names, spill.matrix
    (('FL1-A', 'FL2-A'), ((1.0, 0.1), (0.02, 1.0)))
    """
    try:
        found, values = _parts(text, names)
    except ValueError as error:
        return None, str(error)
    matrix = np.array(values).reshape(len(found), -1)
    if np.any(np.abs(np.diag(matrix) - 1) > DIAGONAL):
        return None, "a channel does not spill 1 into itself."
    if np.linalg.cond(matrix) > SINGULAR:
        return None, "it cannot be inverted."
    return Spill(names=tuple(found), matrix=tuple(map(tuple, matrix.tolist()))), ""


def _parts(text: str, names: Sequence[str]) -> tuple[list[str], list[float]]:
    """Return names and numbers; ``ValueError`` says in words what is wrong."""
    parts = [part.strip(BLANK) for part in text.split(",")]
    n = int(parts[0]) if re.fullmatch("[0-9]{1,4}", parts[0]) else 0
    if not 1 <= n <= MOST:
        raise ValueError(f"it begins {text[:20]!r}; the number of channels was expected.")
    if len(parts) != 1 + n + n * n:
        raise ValueError(f"it has {len(parts) - 1} entries; {n} names and {n}x{n} numbers are due.")
    found = [_name(clean(part), names) for part in parts[1 : n + 1]]
    if "" in found:
        raise ValueError(f"the file has no channel {parts[1 + found.index('')]!r}.")
    if len(set(found)) < n:
        raise ValueError("it names a channel twice.")
    values = [number(part) for part in parts[n + 1 :]]
    if None in values:
        raise ValueError(f"{parts[n + 1 + values.index(None)][:20]!r} is no number.")
    return found, [value for value in values if value is not None]


def _name(part: str, names: Sequence[str]) -> str:
    """Return the channel of a name, or of a number of a parameter where no name is like it."""
    if part in names:
        return part
    if part.isascii() and part.isdigit() and 1 <= int(part[:6]) <= len(names):
        return names[int(part[:6]) - 1]
    return ""
