"""Checks a packed study: unpacks it safely, computes it again, compares every result."""

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from math import isclose
from pathlib import Path
from typing import Any

from exportin.report.document import build_report
from exportin.report.exports.crate import METADATA, PREVIEW
from exportin.report.exports.plain_names import is_plain, name_of
from exportin.study.publish import RECORD, RESULTS, publish
from exportin.study.run import Progress, run_study
from exportin.study.store import write_durably
from exportin.tables.archive import check_entries
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, problem_at

MOST = 8 * 1024**3  # bytes unpacked
KIND, LINK, PLAIN, FOLDER = 0o170000, 0o120000, 0o100000, 0o040000  # Unix modes
DIGITS = 1e-9
AGAIN = "Ask for the archive again; it may be damaged or was made by someone else."
RECORDED = "recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """What came of a rerun: results that are the same, those that differ and how."""

    folder: Path
    same: tuple[str, ...]
    different: tuple[tuple[str, str], ...]  # name, in which way
    versions: tuple[tuple[str, str, str], ...]  # what, as recorded, here


def rerun(
    archive: Path, folder: Path, *, workers: int = 1, progress: Progress | None = None
) -> Rerun:
    """Unpack a study into a new folder, run it, and compare every result with the recorded one.

    Results that differ are kept as they were recorded in ``folder/recorded``.

    Raises
    ------
    InputError
        The archive is no study, is unsafe, was changed since it was made, or cannot be run.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = "the folder is not empty."
        remedy = "Name a new folder; nothing that is there is overwritten."
        raise InputError(problem_at(str(folder), "", message, remedy, "not-empty"))
    files = unpack(Source(name=archive.name, data=archive.read_bytes()))
    record = recorded(archive.name, files)
    for name, data in files.items():
        if not name.startswith(f"{RESULTS}/"):
            write_inside(folder, name, data)
    outcome = run_study(folder, workers=workers, progress=progress)
    publish(outcome, {"report.html": build_report(outcome)})
    now = json.loads((folder / RESULTS / RECORD).read_text(encoding="utf-8"))
    return compared(folder, files, record, now)


def unpack(source: Source) -> dict[str, bytes]:
    """Return the files of an archive after looking at all it says of itself.

    Raises
    ------
    InputError
        It unpacks to too much, holds links or names that leave the folder, is damaged, or its
        files are not those its list names.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            entries = archive.infolist()
            check_entries(source, entries, most=MOST, remedy=AGAIN)
            check_names(source, entries)
            files = {e.filename: archive.read(e) for e in entries if not e.is_dir()}
    except InputError:
        raise
    except Exception as error:  # zipfile raises many kinds on damaged bytes
        why = f"The archive is damaged ({str(error)[:80]})."
        raise InputError(fault(source.name, why, "corrupt-archive")) from error
    check_list(source.name, files)
    return files


def check_names(source: Source, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse links, names that stand twice, and names that mean something to a system."""
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        mode = (entry.external_attr >> 16) & KIND
        if mode == LINK or (mode and mode not in (PLAIN, FOLDER)):
            why = f"The entry {name[:80]!r} is a link."
            raise InputError(fault(source.name, why, "unsafe-archive"))
        if not is_plain(name.rstrip("/")) or name.casefold() in seen:
            why = f"The archive holds a file with the unsafe name {name[:80]!r}."
            raise InputError(fault(source.name, why, "unsafe-archive"))
        seen.add(name.casefold())


def check_list(name: str, files: dict[str, bytes]) -> None:
    """Compare the files with the list of digests in the archive."""
    if METADATA not in files:
        message = f"The archive holds no {METADATA}: it is no study that exportin packed."
        raise InputError(Problem(file=name, place="", message=message, code="no-crate",
                                 remedy="Pack a study: exportin export DIR FILE.zip."))  # fmt: skip
    listed = listed_files(name, files[METADATA])
    there = set(files) - {METADATA, PREVIEW}
    problems = [fault(name, f"'{n}' is in the list and not in the archive.", "crate-list", n)
                for n in sorted(set(listed) - there)]  # fmt: skip
    problems += [fault(name, f"'{n}' is in the archive and not in its list.", "crate-list", n)
                 for n in sorted(there - set(listed))]  # fmt: skip
    problems += [
        fault(
            name, f"'{n}' is not the file that was packed: its digest differs.", "crate-digest", n
        )
        for n in sorted(there & set(listed))
        if sha256(files[n]).hexdigest() != listed[n]
    ]
    if problems:
        raise InputError(problems)


def listed_files(name: str, data: bytes) -> dict[str, str]:
    """Return the digests of the files that the archive's list names."""
    try:
        graph = json.loads(data)["@graph"]
        return {
            name_of(one["@id"]): str(one["sha256"]) for one in graph if one.get("@type") == "File"
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        why = f"{METADATA} cannot be read."
        raise InputError(fault(name, why, "corrupt-archive", METADATA)) from None


def recorded(name: str, files: dict[str, bytes]) -> dict[str, Any]:
    """Return the record of the run that made the results."""
    try:
        record: dict[str, Any] = json.loads(files[f"{RESULTS}/{RECORD}"])
        dict(record["results"]), dict(record["versions"])
    except (ValueError, KeyError, TypeError):
        why = "The archive has no readable record of a run."
        raise InputError(fault(name, why, "no-record", f"{RESULTS}/{RECORD}")) from None
    return record


def write_inside(folder: Path, name: str, data: bytes) -> None:
    """Write a file that lies in the folder, whatever its name says."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(fault(name, "The file would lie outside of the folder.", "unsafe-archive"))
    write_durably(path, data)


def compared(
    folder: Path, files: dict[str, bytes], record: dict[str, Any], now: dict[str, Any]
) -> Rerun:
    """Compare the results of two runs by their digests."""
    before, after = dict(record["results"]), dict(now["results"])
    same, different = [], []
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            same.append(name)
            continue
        old, path = files.get(f"{RESULTS}/{name}", b""), folder / RESULTS / name
        new = path.read_bytes() if path.is_file() else b""
        different.append((name, in_which_way(name, before, after, old, new)))
        if old:
            write_inside(folder, f"{RECORDED}/{name}", old)
    versions = {**record["versions"], **now["versions"]}
    changed = tuple(
        (name, str(record["versions"].get(name, "")), str(now["versions"].get(name, "")))
        for name in versions
        if record["versions"].get(name) != now["versions"].get(name)
    )
    return Rerun(folder=folder, same=tuple(same), different=tuple(different), versions=changed)


def in_which_way(
    name: str, before: dict[str, str], after: dict[str, str], old: bytes, new: bytes
) -> str:
    """Say how a result differs; for tables, whether any number does."""
    if name not in after:
        return "was recorded, is not made here"
    if name not in before:
        return "is made here, was not recorded"
    if not name.endswith(".csv"):
        return "other bytes"
    one, two = ([*csv.reader(io.StringIO(data.decode("utf-8", "replace")))] for data in (old, new))
    if [len(row) for row in one] != [len(row) for row in two]:
        return f"{len(one)} rows were recorded, {len(two)} are made here"
    pairs = [(a, b) for first, second in zip(one, two, strict=True)
             for a, b in zip(first, second, strict=True) if a != b]  # fmt: skip
    far = [(a, b) for a, b in pairs if not close(a, b)]
    if far:
        return (
            f"{len(far)} of its cells differ, the first: {far[0][0]!r} recorded, {far[0][1]!r} here"
        )
    return f"the same numbers to nine digits; {len(pairs)} differ beyond"


def close(one: str, two: str) -> bool:
    """Whether two cells are the same number to nine digits."""
    try:
        return isclose(float(one), float(two), rel_tol=DIGITS, abs_tol=1e-300)
    except ValueError:
        return False


def fault(file: str, message: str, code: str, place: str = "") -> Problem:
    """Return the problem of an archive."""
    return Problem(file=file, place=place, message=message, remedy=AGAIN, code=code)
