"""The table under [Results]: one quantification cycle per well and target."""

import polars as pl

from exportin.contract.reader import Request
from exportin.readers.quantstudio.sections import (
    CQ,
    RESULTS,
    SAMPLE,
    SETUP,
    TARGET,
    Export,
    well_names,
    wells_of,
)
from exportin.tables.headed import Headed, number_columns
from exportin.tables.kinds import EXCLUDED_IN_FILE, MEASURED_AT, CycleThresholds
from exportin.tables.names import clean
from exportin.tables.numbercolumn import missing_note
from exportin.tables.pcr import pcr_frame, refuse_twice, settle_cycles, targets_or_dyes, task_name
from exportin.tables.problems import InputError, Problem

PROMISED = [column.name for column in CycleThresholds.columns]
TRUE = ("true", "yes", "1")


def read_results(
    export: Export, request: Request
) -> tuple[pl.DataFrame, tuple[Problem, ...], tuple[str, ...]]:
    """Return the rows, what was noted, and the columns that were not read.

    Raises
    ------
    InputError
        With all problems of the table.
    """
    table = export.table(RESULTS)
    if table is None:
        raise InputError(no_section(export.file, RESULTS))
    table = filled(table)
    cq = table.need(*CQ)
    quantity, threshold = table.find("Quantity"), table.find("Ct Threshold", "Threshold")
    melting = table.find("Tm1", "Tm")
    numbers, assumed = number_columns(
        table, [cq, quantity, threshold, melting], request.decimal, small=[cq]
    )
    column = settle_cycles(numbers[cq], table.texts(cq), lambda i: table.place(i, cq), export.file)
    wells = wells_of(export, table, well_names(export))
    task, dye = table.find("Task"), table.find("Reporter", "Dye")
    sample, target = table.find(*SAMPLE), table.need(*TARGET)
    targets, named = targets_or_dyes(
        [clean(text) for text in table.texts(target)], table.texts(dye), export.file
    )
    refuse_twice(list(zip(wells, targets, strict=True)), table.line, export.file)
    tasks = [task_name(text) for text in table.texts(task)]
    flagging, flags = instrument_flags(table)
    omit = table.find("Omit", "Omitted")
    omitted = table.texts(omit)
    count = len(wells)

    def values(col: int | None) -> list[float | None]:
        return [None] * count if col is None else list(numbers[col].values)

    given = [
        value if kind == "standard" else None
        for value, kind in zip(values(quantity), tasks, strict=True)
    ]
    frame = pcr_frame(
        export.file,
        {
            "sample_id": [clean(text) for text in table.texts(sample)],
            "well": wells,
            "target": targets,
            "value": column.values,
            "cause": column.causes,
            "task": tasks,
            "dye": table.texts(dye),
            "quantity": given,
            "threshold": values(threshold),
            "melt_temperature": values(melting),
            "instrument_flag": flags,
            EXCLUDED_IN_FILE: ["Omit" if text.casefold() in TRUE else None for text in omitted],
            "run": [export.setting("Experiment Name")] * count,
            MEASURED_AT: [export.setting("Experiment Run End Time", "Run End Data/Time")] * count,
        },
        promised=PROMISED,
    )
    used = [cq, quantity, threshold, melting, task, dye, sample, target, omit, *flagging]
    used += [table.find("Well"), table.find("Well Position")]
    notes = (
        *assumed,
        *named,
        *missing_note(column.causes, export.file),
        *absent(export, wells, RESULTS),
    )
    return frame, notes, table.others(used)


def filled(table: Headed) -> Headed:
    """Leave out the wells with nothing in them, which some exports list with their number."""
    cq, target = table.need(*CQ), table.need(*TARGET)
    cells = zip(table.texts(cq), table.texts(target), strict=True)
    kept = [index for index, cell in enumerate(cells) if any(cell)]
    if not kept:
        raise InputError(no_section(table.file, RESULTS))
    return table.only(kept)


def instrument_flags(table: Headed) -> tuple[list[int], list[str]]:
    """Return the columns in which the software flags wells, and for each well the flags up."""
    flagging = [
        col
        for col, title in table.titles.items()
        if title.isupper() and set(table.texts(col)) <= {"Y", "N", ""} and any(table.texts(col))
    ]
    texts = {table.titles[col]: table.texts(col) for col in flagging}
    flags = [
        ", ".join(name for name, cells in texts.items() if cells[index] == "Y")
        for index in range(len(table.rows))
    ]
    return flagging, flags


def absent(export: Export, wells: list[str], section: str) -> tuple[Problem, ...]:
    """Note the wells that [Sample Setup] gives a target and a section does not list."""
    setup = export.table(SETUP)
    col = setup.find(*TARGET) if setup else None
    if setup is None or col is None:
        return ()
    planned = zip(wells_of(export, setup, {}), setup.texts(col), strict=True)
    found = set(wells)
    lost = list(dict.fromkeys(well for well, name in planned if name and well not in found))
    if not lost:
        return ()
    more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
    note = Problem(
        file=export.file,
        place=f"[{section}]",
        message=f"Wells of [{SETUP}] are not listed here: {', '.join(lost[:5])}{more}.",
        remedy="If they were not left out in the software, export the file again.",
        code="wells-not-listed",
        severity="note",
    )
    return (note,)


def no_section(file: str, name: str) -> Problem:
    """Return the problem of a file without the table that the assay needs."""
    return Problem(
        file=file,
        place="",
        message=f"The file has no filled section [{name}].",
        remedy=f"Export '{name}' too (Export, choose the content).",
        code="no-section",
    )
