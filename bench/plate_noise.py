"""Plates that share an error: what the interval between experiments covers, and that of wells.

Wells of one plate are not independent: the vehicle mean that they are divided by is off, and the
signal drifts smoothly over the columns, that is, over the doses. An interval from the wells of one
plate knows nothing of either, nor of the experiments' own potencies.
"""

from typing import NamedTuple

import numpy as np

from bench import engine
from bench.curves import LOG_DOSES, N_WELLS, Packed, Truth, heights, pack_matrix, wells_of
from bench.engine import LEVEL, Answers
from bench.printing import percent, say, table

SEED = 20261125
TRUTH = Truth(*(np.array([v]) for v in (1.0, 0.1, 2.07, 1.0)))
BETWEEN_SD = 0.1
"""Of log10 EC50 from experiment to experiment: within 1.6-fold of each other, mostly."""
VEHICLE_SD = 0.04
"""Relative error of the vehicle mean of a plate, shared by all its wells."""
DRIFT_SD = 0.03
"""Of a tilt and of a bow over the dose columns, each running from -1 to 1 times this."""
WELL_SD = 0.05
UNITS = (3, 4, 6)


class Said(NamedTuple):
    """What every experiment enters pooling with: log10 value and 0, +1 (above) or -1 (below)."""

    value: np.ndarray
    censor: np.ndarray


def draw(n_plates: int, rng: np.random.Generator) -> tuple[Packed, np.ndarray]:
    """One plate per experiment; also the experiments' own log10 EC50."""
    x = wells_of(LOG_DOSES, N_WELLS)
    ones = np.ones(n_plates)
    own = TRUTH.log10_ec50 + rng.normal(0.0, BETWEEN_SD, n_plates)
    y = heights(Truth(TRUTH.top * ones, TRUTH.bottom * ones, own, TRUTH.hill * ones), x)
    column = np.linspace(-1.0, 1.0, LOG_DOSES.size).repeat(N_WELLS)
    tilt, bow = rng.normal(0.0, DRIFT_SD, (2, n_plates, 1))
    plate = np.exp(rng.normal(0.0, VEHICLE_SD, (n_plates, 1)))
    y = y * (1.0 + tilt * column + bow * (2.0 * column**2 - 1.0)) / plate
    return pack_matrix(x, y + rng.normal(0.0, WELL_SD, y.shape)), own


def entering(value: np.ndarray, bound: np.ndarray, low: np.ndarray, high: np.ndarray) -> Said:
    """As `exportin.inference.unit_values` reads a unit: an open interval makes it a bound."""
    no_low, no_high = ~np.isfinite(low), ~np.isfinite(high)
    number = (bound == "=") & np.isfinite(value)
    codes = np.where(bound == ">", 1, np.where(bound == "<", -1, 0))
    codes = np.where(number & no_high & ~no_low, 1, codes)
    codes = np.where(number & no_low & ~no_high, -1, codes)
    used = np.where(number & no_high & ~no_low, low, value)
    used = np.where(number & no_low & ~no_high, high, used)
    used = np.where(no_low & no_high, np.nan, used)
    with np.errstate(invalid="ignore"):
        return Said(np.log10(used), codes)


def pooled(said: Said, n_units: int, truth: float) -> tuple[float, float, float, int]:
    """Coverage, share without a two-sided interval, median width; groups of n experiments."""
    from exportin.inference.between import combine_units

    covered, width, silent = [], [], 0
    for begin in range(0, said.value.size - n_units + 1, n_units):
        own = slice(begin, begin + n_units)
        values, codes = said.value[own], said.censor[own]
        if np.isnan(values).any():
            silent += 1
            continue
        found = combine_units(values, codes, engine.CONF_LEVEL)
        low = -np.inf if found.low is None else found.low
        high = np.inf if found.high is None else found.high
        covered.append(low <= truth <= high)
        width.append(high - low)
    return (
        float(np.mean(covered)), float(np.mean(~np.isfinite(width))), float(np.median(width)),
        silent,
    )  # fmt: skip


def true_ic50() -> float:
    span = (TRUTH.top - LEVEL) / (LEVEL - TRUTH.bottom)
    return float((TRUTH.log10_ec50 + np.log10(span) / TRUTH.hill)[0])


def quantities(said: Answers) -> dict[str, tuple[Said, np.ndarray, np.ndarray, float]]:
    """Per quantity: what enters, both limits of the wells (log10), the truth."""
    out = {}
    for name, value, bound, low, high, truth in (
        ("EC50", said.ec50, said.ec50_bound, said.ec50_low, said.ec50_high,
         float(TRUTH.log10_ec50[0])),
        ("IC50 absolute", said.ic50, said.ic50_bound, said.ic50_low, said.ic50_high, true_ic50()),
    ):  # fmt: skip
        with np.errstate(invalid="ignore"):
            ends = np.log10(low), np.log10(high)
        out[name] = (entering(value, bound, low, high), *ends, truth)
    return out


def wells_row(
    name: str, low: np.ndarray, high: np.ndarray, truth: float, own: np.ndarray
) -> list[object]:
    """What the interval from the wells of one plate covers: the mean, and its own experiment."""
    below = np.where(np.isnan(low), -np.inf, low)
    above = np.where(np.isnan(high), np.inf, high)
    mean = float(np.mean((below <= truth) & (truth <= above)))
    shifted = own - float(TRUTH.log10_ec50[0]) + truth
    self = float(np.mean((below <= shifted) & (shifted <= above)))
    width = float(np.median(above - below))
    error = float(np.sqrt(mean * (1.0 - mean) / low.size))
    label = f"{name}, wells of one plate (own experiment: {percent(self)})"
    return [label, low.size, percent(mean), percent(error, 2), "-", f"{width:.2f}"]


def rows(n_sets: int) -> list[list[object]]:
    rng = np.random.default_rng(SEED)
    curves, own = draw(n_sets * max(UNITS), rng)
    out: list[list[object]] = []
    for name, (said, low, high, truth) in quantities(engine.answers(curves)).items():
        for n_units in UNITS:
            share, open_share, width, silent = pooled(said, n_units, truth)
            sets = said.value.size // n_units
            error = float(np.sqrt(share * (1.0 - share) / sets))
            note = f" ({silent} sets unsaid)" if silent else ""
            label = f"{name}, {n_units} experiments{note}"
            out.append(
                [
                    label,
                    sets,
                    percent(share),
                    percent(error, 2),
                    percent(open_share),
                    f"{width:.2f}",
                ]
            )
        out.append(wells_row(name, low, high, truth, own))
    return out


def run(n_sets: int) -> None:
    title = (
        f"  plates that share an error, seed {SEED}: EC50 varies by {BETWEEN_SD} log10 between\n"
        f"  experiments; vehicle mean off by {VEHICLE_SD:.0%}, tilt and bow over the dose columns "
        f"{DRIFT_SD:.0%} each,\n  wells {WELL_SD:g}; truth = mean log10 over all experiments; "
        "wanted between experiments: 93-97 %"
    )
    columns = ("interval", "sets", "covered", "MC error", "open", "width (decades)")
    say(table(title, columns, rows(n_sets)))
