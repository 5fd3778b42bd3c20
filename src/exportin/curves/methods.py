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
BURNHAM = Reference(
    key="burnham2002",
    text="Burnham KP, Anderson DR. Model Selection and Multimodel Inference. 2nd ed. Springer, "
    "2002.",
)
BEATON = Reference(
    key="beaton1974",
    text="Beaton AE, Tukey JW. The fitting of power series, meaning polynomials, illustrated on "
    "band-spectroscopic data. Technometrics 1974;16:147-185.",
    doi="10.1080/00401706.1974.10489171",
)
HOLLAND = Reference(
    key="holland1977",
    text="Holland PW, Welsch RE. Robust regression using iteratively reweighted least-squares. "
    "Communications in Statistics A 1977;6:813-827.",
    doi="10.1080/03610927708827533",
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
    Method(
        name="hill_held",
        sentence="A log-logistic curve of which some parameters were held at a number (Hill slope "
        "0.05 to 50 where free, EC50 within three decades of the tested doses) was fitted to each "
        "experiment by least squares; wells without drug were not fitted. Held numbers count as "
        "exact, so that intervals are narrower than those of a curve whose plateaus are fitted.",
        references=(RITZ,),
    ),
    Method(
        name="response_top_held",
        sentence="The plateau without drug was held.",
    ),
    Method(
        name="response_bottom_held",
        sentence="The plateau at infinite dose was held.",
    ),
    Method(
        name="hill_slope_held",
        sentence="The Hill slope was held.",
    ),
    Method(
        name="biweight",
        sentence="Wells far from the four-parameter curve of their experiment counted less "
        "(Tukey's biweight, 4.685 robust SD); intervals within one experiment are widened for it "
        "and approximate.",
        references=(BEATON, HOLLAND),
    ),
    Method(
        name="models",
        sentence="Further curve models were fitted; the range over all whose AICc is within 4 of "
        "the best is given, and a potency about which they differ by more than its interval and "
        "more than twofold, or which some do not reach within the tested doses, is not "
        "identifiable. Two-step curves have slopes of 1 (biphasic) or slopes of their own, 0.3 to "
        "10, and EC50s among the tested doses (biphasic_slopes); intervals of the EC50s of the "
        "former and of a rise at low doses (Brain-Cousens) are profile-likelihood intervals.",
        references=(BURNHAM, BATES),
    ),
    Method(
        name="emax",
        sentence="Emax is 1 minus the fitted response at the highest tested dose (1 minus the "
        "mean where there is no dose response).",
    ),
    Method(
        name="auc",
        sentence="AUC is the mean fitted response over the tested range of log10 dose.",
    ),
)
