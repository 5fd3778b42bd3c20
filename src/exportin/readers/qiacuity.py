"""QIAGEN QIAcuity: table of a digital PCR analysis (CSV), a row per well and target."""

from exportin.contract.reader import Reader, Request
from exportin.tables.cells import read_sheets
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_cells, head_text
from exportin.tables.headed import heading, number_columns, read_headed
from exportin.tables.kinds import PartitionCounts
from exportin.tables.names import clean
from exportin.tables.numbercolumn import missing_note
from exportin.tables.origin import Origin, Source
from exportin.tables.partitions import check_partitions
from exportin.tables.pcr import pcr_frame, refuse_twice, task_name
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.wells import parse_well

NAME = "qiacuity"
SAMPLE = "Sample/NTC/Control"
VALID, POSITIVE, NEGATIVE = (f"Partitions ({word})" for word in ("valid", "positive", "negative"))
CONCENTRATION = ("Concentration (copies/uL)", "Conc. [copies/uL]")
OWN = {heading(name) for name in (SAMPLE, VALID, POSITIVE)}
HEAD_LINES = 5
PROMISED = [column.name for column in PartitionCounts.columns]


def sniff(source: Source) -> bool:
    """Whether one of the first lines is the header of the table."""
    lines = head_text(source, 8192).split("\n")[:HEAD_LINES]
    return any(is_header(head_cells(line)) for line in lines)


def is_header(cells: tuple[str, ...]) -> bool:
    """Whether a line has the columns that only this software writes together."""
    return {heading(cell) for cell in cells} >= OWN


def header_row(sheet: Sheet, file: str) -> int:
    """Return the row of the header, counted from zero."""
    for at, row in enumerate(sheet.rows[:HEAD_LINES]):
        if is_header(row):
            return at
    raise InputError(
        Problem(
            file=file,
            place="",
            message=f"No header with '{SAMPLE}', '{VALID}' and '{POSITIVE}' was found.",
            remedy="Export the table of the analysis from the QIAcuity software as CSV.",
            code="no-header",
        )
    )


def read(source: Source, request: Request) -> PartitionCounts:
    """Read one row per well and target.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    sheet, file = book.sheets[0], source.name
    table = read_headed(sheet, file, header_row(sheet, file), unnamed="Well")
    valid, positive = table.need(VALID), table.need(POSITIVE)
    negative, threshold = table.find(NEGATIVE), table.find("Threshold")
    value = table.need(*CONCENTRATION)
    numbers, assumed = number_columns(
        table, [valid, positive, negative, threshold, value], request.decimal
    )
    check_partitions(
        file,
        table.line,
        accepted=numbers[valid].values,
        positive=numbers[positive].values,
        negative=numbers[negative].values if negative is not None else (),
    )
    at = table.need("Well")
    wells = [
        parse_well(text, file=file, place=table.place(index, at))
        for index, text in enumerate(table.texts(at))
    ]
    target, sample = table.need("Target"), table.need(SAMPLE)
    texts = {
        "task": table.find("Type"),
        "plate": table.find("Plate ID"),
        "mix": table.find("Reaction Mix"),
        "control": table.find("Control type"),
    }
    targets = [clean(text) for text in table.texts(target)]
    refuse_twice(list(zip(wells, targets, strict=True)), table.line, file)
    nothing: list[float | None] = [None] * len(wells)
    extra = {name: [no_dash(text) for text in table.texts(col)] for name, col in texts.items()}
    frame = pcr_frame(
        file,
        {
            "sample_id": [clean(text) for text in table.texts(sample)],
            "well": wells,
            "target": targets,
            "accepted": numbers[valid].values,
            "positive": numbers[positive].values,
            "value": numbers[value].values,
            "cause": numbers[value].causes,
            "threshold": numbers[threshold].values if threshold is not None else nothing,
            **extra,
            "task": [task_name(text) for text in extra["task"]],
        },
        promised=PROMISED,
    )
    used = [valid, positive, negative, threshold, value, at, target, sample, *texts.values()]
    return PartitionCounts(
        frame=frame,
        origins=(Origin(file=file, sha256=source.digest, reader=NAME),),
        notes=(
            *book.notes,
            *assumed,
            *missing_note(numbers[value].causes, file),
            *open_end(sheet, file),
        ),
        unread=table.others(used),
    )


def no_dash(text: str) -> str:
    """Return the text, or nothing where the software writes a dash."""
    return "" if text == "-" else clean(text)


READER = Reader(
    name=NAME,
    title="QIAGEN QIAcuity digital PCR, table of an analysis (CSV)",
    kinds=(PartitionCounts,),
    suffixes=(".csv", ".txt"),
    sniff=sniff,
    read=read,
    tested=("qiacuity_dpcr_example01.csv", "qiacuity_dpcr_example03.csv"),
    limits=("The volume of a partition is not in the file; the study has to name the plate.",),
)
