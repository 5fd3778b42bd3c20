"""The wells behind each dose-response curve, for comparisons within one experiment."""

import numpy as np
import polars as pl

from exportin.assays.viability.estimate import fitted_wells, responses, vehicle_wells, without
from exportin.assays.viability.model_rows import LEVELS, asked_levels, request_of
from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context, CurvesOf
from exportin.results.curve_wells import CurveWells
from exportin.results.tables import Flags
from exportin.tables.kinds import WellReadings

_HELD = {"response_top": "top", "response_bottom": "bottom", "hill_slope": "hill"}


def curve_wells(
    rows: WellReadings, flags: Flags, settings: ViabilitySettings, context: Context
) -> CurveWells:
    """Return the wells that ``estimate`` fits, with their keys and the vehicle wells behind them.

    Parameters
    ----------
    rows, flags, settings, context
        As ``estimate`` gets them.
    """
    wells = fitted_wells(responses(without(rows, flags.excluded()), settings, context))
    keys = [*context.keys, "unit_id"]
    if wells.is_empty():
        return CurveWells.empty()
    parts = [
        part.with_columns(pl.lit(_behind(part), dtype=pl.Float64).alias("n_reference"))
        for part in wells.partition_by(keys, maintain_order=True)
    ]
    columns = ["row_id", "unit_id", "dose_out", "unit_out", "response", "n_reference"]
    found = pl.concat(parts).select(columns + [k for k in context.keys if k not in columns])
    return CurveWells(found.rename({"dose_out": "dose", "unit_out": "units"}))


def _behind(curve: pl.DataFrame) -> float | None:
    count = vehicle_wells(curve)
    return None if np.isinf(count) else count


def fault(settings: ViabilitySettings, quantity: str) -> tuple[str, str] | None:
    """Say what forbids the test of two curves: message and remedy; None where nothing does."""
    held = [_HELD[name] for name in request_of(settings).held()]
    if held:
        keys = " and ".join(held)
        message = f'level = "within" fits all four parameters of each curve, but {keys} is held.'
        return message, f"Leave {keys} out of the block, or leave level out of the question."
    if settings.weighting == "robust":
        message = 'level = "within" counts all wells alike, but weighting = "robust" is asked for.'
        return message, "Leave weighting out of the block, or leave level out of the question."
    asked = {LEVELS[percent]: percent for percent in asked_levels(settings)}
    if quantity != "ec50" and quantity not in asked:
        percent = {name: number for number, name in LEVELS.items()}[quantity]
        message = f"'{quantity}' is only given where its level is asked for."
        return message, f"Write levels = [50, {percent}] in the block."
    return None


CURVES = CurvesOf(
    wells=curve_wells,
    levels={"ec50": None, **{name: (100 - p) / 100.0 for p, name in LEVELS.items()}},
    fault=fault,
)
