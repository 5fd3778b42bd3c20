"""Gates: masks by hand, hierarchy, scales that change nothing, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from tests.events.tubes_by_hand import tube

from exportin.events.gating import gate
from exportin.events.scaling import forward, inverse, logicle_width
from exportin.events.settings import (
    ArcsinhScale,
    Axis,
    FasinhScale,
    Gate,
    GateSet,
    LinearScale,
    LogicleScale,
    LogScale,
    Scale,
    threshold_faults,
)
from exportin.tables.problems import InputError

GRID = {"X": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "Y": [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]}
RISING: tuple[Scale, ...] = (
    LinearScale(T=1000.0, A=10.0),
    LogScale(T=1000.0, M=4.0),
    LogScale(),
    ArcsinhScale(cofactor=5.0),
    FasinhScale(T=1000.0, M=4.0, A=1.0),
    LogicleScale(T=1000.0, W=0.5, M=4.0, A=0.3),
)


def gates(*fields: dict[str, object]) -> GateSet:
    return GateSet.model_validate({"gates": list(fields)})


def masks(*fields: dict[str, object], **cutoffs: float) -> dict[str, list[int]]:
    """Events (from 1) inside each gate of the small tube."""
    found = gate(tube(GRID), gates(*fields), cutoffs)
    return {name: (np.flatnonzero(mask) + 1).tolist() for name, mask in found.items()}


def test_each_kind_by_hand() -> None:
    square = [[1.5, 1.5], [4.5, 1.5], [4.5, 4.5], [1.5, 4.5]]
    found = masks(
        {"kind": "range", "name": "range", "axis": "X", "min": 2, "max": 4},
        {"kind": "threshold", "name": "up", "axis": "X", "at": 4},
        {"kind": "threshold", "name": "down", "axis": "X", "at": 4, "side": "below"},
        {
            "kind": "rectangle",
            "name": "box",
            "sides": [{"axis": "X", "min": 2}, {"axis": "Y", "min": 2}],
        },
        {"kind": "polygon", "name": "poly", "x": "X", "y": "Y", "vertices": square},
        {
            "kind": "ellipsoid",
            "name": "round",
            "at": ["X", "Y"],
            "mean": [3, 4],
            "covariance": [[1, 0], [0, 1]],
            "distance_square": 2,
        },
        {"kind": "quadrant", "name": "q", "x": "X", "y": "Y", "x_at": 3, "y_at": 4,
         "parts": {"x+y+": "both"}},
    )  # fmt: skip
    assert found == {
        "range": [2, 3],
        "up": [4, 5, 6],
        "down": [1, 2, 3],
        "box": [2, 3, 4, 5],
        "poly": [3, 4],
        "round": [2, 3, 4],
        "q x-y-": [],
        "q x+y-": [4, 5, 6],
        "q x-y+": [1, 2],
        "both": [3],
    }


def test_hierarchy_and_booleans_in_any_order() -> None:
    found = masks(
        {"kind": "boolean", "name": "rest", "operation": "not", "of": ["inner"]},
        {"kind": "range", "name": "inner", "axis": "X", "max": 5, "parent": "outer"},
        {"kind": "range", "name": "outer", "axis": "X", "min": 3},
        {"kind": "boolean", "name": "or", "operation": "or", "of": ["inner", "low"]},
        {"kind": "range", "name": "low", "axis": "X", "max": 2},
        {
            "kind": "boolean",
            "name": "and",
            "operation": "and",
            "of": ["outer", {"gate": "inner", "complement": True}],
        },
    )
    assert found["inner"] == [3, 4]
    assert found["rest"] == [1, 2, 5, 6]
    assert found["or"] == [1, 3, 4]
    assert found["and"] == [5, 6]


def test_parts_of_a_quadrant_are_parents() -> None:
    found = masks(
        {"kind": "quadrant", "name": "q", "x": "X", "y": "Y", "x_at": "cut", "y_at": 2},
        {"kind": "range", "name": "top", "axis": "X", "min": 5, "parent": "q x+y+"},
        cut=4.0,
    )
    assert found["q x+y+"] == [4, 5]
    assert found["top"] == [5]


@pytest.mark.parametrize(
    "scale", RISING, ids=lambda s: f"{s.kind}-{s.T if 'T' in s.model_fields_set else ''}"
)
@settings(deadline=None)
@given(limit=st.floats(0.5, 900), seed=st.integers(0, 100))
def test_a_limit_on_a_scale_is_the_limit_of_its_values(
    scale: Scale, limit: float, seed: int
) -> None:
    """The gate of transformed values is the transformed gate, for every rising scale."""
    x = np.random.default_rng(seed).uniform(-200, 1000, 300)
    made = tube({"X": x})
    at = float(forward(scale, np.array([limit]))[0])
    axis = {"channel": "X", "scale": scale.model_dump()}
    found = gate(made, gates({"kind": "threshold", "name": "t", "axis": axis, "at": at}))["t"]
    clear = np.abs(x - limit) > 1e-6 * limit
    assert np.array_equal(found[clear], (x >= limit)[clear])
    assert np.array_equal(found[clear], (forward(scale, x) >= at)[clear])


@pytest.mark.parametrize("scale", RISING[:1] + RISING[3:], ids=lambda s: s.kind)
def test_a_polygon_on_a_scale_is_a_box_of_its_values(scale: Scale) -> None:
    x, y = np.random.default_rng(1).uniform(-50, 900, (2, 2000))
    corners = [(20.0, 30.0), (600.0, 30.0), (600.0, 700.0), (20.0, 700.0)]
    placed = [[float(v) for v in forward(scale, np.array(corner))] for corner in corners]
    axes = {n: {"channel": n.upper(), "scale": scale.model_dump()} for n in "xy"}
    one = {"kind": "polygon", "name": "p", "vertices": placed, **axes}
    found = gate(tube({"X": x, "Y": y}), gates(one))["p"]
    assert np.array_equal(found, (x >= 20) & (x < 600) & (y >= 30) & (y < 700))
    assert 0 < found.sum() < 2000


def test_values_that_are_not_positive_lie_below_a_logarithmic_limit() -> None:
    axis = {"channel": "X", "scale": {"kind": "log"}}
    made = tube({"X": [-5.0, 0.0, 1.0, 100.0]})
    low = gates({"kind": "range", "name": "low", "axis": axis, "max": 1.0})
    high = gates({"kind": "range", "name": "high", "axis": axis, "min": -30.0})
    assert gate(made, low)["low"].tolist() == [True, True, True, False]
    assert gate(made, high)["high"].tolist() == [False, False, True, True]


@pytest.mark.parametrize("scale", [*RISING, LinearScale()], ids=lambda s: s.kind)
def test_scales_invert(scale: Scale) -> None:
    x = np.array([0.5, 3.0, 250.0, 999.0])
    assert inverse(scale, forward(scale, x)) == pytest.approx(x, rel=1e-9)


def test_width_of_a_logicle() -> None:
    x = np.concatenate([-np.arange(1.0, 101.0), np.full(900, 5000.0)])
    found = logicle_width(x)
    assert found.n_negative == 100
    assert found.reference == pytest.approx(-95.05)
    assert pytest.approx((4.5 - np.log10(262144 / 95.05)) / 2) == found.W
    assert logicle_width(np.ones(50)).reference is None
    assert logicle_width(np.ones(50)).W == 0.5


BOW = [[0, 0], [1, 1], [1, 0], [0, 1]]
LINE = [[0, 0], [1, 1], [2, 2]]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "range", "axis": "X", "min": 3, "max": 2}, "min 3 is not below max 2"),
        ({"kind": "range", "axis": "X", "min": 3, "max": 3}, "min 3 is not below max 3"),
        ({"kind": "range", "axis": "X"}, "neither min nor max"),
        ({"kind": "rectangle", "sides": [{"axis": "X", "min": 9, "max": 1}]}, "Exchange them"),
        ({"kind": "polygon", "x": "X", "y": "Y", "vertices": BOW}, "vertex 1 and from vertex 3 cr"),
        ({"kind": "polygon", "x": "X", "y": "Y", "vertices": LINE}, "on a line"),
        (
            {"kind": "polygon", "x": "X", "y": "Y", "vertices": [[0, 0], [1, 0], [1, 1], [0, 0]]},
            "vertex 1 stands again as vertex 4",
        ),
        (
            {"kind": "polygon", "x": "X", "y": "Y", "vertices": [[0, 0], [4, 0], [2, 0], [2, 3]]},
            "cross",
        ),
        ({"kind": "polygon", "x": "X", "y": "Y", "vertices": [[0, 0], [1, 1]]}, "at least 3"),
        ({"kind": "boolean", "operation": "not", "of": ["a", "b"]}, "'not' takes one gate"),
        ({"kind": "boolean", "operation": "and", "of": ["a"]}, "takes two gates or more"),
        ({"kind": "range", "axis": "X", "min": float("nan")}, "finite number"),
        ({"kind": "range", "axis": "X", "mni": 3}, "Extra inputs"),
        (
            {
                "kind": "range",
                "axis": {"channel": "X", "scale": {"kind": "logicle", "W": 3}},
                "min": 0,
            },
            "W = 3 is above M / 2",
        ),
        (
            {"kind": "range", "axis": {"channel": "X", "space": "raw", "matrix": "m"}, "min": 0},
            "is not used in raw values",
        ),
        (
            {
                "kind": "ellipsoid",
                "at": ["X", "Y"],
                "mean": [0, 0],
                "covariance": [[1, 2], [0, 1]],
                "distance_square": 1,
            },
            "not symmetric",
        ),
    ],
)  # fmt: skip
def test_a_gate_that_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TypeAdapter(Gate).validate_python({"name": "g", **fields})


def ranged(name: str, parent: str = "") -> dict[str, object]:
    return {"kind": "range", "name": name, "axis": "X", "min": 0, "parent": parent}


LOGICLE = {"channel": "X", "scale": {"kind": "logicle"}}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            [ranged("cells"), ranged("a", "cell")],
            "'a': there is no parent 'cell'. Did you mean 'ce",
        ),
        ([ranged("a", "b"), ranged("b", "a")], "'a' lies within itself"),
        ([ranged("a", "a")], "'a' lies within itself"),
        ([ranged("a"), ranged("a")], "'a' stands twice"),
        (
            [{"kind": "boolean", "name": "n", "operation": "not", "of": ["x"]}],
            "there is no gate 'x'",
        ),
        (
            [
                {"kind": "quadrant", "name": "q", "x": "X", "y": "Y", "x_at": 1, "y_at": 1},
                ranged("a", "q"),
            ],
            "Name one of its parts: q x-y-",
        ),
        (
            [{"kind": "range", "name": "a", "axis": {"channel": "X", "matrix": "m"}, "min": 1}],
            "there is no matrix 'm'",
        ),
        (
            [{"kind": "range", "name": "a", "axis": LOGICLE, "min": 1000}],
            "1000 is no place on the logicle scale of 'X'",
        ),
    ],
)
def test_gates_that_do_not_fit_together(fields: list[dict[str, object]], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        gates(*fields)


def test_a_channel_that_is_not_there_names_the_file() -> None:
    with pytest.raises(InputError, match=r"a\.fcs: there is no channel 'Z'"):
        gate(tube(GRID), gates({"kind": "range", "name": "a", "axis": "Z", "min": 1}))


def test_a_threshold_of_another_axis_is_refused() -> None:
    from exportin.events.settings import ThresholdRule

    rule = ThresholdRule(name="t", axis=Axis(channel="X", scale=LogicleScale()))
    one = gates({"kind": "threshold", "name": "up", "axis": "X", "at": "t"})
    assert list(threshold_faults([rule], one)) == [
        "gate 'up': the threshold 't' is set on another axis (compensated X, logicle; here "
        "compensated X, linear). Write both alike."
    ]
    same = gates({"kind": "threshold", "name": "up", "axis": LOGICLE, "at": "t"})
    assert list(threshold_faults([rule], same)) == []
    assert "no threshold 't'" in next(threshold_faults([], same))
