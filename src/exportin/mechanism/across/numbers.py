"""One number per model out of the result tables; what is missing or double is said, not guessed."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from exportin.contract.link import LinkSource
from exportin.inference.strata import label, label_like
from exportin.inference.synthesis import quantile
from exportin.inference.unit_values import to_natural, to_scale
from exportin.mechanism.across.settings import Result
from exportin.results.formatting import is_ratio
from exportin.results.tables import Estimates, Tests
from exportin.tables.problems import InputError, Problem, nearest

PUBLISHED = "as published"
SIMULTANEOUS = ("Dunnett", "Tukey")
UNNAMED = ("id", "family", "verdict", "method", "status", "statistic", "p_value", "p_adjusted")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the study file a result is asked for."""

    link: str
    path: str = ""  # of the table inside the link: x, y or empty

    def fault(self, key: str, message: str, remedy: str, code: str) -> Problem:
        """Return a problem at one key."""
        place = ".".join(part for part in ("link", self.link, self.path, key) if part)
        return Problem(file="study.toml", place=place, message=message, remedy=remedy, code=code)


def source_faults(asked: Result, sources: Sequence[LinkSource], place: Place) -> Iterator[Problem]:
    """Say what of a result cannot be, as far as blocks and quantities tell."""
    named = [source.block for source in sources]
    if asked.block and asked.block not in named:
        message = f"the link does not read the block '{asked.block}'."
        remedy = f"Add it to from = [...], or write one of: {', '.join(named)}."
        yield place.fault("block", message, remedy, "unknown-block")
        return
    read = [source for source in sources if asked.block in ("", source.block)]
    known = {name for source in read for name in source.quantities}
    if asked.quantity not in known:
        where = " and ".join(f"'{source.block}'" for source in read)
        message = f"the quantity '{asked.quantity}' is not given by {where}."
        yield place.fault("quantity", message, nearest(asked.quantity, known), "unknown-quantity")
    elif asked.versus and not any(asked.quantity in source.compared for source in read):
        message = f"effects against '{asked.versus}' are asked for, but nothing compares "
        message += f"'{asked.quantity}'."
        remedy = f"Add [[block.{read[0].block}.compare]] with this quantity, or leave versus out."
        yield place.fault("versus", message, remedy, "not-compared")
    if asked.versus and not asked.between:
        message = f'versus = "{asked.versus}" needs the key whose groups were compared.'
        yield place.fault("versus", message, 'Write between = "arm" or so.', "no-between")


def result_rows(
    estimates: Estimates, tests: Tests, asked: Result, unit: str, place: Place
) -> list[dict[str, Any]]:
    """Rows of the result that is asked for, each with its unit under ``_unit``.

    Comparisons become rows as those of Estimates, the compared group under the key ``between``.

    Raises
    ------
    InputError
        Where a key is unknown or nothing is left.
    """
    frame = _effects(tests, asked, place) if asked.versus else _pooled(estimates, asked, place)
    if unit not in frame.columns or frame.get_column(unit).null_count() == frame.height:
        known = _keys(frame)
        message = f"the numbers of '{asked.quantity}' have no key '{unit}'."
        remedy = f'Write unit = "..." with one of: {", ".join(known)}.' if known else (
            f'Add keys = ["{unit}"] to the block.')  # fmt: skip
        raise InputError(Place(link=place.link).fault("unit", message, remedy, "unknown-key"))
    frame = frame.filter(pl.col(unit).is_not_null())
    for key, value in asked.keys.items():
        frame = _with_value(frame, key, label(value), place)
    if asked.between and asked.between not in frame.columns:
        message = f"the numbers of '{asked.quantity}' have no key '{asked.between}'."
        raise InputError(
            place.fault("between", message, nearest(asked.between, _keys(frame)), "unknown-key")
        )
    return [{**row, "_unit": label(row[unit])} for row in frame.iter_rows(named=True)]


def _pooled(estimates: Estimates, asked: Result, place: Place) -> pl.DataFrame:
    frame = estimates.frame.filter(pl.col("quantity") == asked.quantity)
    if asked.block:
        frame = frame.filter(pl.col("block") == asked.block)
    pooled = frame.filter(pl.col("unit_id").is_null())
    if pooled.is_empty():
        message = f"there is no number of '{asked.quantity}' over experiments or animals."
        if frame.height:
            message = f"'{asked.quantity}' has numbers of single units only, none over them."
        remedy = "Choose another quantity, or see 'exportin show' for what the blocks give."
        raise InputError(place.fault("quantity", message, remedy, "no-number"))
    return _without_empty(pooled, Estimates)


def _effects(tests: Tests, asked: Result, place: Place) -> pl.DataFrame:
    frame = tests.frame.filter(pl.col("quantity") == asked.quantity)
    if asked.block:
        frame = frame.filter(pl.col("block") == asked.block)
    known = sorted(frame.get_column("group_b").drop_nulls().unique().to_list())
    wanted = label_like(asked.versus, known)
    found = frame.filter(pl.col("group_b") == wanted)
    if asked.test:
        found = found.filter(pl.col("test") == asked.test)
    else:  # those of papers stand beside ours to be compared, not to be combined
        found = found.filter(~pl.col("test").str.starts_with(PUBLISHED))
    if found.is_empty():
        message = f"no comparison of '{asked.quantity}' has the reference '{asked.versus}'"
        message += f" and the test '{asked.test}'." if asked.test else "."
        remedy = nearest(asked.versus, known) if known else "Add a compare table to the block."
        if asked.test and wanted in known:
            remedy = nearest(asked.test, frame.get_column("test").unique().to_list())
        raise InputError(place.fault("versus", message, remedy, "not-compared"))
    rows = [_as_estimate(row, asked) for row in found.iter_rows(named=True)]
    return _without_empty(pl.DataFrame(rows, infer_schema_length=None), Estimates)


def _as_estimate(row: dict[str, Any], asked: Result) -> dict[str, Any]:
    """Turn a comparison into a row of Estimates; simultaneous limits into those of one."""
    n = [count for count in (row["n_a"], row["n_b"]) if count is not None]
    keys = {k: v for k, v in row.items() if k not in Tests.schema()}
    found = {
        **keys,
        asked.between: row["group_a"],
        "block": row["block"], "assay": row["assay"], "quantity": row["quantity"],
        "unit_id": None, "units": row["units"], "value": row["effect"], "std_error": None,
        "scale": "ln" if is_ratio(row["effect_kind"]) else "linear",
        "bound": row["bound"], "conf_low": row["conf_low"], "conf_high": row["conf_high"],
        "conf_open": row["conf_open"], "conf_level": row["conf_level"], "df": row["df"],
        "interval_level": row["interval_level"], "n_units": sum(n) if n else None,
        "method": row["method"], "status": row["status"], "experimental_unit": "",
        "_test": row["test"], "_kind": row["effect_kind"],
    }  # fmt: skip
    return found | _own_limits(row, str(found["scale"]))


def _own_limits(row: Row, scale: str) -> dict[str, Any]:
    """Give standard error and limits of one comparison where those printed are simultaneous.

    The statistic of a Dunnett or Tukey row is the plain t: effect over standard error.
    """
    if not row["family"].startswith(SIMULTANEOUS) or not row["statistic"] or row["effect"] is None:
        return {}
    effect = to_scale(row["effect"], scale)
    if effect is None or row["conf_level"] is None:
        return {}
    error = abs(effect / row["statistic"])
    reach = error * quantile(row["conf_level"], math.inf if row["df"] is None else row["df"])
    low, high = (to_natural(effect + sign * reach, scale) for sign in (-1.0, 1.0))
    return {"std_error": error, "conf_low": low, "conf_high": high, "conf_open": "none"}


def _with_value(frame: pl.DataFrame, key: str, value: str, place: Place) -> pl.DataFrame:
    if key not in frame.columns:
        message = f"these numbers have no key '{key}'."
        raise InputError(place.fault("keys", message, nearest(key, _keys(frame)), "unknown-key"))
    names = [None if v is None else label(v) for v in frame.get_column(key)]
    known = sorted({name for name in names if name is not None})
    wanted = label_like(value, known)
    if wanted not in known:
        message = f"no number has {key} = '{value}'."
        raise InputError(place.fault("keys", message, nearest(value, known), "unknown-value"))
    return frame.filter(pl.Series([name == wanted for name in names], dtype=pl.Boolean))


def strata_of(
    rows: Sequence[dict[str, Any]], keys: Sequence[str], place: Place
) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Sort rows by the values of keys; within one, a unit has one row.

    Raises
    ------
    InputError
        Where a unit has several, with the key by which they differ.
    """
    kept = [row for row in rows if all(row[key] is not None for key in keys)]

    def name(row: Row) -> tuple[str, ...]:
        return tuple(label(row[key]) for key in keys)

    kept.sort(key=lambda row: (name(row), row["_unit"]))
    found = {value: list(members) for value, members in groupby(kept, key=name)}
    for members in found.values():
        _one_each(members, place)
    return found


def _one_each(rows: Sequence[dict[str, Any]], place: Place) -> None:
    for unit, members in groupby(rows, key=lambda row: str(row["_unit"])):
        same = list(members)
        if len(same) == 1:
            continue
        free = [k for k in same[0] if k == "block" or k not in Estimates.schema()]
        differ = [k for k in free if len({row.get(k) for row in same}) > 1 and k != "_unit"]
        message, remedy = f"'{unit}' has {len(same)} numbers.", "Choose one by keys = { ... }."
        if differ:
            key = differ[0]
            values = sorted({label(row[key]) for row in same})
            said = key.removeprefix("_")
            message = f"'{unit}' has {len(same)} numbers; they differ by {said}: "
            message += f"{', '.join(values[:6])}."
            one = values[0] if isinstance(same[0][key], float) else f'"{values[0]}"'
            remedy = f"Choose one, e.g. keys = {{ {said} = {one} }}."
            if key in ("_test", "block"):
                remedy = f"Choose one, e.g. {said} = {one}."
        raise InputError(place.fault("quantity", message, remedy, "several-numbers"))


def constant_keys(rows: Sequence[dict[str, Any]], but: Sequence[str]) -> dict[str, Any]:
    """Keys that have one value over all rows, to be carried on."""
    names = [k for k in rows[0] if k not in Estimates.schema() and not k.startswith("_")]
    return {
        k: rows[0][k] for k in names
        if k not in but and rows[0][k] is not None and len({row[k] for row in rows}) == 1
    }  # fmt: skip


def _keys(frame: pl.DataFrame) -> list[str]:
    fixed = Estimates.schema()
    return [k for k in frame.columns if k not in fixed and not k.startswith("_")]


def _without_empty(frame: pl.DataFrame, kind: type[Estimates]) -> pl.DataFrame:
    """Drop keys that these rows do not have: they belong to other blocks or quantities."""
    fixed = kind.schema()
    empty = [k for k in frame.columns
             if k not in fixed and frame.get_column(k).null_count() == frame.height]  # fmt: skip
    return frame.drop(empty)
