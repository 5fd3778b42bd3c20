"""What counts as one in a comparison: the experiment, or the line with its pooled number."""

import re
from typing import Any

import polars as pl

from exportin.inference.question import Contrast
from exportin.tables.problems import InputError, Problem

_SAID = re.compile(r", unit (\S+)[);]")


def unit_rows(frame: pl.DataFrame, unit: str | None) -> pl.DataFrame:
    """Rows that are compared, one per unit.

    Without ``unit`` the numbers of single experiments (animals, patients); with a design key such
    as "model" the pooled numbers, each line being one unit however many experiments it has.

    Parameters
    ----------
    frame : polars.DataFrame
        Estimates.
    unit : str or None

    Examples
    --------
    >>> frame = pl.DataFrame({"unit_id": ["E1", None], "model": ["LP6", "LP6"],
    ...                       "experimental_unit": ["experiment"] * 2})
    >>> unit_rows(frame, "model").row(0)
    ('LP6', 'LP6', 'model')
    """
    if unit is None:
        return frame.filter(pl.col("unit_id").is_not_null())
    pooled = frame.filter(pl.col("unit_id").is_null() & pl.col(unit).is_not_null())
    return pooled.with_columns(
        pl.col(unit).cast(pl.String).alias("unit_id"), pl.lit(unit).alias("experimental_unit")
    )


def unit_said(family: str) -> str | None:
    """Read back the key that was one unit from the words of a family.

    Examples
    --------
    >>> unit_said("Holm over 2 tests (ec50 by subtype, unit model)"), unit_said("one test (x by y)")
    ('model', None)
    """
    found = _SAID.search(family)
    return found[1] if found else None


def check_constant(ask: Contrast, frame: pl.DataFrame) -> None:
    """Refuse groups between which one line stands: a line has one subtype.

    Raises
    ------
    InputError
        With the line and its groups.

    Examples
    --------
    >>> ask = Contrast(quantity="ec50", between="subtype", unit="model")
    >>> frame = pl.DataFrame({"unit_id": ["LP6", "LP6"], "subtype": ["DDLPS", "WDLPS"]})
    >>> check_constant(ask, frame)
    Traceback (most recent call last):
    ...
    exportin.tables.problems.InputError: study.toml: compare: model 'LP6' stands in more than ...
    """
    if ask.unit is None:
        return
    for key in [ask.between, *([ask.modifier] if ask.modifier else [])]:
        row = _first_in_two(frame, key)
        if row is not None:
            groups = ", ".join(f"'{group}'" for group in row["groups"])
            message = f"{ask.unit} '{row['unit_id']}' stands in more than one {key}: {groups}."
            remedy = (
                f"Give each {ask.unit} one {key} in the design, or leave unit out, so that "
                "experiments are compared."
            )
            raise InputError(_problem(ask, message, remedy))


def _first_in_two(frame: pl.DataFrame, key: str) -> dict[str, Any] | None:
    groups = pl.col(key).cast(pl.String).drop_nulls().unique().sort().alias("groups")
    found = frame.group_by("unit_id").agg(groups).filter(pl.col("groups").list.len() > 1)
    return found.sort("unit_id").row(0, named=True) if found.height else None


def _problem(ask: Contrast, message: str, remedy: str) -> Problem:
    return Problem(
        file="study.toml", place=ask.place, message=message, remedy=remedy, code="unit-in-groups"
    )
