"""A link reads results of the first pass and makes further results: the second pass."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.results.methods import Method
from exportin.results.tables import Draws, Estimates, Fitted, Tests

SettingsT = TypeVar("SettingsT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Generic[SettingsT]):
    """What a second-pass step is called, what it takes and what it gives."""

    name: str
    title: str
    settings: type[SettingsT]
    run: Callable[[Estimates, Tests, Draws, SettingsT, Context], Fitted]
    views: Callable[[Fitted, SettingsT, Context], tuple[View, ...]] | None = None
    methods: tuple[Method, ...] = ()
