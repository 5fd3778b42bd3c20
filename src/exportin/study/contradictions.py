"""Where two tables of a study cannot both be right: files, plates, wells and groups."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from exportin.inference.strata import label_like, labels
from exportin.plates.layout import Layout
from exportin.study.designs import PLACE, Designs
from exportin.study.model import Block
from exportin.tables.problems import Problem, nearest
from exportin.tables.table import Table
from exportin.tables.wells import PLATES, well_position

SMALLEST_PLATE = 96  # a smaller one may be a part of a plate that was read
SHOWN = 5  # wells listed in one message before "and N more"


def twin_files(tables: Sequence[Table]) -> Iterator[Problem]:
    """Refuse two files with the same bytes: a copy would count every well twice."""
    first: dict[str, str] = {}
    for origin in (origin for table in tables for origin in table.origins):
        other = first.setdefault(origin.sha256, origin.file)
        if other != origin.file:
            message = f"the file holds the same bytes as '{other}'; its wells would count twice."
            remedy = "Take one of the two out of the folder."
            yield _problem(origin.file, "", message, remedy, "twin-file")


def wrong_plates(found: Sequence[Mapping[str, Any]], design: Designs) -> Iterator[Problem]:
    """Refuse a file that the design gives to one plate while it names itself as another."""
    places = dict(design.frame.select("sample_id", PLACE).iter_rows())
    for row in found:
        inside, said = row["__raw_sample"], row["sample_id"]
        if inside != said and inside in places:
            message = f"'{row['file']}' is given to '{said}', but the file calls itself '{inside}'."
            remedy = f"Correct the column 'file' here and at {places[inside]}."
            yield _problem(design.file, f"{row[PLACE]}, column file", message, remedy, "wrong-file")


def plates_twice(found: Sequence[Mapping[str, Any]], design: Designs) -> Iterator[Problem]:
    """Refuse two files that one row of the design stands for: the plate would count twice."""
    first: dict[str, str] = {}
    for row in found:
        other = first.setdefault(row[PLACE], row["file"])
        if other != row["file"]:
            message = f"plate '{row['sample_id']}' stands in two files: '{other}', '{row['file']}'."
            remedy = "Take one file out, or give each its own row with its name in 'file'."
            yield _problem(design.file, row[PLACE], message, remedy, "plate-twice")


def beyond_plate(absent: pl.DataFrame, frame: pl.DataFrame, layout: Layout) -> Iterator[Problem]:
    """Refuse wells that the plate cannot have: the layout is of another plate."""
    held = frame.filter(pl.col("well").is_not_null()).group_by("file", "sample_id").agg("well")
    for file, sample, wells in held.iter_rows():
        size = max(SMALLEST_PLATE, *(_plate_of(well) for well in wells))
        here = absent.filter((pl.col("file") == file) & (pl.col("sample_id") == sample))
        beyond = [well for well in here.get_column("well") if _plate_of(well) > size]
        if beyond:
            more = f" and {len(beyond) - SHOWN} more" if len(beyond) > SHOWN else ""
            shown = ", ".join(f"'{well}'" for well in beyond[:SHOWN]) + more
            message = (
                f"the layout fills wells {shown} of plate '{sample}' ({file}), which has"
                f" {size} wells."
            )
            remedy = "Delete them, or give each plate its own rows with a column sample_id."
            yield _problem(layout.file, "", message, remedy, "beyond-plate")


def _plate_of(well: str) -> int:
    """Return the size of the smallest plate, of 96 wells or more, that has this well."""
    row, column = well_position(well) or (0, 0)
    sizes = (n for n, (rows, columns) in PLATES.items() if row < rows and column < columns)
    return max(SMALLEST_PLATE, min(sizes))


def check_groups(
    frame: pl.DataFrame, name: str, block: Block, samples: Sequence[str]
) -> Iterator[Problem]:
    """Refuse groups that no row belongs to; control wells of plates are no group."""
    rows = frame.filter(pl.col("role").is_in(samples)) if "role" in frame.columns else frame
    for number, compare in enumerate(block.compare):
        versus = [("versus", compare.versus)] if compare.versus is not None else []
        asked = [(compare.between, at, group) for at, group in versus]
        asked += [(compare.between, "groups", group) for group in compare.groups or ()]
        if compare.modifier and compare.modifier_versus is not None:
            asked.append((compare.modifier, "modifier_versus", compare.modifier_versus))
        for key, at, group in asked:
            if key not in rows.columns or rows.is_empty():
                continue
            known = labels(rows, key)
            if label_like(group, known) not in known:
                message = f"there is no {key} '{group}'."
                place = f"block.{name}.compare.{number}.{at}"
                remedy = nearest(group, known) if known else f"The column '{key}' is empty."
                yield _problem("study.toml", place, message, remedy, "unknown-group")


def drugs_mixed(
    frame: pl.DataFrame, name: str, block: Block, inputs: Sequence[str]
) -> Iterator[Problem]:
    """Refuse wells of one drug with different second drugs that nothing tells apart."""
    if "role" not in frame.columns or "treatment" not in frame.columns:
        return
    treated = frame.filter(pl.col("role") == "treated")
    for key in ("treatment_2", "dose_2", "treatment_3", "dose_3"):
        if key not in frame.columns or key in inputs or key in block.keys:
            continue
        held = treated.get_column(key).cast(pl.String).unique().drop_nulls().sort().to_list()
        if len(held) > 1:
            shown = ", ".join(f"'{text}'" for text in held[:SHOWN])
            message = f"wells with different {key} would make one curve: {shown}."
            remedy = (
                f'Keep one: [block.{name}.only] {key} = ["{held[-1]}"]; or a curve for each:'
                f' keys = ["treatment_2", "dose_2"].'
            )
            place = f"[block.{name}]"
            yield _problem("study.toml", place, message, remedy, "second-drug")


def _problem(file: str, place: str, message: str, remedy: str, code: str) -> Problem:
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)
