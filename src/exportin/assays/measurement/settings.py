"""What a user may write in a measurement block; imports pydantic only."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class MeasurementSettings(BaseModel):
    """Settings of the measurement assay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field(default="Value", description="axis label, e.g. Tumor weight")
    units: str = Field(default="", description="unit of the values, e.g. mg; empty for ratios")
    scale: Literal["linear", "log"] = Field(
        default="linear", description="log for ratios, folds and concentrations"
    )
    order: list[str] = Field(
        default_factory=list,
        description="groups in this order in figures, tables and comparisons; others follow by "
        "name",
    )
    technical: Literal["mean", "median"] = Field(
        default="mean",
        description="how technical replicates of a unit are combined; with scale = log the mean "
        "is geometric",
    )
