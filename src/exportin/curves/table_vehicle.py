"""What the responses of a table are held against: one number, or each curve's own dose-0 wells."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float

from exportin.tables.problems import InputError, Problem, problem_at

DOSE_ZERO = "dose0"
"""Word for: the vehicle of a curve is the mean of its own wells at dose 0."""
NAMED = 5  # curves named in one refusal; the rest is counted
PerCurve = Float[np.ndarray, " curves"]


@dataclass(frozen=True, slots=True)
class Vehicle:
    """Height of each curve's vehicle, and the wells behind it (infinite: known exactly)."""

    height: PerCurve
    wells: PerCurve


def read_vehicle(vehicle: Any, n_vehicle: Any, file: str) -> float | None:
    """Return the response of vehicle wells; None where each curve's dose-0 wells say it.

    Raises
    ------
    InputError
        If it is neither a number above zero nor "dose0", or wells are counted twice.

    Examples
    --------
    >>> read_vehicle(100, math.inf, "t.csv"), read_vehicle("dose0", math.inf, "t.csv")
    (100.0, None)
    """
    remedy = f'Write 1 for fractions, 100 for percent, or "{DOSE_ZERO}".'
    if vehicle == DOSE_ZERO:
        if n_vehicle != math.inf:
            message = (
                f'n_vehicle is {n_vehicle}, but with vehicle = "{DOSE_ZERO}" wells are counted.'
            )
            raise _refused(file, message, "Leave n_vehicle out.")
        return None
    if isinstance(vehicle, bool) or not isinstance(vehicle, (int, float)):
        raise _refused(file, f"vehicle is {vehicle!r}, not a number.", remedy)
    if not 0.0 < vehicle < math.inf:
        raise _refused(file, f"the response of vehicle wells cannot be {vehicle:g}.", remedy)
    return float(vehicle)


def vehicle_of(
    said: float | None, n_vehicle: float, counts: pl.DataFrame, keys: Sequence[str], file: str
) -> Vehicle:
    """Return the vehicle of every curve.

    Parameters
    ----------
    said
        As `read_vehicle` gives it.
    n_vehicle
        Wells behind a number that was said.
    counts
        A row per curve: its names, ``mean_at_dose_zero`` and ``n_vehicle``, the wells in it.
    keys
        Columns of the names.
    file
        For messages.

    Raises
    ------
    InputError
        Naming the curves whose own wells define no vehicle.
    """
    if said is not None:
        return Vehicle(np.full(counts.height, said), np.full(counts.height, float(n_vehicle)))
    mean = pl.col("mean_at_dose_zero")
    problems = [
        _curves(counts.filter(bad), keys, what, remedy, file)
        for bad, what, remedy in (
            (
                mean.is_null(),
                "no well with a response at dose 0",
                "Repeat the plate's vehicle wells, with dose 0, under the name of each curve, or "
                "give the vehicle's response as a number.",
            ),
            (
                mean <= 0.0,
                "wells at dose 0 whose mean is not above zero",
                "Check the background that was subtracted, or give the vehicle's response as a "
                "number.",
            ),
        )
        if counts.filter(bad).height
    ]
    if problems:
        raise InputError(problems)
    return Vehicle(
        counts.get_column("mean_at_dose_zero").to_numpy().astype(np.float64),
        counts.get_column("n_vehicle").to_numpy().astype(np.float64),
    )


def _curves(bad: pl.DataFrame, keys: Sequence[str], what: str, remedy: str, file: str) -> Problem:
    names = [" / ".join(map(str, row)) for row in bad.select(keys).head(NAMED).rows()]
    more = f" and {bad.height - NAMED} more" if bad.height > NAMED else ""
    subject = "curve has" if bad.height == 1 else "curves have"
    message = f"{bad.height} {subject} {what}: {', '.join(names)}{more}."
    return problem_at(file, "", message, remedy, "no-vehicle")


def _refused(file: str, message: str, remedy: str) -> InputError:
    return InputError(problem_at(file, "", message, remedy, "vehicle"))
