"""What the study calls the parts of a Prism table: dose, treatment, unit ..."""

import polars as pl

from exportin.contract.reader import Request
from exportin.readers.pzfx.tree import PrismTable, problem
from exportin.tables.numbercolumn import is_absurd
from exportin.tables.numbers import NumberFormat
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.units import find_unit, split_unit

OURS_ALONE = ("row_id", "file", "cause", "value", "excluded_in_file")
SOURCES = ("group", "replicate", "row", "row_title", "x", "x_error", "x_written")
POWER = "10^x"
PLAIN = NumberFormat(".", groups=False)


def name_columns(
    frame: pl.DataFrame, table: PrismTable, request: Request, file: str
) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """Rename the columns as the study file says, and add its constants.

    Raises
    ------
    InputError
        A named column is not there, a name is taken, or a dose is no dose.
    """
    place = f"table '{table.title}'"
    there = {name: name for name in SOURCES if name in frame.columns}
    if "x" in there:
        there[POWER] = POWER
        if table.x is not None and table.x.title not in there:
            there[table.x.title] = "x"
    wanted = {
        our: their for our, their in request.columns.items() if (our, their) != ("value",) * 2
    }
    problems = [
        problem(file, place, f"There is no column '{their}' (to be read as '{our}').",
                nearest(their, there), "unknown-column")
        for our, their in wanted.items() if their not in there
    ]  # fmt: skip
    problems += taken(frame, wanted, request, file, place)
    if problems:
        raise InputError(problems)
    unit = ""
    new = []
    for our, their in wanted.items():
        column = read_column(frame, there[their])
        if our == "dose":
            column = doses(column, file, place)
            unit = dose_unit(there[their], table, request, file)
        new.append(column.alias(our))
    used = {there[their] for their in wanted.values()} - {POWER}
    used |= {"x"} if POWER in wanted.values() else set()
    named = frame.drop(used - set(wanted)).with_columns(new)
    extra: dict[str, str | float] = {"dose_unit": unit} if unit else {}
    for name, value in request.constants.items():
        extra[name] = float(value) if isinstance(value, int) else value
    named = named.with_columns(pl.lit(value).alias(name) for name, value in extra.items())
    return named, (unit_note(unit, table, file),) if unit else ()


def taken(
    frame: pl.DataFrame, wanted: dict[str, str], request: Request, file: str, place: str
) -> list[Problem]:
    """Find names that the workbench writes itself, and names given twice."""
    names = [*wanted, *request.constants]
    twice = [name for name in request.constants if name in wanted or name in frame.columns]
    out = [
        problem(file, place, f"'{name}' is written by the workbench.", "Choose another name.",
                "reserved-column")
        for name in names if name in OURS_ALONE
    ]  # fmt: skip
    out += [
        problem(file, place, f"'{name}' is a constant and a column of the table.",
                "Remove one of the two.", "column-and-constant")
        for name in twice if name not in ("sample_id", "channel", "well", "statistic")
        and name not in OURS_ALONE
    ]  # fmt: skip
    return out


def read_column(frame: pl.DataFrame, name: str) -> pl.Series:
    """Return a column of the table, or ten to the power of X."""
    if name != POWER:
        return frame.get_column(name)
    powers = [None if x is None else power(x) for x in frame.get_column("x").to_list()]
    return pl.Series(powers, dtype=pl.Float64)


def power(x: float) -> float:
    """Return ten to the x; exact for whole numbers.

    >>> power(-9.0), power(400.0)
    (1e-09, inf)
    """
    if abs(x) > 300:
        return float("inf") if x > 0 else 0.0
    return float(f"1e{int(x)}") if x == int(x) else float(10.0**x)


def doses(column: pl.Series, file: str, place: str) -> pl.Series:
    """Return doses as numbers of a size that can be pipetted, none below zero."""
    values = column.to_list()
    if column.dtype == pl.String:
        values = [None if not text else PLAIN.parse(text) for text in column.to_list()]
        bad = [text for text, dose in zip(column.to_list(), values, strict=True)
               if text and dose is None]  # fmt: skip
        if bad:
            remedy = "Write the number alone as title; the unit belongs into dose_unit."
            message = f"'{bad[0][:40]}' is no dose."
            raise InputError(problem(file, place, message, remedy, "not-a-number"))
    for dose in values:
        if dose is not None and dose < 0:
            remedy = f'If X is the logarithm of the dose, write dose = "{POWER}".'
            message = f"The dose {dose:g} is below zero."
            raise InputError(problem(file, place, message, remedy, "negative-dose"))
        if dose is not None and is_absurd(dose):
            remedy = "Write a number from 1e-30 to 1e+30."
            message = f"The dose {dose:g} is no size that can be pipetted."
            raise InputError(problem(file, place, message, remedy, "absurd-number"))
    return pl.Series(values, dtype=pl.Float64)


def dose_unit(their: str, table: PrismTable, request: Request, file: str) -> str:
    """Return the unit in the title of X where the study file names none; empty for none."""
    title = table.x.title if table.x and their in ("x", POWER) else ""
    unit = split_unit(title)[1]
    if not unit or "dose_unit" in request.columns:
        return ""
    said = request.constants.get("dose_unit")
    if said is None:
        return unit
    declared = find_unit(str(said))
    if declared is not None and declared.name != unit:
        message = f"The title of X says {unit}, the study file says {declared.name}."
        place = f"column '{title}'"
        raise InputError(problem(file, place, message, "Correct one of them.", "unit-conflict"))
    return ""


def unit_note(unit: str, table: PrismTable, file: str) -> Problem:
    """Note that the dose unit was taken from the title of X."""
    return Problem(
        file=file,
        place=f"column '{table.x.title if table.x else ''}'",
        message=f"The dose is read as {unit}, by the title of X.",
        remedy='Write dose_unit = "..." in the block if that is wrong.',
        code="unit-from-name",
        severity="note",
    )
