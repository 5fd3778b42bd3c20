"""What stands in a sheet without a whole plate grid: parts of plates, and bare numbers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from exportin.tables.grids import COLUMN
from exportin.tables.missing import missing_cause
from exportin.tables.numbers import decimal_evidence, parse_number
from exportin.tables.problems import Problem
from exportin.tables.sheet import Sheet
from exportin.tables.wells import MAX_COLS, MAX_ROWS, plate_size_for, row_number

LETTERS = re.compile(r"[A-Za-z]{1,2}$")
FEWEST = 2  # rows and columns of a part of a plate
SEARCHED = 500  # lines of a sheet; plates stand at its head


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A grid that begins with a later column than the first."""

    at: int
    left: int
    columns: tuple[int, ...]
    letters: tuple[str, ...]

    @property
    def told(self) -> str:
        """Its columns and rows in words."""
        return (
            f"columns {self.columns[0]} to {self.columns[-1]}, rows {self.letters[0]} to "
            f"{self.letters[-1]}"
        )

    @property
    def lines(self) -> range:
        """Rows of the sheet that it covers."""
        return range(self.at, self.at + 1 + len(self.letters))


def no_plate(sheets: Sequence[Sheet], file: str) -> Problem | None:
    """Return why no plate was found, where something like one stands in a sheet."""
    for sheet in sheets:
        part = find_part(sheet)
        problem = part_alone(part, sheet, file) if part else bare_numbers(sheet, file)
        if problem:
            return problem
    return None


def is_like_a_plate(sheet: Sheet) -> bool:
    """Whether a sheet without a whole grid holds a part of a plate or its bare numbers alone."""
    filled = [at for at in range(len(sheet.rows)) if not sheet.is_blank(at)]
    if len(filled) > MAX_ROWS + 2:
        return False
    part = find_part(sheet)
    if part:
        return len(set(filled) - set(part.lines)) <= 1
    return bare_numbers(sheet, "") is not None


def find_part(sheet: Sheet) -> Part | None:
    """Return the first part of a plate in the upper lines of a sheet."""
    for at, row in enumerate(sheet.rows[:SEARCHED]):
        left = next((col for col, text in enumerate(row[1:]) if COLUMN.match(text)), None)
        columns = () if left is None else tuple(run_of_columns(row[left + 1 :]))
        if left is None or len(columns) < FEWEST or columns[0] == 1 or any(row[: left + 1]):
            continue
        below = (sheet.cell(under, left) for under in range(at + 1, len(sheet.rows)))
        letters = tuple(takewhile(is_row, below))
        if len(letters) >= FEWEST:
            return Part(at=at, left=left, columns=columns, letters=letters)
    return None


def is_row(text: str) -> bool:
    """Whether a cell holds the letters of a plate row."""
    return bool(LETTERS.match(text)) and row_number(text) is not None


def part_alone(part: Part, sheet: Sheet, file: str) -> Problem:
    """Return the problem of a part of a plate."""
    return Problem(
        file=file,
        place=sheet.place(part.at, part.left + 1),
        message=f"Only a part of a plate stands here: {part.told}.",
        remedy=(
            "Write the whole plate, from column 1 and row A on; leave wells that were not read "
            "empty."
        ),
        code="part-of-plate",
    )


def part_below(part: Part, sheet: Sheet, file: str) -> Problem:
    """Return the problem of a plate whose columns stand in two grids."""
    return Problem(
        file=file,
        place=sheet.place(part.at, part.left + 1),
        message=f"The plate is cut in parts: {part.told} stand below its first columns.",
        remedy="Move them to the right of the others, below one line of column numbers.",
        code="part-of-plate",
    )


def run_of_columns(row: Sequence[str]) -> Iterator[int]:
    """Give the column numbers that a row counts up, from its first cell on."""
    last = None
    for text in row:
        match = COLUMN.match(text)
        number = int(match.group(1)) if match else 0
        if not 0 < number <= MAX_COLS or (last is not None and number != last + 1):
            return
        yield number
        last = number


def bare_numbers(sheet: Sheet, file: str) -> Problem | None:
    """Return the problem of a plate without row letters and column numbers."""
    rows = [at for at in range(len(sheet.rows)) if not sheet.is_blank(at)]
    if len(rows) > MAX_ROWS + 2:
        return None
    filled = [[text for text in sheet.rows[at] if text] for at in rows]
    block = [at for at, texts in zip(rows, filled, strict=True) if all(map(is_number, texts))]
    widths = {len(sheet.rows[at]) for at in block}
    size = plate_size_for(len(block), max(widths, default=0))
    if len(widths) != 1 or size is None:
        return None
    return Problem(
        file=file,
        place=sheet.place(block[0], 0),
        message=(
            f"{len(block)} lines of {max(widths)} numbers stand here, as on a plate of {size} "
            "wells, but without row letters and column numbers."
        ),
        remedy="Write 1, 2, 3 ... above and A, B, C ... at the left of them.",
        code="no-letters",
    )


def is_number(text: str) -> bool:
    """Whether a cell is a number or a word for missing, with either decimal mark."""
    number = parse_number(text, ".") is not None or bool(decimal_evidence(text))
    return number or missing_cause(text) is not None
