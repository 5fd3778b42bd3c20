"""What a user may write in a membrane_potential block; imports pydantic only."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from exportin.events.gated_settings import GatedSettings

QUANTILE = 0.05


class MembranePotentialSettings(GatedSettings):
    """Settings of the JC-1 assay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    red_channel: str = Field(
        min_length=1, description="channel of JC-1 aggregates (about 590 nm): PE-A, FL2-A"
    )
    green_channel: str = Field(
        min_length=1, description="channel of JC-1 monomers (about 530 nm): FITC-A, FL1-A"
    )
    limits: Literal["midpoint", "quantile"] = Field(
        default="midpoint",
        description="midpoint between the modes of the ratio in vehicle and FCCP; or a quantile of "
        "the vehicle",
    )
    quantile: Annotated[float, Field(gt=0, lt=0.5)] | None = Field(
        default=None,
        description='with limits = "quantile": part of the vehicle\'s cells that lies below the '
        "limit, and so is called depolarized whatever the drug does; empty: 0.05",
    )
    primary: Literal["depolarized", "red_green_ratio", "ratio_to_vehicle"] = Field(
        default="depolarized", description="the number drawn first, with its tests"
    )

    @property
    def below(self) -> float | None:
        """Part of the vehicle below the limit; None for midpoints."""
        return None if self.limits == "midpoint" else self.quantile or QUANTILE

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.red_channel == self.green_channel:
            raise ValueError(
                f"red_channel and green_channel are both '{self.red_channel}'. Name the two colors."
            )
        if self.compensation.source == "controls":
            raise ValueError(
                "JC-1 has no single stains: both colors come from one dye. Write compensation = "
                '{ source = "file" } or { source = "matrix", ... }.'
            )
        if self.limits == "midpoint" and self.quantile is not None:
            raise ValueError('a midpoint takes no quantile. Write limits = "quantile".')
        return self
