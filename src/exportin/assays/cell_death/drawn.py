"""What figures show of a tube: the density of both dyes, its limits and its counts."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.assays.cell_death.quadrants import Limits
from exportin.assays.cell_death.settings import CellDeathSettings
from exportin.contract.assay import Context
from exportin.events.lattice import cell_counts, drawn_part, step_of
from exportin.events.scaling import forward

DENSITY = "events"


def tube_layers(
    named: Mapping[str, Any],
    pair: NDArray[np.float64],
    *,
    limits: Limits,
    counts: Mapping[str, int],
    settings: CellDeathSettings,
    context: Context,
) -> Iterator[pl.DataFrame]:
    """Give the layers of one tube: cells of the lattice, and per quadrant its corner and count.

    Parameters
    ----------
    named
        Keys, unit_id and tube.
    pair
        Compensated signals of its cells, annexin V and DNA dye.
    limits, counts
        Of the quadrants.
    """
    if not settings.tubes_drawn:
        return
    named = {"block": context.block, **named}
    x, y = (forward(settings.scale, values) for values in pair)
    at, up, n = cell_counts(x, y, step_of(settings.scale))
    yield drawn_part(named, "density", DENSITY, at, n, x2=up)
    corner = forward(settings.scale, np.array([limits.annexin, limits.dna]))
    for name, count in counts.items():
        yield drawn_part(named, "density", name, [corner[0]], [float(count)], x2=[corner[1]])
