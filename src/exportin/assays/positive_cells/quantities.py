"""What the assay of positive cells estimates, by name."""

from exportin.results.quantities import Quantity

POSITIVE, NET = "positive", "net_positive"
LIMIT, BACKGROUND = "marker_limit", "control_positive"

QUANTITIES = (
    Quantity(
        name=POSITIVE,
        label="Positive",
        estimand="fraction of gated single cells at or above the limit set from the negative "
        "control; it holds the control's own share above the limit",
        scale="logit",
    ),
    Quantity(
        name=NET,
        label="Positive beyond the control",
        estimand="positive fraction of the sample minus that of its negative control; below zero "
        "where the sample is less positive than the control",
    ),
    Quantity(
        name=LIMIT,
        label="Limit of the marker",
        estimand="signal from which a cell is positive, in channels after compensation",
    ),
    Quantity(
        name=BACKGROUND,
        label="Positive in the control",
        estimand="fraction of the negative control at or above the limit",
        scale="logit",
    ),
    Quantity(name="cells", label="Cells", estimand="gated single cells of a tube"),
    Quantity(
        name="doublets",
        label="Doublets (gate)",
        estimand="events above the ridge of single cells, of those inside the gate",
    ),
)
