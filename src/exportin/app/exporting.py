"""Writes a study in the formats of others, and checks one that someone else has packed."""

import json
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from exportin.app.guard import Progress, say
from exportin.report.exports import STUDY_ENDINGS, export_bytes
from exportin.report.exports.files import FIGURE_ENDINGS, NEEDS_PICTURES, check_wish
from exportin.report.exports.rerun import Rerun, rerun
from exportin.study.engine import available_cores
from exportin.study.run import run_study
from exportin.study.store import write_durably

SHOWN = 40  # results that differ are listed up to here


def export_file(folder: Path, out: Path, figure: str, column: str) -> str:
    """Write a study or a figure to a file; return what was written, in words.

    Raises
    ------
    InputError
        The wish is none that can be met, or the study cannot be run.
    """
    wish = figure or None
    ending = out.suffix.casefold()
    known = FIGURE_ENDINGS if wish else STUDY_ENDINGS
    check_wish(ending, known, wish, column or None)  # before anything is computed
    pictures = ending in NEEDS_PICTURES and wish is None
    outcome = run_study(folder, workers=available_cores() if pictures else 1, pictures=pictures)
    data = export_bytes(outcome, ending, wish, column or None)
    write_durably(out, data)
    return f"{out}: {known[ending]}, {len(data) / 1e3:,.0f} kB."


def rerun_file(archive: Path, folder: Path | None, progress: Progress | None) -> Rerun:
    """Compute a packed study again, in a folder that is kept or in one that is not."""
    workers = available_cores()
    if folder is not None:
        return rerun(archive, folder, workers=workers, progress=progress)
    made: AbstractContextManager[str] = TemporaryDirectory(prefix="exportin-rerun-")
    with made as place:
        return rerun(archive, Path(place) / "study", workers=workers, progress=progress)


def print_rerun(found: Rerun, *, kept: bool, as_json: bool) -> None:
    """Say which results are the same and which are not."""
    if as_json:
        said = {
            "same": list(found.same),
            "different": [{"name": name, "how": how} for name, how in found.different],
            "versions": [{"name": n, "recorded": a, "here": b} for n, a, b in found.versions],
            "folder": str(found.folder) if kept else None,
        }
        typer.echo(json.dumps(said, indent=1))
        return
    for name, recorded, here in found.versions:
        say(f"version of {name}: {recorded or 'none'} recorded, {here or 'none'} here.")
    for name, how in found.different[:SHOWN]:
        say(f"{name}: {how}.")
    if len(found.different) > SHOWN:
        say(f"and {len(found.different) - SHOWN} more.")
    total = len(found.same) + len(found.different)
    say(f"{len(found.same)} of {total} results are the same, byte by byte.")
    if kept:
        say(f"Kept in {found.folder}; its report: {found.folder}/results/report.html")
