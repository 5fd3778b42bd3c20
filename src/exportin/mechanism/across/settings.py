"""What a user may write in a link over models; imports pydantic only."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Keys = dict[str, str | int | float]


class Strict(BaseModel):
    """Frozen, and closed against keys that nobody reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Result(Strict):
    """One result of the study, a number per model."""

    quantity: str = Field(description="what is looked at, e.g. ic50_absolute")
    block: str = Field(default="", description="its block; empty: those of from that give it")
    keys: Keys = Field(default={}, description="which of its numbers, e.g. { day = 21 }")
    between: str = Field(
        default="", description="with versus: the key whose groups were compared, e.g. arm"
    )
    versus: str = Field(
        default="", description="the effect against this group (comparisons) and not the number"
    )
    test: str = Field(default="", description="which test, where one pair was tested by several")
    label: str = Field(default="", description="axis label; the quantity if empty")


class SynthesisSettings(Strict):
    """Settings of the link synthesis."""

    quantity: str = Field(description="what is combined, e.g. tgi_rate")
    block: str = Field(default="", description="its block; empty: those of from that give it")
    keys: Keys = Field(default={}, description="which of its numbers, e.g. { day = 21 }")
    unit: str = Field(default="model", description="what counts as one; a key, or block")
    between: str = Field(default="", description="one synthesis per value of this key, e.g. arm")
    groups: list[str] = Field(default=[], description="only these values of between")
    versus: str = Field(
        default="", description="combine effects against this group (comparisons), not numbers"
    )
    test: str = Field(default="", description="which test, where one pair was tested by several")
    weights: Literal["precision", "equal"] = Field(
        default="precision",
        description="precision: random effects by standard errors; equal: mean of the models",
    )
    tau2: Literal["reml", "paule-mandel"] = Field(
        default="reml", description="how the variance between models is estimated"
    )
    interval: Literal["guarded", "plain"] = Field(
        default="guarded",
        description="Hartung-Knapp interval, never narrower than the fixed-effect one, or as it is",
    )
    responds: Literal["above", "below", ""] = Field(
        default="", description="side of the threshold on which a model responds"
    )
    threshold: float | None = Field(
        default=None, description="of a response and of the p value; with versus: no difference"
    )
    judged_by: Literal["interval", "value"] = Field(
        default="interval", description="a model responds by its whole interval, or its estimate"
    )
    adjust: Literal["holm", "none"] = Field(
        default="holm", description="p values over the values of between"
    )
    conf_level: float = Field(default=0.95, gt=0.5, lt=1)
    label: str = Field(default="", description="axis label; the quantity if empty")

    @property
    def result(self) -> Result:
        """The numbers that are combined."""
        return Result(
            quantity=self.quantity, block=self.block, keys=self.keys, between=self.between,
            versus=self.versus, test=self.test, label=self.label,
        )  # fmt: skip


class AssociateSettings(Strict):
    """Settings of the link associate."""

    x: Result = Field(description="what is put along the horizontal axis")
    y: Result = Field(description="what is put along the vertical axis")
    unit: str = Field(default="model", description="what counts as one; a key, or block")
    match: dict[str, str] = Field(
        default={}, description="key of x = key of y whose values belong together by name"
    )
    alternative: Literal["two-sided", "less", "greater"] = "two-sided"
    adjust: Literal["holm", "none"] = Field(
        default="holm", description="p values over the matched values"
    )
    conf_level: float = Field(default=0.95, gt=0.5, lt=1)
