"""A row per animal and visit."""

from exportin.contract.reader import Request
from exportin.readers.caliper_table.faults import fault, no_animal, no_days, no_sizes, note
from exportin.readers.caliper_table.forms import Found
from exportin.readers.caliper_table.table import above, column, extra_names, rows_below
from exportin.readers.caliper_table.titles import check_map
from exportin.readers.caliper_table.visits import Cells, Visits
from exportin.readers.caliper_table.words import DIMENSION, IDS, SIZES, TIMES
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet


def read_long(sheet: Sheet, file: str, found: Found, request: Request) -> Visits:
    """Return the visits of a long table.

    Raises
    ------
    InputError
        A column is missing or there twice, or rows do not fit the headings.
    """
    titles = found.titles
    check_map(request.columns, titles.names.values(), file, sheet.line(titles.top))
    sizes = [name for name in SIZES if name in titles.at]
    if request.channel:
        sizes = [name for name in sizes if name == request.channel]
    _complete(sheet, file, found, sizes)
    rows, unread = rows_below(sheet, file, found, titles.names)

    def cells(name: str) -> Cells:
        return column(sheet, rows, titles.at[name], titles.names[titles.at[name]])

    used = {*IDS, *TIMES, *SIZES}
    extras, taken = extra_names(titles, titles.others)
    about = {name: cells(name) for name in titles.at if name not in used}
    about |= {name: column(sheet, rows, col, name) for col, name in extras.items()}
    aside = [name for name in SIZES if name in titles.at and name not in sizes]
    return Visits(
        sheet=sheet,
        file=file,
        ids={name: cells(name) for name in IDS if name in titles.at},
        times={name: cells(name) for name in TIMES if name in titles.at},
        sizes={name: cells(name) for name in sizes},
        about=about,
        units=units_of(file, sheet.line(titles.top), {n: titles.units.get(n, "") for n in sizes}),
        notes=tuple(left_aside(file, name) for name in taken),
        unread=(
            *unread,
            *taken,
            *(titles.names[titles.at[name]] for name in aside),
            *(f"{place}: {text}" for place, text in above(sheet, found.titles_end)),
        ),
    )


def _complete(sheet: Sheet, file: str, found: Found, sizes: list[str]) -> None:
    """Refuse a table that lacks animals, days or sizes, or says a thing twice."""
    titles, place = found.titles, sheet.line(found.titles.top)
    names = list(titles.names.values())
    problems = list(titles.problems)
    if "animal" not in titles.at and not _doubled(problems, "animal"):
        problems.append(no_animal(file, place, names))
    if not titles.has(TIMES) and not _doubled(problems, "day"):
        problems.append(no_days(file, place, names))
    if not sizes and not any(_doubled(problems, name) for name in SIZES):
        problems.append(no_sizes(file, place, names))
    if titles.labels:
        col = next(iter(titles.labels))
        message = (
            f"'{titles.names[col]}' is a day, but the table has a column of days or of sizes too."
        )
        remedy = "Give a row per visit, or a column per day; rename the column if it is no day."
        problems.append(fault(file, sheet.place(titles.top, col), message, remedy, "two-forms"))
    if problems:
        raise InputError(problems)


def _doubled(problems: list[Problem], name: str) -> bool:
    return any(p.code == "two-columns" and p.message.endswith(f" {name}.") for p in problems)


def left_aside(file: str, name: str) -> Problem:
    """Note a column whose name is needed for something else."""
    return note(
        file, f"column '{name}'", f"The column '{name}' was not read: the name is taken.",
        "Rename it in the file if it is needed.", "column-left-aside",
    )  # fmt: skip


def units_of(file: str, place: str, named: dict[str, str]) -> dict[str, str]:
    """Return the unit of volumes, lengths and weights from those of the single sizes.

    Raises
    ------
    InputError
        Length and width have different units.
    """
    found: dict[str, str] = {}
    for name, unit in named.items():
        dimension = f"{DIMENSION[name]}_unit"
        if not unit:
            continue
        if found.setdefault(dimension, unit) != unit:
            message = f"Lengths are in {found[dimension]} and in {unit}."
            remedy = "Write all diameters of the file in one unit."
            raise InputError(fault(file, place, message, remedy, "mixed-units"))
    bare = [n for n, unit in named.items() if not unit and found.get(f"{DIMENSION[n]}_unit")]
    if bare:
        unit = found[f"{DIMENSION[bare[0]]}_unit"]
        message = f"The {bare[0]} has no unit in its heading, other diameters are in {unit}."
        remedy = "Write the unit into every heading, or into none."
        raise InputError(fault(file, place, message, remedy, "mixed-units"))
    return found
