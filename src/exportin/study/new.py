"""Starts a study folder: a study file to fill in, with its schema for editors."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from exportin.contract.assay import Assay
from exportin.study.discover import assay_names, load_assay
from exportin.study.model import Block
from exportin.study.schema import study_schema
from exportin.study.store import write_durably
from exportin.tables.kinds import TumorLog
from exportin.tables.problems import InputError, Problem, nearest

SCHEMA_FILE = "study.schema.json"
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
        "design.csv": b"sample_id,file,unit_id\n",
        SCHEMA_FILE: schema_bytes(),
    }
    return write_files(folder, files)


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


def write_files(folder: Path, files: dict[str, bytes]) -> tuple[str, ...]:
    """Write those files of a new study that are not there yet."""
    try:
        for name, data in files.items():
            if not (folder / name).exists():
                write_durably(folder / name, data)
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
    name: str, *, given: Mapping[str, str] | None = None, remarks: Sequence[str] = ()
) -> list[str]:
    """Return a block with every key that may stand in it, as comments with what they mean.

    ``given`` holds keys that are written as they are, ``remarks`` lines to go below them.
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
    }
    files = f'files  = ["{name}/*.csv"]          # the raw files, unedited; also .tsv, .xlsx'
    said = dict(given or {})
    return [
        "",
        f"[block.{name}]               # {assay.title}",
        f"assay  = {json.dumps(name)}",
        *([files] if "files" not in said else []),
        *(f"{key:<6} = {value}" for key, value in said.items()),
        *_required_lines(assay.settings, said),
        *remarks,
        f"# It needs the columns: {', '.join(needed)} (in the files, design.csv or the layout).",
        "# What may be written here; delete the # to use a line:",
        *_option_lines(assay.settings, {}),
        *_option_lines(Block, examples, without=said),
        *_question_lines(name, assay),
    ]


def _required_lines(model: type[BaseModel], given: Mapping[str, str]) -> list[str]:
    """Return the keys that nobody can leave out, to be filled in."""
    lines = []
    for name, field in model.model_fields.items():
        if field.is_required() and name not in given:
            words = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
            listed = f": {', '.join(json.dumps(word) for word in words)}" if words else ""
            line = f'{name:<6} = "..."'
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
    default, kind = field.default, field.annotation
    if default == "" and get_origin(kind) is Literal:
        return json.dumps(get_args(kind)[-1])
    if default is None or default == "":
        return '"..."'
    if isinstance(default, BaseModel):
        first = next(iter(type(default).model_fields))
        return f'{{ {first} = "..." }}'
    if isinstance(default, dict):
        many = any(get_origin(part) is list for part in get_args(kind))
        return '{ name = ["..."] }' if many else '{ name = "..." }'
    return json.dumps(default)


def _question_lines(block: str, assay: Assay[Any, Any]) -> list[str]:
    quantity, within = assay.quantities[0].name, assay.curves is not None
    key = "treatment" if "treatment" in assay.keys or not assay.keys else assay.keys[-1]
    lines = ["#", "# Questions; each is one family of tests ('exportin schema' lists all keys):"]
    for title, keys in (*QUESTIONS, *([WITHIN] if within else [])):
        given = {"quantity": f'"{quantity}"', "between": f'"{key}"', **keys}
        lines += [
            "#",
            f"# [[block.{block}.compare]]   # {title}",
            *(f"# {key} = {value}" for key, value in given.items()),
        ]
    return lines


def _toml_text(text: str) -> str:
    """Write a text for TOML, whose rules are JSON's but for DEL and surrogate pairs."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _problem(place: Path, message: str, remedy: str) -> Problem:
    return Problem(file=str(place), place="", message=message, remedy=remedy, code="new")
