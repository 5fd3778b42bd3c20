"""Cells of a tube sorted into four quadrants."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exportin.assays.cell_death.quantities import QUADRANTS, SUMS

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Signals from which a cell is positive, in natural units."""

    annexin: float
    dna: float


def quadrant_counts(
    annexin: NDArray[np.float64], dna: NDArray[np.float64], keep: Mask, limits: Limits
) -> dict[str, int]:
    """Count live, early, late and necrotic cells; a cell on a limit is positive.

    Parameters
    ----------
    annexin, dna
        Compensated signals of all events.
    keep
        Events that count.
    limits
        Of both axes.

    >>> counts = quadrant_counts(np.array([1.0, 9.0, 9.0, 1.0, 5.0]),
    ...     np.array([1.0, 1.0, 9.0, 9.0, 1.0]), np.full(5, True), Limits(annexin=5.0, dna=5.0))
    >>> counts
    {'live': 1, 'early': 2, 'late': 1, 'necrotic': 1}
    """
    right, upper = annexin >= limits.annexin, dna >= limits.dna
    masks = (~right & ~upper, right & ~upper, right & upper, ~right & upper)
    return {
        name: int(np.count_nonzero(mask & keep))
        for name, mask in zip(QUADRANTS, masks, strict=True)
    }


def with_sums(counts: dict[str, int]) -> dict[str, int]:
    """Add the fractions that are sums of quadrants.

    >>> with_sums({"live": 5, "early": 2, "late": 1, "necrotic": 1})["dead"]
    4
    """
    return counts | {name: sum(counts[part] for part in of) for name, of in SUMS.items()}
