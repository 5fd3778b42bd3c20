"""Rows of the list of samples for files that came later; what stands there is not touched."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from exportin.study import new_events
from exportin.study.designs import design_row, read_designs
from exportin.study.edit.durable import now_there
from exportin.study.edit.study_file import StudyText
from exportin.study.edit.taken import Taken
from exportin.study.edit.toml_text import newline_of
from exportin.study.export import csv_bytes
from exportin.study.new_from import ANIMALS, SAMPLED, design_table
from exportin.tables.cells import read_sheets
from exportin.tables.names import clean
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

Row = dict[str, str]


def with_rows(
    study: StudyText,
    changes: dict[str, bytes | None],
    taken: Sequence[Taken],
    places: Mapping[str, str],
    blocks: Mapping[str, str],
) -> dict[str, bytes | None]:
    """Add a row for each new sample to ``changes``; returns the table it was made from.

    A table that a person must extend (a workbook, another encoding, faults in it) stays as it is:
    'exportin check' says which samples it lacks.
    """
    name = study.design
    data = now_there(study.folder, name)
    if data is None:
        assays = list(dict.fromkeys(each.one.suggestion.assay for each in taken))
        made = design_table([each.one for each in taken], assays, places, [])
        if made is not None:
            changes[name] = csv_bytes(made)
        return {name: None} if made is not None else {}
    rows = [row for each in taken for row in samples_of(each, places)]
    longer = _appended(name, data, rows)
    if longer is not None and longer != data:
        changes[name] = longer
    return {name: data}


def samples_of(each: Taken, places: Mapping[str, str]) -> Iterator[Row]:
    """Give a row for every sample that a file names."""
    one = each.one
    if new_events.is_events(one):
        yield from new_events.design_rows([(one, places[each.name], each.name)])
        return
    named = one.kind in SAMPLED or (one.kind == ANIMALS and "arm" not in one.rows.columns)
    if not named or "sample_id" not in one.rows.columns:
        return
    for name in one.rows.get_column("sample_id").drop_nulls().unique(maintain_order=True):
        if name:
            yield {"sample_id": str(name), "file": places[each.name]}


def _appended(name: str, data: bytes, rows: Sequence[Row]) -> bytes | None:
    """Return the table with rows for the samples it lacks; None where that is a person's work."""
    source = Source(name=name, data=data)
    try:
        text = data.decode("utf-8-sig")
        known = read_designs(source).frame.to_dicts()
        sheet = read_sheets(source).sheets[0]
    except (UnicodeDecodeError, InputError):
        return None
    header = [clean(cell) for cell in next((row for row in sheet.rows if any(row)), ())]
    if not sheet.is_text or "sample_id" not in header:
        return None
    alone = {row["file"] for row in rows if [r["file"] for r in rows].count(row["file"]) == 1}
    lacking = [
        row for row in rows
        if design_row(known, row["file"], row["sample_id"], alone=row["file"] in alone) is None
    ]  # fmt: skip
    out = StringIO()
    writer = csv.writer(out, delimiter=sheet.delimiter, lineterminator=newline_of(text))
    writer.writerows([[row.get(column, "") for column in header] for row in lacking])
    added = out.getvalue()
    if not lacking:
        return data
    gap = b"" if data.endswith(b"\n") else newline_of(text).encode()
    return data + gap + added.encode()
