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
        if name in walk.rows.columns and name not in BESIDE
    ]
    say(f"raw rows ({walk.rows.height}, {len(out)} left out):")
    for reason, count in Counter(out.values()).items():
        say(f"  {count} left out: {reason}")
    for row in walk.rows.head(SHOWN_ROWS).iter_rows(named=True):
        said = [str(row[name]) for name in named if row[name] is not None]
        if row.get("dose") is not None:
            said.append(f"{row['dose']:g} {row.get('dose_unit') or ''}".rstrip())
        value = row.get("value")
        said.append("no value" if value is None else f"{value:.6g}")
        left = f"  left out: {out[row['row_id']]}" if row["row_id"] in out else ""
        say(f"  {row['row_id']}  {'  '.join(said)}{left}")
    if walk.rows.height > SHOWN_ROWS:
        say(f"  and {walk.rows.height - SHOWN_ROWS} more (--json for all)")
