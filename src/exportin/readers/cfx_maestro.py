"""Bio-Rad CFX Maestro and CFX Manager: table of quantification cycles (CSV).

Both the table of Cq results and the shorter summary are read, with or without the lines on the
run above.
"""

from exportin.contract.reader import Reader, Request
from exportin.tables.cells import read_sheets
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_cells, head_text
from exportin.tables.headed import Headed, heading, number_columns, read_headed
from exportin.tables.kinds import MEASURED_AT, CycleThresholds
from exportin.tables.names import clean
from exportin.tables.numbercolumn import missing_note
from exportin.tables.origin import Origin, Source
from exportin.tables.pcr import pcr_frame, refuse_twice, settle_cycles, targets_or_dyes, task_name
from exportin.tables.pick import pick_one
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.wells import parse_well

NAME = "cfx_maestro"
OWN = {"well", "fluor", "target", "content", "sample", "cq"}
HEAD_LINES = 40
PROMISED = [column.name for column in CycleThresholds.columns]
STARTED = "Run Started"


def is_header(cells: tuple[str, ...]) -> bool:
    """Whether a line has the columns that only this software writes together."""
    return {heading(cell) for cell in cells} >= OWN


def sniff(source: Source) -> bool:
    """Whether one of the first lines is the header of the table."""
    if source.data.startswith(b"PK"):
        try:
            return any(header_row(sheet) is not None for sheet in read_sheets(source).sheets)
        except InputError:
            return False
    lines = head_text(source, 16_384).split("\n")[:HEAD_LINES]
    return any(is_header(head_cells(line)) for line in lines)


def header_row(sheet: Sheet) -> int | None:
    """Return the row of the header, counted from zero; ``None`` where there is none."""
    rows = sheet.rows[:HEAD_LINES]
    return next((at for at, row in enumerate(rows) if is_header(row)), None)


def read(source: Source, request: Request) -> CycleThresholds:
    """Read one row per well and target.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    own = tuple(sheet for sheet in book.sheets if header_row(sheet) is not None)
    sheet = pick_one(own or book.sheets, request.sheet, source.name)
    top = header_row(sheet)
    if top is None:
        raise InputError(no_table(source.name))
    if sheet.problems:
        raise InputError(sheet.problems)
    table = read_headed(sheet, source.name, top)
    above = {row[0].rstrip(": "): row[1] for row in sheet.rows[:top] if len(row) > 1 and row[0]}
    cq, quantity = table.need("Cq"), table.find("Starting Quantity (SQ)", "SQ")
    numbers, assumed = number_columns(table, [cq, quantity], request.decimal, small=[cq])
    column = settle_cycles(numbers[cq], table.texts(cq), lambda i: table.place(i, cq), source.name)
    dye, target = table.need("Fluor"), table.need("Target")
    dyes = table.texts(dye)
    names = [clean(text) for text in table.texts(target)]
    targets, named = targets_or_dyes(names, dyes, source.name)
    wells = well_column(table, source.name)
    refuse_twice(list(zip(wells, targets, strict=True)), table.line, source.name)
    content, sample, group = (
        table.find("Content"),
        table.find("Sample"),
        table.find("Biological Set Name", "Biological Group Name"),
    )
    tasks = [task_name(text) for text in table.texts(content)]
    amounts = numbers[quantity].values if quantity is not None else (None,) * len(wells)
    frame = pcr_frame(
        source.name,
        {
            "sample_id": [
                clean(name) or numbered(word)
                for name, word in zip(table.texts(sample), table.texts(content), strict=True)
            ],
            "well": wells,
            "target": targets,
            "value": column.values,
            "cause": column.causes,
            "task": tasks,
            "dye": dyes,
            "quantity": [
                amount if task == "standard" else None
                for amount, task in zip(amounts, tasks, strict=True)
            ],
            "group": [clean(text) for text in table.texts(group)],
            "content": table.texts(content),
            MEASURED_AT: [above.get(STARTED, "")] * len(wells),
        },
        promised=PROMISED,
    )
    used = [cq, quantity, dye, target, content, sample, group, table.need("Well")]
    return CycleThresholds(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(
            *book.notes,
            *assumed,
            *named,
            *missing_note(column.causes, source.name),
            *open_end(sheet, source.name),
        ),
        unread=(*table.others(used), *(key for key in above if key != STARTED)),
    )


def well_column(table: Headed, file: str) -> list[str]:
    """Return the wells."""
    col = table.need("Well")
    return [
        parse_well(text, file=file, place=table.place(index, col))
        for index, text in enumerate(table.texts(col))
    ]


def numbered(content: str) -> str:
    """Return the number that stands for a sample without a name.

    >>> numbered("Unkn-12"), numbered("NTC")
    ('Unkn-12', '')
    """
    return content if content[-1:].isdecimal() else ""


def no_table(file: str) -> Problem:
    """Return the problem of a file without the table."""
    return Problem(
        file=file,
        place="",
        message="No table with the columns Well, Fluor, Target, Content, Sample and Cq was found.",
        remedy="Export 'Quantification Cq Results' from CFX Maestro as CSV.",
        code="no-header",
    )


READER = Reader(
    name=NAME,
    title="Bio-Rad CFX Maestro, quantification Cq results (CSV, xlsx)",
    kinds=(CycleThresholds,),
    suffixes=(".csv", ".txt", ".tsv", ".xlsx"),
    sniff=sniff,
    read=read,
    tested=("example01.csv", "biorad_cfx_maestro.csv"),
    limits=("Amplification, melt curve and end point tables of their own files are not read.",),
)
