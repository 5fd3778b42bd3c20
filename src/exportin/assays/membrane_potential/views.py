"""Figures of the JC-1 assay: percent depolarized, the ratio, and its histograms with the limit."""

import numpy as np

from exportin.assays.membrane_potential.estimate import CONTROL_NAME
from exportin.assays.membrane_potential.quantities import DEPOLARIZED, RATIO, RELATIVE
from exportin.assays.membrane_potential.settings import MembranePotentialSettings
from exportin.contract.assay import Context
from exportin.contract.view import Axis, View
from exportin.events.fraction_views import dots_of, vehicles
from exportin.events.overlays import limit_overlays
from exportin.results.tables import Fitted, Tests
from exportin.tables.events import Events

MOST_TICKS = 6


def views(
    rows: Events,
    fitted: Fitted,
    tests: Tests,
    settings: MembranePotentialSettings,
    context: Context,
) -> tuple[View, ...]:
    """Return percent depolarized and the ratio with their tests, and histograms of the ratio.

    Parameters
    ----------
    rows
        Tubes; roles tell the vehicle.
    fitted, tests
        Results of the block.
    settings, context
        What the study file says.
    """
    first = vehicles(rows)
    colors = f"{settings.red_channel} over {settings.green_channel}"
    found: list[View] = []
    order = (
        settings.primary,
        *(n for n in (DEPOLARIZED, RATIO, RELATIVE) if n != settings.primary),
    )
    for name in order:
        if name == DEPOLARIZED:
            found += dots_of(
                fitted.estimates, tests, context, quantity=name, title="Depolarized cells",
                y_label="Depolarized, of single cells", first=first,
                caption="Cells whose red over green JC-1 signal lies below the limit",
            )  # fmt: skip
            continue
        own = name == RELATIVE
        found += dots_of(
            fitted.estimates, tests, context, quantity=name, first=first, factor=1.0, y_unit="",
            reference=1.0 if own else None,
            title="JC-1 red/green" + (" relative to the vehicle" if own else ""),
            y_label="Red/green" + (", vehicle = 1" if own else ", median of cells"),
            caption=f"Median of single cells of the JC-1 signal {colors}"
            + (", relative to the vehicle of the same experiment" if own else ""),
        )  # fmt: skip
    found += limit_overlays(
        fitted.series.frame,
        quantity="histograms",
        title="JC-1 red/green: single cells, FCCP and limit",
        axis=ratio_axis,
        first=first,
        last=(CONTROL_NAME,),
        most=settings.tubes_drawn,
        caption=f"Single cells by the ratio {colors}, compensated, each scaled to its highest bin; "
        "one tube per treatment. Vertical line: the limit of the experiment, below which a cell is "
        "depolarized. Cells without red or green signal above zero have no place on this axis; "
        "those without red are counted as depolarized.",
    )
    return tuple(found)


def ratio_axis(low: float, high: float) -> Axis:
    """Return an axis of log10 ratios with ticks at plain ratios.

    >>> ratio_axis(-1.2, 1.3).tick_words
    ('0.1', '1', '10')
    """
    first, last = int(np.ceil(max(low, -300))), int(np.floor(min(high, 300)))
    step = max(-(-(last - first + 1) // MOST_TICKS), 1)
    places = [k for k in range(first, last + 1) if k % step == 0]
    return Axis(
        label="JC-1 red/green", low=low, high=high, ticks=tuple(float(k) for k in places),
        tick_words=tuple(f"{10.0**k:.4g}" for k in places),
    )  # fmt: skip
