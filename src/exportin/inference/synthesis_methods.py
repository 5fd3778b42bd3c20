"""Sentences and references of what is said over models."""

from exportin.inference.methods import AKRITAS, KENDALL
from exportin.inference.proportion import METHODS as PROPORTION
from exportin.results.methods import Method, Reference

VIECHTBAUER = Reference(
    key="viechtbauer2005",
    text="Viechtbauer W. Bias and efficiency of meta-analytic variance estimators in the "
    "random-effects model. J Educ Behav Stat 2005;30:261-293.",
    doi="10.3102/10769986030003261",
)
PROFILE = Reference(
    key="viechtbauer2007",
    text="Viechtbauer W. Confidence intervals for the amount of heterogeneity in meta-analysis. "
    "Stat Med 2007;26:37-52.",
    doi="10.1002/sim.2514",
)
PAULE = Reference(
    key="paule1982",
    text="Paule RC, Mandel J. Consensus values and weighting factors. J Res Natl Bur Stand "
    "1982;87:377-385.",
    doi="10.6028/jres.087.022",
)
HARTUNG = Reference(
    key="hartung2001",
    text="Hartung J, Knapp G. A refined method for the meta-analysis of controlled clinical trials "
    "with binary outcome. Stat Med 2001;20:3875-3889.",
    doi="10.1002/sim.1009",
)
SIDIK = Reference(
    key="sidik2002",
    text="Sidik K, Jonkman JN. A simple confidence interval for meta-analysis. Stat Med "
    "2002;21:3153-3159.",
    doi="10.1002/sim.1262",
)
KNAPP = Reference(
    key="knapp2003",
    text="Knapp G, Hartung J. Improved tests for a random effects meta-regression with a single "
    "covariate. Stat Med 2003;22:2693-2710.",
    doi="10.1002/sim.1482",
)
HIGGINS_I2 = Reference(
    key="higgins2002",
    text="Higgins JPT, Thompson SG. Quantifying heterogeneity in a meta-analysis. Stat Med "
    "2002;21:1539-1558.",
    doi="10.1002/sim.1186",
)
NAGASHIMA = Reference(
    key="nagashima2019",
    text="Nagashima K, Noma H, Furukawa TA. Prediction intervals for random-effects meta-analysis: "
    "a confidence distribution approach. Stat Methods Med Res 2019;28:1689-1702.",
    doi="10.1177/0962280218773520",
)
COCHRAN_Q = Reference(
    key="cochran1954",
    text="Cochran WG. The combination of estimates from different experiments. Biometrics "
    "1954;10:101-129.",
    doi="10.2307/3001666",
)
SEN = Reference(
    key="sen1968",
    text="Sen PK. Estimates of the regression coefficient based on Kendall's tau. J Am Stat Assoc "
    "1968;63:1379-1389.",
    doi="10.1080/01621459.1968.10480934",
)
SYNTHESIS: tuple[Method, ...] = (
    Method(
        name="synthesis_reml",
        sentence="Numbers of models were combined by a random-effects model with the model as the "
        "unit; the variance between models (tau2) was estimated by restricted maximum likelihood.",
        references=(VIECHTBAUER,),
    ),
    Method(
        name="synthesis_paule_mandel",
        sentence="Numbers of models were combined by a random-effects model with the model as the "
        "unit; the variance between models (tau2) was estimated by the method of Paule and Mandel.",
        references=(PAULE,),
    ),
    Method(
        name="synthesis_hksj",
        sentence="The interval of their mean is that of Hartung, Knapp, Sidik and Jonkman, with "
        "one degree of freedom less than there are models.",
        references=(HARTUNG, SIDIK),
    ),
    Method(
        name="synthesis_hksj_guarded",
        sentence="The interval of their mean is that of Hartung, Knapp, Sidik and Jonkman, with "
        "one degree of freedom less than there are models; its variance factor was not taken below "
        "1, so that the interval is never narrower than the fixed-effect interval (ad hoc variant "
        "of Knapp and Hartung).",
        references=(HARTUNG, SIDIK, KNAPP),
    ),
    Method(
        name="synthesis_equal",
        sentence="Numbers of models were averaged with equal weights, with the t interval of so "
        "many models; standard errors within models were not used.",
    ),
    Method(
        name="prediction_confidence",
        sentence="The prediction interval for a further model integrates a normal distribution "
        "over the confidence distribution of tau2 (Q profile); with fewer than three models none "
        "is given.",
        references=(NAGASHIMA, PROFILE),
    ),
    Method(
        name="prediction_equal",
        sentence="The prediction interval is for the number of a further model measured alike, by "
        "the t distribution; with fewer than three models none is given.",
    ),
    Method(
        name="q_profile",
        sentence="The interval of tau2 is that of the Q profile; I2 is the part of the variation "
        "between models that is not chance, its limits are those of tau2.",
        references=(PROFILE, HIGGINS_I2),
    ),
    Method(
        name="cochran_q",
        sentence="Whether models differ was tested by Cochran's Q.",
        references=(COCHRAN_Q,),
    ),
    Method(
        name="se_from_interval",
        sentence="Where a model's number came without standard error, it was taken from the width "
        "of its interval and the degrees of freedom.",
    ),
    Method(
        name="models_by_interval",
        sentence="A model was counted as responding where its whole interval lies beyond the "
        "threshold.",
    ),
    Method(
        name="models_by_value",
        sentence="A model was counted as responding where its estimate, or its bound, lies beyond "
        "the threshold.",
    ),
    Method(
        name="sign_over_models",
        sentence="Numbers known only as bounds, or without a standard error, cannot be averaged by "
        "a random-effects model; there the models beyond the threshold were counted and compared "
        "with one half by the exact binomial (sign) test.",
    ),
    *PROPORTION,
)
ASSOCIATION: tuple[Method, ...] = (
    Method(
        name="kendall_over_models",
        sentence="Whether two results go together over models was tested by Kendall's tau-b, one "
        "pair of numbers a model; an order that a bound hides counts as a tie; p counts all orders "
        "of up to eight models (up to fifty without ties and bounds) and is normal beyond; with "
        "three models no p is given, as none can be below 1/3.",
        references=(KENDALL,),
    ),
    Method(
        name="theil_sen_over_models",
        sentence="The slope is that of Theil and Sen, with bounds that of Akritas, Murphy and "
        "LaValley; its interval holds the slopes that Kendall's test does not reject.",
        references=(SEN, AKRITAS),
    ),
    Method(
        name="left_out_model",
        sentence="Every association was computed again with each model left out.",
    ),
)
