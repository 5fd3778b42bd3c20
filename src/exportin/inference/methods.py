"""Sentence and references of every method name this room coins."""

import re

from exportin.inference.arm_methods import METHODS as ARMS
from exportin.inference.composition_methods import METHODS as COMPOSITION
from exportin.inference.method_sentences import DUNNETT, KRAMER
from exportin.inference.method_sentences import METHODS as SENTENCES
from exportin.inference.mixed_methods import METHODS as MIXED
from exportin.inference.survival_methods import METHODS as SURVIVAL
from exportin.results.methods import Method, Reference

COHEN = Reference(
    key="cohen1959",
    text="Cohen AC. Simplified estimators for the normal distribution when samples are singly "
    "censored or truncated. Technometrics 1959;1:217-237.",
    doi="10.1080/00401706.1959.10489859",
)
HELSEL = Reference(
    key="helsel2012",
    text="Helsel DR. Statistics for Censored Environmental Data Using Minitab and R. Wiley, 2012.",
)
GEHAN = Reference(
    key="gehan1965",
    text="Gehan EA. A generalized Wilcoxon test for comparing arbitrarily singly-censored "
    "samples. Biometrika 1965;52:203-223.",
    doi="10.1093/biomet/52.1-2.203",
)
BRESLOW = Reference(
    key="breslow1970",
    text="Breslow N. A generalized Kruskal-Wallis test for comparing K samples subject to unequal "
    "patterns of censorship. Biometrika 1970;57:579-594.",
    doi="10.1093/biomet/57.3.579",
)
STUDENT = Reference(
    key="student1908",
    text="Student. The probable error of a mean. Biometrika 1908;6:1-25.",
    doi="10.2307/2331554",
)
KRUSKAL = Reference(
    key="kruskal1952",
    text="Kruskal WH, Wallis WA. Use of ranks in one-criterion variance analysis. JASA "
    "1952;47:583-621.",
    doi="10.1080/01621459.1952.10483441",
)
COCHRAN = Reference(
    key="cochran1957", text="Cochran WG, Cox GM. Experimental Designs. 2nd ed. Wiley, 1957."
)
HOLM = Reference(
    key="holm1979",
    text="Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat "
    "1979;6:65-70.",
)
HOCHBERG = Reference(
    key="hochberg1988",
    text="Hochberg Y. A sharper Bonferroni procedure for multiple tests of significance. "
    "Biometrika 1988;75:800-802.",
    doi="10.1093/biomet/75.4.800",
)
BENJAMINI = Reference(
    key="benjamini1995",
    text="Benjamini Y, Hochberg Y. Controlling the false discovery rate: a practical and powerful "
    "approach to multiple testing. J R Stat Soc B 1995;57:289-300.",
    doi="10.1111/j.2517-6161.1995.tb02031.x",
)
DUNN = Reference(
    key="dunn1961",
    text="Dunn OJ. Multiple comparisons among means. J Am Stat Assoc 1961;56:52-64.",
    doi="10.1080/01621459.1961.10482090",
)

SNEDECOR = Reference(
    key="snedecor1989",
    text="Snedecor GW, Cochran WG. Statistical Methods. 8th ed. Iowa State University Press, 1989.",
)
SATTERTHWAITE = Reference(
    key="satterthwaite1946",
    text="Satterthwaite FE. An approximate distribution of estimates of variance components. "
    "Biometrics Bull 1946;2:110-114.",
    doi="10.2307/3002019",
)
LAM = Reference(
    key="tlam2010",
    text="'t Lam RUE. Scrutiny of variance results for outliers: Cochran's test optimized. Anal "
    "Chim Acta 2010;659:68-84.",
    doi="10.1016/j.aca.2009.11.032",
)
KENDALL = Reference(
    key="kendall1938",
    text="Kendall MG. A new measure of rank correlation. Biometrika 1938;30:81-93.",
    doi="10.1093/biomet/30.1-2.81",
)
DANIELS = Reference(
    key="daniels1944",
    text="Daniels HE. The relation between measures of correlation in the universe of sample "
    "permutations. Biometrika 1944;33:129-135.",
    doi="10.1093/biomet/33.2.129",
)
AKRITAS = Reference(
    key="akritas1995",
    text="Akritas MG, Murphy SA, LaValley MP. The Theil-Sen estimator with doubly censored data "
    "and applications to astronomy. JASA 1995;90:170-177.",
    doi="10.1080/01621459.1995.10476499",
)
BATES = Reference(
    key="bates1988",
    text="Bates DM, Watts DG. Nonlinear Regression Analysis and Its Applications. Wiley, 1988.",
    doi="10.1002/9780470316757",
)
MOTULSKY = Reference(
    key="motulsky2004",
    text="Motulsky H, Christopoulos A. Fitting Models to Biological Data Using Linear and "
    "Nonlinear Regression. Oxford University Press, 2004.",
)
_SHARED = (
    "one variance between units was shared by the lines of a panel, for each quantity and "
    "treatment its own"
)
_SHARED_DF = (
    "degrees of freedom are summed over the lines and, where experiments are common to lines, "
    "reduced after Satterthwaite; a line far noisier than the panel is flagged by Cochran's C for "
    "unequal n"
)

OWN = (
    Method(
        name="between_shared",
        sentence="Units were averaged on the scale of the quantity; for the t intervals "
        f"{_SHARED}; {_SHARED_DF}.",
        references=(STUDENT, SNEDECOR, SATTERTHWAITE, LAM),
    ),
    Method(
        name="between_shared_censored",
        sentence="Where some units of a panel gave only a bound, the means of its lines and one "
        "standard deviation are those of the likelihood of a normal sample with censored values, "
        f"with profile-likelihood intervals: {_SHARED}; {_SHARED_DF}; no bound was dropped or "
        "replaced by a number; a mean beyond every number and a bound of its line is given as "
        "that bound.",
        references=(COHEN, HELSEL, SATTERTHWAITE, LAM),
    ),
    Method(
        name="between_t",
        sentence="Units were averaged on the scale of the quantity; intervals are t intervals "
        "between units.",
        references=(STUDENT,),
    ),
    Method(
        name="between_censored",
        sentence="Where some units gave only a bound, the mean is the maximum-likelihood mean of "
        "a normal sample with censored values on the scale of the quantity, with a "
        "profile-likelihood interval; no bound was dropped or replaced by a number; a unit whose "
        "value has an interval open on one side entered as a bound at the closed limit; a mean "
        "beyond every number and a bound is given as that bound.",
        references=(COHEN, HELSEL),
    ),
    Method(
        name="between_bound",
        sentence="Where fewer than two units gave a number and the others a bound, the pooled "
        "result is the bound that holds for every unit; a unit whose value has an interval open "
        "on one side entered as a bound at the closed limit.",
    ),
    Method(
        name="units_left_out",
        sentence="Units without any number (all rows excluded, too few rows, or an interval open "
        "on both sides) were left out of the pooled number and are not counted in n.",
    ),
    Method(
        name="blocked_contrast",
        sentence="Groups measured in the same units were compared by t tests in the linear model "
        "group + unit, with the residual variance and degrees of freedom of the whole model.",
        references=(COCHRAN, STUDENT),
    ),
    Method(
        name="censored_paired",
        sentence="Pairs of which a member is only a bound were compared by the likelihood of "
        "their differences, a difference with one bound being censored: t^2 = (n - 1)(exp(LR/n) "
        "- 1) with n - 1 degrees of freedom, which is the paired t test if nothing is censored; "
        "pairs in which the bounds hide the difference were left out.",
        references=(COHEN, HELSEL),
    ),
    Method(
        name="sign_exact",
        sentence="Where fewer than two pairs have an exact difference but the direction of every "
        "difference is known, pairs were compared by the exact sign test, and the effect is a "
        "bound.",
    ),
    Method(
        name="gehan_permutation",
        sentence="Independent groups with bounds were compared by the exact permutation "
        "distribution of Gehan's scores (two-sided p: twice the smaller tail), which supposes "
        "that both groups were tested over the same range; the effect is the median of all "
        "differences, a bound where bounds hide it.",
        references=(GEHAN,),
    ),
    Method(
        name="gehan_overall",
        sentence="Several independent groups with bounds were compared by the Kruskal-Wallis "
        "statistic of Gehan's scores with its permutation variance (exact permutation distribution "
        "for small groups, otherwise chi-squared), which supposes that all groups were tested over "
        "the same range; the effect is the share of the variance of the scores between groups.",
        references=(GEHAN, BRESLOW),
    ),
    Method(
        name="extra_sum_of_squares",
        sentence="Whether two curves of one experiment share an EC50 was tested by the "
        "extra-sum-of-squares F test between fits with one and with two EC50s, top, bottom and "
        "slope of each curve being its own; the ratio of EC50s has a profile-likelihood interval. "
        "Both rest on wells, are technical, and enter no comparison between experiments.",
        references=(BATES, MOTULSKY),
    ),
    Method(
        name="extra_sum_of_squares_level",
        sentence="Whether two curves of one experiment reach a level of the vehicle at the same "
        "dose was tested by the extra-sum-of-squares F test between fits with one and with two "
        "such doses, the four parameters of each curve being its own; the vehicle mean of each "
        "curve entered as one more observation with the weight of its wells; the ratio of doses "
        "has a profile-likelihood interval. Both rest on wells, are technical, and enter no "
        "comparison between experiments.",
        references=(BATES, MOTULSKY),
    ),
    Method(
        name="kendall_bounds",
        sentence="Whether a number goes with a measured property of its units was tested by "
        "Kendall's tau-b, a pair whose order a bound hides counting as a tie (exact permutation "
        "distribution for up to 8 units, or up to 50 without ties and bounds; otherwise normal "
        "with the permutation variance); the effect is the Theil-Sen slope, generalized to bounds, "
        "with the interval of slopes that the test does not reject.",
        references=(KENDALL, DANIELS, AKRITAS, HELSEL),
    ),
    Method(
        name="interaction_split",
        sentence="Whether one factor changes the effect of the other was tested by Welch's t test "
        "on the differences within units, one set of units against the other.",
        references=(STUDENT,),
    ),
    Method(
        name="interaction_censored",
        sentence="Whether one factor changes the effect of the other was tested by the censored "
        "likelihood of the difference of differences within units, some of them bounds.",
        references=(COHEN, HELSEL),
    ),
    Method(
        name="kruskal_wallis",
        sentence="Groups were compared by the Kruskal-Wallis test in its chi-squared "
        "approximation with correction for ties; the effect is epsilon squared of the ranks.",
        references=(KRUSKAL,),
    ),
)


def reference(text: str) -> Reference:
    """Make a reference of "Author AB. Title. Journal 1999;1:1-9, doi:10...".

    Examples
    --------
    >>> text = "Student. The probable error of a mean. Biometrika 1908;6:1-25, doi:10.2307/2331554"
    >>> reference(text).key
    'student1908'
    """
    text, _, doi = text.partition(", doi:")
    author = re.match(r"\w+", text)
    year = re.search(r"\b((?:18|19|20)\d\d)(?:;|$)", text)
    key = f"{author[0] if author else ''}{year[1] if year else ''}".lower()
    return Reference(key=key, text=f"{text.rstrip('.')}.", doi=doi)


def _from_sentences() -> tuple[Method, ...]:
    own = {ref.doi: ref for method in OWN for ref in method.references if ref.doi}
    return tuple(
        Method(
            name=name,
            sentence=said.sentence,
            references=tuple(own.get(r.doi, r) for r in map(reference, said.references)),
        )
        for name, said in SENTENCES.items()
    )


METHODS = (*_from_sentences(), *OWN, *ARMS, *MIXED, *SURVIVAL, *COMPOSITION)
ADJUSTMENTS: dict[str, tuple[Reference, ...]] = {
    "Holm": (HOLM,),
    "Hochberg": (HOCHBERG,),
    "Bonferroni": (DUNN,),
    "Benjamini-Hochberg": (BENJAMINI,),
    "Dunnett": (reference(DUNNETT),),
    "Tukey": (reference(KRAMER),),
}
"""Sources of the adjustments, by the word with which a family of tests begins."""
