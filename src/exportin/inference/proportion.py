"""Exact limits of a proportion: so many of so many units."""

from typing import NamedTuple

from scipy import stats

from exportin.results.methods import Method, Reference


class Proportion(NamedTuple):
    """A share with its exact limits, all between 0 and 1."""

    share: float
    low: float
    high: float


METHODS = (
    Method(
        name="exact_binomial",
        sentence="Proportions of units are given with exact (Clopper-Pearson) binomial limits.",
        references=(
            Reference(
                key="clopper1934",
                text="Clopper CJ, Pearson ES. The use of confidence or fiducial limits "
                "illustrated in the case of the binomial. Biometrika 1934;26:404-413.",
                doi="10.1093/biomet/26.4.404",
            ),
        ),
    ),
)


def exact_proportion(count: int, units: int, conf_level: float = 0.95) -> Proportion:
    """So many of so many units, with exact limits (Clopper-Pearson, as R's binom.test).

    Limits are quantiles of beta distributions: low of (k, n - k + 1), high of (k + 1, n - k);
    0 and 1 where no unit, or every unit, counts.

    Parameters
    ----------
    count : int
        Units that count.
    units : int
        Independent units; at least one.
    conf_level : float

    Raises
    ------
    ValueError
        If there is no unit, or more count than there are.

    References
    ----------
    Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404.

    Examples
    --------
    >>> [round(100 * v, 1) for v in exact_proportion(3, 7)]
    [42.9, 9.9, 81.6]
    """
    if units < 1 or not 0 <= count <= units:
        raise ValueError(f"Expected 0 to {units} of at least one unit, got {count} of {units}.")
    if not 0.0 < conf_level < 1.0:
        raise ValueError(f"Expected a level between 0 and 1, got {conf_level:g}.")
    tail = (1.0 - conf_level) / 2.0
    low = 0.0 if count == 0 else float(stats.beta.ppf(tail, count, units - count + 1))
    high = 1.0 if count == units else float(stats.beta.isf(tail, count + 1, units - count))
    return Proportion(count / units, low, high)
