"""Gates as a user writes them, checked against each other; imports pydantic only."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from exportin.events.axis_settings import (
    AnAxis,
    Axis,
    Finite,
    Limit,
    Matrix,
    Name,
    Point,
    Positive,
    Side,
    Strict,
    scale_ends,
)
from exportin.events.outlines import polygon_fault

ROOT_PARENT = ""
"""Parent of a gate that takes all events."""


class BaseGate(Strict):
    """What all gates have."""

    name: Name = Field(description="name of the gate; unique in a block")
    parent: str = Field(default=ROOT_PARENT, description="gate within which it lies; empty: all")

    def axes(self) -> list[Axis]:
        """Axes the gate looks at."""
        raise NotImplementedError

    def limits(self) -> list[tuple[Axis, float]]:
        """Numbers on its axes' scales."""
        return []

    def made(self) -> tuple[str, ...]:
        """Names of the masks it makes."""
        return (self.name,)

    def needs(self) -> tuple[str, ...]:
        """Names of the masks it needs beside its parent."""
        return ()

    def cutoff_axes(self) -> list[tuple[Axis, str]]:
        """Thresholds from controls that it needs, by name, and the axes they lie on."""
        return []

    def cutoffs(self) -> tuple[str, ...]:
        """Names of the thresholds it needs."""
        return tuple(name for _, name in self.cutoff_axes())


class RectangleGate(BaseGate):
    """Limits on one axis or more; lower limits are inside, upper ones outside."""

    kind: Literal["rectangle"] = "rectangle"
    sides: list[Side] = Field(min_length=1)

    def axes(self) -> list[Axis]:
        """Axes the gate looks at."""
        return [side.axis for side in self.sides]

    def limits(self) -> list[tuple[Axis, float]]:
        """Numbers on its axes' scales."""
        return [(s.axis, at) for s in self.sides for at in (s.min, s.max) if at is not None]


class RangeGate(BaseGate):
    """Limits on one axis; the lower one is inside, the upper one outside."""

    kind: Literal["range"] = "range"
    axis: AnAxis
    min: Finite | None = None
    max: Finite | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        Side(axis=self.axis, min=self.min, max=self.max)
        return self

    def axes(self) -> list[Axis]:
        """Axes the gate looks at."""
        return [self.axis]

    def limits(self) -> list[tuple[Axis, float]]:
        """Numbers on its axis's scale."""
        return [(self.axis, at) for at in (self.min, self.max) if at is not None]


class ThresholdGate(BaseGate):
    """Above (from the limit on) or below a limit that may come from controls."""

    kind: Literal["threshold"] = "threshold"
    axis: AnAxis
    at: Limit
    side: Literal["above", "below"] = "above"

    def axes(self) -> list[Axis]:
        """Axes the gate looks at."""
        return [self.axis]

    def limits(self) -> list[tuple[Axis, float]]:
        """Numbers on its axis's scale."""
        return [] if isinstance(self.at, str) else [(self.axis, self.at)]

    def cutoff_axes(self) -> list[tuple[Axis, str]]:
        """Thresholds from controls that it needs, by name, and the axes they lie on."""
        return [(self.axis, self.at)] if isinstance(self.at, str) else []


QUADRANTS = ("x-y-", "x+y-", "x-y+", "x+y+")


class QuadrantGate(BaseGate):
    """Two limits that cut the plane in four; what lies on a limit is above it."""

    kind: Literal["quadrant"] = "quadrant"
    x: AnAxis
    y: AnAxis
    x_at: Limit
    y_at: Limit
    parts: dict[Literal["x-y-", "x+y-", "x-y+", "x+y+"], Name] = Field(
        default={}, description="names of the four parts, e.g. 'x+y-' = 'early'"
    )

    def axes(self) -> list[Axis]:
        """Axes the gate looks at."""
        return [self.x, self.y]

    def limits(self) -> list[tuple[Axis, float]]:
        """Numbers on its axes' scales."""
        both = ((self.x, self.x_at), (self.y, self.y_at))
        return [(axis, at) for axis, at in both if not isinstance(at, str)]

    def made(self) -> tuple[str, ...]:
        """Names of its four parts, in the order of QUADRANTS."""
        named: dict[str, str] = {str(part): name for part, name in self.parts.items()}
        return tuple(named.get(part, f"{self.name} {part}") for part in QUADRANTS)

    def cutoff_axes(self) -> list[tuple[Axis, str]]:
        """Thresholds from controls that it needs, by name, and the axes they lie on."""
        both = ((self.x, self.x_at), (self.y, self.y_at))
        return [(axis, at) for axis, at in both if isinstance(at, str)]


class PolygonGate(BaseGate):
    """Inside of a polygon that does not cross itself.

    Of its edges the left and lower ones are inside, the right and upper ones outside, as for
    rectangles: polygons that share an edge share no event.
    """

    kind: Literal["polygon"] = "polygon"
    x: AnAxis
    y: AnAxis
    vertices: list[Point] = Field(min_length=3)

    @model_validator(mode="after")
    def _simple(self) -> Self:
        fault = polygon_fault(self.vertices)
        if fault:
            raise ValueError(f"gate '{self.name}': {fault}")
        return self

    def axes(self) -> list[Axis]:
        """Axes the gate looks at."""
        return [self.x, self.y]

    def limits(self) -> list[tuple[Axis, float]]:
        """Numbers on its axes' scales."""
        return [pair for x, y in self.vertices for pair in ((self.x, x), (self.y, y))]


class EllipsoidGate(BaseGate):
    """(v - mean)' covariance^-1 (v - mean) <= distance_square."""

    kind: Literal["ellipsoid"] = "ellipsoid"
    at: list[AnAxis] = Field(min_length=2, description="its axes")
    mean: list[Finite]
    covariance: list[list[Finite]]
    distance_square: Positive

    @model_validator(mode="after")
    def _square(self) -> Self:
        n = len(self.at)
        rows = self.covariance
        if len(self.mean) != n or len(rows) != n or any(len(row) != n for row in rows):
            raise ValueError(f"gate '{self.name}': mean and covariance do not have {n} axes.")
        if any(
            abs(rows[i][j] - rows[j][i]) > 1e-9 * abs(rows[i][j])
            for i in range(n)
            for j in range(i)
        ):
            raise ValueError(f"gate '{self.name}': the covariance is not symmetric.")
        return self

    def axes(self) -> list[Axis]:
        """Axes the gate looks at."""
        return list(self.at)


class Operand(Strict):
    """A gate that a boolean gate looks at, or all that it leaves out."""

    gate: Name
    complement: bool = False


def _operand(value: Any) -> Any:
    return {"gate": value} if isinstance(value, str) else value


class BooleanGate(BaseGate):
    """And, or, not of other gates (with their parents)."""

    kind: Literal["boolean"] = "boolean"
    operation: Literal["and", "or", "not"]
    of: list[Annotated[Operand, BeforeValidator(_operand)]] = Field(min_length=1)

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.operation == "not" and len(self.of) != 1:
            raise ValueError(f"gate '{self.name}': 'not' takes one gate, not {len(self.of)}.")
        if self.operation != "not" and len(self.of) < 2:
            raise ValueError(f"gate '{self.name}': '{self.operation}' takes two gates or more.")
        return self

    def axes(self) -> list[Axis]:
        """No axes of its own."""
        return []

    def needs(self) -> tuple[str, ...]:
        """Names of the masks it needs beside its parent."""
        return tuple(operand.gate for operand in self.of)


Gate = Annotated[
    RectangleGate
    | RangeGate
    | ThresholdGate
    | QuadrantGate
    | PolygonGate
    | EllipsoidGate
    | BooleanGate,
    Field(discriminator="kind"),
]


class GateSet(Strict):
    """Gates with the matrices they name, checked against each other."""

    gates: list[Gate] = Field(default=[])
    matrices: dict[str, Matrix] = Field(default={})

    @model_validator(mode="after")
    def _sound(self) -> Self:
        faults = list(gate_faults(self.gates, self.matrices))
        if faults:
            raise ValueError(" ".join(faults))
        return self

    def ordered(self) -> list[Any]:
        """Gates, each after those it needs."""
        return list(in_order(self.gates))


def gate_faults(gates: Iterable[BaseGate], matrices: Iterable[str] = ()) -> Iterator[str]:
    """Give every fault between gates: twin names, unknown parents, cycles, unknown matrices."""
    gates = list(gates)
    made = [name for gate in gates for name in gate.made()]
    for name in sorted({name for name in made if made.count(name) > 1}):
        yield f"gate '{name}' stands twice. Rename one."
    own = {gate.name: gate for gate in gates}
    known = set(made)
    for gate in gates:
        wanted = [("parent", gate.parent)] if gate.parent else []
        for what, name in [*wanted, *(("gate", n) for n in gate.needs())]:
            if name in known:
                continue
            parts = ", ".join(own[name].made()) if name in own else ""
            hint = f"Name one of its parts: {parts}." if parts else nearest(name, known)
            yield f"gate '{gate.name}': there is no {what} '{name}'. {hint}"
        yield from _off_scale(gate)
        for axis in gate.axes():
            if axis.matrix not in {"", "file", *matrices}:
                hint = nearest(axis.matrix, {"file", *matrices})
                yield f"gate '{gate.name}': there is no matrix '{axis.matrix}'. {hint}"
    done = {gate.name for gate in in_order(gates)}
    for gate in gates:
        wants = [name for name in (gate.parent, *gate.needs()) if name]
        if gate.name not in done and all(name in known for name in wants):
            yield f"gate '{gate.name}' lies within itself: its parents go in a circle. Cut it."


def _off_scale(gate: BaseGate) -> Iterator[str]:
    """Give limits that are values of events and not places on the scale that is written."""
    for axis, at in gate.limits():
        end = scale_ends(axis.scale)
        if end and abs(at) > end:
            yield (
                f"gate '{gate.name}': {at:g} is no place on the {axis.scale.kind} scale of "
                f"'{axis.channel}'. Write the limit on the scale, or leave the scale out."
            )
            return


def in_order(gates: Iterable[BaseGate]) -> Iterator[BaseGate]:
    """Give gates, each after those it needs; those of a circle are left out."""
    left, have = list(gates), {ROOT_PARENT}
    while ready := [g for g in left if {g.parent, *g.needs()} <= have]:
        yield from ready
        have |= {name for gate in ready for name in gate.made()}
        left = [gate for gate in left if gate not in ready]


def nearest(name: str, known: Iterable[str]) -> str:
    """Name the known name that was most likely meant, or all of them."""
    names = sorted(known)
    match = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"Did you mean '{match[0]}'?" if match else f"Known: {', '.join(names) or 'none'}."
