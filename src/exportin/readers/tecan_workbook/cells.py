"""The tables of one label as cells: a plate grid, or wells against cycles."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from exportin.readers.tecan_workbook.refusals import fault
from exportin.readers.tecan_workbook.sections import Label, Plate, promised, rows_end
from exportin.readers.tecan_workbook.words import is_wave, told
from exportin.tables.grids import COLUMN
from exportin.tables.kinds import MEASURED_AT
from exportin.tables.names import clean
from exportin.tables.numbers import parse_number
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.sheet import Sheet
from exportin.tables.wellcells import WellCell, smallest_plate, whole_plate
from exportin.tables.wells import (
    PLATES,
    parse_well,
    row_letters,
    row_number,
    well_name,
    well_position,
)

Spot = tuple[str, int, int, float | None]  # well, row and column of the sheet, seconds


def label_cells(
    source: Source, plate: Plate, label: Label, name: str, plates: int, *, several: bool
) -> list[WellCell]:
    """Return every reading of a label; a promised well without one is a missing value."""
    if label.lists:
        spots = list(list_spots(plate.sheet, label, source.name))
    elif label.grids:
        spots = list(grid_spots(plate.sheet, label, source.name))
    else:
        spots = list(cycle_spots(plate.sheet, label.kinetics[0], source.name))
    size = plate_size(plate, [well for well, *_ in spots])
    said = label_facts(plate, label)
    prefix = f"{source.name}:{name}" if plates > 1 else source.name
    prefix += f"#{label.name}" if several else ""
    return [
        WellCell(
            sheet=plate.sheet,
            at=at,
            col=col,
            well=well,
            sample_id=name,
            channel=label.name,
            prefix=prefix if seconds is None else f"{prefix}@{seconds:g}s",
            size=size,
            extra=said if seconds is None else said | {"time_s": seconds},
        )
        for well, at, col, seconds in spots
    ]


def label_facts(plate: Plate, label: Label) -> dict[str, str | float | None]:
    """Return what the sheet says of all readings of a label."""
    said: dict[str, str | float | None] = {}
    if mode := told(label.facts, "Mode"):
        said["mode"] = mode
    if waves := [text for key, text in label.facts.items() if is_wave(key) and text]:
        said["wavelength"] = "/".join(waves)
    when = told(label.facts, "Start Time") or " ".join(
        filter(None, (told(plate.facts, "Date"), told(plate.facts, "Time")))
    )
    if when:
        said[MEASURED_AT] = when
    if plate.barcode:
        said["plate_id"] = plate.barcode
    return said


def plate_size(plate: Plate, wells: list[str]) -> int | None:
    """Return the size of the plate: filled by its wells, or named by its definition."""
    full = whole_plate(wells)
    if full:
        return full
    words = told(plate.facts, "Plate").replace("-", " ").split()
    named = {int(word) for word in words if word.isdecimal() and int(word) in PLATES}
    least = smallest_plate(wells) or 0
    return named.pop() if len(named) == 1 and max(named) >= least else None


def grid_spots(sheet: Sheet, label: Label, file: str) -> Iterator[Spot]:
    """Give the wells of a grid; it must hold the part of the plate that the sheet names."""
    header = label.grids[0]
    columns = grid_columns(sheet, header, file)
    end = rows_end(sheet, header + 1, letters=True)
    rows = grid_rows(sheet, header, end, file)
    check_widths(sheet, rows, file)
    beyond = [
        (at, col)
        for at in rows
        for col, text in enumerate(sheet.rows[at])
        if text and col > 0 and col not in columns
    ]
    if beyond:
        place = sheet.place(*beyond[0])
        raise InputError(fault(file, place, "This cell has no column number above it.", "width"))
    held = {(row, col) for row in rows.values() for col in columns.values()}
    wanted = promised(label)
    check_held(sheet, label, held, wanted, file)
    for at, row in rows.items():
        for across, col in columns.items():
            if sheet.cell(at, across) or (wanted is not None and (row, col) in wanted):
                yield well_name(row, col), at, across, None


def list_spots(sheet: Sheet, label: Label, file: str) -> Iterator[Spot]:
    """Give the wells of one column of a list; it must hold those that the sheet names."""
    header = label.lists[0]
    found: dict[tuple[int, int], tuple[str, int]] = {}
    lines = range(header + 1, rows_end(sheet, header + 1, letters=False))
    check_widths(sheet, lines, file)
    for at in lines:
        place = sheet.place(at, 0)
        well = parse_well(clean(sheet.cell(at, 0)), file=file, place=place)
        position = well_position(well) or (0, 0)
        if position in found:
            raise InputError(fault(file, place, f"Well {well} stands here twice.", "twin-well"))
        if any(sheet.rows[at][len(sheet.rows[header]) :]):
            message = "The line is longer than the line of headings above it."
            raise InputError(fault(file, place, message, "width"))
        found[position] = (well, at)
    check_held(sheet, label, set(found), promised(label), file)
    yield from ((well, at, label.column, None) for well, at in found.values())


def check_widths(sheet: Sheet, rows: Iterable[int], file: str) -> None:
    """Refuse a line of a text that is shorter than its fellows: a delimiter was lost in it.

    Workbooks have no delimiters, and empty cells at the end of their rows are not kept.
    """
    widths = {at: len(sheet.rows[at]) for at in rows if any(sheet.rows[at][1:])}
    most = max(widths.values(), default=0)
    for at, width in widths.items():
        if sheet.is_text and width < most:
            message = f"The line has {width} cells, the longest of the table {most}."
            raise InputError(fault(file, sheet.line(at), message, "row-width"))


def grid_columns(sheet: Sheet, header: int, file: str) -> dict[int, int]:
    """Return the plate column (from zero) of each column of the sheet."""
    found: dict[int, int] = {}
    for col, text in enumerate(sheet.rows[header]):
        if col == 0 or not text:
            continue
        match = COLUMN.match(text)
        if match is None or int(match.group(1)) > PLATES[1536][1]:
            place = sheet.place(header, col)
            raise InputError(fault(file, place, f"'{text[:40]}' is no column number.", "columns"))
        found[col] = int(match.group(1)) - 1
    numbers = list(found.values())
    wrong = [i for i, (a, b) in enumerate(pairwise(numbers)) if b <= a]
    if wrong or not numbers:
        col = list(found)[wrong[0] + 1] if wrong else 0
        message = "The column numbers above the plate do not count up."
        raise InputError(fault(file, sheet.place(header, col), message, "columns"))
    return found


def grid_rows(sheet: Sheet, header: int, end: int, file: str) -> dict[int, int]:
    """Return the plate row (from zero) of each line of the grid."""
    rows = {at: row_number(sheet.cell(at, 0)) or 0 for at in range(header + 1, end)}
    for (_, above), (at, row) in pairwise(rows.items()):
        if row <= above:
            message = f"Row '{sheet.cell(at, 0)}' stands below row '{row_letters(above)}'."
            raise InputError(fault(file, sheet.place(at, 0), message, "row-order"))
    if not rows:
        message = "There are no plate rows below the column numbers."
        raise InputError(fault(file, sheet.line(header), message, "rows-missing"))
    return rows


def check_held(
    sheet: Sheet,
    label: Label,
    held: set[tuple[int, int]],
    wanted: set[tuple[int, int]] | None,
    file: str,
) -> None:
    """Refuse a grid that does not hold the wells the sheet promises."""
    place = sheet.line((label.grids + label.lists)[0])
    if wanted is not None:
        lost = sorted(wanted - held)
        if lost:
            part = told(label.facts, "Part of Plate")
            message = f"'Part of Plate' is {part}, but well {well_name(*lost[0])} is not there."
            raise InputError(fault(file, place, message, "wells-missing"))
        return
    rows, cols = {row for row, _ in held}, {col for _, col in held}
    whole = (len(rows), len(cols)) in PLATES.values() and not min(rows) and not min(cols)
    if not whole or len(held) < len(rows) * len(cols):
        message = f"A grid of {len(rows)} rows and {len(cols)} columns is no whole plate."
        if label.lists:
            message = f"The {len(held)} wells of the list are no whole plate."
        raise InputError(fault(file, place, message, "plate-size"))


def cycle_spots(sheet: Sheet, header: int, file: str) -> Iterator[Spot]:
    """Give the readings of a table of wells against cycles, whichever of them stands across."""
    across = [clean(text) for text in sheet.rows[header]]
    end = rows_end(sheet, header + 1, letters=False)
    down = [clean(sheet.cell(at, 0)) for at in range(header, end)]
    if any(text.startswith("Time") for text in across):
        times = next(i for i, text in enumerate(across) if text.startswith("Time"))
        rows = range(header + 1, end)
        seconds = {at: time_at(sheet, at, times, file) for at in rows if sheet.cell(at, 0)}
        for col, text in enumerate(across):
            if text and not text.startswith(("Cycle", "Time", "Temp")):
                well = parse_well(text, file=file, place=sheet.place(header, col))
                yield from ((well, at, col, seconds[at]) for at in seconds)
        return
    line = next((header + i for i, text in enumerate(down) if text.startswith("Time")), None)
    if line is None:
        message = "The table of cycles has no line 'Time [s]'."
        raise InputError(fault(file, sheet.line(header), message, "no-time"))
    cycles = [col for col, text in enumerate(across) if col and text]
    moments = {col: time_at(sheet, line, col, file) for col in cycles}
    for at in range(header + 1, end):
        text = clean(sheet.cell(at, 0))
        if not text.startswith(("Time", "Temp")):
            well = parse_well(text, file=file, place=sheet.place(at, 0))
            yield from ((well, at, col, moments[col]) for col in cycles)


def time_at(sheet: Sheet, at: int, col: int, file: str) -> float:
    """Return the seconds that a cell holds."""
    mark = "," if sheet.is_text and sheet.delimiter != "," else "."
    text = sheet.cell(at, col)
    found = parse_number(text, "." if "," not in text else mark)
    if found is None:
        message = f"'{text[:40]}' is no time in seconds."
        raise InputError(fault(file, sheet.place(at, col), message, "no-time"))
    return found
