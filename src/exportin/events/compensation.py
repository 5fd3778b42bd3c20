"""Which spill-over is taken out of a tube, said once: the file's own, one given, or measured."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from exportin.events.channels import find_channel, loose
from exportin.events.settings import Compensation, Matrix
from exportin.tables.events import EventData, Spill
from exportin.tables.problems import InputError, problem_at

MAX_CONDITION = 1e4
"""Beyond it a rounding error of 0.01 % in the matrix becomes an error as large as the signal."""
DONE = "comp-"
"""How software marks the channels that it has compensated (Comp-FITC-A)."""
Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Applied:
    """The spill-over of one tube.

    Parameters
    ----------
    source
        file, matrix, controls or none.
    detectors
        Positions of the channels in the file, in the order of the matrix's columns.
    dyes
        Names under which the compensated channels may be asked for, besides those of the file.
    inverse
        Inverse of the spill-over, dyes by detectors; compensated = inverse' @ linear.
    sentence
        What was done, for remarks and methods.
    """

    source: Literal["file", "matrix", "controls", "none"]
    sentence: str
    detectors: tuple[int, ...] = ()
    dyes: tuple[str, ...] = ()
    inverse: Values | None = None


def choose_spill(
    settings: Compensation, data: EventData, file: str, measured: Spill | None = None
) -> Applied:
    """Return the spill-over that the settings ask for, checked against the file.

    Raises
    ------
    InputError
        The file has none, names channels it does not have, is compensated already, or the matrix
        cannot be inverted.
    """
    done = compensated_channels(data)
    if settings.source == "none" or (settings.source == "auto" and data.spill is None and not done):
        why = "no spill-over is written in the file" if settings.source == "auto" else "as asked"
        return Applied(source="none", sentence=f"not compensated ({why})")
    if done and settings.source == "auto":
        why = f"the file's channels are compensated already: {', '.join(done)}"
        return Applied(source="none", sentence=f"not compensated again ({why})")
    if done:
        message = f"the channels {', '.join(done)} are compensated already."
        remedy = 'Write compensation = { source = "none" }, or use the uncompensated file.'
        raise _refused(file, message, remedy, "compensated-twice")
    if settings.source == "matrix" and settings.matrix is not None:
        return apply_matrix(settings.matrix, "matrix", data, file)
    spill = measured if settings.source == "controls" else data.spill
    if spill is None:
        if settings.source == "controls":
            raise ValueError("controls were not measured: call spill_from_stains first")
        message = "the file holds no spill-over ($SPILLOVER)."
        remedy = 'Write the matrix in the study file, or compensation = { source = "none" }.'
        raise _refused(file, message, remedy, "no-spillover")
    if len(spill.names) == 1:
        only = spill.names[0]
        return Applied(source="none", sentence=f"not compensated (spill-over names {only} alone)")
    source: Literal["controls", "file"] = "controls" if settings.source == "controls" else "file"
    return apply_matrix(as_matrix(spill, file), source, data, file)


def compensated_channels(data: EventData) -> list[str]:
    """Return the names of channels that say of themselves that they are compensated.

    >>> from exportin.tables.events import Channel
    >>> made = EventData(channels=(Channel(name="Comp-FITC-A"),), values=np.zeros((1, 1)))
    >>> compensated_channels(made)
    ['Comp-FITC-A']
    """
    return [name for name in data.names if name.casefold().startswith(DONE)]


def as_matrix(spill: Spill, file: str) -> Matrix:
    """Return the file's own spill-over as a matrix; refused where it is none."""
    try:
        return Matrix(detectors=list(spill.names), rows=[list(row) for row in spill.matrix])
    except ValueError as error:
        n, rows = len(spill.names), len(spill.matrix)
        message = f"its spill-over names {n} channels and holds {rows} rows: it is no matrix."
        remedy = 'Write the matrix in the study file: compensation = { source = "matrix", ... }.'
        raise _refused(file, message, remedy, "bad-spillover") from error


def apply_matrix(
    matrix: Matrix,
    source: Literal["file", "matrix", "controls"],
    data: EventData,
    file: str,
) -> Applied:
    """Find the channels of a matrix in the file and invert it."""
    place = "$SPILLOVER" if source == "file" else "compensation"
    found = [find_channel(data.channels, name, file, place) for name in matrix.detectors]
    twice = sorted({matrix.detectors[k] for k, i in enumerate(found) if found.index(i) != k})
    if twice:
        message = f"the matrix names the channel of '{', '.join(twice)}' twice."
        raise _refused(file, message, "Name each channel once.", "twin-channel", place)
    rows = np.array(matrix.rows, dtype=np.float64)
    if np.any(np.diag(rows) <= 0):
        k = int(np.argmin(np.diag(rows)))
        message = f"'{matrix.detectors[k]}' gives {rows[k, k]:g} in its own channel."
        remedy = "Write a row per dye, with 1 in the column of its own channel."
        raise _refused(file, message, remedy, "bad-spillover", place)
    condition = float(np.linalg.cond(rows))
    if not condition < MAX_CONDITION:
        message = f"the spill-over cannot be inverted reliably (condition number {condition:.3g})."
        remedy = "Two of its dyes look alike; check rows and columns, or leave one of them out."
        raise _refused(file, message, remedy, "singular-spillover", place)
    words = {"file": "the file's own $SPILLOVER", "matrix": "the matrix of the study file"}
    said = words.get(source, "single-stain controls")
    names = ", ".join(data.channels[i].name for i in found)
    plain = " (no spill-over: the matrix is the identity)" if _identity(rows) else ""
    return Applied(
        source=source,
        sentence=f"compensated by {said}: {names}{plain}",
        detectors=tuple(found),
        dyes=tuple(matrix.dyes),
        inverse=np.linalg.inv(rows).astype(np.float64),
    )


def _identity(rows: Values) -> bool:
    return bool(np.array_equal(rows, np.eye(len(rows))))


def dye_position(applied: Applied, wanted: str) -> int | None:
    """Return which compensated channel a dye's name means; None where it is no dye's name."""
    hits = [k for k, dye in enumerate(applied.dyes) if dye == wanted]
    hits = hits or [k for k, dye in enumerate(applied.dyes) if loose(dye) == loose(wanted)]
    return hits[0] if len(hits) == 1 else None


def unmix(applied: Applied, linear: Values) -> Values:
    """Return compensated values (dyes by events) of the linear values of the detectors."""
    if applied.inverse is None:
        return linear
    made: Values = applied.inverse.T @ linear
    return made


def _refused(file: str, message: str, remedy: str, code: str, place: str = "") -> InputError:
    return InputError(problem_at(file, place, message, remedy, code))
