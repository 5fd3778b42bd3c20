"""Looks at a table of wells before it is fitted: columns, doses, responses, names of curves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exportin.tables.problems import InputError, Problem, nearest

TABLE = "table"
LIKE_RAW = 5.0
"""A tenth of all responses above five times the vehicle's: they are not relative to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedWells:
    """Wells to fit, curve by curve, and what was counted.

    ``frame`` has dose and response, sorted by curve; ``counts`` a row per curve (its names,
    n_wells fitted, n_dose_zero, n_missing); ``relative`` says whether responses can be fractions
    of the vehicle's.
    """

    frame: pl.DataFrame
    counts: pl.DataFrame
    relative: bool


def checked_wells(
    table: Any, keys: Sequence[str], dose: str, response: str, *, vehicle: float, file: str = TABLE
) -> CheckedWells:
    """Return the wells that can be fitted, every well accounted for.

    Raises
    ------
    InputError
        With every fault of the table that was found.
    """
    frame = table if isinstance(table, pl.DataFrame) else _as_frame(table)
    problems = [*_columns(frame, keys, dose, response, file), *_vehicle(vehicle, file)]
    if problems:
        raise InputError(problems)
    named = frame.select(
        *keys,
        pl.col(dose).cast(pl.Float64).alias("__dose"),
        pl.col(response).cast(pl.Float64).fill_nan(None).alias("__response"),
    )
    problems = list(_rows(named, keys, dose, response, file))
    if problems:
        raise InputError(problems)
    zero = pl.col("__dose") == 0.0
    missing = pl.col("__response").is_null()
    fit = ~zero & ~missing
    grouped = (
        named.group_by(keys)
        .agg(
            fit.sum().cast(pl.Int64).alias("n_wells"),
            zero.sum().cast(pl.Int64).alias("n_dose_zero"),
            (missing & ~zero).sum().cast(pl.Int64).alias("n_missing"),
            pl.col("__dose", "__response").filter(fit),
        )
        .sort(keys)
    )
    wells = pl.DataFrame(
        {
            name: grouped.get_column(f"__{name}").explode(empty_as_null=False)
            for name in ("dose", "response")
        },
        schema={"dose": pl.Float64, "response": pl.Float64},
    )
    high = wells.get_column("response").abs().quantile(0.9, "nearest")
    relative = high is None or high <= LIKE_RAW * abs(vehicle)
    counts = grouped.drop("__dose", "__response")
    return CheckedWells(frame=wells, counts=counts, relative=relative)


def _as_frame(table: Any) -> pl.DataFrame:
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    return pl.DataFrame(table)


def _columns(
    frame: pl.DataFrame, keys: Sequence[str], dose: str, response: str, file: str
) -> Iterator[Problem]:
    if not keys:
        message = "no column tells curves apart."
        yield _problem(file, "", message, "Name one or more: cell_line, drug ...", "no-curve")
    for name in dict.fromkeys((*keys, dose, response)):
        if name not in frame.columns:
            message = f"there is no column '{name}'."
            yield _problem(file, "", message, nearest(name, frame.columns), "no-column")
    for name in (dose, response):
        if name in keys:
            message = f"the column '{name}' cannot both name curves and be fitted."
            yield _problem(file, "", message, "Name another column for the curves.", "twice")
        elif name in frame.columns and not frame.schema[name].is_numeric():
            message = f"the column '{name}' holds {frame.schema[name]}, not numbers."
            remedy = "Give numbers alone: no units, no '>' or '<'; leave missing wells empty."
            yield _problem(file, "", message, remedy, "not-numbers")
    if dose == response:
        message = f"dose and response are both '{dose}'."
        yield _problem(file, "", message, "Name two columns.", "twice")


def _vehicle(vehicle: float, file: str) -> Iterator[Problem]:
    if not vehicle > 0.0:
        message = f"the response of vehicle wells cannot be {vehicle:g}."
        yield _problem(file, "", message, "Write 1 for fractions, 100 for percent.", "vehicle")


def _rows(
    frame: pl.DataFrame, keys: Sequence[str], dose: str, response: str, file: str
) -> Iterator[Problem]:
    at_dose, height = pl.col("__dose"), pl.col("__response")
    faults = [
        (at_dose.is_null() | at_dose.is_nan(), dose, "is empty", "Write it; 0 for vehicle."),
        (at_dose < 0.0, dose, "is below zero", "Write the dose, not its logarithm."),
        (at_dose.is_infinite(), dose, "is infinite", "Write the dose."),
        (height.is_infinite(), response, "is infinite", "Leave missing wells empty."),
        *((pl.col(key).is_null(), key, "is empty", "Name the curve.") for key in keys),
    ]
    bad = frame.select(
        fault.fill_null(value=False).alias(str(i)) for i, (fault, *_) in enumerate(faults)
    )
    for i, (_, column, said, remedy) in enumerate(faults):
        at = bad.get_column(str(i)).arg_true()
        if at.len():
            more = f" (and {at.len() - 1} more)" if at.len() > 1 else ""
            message = f"the {column} of this row {said}{more}."
            yield _problem(file, f"data row {at.item(0) + 1}", message, remedy, "bad-row")


def _problem(file: str, place: str, message: str, remedy: str, code: str) -> Problem:
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)
