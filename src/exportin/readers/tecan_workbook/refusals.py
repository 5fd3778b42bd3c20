"""What a Tecan sheet is refused for, in words for the bench."""

from exportin.tables.problems import Problem
from exportin.tables.sheet import Sheet


def no_readings(sheet: Sheet, at: int, what: str, file: str) -> Problem:
    """Say that there is no table of readings where one is due."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"{what} has no plate grid with the corner '<>' and no table 'Cycle Nr.'.",
        remedy="Export the readings as a plate grid; scans and spectra are not read.",
        code="no-raw-data",
    )


def two_tables(sheet: Sheet, at: int, label: str, file: str) -> Problem:
    """Refuse a label with two tables: several runs in one sheet."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"The label '{label}' stands twice in the sheet '{sheet.name}'.",
        remedy="Write each run to a sheet of its own, and each label under its own name.",
        code="duplicate-channel",
    )


def reads_per_well(sheet: Sheet, at: int, file: str) -> Problem:
    """Refuse a table of several reads per well that is not the plain list of an endpoint."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"Here stands a table of several reads per well or of a scan "
        f"('{sheet.cell(at, 0)}') that is not read.",
        remedy="Export the mean of each well as a plate grid.",
        code="reads-per-well",
    )


def only_computed(sheet: Sheet, at: int, names: list[str], file: str) -> Problem:
    """Say that a list holds what was computed of the reads, and not the reads."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"The list holds no single reads, only {' and '.join(names)}.",
        remedy=f'To read that, write channel = "{names[0]}" in the block.',
        code="no-raw-data",
    )


def unnamed_runs(sheet: Sheet, first: int, second: int, file: str) -> Problem:
    """Refuse two runs below each other that do not both say of which plate they are."""
    return Problem(
        file=file,
        place=sheet.line(second),
        message=f"A second run begins here (the first: {sheet.line(first)}), and not both name "
        "their plate with a 'Plate-ID': they may be one plate or two.",
        remedy="Move each run to a sheet of its own, named after its plate.",
        code="two-runs",
    )


def same_plate_twice(sheet: Sheet, at: int, label: str, file: str) -> Problem:
    """Refuse two runs of one plate with the same label."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"A second run of the same plate begins here, and has the label '{label}' too.",
        remedy="Keep the run that counts, or give the labels names of their own.",
        code="duplicate-channel",
    )


def lost_header(sheet: Sheet, at: int, key: str, file: str) -> Problem:
    """Refuse a plate name below the readings of another: its lines above were lost."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"'{key}' stands below a label: another plate begins here without its lines "
        "'Application' and 'Device'.",
        remedy="Export the plates again, each to a sheet of its own.",
        code="sheet-changed",
    )


def fault(file: str, place: str, message: str, code: str) -> Problem:
    """Return a problem of a table; the remedy is the same for all."""
    remedy = "The sheet was changed or cut off: export the plate again from Tecan's software."
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)
