"""Tubes that were left out: what each would say by itself, for figures only; in no number."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.cell_cycle.fits import APART, CONTROLS, TubeFit, fit_tubes
from exportin.assays.cell_cycle.nuclei import nuclei_of
from exportin.assays.cell_cycle.phase_rows import usable
from exportin.assays.cell_cycle.quantities import PHASES
from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.contract.assay import Context
from exportin.results.schema import result_id
from exportin.results.tables import Series
from exportin.tables.events import Events
from exportin.tables.problems import InputError

LEFT_OUT = "left_out"
"""Quantity of the series that holds these fractions: a row per tube and phase."""
Row = Mapping[str, Any]


def left_out_rows(
    rows: Events,
    tubes: Sequence[Row],
    *,
    kept: Collection[TubeFit],
    out: Collection[str],
    settings: CellCycleSettings,
    context: Context,
) -> Iterator[pl.DataFrame]:
    """Return the phases of tubes of one experiment that are left out as a whole, fitted alone.

    They lend nothing to other tubes and take only one thing from them: where G1 of their line is.

    Parameters
    ----------
    rows
        The tubes.
    tubes
        Rows of the experiment, with the keys, ``unit_id`` and ``tube``.
    kept
        Fits of the tubes that were not left out.
    out
        Excluded row ids.
    settings, context
        What the study file says.
    """
    for row in tubes:
        if row["row_id"] not in out:
            continue
        fit = _alone(rows, row, kept, set(out) - {row["row_id"]}, settings)
        if fit is not None and fit.answer is not None and usable(fit):
            yield _rows(
                row, {name: float(getattr(fit.answer.fit, name)) for name in PHASES}, context
            )


def _alone(
    rows: Events,
    row: Row,
    kept: Collection[TubeFit],
    out: set[str],
    settings: CellCycleSettings,
) -> TubeFit | None:
    """Fit one tube by itself; None where it cannot be opened, which may be why it was left out."""
    try:
        tube = nuclei_of(rows, row, out, settings)
    except InputError:
        return None
    return fit_tubes([tube], _near(row, kept, settings))[0]


def _near(row: Row, kept: Collection[TubeFit], settings: CellCycleSettings) -> CellCycleSettings:
    """Look for G1 where its line has it in this experiment, unless the study file says where."""
    mine = [fit for fit in kept if fit.nuclei.row["model"] == row["model"] and usable(fit)]
    mine = [fit for fit in mine if fit.nuclei.row.get("role") in CONTROLS] or mine
    if settings.g1_low is not None or settings.g1_high is not None or not mine:
        return settings
    center = float(np.median([fit.answer.fit.g1_mean for fit in mine if fit.answer]))
    around = {"g1_low": center * float(np.exp(-APART)), "g1_high": center * float(np.exp(APART))}
    return settings.model_copy(update=around)


def _rows(row: Row, phases: Mapping[str, float], context: Context) -> pl.DataFrame:
    keys = {name: row[name] for name in (*context.keys, "unit_id", "tube")}
    named = {**keys, "block": context.block, "quantity": LEFT_OUT}
    frame = pl.DataFrame([
        {"id": result_id("s", {**named, "part": part}), **named, "units": "", "x": 0.0, "y": value,
         "part": part}
        for part, value in phases.items()
    ])  # fmt: skip
    empty = [pl.lit(None, dtype=pl.Float64).alias(name) for name in ("x2", "low", "high")]
    return frame.with_columns(*empty).select(*Series.schema(), *keys, "part")
