"""A table of an assay's own making for the report: the one its papers print, or a checklist."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cell:
    """Text, or the id of a row of Estimates whose number stands here with its interval."""

    text: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A small table: header, rows of cells, and what it is.

    Numbers are not written into it: a cell names the row of Estimates that it shows, so that
    every printed number can be walked back. Counts and words are text. ``first`` puts it before the
    figures, otherwise it ends the section.
    """

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    first: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the sheet as plain data.

        >>> one = Sheet(name="s", title="T", header=("a",), rows=((Cell("x"),),))
        >>> Sheet.from_json(one.to_json()) == one
        True
        """
        cells = [[{"text": c.text, "id": c.id} for c in row] for row in self.rows]
        return {"name": self.name, "title": self.title, "header": list(self.header),
                "rows": cells, "note": self.note, "first": self.first}  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Sheet":
        """Return the sheet of plain data."""
        return cls(
            name=data["name"],
            title=data["title"],
            header=tuple(data["header"]),
            rows=tuple(tuple(Cell(**cell) for cell in row) for row in data["rows"]),
            note=data["note"],
            first=data["first"],
        )
