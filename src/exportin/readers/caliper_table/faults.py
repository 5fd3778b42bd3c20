"""Words for what is wrong with a caliper sheet as a whole."""

from exportin.tables.problems import Problem


def fault(file: str, place: str, message: str, remedy: str, code: str) -> Problem:
    """Return a problem that stops the reading."""
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)


def note(file: str, place: str, message: str, remedy: str, code: str) -> Problem:
    """Return what is only to be known."""
    return Problem(
        file=file, place=place, message=message, remedy=remedy, code=code, severity="note"
    )


def no_form(file: str, place: str, weeks: str = "") -> Problem:
    """Return the problem of a sheet in which no line of headings was found."""
    if weeks:
        message = f"'{weeks}' counts weeks; visits are read by their day or date."
        return fault(file, place, message, "Write days, such as D14.", "weeks")
    return fault(
        file, place,
        "No line of headings tells animals, days and sizes apart.",
        'Head the columns Mouse, Group, Day and Volume (a row per visit); or Mouse, Group and one '
        "column per day; or Day and one column per animal. Other names go into columns = { ... }.",
        "no-headings",
    )  # fmt: skip


def no_animal(file: str, place: str, names: list[str]) -> Problem:
    """Return the problem of a table without a column of animals."""
    listed = ", ".join(f"'{name}'" for name in names[:12])
    return fault(
        file, place,
        f"No column says which animal was measured. Found: {listed}.",
        'Write columns = { animal = "NAME OF THE COLUMN" } in the block.',
        "no-animal-column",
    )  # fmt: skip


def no_days(file: str, place: str, names: list[str]) -> Problem:
    """Return the problem of a table without a column of days."""
    listed = ", ".join(f"'{name}'" for name in names[:12])
    return fault(
        file, place,
        f"No column says on which day or date it was measured. Found: {listed}.",
        'Write columns = { day = "NAME OF THE COLUMN" } (or date) in the block.',
        "no-day-column",
    )  # fmt: skip


def no_sizes(file: str, place: str, names: list[str]) -> Problem:
    """Return the problem of a table without a column of sizes."""
    listed = ", ".join(f"'{name}'" for name in names[:12])
    return fault(
        file, place,
        f"No column holds volume, length and width, or weight. Found: {listed}.",
        'Write columns = { volume = "NAME OF THE COLUMN" } in the block.',
        "no-size-column",
    )  # fmt: skip


def nothing(file: str, place: str) -> Problem:
    """Return the problem of headings under which nothing was measured."""
    return fault(
        file, place, "No animal was measured on any day.", "Give the table with its data.",
        "no-values",
    )  # fmt: skip
