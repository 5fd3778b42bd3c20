"""Gates that a block takes from a file: ``gates = "gates.xml"``, alone or in its list of gates.

They are put into the block before its settings are checked, as if the user had written them
there: the same checks see them, and a change of the file changes the settings of every step.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from exportin.contract.reader import Request
from exportin.study.discover import assay_names, load_assay
from exportin.study.recognise import recognised
from exportin.tables.gates import GateTable
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

Say = Callable[[tuple[str | int, ...], str, str, str], Problem]
KEY, MATRICES = "gates", "matrices"


def with_gate_files(
    raw: Mapping[str, Any], folder: Path, say: Say, problems: list[Problem]
) -> dict[str, Any]:
    """Return the study file with the gates of all files its blocks name.

    Parameters
    ----------
    raw
        The parsed study file.
    folder
        The study folder; files lie in it.
    say
        Makes a problem from path, message, remedy and code.
    problems
        What is wrong with the files is added here.
    """
    blocks = raw.get("block")
    if not isinstance(blocks, dict):
        return dict(raw)
    made = {name: _with_files(name, block, folder, say, problems) for name, block in blocks.items()}
    return {**raw, "block": made}


def _with_files(name: str, block: Any, folder: Path, say: Say, problems: list[Problem]) -> Any:
    given = block.get(KEY) if isinstance(block, dict) else None
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not any(isinstance(one, str) for one in listed):
        return block
    gates: list[Any] = []
    matrices: dict[str, Any] = {}
    for one in listed:
        if not isinstance(one, str):
            gates.append(one)
            continue
        try:
            table = _read(folder, one, ("block", name, KEY), say)
        except InputError as error:
            problems.extend(error.problems)
            continue
        for what, key, text in table.frame.select("what", "name", "definition").rows():
            if what == "gate":
                gates.append(json.loads(text))
            elif matrices.setdefault(key, json.loads(text)) != json.loads(text):
                message = f"two files of gates hold different matrices '{key}'."
                path = ("block", name, KEY)
                problems.append(say(path, message, "Rename one in its file.", "twin-matrix"))
    if matrices and not _takes_matrices(block.get("assay")):
        message = f"the gates need matrices of their own ({', '.join(sorted(matrices))}), "
        message += "which this assay does not take."
        remedy = "Draw them on values that are not compensated, or by the files' own matrix (FCS)."
        problems.append(say(("block", name, KEY), message, remedy, "gate-matrix"))
        matrices = {}
    more = {MATRICES: {**matrices, **block.get(MATRICES, {})}} if matrices else {}
    return {**block, KEY: gates, **more}


def _takes_matrices(assay: Any) -> bool:
    return assay in assay_names() and MATRICES in load_assay(assay).settings.model_fields


def _read(folder: Path, name: str, path: tuple[str, ...], say: Say) -> GateTable:
    place = folder / name
    if Path(name).is_absolute() or not place.resolve().is_relative_to(folder.resolve()):
        message = f"the gates '{name}' lie outside of the study folder."
        remedy = "Copy the file into the folder and name it from there."
        raise InputError(say(path, message, remedy, "outside"))
    if not place.is_file():
        message = f"there is no file of gates '{name}' in the study folder."
        raise InputError(say(path, message, "Put it there, or correct its name.", "no-gate-file"))
    source = Source(name=name, data=place.read_bytes())
    reader = recognised(source, GateTable)
    table = reader.read(source, Request(kind=GateTable)) if reader else None
    if not isinstance(table, GateTable):
        message = f"'{name}' holds no gates that are known."
        remedy = "Export the gates as Gating-ML 2.0."
        raise InputError(say(path, message, remedy, "no-gate-file"))
    return table
