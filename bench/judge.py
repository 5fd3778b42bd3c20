"""The judge of the fits: SciPy's least squares from 25 listed starts, four parameters at once.

It shares no code and no idea with the engine: no projection of the plateaus, no dose means, no
table of candidates. EC50 and hill stay inside the published box by a sine transform (a minimum on
the edge of the box is an ordinary minimum of the transformed problem), so that the plain
Levenberg-Marquardt of MINPACK serves; the best ends are then polished at the tightest tolerance.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares
from scipy.special import expit

LN10 = float(np.log(10.0))
HILL_BOX = (0.05, 50.0)
EC50_DECADES = 3.0
START_PLACES = (-0.15, 0.2, 0.5, 0.8, 1.15)
"""EC50 of a start as a fraction of the tested range (log dose), so two lie outside it."""
START_HILLS = (0.3, 0.8, 2.0, 6.0, 20.0)
SEARCH_STEPS, POLISH_STEPS = 150, 3000
SEARCH_TOLERANCE, POLISH_TOLERANCE = 1e-10, 1e-15
KEPT = 3
"""This many of the 25 ends are polished."""


class Verdict(NamedTuple):
    """Best of the judge's fits."""

    top: float
    bottom: float
    log10_ec50: float
    hill: float
    rss: float


class _Problem(NamedTuple):
    """Wells with responses centered and divided by their spread; parameters (level, span, u, v).

    ``level`` is the plateau on the side of the EC50 where the wells are: written from the other
    one, an incomplete curve of span 1e6 would cancel all its digits.
    """

    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray
    from_top: bool

    def shape(self, p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        inside = self.low + (self.high - self.low) * 0.5 * (1.0 + np.sin(p[2:]))
        z = np.exp(inside[1]) * (self.x - inside[0])
        return z, expit(z), inside

    def residual(self, p: np.ndarray) -> np.ndarray:
        z, up, _ = self.shape(p)
        curve = p[0] - p[1] * up if self.from_top else p[0] + p[1] * expit(-z)
        return curve - self.y

    def jacobian(self, p: np.ndarray) -> np.ndarray:
        z, up, inside = self.shape(p)
        down = expit(-z)
        pull = 0.5 * (self.high - self.low) * np.cos(p[2:])
        slope = p[1] * up * down
        out = np.empty((self.x.size, 4))
        out[:, 0] = 1.0
        out[:, 1] = -up if self.from_top else down
        out[:, 2] = slope * np.exp(inside[1]) * pull[0]
        out[:, 3] = -slope * z * pull[1]
        return out

    def start(self, ln_ec50: float, ln_hill: float) -> np.ndarray:
        """Level and span of a start: the line of the responses on its shape."""
        point = np.clip([ln_ec50, ln_hill], self.low + 1e-9, self.high - 1e-9)
        u = np.arcsin(2.0 * (point - self.low) / (self.high - self.low) - 1.0)
        p = np.array([0.0, 1.0, *u])
        z, up, _ = self.shape(p)
        shape = -up if self.from_top else expit(-z)
        design = np.column_stack([np.ones_like(shape), shape])
        p[:2] = np.linalg.lstsq(design, self.y, rcond=None)[0]
        return p

    def search(self, p: np.ndarray, steps: int, tolerance: float) -> tuple[float, np.ndarray]:
        found = least_squares(
            self.residual, p, self.jacobian, method="lm", x_scale="jac", max_nfev=steps,
            xtol=tolerance, ftol=tolerance, gtol=tolerance,
        )  # fmt: skip
        return float(found.fun @ found.fun), found.x


def starts() -> list[tuple[float, float]]:
    """List the 25 starts: place of the EC50 in the tested range, hill."""
    return [(place, hill) for place in START_PLACES for hill in START_HILLS]


def judge(log10_dose: np.ndarray, response: np.ndarray) -> Verdict:
    """Lowest residual sum of squares that any start reaches inside the published box."""
    shift, scale = float(np.mean(response)), float(np.std(response))
    scale = scale if scale > 0.0 else 1.0
    x = log10_dose * LN10
    reach = EC50_DECADES * LN10
    low = np.array([x.min() - reach, np.log(HILL_BOX[0])])
    high = np.array([x.max() + reach, np.log(HILL_BOX[1])])
    sides = {
        above: _Problem(x, (response - shift) / scale, low, high, above) for above in (True, False)
    }
    ends = sorted((_first_search(sides, *start) for start in starts()), key=lambda end: end[0])
    best = min((_polish(sides, end) for end in ends[:KEPT]), key=lambda end: end[0])
    return _verdict(sides[best[2]], best[1], best[0], shift, scale)


_End = tuple[float, np.ndarray, bool]


def _first_search(sides: dict[bool, _Problem], place: float, hill: float) -> _End:
    above = place > 0.5
    problem = sides[above]
    middle = problem.x.min() + place * np.ptp(problem.x)
    first = problem.start(float(middle), float(np.log(hill)))
    return (*problem.search(first, SEARCH_STEPS, SEARCH_TOLERANCE), above)


def _polish(sides: dict[bool, _Problem], end: _End) -> _End:
    """Go on from an end, written from the plateau that its own EC50 asks for."""
    _, p, was = end
    inside = sides[was].shape(p)[2]
    above = bool(inside[0] > 0.5 * (sides[was].x.min() + sides[was].x.max()))
    problem = sides[above]
    p = p if above == was else problem.start(float(inside[0]), float(inside[1]))
    done = problem.search(p, POLISH_STEPS, POLISH_TOLERANCE)
    return min((end, (*done, above)), key=lambda found: found[0])


def _verdict(problem: _Problem, p: np.ndarray, rss: float, shift: float, scale: float) -> Verdict:
    inside = problem.shape(p)[2]
    near, span = p[0] * scale + shift, p[1] * scale
    top, bottom = (near, near - span) if problem.from_top else (near + span, near)
    return Verdict(
        float(top), float(bottom), float(inside[0]) / LN10, float(np.exp(inside[1])),
        rss * scale * scale,
    )  # fmt: skip


def excess(ours: float, judged: float, response: np.ndarray) -> float:
    """Ours above the judge's, relative to max(judge's, 1e-12 of the total sum of squares)."""
    total = float(np.sum((response - np.mean(response)) ** 2))
    size = max(judged, 1e-12 * total)
    return 0.0 if size == 0.0 else (ours - judged) / size
