"""GR metrics of one experiment: a Hill curve through GR values, its doses, plateaus and area."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.viability.model_rows import request_of
from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.curves.dose_response import CurveFit, fit_curves
from exportin.curves.lines import Line, line_rows, pooled_lines, unit_line
from exportin.curves.requested import Request
from exportin.kernels.growth_rate import (
    GR_LOWEST,
    area_over_gr_curve,
    gr_at_highest_dose,
    reference_wells,
)
from exportin.results.tables import Flags

GR_LEVEL = 0.5
"""GR50 is where GR = 0.5: the growth rate halved on the scale 2^(k(c)/k(0)) - 1, by definition."""
GR_POTENCIES = ("gr50", "gec50")
GR_NAMES = (*GR_POTENCIES, "gr_max", "gr_inf", "gr_hill", "gr_aoc")
SERIES = "gr_value"
GR_UNIT = "GR value"


@dataclass(frozen=True, slots=True)
class Grown:
    """What the GR values of one experiment give: rows of Estimates, and a curve if one fits."""

    rows: tuple[dict[str, Any], ...]
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class GrownFit:
    """The curve through the GR values of one experiment, and what was held of it."""

    found: CurveFit
    request: Request
    at_floor: bool = False


def growth_request(settings: ViabilitySettings) -> Request:
    """Read what is held of GR curves: a top of the vehicle is GR 1, a bottom of no cells GR -1.

    `check_growth` refuses plateaus in between, which are no one GR value.
    """
    request = request_of(settings)
    return request if np.isnan(request.bottom) else replace(request, bottom=GR_LOWEST)


def fit_growth(
    curves: Sequence[pl.DataFrame], settings: ViabilitySettings, context: Context
) -> list[GrownFit | None]:
    """Fit the GR values of all experiments in one go; None where nothing says how cells grew.

    Where anything is held, GR curves are bounded below by -1: those whose plateau would lie below
    are fitted once more with it held there. A free curve is not bounded, its plateau is only given
    as -1.

    Parameters
    ----------
    curves
        Wells of the experiments from `with_growth`.
    settings, context
        What is held; level of the intervals, seed.
    """
    known = [i for i, curve in enumerate(curves) if not curve.get_column("gr").null_count()]
    request = growth_request(settings)
    out: list[GrownFit | None] = [None] * len(curves)
    low: list[int] = []
    for i, found in zip(known, _fits([curves[i] for i in known], request, context), strict=True):
        out[i] = GrownFit(found, request)
        if found.responds and found.fit.bottom < GR_LOWEST:
            low.append(i)
    if request.holds() and low:
        floor = replace(request, bottom=GR_LOWEST)
        for i, found in zip(low, _fits([curves[i] for i in low], floor, context), strict=True):
            out[i] = GrownFit(found, request, at_floor=True)
    return out


def grown_curve(
    curve: pl.DataFrame,
    fit: GrownFit | None,
    common: Mapping[str, Any],
    what: Mapping[str, Any],
    context: Context,
) -> Grown:
    """Say what the GR values of one experiment give.

    Parameters
    ----------
    curve
        Its wells from `with_growth`.
    fit
        Its curve from `fit_growth`.
    common
        What all rows of the experiment share; ``method`` starts with how the wells were
        normalized.
    what
        Keys and unit_id.
    context
        Block, level of the intervals, seed.
    """
    if fit is None:  # after exclusions nothing says how the cells grew
        return Grown(tuple(no_growth(common, "not_identifiable")))
    normalized = str(common["method"]).partition("+")[0]
    sources = sorted(set(curve.get_column("gr_source")))
    limit = ["gr_limit"] if curve.get_column("gr_at_limit").any() else []
    method = "+".join([normalized, *sources, *limit])
    shared = {**common, "method": method}
    found = fit.found
    rows = (*_curve_rows(fit, shared, curve.item(0, "unit_out")), *_data_rows(curve, shared))
    if not found.has_line:
        return Grown(rows)
    return Grown(rows, (unit_line(found, curve, what, "gr"),))


def no_growth(common: Mapping[str, Any], status: str) -> Iterator[dict[str, Any]]:
    """GR rows of an experiment that has none, with the reason."""
    empty = {"interval_level": None, "conf_level": None}
    for quantity in GR_POTENCIES:
        yield {**common, "quantity": quantity, "scale": "log10", "status": status, **empty}


def gr_lines(lines: Sequence[Line], context: Context) -> list[pl.DataFrame]:
    """Return the GR curves of all experiments and their means as rows of Series.

    They have ids of their own beside the viability curves.
    """
    drawn = [*lines, *pooled_lines(lines, context)]
    return line_rows(drawn, context.block, SERIES, GR_UNIT)


def limit_flags(wells: pl.DataFrame) -> Flags:
    """Note every well that enters with the limit GR = -1 because it lies at or below the blank."""
    message = "The signal is not above the blank: the well enters the GR curve with GR = -1."
    found = wells.filter(pl.col("gr_at_limit")).get_column("row_id").sort()
    return Flags.from_rows(
        [
            {
                "row_id": row,
                "rule": "GR limit",
                "severity": "note",
                "message": message,
                "by": "viability",
            }
            for row in found
        ]
    )


def _fits(curves: Sequence[pl.DataFrame], request: Request, context: Context) -> list[CurveFit]:
    if not curves:
        return []
    wells = pl.concat([curve.select("dose_out", "gr") for curve in curves])
    return fit_curves(
        wells.get_column("dose_out").to_numpy(),
        wells.get_column("gr").to_numpy(),
        [0, *accumulate(curve.height for curve in curves)],
        levels=(GR_LEVEL,),
        n_reference=[_reference(curve) for curve in curves],
        conf_level=context.conf_level,
        seed=context.seed,
        request=request,
    )


def _reference(curve: pl.DataFrame) -> float:
    """Wells behind the GR level of one experiment: vehicle and time zero."""
    vehicles = curve.select("file", "sample_id", "vehicle_n").unique().get_column("vehicle_n")
    zeros = curve.select("time_zero_of", "time_zero_n", "gr_source").unique()
    measured = zeros.filter(pl.col("gr_source") == "gr_time_zero").get_column("time_zero_n")
    return reference_wells(
        GR_LEVEL,
        float(np.inf) if vehicles.null_count() else float(vehicles.sum()),
        float(measured.sum()) if len(measured) else float(np.inf),
    )


def _curve_rows(fit: GrownFit, shared: Mapping[str, Any], unit: str) -> Iterator[dict[str, Any]]:
    found, request = fit.found, fit.request
    at_floor = "+gr_floor_held" if fit.at_floor else ""
    method = f"{shared['method']}+{request.methods()}{at_floor}"
    df = float(max(found.fit.n - request.free(), 0))
    for quantity, potency, name in (
        ("gr50", found.absolute, f"{method}+step_contrast+gr50_level+profile_f"),
        ("gec50", found.ec50, f"{method}+step_contrast+profile_f"),
    ):
        shape = {"quantity": quantity, "units": unit, "scale": "log10", "method": name, "df": df}
        yield {**shared, **shape, **potency.columns()}
    no_end = not found.responds or found.ec50.conf_open in ("high", "both")
    no_start = not found.responds or found.ec50.conf_open in ("low", "both")
    status = "not_identifiable" if found.responds else found.ec50.status
    bottom = float(found.fit.bottom)
    floor = "+gr_floor" if not no_end and bottom < GR_LOWEST else ""
    held = request.held()
    for quantity, part, scale, value, known, name in (
        ("gr_inf", "response_bottom", "linear", max(bottom, GR_LOWEST), not no_end, method + floor),
        ("gr_hill", "hill_slope", "log10", float(found.fit.hill), not (no_end or no_start), method),
    ):
        if part in held:  # what is held is not estimated
            continue
        result = {"value": value} if known else {"status": status}
        yield {**_bare(shared), "quantity": quantity, "scale": scale, "method": name, **result}


def _data_rows(curve: pl.DataFrame, shared: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows that need no curve; the area needs two doses."""
    dose, gr = curve.get_column("dose_out").to_numpy(), curve.get_column("gr").to_numpy()
    several = curve.get_column("dose_out").n_unique() > 1
    area = {"value": area_over_gr_curve(dose, gr)} if several else {"status": "too_few"}
    for quantity, name, result in (
        ("gr_max", "gr_highest_dose", {"value": gr_at_highest_dose(dose, gr)}),
        ("gr_aoc", "gr_area_over", area),
    ):
        method = f"{shared['method']}+{name}"
        yield {**_bare(shared), "quantity": quantity, "scale": "linear", "method": method, **result}


def _bare(shared: Mapping[str, Any]) -> dict[str, Any]:
    return {**shared, "interval_level": None, "conf_level": None}
