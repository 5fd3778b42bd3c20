"""Looks at a column table before anything is averaged: keys, empty groups, n, equal values."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from exportin.assays.measurement.estimate import replicates
from exportin.assays.measurement.settings import MeasurementSettings
from exportin.contract.assay import Context
from exportin.results.tables import Flags
from exportin.tables.kinds import Values
from exportin.tables.problems import Problem, Severity, nearest

SHOWN = 5  # groups listed in one message


def check(rows: Values, settings: MeasurementSettings, context: Context) -> tuple[Problem, ...]:
    """Return every problem of keys, groups and values; notes do not stop the run."""
    frame = rows.frame
    missing = [key for key in context.keys if key not in frame.columns]
    if missing:
        known = [c for c in frame.columns if c not in {"row_id", "file", "value", "cause"}]
        return tuple(
            _problem(frame, f"no table has the column '{key}'.", nearest(key, known), "no-key")
            for key in missing
        )
    out = [*_empty_keys(frame, context)]
    if not frame.get_column("value").is_not_null().any():
        message = "there is no number in the column of values."
        remedy = f'Name the right one: [block.{context.block}.columns] value = "...".'
        out.append(_problem(frame, message, remedy, "no-values"))
    if out:
        return tuple(out)
    return (
        *_small_groups(frame, context),
        *_equal_values(frame, context),
        *_replicates(frame, context),
        *_not_positive(frame, settings),
    )


def flag(rows: Values, settings: MeasurementSettings, context: Context) -> Flags:
    """Mark rows without a value."""
    del settings, context
    missing = rows.frame.filter(pl.col("value").is_null())
    return Flags.from_rows(
        [
            {
                "row_id": row["row_id"],
                "rule": "no value",
                "severity": "note",
                "message": f"The file says '{row['cause']}'."
                if row["cause"]
                else "The cell is empty.",
                "by": "measurement",
            }
            for row in missing.iter_rows(named=True)
        ]
    )


def _empty_keys(frame: pl.DataFrame, context: Context) -> Iterator[Problem]:
    for key in (*context.keys, "unit_id"):
        text = pl.col(key).cast(pl.String)
        bare = frame.filter(text.is_null() | (text.str.strip_chars() == ""))
        if bare.height:
            row = bare.row(0, named=True)
            message = f"row {row['row_id']} has no {key} (and {bare.height - 1} more)."
            remedy = f"Fill '{key}' in the table or in design.csv."
            yield _problem(bare, message, remedy, "empty-key")


def _small_groups(frame: pl.DataFrame, context: Context) -> Iterator[Problem]:
    """Note groups without any value and groups of one unit."""
    valued = pl.col("unit_id").filter(pl.col("value").is_not_null())
    counts = frame.group_by(list(context.keys)).agg(valued.n_unique().alias("n"))
    counts = counts.sort(list(context.keys))
    unit = context.experimental_unit
    for n, code, said in (
        (0, "empty-group", "no value in"),
        (1, "one-unit", f"only one {unit}, so no interval and no test, in"),
    ):
        found = counts.filter(pl.col("n") == n).drop("n")
        if found.height:
            yield _note(frame, f"{said} {_listed(found)}.", code)


def _equal_values(frame: pl.DataFrame, context: Context) -> Iterator[Problem]:
    valued = frame.filter(pl.col("value").is_not_null())
    spread = valued.group_by(list(context.keys)).agg(
        pl.col("value").n_unique().alias("values"), pl.col("unit_id").n_unique().alias("units")
    )
    same = spread.filter((pl.col("values") == 1) & (pl.col("units") > 1)).sort(list(context.keys))
    if same.height:
        found = same.drop("values", "units")
        message = f"all values are equal in {_listed(found)}; they have no spread to test against."
        yield _note(frame, message, "equal-values")


def _replicates(frame: pl.DataFrame, context: Context) -> Iterator[Problem]:
    """Say how many rows become how many units, and over which columns they are averaged."""
    counts = list(replicates(frame, context.keys))
    if max(counts, default=1) < 2:
        return
    unit = context.experimental_unit
    size = f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else str(counts[0])
    message = (
        f"{size} rows per {unit} and group are averaged: n counts {unit}s ({len(counts)} numbers "
        f"in all), not the {sum(counts)} rows."
    )
    over = _averaged_over(frame, context)
    message += f" Averaged over: {', '.join(over)}." if over else ""
    remedy = "If a column named here is a group of interest, add it to keys." if over else ""
    yield _note(frame, message, "replicates", remedy)


def _averaged_over(frame: pl.DataFrame, context: Context) -> list[str]:
    keys = [*context.keys, "unit_id"]
    fixed = {*keys, "row_id", "file", "value", "cause", "sample_id"}
    other = [name for name in frame.columns if name not in fixed]
    if not other:
        return []
    varied = frame.group_by(keys).agg(pl.col(name).n_unique() for name in other)
    return [name for name in other if varied.filter(pl.col(name) > 1).height]


def _not_positive(frame: pl.DataFrame, settings: MeasurementSettings) -> Iterator[Problem]:
    bad = frame.filter(pl.col("value") <= 0)
    if settings.scale == "log" and bad.height:
        row = bad.row(0, named=True)
        message = (
            f"{row['value']:g} in row {row['row_id']} has no logarithm (and {bad.height - 1} "
            "more); its unit has no value."
        )
        remedy = 'Exclude it with a reason, or write scale = "linear".'
        yield _note(bad, message, "not-positive", remedy)


def _listed(frame: pl.DataFrame) -> str:
    names = [" ".join(str(v) for v in row) for row in frame.iter_rows()]
    shown = ", ".join(f"'{name}'" for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _note(frame: pl.DataFrame, message: str, code: str, remedy: str = "") -> Problem:
    return _problem(frame, message, remedy, code, severity="note")


def _problem(
    frame: pl.DataFrame, message: str, remedy: str, code: str, *, severity: Severity = "error"
) -> Problem:
    file: Any = frame.item(0, "file") if frame.height else ""
    return Problem(
        file=str(file), place="", message=message, remedy=remedy, code=code, severity=severity
    )
