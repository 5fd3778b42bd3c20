"""Does a curve fit its doses? Scatter of dose means around it against scatter of replicates."""

from typing import NamedTuple

import numpy as np
from scipy.special import fdtrc

from exportin.kernels.hill_batch import Count, Offsets, PerCurve, Wells, collapse_many

ALPHA_LACK_OF_FIT = 0.01
"""At most one curve in a hundred that fits is flagged."""


class LackOfFit(NamedTuple):
    """F and p of every curve; NaN without replicates or without more doses than parameters."""

    f: PerCurve
    df: PerCurve
    df_pure: PerCurve
    p: PerCurve


def lack_of_fit(
    log10_dose: Wells,
    response: Wells,
    offsets: Offsets,
    *,
    rss: PerCurve,
    parameters: Count,
) -> LackOfFit:
    """Replicates test: F = ((RSS - pure) / (m - p)) / (pure / (n - m)).

    Parameters
    ----------
    log10_dose, response, offsets
        Wells as `fit_many` takes them; n wells at m doses, ``pure`` their sum of squares within
        doses.
    rss : (curves,) array
        Residual sum of squares of an unweighted fit.
    parameters : (curves,) array of int
        Its free parameters, p.

    References
    ----------
    Draper and Smith 1998, Applied Regression Analysis, 3rd ed., ch. 2.

    Examples
    --------
    >>> x = np.repeat([0.0, 1.0, 2.0], 2)
    >>> y = np.array([0.9, 1.1, 0.4, 0.6, 0.9, 1.1])
    >>> mean = np.array([np.sum((y - y.mean()) ** 2)])
    >>> found = lack_of_fit(x, y, np.array([0, 6]), rss=mean, parameters=np.array([1]))
    >>> found.f.round(2).tolist(), found.p.round(3).tolist()
    ([8.33], [0.06])
    """
    data = collapse_many(log10_dose, response, offsets)
    df, df_pure = data.doses - parameters, data.wells - data.doses
    known = (df > 0) & (df_pure > 0) & (data.pure > 0.0) & np.isfinite(rss)
    between = np.maximum(rss - data.pure, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        f = np.where(known, (between / df) / (data.pure / df_pure), np.nan)
    freedom = np.maximum(df, 1).astype(np.float64), np.maximum(df_pure, 1).astype(np.float64)
    p = np.where(known, fdtrc(*freedom, np.where(known, f, 0.0)), np.nan)
    return LackOfFit(f, df.astype(np.float64), df_pure.astype(np.float64), p)
