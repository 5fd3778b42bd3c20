"""A link reads results of the first pass and makes further results: the second pass."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.results.methods import Method
from exportin.results.quantities import Quantity
from exportin.results.tables import Draws, Estimates, Fitted, Tests
from exportin.tables.problems import Problem

SettingsT = TypeVar("SettingsT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What a link gives back: numbers as an assay gives them, and tests where it makes any."""

    fitted: Fitted
    tests: Tests = field(default_factory=Tests.empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSource:
    """What is known of a block that a link reads before anything is estimated."""

    block: str
    assay: str
    quantities: tuple[str, ...]
    compared: tuple[str, ...]  # quantities of its compare tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Generic[SettingsT]):
    """What a second-pass step is called, what it takes and what it gives.

    Parameters
    ----------
    name, title
        What users write as ``use = "..."``; what people call it.
    settings
        pydantic model of what a user may write beside ``use`` and ``from``.
    run
        Results of the blocks to further results; raises InputError with a place such as
        ``link.NAME.quantity`` where the settings do not fit them.
    check
        Looks at settings and blocks before anything is estimated; places as for ``run``.
    views
        Further results to figures as data.
    quantities
        Names it gives that no assay has.
    methods
        Sentence and references of each method name it coins.
    r_script
        The estimates of the link and a row of its tests to an R program with the same numbers.
    """

    name: str
    title: str
    settings: type[SettingsT]
    run: Callable[[Estimates, Tests, Draws, SettingsT, Context], Fitted | Linked]
    check: Callable[[SettingsT, tuple[LinkSource, ...], Context], tuple[Problem, ...]] | None = None
    views: Callable[[Linked, SettingsT, Context], tuple[View, ...]] | None = None
    quantities: tuple[Quantity, ...] = ()
    methods: tuple[Method, ...] = ()
    r_script: Callable[[Estimates, Mapping[str, Any]], str] | None = None
