"""Questions within one unit: what they may ask, and what a run found."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from exportin.inference.contrast_checks import fault, key_faults
from exportin.inference.question import Contrast
from exportin.inference.rcurves import r_curves
from exportin.inference.within_unit import check_within, within_design_faults
from exportin.results.curve_wells import CurveWells
from exportin.results.tables import Tests
from exportin.study.asked import question
from exportin.study.discover import load_assay
from exportin.study.engine import Outputs
from exportin.study.frames import get_result
from exportin.study.outcome import BlockOutcome
from exportin.study.plan import BlockPlan
from exportin.study.store import Store
from exportin.tables.problems import InputError, Problem


def within_faults(
    questions: Sequence[Mapping[str, Any]], rows: pl.DataFrame | None, plan: BlockPlan
) -> Iterator[Problem]:
    """Give every fault of the compare tables with level = "within", before anything is fitted.

    ``rows`` are the joined rows, None where they could not be made.
    """
    for fields in questions:
        ask = question(fields)
        found = [*_unable(ask, plan), *within_design_faults(ask)]
        if rows is not None and not found:
            found = _row_faults(ask, rows, plan.keys)
        yield from found


def _unable(ask: Contrast, plan: BlockPlan) -> Iterator[Problem]:
    """Give what the assay or its settings forbid."""
    curves = plan.assay.curves
    if curves is None:
        message = (
            f'level = "within" compares curves by their wells, and {plan.assay.name} has none.'
        )
        remedy = "Leave level out: groups are then compared between units."
        yield fault(ask, message, remedy)
        return
    if ask.quantity not in curves.levels:
        names = ", ".join(curves.levels)
        message = (
            f"'{ask.quantity}' is no dose that two curves can be asked to share; the test within "
            "one experiment needs one."
        )
        remedy = f"Write one of: {names}; or leave level out to compare between units."
        yield fault(ask, message, remedy)
        return
    said = curves.fault(plan.block.settings, ask.quantity)
    if said is not None:
        yield fault(ask, *said)


def _row_faults(ask: Contrast, rows: pl.DataFrame, keys: Sequence[str]) -> list[Problem]:
    if "role" in rows.columns:
        rows = rows.filter(pl.col("role") == "treated")
    if rows.is_empty() or "unit_id" not in rows.columns:
        return []
    named = [key for key in keys if key in rows.columns]
    missing = key_faults(ask, named)
    if missing:
        return missing
    try:
        check_within(rows.select([*named, "unit_id"]).unique().sort(pl.all()), ask)
    except InputError as error:
        return list(error.problems)
    return []


def r_within(block: BlockOutcome, row: Mapping[str, Any]) -> str:
    """Write the R call of one technical test of a block."""
    curves = load_assay(block.assay).curves
    levels = {} if curves is None else curves.levels
    words = row["family"].partition(f"({row['quantity']} by ")[2]
    keys = sorted(block.wells.keys, key=len, reverse=True)
    between = next((key for key in keys if words.startswith(key)), "")
    return r_curves(block.wells, between, row, levels[row["quantity"]])


def stored_within(store: Store, outputs: Outputs) -> tuple[Tests, CurveWells]:
    """Return the tests within single units and the wells behind them; empty if none was asked."""
    if not outputs:
        return Tests.empty(), CurveWells.empty()
    tests = get_result(store, outputs["tests"], Tests)
    return tests, get_result(store, outputs["wells"], CurveWells)
