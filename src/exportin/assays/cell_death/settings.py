"""What a user may write in a cell_death block; imports pydantic only."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from exportin.events.axis_settings import ArcsinhScale
from exportin.events.gated_settings import GatedSettings, SymmetricScale


class CellDeathSettings(GatedSettings):
    """Settings of the annexin V and propidium iodide assay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    annexin_channel: str = Field(
        min_length=1, description="channel of annexin V: FITC-A, FL1-A, Annexin V-FITC"
    )
    dna_channel: str = Field(
        min_length=1, description="channel of the dye that enters dead cells: PI-A, 7-AAD-A"
    )
    limits: Literal["quantile", "midpoint"] = Field(
        default="quantile",
        description="quantile of the negative control; midpoint: halfway between the modes of the "
        "negative control and of the single stain, which must be mostly positive",
    )
    negative: Literal["auto", "single_stain", "unstained"] = Field(
        default="auto",
        description="negative control of each dye: the tube stained with the other dye alone, "
        "whose spill-over it then contains; unstained; auto: the first of the two that is there",
    )
    quantile: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        default=0.998,
        description="part of the negative control that lies below the limit: 0.2 % of negative "
        "cells cross it, which keeps each quadrant within half a point",
    )
    scale: SymmetricScale = Field(
        default_factory=lambda: ArcsinhScale(cofactor=150.0),
        description="scale of pictures and of midpoints: arcsinh or logicle, never a logarithm",
    )
    primary: Literal["dead", "annexin_positive", "live", "early", "late", "necrotic"] = Field(
        default="dead", description="the fraction named beforehand: tested at the full level"
    )

    @model_validator(mode="after")
    def _two_channels(self) -> Self:
        if self.annexin_channel == self.dna_channel:
            raise ValueError(
                f"annexin_channel and dna_channel are both '{self.dna_channel}'. Name the two dyes."
            )
        return self
