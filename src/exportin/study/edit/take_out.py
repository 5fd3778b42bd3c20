"""Takes a file out of a block, or a block out of a study; files stay in the folder."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from exportin.study.edit.files_of import held_by, left_out, without
from exportin.study.edit.journal import record_edit, repair
from exportin.study.edit.study_file import StudyText, read_study_file
from exportin.study.edit.toml_section import drop_section
from exportin.study.ledger import excluded_rows, read_ledger
from exportin.study.load import FILE
from exportin.tables.problems import InputError, problem_at


@dataclass(frozen=True, slots=True)
class Goes:
    """What goes with a block: its questions in words, the links that use it, and if it is all."""

    questions: tuple[str, ...]
    links: tuple[str, ...]
    alone: bool


def goes_with(study: StudyText, block: str) -> Goes:
    """Return what goes with a block.

    Raises
    ------
    InputError
        If there is no such block.
    """
    asked = study.block(block).get("compare")
    tables = [one for one in asked if isinstance(one, dict)] if isinstance(asked, list) else []
    links = [
        name for name, link in study.links.items()
        if isinstance(used := link.get("from"), list) and block in used
    ]  # fmt: skip
    words = [f"{one.get('quantity', '')} between {one.get('between', '')}" for one in tables]
    return Goes(tuple(words), tuple(links), set(study.blocks) == {block})


def take_out(folder: Path, block: str, file: str, *, with_block: bool = False) -> None:
    """Read a file no longer: the block names all its other files, and not this one.

    Parameters
    ----------
    folder, block
        The study folder and the block.
    file
        Path of the file as the block has it (``raw/plate1.csv``). Its bytes stay where they are.
    with_block
        Whether the block may go with its last file, and with it its questions and the links that
        use it.

    Raises
    ------
    InputError
        If the block has no such file, or no other, or rows of it are left out.
    """
    repair(folder)
    study = read_study_file(folder)
    names = held_by(study, block, [file])
    last = len(names) == 1
    if last and not with_block:
        message = (
            f"it is the only file of the block '{block}', which goes with it{_also(study, block)}."
        )
        remedy = "Say that the block may go too, or add the right file first."
        raise InputError(problem_at(file, "", message, remedy, "last-file"))
    if left_out(study, block, [file], names) or (
        last and excluded_rows(read_ledger(folder), block)
    ):
        message = "rows of it are left out by a person, with a reason that would lose its row."
        remedy = "Take them back first."
        raise InputError(problem_at(file, "", message, remedy, "rows-left-out"))
    after = without_block(study, block) if last else without(study, block, [file])
    what = f"take {file} out of {block}" + (", and the block with it" if last else "")
    record_edit(folder, what, {FILE: after.bytes}, block=block, based_on={FILE: study.data})


def without_block(study: StudyText, block: str) -> StudyText:
    """Return the study without a block and the links that use it.

    Raises
    ------
    InputError
        If one of them is written in a form that only a person can change.
    """
    for path in [*(("link", name) for name in goes_with(study, block).links), ("block", block)]:
        remedy = f"Take [{'.'.join(path)}] out of the file by hand."
        study = study.changed(partial(drop_section, below=path), remedy)
    return study


def _also(study: StudyText, block: str) -> str:
    goes = goes_with(study, block)
    said = [f"{len(goes.questions)} of its questions"] if goes.questions else []
    said += [f"the link '{name}'" for name in goes.links]
    return f", and so do {' and '.join(said)}" if said else ""
