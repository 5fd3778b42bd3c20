"""What a user may write in a viability block; imports pydantic only."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ViabilitySettings(BaseModel):
    """Settings of the viability assay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    normalized: bool = Field(
        default=False, description="values are already fractions (or percent) of vehicle"
    )
    response_unit: Literal["fraction", "percent"] = Field(
        default="fraction", description="unit of values that are already normalized"
    )
    dose_unit: str = Field(
        default="", description="unit of results; default nM, or ng/mL for doses by mass"
    )
    failed_plates: Literal["warn", "exclude"] = Field(
        default="warn", description="what happens to plates whose controls fail"
    )
    curves_drawn: int = Field(
        default=200, ge=0, description="above this number only an overview is drawn"
    )
