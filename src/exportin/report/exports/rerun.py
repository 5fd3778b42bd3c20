"""Checks a packed study: unpacks it safely, computes it again, compares every result."""

import csv
import io
import json
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from math import isclose
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from exportin.report.document import build_report
from exportin.report.exports.crate import METADATA, PREVIEW, README
from exportin.report.exports.plain_names import is_plain, name_of
from exportin.report.exports.study_files import whole_study
from exportin.study.load import FILE
from exportin.study.publish import RECORD, RESULTS, publish
from exportin.study.run import STORE, Progress, load, run_study
from exportin.study.store import write_durably
from exportin.tables.archive import check_entries
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, problem_at

MOST = 8 * 1024**3  # bytes unpacked
KIND, LINK, PLAIN, FOLDER = 0o170000, 0o120000, 0o100000, 0o040000  # Unix modes
DIGITS = 1e-9
AGAIN = "Ask for the archive again; it may be damaged or was made by someone else."
RECORDED = "recorded"
ABOUT = (METADATA, PREVIEW, README)
"""What the archive says of itself; a study is computed without it."""


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

    Results that differ are kept as they were recorded in ``folder/recorded`` (``recorded results``
    where the study has a folder of that name).

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
    inputs = {name: data for name, data in files.items()
              if name not in ABOUT and not name.startswith(f"{RESULTS}/")}  # fmt: skip
    check_inputs(archive.name, inputs)
    for name, data in inputs.items():
        write_inside(folder, name, data)
    outcome = run_study(folder, workers=workers, progress=progress)
    publish(outcome, {"report.html": build_report(outcome)})
    now = json.loads((folder / RESULTS / RECORD).read_text(encoding="utf-8"))
    return compared(folder, files, record, now)


def check_inputs(archive: str, inputs: dict[str, bytes]) -> None:
    """Let through only files that the study reads: no results, no cache of them, nothing else.

    Raises
    ------
    InputError
        With every file that the study does not name, or that a run would take for its own.
    """
    refuse_all(archive, filter(is_cache, inputs))
    if FILE not in inputs:
        raise InputError(fault(archive, f"'{FILE}' is not in the archive.", "no-study"))
    with TemporaryDirectory(prefix="exportin-names-") as place:
        folder = Path(place)
        for name in inputs:  # names decide, and the two files that bring names
            write_inside(folder, name, b"")
        write_inside(folder, FILE, inputs[FILE])
        study = load(folder)
        design = study.file.study.design
        if design in inputs:
            write_inside(folder, design, inputs[design])
        own = whole_study(study)
    refuse_all(archive, (name for name in inputs if name not in own))


def refuse_all(archive: str, names: Iterable[str]) -> None:
    """Refuse an archive for files that are no part of a study."""
    problems = [
        fault(archive, f"'{name}' is no file that this study reads.", "not-of-the-study", name)
        for name in names
    ]
    if problems:
        raise InputError(problems)


def is_cache(name: str) -> bool:
    """Whether a path lies where a run looks for numbers, on a system that reads names loosely too.

    >>> is_cache(".exportin/index.sqlite"), is_cache(".Exportin/x"), is_cache("plates/a.csv")
    (True, True, False)
    """
    first = unicodedata.normalize("NFKC", name.partition("/")[0])
    seen = "".join(c for c in first if unicodedata.category(c) not in {"Cf", "Mn"}).casefold()
    return seen.startswith((STORE, "exporti~"))


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
        record = {**record, **{key: dict(record[key].items()) for key in ("results", "versions")}}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
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
    """Compare the results in the archive, file by file, with those that were made now.

    What the record says of them counts for nothing: whoever changes a file can leave it as it was.
    """
    head = f"{RESULTS}/"
    old = {name.removeprefix(head): data for name, data in files.items() if name.startswith(head)}
    before = {name: sha256(data).hexdigest() for name, data in old.items() if name != RECORD}
    after = dict(now["results"])
    same, different = [], []
    kept = RECORDED if not (folder / RECORDED).exists() else f"{RECORDED} results"
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            same.append(name)
            continue
        path = folder / RESULTS / name
        new = path.read_bytes() if name in after else b""
        different.append((name, in_which_way(name, before, after, old.get(name, b""), new)))
        if name in old:
            write_inside(folder, f"{kept}/{name}", old[name])
    other = [key for key in now if key not in ("results", "versions")
             and record.get(key) != now[key]]  # fmt: skip
    if record["results"] != before:
        other.append("the digests of results")
    if other:
        different.append((RECORD, f"says otherwise: {', '.join(other)}"))
        write_inside(folder, f"{kept}/{RECORD}", old[RECORD])
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
    try:
        return in_which_cells(*(cells(data) for data in (old, new)))
    except csv.Error:  # a cell without end
        return "other bytes"


def cells(data: bytes) -> list[list[str]]:
    """Return the cells of a table."""
    return [*csv.reader(io.StringIO(data.decode("utf-8", "replace")))]


def in_which_cells(one: list[list[str]], two: list[list[str]]) -> str:
    """Say how the cells of two tables differ."""
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
