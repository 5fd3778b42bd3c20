"""Typed polars tables: a frame, the columns it promises, and where it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import polars as pl
from polars.datatypes import DataTypeClass

from exportin.tables.origin import Origin
from exportin.tables.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One promised column of a table: name, type, meaning and unit."""

    name: str
    dtype: DataTypeClass
    doc: str
    unit: str = ""
    nullable: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """Base of every raw kind: ``frame`` holds at least ``columns``; others may be added.

    Parameters
    ----------
    frame
        The rows. ``row_id`` is unique and does not depend on the order of rows.
    origins
        The files the rows were read from.
    notes
        What the reader repaired or found worth telling.
    unread
        Keys of the file that the reader did not use (``exportin read`` lists them).
    blobs
        What is too large for rows (events, images), as bytes under the ``row_id`` it belongs to;
        a study opens them one at a time.

    Raises
    ------
    ValueError
        If a promised column is missing, has another type, or ``row_id`` is not unique.
    """

    kind: ClassVar[str] = ""
    columns: ClassVar[tuple[Column, ...]] = ()

    frame: pl.DataFrame
    origins: tuple[Origin, ...] = ()
    notes: tuple[Problem, ...] = ()
    unread: tuple[str, ...] = field(default=())
    blobs: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_columns(self.frame, self.columns, type(self).__name__)
        ids = self.frame.get_column("row_id")
        if ids.n_unique() != len(ids):
            twice = ids.filter(ids.is_duplicated()).unique().sort().to_list()[:3]
            msg = f"{type(self).__name__}: row_id is not unique: {twice}"
            raise ValueError(msg)

    def with_frame(self, frame: pl.DataFrame) -> Self:
        """Return the same table with other rows or more columns."""
        return replace(self, frame=frame)

    @classmethod
    def holders(cls, row_ids: list[str], known: set[str]) -> dict[str, str]:
        """Return the row of the table that each id belongs to; unknown ids are left out.

        A kind whose rows have parts (events of a tube) lets an id name a part.
        """
        return {row_id: row_id for row_id in row_ids if row_id in known}

    def to_pandas(self) -> object:
        """Return the rows as a pandas data frame (pandas must be installed)."""
        return self.frame.to_pandas()

    def _repr_html_(self) -> str:
        return self.frame._repr_html_()


def check_columns(frame: pl.DataFrame, columns: tuple[Column, ...], owner: str) -> None:
    """Raise ``ValueError`` where ``frame`` breaks the promise of ``columns``."""
    schema = frame.schema
    for column in columns:
        if column.name not in schema:
            msg = f"{owner}: column '{column.name}' is missing; there are {frame.columns}"
            raise ValueError(msg)
        found = schema[column.name]
        if found != column.dtype:
            msg = f"{owner}: column '{column.name}' is {found}, expected {column.dtype}"
            raise ValueError(msg)
        if not column.nullable and frame.get_column(column.name).null_count():
            msg = f"{owner}: column '{column.name}' has empty cells"
            raise ValueError(msg)
