"""Roche LightCycler 480: text export of an analysis of crossing points (Cp)."""

import re

from exportin.contract.reader import Reader, Request
from exportin.tables.cells import read_sheets
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_cells, head_text
from exportin.tables.headed import heading, number_columns, read_headed
from exportin.tables.kinds import EXCLUDED_IN_FILE, CycleThresholds
from exportin.tables.names import clean
from exportin.tables.numbercolumn import missing_note
from exportin.tables.origin import Origin, Source
from exportin.tables.pcr import pcr_frame, refuse_twice, settle_cycles, targets_or_dyes
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.wells import parse_well

NAME = "lightcycler"
TITLE = re.compile(r"Experiment:\s*(.*?)\s+Selected Filter:\s*(.*?)\s*$")
OWN = {"include", "color", "pos", "name", "cp"}
PROMISED = [column.name for column in CycleThresholds.columns]


def sniff(source: Source) -> bool:
    """Whether the first lines are the software's title and header."""
    lines = head_text(source, 8192).split("\n")[:2]
    return len(lines) == 2 and bool(TITLE.match(lines[0])) and is_header(head_cells(lines[1]))


def is_header(cells: tuple[str, ...]) -> bool:
    """Whether a line has the columns that only this software writes together."""
    return {heading(cell) for cell in cells} >= OWN


def read(source: Source, request: Request) -> CycleThresholds:
    """Read one row per well; the file names no gene, so the filter stands for it.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    sheet, file = book.sheets[0], source.name
    run, dye = title_of(sheet, file)
    table = read_headed(sheet, file, 1)
    cp, well, sample = table.need("Cp"), table.need("Pos"), table.need("Name")
    amount, standard = table.find("Concentration"), table.find("Standard")
    include, status = table.find("Include"), table.find("Status")
    numbers, assumed = number_columns(table, [cp, amount], request.decimal, small=[cp])
    column = settle_cycles(numbers[cp], table.texts(cp), lambda i: table.place(i, cp), file)
    wells = [
        parse_well(text, file=file, place=table.place(index, well))
        for index, text in enumerate(table.texts(well))
    ]
    refuse_twice([(name,) for name in wells], table.line, file)
    targets, named = targets_or_dyes([""] * len(wells), [dye] * len(wells), file)
    standards = [text not in ("", "0", "False") for text in table.texts(standard)]
    amounts = numbers[amount].values if amount is not None else (None,) * len(wells)
    frame = pcr_frame(
        file,
        {
            "sample_id": [clean(text) for text in table.texts(sample)],
            "well": wells,
            "target": targets,
            "value": column.values,
            "cause": column.causes,
            "dye": [dye] * len(wells),
            "task": ["standard" if known else "" for known in standards],
            "quantity": [
                given if known else None for given, known in zip(amounts, standards, strict=True)
            ],
            "instrument_flag": table.texts(status),
            EXCLUDED_IN_FILE: [
                "Include = False" if text.casefold() == "false" else None
                for text in table.texts(include)
            ],
            "run": [run] * len(wells),
        },
        promised=PROMISED,
    )
    used = [cp, well, sample, amount, standard, include, status]
    return CycleThresholds(
        frame=frame,
        origins=(Origin(file=file, sha256=source.digest, reader=NAME),),
        notes=(
            *book.notes,
            *assumed,
            *named,
            *missing_note(column.causes, file),
            *open_end(sheet, file),
        ),
        unread=table.others(used),
    )


def title_of(sheet: Sheet, file: str) -> tuple[str, str]:
    """Return experiment and filter from the first line."""
    match = TITLE.match(" ".join(sheet.rows[0])) if sheet.rows else None
    if match is None or len(sheet.rows) < 2 or not is_header(sheet.rows[1]):
        raise InputError(
            Problem(
                file=file,
                place="line 1",
                message="This line is no 'Experiment: ... Selected Filter: ...' of a LightCycler.",
                remedy="Export the table of the analysis as text.",
                code="no-header",
            )
        )
    return clean(match.group(1)), clean(match.group(2))


READER = Reader(
    name=NAME,
    title="Roche LightCycler 480, crossing points (text)",
    kinds=(CycleThresholds,),
    suffixes=(".txt", ".tsv", ".csv"),
    sniff=sniff,
    read=read,
    tested=(
        "Edward_qPCR_TxnInhibitors_HS_2018-06-15_plate1_Cq.txt",
        "Edward_qPCR_TxnInhibitors_HS_2018-06-15_plate2_Cq.txt",
    ),
    limits=(
        "The export names no gene; the filter stands for the target.",
        "Raw fluorescence, melting and genotyping exports are not read.",
    ),
)
