"""PerkinElmer EnVision: plates exported as CSV ("Plate" and "Plate2" export formats).

Seen: EnVision Workstation 1.14, time-resolved fluorescence with two emissions and a calculated
ratio. A block is a line 'Plate information' with a small table below it, a background table, a
title ('Results for ...', 'Calculated results: ...') and the wells with or without row letters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from exportin.contract.reader import Reader, Request
from exportin.tables.gridcheck import check_grid, check_stated
from exportin.tables.grids import Grid, GridRow, find_grids
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_text
from exportin.tables.kinds import MEASURED_AT, WellReadings
from exportin.tables.missing import missing_cause
from exportin.tables.names import clean
from exportin.tables.origin import Origin, Source
from exportin.tables.platereads import (
    CONTENT,
    WellRead,
    grid_cells,
    no_reads,
    pick_reads,
    plate_names,
    read_frame,
    refuse_errors,
    rows_where,
    uneven_rows,
    varying,
)
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.tabbed import read_text_sheet
from exportin.tables.wells import plate_size_for, row_letters, well_name

NAME = "perkin_elmer_envision"
INFO = "Plate information"
BACKGROUND = "Background information"
RESULT = re.compile(r"Results for\s+(.+)$")
CALCULATED = re.compile(r"Calculated results:?\s*(.+)$")
TRAILER = "Exported with EnVision"
BEHIND = ("Basic assay information", "Protocol information", "Platemap:", "Plate type:", TRAILER)
NUMBERED = {"Repeat": "repeat", "Kinetics": "cycle", "ScanX": "scan_x", "ScanY": "scan_y"}
USED = frozenset({"Plate", "Barcode", "Label", "Formula", "Measurement date", *NUMBERED})
NO_CODE = ("", "-")
HEAD = re.compile(rf"^\"?{INFO}[ \t;,\"]*\n\"?Plate\"?[;,\t]\"?Repeat\"?[;,\t]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One grid with the table of plate information above it and its title."""

    info: dict[str, str]
    title: str
    calculated: bool
    grid: Grid

    @property
    def plate(self) -> tuple[str, str]:
        """Number of the plate in the file, and its barcode without the formula around it."""
        barcode = re.sub(r'^="?|"$', "", self.info.get("Barcode", "")).strip('"')
        return self.info.get("Plate", ""), clean(barcode)

    @property
    def numbers(self) -> dict[str, float | None]:
        """Repeat, kinetic cycle and scan point, where they are stated."""
        return {ours: number(self.info.get(theirs, "")) for theirs, ours in NUMBERED.items()}


def number(text: str) -> float | None:
    """Return a plain number, or ``None``."""
    match = re.fullmatch(r"-?\d+(?:[.,]\d+)?", text)
    return float(text.replace(",", ".")) if match else None


def sniff(source: Source) -> bool:
    """Whether the file has EnVision's table of plate information."""
    text = head_text(source)
    return bool(HEAD.search(text)) and "," + "Barcode" in re.sub("[;\t]", ",", text)


def read(source: Source, request: Request) -> WellReadings:
    """Read every measured plate into one row per well that holds something.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_text_sheet(source)
    sheet = book.sheets[0]
    blocks = list(find_blocks(sheet, source.name))
    notes = refuse_errors(
        [*check_blocks(sheet, blocks, source.name), *open_end(sheet, source.name)]
    )
    names = plate_names([block.plate for block in blocks], source.stem)
    raw = [block for block in blocks if not block.calculated]
    tell = varying([block.numbers for block in raw])
    reads = [plate_read(block, names[block.plate], tell) for block in raw]
    derived = [
        plate_read(block, names[block.plate], frozenset()) for block in blocks if block.calculated
    ]
    picked, left = pick_reads(reads, derived, request.channel, source.name)
    codes = platemap(sheet)
    content = {
        (name, well): code
        for (plate, well), code in codes.items()
        for (key, _), name in names.items()
        if key == plate
    }
    frame, found = read_frame(source.name, sheet, picked, request.decimal, told={CONTENT: content})
    return WellReadings(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *notes, *found),
        unread=(*left, *unread_keys(sheet, blocks)),
    )


def find_blocks(sheet: Sheet, file: str) -> Iterator[Block]:
    """Give every block from one 'Plate information' to the next.

    Raises
    ------
    InputError
        No block, or one without wells, or a table whose cells do not fit its header.
    """
    starts = list(rows_where(sheet, lambda text: text == INFO))
    if not starts:
        raise no_reads(
            file,
            f"No line '{INFO}' was found.",
            "Export from EnVision as CSV with 'Include basic plate information: Yes'.",
        )
    grids = {grid.header: grid for grid in find_grids(sheet)}
    stops = [*starts, *rows_where(sheet, lambda text: text.startswith(BEHIND)), len(sheet.rows)]
    for start in starts:
        end = min(at for at in stops if at > start)
        titles = [sheet.cell(at, 0) for at in range(start, end) if is_title(sheet.cell(at, 0))]
        grid = one_grid([grids[at] for at in range(start, end) if at in grids], file)
        grid = grid or bare_grid(sheet, start + 3, end)
        if grid is None:
            raise InputError(no_wells(sheet, start, file))
        info = read_info(sheet, start + 1, file)
        if len(titles) > 1:
            raise InputError(two_titles(sheet, titles, start, file))
        text = titles[0] if titles else ""
        computed, measured = CALCULATED.match(text), RESULT.match(text)
        title = computed or measured
        yield Block(
            info=info,
            title=title.group(1) if title else own_title(info),
            calculated=bool(computed) or (not measured and "Formula" in info),
            grid=grid,
        )


def one_grid(grids: list[Grid], file: str) -> Grid | None:
    """Return the grid of a block; refuse a second one, which would have no plate."""
    if len(grids) < 2:
        return grids[0] if grids else None
    raise InputError(
        Problem(
            file=file,
            place=grids[1].sheet.line(grids[1].header),
            message=f"Two grids stand below one '{INFO}'.",
            remedy="Export with 'Include basic plate information: Yes' for every plate.",
            code="two-grids",
        )
    )


def two_titles(sheet: Sheet, titles: list[str], start: int, file: str) -> Problem:
    """Return the problem of a block with the title of another: lines between them are lost."""
    return Problem(
        file=file,
        place=sheet.line(start),
        message=f"Below this '{INFO}' stand two titles: '{titles[0]}' and '{titles[1]}'.",
        remedy="Lines of the file are lost: export it again.",
        code="two-titles",
    )


def is_title(text: str) -> bool:
    """Whether a cell is the title of a grid."""
    return bool(RESULT.match(text) or CALCULATED.match(text))


def own_title(info: dict[str, str]) -> str:
    """Name a grid without a title by what the table above it says."""
    parts = (info.get("Formula") or info.get("Label", ""), info.get("Measinfo", ""))
    return ", ".join(part for part in parts if part)


def read_info(sheet: Sheet, at: int, file: str) -> dict[str, str]:
    """Return the table of plate information, by the names in its header."""
    header, values = sheet.rows[at], sheet.rows[at + 1]
    names = [name for name in header if name]
    found = dict(zip(header, values, strict=False))
    uneven = len(values) != len(header)  # each line ends with a delimiter, or none does
    if uneven or len(set(names)) < len(names) or not found.get("Plate"):
        raise InputError(
            Problem(
                file=file,
                place=sheet.line(at + 1),
                message=(
                    f"The plate information has {len(values)} cells, its header has "
                    f"{len(header)}, of which 'Plate' must be one."
                ),
                remedy="Export the file again; names with commas must stand in quotes.",
                code="plate-information",
            )
        )
    return {name: sheet.cell(at + 1, col) for col, name in enumerate(header) if name}


def no_wells(sheet: Sheet, start: int, file: str) -> Problem:
    """Return the problem of a block without a grid."""
    return Problem(
        file=file,
        place=sheet.line(start),
        message=f"No wells stand below this '{INFO}'.",
        remedy="Export as 'Plate' or 'Plate2' with plate information at 'Beginning of plate'; "
        "if the file was cut off, export it again.",
        code="no-wells",
    )


def bare_grid(sheet: Sheet, start: int, end: int) -> Grid | None:
    """Return a grid without letters and numbers ("Plate" format): lines of numbers only."""
    lines = [at for at in range(start, end) if bare_line(sheet, at)]
    if not lines or lines != list(range(lines[0], lines[0] + len(lines))):
        return None
    width = max(len(sheet.rows[at]) for at in lines)
    if all(not sheet.cell(at, width - 1) for at in lines) and width % 2:
        width -= 1  # each line ends with a delimiter
    return Grid(
        sheet=sheet,
        header=lines[0] - 1,
        left=-1,
        labels=tuple(str(col + 1) for col in range(width)),
        rows=tuple(
            GridRow(at=at, letters=row_letters(row) if row < 32 else "?", number=row)
            for row, at in enumerate(lines)
        ),
    )


def bare_line(sheet: Sheet, at: int) -> bool:
    """Whether a line holds wells only: numbers, words for missing, and empty cells."""
    cells = sheet.rows[at]
    wells = [cell for cell in cells if cell]
    return len(cells) > 2 and bool(wells) and all(map(is_reading, wells))


def is_reading(text: str) -> bool:
    """Whether a cell looks like a reading."""
    return bool(re.match(r"[+-]?[.,]?\d[\d.,eE+-]*$", text)) or missing_cause(text) is not None


def check_blocks(sheet: Sheet, blocks: list[Block], file: str) -> Iterator[Problem]:
    """Find grids that are not whole or not of the size that the file states, and a lost end."""
    for block in blocks:
        yield from check_grid(block.grid, file) or uneven_rows(block.grid, file)
    yield from check_numbers(sheet, blocks, file)
    stated = stated_size(sheet)
    for block in blocks:
        yield from check_stated(block.grid, stated, file)
    if not any(True for _ in rows_where(sheet, lambda text: text.startswith(TRAILER))):
        yield Problem(
            file=file,
            place="",
            message=f"The file has no last line '{TRAILER} Workstation ...'.",
            remedy="If it was cut off, whole plates may be missing: compare with the instrument.",
            code="no-trailer",
            severity="note",
        )


def check_numbers(sheet: Sheet, blocks: list[Block], file: str) -> Iterator[Problem]:
    """Find measured plates that do not say repeat, cycle or scan point as the others do."""
    raw = [block for block in blocks if not block.calculated]
    for name in NUMBERED:
        texts = [block.info.get(name) for block in raw]
        stated = [text is not None and number(text) is not None for text in texts]
        for block, text, good in zip(raw, texts, stated, strict=True):
            if not good and any(stated):
                yield Problem(
                    file=file,
                    place=sheet.line(block.grid.header),
                    message=(
                        f"'{name}' of this plate is {repr(text) if text else 'not stated'}; "
                        "other plates of the file state a number."
                    ),
                    remedy="Export the file again, whole.",
                    code="plate-information",
                )


def stated_size(sheet: Sheet) -> int | None:
    """Return how many wells the plate type has, where the protocol states one."""
    found = {
        name: [
            number(text)
            for at in rows_where(sheet, name.__eq__)
            for text in sheet.rows[at][1:]
            if text
        ]
        for name in ("Number of rows", "Number of columns")
    }
    rows, cols = found["Number of rows"], found["Number of columns"]
    if len(rows) != 1 or len(cols) != 1 or not rows[0] or not cols[0]:
        return None
    return plate_size_for(int(rows[0]), int(cols[0]))


def plate_read(block: Block, sample: str, tell: frozenset[str]) -> WellRead:
    """Return the cells of a block with what tells it from others."""
    numbers = {name: value for name, value in block.numbers.items() if name in tell}
    when = block.info.get("Measurement date", "")
    return WellRead(
        sample_id=sample,
        channel=clean(block.title),
        size=block.grid.size,
        cells=grid_cells(block.grid),
        key="/".join(f"{name}={value:g}" for name, value in numbers.items() if value is not None),
        columns={**numbers, **({MEASURED_AT: when} if when else {})},
    )


def platemap(sheet: Sheet) -> dict[tuple[str, str], str]:
    """Return plate number and well to the code of the platemap, where one was typed."""
    start = next(rows_where(sheet, lambda text: text == "Platemap:"), len(sheet.rows))
    found: dict[tuple[str, str], str] = {}
    for grid in find_grids(sheet):
        if grid.header < start:
            continue
        plates = [at for at in range(start, grid.header) if sheet.cell(at, 0) == "Plate"]
        plate = next((text for text in sheet.rows[plates[-1]][1:] if text), "") if plates else ""
        for row, col, at, across in grid.wells():
            code = sheet.cell(at, across)
            if code not in NO_CODE and row >= 0:
                found.setdefault((plate, well_name(row, col)), code)
    return found


def unread_keys(sheet: Sheet, blocks: list[Block]) -> tuple[str, ...]:
    """Name what was not used: keys of the plate information and sections of the file."""
    keys = [key for block in blocks for key in block.info if key not in USED]
    behind = max(block.grid.end for block in blocks)
    first = [BACKGROUND] if any(rows_where(sheet, BACKGROUND.__eq__)) else []
    later = [sheet.cell(at, 0).rstrip(": ") for at in rows_where(sheet, bool) if at >= behind]
    sections = [name for name in later if name and len(name) > 2 and not name.startswith(TRAILER)]
    return tuple(dict.fromkeys([*keys, *first, *sections]))


READER = Reader(
    name=NAME,
    title="PerkinElmer EnVision, plate export (CSV)",
    kinds=(WellReadings,),
    suffixes=(".csv", ".txt", ".tsv"),
    sniff=sniff,
    read=read,
    tested=("PE_Envision_fluorescence_example01.csv", "PE_Envision_extra_espaces.csv"),
    limits=(
        "The list format (one well per line) and plate information behind the plate are refused.",
        "Kinetic reads get the number of their cycle: the file states no seconds.",
    ),
)
