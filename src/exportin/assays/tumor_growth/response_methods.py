"""Sentences and references of the methods of responses and of body weight."""

from exportin.inference.proportion import METHODS as EXACT
from exportin.results.methods import Method, Reference

GAO = Reference(
    key="gao2015",
    text="Gao H, Korn JM, Ferretti S, et al. High-throughput screening using patient-derived tumor "
    "xenografts to predict clinical trial drug response. Nature Medicine 2015;21:1318-1325.",
    doi="10.1038/nm.3954",
)
MER = Reference(
    key="mer2019",
    text="Mer AS, Ba-Alawi W, Smirnov P, et al. Integrative pharmacogenomics analysis of "
    "patient-derived xenografts. Cancer Research 2019;79:4539-4550.",
    doi="10.1158/0008-5472.CAN-19-0349",
)
HOUGHTON = Reference(
    key="houghton2007",
    text="Houghton PJ, Morton CL, Tucker C, et al. The Pediatric Preclinical Testing Program: "
    "description of models and early testing results. Pediatric Blood & Cancer 2007;49:928-940.",
    doi="10.1002/pbc.21078",
)
MURPHY = Reference(
    key="murphy2016",
    text="Murphy B, Yin H, Maris JM, et al. Evaluation of alternative in vivo drug screening "
    "methodology: a single mouse analysis. Cancer Research 2016;76:5798-5809.",
    doi="10.1158/0008-5472.CAN-16-0122",
)
_CUTS = (
    "Categories by best and best average response: CR below -95 % and -40 %, PR below -50 % and "
    "-20 %, SD below 35 % and 30 %, else PD (mRECIST)."
)
_CHANGE = (
    "Tumor volumes were expressed as percent change from the last volume within 7 days up to the "
    "first dose"
)

METHODS = (
    *EXACT,
    Method(
        name="mrecist_xeva",
        sentence=f"{_CHANGE}; best response is the smallest change, and best average response the "
        "smallest running mean of changes, among visits from the start day on (10 unless stated), "
        f"of which an animal needs two. {_CUTS}",
        references=(GAO, MER),
    ),
    Method(
        name="mrecist_gao2015",
        sentence=f"{_CHANGE}; best average response is the smallest running mean of changes after "
        "the start day (10 unless stated), best response the smallest change from the start day on "
        "where that is below the baseline and else from 10 days later on; the last visit stands in "
        "where an animal was followed past the start day only. These days were told from the "
        f"numbers published with the paper, most of which they give. {_CUTS}",
        references=(GAO,),
    ),
    Method(
        name="response_no_baseline",
        sentence="Animals without a volume above zero within 7 days up to the first dose were not "
        "judged.",
    ),
    Method(
        name="response_no_late_visit",
        sentence="Animals without enough visits from the start day on were not judged by mRECIST.",
    ),
    Method(
        name="response_all_flagged",
        sentence="Animals with every volume excluded were not judged.",
    ),
    Method(
        name="pptp_response",
        sentence="Responses by the definitions of the Pediatric Preclinical Testing Program: MCR, "
        "CR (below 100 mm3 at the end, at a visit), PR (at most half of the first volume at a "
        "visit), SD (at most 25 % above it at the last visit), else PD; PD2 where the time to four "
        "times the first volume, read off between visits on logarithms, exceeds 1.5 medians of the "
        "control arm, else PD1. A tumor below 100 mm3 that had not halved was not called CR. "
        "Scores: PD1 0, PD2 2, SD 4, PR 6, CR 8, MCR 10; PD of a control counts as PD1.",
        references=(HOUGHTON, MURPHY),
    ),
    Method(
        name="pptp_small_baseline",
        sentence="Tumors below 100 mm3 at the first dose, not measurable by these definitions, "
        "were not judged.",
    ),
    Method(
        name="response_no_visit",
        sentence="Animals without a volume after the baseline were not judged.",
    ),
    Method(
        name="pptp_no_control_median",
        sentence="PD was not divided into PD1 and PD2 where the model's control arm is missing or "
        "did not reach the event in half of its animals.",
    ),
    Method(
        name="pptp_left_early",
        sentence="PD was not divided into PD1 and PD2 where the animal left without the event "
        "before 1.5 control medians.",
    ),
    Method(
        name="time_to_doubling",
        sentence="Time to doubling was read off on logarithms between the visits around twice the "
        "baseline volume; tumors that did not double are given as longer than their follow-up.",
    ),
    Method(
        name="several_per_unit",
        sentence="Where several animals or tumors belong to one experimental unit, their share has "
        "no exact limits, which would count them as independent.",
    ),
    Method(
        name="weight_reference_first_dose",
        sentence="Body weights are percent of the animal's last weight within 7 days up to the "
        "first dose.",
    ),
    Method(
        name="weight_reference_randomization",
        sentence="Body weights are percent of the animal's last weight within 7 days up to its "
        "randomization.",
    ),
    Method(
        name="weight_nadir",
        sentence="The lowest body weight is that of the weighings after the reference day; it is "
        "above 100 % where an animal only gained.",
    ),
    Method(
        name="weight_tumor_corrected",
        sentence="The weight of the tumor, 1 g per cm3 of the volume measured on the same day, was "
        "taken off each body weight, that of the reference day included.",
    ),
    Method(
        name="first_weight_loss",
        sentence="Time to a body weight loss is the first weighing with that loss or more, without "
        "interpolation; animals without it are given as longer than their last weighing.",
    ),
    Method(
        name="weight_loss_seen",
        sentence="An animal counts as having lost weight if a weighing showed the loss; one that "
        "died or was removed before a weighing could show it does not.",
    ),
    Method(
        name="weight_no_reference_day",
        sentence="Animals whose day of randomization is not known have no reference weight.",
    ),
    Method(
        name="weight_no_reference",
        sentence="Animals without a weight within 7 days up to the reference day were left out.",
    ),
    Method(
        name="weight_not_followed",
        sentence="Animals not weighed after the reference day were left out.",
    ),
)
