"""The table under [Amplification Data]: fluorescence at every cycle."""

from collections import defaultdict

import polars as pl

from exportin.contract.reader import Request
from exportin.readers.quantstudio.results import absent, no_section
from exportin.readers.quantstudio.sections import (
    AMPLIFICATION,
    CYCLE,
    RESULTS,
    SAMPLE,
    SETUP,
    TARGET,
    Export,
    well_names,
    wells_of,
)
from exportin.tables.headed import Headed, number_columns
from exportin.tables.kinds import Amplification
from exportin.tables.names import clean
from exportin.tables.pcr import pcr_frame, refuse_twice
from exportin.tables.problems import InputError, Problem, nearest

SIGNALS = {"Rn": ("Rn",), "Delta Rn": ("Delta Rn", "dRn", "\u0394Rn")}
PROMISED = [column.name for column in Amplification.columns]


def read_curves(
    export: Export, request: Request
) -> tuple[pl.DataFrame, tuple[Problem, ...], tuple[str, ...]]:
    """Return a row per well, target and cycle; ``channel`` may ask for ``Delta Rn``.

    Raises
    ------
    InputError
        With all problems of the table.
    """
    table = export.table(AMPLIFICATION)
    if table is None:
        raise InputError(no_section(export.file, AMPLIFICATION))
    wanted = request.channel or "Rn"
    if wanted not in SIGNALS:
        raise InputError(no_signal(export.file, wanted))
    signal, cycle = table.need(*SIGNALS[wanted]), table.need(*CYCLE)
    every = [table.find(*names) for names in SIGNALS.values()]
    numbers, assumed = number_columns(table, [cycle, *every], request.decimal)
    wells = wells_of(export, table, well_names(export))
    target = table.need(*TARGET)
    targets = [clean(text) for text in table.texts(target)]
    cycles = check_cycles(table, cycle, numbers[cycle].values)
    keys = [
        (well, name, f"cycle {number:g}")
        for well, name, number in zip(wells, targets, cycles, strict=True)
    ]
    refuse_twice(keys, table.line, export.file)
    check_lengths(list(zip(wells, targets, cycles, strict=True)), export.file)
    samples = sample_names(export)
    frame = pcr_frame(
        export.file,
        {
            "row_id": [
                f"{export.file}#{name}:{well}@{n:g}"
                for (well, name, _), n in zip(keys, cycles, strict=True)
            ],
            "sample_id": [samples.get((w, t), samples.get((w, ""), "")) for w, t, _ in keys],
            "well": wells,
            "target": targets,
            "cycle": cycles,
            "value": numbers[signal].values,
            "cause": numbers[signal].causes,
            "signal": [wanted] * len(wells),
        },
        promised=PROMISED,
    )
    used = [signal, cycle, target, table.find("Well"), table.find("Well Position")]
    notes = (*assumed, *numbers[signal].notes, *absent(export, wells, AMPLIFICATION))
    return frame, notes, table.others(used)


def check_cycles(table: Headed, col: int, values: tuple[float | None, ...]) -> list[float]:
    """Refuse cycles that are no whole numbers from one."""
    for index, value in enumerate(values):
        if value is None or value < 1 or value != int(value):
            raise InputError(
                Problem(
                    file=table.file,
                    place=table.place(index, col),
                    message=f"'{table.texts(col)[index]}' is no number of a cycle.",
                    remedy="Export the file again.",
                    code="no-cycle",
                )
            )
    return [value for value in values if value is not None]


def check_lengths(keys: list[tuple[str, str, float]], file: str) -> None:
    """Refuse curves that lack cycles which other wells have: the file was cut or edited.

    Raises
    ------
    InputError
        A well has fewer cycles than the run.
    """
    curves: dict[tuple[str, str], set[float]] = defaultdict(set)
    for well, target, cycle in keys:
        curves[well, target].add(cycle)
    whole = set().union(*curves.values())
    for (well, target), cycles in curves.items():
        if cycles != whole:
            raise InputError(
                Problem(
                    file=file,
                    place=f"[{AMPLIFICATION}]",
                    message=(
                        f"Well {well} ({target}) has {len(cycles)} cycles, "
                        f"the run has {len(whole)}."
                    ),
                    remedy="The file was cut off or edited: export it again.",
                    code="cycles-missing",
                )
            )


def sample_names(export: Export) -> dict[tuple[str, str], str]:
    """Return the sample of each well and target, and of each well, from the other tables."""
    found: dict[tuple[str, str], str] = {}
    for name in (RESULTS, SETUP, AMPLIFICATION):
        table = export.table(name)
        col = table.find(*SAMPLE) if table else None
        if table is None or col is None:
            continue
        wells = wells_of(export, table, {})
        targets = table.texts(table.find(*TARGET))
        for well, target, text in zip(wells, targets, table.texts(col), strict=True):
            found.setdefault((well, clean(target)), clean(text))
            found.setdefault((well, ""), clean(text))
    return found


def no_signal(file: str, wanted: str) -> Problem:
    """Return the problem of a signal that the table does not have."""
    return Problem(
        file=file,
        place=f"[{AMPLIFICATION}]",
        message=f"There is no signal '{wanted}'.",
        remedy=nearest(wanted, SIGNALS),
        code="unknown-channel",
    )
