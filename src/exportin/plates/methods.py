"""Sentences and references of the methods this room coins."""

from exportin.results.methods import Method, Reference

AGM = Reference(
    key="iversen2012",
    text="Iversen PW, Beck B, Chen YF, et al. HTS assay validation. In: Assay Guidance Manual. "
    "Eli Lilly & Company and the National Center for Advancing Translational Sciences, 2012.",
)
ZHANG = Reference(
    key="zhang1999",
    text="Zhang JH, Chung TDY, Oldenburg KR. A simple statistical parameter for use in "
    "evaluation and validation of high throughput screening assays. "
    "Journal of Biomolecular Screening 1999;4:67-73.",
    doi="10.1177/108705719900400206",
)

METHODS = (
    Method(
        name="plate_vehicle",
        sentence="Signals were expressed as a fraction of the mean of the plate's own vehicle "
        "wells, after subtraction of the plate's medium blank where there was one; plates were "
        "judged by the coefficient of variation of their vehicle wells (20 % at most) and by Z' "
        "(0.5 at least).",
        references=(AGM, ZHANG),
    ),
    Method(
        name="given_normalized",
        sentence="Responses came already expressed as fractions of vehicle; plate quality could "
        "not be judged and the error of the vehicle mean is unknown.",
    ),
)
