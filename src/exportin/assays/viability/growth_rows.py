"""GR metrics of one experiment: a Hill curve through GR values, its doses, plateaus and area."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from exportin.contract.assay import Context
from exportin.curves.dose_response import CurveFit, fit_curve
from exportin.curves.lines import pooled_lines, unit_line
from exportin.kernels.growth_rate import (
    GR_LOWEST,
    area_over_gr_curve,
    gr_at_highest_dose,
    reference_wells,
)
from exportin.results.schema import result_id
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
    lines: tuple[pl.DataFrame, ...] = ()


def grown_curve(
    curve: pl.DataFrame, common: Mapping[str, Any], what: Mapping[str, Any], context: Context
) -> Grown:
    """Fit the GR values of one experiment.

    Parameters
    ----------
    curve
        Its wells from `with_growth`.
    common
        What all rows of the experiment share; ``method`` starts with how the wells were
        normalized.
    what
        Keys and unit_id.
    context
        Block, level of the intervals, seed.
    """
    if curve.get_column("gr").null_count():  # after exclusions nothing says how the cells grew
        return Grown(tuple(no_growth(common, "not_identifiable")))
    normalized = str(common["method"]).partition("+")[0]
    sources = sorted(set(curve.get_column("gr_source")))
    limit = ["gr_limit"] if curve.get_column("gr_at_limit").any() else []
    method = "+".join([normalized, *sources, *limit])
    shared = {**common, "method": method}
    found = _fit(curve, context)
    rows = (*_curve_rows(found, shared, curve.item(0, "unit_out")), *_data_rows(curve, shared))
    if not found.has_line:
        return Grown(rows)
    drawn = unit_line(found, curve.with_columns(response=pl.col("gr")), what, context.block)
    return Grown(rows, (drawn,))


def no_growth(common: Mapping[str, Any], status: str) -> Iterator[dict[str, Any]]:
    """GR rows of an experiment that has none, with the reason."""
    empty = {"interval_level": None, "conf_level": None}
    for quantity in GR_POTENCIES:
        yield {**common, "quantity": quantity, "scale": "log10", "status": status, **empty}


def gr_lines(lines: Sequence[pl.DataFrame], context: Context) -> list[pl.DataFrame]:
    """Return the GR curves of all experiments and their means as rows of Series."""
    drawn = [*lines, *pooled_lines(lines, context)]
    return [_as_gr(line, [*context.keys, "unit_id"], context.block) for line in drawn]


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


def _fit(curve: pl.DataFrame, context: Context) -> CurveFit:
    vehicles = curve.select("file", "sample_id", "vehicle_n").unique().get_column("vehicle_n")
    zeros = curve.select("time_zero_of", "time_zero_n", "gr_source").unique()
    measured = zeros.filter(pl.col("gr_source") == "gr_time_zero").get_column("time_zero_n")
    return fit_curve(
        curve.get_column("dose_out").to_numpy(),
        curve.get_column("gr").to_numpy(),
        level=GR_LEVEL,
        n_reference=reference_wells(
            GR_LEVEL,
            float(np.inf) if vehicles.null_count() else float(vehicles.sum()),
            float(measured.sum()) if len(measured) else float(np.inf),
        ),
        conf_level=context.conf_level,
        seed=context.seed,
    )


def _curve_rows(found: CurveFit, shared: Mapping[str, Any], unit: str) -> Iterator[dict[str, Any]]:
    method = f"{shared['method']}+hill4"
    df = float(max(found.fit.n - 4, 0))
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
    for quantity, scale, value, known, name in (
        ("gr_inf", "linear", max(bottom, GR_LOWEST), not no_end, method + floor),
        ("gr_hill", "log10", float(found.fit.hill), not (no_end or no_start), method),
    ):
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


def _as_gr(line: pl.DataFrame, names: Sequence[str], block: str) -> pl.DataFrame:
    """Call a fitted line what it is; it has an id of its own beside the viability curve."""
    what = line.select(names).row(0, named=True)
    number = result_id("s", {"block": block, "quantity": SERIES, **what})
    return line.with_columns(
        pl.lit(number).alias("id"), pl.lit(SERIES).alias("quantity"), pl.lit(GR_UNIT).alias("units")
    )
