"""Treatment templates of the gDR suite, also those made from D300 files (xlsx).

One sheet per field: Gnumber and Concentration for the first drug, Gnumber_2 and Concentration_2
for the second. Cell A1 of each sheet is well A1 of the plate; there are no headings.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.tables.cells import read_sheets
from exportin.tables.grids import find_grids
from exportin.tables.kinds import PlateLayout
from exportin.tables.names import clean
from exportin.tables.numbercolumn import doubtful_text, read_numbers, settle_format
from exportin.tables.origin import Origin, Source
from exportin.tables.problems import InputError, Problem, problem_at
from exportin.tables.sheet import Sheet
from exportin.tables.wells import MAX_COLS, MAX_ROWS, well_name
from exportin.tables.workbook import is_workbook

NAME = "plate_template"
DRUG = re.compile(r"gnumber(?:_([2-9]))?$", re.IGNORECASE)
DOSE = re.compile(r"concentration(?:_([2-9]))?$", re.IGNORECASE)
NOTHING = frozenset({"vehicle", "untreated", "dmso", "none"})
"""Names of wells without a drug; they need no concentration."""
Cells = dict[str, tuple[str, int, int]]  # well: text, row and column of the sheet


@dataclass(frozen=True, slots=True)
class Field:
    """One sheet: the column it fills, and the cell of each well."""

    name: str
    sheet: Sheet
    cells: Cells


def field_name(title: str) -> str:
    """Return the design column that a sheet fills.

    >>> field_name("Gnumber"), field_name("Concentration_2"), field_name("Media")
    ('treatment', 'dose_2', 'Media')
    """
    for pattern, name in ((DRUG, "treatment"), (DOSE, "dose")):
        if match := pattern.match(title.strip()):
            return f"{name}_{match.group(1)}" if match.group(1) else name
    return clean(title)


def sniff(source: Source) -> bool:
    """Whether a workbook has a sheet Gnumber that begins with wells, without headings."""
    if not is_workbook(source):
        return False
    try:
        sheets = read_sheets(source).sheets
    except InputError:
        return False
    return any(DRUG.match(sheet.name.strip()) for sheet in sheets)


def read(source: Source, request: Request) -> PlateLayout:
    """Read every sheet into one row per well that has a drug, vehicle or nothing named.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    filled = [sheet for sheet in book.sheets if sheet.rows]
    problems = [problem for sheet in filled for problem in sheet.problems]
    problems += [p for sheet in filled for p in check_sheet(sheet, source.name)]
    if problems:
        raise InputError(problems)
    fields = [Field(field_name(sheet.name), sheet, cells_of(sheet)) for sheet in filled]
    problems += check_fields(fields, source.name)
    if problems:
        raise InputError(problems)
    wells = wells_of(fields)
    if not wells:
        message = "No sheet names anything in any well."
        remedy = "Write the drug of each well in the sheet Gnumber."
        raise InputError(problem_at(source.name, "", message, remedy, "empty-layout"))
    doses, notes = read_doses(fields, request.decimal, source.name)
    problems += [p for field in fields for p in check_slot(field, fields, source.name)]
    if problems:
        raise InputError(problems)
    columns = [
        doses[field.name] if field.name in doses else texts_of(field, wells) for field in fields
    ]
    frame = pl.DataFrame(
        {
            "row_id": [f"{source.name}:{well}" for well in wells],
            "file": [source.name] * len(wells),
            "sample_id": [""] * len(wells),
            "well": wells,
        }
    ).with_columns(
        pl.Series(field.name, [column.get(well) for well in wells], dtype=kind)
        for field, column in zip(fields, columns, strict=True)
        for kind in [pl.Float64 if field.name in doses else pl.String]
    )
    return PlateLayout(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *notes),
    )


def cells_of(sheet: Sheet) -> Cells:
    """Return what stands in the cell of each well."""
    return {
        well_name(at, col): (clean(text), at, col)
        for at, row in enumerate(sheet.rows)
        for col, text in enumerate(row)
        if clean(text)
    }


def wells_of(fields: Sequence[Field]) -> list[str]:
    """Return the wells that any sheet names, row by row."""
    spots = {(at, col) for field in fields for _, at, col in field.cells.values()}
    return [well_name(at, col) for at, col in sorted(spots)]


def texts_of(field: Field, wells: Sequence[str]) -> dict[str, str]:
    """Return the text of each well that has one."""
    return {well: field.cells[well][0] for well in wells if well in field.cells}


def read_doses(
    fields: Sequence[Field], declared: str, file: str
) -> tuple[dict[str, dict[str, float | None]], tuple[Problem, ...]]:
    """Return the concentrations of each dose sheet by well.

    Raises
    ------
    InputError
        With every cell that is no number of zero or more.
    """
    spots = [
        (field, well, *cell)
        for field in fields
        if DOSE.match(field.sheet.name.strip())
        for well, cell in field.cells.items()
    ]
    texts = [text for _, _, text, _, _ in spots]

    def place(index: int) -> str:
        field, well, _, at, col = spots[index]
        return field.sheet.place(at, col, well)

    form, notes = settle_format(texts, declared, file=file, place=place, delimiter="")
    column = read_numbers(texts, form, file=file, place=place)
    problems = [
        doubtful_text(file, place(i), text)
        for i, (field, _, text, at, col) in enumerate(spots)
        if (at, col) in field.sheet.doubtful
    ]
    for i, value in enumerate(column.values):
        if value is not None and value < 0:
            message = f"the concentration '{texts[i]}' is below zero."
            problems.append(problem_at(file, place(i), message, "Write zero or more.", "dose"))
    if column.problems or problems:
        raise InputError((*column.problems, *problems))
    found: dict[str, dict[str, float | None]] = {
        field.name: {} for field in fields if DOSE.match(field.sheet.name.strip())
    }
    for (field, well, *_), value in zip(spots, column.values, strict=True):
        found[field.name][well] = value
    return found, (*notes, *column.notes)


def check_sheet(sheet: Sheet, file: str) -> Iterator[Problem]:
    """Refuse sheets with headings, or with more cells than a plate has wells."""
    if find_grids(sheet):
        message = "The sheet has column numbers and row letters; here cell A1 stands for well A1."
        remedy = "Remove the headings, so that the first cell is well A1."
        yield problem_at(file, sheet.line(0), message, remedy, "template-headings")
    elif len(sheet.rows) > MAX_ROWS or max(map(len, sheet.rows)) > MAX_COLS:
        message = f"The sheet has {len(sheet.rows)} rows and {max(map(len, sheet.rows))} columns."
        remedy = f"The largest plate has {MAX_ROWS} rows and {MAX_COLS} columns."
        yield problem_at(file, sheet.line(0), message, remedy, "plate-size")


def check_fields(fields: Sequence[Field], file: str) -> Iterator[Problem]:
    """Refuse fields that stand twice, and doses without the sheet of their drugs."""
    names = [field.name for field in fields]
    for i, field in enumerate(fields):
        if field.name in names[:i]:
            message = f"Two sheets fill '{field.name}'."
            yield problem_at(file, field.sheet.name, message, "Keep one.", "twin-sheet")
        if field.name in ("row_id", "file", "sample_id", "well"):
            message = f"A sheet is called '{field.name}', which is a column of every layout."
            yield problem_at(file, field.sheet.name, message, "Rename it.", "reserved-sheet")
    slots = {name.removeprefix("dose") for name in names if re.match(r"dose(_\d)?$", name)}
    for slot in sorted(slots):
        if f"treatment{slot}" not in names:
            message = f"There is a sheet Concentration{slot}, but no sheet Gnumber{slot}."
            remedy = "Add the sheet with the drug of each well."
            yield problem_at(file, "", message, remedy, "no-drug-sheet")


def check_slot(field: Field, fields: Sequence[Field], file: str) -> Iterator[Problem]:
    """Refuse drugs without a concentration and concentrations without a drug."""
    is_drug, is_dose = (p.match(field.sheet.name.strip()) for p in (DRUG, DOSE))
    if not is_drug and not is_dose:
        return
    pair = ("treatment", "dose") if is_drug else ("dose", "treatment")
    partner = field.name.replace(*pair)
    found = [one.cells for one in fields if one.name == partner]
    other = found[0] if found else {}
    free = NOTHING if not found else NOTHING - {"vehicle"}  # beside doses a vehicle has 0
    for well, (text, at, col) in field.cells.items():
        if well in other or (is_drug and text.casefold() in free):
            continue
        message = f"'{text[:40]}' has no concentration."
        remedy = "Fill the same cell of the sheet of concentrations; a vehicle has 0."
        if is_dose:
            message, remedy = f"the concentration {text[:40]} has no drug.", "Name its drug."
        yield problem_at(file, field.sheet.place(at, col, well), message, remedy, "half-a-dose")


READER = Reader(
    name=NAME,
    title="gDR treatment template, also from D300 (xlsx)",
    kinds=(PlateLayout,),
    suffixes=(".xlsx",),
    sniff=sniff,
    read=read,
    tested=(
        "Template_7daytreated.xlsx",
        "Template_Untreated.xlsx",
        "D300_trt_Tecan_96_well_plates.xlsx",
    ),
    limits=(
        "The file states no unit of the concentrations: the study must name dose_unit.",
        "Reports and protocols of the D300 software itself are not read.",
    ),
)
