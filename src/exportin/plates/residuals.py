"""How far the treated wells of a plate lie from their fitted curves: an NRFE-like score."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

MAX_RESIDUAL_SCORE = 15.0
"""Percent of vehicle. Chosen by simulation (150 plates each, two drugs of 10 doses x 3 wells, seed
21; a smaller version is in the tests): of plates without fault, none lies above at a well CV of
15 %, 5 % do at 20 % (the most the CV rule lets pass), 61 % at 25 % and 95 % at 30 %. A fault of
one region hardly shows: an edge effect of -15 % raises the score from 4 to 6."""
MIN_RESIDUAL_WELLS = 20  # a score of fewer wells follows single ones
PERCENT = 100.0
Wells = NDArray[np.float64]


def residual_score(response: Wells, fitted: Wells) -> float:
    """Mean of |response - fitted| * (1 + p (1 - p) / 0.25) in percent, p the fitted response.

    The weight of the published NRFE: deviations count double at the middle of the curve and
    once at its ends. Unlike there, responses are not clipped to 0 to 100 % (clipping hides what
    is wrong above the vehicle), curves are the assay's own, and p is clipped to 0 to 1.

    References
    ----------
    Ianevski A, Nader K, Potdar S, et al. iScience 2025;28:113470,
    doi:10.1016/j.isci.2025.113470.

    Examples
    --------
    >>> residual_score(np.array([0.6, 1.1]), np.array([0.5, 1.0])).__round__(6)
    15.0
    """
    part = np.clip(fitted, 0.0, 1.0)
    weight = 1.0 + part * (1.0 - part) / 0.25
    return float(np.mean(np.abs(response - fitted) * weight) * PERCENT)


def residual_scores(wells: pl.DataFrame) -> pl.DataFrame:
    """Return ``residual_score`` and ``n_wells`` of each plate with enough fitted wells.

    Parameters
    ----------
    wells
        Rows with file, sample_id, model, response and fitted (fractions of vehicle).
    """
    place = ["file", "sample_id", "model"]
    rows = [
        {
            **dict(zip(place, names, strict=True)),
            "residual_score": residual_score(
                plate.get_column("response").to_numpy(), plate.get_column("fitted").to_numpy()
            ),
            "n_wells": plate.height,
        }
        for names, plate in sorted(
            wells.partition_by(place, as_dict=True).items(), key=lambda item: str(item[0])
        )
        if plate.height >= MIN_RESIDUAL_WELLS
    ]
    schema = dict.fromkeys(place, pl.String) | {"residual_score": pl.Float64, "n_wells": pl.Int64}
    return pl.DataFrame(rows, schema=schema)
