"""Reads ``study.toml`` and lists everything that is wrong with it at once."""

import math
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from exportin.results.tables import Estimates
from exportin.study.discover import assay_names, load_assay, load_links, load_readers
from exportin.study.gate_files import with_gate_files
from exportin.study.model import SCHEMA_VERSION, Block, Compare, LinkBlock, StudyFile, StudySection
from exportin.study.places import line_of
from exportin.tables.problems import InputError, Problem, nearest

FILE = "study.toml"
RESERVED = frozenset({*Estimates.schema(), "row_id", "file", "cause"})
WRITE = {  # what stands in a study file instead of the wrong type
    "string_type": "Write text in double quotes.",
    "int_type": "Write a whole number, without quotes.",
    "float_type": "Write a number, without quotes.",
    "bool_type": "Write true or false, without quotes.",
    "list_type": 'Write a list: ["..."].',
    "dict_type": 'Write a table: { name = "..." }.',
}
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
    return study_of(folder, read_text(folder))


def study_of(folder: Path, text: str) -> Study:
    """Check a study file that need not have been written yet; other files are those of the folder.

    Raises
    ------
    InputError
        With every problem of the text.
    """
    problems: list[Problem] = []
    raw = with_gate_files(parse_text(text), folder, partial(_problem, text), problems)
    if problems:  # what else is wrong with such a block would be wrong by its missing gates
        raise InputError(problems)
    file = _validate(raw, text, problems)
    if problems or file is None:
        raise InputError(problems)
    return Study(folder=folder, file=file, text=text)


def read_text(folder: Path) -> str:
    """Return the study file as text with plain line ends.

    Raises
    ------
    InputError
        If there is none, or it is not UTF-8.
    """
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


def parse_text(text: str) -> dict[str, Any]:
    """Return what a study file says, unchecked.

    Raises
    ------
    InputError
        If it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at (line \d+, column \d+)\)", str(error))
        message, remedy = _toml_fault(str(error).split(" (at ")[0])
        raise InputError(
            Problem(
                file=FILE,
                place=where.group(1) if where else "",
                message=message,
                remedy=remedy,
                code="toml",
            )
        ) from None


def _toml_fault(said: str) -> tuple[str, str]:
    """Return message and remedy for what the TOML parser said."""
    twice = re.match(r"Cannot declare \((.+?),?\) twice", said)
    if twice:
        name = ".".join(part.strip(" '\"") for part in twice.group(1).split(","))
        return f"the table [{name}] stands twice.", "Keep one, or give one another name."
    if said == "Cannot overwrite a value":
        return "this key stands twice in its table.", "Keep one of the two lines."
    remedy = 'Texts stand in double quotes, lists in [ ], tables start with "[block.NAME]".'
    return f"{said}.", remedy


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
    problems.extend(_twin_blocks(blocks, text))
    linked = {name: _split_link(name, link, text, problems) for name, link in links.items()}
    try:
        file = StudyFile.model_validate(raw)
    except ValidationError as error:
        problems.extend(_explain(error, StudyFile, (), text))
        return None
    if problems:
        return None
    return _with_settings(file, settings, linked)


def _twin_blocks(blocks: Iterable[str], text: str) -> list[Problem]:
    """Refuse blocks whose result folders are one on Windows and macOS."""
    first: dict[str, str] = {}
    out = []
    for name in blocks:
        other = first.setdefault(name.casefold(), name)
        if other != name:
            message = f"the blocks '{other}' and '{name}' differ by case only."
            out.append(_problem(text, ("block", name), message, "Rename one.", "twin-name"))
    return out


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
    problems.extend(_reserved(path, block, text))
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
    problems.extend(_quantities(path, block, assay, text))
    model = load_assay(assay).settings
    return _own_settings(block, Block, model, path, text=text, problems=problems)


def _quantities(
    path: tuple[str, str], block: dict[str, Any], assay: str, text: str
) -> list[Problem]:
    """Refuse questions about quantities that the assay does not give, or not per unit."""
    out = []
    for number, compare in enumerate(_tables(block.get("compare"))):
        found = compare.get("quantity")
        fault = _quantity_fault(found, block, assay, path) if isinstance(found, str) else None
        if fault is not None:
            out.append(_problem(text, (*path, "compare", number, "quantity"), *fault))
    return out


def _quantity_fault(
    found: str, block: dict[str, Any], name: str, path: tuple[str, str]
) -> tuple[str, str, str] | None:
    """Say what is wrong with comparing a quantity: message, remedy, code."""
    assay = load_assay(name)
    known = {quantity.name for quantity in assay.quantities}
    need = assay.needs.get(found)
    if found not in known:
        return f"{name} gives no quantity '{found}'.", nearest(found, known), "unknown-quantity"
    if need is not None and not block.get(need):
        message = f"{name} gives '{found}' only where {need} is asked for."
        return message, f"Write {need} = true in [{'.'.join(path)}].", "needs-setting"
    if found not in assay.comparable:
        message = f"'{found}' is no number of single units, so groups cannot be compared by it."
        names = [name for name in assay.comparable if name not in assay.needs]
        remedy = f"Compare one of: {', '.join(names)}."
        return message, remedy, "not-comparable"
    return None


def _reserved(path: tuple[str, str], block: dict[str, Any], text: str) -> list[Problem]:
    """Refuse keys that would collide with columns of the results, and constants without size."""
    asked: list[tuple[tuple[str | int, ...], Any]] = [((*path, "keys"), block.get("keys"))]
    for number, compare in enumerate(_tables(block.get("compare"))):
        asked += [
            ((*path, "compare", number, name), compare.get(name))
            for name in ("between", "within", "modifier")
        ]
    out = []
    for place, names in asked:
        for name in names if isinstance(names, list) else [names]:
            if isinstance(name, str) and name in RESERVED:
                message = f"'{name}' is a column of the results and cannot be a key."
                remedy = f"Rename the column in the table, for example 'my_{name}'."
                out.append(_problem(text, place, message, remedy, "reserved-key"))
    constants = block.get("constants")
    for name, value in constants.items() if isinstance(constants, dict) else ():
        if isinstance(value, float) and not math.isfinite(value):
            message = f"the constant {name} is {value}, expected text or a finite number."
            remedy = "Write a number, or leave the constant out."
            place = (*path, "constants", name)
            out.append(_problem(text, place, message, remedy, "wrong-value"))
    return out


def _tables(found: Any) -> list[dict[str, Any]]:
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


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
            shared = extra_known if len(item["loc"]) == 1 else ()
            known = _keys_at(model, item["loc"][:-1]) | set(shared)
            message = f"unknown key '{item['loc'][-1]}'."
            remedy, code = nearest(str(item["loc"][-1]), known), "unknown-key"
            if path == ("compare",):
                remedy = "A question belongs to a block: [[block.NAME.compare]]."
        elif item["type"] == "missing":
            message, code = f"the key '{item['loc'][-1]}' is missing.", "missing-key"
            remedy = f"Add '{item['loc'][-1]} = ...'."
            if path[0] == "block" and path[-1] == "assay":
                remedy += " If this should be part of another block, write that block's name."
            if path in (("study",), ("block",)):
                remedy = "Add a table [study]." if path == ("study",) else "Add [block.NAME]."
        else:
            found = item.get("input")
            said = item["msg"].removeprefix("Input should be ")
            message, code = f"expected {said}, found {found!r}.", "wrong-value"
            remedy = WRITE.get(item["type"], "See 'exportin schema' for what may stand here.")
            if item["type"] == "list_type" and isinstance(found, str):
                remedy = f'Write a list: ["{found}"].'
            if item["type"] == "too_short":
                message, remedy = "the list is empty.", "Write at least one entry, or no such key."
            if path[-1] == "compare":
                remedy = f"Write [[{'.'.join(map(str, path))}]], with two brackets on each side."
        out.append(_problem(text, path, message, remedy, code))
    return out


def _table_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel]:
    """Return the model of a table inside the settings, such as x of a link."""
    for part in loc:
        field = model.model_fields.get(str(part))
        inner = field.annotation if field is not None else None
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else model
    return model


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> set[str]:
    """Keys that may stand at a place of the study file."""
    if model is not StudyFile:
        return _keys(_table_at(model, loc))
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
