"""What an assay's settings take from this room; imports pydantic only.

An assay writes, for example, ``gates: list[Gate] = []``, ``thresholds: list[ThresholdRule] = []``,
``compensation: Compensation = Compensation()``, ``quality: QualitySettings = QualitySettings()``
and checks its gates with ``GateSet(gates=...)``.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from exportin.events.axis_settings import (
    AnAxis,
    ArcsinhScale,
    Axis,
    FasinhScale,
    LinearScale,
    LogicleScale,
    LogScale,
    Matrix,
    Name,
    Scale,
    Side,
    Space,
    Strict,
)
from exportin.events.gate_settings import (
    QUADRANTS,
    BooleanGate,
    EllipsoidGate,
    Gate,
    GateSet,
    PolygonGate,
    QuadrantGate,
    RangeGate,
    RectangleGate,
    ThresholdGate,
    gate_faults,
    nearest,
)

__all__ = [
    "QUADRANTS",
    "ArcsinhScale",
    "Axis",
    "BooleanGate",
    "Compensation",
    "EllipsoidGate",
    "FasinhScale",
    "Gate",
    "GateSet",
    "LinearScale",
    "LogScale",
    "LogicleScale",
    "Matrix",
    "PolygonGate",
    "QuadrantGate",
    "QualitySettings",
    "RangeGate",
    "RectangleGate",
    "Scale",
    "Side",
    "SingletSettings",
    "Space",
    "Strict",
    "ThresholdGate",
    "ThresholdRule",
    "gate_faults",
    "gates_behind",
    "threshold_faults",
]


class Compensation(Strict):
    """Where the spill-over comes from that is taken out of every tube."""

    source: Literal["auto", "file", "matrix", "controls", "none"] = Field(
        default="auto",
        description="auto: the file's own where it has one; file: the file's own, which must be "
        "there; matrix: the one written here; controls: from single stains; none",
    )
    matrix: Matrix | None = Field(default=None, description="spill-over with the names in order")

    @model_validator(mode="after")
    def _given(self) -> Self:
        if self.source == "matrix" and self.matrix is None:
            raise ValueError("source is 'matrix', but no matrix is written. Write detectors, rows.")
        if self.source != "matrix" and self.matrix is not None:
            raise ValueError(
                f"a matrix is written, but source is '{self.source}'. Write source = \"matrix\"."
            )
        return self


class ThresholdRule(Strict):
    """One limit per experiment, set from its controls and used for all its tubes."""

    name: Name = Field(description="name by which gates use it")
    axis: AnAxis = Field(description="channel, space and scale of the limit")
    role: Name = Field(
        default="unstained", description="control (column role), e.g. unstained, no_enzyme, fccp"
    )
    stain: str = Field(default="", description="which single stain, where the role has several")
    method: Literal["quantile", "midpoint"] = Field(
        default="quantile",
        description="quantile of the control, or midpoint between the modes of two controls",
    )
    q: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.99, description="which quantile, e.g. 0.99 or 0.995"
    )
    positive_role: str = Field(default="", description="second control of a midpoint")
    positive_stain: str = Field(default="", description="which single stain of the second control")
    gate: str = Field(default="", description="only events of the controls within this gate")

    @model_validator(mode="after")
    def _controls(self) -> Self:
        if self.method == "midpoint" and not self.positive_role:
            raise ValueError(
                f"threshold '{self.name}': a midpoint needs a second control. Write positive_role."
            )
        if self.method == "quantile" and (self.positive_role or self.positive_stain):
            raise ValueError(
                f"threshold '{self.name}': a quantile looks at one control. Leave positive_role "
                'and positive_stain out, or write method = "midpoint".'
            )
        if self.method == "midpoint" and "q" in self.model_fields_set:
            raise ValueError(f"threshold '{self.name}': a midpoint takes no q. Leave it out.")
        return self


def gates_behind(gates: GateSet, name: str) -> GateSet:
    """Return the gate that makes a mask, with all the gates it rests on."""
    wanted, kept = {name}, list[Gate]()
    for one in reversed(gates.ordered()):
        if wanted & set(one.made()):
            kept.append(one)
            wanted |= {one.parent, *one.needs()} - {""}
    return GateSet(gates=kept[::-1], matrices=gates.matrices)


def threshold_faults(rules: Sequence[ThresholdRule], gates: GateSet) -> Iterator[str]:
    """Give every fault between thresholds and gates: twin or unknown names, wrong order."""
    names = [rule.name for rule in rules]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"threshold '{name}' stands twice. Rename one."
    yield from _users(rules, gates)
    for k, rule in enumerate(rules):
        yield from _rule_faults(rule, names[:k], names, gates)


def _users(rules: Sequence[ThresholdRule], gates: GateSet) -> Iterator[str]:
    """Give gates whose thresholds are unknown or lie on another axis."""
    by_name = {rule.name: rule for rule in rules}
    for one in gates.gates:
        for axis, name in one.cutoff_axes():
            if name not in by_name:
                hint = nearest(name, by_name)
                yield f"gate '{one.name}': there is no threshold '{name}'. {hint}"
            elif axis != by_name[name].axis:
                yield (
                    f"gate '{one.name}': the threshold '{name}' is set on another axis "
                    f"({_said(by_name[name].axis)}; here {_said(axis)}). Write both alike."
                )


def _rule_faults(
    rule: ThresholdRule, before: Sequence[str], names: Sequence[str], gates: GateSet
) -> Iterator[str]:
    """Give what forbids one threshold: an unknown matrix or gate, or one that needs it itself."""
    if rule.axis.matrix not in {"", "file", *gates.matrices}:
        hint = nearest(rule.axis.matrix, {"file", *gates.matrices})
        yield f"threshold '{rule.name}': there is no matrix '{rule.axis.matrix}'. {hint}"
    made = [name for one in gates.gates for name in one.made()]
    if rule.gate and rule.gate not in made:
        hint = nearest(rule.gate, made)
        yield f"threshold '{rule.name}': there is no gate '{rule.gate}'. {hint}"
    elif rule.gate:
        behind = gates_behind(gates, rule.gate).gates
        late = ({c for one in behind for c in one.cutoffs()} - set(before)) & set(names)
        if late:
            yield (
                f"threshold '{rule.name}': its gate '{rule.gate}' needs the threshold "
                f"{', '.join(sorted(late))}, which is not set before it. "
                "Write that one first, or take another gate."
            )


def _said(axis: Axis) -> str:
    return f"{axis.space} {axis.channel}, {axis.scale.kind}"


class SingletSettings(Strict):
    """How single cells are told from doublets."""

    against: Literal["auto", "height", "width"] = Field(
        default="auto", description="area against height, or width; auto: height if there is one"
    )
    spread: Annotated[float, Field(ge=2, le=10)] = Field(
        default=3.5, description="robust standard deviations that belong to single cells"
    )


Severity = Literal["note", "warn", "exclude"]


class QualitySettings(Strict):
    """What happens to events that a rule of quality finds."""

    drift: Severity = Field(default="warn", description="signal that shifts with time")
    flow: Severity = Field(default="warn", description="jumps and stops of the flow, bubbles")
    saturation: Severity = Field(default="warn", description="tubes with events off scale")
    carry_over: Severity = Field(default="warn", description="first events like the tube before")
    few_events: Severity = Field(default="warn", description="tubes with too few events")
    least_events: Annotated[int, Field(ge=1)] = Field(
        default=1000, description="a tube with fewer events is flagged"
    )
