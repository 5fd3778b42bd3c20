"""Agilent (BioTek) Gen5: text export, or the sheet of its Excel export (Synergy, Cytation ...).

Seen: Gen5 3.12, luminescence endpoint of a 96-well plate with a layout and a calculated
normalization. A file has a head, the procedure, the layout and tables: matrices whose lines are
named at the right, kinetic tables with a line per time, or lists with a line per well.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.readers.gen5.plates import NAME_KEYS, NUMBER, Plate, find_plates
from exportin.readers.gen5.tables import WHO, Found, Place, find_tables
from exportin.tables.cells import read_sheets
from exportin.tables.clock import elapsed_seconds
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_text
from exportin.tables.kinds import MEASURED_AT, WellReadings
from exportin.tables.origin import Origin, Source
from exportin.tables.pick import pick_one, pick_sheets
from exportin.tables.platereads import (
    CONTENT,
    TIME,
    Cell,
    WellRead,
    no_reads,
    pick_reads,
    plate_names,
    read_frame,
)
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.tabbed import read_tabbed
from exportin.tables.wellcells import whole_plate
from exportin.tables.workbook import is_workbook

NAME = "gen5"
OPENING = re.compile(r"^\"?Software Version:?\"?[\t,;]", re.MULTILINE)
PATH = re.compile(
    r"^\"?(?:Experiment File Path|Protocol File Path|Plate Number):?\"?[\t,;]", re.MULTILINE
)
USED = (NUMBER, "Date", "Time", *NAME_KEYS)
LAYOUT = {"Well ID": CONTENT, "Name": "sample_name", "Conc/Dil": "conc_dil"}
HEAD_BYTES = 8192
HEAD_ROWS = 40
NO_LABEL = "Results"


@dataclass(slots=True)
class Reads:
    """What is gathered from the plates of a file."""

    raw: list[WellRead] = field(default_factory=list)
    derived: list[WellRead] = field(default_factory=list)
    told: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    hints: list[tuple[int, int]] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def sniff(source: Source) -> bool:
    """Whether the file, or a sheet of a workbook, opens with Gen5's own head."""
    if not is_workbook(source):
        return opens(head_text(source, HEAD_BYTES))
    try:
        return any(is_gen5(sheet) for sheet in read_sheets(source).sheets)
    except InputError:
        return False


def opens(text: str) -> bool:
    """Whether a text holds the first lines of Gen5."""
    return bool(OPENING.search(text) and PATH.search(text))


def is_gen5(sheet: Sheet) -> bool:
    """Whether a sheet begins with the lines of Gen5."""
    return opens("\n".join("\t".join(row) for row in sheet.rows[:HEAD_ROWS]))


def read_book(
    source: Source, wanted: str
) -> tuple[tuple[Sheet, ...], tuple[str, ...], tuple[Problem, ...]]:
    """Return the sheets to read, the names of the others, and what was noted.

    Raises
    ------
    InputError
        There is no such sheet, or a cell of one has a formula without a value.
    """
    if not is_workbook(source):
        book = read_tabbed(source)
        return book.sheets, (), book.notes
    book = read_sheets(source)
    chosen = pick_sheets(book.sheets, wanted, source.name)
    own = tuple(sheet for sheet in chosen if is_gen5(sheet)) or chosen
    problems = [problem for sheet in own for problem in sheet.problems]
    if problems:
        raise InputError(problems)
    rest = tuple(f"sheet {s.name}" for s in book.sheets if s.rows and all(s is not o for o in own))
    return own, rest, book.notes


def read(source: Source, request: Request) -> WellReadings:
    """Read every raw read of every plate into one row per well that holds something.

    Raises
    ------
    InputError
        With what is wrong with the file.
    """
    sheets, rest, noted = read_book(source, request.sheet)
    plates = [find_plates(sheet) for sheet in sheets]
    keys = [{plate.key for plate in own} for own in plates]
    if sum(map(len, keys)) > len(set().union(*keys)):  # a plate in two sheets: which is meant?
        pick_one(sheets, "", source.name)
    names = plate_names([plate.key for own in plates for plate in own], source.stem)
    parts = []
    for own in plates:
        found = Reads()
        for plate in own:
            gather(Place(plate, source.name), names[plate.key], found)
        parts.append(found)
    picked, left = pick(parts, request.channel, source.name)
    frames, notes = [], list(noted)
    for sheet, own, found in zip(sheets, plates, parts, strict=True):
        samples = {names[plate.key] for plate in own}
        mine = [read for read in picked if read.sample_id in samples]
        notes += [*open_end(sheet, source.name), *found.notes]
        if mine:
            frame, more = read_frame(
                source.name, sheet, mine, request.decimal, hints=found.hints, told=found.told
            )
            frames.append(frame)
            notes += more
    heads = [key for own in plates for plate in own for key in plate.head if key not in USED]
    others = [text for found in parts for text in found.left]
    return WellReadings(
        frame=pl.concat(frames, how="diagonal"),
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=tuple(dict.fromkeys(notes)),
        unread=tuple(dict.fromkeys([*left, *heads, "Procedure Details", *others, *rest])),
    )


def pick(parts: Sequence[Reads], channel: str, file: str) -> tuple[list[WellRead], tuple[str, ...]]:
    """Return the reads that are meant, and the names of those that are left.

    Raises
    ------
    InputError
        There are none, none is raw, or nothing tells which are.
    """
    raw = [read for found in parts for read in found.raw]
    derived = [read for found in parts for read in found.derived]
    if not raw and not derived:
        raise no_reads(
            file,
            "No table with readings was found.",
            "Export the raw data from Gen5 as text with tabs (matrix, list or kinetic table).",
        )
    if not raw and not channel and all(read.channel == NO_LABEL for read in derived):
        raise no_reads(
            file,
            "The lines of the results have no label that tells what was read from what was "
            "calculated.",
            f'If they are the raw data, write channel = "{NO_LABEL}" in the block.',
        )
    return pick_reads(raw, derived, channel, file)


def gather(place: Place, sample: str, found: Reads) -> None:
    """Add the reads, the layout and the rest of one plate."""
    plate = place.plate
    merged: dict[tuple[str, str], list[Found]] = {}
    for title, parts in find_tables(place):
        for part in parts:
            if title == "Layout" or part.label in WHO:
                tell_layout(plate, sample, part, found)
            else:
                merged.setdefault((part.label, part.text), []).append(part)
                if part.axis:
                    found.hints.append((part.at, part.lead + 1))  # the temperature
    found.notes.extend(reads_without_table(place, {label for label, _ in merged}))
    for parts in merged.values():
        one = well_read(place, sample, parts)
        (found.raw if plate.is_raw(parts[0].label) else found.derived).append(one)
    odd = {label: parts[0].at for (label, _), parts in merged.items() if plate.is_odd(label)}
    found.notes.extend(unlisted(place, label, at) for label, at in odd.items())
    for at in range(plate.start, plate.end):
        if plate.sheet.cell(at, 0).startswith("Actual Temperature"):
            found.hints.append((at, 1))
            found.left.append("Actual Temperature")


def unlisted(place: Place, label: str, at: int) -> Problem:
    """Note a label that looks like a wavelength, of which the procedure says nothing."""
    return Problem(
        file=place.file,
        place=place.plate.sheet.line(at),
        message=f"'{label}' is no read of the procedure; it is taken for a calculated number.",
        remedy=f'To read it, write channel = "{label}" in the block.',
        code="read-not-listed",
        severity="note",
    )


def reads_without_table(place: Place, labels: set[str]) -> Iterator[Problem]:
    """Note named read steps that have no table: the file may have been cut off."""
    have = {label.rpartition(":")[0] for label in labels}
    for name in sorted(place.plate.named_reads - have - labels):
        yield Problem(
            file=place.file,
            place=place.plate.sheet.line(place.plate.start - 1),
            message=f"Read '{name}' of the procedure has no table in the file.",
            remedy="If the file was cut off or the read left out, export it again.",
            code="read-without-table",
            severity="note",
        )


def tell_layout(plate: Plate, sample: str, part: Found, found: Reads) -> None:
    """Keep what the layout says of each well; lines it has besides are left unread."""
    column = LAYOUT.get(part.label)
    if column is None:
        found.left.append(f"Layout: {part.label}")
        return
    for well, row, col in part.cells:
        text = plate.sheet.cell(row, col)
        if text:
            found.told.setdefault(column, {})[sample, well] = text


def well_read(place: Place, sample: str, parts: list[Found]) -> WellRead:
    """Return one read: the cells under one label, at one time or wavelength."""
    plate, first = place.plate, parts[0]
    cells: tuple[Cell, ...] = tuple(cell for part in parts for cell in part.cells)
    columns: dict[str, str | float | None] = {}
    when = " ".join(filter(None, (plate.head.get("Date"), plate.head.get("Time"))))
    if when:
        columns[MEASURED_AT] = when
    channel = first.label or NO_LABEL
    if first.axis == "Wavelength":
        channel = f"{channel} {first.text}"
    elif first.axis:
        seconds = elapsed_seconds(first.text)
        if seconds is None:
            message = f"The time is '{first.text[:40]}', expected something like 0:00:30."
            raise place.refusal(first.at, message, "bad-time")
        columns[TIME] = seconds
    return WellRead(
        sample_id=sample,
        channel=channel,
        size=plate.stated_size or whole_plate([well for well, _, _ in cells]),
        cells=cells,
        key=first.text if TIME in columns else "",
        columns=columns,
    )


READER = Reader(
    name=NAME,
    title="Agilent BioTek Gen5, text or Excel export",
    kinds=(WellReadings,),
    suffixes=(".txt", ".tsv", ".csv", ".xlsx"),
    sniff=sniff,
    read=read,
    tested=("gen5_luminescence_endpoint_singleplate.txt",),
    limits=(
        "Area scans and images are refused or read as calculated numbers.",
        "Workbooks and text with commas are read as the text export; no real file was at hand.",
        "The file states no count of plates: a file cut between two plates is not noticed.",
    ),
)
