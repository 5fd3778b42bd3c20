"""Parameters of a mixed model's covariance: free ones for the search, natural ones for the sums.

Free (phi): the Cholesky factor L of G over sigma^2 (lower triangle by rows), the cage standard
deviation over sigma, ln(sigma_k / sigma) of residual groups after the first, ln range, and ln sigma
last. Natural (psi): the elements of G, the cage variance, the residual variances, ln range.
L is left free of sign, so that a variance of zero is an ordinary inner point of the search.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from exportin.kernels.mixed_problem import MixedProblem


@dataclass(frozen=True)
class Layout:
    """Which parameters a model has.

    Examples
    --------
    >>> layout = Layout(q=2, has_cage=False, n_groups=1, serial=False)
    >>> layout.n_free, layout.n_natural
    (4, 4)
    """

    q: int
    has_cage: bool
    n_groups: int
    serial: bool

    @property
    def n_factor(self) -> int:
        """Elements of the lower triangle of L."""
        return self.q * (self.q + 1) // 2

    @property
    def n_natural(self) -> int:
        """Natural parameters."""
        return self.n_factor + int(self.has_cage) + self.n_groups + int(self.serial)

    @property
    def n_free(self) -> int:
        """Free parameters, ln sigma included: as many as natural ones."""
        return self.n_natural

    @property
    def residual(self) -> int:
        """Place of the first residual variance among the natural parameters."""
        return self.n_factor + int(self.has_cage)

    @cached_property
    def cells(self) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of each element of the lower triangle."""
        return np.tril_indices(self.q)

    @cached_property
    def product(self) -> np.ndarray:
        """Second derivatives of the elements of L L' by those of L: constant, 0, 1 or 2."""
        rows, cols = self.cells
        k = self.n_factor
        out = np.zeros((k, k, k))
        for p in range(k):
            a, b = rows[p], cols[p]
            for s in range(k):
                for t in range(k):
                    if cols[s] == cols[t]:
                        out[p, s, t] = float(a == rows[s] and b == rows[t])
                        out[p, s, t] += float(b == rows[s] and a == rows[t])
        return out


def layout_of(problem: MixedProblem) -> Layout:
    """Read the layout from a problem.

    Examples
    --------
    >>> from exportin.kernels.mixed_problem import prepare
    >>> p = prepare(np.array([1.0, 2.0, 4.0]), np.ones((3, 1)), np.array([0, 0, 1]))
    >>> layout_of(p).n_natural
    1
    """
    return _layout(problem.q, problem.has_cage, problem.n_groups, bool(problem.time.size))


@lru_cache(maxsize=64)
def _layout(q: int, has_cage: bool, n_groups: int, serial: bool) -> Layout:  # noqa: FBT001
    return Layout(q, has_cage, n_groups, serial)


@dataclass(frozen=True)
class Natural:
    """Natural parameters over sigma^2, as the loops take them."""

    g: np.ndarray
    cage: float
    variances: np.ndarray
    log_range: float


def natural(layout: Layout, theta: np.ndarray) -> Natural:
    """Turn free parameters (ln sigma may follow) into natural ones over sigma^2.

    Examples
    --------
    >>> one = natural(Layout(2, False, 1, False), np.array([2.0, 1.0, 0.5]))
    >>> one.g.tolist()
    [[4.0, 2.0], [2.0, 1.25]]
    """
    k = layout.n_factor
    factor = np.zeros((layout.q, layout.q))
    factor[layout.cells] = theta[:k]
    cage = float(theta[k]) ** 2 if layout.has_cage else 0.0
    ratios = theta[layout.residual : layout.residual + layout.n_groups - 1]
    last = layout.residual + layout.n_groups - 1
    return Natural(
        factor @ factor.T, cage, np.concatenate([[1.0], np.exp(2.0 * ratios)]),
        float(theta[last]) if layout.serial else 0.0,
    )  # fmt: skip


def derivatives(layout: Layout, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First (natural, free) and second (natural, free, free) derivatives at sigma = 1.

    Examples
    --------
    >>> first, second = derivatives(Layout(1, False, 1, False), np.array([3.0]))
    >>> first.tolist(), second[0, 0].tolist()
    ([[6.0, 18.0], [0.0, 2.0]], [2.0, 12.0])
    """
    k, m = layout.n_factor, layout.n_natural
    now = natural(layout, theta)
    first, second = np.zeros((m, m)), np.zeros((m, m, m))
    second[:k, :k, :k] = layout.product
    first[:k, :k] = layout.product @ theta[:k]
    values = np.concatenate([now.g[layout.cells], [now.cage] * layout.has_cage, now.variances])
    if layout.has_cage:
        first[k, k], second[k, k, k] = 2.0 * theta[k], 2.0
    for group in range(1, layout.n_groups):
        at, by = layout.residual + group, layout.residual + group - 1
        first[at, by] = 2.0 * now.variances[group]
        second[at, by, by] = 4.0 * now.variances[group]
    n = values.size
    sigma = m - 1  # ln sigma scales every variance by the same factor
    second[:n, sigma, :] += 2.0 * first[:n]
    second[:n, :, sigma] += 2.0 * first[:n]
    first[:n, sigma] = 2.0 * values
    second[:n, sigma, sigma] = 4.0 * values
    if layout.serial:
        first[m - 1, m - 2] = 1.0
    return first, second
