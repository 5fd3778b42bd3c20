"""Checks the rows of a layout: wells, roles, doses with units, one row per well."""

from collections.abc import Iterator, Sequence

import polars as pl

from exportin.tables.names import clean
from exportin.tables.numbercolumn import absurd_number, is_absurd
from exportin.tables.numbers import decide_decimal, parse_number
from exportin.tables.problems import InputError, Problem, nearest, problem_at
from exportin.tables.units import parse_unit
from exportin.tables.wells import parse_well

PLACE = "__place"
ROLES = ("treated", "vehicle", "untreated", "positive", "blank", "time_zero", "empty")
NUMBERS = ("dose", "start_h", "stop_h")
Row = dict[str, str | None]


def check_plan(
    file: str, rows: Sequence[Row], delimiter: str
) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """Return the plan as a frame with numbers where numbers belong, and notes.

    Raises
    ------
    InputError
        With every problem of every row.
    """
    problems: list[Problem] = []
    texts = [(row[n] or "", row[PLACE] or "") for row in rows for n in NUMBERS if row.get(n)]
    decimal, notes = decide_decimal(
        [text for text, _ in texts],
        file=file,
        place=lambda i: texts[i][1],
        delimiter=delimiter,
    )
    checked = [_check_row(file, row, decimal, problems) for row in rows]
    problems.extend(_twins(file, checked))
    if problems:
        raise InputError(problems)
    names = list(dict.fromkeys(name for row in rows for name in row))
    schema = {n: pl.Float64 if n in NUMBERS else pl.String for n in names}
    return pl.DataFrame(checked, schema=schema, orient="row"), notes


def _check_row(
    file: str, row: Row, decimal: str, problems: list[Problem]
) -> dict[str, str | float | None]:
    place = row[PLACE] or ""
    out: dict[str, str | float | None] = {
        n: t if n in NUMBERS else _name(t) for n, t in row.items()
    }
    problems.extend(_check_role(file, row))
    try:
        out["well"] = parse_well(row.get("well") or "", file=file, place=place)
    except InputError as error:
        problems.extend(error.problems)
    for name in NUMBERS:
        text = row.get(name)
        if text is None:
            continue
        out[name] = number = parse_number(text, decimal)
        if number is not None and is_absurd(number):
            problems.append(absurd_number(text, file, place))
        if number is None or number < 0:
            message = f"the {name} '{text}' is not a number of zero or more."
            remedy = "Write the number alone; its unit stands in dose_unit."
            problems.append(problem_at(file, place, message, remedy, "not-number"))
    problems.extend(_check_dose(file, row, out.get("dose")))
    return out


def _name(text: str | None) -> str | None:
    return clean(text) or None if text else text


def _check_role(file: str, row: Row) -> Iterator[Problem]:
    role = row.get("role")
    if role not in ROLES:
        found = f"the role '{role}' is unknown." if role else "the well has no role."
        remedy = nearest(role or "", ROLES)
        yield problem_at(file, row[PLACE] or "", found, remedy, "unknown-role")


def _check_dose(file: str, row: Row, dose: object) -> Iterator[Problem]:
    place, role, unit = row[PLACE] or "", row.get("role"), row.get("dose_unit")
    if role == "treated" and not row.get("treatment"):
        message = "a treated well has no treatment."
        yield problem_at(file, place, message, "Name the drug.", "no-treatment")
    if role == "treated" and row.get("dose") is None:
        message = "a treated well has no dose."
        remedy = "Write the dose and its unit; a well with vehicle only has the role 'vehicle'."
        yield problem_at(file, place, message, remedy, "no-dose")
    if role == "treated" and dose == 0:
        message = "a treated well has dose 0."
        remedy = "Give it the role 'vehicle' or 'untreated'."
        yield problem_at(file, place, message, remedy, "dose-zero")
    if isinstance(dose, float) and dose > 0 and not unit:
        message = "the dose has no unit."
        yield problem_at(file, place, message, "Fill dose_unit: nM, uM, ng/mL ...", "no-unit")
    if unit:
        try:
            parse_unit(unit, file=file, place=place)
        except InputError as error:
            yield from error.problems


def _twins(file: str, rows: Sequence[dict[str, str | float | None]]) -> Iterator[Problem]:
    seen: dict[tuple[object, object], object] = {}
    for row in rows:
        key = (row.get("sample_id"), row.get("well"))
        if key in seen:
            message = f"well {key[1]} stands here and at {seen[key]}."
            yield problem_at(file, str(row[PLACE]), message, "Keep one of the two.", "twin-well")
        seen.setdefault(key, row[PLACE])
