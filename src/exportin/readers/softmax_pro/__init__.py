"""Molecular Devices SoftMax Pro: text export (SpectraMax, FlexStation, i3x ...).

Seen: export version 1.3 in plate and columns format, endpoint absorbance at one and three
wavelengths and luminescence, with group tables. Kinetic, spectrum and well scan follow the same
lines; the first line of each plate says how many there must be.
"""

import re
from dataclasses import replace

from exportin.contract.reader import Reader, Request
from exportin.readers.softmax_pro.blocks import Block, check_last_line, cut_blocks
from exportin.readers.softmax_pro.groups import sample_names
from exportin.readers.softmax_pro.header import read_header
from exportin.readers.softmax_pro.plate import Plate
from exportin.readers.softmax_pro.reads import read_plate
from exportin.tables.cells import read_sheets
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_text
from exportin.tables.kinds import WellReadings
from exportin.tables.names import clean
from exportin.tables.origin import Origin, Source
from exportin.tables.platereads import CONTENT, WellRead, no_reads, pick_reads, read_frame
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.tabbed import read_tabbed
from exportin.tables.workbook import is_workbook

NAME = "softmax_pro"
HEAD_ROWS = 5
OPENING = re.compile(r"\s*\"?(?:##BLOCKS\s*=|Plate:[\t,;][^\n]*[\t,;](?:Plate|Time)Format[\t,;])")


def sniff(source: Source) -> bool:
    """Whether the file opens with SoftMax Pro's count of blocks or with a plate block."""
    if not is_workbook(source):
        return bool(OPENING.match(head_text(source, 4096)))
    try:
        return any(is_softmax(sheet) for sheet in read_sheets(source).sheets)
    except InputError:
        return False


def is_softmax(sheet: Sheet) -> bool:
    """Whether a sheet begins as the text of SoftMax Pro does: it was opened in Excel."""
    return bool(OPENING.match("\n".join("\t".join(row) for row in sheet.rows[:HEAD_ROWS]).strip()))


def read(source: Source, request: Request) -> WellReadings:
    """Read every raw plate into one row per well and read that holds something.

    Raises
    ------
    InputError
        With what is wrong with the file.
    """
    if is_workbook(source):
        raise InputError(no_text(source.name))
    book = read_tabbed(source)
    sheet = book.sheets[0]
    blocks = list(cut_blocks(sheet, source.name))
    plates = [block for block in blocks if block.kind == "Plate"]
    if not plates:
        raise no_reads(
            source.name,
            "No block 'Plate: ...' was found.",
            "Export the plate sections from SoftMax Pro as text.",
        )
    raw: list[WellRead] = []
    reduced: list[WellRead] = []
    hints: list[tuple[int, int]] = []
    notes = [*book.notes, *check_last_line(sheet, source.name), *open_end(sheet, source.name)]
    for block in plates:
        header = read_header(block, source.name)
        header = replace(header, name=clean(header.name) or source.stem)
        reads, computed, cells = read_plate(Plate(block, header, source.name))
        filled = any(sheet.cell(at, col) for one in reads for _, at, col in one.cells)
        if not filled and not request.channel:
            notes.append(without_raw(block, source.name))
        raw += reads
        reduced += computed
        hints += cells
    groups = [block for block in blocks if block.kind == "Group"]
    samples, named = sample_names(groups, [clean(block.name) for block in plates])
    picked, left = pick_reads(raw, reduced, request.channel, source.name)
    told = {CONTENT: samples, "group": named}
    frame, found = read_frame(source.name, sheet, picked, request.decimal, hints=hints, told=told)
    others = [
        f"{block.kind}: {clean(block.name)}".rstrip(": ")
        for block in blocks
        if block.kind != "Plate"
    ]
    return WellReadings(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*notes, *found),
        unread=tuple(dict.fromkeys([*left, "Temperature", *others])),
    )


def no_text(file: str) -> Problem:
    """Refuse SoftMax Pro's text that was saved as a workbook: Excel changes times and names."""
    return Problem(
        file=file,
        place="",
        message="This is a workbook; of SoftMax Pro, the exported text is read.",
        remedy="Give the text file (.txt) that SoftMax Pro exports, without opening it in Excel.",
        code="not-text",
    )


def without_raw(block: Block, file: str) -> Problem:
    """Note a plate that was not read, or exported without its raw data."""
    return Problem(
        file=file,
        place=block.sheet.line(block.start),
        message=f"Plate '{block.name}' holds no raw readings; none of its wells is taken.",
        remedy="If it was read, export it with its raw data.",
        code="plate-without-raw",
        severity="note",
    )


READER = Reader(
    name=NAME,
    title="Molecular Devices SoftMax Pro, text export",
    kinds=(WellReadings,),
    suffixes=(".txt", ".csv", ".tsv", ".xlsx"),
    sniff=sniff,
    read=read,
    tested=(
        "MD_SMP_absorbance_endpoint_example01.txt",
        "MD_SMP_absorbance_endpoint_example05.txt",
        "MD_SMP_luminescence_endpoint_example03.txt",
    ),
    limits=(
        "XML exports, .sda/.sdax documents and text that was saved as a workbook are refused.",
        "Cuvettes are left unread; columns of group tables other than the sample are left unread.",
        "Well scans give the number of the point, not its place in the well.",
    ),
)
