"""Sentence and references of every method name that comparisons of compositions coin."""

from exportin.results.methods import Method, Reference

AITCHISON = Reference(
    key="aitchison1986",
    text="Aitchison J. The Statistical Analysis of Compositional Data. Chapman and Hall, 1986.",
)
EGOZCUE = Reference(
    key="egozcue2003",
    text="Egozcue JJ, Pawlowsky-Glahn V, Mateu-Figueras G, Barcelo-Vidal C. Isometric logratio "
    "transformations for compositional data analysis. Math Geol 2003;35:279-300.",
    doi="10.1023/A:1023818214614",
)
HOTELLING = Reference(
    key="hotelling1931",
    text="Hotelling H. The generalization of Student's ratio. Ann Math Stat 1931;2:360-378.",
    doi="10.1214/aoms/1177732979",
)
WILKS = Reference(
    key="wilks1932",
    text="Wilks SS. Certain generalizations in the analysis of variance. Biometrika "
    "1932;24:471-494.",
    doi="10.1093/biomet/24.3-4.471",
)
RAO = Reference(
    key="rao1951",
    text="Rao CR. An asymptotic expansion of the distribution of Wilks' criterion. Bull Int Stat "
    "Inst 1951;33:177-180.",
)
COX = Reference(key="cox1970", text="Cox DR. The Analysis of Binary Data. Methuen, 1970.")
WILLIAMS = Reference(
    key="williams1975",
    text="Williams DA. The analysis of binary responses from toxicological experiments involving "
    "reproduction and teratogenicity. Biometrics 1975;31:949-952.",
    doi="10.2307/2529820",
)
MOSIMANN = Reference(
    key="mosimann1962",
    text="Mosimann JE. On the compound multinomial distribution, the multivariate "
    "beta-distribution, and correlations among proportions. Biometrika 1962;49:65-82.",
    doi="10.1093/biomet/49.1-2.65",
)
DAVISON = Reference(
    key="davison1997",
    text="Davison AC, Hinkley DV. Bootstrap Methods and their Application. Cambridge University "
    "Press, 1997.",
    doi="10.1017/CBO9780511802843",
)

METHODS = (
    Method(
        name="composition_parts",
        sentence="Fractions of a composition were compared part by part on logits, the experiment "
        "being the unit: one part was named as primary beforehand and is not adjusted for the "
        "others, which form one family of their own adjusted by Holm's method.",
        references=(AITCHISON, COX),
    ),
    Method(
        name="half_event",
        sentence="Where a part of a tube had less than half an event, or all but that, one half "
        "was added to the counts of that part and of the rest in every tube of the comparison "
        "before logits were taken.",
        references=(COX,),
    ),
    Method(
        name="half_event_each",
        sentence="Where a part of a tube had less than half an event, one half was added to the "
        "count of every part in every tube before log-ratios were taken.",
        references=(AITCHISON,),
    ),
    Method(
        name="difference_of_fractions",
        sentence="Differences in percentage points are differences of mean fractions over "
        "experiments with their own t interval, from the same model as the odds ratio beside them "
        "(group + experiment with the residual df of all groups where experiments hold several "
        "of more than two groups, differences within experiments for two, otherwise Welch's); "
        "they carry no second p value.",
    ),
    Method(
        name="at_limit",
        sentence="Where a part could not be told from zero in a tube, its upper limit took the "
        "place of the number in a t test of the two groups; the effect is then at most the one "
        "stated, with an interval open on that side, and p holds for the limit.",
    ),
    Method(
        name="ilr_hotelling",
        sentence="Two compositions were compared as a whole by Hotelling's T2 of their isometric "
        "log-ratios in the model group + experiment, with covariance and degrees of freedom of "
        "that model; the effect is the Aitchison distance between the mean compositions, with the "
        "range of distances in the confidence ellipsoid as interval.",
        references=(AITCHISON, EGOZCUE, HOTELLING),
    ),
    Method(
        name="ilr_hotelling_unpaired",
        sentence="Two independent groups of compositions were compared as a whole by Hotelling's "
        "T2 of their isometric log-ratios with one covariance for all groups; the effect is the "
        "Aitchison distance between the mean compositions, with the range of distances in the "
        "confidence ellipsoid as interval.",
        references=(AITCHISON, EGOZCUE, HOTELLING),
    ),
    Method(
        name="ilr_trend",
        sentence="Dose dependence of a composition was tested by one slope per experiment of each "
        "isometric log-ratio over the stated score of the dose and Hotelling's T2 of these "
        "slopes; the effect is the Aitchison distance per step.",
        references=(AITCHISON, EGOZCUE, HOTELLING),
    ),
    Method(
        name="ilr_wilks",
        sentence="Several compositions were compared as a whole by Wilks' lambda of their "
        "isometric log-ratios, with the experiment as an additive block where it holds several "
        "groups, through Rao's F; the effect is the multivariate partial eta squared with a "
        "noncentral-F interval.",
        references=(AITCHISON, EGOZCUE, WILKS, RAO),
    ),
    Method(
        name="beta_binomial_bootstrap",
        sentence="Counted fractions were compared by the likelihood-ratio test of a beta-binomial "
        "regression on group and, where it holds both groups, experiment; its p value comes from "
        "a parametric bootstrap, as the chi-squared p is too small for few experiments; the odds "
        "ratio has a profile-likelihood interval with the critical value of the same bootstrap.",
        references=(WILLIAMS, DAVISON),
    ),
    Method(
        name="dirichlet_permutation",
        sentence="Counted compositions were compared by the likelihood-ratio statistic of a "
        "Dirichlet-multinomial regression on group and, where it holds both groups, experiment, "
        "with the distribution of relabelled tubes (within experiments) in place of chi-squared; "
        "the effect is the Aitchison distance between mean compositions, with the interval of "
        "Hotelling's T2.",
        references=(MOSIMANN, AITCHISON, DAVISON),
    ),
    Method(
        name="published_pooled_counts",
        sentence="As published: cells of all experiments were added up and compared by a "
        "chi-squared test as if each cell were independent; its p value is far too small.",
    ),
)
