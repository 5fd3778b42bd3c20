"""Agilent (BioTek) Gen5: text export with tabs (Synergy, Cytation, Epoch ...).

Seen: Gen5 3.12, luminescence endpoint of a 96-well plate with a layout and a calculated
normalization. A file has a head, the procedure, the layout and tables: matrices whose lines are
named at the right, kinetic tables with a line per time, or lists with a line per well.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from exportin.contract.reader import Reader, Request
from exportin.readers.gen5.plates import NAME_KEYS, NUMBER, Plate, find_plates
from exportin.readers.gen5.tables import WHO, Found, Place, find_tables
from exportin.tables.clock import elapsed_seconds
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_text
from exportin.tables.kinds import MEASURED_AT, WellReadings
from exportin.tables.origin import Origin, Source
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
from exportin.tables.problems import Problem
from exportin.tables.tabbed import read_tabbed
from exportin.tables.wellcells import whole_plate

NAME = "gen5"
OPENING = re.compile(r"^\"?Software Version:?\"?\t", re.MULTILINE)
PATH = re.compile(
    r"^\"?(?:Experiment File Path|Protocol File Path|Plate Number):?\"?\t", re.MULTILINE
)
USED = (NUMBER, "Date", "Time", *NAME_KEYS)
LAYOUT = {"Well ID": CONTENT, "Name": "sample_name", "Conc/Dil": "conc_dil"}
HEAD_BYTES = 8192


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
    """Whether the file opens with Gen5's own head."""
    text = head_text(source, HEAD_BYTES)
    return bool(OPENING.search(text) and PATH.search(text))


def read(source: Source, request: Request) -> WellReadings:
    """Read every raw read of every plate into one row per well that holds something.

    Raises
    ------
    InputError
        With what is wrong with the file.
    """
    book = read_tabbed(source)
    sheet = book.sheets[0]
    plates = find_plates(sheet)
    names = plate_names([plate.key for plate in plates], source.stem)
    found = Reads()
    for plate in plates:
        gather(Place(plate, source.name), names[plate.key], found)
    if not found.raw and not found.derived:
        raise no_reads(
            source.name,
            "No table with readings was found.",
            "Export the raw data from Gen5 as text with tabs (matrix, list or kinetic table).",
        )
    picked, left = pick_reads(found.raw, found.derived, request.channel, source.name)
    frame, notes = read_frame(
        source.name, sheet, picked, request.decimal, hints=found.hints, told=found.told
    )
    keys = [key for plate in plates for key in plate.head if key not in USED]
    return WellReadings(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *open_end(sheet, source.name), *found.notes, *notes),
        unread=tuple(dict.fromkeys([*left, *keys, "Procedure Details", *found.left])),
    )


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
                    found.hints.append((part.at, 1))  # the temperature
    found.notes.extend(reads_without_table(place, {label for label, _ in merged}))
    for parts in merged.values():
        one = well_read(place, sample, parts)
        (found.raw if plate.is_raw(parts[0].label) else found.derived).append(one)
    for at in range(plate.start, plate.end):
        if plate.sheet.cell(at, 0).startswith("Actual Temperature"):
            found.hints.append((at, 1))
            found.left.append("Actual Temperature")


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
    channel = first.label or "Results"
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
    title="Agilent BioTek Gen5, text export with tabs",
    kinds=(WellReadings,),
    suffixes=(".txt", ".tsv", ".csv"),
    sniff=sniff,
    read=read,
    tested=("gen5_luminescence_endpoint_singleplate.txt",),
    limits=(
        "Area scans and images are refused or read as calculated numbers.",
        "The file states no count of plates: a file cut between two plates is not noticed.",
    ),
)
