"""What a run found: everything the report and the results folder are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exportin.contract.sheet import Sheet
from exportin.results.curve_wells import CurveWells
from exportin.results.tables import Estimates, Flags, Series, Tests
from exportin.study.ledger import Entry
from exportin.study.load import Study
from exportin.tables.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A picture, the numbers behind it, and what it is called."""

    name: str
    title: str
    caption: str
    svg: bytes
    source: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockOutcome:
    """Results of one block; ``rows`` is the stored digest of the joined rows behind them.

    ``views`` are its figures as data, by name (JSON of `exportin.contract.view_json`); ``drawn``
    are their pictures, none where only numbers were asked for.
    """

    name: str
    assay: str
    title: str
    experimental_unit: str
    settings: Mapping[str, Any]
    estimates: Estimates
    tests: Tests
    series: Series
    flags: Flags
    drawn: tuple[Drawn, ...]
    counts: Mapping[str, int]
    notes: tuple[Problem, ...]
    files: Mapping[str, str]  # name -> sha256
    readers: tuple[str, ...] = ()
    rows: str = ""
    truth: Any = None  # polars frame of a simulated study, else None
    within: Tests = field(default_factory=Tests.empty)  # technical; `tests` are between units
    sheets: tuple[Sheet, ...] = ()  # tables of the assay's own making
    views: Mapping[str, bytes] = field(default_factory=dict)  # name -> JSON (contract.view_json)
    scripts: Mapping[str, str] = field(default_factory=dict)  # id of a test -> its R program
    wells: CurveWells = field(default_factory=CurveWells.empty)  # those behind `within`


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Results of a study."""

    study: Study
    blocks: tuple[BlockOutcome, ...]
    ledger: tuple[Entry, ...]
    versions: Mapping[str, str]
    computed: tuple[str, ...] = field(default=())  # steps that were not in the store
    notes: tuple[Problem, ...] = ()  # what is worth knowing of the study as a whole

    def estimates(self) -> Estimates:
        """All numbers."""
        return Estimates.concat([block.estimates for block in self.blocks])

    def tests(self) -> Tests:
        """All comparisons, between units first; ``interval_level`` tells them apart."""
        between = [block.tests for block in self.blocks]
        return Tests.concat([*between, *(block.within for block in self.blocks)])
