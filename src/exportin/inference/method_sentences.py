"""One sentence and its sources for every method name coined in this room."""

from typing import NamedTuple


class MethodSentence(NamedTuple):
    """What a methods section says about one test, and where the formula comes from."""

    sentence: str
    references: tuple[str, ...]


_STUDENT = "Student (1908) Biometrika 6:1-25, doi:10.2307/2331554"
_WELCH = "Welch (1947) Biometrika 34:28-35, doi:10.2307/2332510"
_MANN = "Mann & Whitney (1947) Ann Math Stat 18:50-60, doi:10.1214/aoms/1177730491"
_WILCOXON = "Wilcoxon (1945) Biometrics Bull 1:80-83, doi:10.2307/3001968"
_HODGES = "Hodges & Lehmann (1963) Ann Math Stat 34:598-611, doi:10.1214/aoms/1177704172"
_STEIGER = "Steiger (2004) Psychol Methods 9:164-182, doi:10.1037/1082-989X.9.2.164"
_DUNNETT = "Dunnett (1955) JASA 50:1096-1121, doi:10.1080/01621459.1955.10501294"
_KRAMER = "Kramer (1956) Biometrics 12:307-310, doi:10.2307/3001469"
_SATTERTHWAITE = "Satterthwaite (1946) Biometrics Bull 2:110-114, doi:10.2307/3002019"

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
        ("Welch (1951) Biometrika 38:330-336, doi:10.2307/2332579", _STEIGER),
    ),
    "blocked_anova": MethodSentence(
        "Groups were compared by analysis of variance with the experiment as an additive block.",
        (_STEIGER,),
    ),
    "two_way_anova_type3": MethodSentence(
        "Two factors and their interaction were tested by analysis of variance with type III sums "
        "of squares (sum contrasts).",
        ("Yates (1934) JASA 29:51-66, doi:10.1080/01621459.1934.10502686", _STEIGER),
    ),
    "two_way_anova_type2": MethodSentence(
        "Two factors and their interaction were tested by analysis of variance with type II sums "
        "of squares.",
        ("Langsrud (2003) Stat Comput 13:163-167, doi:10.1023/A:1023260610025", _STEIGER),
    ),
    "dunnett": MethodSentence(
        "Each group was compared with the control by Dunnett's procedure, the multivariate t "
        "probability computed by quadrature; intervals are simultaneous.",
        (_DUNNETT,),
    ),
    "dunnett_simulated": MethodSentence(
        "Each group was compared with the control by Dunnett's procedure; the correlation has no "
        "product structure, so the multivariate t probability was computed by quasi-Monte Carlo "
        "integration with a fixed seed; intervals are simultaneous.",
        (_DUNNETT, "Genz & Bretz (2009) Computation of Multivariate Normal and t Probabilities"),
    ),
    "tukey": MethodSentence(
        "All pairs of groups were compared by the Tukey-Kramer procedure; intervals are "
        "simultaneous.",
        (_KRAMER,),
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
    "linear_trend_blocked": MethodSentence(
        "A trend over the ordered doses was tested by the slope of a linear regression on the "
        "stated score with the experiment as an additive block.",
        (_STUDENT,),
    ),
}
