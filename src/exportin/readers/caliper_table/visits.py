"""What every form gives: columns of cells that know where they stand, a row per visit."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from exportin.tables.problems import Problem
from exportin.tables.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Texts of one column of the table, with the row and column of the sheet of each."""

    texts: list[str]
    rows: Sequence[int]
    cols: Sequence[int]
    title: str = ""

    def at(self, index: int) -> tuple[int, int]:
        """Return row and column of the i-th text in the sheet."""
        return self.rows[index], self.cols[index]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Visits of animals, before numbers are read.

    Parameters
    ----------
    sheet, file
        Where they stand.
    ids
        ``animal``, ``arm``, ``model``.
    times
        ``day`` (texts that may have words around the number), ``date``, or both.
    sizes
        ``volume``, ``length``, ``width``, ``height``, ``weight``.
    about
        Every other column, text as written, under the name it gets.
    units
        ``volume_unit``, ``length_unit``, ``weight_unit`` as far as the file names them.
    one_line_each
        Each animal has one line (or column) of its own, so two lines are two animals.
    """

    sheet: Sheet
    file: str
    ids: dict[str, Cells]
    times: dict[str, Cells]
    sizes: dict[str, Cells]
    about: dict[str, Cells] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    one_line_each: bool = False
    notes: tuple[Problem, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of visits."""
        return len(next(iter(self.times.values())).texts)

    def place(self, cells: Cells, index: int) -> str:
        """Name a cell as a person would look for it."""
        return self.sheet.place(*cells.at(index), cells.title)

    def line(self, index: int) -> str:
        """Name the line (or, where animals stand across, the cell) of a visit."""
        cells = next(iter(self.sizes.values()))
        row, col = cells.at(index)
        return self.sheet.place(row, col) if self.one_line_each else self.sheet.line(row)
