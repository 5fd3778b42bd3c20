"""Tecan i-control and SparkControl: result workbook, a sheet per plate, a grid per label (xlsx).

Seen: i-control 2.0 with an Infinite M1000 Pro, luminescence, part of a 96-well plate.
"""

from collections.abc import Iterator, Sequence

from exportin.contract.reader import Reader, Request
from exportin.readers.tecan_workbook.cells import label_cells
from exportin.readers.tecan_workbook.sections import CORNER, Plate, is_tecan, opens, read_plate
from exportin.tables.cells import read_sheets
from exportin.tables.head import head_text
from exportin.tables.kinds import WellReadings
from exportin.tables.names import clean
from exportin.tables.origin import Origin, Source
from exportin.tables.pick import pick_sheets
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.sheet import Sheet
from exportin.tables.wellcells import cells_frame
from exportin.tables.workbook import is_workbook

NAME = "tecan_workbook"
PLAIN = ("sheet", "tabelle", "feuil", "hoja", "foglio", "result sheet", "results sheet", "")
HEAD_BYTES = 2_048  # of a text file, to look whether it is worth taking apart
BARCODES = ("Plate-ID (Stacker)", "Plate ID", "Barcode")


def sniff(source: Source) -> bool:
    """Whether a sheet opens with the lines of Tecan's control software."""
    if not is_workbook(source) and not opens(head_text(source, HEAD_BYTES)):
        return False
    try:
        sheets = read_sheets(source).sheets
    except InputError:
        return False
    return any(is_tecan(sheet) for sheet in sheets)


def read(source: Source, request: Request) -> WellReadings:
    """Read every label of every sheet into one row per well, or per well and cycle.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    sheets = pick_sheets(book.sheets, request.sheet, source.name)
    problems = [p for sheet in sheets if is_tecan(sheet) for p in sheet.problems]
    if problems:
        raise InputError(problems)
    check_others(sheets, source.name)
    plates = [read_plate(sheet, source.name) for sheet in sheets if is_tecan(sheet)]
    if not plates:
        raise InputError(no_plate(source.name))
    labels = sorted({label.name for plate in plates for label in plate.labels})
    if request.channel and request.channel not in labels:
        raise InputError(
            Problem(
                file=source.name,
                place="",
                message=f"There is no label '{request.channel}'.",
                remedy=nearest(request.channel, labels),
                code="unknown-channel",
            )
        )
    several = len(labels) > 1 and not request.channel
    names = plate_names(plates, source)
    cells = [
        cell
        for plate, name in zip(plates, names, strict=True)
        for label in plate.labels
        if request.channel in ("", label.name)
        for cell in label_cells(source, plate, label, name, len(plates), several=several)
    ]
    frame, notes = cells_frame(source.name, cells, request.decimal)
    rest = [f"sheet {s.name}" for s in book.sheets if all(s is not p.sheet for p in plates)]
    skipped = [n for n in labels if request.channel not in ("", n)]
    keys = [key for plate in plates for key in plate.unread]
    return WellReadings(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(
            *book.notes,
            *not_read(sheets, plates, source.name),
            *unfinished(plates, source.name),
            *notes,
        ),
        unread=tuple(dict.fromkeys((*keys, *skipped, *rest))),
    )


def check_others(sheets: Sequence[Sheet], file: str) -> None:
    """Refuse a sheet with Tecan's corner of a plate that does not open as Tecan's sheets do."""
    for sheet in sheets:
        for at, row in enumerate(sheet.rows):
            if CORNER in row and (not is_tecan(sheet) or row[0] != CORNER):
                raise InputError(
                    Problem(
                        file=file,
                        place=sheet.place(at, row.index(CORNER)),
                        message="Here stands a plate, but the sheet is not as the software "
                        "wrote it: its lines or columns were moved.",
                        remedy="Export the sheet again, or name another in the study.",
                        code="sheet-changed",
                    )
                )


def not_read(book: Sequence[Sheet], plates: Sequence[Plate], file: str) -> Iterator[Problem]:
    """Note filled sheets that are none of the software's."""
    for sheet in book:
        if sheet.rows and all(sheet is not plate.sheet for plate in plates):
            yield Problem(
                file=file,
                place=sheet.name,
                message="The sheet is not read: it does not open with Tecan's lines.",
                remedy="If it holds a plate, export it again.",
                code="sheet-not-read",
                severity="note",
            )


def plate_names(plates: Sequence[Plate], source: Source) -> list[str]:
    """Name each plate by its sheet; where that says nothing, by its barcode or the file."""
    names = []
    for plate in plates:
        name = clean(plate.sheet.name)
        barcode = next((plate.facts[key] for key in BARCODES if plate.facts.get(key)), "")
        if name.rstrip("0123456789 ()").casefold() in PLAIN:
            name = barcode or (source.stem if len(plates) == 1 else name)
        names.append(clean(name))
    return names


def unfinished(plates: Sequence[Plate], file: str) -> Iterator[Problem]:
    """Note labels that begin and do not end: the run may have been stopped."""
    for plate in plates:
        for label in plate.labels:
            if label.facts.get("Start Time") and not label.facts.get("End Time"):
                yield Problem(
                    file=file,
                    place=plate.sheet.line(label.start),
                    message=f"The label '{label.name}' has a start time and no end time.",
                    remedy="If the run was stopped or the sheet cut, readings are missing.",
                    code="no-end-time",
                    severity="note",
                )


def no_plate(file: str) -> Problem:
    """Say that no sheet is of Tecan's making."""
    return Problem(
        file=file,
        place="",
        message="No sheet begins with the lines of Tecan's software (Application, Device).",
        remedy="Name the sheet of the results, or export the plate again.",
        code="no-raw-data",
    )


READER = Reader(
    name=NAME,
    title="Tecan i-control and SparkControl, result workbook (xlsx)",
    kinds=(WellReadings,),
    suffixes=(".xlsx", ".csv", ".txt", ".tsv"),
    sniff=sniff,
    read=read,
    tested=("RawData_Tecan_96_well_plates.xlsx",),
    limits=(
        "Several reads per well, scans and spectra are refused.",
        "SparkControl and kinetic tables were written after the format's description; no real "
        "file was at hand.",
    ),
)
