"""Sentences and references of the methods this assay coins."""

from exportin.results.methods import Method, Reference

SCHABEL = Reference(
    key="corbett1987",
    text="Corbett TH, Valeriote FA, Baker LH. Is the P388 murine tumor no longer adequate as a "
    "drug discovery model? Invest New Drugs 1987;5:3-20.",
)
HATHER = Reference(
    key="hather2014",
    text="Hather G, Liu R, Bandi S, et al. Growth rate analysis and efficient experimental design "
    "for tumor xenograft studies. Cancer Inform 2014;13(S4):65-72.",
    doi="10.4137/CIN.S13974",
)

METHODS = (
    Method(
        name="relative_to_first_dose",
        sentence="Relative tumor volume is the volume of an animal over its volume at the last "
        "visit on or before the first dose; between two visits not more than eight days apart "
        "volumes were read off on logarithms.",
    ),
    Method(
        name="animals_counted",
        sentence="Animals were counted that had a volume on the day of the measures, measured or "
        "read off between two visits.",
    ),
    Method(
        name="mean_of_volumes",
        sentence="Volumes of the animals there on the day were averaged as they are, with a t "
        "interval; where animals with large tumors have left, the mean of the others says less "
        "than the arm grew.",
    ),
    Method(
        name="no_common_day",
        sentence="No day was found on which the arm and its control could be held against each "
        "other by the rule of the study.",
    ),
    Method(
        name="crossing_interpolated",
        sentence="The time to the threshold volume was read off on the straight line between the "
        "logarithms of the last volume below and the first at or above it (a volume written as a "
        "bound counts as the bound); animals that never reached it were censored at their last "
        "visit.",
    ),
    Method(
        name="crossing_first_visit",
        sentence="The time to the threshold volume was the first visit at or above it; animals "
        "that never reached it were censored at their last visit.",
    ),
    Method(
        name="specific_growth_delay",
        sentence="Growth delays were divided by the doubling time of the control (times 3.32 for "
        "log10 cell kill); the interval takes the far limits of both and is wider than either.",
        references=(SCHABEL, HATHER),
    ),
)
