"""The study file as typed data: unknown keys are errors that name the nearest known key."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1
SHARED_OVER = ["model"]
"""A panel is one of lines: same assay, drug and protocol, so that their experiments vary alike."""


class Strict(BaseModel):
    """Frozen, and closed against keys that nobody reads."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class StudySection(Strict):
    """What the whole study is called and how chance is seeded."""

    schema_: int = Field(
        alias="schema",
        ge=SCHEMA_VERSION,
        le=SCHEMA_VERSION,
        description="version of this file's layout",
    )
    title: str = Field(description="title of the report")
    seed: int = Field(default=0, ge=0, description="all randomness derives from it")
    design: str = Field(
        default="design.csv", description="table with a row per sample, or a manifest"
    )


class Compare(Strict):
    """One question asked of the estimates; one family of tests per question and quantity."""

    quantity: str = Field(description="what is compared, e.g. ec50")
    between: str = Field(description="design key whose groups are compared, e.g. treatment")
    versus: str | None = Field(default=None, description="reference group")
    groups: list[str] | None = Field(default=None, description="only these groups, in this order")
    within: str | list[str] | None = Field(
        default=None, description="one comparison per value of these keys"
    )
    all_pairs: bool = Field(default=False, description="every group against every other")
    trend: bool = Field(default=False, description="slope over the groups in their order or dose")
    modifier: str | None = Field(
        default=None,
        description="second key of a difference of differences: does it change the effect?",
    )
    modifier_versus: str | None = Field(default=None, description="reference of the second key")
    unit: str | None = Field(
        default=None,
        description="what counts as one: empty, the experiment; a key, e.g. model, each line "
        "with its pooled number",
    )
    pairing: Literal["auto", "unpaired", "paired", "blocked"] = Field(
        default="auto", description="auto: paired or blocked where the same unit is in all groups"
    )
    test: Literal[
        "auto",
        "t",
        "welch",
        "mann-whitney",
        "wilcoxon",
        "anova",
        "two-way-anova",
        "kruskal-wallis",
        "kendall",
        "mixed-model",
        "log-rank",
        "permutation",
        "parts",
        "joint",
        "likelihood",
    ] = "auto"
    adjust: Literal["holm", "dunnett", "tukey", "bonferroni", "hochberg", "bh", "none"] = "holm"
    alternative: Literal["two-sided", "less", "greater"] = "two-sided"
    effect: Literal["auto", "difference", "ratio"] = Field(
        default="auto", description="ratio works on logarithms; auto follows the quantity's scale"
    )
    conf_level: float = Field(default=0.95, gt=0.5, lt=1)
    level: Literal["between", "within"] = Field(
        default="between",
        description="between units; within: two curves of one experiment by their wells "
        "(extra-sum-of-squares F test), technical, not adjusted unless asked",
    )

    @property
    def adjusted(self) -> str:
        """The adjustment asked for; tests within one unit are no family unless one is written."""
        asked = self.level == "between" or "adjust" in self.model_fields_set
        return self.adjust if asked else "none"


class Block(Strict):
    """One assay of the study: which files, how they are read, what is compared.

    Settings of the assay stand in the same table; they are checked by the assay's own model.
    """

    assay: str = Field(description="folder name of the assay")
    files: list[str] = Field(min_length=1, description="file names or patterns, from this folder")
    layout: str | None = Field(
        default=None, description="table with a row per well, grids, or a treatment template"
    )
    reader: str | None = Field(default=None, description="only where the content cannot tell")
    experimental_unit: str | None = Field(default=None, description="what is independent")
    keys: list[str] = Field(default=[], description="further design columns to tell apart")
    only: dict[str, list[str]] = Field(
        default={}, description="use only rows with these values of a column; controls stay"
    )
    reads: dict[str, str | float] = Field(
        default={},
        description='which of several reads of a plate: time_s = 3600, or "first", or "last"',
    )
    columns: dict[str, str] = Field(default={}, description="our column = the file's column")
    constants: dict[str, str | float] = Field(default={}, description="column = one value")
    different_names: list[list[str]] = Field(
        default=[], description="pairs of names that look alike and are really different"
    )
    decimal: Literal["", ".", ","] = Field(default="", description="decimal mark of the files")
    sheet: str = Field(default="", description="sheet of a workbook")
    channel: str = Field(default="", description="read of a file with several reads")
    conf_level: float = Field(default=0.95, gt=0.5, lt=1)
    between_variance: Literal["own", "shared"] = Field(
        default="own",
        description="variance between units: each pooled number its own, or one per panel",
    )
    shared_over: list[str] = Field(
        default=SHARED_OVER,
        min_length=1,
        description="design keys over whose values a shared variance is common",
    )
    compare: list[Compare] = []

    @property
    def variance_keys(self) -> tuple[str, ...]:
        """Keys over which the variance between units is shared; none if each has its own."""
        return tuple(self.shared_over) if self.between_variance == "shared" else ()

    settings: Any = Field(default=None, exclude=True)  # the assay's own model, filled on loading


class LinkBlock(Strict):
    """A second-pass step that reads result tables only."""

    use: str = Field(description="name of the link")
    from_: list[str] = Field(alias="from", description="blocks whose results it reads")
    settings: Any = Field(default=None, exclude=True)


class StudyFile(Strict):
    """Everything ``study.toml`` says."""

    study: StudySection
    block: dict[str, Block] = Field(min_length=1)
    link: dict[str, LinkBlock] = {}
