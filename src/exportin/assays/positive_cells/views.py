"""Figures of positive cells: the percentage with its tests, and histograms with the limit."""

from exportin.assays.positive_cells.estimate import control_name
from exportin.assays.positive_cells.quantities import NET, POSITIVE
from exportin.assays.positive_cells.settings import PositiveCellsSettings
from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.events.fraction_views import dots_of, vehicles
from exportin.events.lattice import scaled_axis
from exportin.events.overlays import limit_overlays
from exportin.results.tables import Fitted, Tests
from exportin.tables.events import Events


def views(
    rows: Events, fitted: Fitted, tests: Tests, settings: PositiveCellsSettings, context: Context
) -> tuple[View, ...]:
    """Return percent positive with its tests, the same beyond the control, and histograms.

    Parameters
    ----------
    rows
        Tubes; roles tell the vehicle.
    fitted, tests
        Results of the block.
    settings, context
        What the study file says.
    """
    first, marker = vehicles(rows), settings.marker
    said = {
        POSITIVE: (f"{marker} positive cells", f"{marker} positive, of single cells"),
        NET: (
            f"{marker} positive cells beyond the control",
            f"{marker} positive minus control, of single cells",
        ),
    }
    order = (settings.primary, *(name for name in said if name != settings.primary))
    found: list[View] = []
    for name in order:
        title, label = said[name]
        found += dots_of(
            fitted.estimates, tests, context, quantity=name, title=title, y_label=label,
            caption=title, first=first,
        )  # fmt: skip
    percent = 100 * settings.quantile
    found += limit_overlays(
        fitted.series.frame,
        quantity="histograms",
        title=f"{marker}: single cells, control and limit",
        axis=lambda low, high: scaled_axis(
            f"{marker} ({settings.marker_channel})", settings.scale, low, high
        ),
        first=first,
        last=(control_name(settings),),
        most=settings.tubes_drawn,
        caption=f"Single cells, compensated, on an {settings.scale.kind} scale with ticks in "
        f"channels, each scaled to its highest bin; one tube per treatment. Vertical line: the "
        f"limit of the experiment, the {percent:g} % quantile of its control.",
    )
    return tuple(found)
