"""One plain record per tube: what the command line prints without a study."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from exportin.assays.cell_cycle.fit_flags import fit_flags
from exportin.assays.cell_cycle.fits import TubeFit, fit_tubes
from exportin.assays.cell_cycle.flag import check_channel
from exportin.assays.cell_cycle.nuclei import nuclei_of
from exportin.assays.cell_cycle.quantities import FRACTIONS, PHASES
from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.tables.events import Events
from exportin.tables.problems import InputError

NOT = "not identifiable"
TOLD = ("doublets", "doublets-not-told")
"""Flags that stand beside a record; the others are its verdict and reason."""


def records_of(tables: Sequence[Events], settings: CellCycleSettings) -> list[dict[str, Any]]:
    """Fit every tube and return plain records, in the order of the files.

    Raises
    ------
    InputError
        A file has no such channel, or it was recorded with a logarithmic amplifier.
    """
    pairs = [(table, row) for table in tables for row in table.frame.iter_rows(named=True)]
    problems = [p for table, row in pairs for p in check_channel(table, row, settings, "--channel")]
    if problems:
        raise InputError(problems)
    tubes = [nuclei_of(table, row, set(), settings) for table, row in pairs]
    notes = [[str(note.message) for note in table.notes] for table, _ in pairs]
    return [_record(fit, said) for fit, said in zip(fit_tubes(tubes, settings), notes, strict=True)]


def _record(fit: TubeFit, notes: list[str]) -> dict[str, Any]:
    nuclei, answer = fit.nuclei, fit.answer
    notes = [*notes, *(flag["message"] for flag in fit_flags(fit) if flag["rule"] in TOLD)]
    notes += ["G1 is the lowest main peak found; no control was used."] if answer else []
    record: dict[str, Any] = {
        "file": nuclei.row["file"],
        "row_id": nuclei.row["row_id"],
        "events": nuclei.events,
        "singlets": nuclei.n,
    }
    names = (*FRACTIONS, "g1_mean", "g1_cv")
    blank = dict.fromkeys(PHASES)
    if answer is None:
        return record | dict.fromkeys(names) | {
            "g2_g1_ratio": None,
            "intervals": {name: [None, None] for name in names},
            "model_low": blank, "model_high": blank, "model": None, "reduced_chi_square": None,
            "verdict": NOT, "reason": fit.sentence, "notes": notes,
        }  # fmt: skip
    low, high = fit.limits
    values = {name: _plain(getattr(answer.fit, name)) for name in names}
    values["sub_g1"] = _plain(fit.sub_g1)
    return record | values | {
        "g2_g1_ratio": _plain(answer.fit.ratio),
        "intervals": {name: [_plain(low[name]), _plain(high[name])] for name in names},
        "model_low": {name: _plain(answer.model_low[name]) for name in PHASES},
        "model_high": {name: _plain(answer.model_high[name]) for name in PHASES},
        "model": answer.fit.model.name,
        "reduced_chi_square": _plain(answer.fit.reduced),
        "verdict": answer.verdict, "reason": answer.reason, "notes": notes,
    }  # fmt: skip


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
