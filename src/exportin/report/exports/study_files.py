"""Everything a study is made of, as bytes by name, and everything it found."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from exportin.contract.view import source_frame
from exportin.contract.view_json import view_from_json
from exportin.figures import render_svg
from exportin.report.document import build_report
from exportin.study.export import csv_bytes
from exportin.study.files import find_files, read_bytes
from exportin.study.layout_files import named_layouts
from exportin.study.load import FILE, Study
from exportin.study.outcome import BlockOutcome, Drawn, Outcome
from exportin.study.publish import RECORD, RESULTS, record_bytes, result_files
from exportin.tables.problems import InputError, Problem, problem_at

BESIDE = ("study.schema.json", "exclusions.jsonl", "edits.jsonl", "truth.csv")
"""Files that belong to a study and that no key of its file names."""


def study_files(outcome: Outcome) -> dict[str, bytes]:
    """Return study file, design, layouts, gates, raw files and the records of decisions.

    Raises
    ------
    InputError
        A file is gone, or is no longer the one the numbers were computed from.
    """
    study = outcome.study
    problems: list[Problem] = []
    files = {}
    for name in dict.fromkeys(named_files(outcome)):
        data = read_bytes(study, name, problems)
        if data is not None:
            files[name] = data
    used = {name: digest for block in outcome.blocks for name, digest in block.files.items()}
    for name, digest in used.items():
        if name in files and sha256(files[name]).hexdigest() != digest:
            message = "the file is not the one that the numbers were computed from."
            remedy = "Run the study again: exportin run DIR."
            problems.append(problem_at(name, "", message, remedy, "changed-meanwhile"))
    if problems:
        raise InputError(problems)
    return files


def named_files(outcome: Outcome) -> Iterator[str]:
    """Yield the names of the files of a study, those that must be there and those that are."""
    yield from own_files(outcome.study)
    for block in outcome.blocks:
        yield from block.files


def own_files(study: Study) -> Iterator[str]:
    """Yield the study file and what it or the design names, but for the raw files."""
    yield FILE
    there = (name for name in (study.file.study.design, *BESIDE) if is_filled(study.folder / name))
    yield from there
    yield from (block.layout for block in study.file.block.values() if block.layout)
    yield from (name for name in named_layouts(study) if (study.folder / name).is_file())
    yield from gate_files(tomllib.loads(study.text))


def whole_study(study: Study) -> frozenset[str]:
    """Return every file of its folder that a study reads; what else lies there is not its own."""
    layouts = named_layouts(study)
    raw = (name for block in study.file.block for name in find_files(study, block, [], layouts))
    return frozenset((*own_files(study), *BESIDE, *raw))


def is_filled(path: Path) -> bool:
    """Whether a file is there and holds anything."""
    return path.is_file() and path.stat().st_size > 0


def gate_files(raw: dict[str, Any]) -> Iterator[str]:
    """Yield the files of gates that blocks name."""
    for block in raw.get("block", {}).values():
        gates = block.get("gates", [])
        listed = [gates] if isinstance(gates, str) else gates
        yield from (one for one in listed if isinstance(one, str))


def results_of(outcome: Outcome) -> dict[str, bytes]:
    """Return the files of the results folder as a run writes them, by their path in the study."""
    drawn = with_drawn(outcome)
    files = result_files(drawn, {"report.html": build_report(drawn)})
    files[RECORD] = record_bytes(drawn, files)
    return {f"{RESULTS}/{name}": data for name, data in files.items()}


def with_drawn(outcome: Outcome) -> Outcome:
    """Return an outcome with the pictures of its views, where only numbers were asked for."""
    blocks = [block if block.drawn else replace(block, drawn=drawn_of(block))
              for block in outcome.blocks]  # fmt: skip
    return replace(outcome, blocks=tuple(blocks))


def drawn_of(block: BlockOutcome) -> tuple[Drawn, ...]:
    """Draw the views of a block as the step ``draw`` does."""
    out = []
    for data in block.views.values():
        view = view_from_json(data)
        out.append(Drawn(name=view.name, title=view.title, caption=view.caption,
                         svg=render_svg(view), source=csv_bytes(source_frame(view))))  # fmt: skip
    return tuple(out)
