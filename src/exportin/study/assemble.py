"""Joins raw rows to the design and the layout, once for all assays; no row is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exportin.contract.assay import Assay
from exportin.plates.layout import Layout
from exportin.study.asked import check_asked
from exportin.study.contradictions import (
    beyond_plate,
    check_groups,
    drugs_mixed,
    plates_twice,
    twin_files,
    wrong_plates,
)
from exportin.study.designs import PLACE, Designs, design_row
from exportin.study.frames import merged_blobs
from exportin.study.model import Block
from exportin.study.reads import choose_reads, several_reads
from exportin.study.selection import select_rows
from exportin.tables.names import look_alikes, skeleton
from exportin.tables.numbers import NumberFormat
from exportin.tables.problems import Problem
from exportin.tables.table import Column, Table

PLAIN = NumberFormat(".", groups=False)
NUMBER = "Write a number with a decimal point, and nothing else."
SHOWN = 5  # names listed in one message before "and N more"


@dataclass(frozen=True, slots=True)
class Assembled:
    """Joined rows (None where errors forbid them), problems, and what became of each row."""

    table: Table | None
    problems: tuple[Problem, ...]
    account: Mapping[str, int]
    missing: tuple[str, ...] = ()  # wells the layout promises and no file holds
    unused: tuple[str, ...] = ()  # samples of the design of which no row was read


def assemble(
    assay: Assay[Any, Any],
    name: str,
    block: Block,
    *,
    tables: Sequence[Table],
    design: Designs | None,
    layout: Layout | None,
) -> Assembled:
    """Join what the readers gave to what the study says of each sample and well."""
    problems: list[Problem] = []
    frame = _stack(tables, problems)
    raw_rows = frame.height
    missing: tuple[str, ...] = ()
    if layout is not None:
        frame, missing = _join_layout(frame, layout, problems)
    dropped = raw_rows - frame.height
    if design is not None:
        frame = _join_design(frame, design, assay, problems)
    unused = () if design is None else _unused(frame, design)
    _check_constants(frame, name, block, problems)
    frame = _fill(frame, {**assay.defaults, **block.constants})
    frame = _without_empty_texts(frame, assay.part)
    frame = _with_units(frame, assay.sample_is_unit)
    joined_rows = frame.height
    frame = choose_reads(frame, block.reads, name, problems)
    frame = select_rows(frame, name, block, assay.samples, problems)
    problems.extend(several_reads(frame, assay.inputs, name))
    unit = block.experimental_unit or assay.experimental_unit
    if frame.is_empty():
        message = f"no row is left for this block; {raw_rows} were read."
        remedy = "Look whether every well of the layout is 'empty', or 'only' fits no row."
        problems.append(_problem("study.toml", f"[block.{name}]", message, remedy, "no-rows"))
    where = design.file if design else "a table design.csv (there is none)"
    where += " or the layout" if layout else ""
    frame = _require(frame, assay.inputs, name, unit, problems, where=where)
    problems.extend(check_asked(frame.columns, name, block))
    problems.extend(check_groups(frame, name, block, assay.samples))
    problems.extend(drugs_mixed(frame, name, block, [c.name for c in assay.inputs]))
    problems.extend(_similar_names(frame, (*assay.keys, *block.keys), name, block))
    if any(problem.severity == "error" for problem in problems):
        return Assembled(None, tuple(problems), {"read": raw_rows})
    first = tables[0]
    merged = type(first)(
        frame=frame.sort("row_id"),
        blobs=merged_blobs(tables),
        origins=tuple(origin for table in tables for origin in table.origins),
        notes=tuple(note for table in tables for note in table.notes),
        unread=tuple(dict.fromkeys(key for table in tables for key in table.unread)),
    )
    account = {
        "read": raw_rows,
        "empty by layout": dropped,
        "not selected": joined_rows - frame.height,
        "used": frame.height,
    }
    return Assembled(merged, tuple(problems), account, missing, unused)


def _stack(tables: Sequence[Table], problems: list[Problem]) -> pl.DataFrame:
    frame = pl.concat([table.frame for table in tables], how="diagonal_relaxed")
    problems.extend(twin_files(tables))
    twice = frame.filter(pl.col("row_id").is_duplicated()).get_column("row_id").unique().sort()
    if len(twice):
        message = f"the same row was read twice: {_some(twice.to_list())}."
        problems.append(_problem("study.toml", "files", message, "Name each file once.", "twin"))
    return frame


def _join_layout(
    frame: pl.DataFrame, layout: Layout, problems: list[Problem]
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Attach role, treatment and dose; rows of role 'empty' go out and are counted."""
    samples = frame.select("file", "sample_id").unique(maintain_order=True)
    plan = _plan_of_plates(samples, layout, problems)
    joined = frame.join(plan, on=["file", "sample_id", "well"], how="left", suffix="__layout")
    joined = _agree(joined, "__layout", layout.file, problems)
    lost = joined.filter(pl.col("role").is_null())
    for (file, sample), rows in lost.group_by(["file", "sample_id"], maintain_order=True):
        wells = rows.get_column("well").to_list()
        message = f"wells {_some(wells)} of plate '{sample}' ({file}) have no row in the layout."
        remedy = "Add them; a well that holds nothing gets the role 'empty'."
        problems.append(_problem(layout.file, "", message, remedy, "well-without-layout"))
    wanted = plan.filter(pl.col("role") != "empty")
    absent = wanted.join(frame, on=["file", "sample_id", "well"], how="anti")
    missing = tuple(
        f"{file}:{well}" for file, _, well in absent.select("file", "sample_id", "well").iter_rows()
    )
    problems.extend(beyond_plate(absent, frame, layout))
    kept = joined.filter(pl.col("role").is_null() | (pl.col("role") != "empty"))
    return kept, missing


def _plan_of_plates(samples: pl.DataFrame, layout: Layout, problems: list[Problem]) -> pl.DataFrame:
    """One layout row per well and plate; a layout may hold for all plates or name its own."""
    plan = layout.frame.drop(PLACE, strict=False)
    if "sample_id" not in plan.columns:
        return samples.join(plan, how="cross")
    unknown = set(plan.get_column("sample_id").drop_nulls()) - set(samples.get_column("sample_id"))
    if unknown:
        message = f"the layout names plates that no file holds: {_some(sorted(unknown))}."
        known = _some(sorted(samples.get_column("sample_id").unique()))
        remedy = f"Use the names of the plates that were read: {known}."
        problems.append(_problem(layout.file, "", message, remedy, "unknown-plate"))
    own = samples.join(plan.filter(pl.col("sample_id").is_not_null()), on="sample_id")
    shared = plan.filter(pl.col("sample_id").is_null()).drop("sample_id")
    rest = samples.join(
        own.select("file", "sample_id").unique(), on=["file", "sample_id"], how="anti"
    )
    parts = [own, rest.join(shared, how="cross")] if shared.height else [own]
    return pl.concat(parts, how="diagonal_relaxed")


def _join_design(
    frame: pl.DataFrame, design: Designs, assay: Assay[Any, Any], problems: list[Problem]
) -> pl.DataFrame:
    samples = frame.select("file", "sample_id").unique(maintain_order=True)
    single = samples.group_by("file").len().filter(pl.col("len") == 1)
    alone = set(single.get_column("file"))
    rows = design.frame.to_dicts()
    found = []
    for file, sample in samples.iter_rows():
        row = design_row(rows, file, sample, alone=file in alone)
        if row is None:
            problems.extend(_no_design(design, assay, frame, file, sample))
        else:
            found.append({**row, "file": file, "__raw_sample": sample})
    problems.extend(wrong_plates(found, design))
    if "well" in frame.columns and frame.get_column("well").null_count() == 0:
        problems.extend(plates_twice(found, design))
    names = [n for n in design.frame.columns if n != "file"]
    schema = {"file": pl.String, "__raw_sample": pl.String, **dict.fromkeys(names, pl.String)}
    plan = pl.DataFrame(found, schema=schema).rename({"sample_id": "__sample"}).drop(PLACE)
    joined = frame.join(
        plan,
        left_on=["file", "sample_id"],
        right_on=["file", "__raw_sample"],
        how="left",
        suffix="__design",
    )
    joined = joined.with_columns(pl.coalesce("__sample", "sample_id").alias("sample_id"))
    return _agree(joined.drop("__sample"), "__design", design.file, problems)


def _unused(frame: pl.DataFrame, design: Designs) -> tuple[str, ...]:
    used = set(frame.get_column("sample_id"))
    return tuple(name for name in design.frame.get_column("sample_id") if name not in used)


def _no_design(
    design: Designs, assay: Assay[Any, Any], frame: pl.DataFrame, file: str, sample: str
) -> list[Problem]:
    """Let a sample do without a design row only if its own table says all that is needed."""
    needed = [c.name for c in assay.inputs if not c.nullable and c.name not in assay.defaults]
    if all(name in frame.columns for name in needed):
        return []
    message = f"'{sample}' ({file}) has no row here."
    remedy = f"Add a row with sample_id = '{sample}', or with file = '{file}'."
    return [_problem(design.file, "", message, remedy, "no-design-row")]


def _agree(frame: pl.DataFrame, suffix: str, file: str, problems: list[Problem]) -> pl.DataFrame:
    """Merge columns that two tables hold; they must say the same."""
    for column in [name for name in frame.columns if name.endswith(suffix)]:
        name = column.removesuffix(suffix)
        if frame.schema[name] == pl.Float64 and frame.schema[column] == pl.String:
            numbers = _numbers(frame.get_column(column))
            if numbers.null_count() == frame.get_column(column).null_count():
                frame = frame.with_columns(numbers)  # "1" and 1.0 agree
        if frame.schema[name] != frame.schema[column]:
            frame = frame.with_columns(pl.col(name, column).cast(pl.String))
        clash = frame.filter(pl.col(name) != pl.col(column))
        if clash.height:
            row = clash.row(0, named=True)
            message = (
                f"'{name}' is '{row[column]}' here but '{row[name]}' elsewhere"
                f" (row {row['row_id']}{_more(clash.height)})."
            )
            remedy = f"Make both tables say the same, or keep '{name}' in one of them."
            problems.append(_problem(file, f"column {name}", message, remedy, "contradiction"))
        frame = frame.with_columns(pl.coalesce(name, column).alias(name)).drop(column)
    return frame


def _check_constants(frame: pl.DataFrame, block: str, said: Block, problems: list[Problem]) -> None:
    """Refuse a constant of the study file that contradicts a table."""
    for name, value in said.constants.items():
        if name not in frame.columns:
            continue
        other = frame.filter(pl.col(name).cast(pl.String) != str(value)).get_column(name)
        if frame.schema[name] == pl.Float64 and isinstance(value, int | float):
            other = frame.filter(pl.col(name) != value).get_column(name)
        if len(other):
            message = f"the constant {name} is '{value}', but a table says '{other[0]}'."
            remedy = f"Take '{name}' out of the constants or out of the tables."
            place = f"[block.{block}] constants"
            problems.append(_problem("study.toml", place, message, remedy, "contradiction"))


def _fill(frame: pl.DataFrame, values: Mapping[str, str | float]) -> pl.DataFrame:
    """Add columns that are the same for all rows and stand nowhere else."""
    new = {name: value for name, value in values.items() if name not in frame.columns}
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in new.items())
    blank = [n for n in values if n not in new and frame.schema[n] == pl.String]
    return frame.with_columns(pl.col(n).fill_null(str(values[n])) for n in blank)


def _with_units(frame: pl.DataFrame, sample_is_unit: bool) -> pl.DataFrame:  # noqa: FBT001
    """Let a sample (an animal) be its own unit where no table names another."""
    if not sample_is_unit:
        return frame
    if "unit_id" not in frame.columns:
        return frame.with_columns(pl.col("sample_id").alias("unit_id"))
    named = pl.when(pl.col("unit_id").cast(pl.String).str.strip_chars() != "").then("unit_id")
    return frame.with_columns(pl.coalesce(named, "sample_id").alias("unit_id"))


def _without_empty_texts(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Turn empty cells into no cells: a blank that names no model goes along with every part."""
    texts = [name for name in names if frame.schema.get(name) == pl.String]
    empty = {name: pl.col(name).str.strip_chars() == "" for name in texts}
    return frame.with_columns(
        pl.when(~empty[name]).then(pl.col(name)).alias(name) for name in texts
    )


def _require(
    frame: pl.DataFrame,
    inputs: Sequence[Column],
    block: str,
    unit: str,
    problems: list[Problem],
    *,
    where: str,
) -> pl.DataFrame:
    for column in inputs:
        if column.name not in frame.columns:
            if column.nullable:
                frame = frame.with_columns(pl.lit(None, dtype=column.dtype).alias(column.name))
                continue
            message = f"no table says '{column.name}': {column.doc.replace('{unit}', unit)}."
            like = [n for n in frame.columns if skeleton(n) == skeleton(column.name)]
            remedy = (
                f"Add the column '{column.name}' to {where}, or name the file's"
                f' own column: [block.{block}.columns] {column.name} = "..."; or say it once for'
                f' all rows: [block.{block}.constants] {column.name} = "..."'
            )
            remedy = f"Call the column '{like[0]}' '{column.name}'." if like else remedy
            problems.append(
                _problem("study.toml", f"[block.{block}]", message, remedy, "missing-column")
            )
            continue
        frame = _typed(frame, column, problems)
    return frame


def _typed(frame: pl.DataFrame, column: Column, problems: list[Problem]) -> pl.DataFrame:
    if frame.schema[column.name] == column.dtype:
        return frame
    found = frame.get_column(column.name)
    from_text = found.dtype == pl.String and column.dtype == pl.Float64
    cast = frame.with_columns(
        _numbers(found) if from_text else found.cast(column.dtype, strict=False)
    )
    bad = frame.filter(pl.col(column.name).is_not_null() & cast.get_column(column.name).is_null())
    if bad.height:
        row = bad.row(0, named=True)
        message = (
            f"'{column.name}' of row {row['row_id']} is '{row[column.name]}'"
            f"{_more(bad.height)}, expected {column.doc}."
        )
        problems.append(
            _problem(row["file"], f"column {column.name}", message, NUMBER, "not-number")
        )
    return cast


def _numbers(texts: pl.Series) -> pl.Series:
    """Return texts as numbers, null where they are none; here 1,234 has no meaning."""
    found = [None if text is None else PLAIN.parse(text) for text in texts]
    return pl.Series(texts.name, found, dtype=pl.Float64)


def _similar_names(
    frame: pl.DataFrame, keys: Sequence[str], name: str, block: Block
) -> list[Problem]:
    """Names that differ only by a space, hyphen, case or look-alike letter are refused."""
    allowed = {frozenset(pair) for pair in block.different_names}
    out = []
    for key in dict.fromkeys([k for k in (*keys, "unit_id") if k in frame.columns]):
        if frame.schema[key] != pl.String:
            continue
        names = frame.get_column(key).drop_nulls().unique().sort().to_list()
        for one, two in look_alikes(names):
            if frozenset((one, two)) in allowed:
                continue
            message = f"'{one}' and '{two}' differ only by a space, hyphen, case or look-alike."
            remedy = (
                "Write one spelling everywhere; if they are different, say so: "
                f'[block.{name}] different_names = [["{one}", "{two}"]].'
            )
            out.append(_problem("study.toml", f"column {key}", message, remedy, "look-alike"))
    return out


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _more(count: int) -> str:
    return f", and {count - 1} more" if count > 1 else ""


def _problem(file: str, place: str, message: str, remedy: str, code: str) -> Problem:
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)
