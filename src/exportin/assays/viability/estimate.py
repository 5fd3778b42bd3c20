"""Plates to potencies: one curve per model, treatment and experiment."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.viability.growth import with_growth
from exportin.assays.viability.growth_rows import (
    GR_POTENCIES,
    fit_growth,
    gr_lines,
    grown_curve,
    limit_flags,
)
from exportin.assays.viability.model_rows import (
    LEVELS,
    asked_levels,
    fractions,
    model_rows,
    range_rows,
    request_of,
)
from exportin.assays.viability.quality_rows import (
    Heights,
    fitted_heights,
    held_to_curves,
    plate_rows,
    residual_flags,
    residual_series,
)
from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.curves.dose_response import CurveFit, fit_curves
from exportin.curves.lines import Line, line_rows, pooled_lines, unit_line
from exportin.plates.doses import with_doses
from exportin.plates.normalize import normalize
from exportin.results.tables import Estimates, Fitted, Flags, Series
from exportin.tables.columns import among, distinct, kept
from exportin.tables.kinds import WellReadings


def responses(rows: WellReadings, settings: ViabilitySettings, context: Context) -> pl.DataFrame:
    """Return all wells with ``response`` (fraction of vehicle), ``dose_out``, ``unit_out``."""
    frame = with_doses(rows.frame, settings.dose_unit)
    if settings.normalized:
        divisor = 100.0 if settings.response_unit == "percent" else 1.0
        response = (pl.col("value") / divisor).alias("response")
        return frame.with_columns(response, pl.lit(None, dtype=pl.Int64).alias("vehicle_n"))
    return normalize(frame, context.keys)


def estimate(
    rows: WellReadings, flags: Flags, settings: ViabilitySettings, context: Context
) -> Fitted:
    """Fit every curve; excluded wells influence nothing, not even the plate's vehicle mean.

    Parameters
    ----------
    rows
        Wells with role, treatment, dose, dose_unit, unit_id and the design keys.
    flags
        Rows with severity ``exclude`` are left out and counted.
    settings, context
        What the study file says.

    Returns
    -------
    Fitted
        Per curve: ec50, ic50_absolute, hill_slope, response_top, response_bottom, emax, auc within
        one experiment, and the GR metrics if the study asks for them; fitted lines as series.
    """
    out = flags.excluded()
    left = without(rows, out)
    wells = fitted_wells(responses(left, settings, context))
    if settings.growth_rate:
        wells = with_growth(wells, left.frame, settings, context)
    lost = _lost(rows.frame, out, context)
    keys = [*context.keys, "unit_id"]
    numbers: list[dict[str, Any]] = []
    lines: list[Line] = []
    heights: list[Heights] = []
    growing: list[Line] = []
    parts = wells.partition_by(keys, as_dict=True).items()
    curves = sorted(parts, key=lambda item: str(item[0]))
    fits = _fits([curve for _, curve in curves], settings, context)
    grown_fits = (
        fit_growth([curve for _, curve in curves], settings, context)
        if settings.growth_rate
        else [None] * len(curves)
    )
    for (names, curve), found, grown_fit in zip(curves, fits, grown_fits, strict=True):
        what = dict(zip(keys, names, strict=True))
        common = _common(what, curve, lost.get(names, 0), settings, context)
        numbers.extend(_rows(found, common, curve.item(0, "unit_out"), settings))
        heights.append(fitted_heights(curve, found))
        if found.has_line:
            lines.append(unit_line(found, curve, what))
        if settings.growth_rate:
            grown = grown_curve(curve, grown_fit, common, what, context)
            numbers.extend(grown.rows)
            growing.extend(grown.lines)
    asked = model_rows(numbers, [curve for _, curve in curves], settings, context)
    numbers = asked.rows
    numbers.extend(_all_excluded(rows.frame, wells, keys, settings, context))
    held = held_to_curves([curve for _, curve in curves], heights)
    numbers.extend(plate_rows(rows.frame, flags, held.scores, settings, context))
    drawn = line_rows([*lines, *pooled_lines(lines, context)], context.block)
    drawn += [*gr_lines(growing, context), *residual_series(held.wells, context)]
    series = Series(pl.concat(drawn, how="diagonal_relaxed")) if drawn else Series.empty()
    noted = [
        asked.flags,
        residual_flags(held),
        *([limit_flags(wells)] if settings.growth_rate else []),
    ]
    return Fitted.of(estimates=Estimates.build(numbers), series=series, flags=Flags.concat(noted))


def without(rows: WellReadings, out: set[str]) -> WellReadings:
    """Return the rows that flags leave in."""
    if not out:
        return rows
    return rows.with_frame(kept(rows.frame, ~among(rows.frame.get_column("row_id"), out)))


def fitted_wells(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the wells that curves are fitted to, of all wells with ``response``."""
    dosed = _dosed(frame, "dose_out") & frame.get_column("response").is_not_null()
    return kept(frame, dosed).sort("row_id")


def _dosed(frame: pl.DataFrame, dose: str = "dose") -> pl.Series:
    return (frame.get_column("role") == "treated") & (frame.get_column(dose) > 0)


def _lost(frame: pl.DataFrame, out: set[str], context: Context) -> Counter[tuple[Any, ...]]:
    """Count treated wells of each curve that flags take out."""
    gone = kept(frame, _dosed(frame) & among(frame.get_column("row_id"), out))
    return Counter(zip(*(gone.get_column(k) for k in (*context.keys, "unit_id")), strict=True))


def _fits(
    curves: list[pl.DataFrame], settings: ViabilitySettings, context: Context
) -> list[CurveFit]:
    """Fit all curves in one go."""
    if not curves:
        return []
    dose, response = (
        np.concatenate([curve.get_column(name).to_numpy() for curve in curves])
        for name in ("dose_out", "response")
    )
    return fit_curves(
        dose,
        response,
        [0, *accumulate(curve.height for curve in curves)],
        levels=fractions(settings),
        n_reference=[vehicle_wells(curve) for curve in curves],
        conf_level=context.conf_level,
        seed=context.seed,
        request=request_of(settings),
    )


def vehicle_wells(curve: pl.DataFrame) -> float:
    """Count the vehicle wells behind a curve's responses; infinite where they came normalized."""
    columns = (curve.get_column(name).to_list() for name in ("file", "sample_id", "vehicle_n"))
    plates = set(zip(*columns, strict=True))
    exact = any(wells is None for _, _, wells in plates)
    return np.inf if exact else float(sum(wells for _, _, wells in plates))


def _common(
    what: dict[str, Any],
    curve: pl.DataFrame,
    lost: int,
    settings: ViabilitySettings,
    context: Context,
) -> dict[str, Any]:
    source = "given_normalized" if settings.normalized else "plate_vehicle"
    return {
        **what,
        "block": context.block,
        "assay": "viability",
        "conf_level": context.conf_level,
        "interval_level": "within",
        "experimental_unit": context.experimental_unit,
        "n_units": 1,
        "n_rows": curve.height,
        "n_flagged": lost,
        "method": f"{source}+{request_of(settings).methods()}",
    }


def _rows(
    found: CurveFit, common: dict[str, Any], unit: str, settings: ViabilitySettings
) -> Iterator[dict[str, Any]]:
    method, request = common["method"], request_of(settings)
    names = [LEVELS[percent] for percent in asked_levels(settings)]
    level = f"{method}+step_contrast+absolute_level+profile_f"
    doses = zip(names, (found.absolute, *found.others), strict=True)
    potencies = (
        ("ec50", found.ec50, f"{method}+step_contrast+profile_f"),
        *((name, potency, level) for name, potency in doses),
    )
    df = float(max(found.fit.n - request.free(), 0))
    for quantity, potency, name in potencies:
        shape = {"quantity": quantity, "units": unit, "scale": "log10", "method": name}
        yield {**common, **shape, **potency.columns(), "df": df}
    held = request.held()
    for quantity, value, known in _shapes(found):
        if quantity in held:
            continue
        result = {"value": value} if known else {"status": _why_unknown(found)}
        scale = "log10" if quantity == "hill_slope" else "linear"
        empty = {"interval_level": None, "conf_level": None}
        yield {**common, "quantity": quantity, "scale": scale, **empty, **result}
    yield from range_rows(found, common)


def _shapes(found: CurveFit) -> Iterator[tuple[str, float, bool]]:
    """Give slope and plateaus; one that lies outside the data is not known.

    An EC50 that is open towards high doses says that the lower plateau was not seen, and with
    it the slope; open towards low doses, the upper one.
    """
    no_end = found.ec50.conf_open in ("high", "both")
    no_start = found.ec50.conf_open in ("low", "both")
    known = found.responds
    sloped = known and not (no_end or no_start or found.fit.at_box)
    yield "hill_slope", float(found.fit.hill), sloped
    yield "response_top", float(found.fit.top), known and not no_start
    yield "response_bottom", float(found.fit.bottom), known and not no_end


def _why_unknown(found: CurveFit) -> str:
    return "not_identifiable" if found.responds else found.ec50.status


def _all_excluded(
    frame: pl.DataFrame,
    wells: pl.DataFrame,
    keys: list[str],
    settings: ViabilitySettings,
    context: Context,
) -> Iterator[dict[str, Any]]:
    """Curves of which nothing is left still appear, with the reason."""
    there = set(distinct(wells, keys))
    planned: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    dosed = kept(frame, _dosed(frame))
    for value, *where in zip(*(dosed.get_column(k) for k in ("value", *keys)), strict=True):
        planned[tuple(where)].append(value)
    absent = [names for names in planned if names not in there]
    for names in sorted(absent, key=lambda names: [(name is not None, name) for name in names]):
        row, lost = dict(zip(keys, names, strict=True)), len(planned[names])
        valued = any(value is not None for value in planned[names])
        common = _common(row, wells.head(0), lost if valued else 0, settings, context)
        status = "all_flagged" if valued else "too_few"  # the file holds no value at all
        doses = [LEVELS[percent] for percent in asked_levels(settings)]
        for quantity in ("ec50", *doses, *(GR_POTENCIES if settings.growth_rate else ())):
            shape = {"quantity": quantity, "scale": "log10", "status": status}
            yield {**common, **shape, "interval_level": None, "conf_level": None, "n_units": 0}
