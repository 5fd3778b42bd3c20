"""Sentence and references of the methods that hold an arm of animals against its control."""

from exportin.results.methods import Method, Reference

FIELLER = Reference(
    key="fieller1954",
    text="Fieller EC. Some problems in interval estimation. J R Stat Soc B 1954;16:175-185.",
)
EFRON_T = Reference(
    key="efron1993",
    text="Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman and Hall, 1993, "
    "chapter 12 (bootstrap-t).",
)
EDGINGTON = Reference(
    key="edgington2007",
    text="Edgington ES, Onghena P. Randomization Tests. 4th ed. Chapman and Hall, 2007.",
)
HOTHORN = Reference(
    key="hothorn2008",
    text="Hothorn T, Bretz F, Westfall P. Simultaneous inference in general parametric models. "
    "Biom J 2008;50:346-363.",
    doi="10.1002/bimj.200810425",
)
MARTIN = Reference(
    key="martin2016",
    text="Martin EC, Aarons L, Yates JWT. Accounting for dropout in xenografted tumour efficacy "
    "studies: integrated endpoint analysis, reduced bias and better use of animals. Cancer "
    "Chemother Pharmacol 2016;78:131-141.",
)

METHODS = (
    Method(
        name="ratio_of_means",
        sentence="Ratios of arithmetic means have a t interval on logarithms by the delta method, "
        "with Welch's degrees of freedom.",
    ),
    Method(
        name="ratio_of_means_bootstrap_t",
        sentence="Ratios of arithmetic means of eight or more animals an arm have a bootstrap-t "
        "interval on logarithms, animals resampled within their arm.",
        references=(EFRON_T,),
    ),
    Method(
        name="ratio_of_geometric_means",
        sentence="Ratios of geometric means have Welch's t interval on logarithms.",
    ),
    Method(
        name="ratio_of_medians_exact",
        sentence="Ratios of medians have an exact, conservative interval from the order statistics "
        "of both arms; it is open where an arm has fewer than seven animals.",
    ),
    Method(
        name="ratio_of_changes_fieller",
        sentence="Ratios of mean changes have Fieller's interval, open where the change of the "
        "control is not clearly different from zero.",
        references=(FIELLER,),
    ),
    Method(
        name="largest_inhibition_over_days",
        sentence="The largest inhibition over days has an interval from the band that holds on all "
        "days together (largest absolute t of correlated days), so that the choice of the day is "
        "allowed for.",
        references=(HOTHORN,),
    ),
    Method(
        name="animals_dealt_at_random",
        sentence="What the largest inhibition is without an effect was found by dealing the "
        "study's own animals, with all their visits, to the two arms anew.",
        references=(EDGINGTON,),
    ),
    Method(
        name="largest_effect_exact",
        sentence="The largest inhibition over days was tested by dealing whole animals to the two "
        "arms in every possible way.",
        references=(EDGINGTON,),
    ),
    Method(
        name="largest_effect_drawn",
        sentence="The largest inhibition over days was tested by dealing whole animals to the two "
        "arms at random.",
        references=(EDGINGTON,),
    ),
    Method(
        name="published_t_test",
        sentence="For comparison with papers, raw volumes of one day were compared by Student's t "
        "test; this test ignores how the day was chosen, animals that had left, and all other "
        "visits.",
        references=(MARTIN,),
    ),
)
