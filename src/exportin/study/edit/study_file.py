"""The study file as it stands, to be changed: its bytes, its text, and what it says."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from exportin.study.edit.durable import now_there
from exportin.study.edit.toml_text import CannotEditError
from exportin.study.load import FILE, Study, parse_text, read_text
from exportin.study.model import StudyFile
from exportin.tables.problems import InputError, nearest, problem_at

BOM = "\ufeff"
KEPT: dict[str, type] = {"assay": str, "files": list, "layout": str, "reader": str}
"""Keys of a block that say where its rows come from, and what they are."""


@dataclass(frozen=True, slots=True)
class StudyText:
    """A study file that may have faults, but is TOML.

    ``data`` are its bytes, ``text`` is what they say without a byte order mark, line ends as they
    are, and ``raw`` what TOML makes of it.
    """

    folder: Path
    data: bytes
    text: str
    raw: dict[str, Any]

    @property
    def blocks(self) -> dict[str, dict[str, Any]]:
        """The blocks by name, as written."""
        found = self.raw.get("block")
        tables = found.items() if isinstance(found, dict) else ()
        return {name: one for name, one in tables if isinstance(one, dict)}

    @property
    def links(self) -> dict[str, dict[str, Any]]:
        """The links by name, as written."""
        found = self.raw.get("link")
        tables = found.items() if isinstance(found, dict) else ()
        return {name: one for name, one in tables if isinstance(one, dict)}

    @property
    def patterns(self) -> dict[str, list[str]]:
        """What each block names as its files."""
        return {
            name: [one for one in listed if isinstance(one, str)]
            for name, block in self.blocks.items()
            for listed in [block.get("files")]
            if isinstance(listed, list)
        }

    @property
    def design(self) -> str:
        """Name of the design table."""
        section = self.raw.get("study")
        name = section.get("design") if isinstance(section, dict) else None
        return name if isinstance(name, str) and name else "design.csv"

    def block(self, name: str) -> dict[str, Any]:
        """Return a block as written.

        Raises
        ------
        InputError
            If there is none of this name.
        """
        if name not in self.blocks:
            message = f"there is no block '{name}'."
            remedy = nearest(name, self.blocks)
            raise InputError(problem_at(FILE, "", message, remedy, "unknown-block"))
        return self.blocks[name]

    def changed(self, change: Callable[[str], str], remedy: str) -> "StudyText":
        """Return the study file with its text changed.

        Raises
        ------
        InputError
            If the text is written in a form that only a person can change.
        """
        try:
            text = change(self.text)
        except CannotEditError as error:
            message = f"the study file cannot be changed here: {error}."
            raise InputError(problem_at(FILE, "", message, remedy, "cannot-edit")) from None
        return replace(self, text=text, raw=parse_text(text))

    @property
    def bytes(self) -> bytes:
        """The file as it is to be written; a byte order mark stays."""
        return ((BOM if self.data.startswith(BOM.encode()) else "") + self.text).encode()

    def sources(self) -> Study:
        """Return what it says of files and layouts alone, whatever else is wrong with it.

        Raises
        ------
        InputError
            If not even that can be used.
        """
        blocks = {
            name: {key: one[key] for key, kind in KEPT.items() if isinstance(one.get(key), kind)}
            for name, one in self.blocks.items()
            if isinstance(one.get("assay"), str) and _texts(one.get("files"))
        }
        raw = {"study": {"schema": 1, "title": "", "design": self.design}, "block": blocks}
        if not blocks:
            message = "no block names its assay and files."
            raise InputError(problem_at(FILE, "", message, "Add raw files first.", "no-block"))
        return Study(self.folder, StudyFile.model_validate(raw), self.text)


def read_study_file(folder: Path) -> StudyText:
    """Read the study file of a folder.

    Raises
    ------
    InputError
        If there is none, or it is no TOML.
    """
    read_text(folder)
    data = now_there(folder, FILE) or b""
    text = data.decode("utf-8-sig")
    return StudyText(folder, data, text, parse_text(text))


def nothing_yet(folder: Path) -> bool:
    """Whether a folder has no study, or one that has lost its last block: data begin it."""
    if not (folder / FILE).is_file():
        return True
    try:
        return not set(read_study_file(folder).raw) - {"study"}
    except InputError:
        return False


def _texts(found: object) -> bool:
    return isinstance(found, list) and bool(found) and all(isinstance(x, str) for x in found)
