"""PerkinElmer EnVision plate export kept as a workbook: several plates with barcodes (xlsx).

Seen: EnVision Workstation 1.13, bottom-read fluorescence, six plates of 384 wells in one sheet.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exportin.contract.reader import Reader, Request
from exportin.tables.cells import read_sheets
from exportin.tables.grids import grid_at
from exportin.tables.kinds import MEASURED_AT, WellReadings
from exportin.tables.names import clean
from exportin.tables.numbers import parse_number
from exportin.tables.origin import Origin, Source
from exportin.tables.pick import pick_sheets
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.sheet import Sheet
from exportin.tables.wellcells import WellCell, cells_frame
from exportin.tables.wells import PLATES, plate_size_for, row_number, well_name
from exportin.tables.workbook import is_workbook

NAME = "envision_workbook"
INFO, BACKGROUND, BEHIND = "Plate information", "Background information", "Basic assay information"
CALCULATED, TITLES = "Calculated results", ("Calculated results", "Results for", "Results")
STATED = ("Number of rows", "Number of columns")
DATE = re.compile(r"\d[/.:-]\d")
MANY = 3  # numbers in a line that is none of a plate: wells without their heading
USED = ("Plate", "Repeat", "Barcode", "Label", "Measurement date")


@dataclass(frozen=True, slots=True)
class Block:
    """One plate and label: what stands above its wells, and where they are."""

    sheet: Sheet
    start: int
    info: dict[str, str]
    background: float | None
    calculated: bool
    first: int  # first line of the wells
    end: int
    left: int  # column of the sheet that is column 1 of the plate

    @property
    def plate(self) -> str:
        """Barcode, or the number of the plate in the file."""
        number = self.info.get("Plate", "")
        return clean(self.info.get("Barcode", "").strip('="')) or f"Plate {number}".strip()

    @property
    def label(self) -> str:
        """Name of the measurement."""
        return self.info.get("Label", "") or "raw"

    @property
    def repeat(self) -> str:
        """Which repeat of the measurement it is."""
        return self.info.get("Repeat", "")


def sniff(source: Source) -> bool:
    """Whether a workbook sheet opens a plate as EnVision does, with a barcode."""
    if not is_workbook(source):
        return False
    try:
        sheets = read_sheets(source).sheets
    except InputError:
        return False
    return any(next(starts(sheet), None) is not None for sheet in sheets)


def starts(sheet: Sheet) -> Iterator[int]:
    """Give the lines 'Plate information' with the headings of EnVision below them."""
    for at in range(len(sheet.rows)):
        if clean(sheet.cell(at, 0)) == INFO and at + 1 < len(sheet.rows):
            titles = [clean(text) for text in sheet.rows[at + 1]]
            if titles[:1] == ["Plate"] and "Barcode" in titles:
                yield at


def read(source: Source, request: Request) -> WellReadings:
    """Read every measured plate into one row per well that holds something.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    sheets = pick_sheets(book.sheets, request.sheet, source.name)
    used = [sheet for sheet in sheets if next(starts(sheet), None) is not None]
    problems = [problem for sheet in used for problem in sheet.problems]
    if problems:
        raise InputError(problems)
    blocks = [block for sheet in used for block in find_blocks(sheet, source.name)]
    raw = [block for block in blocks if not block.calculated]
    picked = pick(raw, blocks, request.channel, source.name)
    problems = [*shapes(picked, source.name), *twice(picked, source.name)]
    if problems:
        raise InputError(problems)
    cells = [cell for block in picked for cell in block_cells(source, block, picked)]
    frame, notes = cells_frame(source.name, cells, request.decimal)
    keys = [key for block in picked for key in block.info if key not in USED]
    rest = [block.label for block in blocks if all(block is not one for one in picked)]
    about = [f"sheet {s.name}" for s in book.sheets if all(s is not one for one in used)]
    behind = [clean(text) for s in used for text in section_titles(s, blocks)]
    return WellReadings(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *notes),
        unread=tuple(dict.fromkeys((*keys, *rest, *behind, *about))),
    )


def find_blocks(sheet: Sheet, file: str) -> Iterator[Block]:
    """Give every plate of a sheet.

    Raises
    ------
    InputError
        A plate without barcode line or without wells.
    """
    begins = list(starts(sheet))
    for start, stop in zip(begins, [*begins[1:], len(sheet.rows)], strict=True):
        titles = [clean(text) for text in sheet.rows[start + 1]]
        if sheet.is_blank(start + 2) or not sheet.is_blank(start + 3):
            raise InputError(fault(sheet, start, "has no line of its own, or several", file))
        info = {t: sheet.cell(start + 2, col) for col, t in enumerate(titles) if t}
        at, background, calculated = start + 3, None, False
        while at < stop and (sheet.is_blank(at) or is_words(sheet, at)):
            first = clean(sheet.cell(at, 0))
            if first == BEHIND:
                break
            if first == BACKGROUND:
                background = background_signal(sheet, at, info.get("Label", ""))
                at += 1
                while at < stop and not sheet.is_blank(at):
                    at += 1
                continue
            calculated = calculated or first.startswith(CALCULATED)
            at += 1
        end = at
        while end < stop and not sheet.is_blank(end) and clean(sheet.cell(end, 0)) != BEHIND:
            end += 1
        if end == at:
            raise InputError(fault(sheet, start, "has no wells below it", file))
        check_between(sheet, end, stop, file)
        first_row, left = lettered(sheet, at)
        yield Block(sheet, start, info, background, calculated, first_row, end, left)


def check_between(sheet: Sheet, start: int, stop: int, file: str) -> None:
    """Refuse lines of numbers that belong to no plate: its heading was lost."""
    for at in range(start, stop):
        if clean(sheet.cell(at, 0)) == BEHIND:
            return
        numbers = [text for text in sheet.rows[at] if parse_number(text, ".") is not None]
        if len(numbers) >= MANY:
            raise InputError(
                Problem(
                    file=file,
                    place=sheet.line(at),
                    message=f"This line of {len(numbers)} numbers belongs to no plate.",
                    remedy="A heading was lost or a line is empty: export the plates again.",
                    code="stray-numbers",
                )
            )


def is_words(sheet: Sheet, at: int) -> bool:
    """Whether a line is a title or a table, and no wells."""
    first = clean(sheet.cell(at, 0))
    return first in (BACKGROUND, BEHIND) or first.startswith(TITLES)


def lettered(sheet: Sheet, at: int) -> tuple[int, int]:
    """Return first line and column of the wells; some exports write letters and numbers."""
    if grid_at(sheet, at) is not None:
        return at + 1, 1
    return at, 0


def background_signal(sheet: Sheet, at: int, label: str) -> float | None:
    """Return the background that the table below ``at`` states for a label."""
    titles = [clean(text) for text in sheet.rows[at + 1]] if at + 1 < len(sheet.rows) else []
    if "Signal" not in titles:
        return None
    signal = titles.index("Signal")
    names = titles.index("Label") if "Label" in titles else -1
    rows = []
    for row in range(at + 2, len(sheet.rows)):
        if sheet.is_blank(row):
            break
        rows.append(row)
    fitting = [row for row in rows if names >= 0 and label.startswith(sheet.cell(row, names))]
    chosen = rows if len(rows) == 1 else fitting
    return parse_number(sheet.cell(chosen[0], signal), ".") if len(chosen) == 1 else None


def pick(raw: list[Block], blocks: list[Block], channel: str, file: str) -> list[Block]:
    """Return the plates of the label asked for; all measured ones if none is."""
    if not channel:
        if raw:
            return raw
        raise InputError(no_raw(file))
    found = [block for block in raw if block.label == channel]
    found = found or [block for block in blocks if block.label == channel]
    if found:
        return found
    message, known = f"There is no label '{channel}'.", {block.label for block in blocks}
    remedy = nearest(channel, known)
    raise InputError(
        Problem(file=file, place="", message=message, remedy=remedy, code="unknown-channel")
    )


def shapes(blocks: Sequence[Block], file: str) -> Iterator[Problem]:
    """Refuse plates that have not the rows and columns that the file states, or any plate has."""
    for block in blocks:
        stated = stated_shape(block.sheet)
        rows = block.end - block.first
        cols = max(len(block.sheet.rows[at]) for at in range(block.first, block.end)) - block.left
        place = block.sheet.line(block.first)
        remedy = (
            "Export the plate again: rows or columns were lost or added. If the last wells were "
            "not measured, write NA into the last row and column."
        )
        if stated is not None and ((rows, cols) != stated):
            message = (
                f"Plate '{block.plate}' has {rows} rows and {cols} columns, the file states"
                f" {stated[0]} and {stated[1]}."
            )
        elif stated is None and plate_size_for(rows, cols) is None:
            message = f"Plate '{block.plate}' has {rows} rows and {cols} columns: no plate has."
        else:
            continue
        yield Problem(file=file, place=place, message=message, remedy=remedy, code="plate-size")
    for block in blocks:
        for number, at in enumerate(range(block.first, block.end)):
            letters = block.sheet.cell(at, 0)
            if block.left and row_number(letters) != number:
                message = f"This row is called '{letters[:40]}', expected the letter of row"
                place = block.sheet.place(at, 0)
                message += f" {number + 1}."
                remedy = "Each plate row stands once, from A downwards; export the plate again."
                yield Problem(
                    file=file, place=place, message=message, remedy=remedy, code="row-order"
                )


def stated_shape(sheet: Sheet) -> tuple[int, int] | None:
    """Return the rows and columns that the description of the plate type states."""
    said: dict[str, str] = {}
    for row in sheet.rows:
        if row and clean(row[0]) in STATED:
            said.setdefault(clean(row[0]), next((text for text in row[1:] if text), ""))
    numbers = [int(text) for key in STATED if (text := said.get(key, "")).isdecimal()]
    if len(numbers) != 2 or plate_size_for(numbers[0], numbers[1]) is None:
        return None
    return numbers[0], numbers[1]


def twice(blocks: Sequence[Block], file: str) -> Iterator[Problem]:
    """Refuse two plates with one barcode, label and repeat."""
    seen: dict[tuple[str, str, str], Block] = {}
    for block in blocks:
        first = seen.setdefault((block.plate, block.label, block.repeat), block)
        if first is not block:
            place = block.sheet.line(block.start)
            message = f"Plate '{block.plate}' stands here for the second time "
            message += f"(first: {first.sheet.line(first.start)})."
            remedy = "Give each plate its own barcode; remove a plate that was copied."
            yield Problem(
                file=file, place=place, message=message, remedy=remedy, code="duplicate-plate"
            )


def block_cells(source: Source, block: Block, blocks: Sequence[Block]) -> Iterator[WellCell]:
    """Give the wells of a plate that hold something."""
    labels, repeats = {one.label for one in blocks}, {one.repeat for one in blocks}
    prefix = f"{source.name}:{block.plate}"
    prefix += f"#{block.label}" if len(labels) > 1 else ""
    prefix += f"@{block.repeat}" if len(repeats) > 1 else ""
    stated = stated_shape(block.sheet)
    rows = block.end - block.first
    size = plate_size_for(*stated) if stated else plates_with_rows(rows)
    extra: dict[str, str | float | None] = {}
    if len(repeats) > 1:
        extra["repeat"] = block.repeat
    if block.background is not None:
        extra["background"] = block.background
    if DATE.search(when := block.info.get("Measurement date", "")):
        extra[MEASURED_AT] = when
    for at in range(block.first, block.end):
        for col in range(block.left, len(block.sheet.rows[at])):
            if block.sheet.cell(at, col):
                yield WellCell(
                    sheet=block.sheet,
                    at=at,
                    col=col,
                    well=well_name(at - block.first, col - block.left),
                    sample_id=block.plate,
                    channel=block.label,
                    prefix=prefix,
                    size=size,
                    extra=extra,
                )


def plates_with_rows(rows: int) -> int | None:
    """Return the plate with so many rows."""
    return next((size for size, (height, _) in PLATES.items() if height == rows), None)


def section_titles(sheet: Sheet, blocks: Sequence[Block]) -> Iterator[str]:
    """Give the headings of what stands behind the last plate."""
    end = max((block.end for block in blocks if block.sheet is sheet), default=0)
    for at in range(end, len(sheet.rows)):
        if sheet.cell(at, 0) and sheet.is_blank(at - 1) and not any(sheet.rows[at][1:]):
            yield sheet.cell(at, 0)


def fault(sheet: Sheet, start: int, what: str, file: str) -> Problem:
    """Return the problem of a plate that is not whole."""
    return Problem(
        file=file,
        place=sheet.line(start),
        message=f"The plate information {what}.",
        remedy="Export from EnVision again, in plate format with basic plate information.",
        code="plate-incomplete",
    )


def no_raw(file: str) -> Problem:
    """Say that only computed plates were found."""
    return Problem(
        file=file,
        place="",
        message="The file holds calculated results only.",
        remedy="Export the measured labels too, or name the calculated one as channel.",
        code="no-raw-data",
    )


READER = Reader(
    name=NAME,
    title="PerkinElmer EnVision, plate export as a workbook (xlsx)",
    kinds=(WellReadings,),
    suffixes=(".xlsx",),
    sniff=sniff,
    read=read,
    tested=("RawData_day0.xlsx", "RawData_day7.xlsx"),
    limits=("List format is refused: export plate format.",),
)
