"""One checked polars frame per result kind: fixed columns, closed vocabularies, no NaN."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl
from polars.datatypes import DataTypeClass

from exportin.tables.columns import picked
from exportin.tables.table import Column

KEY_TYPES = (pl.String, pl.Float64, pl.Int64, pl.Boolean)
FEW = 2000
Types = Mapping[str, pl.DataType]


def result_id(prefix: str, parts: Mapping[str, object]) -> str:
    """Digest what a number is of (block, assay, quantity, keys) into its id.

    >>> result_id("e", {"block": "v", "quantity": "ec50"}) == result_id(
    ...     "e", {"quantity": "ec50", "block": "v", "arm": None})
    True
    """
    kept = sorted((key, str(value)) for key, value in parts.items() if value is not None)
    text = "\x1e".join(f"{key}\x1f{value}" for key, value in kept)
    return f"{prefix}_{blake2b(text.encode(), digest_size=6).hexdigest()}"


@dataclass(frozen=True)
class ResultTable:
    """A frame with the fixed columns of its kind first and open design keys after them."""

    kind: ClassVar[str] = ""
    columns: ClassVar[tuple[Column, ...]] = ()
    vocabularies: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    open_keys: ClassVar[bool] = True

    frame: pl.DataFrame

    def __post_init__(self) -> None:
        fixed = {column.name: column for column in self.columns}
        schema = self.frame.schema  # asked for once: each time takes a walk over all columns
        for name, column in fixed.items():
            if name not in schema:
                raise ValueError(f"{self.kind}: column '{name}' is missing")
            if schema[name] != column.dtype:
                raise ValueError(
                    f"{self.kind}: column '{name}' is {schema[name]}, expected {column.dtype}"
                )
            if not column.nullable and self.frame.get_column(name).null_count():
                raise ValueError(f"{self.kind}: column '{name}' has empty cells")
        self._check_keys(fixed, schema)
        if self.frame.height:
            self._check_finite(schema)
            self._check_words()
            self._check_ids()

    def _check_keys(self, fixed: Mapping[str, Column], schema: Types) -> None:
        extra = [name for name in schema if name not in fixed]
        if extra and not self.open_keys:
            raise ValueError(f"{self.kind}: unknown columns {extra}")
        for name in extra:
            if schema[name] not in KEY_TYPES:
                raise ValueError(f"{self.kind}: key '{name}' is {schema[name]}")

    def _check_finite(self, schema: Types) -> None:
        for name, dtype in schema.items():
            if dtype == pl.Float64 and not _all_finite(self.frame.get_column(name)):
                raise ValueError(f"{self.kind}: '{name}' holds NaN or infinity; use null")

    def _check_words(self) -> None:
        for name, words in self.vocabularies.items():
            said = self.frame.get_column(name)
            unknown = set((said if len(said) < FEW else said.unique()).to_list()) - {*words, None}
            if unknown:
                raise ValueError(f"{self.kind}: '{name}' holds {sorted(unknown)}, not {words}")

    def _check_ids(self) -> None:
        if "id" in self.frame.columns and self.kind in ("estimates", "tests"):
            ids = self.frame.get_column("id")
            if ids.n_unique() != len(ids):
                twice = self.frame.filter(ids.is_duplicated())
                raise ValueError(f"{self.kind}: two rows are the same number: {twice}")

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Rows as mappings, made once for all who read them; nobody may change one."""
        return self.frame.to_dicts()

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the open design keys."""
        fixed = {column.name for column in self.columns}
        return tuple(name for name in self.frame.columns if name not in fixed)

    @classmethod
    def schema(cls) -> dict[str, DataTypeClass]:
        """Return the fixed columns and their types."""
        return {column.name: column.dtype for column in cls.columns}

    @classmethod
    @cache
    def empty(cls) -> Self:
        """Return a table without rows."""
        return cls(pl.DataFrame(schema=cls.schema()))

    @classmethod
    def from_rows(cls, rows: Sequence[Mapping[str, Any]]) -> Self:
        """Build the table from one mapping per row; a missing column is null."""
        if not rows:
            return cls.empty()
        fixed = cls.schema()
        extra = list(dict.fromkeys(name for row in rows for name in row if name not in fixed))
        data = {
            name: pl.Series(name, [row.get(name) for row in rows], dtype=dtype, strict=True)
            for name, dtype in fixed.items()
        }
        for name in extra:
            column = pl.Series(name, [row.get(name) for row in rows])
            data[name] = column.cast(pl.String) if column.dtype == pl.Null else column
        return cls(pl.DataFrame(data))

    @classmethod
    def concat(cls, tables: Sequence[Self]) -> Self:
        """Stack tables; keys that one of them lacks are empty there."""
        full = [table for table in tables if table.frame.height]
        if not full:
            return cls.empty()
        fixed = list(cls.schema())
        if len(full) == 1 and full[0].frame.columns[: len(fixed)] == fixed:
            return full[0]
        stacked = pl.concat([table.frame for table in full], how="diagonal_relaxed")
        return cls(picked(stacked, [*fixed, *(n for n in stacked.columns if n not in fixed)]))

    def to_pandas(self) -> object:
        """Return the rows as a pandas data frame (pandas must be installed)."""
        return self.frame.to_pandas()

    def _repr_html_(self) -> str:
        return self.frame._repr_html_()


def _all_finite(column: pl.Series) -> bool:
    """Whether no number is NaN or infinite; a window asks this of many small tables at a click."""
    values = column.to_numpy()
    if np.isinf(values).any():
        return False
    return int(np.isnan(values).sum()) == column.null_count()  # empty cells are NaN here
