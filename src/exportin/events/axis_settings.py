"""Scales and axes as a user writes them; imports pydantic only."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Name = Annotated[str, Field(min_length=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
ROOT_PARENT = ""
"""Parent of a gate that takes all events."""


class Strict(BaseModel):
    """Frozen, and closed against keys that nobody reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# ---- scales


Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Decades = Annotated[float, Field(gt=0, le=30)]


class LinearScale(Strict):
    """y = (x + A) / (T + A); without T, y = x (flin of Gating-ML 2.0)."""

    kind: Literal["linear"] = "linear"
    T: Positive | None = Field(default=None, description="value shown as 1")
    A: Finite = Field(default=0.0, description="-A is shown as 0")

    @model_validator(mode="after")
    def _spans(self) -> Self:
        if self.T is None and self.A:
            raise ValueError("A needs T. Write T, the value shown as 1.")
        if self.T is not None and not 0 <= self.A <= self.T:
            raise ValueError(f"A = {self.A:g} is not between 0 and T = {self.T:g}.")
        return self


class LogScale(Strict):
    """y = 1 + log10(x / T) / M; without T, y = log10(x). What is not positive is minus infinity."""

    kind: Literal["log"] = "log"
    T: Positive | None = Field(default=None, description="value shown as 1")
    M: Decades = Field(default=1.0, description="decades from 0 to 1")

    @model_validator(mode="after")
    def _spans(self) -> Self:
        if self.T is None and self.M != 1.0:
            raise ValueError("M needs T. Write T, the value shown as 1.")
        return self


class ArcsinhScale(Strict):
    """y = asinh(x / cofactor)."""

    kind: Literal["arcsinh"] = "arcsinh"
    cofactor: Positive = Field(description="half-width of the linear part")


class FasinhScale(Strict):
    """y = (asinh(x sinh(M ln 10) / T) + A ln 10) / ((M + A) ln 10) (fasinh of Gating-ML 2.0)."""

    kind: Literal["fasinh"] = "fasinh"
    T: Positive = Field(description="value shown as 1")
    M: Decades = Field(default=4.5, description="decades")
    A: Annotated[float, Field(ge=0, le=30)] = Field(
        default=0.0, description="further negative decades"
    )

    @model_validator(mode="after")
    def _spans(self) -> Self:
        if self.A > self.M:
            raise ValueError(f"A = {self.A:g} is above M = {self.M:g}.")
        return self


class LogicleScale(Strict):
    """Logicle of Moore and Parks, Cytometry A 2012;81:273-277."""

    kind: Literal["logicle"] = "logicle"
    T: Positive = Field(default=262144.0, description="value shown as 1")
    W: Annotated[float, Field(ge=0, le=15)] = Field(
        default=0.5, description="decades that are linear"
    )
    M: Decades = Field(default=4.5, description="decades")
    A: Finite = Field(default=0.0, description="further negative decades")

    @model_validator(mode="after")
    def _spans(self) -> Self:
        if 2 * self.W > self.M:
            raise ValueError(f"W = {self.W:g} is above M / 2 = {self.M / 2:g}.")
        if not -self.W <= self.A <= self.M - 2 * self.W:
            low, high = -self.W, self.M - 2 * self.W
            raise ValueError(f"A = {self.A:g} is not between -W = {low:g} and M - 2W = {high:g}.")
        return self


Scale = Annotated[
    LinearScale | LogScale | ArcsinhScale | FasinhScale | LogicleScale, Field(discriminator="kind")
]
Space = Literal["raw", "linear", "compensated"]


def scale_ends(scale: LinearScale | LogScale | ArcsinhScale | FasinhScale | LogicleScale) -> float:
    """Return the distance from 0 beyond which no limit on a scale can be meant; 0 if any can.

    >>> scale_ends(LogicleScale()), scale_ends(LogScale()), scale_ends(LinearScale())
    (5.0, 30.0, 0.0)
    """
    if isinstance(scale, ArcsinhScale) or (isinstance(scale, LogScale) and scale.T is None):
        return 30.0
    return 0.0 if isinstance(scale, LinearScale) and scale.T is None else 5.0


# ---- where a gate lies


class Axis(Strict):
    """A channel, the space its values are taken in, and the scale on which limits are written."""

    channel: Name = Field(description="short name, stain, or loose spelling of the channel")
    space: Space = Field(
        default="compensated",
        description="raw: as in the file; linear: amplifier undone; compensated: and spill-over",
    )
    matrix: str = Field(
        default="", description="which matrix; empty: the tube's own, 'file', or one of the gates"
    )
    scale: Scale = Field(default_factory=LinearScale, description="scale of the limits")

    @model_validator(mode="after")
    def _compensates(self) -> Self:
        if self.matrix and self.space != "compensated":
            raise ValueError(f"matrix '{self.matrix}' is not used in {self.space} values.")
        return self


def _axis(value: Any) -> Any:
    return {"channel": value} if isinstance(value, str) else value


AnAxis = Annotated[Axis, BeforeValidator(_axis)]
"""A channel's name alone means compensated values on a linear scale."""


class Side(Strict):
    """An axis with limits: the lower one is inside, the upper one outside."""

    axis: AnAxis
    min: Finite | None = None
    max: Finite | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        where = f"limits of '{self.axis.channel}'"
        if self.min is None and self.max is None:
            raise ValueError(f"{where}: neither min nor max is written.")
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError(
                f"{where}: min {self.min:g} is not below max {self.max:g}. Exchange them."
            )
        return self


Point = Annotated[list[Finite], Field(min_length=2, max_length=2)]
Limit = Finite | Name
"""A number on the axis's scale, or the name of a threshold set from controls."""


class Matrix(Strict):
    """Spill-over: row i is what dye i gives in every detector, 1 in its own."""

    detectors: list[Name] = Field(min_length=2, description="channels, in the order of columns")
    dyes: list[Name] = Field(
        default=[], description="names of compensated channels; empty: detectors"
    )
    rows: list[list[Finite]] = Field(description="spill-over, a row per dye")

    @model_validator(mode="after")
    def _square(self) -> Self:
        n = len(self.detectors)
        if len(self.rows) != n or any(len(row) != n for row in self.rows):
            raise ValueError(f"the matrix is not {n} rows of {n} numbers, one per detector.")
        if self.dyes and len(self.dyes) != n:
            raise ValueError(f"there are {len(self.dyes)} dyes for {n} detectors.")
        for what, names in (("detector", self.detectors), ("dye", self.dyes)):
            if len(set(names)) < len(names):
                raise ValueError(f"a {what} stands twice in {names}.")
        return self
