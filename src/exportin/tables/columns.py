"""Frames taken apart and put together by their columns: a fiftieth of the time of a query.

A window asks some hundred small things of small tables while a person waits for a number; what
polars plans for each query then takes longer than the work.
"""

from collections.abc import Collection, Iterable
from typing import Any

import polars as pl


def kept(frame: pl.DataFrame, mask: pl.Series) -> pl.DataFrame:
    """Return the rows where a mask is true (not where it is empty), as ``frame.filter`` does.

    >>> frame = pl.DataFrame({"a": [1, 2, 3]})
    >>> kept(frame, pl.Series([True, None, False]))["a"].to_list()
    [1]
    """
    return pl.DataFrame([column.filter(mask) for column in frame.get_columns()])


def picked(frame: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Return some columns in this order, as ``frame.select`` does.

    >>> picked(pl.DataFrame({"a": [1], "b": [2]}), ["b"]).columns
    ['b']
    """
    return pl.DataFrame([frame.get_column(name) for name in names])


def among(column: pl.Series, words: Collection[Any]) -> pl.Series:
    """Say of each cell whether it is one of some words; an empty cell is none of them.

    >>> among(pl.Series(["a", None, "b"]), {"b"}).to_list()
    [False, False, True]
    """
    if not words:
        return pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(column))
    known = words if isinstance(words, frozenset | set | dict) else set(words)
    said = [cell is not None and cell in known for cell in column.to_list()]
    return pl.Series(said, dtype=pl.Boolean)


def distinct(frame: pl.DataFrame, names: Iterable[str]) -> list[tuple[Any, ...]]:
    """Return the different rows of some columns, in the order of their first.

    >>> distinct(pl.DataFrame({"a": ["x", "y", "x"]}), ["a"])
    [('x',), ('y',)]
    """
    return list(dict.fromkeys(zip(*(frame.get_column(n).to_list() for n in names), strict=True)))
