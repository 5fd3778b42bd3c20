"""Reads ``study.toml`` and lists everything that is wrong with it at once."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from exportin.study.discover import assay_names, load_assay, load_links, load_readers
from exportin.study.model import SCHEMA_VERSION, Block, Compare, LinkBlock, StudyFile, StudySection
from exportin.study.places import line_of
from exportin.tables.problems import InputError, Problem, nearest

FILE = "study.toml"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_\-]*\Z")


@dataclass(frozen=True, slots=True)
class Study:
    """A study folder and what its file says."""

    folder: Path
    file: StudyFile
    text: str

    def problem(self, path: tuple[str | int, ...], message: str, remedy: str, code: str) -> Problem:
        """Return a problem that points at a key of the study file."""
        return _problem(self.text, path, message, remedy, code)


def _problem(
    text: str, path: tuple[str | int, ...], message: str, remedy: str, code: str
) -> Problem:
    line = line_of(text, path)
    name = ".".join(str(part) for part in path)
    place = f"line {line}, {name}" if line else name
    return Problem(file=FILE, place=place, message=message, remedy=remedy, code=code)


def load_study(folder: Path) -> Study:
    """Read and check ``folder/study.toml``.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    text = _read_text(folder)
    raw = _parse(text)
    problems: list[Problem] = []
    file = _validate(raw, text, problems)
    if problems or file is None:
        raise InputError(problems)
    return Study(folder=folder, file=file, text=text)


def _read_text(folder: Path) -> str:
    path = folder / FILE
    if not path.is_file():
        message = f"there is no {FILE} in '{folder}'."
        remedy = "Name a study folder, or start one with 'exportin new DIR --assay NAME'."
        raise InputError(
            Problem(file=str(folder), place="", message=message, remedy=remedy, code="no-study")
        )
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return text.replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        data = path.read_bytes()
        what = "UTF-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "not UTF-8"
        message = f"the text is {what} (byte {error.start}), expected UTF-8."
        raise InputError(
            Problem(file=FILE, place="", message=message, remedy="Save it as UTF-8.", code="utf-8")
        ) from None


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at (line \d+, column \d+)\)", str(error))
        message = str(error).split(" (at ")[0] + "."
        remedy = 'Texts stand in double quotes, lists in [ ], tables start with "[block.NAME]".'
        raise InputError(
            Problem(
                file=FILE,
                place=where.group(1) if where else "",
                message=message,
                remedy=remedy,
                code="toml",
            )
        ) from None


def _validate(raw: dict[str, Any], text: str, problems: list[Problem]) -> StudyFile | None:
    version = raw.get("study", {}).get("schema") if isinstance(raw.get("study"), dict) else None
    if isinstance(version, int) and version != SCHEMA_VERSION:
        message = f"the file is of schema {version}; this version of exportin reads schema 1."
        remedy = "Use the exportin that wrote it, or start anew with 'exportin new'."
        problems.append(_problem(text, ("study", "schema"), message, remedy, "schema"))
        return None
    blocks = _sections(raw, "block")
    settings = {name: _split_block(name, block, text, problems) for name, block in blocks.items()}
    links = _sections(raw, "link")
    for name in blocks.keys() & links.keys():
        message = f"a block is called '{name}' too; their results would share a folder."
        problems.append(_problem(text, ("link", name), message, "Rename one.", "twin-name"))
    linked = {name: _split_link(name, link, text, problems) for name, link in links.items()}
    try:
        file = StudyFile.model_validate(raw)
    except ValidationError as error:
        problems.extend(_explain(error, StudyFile, (), text))
        return None
    if problems:
        return None
    return _with_settings(file, settings, linked)


def _sections(raw: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    section = raw.get(name)
    if not isinstance(section, dict):
        return {}
    return {key: value for key, value in section.items() if isinstance(value, dict)}


def _split_block(name: str, block: dict[str, Any], text: str, problems: list[Problem]) -> Any:
    """Take the assay's own settings out of the block and check them by the assay's model."""
    path = ("block", name)
    _check_name(path, text, problems)
    assay = block.get("assay")
    if not isinstance(assay, str):
        return None
    if assay not in assay_names():
        message = f"there is no assay '{assay}'."
        remedy = nearest(assay, assay_names())
        problems.append(_problem(text, (*path, "assay"), message, remedy, "unknown-assay"))
        return None
    reader = block.get("reader")
    known = {found.name for found in load_readers()}
    if isinstance(reader, str) and reader not in known:
        message = f"there is no reader '{reader}'."
        problems.append(
            _problem(text, (*path, "reader"), message, nearest(reader, known), "unknown-reader")
        )
    model = load_assay(assay).settings
    return _own_settings(block, Block, model, path, text=text, problems=problems)


def _check_name(path: tuple[str, str], text: str, problems: list[Problem]) -> None:
    """Names of blocks and links become folders of the results."""
    if not NAME.match(path[1]):
        message = f"'{path[1]}' cannot name a {path[0]}."
        remedy = "Use letters, digits, _ and -, starting with a letter."
        problems.append(_problem(text, path, message, remedy, f"{path[0]}-name"))


def _split_link(name: str, link: dict[str, Any], text: str, problems: list[Problem]) -> Any:
    _check_name(("link", name), text, problems)
    use = link.get("use")
    if not isinstance(use, str):
        return None
    if use not in load_links():
        message = f"there is no link '{use}'."
        problems.append(
            _problem(
                text, ("link", name, "use"), message, nearest(use, load_links()), "unknown-link"
            )
        )
        return None
    return _own_settings(
        link, LinkBlock, load_links()[use].settings, ("link", name), text=text, problems=problems
    )


def _own_settings(
    table: dict[str, Any],
    shared: type[BaseModel],
    model: type[BaseModel],
    path: tuple[str, ...],
    *,
    text: str,
    problems: list[Problem],
) -> Any:
    common = _keys(shared)
    given = {key: table.pop(key) for key in list(table) if key not in common}
    try:
        return model.model_validate(given, strict=True)
    except ValidationError as error:
        problems.extend(_explain(error, model, path, text, extra_known=common))
        return None


def _keys(model: type[BaseModel]) -> set[str]:
    fields = model.model_fields.items()
    return {field.alias or name for name, field in fields if not field.exclude}


def _explain(
    error: ValidationError,
    model: type[BaseModel],
    prefix: tuple[str, ...],
    text: str,
    extra_known: Iterable[str] = (),
) -> list[Problem]:
    out = []
    for item in error.errors():
        path = (*prefix, *(part for part in item["loc"] if part != "[key]"))
        if item["type"] == "extra_forbidden":
            known = _keys_at(model, item["loc"][:-1]) | set(extra_known)
            message = f"unknown key '{item['loc'][-1]}'."
            remedy, code = nearest(str(item["loc"][-1]), known), "unknown-key"
        elif item["type"] == "missing":
            message, code = f"the key '{item['loc'][-1]}' is missing.", "missing-key"
            remedy = f"Add '{item['loc'][-1]} = ...'."
        else:
            found = item.get("input")
            message, code = f"{item['msg']}, found {found!r}.", "wrong-value"
            remedy = "See 'exportin schema' for what may stand here."
        out.append(_problem(text, path, message, remedy, code))
    return out


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> set[str]:
    """Keys that may stand at a place of the study file."""
    if model is not StudyFile:
        return _keys(model)
    names = tuple(part for part in loc if isinstance(part, str))
    if names[:1] == ("study",):
        return _keys(StudySection)
    if names[:1] == ("block",):
        return _keys(Compare) if "compare" in names[2:] else _keys(Block)
    if names[:1] == ("link",):
        return _keys(LinkBlock)
    return _keys(StudyFile)


def _with_settings(file: StudyFile, settings: dict[str, Any], linked: dict[str, Any]) -> StudyFile:
    blocks = {
        name: block.model_copy(update={"settings": settings[name]})
        for name, block in file.block.items()
    }
    links = {
        name: link.model_copy(update={"settings": linked[name]}) for name, link in file.link.items()
    }
    return file.model_copy(update={"block": blocks, "link": links})
