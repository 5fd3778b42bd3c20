"""Agilent TapeStation Analysis: the electropherogram, exported as CSV, a column per lane."""

import re
from itertools import pairwise

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.tables.cells import read_sheets
from exportin.tables.gridvalues import open_end
from exportin.tables.kinds import Trace
from exportin.tables.names import clean
from exportin.tables.numbercolumn import limited, read_numbers, settle_format
from exportin.tables.origin import Origin, Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.wells import PLATES, well_name, well_position
from exportin.tables.xmltree import head_text

NAME = "tapestation_trace"
LANE = re.compile(r"((?:[A-H]|E?L)[0-9]{1,2}): ?(.*)$")
CELLS = re.compile(r"[,;\t]")
NUMBER = re.compile(r'["\s]*[-+.0-9]')
HEAD = 20_000  # the names of 96 lanes stand on the first line
ROWS, COLUMNS = PLATES[96]


def sniff(source: Source) -> bool:
    """Whether the first line names lanes (``A1: Ladder``) and the next begins with a number."""
    lines = head_text(source.data, HEAD).splitlines()
    cells = [text.strip(' "') for text in CELLS.split(lines[0])] if lines else []
    lanes = [text for text in cells if LANE.match(text)]
    if not cells or not LANE.match(cells[0]) or 2 * len(lanes) < len(cells):
        return False
    return len(lines) < 2 or bool(NUMBER.match(lines[1]))


def read(source: Source, request: Request) -> Trace:
    """Read the signal of every lane, a row a point; ``position`` counts the points from one.

    Raises
    ------
    InputError
        A line has more or fewer cells than there are lanes, or a cell is no number.
    """
    book = read_sheets(source)
    sheet = book.sheets[0]
    lanes = read_lanes(sheet, source.name)
    points = [row for row in range(1, len(sheet.rows)) if not sheet.is_blank(row)]
    check_rows(sheet, points, len(lanes), source.name)
    cells = [(row, col) for col in range(len(lanes)) for row in points]
    texts = [sheet.cell(row, col) for row, col in cells]

    def place(index: int) -> str:
        row, col = cells[index]
        return sheet.place(row, col, lanes[col][0])

    form, assumed = settle_format(
        texts, request.decimal, file=source.name, place=place, delimiter=sheet.delimiter
    )
    column = read_numbers(texts, form, file=source.name, place=place)
    if column.problems:
        raise InputError(column.problems)
    names = [lanes[col] for _, col in cells]
    position = [float(at) for _ in lanes for at in range(1, len(points) + 1)]
    frame = pl.DataFrame(
        {
            "row_id": [
                f"{source.name}:{name}:{at:.0f}"
                for (name, _), at in zip(names, position, strict=True)
            ],
            "file": [source.name] * len(cells),
            "sample_id": [label or name for name, label in names],
            "well": [well_of(name) for name, _ in names],
            "position": position,
            "value": pl.Series(column.values, dtype=pl.Float64),
            "cause": pl.Series(column.causes, dtype=pl.String),
            "lane": [name for name, _ in names],
        },
        schema_overrides={"well": pl.String},
    )
    return Trace(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *assumed, *column.notes, *open_end(sheet, source.name)),
    )


def read_lanes(sheet: Sheet, file: str) -> list[tuple[str, str]]:
    """Return lane and sample of each column; every column must name one, none twice."""
    found: list[tuple[str, str]] = []
    header = sheet.rows[0] if sheet.rows else ()
    for col, text in enumerate(header):
        match = LANE.match(text)
        if match is None:
            message = f"'{text[:40]}' does not name a lane."
            remedy = "Write it as 'A1: sample', or export the electropherogram again."
            raise InputError(fault(file, sheet.place(0, col), message, remedy, "no-lane"))
        lane = match.group(1)
        if lane in [name for name, _ in found]:
            message = f"Lane {lane} is there twice."
            raise InputError(
                fault(file, sheet.place(0, col), message, "Keep one.", "duplicate-well")
            )
        found.append((lane, clean(match.group(2))))
    if not found or len(sheet.rows) < 2:
        message = "There is no trace in this file."
        raise InputError(fault(file, "", message, "Export it again.", "no-values"))
    return found


def check_rows(sheet: Sheet, points: list[int], lanes: int, file: str) -> None:
    """Refuse lines that are not as wide as the header: cut off, or a comma in a name."""
    problems = [
        fault(file, sheet.line(row), f"{len(sheet.rows[row])} cells, {lanes} lanes are due.",
              "The file may be cut off: export it again.", "ragged-row")
        for row in points if len(sheet.rows[row]) != lanes
    ]  # fmt: skip
    gaps = [b for a, b in pairwise(points) if b != a + 1]
    problems += [
        fault(file, sheet.line(row - 1), "A point of the trace is missing here: the line is empty.",
              "Export the file again.", "empty-line") for row in gaps
    ]  # fmt: skip
    if problems:
        raise InputError(limited(problems, file))


def well_of(name: str) -> str | None:
    """Return the well of a lane; an electronic ladder has none."""
    at = well_position(name)
    return well_name(*at) if at is not None and at[0] < ROWS and at[1] < COLUMNS else None


def fault(file: str, place: str, message: str, remedy: str, code: str) -> Problem:
    """Return an error at a place of the file."""
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)


READER = Reader(
    name=NAME,
    title="Agilent TapeStation Analysis, electropherogram (CSV)",
    kinds=(Trace,),
    suffixes=(".csv",),
    sniff=sniff,
    read=read,
    tested=("Eukaryotic RNA-Tubes-16-RNA_Electropherogram.csv",),
    limits=("The file has no positions: points are counted, sizes come from the ladder.",),
)
