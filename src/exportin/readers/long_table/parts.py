"""What one step of the reader gives: columns, and what it found."""

from dataclasses import dataclass, field

import polars as pl

from exportin.tables.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some columns of the table, with problems and notes."""

    columns: dict[str, pl.Series]
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = field(default=())
