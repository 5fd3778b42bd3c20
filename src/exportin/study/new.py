"""Starts a study folder: a study file to fill in, with its schema for editors."""

import json
from pathlib import Path

import numpy as np

from exportin.study.discover import assay_names, load_assay
from exportin.study.schema import study_schema
from exportin.study.store import write_durably
from exportin.tables.problems import InputError, Problem, nearest

SCHEMA_FILE = "study.schema.json"


def new_study(folder: Path, assays: tuple[str, ...]) -> tuple[str, ...]:
    """Write a study folder for the named assays and return the files written.

    Raises
    ------
    InputError
        If the folder already holds a study or an assay does not exist.
    """
    _refuse_existing(folder)
    for name in assays:
        _known(name)
    files = {
        "study.toml": _study_text(folder.resolve().name, assays).encode("utf-8", "replace"),
        "design.csv": b"sample_id,file,unit_id\n",
        SCHEMA_FILE: (json.dumps(study_schema(), indent=1) + "\n").encode(),
    }
    return _write(folder, files)


def simulate_study(
    assay: str, folder: Path, *, scenario: str = "default", seed: int = 1
) -> tuple[str, ...]:
    """Write a study folder with raw files of known truth and return the files written."""
    _refuse_existing(folder)
    _known(assay)
    found = load_assay(assay)
    if scenario not in found.scenarios:
        message = f"{assay} has no scenario '{scenario}'."
        raise InputError(_problem(folder, message, nearest(scenario, found.scenarios)))
    made = found.simulate(scenario, np.random.default_rng(seed))
    truth = made.truth.write_csv().encode()
    schema = (json.dumps(study_schema(), indent=1) + "\n").encode()
    return _write(folder, {**made.files, "truth.csv": truth, SCHEMA_FILE: schema})


def _refuse_existing(folder: Path) -> None:
    if (folder / "study.toml").exists():
        message = "the folder already holds a study."
        raise InputError(_problem(folder, message, "Name another folder."))


def _known(assay: str) -> None:
    if assay not in assay_names():
        message = f"there is no assay '{assay}'."
        raise InputError(_problem(Path(assay), message, nearest(assay, assay_names())))


def _write(folder: Path, files: dict[str, bytes]) -> tuple[str, ...]:
    try:
        for name, data in files.items():
            if not (folder / name).exists():
                write_durably(folder / name, data)
    except OSError as error:
        message = f"cannot write here: {error.strerror}."
        raise InputError(_problem(folder, message, "Name another folder.")) from None
    return tuple(files)


def _study_text(title: str, assays: tuple[str, ...]) -> str:
    parts = [
        f"#:schema ./{SCHEMA_FILE}",
        "[study]",
        "schema = 1",
        f"title  = {_toml_text(title)}",
        "seed   = 1",
    ]
    for name in assays:
        parts += [
            "",
            f"[block.{name}]",
            f"assay  = {json.dumps(name)}",
            f'files  = ["{name}/*.csv"]          # the raw files, unedited',
        ]
        if any(column.name == "dose" for column in load_assay(name).inputs):
            parts.append('# layout = "layout.csv"   # well, role, treatment, dose, dose_unit')
        first = load_assay(name).quantities[0].name
        parts += [
            f"# [[block.{name}.compare]]",
            f'# quantity = "{first}"',
            '# between  = "treatment"',
            '# versus   = "..."',
        ]
    return "\n".join(parts) + "\n"


def _toml_text(text: str) -> str:
    """Write a text for TOML, whose rules are JSON's but for DEL and surrogate pairs."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _problem(place: Path, message: str, remedy: str) -> Problem:
    return Problem(file=str(place), place="", message=message, remedy=remedy, code="new")
