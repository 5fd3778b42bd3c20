"""An assay is a value: a record of functions that an engine, a notebook and a test can call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
import polars as pl

from exportin.contract.view import View
from exportin.results.curve_wells import CurveWells
from exportin.results.methods import Method
from exportin.results.quantities import Quantity
from exportin.results.tables import Fitted, Flags, Tests
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
    needs
        Quantities that are only estimated if the study gives a setting: its name.
    part
        Design columns by which rows may be estimated apart, in parallel; rows where the
        column is empty (blanks) go along with every part.
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
    needs: Mapping[str, str] = field(default_factory=dict)
    part: tuple[str, ...] = ()
    experimental_unit: str = "experiment"
    methods: tuple[Method, ...] = ()
    curves: CurvesOf[RawT, SettingsT] | None = None
