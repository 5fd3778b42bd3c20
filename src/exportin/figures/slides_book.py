"""The workbook inside a chart: what a person sees who opens its data for editing."""

import io
from dataclasses import dataclass, field
from datetime import datetime

from exportin.tables.office import not_installed

SHEET = "Data"
BEGINNING = datetime(1980, 1, 1)
Cell = str | float | None


@dataclass(slots=True)
class DataSheet:
    """Columns of a chart's sheet, each with its address."""

    columns: list[tuple[Cell, ...]] = field(default_factory=list)

    def add(self, head: str, cells: tuple[Cell, ...]) -> tuple[str, str]:
        """Keep a column; return the address of its head and of its cells."""
        name = column_name(len(self.columns))
        self.columns.append((head, *cells))
        last = max(len(cells), 1) + 1
        return f"{SHEET}!${name}$1", f"{SHEET}!${name}$2:${name}${last}"

    def to_bytes(self) -> bytes:
        """Return the sheet as a workbook; text is text, whatever it begins with."""
        try:
            import xlsxwriter  # type: ignore[import-untyped]
        except ImportError:
            raise not_installed(".pptx", "xlsxwriter") from None

        out = io.BytesIO()
        book = xlsxwriter.Workbook(
            out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        book.set_properties({"created": BEGINNING})
        sheet = book.add_worksheet(SHEET)
        for at, cells in enumerate(self.columns):
            for row, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(row, at, cell)
                elif cell is not None:
                    sheet.write_number(row, at, cell)
        sheet.freeze_panes(1, 0)
        book.close()
        return out.getvalue()


def column_name(at: int) -> str:
    """Name a column as a spreadsheet does: A ... Z, AA ...

    >>> column_name(0), column_name(25), column_name(26), column_name(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    return (column_name(at // 26 - 1) if at >= 26 else "") + chr(65 + at % 26)
