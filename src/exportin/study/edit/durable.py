"""Writes several files of a study or none: what a killed process left is put right."""

import json
import os
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from exportin.study.edit.lines import NAME, Digests, read_edits
from exportin.study.ledger import LOCK, append_line
from exportin.study.lock import locked
from exportin.study.store import TEMPORARY, DamagedError, Store, sweep
from exportin.tables.problems import InputError, Problem, problem_at

STORE = ".exportin"
PENDING = Path(STORE, "edit.json")
"""What is about to be written; stands from before the first file to behind the record's line."""


def now_there(folder: Path, name: str) -> bytes | None:
    """Return the bytes of a file of the study, None where there is none.

    Raises
    ------
    InputError
        If the name leads out of the study folder, or the file cannot be read.
    """
    path = inside(folder, name)
    try:
        return path.read_bytes() if path.exists() else None
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}."
        raise InputError(
            problem_at(name, "", message, "Check its name and rights.", "unreadable")
        ) from None


def inside(folder: Path, name: str) -> Path:
    """Return the path of a file of the study, which may not exist yet.

    Raises
    ------
    InputError
        If it lies outside the study folder, also by way of a link, or in a folder of programs.
    """
    path = folder / name
    parts = Path(name).parts
    wrong = not parts or Path(name).is_absolute() or ".." in parts or parts[0] == STORE
    if wrong or "\\" in name or not path.resolve().is_relative_to(folder.resolve()):
        message = "the file lies outside of the study folder."
        raise InputError(problem_at(name, "", message, "Copy it into the folder.", "outside"))
    return path


def digest(data: bytes | None) -> str | None:
    """Return the digest of a file, None for none."""
    return None if data is None else sha256(data).hexdigest()


def keep(folder: Path, data: bytes) -> str:
    """Keep bytes in the store and return their digest."""
    return Store(folder / STORE).put(data)


def kept(folder: Path, found: str | None) -> bytes | None:
    """Return kept bytes; None for the digest of no file.

    Raises
    ------
    KeyError
        If the bytes are no longer kept.
    """
    if found is None:
        return None
    try:
        return Store(folder / STORE).get(found)
    except (OSError, DamagedError):
        raise KeyError(found) from None


def write_all(folder: Path, files: Mapping[str, bytes | None], line: str) -> None:
    """Write files, delete those that are None, and add the line that acknowledges it.

    The caller holds the lock of the ledger, and the bytes before and after are in the store.

    Raises
    ------
    InputError
        If a file cannot be written; all are then what they were.
    """
    staged: dict[str, Path] = {}
    try:
        _put(folder / PENDING, line.encode())
        for name, data in files.items():
            if data is not None:
                staged[name] = _stage(inside(folder, name), data)
        for name in files:
            path = folder / name
            if name in staged:
                staged[name].replace(path)
            else:
                path.unlink(missing_ok=True)
            _settle(path.parent)
        append_line(folder / NAME, line)
    except OSError as error:
        for path in staged.values():
            path.unlink(missing_ok=True)
        _restore(folder)
        where = Path(error.filename).name if isinstance(error.filename, str) else ""
        message = f"the study folder cannot be written ({where or folder}): {error.strerror}."
        remedy = "Look at the rights of the folder and the space on the disk; nothing was changed."
        raise InputError(problem_at(str(folder), "", message, remedy, "cannot-write")) from None
    _drop(folder / PENDING)


def repair(folder: Path) -> None:
    """Put right what a killed process left: a change without its line in the record is taken back.

    Cheap where there is nothing to do; call it before the study file is read.

    Raises
    ------
    InputError
        If the bytes to put back are gone.
    """
    if (folder / PENDING).is_file():
        with locked(folder / LOCK):
            repair_held(folder)


def repair_held(folder: Path) -> None:
    """Do so while holding the lock of the ledger."""
    if (folder / PENDING).is_file():
        _restore(folder)


def _restore(folder: Path) -> None:
    path = folder / PENDING
    if not path.is_file():
        return
    found = json.loads(path.read_bytes())
    files: dict[str, Digests] = {name: (a, b) for name, (a, b) in found["files"].items()}
    edits = read_edits(folder)
    if not edits or edits[-1].digest != found["digest"]:
        problems = [fault for name in files for fault in _back(folder, name, *files[name])]
        if problems:
            raise InputError(problems)
    sweep(folder)
    _drop(path)


def _back(folder: Path, name: str, before: str | None, after: str | None) -> list[Problem]:
    """Put one file back, unless it is so already, or someone else has written it since."""
    if digest(now_there(folder, name)) != after or before == after:
        return []
    try:
        data = kept(folder, before)
    except KeyError:
        message = "a change was broken off, and the file as it was before is no longer kept."
        remedy = f"Put your copy in its place, then delete {PENDING.as_posix()}."
        return [problem_at(name, "", message, remedy, "edit-broken-off")]
    path = inside(folder, name)
    if data is None:
        path.unlink(missing_ok=True)
    else:
        _put(path, data)
    return []


def _put(path: Path, data: bytes) -> None:
    staged = _stage(path, data)
    staged.replace(path)
    _settle(path.parent)


def _stage(path: Path, data: bytes) -> Path:
    """Write bytes beside their place, durably, under a name that nobody looks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{TEMPORARY}{os.getpid()}-")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    Path(name).chmod(mode)
    return Path(name)


def _settle(folder: Path) -> None:
    """Make names in a folder durable, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _drop(path: Path) -> None:
    path.unlink(missing_ok=True)
    _settle(path.parent)
