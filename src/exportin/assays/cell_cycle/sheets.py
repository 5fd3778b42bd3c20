"""The quality table of all tubes, and MIFlowCyt."""

from typing import Any

import polars as pl

from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.contract.assay import Context
from exportin.contract.sheet import Cell, Sheet
from exportin.events.miflowcyt import miflowcyt
from exportin.results.tables import Fitted, Tests
from exportin.tables.events import Events

COLUMNS = (
    ("nuclei", "Single nuclei"),
    ("doublets", "Doublets (gate)"),
    ("aggregates", "Aggregates (fit)"),
    ("debris", "Debris"),
    ("g1_channel", "G1 channel"),
    ("g1_cv", "CV of G1"),
    ("g2_g1_ratio", "G2/G1"),
    ("reduced_chi_square", "Chi-square / df"),
)


def sheets(
    rows: Events, fitted: Fitted, tests: Tests, settings: CellCycleSettings, context: Context
) -> tuple[Sheet, ...]:
    """Return the quality of every tube and the MIFlowCyt table of a block."""
    del tests
    return (_quality(fitted), _checklist(rows, fitted, settings, context))


def _quality(fitted: Fitted) -> Sheet:
    frame = fitted.estimates.frame
    names = [name for name, _ in COLUMNS]
    mine = frame.filter(pl.col("quantity").is_in(names))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    if "tube" in mine.columns:
        for row in mine.sort("unit_id", "tube").iter_rows(named=True):
            found.setdefault((row["unit_id"], row["tube"]), {})[row["quantity"]] = row
    body = tuple(
        (
            Cell(unit),
            Cell(tube),
            *(Cell(id=cells[name]["id"]) if name in cells else Cell("-") for name in names),
        )
        for (unit, tube), cells in found.items()
    )
    return Sheet(
        name="tube_quality",
        title="Quality of the tubes",
        header=("Experiment", "Tube", *(title for _, title in COLUMNS)),
        rows=body,
        note="Of each tube alone. Doublets: events above the ridge of single nuclei, which were "
        "left out; aggregates: what the histogram of single nuclei still shows of them. A CV above "
        "8 % leaves S uncertain, above 11 % unknown.",
    )


def _checklist(
    rows: Events, fitted: Fitted, settings: CellCycleSettings, context: Context
) -> Sheet:
    frame = rows.frame
    listed = "; ".join(
        f"{name}: {', '.join(map(str, frame.get_column(key).drop_nulls().unique().sort()))}"
        for key, name in (("model", "lines"), ("treatment", "treatments"))
    )
    n = frame.get_column("unit_id").n_unique()
    return miflowcyt(
        rows,
        settings.miflowcyt,
        variables=f"{listed}; {n} {context.experimental_unit}s, {frame.height} tubes.",
        channels=[settings.dna_channel],
        compensation="None: one stain is measured, in one channel.",
        scales=f"{settings.dna_channel} linear, in channels of the instrument.",
        gates=_gates(fitted, settings),
    )


def _gates(fitted: Fitted, settings: CellCycleSettings) -> str:
    words = []
    if settings.population:
        words.append(f"'{settings.population}' as drawn in the study file.")
    if settings.singlets == "none":
        words.append("No gate on single nuclei.")
        return " ".join(words)
    doublets = fitted.estimates.frame.filter(pl.col("quantity") == "doublets")
    share = [100 * v for v in doublets.get_column("value").drop_nulls()]
    if not share:
        words.append("Doublets could not be gated: no height or width of the stain's pulse.")
    else:
        said = f" It left out {min(share):.1f} to {max(share):.1f} % as doublets." if share else ""
        words.append(
            f"Single nuclei: area against height or width, within {settings.singlet_spread:g} "
            f"robust SD of the ridge.{said}"
        )
    return " ".join(words)
