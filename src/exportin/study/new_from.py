"""Starts a study from raw files: copies them unedited and writes what is still to be filled in."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from exportin.study.as_values import TOLD_APART_BY
from exportin.study.discover import load_assay
from exportin.study.export import csv_bytes
from exportin.study.front_door import Recognised, open_source, read_file
from exportin.study.new import SCHEMA_FILE, block_lines, refuse_existing, schema_bytes, study_head
from exportin.study.new import write_files as write
from exportin.study.suggest import DESIGN, LAYOUT, LAYOUTS
from exportin.tables.kinds import TumorLog
from exportin.tables.problems import InputError, Problem, problem_at

RAW = "raw"
LAYOUT_COLUMNS = ("well", "role", "treatment", "dose", "dose_unit")
DECIDED = ("channel", "columns", "reads")
SAMPLED = tuple(kind.kind for kind in TOLD_APART_BY)
"""Raw kinds whose files name samples; a plain table may hold design columns of its own."""
ANIMALS = TumorLog.kind
"""Its files name the animals, and mostly their arms too."""


def new_from_files(
    folder: Path, files: Sequence[Path], assays: Sequence[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Start a study with raw files; returns the files written and what to do next.

    Raises
    ------
    InputError
        If the folder holds a study, a file cannot be read, or no assay takes its kind; with every
        problem of every file, and nothing written.
    """
    refuse_existing(folder)
    found: list[Recognised] = []
    problems: list[Problem] = []
    for path in files:
        try:
            one = read_file(open_source(path))
        except InputError as error:
            problems.extend(error.problems)
            continue
        found.append(one)
        if not (one.suggestion.assay or one.suggestion.part):
            said = " ".join(one.suggestion.said)
            problems.append(problem_at(one.source.name, "", said, "Leave it out.", "no-assay"))
    problems.extend(_twins(files))
    problems.extend(_second_designs(found))
    if found and not any(one.suggestion.assay for one in found):
        message = "these files hold no readings."
        remedy = "Add the files of the plate reader."
        problems.append(problem_at(found[0].source.name, "", message, remedy, "no-readings"))
    if problems:
        raise InputError(problems)
    return _written(folder, found, assays)


def _twins(files: Sequence[Path]) -> Iterable[Problem]:
    names = [path.name.casefold() for path in files]
    for path in files:
        if names.count(path.name.casefold()) > 1:
            message = "two files have this name; a study keeps them side by side."
            yield problem_at(str(path), "", message, "Rename one of them.", "twin")


def _second_designs(found: Sequence[Recognised]) -> Iterable[Problem]:
    designs = [one for one in found if one.suggestion.part in (DESIGN, LAYOUTS)]
    for one in designs[1:]:
        message = f"a second list of plates; '{_name(designs[0])}' is one too."
        remedy = "A study has one list of plates: start with one, and join them in a table."
        yield problem_at(one.source.name, "", message, remedy, "two-designs")


def _written(
    folder: Path, found: Sequence[Recognised], assays: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    written: dict[str, bytes] = {}
    todo: list[str] = []
    lines = study_head(folder.resolve().name)
    plates = next((one for one in found if one.suggestion.part in (DESIGN, LAYOUTS)), None)
    if plates is not None:
        lines.append(f"design = {json.dumps(_name(plates))}")
    layouts = [one for one in found if one.suggestion.part == LAYOUT]
    told = plates is not None and plates.suggestion.part == LAYOUTS
    own = None if told else layouts[0] if len(layouts) == 1 else None
    named = [one.suggestion.assay for one in found if one.suggestion.assay]
    blocks = list(dict.fromkeys([*named, *assays]))
    for assay in blocks:
        mine = [one for one in found if one.suggestion.assay == assay]
        given = {"layout": json.dumps(_name(own))} if own is not None else {}
        if layouts and not (told or own):
            names = ", ".join(_name(one) for one in layouts)
            todo.append(f"study.toml, [block.{assay}]: which layout is whose: {names}.")
        given |= _own_layout(assay, [] if layouts else mine, len(blocks) > 1, written, todo)
        lines += _block(assay, mine, given=given, todo=todo)
    for one in found:
        place = _name(one) if one.suggestion.part else f"{RAW}/{_name(one)}"
        written[place] = one.source.data
    rows = _design(found)
    if rows and plates is None:
        columns = ["sample_id", "file", *_wanted(blocks)]
        design = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))
        written["design.csv"] = csv_bytes(design)
        todo.append(f"design.csv: {', '.join(_wanted(blocks))} of {len(rows)} samples.")
    written["study.toml"] = ("\n".join(lines) + "\n").encode("utf-8", "replace")
    written[SCHEMA_FILE] = schema_bytes()
    return write(folder, written), tuple(todo)


def _block(
    assay: str, mine: Sequence[Recognised], *, given: dict[str, str], todo: list[str]
) -> list[str]:
    names = ", ".join(json.dumps(f"{RAW}/{_name(one)}") for one in mine)
    files = {"files": f"[{names}]"} if mine else {}
    remarks = [f"# {line}" for one in mine for line in _remarks(one)]
    if remarks:
        todo.append(f"study.toml, [block.{assay}]: the lines that begin with '# ->'.")
    fields = load_assay(assay).settings.model_fields
    needed = [name for name, field in fields.items() if field.is_required()]
    if needed:
        todo.append(f'study.toml, [block.{assay}]: {" and ".join(needed)} instead of "...".')
    return block_lines(assay, given={**files, **given}, remarks=remarks)


def _own_layout(
    assay: str,
    mine: Sequence[Recognised],
    several: bool,  # noqa: FBT001 - one of the facts, not a switch
    written: dict[str, bytes],
    todo: list[str],
) -> dict[str, str]:
    """Put a layout with the wells in use among the files to write; returns its key."""
    layout = _layout(mine)
    if layout is None:
        return {}
    name = f"layout_{assay}.csv" if several else "layout.csv"
    written[name] = csv_bytes(layout)
    todo.append(f"{name}: role, treatment, dose and dose_unit of {layout.height} wells.")
    return {"layout": json.dumps(name)}


def _remarks(one: Recognised) -> list[str]:
    """Return what a person must decide: which of several reads, which column is which."""
    keys = [line for line in one.suggestion.lines if line.split()[0] in DECIDED]
    return [f"-> {line}   ({_name(one)})" for line in keys]


def _layout(mine: Sequence[Recognised]) -> pl.DataFrame | None:
    wells = list(
        dict.fromkeys(w for one in mine for _, _, used in one.suggestion.plates for w in used)
    )
    if not wells:
        return None
    empty = dict.fromkeys(LAYOUT_COLUMNS[1:], [None] * len(wells))
    frame = pl.DataFrame({"well": wells, **empty}, schema=dict.fromkeys(LAYOUT_COLUMNS, pl.String))
    contents = _contents(mine)
    if contents:
        frame = frame.with_columns(
            pl.Series("content", [contents.get(well) for well in wells], dtype=pl.String)
        )
    return frame


def _contents(mine: Sequence[Recognised]) -> dict[str, str]:
    """Return what the files say of each well, where all plates say the same."""
    said: dict[str, set[str]] = {}
    for one in mine:
        if {"well", "content"} <= set(one.rows.columns):
            for well, text in one.rows.select("well", "content").iter_rows():
                if text:
                    said.setdefault(well, set()).add(str(text))
    return {well: texts.copy().pop() for well, texts in said.items() if len(texts) == 1}


def _design(found: Sequence[Recognised]) -> list[dict[str, str]]:
    """One row a plate, tube or sample that a file names."""
    rows = []
    for one in found:
        named = one.kind in SAMPLED or (one.kind == ANIMALS and "arm" not in one.rows.columns)
        if one.suggestion.part or not named or "sample_id" not in one.rows.columns:
            continue
        names = one.rows.get_column("sample_id").drop_nulls().unique(maintain_order=True)
        rows += [{"sample_id": name, "file": f"{RAW}/{_name(one)}"} for name in names if name]
    return rows


def _wanted(blocks: Sequence[str]) -> list[str]:
    """Columns that the assays need of every sample and no layout says."""
    needed = [
        column.name
        for name in blocks
        for column in load_assay(name).inputs
        if not column.nullable and column.name not in load_assay(name).defaults
    ]
    by_layout = LAYOUT_COLUMNS if "viability" in blocks and len(blocks) == 1 else ()
    wanted = [name for name in needed if name not in by_layout]
    return list(dict.fromkeys(["unit_id", *wanted]))


def _name(one: Recognised) -> str:
    return Path(one.source.name).name
