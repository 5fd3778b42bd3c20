"""What forbids a normalization: plates without vehicle, or with vehicle of nobody knows whom."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from exportin.plates.normalize import plate_controls
from exportin.plates.own_controls import HOME, PLATE, control_wells
from exportin.plates.wellmap import check_sizes
from exportin.tables.problems import Problem, Severity

WITH_CELLS = ("vehicle", "untreated", "positive")  # control wells that hold cells of a model
SHOWN = 5  # names in one message before "and N more"


def check_controls(frame: pl.DataFrame, keys: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Return every problem of the control wells of each plate and each cells on it.

    Each needs vehicle wells with a signal above its blank, and on a plate with several models
    every control well with cells must say whose they are.
    """
    unsaid = [p for plate in _several_models(frame) for p in _whose(plate)]
    unsaid += check_sizes(frame)
    if unsaid:
        return tuple(unsaid)
    wells = control_wells(frame, keys)
    blanks = set(frame.filter(pl.col("role") == "blank").select(PLATE).unique().iter_rows())
    out: list[Problem] = []
    for row in plate_controls(frame, keys).iter_rows(named=True):
        same = [pl.col(name) == row[name] for name in HOME]
        vehicle = wells.filter(pl.col("role") == "vehicle", *same)
        out += _vehicle(row, vehicle)
        if (row["file"], row["sample_id"]) in blanks and not row["blank_n"]:
            planned = wells.filter(pl.col("role") == "blank", *same)
            out += [] if planned.height else [_lent_blank(row)]
    return (*out, *_note_vehicles(wells), *_note_units(frame))


def _several_models(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Plates whose treated wells hold more than one model."""
    if "model" not in frame.columns:
        return
    counts = frame.filter(pl.col("role") == "treated").group_by(PLATE).agg(pl.col("model").unique())
    several = counts.filter(pl.col("model").list.drop_nulls().list.len() > 1).select(PLATE)
    mixed = frame.join(several, on=PLATE, how="semi", maintain_order="left")
    for _, plate in sorted(mixed.partition_by(PLATE, as_dict=True).items()):
        yield plate


def _whose(plate: pl.DataFrame) -> Iterator[Problem]:
    models = plate.filter(pl.col("role") == "treated").get_column("model").unique().drop_nulls()
    empty = pl.col("model").cast(pl.String).fill_null("").str.strip_chars() == ""
    for role in WITH_CELLS:
        wells = plate.filter(pl.col("role") == role)
        bare = wells.filter(empty)
        if bare.height:
            row = bare.row(0, named=True)
            message = (
                f"plate '{row['sample_id']}' holds {len(models)} models ({_some(models)}), but "
                f"{bare.height} of its {wells.height} {role} wells do not say whose cells they are "
                f"(first: {row.get('well') or row.get('row_id')})."
            )
            remedy = (
                f"Fill 'model' for the {role} wells in the layout; signals of different cells are "
                "not averaged. Blank wells hold no cells and may leave it empty."
            )
            yield _problem(row["file"], message, remedy, "control-without-model", _well(row))


def _vehicle(row: dict[str, Any], planned: pl.DataFrame) -> Iterator[Problem]:
    plate = f"plate '{row['sample_id']}'"
    cells = f" with the cells of its treated wells ({row['whose']})" if row["whose"] else ""
    of = f" ({row['whose']})" if row["whose"] else ""
    if row["vehicle_n"] == 0 and planned.height:
        causes = ", ".join(sorted({c for c in planned.get_column("cause") if c}))
        message = (
            f"none of the {planned.height} vehicle wells of {plate}{of} has a value ({causes}),"
            " so its wells cannot be normalized."
        )
        remedy = "Measure the plate again at a lower gain, or take its file out of the study."
        yield _problem(row["file"], message, remedy, "no-vehicle-value")
    elif row["vehicle_n"] == 0:
        message = f"{plate} has no vehicle wells{cells}, so its wells cannot be normalized."
        remedy = "Give wells the role 'vehicle', or say normalized = true in the block."
        if cells:
            remedy = (
                f"Give wells with cells of {row['whose']} the role 'vehicle'; a vehicle counts "
                "for its own cells only."
            )
        yield _problem(row["file"], message, remedy, "no-vehicle")
    elif row["vehicle_mean"] <= (row["blank_mean"] or 0.0):
        message = (
            f"the vehicle wells of {plate}{of} give {row['vehicle_mean']:.4g}, not more than its"
            f" blank ({row['blank_mean'] or 0:.4g})."
        )
        remedy = "Check whether the layout is turned or belongs to another plate."
        yield _problem(row["file"], message, remedy, "no-window")


def _lent_blank(row: dict[str, Any]) -> Problem:
    message = (
        f"all blank wells of plate '{row['sample_id']}' name other models than {row['whose']},"
        " so nothing says what its blank is."
    )
    remedy = "Leave 'model' empty for blank wells that serve the whole plate."
    return _problem(row["file"], message, remedy, "no-own-blank")


def _note_vehicles(wells: pl.DataFrame) -> Iterator[Problem]:
    """Say where vehicles of several names are averaged: a drug may need its own solvent's."""
    if "treatment" not in wells.columns:
        return
    named = wells.filter(pl.col("role") == "vehicle").group_by(HOME)
    mixed = named.agg(pl.col("treatment").drop_nulls().unique().sort())
    mixed = mixed.filter(pl.col("treatment").list.len() > 1).sort(HOME)
    if mixed.height:
        row = mixed.row(0, named=True)
        more = mixed.select(PLATE).n_unique() - 1
        message = (
            f"the vehicle wells of plate '{row['sample_id']}'{f' and {more} more' if more else ''}"
            f" name several vehicles ({_some(row['treatment'])}), and nothing says which belongs"
            " to which drug; all treated wells are held against the mean of all of them."
        )
        remedy = (
            "If drugs had different solvents, add a column such as 'solvent' to the layout, fill "
            'it for vehicle and treated wells, and name it in the block: keys = ["solvent"].'
        )
        yield _problem(row["file"], message, remedy, "several-vehicles", severity="note")


def _note_units(frame: pl.DataFrame) -> Iterator[Problem]:
    """Say where experiments share one vehicle because its wells name none of them."""
    if "unit_id" not in frame.columns:
        return
    by = pl.col("unit_id").filter(pl.col("role") == "treated").unique().drop_nulls()
    said = pl.col("unit_id").filter(pl.col("role") == "vehicle")
    plates = frame.group_by(PLATE).agg(by.alias("units"), said.is_in(by).any().alias("told"))
    shared = plates.filter((pl.col("units").list.len() > 1) & ~pl.col("told")).sort(PLATE)
    if shared.height:
        row = shared.row(0, named=True)
        message = (
            f"the vehicle wells of plate '{row['sample_id']}' name none of its experiments "
            f"({_some(row['units'])}), so all of them are held against the same vehicle mean."
        )
        remedy = "If each had vehicle wells of its own, fill 'unit_id' for these wells too."
        yield _problem(row["file"], message, remedy, "shared-vehicle", severity="note")


def _some(names: Sequence[str] | pl.Series) -> str:
    known = sorted(str(name) for name in names)
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return ", ".join(known[:SHOWN]) + more


def _well(row: dict[str, Any]) -> str:
    return f"well {row['well']}" if row.get("well") else ""


def _problem(
    file: str,
    message: str,
    remedy: str,
    code: str,
    place: str = "",
    *,
    severity: Severity = "error",
) -> Problem:
    return Problem(
        file=file, place=place, message=message, remedy=remedy, code=code, severity=severity
    )
