"""What ``exportin read`` says of a file, and ``exportin new`` of a study it starts."""

import json
import math
from pathlib import Path
from typing import Any

import polars as pl
import typer
from rich.table import Table as RichTable
from rich.text import Text

from exportin.app.guard import plain, say
from exportin.app.printing import Terminal
from exportin.app.reading_events import print_tubes, tube_record
from exportin.study.discover import load_readers
from exportin.study.front_door import Recognised
from exportin.study.new import new_study
from exportin.study.new_from import new_from_files
from exportin.tables.events import Events
from exportin.tables.problems import InputError, grouped, problem_at

SHOWN_ROWS = 12
SHOWN_KEYS = 30
PLATE_KINDS = ("wells", "layout", "plates")
"""Raw kinds whose samples are plates; those of the others are tubes and samples."""
ANIMAL_KINDS = ("tumors",)
"""Raw kinds whose samples are animals, which stand on no plate."""
SHOWN_TUBES = 3
HIDDEN = ("row_id", "file", "cause", "plate_wells", "channels")


def read_record(found: Recognised) -> dict[str, Any]:
    """Return what ``--json`` prints: format, kind, rows, notes, unread and a suggestion."""
    rows = [_record(found, row) for row in found.rows.iter_rows(named=True)]
    return {
        "file": found.source.name,
        "format": found.reader.name,
        "title": found.reader.title,
        "kind": found.kind,
        "other_kinds": list(found.others),
        "rows": rows,
        "notes": [
            {"place": n.place, "message": n.message, "remedy": n.remedy, "code": n.code}
            for n in found.notes
        ],
        "unread": list(found.unread),
        "suggestion": {"lines": found.suggestion.lines, "said": found.suggestion.said},
    }


def _record(found: Recognised, row: dict[str, Any]) -> dict[str, Any]:
    """One row as JSON: plate and sample under the names people use, numbers that JSON can hold."""
    shown = {name: _number(value) for name, value in row.items()}
    if "sample_id" in shown:
        sample = shown.pop("sample_id")
        if found.kind in PLATE_KINDS:
            shown = {"plate": sample, **shown}
        elif found.kind in ANIMAL_KINDS:
            shown = {"sample": sample, **shown}
        else:
            plate = shown.pop("plate", None) or found.source.stem
            shown = {"plate": plate, "sample": sample, **shown}
    if not shown.get("cause"):
        shown.pop("cause", None)
    shown.pop("file", None)
    if isinstance(found.table, Events):
        shown |= tube_record(found.table, row["row_id"])
    return shown


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_read(found: Recognised, *, as_json: bool) -> None:
    """Say what was recognised, and show the table, the notes and the unread keys."""
    if as_json:
        typer.echo(json.dumps(read_record(found), indent=1, ensure_ascii=False))
        return
    also = f"; also gives: {', '.join(found.others)} (--kind)" if found.others else ""
    say(f"{found.source.name}: {found.reader.title} ({found.reader.name})")
    say(f"raw kind '{found.kind}', {found.rows.height} rows{also}")
    for line in _plates(found.rows):
        say(line)
    _print_rows(found.rows)
    if isinstance(found.table, Events):
        print_tubes(found.table, SHOWN_TUBES)
    for note in grouped(found.notes):
        say(f"note   {note}")
    if found.unread:
        more = len(found.unread) - SHOWN_KEYS
        tail = f" and {more} more (--json lists all)" if more > 0 else ""
        say(f"not read: {'; '.join(found.unread[:SHOWN_KEYS])}{tail}")
    _print_suggestion(found)


def _plates(rows: pl.DataFrame) -> list[str]:
    """One line a plate and read: wells with a value, their range, wells without one."""
    if not {"sample_id", "well", "channel", "value"} <= set(rows.columns):
        return []
    found = []
    for (plate, channel), part in rows.group_by(["sample_id", "channel"], maintain_order=True):
        values = part.get_column("value").drop_nulls()
        span = f"{_short(values.min())} to {_short(values.max())}" if len(values) else "no value"
        missing = part.height - len(values)
        head = f"  plate {plate}" + (f", {channel}" if channel else "")
        found.append(f"{head}: {len(values)} values, {span}; {missing} missing")
    limit = 40
    return [*found[:limit], *([f"  and {len(found) - limit} more"] if len(found) > limit else [])]


def _short(value: Any) -> str:
    return f"{value:.6g}"


def _print_rows(rows: pl.DataFrame) -> None:
    names = [
        name
        for name in rows.columns
        if name not in HIDDEN and rows.get_column(name).null_count() < rows.height
    ]
    table = RichTable(show_header=True)
    for name in names:
        table.add_column(plain(name))
    for row in rows.select(names).head(SHOWN_ROWS).iter_rows():
        table.add_row(*(Text(plain(_cell(cell))) for cell in row))
    Terminal().print(table)
    if rows.height > SHOWN_ROWS:
        say(f"   the first {SHOWN_ROWS} of {rows.height} rows (--json gives all)")


def _cell(cell: Any) -> str:
    if cell is None:
        return ""
    return _short(cell) if isinstance(cell, float) else str(cell)


def _print_suggestion(found: Recognised) -> None:
    suggestion = found.suggestion
    if suggestion.lines:
        say("In a study (study.toml):")
        for line in suggestion.lines:
            say(f"  {line}")
    for said in suggestion.said:
        say(said)
    if suggestion.assay:
        say("'exportin new DIR --from FILE...' starts a study with these files.")


def start_study(folder: Path, assays: tuple[str, ...], files: tuple[Path, ...]) -> None:
    """Start a study for assays or from raw files, and say what comes next."""
    if not files and not assays:
        message = "a study starts with an assay or with raw files."
        remedy = "Write --assay NAME, or --from FILE."
        raise InputError(problem_at(str(folder), "", message, remedy, "new"))
    if not files:
        written = new_study(folder, assays)
        say(f"{folder}: wrote {', '.join(written)}. Fill in study.toml, then: exportin check")
        return
    written, todo = new_from_files(folder, files, assays)
    say(f"{folder}: wrote {', '.join(_few(written))}.")
    for line in todo:
        say(f"fill in  {line}")
    say(f"Then: exportin check {folder}")


def _few(written: tuple[str, ...]) -> list[str]:
    """Name what was written; of many raw files only how many there are."""
    raw = [name for name in written if name.startswith("raw/")]
    if len(raw) <= SHOWN_ROWS:
        return list(written)
    return [f"{len(raw)} files in raw/", *(name for name in written if name not in set(raw))]


def print_formats(*, as_json: bool) -> None:
    """List every format: its name, what it gives, the files it was tested on, known limits."""
    if as_json:
        record = [
            {
                "format": reader.name,
                "title": reader.title,
                "kinds": [kind.kind for kind in reader.kinds],
                "suffixes": list(reader.suffixes),
                "tested": list(reader.tested),
                "limits": list(reader.limits),
            }
            for reader in load_readers()
        ]
        typer.echo(json.dumps(record, indent=1, ensure_ascii=False))
        return
    typer.echo(formats_page())


def formats_page() -> str:
    """Return the list of formats as Markdown, as it stands in the documentation."""
    lines = [
        "| format | name in the study file | endings | raw kinds | tested on | known limits |",
        "|---|---|---|---|---|---|",
    ]
    for reader in load_readers():
        tested = ", ".join(f"`{name}`" for name in reader.tested)
        cells = (
            reader.title,
            f"`{reader.name}`",
            " ".join(reader.suffixes),
            ", ".join(kind.kind for kind in reader.kinds),
            tested or "written by hand in its tests",
            " ".join(reader.limits),
        )
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines)
