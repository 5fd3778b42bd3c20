"""Gates to masks: which events of a tube lie in each gate and in all its parents."""

from collections.abc import Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from exportin.events.axis_settings import Limit
from exportin.events.scaling import forward, inverse
from exportin.events.settings import (
    Axis,
    BooleanGate,
    EllipsoidGate,
    Gate,
    GateSet,
    PolygonGate,
    QuadrantGate,
    RangeGate,
    RectangleGate,
    ThresholdGate,
)
from exportin.events.tubes import Tube
from exportin.kernels.event_gates import inside_ellipsoid, inside_polygon

Mask = NDArray[np.bool_]
Values = NDArray[np.float64]


def gate(tube: Tube, gates: GateSet, cutoffs: Mapping[str, float] | None = None) -> dict[str, Mask]:
    """Return the mask of every gate, each within its parents; a quadrant gives its four parts.

    Parameters
    ----------
    tube
        The events.
    gates
        Gates in any order; matrices that axes name must be those the tube was opened with.
    cutoffs
        Thresholds by name, on the scale of their axis (``thresholds.cutoff_values``).

    Raises
    ------
    InputError
        The file has no channel of a name.
    KeyError
        A gate names a threshold that is not given.

    >>> from exportin.events.tubes import open_tube
    >>> from exportin.tables.events import Channel, EventData
    >>> data = EventData(channels=(Channel(name="FL1-A"),), values=np.array([[1.0, 5.0, 9.0]]))
    >>> high = ThresholdGate(name="positive", axis=Axis(channel="FL1-A"), at=5.0)
    >>> gate(open_tube(data, "a.fcs:1-3"), GateSet(gates=[high]))["positive"].tolist()
    [False, True, True]
    """
    masks: dict[str, Mask] = {}
    places = _Places(tube)
    for one in gates.ordered():
        for name, mask in _made(one, places, masks, cutoffs or {}).items():
            masks[name] = mask & masks[one.parent] if one.parent else mask
    return masks


class _Places:
    """Values of axes, on their scale or held against a limit of it."""

    def __init__(self, tube: Tube) -> None:
        self.tube = tube
        self.held: dict[str, Values] = {}

    def of(self, axis: Axis) -> Values:
        """Return values on the scale; computed once."""
        key = axis.model_dump_json()
        if key not in self.held:
            self.held[key] = forward(axis.scale, self.tube.along(axis))
        return self.held[key]

    def from_on(self, axis: Axis, limit: float) -> Mask:
        """Return which values stand at a limit or above it.

        All scales rise, so the limit is taken back from the scale instead of all values onto it.
        """
        at = inverse(axis.scale, np.array([limit], dtype=np.float64))[0]
        return cast("Mask", self.tube.along(axis) >= at)

    def below(self, axis: Axis, limit: float) -> Mask:
        """Return which values stand below a limit."""
        at = inverse(axis.scale, np.array([limit], dtype=np.float64))[0]
        return cast("Mask", self.tube.along(axis) < at)

    def between(self, axis: Axis, low: float | None, high: float | None) -> Mask:
        """Return which values stand between limits, the lower one included."""
        if low is None:
            return self.below(axis, cast("float", high))
        mask = self.from_on(axis, low)
        return mask if high is None else mask & self.below(axis, high)


def _made(
    one: Gate, places: _Places, masks: Mapping[str, Mask], cutoffs: Mapping[str, float]
) -> dict[str, Mask]:
    """Return the masks of one gate without its parents."""
    match one:
        case QuadrantGate():
            return dict(zip(one.made(), _quadrants(one, places, cutoffs), strict=True))
        case RectangleGate():
            sides = [places.between(s.axis, s.min, s.max) for s in one.sides]
            mask = cast("Mask", np.logical_and.reduce(sides))
        case RangeGate():
            mask = places.between(one.axis, one.min, one.max)
        case ThresholdGate():
            judge = places.from_on if one.side == "above" else places.below
            mask = judge(one.axis, _limit(one.at, cutoffs))
        case PolygonGate():
            corners = np.array(one.vertices, dtype=np.float64)
            mask = inside_polygon(places.of(one.x), places.of(one.y), corners)
        case EllipsoidGate():
            points = np.stack([places.of(axis) for axis in one.at])
            shape = np.array(one.covariance, dtype=np.float64)
            mean = np.array(one.mean, dtype=np.float64)
            mask = inside_ellipsoid(points, mean, shape, one.distance_square)
        case BooleanGate():
            mask = _combined(one, masks)
    return {one.name: mask}


def _quadrants(
    one: QuadrantGate, places: _Places, cutoffs: Mapping[str, float]
) -> tuple[Mask, ...]:
    x_at, y_at = _limit(one.x_at, cutoffs), _limit(one.y_at, cutoffs)
    right, left = places.from_on(one.x, x_at), places.below(one.x, x_at)
    upper, lower = places.from_on(one.y, y_at), places.below(one.y, y_at)
    return left & lower, right & lower, left & upper, right & upper


def _limit(at: Limit, cutoffs: Mapping[str, float]) -> float:
    return cutoffs[at] if isinstance(at, str) else float(at)


def _combined(one: BooleanGate, masks: Mapping[str, Mask]) -> Mask:
    parts = [~masks[o.gate] if o.complement else masks[o.gate] for o in one.of]
    if one.operation == "not":
        return ~parts[0]
    join = np.logical_and if one.operation == "and" else np.logical_or
    return cast("Mask", join.reduce(parts))
