"""Looks at a table of wells before it is fitted: columns, doses, responses, names of curves."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Bool

from exportin.curves.table_vehicle import Vehicle, read_vehicle, vehicle_of
from exportin.tables.problems import InputError, Problem, nearest, problem_at

TABLE = "table"
Flag = Bool[np.ndarray, " curves"]
LIKE_RAW = 5.0
"""A tenth of a curve's responses above five times the vehicle's: they are not relative to it."""
LIKE_FRACTION = 0.03
"""Nine tenths of all responses below 3 % of the vehicle's: they were not measured beside it."""
RESULTS = re.compile(
    r"n_(wells|doses|dose_zero|missing)|mean_at_dose_zero|ec50.*|ic[0-9.]+_absolute.*|conf_open|bound"
    r"|status|top|bottom|hill_slope|emax|auc|p_response|rss|model_choice|fit_.*|__.*|\*|\^.*\$"
)
"""Names that curves' columns cannot have: those of the result, and patterns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedWells:
    """Wells to fit, curve by curve, and what was counted.

    ``frame`` has dose and response, sorted by curve; ``counts`` a row per curve (its names,
    n_wells fitted, n_dose_zero, their mean response, n_missing); ``vehicle`` is what each curve
    is held against; ``relative`` says whether its responses can be relative to it.
    """

    frame: pl.DataFrame
    counts: pl.DataFrame
    vehicle: Vehicle
    relative: Flag


def checked_wells(
    table: Any,
    keys: Sequence[str],
    dose: str,
    response: str,
    *,
    vehicle: Any,
    n_vehicle: float = math.inf,
    file: str = TABLE,
) -> CheckedWells:
    """Return the wells that can be fitted, every well accounted for.

    ``vehicle`` is the response of vehicle wells or "dose0": each curve's own wells at dose 0.

    Raises
    ------
    InputError
        With every fault of the table that was found.
    """
    frame = table if isinstance(table, pl.DataFrame) else _as_frame(table)
    said = read_vehicle(vehicle, n_vehicle, file)
    problems = list(_columns(frame, keys, dose, response, file))
    if problems:
        raise InputError(problems)
    named = pl.DataFrame(
        [
            *(frame.get_column(key) for key in keys),
            frame.get_column(dose).cast(pl.Float64).alias("__dose"),
            frame.get_column(response).cast(pl.Float64).fill_nan(None).alias("__response"),
        ]
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
            pl.col("__response").filter(zero).mean().alias("mean_at_dose_zero"),
            pl.col("__response").filter(zero).count().alias("n_vehicle"),
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
    size = grouped.get_column("__response").list.eval(
        pl.element().abs().quantile(0.9, "nearest")
    ).list.first()  # fmt: skip
    own = vehicle_of(said, n_vehicle, grouped, keys, file)
    relative = size.fill_null(0.0).to_numpy() <= LIKE_RAW * own.height
    if said is not None:
        _check_scale(wells.get_column("response"), said, file)
    counts = grouped.drop("__dose", "__response", "n_vehicle")
    return CheckedWells(frame=wells, counts=counts, vehicle=own, relative=relative)


def _check_scale(response: pl.Series, vehicle: float, file: str) -> None:
    """Refuse fractions where the vehicle is said to be 100."""
    high = response.abs().quantile(0.9, "nearest")
    if high is not None and 0.0 < high < LIKE_FRACTION * vehicle:
        message = (
            f"nine tenths of the responses are below {high:.3g}, which is little beside the "
            f"vehicle's {vehicle:g}."
        )
        remedy = "Say vehicle = 1 if they are fractions of vehicle."
        raise InputError(problem_at(file, "", message, remedy, "scale"))


def _as_frame(table: Any) -> pl.DataFrame:
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    return pl.DataFrame(table)


def _columns(
    frame: pl.DataFrame, keys: Sequence[str], dose: str, response: str, file: str
) -> Iterator[Problem]:
    if not keys:
        message = "no column tells curves apart."
        yield problem_at(file, "", message, "Name one or more: cell_line, drug ...", "no-curve")
    for name in dict.fromkeys((*keys, dose, response)):
        if name in keys and RESULTS.fullmatch(name):
            message = f"a column that names curves cannot be called '{name}': the result has one."
            yield problem_at(file, "", message, "Rename it.", "result-name")
        elif name not in frame.columns:
            message = f"there is no column '{name}'."
            yield problem_at(file, "", message, nearest(name, frame.columns), "no-column")
    for name in sorted({key for key in keys if keys.count(key) > 1}):
        message = f"the column '{name}' is named twice."
        yield problem_at(file, "", message, "Name each column once.", "twice")
    for name in (dose, response):
        if name in keys:
            message = f"the column '{name}' cannot both name curves and be fitted."
            yield problem_at(file, "", message, "Name another column for the curves.", "twice")
        elif name in frame.columns and not frame.schema[name].is_numeric():
            message = f"the column '{name}' holds {frame.schema[name]}, not numbers."
            remedy = "Give numbers alone: no units, no '>' or '<'; leave missing wells empty."
            yield problem_at(file, "", message, remedy, "not-numbers")
    if dose == response:
        message = f"dose and response are both '{dose}'."
        yield problem_at(file, "", message, "Name two columns.", "twice")


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
            yield problem_at(file, f"data row {at.item(0) + 1}", message, remedy, "bad-row")
