"""Rows of units sorted into strata and groups, with one name per group."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import polars as pl

from exportin.inference.cells import Group, Stratum, make_cell
from exportin.inference.contrast_checks import fault
from exportin.inference.question import Contrast
from exportin.results.tables import Estimates
from exportin.tables.problems import InputError


def label(value: object) -> str:
    """Write the name of a group; numbers without needless zeros.

    Examples
    --------
    >>> label(10.0), label("10 nM")
    ('10', '10 nM')
    """
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def labels(frame: pl.DataFrame, key: str) -> list[str]:
    """Names of the groups of a key, sorted; as numbers where all are numbers.

    Examples
    --------
    >>> labels(pl.DataFrame({"dose": ["10", "2", None]}), "dose")
    ['2', '10']
    """
    values = frame.get_column(key).drop_nulls().unique().to_list()
    names = sorted({label(value) for value in values})
    numbers = [as_number(name) for name in names]
    if all(number is not None for number in numbers):
        return sorted(names, key=float)
    return names


def label_like(name: str, known: Sequence[str]) -> str:
    """Let the user write 10.0 where the group is called 10.

    Examples
    --------
    >>> label_like("10.0", ["10", "20"])
    '10'
    """
    number = as_number(name)
    same = [k for k in known if number is not None and as_number(k) == number]
    return name if name in known or not same else same[0]


def as_number(text: str) -> float | None:
    """Read a group's name as a number; None where it is none.

    Examples
    --------
    >>> as_number("1e3"), as_number("DMSO")
    (1000.0, None)
    """
    try:
        return float(text)
    except ValueError:
        return None


def make_strata(
    frame: pl.DataFrame, ask: Contrast, groups: Sequence[str], scale: str
) -> Iterator[Stratum]:
    """Sort units into strata (block, assay and the keys of within) and groups.

    Examples
    --------
    >>> what = {"block": "b", "assay": "a", "quantity": "q", "method": "m", "unit_id": "E1",
    ...         "experimental_unit": "mouse", "value": 1.0, "arm": "x"}
    >>> ask = Contrast(quantity="q", between="arm")
    >>> [s.cells[("x",)].n for s in make_strata(Estimates.build([what]).frame, ask, ["x"], "ln")]
    [1]
    """
    names = ["block", "assay", *ask.within]
    keys = [ask.between, *([ask.modifier] if ask.modifier else [])]
    frame = frame.drop_nulls(keys).sort([*names, *keys, "unit_id"], nulls_last=True)
    for what, rows in groupby(frame.iter_rows(named=True), lambda r: tuple(r[n] for n in names)):
        cells: dict[Group, list[dict[str, Any]]] = {}
        for row in rows:
            group = tuple(label(row[key]) for key in keys)
            if group[0] in groups:
                cells.setdefault(group, []).append(row)
        for group, members in cells.items():
            _one_row_per_unit(ask, group, members, frame)
        made = {group: make_cell(members, scale) for group, members in cells.items()}
        if made:
            yield Stratum(dict(zip(names, what, strict=True)), made)


def _one_row_per_unit(
    ask: Contrast, group: Group, rows: Sequence[dict[str, Any]], frame: pl.DataFrame
) -> None:
    """Refuse a group in which a unit has several values: n must count units."""
    units = [row["unit_id"] for row in rows]
    if len(set(units)) == len(units):
        return
    fixed = Estimates.schema()
    free = [n for n in frame.columns if n not in fixed and len({row[n] for row in rows}) > 1]
    unit = rows[0]["experimental_unit"]
    message = f"{unit}s have several values each in {', '.join(group)}: they differ by "
    named = ", ".join(f'"{name}"' for name in [*ask.within, *free])
    message += " and ".join(f"'{name}'" for name in free) + "."
    raise InputError(fault(ask, message, f"Write within = [{named}]."))
