"""The one place where the bench meets the fits."""

from typing import Any, NamedTuple

import numpy as np

import exportin
from bench.curves import Packed, speed_mix
from exportin.kernels.hill_batch import HillFits, fit_many
from exportin.kernels.hill_profile import (
    HillIntervals,
    profile_absolute_many,
    profile_ec50_many,
)

CONF_LEVEL = 0.95
LEVEL = 0.5
"""Of vehicle: what the absolute IC50 means."""


class Intervals(NamedTuple):
    """Limits in log10 dose and whether each end is open."""

    low: np.ndarray
    high: np.ndarray
    open_low: np.ndarray
    open_high: np.ndarray

    def covers(self, truth: np.ndarray) -> np.ndarray:
        """Open ends count as reaching anything."""
        above = self.open_low | (self.low <= truth)
        below = self.open_high | (truth <= self.high)
        said = np.isfinite(self.low) | self.open_low
        return above & below & said & (np.isfinite(self.high) | self.open_high)

    @property
    def two_sided(self) -> np.ndarray:
        ends = np.isfinite(self.low) & np.isfinite(self.high)
        return ends & ~(self.open_low | self.open_high)


def fit(curves: Packed) -> HillFits:
    """Top, bottom, log10_ec50, hill, rss and more, an array entry per curve."""
    return fit_many(*curves)


def ec50_intervals(curves: Packed, fits: HillFits) -> Intervals:
    return _intervals(profile_ec50_many(*curves, fits, conf_level=CONF_LEVEL))


def ic50_intervals(curves: Packed, fits: HillFits) -> Intervals:
    """Intervals of the absolute IC50, the vehicle mean known without error."""
    return _intervals(profile_absolute_many(*curves, fits, level=LEVEL, conf_level=CONF_LEVEL))


def _intervals(found: HillIntervals) -> Intervals:
    return Intervals(found.low, found.high, found.open_low, found.open_high)


def warm_up() -> None:
    """Load or compile everything once, so that what follows is timed warm."""
    curves = speed_mix(np.random.default_rng(0), 20)
    fits = fit(curves)
    ec50_intervals(curves, fits)
    ic50_intervals(curves, fits)
    answers(curves)


class Answers(NamedTuple):
    """What the user reads for every curve; NaN where no number is given."""

    p_response: np.ndarray
    ec50: np.ndarray
    ec50_bound: np.ndarray
    ec50_status: np.ndarray
    ec50_low: np.ndarray
    ec50_high: np.ndarray
    ic50: np.ndarray
    ic50_bound: np.ndarray
    ic50_status: np.ndarray
    ic50_low: np.ndarray
    ic50_high: np.ndarray


_COLUMNS = {
    "p_response": "p_response",
    "ec50": "ec50",
    "ec50_bound": "bound",
    "ec50_status": "status",
    "ec50_low": "ec50_low",
    "ec50_high": "ec50_high",
    "ic50": "ic50_absolute",
    "ic50_bound": "ic50_absolute_bound",
    "ic50_status": "ic50_absolute_status",
    "ic50_low": "ic50_absolute_low",
    "ic50_high": "ic50_absolute_high",
}


def frame_of(curves: Packed) -> Any:
    """Long table of wells as `exportin.fit_curves` takes it."""
    import polars as pl

    number = np.repeat(np.arange(curves.n_curves), np.diff(curves.offsets))
    columns = {"curve": number, "dose": 10.0**curves.log10_dose, "response": curves.response}
    return pl.DataFrame(columns)


def answers(curves: Packed) -> Answers:
    """Everything: fit, response test, both intervals, bounds and statuses."""
    found = exportin.fit_curves(
        frame_of(curves), curve="curve", dose="dose", response="response"
    ).sort("curve")
    if found.height != curves.n_curves:
        raise ValueError(f"expected a row per curve, {curves.n_curves}, got {found.height}")
    return Answers(*(_read(found[theirs], ours) for ours, theirs in _COLUMNS.items()))


def _read(column: Any, name: str) -> np.ndarray:
    """Words as they are; numbers with NaN where there is none (a column may be all empty)."""
    if name.endswith(("_bound", "_status")):
        return np.array(column.to_list(), dtype=object)
    import polars as pl

    filled: np.ndarray = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return filled
