"""Many normal samples with bounds at once, each with a spread of its own or all with one."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer
from scipy.special import stdtrit

from exportin.kernels.censored_profile import (
    Samples,
    at_best_means,
    best_means,
    best_u,
    falling_root,
    terms,
)

Table = Float[np.ndarray, "samples units"]
Codes = Integer[np.ndarray, "samples units"]
Known = Bool[np.ndarray, " samples"]
PerSample = Float[np.ndarray, " samples"]

_REACH = 1e6
"""An end of an interval farther away than a million spreads is open."""


class PanelFit(NamedTuple):
    """Maximum-likelihood means and SDs (divisor n); NaN where a sample has no fit of its own.

    `loglik` leaves out n_exact (log_unit + log(2 pi) / 2), the unit in which it was computed.
    `fitted` says which have one; `n` and `df` are those of the spread behind each sample: its own
    n and n - 1, or the panel's total and total minus number of samples.
    """

    mean: PerSample
    sd: PerSample
    loglik: PerSample
    log_unit: PerSample
    n: PerSample
    df: PerSample
    fitted: Known


class _Panel(NamedTuple):
    """Samples that have a fit, in units of their spread, and what they share the spread with."""

    samples: Samples
    middle: np.ndarray
    spread: np.ndarray
    shared: bool
    n: np.ndarray
    df: np.ndarray


def fit_panel(values: Table, censor: Codes, *, shared: bool = False) -> PanelFit:
    """Means of many lines, some of whose experiments gave only a bound.

    Each row is one sample, as in `censored.fit_censored`; NaN pads short rows. With ``shared``
    one sd serves all rows: log L is summed over the rows and maximized over all means and the one
    sd, so that rows with bounds inform the sd by their likelihood.

    Parameters
    ----------
    values, censor : (k, n) arrays
        Exact values or bounds; codes 0 exact, -1 '<', +1 '>'. NaN: no unit.
    shared : bool
        One sd for all rows. Rows without any exact value then have no fit, for bounds of one
        side hold at any sd.

    Returns
    -------
    PanelFit

    Raises
    ------
    ValueError
        If shapes differ, a value is infinite, or a code is not -1, 0 or 1.

    References
    ----------
    Cohen 1959, Technometrics 1:217; Burridge 1981, J R Stat Soc B 43:41 (concavity).

    Examples
    --------
    >>> values = np.array([[0.0, 0.2, 0.4], [1.0, 1.3, 1.2]])
    >>> codes = np.array([[0, 0, 0], [0, 0, 1]])
    >>> fit = fit_panel(values, codes, shared=True)
    >>> fit.mean.round(3).tolist(), fit.sd.round(3).tolist(), fit.df.tolist()
    ([0.2, 1.211], [0.162, 0.162], [4.0, 4.0])
    """
    panel, rows = _read(values, censor, shared=shared)
    mean, sd, loglik = (np.full(len(values), np.nan) for _ in range(3))
    log_unit, n, df = (np.full(len(values), np.nan) for _ in range(3))
    if rows.any():
        u = _joint_u(panel)
        mean[rows] = panel.middle + panel.spread * best_means(panel.samples, u)
        sd[rows] = panel.spread * np.exp(-u)
        loglik[rows] = at_best_means(panel.samples, u)[0]
        log_unit[rows], n[rows], df[rows] = np.log(panel.spread), panel.n, panel.df
    return PanelFit(mean, sd, loglik, log_unit, n, df, rows)


def panel_intervals(
    values: Table,
    censor: Codes,
    conf_level: float = 0.95,
    *,
    shared: bool = False,
    df: float | None = None,
) -> tuple[PerSample, PerSample]:
    """Profile-likelihood intervals of the means of `fit_panel`.

    All means with df (exp(LR / n) - 1) <= t^2, t the quantile with df degrees of freedom. Without
    bounds this is exactly the t interval: with the sample's own sd, or, where the sd is shared,
    with the pooled sd and its df = n - k. LR is twice the log-likelihood lost, everything else
    (the other means and the sd) fitted anew.

    Parameters
    ----------
    values, censor, shared
        As in `fit_panel`.
    conf_level : float
        For example 0.95.
    df : float, optional
        Degrees of freedom of the quantile where they are fewer than n - k, because samples share
        experiments.

    Returns
    -------
    tuple of (k,) arrays
        Lower and upper ends; infinite where the likelihood leaves them open, -inf and inf where
        a sample has no fit.

    Raises
    ------
    ValueError
        As `fit_panel`, and for a confidence level outside 0 to 1.

    Examples
    --------
    >>> values, codes = np.array([[0.1, 0.3, 0.5], [1.0, 1.4, 1.2]]), np.zeros((2, 3), int)
    >>> low, high = panel_intervals(values, codes, shared=True)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([-0.021, 0.879], [0.621, 1.521])
    """
    if not 0.0 < conf_level < 1.0:
        msg = f"Expected a confidence level between 0 and 1, got {conf_level}."
        raise ValueError(msg)
    panel, rows = _read(values, censor, shared=shared)
    low, high = np.full(len(values), -np.inf), np.full(len(values), np.inf)
    if rows.any():
        u = _joint_u(panel)
        mean, top = best_means(panel.samples, u), _joint_loglik(panel, u)
        t = stdtrit(panel.df if df is None else np.minimum(df, panel.df), 0.5 + 0.5 * conf_level)
        ends = panel.middle + panel.spread * _ends(panel, mean, u, top, t)
        low[rows], high[rows] = ends
    return low, high


def panel_t(
    values: Table, censor: Codes, means: PerSample, *, shared: bool = False
) -> tuple[PerSample, PerSample]:
    """Equivalent of t, and its df, for "the mean of each row is this"; NaN where there is no fit.

    Examples
    --------
    >>> t, df = panel_t(np.array([[0.1, 0.3, 0.5]]), np.zeros((1, 3), int), np.zeros(1))
    >>> t.round(4).tolist(), df.tolist()
    ([2.5981], [2.0])
    """
    panel, rows = _read(values, censor, shared=shared)
    out, df = np.full(len(values), np.nan), np.full(len(values), np.nan)
    if rows.any():
        u = _joint_u(panel)
        at = (means[rows] - panel.middle) / panel.spread
        mean, top = best_means(panel.samples, u), _joint_loglik(panel, u)
        size = np.sqrt(_t_squared(panel, top, _profile(panel, at[None, :])[0][0]))
        out[rows], df[rows] = np.copysign(size, mean - at), panel.df
    return out, df


def means_at(values: Table, censor: Codes, sd: PerSample) -> PerSample:
    """Maximum-likelihood means where the sd of each row is known; NaN without an exact value.

    Examples
    --------
    >>> means_at(np.array([[0.0, 0.4], [1.0, 1.2]]), np.array([[0, 0], [0, 1]]), np.full(2, 0.2))
    array([0.2       , 1.17549652])
    """
    panel, rows = _read(values, censor, shared=True)
    found = np.full(len(values), np.nan)
    if rows.any():
        u = np.log(panel.spread / sd[rows])
        found[rows] = panel.middle + panel.spread * best_means(panel.samples, u)
    return found


def _read(values: np.ndarray, censor: np.ndarray, *, shared: bool) -> tuple[_Panel, np.ndarray]:
    if values.shape != censor.shape or values.ndim != 2:
        msg = f"Expected values and codes of one shape, got {values.shape} and {censor.shape}."
        raise ValueError(msg)
    if np.isinf(values).any() or not np.isin(censor, (-1, 0, 1)).all():
        msg = "Expected finite values and the codes -1 ('<'), 0 (exact), +1 ('>')."
        raise ValueError(msg)
    used = ~np.isnan(values)
    exact, bound = used & (censor == 0), used & (censor != 0)
    n_exact = np.maximum(exact.sum(axis=1), 1)
    value = np.where(used, values, 0.0)
    middle = np.where(exact, value, 0.0).sum(axis=1) / n_exact
    first = value[np.arange(len(value)), exact.argmax(axis=1)]
    flat = ~(exact & (value != first[:, None])).any(axis=1)
    middle = np.where(flat, first, middle)  # equal numbers must have no rounding for a spread
    away = np.where(used, value - middle[:, None], 0.0)
    square = np.where(exact, away, 0.0) ** 2
    worst = np.where(bound, censor * away, 0.0).max(axis=1, initial=0.0)
    if shared:
        rows = exact.any(axis=1)
        total = float(square[rows].sum())
        spread = np.sqrt(total / max(int(exact[rows].sum()), 1)) if total else worst[rows].max(
            initial=0.0)  # fmt: skip
        spread, rows = np.full(len(values), spread), rows & bool(spread > 0.0)
    else:
        spread = np.where(flat, worst, np.sqrt(square.sum(axis=1) / n_exact))
        rows = (exact.sum(axis=1) > 1) & (spread > 0.0)
    scaled = away[rows] / spread[rows, None]
    side = np.where(bound, censor, 0).astype(np.float64)[rows]
    n = used[rows].sum(axis=1).astype(np.float64)
    df = n - 1.0
    if shared:
        n, df = np.full(n.size, n.sum()), np.full(n.size, df.sum())
    samples = Samples(scaled, exact[rows], side)
    return _Panel(samples, middle[rows], spread[rows], shared, n, df), rows


def _sum(panel: _Panel, each: np.ndarray) -> np.ndarray:
    """Sum over the samples that share a spread, given to each of them."""
    return np.full(each.shape, each.sum()) if panel.shared else each


def _joint_u(panel: _Panel) -> np.ndarray:
    """log(spread / sd) at the maximum."""

    def score(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        _, first, second = at_best_means(panel.samples, u)
        return _sum(panel, first), _sum(panel, second)

    return best_u(score, np.zeros(panel.middle.size))


def _joint_loglik(panel: _Panel, u: np.ndarray) -> np.ndarray:
    return _sum(panel, at_best_means(panel.samples, u)[0])


def _profile(panel: _Panel, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Best log-likelihood with each mean fixed in turn, and its slope over that mean.

    ``mean`` has any number of rows, a column per sample.
    """
    others = _plain_others(panel)

    def score(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        own, rest = terms(panel.samples, mean, u), _others(panel, others, u)
        return own.u + rest[1], own.uu + rest[2]

    away = np.where(panel.samples.exact, panel.samples.value - mean[..., None], 0.0)
    square = np.maximum((away**2).sum(axis=-1) + others[1], 1e-20)
    u = best_u(score, 0.5 * np.log((panel.samples.n_exact + others[0]) / square))
    own = terms(panel.samples, mean, u)
    return own.loglik + _others(panel, others, u)[0], own.m


def _plain_others(panel: _Panel) -> tuple[np.ndarray, np.ndarray]:
    """Count and square the other samples of the spread that have no bounds."""
    samples = panel.samples
    if not panel.shared:
        return np.zeros(len(samples.value)), np.zeros(len(samples.value))
    plain = (samples.side == 0.0).all(axis=1)
    n = np.where(plain, samples.n_exact, 0)
    square = np.where(plain, (np.where(samples.exact, samples.value, 0.0) ** 2).sum(axis=1), 0.0)
    return n.sum() - n, square.sum() - square


def _others(panel: _Panel, plain: tuple[np.ndarray, np.ndarray], u: np.ndarray) -> np.ndarray:
    """Add up what the other samples of the spread say at each u: log-likelihood and two slopes.

    Those without bounds enter by their counts and squares; u differs from target to target, so
    those with bounds are fitted anew for each.
    """
    n, fall = plain[0], np.exp(2.0 * u) * plain[1]
    found = np.array((n * u - 0.5 * fall, n - fall, -2.0 * fall))
    bounded = (panel.samples.side != 0.0).any(axis=1)
    if not panel.shared or not bounded.any():
        return found
    censored = Samples(*(part[bounded] for part in panel.samples))
    each = np.array(at_best_means(censored, np.repeat(u[..., None], int(bounded.sum()), axis=-1)))
    same = np.arange(bounded.size)[:, None] == np.flatnonzero(bounded)[None, :]
    result: np.ndarray = found + np.where(same, 0.0, each).sum(axis=-1)
    return result


def _t_squared(panel: _Panel, top: np.ndarray, loglik: np.ndarray) -> np.ndarray:
    lost = np.maximum(0.0, 2.0 * (top - loglik))
    with np.errstate(over="ignore"):
        found: np.ndarray = panel.df * np.expm1(lost / panel.n)
    return found


def _ends(
    panel: _Panel, mean: np.ndarray, u: np.ndarray, top: np.ndarray, t: np.ndarray
) -> np.ndarray:
    """Where the equivalent of t passes its quantile below (first row) and above the estimates."""
    way = np.array([[-1.0], [1.0]])

    def excess(distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        loglik, slope = _profile(panel, mean + way * distance)
        squared = _t_squared(panel, top, loglik)
        size = np.sqrt(squared)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            rise = -(squared + panel.df) / panel.n * way * slope / size
        return t - size, np.where(np.isfinite(rise) & (rise > 0.0), -rise, 0.0)

    far = np.full((2, mean.size), _REACH)
    open_end = excess(far)[0] > 0.0
    sd = np.exp(-u) * np.sqrt(panel.n / panel.df / np.maximum(panel.samples.n_exact, 1))
    distance = falling_root(excess, t * sd + np.zeros_like(far), np.zeros_like(far), far)
    return np.where(open_end, way * np.inf, mean + way * distance)
