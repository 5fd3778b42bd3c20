"""Sentences and references of the methods this room coins."""

from exportin.results.methods import Method, Reference

RITZ = Reference(
    key="ritz2015",
    text="Ritz C, Baty F, Streibig JC, Gerhard D. Dose-response analysis using R. "
    "PLoS ONE 2015;10:e0146021.",
    doi="10.1371/journal.pone.0146021",
)
BATES = Reference(
    key="bates1988",
    text="Bates DM, Watts DG. Nonlinear Regression Analysis and Its Applications. Wiley, 1988.",
    doi="10.1002/9780470316757",
)
BRETZ = Reference(
    key="bretz2005",
    text="Bretz F, Pinheiro JC, Branson M. Combining multiple comparisons and modeling "
    "techniques in dose-response studies. Biometrics 2005;61:738-748.",
    doi="10.1111/j.1541-0420.2005.00344.x",
)
SEBAUGH = Reference(
    key="sebaugh2011",
    text="Sebaugh JL. Guidelines for accurate EC50/IC50 estimation. "
    "Pharmaceutical Statistics 2011;10:128-134.",
    doi="10.1002/pst.426",
)

METHODS = (
    Method(
        name="hill4",
        sentence="A four-parameter log-logistic curve (top, bottom, EC50 and Hill slope all "
        "free; Hill slope 0.05 to 50, EC50 within three decades of the tested doses) was fitted "
        "to each experiment by ordinary least squares; wells without drug were not fitted.",
        references=(RITZ,),
    ),
    Method(
        name="profile_f",
        sentence="Intervals within one experiment are profile-likelihood intervals (extra sum of "
        "squares F); they are technical and were not used to compare treatments.",
        references=(BATES,),
    ),
    Method(
        name="absolute_level",
        sentence="The absolute IC50 is the dose at which the fitted curve equals half of the "
        "vehicle mean, the uncertainty of that mean included; it was never extrapolated beyond "
        "the tested doses but reported as a bound.",
        references=(SEBAUGH,),
    ),
    Method(
        name="step_contrast",
        sentence="Whether there is any dose response was tested by a maximum step-contrast test "
        "at the 1 % level; curves without one have no EC50.",
        references=(BRETZ,),
    ),
)
