"""An assay is a value: a record of functions that an engine, a notebook and a test can call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
import polars as pl

from exportin.contract.sheet import Sheet
from exportin.contract.view import View
from exportin.inference.question import Contrast
from exportin.results.curve_wells import CurveWells
from exportin.results.methods import Method
from exportin.results.quantities import Quantity
from exportin.results.tables import Estimates, Fitted, Flags, Tests
from exportin.tables.problems import Problem
from exportin.tables.table import Column, Table

RawT = TypeVar("RawT", bound=Table)
SettingsT = TypeVar("SettingsT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the study says that is not a setting of the assay.

    Parameters
    ----------
    block
        Name of the block; goes into every result row.
    experimental_unit
        What is independent here: experiment, animal, patient.
    keys
        Design columns that tell curves and groups apart, in the user's order.
    seed
        Seed of this step; an assay that needs chance makes its generator from it.
    conf_level
        Level of all intervals of the block.
    """

    block: str
    experimental_unit: str
    keys: tuple[str, ...] = ()
    seed: int = 0
    conf_level: float = 0.95

    def rng(self) -> np.random.Generator:
        """Return the generator of this step."""
        return np.random.default_rng(self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A study folder of known truth: raw files as bytes, and what was put into them.

    ``files`` must hold everything a study needs: study.toml, design.csv, layout.csv, raw
    files. ``truth`` has the keys of Estimates, ``quantity`` and ``value`` (natural scale,
    null where truth is a bound or absent) and ``bound``.
    """

    files: Mapping[str, bytes]
    truth: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvesOf(Generic[RawT, SettingsT]):
    """The curves of an assay, for comparisons within one experiment (``level = "within"``).

    Parameters
    ----------
    wells
        Rows and flags to the wells that the curves are fitted to, exactly those of ``estimate``.
    levels
        Quantities that two curves can share: none (the midpoint, EC50), or the fraction of the
        vehicle mean that the dose stands for (0.5 for an absolute IC50).
    fault
        What of the settings forbids the test of a quantity, and what to write instead.
    """

    wells: Callable[[RawT, Flags, SettingsT, Context], CurveWells]
    levels: Mapping[str, float | None]
    fault: Callable[[SettingsT, str], tuple[str, str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersOf(Generic[RawT, SettingsT]):
    """Questions between units that one number per unit cannot answer.

    A mixed model of all visits, a log-rank test, a permutation of animals: ``answer`` hands the
    rows to ``inference``, which makes the tests; other tests of the same quantity are made from
    the numbers of single units, as for every assay.

    Parameters
    ----------
    tests
        Quantity to the words of ``test`` in a compare table that are answered here.
    answer
        Rows, flags, estimates of the block and the question to tests, adjusted as one family.
    fault
        What of the settings or the question forbids it, and what to write instead.
    r_script
        Rows, flags, estimates and a row of Tests to an R program that prints the same numbers.
    """

    tests: Mapping[str, tuple[str, ...]]
    answer: Callable[[RawT, Flags, Estimates, Contrast, SettingsT, Context], Tests]
    fault: Callable[[SettingsT, Contrast], tuple[str, str] | None]
    r_script: Callable[[RawT, Flags, Estimates, Mapping[str, Any], SettingsT, Context], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assay(Generic[RawT, SettingsT]):
    """Everything the workbench needs to know of one assay.

    Parameters
    ----------
    name
        Folder name, and what users write as ``assay = "..."``.
    title
        What people call it.
    consumes
        The raw kind of its files.
    settings
        pydantic model of the settings a user may write in the block.
    inputs
        Columns the joined rows must have before ``flag`` and ``estimate`` see them,
        besides those of the raw kind.
    defaults
        Values for columns of ``inputs`` that a study may leave out.
    keys
        Design columns carried into every result by default.
    quantities
        What it estimates.
    pooled
        Quantities that the shared pooling step combines over units.
    per_unit
        Further quantities that are one number per unit and may be compared, but are not pooled.
    needs
        Quantities that are only estimated if the study gives a setting: its name.
    samples
        Roles (column ``role``) whose rows are estimated themselves; other rows are controls.
    part
        Design columns by which rows may be estimated apart, in parallel; rows where the
        column is empty (blanks) go along with every part.
    sample_is_unit
        Whether a sample (an animal) is its own unit where no table has a unit_id.
    experimental_unit
        Default of the study file's ``experimental_unit``.
    check
        Looks at joined rows before anything is computed; gives every problem at once.
    flag
        Marks rows; never drops any.
    estimate
        Rows and flags to numbers and curves.
    views
        Results to figures as data; ``flags`` of the results it gets are all flags of the rows.
    simulate
        Scenario name and generator to a study of known truth.
    methods
        Sentence and references of each method name it coins.
    curves
        Its curves, where two of one experiment may be compared by their wells.
    answers
        Questions it answers by a model of all rows.
    sheets
        Results to tables of its own for the report: what its papers print, checklists.
    behind
        Rows, flags and a row of Estimates or Tests to the row_ids it was made from, where the
        keys of the row do not tell them: a ratio to another arm, a number of one day.
    """

    name: str
    title: str
    consumes: type[RawT]
    settings: type[SettingsT]
    quantities: tuple[Quantity, ...]
    flag: Callable[[RawT, SettingsT, Context], Flags]
    estimate: Callable[[RawT, Flags, SettingsT, Context], Fitted]
    views: Callable[[RawT, Fitted, Tests, SettingsT, Context], tuple[View, ...]]
    simulate: Callable[[str, np.random.Generator], Simulated]
    check: Callable[[RawT, SettingsT, Context], tuple[Problem, ...]] | None = None
    scenarios: tuple[str, ...] = ("default",)
    inputs: tuple[Column, ...] = ()
    defaults: Mapping[str, str | float] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    pooled: tuple[str, ...] = ()
    per_unit: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)
    samples: tuple[str, ...] = ("treated",)
    part: tuple[str, ...] = ()
    sample_is_unit: bool = False
    experimental_unit: str = "experiment"
    methods: tuple[Method, ...] = ()
    curves: CurvesOf[RawT, SettingsT] | None = None
    answers: AnswersOf[RawT, SettingsT] | None = None
    sheets: Callable[[RawT, Fitted, Tests, SettingsT, Context], tuple[Sheet, ...]] | None = None
    behind: Callable[[RawT, Flags, Mapping[str, Any], SettingsT], tuple[str, ...]] | None = None

    @property
    def comparable(self) -> tuple[str, ...]:
        """Quantities that a compare table may name; all where the assay pools none."""
        asked = () if self.answers is None else tuple(self.answers.tests)
        named = (*self.pooled, *self.per_unit, *asked)
        every = tuple(quantity.name for quantity in self.quantities)
        return tuple(dict.fromkeys(named)) if self.pooled else every

    def answers_by_rows(self, quantity: str, test: str) -> bool:
        """Whether a question is answered by a model of all rows."""
        return self.answers is not None and test in self.answers.tests.get(quantity, ())
