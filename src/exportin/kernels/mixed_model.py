"""Linear mixed models by restricted maximum likelihood: animals, cages, serial residuals."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from exportin.kernels.mixed_parameters import layout_of, natural
from exportin.kernels.mixed_problem import Codes, Design, MixedProblem, Response, prepare
from exportin.kernels.mixed_search import Sums, deviance_at, minimize, sums_at
from exportin.kernels.mixed_singular import name_boundary, snap

_SIZES = (0.1, 0.4, 1.0, 3.0, 8.0)
"""Standard deviations over sigma from which the search may begin."""
_IDENTIFIED, _SEEN = 1e-8, 1e-5
_EXPLODED = 3e3
_RANGE_LOW, _RANGE_HIGH = 20.0, 200.0


@dataclass(frozen=True)
class MixedEstimate:
    """A fitted linear mixed model.

    Attributes
    ----------
    status : str
        "ok", "singular" (a variance of zero or a correlation of -1 or 1 is the best fit; see
        `boundary`), or "not_estimable" (`reason` says why; the numbers are then empty).
    boundary : tuple of str
        What lies on the edge: "variance of slope is 0", "correlation of intercept and slope is 1".
    coefficients : (p,) array
        Fixed effects; 0 for a column that earlier ones explain (`problem.kept`).
    covariance : (p, p) array
        Of the coefficients, not adjusted; 0 for such columns.
    random_covariance : (q, q) array
        G, in the units of the given columns of z.
    cage_variance : float or None
    residual_variances : (k,) array
        One per residual group.
    serial_range : float or None
        Days after which the correlation of residuals has fallen to 1/e; 0 where none was found.
    log_likelihood : float
        Of y as given (restricted for REML, with the constants of lme4).
    sums : Sums or None
        What the standard errors and degrees of freedom rest on.
    """

    status: str
    reason: str
    boundary: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    random_covariance: np.ndarray
    cage_variance: float | None
    residual_variances: np.ndarray
    serial_range: float | None
    log_likelihood: float
    n_parameters: int
    reml: bool
    problem: MixedProblem
    sums: Sums | None
    held: tuple[int, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether there are numbers."""
        return self.sums is not None


def fit_mixed(
    y: Response,
    x: Design,
    animal: Codes,
    *,
    z: np.ndarray | None = None,
    names: tuple[str, ...] = ("intercept", "slope"),
    cage: np.ndarray | None = None,
    group: np.ndarray | None = None,
    time: np.ndarray | None = None,
    reml: bool = True,
) -> MixedEstimate:
    """Fit y = X b + Z u(animal) + v(cage) + e by (restricted) maximum likelihood.

    u has an unstructured covariance G = sigma^2 L L', v a variance of its own; e has one variance,
    one per group of rows (`group`), and with `time` the correlation exp(-|dt| / range) within an
    animal. b and sigma are profiled out of the likelihood (Bates et al. 2015), the rest is found
    by Newton steps with exact first and second derivatives from the two best starts of a grid; a
    start that ends on a saddle goes on. The better end is kept.

    Parameters
    ----------
    y : (n,) array
        For tumors ln volume.
    x : (n, p) array
        Fixed effects.
    animal : (n,) array of int
    z, cage, group, time
        As in `prepare`; z (n, q) such as a column of ones and the day.
    names : tuple of str
        Of the columns of z, for `boundary`.
    reml : bool
        False for maximum likelihood (to compare models with different fixed effects).

    Returns
    -------
    MixedEstimate

    Raises
    ------
    ValueError
        If the arrays do not fit together (`prepare`).

    References
    ----------
    Bates, Maechler, Bolker, Walker 2015, J Stat Softw 67(1), doi:10.18637/jss.v067.i01.
    Patterson, Thompson 1971, Biometrika 58:545-554. Lindstrom, Bates 1988, JASA 83:1014-1022.

    Examples
    --------
    >>> y = np.array([1.0, 2.1, 2.9, 1.4, 2.2, 3.6, 0.8, 2.1, 3.0])
    >>> day = np.tile([0.0, 1.0, 2.0], 3)
    >>> one = np.ones(9)
    >>> fit = fit_mixed(y, np.column_stack([one, day]), np.repeat([0, 1, 2], 3), z=one[:, None])
    >>> fit.coefficients.round(4).tolist(), fit.status
    ([1.0722, 1.05], 'ok')
    """
    problem = prepare(y, x, animal, z=z, cage=cage, group=group, time=time)
    reason = _impossible(problem)
    if reason:
        return _empty(problem, x.shape[1], reason, reml=reml)
    layout = layout_of(problem)
    bounds = (
        float(np.log(problem.shortest_gap / _RANGE_LOW)),
        float(np.log(problem.longest_gap * _RANGE_HIGH)),
    )
    ends = [minimize(problem, start, bounds, reml=reml) for start in _starts(problem, reml=reml)]
    theta, found, done = min(ends, key=lambda end: (not end[2], end[1].deviance))
    if np.abs(theta[: layout.residual]).max(initial=0.0) > _EXPLODED:
        reason = "The values lie on each animal's own line, so no residual error is left."
        return _empty(problem, x.shape[1], reason, reml=reml)
    if not done:
        reason = "The search for the best fit did not come to an end."
        return _empty(problem, x.shape[1], reason, reml=reml)
    theta = snap(problem, theta, found.deviance, reml=reml)
    at_bound = layout.serial and not bounds[0] < theta[layout.n_natural - 2] < bounds[1]
    held = (layout.n_natural - 1,) if at_bound else ()
    return _finish(problem, theta, x.shape[1], names, held, reml=reml)


def _middle(problem: MixedProblem) -> np.ndarray:
    """Give a start inside: every standard deviation equal to sigma."""
    layout = layout_of(problem)
    theta = np.zeros(layout.n_free - 1)
    theta[_sds(problem)] = 1.0
    if layout.serial:
        theta[-1] = 0.5 * np.log(problem.shortest_gap * problem.longest_gap)
    return theta


def _sds(problem: MixedProblem) -> np.ndarray:
    """Find the places of standard deviations: the diagonal of L, and the cage."""
    layout = layout_of(problem)
    rows, cols = layout.cells
    places = np.flatnonzero(rows == cols).tolist()
    return np.array([*places, *[layout.n_factor] * layout.has_cage], dtype=np.int64)


def _starts(problem: MixedProblem, *, reml: bool) -> list[np.ndarray]:
    """Find the best start of a grid, and the best of those that differ from it in every size."""
    middle, places = _middle(problem), _sds(problem)
    if places.size == 0:
        return [middle]
    sizes = product(_SIZES, repeat=places.size) if places.size < 3 else (
        (s,) * int(places.size) for s in _SIZES
    )  # fmt: skip
    found = []
    for chosen in sizes:
        theta = middle.copy()
        theta[places] = chosen
        found.append((deviance_at(problem, theta, reml=reml), chosen, theta))
    found.sort(key=lambda one: one[:2])
    best = found[0]
    other = next(one for one in found
                 if all(a != b for a, b in zip(one[1], best[1], strict=True)))  # fmt: skip
    return [best[2], other[2]]


def _impossible(problem: MixedProblem) -> str:
    """Say why the design cannot carry the model; empty where it can."""
    if problem.n <= problem.rank:
        return (
            f"There are {problem.n} rows for {problem.rank} fixed effects; "
            "no error can be estimated."
        )
    if problem.y_scale == 0.0:
        return "The fixed effects explain every value exactly, so there is no error to test with."
    if problem.n_matrices == 1:
        return ""
    if problem.q * problem.n_animals >= problem.n and problem.q:
        return (
            f"{problem.n_animals} animals with {problem.q} random effects each need more than "
            f"{problem.q * problem.n_animals} rows, there are {problem.n}."
        )
    information = sums_at(problem, _middle(problem)).information
    size = np.sqrt(np.maximum(np.diag(information), 0.0))
    if size.min() <= _SEEN * size.max():  # what the fixed effects take up is left with rounding
        return _UNSEPARATED
    values = np.linalg.eigvalsh(information / np.outer(size, size))
    return "" if values[0] > _IDENTIFIED else _UNSEPARATED


_UNSEPARATED = (
    "The design does not separate the variances (too few visits per animal, animals per arm, or "
    "animals per cage for this many random effects)."
)


def _empty(problem: MixedProblem, p: int, reason: str, *, reml: bool) -> MixedEstimate:
    return MixedEstimate(
        "not_estimable", reason, (), np.zeros(p), np.zeros((p, p)),
        np.zeros((problem.q, problem.q)), None, np.zeros(problem.n_groups), None, 0.0,
        problem.rank + problem.n_matrices, reml, problem, None,
    )  # fmt: skip


def _finish(
    problem: MixedProblem, theta: np.ndarray, p: int, names: tuple[str, ...],
    held: tuple[int, ...], *, reml: bool,
) -> MixedEstimate:  # fmt: skip
    """Turn the end of the search back into the units of the data."""
    layout = layout_of(problem)
    sums = sums_at(problem, theta, reml=reml)
    at = natural(layout, theta)
    scale = (sums.sigma * problem.y_scale) ** 2
    back = np.linalg.inv(problem.z_factor) if problem.q else np.empty((0, 0))
    g = scale * (back @ at.g @ back.T)
    boundary = name_boundary(problem, theta, g, names, at_bound=bool(held))
    kept = np.array(problem.kept)
    to_given = np.linalg.inv(problem.x_factor)
    coefficients, covariance = np.zeros(p), np.zeros((p, p))
    coefficients[kept] = problem.beta_plain + to_given @ sums.beta * problem.y_scale
    covariance[np.ix_(kept, kept)] = scale * (to_given @ sums.covariance @ to_given.T)
    df = problem.n - (problem.rank if reml else 0)
    constant = 2.0 * df * float(np.log(problem.y_scale))
    if reml:
        constant += 2.0 * float(np.log(np.abs(np.diag(problem.x_factor))).sum())
    return MixedEstimate(
        "singular" if boundary else "ok", "", boundary, coefficients, covariance, g,
        scale * at.cage if problem.has_cage else None, scale * at.variances,
        _range_of(problem, at.log_range, held), -0.5 * (sums.deviance + constant),
        problem.rank + problem.n_matrices, reml, problem, sums, held,
    )  # fmt: skip


def _range_of(problem: MixedProblem, log_range: float, held: tuple[int, ...]) -> float | None:
    if not problem.time.size:
        return None
    tiny = held and np.exp(log_range) < problem.shortest_gap
    return 0.0 if tiny else float(np.exp(log_range))


def deviance_on_grid(fit: MixedEstimate, thetas: np.ndarray) -> np.ndarray:
    """Minus twice the profiled log-likelihood at rows of free parameters, ln sigma left out.

    In the coordinates of the engine: for searches that check the end of another search.

    Examples
    --------
    >>> y = np.array([1.0, 2.1, 2.9, 1.4, 2.2, 3.6])
    >>> fit = fit_mixed(y, np.ones((6, 1)), np.repeat([0, 1, 2], 2), z=np.ones((6, 1)))
    >>> bool((deviance_on_grid(fit, np.linspace(0.0, 9.0, 99)[:, None]) >
    ...       fit.sums.deviance - 1e-9).all())
    True
    """
    found = [deviance_at(fit.problem, theta, reml=fit.reml) for theta in thetas]
    return np.array(found)
