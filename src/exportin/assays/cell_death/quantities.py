"""What the cell-death assay estimates, by name."""

from exportin.results.quantities import Quantity

QUADRANTS = ("live", "early", "late", "necrotic")
SUMS = {"dead": ("early", "late", "necrotic"), "annexin_positive": ("early", "late")}
FRACTIONS = (*QUADRANTS, *SUMS)
WHOLE = "quadrants"
LIMITS = ("annexin_limit", "dna_limit")
NAMES = {
    "live": "Live",
    "early": "Early apoptotic",
    "late": "Late apoptotic",
    "necrotic": "Necrotic",
    "dead": "Dead or dying",
    "annexin_positive": "Annexin V positive",
}
_OF = "of gated single cells, events of one tube or of several counted together"


def _fraction(name: str, what: str, label: str = "") -> Quantity:
    return Quantity(
        name=name, label=label or NAMES[name], estimand=f"fraction {what} {_OF}", scale="logit"
    )


QUANTITIES = (
    _fraction("live", "negative for annexin V and for the DNA dye"),
    _fraction("early", "positive for annexin V, negative for the DNA dye"),
    _fraction("late", "positive for both dyes (late apoptotic, or dead otherwise)"),
    _fraction("necrotic", "negative for annexin V, positive for the DNA dye"),
    _fraction("dead", "positive for either dye: all but live"),
    _fraction("annexin_positive", "positive for annexin V, early and late together"),
    Quantity(
        name=WHOLE,
        label="Quadrants",
        estimand="live, early, late and necrotic together, as log-ratios",
    ),
    Quantity(
        name="annexin_limit",
        label="Limit of annexin V",
        estimand="signal from which a cell is annexin V positive, in channels after compensation",
    ),
    Quantity(
        name="dna_limit",
        label="Limit of the DNA dye",
        estimand="signal from which a cell is positive for the DNA dye, in channels after "
        "compensation",
    ),
    Quantity(name="cells", label="Cells", estimand="gated single cells of a tube"),
    Quantity(
        name="doublets",
        label="Doublets (gate)",
        estimand="events above the ridge of single cells, of those inside the gate",
    ),
)
