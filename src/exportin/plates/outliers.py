"""Single wells that stand out: among the vehicle wells of a plate, or from a fitted curve."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.kernels.plate_pattern import modified_z
from exportin.plates.own_controls import HOME, with_cells
from exportin.tables.columns import kept

MIN_WELLS = 8  # below, the median and MAD of the wells are too unsteady for any threshold
LIMIT = 5.0
"""Modified z beyond which a well stands out. Iglewicz and Hoaglin (1993) advise 3.5, at which
one clean plate in twenty has such a well."""
LIMITS_SMALL = ((8, 8.1), (10, 6.9), (12, 6.3), (16, 5.6), (20, 5.3), (24, 5.0))
"""Limits for few wells, whose MAD is unsteady: 99 % points of the largest modified z of so many
normal wells (200,000 simulated plates per size, seed 11), so that at most one clean plate in a
hundred has a flagged well, whatever the number of its wells."""

LOWEST = 0.05
"""Deviations from a curve are judged twice, as they are and as fractions of the curve (of 5 %
of the vehicle at least), because the noise of wells may or may not grow with the signal;
a well must stand out both ways. Share of clean curves (30 wells; EC50 low, middle or beyond the
doses; noise growing with the signal, constant or mixed; 600 each, seed 41) with such a well: at
most 1 % at a well CV of 6 %, 2.5 % at 15 %, 7 % at 30 %."""


def outlier_limit(n_wells: int) -> float:
    """Return the modified z beyond which one of so many wells stands out.

    Examples
    --------
    >>> outlier_limit(8), outlier_limit(14), outlier_limit(96)
    (8.1, 5.9, 5.0)
    """
    sizes = np.array([1.0 / n for n, _ in LIMITS_SMALL])
    limits = np.array([limit for _, limit in LIMITS_SMALL])
    found = float(np.interp(1.0 / max(n_wells, MIN_WELLS), sizes[::-1], limits[::-1]))
    return round(max(found, LIMIT), 1)


def standing_out(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the modified z of the wells that stand out, and 0 for all others.

    Examples
    --------
    >>> standing_out(np.array([9.0, 10.0, 11.0, 10.5, 9.5, 10.2, 9.8, 10.1, 60.0])).astype(int)
    array([ 0,  0,  0,  0,  0,  0,  0,  0, 84])
    """
    if values.size < MIN_WELLS:
        return np.zeros_like(values)
    z = modified_z(values)
    return np.where(np.abs(z) > outlier_limit(values.size), z, 0.0)


def control_outliers(
    frame: pl.DataFrame, *, severity: str, keys: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Flag vehicle wells far from the others of their plate and cells, as signals and as logs.

    Parameters
    ----------
    frame
        Rows with row_id, file, sample_id, role, value.
    severity
        ``warn`` keeps the wells; ``exclude`` takes them out of the vehicle mean.
    keys
        Design columns of the block.
    """
    told = with_cells(frame, keys)
    value = told.get_column("value").is_not_null()
    vehicle = kept(told, (told.get_column("role") == "vehicle") & value)
    for plate in vehicle.sort(*HOME, "row_id").partition_by(HOME, maintain_order=True):
        values = plate.get_column("value").to_numpy().astype(np.float64)
        z = standing_out(values)
        if z.any() and values.min() > 0:  # wells that only share a long tail are no outliers
            z = np.where(standing_out(np.log(values)) != 0, z, 0.0)
        for at in np.flatnonzero(z):
            ratio = float(values[at] / np.median(values))
            message = (
                f"Vehicle well {plate.item(int(at), 'well') or plate.item(int(at), 'row_id')} "
                f"of plate '{plate.item(0, 'sample_id')}' gives {ratio:.0%} of the median of "
                f"its {values.size} vehicle wells (modified z {z[at]:.1f}, limit "
                f"{outlier_limit(values.size):g})."
            )
            yield _flag(plate.item(int(at), "row_id"), "vehicle outlier", severity, message)


def curve_outliers(wells: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Warn of treated wells far from their fitted curve; they stay in the fit.

    Parameters
    ----------
    wells
        Rows of one curve with row_id, well, response and fitted (fractions of vehicle). A well
        must stand out both as a difference and as a fraction of the curve.
    """
    ordered = wells.sort("row_id")
    fitted = ordered.get_column("fitted").to_numpy().astype(np.float64)
    away = ordered.get_column("response").to_numpy().astype(np.float64) - fitted
    z = standing_out(away)
    z = np.where(standing_out(away / np.maximum(fitted, LOWEST)) != 0, z, 0.0)
    for at in np.flatnonzero(z):
        row = ordered.row(int(at), named=True)
        message = (
            f"Well {row['well'] or row['row_id']} gives {row['response']:.0%} of vehicle where "
            f"its curve has {row['fitted']:.0%} (modified z {z[at]:.1f} among {away.size} wells, "
            f"limit {outlier_limit(away.size):g}); it was kept."
        )
        yield _flag(row["row_id"], "curve outlier", "warn", message)


def any_out(response: NDArray[np.float64], fitted: NDArray[np.float64]) -> bool:
    """Whether `curve_outliers` finds any; of hundreds of curves, most have none.

    Examples
    --------
    >>> any_out(np.array([0.9, 1.1, 0.5] * 4), np.array([1.0, 1.0, 0.5] * 4))
    False
    """
    away = response - fitted
    if not standing_out(away).any():
        return False
    return bool(standing_out(away / np.maximum(fitted, LOWEST)).any())


def _flag(row_id: str, rule: str, severity: str, message: str) -> dict[str, Any]:
    rule = f"well quality: {rule}"
    return {
        "row_id": row_id,
        "rule": rule,
        "severity": severity,
        "message": message,
        "by": "plates",
    }
