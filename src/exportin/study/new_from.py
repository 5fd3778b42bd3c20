"""Starts a study from raw files: copies them unedited and writes what is still to be filled in."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from exportin.study.export import csv_bytes
from exportin.study.front_door import Recognised, open_source, read_file
from exportin.study.new import SCHEMA_FILE, block_lines, refuse_existing, schema_bytes, study_head
from exportin.study.new import write_files as write
from exportin.tables.problems import InputError, Problem, problem_at

RAW = "raw"
LAYOUT_COLUMNS = ("well", "role", "treatment", "dose", "dose_unit")
DESIGN_COLUMNS = ("sample_id", "file", "unit_id", "model")


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
        if not one.suggestion.assay:
            said = " ".join(one.suggestion.said)
            problems.append(problem_at(one.source.name, "", said, "Leave it out.", "no-assay"))
    problems.extend(_twins(files))
    if problems:
        raise InputError(problems)
    return _written(folder, found, assays)


def _twins(files: Sequence[Path]) -> Iterable[Problem]:
    names = [path.name.casefold() for path in files]
    for path in files:
        if names.count(path.name.casefold()) > 1:
            message = "two files have this name; a study keeps them side by side."
            yield problem_at(str(path), "", message, "Rename one of them.", "twin")


def _written(
    folder: Path, found: Sequence[Recognised], assays: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    written: dict[str, bytes] = {}
    todo: list[str] = []
    lines = study_head(folder.resolve().name)
    blocks = list(dict.fromkeys([*(one.suggestion.assay for one in found), *assays]))
    for assay in blocks:
        mine = [one for one in found if one.suggestion.assay == assay]
        lines += _block(assay, mine, several=len(blocks) > 1, written=written, todo=todo)
    for one in found:
        written[f"{RAW}/{_name(one)}"] = one.source.data
    design = pl.DataFrame(_design(found), schema=dict.fromkeys(DESIGN_COLUMNS, pl.String))
    if design.height:
        written["design.csv"] = csv_bytes(design)
        todo.append("design.csv: unit_id (the independent experiment) and model of each sample.")
    written["study.toml"] = ("\n".join(lines) + "\n").encode("utf-8", "replace")
    written[SCHEMA_FILE] = schema_bytes()
    return write(folder, written), tuple(todo)


def _block(
    assay: str,
    mine: Sequence[Recognised],
    *,
    several: bool,
    written: dict[str, bytes],
    todo: list[str],
) -> list[str]:
    """Lines of one block; its layout is put among the files to write."""
    names = ", ".join(f'"{RAW}/{_name(one)}"' for one in mine)
    given = {"files": f"[{names}]"} if mine else {}
    layout = _layout(mine)
    if layout is not None:
        name = f"layout_{assay}.csv" if several else "layout.csv"
        given["layout"] = f'"{name}"'
        written[name] = csv_bytes(layout)
        todo.append(f"{name}: role, treatment, dose and dose_unit of {layout.height} wells.")
    remarks = [f"# {line}" for one in mine for line in _remarks(one)]
    if remarks:
        todo.append(f"study.toml, [block.{assay}]: the lines that begin with '# ->'.")
    return block_lines(assay, given=given, remarks=remarks)


def _remarks(one: Recognised) -> list[str]:
    """Return what a person must decide: which of several reads, which column is which."""
    keys = [line for line in one.suggestion.lines if line.split()[0] in ("channel", "columns")]
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
    rows = []
    for one in found:
        if "sample_id" in one.rows.columns and one.suggestion.plates:
            rows += [
                {"sample_id": plate, "file": f"{RAW}/{_name(one)}"}
                for plate, _, _ in one.suggestion.plates
            ]
    return rows


def _name(one: Recognised) -> str:
    return Path(one.source.name).name
