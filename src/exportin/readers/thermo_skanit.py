"""Thermo SkanIt: report workbook with a sheet per step, a grid per plate and read (xlsx).

Seen: SkanIt 7.0.2 with a Varioskan LUX, absorbance, one and two wavelengths, one to five plates.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from exportin.contract.reader import Reader, Request
from exportin.tables.cells import read_sheets
from exportin.tables.gridcheck import check_grid
from exportin.tables.grids import Grid, find_grids
from exportin.tables.kinds import MEASURED_AT, WellReadings
from exportin.tables.names import clean
from exportin.tables.origin import Origin, Source
from exportin.tables.pick import pick_sheets
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.sheet import Sheet
from exportin.tables.wellcells import WellCell, cells_frame
from exportin.tables.wells import well_name
from exportin.tables.workbook import is_workbook

NAME = "thermo_skanit"
SESSION = "Session information"
TITLE, PROTOCOL, LAYOUT = "Measurement results", "Protocol parameters", "Layout definitions"
SAMPLE = "sample"  # corner of the grid with the names of the samples
RAW = frozenset({"abs", "rfu", "rlu", "od", "counts"})  # corners of grids that were measured
SETTING = re.compile(r"(Wavelength|Excitation|Emission|Filter|Reading|Cycle)\b.*?:\s*(.+)$", re.I)
HEAD = 4  # lone texts on top of a sheet: title, session file, date, step


@dataclass(frozen=True, slots=True)
class Block:
    """One grid of one plate under its step and settings."""

    grid: Grid
    step: str
    plate: str
    settings: tuple[str, ...]
    when: str

    @property
    def corner(self) -> str:
        """What the grid holds: Abs, RFU, Sample, AVG ..."""
        return clean(self.grid.corner)

    @property
    def channel(self) -> str:
        """Step and wavelengths, as the file writes them."""
        return ", ".join((self.step, *self.settings))


@dataclass(slots=True)
class Lines:
    """What the lone texts above the grids have said so far."""

    known: frozenset[str] = frozenset()
    head: list[str] = field(default_factory=list)
    closed: bool = False
    plate: str = ""
    settings: tuple[str, ...] = ()

    def take(self, sheet: Sheet, start: int, end: int) -> None:
        """Read the lines between two grids: settings, and the plate's name as the last."""
        texts = [text for at in range(start, end) if (text := lone(sheet, at))]
        while texts and not self.closed and not SETTING.match(texts[0]):
            self.head.append(texts.pop(0))
            self.closed = len(self.head) == HEAD or self.head[-1] in self.known
        self.closed = True
        found = [match.group(2) for text in texts if (match := SETTING.match(text))]
        if found:
            self.settings = tuple(found)
        if texts and not SETTING.match(texts[-1]):
            self.plate = texts[-1]


def lone(sheet: Sheet, at: int) -> str:
    """Return the text of a line that holds nothing else."""
    texts = [clean(text) for text in sheet.rows[at] if clean(text)]
    return texts[0] if len(texts) == 1 else ""


def is_results(sheet: Sheet) -> bool:
    """Whether a sheet opens as SkanIt's sheets of results do."""
    return first_text(sheet) == TITLE


def first_text(sheet: Sheet) -> str:
    """Return the first text of a sheet."""
    return next((clean(text) for row in sheet.rows[:3] for text in row if text), "")


def sniff(source: Source) -> bool:
    """Whether the workbook has SkanIt's sheets of results and of its session."""
    if not is_workbook(source):
        return False
    try:
        sheets = read_sheets(source).sheets
    except InputError:
        return False
    results = [sheet for sheet in sheets if is_results(sheet)]
    corners = {block.corner.casefold() for sheet in results for block in find_blocks(sheet)}
    named = any(".ska" in text for sheet in results for row in sheet.rows[:4] for text in row)
    return named or bool(corners & RAW) or bool(results and SESSION in map(first_text, sheets))


def read(source: Source, request: Request) -> WellReadings:
    """Read the grids of every measured step into one row per well of the session.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    sheets = pick_sheets(book.sheets, request.sheet, source.name)
    results = [sheet for sheet in sheets if is_results(sheet)]
    problems = [problem for sheet in results for problem in sheet.problems]
    if problems:
        raise InputError(problems)
    steps = measured_steps(book.sheets)
    blocks = [block for sheet in results for block in find_blocks(sheet, steps)]
    raw = [block for block in blocks if is_raw(block, steps)]
    if not raw:
        raise InputError(no_raw(source.name))
    picked = pick(raw, blocks, request.channel, source.name)
    errors = [p for block in picked for p in check_grid(block.grid, source.name)]
    errors += orphans(blocks, steps, source.name)
    errors += [*twice(picked, source.name), *incomplete(picked, blocks, source.name)]
    if errors:
        raise InputError(errors)
    samples = sample_names(blocks)
    cells = [cell for block in picked for cell in block_cells(source, block, picked, samples)]
    frame, notes = cells_frame(source.name, cells, request.decimal)
    used = {id(block) for block in picked}
    rest = [b.channel for b in blocks if id(b) not in used and b.corner.casefold() != SAMPLE]
    gridded = {id(block.grid.sheet) for block in blocks}
    about = [f"sheet {sheet.name}" for sheet in book.sheets if id(sheet) not in gridded]
    return WellReadings(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *unmeasured(book.sheets, picked, source.name), *notes),
        unread=tuple(dict.fromkeys((*rest, *about))),
    )


def find_blocks(sheet: Sheet, steps: frozenset[str] = frozenset()) -> Iterator[Block]:
    """Give every grid of a sheet with what the lines above it say."""
    said = Lines(known=steps)
    free = 0
    for grid in find_grids(sheet):
        said.take(sheet, free, grid.header)
        free = grid.end
        step = said.head[-1] if len(said.head) > 1 else sheet.name
        when = said.head[2] if len(said.head) == HEAD else ""
        yield Block(grid, step, said.plate, said.settings, when)


def measured_steps(sheets: tuple[Sheet, ...]) -> frozenset[str]:
    """Return the steps that the protocol lists: what was measured, and not computed."""
    return frozenset(
        clean(row[0])
        for sheet in sheets
        if first_text(sheet) == PROTOCOL
        for row in sheet.rows[1:]
        if row and row[0] and not any(row[1:])
    )


def is_raw(block: Block, steps: frozenset[str]) -> bool:
    """Whether a grid holds what was measured."""
    corner = block.corner.casefold()
    if corner == SAMPLE:
        return False
    return block.step in steps if steps else corner in RAW


def pick(raw: list[Block], blocks: list[Block], channel: str, file: str) -> list[Block]:
    """Return the grids of the read asked for; all measured ones if none is."""
    if not channel:
        return raw
    wanted = channel.casefold()

    def names(block: Block) -> set[str]:
        parts = (block.channel, block.step, *block.settings)
        return {part.casefold() for part in parts}

    found = [block for block in raw if wanted in names(block)]
    if not found:
        numbers = [block for block in blocks if block.corner.casefold() != SAMPLE]
        found = [block for block in numbers if wanted in names(block)]
    if found:
        return found
    known = [block.channel for block in raw]
    message = f"There is no read '{channel}'."
    raise InputError(
        Problem(
            file=file,
            place="",
            message=message,
            remedy=nearest(channel, known),
            code="unknown-channel",
        )
    )


def twice(picked: list[Block], file: str) -> Iterator[Problem]:
    """Refuse two grids of one plate and read: which one holds is not said."""
    seen: dict[tuple[str, str], Block] = {}
    for block in picked:
        first = seen.setdefault((block.plate, block.channel), block)
        if first is not block:
            place = block.grid.sheet.line(block.grid.header)
            yield Problem(
                file=file,
                place=place,
                message=f"Plate '{block.plate}' has a second grid of {block.channel} "
                f"(first: {first.grid.sheet.line(first.grid.header)}).",
                remedy="Export one grid per plate and wavelength; kinetic tables are not read.",
                code="duplicate-channel",
            )


def incomplete(picked: list[Block], blocks: list[Block], file: str) -> Iterator[Problem]:
    """Refuse a step in which a plate lacks a read that other plates have: a grid was lost."""
    reads = {(block.plate, block.channel) for block in picked}
    wanted = {
        (block.plate, one.channel): block
        for one in picked
        for block in blocks
        if block.step == one.step
    }
    for (plate, channel), block in wanted.items():
        if (plate, channel) not in reads:
            yield Problem(
                file=file,
                place=block.grid.sheet.line(block.grid.header),
                message=f"Plate '{plate}' has no grid of {channel}, as other plates have.",
                remedy="The sheet was changed or cut off: export the session again.",
                code="grid-missing",
            )


def orphans(blocks: list[Block], steps: frozenset[str], file: str) -> Iterator[Problem]:
    """Refuse readings under a step that the protocol does not list, if a listed one has none."""
    absent = steps - {block.step for block in blocks}
    for block in blocks:
        if absent and block.step not in steps and block.corner.casefold() in RAW:
            yield Problem(
                file=file,
                place=block.grid.sheet.line(block.grid.header),
                message=f"These readings stand under '{block.step[:40]}', which the protocol "
                "does not list as a step.",
                remedy=f"The lines on top of the sheet were changed; listed are: "
                f"{', '.join(sorted(steps))}.",
                code="unknown-step",
            )


def sample_names(blocks: list[Block]) -> dict[tuple[str, str], str]:
    """Return the sample that the session's layout names for each plate and well."""
    found: dict[tuple[str, str], str] = {}
    for block in blocks:
        if block.corner.casefold() != SAMPLE:
            continue
        for row, col, at, across in block.grid.wells():
            if col < 48 and row >= 0 and (text := clean(block.grid.sheet.cell(at, across))):
                found.setdefault((block.plate, well_name(row, col)), text)
    return found


def block_cells(
    source: Source, block: Block, picked: list[Block], samples: dict[tuple[str, str], str]
) -> Iterator[WellCell]:
    """Give the wells of a grid that hold a value, or a sample that should have one."""
    plates = {one.plate for one in picked}
    channels = {one.channel for one in picked}
    prefix = source.name
    if len(plates) > 1:
        prefix += f":{block.plate}"
    if len(channels) > 1:
        prefix += f"#{block.channel}"
    when = {MEASURED_AT: block.when} if block.when else {}
    for row, col, at, across in block.grid.wells():
        well = well_name(row, col)
        content = samples.get((block.plate, well))
        if block.grid.sheet.cell(at, across) or content:
            yield WellCell(
                sheet=block.grid.sheet,
                at=at,
                col=across,
                well=well,
                sample_id=block.plate or source.stem,
                channel=block.channel,
                prefix=prefix,
                size=block.grid.size,
                extra={"content": content, "unit": block.corner, **when},
            )


def unmeasured(sheets: tuple[Sheet, ...], picked: list[Block], file: str) -> Iterator[Problem]:
    """Note plates that the layout of the session names and the sheets of results do not hold."""
    plates = {block.plate for block in picked}
    for sheet in sheets:
        for at, row in enumerate(sheet.rows):
            if sheet.name != LAYOUT or not row or row[0] != "Name" or len(row) < 2:
                continue
            if clean(row[1]) not in plates:
                yield Problem(
                    file=file,
                    place=sheet.line(at),
                    message=f"The session has a plate '{row[1]}', of which there is no reading.",
                    remedy="If it was measured, export it too.",
                    code="plate-not-read",
                    severity="note",
                )


def no_raw(file: str) -> Problem:
    """Say that the workbook holds no grid of a measured step."""
    return Problem(
        file=file,
        place="",
        message="No sheet holds a plate grid of a measured step.",
        remedy="Export the measured steps from SkanIt in plate format; lists, spectra and kinetic "
        "tables are not read.",
        code="no-raw-data",
    )


READER = Reader(
    name=NAME,
    title="Thermo SkanIt, report workbook (xlsx)",
    kinds=(WellReadings,),
    suffixes=(".xlsx",),
    sniff=sniff,
    read=read,
    tested=("multi-plate_example01.xlsx", "skanit_different_plate_pattern.xlsx"),
    limits=(
        "Results in list format, spectra and kinetic tables are refused: export plate format.",
        "Groups and dilutions of the sheet Layout definitions are not read.",
    ),
)
