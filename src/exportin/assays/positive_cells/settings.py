"""What a user may write in a positive_cells block; imports pydantic only."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from exportin.events.axis_settings import ArcsinhScale
from exportin.events.gated_settings import GatedSettings, SymmetricScale


class PositiveCellsSettings(GatedSettings):
    """Settings of percent positive: TUNEL, BrdU, cleaved caspase-3 and other single markers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    marker: str = Field(
        default="Marker", min_length=1, description="name of the marker, as it will be printed"
    )
    marker_channel: str = Field(
        min_length=1, description="channel of the marker: FITC-A, FL1-A, or its stain"
    )
    control: Literal["no_enzyme", "isotype", "fmo", "unstained"] = Field(
        description="role of the negative control: no_enzyme (TUNEL without transferase), isotype, "
        "fmo (all stains but this one), unstained"
    )
    quantile: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        default=0.99, description="part of the control that lies below the limit"
    )
    scale: SymmetricScale = Field(
        default_factory=lambda: ArcsinhScale(cofactor=150.0),
        description="scale of pictures: arcsinh or logicle, never a logarithm",
    )
    primary: Literal["positive", "net_positive"] = Field(
        default="positive", description="the number drawn with its tests"
    )
