"""Which control wells a treated well is held against: those of its own cells on its plate."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

PLATE = ("file", "sample_id")
CELLS = ("model", "unit_id")
"""What tells cells apart on a plate, besides the keys of the block other than the treatment."""
CELL = "__cells"
HOME = (*PLATE, CELL)
ROLES = ("vehicle", "blank", "positive")
_BETWEEN = "\x1f"


def cell_names(frame: pl.DataFrame, keys: Sequence[str] = ()) -> list[str]:
    """Return the columns of the frame that tell cells apart: all keys but the treatment."""
    names = dict.fromkeys((*CELLS, *keys))
    return [name for name in names if name != "treatment" and name in frame.columns]


def with_cells(frame: pl.DataFrame, keys: Sequence[str] = ()) -> pl.DataFrame:
    """Add ``__cells``: rows of a plate with equal text are held against the same vehicle wells.

    Parameters
    ----------
    frame
        Wells with file, sample_id and role; model, unit_id and the keys where there are any.
    keys
        Design columns of the block; the treatment among them tells no cells apart.

    Returns
    -------
    polars.DataFrame
        A plate is divided by model as soon as one of its vehicle wells names a model, and by
        another column if a value of its treated wells is one of its vehicle wells' values too
        (a vehicle that says nothing, or "none", serves all of them).

    Examples
    --------
    >>> wells = pl.DataFrame({"file": "f", "sample_id": "P1", "role": ["vehicle", "treated"] * 2,
    ...                       "model": ["A", "A", "B", "B"], "arm": [None, "x", None, "y"]})
    >>> with_cells(wells, ["model", "treatment", "arm"]).get_column(CELL).to_list()
    ['A', 'A', 'B', 'B']
    """
    told = _told_apart(frame, keys)
    return frame.with_columns(pl.Series(CELL, told.cells(), dtype=pl.String))


def control_wells(frame: pl.DataFrame, keys: Sequence[str] = ()) -> pl.DataFrame:
    """Return the control wells of each plate and cells, once for each cells they serve.

    A control serves the cells it names, and those of the whole plate in what it does not name.
    Blank wells hold no cells: they serve the plate, or the model whose medium they name.

    Returns
    -------
    polars.DataFrame
        Rows of the frame with ``__cells``, wells without a value included.
    """
    return controls_and_words(frame, keys)[0]


def controls_and_words(
    frame: pl.DataFrame, keys: Sequence[str] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `control_wells` and words of each plate and cells (``whose``), told apart once."""
    told = _told_apart(frame, keys)
    homes = _homes(told)
    return _controls(frame, told, homes), _words(homes)


Plate = tuple[Any, ...]
Names = tuple[str | None, ...]
"""What the cells of a well are told apart by, in the order of `cell_names`; None: nothing."""


class Told(NamedTuple):
    """Each row's plate, role and names; the same three name many rows."""

    rows: list[tuple[Any, ...]]  # file, sample_id, role, text of each cell name
    of: dict[tuple[Any, ...], tuple[Plate, str | None, Names]]
    model: int  # place of the model among the names, -1 without

    def cells(self) -> list[str]:
        """Return the text of each row's cells."""
        text = {row: _cell(names) for row, (_, _, names) in self.of.items()}
        return [text[row] for row in self.rows]


def _cell(names: Names) -> str:
    return _BETWEEN.join(name or "" for name in names).rstrip(_BETWEEN)


def _told_apart(frame: pl.DataFrame, keys: Sequence[str]) -> Told:
    """Say by which values each row's cells are told apart: those its plate's vehicle tells.

    Rows are few kinds: what is found of one kind holds for all its rows.
    """
    cells = cell_names(frame, keys)
    texts = [frame.get_column(name).cast(pl.String).to_list() for name in cells]
    # an empty cell names nothing
    texts = [[cell if cell and cell.strip() else None for cell in text] for text in texts]
    places = [frame.get_column(name).to_list() for name in (*PLATE, "role")]
    rows = list(zip(*places, *texts, strict=True))
    kinds = dict.fromkeys(rows)
    said: dict[tuple[Plate, str, int], set[str]] = defaultdict(set)  # by plate, role and name
    for file, sample, role, *named in kinds:
        for at, value in enumerate(named):
            if value is not None:
                said[(file, sample), role, at].add(value)

    def tells(plate: Plate, at: int) -> bool:
        """Whether a vehicle well names a value and, but for the model, a treated one does too."""
        vehicle = said.get((plate, "vehicle", at), set())
        if cells[at] == "model":
            return bool(vehicle)
        return not vehicle.isdisjoint(said.get((plate, "treated", at), set()))

    plates = dict.fromkeys((file, sample) for file, sample, *_ in kinds)
    telling = {plate: [tells(plate, at) for at in range(len(cells))] for plate in plates}
    found = {}
    for row in kinds:
        plate = row[:2]
        names = tuple(v if t else None for v, t in zip(row[3:], telling[plate], strict=True))
        found[row] = (plate, row[2], names)
    return Told(rows, found, cells.index("model") if "model" in cells else -1)


def _homes(told: Told) -> dict[Plate, list[Names]]:
    """Each plate and the cells on it; a plate without treated wells by its vehicle, or whole."""
    by_role: dict[tuple[Plate, str | None], dict[Names, None]] = defaultdict(dict)
    plates: dict[Plate, None] = {}
    width = 0
    for plate, role, names in told.of.values():
        by_role[plate, role][names] = plates[plate] = None
        width = len(names)
    whole: Names = (None,) * width
    return {
        plate: sorted(
            by_role.get((plate, "treated")) or by_role.get((plate, "vehicle")) or (whole,),
            key=_cell,
        )
        for plate in sorted(plates, key=_nulls_first)
    }


def _nulls_first(values: Sequence[Any]) -> list[tuple[bool, Any]]:
    return [(value is not None, value) for value in values]


def _controls(frame: pl.DataFrame, told: Told, homes: dict[Plate, list[Names]]) -> pl.DataFrame:
    served: dict[tuple[Any, ...], list[str]] = {}
    for row, (plate, role, names) in told.of.items():
        if role not in ROLES:
            continue
        if role == "blank":
            named = tuple(n if at == told.model else None for at, n in enumerate(names))
        else:
            named = names
        served[row] = [
            _cell(home)
            for home in homes[plate]
            if all(a is None or b is None or a == b for a, b in zip(named, home, strict=True))
        ]
    wells = [(at, cell) for at, row in enumerate(told.rows) for cell in served.get(row, ())]
    found = frame[np.array([at for at, _ in wells], dtype=np.int64)]
    return found.with_columns(pl.Series(CELL, [cell for _, cell in wells], dtype=pl.String))


def _words(homes: dict[Plate, list[Names]]) -> pl.DataFrame:
    """Return each plate and ``__cells`` with ``whose``: words for them where a plate has several.

    Plates without treated wells are listed by the cells of their vehicle wells.
    """
    rows = []
    for plate, cells in homes.items():
        several = [len(set(values)) > 1 for values in zip(*cells, strict=True)]
        for names in cells:
            told = [n for n, more in zip(names, several, strict=True) if more and n is not None]
            rows.append((*plate, _cell(names), ", ".join(told)))
    return pl.DataFrame(rows, schema=dict.fromkeys((*HOME, "whose"), pl.String), orient="row")
