"""The study and its blocks as JSON: what the pages, a notebook or a robot see of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import polars as pl
from markupsafe import Markup

from exportin.app.window.answers import absent, problems_json
from exportin.app.window.asking import questions_json
from exportin.app.window.desk import Desk
from exportin.app.window.words import all_in_window_words
from exportin.contract.view_json import view_from_json
from exportin.report.fragments import PARTS, block_fragments
from exportin.report.names import block_names
from exportin.results.formatting import key_text
from exportin.study.discover import assay_names, load_assay
from exportin.study.edit.choices import asks_for_key, choices
from exportin.study.edit.design_table import design_table
from exportin.study.edit.journal import history
from exportin.study.edit.study_file import nothing_yet, read_study_file
from exportin.study.files import find_files
from exportin.study.frames import StoredBlobs
from exportin.study.layout_files import named_layouts
from exportin.study.ledger import excluded_rows
from exportin.study.load import FILE, Study, load_study
from exportin.study.outcome import BlockOutcome, Outcome
from exportin.study.session import State
from exportin.tables.columns import kept
from exportin.tables.problems import InputError, Problem

DESIGN_CODES = frozenset({"empty-key"})
"""Faults of raw rows that are mended in the table of samples."""
HTML: Mapping[str, str] = dict.fromkeys(PARTS, "")


def study_json(desk: Desk, state: State | None = None) -> dict[str, Any]:
    """Describe the study: what it holds, what it lacks."""
    state = state or desk.state()
    folder = desk.session.folder
    study = state.outcome.study if state.outcome else _study(desk)
    empty = nothing_yet(folder)
    kind = "empty" if empty else "problems" if state.outcome is None else "ready"
    problems = [] if empty else all_in_window_words(state.problems)
    notes = state.outcome.notes if state.outcome else ()
    chosen = choices_json(desk, problems)
    return {
        "version": state.version,
        "title": study.file.study.title if study else folder.resolve().name,
        "folder": str(folder),
        "state": kind,
        "problems": problems_json(without_keys(problems, chosen)),
        "notes": problems_json(notes),
        "blocks": blocks_json(study, state.outcome),
        "history": history_json(desk),
        "needs": needs_json(desk, study, problems, chosen),
        "choices": chosen,
        "warm": desk.warmth.said(),
    }


def _study(desk: Desk) -> Study | None:
    try:
        return load_study(desk.session.folder)
    except InputError:
        return None


def history_json(desk: Desk) -> dict[str, Any]:
    """Say what undo and redo would do."""
    found = history(desk.session.folder)
    return {"can_undo": found.can_undo, "can_redo": found.can_redo}


def blocks_json(study: Study | None, outcome: Outcome | None) -> list[dict[str, Any]]:
    """Describe each block and link in a line."""
    if study is None:
        return []
    found = {block.name: block for block in outcome.blocks} if outcome else {}
    lines = []
    for name, block in study.file.block.items():
        assay = load_assay(block.assay)
        known = found.get(name)
        columns = {column.name for column in assay.consumes.columns}
        files = list(known.files if known else find_files(study, name, [], named_layouts(study)))
        lines.append({
            "name": name,
            "assay": block.assay,
            "title": known.title if known else assay.title,
            "experimental_unit": (known and known.experimental_unit)
            or block.experimental_unit or assay.experimental_unit,
            "kind": assay.consumes.kind,
            "files": files,
            "plates": "well" in columns,
            "has_layout": block.layout is not None,
        })  # fmt: skip
    for name, link in study.file.link.items():
        known = found.get(name)
        lines.append({
            "name": name, "assay": link.use, "title": known.title if known else link.use,
            "experimental_unit": known.experimental_unit if known else "", "kind": "link",
            "files": [], "plates": False, "has_layout": False,
        })  # fmt: skip
    return lines


def choices_json(desk: Desk, problems: Collection[Problem]) -> list[dict[str, Any]]:
    """Say what can be chosen on the page instead of written into study.toml."""
    if not problems:
        return []
    try:
        found = choices(read_study_file(desk.session.folder), problems)
    except InputError:
        return []
    return [asdict(one) for one in found]


def without_keys(problems: Iterable[Problem], chosen: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Point to the list to choose from, where there is one, instead of a key to write."""
    files = {file for one in chosen for file in one["files"]}
    return [
        replace(one, remedy="Choose it below.") if one.file in files and asks_for_key(one) else one
        for one in problems
    ]


def needs_json(
    desk: Desk,
    study: Study | None,
    problems: Collection[Problem],
    chosen: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Sort what is missing by the editor that mends it: the design, a layout, or study.toml."""
    if study is None or not problems:
        return []
    section = study.file.study
    by_choice = {file for one in chosen for file in one["files"]}
    layouts = {b.layout: name for name, b in study.file.block.items() if b.layout}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for problem in problems:
        if problem.severity != "error":
            continue
        what, where = "study", FILE
        if problem.file in by_choice and problem.code not in DESIGN_CODES:
            continue
        if problem.file == section.design or problem.code in DESIGN_CODES:
            what, where = "design", section.design
        elif problem.file in layouts:
            what, where = "layout", layouts[problem.file]
        need = found.setdefault((what, where), {"what": what, "where": where, "columns": []})
        column = problem.place.rpartition("column ")[2] if "column " in problem.place else ""
        if column and column not in need["columns"]:
            need["columns"].append(column)
    try:
        lacking = design_table(desk.session.folder)
    except InputError:  # what is wrong with it stands among the problems
        return list(found.values())
    if lacking.needs:
        file = lacking.file or section.design
        need = {"what": "design", "where": file, "columns": []}
        need = found.setdefault(("design", file), need)
        need["columns"] = list(dict.fromkeys([*need["columns"], *lacking.needs]))
    return list(found.values())


def block_json(desk: Desk, name: str, state: State | None = None) -> dict[str, Any]:
    """Describe one block with the parts of the report that speak of it.

    Raises
    ------
    RefusedError
        404 if the study has no such block.
    """
    state = state or desk.state()
    if state.outcome is None:
        return _unfinished(desk, name, state)
    block = block_of(state.outcome, name)
    kind = "figures" if block.views else "numbers"
    key = (state.version, name, kind)
    found = desk.keep("block", key, lambda: _described(desk, state, block))
    return found | {"history": history_json(desk)}


def _described(desk: Desk, state: State, block: BlockOutcome) -> dict[str, Any]:
    outcome = state.outcome
    assert outcome is not None  # noqa: S101 - it was looked at before
    out = out_rows(outcome, block)
    return {
        "version": state.version,
        "name": block.name,
        "title": block.title,
        "assay": block.assay,
        "experimental_unit": block.experimental_unit,
        "html": block_fragments(outcome, block.name, brief=not block.views),
        "views": views_json(desk, block),
        "excluded": sorted(out),
        "n_excluded": len(out),
        "quantities": quantities_json(block),
        "questions": questions_json(outcome.study, block.name),
        "settings": dict(block.settings),
        "problems": [],
    }


def _unfinished(desk: Desk, name: str, state: State) -> dict[str, Any]:
    study = _study(desk)
    known = {line["name"]: line for line in blocks_json(study, None)}
    if study is None or name not in known:
        raise absent("block", name)
    return {
        "version": state.version,
        "name": name,
        "title": known[name]["title"],
        "assay": known[name]["assay"],
        "experimental_unit": known[name]["experimental_unit"],
        "html": {part: Markup() for part in HTML},
        "views": [],
        "excluded": [],
        "n_excluded": 0,
        "quantities": [],
        "questions": questions_json(study, name),
        "settings": {},
        "problems": problems_json(state.problems),
        "history": history_json(desk),
    }


def block_of(outcome: Outcome, name: str) -> BlockOutcome:
    """Return one block of an outcome.

    Raises
    ------
    RefusedError
        404 if there is none of this name.
    """
    for block in outcome.blocks:
        if block.name == name:
            return block
    raise absent("block", name)


def out_rows(outcome: Outcome, block: BlockOutcome) -> dict[str, str]:
    """Rows that people left out, whole or in part, with their reasons."""
    return {row: entry.reason for row, entry in excluded_rows(outcome.ledger, block.name).items()}


def digest_of(block: BlockOutcome, view: str) -> str:
    """Name the content of a view."""
    if isinstance(block.views, StoredBlobs):
        return block.views.digests[view][:20]
    from hashlib import sha256

    return sha256(block.views[view]).hexdigest()[:20]


def views_json(desk: Desk, block: BlockOutcome) -> list[dict[str, Any]]:
    """List the figures of a block."""
    return [about_view(desk, block, name) for name in block.views]


def about_view(desk: Desk, block: BlockOutcome, name: str) -> dict[str, Any]:
    """Describe a figure: title, caption, width, and a name for its content."""
    digest = digest_of(block, name)

    def look() -> dict[str, Any]:
        view = view_from_json(block.views[name])
        about = {"title": view.title, "caption": view.caption, "width": view.width}
        return {"name": name, **about, "digest": digest}

    return desk.keep("about", (digest, name), look)


def quantities_json(block: BlockOutcome) -> list[dict[str, Any]]:
    """List what was estimated and the groups that can be compared."""
    names, frame = block_names(block), block.estimates.frame
    used = sorted(dict.fromkeys(frame.get_column("quantity")), key=names.rank)
    primary = set(names.primary(used))
    askable = comparable(block)
    keys = [name for name in block.estimates.keys if name != "unit_id"]
    return [
        {
            "name": quantity,
            "title": names.label(quantity),
            "estimand": names.estimand(quantity),
            "primary": quantity in primary,
            "keys": _keys(kept(frame, frame.get_column("quantity") == quantity), keys),
        }
        for quantity in used
        if askable is None or quantity in askable
    ]


def comparable(block: BlockOutcome) -> frozenset[str] | None:
    """Quantities that a question can name; not what plates say of themselves. None: all."""
    if block.assay not in assay_names():
        return None
    return frozenset(load_assay(block.assay).comparable)


def _keys(frame: pl.DataFrame, keys: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for key in keys:
        values = {value for value in frame.get_column(key).to_list() if value is not None}
        if values:
            said = [key_text(value) for value in sorted(values)]
            found.append({"name": key, "title": key.replace("_", " "), "values": said})
    return found
