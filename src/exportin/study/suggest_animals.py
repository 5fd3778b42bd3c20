"""What the study file may say of a caliper sheet: suggestions for a person, never used unasked."""

import json
from collections.abc import Sequence

import polars as pl

from exportin.study.discover import assay_names, load_assay
from exportin.study.suggest import Suggestion
from exportin.tables.kinds import TumorLog
from exportin.tables.origin import Source
from exportin.tables.sizes import split_size
from exportin.tables.table import Table

WORDS = {
    "animal": ("animal", "mouse", "animal id", "mouse id", "model id", "tag", "ear tag"),
    "model": ("model", "patient", "patient id", "pdx", "cell line"),
    "arm": ("arm", "group", "treatment", "drug"),
    "day": ("day", "days", "time"),
    "volume": ("volume", "tumor volume", "tumour volume"),
    "weight": ("weight", "body weight", "bw"),
}
"""Column names that people give to what the study file calls by the name on the left."""
SHOWN = 4


def assay_for(kind: type[Table]) -> str:
    """Return the name of the first assay that works on a raw kind; empty if there is none."""
    return next((name for name in assay_names() if load_assay(name).consumes is kind), "")


def suggest_animals(source: Source, table: TumorLog) -> Suggestion:
    """Suggest a block for visits of animals, and say who was measured and how long."""
    assay, frame = assay_for(TumorLog), table.frame
    if not assay:
        return no_assay()
    lines = _head(assay, source)
    told = f"{frame.get_column('sample_id').n_unique()} animals, {frame.height} visits"
    days = frame.get_column("day").drop_nulls().to_list()
    if days:
        told += f", day {min(days):g} to {max(days):g}"
    if "arm" in frame.columns:
        arms = frame.get_column("arm").unique(maintain_order=True).to_list()
        said = [f"{told}; {len(arms)} arms: {_some(arms)}."]
    else:
        said = [f"{told}.", "design.csv needs a row an animal: sample_id, arm."]
    if any(note.code == "taken-as-volume" for note in table.notes):
        lines.append('channel = "volume"')
        said.append('The file does not say what was measured: write "weight" if it is that.')
    return Suggestion(assay=assay, lines=tuple(lines), said=tuple(said))


def suggest_animal_columns(source: Source, rows: pl.DataFrame) -> Suggestion:
    """Suggest which column of a table of animals is which of ours, by their names."""
    assay = assay_for(TumorLog)
    if not assay:
        return no_assay()
    found: dict[str, str] = {}
    for ours, words in WORDS.items():
        like = [name for name in rows.columns if _plain(name) in words]
        if len(like) == 1 and like[0] not in found.values():
            found[ours] = like[0]
    found = {"animal": "..."} | found
    columns = ", ".join(f"{ours} = {json.dumps(name)}" for ours, name in found.items())
    lines = (*_head(assay, source), f"columns = {{ {columns} }}")
    rest = [name for name in rows.columns if name not in found.values()]
    said = [f"Not matched: {_some(rest)}." if rest else "Every column was matched by its name."]
    said.append("This is a guess by the names of the columns; say which column is which.")
    return Suggestion(assay=assay, lines=lines, said=tuple(said))


def no_assay() -> Suggestion:
    """Say that the table can be looked at, but not analyzed."""
    told = f"No assay of this version works on the raw kind '{TumorLog.kind}' yet; "
    return Suggestion(said=(f"{told}the table can be taken with --json.",))


def _head(assay: str, source: Source) -> list[str]:
    name = source.name.replace("\\", "/").rsplit("/", 1)[-1]
    return [f"[block.{assay}]", f'assay = "{assay}"', f"files = [{json.dumps(name)}]"]


def _plain(name: str) -> str:
    return " ".join(split_size(name)[0].casefold().replace("_", " ").split())


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(f"'{name}'" for name in names[:SHOWN]) + more
