"""The result currency: every column that a number, a test, a curve or a flag carries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import polars as pl

from exportin.results.schema import ResultTable, result_id
from exportin.results.status import STATUSES
from exportin.tables.table import Column


def _text(name: str, doc: str, *, nullable: bool = False) -> Column:
    return Column(name=name, dtype=pl.String, doc=doc, nullable=nullable)


def _number(name: str, doc: str) -> Column:
    return Column(name=name, dtype=pl.Float64, doc=doc, nullable=True)


def _count(name: str, doc: str) -> Column:
    return Column(name=name, dtype=pl.Int64, doc=doc, nullable=True)


OPEN = ("none", "low", "high", "both")
BOUNDS = ("=", "<", ">")
NOT_KEYS = ("id",)


@dataclass(frozen=True)
class Estimates(ResultTable):
    """A row per number. ``keys`` are open: model, treatment, arm, day, effect_level ..."""

    kind: ClassVar[str] = "estimates"
    columns: ClassVar[tuple[Column, ...]] = (
        _text("id", "digest of block, assay, quantity and keys"),
        _text("block", "block of the study file"),
        _text("assay", "assay that made it"),
        _text("quantity", "name in quantities.toml"),
        _text("unit_id", "experiment, animal or patient; empty when pooled", nullable=True),
        _text("units", "unit of value and limits; empty for pure numbers"),
        _text("scale", "scale of std_error and df: linear, ln, log10, logit"),
        _number("value", "the estimate, or the bound, on the natural scale"),
        _number("std_error", "standard error on `scale`"),
        _number("conf_low", "lower limit, natural scale; empty when open"),
        _number("conf_high", "upper limit, natural scale; empty when open"),
        _text("conf_open", "which side of the interval the data leave open"),
        _number("conf_level", "level of the interval"),
        _text("interval_level", "within one unit (technical) or between units", nullable=True),
        _text("bound", "= estimate, < below the lowest tested, > above the highest"),
        _number("model_low", "smallest value over the admissible models"),
        _number("model_high", "largest value over the admissible models"),
        _text("experimental_unit", "what was independent: experiment, animal, patient"),
        _count("n_units", "independent units behind the number"),
        _count("n_rows", "raw rows behind the number, flagged ones not counted"),
        _count("n_flagged", "raw rows left out by flags and exclusions"),
        _number("df", "degrees of freedom of the interval"),
        _text("method", "method names joined by +; each has a sentence and references"),
        _text("status", "closed list with a sentence each"),
    )
    vocabularies: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "scale": ("linear", "ln", "log10", "logit"),
        "conf_open": OPEN,
        "interval_level": ("within", "between"),
        "bound": BOUNDS,
        "status": STATUSES,
    }

    @classmethod
    def build(cls, rows: Sequence[Mapping[str, Any]]) -> Self:
        """Complete rows with their defaults and ids, and check them.

        Every row needs block, assay, quantity, experimental_unit and method; keys are free.
        """
        fixed = cls.schema()
        defaults = {"units": "", "scale": "linear", "conf_open": "none", "bound": "="}
        done: list[dict[str, Any]] = []
        for given in rows:
            row = {**defaults, "status": "ok", **given}
            what = {k: v for k, v in row.items() if k not in fixed}
            what |= {k: row.get(k) for k in ("block", "assay", "quantity", "unit_id")}
            done.append({**row, "id": result_id("e", what)})
        return cls.from_rows(done)


@dataclass(frozen=True)
class Tests(ResultTable):
    """A row per comparison. No p value stands without an effect."""

    __test__: ClassVar[bool] = False  # not a test class for pytest

    kind: ClassVar[str] = "tests"
    columns: ClassVar[tuple[Column, ...]] = (
        _text("id", "digest of block, assay, quantity, keys, groups and test"),
        _text("block", "block of the study file"),
        _text("assay", "assay whose numbers are compared"),
        _text("quantity", "name in quantities.toml"),
        _text("units", "unit of effect and limits; empty for ratios and pure numbers"),
        _text("group_a", "first group, or the term of an analysis of variance"),
        _text("group_b", "reference group; empty for an overall test", nullable=True),
        _text("test", "name of the test"),
        _text("alternative", "two-sided, less or greater"),
        _text("pairing", "unpaired, paired or blocked"),
        _number("statistic", "t, F, W ..."),
        _number("df", "degrees of freedom (numerator for F)"),
        _number("df2", "denominator degrees of freedom of F"),
        _number("p_value", "exact p value"),
        _number("p_adjusted", "p value adjusted within the family"),
        _text("family", "adjustment and the tests it spans"),
        _number("effect", "size of the effect, natural scale"),
        _text("effect_kind", "ratio, difference of means, partial eta squared ..."),
        _text("bound", "= estimate; < or > where a group is only known as a bound"),
        _number("conf_low", "lower limit of the effect; empty when open"),
        _number("conf_high", "upper limit of the effect; empty when open"),
        _text("conf_open", "which side of the interval is open"),
        _number("conf_level", "level of the interval"),
        _count("n_a", "independent units in group_a"),
        _count("n_b", "independent units in group_b"),
        _text(
            "interval_level",
            "between units, or within one unit (technical: its wells)",
            nullable=True,
        ),
        _text("method", "method names joined by +"),
        _text("status", "closed list with a sentence each"),
        _text("verdict", "one sentence in words of the bench"),
    )
    vocabularies: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "alternative": ("two-sided", "less", "greater"),
        "pairing": ("unpaired", "paired", "blocked"),
        "bound": BOUNDS,
        "conf_open": OPEN,
        "interval_level": ("within", "between"),
        "status": STATUSES,
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.frame.height:
            return
        naked = self.frame.filter(pl.col("p_value").is_not_null() & pl.col("effect").is_null())
        if naked.height:
            raise ValueError(f"tests: a p value without an effect: {naked}")

    @classmethod
    def build(cls, rows: Sequence[Mapping[str, Any]]) -> Self:
        """Complete rows with their defaults and ids, and check them."""
        fixed = cls.schema()
        defaults = {"units": "", "bound": "=", "conf_open": "none", "pairing": "unpaired"}
        names = ("block", "assay", "quantity", "group_a", "group_b", "test", "alternative")
        done: list[dict[str, Any]] = []
        for given in rows:
            row = {**defaults, "status": "ok", "alternative": "two-sided", **given}
            row.setdefault("interval_level", "between")
            what = {k: v for k, v in row.items() if k not in fixed}
            what |= {k: row.get(k) for k in (*names, "family")}
            done.append({**row, "id": result_id("t", what)})
        return cls.from_rows(done)


@dataclass(frozen=True)
class Series(ResultTable):
    """Curves to draw: a row per point of a line or band; keys say which curve."""

    kind: ClassVar[str] = "series"
    columns: ClassVar[tuple[Column, ...]] = (
        _text("id", "id of the curve, the same on all its points"),
        _text("block", "block of the study file"),
        _text("quantity", "what y is"),
        _text("units", "unit of y"),
        _number("x", "position, natural scale"),
        _number("x2", "second position of a surface"),
        _number("y", "height of the curve"),
        _number("low", "lower edge of the band"),
        _number("high", "upper edge of the band"),
    )


@dataclass(frozen=True)
class Flags(ResultTable):
    """What a rule or a person says of a row; ``exclude`` takes the row out of every number."""

    kind: ClassVar[str] = "flags"
    open_keys: ClassVar[bool] = False
    columns: ClassVar[tuple[Column, ...]] = (
        _text("row_id", "the raw row; empty for a whole plate or block", nullable=True),
        _text("rule", "name of the rule, or 'excluded'"),
        _text("severity", "note, warn (kept) or exclude (left out)"),
        _text("message", "one sentence"),
        _text("by", "the rule's room, or the person"),
    )
    vocabularies: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "severity": ("note", "warn", "exclude")
    }

    def excluded(self) -> set[str]:
        """Row ids that must not influence any number."""
        said = zip(self.frame.get_column("row_id"), self.frame.get_column("severity"), strict=True)
        return {row for row, severity in said if severity == "exclude" and row is not None}


@dataclass(frozen=True)
class Screen(ResultTable):
    """Wide numeric results of thousands of curves or genes; rows are free, ``id`` is first."""

    kind: ClassVar[str] = "screen"
    columns: ClassVar[tuple[Column, ...]] = (_text("id", "curve or gene"),)


@dataclass(frozen=True)
class Draws(ResultTable):
    """Random draws of estimates that must be carried on together."""

    kind: ClassVar[str] = "draws"
    open_keys: ClassVar[bool] = False
    columns: ClassVar[tuple[Column, ...]] = (
        _text("id", "id of the estimate"),
        Column(name="draw", dtype=pl.Int64, doc="number of the draw; equal numbers go together"),
        _number("value", "the draw, on the estimate's natural scale"),
    )


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What an assay's ``estimate`` gives back; kinds it does not use stay empty."""

    estimates: Estimates
    series: Series
    flags: Flags
    screen: Screen
    draws: Draws

    @classmethod
    def of(
        cls,
        *,
        estimates: Estimates | None = None,
        series: Series | None = None,
        flags: Flags | None = None,
        screen: Screen | None = None,
        draws: Draws | None = None,
    ) -> Self:
        """Fill the kinds that are not given with empty tables."""
        return cls(
            estimates=estimates or Estimates.empty(),
            series=series or Series.empty(),
            flags=flags or Flags.empty(),
            screen=screen or Screen.empty(),
            draws=draws or Draws.empty(),
        )

    @classmethod
    def concat(cls, parts: Sequence["Fitted"]) -> Self:
        """Stack the parts that workers made."""
        return cls(
            estimates=Estimates.concat([p.estimates for p in parts]),
            series=Series.concat([p.series for p in parts]),
            flags=Flags.concat([p.flags for p in parts]),
            screen=Screen.concat([p.screen for p in parts]),
            draws=Draws.concat([p.draws for p in parts]),
        )
