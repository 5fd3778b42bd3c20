"""Starts a study folder: a study file to fill in, with its schema for editors."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from exportin.contract.assay import Assay
from exportin.study.as_values import gives
from exportin.study.discover import assay_names, load_assay, load_readers
from exportin.study.model import Block
from exportin.study.schema import study_schema
from exportin.study.store import write_durably
from exportin.study.suggest_events import design_columns
from exportin.tables.events import Events
from exportin.tables.kinds import TumorLog
from exportin.tables.problems import InputError, Problem, nearest

SCHEMA_FILE = "study.schema.json"
FIRST = (".csv", ".fcs")
"""Endings that stand in the first line of a block, where its readers take them."""
OF_TABLES = ("columns", "decimal", "sheet", "channel", "reads")
"""Keys that say how a table is read; events of a cytometer are none."""
PARTS = "all parts of the whole; the one named as primary at the full level, the others adjusted"
TREND = (
    "does it follow the dose? groups in the order of their doses",
    {"groups": '["...", "...", "..."]', "trend": "true"},
)
QUESTIONS: tuple[tuple[str, dict[str, str]], ...] = (
    ("each group against one control (Dunnett)", {"versus": '"..."', "adjust": '"dunnett"'}),
    ("two groups", {"groups": '["...", "..."]'}),
    ("all pairs (Tukey)", {"all_pairs": "true", "adjust": '"tukey"'}),
    (
        "difference of differences: does the second key change the effect?",
        {"versus": '"..."', "modifier": '"..."', "modifier_versus": '"..."'},
    ),
    (
        "animals or patients: the same ones in both groups, or others?",
        {"versus": '"..."', "pairing": '"paired"         # or "unpaired"'},
    ),
)

WITHIN = (
    "two curves of one experiment by their wells: technical, no word on a repeat",
    {"versus": '"..."', "level": '"within"'},
)


def new_study(folder: Path, assays: tuple[str, ...]) -> tuple[str, ...]:
    """Write a study folder for the named assays and return the files written.

    Raises
    ------
    InputError
        If the folder already holds a study or an assay does not exist.
    """
    refuse_existing(folder)
    for name in assays:
        _known(name)
    lines = study_head(folder.resolve().name)
    for name in assays:
        lines += block_lines(name)
    files = {
        "study.toml": ("\n".join(lines) + "\n").encode("utf-8", "replace"),
        "design.csv": _design_head(assays),
        SCHEMA_FILE: schema_bytes(),
    }
    return write_files(folder, files)


def _design_head(assays: Sequence[str]) -> bytes:
    """Return the header of the design; tubes have no layout, so that all of theirs stands here."""
    tubes = [name for name in assays if load_assay(name).consumes is Events]
    return f"{','.join(['sample_id', 'file', *design_columns(tubes)])}\n".encode()


def simulate_study(
    assay: str, folder: Path, *, scenario: str = "default", seed: int = 1
) -> tuple[str, ...]:
    """Write a study folder with raw files of known truth and return the files written."""
    refuse_existing(folder)
    _known(assay)
    found = load_assay(assay)
    if scenario not in found.scenarios:
        message = f"{assay} has no scenario '{scenario}'."
        raise InputError(_problem(folder, message, nearest(scenario, found.scenarios)))
    made = found.simulate(scenario, np.random.default_rng(seed))
    truth = made.truth.write_csv().encode()
    return write_files(folder, {**made.files, "truth.csv": truth, SCHEMA_FILE: schema_bytes()})


def schema_bytes() -> bytes:
    """Return the schema that editors check the study file with."""
    return (json.dumps(study_schema(), indent=1) + "\n").encode()


def refuse_existing(folder: Path) -> None:
    """Refuse a folder that holds a study already."""
    if (folder / "study.toml").exists():
        message = "the folder already holds a study."
        raise InputError(_problem(folder, message, "Name another folder."))


def _known(assay: str) -> None:
    if assay not in assay_names():
        message = f"there is no assay '{assay}'."
        raise InputError(_problem(Path(assay), message, nearest(assay, assay_names())))


def write_files(folder: Path, files: Mapping[str, bytes | Path]) -> tuple[str, ...]:
    """Write those files of a new study that are not there yet; a path is a file to copy."""
    try:
        for name, data in files.items():
            if not (folder / name).exists():
                bare = data.read_bytes() if isinstance(data, Path) else data
                write_durably(folder / name, bare)
    except OSError as error:
        message = f"cannot write here: {error.strerror}."
        raise InputError(_problem(folder, message, "Name another folder.")) from None
    return tuple(files)


def study_head(title: str) -> list[str]:
    """Lines with which every study file begins."""
    return [
        f"#:schema ./{SCHEMA_FILE}",
        "[study]",
        "schema = 1",
        f"title  = {_toml_text(title)}",
        "seed   = 1",
    ]


def block_lines(
    name: str,
    *,
    given: Mapping[str, str] | None = None,
    remarks: Sequence[str] = (),
    guessed: Mapping[str, str] | None = None,
) -> list[str]:
    """Return a block with every key that may stand in it, as comments with what they mean.

    ``given`` holds keys that are written as they are, ``remarks`` lines to go below them and
    ``guessed`` likely values of settings, which a person takes over by deleting ``# ->``.
    """
    _known(name)
    assay = load_assay(name)
    needed = [c.name for c in assay.inputs if not c.nullable and c.name not in assay.defaults]
    needed = [n for n in needed if not (n == "unit_id" and assay.sample_is_unit)]
    columns = [*(n for n in needed if n in ("treatment", "unit_id")), "value"]
    columns = ["animal", "day", "volume"] if assay.consumes is TumorLog else columns
    examples = {
        "layout": '"layout.csv"',
        "columns": "{ " + ", ".join(f'{column} = "..."' for column in columns) + " }",
        "experimental_unit": json.dumps(assay.experimental_unit),
        "gates": '"gates.xml"',
    }
    said = dict(given or {})
    without = {*said, *(OF_TABLES if assay.consumes is Events else ())}
    return [
        "",
        f"[block.{name}]               # {assay.title}",
        f"assay  = {json.dumps(name)}",
        *([_files_line(assay)] if "files" not in said else []),
        *(f"{key:<6} = {value}" for key, value in said.items()),
        *_required_lines(assay.settings, said, guessed or {}),
        *remarks,
        f"# It needs the columns: {', '.join(needed)} (in the files, design.csv or the layout).",
        "# What may be written here; delete the # to use a line:",
        *_option_lines(assay.settings, examples),
        *_option_lines(Block, examples, without=without),
        *_question_lines(name, assay),
    ]


def _files_line(assay: Assay[Any, Any]) -> str:
    """Return the pattern of the raw files: the endings are those of the readers of its kind."""
    ends = dict.fromkeys(end for one in load_readers() if gives(one, assay.consumes)
                         for end in one.suffixes)  # fmt: skip
    first = next((end for end in FIRST if end in ends), next(iter(ends), ".csv"))
    others = [end for end in ends if end != first]
    also = f"; also {', '.join(sorted(others))}" if others else ""
    line = f'files  = ["{assay.name}/*{first}"]'
    return f"{line:<40} # the raw files, unedited{also}"


def _required_lines(
    model: type[BaseModel], given: Mapping[str, str], guessed: Mapping[str, str]
) -> list[str]:
    """Return the keys that nobody can leave out, to be filled in."""
    lines = []
    for name, field in model.model_fields.items():
        if field.is_required() and name not in given:
            words = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
            listed = f": {', '.join(json.dumps(word) for word in words)}" if words else ""
            line = f'{name:<6} = "..."'
            if name in guessed:
                line = f"# -> {name} = {guessed[name]}"
                listed += " (a guess: delete '# ->' if it is right)"
            lines.append(f"{line:<40} # {field.description}{listed}")
    return lines


def _option_lines(
    model: type[BaseModel], examples: Mapping[str, str], without: Iterable[str] = ()
) -> list[str]:
    """Return a comment per key that may be left out: its default, and what it means."""
    lines = []
    for name, field in model.model_fields.items():
        if field.is_required() or not field.description or name in without:
            continue
        one_of = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        listed = f" ({', '.join(json.dumps(word) for word in one_of)})" if one_of else ""
        said = f"# {name} = {examples.get(name) or _example(field)}"
        lines.append(f"{said:<40} # {field.description}{listed}")
    return lines


def _example(field: FieldInfo) -> str:
    default, kind = field.get_default(call_default_factory=True), field.annotation
    if default == "" and get_origin(kind) is Literal:
        return json.dumps(get_args(kind)[-1])
    if default is None or default == "":
        return '"..."'
    if isinstance(default, BaseModel):
        return _table(default)
    if isinstance(default, dict):
        many = any(get_origin(part) is list for part in get_args(kind))
        return '{ name = ["..."] }' if many else '{ name = "..." }'
    return json.dumps(default)


def _table(default: BaseModel) -> str:
    """Write nested settings with what they are; of those that are all empty, the first key."""
    said = {
        name: value
        for name in type(default).model_fields
        if (value := getattr(default, name)) is not None
        and isinstance(value, str | int | float | bool)
        and value != ""
    }
    first = next(iter(type(default).model_fields))
    pairs = ", ".join(f"{name} = {json.dumps(value)}" for name, value in said.items())
    return f"{{ {pairs} }}" if pairs else f'{{ {first} = "..." }}'


def _question_lines(block: str, assay: Assay[Any, Any]) -> list[str]:
    quantity, within = _first_quantity(assay), assay.curves is not None
    key = "treatment" if "treatment" in assay.keys or not assay.keys else assay.keys[-1]
    lines = ["#", "# Questions; each is one family of tests ('exportin schema' lists all keys):"]
    parts = _of_parts(assay)
    questions = [*(((PARTS, parts),) if parts else ()), *QUESTIONS]
    for title, keys in (*questions, *((TREND,) if parts else ()), *((WITHIN,) if within else ())):
        given = {"quantity": f'"{quantity}"', "between": f'"{key}"', **keys}
        lines += [
            "#",
            f"# [[block.{block}.compare]]   # {title}",
            *(f"# {key} = {value}" for key, value in given.items()),
        ]
    return lines


def _first_quantity(assay: Assay[Any, Any]) -> str:
    """Return what is asked about: the part named beforehand where there is one, or the first."""
    primary = assay.settings.model_fields.get("primary")
    names = [quantity.name for quantity in assay.quantities]
    return primary.default if primary is not None and primary.default in names else names[0]


def _of_parts(assay: Assay[Any, Any]) -> dict[str, str]:
    """Return the question about all parts of a whole, where the assay answers it."""
    asked = {} if assay.answers is None else assay.answers.tests
    name = next((name for name, words in asked.items() if "parts" in words), "")
    told = '"parts"        # or "joint": has the composition changed at all?'
    return {"quantity": f'"{name}"', "versus": '"..."', "test": told} if name else {}


def _toml_text(text: str) -> str:
    """Write a text for TOML, whose rules are JSON's but for DEL and surrogate pairs."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _problem(place: Path, message: str, remedy: str) -> Problem:
    return Problem(file=str(place), place="", message=message, remedy=remedy, code="new")
