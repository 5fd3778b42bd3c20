"""Names of wells and sizes of plates."""

import re
from functools import lru_cache

from exportin.tables.problems import InputError, Problem

PLATES = {
    6: (2, 3),
    12: (3, 4),
    24: (4, 6),
    48: (6, 8),
    96: (8, 12),
    384: (16, 24),
    1536: (32, 48),
}
MAX_ROWS, MAX_COLS = PLATES[1536]
WELL = re.compile(r"([A-Za-z]{1,2})[\s_:-]?0*([1-9][0-9]?)(?:\.0+)?$")
# letters and digits that people and scanners confuse
TO_DIGIT = str.maketrans("OoIlSB", "001158")
TO_LETTER = str.maketrans("01", "OI")


def row_letters(row: int) -> str:
    """Name a plate row counted from zero.

    >>> row_letters(0), row_letters(26), row_letters(31)
    ('A', 'AA', 'AF')
    """
    return chr(65 + row) if row < 26 else "A" + chr(65 + row - 26)


def row_number(letters: str) -> int | None:
    """Return the plate row of its letters, counted from zero; ``None`` beyond AF.

    >>> row_number("b"), row_number("AF"), row_number("AG")
    (1, 31, None)
    """
    letters = letters.strip().upper()
    if re.fullmatch("[A-Z]", letters):
        return ord(letters) - 65
    if re.fullmatch("A[A-F]", letters):
        return 26 + ord(letters[1]) - 65
    return None


def well_name(row: int, col: int) -> str:
    """Name the well at a row and column counted from zero.

    >>> well_name(0, 0), well_name(31, 47)
    ('A01', 'AF48')
    """
    if not (0 <= row < MAX_ROWS and 0 <= col < MAX_COLS):
        msg = f"no plate has row {row} and column {col} (counted from zero)"
        raise ValueError(msg)
    return f"{row_letters(row)}{col + 1:02d}"


@lru_cache(maxsize=8192)
def well_position(text: str) -> tuple[int, int] | None:
    """Return row and column of a well, counted from zero; ``None`` if it is no well.

    >>> well_position("A1"), well_position("aa-12"), well_position("01")
    ((0, 0), (26, 11), None)
    """
    match = WELL.match(text.strip())
    row = row_number(match.group(1)) if match else None
    if match is None or row is None or int(match.group(2)) > MAX_COLS:
        return None
    return row, int(match.group(2)) - 1


def parse_well(text: str, *, file: str = "", place: str = "", size: int | None = None) -> str:
    """Return the canonical name of a well: ``A01`` for A1, a01 and A-1.

    Raises
    ------
    InputError
        The text is no well, or lies outside a plate of ``size`` wells.

    >>> parse_well("a1"), parse_well("AA12")
    ('A01', 'AA12')
    """
    position = well_position(text)
    if position is None:
        raise InputError(no_well(text, file, place))
    rows, cols = PLATES[size] if size else (MAX_ROWS, MAX_COLS)
    if position[0] >= rows or position[1] >= cols:
        raise InputError(
            Problem(
                file=file,
                place=place,
                message=f"Well '{text}' lies outside a plate of {size} wells.",
                remedy=f"Its wells are A01 to {well_name(rows - 1, cols - 1)}.",
                code="well-outside-plate",
            )
        )
    return well_name(*position)


def no_well(text: str, file: str, place: str) -> Problem:
    """Return the problem of a text that is no well, with the well it may be meant to be."""
    guess = look_alike_well(text.strip())
    hint = f"Did you mean '{guess}' (letter O or digit 0, letter I or digit 1)?" if guess else ""
    return Problem(
        file=file,
        place=place,
        message=f"'{text[:40]}' is no well.",
        remedy=hint or "Write a row letter and a column number, such as A01 or P24.",
        code="not-a-well",
    )


def look_alike_well(text: str) -> str:
    """Name the well a text is if letters and digits that look alike are exchanged.

    >>> look_alike_well("01"), look_alike_well("BO3"), look_alike_well("Al2")
    ('O01', 'B03', 'A12')
    """
    options = (text[:1].translate(TO_LETTER) + text[1:], text[:1] + text[1:].translate(TO_DIGIT))
    for option in options:
        position = well_position(option)
        if option != text and position is not None:
            return well_name(*position)
    return ""


def plate_size_for(rows: int, cols: int) -> int | None:
    """Return how many wells a plate with so many rows and columns has; ``None`` if none does.

    >>> plate_size_for(16, 24), plate_size_for(8, 10)
    (384, None)
    """
    return next((size for size, shape in PLATES.items() if shape == (rows, cols)), None)


def plate_with_columns(cols: int) -> int | None:
    """Return the plate with so many columns; each size has its own.

    >>> plate_with_columns(12), plate_with_columns(10)
    (96, None)
    """
    return next((size for size, (_, width) in PLATES.items() if width == cols), None)
