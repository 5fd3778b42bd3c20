"""Questions and settings of a block: written into the study file, comments around them kept."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from exportin.study.asked import check_asked, clearer, question_faults
from exportin.study.contradictions import check_groups
from exportin.study.edit.journal import record_edit, repair
from exportin.study.edit.study_file import StudyText, read_study_file
from exportin.study.edit.toml_text import append_table, drop_key, drop_table, set_value, toml_value
from exportin.study.load import FILE, Study, study_of
from exportin.study.plan import BlockPlan
from exportin.study.run import joined_rows
from exportin.study.within import within_faults
from exportin.tables.problems import InputError, Problem, problem_at

COMPARE = "compare"
LINE = re.compile(r"^line \d+(?:, )?")
BY_HAND = "Write it into study.toml by hand: 'exportin schema' lists all keys."


def questions(folder: Path, block: str) -> list[dict[str, Any]]:
    """Return the compare tables of a block as they are written, in their order.

    Raises
    ------
    InputError
        If there is no such block.
    """
    repair(folder)
    return _written(read_study_file(folder), block)


def add_question(
    folder: Path, block: str, fields: Mapping[str, Any], *, joined: pl.DataFrame | None = None
) -> None:
    """Ask a further question of a block: ``[[block.NAME.compare]]`` behind all that it has.

    Parameters
    ----------
    folder, block
        The study folder and the block.
    fields
        Keys of a compare table; those that are None or empty are left out.
    joined
        The block's joined rows, where they are at hand; they are made otherwise, and where that
        fails for another reason only what needs no rows is looked at.

    Raises
    ------
    InputError
        With every fault that ``exportin check`` would find in the question; it is not written.
    """
    repair(folder)
    study = read_study_file(folder)
    asked = {name: value for name, value in fields.items() if value is not None and value != ""}
    there = _written(study, block)
    if asked in there:
        message = f"the same question is there already (number {there.index(asked) + 1})."
        raise InputError(problem_at(FILE, f"block.{block}", message, "Change it.", "twin-question"))
    change = partial(
        append_table, array=("block", block, COMPARE), fields=asked, below=("block", block)
    )
    after = study.changed(change, BY_HAND)
    loaded = _checked(study, after)
    if loaded is not None:
        faults = [*_asked_faults(loaded, block, len(there), _rows(folder, block, joined))]
        if faults:
            raise InputError(dict.fromkeys(faults))
    name = str(asked.get("quantity", ""))
    what = f"ask {name} between {asked.get('between', '')}".rstrip()
    _record(study, after, what, block)


def remove_question(folder: Path, block: str, index: int) -> None:
    """Take a question out, by its number from zero; remarks around it stay.

    Raises
    ------
    InputError
        If there is no such question, or it is not written as a table of its own.
    """
    repair(folder)
    study = read_study_file(folder)
    there = _written(study, block)
    if isinstance(index, bool) or not 0 <= index < len(there):
        message = f"the block '{block}' has {len(there)} questions; there is no number {index}."
        raise InputError(problem_at(FILE, f"block.{block}", message, "", "no-question"))
    change = partial(drop_table, array=("block", block, COMPARE), index=index)
    after = study.changed(change, "Take it out of study.toml by hand.")
    _checked(study, after)
    one = there[index]
    what = f"no longer ask {one.get('quantity', '')} between {one.get('between', '')}".rstrip()
    _record(study, after, what, block)


def set_keys(folder: Path, block: str, keys: Mapping[str, Any]) -> None:
    """Set keys of a block: in place, or behind its last key; None takes a key out.

    Raises
    ------
    InputError
        With every fault that the settings would bring; the study file stays as it was.
    """
    repair(folder)
    study = read_study_file(folder)
    there = study.block(block)
    if COMPARE in keys:
        message = "questions are asked one by one."
        raise InputError(problem_at(FILE, f"block.{block}", message, "Add a question.", "no-key"))
    after = study
    for key, value in keys.items():
        if value is None and key not in there:
            continue
        table = ("block", block)
        change = (
            partial(drop_key, table=table, key=key)
            if value is None
            else partial(set_value, table=table, key=key, value=value)
        )
        after = after.changed(change, f"Change '{key}' in study.toml by hand.")
    _checked(study, after)
    said = [f"no {key}" if value is None else f"{key} = {toml_value(value)}"
            for key, value in keys.items()]  # fmt: skip
    _record(study, after, f"set {', '.join(said)}", block)


def _written(study: StudyText, block: str) -> list[dict[str, Any]]:
    found = study.block(block).get(COMPARE)
    return [dict(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _checked(before: StudyText, after: StudyText) -> Study | None:
    """Return the changed study; None where it has faults that it had before.

    Raises
    ------
    InputError
        With the faults that the change brings.
    """
    found, problems = _loaded(after)
    known = {_plain(one) for one in _loaded(before)[1]}
    new = [_unwritten(one) for one in problems if _plain(one) not in known]
    if new:
        raise InputError(new)
    return found


def _loaded(study: StudyText) -> tuple[Study | None, tuple[Problem, ...]]:
    text = study.text.replace("\r\n", "\n")
    try:
        return study_of(study.folder, text), ()
    except InputError as error:
        return None, clearer(error.problems, text)


def _unwritten(problem: Problem) -> Problem:
    """Name the key alone: the line is one of a text that is not written."""
    return replace(problem, place=LINE.sub("", problem.place))


def _plain(problem: Problem) -> tuple[str, str, str]:
    return problem.code, problem.message, LINE.sub("", problem.place)


def _rows(folder: Path, block: str, joined: pl.DataFrame | None) -> pl.DataFrame | None:
    if joined is not None:
        return joined
    try:
        return joined_rows(folder, block)
    except InputError:
        return None


def _asked_faults(
    study: Study, block: str, number: int, rows: pl.DataFrame | None
) -> Iterator[Problem]:
    """Give the faults of one question, as a check of the study gives them."""
    plan = BlockPlan(study, block)
    place = f"block.{block}.{COMPARE}.{number}"
    found: list[Problem] = []
    if rows is not None:
        found += check_asked(rows.columns, block, plan.block)
        found += check_groups(rows, block, plan.block, plan.assay.samples)
    if not any(one.place.startswith(place) for one in found):
        found += question_faults(plan.asked("between"), rows, plan)
        found += within_faults(plan.asked("within"), rows, plan)
    for one in found:
        if one.place == place or one.place.startswith(f"{place}."):
            yield one


def _record(before: StudyText, after: StudyText, what: str, block: str) -> None:
    record_edit(before.folder, what, {FILE: after.bytes}, block=block, based_on={FILE: before.data})
