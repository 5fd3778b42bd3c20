"""What a user may write in a viability block; imports pydantic only."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Plateau = Annotated[float, Field(ge=-1.0, le=5.0)]
"""Fractions of the vehicle; a hundred is a percentage by mistake."""
Slope = Annotated[float, Field(ge=0.05, le=50.0)]


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
    control_outliers: Literal["warn", "exclude"] = Field(
        default="warn", description="what happens to vehicle wells far from the others"
    )
    plates_drawn: int = Field(
        default=12, ge=0, description="above this number only flagged plates are drawn"
    )
    curves_drawn: int = Field(
        default=200, ge=0, description="above this number only an overview is drawn"
    )
    growth_rate: bool = Field(
        default=False,
        description="also GR metrics; needs time_zero wells, or division_time_h and duration_h",
    )
    duration_h: float = Field(
        default=0.0,
        ge=0,
        description="hours from drug to reading, for GR by division time; 0: a table says it",
    )
    top: Literal["free", "vehicle"] | Plateau = Field(
        default="free", description="plateau without drug: fitted, the vehicle mean, or a fraction"
    )
    bottom: Literal["free"] | Plateau = Field(
        default="free", description="plateau at infinite dose: fitted, or a fraction of vehicle"
    )
    hill: Literal["free"] | Slope = Field(
        default="free", description="Hill slope: fitted, or a magnitude such as 1"
    )
    weighting: Literal["none", "robust"] = Field(
        default="none", description="robust: wells far from the curve count less (biweight)"
    )
    models: list[
        Literal[
            "hill4",
            "hill3",
            "hill3_top",
            "hill2",
            "hill_slope1",
            "hill_slope1_top",
            "hill_slope1_normalized",
            "biphasic",
            "biphasic_slopes",
        ]
    ] = Field(
        default=[],
        description="models to hold potencies against; also tests lack of fit and hormesis",
    )
    levels: list[Literal[50, 75, 90]] = Field(
        default=[50], description="absolute doses to give, in percent of the vehicle that is gone"
    )

    @model_validator(mode="after")
    def _plateaus_apart(self) -> Self:
        top = 1.0 if self.top == "vehicle" else self.top
        if top != "free" and top == self.bottom:
            raise ValueError(f"top and bottom are both held at {top:g}: that is no curve.")
        return self
