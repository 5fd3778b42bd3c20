"""What ``exportin why`` prints: a number, the numbers it was made of, files, raw rows."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import typer

from exportin.app.guard import say
from exportin.results.formatting import format_cell, format_estimate
from exportin.study.why import Walk

SHOWN_ROWS = 40
DIGEST = 12  # characters of a digest that tell files apart for a reader
FIRST = ("id", "block", "quantity", "test", "group_a", "group_b", "verdict")
HIDDEN = (  # said by the first line, or of use to programs only
    *("value", "effect", "conf_low", "conf_high", "conf_open", "bound", "units"),
    *("std_error", "scale", "df", "df2", "statistic", "assay", "alternative"),
)
SIZES = (
    ("day", ""), ("length", "length_unit"), ("width", "length_unit"), ("height", "length_unit"),
    ("volume", "volume_unit"), ("weight", "weight_unit"),
)  # fmt: skip
BESIDE = ("row_id", "file", "well", "channel", "value", "cause", "dose", "dose_unit", "sample_id")


def print_walk(walk: Walk, *, as_json: bool) -> None:
    """Print where a number came from."""
    if as_json:
        typer.echo(json.dumps(_record(walk), indent=1, default=str))
        return
    row = walk.row
    say(f"{row['id']}: {row['quantity']} = {format_estimate(row)}")
    for name in (*FIRST[3:], *(k for k in row if k not in (*FIRST, *HIDDEN))):
        if row.get(name) is not None:
            say(f"  {name}: {format_cell(row, name)}")
    if walk.inputs.height:
        say(f"numbers of single units behind it ({walk.inputs.height}):")
        keys = [k for k in walk.rows.columns if k in walk.inputs.columns and k not in BESIDE]
        for number in walk.inputs.iter_rows(named=True):
            what = " ".join(str(number[k]) for k in keys if number[k] is not None)
            say(f"  {number['id']}  {what}  {format_estimate(number)}")
    _pairs("settings", walk.settings)
    _pairs("files (sha256)", {name: digest[:DIGEST] for name, digest in walk.files.items()})
    _pairs("versions", walk.versions)
    _print_rows(walk)


def _record(walk: Walk) -> dict[str, Any]:
    return {
        "result": {key: value for key, value in walk.row.items() if value is not None},
        "inputs": walk.inputs.to_dicts(),
        "settings": walk.settings,
        "files": walk.files,
        "versions": walk.versions,
        "flags": walk.flags.to_dicts(),
        "rows": walk.rows.to_dicts(),
    }


def _pairs(title: str, items: Mapping[str, Any]) -> None:
    say(f"{title}:")
    for key, value in items.items():
        say(f"  {key}: {value}")


def _print_rows(walk: Walk) -> None:
    out: dict[str, str] = {}
    for flag in walk.flags.iter_rows(named=True):
        if flag["severity"] == "exclude":
            out.setdefault(flag["row_id"], f"{flag['message']} ({flag['rule']}, {flag['by']})")
    keys = [k for k in walk.rows.columns if k in walk.inputs.columns or k in walk.row]
    named = [
        name
        for name in dict.fromkeys(("role", "treatment", *keys))
        if name in walk.rows.columns and name not in (*BESIDE, "day")
    ]
    _print_units(walk)
    say(f"raw rows ({walk.rows.height}, {len(out)} left out):")
    for reason, count in Counter(out.values()).items():
        say(f"  {count} left out: {reason}")
    for row in walk.rows.head(SHOWN_ROWS).iter_rows(named=True):
        said = [str(row[name]) for name in named if row[name] is not None]
        if row.get("dose") is not None:
            said.append(f"{row['dose']:g} {row.get('dose_unit') or ''}".rstrip())
        said.append(_measured(row))
        left = f"  left out: {out[row['row_id']]}" if row["row_id"] in out else ""
        say(f"  {row['row_id']}  {'  '.join(said)}{left}")
    if walk.rows.height > SHOWN_ROWS:
        say(f"  and {walk.rows.height - SHOWN_ROWS} more (--json for all)")


def _print_units(walk: Walk) -> None:
    """Name each unit with its rows, where no number of its own stands above."""
    if walk.inputs.height or walk.row.get("unit_id") or "unit_id" not in walk.rows.columns:
        return
    named = walk.rows.get_column("unit_id").drop_nulls().to_list()
    counts = Counter(named)
    unit = walk.row.get("experimental_unit") or "unit"
    if counts:
        say(f"{unit}s behind it ({len(counts)}, with their rows):")
        say("  " + ", ".join(f"{name} {count}" for name, count in counts.items()))


def _measured(row: Mapping[str, Any]) -> str:
    """Write what was measured: the value, or each size that a row has (day 7, length 8.2 mm)."""
    if "value" in row:
        return "no value" if row["value"] is None else f"{row['value']:.6g}"
    sizes = [
        f"{name} {size:.6g} {row.get(unit) or ''}".rstrip()
        for name, unit in SIZES
        if (size := row.get(name)) is not None
    ]
    said = [f"'{row['cause']}'"] if row.get("cause") else []
    return "  ".join([*sizes, *said]) or "no value"
