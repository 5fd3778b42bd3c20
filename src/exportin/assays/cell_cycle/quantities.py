"""What the cell-cycle assay estimates, by name."""

from exportin.results.quantities import Quantity

PHASES = ("g1", "s", "g2m")
FRACTIONS = (*PHASES, "sub_g1")
TUBE = (
    "tube_g1",
    "tube_s",
    "tube_g2m",
    "nuclei",
    "g1_channel",
    "g1_cv",
    "g2_g1_ratio",
    "doublets",
    "debris",
    "aggregates",
    "reduced_chi_square",
)
_OF = "of single nuclei in the fitted DNA histogram"

QUANTITIES = (
    Quantity(name="g1", label="G0/G1", estimand=f"fraction in G0/G1 {_OF}", scale="logit"),
    Quantity(name="s", label="S", estimand=f"fraction in S {_OF}", scale="logit"),
    Quantity(name="g2m", label="G2/M", estimand=f"fraction in G2/M {_OF}", scale="logit"),
    Quantity(
        name="sub_g1",
        label="Sub-G1",
        estimand="events with less DNA than G1, apart from debris, over them and single nuclei: a "
        "fraction of events, not of cells",
        scale="logit",
    ),
    Quantity(
        name="phases",
        label="Cell-cycle phases",
        estimand="G0/G1, S and G2/M together, as log-ratios",
    ),
    Quantity(name="tube_g1", label="G0/G1 (tube)", estimand="G0/G1 of one of several tubes"),
    Quantity(name="tube_s", label="S (tube)", estimand="S of one of several tubes"),
    Quantity(name="tube_g2m", label="G2/M (tube)", estimand="G2/M of one of several tubes"),
    Quantity(name="nuclei", label="Single nuclei", estimand="events the histogram holds"),
    Quantity(name="g1_channel", label="G1 position", estimand="mean of the G1 peak, channel"),
    Quantity(name="g1_cv", label="CV of G1", estimand="SD over mean of the G1 peak"),
    Quantity(name="g2_g1_ratio", label="G2/G1", estimand="mean of G2/M over mean of G1"),
    Quantity(
        name="doublets",
        label="Doublets (gate)",
        estimand="events above the ridge of single nuclei, of those inside the gate",
    ),
    Quantity(
        name="debris",
        label="Debris",
        estimand="fraction of the histogram's events that are debris",
    ),
    Quantity(
        name="aggregates",
        label="Aggregates (fit)",
        estimand="fraction of the histogram's events that are aggregates left after the gate",
    ),
    Quantity(
        name="reduced_chi_square",
        label="Chi-square / df",
        estimand="misfit of the histogram; 1 where only chance is left",
    ),
)
