"""Beckman Coulter Vi-CELL: cell counts of the BLU (CSV) and of the XR (a table).

The BLU writes one sample per row with its own headings. Tables of the XR are read where they
have the XR's headings; its report of one sample (lines of ``name : value``) is not.
"""

from collections import Counter
from dataclasses import dataclass

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.tables.cells import read_sheets
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_cells, head_text
from exportin.tables.headed import Headed, heading, number_columns, read_headed
from exportin.tables.kinds import MEASURED_AT, CellCounts, Values
from exportin.tables.names import clean
from exportin.tables.numbercolumn import NumberColumn
from exportin.tables.origin import Origin, Source
from exportin.tables.pick import pick_one
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet

NAME = "vi_cell"
MILLION = "10^6 cells/mL"
HEAD_LINES = 10  # the XR may write its own name and version above the table


@dataclass(frozen=True, slots=True)
class Quantity:
    """One measured column: our name, its unit, and the headings of either instrument.

    The headings are kept apart: "Images" is a result of the XR and a setting of the BLU.
    """

    name: str
    unit: str
    blu: tuple[str, ...]
    xr: tuple[str, ...] = ()


VIABLE_XR = ("Viable cells/ml (x10^6)", "Total viable cells/ml (x10^6)")
QUANTITIES = (
    Quantity("total_cells", MILLION, ("Total (x10^6) cells/mL",), ("Total cells/ml (x10^6)",)),
    Quantity("viable_cells", MILLION, ("Viable (x10^6) cells/mL",), VIABLE_XR),
    Quantity("viability", "%", ("Viability (%)",), ("Viability (%)",)),
    Quantity("cell_count", "cells", ("Cell count",), ("Total cells",)),
    Quantity("viable_count", "cells", ("Viable cells",), ("Viable cells",)),
    Quantity("diameter", "um", ("Average diameter (\u00b5m)",), ("Avg. diam. (microns)",)),
    Quantity("viable_diameter", "um", ("Average viable diameter (\u00b5m)",)),
    Quantity("circularity", "", ("Average circularity",), ("Avg. circ.",)),
    Quantity("viable_circularity", "", ("Average viable circularity",)),
    Quantity("cells_per_image", "cells", ("Average cells per image",), ("Cells/image",)),
    Quantity("background", "", ("Average background intensity",), ("Avg. background intensity",)),
    Quantity("bubbles", "", ("Bubble count",)),
    Quantity("clusters", "", ("Cluster count",)),
    Quantity("images", "", ("Images for analysis",), ("Images",)),
)
SAMPLE = ("Sample ID",)
WHEN = ("Analysis date/time", "Sample date/time", "Sample date")
TEXTS = {
    "cell_type": ("Cell type",),
    "dilution": ("Dilution", "Dilution factor"),
    "tag": ("Tag",),
    "reanalysed_at": ("Reanalysis date/time",),
}
# what tells the two exports from any other table of cell counts
BLU = ("sampleid", heading("Viable (x10^6) cells/mL"), heading("Viability (%)"))
XR = ("sampleid", heading("Avg. diam. (microns)"))
XR_VIABLE = {heading(name) for name in VIABLE_XR}
REPORT = "vi-cell xr"  # opens the XR's report of one sample: claimed, so that reading says why not


def sniff(source: Source) -> bool:
    """Whether one of the first lines is the header of a BLU or XR table, or names the XR."""
    if source.data.startswith(b"PK"):
        try:
            sheets = read_sheets(source).sheets
        except InputError:
            return False
        return any(header_row(sheet) is not None for sheet in sheets)
    lines = head_text(source, 16_384).split("\n")[:HEAD_LINES]
    return lines[0].strip().casefold().startswith(REPORT) or any(
        is_header(head_cells(line)) for line in lines
    )


def is_header(cells: tuple[str, ...]) -> bool:
    """Whether a line has the headings that only these instruments write together."""
    keys = {heading(cell) for cell in cells}
    return keys.issuperset(BLU) or (keys.issuperset(XR) and bool(keys & XR_VIABLE))


def header_row(sheet: Sheet) -> int | None:
    """Return the row of the header, counted from zero; ``None`` where there is none."""
    rows = sheet.rows[:HEAD_LINES]
    return next((at for at, row in enumerate(rows) if is_header(row)), None)


def read(source: Source, request: Request) -> CellCounts | Values:
    """Read one row per sample and quantity; for `Values` the one that ``channel`` names.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    filled = [sheet for sheet in book.sheets if header_row(sheet) is not None]
    sheet = pick_one(tuple(filled) or book.sheets, request.sheet, source.name)
    if sheet.problems:
        raise InputError(sheet.problems)
    top = header_row(sheet)
    if top is None:
        raise InputError(no_header(source.name))
    table = read_headed(sheet, source.name, top)
    is_blu = set(table.keys).issuperset(BLU)
    at = {one: table.find(*(one.blu if is_blu else one.xr)) for one in QUANTITIES}
    picked = pick(at, request, source.name)
    numbers, assumed = number_columns(table, list(at.values()), request.decimal)
    lines = sample_lines(table, source.name)
    wanted = [(quantity, numbers[col]) for quantity in picked if (col := at[quantity]) is not None]
    frame = pl.concat([frame_of(lines, *one) for one in wanted])
    kind = Values if issubclass(request.kind, Values) else CellCounts
    first = [column.name for column in kind.columns]
    frame = frame.select(first + [name for name in frame.columns if name not in first])
    noted = [note for _, column in wanted for note in column.notes]
    used = [at[quantity] for quantity in picked]
    names = [SAMPLE, WHEN, *TEXTS.values()]
    return kind(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *assumed, *noted, *open_end(sheet, source.name)),
        unread=table.others([*used, *(table.find(*words) for words in names)]),
    )


def pick(at: dict[Quantity, int | None], request: Request, file: str) -> tuple[Quantity, ...]:
    """Return the quantities that are wanted; `Values` hold one, so the study must name it."""
    present = {quantity.name: quantity for quantity, col in at.items() if col is not None}
    if request.channel in present:
        return (present[request.channel],)
    known = ", ".join(f"{name} ({(q.blu + q.xr)[0]})" for name, q in present.items())
    if request.channel:
        message = f"There is no quantity '{request.channel}'."
        remedy, code = f"Known: {known}.", "unknown-channel"
    elif issubclass(request.kind, Values):
        message = f"The file holds {len(present)} quantities, and the study names none."
        remedy, code = f'Write channel = "viable_cells" in the block. Known: {known}.', "no-channel"
    else:
        return tuple(present.values())
    raise InputError(Problem(file=file, place="", message=message, remedy=remedy, code=code))


def sample_lines(table: Headed, file: str) -> pl.DataFrame:
    """Return what is said of each sample, and a key that the order of rows does not change.

    Raises
    ------
    InputError
        A row has no sample, or stands there twice.
    """
    name_col, when_col = table.need(*SAMPLE), table.find(*WHEN)
    samples = [clean(text) for text in table.texts(name_col)]
    times = table.texts(when_col)
    found = [
        problem(file, table.place(i, name_col), "The row has no sample.", "no-sample")
        for i, sample in enumerate(samples)
        if not sample
    ]
    keys = [
        f"{sample}@{time}" if time else sample for sample, time in zip(samples, times, strict=True)
    ]
    contents = [table.sheet.rows[at] for at in table.rows]
    first: dict[tuple[str, ...], int] = {}
    for index, content in enumerate(contents):
        before = first.setdefault(content, index)
        if before != index:
            why = f"The same line stands in {table.line(before)}."
            found.append(problem(file, table.line(index), why, "duplicate-row"))
    if found:
        raise InputError(found)
    seen: Counter[str] = Counter()
    unique = list(keys)
    for index in sorted(range(len(keys)), key=lambda i: contents[i]):
        seen[keys[index]] += 1
        unique[index] += f"#{seen[keys[index]]}" if seen[keys[index]] > 1 else ""
    texts = {name: table.find(*words) for name, words in TEXTS.items()}
    columns = {
        "file": [file] * len(keys),
        "_key": [f"{file}:{key}" for key in unique],
        "sample_id": samples,
        MEASURED_AT: times,
        **{name: table.texts(col) for name, col in texts.items() if col is not None},
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def frame_of(lines: pl.DataFrame, quantity: Quantity, column: NumberColumn) -> pl.DataFrame:
    """Return the rows of one quantity."""
    return lines.with_columns(
        (pl.col("_key") + f"#{quantity.name}").alias("row_id"),
        pl.lit(quantity.name).alias("quantity"),
        pl.lit(quantity.unit).alias("unit"),
        pl.Series("value", column.values, dtype=pl.Float64),
        pl.Series("cause", column.causes, dtype=pl.String),
    ).drop("_key")


def problem(file: str, place: str, message: str, code: str) -> Problem:
    """Return the problem of a row."""
    remedy = "Mend the file, or export it again."
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)


def no_header(file: str) -> Problem:
    """Return the problem of a file without the header of either instrument."""
    return Problem(
        file=file,
        place="",
        message="No header of a Vi-CELL BLU or XR table was found.",
        remedy="Export the results of the samples as a table (CSV or .xlsx).",
        code="no-header",
    )


READER = Reader(
    name=NAME,
    title="Beckman Coulter Vi-CELL BLU and XR, table of cell counts (CSV, xlsx)",
    kinds=(CellCounts, Values),
    suffixes=(".csv", ".txt", ".tsv", ".xlsx"),
    sniff=sniff,
    read=read,
    tested=("Beckman_Vi-Cell-BLU_example01.csv",),
    limits=(
        "The XR's report of one sample (lines of name : value) and its old .xls are refused.",
        "XR tables follow the headings known of version 2; none was at hand to test.",
    ),
)
