"""What assays of gated fractions let a user write; imports pydantic only."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from exportin.events.axis_settings import ArcsinhScale, LogicleScale, Strict
from exportin.events.checklist_settings import MiflowcytText
from exportin.events.settings import Compensation, Gate, GateSet, QualitySettings, SingletSettings


def _has_place_below_zero(value: Any) -> Any:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", "")
    if kind in ("log", "linear", "fasinh"):
        why = (
            "has no place for compensated values of 0 and below" if kind == "log" else "is not used"
        )
        raise ValueError(
            f'a {kind} scale {why} here. Write scale = {{ kind = "arcsinh", cofactor = 150 }} or '
            '{ kind = "logicle" }.'
        )
    return value


SymmetricScale = Annotated[
    Annotated[ArcsinhScale | LogicleScale, Field(discriminator="kind")],
    BeforeValidator(_has_place_below_zero),
]
"""Scales that place zero and negative values; a logarithm cannot."""


class GatedSettings(Strict):
    """Which events are single cells, and how they are made ready; further settings are added."""

    gates: list[Gate] = Field(default=[], description="gates, in any order; see population")
    population: str = Field(
        default="", description="gate whose events are counted; empty: all events"
    )
    debris_below: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="forward scatter below which an event is debris; set it on the controls, low "
        "enough to keep shrunken cells; empty: nothing is left out",
    )
    scatter_channel: str = Field(
        default="FSC-A", min_length=1, description="forward scatter, area where there is one"
    )
    singlets: Literal["auto", "height", "width", "none"] = Field(
        default="auto",
        description="single cells by scatter area against height or width; auto: where the file "
        "has both; none: doublets stay in",
    )
    singlet_spread: Annotated[float, Field(ge=2, le=10)] = Field(
        default=3.5, description="robust standard deviations of the ridge that are single cells"
    )
    compensation: Compensation = Field(
        default=Compensation(),
        description="auto: the file's own spill-over; or file, matrix, controls, none",
    )
    tubes_drawn: Annotated[int, Field(ge=0)] = Field(
        default=96, description="tubes drawn one by one, at most; 0: none"
    )
    quality: QualitySettings = Field(
        default=QualitySettings(), description="what happens to events that a rule finds"
    )

    miflowcyt: MiflowcytText = Field(
        default=MiflowcytText(), description="items of MIFlowCyt that no file holds"
    )

    @property
    def gate_set(self) -> GateSet:
        """The gates, checked against each other."""
        return GateSet(gates=self.gates)

    @property
    def singlet_settings(self) -> SingletSettings:
        """How single cells are found."""
        against = "auto" if self.singlets == "none" else self.singlets
        return SingletSettings(against=against, spread=self.singlet_spread)

    @model_validator(mode="after")
    def _gates_fit(self) -> Self:
        for fault in _faults(self.gate_set, self.population):
            raise ValueError(fault)
        return self


def population_fault(gates: GateSet, population: str) -> str:
    """Say what is wrong with the gate whose events are analyzed; empty if nothing is.

    >>> population_fault(GateSet(gates=[]), "cells")
    "population 'cells' is no gate. Gates of this block: none."
    """
    names = [name for gate in gates.gates for name in gate.made()]
    if not population or population in names:
        return ""
    listed = ", ".join(names) or "none"
    return f"population '{population}' is no gate. Gates of this block: {listed}."


def _faults(gates: GateSet, population: str) -> Iterator[str]:
    fault = population_fault(gates, population)
    if fault:
        yield fault
    for gate in gates.gates:
        if gate.cutoffs():
            yield (
                f"gate '{gate.name}': its limit is the name '{gate.cutoffs()[0]}'. Write a number; "
                "limits of markers are set from the controls by themselves."
            )
