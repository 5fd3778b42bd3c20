"""Layouts in any form: the table of a study, a treatment template, one template per plate."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from exportin.contract.reader import Request
from exportin.plates.layout import Layout, read_layout
from exportin.study.designs import PLACE, Designs, design_row
from exportin.study.recognise import recognised
from exportin.tables.kinds import PlateLayout
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.table import Table
from exportin.tables.wellcells import grid_wells, smallest_plate
from exportin.tables.wells import PLATES

UNTREATED = frozenset({"untreated"})
VEHICLE = frozenset({"vehicle", "dmso", "none", "", *UNTREATED})
SLOTS = ("", "_2", "_3", "_4", "_5", "_6", "_7", "_8", "_9")
NO_DRUG = "none"
"""Second drug of a well that has one drug only; vehicle wells serve it and all others."""
SMALLEST = 96
Row = dict[str, Any]


def read_any_layout(source: Source) -> Layout:
    """Read a layout table, or a template that a reader of layouts knows.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    reader = recognised(source, PlateLayout)
    if reader is None:
        return read_layout(source)
    return layout_from(source.name, reader.read(source, Request(kind=PlateLayout)))


def layout_from(file: str, table: Table) -> Layout:
    """Return a template as a layout: each well gets its role, unnamed wells are empty.

    A well without a drug is 'untreated' if the template calls it so, else 'vehicle'. A well with
    one drug has it as ``treatment``, whichever sheet names it, and 'none' as ``treatment_2``.

    Raises
    ------
    InputError
        A well called vehicle that has a dose.
    """
    rows = table.frame.to_dicts()
    problems = list(dosed_vehicles(file, rows))
    if problems:
        raise InputError(problems)
    slots = [slot for slot in SLOTS if f"treatment{slot}" in table.frame.columns]
    given = {f"{name}{slot}" for slot in slots for name in ("treatment", "dose")}
    free = [n for n in table.frame.columns if n not in {"row_id", "file", *given}]
    filled = [plan_row(row, slots, free) for row in rows]
    size = max(SMALLEST, smallest_plate([row["well"] for row in rows]) or 0)
    held = {row["well"] for row in rows}
    filled += [
        {"well": well, "role": "empty"} for well in grid_wells(*PLATES[size]) if well not in held
    ]
    doses = {f"dose{slot}": pl.Float64 for slot in slots}
    frame = pl.DataFrame(filled, schema_overrides=doses, infer_schema_length=None)
    return Layout(file, without_blank_plates(frame), table.notes)


def without_blank_plates(frame: pl.DataFrame) -> pl.DataFrame:
    """Drop the column of plates where the layout serves any plate."""
    if "sample_id" in frame.columns:
        named = pl.col("sample_id").fill_null("") != ""
        if not frame.select(named.any()).item():
            return frame.drop("sample_id")
        return frame.filter(named | (pl.col("role") != "empty"))
    return frame


def dosed_vehicles(file: str, rows: Sequence[Row]) -> Iterator[Problem]:
    """Refuse a dose of what is called vehicle or untreated: one of the two is wrong."""
    for row in rows:
        for slot in SLOTS:
            name, dose = row.get(f"treatment{slot}"), row.get(f"dose{slot}")
            if dose and (name or "").casefold() in VEHICLE:
                yield Problem(
                    file=file,
                    place=f"well {row['well']}",
                    message=f"'{name or ''}' has the dose {dose:g}.",
                    remedy="Name the drug, or write 0.",
                    code="vehicle-with-dose",
                )


def plan_row(row: Row, slots: Sequence[str], free: Sequence[str]) -> Row:
    """Return one well with its role; its drugs stand in order, without gaps."""
    drugs = [
        (row[f"treatment{slot}"], row[f"dose{slot}"]) for slot in slots if row.get(f"dose{slot}")
    ]
    words = {(row.get(f"treatment{slot}") or "").casefold() for slot in slots}
    out = {name: row[name] for name in free}
    if not drugs:
        return {**out, "role": "untreated" if words & UNTREATED else "vehicle"}
    out["role"] = "treated"
    for i, slot in enumerate(slots):
        out[f"treatment{slot}"], out[f"dose{slot}"] = drugs[i] if i < len(drugs) else (NO_DRUG, 0.0)
    return out


def layout_of_plates(
    frames: Sequence[pl.DataFrame],
    design: Designs,
    layouts: Mapping[str, Layout],
    problems: list[Problem],
) -> Layout:
    """Return one layout in which each plate has the wells of the layout its design row names.

    A plate read 0 hours after the drug (``duration_h``) shows the cells at time zero: its wells
    without a drug get that role.
    """
    rows = design.frame.to_dicts()
    parts: dict[str, pl.DataFrame] = {}
    used: dict[str, str] = {}
    for frame in frames:
        samples = frame.select("file", "sample_id").unique(maintain_order=True).rows()
        for file, sample in samples:
            row = design_row(rows, file, sample, alone=len(samples) == 1)
            name = row.get("layout") if row else None
            if row is None or not name or plan_name(design.file, name) not in layouts:
                continue
            if used.setdefault(sample, name) != name:
                problems.append(two_layouts(design, row, sample, used[sample]))
            plan = layouts[plan_name(design.file, name)].frame
            plan = plan.drop("sample_id", strict=False).with_columns(
                pl.lit(sample).alias("sample_id")
            )
            parts[sample] = at_time_zero(plan) if is_zero(row.get("duration_h")) else plan
    empty = pl.DataFrame(schema={"well": pl.String, "role": pl.String, "sample_id": pl.String})
    whole = pl.concat([empty, *parts.values()], how="diagonal_relaxed")
    notes = [note for layout in layouts.values() for note in layout.notes]
    return Layout(design.file, fill_second(whole), (*notes,))


def plan_name(design: str, name: str) -> str:
    """Return the path of a layout from the study folder; it stands beside the design."""
    folder, slash, _ = design.replace("\\", "/").rpartition("/")
    return f"{folder}{slash}{name}"


def is_zero(text: str | None) -> bool:
    """Whether a cell of the design is the number zero."""
    try:
        return text is not None and float(text) == 0
    except ValueError:
        return False


def at_time_zero(plan: pl.DataFrame) -> pl.DataFrame:
    """Give the wells without a drug the role of cells at time zero."""
    bare = pl.col("role").is_in(["untreated", "vehicle"])
    return plan.with_columns(
        pl.when(bare).then(pl.lit("time_zero")).otherwise("role").alias("role")
    )


def fill_second(frame: pl.DataFrame) -> pl.DataFrame:
    """Say 'none' where one plate's layout has a second drug and another's has not."""
    treated = pl.col("role") == "treated"
    for slot in SLOTS[1:]:
        drug, dose = f"treatment{slot}", f"dose{slot}"
        if drug in frame.columns:
            bare = treated & pl.col(drug).is_null()
            zero = pl.when(bare).then(0.0).otherwise(dose).alias(dose)
            none = pl.when(bare).then(pl.lit(NO_DRUG)).otherwise(drug).alias(drug)
            frame = frame.with_columns(none, *([zero] if dose in frame.columns else []))
    return frame


def two_layouts(design: Designs, row: Row, sample: str, other: str) -> Problem:
    """Refuse a plate name that stands for plates with different layouts."""
    return Problem(
        file=design.file,
        place=str(row[PLACE]),
        message=f"plate '{sample}' has the layout '{row['layout']}' here and '{other}' elsewhere.",
        remedy="Give the plates different names, or one layout.",
        code="two-layouts",
    )
