"""Fits of tubes to the numbers of one experiment and condition, and to numbers of single tubes."""

from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Any

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm, t

from exportin.assays.cell_cycle.fits import TubeFit
from exportin.assays.cell_cycle.quantities import FRACTIONS, PHASES
from exportin.contract.assay import Context
from exportin.results.schema import result_id

NOTHING = 1e-4
"""An interval that reaches down to one cell in ten thousand reaches zero; so from above to one."""
FEW = 200
"""Single nuclei below which a histogram is not fitted at all."""
DRAWS = 200
FITTED_LEVEL = 0.95
IDENTIFIABLE = "identifiable"
Row = dict[str, Any]


def usable(fit: TubeFit) -> bool:
    """Whether the models agree on the phases of a tube."""
    return fit.answer is not None and fit.answer.verdict == IDENTIFIABLE


def status_of(fits: Sequence[TubeFit]) -> str:
    """Say how the numbers of one experiment and condition came out."""
    if not fits:
        return "all_flagged"
    if any(usable(fit) for fit in fits):
        return "ok"
    answers = [fit.answer for fit in fits if fit.answer is not None]
    if not answers:
        few = all(fit.nuclei.n < FEW for fit in fits)
        return "too_few" if few else "not_identifiable"
    if all(answer.fit.status == "not_converged" for answer in answers):
        return "not_converged"
    return "not_identifiable"


def unit_rows(
    what: Mapping[str, Any],
    fits: Sequence[TubeFit],
    flagged: int,
    context: Context,
    method: str,
) -> Iterator[Row]:
    """Give the fractions of one experiment and condition: tubes are averaged, never counted as n.

    Parameters
    ----------
    what
        Keys and unit_id.
    fits
        Tubes that no exclusion took out.
    flagged
        How many were.
    """
    status = status_of(fits)
    good = [fit for fit in fits if usable(fit)]
    used = good or [fit for fit in fits if fit.answer is not None]
    for name in FRACTIONS:
        row = {
            **what,
            "block": context.block,
            "assay": "cell_cycle",
            "quantity": name,
            "scale": "logit",
            "experimental_unit": context.experimental_unit,
            "n_units": 1 if good else 0,
            "n_rows": len(good or fits),
            "n_flagged": flagged + (len(fits) - len(good) if good else 0),
            "method": method_of(fits, method) + ("+tubes_averaged" if len(good) > 1 else ""),
            "status": status,
        }
        yield row | (_number(name, used, context.conf_level, status) if used else {})


def method_of(fits: Sequence[TubeFit], method: str) -> str:
    """Leave the gate of single nuclei out of the method where no tube had a pulse to gate by."""
    gated = any(fit.nuclei.gated_singlets for fit in fits)
    return method if gated or not fits else method.replace("+singlet_ridge", "")


def _number(name: str, fits: Sequence[TubeFit], level: float, status: str) -> Row:
    weights = np.array([fit.answer.fit.cells for fit in fits if fit.answer])
    weights = weights / weights.sum()
    each = [_fraction(name, fit) for fit in fits]
    value = float(weights @ [one[0] for one in each])
    # distances to the limits add up as independent errors do
    down, up = (
        float(np.sqrt(np.sum((weights * [abs(one[0] - one[k]) for one in each]) ** 2)))
        for k in (1, 2)
    )
    apart = between_tubes(weights, np.array([one[0] for one in each]))
    said = _limits(value, value - max(down, apart), value + max(up, apart), level)
    spread = _spread(name, fits, weights)
    if status != "ok":
        return spread | {"conf_open": "both"}
    return said | spread


def between_tubes(weights: Any, values: Any) -> float:
    """Half of a 95 % interval of the mean from the differences of its tubes; 0 for one tube.

    >>> between_tubes(np.array([1.0]), np.array([0.6]))
    0.0
    """
    k = len(values)
    if k < 2:
        return 0.0
    spread = np.sum((weights * (values - weights @ values)) ** 2) * k / (k - 1)
    return float(t.ppf(0.5 + FITTED_LEVEL / 2, k - 1) * np.sqrt(spread))


def _fraction(name: str, fit: TubeFit) -> tuple[float, float, float]:
    """Return value and limits of one tube; sub-G1 has none where no population was seen."""
    answer = fit.answer
    if answer is None:
        raise ValueError("a tube without a fit has no fractions")
    low, high = fit.limits
    value = fit.sub_g1 if name == "sub_g1" else float(getattr(answer.fit, name))
    return value, min(float(low[name]), value), max(float(high[name]), value)


def _limits(value: float, low: float, high: float, level: float) -> Row:
    """Interval on the logit scale at the level asked for; open where it reaches 0 or 1."""
    if value <= NOTHING:
        return _bound("<", "low", high)
    if value >= 1 - NOTHING:
        return _bound(">", "high", low)
    factor = norm.ppf(0.5 + level / 2) / norm.ppf(0.5 + FITTED_LEVEL / 2)
    at = logit(value)
    row: Row = {"value": value, "conf_level": level, "interval_level": "within"}
    row["conf_open"] = "none"
    sides = []
    if low <= NOTHING:
        row["conf_open"] = "low"
    else:
        sides.append((at - logit(low)) * factor)
        row["conf_low"] = float(expit(at - sides[-1]))
    if high >= 1 - NOTHING:
        row["conf_open"] = "high" if row["conf_open"] == "none" else "both"
    else:
        sides.append((logit(high) - at) * factor)
        row["conf_high"] = float(expit(at + sides[-1]))
    if sides:
        row["std_error"] = float(np.mean(sides) / norm.ppf(0.5 + level / 2))
    return row


def _bound(side: str, is_open: str, limit: float) -> Row:
    other = {"<": "conf_high", ">": "conf_low"}[side]
    return {
        "value": limit, "bound": side, "conf_open": is_open, other: limit, "status": "at_bound",
        "conf_level": FITTED_LEVEL, "interval_level": "within",
    }  # fmt: skip


def _spread(name: str, fits: Sequence[TubeFit], weights: Any) -> Row:
    answers = [fit.answer for fit in fits if fit.answer is not None]
    if any(name not in answer.model_low for answer in answers):
        return {}
    low = float(weights @ [answer.model_low[name] for answer in answers])
    high = float(weights @ [answer.model_high[name] for answer in answers])
    return {"model_low": low, "model_high": high} if np.isfinite(low + high) else {}


def tube_rows(
    what: Mapping[str, Any], fit: TubeFit, context: Context, *, alone: bool
) -> Iterator[Row]:
    """Give what is said of one tube, with the key ``tube``; it is neither pooled nor compared."""
    shared = {
        **what,
        "tube": fit.nuclei.row["tube"],
        "block": context.block,
        "assay": "cell_cycle",
        "experimental_unit": context.experimental_unit,
        "n_units": 1,
        "n_rows": 1,
        "n_flagged": 0,
        "method": "dna_histogram",
    }
    for name, value, more in _of_tube(fit, context.conf_level, alone=alone):
        if value is not None and np.isfinite(value):
            yield shared | {"quantity": name, "value": float(value)} | more


def _of_tube(fit: TubeFit, level: float, *, alone: bool) -> Iterator[tuple[str, float | None, Row]]:
    found = fit.nuclei.singlets
    yield "nuclei", float(fit.nuclei.n), {}
    if found is not None and found.doublets is not None:
        inside: Row = {}
        if found.low is not None and found.high is not None:
            inside = {
                "conf_low": found.low, "conf_high": found.high, "conf_level": FITTED_LEVEL,
                "interval_level": "within",
            }  # fmt: skip
        yield "doublets", found.doublets, inside | {"method": "singlet_ridge"}
    answer = fit.answer
    if answer is None:
        return
    for name, key in (("g1_channel", "g1_mean"), ("g1_cv", "g1_cv")):
        low, high = answer.intervals.low[key], answer.intervals.high[key]
        value = float(getattr(answer.fit, key))
        known = np.isfinite(low) and np.isfinite(high)
        yield name, value, _around(value, low, high, level) if known else {}
    yield "g2_g1_ratio", answer.fit.ratio, {}
    yield "debris", answer.fit.debris, {}
    yield "aggregates", answer.fit.aggregates, {}
    yield "reduced_chi_square", answer.fit.reduced, {}
    if not alone and usable(fit):
        for name in PHASES:
            row = _limits(*_fraction(name, fit), level) | _spread(name, [fit], np.ones(1))
            row["scale"] = "logit"
            yield f"tube_{name}", row.pop("value"), row


def _around(value: float, low: float, high: float, level: float) -> Row:
    factor = norm.ppf(0.5 + level / 2) / norm.ppf(0.5 + FITTED_LEVEL / 2)
    ln = log(high / low) / 2 * factor
    return {
        "scale": "ln",
        "conf_low": float(value * np.exp(-ln)),
        "conf_high": float(value * np.exp(ln)),
        "std_error": float(ln / norm.ppf(0.5 + level / 2)),
        "conf_level": level,
        "interval_level": "within",
    }


def draw_rows(what: Mapping[str, Any], fits: Sequence[TubeFit], context: Context) -> Iterator[Row]:
    """Draw the three phases together, so that what is made of them keeps their sum."""
    good = [fit for fit in fits if usable(fit)]
    if not good:
        return
    named = {"block": context.block, "assay": "cell_cycle", **what}
    own = int(result_id("draws", named).partition("_")[2], 16)
    rng = np.random.default_rng((context.seed, own))  # whatever else is drawn in this step
    weights = np.array([fit.answer.fit.cells for fit in good if fit.answer])
    drawn = sum(
        w * fit.answer.intervals.draws(DRAWS, rng)
        for w, fit in zip(weights / weights.sum(), good, strict=True)
        if fit.answer
    )
    for k, name in enumerate(PHASES):
        row_id = result_id("e", named | {"quantity": name})
        for i in range(DRAWS):
            yield {"id": row_id, "draw": i, "value": float(np.asarray(drawn)[i, k])}
