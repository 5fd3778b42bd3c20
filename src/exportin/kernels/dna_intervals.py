"""Intervals of the phases of one DNA fit: profile likelihood, covariance and draws."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exportin.kernels.dna_columns import COLUMNS, FOX, G1, G1B, G2, LN_CV, LN_MEAN, SIZE, SUB, S
from exportin.kernels.dna_loops import LOGLIK, climb
from exportin.kernels.dna_model import FLOOR, DnaFit, State
from exportin.kernels.dna_peaks import Array

Z = 1.959963984540054
_CLOSE = 0.04
_TRIES = 7
_PHASES = {"g1": [G1], "s": [S, S + 1, S + 2, FOX], "g2m": [G2]}
_LINE = [G1, G2, S, S + 1, S + 2, FOX]


@dataclass(frozen=True)
class DnaIntervals:
    """95 % intervals of one histogram (counting noise of this tube, for this model).

    Attributes
    ----------
    low, high : dict of float
        "g1", "s", "g2m", "sub_g1", "g1_mean", "g1_cv". Profile likelihood for the fractions,
        information for mean and CV. NaN for what was held (a plate's common value) and for a
        sub-G1 part that the model does not have.
    covariance : (3, 3) array
        Of G1, S, G2M; rows add up to 0.
    dispersion : float
        Chi-square over its degrees of freedom where above 1; the intervals are wider by its root.
    """

    low: dict[str, float]
    high: dict[str, float]
    covariance: Array
    dispersion: float
    phases: tuple[float, float, float]

    def draws(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 3) fractions: correlated as the fit says, each as wide as its interval."""
        sd = np.sqrt(np.diag(self.covariance))
        with np.errstate(invalid="ignore", divide="ignore"):
            corr = np.where(np.outer(sd, sd) > 0, self.covariance / np.outer(sd, sd), 0.0)
        value, vector = np.linalg.eigh(np.nan_to_num(corr))
        z = rng.standard_normal((n, 3)) @ (vector * np.sqrt(np.maximum(value, 0.0))).T
        at = np.array(self.phases)
        down = (at - np.array([self.low[k] for k in _PHASES])) / Z
        up = (np.array([self.high[k] for k in _PHASES]) - at) / Z
        out = np.clip(at + np.where(z < 0, z * down, z * up), 0.0, 1.0)
        total = out.sum(axis=1, keepdims=True)
        return np.asarray(np.where(total > 0, out / np.where(total > 0, total, 1.0), at))


def dna_intervals(fit: DnaFit, *, sub_g1: bool = True) -> DnaIntervals:
    """Find 95 % intervals of the fractions, the mean and the CV of a fit.

    Parameters
    ----------
    fit : DnaFit
        From `fit_dna`; not Watson's.
    sub_g1 : bool
        False leaves the interval of sub-G1 out (NaN): it takes as long as those of two phases.

    Returns
    -------
    DnaIntervals
        NaN throughout where nothing was fitted.

    Examples
    --------
    >>> from exportin.kernels.dna_design import gauss_counts
    >>> from exportin.kernels.dna_histogram import fit_dna
    >>> edges = np.linspace(0.0, 1024.0, 257)
    >>> counts = gauss_counts(edges, 300.0, 0.03, 7000.0) + gauss_counts(edges, 600.0, 0.03, 3000.0)
    >>> found = dna_intervals(fit_dna(counts, edges))
    >>> found.low["g1"] < 0.7 < found.high["g1"]
    True
    """
    state = fit.state
    nan = float("nan")
    if state is None:
        names = (*_PHASES, "sub_g1", "g1_mean", "g1_cv")
        blank = dict.fromkeys(names, nan)
        return DnaIntervals(blank, dict(blank), np.full((3, 3), nan), nan, fit.phases)
    reduced = fit.reduced
    dispersion = max(1.0, reduced) if np.isfinite(reduced) else 1.0
    cov, free = covariance(state, dispersion)
    low, high = {}, {}
    rows = []
    for name, members in _PHASES.items():
        slope = fraction_slope(state.x, members, _LINE)
        rows.append(slope)
        sd = float(np.sqrt(max(float(slope @ cov @ slope), 0.0)))
        low[name], high[name] = profile(
            state, members, _LINE, at=getattr(fit, name), sd=sd, dispersion=dispersion
        )
    low["sub_g1"], high["sub_g1"] = (
        _sub_g1(state, fit, cov, dispersion) if sub_g1 else (float("nan"), float("nan"))
    )
    for name, k in (("g1_mean", LN_MEAN), ("g1_cv", LN_CV)):
        spread = Z * np.sqrt(max(cov[COLUMNS + k, COLUMNS + k], 0.0))
        value = getattr(fit, name)
        low[name], high[name] = float(value * np.exp(-spread)), float(value * np.exp(spread))
        if not free[COLUMNS + k]:
            low[name] = high[name] = nan
    slopes = np.array(rows)
    return DnaIntervals(low, high, slopes @ cov @ slopes.T, dispersion, fit.phases)


def covariance(state: State, dispersion: float) -> tuple[Array, NDArray[np.bool_]]:
    """Inverse information of the numbers that are not at a bound; 0 for the others."""
    x, low, high = state.x, state.low, state.high
    edge = 1e-9 * np.maximum(1.0, np.abs(x))
    free = (low < high) & (x > low + edge) & (x < high - edge) & (np.diag(state.H) > 0)
    inner = state.H[np.ix_(free, free)]
    scale = np.sqrt(np.diag(inner))
    out = np.zeros((SIZE, SIZE))
    out[np.ix_(free, free)] = (
        np.linalg.pinv(inner / np.outer(scale, scale), rcond=1e-12, hermitian=True)
        / np.outer(scale, scale)
        * dispersion
    )
    return out, free


def fraction_slope(x: Array, members: list[int], of: list[int]) -> Array:
    """Slope of a fraction in the weights."""
    out = np.zeros(SIZE)
    total = x[of].sum()
    if total > 0:
        share = x[members].sum() / total
        out[of] = -share / total
        out[members] += 1.0 / total
    return out


def profile(
    state: State, members: list[int], of: list[int], *, at: float, sd: float, dispersion: float
) -> tuple[float, float]:
    """Both ends of the profile-likelihood interval of a fraction."""

    def root(share: float) -> float:
        best = tied_best(state, members, of, share)
        return float(np.sqrt(max(2.0 * (state.best - best) / dispersion, 0.0)))

    if not np.isfinite(at):
        return float("nan"), float("nan")
    sd = max(sd, 1e-4)
    return max(find_end(root, at, -Z * sd, 0.0), 0.0), min(find_end(root, at, Z * sd, 1.0), 1.0)


def find_end(root: Callable[[float], float], at: float, step: float, limit: float) -> float:
    """Where the signed root of the likelihood ratio reaches 1.96, or the limit."""
    inside, inside_r = at, 0.0
    outside, outside_r = None, np.inf
    share = at + step
    for _ in range(_TRIES):
        past = share <= limit if step < 0 else share >= limit
        if past:
            share = limit
        r = root(share)
        if abs(r - Z) < _CLOSE:
            return share + (Z - r) * (share - inside) / max(r - inside_r, 0.5)
        if r < Z:
            if past:
                return limit
            inside, inside_r = share, r
        else:
            outside, outside_r = share, r
        if outside is None:
            share = inside + (inside - at) * min(max((Z - inside_r) / max(inside_r, 0.2), 0.1), 2.0)
        else:
            part = (Z - inside_r) / (outside_r - inside_r)
            share = inside + (outside - inside) * min(max(part, 0.05), 0.95)
    return share


def tied_best(state: State, members: list[int], of: list[int], share: float) -> float:
    """Best log-likelihood with a fraction held at a value."""
    x, low, high = state.x.copy(), state.low.copy(), state.high.copy()
    used = [k for k in members if state.on[k]]
    rest = [k for k in of if state.on[k] and k not in used]
    total = x[of].sum()
    _scale(x, used, share * total)
    _scale(x, rest, (1.0 - share) * total)
    tie = np.zeros(SIZE)
    tie[rest] = -share
    tie[used] = 1.0 - share
    empty = used if share <= 0 else rest if share >= 1 else []
    high[empty] = low[empty]
    out, H = np.zeros(3), np.zeros((SIZE, SIZE))
    frame = state.frame
    climb(
        frame.counts, frame.u0, frame.first, frame.last, FLOOR * frame.events, state.kinds,
        state.given, x, low, high, state.on, state.prior, tie, not empty, H, out,
    )  # fmt: skip
    return float(out[LOGLIK])


def _scale(x: Array, members: list[int], total: float) -> None:
    now = x[members].sum()
    x[members] = x[members] * (total / now) if now > 0 else total / max(len(members), 1)


def sub_g1_limits(fit: DnaFit) -> tuple[float, float]:
    """Find the 95 % interval of sub-G1 alone; NaN where the model has none or nothing was fitted.

    >>> from exportin.kernels.dna_design import gauss_counts
    >>> from exportin.kernels.dna_histogram import fit_dna
    >>> edges = np.linspace(0.0, 1024.0, 257)
    >>> sub_g1_limits(fit_dna(gauss_counts(edges, 300.0, 0.03, 7000.0), edges))
    (nan, nan)
    """
    if fit.state is None:
        return float("nan"), float("nan")
    dispersion = max(1.0, fit.reduced) if np.isfinite(fit.reduced) else 1.0
    cov, _ = covariance(fit.state, dispersion)
    return _sub_g1(fit.state, fit, cov, dispersion)


def _sub_g1(state: State, fit: DnaFit, cov: Array, dispersion: float) -> tuple[float, float]:
    """Interval of sub-G1 over sub-G1 and cells; (NaN, NaN) where the model has none."""
    if not state.on[SUB]:
        return float("nan"), float("nan")
    of = [*_LINE, *range(G1B, COLUMNS), SUB]
    slope = fraction_slope(state.x, [SUB], of)
    sd = float(np.sqrt(max(float(slope @ cov @ slope), 0.0)))
    return profile(state, [SUB], of, at=fit.sub_g1, sd=sd, dispersion=dispersion)
