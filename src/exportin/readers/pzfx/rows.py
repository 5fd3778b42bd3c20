"""One table of Prism to long rows: value, group, replicate, row, X, excluded."""

from dataclasses import dataclass

import polars as pl

from exportin.contract.reader import Request
from exportin.readers.pzfx.named import name_columns
from exportin.readers.pzfx.tree import Cell, PrismTable, problem
from exportin.tables.kinds import EXCLUDED_IN_FILE, Values, WellReadings
from exportin.tables.machine import machine_format
from exportin.tables.names import clean
from exportin.tables.numbercolumn import read_numbers
from exportin.tables.numbers import NumberFormat
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.workbook import cell_text

REASON = "excluded in Prism"


@dataclass(frozen=True, slots=True)
class Found:
    """A cell that holds something, and where it stands."""

    cell: Cell
    column: int
    sub: int
    row: int


def build(
    source: Source, table: PrismTable, request: Request
) -> tuple[pl.DataFrame, tuple[Problem, ...], tuple[str, ...]]:
    """Return the rows, notes, and the parts of the table that were left aside.

    Raises
    ------
    InputError
        With every cell that is no number, or where means are asked for as if values.
    """
    file = source.name
    channel = which_statistic(table, request.channel, file)
    found = [
        Found(cell, at, sub, row)
        for at, column in enumerate(table.columns)
        for sub, cells in enumerate(column.subcolumns)
        for row, cell in enumerate(cells)
        if cell.text and (not channel or table.statistics[sub] == channel)
    ]
    if not found:
        message = "The table holds no such value."
        raise InputError(problem(file, f"table '{table.title}'", message, "", "no-values"))

    def place(index: int) -> str:
        one = found[index]
        title = table.columns[one.column].title
        return f"table '{table.title}', column '{title}:{one.sub + 1}', row {one.row + 1}"

    texts = [one.cell.text for one in found]
    form, assumed = machine_format(texts, request.decimal, file=file, place=place)
    values = read_numbers(texts, form, file=file, place=place)
    x, x_problems = read_x(table, form, file)
    if values.problems or x_problems:
        raise InputError((*values.problems, *x_problems))
    frame = pl.DataFrame(
        {
            "row_id": row_ids(file, table, found, x),
            "file": [file] * len(found),
            "sample_id": [source.stem] * len(found),
            "well": pl.Series([None] * len(found), dtype=pl.String),
            "channel": [channel] * len(found),
            "value": pl.Series(values.values, dtype=pl.Float64),
            "cause": pl.Series(values.causes, dtype=pl.String),
            "group": [table.columns[one.column].title for one in found],
            "replicate": [replicate(table, one.sub) for one in found],
            "row": [str(one.row + 1) for one in found],
            EXCLUDED_IN_FILE: reasons(table, found),
            **by_row(table, found, x),
        }
    )
    if issubclass(request.kind, Values):
        frame = frame.drop("well").rename({"channel": "statistic"})
    notes = [*assumed, *values.notes, *excluded_note(frame, file), *no_x_note(frame, file, table)]
    named, more = name_columns(frame, table, request, file)
    left = [f"{name} of each column" for name in table.statistics if name != channel]
    first = [c.name for c in (Values if issubclass(request.kind, Values) else WellReadings).columns]
    order = first + [name for name in named.columns if name not in first]
    return named.select(order), (*notes, *more), tuple(left)


def which_statistic(table: PrismTable, wanted: str, file: str) -> str:
    """Return which subcolumns to read: all replicates, or one statistic that is asked for."""
    if not table.statistics and not wanted:
        return ""
    place = f"table '{table.title}'"
    if not table.statistics:
        message = f"The table holds replicates, there is no channel '{wanted}'."
        raise InputError(problem(file, place, message, "Remove 'channel'.", "unknown-channel"))
    names = ", ".join(table.statistics)
    if not wanted:
        message = f"The table holds {names} of each group, not the replicates they came from."
        remedy = 'Bring the replicates, or write channel = "mean" to read the means as values.'
        raise InputError(problem(file, place, message, remedy, "means-not-values"))
    if wanted not in table.statistics:
        message = f"There is no channel '{wanted}'."
        remedy = nearest(wanted, table.statistics)
        raise InputError(problem(file, place, message, remedy, "unknown-channel"))
    return wanted


def read_x(
    table: PrismTable, form: NumberFormat, file: str
) -> tuple[list[list[float | None]], tuple[Problem, ...]]:
    """Return the X values and, where there is one, their error."""
    found: list[list[float | None]] = []
    problems: list[Problem] = []
    for sub, cells in enumerate(table.x.subcolumns if table.x else ()):

        def place(index: int, sub: int = sub) -> str:
            return f"table '{table.title}', column X:{sub + 1}, row {index + 1}"

        numbers = read_numbers([cell.text for cell in cells], form, file=file, place=place)
        found.append(list(numbers.values))
        problems += numbers.problems
    return found, tuple(problems)


def by_row(
    table: PrismTable, found: list[Found], x: list[list[float | None]]
) -> dict[str, pl.Series]:
    """Return the columns that are the same for all groups: X, its error, row titles."""
    out: dict[str, pl.Series] = {}
    for name, numbers in zip(("x", "x_error"), x, strict=False):
        values = [numbers[one.row] if one.row < len(numbers) else None for one in found]
        out[name] = pl.Series(values, dtype=pl.Float64)
    typed = [cell.text for cell in table.x_written]
    numbers_too = [cell.text for cell in table.x.subcolumns[0]] if table.x else []
    if any(typed) and typed != numbers_too:
        out["x_written"] = texts_of(table.x_written, found)
    if any(cell.text for cell in table.row_titles):
        out["row_title"] = texts_of(table.row_titles, found)
    return out


def texts_of(cells: tuple[Cell, ...], found: list[Found]) -> pl.Series:
    """Return the text that belongs to the row of each value."""
    texts = [clean(cells[one.row].text) if one.row < len(cells) else "" for one in found]
    return pl.Series(texts, dtype=pl.String)


def replicate(table: PrismTable, sub: int) -> str:
    """Name a subcolumn by its title, else by its number."""
    return table.subtitles[sub] if sub < len(table.subtitles) else str(sub + 1)


def reasons(table: PrismTable, found: list[Found]) -> pl.Series:
    """Return why a value is excluded, null where it is not; an excluded X takes its row along."""
    xs = table.x.subcolumns[0] if table.x else ()
    gone = {row for row, cell in enumerate(xs) if cell.excluded and cell.text}
    texts = [
        REASON if one.cell.excluded else f"{REASON} (its X)" if one.row in gone else None
        for one in found
    ]
    return pl.Series(texts, dtype=pl.String)


def row_ids(
    file: str, table: PrismTable, found: list[Found], x: list[list[float | None]]
) -> list[str]:
    """Name values by table, group, row and replicate; a row by X or title if that is unique."""
    rows = max(one.row for one in found) + 1
    keys = unique([cell_text(number) for number in x[0]], rows) if x else None
    keys = keys or unique([clean(cell.text) for cell in table.row_titles], rows)
    keys = keys or [f"row {row + 1}" for row in range(rows)]
    return [
        f"{file}#{escaped(table.title)}:{escaped(table.columns[one.column].title)}"
        f":{escaped(keys[one.row])}:{escaped(replicate(table, one.sub))}"
        for one in found
    ]


def unique(texts: list[str], rows: int) -> list[str] | None:
    """Return the texts if every row has one of its own."""
    used = texts[:rows]
    return used if len(used) == rows and all(used) and len(set(used)) == rows else None


def escaped(text: str) -> str:
    r"""Write a name so that it cannot be mistaken for two.

    >>> escaped("a:b")
    'a\\:b'
    """
    for mark in ("\\", ":", "#"):
        text = text.replace(mark, f"\\{mark}")
    return text


def excluded_note(frame: pl.DataFrame, file: str) -> list[Problem]:
    """Count the values that come with an exclusion."""
    count = frame.get_column(EXCLUDED_IN_FILE).count()
    if not count:
        return []
    message = f"Values excluded in Prism: {count}; they are kept and left out of every number."
    remedy = "Include them in Prism and save the file again if that is wrong."
    return [note(file, message, remedy, "excluded-in-file")]


def no_x_note(frame: pl.DataFrame, file: str, table: PrismTable) -> list[Problem]:
    """Note values that stand beside an empty X."""
    lost = frame.get_column("x").null_count() if "x" in frame.columns else 0
    if not lost and not (table.type == "XY" and table.x is None):
        return []
    message = f"{lost or frame.height} values have no X."
    return [note(file, message, "Prism does not plot them; fill in X or remove them.", "no-x")]


def note(file: str, message: str, remedy: str, code: str) -> Problem:
    """Return something to know about the file."""
    return Problem(file=file, place="", message=message, remedy=remedy, code=code, severity="note")
