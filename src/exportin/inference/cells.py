"""Units sorted into groups: what a comparison looks at, on its working scale."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from exportin.inference.unit_values import NAN, Codes, Row, Values, unit_values

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """The units of one group: name to (value, code) as in `UnitValues`.

    `lost` units say nothing, `silent` ones had no dose response and so no number, `off` counts
    numbers that the scale cannot hold.
    """

    known: Mapping[str, tuple[float, int]]
    lost: frozenset[str] = frozenset()
    silent: int = 0
    off: int = 0

    @property
    def n(self) -> int:
        """Units that say something."""
        return len(self.known)

    @property
    def exact(self) -> bool:
        """Whether every unit gives a number."""
        return all(code == 0 for _, code in self.known.values())

    def values(self, units: Sequence[str] | None = None) -> Values:
        """Values in the order of the units; NaN for a unit that is not here."""
        names = self.known if units is None else units
        return np.array([self.known.get(u, (NAN, 0))[0] for u in names], dtype=np.float64)

    def censor(self, units: Sequence[str] | None = None) -> Codes:
        """Codes in the order of the units."""
        names = self.known if units is None else units
        return np.array([self.known.get(u, (NAN, 0))[1] for u in names], dtype=np.int64)


NO_RESPONSE = "no_response"
EMPTY = Cell({})


@dataclass(frozen=True, slots=True)
class Stratum:
    """The cells of one comparison: group (and level of the modifier) to units."""

    keys: Mapping[str, Any]
    cells: Mapping[Group, Cell]

    def cell(self, *group: str) -> Cell:
        """Units of a group; empty where there are none."""
        return self.cells.get(group, EMPTY)


def make_cell(rows: Sequence[Row], scale: str) -> Cell:
    """Read the rows of one group, one per unit.

    Examples
    --------
    >>> row = {"unit_id": "E1", "value": 10.0, "bound": "=", "conf_open": "none", "status": "ok"}
    >>> make_cell([row], "log10").known
    {'E1': (1.0, 0)}
    """
    rows = sorted(rows, key=lambda row: str(row["unit_id"]))
    found = unit_values(rows, scale)
    said = zip(rows, found.values.tolist(), found.censor.tolist(), strict=True)
    known = {str(row["unit_id"]): (v, code) for row, v, code in said if v == v}  # noqa: PLR0124 - not NaN
    silent = {str(r["unit_id"]) for r in rows if r["value"] is None and r["status"] == NO_RESPONSE}
    lost = frozenset(str(row["unit_id"]) for row in rows) - set(known) - silent
    return Cell(known, lost, len(silent), found.off_scale)


def shared_units(cells: Sequence[Cell]) -> list[str]:
    """Units that say something in every cell.

    Examples
    --------
    >>> shared_units([Cell({"E1": (1.0, 0), "E2": (2.0, 0)}), Cell({"E2": (3.0, 0)})])
    ['E2']
    """
    common = set.intersection(*(set(cell.known) for cell in cells)) if cells else set()
    return sorted(common)


def all_units(cells: Sequence[Cell]) -> list[str]:
    """Units of any cell."""
    return sorted({unit for cell in cells for unit in cell.known})


def resolve_pairing(cells: Sequence[Cell], asked: str) -> str:
    """Say how the groups hang together: unpaired, or blocked by unit.

    Auto: blocked as soon as one unit is in two groups, because its values are then not
    independent; two blocked groups are pairs.

    Examples
    --------
    >>> resolve_pairing([Cell({"E1": (1.0, 0)}), Cell({"E1": (3.0, 0)})], "auto")
    'blocked'
    """
    if asked != "auto":
        return asked
    total = sum(cell.n for cell in cells)
    return "unpaired" if len(all_units(cells)) == total else "blocked"


def lost_units(cells: Iterable[Cell]) -> frozenset[str]:
    """Units that say nothing in one of the cells.

    Examples
    --------
    >>> sorted(lost_units([Cell({}, frozenset({"E1"})), Cell({}, frozenset({"E1", "E2"}))]))
    ['E1', 'E2']
    """
    return frozenset().union(*(cell.lost for cell in cells))
