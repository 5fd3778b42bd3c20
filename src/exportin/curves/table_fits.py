"""A table of wells in, a row per dose-response curve out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from exportin.curves.potency_arrays import (
    ABOVE,
    BELOW,
    BOUND,
    STATUS,
    ManyFits,
    Potencies,
    fit_all,
)
from exportin.curves.table_check import TABLE, Flag, checked_wells
from exportin.curves.table_vehicle import PerCurve
from exportin.kernels.hill_batch import TOO_FEW
from exportin.tables.problems import InputError, Problem

FIT_STATUS = ("ok", "at_box", "too_few", "constant")
OPEN = ("none", "low", "high", "both")
PERCENT, MOST = 100.0, 99.0


def fit_curves(
    table: Any,
    *,
    curve: str | Sequence[str] | None,
    dose: str,
    response: str,
    vehicle: Any = 1.0,
    levels: Any = (50.0,),
    n_vehicle: float | int = np.inf,
    conf_level: float = 0.95,
    seed: int = 0,
) -> pl.DataFrame:
    """Fit a dose-response curve to every drug and line of a table of wells.

    Each curve is a four-parameter Hill curve, fitted by least squares inside the published box
    (Hill slope 0.05 to 50, EC50 within three decades of the tested doses); `rss` is always that
    of this fit. Wells at dose 0 are vehicle: they are counted and not fitted. Intervals are
    profile likelihood, within one experiment: all rows of a curve count as wells of one
    experiment, so they are technical.

    Parameters
    ----------
    table : polars.DataFrame, or what polars.DataFrame() takes
        A row per well.
    curve : str or list of str
        Column or columns that tell curves apart.
    dose, response : str
        Columns with the dose (any unit, 0 or above) and the response.
    vehicle : float or "dose0"
        Response of vehicle wells: 1 for fractions, 100 for percent. Only absolute doses, `emax`
        and `auc` refer to it. With "dose0" the vehicle of each curve is the mean of its own wells
        at dose 0; how many they are enters the intervals of absolute doses.
    levels : sequence of float
        Percent of the vehicle's response taken away that define absolute doses: 50 for the IC50.
    n_vehicle : float
        Number of vehicle wells behind the responses; infinite if their mean is exact.
    conf_level : float
        Level of the intervals.
    seed : int
        Of the Monte Carlo null distribution of the response test.

    Returns
    -------
    polars.DataFrame
        A row per curve, sorted by its names: wells and doses counted; `ec50` with `ec50_low`,
        `ec50_high`, `conf_open`, `bound` and `status`; `ic50_absolute` likewise; `top`, `bottom`
        and `hill_slope` where the doses show them; `emax` (effect at the highest dose), `auc`
        (mean response over the tested log doses), both as fractions of vehicle; `rss` (none with
        fewer than 4 doses or 5 wells), `p_response`, `model_choice` ("hill4", "flat" where there
        is no dose response, "unclear" where too few wells show one, "none"); and `fit_top` ...
        `fit_status`, the parameters behind `rss`, findings only where `status` is "ok". An EC50
        whose interval is open is given as the bound at its closed limit.

    Raises
    ------
    InputError
        If a column is missing or not numeric, a dose is negative or missing, a number is
        infinite, a row names no curve, an option makes no sense, or curves lack the wells at
        dose 0 that should be their vehicle: each with its place and what to write instead.

    References
    ----------
    Ritz et al. 2015, PLoS ONE 10(12):e0146021; Sebaugh 2011, Pharm Stat 10:128-134.

    Examples
    --------
    >>> doses = [1.0, 10.0, 100.0, 1000.0, 10000.0] * 2
    >>> heights = [1.0, 0.91, 0.55, 0.12, 0.03, 0.98, 0.93, 0.53, 0.1, 0.01]
    >>> wells = pl.DataFrame({"drug": ["A"] * 10, "nM": doses, "y": heights})
    >>> row = fit_curves(wells, curve="drug", dose="nM", response="y").row(0, named=True)
    >>> round(row["ec50"]), row["bound"], row["status"], row["model_choice"]
    (116, '=', 'ok', 'hill4')
    """
    keys = [curve] if isinstance(curve, str) else list(curve or ())
    fractions = _fractions(levels)
    _check_level(conf_level)
    wells = checked_wells(table, keys, dose, response, vehicle=vehicle, n_vehicle=float(n_vehicle))
    known, height = wells.frame, wells.vehicle.height
    sizes = wells.counts["n_wells"].to_numpy()
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    found = fit_all(
        known.get_column("dose").to_numpy(),
        known.get_column("response").to_numpy() / np.repeat(height, sizes),
        offsets.astype(np.int64),
        levels=fractions,
        n_reference=wells.vehicle.wells,
        conf_level=float(conf_level),
        seed=seed,
    )
    columns = _columns(found, height, levels, wells.relative)
    return wells.counts.hstack(pl.DataFrame(columns))


def _refused(message: str, remedy: str) -> InputError:
    return InputError(Problem(file=TABLE, place="", message=message, remedy=remedy, code="option"))


def _check_level(conf_level: float) -> None:
    if not 0.0 < conf_level < 1.0:
        raise _refused(f"conf_level cannot be {conf_level}.", "Write a number such as 0.95.")


def _fractions(levels: Any) -> tuple[float, ...]:
    """Fractions of the vehicle's response left, from percent taken away."""
    numbers = isinstance(levels, (list, tuple)) and all(
        isinstance(level, (int, float)) for level in levels
    )
    if not numbers or not all(1.0 <= level <= MOST for level in levels):
        raise _refused(
            f"levels are {levels!r}; they are percent of vehicle taken away, from 1 to {MOST:g}.",
            "Write (50,) for the IC50, (50, 75) for IC50 and IC75.",
        )
    if len(set(levels)) < len(levels):
        raise _refused(f"levels {levels!r} name one twice.", "Name each once.")
    return tuple(1.0 - level / PERCENT for level in levels)


def _columns(
    found: ManyFits, vehicle: PerCurve, levels: Sequence[float | int], relative: Flag
) -> dict[str, pl.Series]:
    fits, ec50 = found.fits, _closed(found.ec50)
    none = fits.status == TOO_FEW
    flat = found.ec50.status == STATUS.index("no_response")
    choice = np.select([none, found.responds, flat], [2, 0, 1], 3)
    raw = found.ec50
    no_end, no_start = np.isnan(raw.high), np.isnan(raw.low)
    seen = found.responds & (raw.status == 0)
    columns = {
        "n_doses": pl.Series(fits.doses, dtype=pl.Int64),
        **_potency("ec50", ec50, ("conf_open", "bound", "status")),
        "top": _number(fits.top * vehicle, seen & ~no_start),
        "bottom": _number(fits.bottom * vehicle, seen & ~no_end),
        "hill_slope": _number(fits.hill, seen & ~no_start & ~no_end & ~fits.at_box),
    }
    for level, doses in zip(levels, found.absolute, strict=True):
        name = f"ic{level:g}_absolute"
        words = (f"{name}_open", f"{name}_bound", f"{name}_status")
        columns |= _potency(name, _only(doses, relative), words)
    columns |= {
        "emax": _number(found.emax, ~none & relative),
        "auc": _number(found.auc, ~none & relative),
        "p_response": _number(found.p_response, ~none),
        "rss": _number(fits.rss * vehicle**2, ~none),
        "model_choice": _word(("hill4", "flat", "none", "unclear"), choice),
    }
    some = ~np.isnan(fits.hill)
    columns |= {
        "fit_top": _number(fits.top * vehicle, some),
        "fit_bottom": _number(fits.bottom * vehicle, some),
        "fit_ec50": _number(10.0**fits.log10_ec50, some),
        "fit_hill": _number(fits.hill, some),
        "fit_status": _word(FIT_STATUS, fits.status),
    }
    return columns


def _closed(ec50: Potencies) -> Potencies:
    """Make an EC50 with an open interval the bound at its closed limit, as pooling does.

    Such a fit can look precise and be wrong tenfold: the plateau was not seen.
    """
    ok = ec50.status == 0
    no_high, no_low = ok & np.isnan(ec50.high), ok & np.isnan(ec50.low)
    value = np.where(no_high, ec50.low, np.where(no_low, ec50.high, ec50.value))
    bound = np.where(no_high, ABOVE, np.where(no_low, BELOW, ec50.bound))
    status = np.where(no_high | no_low, STATUS.index("not_identifiable"), ec50.status)
    return Potencies(
        value=value, low=ec50.low, high=ec50.high, bound=np.where(np.isnan(value), 0, bound),
        status=status,
    )  # fmt: skip


def _only(found: Potencies, relative: Flag) -> Potencies:
    """Keep the potencies of curves whose responses are relative to the vehicle's."""
    nan, zero = np.full(relative.size, np.nan), np.zeros(relative.size, np.int64)
    return Potencies(
        value=np.where(relative, found.value, nan),
        low=np.where(relative, found.low, nan),
        high=np.where(relative, found.high, nan),
        bound=np.where(relative, found.bound, zero),
        status=np.where(relative, found.status, STATUS.index("not_identifiable")),
    )


def _potency(name: str, found: Potencies, words: tuple[str, str, str]) -> dict[str, pl.Series]:
    some = ~np.isnan(found.value)
    low, high = some & np.isnan(found.low), some & np.isnan(found.high)
    tested = some & (found.status == STATUS.index("no_response"))  # nothing beyond a tested end
    low, high = low & ~(tested & (found.bound == ABOVE)), high & ~(tested & (found.bound == BELOW))
    return {
        name: _number(found.value, some),
        f"{name}_low": _number(found.low, ~np.isnan(found.low)),
        f"{name}_high": _number(found.high, ~np.isnan(found.high)),
        words[0]: _word(OPEN, low.astype(np.int64) + 2 * high),
        words[1]: _word(BOUND, found.bound),
        words[2]: _word(STATUS, found.status),
    }


def _number(values: np.ndarray, known: np.ndarray) -> pl.Series:
    return pl.Series(np.where(known, values, np.nan)).fill_nan(None)


def _word(words: Sequence[str], codes: np.ndarray) -> pl.Series:
    return pl.Series(codes.astype(np.uint32)).replace_strict(
        dict(enumerate(words)), return_dtype=pl.String
    )
