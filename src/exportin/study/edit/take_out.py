"""Takes a file out of a block; it stays in the folder, and undo brings it back."""

from functools import partial
from pathlib import Path, PurePosixPath

from exportin.study.edit.journal import record_edit, repair
from exportin.study.edit.study_file import read_study_file
from exportin.study.edit.toml_text import set_value
from exportin.study.files import find_files
from exportin.study.ledger import excluded_rows, read_ledger
from exportin.study.load import FILE
from exportin.tables.problems import InputError, problem_at


def take_out(folder: Path, block: str, file: str) -> None:
    """Read a file no longer: the block names all its other files, and not this one.

    Parameters
    ----------
    folder, block
        The study folder and the block.
    file
        Path of the file as the block has it (``raw/plate1.csv``). Its bytes stay where they are.

    Raises
    ------
    InputError
        If the block has no such file, or no other, or rows of it are left out.
    """
    repair(folder)
    study = read_study_file(folder)
    study.block(block)
    names = find_files(study.sources(), block, []) if block in study.sources().file.block else ()
    if file not in names:
        message = f"the block '{block}' has no file '{file}'."
        raise InputError(problem_at(FILE, f"block.{block}", message, "", "no-file"))
    if len(names) == 1:
        message = f"it is the only file of the block '{block}'."
        remedy = "Undo the step that added it, or add the right file first."
        raise InputError(problem_at(file, "", message, remedy, "last-file"))
    gone = excluded_rows(read_ledger(folder), block)
    if any(row.startswith((f"{file}:", f"{file}#")) for row in gone):
        message = "rows of it are left out by a person, with a reason that would lose its row."
        remedy = "Take them back first."
        raise InputError(problem_at(file, "", message, remedy, "rows-left-out"))
    patterns = study.patterns.get(block, [])
    plain = [PurePosixPath(pattern).as_posix() for pattern in patterns]
    left = [pattern for pattern, name in zip(patterns, plain, strict=True) if name != file]
    others = [name for name in names if name != file]
    if set(plain) - set(names):  # a pattern names it too: its files are named one by one
        left = others
    change = partial(set_value, table=("block", block), key="files", value=left)
    after = study.changed(change, f"Take '{file}' out of 'files' of the block by hand.")
    what = f"take {file} out of {block}"
    record_edit(folder, what, {FILE: after.bytes}, block=block, based_on={FILE: study.data})
