"""Fits on the edge: variances that are exactly zero and correlations of -1 or 1, by name."""

import numpy as np

from exportin.kernels.mixed_parameters import layout_of
from exportin.kernels.mixed_problem import MixedProblem
from exportin.kernels.mixed_search import deviance_at

_SMALL = 1e-5
_EQUAL = 1e-9


def snap(
    problem: MixedProblem, theta: np.ndarray, deviance: float, *, reml: bool
) -> np.ndarray:  # fmt: skip
    """Set what the search left at 1e-5 of sigma or below to exactly zero, if the fit allows it."""
    layout = layout_of(problem)
    k = layout.n_factor
    out = theta.copy()
    if k:
        factor = np.zeros((layout.q, layout.q))
        factor[layout.cells] = theta[:k]
        left, values, _ = np.linalg.svd(factor)
        if values.min() < _SMALL:
            reduced = left * np.where(values < _SMALL, 0.0, values)
            upper: np.ndarray = np.linalg.qr(reduced.T)[1]
            out[:k] = upper.T[layout.cells]
    if layout.has_cage and abs(out[k]) < _SMALL:
        out[k] = 0.0
    if np.array_equal(out, theta):
        return theta
    return out if deviance_at(problem, out, reml=reml) <= deviance + _EQUAL else theta


def name_boundary(
    problem: MixedProblem, theta: np.ndarray, g: np.ndarray, names: tuple[str, ...],
    *, at_bound: bool,
) -> tuple[str, ...]:  # fmt: skip
    """Say which variance is zero or which correlation is -1 or 1, in the units of the data."""
    layout = layout_of(problem)
    factor = np.zeros((layout.q, layout.q))
    factor[layout.cells] = theta[: layout.n_factor]
    said = []
    values = np.linalg.svd(factor, compute_uv=False) if layout.q else np.ones(1)
    if values.min() < _SMALL:
        said += _name_random(problem, g, names, float(values.max()))
    if layout.has_cage and abs(theta[layout.n_factor]) < _SMALL:
        said.append("variance between cages is 0")
    if at_bound:
        low = theta[layout.n_natural - 2] < np.log(problem.longest_gap)
        said.append("serial correlation is 0" if low else "serial correlation is 1")
    return tuple(said)


def _name_random(
    problem: MixedProblem, g: np.ndarray, names: tuple[str, ...], largest: float
) -> list[str]:  # fmt: skip
    if largest < _SMALL:
        return [f"variance of {name} is 0" for name in names[: problem.q]]
    columns = problem.z @ problem.z_factor
    share = np.diag(g) * np.mean(columns**2, axis=0)
    zero = share < 1e-10 * share.max()
    if zero.any():
        return [f"variance of {names[j]} is 0" for j in np.flatnonzero(zero)]
    if problem.q == 2:
        sign = "1" if g[0, 1] > 0.0 else "-1"
        return [f"correlation of {names[0]} and {names[1]} is {sign}"]
    return ["the random effects depend on each other exactly"]
