"""Writes the results folder: every file whole or absent, the same bytes for the same study."""

import json
from hashlib import sha256
from pathlib import Path

from exportin.results.tables import Flags
from exportin.study.export import csv_bytes, sheet_csv
from exportin.study.leave_one_out import study_influence
from exportin.study.lock import locked
from exportin.study.outcome import Outcome
from exportin.study.store import stay_inside, sweep, write_durably

RESULTS = "results"
RECORD = "run.json"


def publish(outcome: Outcome, extra: dict[str, bytes]) -> Path:
    """Write tables, figures and ``extra`` files (the report); remove what is out of date.

    Only files that an earlier run wrote are removed; what people put there stays.
    """
    folder = outcome.study.folder / RESULTS
    files = result_files(outcome, extra)
    record = _record(outcome, files)
    stay_inside(folder)
    with locked(outcome.study.folder / ".exportin" / "publish.lock"):
        sweep(folder)
        for name, data in files.items():
            _write(folder / name, data)
        _remove_old(folder, _written_before(folder) - set(files))
        _write(folder / RECORD, record)  # last: it vouches for the others, and names them
    return folder


def result_files(outcome: Outcome, extra: dict[str, bytes]) -> dict[str, bytes]:
    """Return every file of the results folder but its record, by name."""
    files = {
        "estimates.csv": csv_bytes(outcome.estimates().frame),
        "tests.csv": csv_bytes(outcome.tests().frame),
        "flags.csv": csv_bytes(_flags(outcome).frame),
        "leave_one_out.csv": csv_bytes(study_influence(outcome)),
        **extra,
    }
    for block in outcome.blocks:
        for drawn in block.drawn:
            files[f"{block.name}/figures/{drawn.name}.svg"] = drawn.svg
            files[f"{block.name}/source/{drawn.name}.csv"] = drawn.source
        for sheet in block.sheets:
            files[f"{block.name}/tables/{sheet.name}.csv"] = sheet_csv(sheet, block.estimates)
    return files


def record_bytes(outcome: Outcome, files: dict[str, bytes]) -> bytes:
    """Return the record ``run.json`` of a run with these results."""
    return _record(outcome, files)


def _write(path: Path, data: bytes) -> None:
    if not path.is_file() or path.read_bytes() != data:
        write_durably(path, data)


def _flags(outcome: Outcome) -> Flags:
    return Flags.concat([block.flags for block in outcome.blocks])


def _record(outcome: Outcome, results: dict[str, bytes]) -> bytes:
    """Versions, seed and digests: what the numbers depend on. No clock, so runs compare equal."""
    record = {
        "title": outcome.study.file.study.title,
        "seed": outcome.study.file.study.seed,
        "versions": dict(outcome.versions),
        "blocks": {
            block.name: {
                "assay": block.assay,
                "experimental_unit": block.experimental_unit,
                "settings": dict(block.settings),
                "files": dict(block.files),
                "readers": list(block.readers),
                "rows": dict(block.counts),
            }
            for block in outcome.blocks
        },
        "results": {name: sha256(data).hexdigest() for name, data in results.items()},
        "exclusions": len(outcome.ledger),
        "last_exclusion": outcome.ledger[-1].digest if outcome.ledger else None,
    }
    return (json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _written_before(folder: Path) -> set[str]:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return {str(name) for name in record["results"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _remove_old(folder: Path, names: set[str]) -> None:
    for name in sorted(names):
        path = folder / name
        if path.resolve().is_relative_to(folder.resolve()):
            path.unlink(missing_ok=True)
