"""What the study file may say of a raw file: suggestions for a person, never used unasked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from exportin.study.as_values import TOLD_APART_BY
from exportin.study.reads import LAST, reads_apart
from exportin.tables.kinds import PlateLayout, PlateList, Values, WellReadings
from exportin.tables.origin import Source
from exportin.tables.table import Table
from exportin.tables.units import split_unit

WORDS = {
    "value": (
        "value", "viability", "response", "signal", "luminescence", "absorbance", "od", "rlu",
        "fluorescence", "intensity", "count", "result", "measurement", "raw data",
    ),
    "dose": ("dose", "concentration", "conc", "final concentration"),
    "treatment": ("treatment", "drug", "compound", "drug name", "agent", "inhibitor"),
    "model": ("model", "cell line", "cell_line", "cellline", "line", "cells"),
    "well": ("well", "well position", "well positions", "position", "well id"),
    "sample_id": ("sample_id", "plate", "barcode", "plate id", "sample", "sample name"),
    "unit_id": ("unit_id", "experiment", "replicate", "rep", "animal", "patient"),
    "role": ("role", "well type", "type", "content"),
}  # fmt: skip
"""Column names that people give to what the study file calls by the name on the left."""


LAYOUT, DESIGN, LAYOUTS = "layout", "design", "layouts"
Told = tuple[str, str, bool]
"""A channel of a cytometer file: its name, its stain (or empty), and whether it is linear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Lines for a block of study.toml, and what must still be written by a person.

    ``plates`` holds name, size and wells in use of each; ``said`` names in words what the file
    tells and what it does not; ``part`` is what the file is in a study where it holds no readings:
    `LAYOUT`, `DESIGN`, or `LAYOUTS` for a design that names the layout of each plate. ``assays``
    are all that take such a file, where that is a choice; ``channels`` those of its events.
    """

    assay: str = ""
    part: str = ""
    lines: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    plates: tuple[tuple[str, int, tuple[str, ...]], ...] = ()
    assays: tuple[str, ...] = ()
    channels: tuple[Told, ...] = ()


def suggest_layout(source: Source, table: Table) -> Suggestion:
    """Suggest a block for a table that was read: the wells in use, and what is not known yet."""
    name = json.dumps(_inside(source))
    if isinstance(table, PlateLayout):
        told = f"It says what is in {table.frame.height} wells; it stands in for layout.csv."
        return Suggestion(
            part=LAYOUT, lines=("[block.viability]", f"layout = {name}"), said=(told,)
        )
    if isinstance(table, PlateList):
        own = "layout" in table.frame.columns
        told = f"It lists {table.frame.height} plates{', each with its layout file' if own else ''}"
        told += "; it stands in for design.csv."
        design = ("[study]", f"design = {name}")
        return Suggestion(part=LAYOUTS if own else DESIGN, lines=design, said=(told,))
    label = TOLD_APART_BY.get(type(table))
    if label is None and not isinstance(table, Values):
        return Suggestion(said=(_no_assay(table),))
    assay = "viability" if isinstance(table, WellReadings) else "measurement"
    lines = [f"[block.{assay}]", f'assay  = "{assay}"', f"files  = [{name}]"]
    names = _names(table, label)
    said: list[str] = []
    if len(names) > 1:
        lines.append(f"channel = {json.dumps(names[0])}")
        said.append(f"The file holds {len(names)} of {label}: {_some(names)}; name one.")
    again = reads_apart(table.frame)
    if again:
        lines.append("reads = { " + ", ".join(f'{name} = "{LAST}"' for name in again) + " }")
        said.append(f"Wells were read several times ({', '.join(again)}); say which read counts.")
    plates = _plates(table) if assay == "viability" else ()
    if assay != "viability" and label is not None:
        said.append("design.csv needs a row a sample: sample_id, unit_id, treatment.")
    if plates:
        lines.append('layout = "layout.csv"')
        wells = sorted({well for _, _, used in plates for well in used}, key=_place)
        said.append(
            f"layout.csv needs a row for each of {len(wells)} wells ({_blocks(wells)}): "
            "well, role, treatment, dose, dose_unit."
        )
        names = [name for name, _, _ in plates]
        said.append(f"design.csv needs a row for {_some(names)}: sample_id, unit_id, model.")
    return Suggestion(assay=assay, lines=tuple(lines), said=tuple(said), plates=plates)


def suggest_columns(source: Source, rows: pl.DataFrame) -> Suggestion:
    """Suggest which column of a long table is which of ours, by the names people give them."""
    found: dict[str, str] = {}
    for ours, words in WORDS.items():
        like = [name for name in rows.columns if _plain(name) in words]
        if len(like) == 1 and like[0] not in found.values():
            found[ours] = like[0]
    assay = "viability" if {"dose", "well"} & found.keys() else "measurement"
    columns = ", ".join(f"{ours} = {json.dumps(name)}" for ours, name in found.items())
    lines = (
        f"[block.{assay}]",
        f'assay   = "{assay}"',
        f"files   = [{json.dumps(_inside(source))}]",
        f"columns = {{ {columns or 'value = ' + json.dumps('...')} }}",
    )
    rest = [name for name in rows.columns if name not in found.values()]
    said = [f"Not matched: {_some(rest)}." if rest else "Every column was matched by its name."]
    said.append("This is a guess by the names of the columns; say which column is which.")
    return Suggestion(assay=assay, lines=lines, said=tuple(said))


def _plain(name: str) -> str:
    return " ".join(split_unit(name)[0].casefold().replace("_", " ").split())


def _inside(source: Source) -> str:
    return source.name.replace("\\", "/").rsplit("/", 1)[-1]


def _no_assay(table: Table) -> str:
    return (
        f"No assay of this version works on the raw kind '{table.kind}' yet; "
        "the table can be taken with --json."
    )


def _names(table: Table, label: str | None) -> list[str]:
    """Return what a file holds of the column that tells its numbers apart."""
    if label is None or label not in table.frame.columns:
        return []
    names = table.frame.get_column(label).unique(maintain_order=True)
    return [name for name in names if name]


def _plates(table: Table) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    frame = table.frame
    if "well" not in frame.columns or frame.get_column("well").null_count():
        return ()
    found = []
    for (name,), rows in frame.group_by(["sample_id"], maintain_order=True):
        wells = tuple(sorted(set(rows.get_column("well")), key=_place))
        size = int(rows.get_column("plate_wells")[0] or 0) if "plate_wells" in rows.columns else 0
        found.append((str(name), size, wells))
    return tuple(found)


def _place(well: str) -> tuple[int, str, int]:
    letters = well.rstrip("0123456789")
    return len(letters), letters, int(well[len(letters) :] or 0)


def _blocks(wells: Sequence[str]) -> str:
    """Name wells by their first and last.

    >>> _blocks(["A01", "A02", "B01"])
    'A01 to B01'
    """
    return f"{wells[0]} to {wells[-1]}" if len(wells) > 1 else wells[0]


def _some(names: Sequence[str], shown: int = 4) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(f"'{name}'" for name in names[:shown]) + more
