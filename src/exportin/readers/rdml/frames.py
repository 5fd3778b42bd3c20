"""RDML reactions to the tables of cycles and of curves."""

from collections.abc import Callable, Sequence

import polars as pl

from exportin.readers.rdml.document import Curve, Document
from exportin.tables.kinds import EXCLUDED_IN_FILE, MEASURED_AT, Amplification, CycleThresholds
from exportin.tables.numbercolumn import NumberColumn, limited, missing_note, read_numbers
from exportin.tables.numbers import NumberFormat
from exportin.tables.pcr import pcr_frame, refuse_twice, settle_cycles, task_name
from exportin.tables.problems import InputError, Problem, nearest

XML = NumberFormat(".", groups=False)
CYCLES = [column.name for column in CycleThresholds.columns]
POINTS = [column.name for column in Amplification.columns]
Made = tuple[pl.DataFrame, tuple[Problem, ...]]


def choose(document: Document, channel: str, file: str) -> tuple[Curve, ...]:
    """Return the reactions of the run that the study asks for; all if it asks for none.

    Raises
    ------
    InputError
        There is no such run, no reaction at all, or one stands there twice.
    """
    curves = tuple(
        curve
        for curve in document.curves
        if channel in ("", curve.run, f"{curve.experiment}/{curve.run}")
    )
    if not curves:
        message = f"There is no run '{channel}'." if channel else "The file holds no reactions."
        remedy = nearest(channel, {curve.run for curve in document.curves}) if channel else ""
        if not channel:
            remedy = "Export the run with its data."
        raise InputError(
            Problem(file=file, place="", message=message, remedy=remedy, code="no-run")
        )
    keys = [(curve.experiment, curve.run, curve.react, curve.target) for curve in curves]
    refuse_twice(keys, lambda index: curves[index].place, file)
    return curves


def numbers(texts: Sequence[str], place: Callable[[int], str], file: str) -> NumberColumn:
    """Read numbers, which XML writes with a point.

    Raises
    ------
    InputError
        With every text that is neither number nor a word for missing.
    """
    column = read_numbers(texts, XML, file=file, place=place)
    if column.problems:
        raise InputError(column.problems)
    return column


def described(document: Document, curves: Sequence[Curve], file: str) -> dict[str, list[object]]:
    """Return the columns that both tables share."""
    tasks, amounts, units = [], [], []
    for curve in curves:
        sample = document.samples.get(curve.sample)
        kinds = sample.tasks if sample else {}
        task = task_name(kinds.get(curve.target, kinds.get("", "")))
        given = sample.quantities if sample else {}
        amount, unit = given.get(curve.target, given.get("", ("", "")))
        tasks.append(task)
        amounts.append(amount if task == "standard" else "")
        units.append(unit if task == "standard" else "")
    targets = [document.targets.get(curve.target) for curve in curves]
    efficiencies = [target.efficiency if target else "" for target in targets]
    return {
        "row_id": [row_name(curve, file) for curve in curves],
        "sample_id": [curve.sample for curve in curves],
        "well": [curve.well for curve in curves],
        "target": [curve.target for curve in curves],
        "experiment": [curve.experiment for curve in curves],
        "run": [curve.run for curve in curves],
        "react": [curve.react for curve in curves],
        "task": list(tasks),
        "quantity": list(numbers(amounts, lambda i: curves[i].sample, file).values),
        "quantity_unit": list(units),
        "target_type": [target.role if target else "" for target in targets],
        "dye": [target.dye if target else "" for target in targets],
        "efficiency": list(numbers(efficiencies, lambda i: curves[i].target, file).values),
        EXCLUDED_IN_FILE: [curve.excluded or None for curve in curves],
        "content": [curve.note for curve in curves],
        MEASURED_AT: [curve.run_date for curve in curves],
    }


def row_name(curve: Curve, file: str) -> str:
    """Name a reaction by experiment, run, target and its number on the plate."""
    return f"{file}#{curve.experiment}/{curve.run}/{curve.target}:{curve.well or curve.react}"


def cycle_frame(document: Document, curves: Sequence[Curve], file: str) -> Made:
    """Return one row per reaction and target with its quantification cycle.

    Raises
    ------
    InputError
        No reaction has a cycle: the file holds curves only.
    """
    texts = [curve.cq for curve in curves]
    if not any(texts):
        raise InputError(
            Problem(
                file=file,
                place="",
                message="No reaction has a quantification cycle (cq); the file holds curves only.",
                remedy="Let the software that wrote the file compute the cycles, and save it.",
                code="no-cq",
            )
        )

    def place(index: int) -> str:
        return curves[index].place

    column = settle_cycles(numbers(texts, place, file), texts, place, file)
    melting = numbers([curve.melting for curve in curves], place, file)
    columns = described(document, curves, file) | {
        "value": list(column.values),
        "cause": list(column.causes),
        "melt_temperature": list(melting.values),
    }
    return pcr_frame(file, columns, promised=CYCLES), missing_note(column.causes, file)


def point_frame(document: Document, curves: Sequence[Curve], file: str) -> Made:
    """Return one row per reaction, target and cycle.

    Raises
    ------
    InputError
        There are no points, or a cycle is no whole number or stands there twice.
    """
    owner = [at for at, curve in enumerate(curves) for _ in curve.points]
    pairs = [pair for curve in curves for pair in curve.points]
    if not pairs:
        raise InputError(
            Problem(
                file=file,
                place="",
                message="The file holds no amplification curves (adp).",
                remedy="Export the run with its fluorescence data.",
                code="no-points",
            )
        )

    def place(index: int) -> str:
        return f"{curves[owner[index]].place}, cycle {pairs[index][0]}"

    cycles = numbers([cycle for cycle, _ in pairs], place, file).values
    signal = numbers([fluor for _, fluor in pairs], place, file)
    check_cycles(owner, cycles, place, file)
    about = pcr_frame(
        file,
        described(document, curves, file),
        promised=["row_id", "file", "sample_id", "well", "target"],
    ).with_row_index("_at")
    points = pl.DataFrame(
        {"_at": owner, "cycle": cycles, "value": signal.values, "cause": signal.causes},
        schema={"_at": pl.UInt32, "cycle": pl.Float64, "value": pl.Float64, "cause": pl.String},
    )
    number = pl.col("cycle").cast(pl.Int64).cast(pl.String)
    frame = points.join(about, on="_at", how="left", maintain_order="left").with_columns(
        pl.concat_str("row_id", pl.lit("@"), number).alias("row_id")
    )
    others = [name for name in frame.columns if name not in (*POINTS, "_at")]
    return frame.select([*POINTS, *others]), signal.notes


def check_cycles(
    owner: list[int], cycles: Sequence[float | None], place: Callable[[int], str], file: str
) -> None:
    """Refuse cycles that are no whole numbers from one, or stand in a curve twice."""
    found = []
    seen: set[tuple[int, float]] = set()
    for index, (at, cycle) in enumerate(zip(owner, cycles, strict=True)):
        if cycle is None or cycle < 1 or cycle != int(cycle):
            message = "This is no number of a cycle."
        elif (at, cycle) in seen:
            message = f"Cycle {cycle:g} stands here for the second time."
        else:
            seen.add((at, cycle))
            continue
        found.append(
            Problem(
                file=file,
                place=place(index),
                message=message,
                remedy="Export the file again.",
                code="no-cycle",
            )
        )
    if found:
        raise InputError(limited(found, file))
