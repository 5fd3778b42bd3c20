"""Is there any dose response at all? The largest step contrast, with its exact-design null."""

import numpy as np
from jaxtyping import Float, Num

from exportin.kernels.hill_batch import Collapsed, PerCurve, Wells, collapse_many

Counts = Num[np.ndarray, " doses"]
Draws = Float[np.ndarray, " draws"]

ALPHA_NO_RESPONSE = 0.01
"""At most 1 % of flat curves may end with a finite EC50: a screen of hundreds of inactive drugs
then yields a handful of false potencies at most, while a real effect of a few SD is still seen."""

N_DRAWS = 9999
"""Monte Carlo draws: smallest p 0.0001, standard error 0.001 at p = 0.01."""

_CHUNK = 2000
_ROUNDING = 1e-12


def step_null(counts: Counts, n_draws: int, rng: np.random.Generator) -> Draws:
    """Null distribution of the step statistic for a design with so many wells at each dose.

    Under "no response" with independent Gaussian errors the statistic depends on nothing but the
    counts, so one null serves all curves of a plate layout.

    Parameters
    ----------
    counts : (k,) array
        Wells at each distinct dose, in the order of the doses.
    n_draws : int
        Monte Carlo draws, `N_DRAWS` by default of the workbench.
    rng : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    (n_draws,) array
        Sorted statistics.

    Raises
    ------
    ValueError
        If there are no counts, a count is below one, or n_draws is below one.

    Examples
    --------
    >>> null = step_null(np.full(8, 3.0), 999, np.random.default_rng(1))
    >>> round(float(null[949]), 1)
    0.3
    """
    if counts.size == 0 or not np.all(counts >= 1.0) or n_draws < 1:
        msg = (
            f"Expected counts of at least one well a dose and n_draws > 0, got {counts}, {n_draws}."
        )
        raise ValueError(msg)
    parts = []
    df_within = float(np.sum(counts)) - counts.size
    for begin in range(0, n_draws, _CHUNK):
        size = min(_CHUNK, n_draws - begin)
        sums = rng.standard_normal((size, counts.size)) * np.sqrt(counts)
        within = rng.chisquare(df_within, size) if df_within > 0.0 else np.zeros(size)
        parts.append(_statistic(sums, counts.astype(np.float64), within))
    return np.sort(np.concatenate(parts))


def step_test(log10_dose: Wells, response: Wells, null: Draws) -> tuple[float, float]:
    """Test of any monotone-like change of response with dose.

    For every split of the ordered doses a step (one mean below, one above) is compared with a
    constant; the statistic is the largest (RSS_constant - RSS_step) / RSS_constant, between 0 and
    1 and free of units; p = (1 + #{null >= statistic}) / (n_draws + 1).

    Parameters
    ----------
    log10_dose, response : (n,) arrays
        The wells.
    null : (n_draws,) array
        Result of `step_null` for the wells at each distinct dose.

    Returns
    -------
    tuple of float
        Statistic and p value; (0, 1) when all responses are equal or there is one dose only.

    References
    ----------
    Maximum-contrast tests: Bretz, Hothorn and Westfall 2010, Multiple Comparisons Using R, ch. 4;
    Monte Carlo p value: Davison and Hinkley 1997, Bootstrap Methods, eq. 4.11.

    Examples
    --------
    >>> x = np.repeat(np.linspace(-8.0, -5.0, 6), 2)
    >>> y = np.where(x > -6.5, 0.2, 1.0) + np.tile([0.01, -0.01], 6)
    >>> statistic, p = step_test(x, y, step_null(np.full(6, 2.0), 999, np.random.default_rng(1)))
    >>> round(statistic, 3), p
    (0.999, 0.001)
    """
    if response.size == 0:
        return 0.0, 1.0
    data = collapse_many(log10_dose, response, np.array([0, response.size]))
    statistic = float(step_statistics(data)[0])
    return statistic, float(step_p(np.array([statistic]), null)[0])


def step_statistics(data: Collapsed) -> PerCurve:
    """Step statistic of every curve; 0 where all responses are equal or there is one dose only.

    Examples
    --------
    >>> x, y = np.repeat([-8.0, -7.0, -6.0], 2), np.array([1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    >>> step_statistics(collapse_many(x, y, np.array([0, 6])))
    array([1.])
    """
    found = np.zeros(data.doses.size)
    for m in np.unique(data.doses[(data.doses > 1) & ~data.equal]):
        mine = np.flatnonzero((data.doses == m) & ~data.equal)
        at = data.first[mine][:, None] + np.arange(m)
        counts, mean = data.weight[at], data.mean[at]
        grand = np.sum(counts * mean, axis=1, keepdims=True) / np.sum(counts, 1, keepdims=True)
        found[mine] = _statistic(counts * (mean - grand), counts, data.pure[mine])
    return found


def step_p(statistic: PerCurve, null: Draws) -> PerCurve:
    """Monte Carlo p value of each statistic: (1 + #{null >= statistic}) / (draws + 1).

    Examples
    --------
    >>> step_p(np.array([0.0, 1.0]), np.array([0.1, 0.2, 0.3])).tolist()
    [1.0, 0.25]
    """
    beyond = null.size - np.searchsorted(null, statistic * (1.0 - _ROUNDING), side="left")
    p: np.ndarray = (1.0 + beyond) / (null.size + 1.0)
    return p


def _statistic(sums: np.ndarray, counts: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Largest share of the total sum of squares that one step explains, per row of dose sums.

    A split with N_L and N_R wells explains N / (N_L N_R) * (sum_L - N_L * grand mean)^2.
    """
    n = np.sum(counts, axis=-1)
    grand = np.sum(sums, axis=1) / n
    between = np.sum(sums * sums / counts, axis=1) - n * grand**2
    if counts.shape[-1] < 2:
        return np.zeros(len(sums))
    left = np.cumsum(counts, axis=-1)[..., :-1]
    shift = np.cumsum(sums, axis=1)[:, :-1] - left * grand[:, None]
    whole = np.asarray(n)[..., None]
    explained = np.max(shift * shift * (whole / (left * (whole - left))), axis=1)
    share: np.ndarray = np.minimum(explained / np.maximum(between + within, 1e-300), 1.0)
    return share
