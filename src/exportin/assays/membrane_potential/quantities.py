"""What the JC-1 assay estimates, by name."""

from exportin.results.quantities import Quantity

DEPOLARIZED, RATIO, RELATIVE = "depolarized", "red_green_ratio", "ratio_to_vehicle"
LIMIT, SEPARATION = "depolarized_limit", "fccp_separation"

QUANTITIES = (
    Quantity(
        name=RATIO,
        label="Red/green",
        estimand="median over gated single cells of the red over green JC-1 signal, compensated; "
        "it depends on voltages, so that only ratios within one experiment mean something",
        scale="ln",
    ),
    Quantity(
        name=RELATIVE,
        label="Red/green, vehicle = 1",
        estimand="median red over green relative to the vehicle of the same experiment and model",
        scale="ln",
    ),
    Quantity(
        name=DEPOLARIZED,
        label="Depolarized",
        estimand="fraction of gated single cells whose red over green lies below the limit of "
        "their experiment",
        scale="logit",
    ),
    Quantity(
        name=LIMIT,
        label="Limit of red/green",
        estimand="red over green below which a cell is called depolarized",
        scale="ln",
    ),
    Quantity(
        name=SEPARATION,
        label="Separation of FCCP",
        estimand="distance of the modes of ln(red/green) in vehicle and FCCP, in robust standard "
        "deviations",
    ),
    Quantity(name="cells", label="Cells", estimand="gated single cells of a tube"),
    Quantity(
        name="doublets",
        label="Doublets (gate)",
        estimand="events above the ridge of single cells, of those inside the gate",
    ),
)
