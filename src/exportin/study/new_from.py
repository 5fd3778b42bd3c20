"""Starts a study from raw files: copies them unedited and writes what is still to be filled in."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from exportin.study import new_events, suggest_events
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A study that is not written yet.

    ``files`` are bytes, or a path to copy from; ``places`` says where each raw file will lie.
    """

    files: Mapping[str, bytes | Path]
    todo: tuple[str, ...]
    places: Mapping[str, str]


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
    paths, problems, todo = _expanded(files)
    for path in paths:
        try:
            found.append(_slim(read_file(open_source(path)), assays))
        except InputError as error:
            problems.extend(error.problems)
    problems.extend(not_for_a_study(found))
    if problems:
        raise InputError(problems)
    raw = {n: Path(n) if new_events.is_events(one) else one.source.data
           for one in found for n in [one.source.name]}  # fmt: skip
    made = started(folder.resolve().name, found, raw, assays=assays, todo=todo)
    return write(folder, made.files), made.todo


def _slim(one: Recognised, assays: Sequence[str]) -> Recognised:
    """Let go of the bytes of events, and give them to the assay that was asked for."""
    if not new_events.is_events(one):
        return one
    kind = new_events.assay_of(one, assays)
    return replace(new_events.slim(one), suggestion=replace(one.suggestion, assay=kind))


def not_for_a_study(found: Sequence[Recognised]) -> Iterator[Problem]:
    """Give every reason why files cannot start a study together."""
    yield from unusable(found)
    yield from _twins([one for one in found if not new_events.is_events(one)])
    yield from second_designs(found)
    if found and not any(one.suggestion.assay for one in found):
        message = "these files hold no readings."
        remedy = "Add the files of the plate reader."
        yield problem_at(found[0].source.name, "", message, remedy, "no-readings")


def unusable(found: Sequence[Recognised]) -> Iterator[Problem]:
    """Refuse files that no assay takes."""
    for one in found:
        if not (one.suggestion.assay or one.suggestion.part):
            said = " ".join(one.suggestion.said)
            yield problem_at(one.source.name, "", said, "Leave it out.", "no-assay")


def _expanded(files: Sequence[Path]) -> tuple[list[Path], list[Problem], list[str]]:
    """Put the files of a folder in its place, and say what of it is left out."""
    paths: list[Path] = []
    problems: list[Problem] = []
    said: list[str] = []
    for path in files:
        if not path.is_dir():
            paths.append(path)
            continue
        taken, left = new_events.files_of(path)
        paths += taken
        if not taken:
            message = "the folder holds no file that is read here."
            remedy = "'exportin read --formats' lists what is read."
            problems.append(problem_at(str(path), "", message, remedy, "no-file"))
        if left:
            more = f" and {len(left) - 3} more" if len(left) > 3 else ""
            names = ", ".join(one.name for one in left[:3])
            said.append(f"{path}: left out {names}{more}; copy by hand what the study needs.")
    return list(dict.fromkeys(paths)), problems, said


def _twins(found: Sequence[Recognised]) -> Iterable[Problem]:
    names = [_name(one).casefold() for one in found]
    for one in found:
        if names.count(_name(one).casefold()) > 1:
            message = "two files have this name; a study keeps them side by side."
            yield problem_at(one.source.name, "", message, "Rename one of them.", "twin")


def second_designs(found: Sequence[Recognised]) -> Iterable[Problem]:
    """Refuse a second list of plates."""
    designs = [one for one in found if one.suggestion.part in (DESIGN, LAYOUTS)]
    for one in designs[1:]:
        message = f"a second list of plates; '{_name(designs[0])}' is one too."
        remedy = "A study has one list of plates: start with one, and join them in a table."
        yield problem_at(one.source.name, "", message, remedy, "two-designs")


def started(
    title: str,
    found: Sequence[Recognised],
    raw: Mapping[str, bytes | Path],
    *,
    assays: Sequence[str] = (),
    todo: Sequence[str] = (),
) -> Started:
    """Return the files of a new study; ``raw`` holds what was read by its name, unedited."""
    todo = list(todo)
    written: dict[str, bytes | Path] = {}
    lines = study_head(title)
    plates = next((one for one in found if one.suggestion.part in (DESIGN, LAYOUTS)), None)
    if plates is not None:
        lines.append(f"design = {_quoted(_name(plates))}")
    layouts = [one for one in found if one.suggestion.part == LAYOUT]
    told = plates is not None and plates.suggestion.part == LAYOUTS
    own = None if told else layouts[0] if len(layouts) == 1 else None
    named = [one.suggestion.assay for one in found if one.suggestion.assay]
    blocks = list(dict.fromkeys([*named, *assays]))
    places = places_of(found, blocks)
    for assay in blocks:
        mine = [one for one in found if one.suggestion.assay == assay]
        given = {"layout": _quoted(_name(own))} if own is not None else {}
        if layouts and not (told or own):
            names = ", ".join(_name(one) for one in layouts)
            todo.append(f"study.toml, [block.{assay}]: which layout is whose: {names}.")
        given |= own_layout(
            assay, [] if layouts else mine, several=len(blocks) > 1, written=written, todo=todo
        )
        lines += block_of(assay, mine, given=given, todo=todo, places=places)
    for one in found:
        written[places[one.source.name]] = raw[one.source.name]
    design = design_table(found, blocks, places, todo)
    if design is not None and plates is None:
        written["design.csv"] = csv_bytes(design)
    written["study.toml"] = ("\n".join(lines) + "\n").encode("utf-8", "replace")
    written[SCHEMA_FILE] = schema_bytes()
    return Started(files=written, todo=tuple(todo), places=places)


def places_of(found: Sequence[Recognised], blocks: Sequence[str]) -> dict[str, str]:
    """Return file name to its place in the study folder."""
    tails = new_events.tails([one for one in found if new_events.is_events(one)])
    apart = new_events.several(blocks)
    made = {}
    for one in found:
        raw = f"{RAW}/{one.suggestion.assay}" if apart and one.source.name in tails else RAW
        tail = tails.get(one.source.name, _name(one))
        made[one.source.name] = _name(one) if one.suggestion.part else f"{raw}/{tail}"
    return made


def design_table(
    found: Sequence[Recognised], blocks: Sequence[str], places: Mapping[str, str], todo: list[str]
) -> pl.DataFrame | None:
    """Return the table to fill in, a row a plate, sample or tube; none where files say it all."""
    rows, wanted = _design(found), _wanted(blocks)
    tubes = [one for one in found if new_events.is_events(one)]
    tails = new_events.tails(tubes)
    more = list(
        new_events.design_rows(
            [(one, places[one.source.name], tails[one.source.name]) for one in tubes]
        )
    )
    if more:
        wanted = suggest_events.design_columns(blocks)
        note = "; the columns file_says and guess are for you and not read" if tubes else ""
        todo.append(f"design.csv: {', '.join(wanted)} of {len(more)} tubes{note}.")
    if rows:
        todo.append(f"design.csv: {', '.join(wanted)} of {len(rows)} samples.")
    if not (rows or more):
        return None
    columns = ["sample_id", "file", *wanted, *(("file_says", "guess") if more else ())]
    return pl.DataFrame([*rows, *more], schema=dict.fromkeys(columns, pl.String))


def block_of(
    assay: str,
    mine: Sequence[Recognised],
    *,
    given: dict[str, str],
    todo: list[str],
    places: Mapping[str, str],
) -> list[str]:
    """Return the lines of a block with its files and what a person must still decide."""
    named = [places[one.source.name] for one in mine]
    tubes = bool(mine) and all(map(new_events.is_events, mine))
    shown = new_events.patterns(named, _base(assay, named)) if tubes else named
    files = {"files": f"[{', '.join(map(_quoted, shown))}]"} if mine else {}
    likely = new_events.guessed(assay, mine) if tubes else {}
    remarks = [f"# {line}" for one in mine for line in _remarks(one)]
    if remarks or likely:
        todo.append(f"study.toml, [block.{assay}]: the lines that begin with '# ->'.")
    remarks += [f"# {line}" for line in (new_events.channel_lines(mine) if tubes else ())]
    fields = load_assay(assay).settings.model_fields
    needed = [name for name, field in fields.items() if field.is_required() and name not in likely]
    if needed:
        todo.append(f'study.toml, [block.{assay}]: {" and ".join(needed)} instead of "...".')
    return block_lines(assay, given={**files, **given}, remarks=remarks, guessed=likely)


def _base(assay: str, named: Sequence[str]) -> str:
    """Return the folder of the raw files of a block."""
    own = f"{RAW}/{assay}"
    return own if all(name.startswith(f"{own}/") for name in named) else RAW


def own_layout(
    assay: str,
    mine: Sequence[Recognised],
    *,
    several: bool,
    written: dict[str, bytes | Path],
    todo: list[str],
) -> dict[str, str]:
    """Put a layout with the wells in use among the files to write; returns its key."""
    layout = _layout(mine)
    if layout is None:
        return {}
    name = f"layout_{assay}.csv" if several else "layout.csv"
    written[name] = csv_bytes(layout)
    todo.append(f"{name}: role, treatment, dose and dose_unit of {layout.height} wells.")
    return {"layout": _quoted(name)}


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


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
