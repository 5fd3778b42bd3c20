"""The first line of a plate block: values without names, found from the word 'Raw' on."""

import re
from dataclasses import dataclass

from exportin.readers.softmax_pro.blocks import Block
from exportin.tables.problems import InputError, Problem
from exportin.tables.wells import PLATES

LAYOUTS = ("PlateFormat", "TimeFormat")
TYPES = ("Raw", "Reduced", "Both")
READS = ("Endpoint", "Kinetic", "Spectrum", "Well Scan", "Flex")
# places of the values, counted from the word Raw or Reduced
POINTS, START, STOP, STEP, WAVES, LIST, COLUMNS, WELLS, EXCITATION = 2, 5, 6, 7, 8, 9, 11, 12, 13


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line of a plate block says."""

    name: str
    data: str
    layout: str
    read: str
    mode: str
    points: int
    channels: tuple[str, ...]
    size: int
    first_row: int
    rows: int


def read_header(block: Block, file: str) -> Header:
    """Return what the first line of a plate block says.

    Raises
    ------
    InputError
        A value is not what it should be.
    """
    cells = block.sheet.rows[block.start]
    kind = next((at for at, text in enumerate(cells) if at > 3 and text in TYPES), 0)

    def value(offset: int) -> str:
        return block.sheet.cell(block.start, kind + offset) if kind else ""

    layout, read, mode = (block.sheet.cell(block.start, at) for at in (3, 4, 5))
    waves = value(LIST).split()
    size = whole(value(WELLS))
    checks = (
        (kind > 0, "data type", "", "Raw, Reduced or Both"),
        (layout in LAYOUTS, "format", layout, " or ".join(LAYOUTS)),
        (read in READS, "read type", read, ", ".join(READS)),
        (size in PLATES, "number of wells", value(WELLS), "the size of a plate"),
        (
            read == "Spectrum" or not waves or whole(value(WAVES)) == len(waves),
            "number of wavelengths",
            value(WAVES),
            f"{len(waves)}, as many as are listed",
        ),
    )
    for right, what, text, expected in checks:
        if not right:
            raise InputError(bad_header(block, file, what, text, expected))
    first, rows = read_rows(cells[kind + WELLS + 1 :], PLATES[size][0])
    return Header(
        name=block.name,
        data=cells[kind],
        layout=layout,
        read=read,
        mode=mode,
        points=spectrum_points(value(START), value(STOP), value(STEP))
        if read == "Spectrum"
        else whole(value(POINTS)),
        channels=name_channels(mode, waves, value(EXCITATION).split()),
        size=size,
        first_row=first,
        rows=rows,
    )


def whole(text: str) -> int:
    """Return a whole number; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def spectrum_points(start: str, stop: str, step: str) -> int:
    """Return how many wavelengths a spectrum has; 0 where the line does not say.

    >>> spectrum_points("350", "400", "10"), spectrum_points("", "400", "10")
    (6, 0)
    """
    low, high, by = whole(start), whole(stop), whole(step)
    return (high - low) // by + 1 if low and by and high >= low else 0


def read_rows(rest: tuple[str, ...], plate_rows: int) -> tuple[int, int]:
    """Return the first plate row that was read (from one) and how many; the last two numbers.

    >>> read_rows(("", "6", "", "1", "4", ""), 8), read_rows(("", "x"), 8)
    ((1, 4), (1, 8))
    """
    filled = [text for text in rest if text]
    first, rows = (whole(text) for text in filled[-2:]) if len(filled) > 1 else (0, 0)
    whole_area = first and rows and first - 1 + rows <= plate_rows
    return (first, rows) if whole_area else (1, plate_rows)


def name_channels(mode: str, waves: list[str], excitation: list[str]) -> tuple[str, ...]:
    """Name the wavelengths of a plate; luminescence without a filter has wavelength 0.

    >>> name_channels("Absorbance", ["280", "450"], ["1"])
    ('Absorbance 280', 'Absorbance 450')
    >>> name_channels("Fluorescence", ["520"], ["485"]), name_channels("Luminescence", ["0"], [])
    (('Fluorescence 485/520',), ('Luminescence',))
    """
    numeric = all(re.fullmatch(r"\d+(?:[.,]\d+)?", text) for text in excitation)
    pairs = "luor" in mode and numeric and len(excitation) == len(waves)
    names: list[str] = []
    for at, wave in enumerate(waves or ["0"]):
        label = f"{excitation[at]}/{wave}" if pairs else wave
        name = mode if wave == "0" and not pairs else f"{mode} {label}"
        names.append(f"{name} read {at + 1}" if name in names else name)
    return tuple(names)


def bad_header(block: Block, file: str, what: str, text: str, expected: str) -> Problem:
    """Return the problem of a value in the first line of a plate."""
    return Problem(
        file=file,
        place=block.sheet.line(block.start),
        message=f"Plate '{block.name}': the {what} is '{text[:40]}', expected {expected}.",
        remedy="Export the file again from SoftMax Pro as text (.txt) in plate or columns format.",
        code="plate-header",
    )
