"""Every number the conformance suite rests on: how many simulations, which seeds, what limits."""

SCENARIOS = ("n3", "n4", "n6", "n8")  # units per group; every assay must simulate them

SIMULATIONS = {"n3": 4, "n4": 3, "n6": 2, "n8": 2}  # default run: finds gross faults only
SIMULATIONS_LONG = {"n3": 400, "n4": 300, "n6": 200, "n8": 200}  # make test-long

SEED = 20160216  # of every simulation; the n-th study of a scenario uses (SEED, units, n)

COVERAGE_P = 1e-4
"""A count of covering intervals is refused where a binomial count at the stated level would be
so low with less than this probability; with 400 studies that is a true coverage of about 90 %."""

OVERCOVERAGE_P = 1e-4
"""The same for counts that are too high: intervals that are far too wide are no virtue."""

BIAS_P, BIAS_FLOOR = 1e-5, 0.05
"""The mean error of the estimates (on their own scale) may lie off zero by what a t test at
level BIAS_P lets pass, plus BIAS_FLOOR of the estimates' spread."""

EQUAL = 1e-9  # relative difference of numbers that must be the same but for rounding
NARROWER = 1e-6  # relative narrowing of a `between` interval that counts as rounding
EXCLUDED_ROWS = 5  # rows taken out by hand to see whether they still influence anything
