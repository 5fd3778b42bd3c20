"""Tubes to cell-cycle phases: histograms are fitted experiment by experiment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import polars as pl

from exportin.assays.cell_cycle.drawn import drawn_rows
from exportin.assays.cell_cycle.fit_flags import fit_flags, tube_flags
from exportin.assays.cell_cycle.fits import fit_tubes
from exportin.assays.cell_cycle.nuclei import nuclei_of
from exportin.assays.cell_cycle.phase_rows import draw_rows, tube_rows, unit_rows
from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.contract.assay import Context
from exportin.results.tables import Draws, Estimates, Fitted, Flags, Series
from exportin.tables.events import Events

SAMPLES = ("treated", "vehicle", "untreated")
"""Roles whose phases are wanted; others (unstained) are controls of the stain."""
Row = Mapping[str, Any]


def estimate(rows: Events, flags: Flags, settings: CellCycleSettings, context: Context) -> Fitted:
    """Fit the DNA histogram of every tube; tubes of one experiment and condition become one number.

    Parameters
    ----------
    rows
        Tubes with unit_id, role and the design keys.
    flags
        Tubes and ranges of events with severity ``exclude`` are left out.
    settings, context
        What the study file says.

    Returns
    -------
    Fitted
        Fractions per experiment and condition (within: technical), quality of single tubes, the
        histograms with their fitted parts, and draws of the three phases together.
    """
    out = flags.excluded()
    keys = [*context.keys, "unit_id"]
    numbers: list[dict[str, Any]] = []
    draws: list[dict[str, Any]] = []
    drawn: list[pl.DataFrame] = []
    said: list[dict[str, Any]] = []
    for _, experiment in groupby(_sorted(rows.frame, keys), key=lambda row: row["unit_id"]):
        members = named_tubes(list(experiment))
        named = [{**r, "condition": tuple(r[key] for key in keys)} for r in members]
        opened = [nuclei_of(rows, r, out, settings) for r in named if r["row_id"] not in out]
        fits = {fit.nuclei.row["row_id"]: fit for fit in fit_tubes(opened, settings)}
        said += [flag for fit in fits.values() for flag in fit_flags(fit)]
        for what, tubes in _conditions(members, keys):
            mine = [fits[row["row_id"]] for row in tubes if row["row_id"] in fits]
            flagged = len(tubes) - len(mine)
            numbers += unit_rows(what, mine, flagged, context, method_name(settings))
            draws += draw_rows(what, mine, context)
            said += tube_flags(mine)
            for fit in mine:
                numbers += tube_rows(what, fit, context, alone=len(mine) == 1)
                drawn.append(drawn_rows(what, fit, context))
    return Fitted.of(
        estimates=Estimates.build(numbers),
        series=Series(pl.concat(drawn, how="diagonal_relaxed")) if drawn else Series.empty(),
        draws=Draws.from_rows(draws),
        flags=Flags.from_rows(said),
    )


def named_tubes(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Name each tube of one experiment by its sample, or by its events where two share a name.

    >>> rows = [{"sample_id": "A", "row_id": "a:1-9"}, {"sample_id": "A", "row_id": "b:1-9"}]
    >>> [row["tube"] for row in named_tubes(rows)]
    ['a:1-9', 'b:1-9']
    """
    count = Counter(row["sample_id"] for row in rows)
    return [
        {**row, "tube": row["sample_id"] if count[row["sample_id"]] == 1 else row["row_id"]}
        for row in rows
    ]


def method_name(settings: CellCycleSettings) -> str:
    """Name how the histograms were fitted.

    >>> method_name(CellCycleSettings(dna_channel="PI-A"))
    'dna_histogram+singlet_ridge+shared_g1'
    """
    names = ["dna_histogram"]
    names += ["singlet_ridge"] if settings.singlets != "none" else []
    names += ["shared_g1"] if settings.share == "experiment" else []
    return "+".join(names)


def _sorted(frame: pl.DataFrame, keys: Sequence[str]) -> list[dict[str, Any]]:
    kept = frame.filter(pl.col("role").is_in(SAMPLES))
    return kept.sort(["unit_id", *keys, "row_id"], nulls_last=True).to_dicts()


def _conditions(rows: Sequence[Row], keys: Sequence[str]) -> list[tuple[dict[str, Any], list[Row]]]:
    grouped = groupby(rows, key=lambda row: tuple(row[key] for key in keys))
    return [(dict(zip(keys, what, strict=True)), list(tubes)) for what, tubes in grouped]
