"""What a user may write in a tumor growth block; imports pydantic only."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

ZeroMeaning = Literal["removed", "not_palpable", "complete_response", "unclear"]
Day = Annotated[float, Field(ge=-1000, le=10000)]


class ZerosSection(BaseModel):
    """What a volume of zero means; real files write it for three different things."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after_large: ZeroMeaning = Field(
        default="unclear", description="zeros to the end after a large tumor (removed, as a rule)"
    )
    after_shrinking: ZeroMeaning = Field(
        default="unclear", description="zeros to the end of a tumor that had been shrinking"
    )
    other: ZeroMeaning = Field(default="unclear", description="every other zero")
    animals: dict[str, ZeroMeaning] = Field(
        default={}, description="single animals for which another answer holds"
    )


class Dosing(BaseModel):
    """When an arm was dosed: written days, or first day, interval and number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    arm: str = Field(description="the arm that was given it")
    drug: str = Field(description="what was given")
    days: list[Day] = Field(min_length=1, description="days of doses, in the days of the results")
    dose: float | None = Field(default=None, gt=0, description="size of one dose")
    dose_unit: str = Field(default="mg/kg", description="unit of the dose")
    route: str = Field(default="", description="p.o., i.v., i.p. ...")
    model: str | None = Field(default=None, description="only in this model; empty: in all")


class Arrive(BaseModel):
    """What only the people of a study know of it: sentences for the ARRIVE 2.0 table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sample_size: str = Field(default="", description="how the number of animals was decided")
    criteria: str = Field(default="", description="criteria of inclusion and exclusion, set before")
    randomization: str = Field(default="", description="how animals were allocated to arms")
    blinding: str = Field(
        default="", description="who knew the arms: allocation, conduct, outcome, analysis"
    )
    animals: str = Field(default="", description="species, strain, sex, age, weight, source")
    procedures: str = Field(default="", description="implantation, housing, monitoring, end points")
    primary_outcome: str = Field(default="", description="the outcome the sample size is for")


class TumorGrowthSettings(BaseModel):
    """Settings of the tumor growth assay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    control: str = Field(description="name of the control arm (vehicle), as in the table")
    day_zero: Literal["first dose", "randomization", "implantation"] = Field(
        description="what day 0 of the file is; results count days from the first dose"
    )
    first_dose_day: Day | None = Field(
        default=None,
        description="day of the first dose in the file's count; needed unless day 0 is that day",
    )
    first_dose_date: str = Field(
        default="",
        pattern=r"^(\d{4}-\d{2}-\d{2})?$",
        description="date of the first dose, YYYY-MM-DD, where the files have dates",
    )
    volume_formula: Literal["L*W^2/2", "pi/6*L*W^2", "pi/6*L*W*H"] | None = Field(
        default=None, description="how calipers become a volume; needed where no volume is given"
    )
    volume_unit: Literal["mm3", "cm3", "uL", "mL"] | None = Field(
        default=None, description="unit of volumes where the file does not name it"
    )
    length_unit: Literal["mm", "cm"] | None = Field(
        default=None, description="unit of calipers where the file does not name it"
    )
    weight_unit: Literal["g", "kg", "mg"] | None = Field(
        default=None, description="unit of body weights where the file does not name it"
    )
    zeros: ZeroMeaning | ZerosSection | None = Field(
        default=None, description="what a volume of zero means; asked for where the files have one"
    )
    palpable_mm3: float = Field(
        default=30.0, gt=0, description="below this volume calipers cannot measure a tumor"
    )
    threshold_mm3: float = Field(
        default=1000.0, gt=0, description="volume whose first crossing is timed"
    )
    time_rule: Literal["interpolated", "first_visit"] = Field(
        default="interpolated",
        description="day of reaching it: on the log-linear line between two visits, or the visit",
    )
    measure_day: Literal["all_alive", "last_common"] | Day = Field(
        default="all_alive",
        description="day of the measures: the last with every animal alive, the last with two "
        "animals in both arms, or a day",
    )
    model_end: Day | None = Field(
        default=None, description="last day that enters the growth model; empty: all"
    )
    baseline: Literal["shared", "own"] = Field(
        default="shared",
        description="whether all arms share their mean volume before the first dose",
    )
    dosing_window: Literal["break", "ignore"] = Field(
        default="break", description="whether the growth rate may change after the last dose"
    )
    degrees_of_freedom: Literal["kenward-roger", "satterthwaite"] = Field(
        default="kenward-roger", description="of the mixed model's tests and intervals"
    )
    response_rule: Literal["gao2015", "xeva"] = Field(
        default="gao2015", description="which of the two rules of mRECIST in the literature"
    )
    response_start_day: float = Field(
        default=10.0, ge=0, description="first day that can be a best response"
    )
    weight_reference: Literal["first_dose", "randomization"] = Field(
        default="first_dose", description="day whose body weight is 100 %"
    )
    dosing: list[Dosing] = Field(default=[], description="a table per arm and drug")
    arrive: Arrive = Field(default=Arrive(), description="sentences for the ARRIVE 2.0 table")
    as_published: bool = Field(
        default=True, description="also what the usual tests of such papers would have said"
    )
    draws: int = Field(
        default=2000, ge=200, le=100_000, description="resamples and permutations of an interval"
    )
    models_drawn: int = Field(
        default=24, ge=1, description="above this number survival and responses are not drawn"
    )
    animals_drawn: int = Field(
        default=400, ge=0, description="above this number only an overview is drawn"
    )

    @model_validator(mode="after")
    def _day_known(self) -> Self:
        if self.day_zero == "first dose" and self.first_dose_day not in (None, 0.0):
            raise ValueError(
                "day_zero says that day 0 is the first dose, first_dose_day says another day."
            )
        return self
