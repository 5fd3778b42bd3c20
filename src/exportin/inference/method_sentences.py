"""One sentence and its sources for every method name coined in this room."""

from typing import NamedTuple


class MethodSentence(NamedTuple):
    """What a methods section says about one test, and where the formula comes from."""

    sentence: str
    references: tuple[str, ...]


_STUDENT = "Student. The probable error of a mean. Biometrika 1908;6:1-25, doi:10.2307/2331554"
_WELCH = (
    "Welch BL. The generalization of 'Student's' problem when several different population "
    "variances are involved. Biometrika 1947;34:28-35, doi:10.2307/2332510"
)
_MANN = (
    "Mann HB, Whitney DR. On a test of whether one of two random variables is stochastically "
    "larger than the other. Ann Math Stat 1947;18:50-60, doi:10.1214/aoms/1177730491"
)
_WILCOXON = (
    "Wilcoxon F. Individual comparisons by ranking methods. Biometrics Bull 1945;1:80-83, "
    "doi:10.2307/3001968"
)
_HODGES = (
    "Hodges JL, Lehmann EL. Estimates of location based on rank tests. Ann Math Stat "
    "1963;34:598-611, doi:10.1214/aoms/1177704172"
)
_STEIGER = (
    "Steiger JH. Beyond the F test: effect size confidence intervals and tests of close fit in "
    "the analysis of variance and contrast analysis. Psychol Methods 2004;9:164-182, "
    "doi:10.1037/1082-989X.9.2.164"
)
DUNNETT = (
    "Dunnett CW. A multiple comparison procedure for comparing several treatments with a "
    "control. J Am Stat Assoc 1955;50:1096-1121, doi:10.1080/01621459.1955.10501294"
)
KRAMER = (
    "Kramer CY. Extension of multiple range tests to group means with unequal numbers of "
    "replications. Biometrics 1956;12:307-310, doi:10.2307/3001469"
)
_SATTERTHWAITE = (
    "Satterthwaite FE. An approximate distribution of estimates of variance components. "
    "Biometrics Bull 1946;2:110-114, doi:10.2307/3002019"
)
_WELCH_MEANS = (
    "Welch BL. On the comparison of several mean values: an alternative approach. Biometrika "
    "1951;38:330-336, doi:10.2307/2332579"
)
_YATES = (
    "Yates F. The analysis of multiple classifications with unequal numbers in the different "
    "classes. J Am Stat Assoc 1934;29:51-66, doi:10.1080/01621459.1934.10502686"
)
_LANGSRUD = (
    "Langsrud O. ANOVA for unbalanced data: use Type II instead of Type III sums of squares. "
    "Stat Comput 2003;13:163-167, doi:10.1023/A:1023260610025"
)
_MATTHEWS = (
    "Matthews JNS, Altman DG, Campbell MJ, Royston P. Analysis of serial measurements in medical "
    "research. BMJ 1990;300:230-235, doi:10.1136/bmj.300.6719.230"
)
_GENZ = "Genz A, Bretz F. Computation of Multivariate Normal and t Probabilities. Springer, 2009"

METHODS: dict[str, MethodSentence] = {
    "student_t": MethodSentence(
        "Two groups were compared by Student's t test with a pooled variance.", (_STUDENT,)
    ),
    "welch_t": MethodSentence(
        "Two groups were compared by Welch's t test, which does not assume equal variances.",
        (_WELCH, _SATTERTHWAITE),
    ),
    "paired_t": MethodSentence(
        "Pairs were compared by a t test on the differences within pairs.", (_STUDENT,)
    ),
    "one_sample_t": MethodSentence(
        "The mean was compared with a fixed value by a one-sample t test.", (_STUDENT,)
    ),
    "mann_whitney_exact": MethodSentence(
        "Two groups were compared by the exact Mann-Whitney test; the shift is the "
        "Hodges-Lehmann estimate with its exact interval.",
        (_MANN, _HODGES),
    ),
    "mann_whitney_permutation": MethodSentence(
        "Two groups with tied values were compared by the exact permutation distribution of the "
        "rank sum given the ties (two-sided p: twice the smaller tail); the interval of the "
        "Hodges-Lehmann shift holds the shifts that this test does not reject.",
        (_MANN, _HODGES),
    ),
    "mann_whitney_normal": MethodSentence(
        "Two groups were compared by the Mann-Whitney test in its normal approximation with "
        "corrections for ties and continuity; the interval of the Hodges-Lehmann shift inverts it.",
        (_MANN, _HODGES),
    ),
    "signed_rank_exact": MethodSentence(
        "Pairs were compared by the exact Wilcoxon signed-rank test; the shift is the "
        "Hodges-Lehmann pseudomedian with its exact interval.",
        (_WILCOXON, _HODGES),
    ),
    "signed_rank_permutation": MethodSentence(
        "Pairs with tied or zero differences were compared by the exact sign-flip distribution of "
        "the signed-rank sum, zeros left out (two-sided p: twice the smaller tail); the interval "
        "of the Hodges-Lehmann pseudomedian inverts this test.",
        (_WILCOXON, _HODGES),
    ),
    "signed_rank_normal": MethodSentence(
        "Pairs were compared by the Wilcoxon signed-rank test in its normal approximation with "
        "corrections for ties and continuity, zeros left out.",
        (_WILCOXON, _HODGES),
    ),
    "one_way_anova": MethodSentence(
        "Groups were compared by one-way analysis of variance; partial eta squared has a "
        "noncentral-F interval.",
        (_STEIGER,),
    ),
    "welch_anova": MethodSentence(
        "Groups were compared by Welch's analysis of variance for unequal variances; the interval "
        "of partial eta squared takes Welch's F as noncentral F and is approximate.",
        (_WELCH_MEANS, _STEIGER),
    ),
    "blocked_anova": MethodSentence(
        "Groups were compared by analysis of variance with the experiment as an additive block.",
        (_STEIGER,),
    ),
    "two_way_anova_type3": MethodSentence(
        "Two factors and their interaction were tested by analysis of variance with type III sums "
        "of squares (sum contrasts).",
        (_YATES, _STEIGER),
    ),
    "two_way_anova_type2": MethodSentence(
        "Two factors and their interaction were tested by analysis of variance with type II sums "
        "of squares.",
        (_LANGSRUD, _STEIGER),
    ),
    "dunnett": MethodSentence(
        "Each group was compared with the control by Dunnett's procedure, the multivariate t "
        "probability computed by quadrature; intervals are simultaneous.",
        (DUNNETT,),
    ),
    "dunnett_simulated": MethodSentence(
        "Each group was compared with the control by Dunnett's procedure; the correlation has no "
        "product structure, so the multivariate t probability was computed by quasi-Monte Carlo "
        "integration with a fixed seed; intervals are simultaneous.",
        (DUNNETT, _GENZ),
    ),
    "tukey": MethodSentence(
        "All pairs of groups were compared by the Tukey-Kramer procedure; intervals are "
        "simultaneous.",
        (KRAMER,),
    ),
    "interaction_pooled": MethodSentence(
        "Whether one factor changes the effect of the other was tested by a t test of the "
        "difference of differences with the variance pooled over the four cells.",
        (_STUDENT,),
    ),
    "interaction_satterthwaite": MethodSentence(
        "Whether one factor changes the effect of the other was tested by a t test of the "
        "difference of differences with separate variances and Satterthwaite's degrees of freedom.",
        (_SATTERTHWAITE,),
    ),
    "interaction_blocked": MethodSentence(
        "Whether one factor changes the effect of the other was tested by a one-sample t test on "
        "the difference of differences within each experiment.",
        (_STUDENT,),
    ),
    "linear_trend": MethodSentence(
        "A trend over the ordered doses was tested by the slope of a linear regression on the "
        "stated score.",
        (_STUDENT,),
    ),
    "trend_of_slopes": MethodSentence(
        "A trend over the ordered doses was tested by one slope per experiment (least squares over "
        "the stated score) and a one-sample t test of these slopes, so that n counts experiments "
        "and experiments which respond differently do not make the test too bold.",
        (_STUDENT, _MATTHEWS),
    ),
}
