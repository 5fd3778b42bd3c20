"""Whether a hazard ratio is zero or infinite: directions in which the likelihood never falls."""

import numpy as np
from jaxtyping import Float
from scipy.optimize import linprog

from exportin.kernels.survival_arrays import BoolN, IntP
from exportin.kernels.survival_cox_data import CoxData, Stratum

Gaps = Float[np.ndarray, "g p"]
_SAME = 1e-9


def directions(data: CoxData) -> IntP:
    """Say which coefficients have no finite estimate: +1 or -1, else 0.

    The partial likelihood has no maximum if and only if some direction c has c'(x_dead - x_j) >= 0
    for every death and everybody at risk then, not all zero. For one covariate this is looked up;
    for several a linear program finds such directions.

    References
    ----------
    Bryson and Johnson 1981, doi:10.1080/00401706.1981.10487681; Heinze and Schemper 2001,
    doi:10.1111/j.0006-341X.2001.00114.x.

    Examples
    --------
    >>> from exportin.kernels.survival_cox_data import cox_data
    >>> time, x = np.array([1.0, 2.0, 3.0, 4.0]), np.array([[1.0], [1.0], [0.0], [0.0]])
    >>> directions(cox_data(time, np.array([True, True, False, False]), x)).tolist()
    [1]
    """
    out = np.zeros(data.p, dtype=np.int64)
    if data.p == 1:
        ends = [_range(s) for s in data.strata]
        least, most = min(e[0] for e in ends), max(e[1] for e in ends)
        if most - least > _SAME:
            out[0] = 1 if least >= -_SAME else -1 if most <= _SAME else 0
        return out
    gaps = np.concatenate([risk_gaps(s) for s in data.strata])
    for j in range(data.p):
        for sign in (1, -1):
            if _reach(gaps, j, sign) > 1e-7:
                out[j] = sign
    return out


def _range(s: Stratum) -> tuple[float, float]:
    """Smallest and largest x_dead - x_j of one covariate."""
    least, most = np.inf, -np.inf
    for k, dead in enumerate(np.split(s.dead, s.starts[1:])):
        here = _risk_set(s, k)
        x = s.x[here, 0]
        least = min(least, float(s.x[dead, 0].min() - x.max()))
        most = max(most, float(s.x[dead, 0].max() - x.min()))
    return least, most


def _risk_set(s: Stratum, k: int) -> BoolN:
    here: BoolN = np.arange(s.x.shape[0]) >= s.first[k]
    if s.by_entry is not None:
        here[s.by_entry[s.entered[k] :]] = False
    return here


def risk_gaps(s: Stratum) -> Gaps:
    """Differences x_dead - x_j over every death and everybody at risk then, each once."""
    found = []
    for k, dead in enumerate(np.split(s.dead, s.starts[1:])):
        risk = np.unique(s.x[_risk_set(s, k)], axis=0)
        found += [x - risk for x in np.unique(s.x[dead], axis=0)]
    return np.unique(np.concatenate(found), axis=0)


def _reach(gaps: Gaps, j: int, sign: int) -> float:
    """Largest sign * c_j over the directions in the unit box that no gap forbids."""
    aim = np.zeros(gaps.shape[1])
    aim[j] = -float(sign)
    found = linprog(aim, A_ub=-gaps, b_ub=np.zeros(gaps.shape[0]), bounds=(-1.0, 1.0))
    return 0.0 if found.status != 0 or found.fun is None else -float(found.fun)
