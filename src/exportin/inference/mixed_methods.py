"""Sentence and references of every method name that mixed models coin."""

from exportin.inference.cage_tests import METHODS as CAGES
from exportin.results.methods import Method, Reference

BATES_2015 = Reference(
    key="bates2015",
    text="Bates D, Maechler M, Bolker B, Walker S. Fitting linear mixed-effects models using "
    "lme4. J Stat Softw 2015;67(1):1-48.",
    doi="10.18637/jss.v067.i01",
)
LAIRD = Reference(
    key="laird1982",
    text="Laird NM, Ware JH. Random-effects models for longitudinal data. Biometrics "
    "1982;38:963-974.",
    doi="10.2307/2529876",
)
PATTERSON = Reference(
    key="patterson1971",
    text="Patterson HD, Thompson R. Recovery of inter-block information when block sizes are "
    "unequal. Biometrika 1971;58:545-554.",
    doi="10.1093/biomet/58.3.545",
)
KENWARD = Reference(
    key="kenward1997",
    text="Kenward MG, Roger JH. Small sample inference for fixed effects from restricted maximum "
    "likelihood. Biometrics 1997;53:983-997.",
    doi="10.2307/2533558",
)
KENWARD_2009 = Reference(
    key="kenward2009",
    text="Kenward MG, Roger JH. An improved approximation to the precision of fixed effects from "
    "restricted maximum likelihood. Comput Stat Data Anal 2009;53:2583-2595.",
    doi="10.1016/j.csda.2008.12.013",
)
FAI = Reference(
    key="fai1996",
    text="Fai AHT, Cornelius PL. Approximate F-tests of multiple degree of freedom hypotheses in "
    "generalized least squares analyses of unbalanced split-plot experiments. J Stat Comput Simul "
    "1996;54:363-378.",
    doi="10.1080/00949659608811740",
)
KUZNETSOVA = Reference(
    key="kuznetsova2017",
    text="Kuznetsova A, Brockhoff PB, Christensen RHB. lmerTest package: tests in linear mixed "
    "effects models. J Stat Softw 2017;82(13):1-26.",
    doi="10.18637/jss.v082.i13",
)
LIANG = Reference(
    key="liang2000",
    text="Liang KY, Zeger SL. Longitudinal data analysis of continuous and discrete responses for "
    "pre-post designs. Sankhya B 2000;62:134-148.",
)
FIELLER = Reference(
    key="fieller1954",
    text="Fieller EC. Some problems in interval estimation. J R Stat Soc B 1954;16:175-185.",
)
DUNNETT = Reference(
    key="dunnett1955",
    text="Dunnett CW. A multiple comparison procedure for comparing several treatments with a "
    "control. J Am Stat Assoc 1955;50:1096-1121.",
    doi="10.1080/01621459.1955.10501294",
)
MATTHEWS = Reference(
    key="matthews1990",
    text="Matthews JNS, Altman DG, Campbell MJ, Royston P. Analysis of serial measurements in "
    "medical research. BMJ 1990;300:230-235.",
    doi="10.1136/bmj.300.6719.230",
)

METHODS = (
    *CAGES,
    Method(
        name="mixed_growth",
        sentence="Tumor growth was estimated by a linear mixed model of ln volume over days with "
        "animals as random effects (restricted maximum likelihood); variances that the best fit "
        "puts at zero, and random effects that the design cannot carry, are named; mean volumes "
        "are geometric means of the model, so that animals removed because of a large measured "
        "tumor do not bend them.",
        references=(LAIRD, PATTERSON, BATES_2015),
    ),
    Method(
        name="mixed_shared_baseline",
        sentence="All arms shared the mean of the baseline day, as animals were allocated to arms "
        "after it; each arm had a growth rate of its own, and a second one after the last dose "
        "where follow-up went on.",
        references=(LIANG,),
    ),
    Method(
        name="mixed_own_baseline",
        sentence="Each arm had a mean of its own on the baseline day and a growth rate of its own, "
        "and a second one after the last dose where follow-up went on.",
        references=(LAIRD,),
    ),
    Method(
        name="mixed_contrast",
        sentence="Fixed effects of the mixed model were compared by t tests with the standard "
        "errors and degrees of freedom of Kenward and Roger, or Satterthwaite's where stated; on a "
        "singular fit the smaller degrees of freedom with the larger standard error.",
        references=(KENWARD, KENWARD_2009, FAI, KUZNETSOVA),
    ),
    Method(
        name="mixed_f",
        sentence="Several fixed effects of the mixed model were tested together by Kenward and "
        "Roger's scaled F test, or by Fai and Cornelius' where stated.",
        references=(KENWARD, FAI),
    ),
    Method(
        name="mixed_dunnett",
        sentence="Contrasts of the mixed model with one control were adjusted by the multivariate "
        "t distribution with their estimated correlations and the smallest degrees of freedom "
        "among them; intervals are simultaneous.",
        references=(DUNNETT, KENWARD),
    ),
    Method(
        name="mixed_inhibition",
        sentence="Growth-rate inhibition is 1 minus the ratio of the growth rates of an arm and "
        "the control, with Fieller's interval; it has no interval where the growth of the control "
        "itself is not certain.",
        references=(FIELLER,),
    ),
    Method(
        name="animal_slope",
        sentence="As a robust companion, a line was fitted through the ln volumes of every animal "
        "and the slopes, one per animal, were compared.",
        references=(MATTHEWS,),
    ),
)
