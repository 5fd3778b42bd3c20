"""Which events lie inside a polygon or an ellipsoid."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


def inside_polygon(x: Values, y: Values, vertices: Values) -> Mask:
    """Return which points lie inside a polygon, by counting the edges to their right.

    An edge counts for a point at its height, the lower end included, the upper not, and only if
    it lies to the right of the point. So left and lower edges are inside, right and upper edges
    outside, and polygons that share an edge share no point.

    Parameters
    ----------
    x, y
        Events; a NaN or an infinity is outside.
    vertices
        Corners by (x, y), in their order around.

    >>> square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    >>> inside_polygon(np.array([1.0, 0.0, 2.0]), np.array([1.0, 1.0, 1.0]), square).tolist()
    [True, True, False]
    """
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    near = np.flatnonzero((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))
    px, py = x[near], y[near]
    odd = np.zeros(near.size, dtype=np.bool_)
    for (ax, ay), (bx, by) in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
        if ay == by:
            continue
        level = (py >= min(ay, by)) & (py < max(ay, by))
        turn = (bx - ax) * (py - ay) - (px - ax) * (by - ay)
        odd ^= level & ((turn > 0) if by > ay else (turn < 0))
    out = np.zeros(x.shape, dtype=np.bool_)
    out[near[odd]] = True
    return out


def inside_ellipsoid(points: Values, mean: Values, covariance: Values, square: float) -> Mask:
    """Return which points have (v - mean)' covariance^-1 (v - mean) <= square.

    Points with a NaN or an infinity are outside.

    Parameters
    ----------
    points
        Axes by events.

    >>> inside_ellipsoid(np.array([[0.0, 2.0], [0.0, 0.1]]), np.zeros(2), np.eye(2), 4.0).tolist()
    [True, False]
    """
    inside: Mask = np.all(np.isfinite(points), axis=0)
    away = points[:, inside] - mean[:, None]
    reach = np.einsum("ij,ij->j", away, np.linalg.inv(covariance) @ away)
    inside[inside] = reach <= square
    return inside
