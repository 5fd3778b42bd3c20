"""What a fit leaves to be said of its tube: no G1, phases unknown, doublets, tubes that differ."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from exportin.assays.cell_cycle.fits import TubeFit
from exportin.assays.cell_cycle.phase_rows import between_tubes, usable

APART = 2.0
"""Tubes of one culture differ by more than their counting when their spread is twice as wide."""


def fit_flags(fit: TubeFit) -> list[dict[str, Any]]:
    """Say of a tube what its histogram does not tell, and where two ways do not agree."""
    found = []
    if fit.answer is None:
        found.append(("no-histogram", "warn", f"No phases: {fit.sentence}."))
    elif not usable(fit):
        found.append(("not-identifiable", "warn", f"Phases not identifiable: {fit.answer.reason}."))
    if fit.elsewhere:
        found.append(("g1-elsewhere", "warn", f"{fit.elsewhere}."))
    if fit.doublets is not None and not fit.doublets.agree:
        said = fit.doublets.sentence
        found.append(("doublets", "warn", f"{said[:1].upper()}{said[1:]}."))
    singlets = fit.nuclei.singlets
    if singlets is not None and singlets.status != "ok":
        found.append(("doublets-not-told", "warn", f"Doublets not told: {singlets.sentence}."))
    return [_flag(fit, rule, severity, message) for rule, severity, message in found]


def tube_flags(fits: Sequence[TubeFit]) -> list[dict[str, Any]]:
    """Say where tubes of one culture differ in G1 by more than counting explains."""
    good = [fit for fit in fits if usable(fit)]
    if len(good) < 2:
        return []
    g1 = np.array([fit.answer.fit.g1 for fit in good if fit.answer])
    own = [fit.limits[1]["g1"] - fit.limits[0]["g1"] for fit in good]
    share = np.full(g1.size, 1.0 / g1.size)
    if not between_tubes(share, g1) > APART * float(np.mean(own)) / 2.0 / np.sqrt(g1.size):
        return []
    listed = ", ".join(f"{100 * value:.1f}" for value in g1)
    message = (
        f"Tubes of one culture have {listed} % in G0/G1, further apart than their counts explain; "
        "their average takes the wider interval."
    )
    return [_flag(good[0], "tubes-differ", "warn", message)]


def _flag(fit: TubeFit, rule: str, severity: str, message: str) -> dict[str, Any]:
    return {
        "row_id": fit.nuclei.row["row_id"],
        "rule": rule,
        "severity": severity,
        "message": message,
        "by": "cell_cycle",
    }
