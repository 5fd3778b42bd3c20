"""Points in polygons and ellipsoids: by hand, by another algorithm, and on the edges."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path as Outline

from exportin.kernels.event_gates import inside_ellipsoid, inside_polygon

SQUARE = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
BENT = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [5.0, 3.0], [0.0, 10.0]])


def test_edges_of_a_square() -> None:
    points = {
        (5, 5): True, (0, 5): True, (5, 0): True, (0, 0): True,
        (10, 5): False, (5, 10): False, (10, 10): False, (0, 10): False, (10, 0): False,
        (-1, 0): False, (11, 10): False,
    }  # fmt: skip
    x, y = np.array(list(points), dtype=float).T
    for corners in (SQUARE, SQUARE[::-1], np.roll(SQUARE, 1, axis=0)):
        found = inside_polygon(x, y, np.ascontiguousarray(corners))
        assert found.tolist() == list(points.values())


def test_polygons_that_share_an_edge_share_no_point() -> None:
    """A square cut along its diagonal: every point of a grid is in one half exactly."""
    x, y = (g.ravel().astype(float) for g in np.meshgrid(np.arange(11), np.arange(11)))
    lower = inside_polygon(x, y, np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]))
    upper = inside_polygon(x, y, np.array([[0.0, 0.0], [10.0, 10.0], [0.0, 10.0]]))
    whole = inside_polygon(x, y, SQUARE)
    assert not np.any(lower & upper)
    assert np.array_equal(lower | upper, whole)
    assert whole.sum() == 100


def test_a_dent_is_outside() -> None:
    found = inside_polygon(np.array([5.0, 5.0, 1.0]), np.array([2.0, 5.0, 5.0]), BENT)
    assert found.tolist() == [True, False, True]


def test_as_another_algorithm_says() -> None:
    rng = np.random.default_rng(3)
    turn = np.sort(rng.uniform(0, 2 * np.pi, 17))
    far = rng.uniform(0.3, 1.0, 17)
    corners = np.column_stack([far * np.cos(turn), far * np.sin(turn)])
    points = rng.uniform(-1, 1, (5000, 2))
    found = inside_polygon(points[:, 0], points[:, 1], corners)
    assert np.array_equal(found, Outline(corners).contains_points(points))
    assert 500 < found.sum() < 4500


def test_what_is_no_number_is_outside() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 5.0])
    assert inside_polygon(odd, np.full(4, 5.0), SQUARE).tolist() == [False, False, False, True]
    assert inside_ellipsoid(np.stack([odd, odd]), np.zeros(2), np.eye(2), 50.0).sum() == 1


@settings(deadline=None)
@given(st.floats(0.1, 10), st.floats(-50, 50), st.integers(0, 2**16))
def test_a_gate_moves_with_its_events(factor: float, shift: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-2, 12, (2, 200))
    plain = inside_polygon(points[0], points[1], BENT)
    moved = points * factor + shift
    near = np.abs(points[:, None, :] - BENT.T[:, :, None]).min() < 1e-9
    if not near:
        found = inside_polygon(moved[0], moved[1], BENT * factor + shift)
        assert np.count_nonzero(found != plain) == 0


def test_ellipsoid_by_hand() -> None:
    """x^2 / 4 + y^2 <= 1 with its center at (1, 1); the boundary is inside."""
    points = np.array([[3.0, 1.0, 3.01, 2.5], [1.0, 2.0, 1.0, 1.9]])
    found = inside_ellipsoid(points, np.ones(2), np.diag([4.0, 1.0]), 1.0)
    assert found.tolist() == [True, True, False, False]
