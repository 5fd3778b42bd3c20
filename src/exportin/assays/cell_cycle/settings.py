"""What a user may write in a cell_cycle block; imports pydantic only."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from exportin.events.checklist_settings import MiflowcytText
from exportin.events.gated_settings import population_fault
from exportin.events.settings import Gate, GateSet, QualitySettings, SingletSettings


class CellCycleSettings(BaseModel):
    """Settings of the cell-cycle assay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dna_channel: str = Field(
        min_length=1,
        description="channel of the DNA stain, area where there is one: PI-A, FL2-A, FL3 INT LIN",
    )
    gates: list[Gate] = Field(default=[], description="gates, in any order; see population")
    population: str = Field(
        default="", description="gate whose events are analyzed; empty: all events"
    )
    singlets: Literal["auto", "height", "width", "none"] = Field(
        default="auto",
        description="single nuclei by area against height or width; none: doublets are only "
        "modeled in the histogram",
    )
    singlet_spread: Annotated[float, Field(ge=2, le=10)] = Field(
        default=3.5, description="robust standard deviations of the ridge that are single nuclei"
    )
    share: Literal["none", "experiment"] = Field(
        default="experiment",
        description="experiment: tubes of one line and experiment share G1 position, CV and G2M/G1 "
        "as far as they agree; none: every tube by itself",
    )
    g2_ratio: Literal["free"] | Annotated[float, Field(ge=1.7, le=2.2)] = Field(
        default="free", description="G2M over G1: fitted within 1.8 to 2.1, or a number such as 2"
    )
    g1_low: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="G1 is looked for above this channel"
    )
    g1_high: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="G1 is looked for below this channel"
    )
    second_line: Literal["auto", "yes", "no"] = Field(
        default="auto", description="a second G1 in the tube: an aneuploid line, an added standard"
    )
    sub_g1: Literal["auto", "yes", "no"] = Field(
        default="auto", description="events with less DNA than G1, apart from debris"
    )
    debris_floor: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="channel below which nothing is counted; default a fifth of the G1 position",
    )
    bins: Annotated[int, Field(ge=64, le=1024)] = Field(
        default=256, description="bins of the histogram that is fitted"
    )
    primary: Literal["g1", "s", "g2m"] = Field(
        default="g1", description="the part named beforehand: tested at the full level"
    )
    histograms_drawn: Annotated[int, Field(ge=0)] = Field(
        default=96, description="above this number of tubes only doubtful ones are drawn"
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
        """How single nuclei are found."""
        against = "auto" if self.singlets == "none" else self.singlets
        return SingletSettings(against=against, spread=self.singlet_spread)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        fault = population_fault(self.gate_set, self.population)  # and unknown parents, twins
        if fault:
            raise ValueError(fault)
        if self.g1_low is not None and self.g1_high is not None and self.g1_low >= self.g1_high:
            raise ValueError("g1_low is not below g1_high. Write the smaller channel in g1_low.")
        return self
