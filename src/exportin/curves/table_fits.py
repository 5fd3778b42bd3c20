"""A table of wells in, a row per dose-response curve out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from exportin.curves.potency_arrays import (
    BOUND,
    STATUS,
    ManyFits,
    Potencies,
    fit_all,
)
from exportin.curves.table_check import checked_wells
from exportin.kernels.hill_batch import TOO_FEW

FIT_STATUS = ("ok", "at_box", "too_few", "constant")
OPEN = ("none", "low", "high", "both")
PERCENT = 100.0


def fit_curves(
    table: Any,
    *,
    curve: str | Sequence[str],
    dose: str,
    response: str,
    vehicle: float | int = 1.0,
    levels: Sequence[float | int] = (50.0,),
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
    vehicle : float
        Response of vehicle wells: 1 for fractions, 100 for percent. Only absolute doses, `emax`,
        `auc` and plateaus refer to it.
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
        (mean response over the tested log doses); `rss`, `p_response`, `model_choice` ("hill4",
        "flat" where there is no dose response, "none"); and `fit_top` ... `fit_status`, the
        parameters behind `rss`, which are findings only where `status` is "ok".

    Raises
    ------
    InputError
        If a column is missing or not numeric, a dose is negative or missing, a number is
        infinite, or a row names no curve: each with its row and what to write instead.

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
    keys = [curve] if isinstance(curve, str) else list(curve)
    fractions = _fractions(levels)
    wells = checked_wells(table, keys, dose, response, vehicle=float(vehicle))
    known = wells.frame
    offsets = np.concatenate([[0], np.cumsum(wells.counts["n_wells"].to_numpy())])
    found = fit_all(
        known.get_column("dose").to_numpy(),
        known.get_column("response").to_numpy() / vehicle,
        offsets.astype(np.int64),
        levels=fractions if wells.relative else (),
        n_reference=float(n_vehicle),
        conf_level=float(conf_level),
        seed=seed,
    )
    columns = _columns(found, float(vehicle), levels, wells.relative)
    return wells.counts.hstack(pl.DataFrame(columns))


def _fractions(levels: Sequence[float | int]) -> tuple[float, ...]:
    if not all(0.0 < level < PERCENT for level in levels):
        raise ValueError(f"Expected levels between 0 and 100 percent, got {list(levels)}.")
    return tuple(1.0 - level / PERCENT for level in levels)


def _columns(
    found: ManyFits,
    vehicle: float,
    levels: Sequence[float | int],
    relative: bool,  # noqa: FBT001
) -> dict[str, pl.Series]:
    fits = found.fits
    none = fits.status == TOO_FEW
    choice = np.where(none, 2, np.where(found.responds, 0, 1))
    no_end = np.isnan(found.ec50.high) & ~np.isnan(found.ec50.value)
    no_start = np.isnan(found.ec50.low) & ~np.isnan(found.ec50.value)
    seen = found.responds & (found.ec50.status == 0)
    absolute = {
        f"ic{level:g}_absolute": found.absolute[i] if relative else _unasked(none.size)
        for i, level in enumerate(levels)
    }
    columns = {
        "n_doses": pl.Series(fits.doses, dtype=pl.Int64),
        **_potency("ec50", found.ec50, ("conf_open", "bound", "status")),
        "top": _number(fits.top * vehicle, seen & ~no_start),
        "bottom": _number(fits.bottom * vehicle, seen & ~no_end),
        "hill_slope": _number(fits.hill, seen & ~no_start & ~no_end),
    }
    for name, doses in absolute.items():
        columns |= _potency(name, doses, (f"{name}_open", f"{name}_bound", f"{name}_status"))
    columns |= {
        "emax": _number(found.emax, ~none & relative),
        "auc": _number(found.auc, ~none & relative),
        "p_response": _number(found.p_response, ~none),
        "rss": pl.Series(fits.rss * vehicle**2),
        "model_choice": _word(("hill4", "flat", "none"), choice),
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


def _unasked(size: int) -> Potencies:
    nan = np.full(size, np.nan)
    zero = np.zeros(size, np.int64)
    return Potencies(
        value=nan, low=nan, high=nan, bound=zero, status=zero + STATUS.index("not_identifiable")
    )


def _potency(name: str, found: Potencies, words: tuple[str, str, str]) -> dict[str, pl.Series]:
    some = ~np.isnan(found.value)
    low, high = some & np.isnan(found.low), some & np.isnan(found.high)
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
