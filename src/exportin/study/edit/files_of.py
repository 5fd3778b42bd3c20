"""The files of a block, as the study file names them: all of them, or all but some."""

from collections.abc import Collection
from functools import partial
from pathlib import PurePosixPath

from exportin.study.edit.study_file import StudyText
from exportin.study.edit.toml_text import set_value
from exportin.study.files import find_files
from exportin.study.layout_files import named_layouts
from exportin.study.ledger import Entry, excluded_rows, read_ledger
from exportin.study.load import FILE
from exportin.tables.problems import InputError, problem_at


def files_of(study: StudyText, block: str) -> tuple[str, ...]:
    """Return the files that a block reads, in its order.

    Raises
    ------
    InputError
        If the study has no such block.
    """
    study.block(block)
    try:
        sources = study.sources()
    except InputError:  # no block names any
        return ()
    if block not in sources.file.block:
        return ()
    return find_files(sources, block, [], named_layouts(sources))


def held_by(study: StudyText, block: str, files: Collection[str]) -> tuple[str, ...]:
    """Return the files of a block, of which ``files`` must be some.

    Raises
    ------
    InputError
        If no file is named, or the block does not have one of them.
    """
    names = files_of(study, block)
    lost = [file for file in files if file not in names]
    if lost or not files:
        message = f"the block '{block}' has no file '{lost[0] if lost else ''}'."
        remedy = f"Its files: {', '.join(names)}." if names else ""
        raise InputError(problem_at(FILE, f"block.{block}", message, remedy, "no-file"))
    return names


def without(study: StudyText, block: str, gone: Collection[str]) -> StudyText:
    """Return the study with some files of a block no longer named, and all its others still."""
    names = files_of(study, block)
    patterns = study.patterns.get(block, [])
    plain = [PurePosixPath(pattern).as_posix() for pattern in patterns]
    left = [pattern for pattern, name in zip(patterns, plain, strict=True) if name not in gone]
    if set(plain) - set(names):  # a pattern names them too: the others are named one by one
        left = [name for name in names if name not in gone]
    change = partial(set_value, table=("block", block), key="files", value=left)
    said = ", ".join(f"'{name}'" for name in sorted(gone))
    return study.changed(change, f"Take {said} out of 'files' of the block by hand.")


def left_out(
    study: StudyText, block: str, files: Collection[str], among: Collection[str]
) -> dict[str, Entry]:
    """Return the rows of some files of a block that people left out, with the line that did it."""
    gone = excluded_rows(read_ledger(study.folder), block)
    return {row: entry for row, entry in gone.items() if file_of(row, among) in files}


def file_of(row: str, among: Collection[str]) -> str:
    """Return the file that a row is of; empty where it is of none of them.

    >>> file_of("raw/a.csv:B03", ["raw/a.csv", "a.csv"]), file_of("a#2:B03", ["a#2", "a"])
    ('raw/a.csv', 'a#2')
    """
    mine = [name for name in among if row.startswith((f"{name}:", f"{name}#"))]
    return max(mine, key=len, default="")
