"""Raw files that a person names on the command line, read for a room that opens no files."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from exportin.tables.table import Table

Files = Annotated[list[Path], typer.Argument(help="raw files, or folders of them")]


def with_files(run: Callable[..., None], kind: "Callable[[], type[Table]]") -> Callable[..., None]:
    """Return a command that takes files in place of the tables that ``run`` wants first."""

    @wraps(run)
    def inner(files: list[Path], **options: Any) -> None:
        run(read_files(files, kind()), **options)

    given = signature(run)
    rest = [part for name, part in given.parameters.items() if name != "tables"]
    first = Parameter("files", Parameter.POSITIONAL_OR_KEYWORD, annotation=Files)
    inner.__signature__ = given.replace(parameters=[first, *rest])  # type: ignore[attr-defined]
    inner.__annotations__ = {**run.__annotations__, "files": Files}
    inner.__annotations__.pop("tables", None)
    return inner


def read_files(files: list[Path], kind: "type[Table]") -> "list[Table]":
    """Read files, and every file of a folder that a reader of this kind recognizes.

    Raises
    ------
    InputError
        With the problems of all files.
    """
    from exportin.contract.reader import Request
    from exportin.study.recognise import recognised
    from exportin.study.steps.read import find_reader
    from exportin.tables.origin import Source
    from exportin.tables.problems import InputError, Problem

    tables: list[Table] = []
    problems: list[Problem] = []
    for path, named in _listed(files, problems):
        try:
            source = Source(name=str(path), data=path.read_bytes())
            if not named and recognised(source, kind) is None:
                continue  # a folder may hold other files beside
            reader = find_reader(source, kind, None)
            tables.append(reader.read(source, Request(kind=kind)))
        except OSError as error:
            problems.append(_unreadable(str(path), str(error.strerror)))
        except InputError as error:
            problems.extend(error.problems)
    if not tables and not problems:
        problems.append(_unreadable(str(files[0]), f"no file here holds {kind.kind}"))
    if problems:
        raise InputError(problems)
    return tables


def _listed(files: "list[Path]", problems: "list[Any]") -> list[tuple[Path, bool]]:
    """Name files, and the files of folders in the order of their names; True: named by itself."""
    found: list[tuple[Path, bool]] = []
    for path in files:
        if not path.is_dir():
            found.append((path, True))
            continue
        inside = sorted(item for item in path.iterdir() if item.is_file())
        if not inside:
            problems.append(_unreadable(str(path), "the folder holds no file"))
        found += [(item, False) for item in inside]
    return found


def _unreadable(name: str, why: str) -> Any:
    from exportin.tables.problems import Problem

    message = f"{why[:1].lower()}{why[1:]}."
    return Problem(file=name, place="", message=message, remedy="Name a file.", code="file")
