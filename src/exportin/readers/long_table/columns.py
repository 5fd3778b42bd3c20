"""Which column of the file is which of ours."""

from dataclasses import dataclass, field

from exportin.contract.reader import Request
from exportin.readers.long_table.header import Header
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.units import find_unit, split_unit

OURS_ALONE = ("row_id", "file", "cause")  # written by readers; a file's own are left aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Our column names with the column of the sheet each is read from, and constants."""

    at: dict[str, int]
    constants: dict[str, str | float]
    notes: tuple[Problem, ...] = ()
    unread: tuple[str, ...] = field(default=())


def assign(header: Header, request: Request, file: str) -> Columns:
    """Match the study's names with the file's; other columns keep their own names.

    Raises
    ------
    InputError
        A named column is not there, no column holds the value, or two claims clash.
    """
    by_name = {name: col for col, name in header.names.items()}
    missing = [
        no_column(file, ours, theirs, by_name)
        for ours, theirs in request.columns.items()
        if theirs not in by_name
    ]
    at = {ours: by_name[name] for ours, name in request.columns.items() if name in by_name}
    used = set(at.values())
    unread: list[str] = []
    for col, name in header.names.items():
        if col in used:
            continue
        if name in request.columns or name in OURS_ALONE:
            unread.append(name)
        else:
            at[name] = col
    problems = missing + clashes(at, request, file) + reserved(request, file)
    if "value" not in at and "value" not in request.columns:
        problems.append(no_value_column(file, by_name))
    constants: dict[str, str | float] = {
        name: float(value) if isinstance(value, int) else value
        for name, value in request.constants.items()
    }
    unit, unit_problems = unit_in_name(header, at, constants, file)
    problems += [problem for problem in unit_problems if problem.severity == "error"]
    if problems:
        raise InputError(problems)
    notes = [left_aside(file, name) for name in unread]
    return Columns(
        at=at, constants=constants | unit, notes=(*notes, *unit_problems), unread=tuple(unread)
    )


def clashes(at: dict[str, int], request: Request, file: str) -> list[Problem]:
    """Find constants that the file has as a column, and constants readers write."""
    taken = [name for name in request.constants if name in at or name in OURS_ALONE]
    return [
        Problem(
            file=file,
            place="",
            message=f"'{name}' is given in the study file and is a column of this file too.",
            remedy="Remove it from one of the two.",
            code="column-and-constant",
        )
        for name in taken
    ]


def reserved(request: Request, file: str) -> list[Problem]:
    """Find names that only readers may give, mapped by the study file."""
    return [
        Problem(
            file=file,
            place="",
            message=f"The study file maps a column to '{name}', which the workbench writes itself.",
            remedy="Choose another name.",
            code="reserved-column",
        )
        for name in request.columns
        if name in OURS_ALONE
    ]


def no_column(file: str, ours: str, theirs: str, known: dict[str, int]) -> Problem:
    """Return the problem of a column that the study names and the file lacks."""
    return Problem(
        file=file,
        place="header line",
        message=f"There is no column '{theirs}' (to be read as '{ours}').",
        remedy=nearest(theirs, known),
        code="unknown-column",
    )


def no_value_column(file: str, known: dict[str, int]) -> Problem:
    """Return the problem of a table whose measured column was not named."""
    hint = nearest("value", known)
    return Problem(
        file=file,
        place="header line",
        message="There is no column 'value', and the study file does not say which one it is.",
        remedy=f'{hint} Write columns = {{ value = "NAME OF THE COLUMN" }} in the block.',
        code="no-value-column",
    )


def left_aside(file: str, name: str) -> Problem:
    """Note a column whose name is needed for something else."""
    return Problem(
        file=file,
        place=f"column '{name}'",
        message=f"The column '{name}' was not read: the name is taken.",
        remedy="Rename it in the file if it is needed.",
        code="column-left-aside",
        severity="note",
    )


def unit_in_name(
    header: Header, at: dict[str, int], constants: dict[str, str | float], file: str
) -> tuple[dict[str, str | float], list[Problem]]:
    """Take the dose unit from a column name such as ``dose_nM`` where nothing else says it."""
    if "dose" not in at or "dose_unit" in at:
        return {}, []
    name = header.names[at["dose"]]
    unit = split_unit(name)[1]
    if not unit:
        return {}, []
    if "dose_unit" not in constants:
        return {"dose_unit": unit}, [unit_problem(file, name, f"is read as {unit}", "note")]
    declared = find_unit(str(constants["dose_unit"]))
    if declared is None or declared.name == unit:
        return {}, []
    wrong = f"says {unit}, the study file says {declared.name}"
    return {}, [unit_problem(file, name, wrong, "error")]


def unit_problem(file: str, name: str, what: str, severity: str) -> Problem:
    """Return the note or the problem of a unit in a column name."""
    if severity == "note":
        remedy = 'Write dose_unit = "..." in the block if that is wrong.'
        return Problem(
            file=file,
            place=f"column '{name}'",
            message=f"The dose {what}, by the column's name.",
            remedy=remedy,
            code="unit-from-name",
            severity="note",
        )
    remedy = "Correct dose_unit in the block, or the name of the column."
    return Problem(
        file=file,
        place=f"column '{name}'",
        message=f"The column's name {what}.",
        remedy=remedy,
        code="unit-conflict",
    )
