"""Sentence and references of every method name that comparisons of times coin."""

from exportin.results.methods import Method, Reference

KAPLAN = Reference(
    key="kaplan1958",
    text="Kaplan EL, Meier P. Nonparametric estimation from incomplete observations. J Am Stat "
    "Assoc 1958;53:457-481.",
    doi="10.1080/01621459.1958.10501452",
)
BROOKMEYER = Reference(
    key="brookmeyer1982",
    text="Brookmeyer R, Crowley J. A confidence interval for the median survival time. Biometrics "
    "1982;38:29-41.",
    doi="10.2307/2530286",
)
MANTEL = Reference(
    key="mantel1966",
    text="Mantel N. Evaluation of survival data and two new rank order statistics arising in its "
    "consideration. Cancer Chemother Rep 1966;50:163-170.",
)
PETO = Reference(
    key="peto1972",
    text="Peto R, Peto J. Asymptotically efficient rank invariant test procedures. J R Stat Soc A "
    "1972;135:185-207.",
    doi="10.2307/2344317",
)
HEINZE_EXACT = Reference(
    key="heinze2003",
    text="Heinze G, Gnant M, Schemper M. Exact log-rank tests for unequal follow-up. Biometrics "
    "2003;59:1151-1157.",
    doi="10.1111/j.0006-341X.2003.00132.x",
)
BRESLOW = Reference(
    key="breslow1970",
    text="Breslow N. A generalized Kruskal-Wallis test for comparing K samples subject to unequal "
    "patterns of censorship. Biometrika 1970;57:579-594.",
    doi="10.1093/biomet/57.3.579",
)
GEHAN = Reference(
    key="gehan1965",
    text="Gehan EA. A generalized Wilcoxon test for comparing arbitrarily singly-censored "
    "samples. Biometrika 1965;52:203-223.",
    doi="10.1093/biomet/52.1-2.203",
)
TARONE_WARE = Reference(
    key="tarone1977",
    text="Tarone RE, Ware J. On distribution-free tests for equality of survival distributions. "
    "Biometrika 1977;64:156-160.",
    doi="10.1093/biomet/64.1.156",
)
TARONE = Reference(
    key="tarone1975",
    text="Tarone RE. Tests for trend in life table analysis. Biometrika 1975;62:679-690.",
    doi="10.1093/biomet/62.3.679",
)
COX = Reference(
    key="cox1972",
    text="Cox DR. Regression models and life-tables. J R Stat Soc B 1972;34:187-220.",
    doi="10.1111/j.2517-6161.1972.tb00899.x",
)
EFRON_TIES = Reference(
    key="efron1977",
    text="Efron B. The efficiency of Cox's likelihood function for censored data. J Am Stat Assoc "
    "1977;72:557-565.",
    doi="10.1080/01621459.1977.10480613",
)
HEINZE = Reference(
    key="heinze2001",
    text="Heinze G, Schemper M. A solution to the problem of monotone likelihood in Cox "
    "regression. Biometrics 2001;57:114-119.",
    doi="10.1111/j.0006-341X.2001.00114.x",
)
FIRTH = Reference(
    key="firth1993",
    text="Firth D. Bias reduction of maximum likelihood estimates. Biometrika 1993;80:27-38.",
    doi="10.1093/biomet/80.1.27",
)
EFRON_BOOT = Reference(
    key="efron1981",
    text="Efron B. Censored data and the bootstrap. J Am Stat Assoc 1981;76:312-319.",
    doi="10.1080/01621459.1981.10477650",
)
ROYSTON = Reference(
    key="royston2013",
    text="Royston P, Parmar MKB. Restricted mean survival time: an alternative to the hazard ratio "
    "for the design and analysis of randomized trials with a time-to-event outcome. BMC Med Res "
    "Methodol 2013;13:152.",
    doi="10.1186/1471-2288-13-152",
)
AALEN = Reference(
    key="aalen1978",
    text="Aalen OO, Johansen S. An empirical transition matrix for non-homogeneous Markov chains "
    "based on censored observations. Scand J Stat 1978;5:141-150.",
)
TURNBULL = Reference(
    key="turnbull1976",
    text="Turnbull BW. The empirical distribution function with arbitrarily grouped, censored and "
    "truncated data. J R Stat Soc B 1976;38:290-295.",
    doi="10.1111/j.2517-6161.1976.tb01597.x",
)
KALBFLEISCH = Reference(
    key="kalbfleisch2002",
    text="Kalbfleisch JD, Prentice RL. The Statistical Analysis of Failure Time Data. 2nd ed. "
    "Wiley, 2002.",
)
_DELAY = (
    "Growth delay is the Kaplan-Meier median of the treated less that of the controls; where the "
    "treated median is not reached it is given as more than the last follow-up less the control "
    "median; the interval is the percentile bootstrap of the two medians over animals, "
)

METHODS: tuple[Method, ...] = (
    Method(
        name="kaplan_meier",
        sentence="Times to an event were summed up by Kaplan-Meier curves; limits of medians are "
        "those of the curve; a median that was not reached is given as more than the last "
        "follow-up.",
        references=(KAPLAN, BROOKMEYER),
    ),
    Method(
        name="logrank_chisq",
        sentence="Times to an event were compared by the log-rank test.",
        references=(MANTEL, PETO),
    ),
    Method(
        name="logrank_exact",
        sentence="With fewer than ten events in a group, times to an event were compared by the "
        "exact permutation distribution of the log-rank difference given the pooled times "
        "(two-sided p: twice the smaller tail), which supposes that both groups were followed "
        "alike.",
        references=(PETO, HEINZE_EXACT),
    ),
    Method(
        name="logrank_drawn",
        sentence="Times to an event were compared by the permutation distribution of the log-rank "
        "difference given the pooled times, labels being drawn at random as the ways were too many "
        "to be counted (two-sided p: twice the smaller tail), which supposes that both groups were "
        "followed alike.",
        references=(PETO, HEINZE_EXACT),
    ),
    Method(
        name="logrank_trend",
        sentence="A trend of event times over ordered groups was tested by the log-rank test for "
        "trend.",
        references=(TARONE,),
    ),
    Method(
        name="weight_peto",
        sentence="Event times were weighted by the pooled survival just before them (Peto-Peto).",
        references=(PETO,),
    ),
    Method(
        name="weight_gehan",
        sentence="Event times were weighted by the number at risk (Gehan-Breslow).",
        references=(GEHAN, BRESLOW),
    ),
    Method(
        name="weight_tarone_ware",
        sentence="Event times were weighted by the root of the number at risk (Tarone-Ware).",
        references=(TARONE_WARE,),
    ),
    Method(
        name="survival_strata",
        sentence="Units were compared within strata only.",
        references=(KALBFLEISCH,),
    ),
    Method(
        name="cox_likelihood_ratio",
        sentence="Times to an event were compared by the likelihood-ratio test of Cox regression.",
        references=(COX,),
    ),
    Method(
        name="cox_profile",
        sentence="Hazard ratios are those of Cox regression with Efron's handling of ties, their "
        "intervals from the profile likelihood; where a group had no event, or all its events "
        "after the others', the ratio is given as a bound, the only limit of its profile.",
        references=(COX, EFRON_TIES, HEINZE),
    ),
    Method(
        name="cox_firth",
        sentence="Hazard ratios are those of Cox regression with Firth's penalty, with intervals "
        "from the penalized profile likelihood.",
        references=(FIRTH, HEINZE),
    ),
    Method(
        name="growth_delay_counted",
        sentence=_DELAY + "all resamples being counted.",
        references=(KAPLAN, EFRON_BOOT),
    ),
    Method(
        name="growth_delay_drawn",
        sentence=_DELAY + "10,000 resamples being drawn.",
        references=(KAPLAN, EFRON_BOOT),
    ),
    Method(
        name="restricted_mean",
        sentence="Restricted mean survival time is the area under the Kaplan-Meier curve up to the "
        "stated horizon, which no group's follow-up may fall short of.",
        references=(ROYSTON,),
    ),
    Method(
        name="aalen_johansen",
        sentence="With competing events, cumulative incidences are Aalen-Johansen estimates with "
        "infinitesimal-jackknife variances.",
        references=(AALEN,),
    ),
    Method(
        name="turnbull",
        sentence="Events known only to lie between two visits were summed up by Turnbull's "
        "nonparametric maximum-likelihood curve.",
        references=(TURNBULL,),
    ),
    Method(
        name="weibull_interval",
        sentence="Events known only to lie between two visits were compared by a Weibull "
        "accelerated failure time model with the likelihood of intervals; ratios of times have "
        "profile-likelihood intervals.",
        references=(KALBFLEISCH,),
    ),
)
