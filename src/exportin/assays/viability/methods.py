"""Sentences and references of the methods this assay coins."""

from exportin.results.methods import Method, Reference

HAFNER = Reference(
    key="hafner2016",
    text="Hafner M, Niepel M, Chung M, Sorger PK. Growth rate inhibition metrics correct for "
    "confounders in measuring sensitivity to cancer drugs. Nature Methods 2016;13:521-527.",
    doi="10.1038/nmeth.3853",
)
_GR = (
    "Growth-rate inhibition was computed for each well as GR = 2^(log2(x/x0)/log2(xc/x0)) - 1 "
    "from its signal x, the mean vehicle signal xc of its plate"
)

METHODS = (
    Method(
        name="gr_time_zero",
        sentence=f"{_GR} and the mean signal x0 measured when the drug was added, each less the "
        "blank of its own plate.",
        references=(HAFNER,),
    ),
    Method(
        name="gr_division_time",
        sentence=f"{_GR} and a division time of the untreated cells that was given, not measured "
        "here: log2(xc/x0) was taken as duration over division time, without error.",
        references=(HAFNER,),
    ),
    Method(
        name="gr_limit",
        sentence="Wells with a signal at or below the blank, for which no logarithm exists, were "
        "given GR = -1, the limit of the formula.",
    ),
    Method(
        name="gr50_level",
        sentence="GR50 is the dose at which the curve fitted to the GR values equals 0.5, the "
        "uncertainty of the vehicle and time-zero means included; it was never extrapolated "
        "beyond the tested doses but reported as a bound.",
        references=(HAFNER,),
    ),
    Method(
        name="gr_floor",
        sentence="A fitted lower plateau below -1, which no GR value can reach, was given as -1.",
    ),
    Method(
        name="gr_floor_held",
        sentence="Where the plateau of a GR curve would lie below -1, the least a GR value can be, "
        "it was held there; the interval takes it as exact.",
    ),
    Method(
        name="gr_highest_dose",
        sentence="GRmax is the mean GR value at the highest tested dose.",
        references=(HAFNER,),
    ),
    Method(
        name="gr_area_over",
        sentence="GR AOC is the mean of 1 - GR over the tested range of log10 dose (trapezoids "
        "through the means of the doses, no curve).",
        references=(HAFNER,),
    ),
)
