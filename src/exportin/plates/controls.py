"""What the controls of a plate say of it: Z', SSMD, signal to background, spread."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

MAD_TO_SD = 1.4826  # of a normal distribution
LOW = ("positive", "blank")  # what vehicle is held against: the first with two wells or more
CONTROLS = ("vehicle", "positive", "blank")
Wells = NDArray[np.float64]


class PlateNumber(NamedTuple):
    """One statistic of one plate; ``value`` is None where the wells do not define it."""

    quantity: str
    control: str
    value: float | None
    n_wells: int
    units: str = ""


def z_prime(high: Wells, low: Wells) -> float | None:
    """Z' = 1 - 3 (SD high + SD low) / |mean high - mean low|; SDs with n - 1.

    Zhang JH, Chung TDY, Oldenburg KR. J Biomol Screen 1999;4:67-73.

    Examples
    --------
    >>> round(z_prime(np.array([98.0, 100.0, 102.0]), np.array([1.0, 2.0, 3.0])), 6)
    0.908163
    """
    gap = abs(float(np.mean(high) - np.mean(low)))
    spread = float(np.std(high, ddof=1) + np.std(low, ddof=1))
    return _finite(1.0 - 3.0 * spread / gap) if gap > 0 else None


def robust_z_prime(high: Wells, low: Wells) -> float | None:
    """Z' with medians for means and 1.4826 MAD for SDs: one stray well does not spoil it.

    Birmingham A, Selfors LM, Forster T, et al. Nat Methods 2009;6:569-575.

    Examples
    --------
    >>> round(robust_z_prime(np.array([98.0, 100.0, 102.0]), np.array([1.0, 2.0, 3.0])), 6)
    0.863843
    """
    gap = abs(float(np.median(high) - np.median(low)))
    spread = MAD_TO_SD * (_mad(high) + _mad(low))
    return _finite(1.0 - 3.0 * spread / gap) if gap > 0 else None


def ssmd(high: Wells, low: Wells) -> float | None:
    """SSMD = (mean high - mean low) / sqrt(var high + var low).

    Zhang XHD. Genomics 2007;89:552-561.

    Examples
    --------
    >>> round(ssmd(np.array([98.0, 100.0, 102.0]), np.array([1.0, 2.0, 3.0])), 6)
    43.826932
    """
    variance = float(np.var(high, ddof=1) + np.var(low, ddof=1))
    gap = float(np.mean(high) - np.mean(low))
    return _finite(gap / math.sqrt(variance)) if variance > 0 else None


def control_numbers(plate: pl.DataFrame) -> Iterator[PlateNumber]:
    """Give all statistics of one plate that its controls define.

    Parameters
    ----------
    plate
        Rows of one plate with role and value; rows without a value do not count.

    Yields
    ------
    PlateNumber
        Z', robust Z', SSMD and signal to background between vehicle and the positive control
        (the medium blank where there is no positive control), and the CV of each control in
        percent. A plate with one well of a control has none of its statistics.
    """
    wells = {role: _values(plate, role) for role in CONTROLS}
    low = next((role for role in LOW if wells[role].size > 1), "")
    if low and wells["vehicle"].size > 1:
        yield from _windows(wells["vehicle"], wells[low], f"vehicle to {low}")
    blank = float(np.mean(wells["blank"])) if wells["blank"].size else 0.0
    for role in CONTROLS:
        if wells[role].size > 1:
            base = 0.0 if role == "blank" else blank
            n = wells[role].size
            yield PlateNumber("control_cv", role, _cv(wells[role], base), n, "%")


def _windows(high: Wells, low: Wells, control: str) -> Iterator[PlateNumber]:
    n = high.size + low.size
    yield PlateNumber("z_prime", control, z_prime(high, low), n)
    yield PlateNumber("z_prime_robust", control, robust_z_prime(high, low), n)
    yield PlateNumber("ssmd", control, ssmd(high, low), n)
    base = float(np.mean(low))
    ratio = _finite(float(np.mean(high)) / base) if base > 0 else None
    yield PlateNumber("signal_to_background", control, ratio, n)


def _cv(values: Wells, base: float) -> float | None:
    """Percent of the mean above the base."""
    window = float(np.mean(values)) - base
    return _finite(100.0 * float(np.std(values, ddof=1)) / window) if window > 0 else None


def _mad(values: Wells) -> float:
    return float(np.median(np.abs(values - np.median(values))))


def _values(plate: pl.DataFrame, role: str) -> Wells:
    found = plate.get_column("value").filter(plate.get_column("role") == role).drop_nulls()
    return np.sort(found.to_numpy().astype(np.float64))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
