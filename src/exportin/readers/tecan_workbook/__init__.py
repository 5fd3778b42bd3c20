"""Tecan i-control and SparkControl: result workbook, a sheet per plate, a grid per label (xlsx).

Seen: i-control 2.0 with an Infinite M1000 Pro, luminescence, part of a 96-well plate.
"""

from collections.abc import Iterator, Sequence

from exportin.contract.reader import Reader, Request
from exportin.readers.tecan_workbook.cells import label_cells
from exportin.readers.tecan_workbook.refusals import only_computed
from exportin.readers.tecan_workbook.sections import CORNER, Plate, is_tecan, opens, read_runs
from exportin.readers.tecan_workbook.words import told
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
    plates = [run for sheet in sheets if is_tecan(sheet) for run in read_runs(sheet, source.name)]
    if not plates:
        raise InputError(no_plate(source.name))
    wanted = wanted_labels(plates, request.channel, source.name)
    several = len(wanted) > 1
    names = plate_names(plates, source)
    cells = [
        cell
        for plate, name in zip(plates, names, strict=True)
        for label in plate.labels
        if label.name in wanted
        for cell in label_cells(source, plate, label, name, len(plates), several=several)
    ]
    frame, notes = cells_frame(source.name, cells, request.decimal)
    rest = [f"sheet {s.name}" for s in book.sheets if all(s is not p.sheet for p in plates)]
    skipped = [n.name for plate in plates for n in plate.labels if n.name not in wanted]
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


def wanted_labels(plates: Sequence[Plate], channel: str, file: str) -> set[str]:
    """Return the labels that are meant: the one that is named, or all that are no means of others.

    Raises
    ------
    InputError
        There is no such label, or a list holds nothing but what was computed of its reads.
    """
    labels = sorted({label.name for plate in plates for label in plate.labels})
    if channel in labels:
        return {channel}
    if channel:
        raise InputError(
            Problem(
                file=file,
                place="",
                message=f"There is no label '{channel}'.",
                remedy=nearest(channel, labels),
                code="unknown-channel",
            )
        )
    for plate in plates:
        for start in {label.start: None for label in plate.labels}:
            own = [label for label in plate.labels if label.start == start]
            if not any(label.raw for label in own):
                names = [label.name for label in own]
                raise InputError(only_computed(plate.sheet, own[0].lists[0], names, file))
    return {label.name for plate in plates for label in plate.labels if label.raw}


def check_others(sheets: Sequence[Sheet], file: str) -> None:
    """Refuse a sheet with Tecan's corner of a plate that does not open as Tecan's sheets do."""
    for sheet in sheets:
        for at, row in enumerate(sheet.rows):
            if CORNER in row and (not is_tecan(sheet) or row[0] != CORNER):
                raise InputError(
                    Problem(
                        file=file,
                        place=sheet.place(at, row.index(CORNER)),
                        message="Here stands a plate, but its sheet does not begin with Tecan's "
                        "lines in English or German: it was changed, or is in another language.",
                        remedy="Export the sheet again in English, or name another in the study.",
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
    """Name each plate by its sheet; where that does not tell plates apart, by its barcode."""
    names = []
    sheets = [id(plate.sheet) for plate in plates]
    for plate in plates:
        name = clean(plate.sheet.name)
        shared = sheets.count(id(plate.sheet)) > 1
        if shared or name.rstrip("0123456789 ()").casefold() in PLAIN:
            name = plate.barcode or (source.stem if len(plates) == 1 else name)
        names.append(clean(name))
    return names


def unfinished(plates: Sequence[Plate], file: str) -> Iterator[Problem]:
    """Note labels that begin and do not end: the run may have been stopped."""
    for plate in plates:
        for label in plate.labels:
            if label.raw and told(label.facts, "Start Time") and not told(label.facts, "End Time"):
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
        "Several reads per well are read from an endpoint's list; with cycles, scans and spectra "
        "they are refused.",
        "German sheets are read with the words that public exports show; other languages, and "
        "German kinetic tables, are refused.",
        "SparkControl and kinetic tables were written after the format's description; no real "
        "file was at hand.",
    ),
)
