"""Finds the files a study names; nothing outside the study folder is ever opened."""

from collections.abc import Collection, Iterator
from pathlib import Path

from exportin.study.load import Study
from exportin.tables.problems import Problem

OURS = (".exportin", "results", "study.toml", "truth.csv")
MAX_BYTES = 2 * 1024**3


def find_files(
    study: Study, block: str, problems: list[Problem], layouts: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the files of a block, in name order, as paths from the study folder.

    ``layouts`` are the files that the design names as such; a pattern never means them.
    """
    found: dict[str, None] = {}
    for number, pattern in enumerate(study.file.block[block].files):
        matches = _matches(study, pattern, layouts)
        problems.extend(_outside(study, block, number, pattern))
        if not matches:
            message = f"no file fits '{pattern}'."
            remedy = _what_instead(study.folder, pattern)
            problems.append(
                study.problem(("block", block, "files", number), message, remedy, "no-file")
            )
        found |= dict.fromkeys(matches)
    return tuple(found)


def _matches(study: Study, pattern: str, layouts: Collection[str]) -> list[str]:
    """Return the files that a name or pattern means; a pattern never means our own tables."""
    folder = study.folder
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        return []
    try:
        if (folder / pattern).is_file():  # a name may hold [ or *
            return [Path(pattern).as_posix()] if _inside(study, folder / pattern) else []
        hits = [path for path in folder.glob(pattern) if path.is_file() and _inside(study, path)]
    except (ValueError, NotImplementedError):  # not a pattern, or a name that no file can have
        return []
    ours = {
        *OURS,
        *layouts,
        study.file.study.design,
        *(b.layout for b in study.file.block.values()),
    }
    names = [path.relative_to(folder) for path in hits]
    return sorted(n.as_posix() for n in names if not {n.parts[0], n.as_posix()} & ours)


def _what_instead(folder: Path, pattern: str) -> str:
    """Say why a pattern fits nothing: it leaves the folder, is a folder, or is wrong."""
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        return "Copy the files into the study folder and name them from there."
    try:
        if (folder / pattern).is_dir():
            return f"It is a folder; write '{Path(pattern).as_posix()}/*'."
    except (OSError, ValueError):
        pass
    return f"Put the raw files there, or correct the pattern. {_seen(folder)}".rstrip()


def _outside(study: Study, block: str, number: int, pattern: str) -> Iterator[Problem]:
    """Refuse links that lead out of the folder or to nothing: a file left out lowers n."""
    try:
        hits = [] if Path(pattern).is_absolute() else sorted(study.folder.glob(pattern))
    except (ValueError, NotImplementedError):
        return
    for path in hits:
        if not path.is_symlink() or ".." in Path(pattern).parts:
            continue
        name = path.relative_to(study.folder).as_posix()
        where = ("block", block, "files", number)
        if not path.exists():
            message = f"'{name}' is a link to a file that does not exist."
            yield study.problem(where, message, "Put the file there, or delete it.", "broken-link")
        elif not _inside(study, path):
            message = f"'{name}' is a link to a file outside the study folder."
            yield study.problem(where, message, "Copy the file into the folder.", "outside")


def _inside(study: Study, path: Path) -> bool:
    return path.resolve().is_relative_to(study.folder.resolve())


def _seen(folder: Path) -> str:
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.glob("*/*.*")
        if not path.relative_to(folder).as_posix().startswith(OURS)
    )[:3]
    return f"The folder holds, for example: {', '.join(names)}." if names else ""


def read_bytes(study: Study, name: str, problems: list[Problem]) -> bytes | None:
    """Return the bytes of a file of the study folder."""
    path = study.folder / name
    try:
        if not path.resolve().is_relative_to(study.folder.resolve()):
            raise OSError("it lies outside the study folder")
        if path.stat().st_size > MAX_BYTES:
            raise OSError("it is larger than 2 GiB")
        data = path.read_bytes()
        if not data:
            raise OSError("it is empty (0 bytes)")
        return data
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}."
        problems.append(
            Problem(
                file=name,
                place="",
                message=message,
                remedy="Check its name and rights.",
                code="unreadable",
            )
        )
        return None
