"""Checks that raw files, results and ledger are still what the record of the last run says."""

import json
from hashlib import sha256
from pathlib import Path

from exportin.study.ledger import read_ledger
from exportin.study.publish import RESULTS
from exportin.tables.problems import InputError, Problem


def verify_study(folder: Path) -> tuple[Problem, ...]:
    """Return every deviation; an empty tuple means all is as recorded."""
    try:
        entries = read_ledger(folder)
    except InputError as error:
        return error.problems
    try:
        record = json.loads((folder / RESULTS / "run.json").read_text(encoding="utf-8"))
        files = {n: d for block in record["blocks"].values() for n, d in block["files"].items()}
        results, last = dict(record["results"]), record["last_exclusion"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        message = "there is no readable record of a run."
        return (_problem(f"{RESULTS}/run.json", message, "Run the study first: exportin run DIR."),)
    out = [p for name, digest in files.items() for p in _compare(folder, name, digest, "raw file")]
    for name, digest in results.items():
        out += _compare(folder, f"{RESULTS}/{name}", digest, "result")
    if last != (entries[-1].digest if entries else None):
        message = "exclusions changed since the last run."
        out.append(_problem("exclusions.jsonl", message, "Run the study again: exportin run DIR."))
    return tuple(out)


def _compare(folder: Path, name: str, digest: str, what: str) -> list[Problem]:
    path = folder / name
    if not path.is_file():
        return [_problem(name, f"this {what} is gone.", "Restore it, or run the study again.")]
    if sha256(path.read_bytes()).hexdigest() != digest:
        message = f"this {what} is not the one of the last run."
        return [_problem(name, message, "Restore it, or run the study again.")]
    return []


def _problem(file: str, message: str, remedy: str) -> Problem:
    return Problem(file=file, place="", message=message, remedy=remedy, code="verify")
