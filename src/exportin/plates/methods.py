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
SSMD = Reference(
    key="zhang2007",
    text="Zhang XHD. A pair of new statistical parameters for quality control in RNA interference "
    "high-throughput screening assays. Genomics 2007;89:552-561.",
    doi="10.1016/j.ygeno.2006.12.014",
)
ROBUST = Reference(
    key="birmingham2009",
    text="Birmingham A, Selfors LM, Forster T, et al. Statistical methods for analysis of "
    "high-throughput RNA interference screens. Nature Methods 2009;6:569-575.",
    doi="10.1038/nmeth.1351",
)
NRFE = Reference(
    key="ianevski2025",
    text="Ianevski A, Nader K, Potdar S, et al. Spatial artifact detection improves the "
    "reproducibility of drug screening experiments. iScience 2025;28:113470.",
    doi="10.1016/j.isci.2025.113470",
)
GOOD = Reference(
    key="good2005",
    text="Good P. Permutation, Parametric and Bootstrap Tests of Hypotheses. 3rd ed. Springer, "
    "2005.",
)

METHODS = (
    Method(
        name="plate_controls",
        sentence="Plates were described by Z', robust Z' (medians and MAD), SSMD, signal to "
        "background and the coefficients of variation of their controls, from all wells that no "
        "person had left out.",
        references=(ZHANG, ROBUST, SSMD),
    ),
    Method(
        name="plate_patterns",
        sentence="Edge effect, row trend and column trend of each plate were estimated together "
        "by least squares between wells that should be equal (vehicle; replicates of one "
        "treatment and dose), and tested by exchange of such wells with Holm's adjustment over "
        "the patterns of the plate; what a layout cannot show was not judged.",
        references=(GOOD,),
    ),
    Method(
        name="residual_score",
        sentence="Deviations of treated wells from their fitted curves were summed up for each "
        "plate by a score like the normalized residual fit error (responses not clipped).",
        references=(NRFE,),
    ),
    Method(
        name="plate_vehicle",
        sentence="Signals were expressed as a fraction of the mean of the plate's own vehicle "
        "wells (those with the same cells, where a plate holds several), after subtraction of the "
        "plate's medium blank where there was one; plates were judged by the coefficient of "
        "variation of their vehicle wells (20 % at most) and by Z' (0.5 at least).",
        references=(AGM, ZHANG),
    ),
    Method(
        name="given_normalized",
        sentence="Responses came already expressed as fractions of vehicle; plate quality could "
        "not be judged and the error of the vehicle mean is unknown.",
    ),
)
