"""Models on request: what is held, which other models are asked, what they say of a potency."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.curves.dose_response import CurveFit
from exportin.curves.models import VEHICLE, ModelFits, fit_models, model_spread
from exportin.curves.requested import Request
from exportin.curves.shapes import said_of_shapes
from exportin.kernels.growth_rate import GR_LOWEST
from exportin.kernels.robust import LIGHT, fit_robust
from exportin.results.tables import Flags

LEVELS = {50: "ic50_absolute", 75: "ic75_absolute", 90: "ic90_absolute"}
"""Percent of the vehicle's response that is gone, and the name of the dose that takes it."""
RANGES = ("emax", "auc")
NOTES = ("robust fit", "best by AICc")
"""What marks a message that warns of nothing."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows with the range over models, and what the other models and tests say of curves."""

    rows: list[Row]
    flags: Flags


def request_of(settings: ViabilitySettings) -> Request:
    """Read what is held; "vehicle" is the vehicle mean, 1."""
    named = {"free": float("nan"), "vehicle": VEHICLE}
    top, bottom, hill = (
        named[value] if isinstance(value, str) else float(value)
        for value in (settings.top, settings.bottom, settings.hill)
    )
    return Request(top=top, bottom=bottom, hill=hill, robust=settings.weighting == "robust")


def asked_levels(settings: ViabilitySettings) -> tuple[int, ...]:
    """Percent of the levels, 50 always among them and first."""
    return (50, *sorted(set(settings.levels) - {50}))


def fractions(settings: ViabilitySettings) -> tuple[float, ...]:
    """Fractions of the vehicle's response that are left at the levels."""
    return tuple((100 - percent) / 100.0 for percent in asked_levels(settings))


def range_rows(found: CurveFit, common: Mapping[str, Any]) -> Iterator[Row]:
    """Emax and AUC of one curve."""
    empty = {"interval_level": None, "conf_level": None}
    status = "too_few" if found.p_response is None else found.ec50.status
    for quantity, value in zip(RANGES, (found.emax, found.auc), strict=True):
        result = {"status": status} if value is None else {"value": value}
        method = f"{common['method']}+{quantity}"
        yield {**common, "quantity": quantity, **empty, "method": method, **result}


def model_rows(
    rows: Sequence[Row], curves: Sequence[pl.DataFrame], settings: ViabilitySettings,
    context: Context,
) -> Asked:  # fmt: skip
    """Add the range over the plausible models to EC50s and absolute doses; flag odd curves.

    Parameters
    ----------
    rows
        Rows of single curves.
    curves
        Their wells, with ``dose_out`` and ``response``.
    settings, context
        What the study file says. Without models and robust weights nothing changes.
    """
    if not curves or not (settings.models or settings.weighting == "robust"):
        return Asked(list(rows), Flags.empty())
    dose, response, offsets = _arrays(curves)
    keys = [*context.keys, "unit_id"]
    names = [curve.select(keys).row(0) for curve in curves]
    warnings: list[str] = []
    weight = None
    if settings.weighting == "robust":
        spared = fit_robust(np.log10(dose), response, offsets)
        weight = spared.weight
        warnings += _doubted(names, spared.doubted)
    done = list(rows)
    if settings.models:
        fits = fit_models(
            dose, response, offsets, models=settings.models, levels=fractions(settings),
            weight=weight,
        )  # fmt: skip
        places = {name: i for i, name in enumerate(names)}
        done = [ranged(row, fits, places.get(tuple(row.get(k) for k in keys)), settings)
                for row in rows]  # fmt: skip
        if settings.growth_rate:
            done = _growth_ranged(done, curves, names, settings, keys)
        warnings += said_of_shapes(
            [_words(name) for name in names], (dose, response, offsets), models=settings.models,
            fits=fits, conf_level=context.conf_level, weight=weight,
        )  # fmt: skip
    return Asked(done, Flags.from_rows([_flag(text) for text in warnings]))


def _arrays(
    curves: Sequence[pl.DataFrame], name: str = "response"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    wells = pl.concat([curve.select("dose_out", name) for curve in curves])
    offsets = np.array([0, *accumulate(curve.height for curve in curves)], np.int64)
    return (
        wells.get_column("dose_out").to_numpy(), wells.get_column(name).to_numpy(), offsets
    )  # fmt: skip


def ranged(row: Row, fits: ModelFits, curve: int | None, settings: ViabilitySettings) -> Row:
    """Add the range over models to one row; it loses its value where they disagree."""
    doses = dict(zip((LEVELS[p] for p in asked_levels(settings)), fits.log10_absolute, strict=True))
    doses["ec50"] = fits.log10_ec50
    return _within(row, doses, fits.plausible(), curve)


def _growth_ranged(
    rows: Sequence[Row], curves: Sequence[pl.DataFrame], names: Sequence[tuple[Any, ...]],
    settings: ViabilitySettings, keys: Sequence[str],
) -> list[Row]:  # fmt: skip
    """Add the range over the same models through GR values; a bottom of 0 is GR -1 there."""
    known = [i for i, curve in enumerate(curves) if not curve.get_column("gr").null_count()]
    if not known:
        return list(rows)
    dose, gr, offsets = _arrays([curves[i] for i in known], "gr")
    weight = None
    if settings.weighting == "robust":
        weight = fit_robust(np.log10(dose), gr, offsets).weight
    fits = fit_models(
        dose, gr, offsets, models=settings.models, levels=(0.5,), weight=weight, floor=GR_LOWEST
    )
    doses = {"gr50": fits.log10_absolute[0], "gec50": fits.log10_ec50}
    places = {names[i]: k for k, i in enumerate(known)}
    plausible = fits.plausible()
    return [
        _within(row, doses, plausible, places.get(tuple(row.get(k) for k in keys))) for row in rows
    ]


def _within(
    row: Row, doses: Mapping[str, np.ndarray], plausible: np.ndarray, curve: int | None
) -> Row:
    if curve is None or row["quantity"] not in doses or row.get("value") is None:
        return row
    if row["bound"] != "=":
        return row
    spread = model_spread(doses[row["quantity"]], plausible)
    low, high = float(spread.low[curve]), float(spread.high[curve])
    if np.isnan(low):
        return row
    said = {"model_low": 10.0**low, "model_high": 10.0**high, "method": f"{row['method']}+models"}
    limits = [np.full(spread.low.size, _log10(row.get(k))) for k in ("conf_low", "conf_high")]
    # an open interval says so itself, and its closed limit goes on as a bound
    if row["conf_open"] != "none" or not spread.disagrees(*limits)[curve]:
        return {**row, **said}
    none = {"value": None, "conf_low": None, "conf_high": None, "conf_open": "none"}
    return {**row, **said, **none, "status": "not_identifiable"}


def _log10(value: float | None) -> float:
    return float("nan") if value is None else float(np.log10(value))


def _doubted(names: Sequence[tuple[Any, ...]], counts: np.ndarray) -> list[str]:
    return [
        f"{_words(name)}: {count} {'well weighs' if count == 1 else 'wells weigh'} less than "
        f"{LIGHT:g} in the robust fit."
        for name, count in zip(names, counts.tolist(), strict=True)
        if count
    ]


def _words(name: tuple[Any, ...]) -> str:
    return ", ".join(str(part) for part in name if part is not None)


def _flag(message: str) -> dict[str, Any]:
    severity = "note" if any(word in message for word in NOTES) else "warn"
    return {
        "row_id": None, "rule": "curve shape", "severity": severity, "message": message,
        "by": "curves",
    }  # fmt: skip
