"""The editors: layouts, the design, questions and settings; all end in files of the study."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exportin.app.window.answers import RefusedError, absent, answer, refused
from exportin.app.window.bodies import text_of, texts_of, whole_of
from exportin.app.window.changing import Body, changed
from exportin.app.window.describe import block_json, study_json
from exportin.app.window.desk import Desk
from exportin.app.window.reading import threaded
from exportin.app.window.rows import rows_of
from exportin.app.window.words import all_in_window_words
from exportin.study.edit.design_table import DesignTable, design_table, save_design
from exportin.study.edit.doses import is_dose, read_doses
from exportin.study.edit.fills import make_rows
from exportin.study.edit.layout_table import LayoutTable, layout_table, save_layout
from exportin.study.edit.merge import CODE
from exportin.study.edit.paste import PASTED, parse_paste
from exportin.study.edit.questions import add_question, remove_question, set_keys
from exportin.study.load import FILE
from exportin.tables.problems import InputError

MOST_CELLS = 200_000


def _known(desk: Desk, request: Request) -> str:
    """Return the block of an address; layouts are edited while the study has no numbers yet."""
    name: str = request.path_params["block"]
    if not (desk.session.folder / FILE).is_file():
        raise absent("block", name)
    return name


def _layout_json(table: LayoutTable) -> dict[str, Any]:
    return {
        "file": table.file,
        "columns": list(table.columns),
        "rows": [dict(row) for row in table.rows],
        "size": table.size,
        "wells_in_files": list(table.wells_in_files),
        "plates": list(table.plates),
    }


def _layout(desk: Desk, request: Request) -> Response:
    table = layout_table(desk.session.folder, _known(desk, request))
    return answer({"version": desk.session.version()} | _layout_json(table))


def _save_layout(desk: Desk, seen: str, body: Body, request: Request) -> Response:
    name, rows, opened = _known(desk, request), rows_in(body), opened_in(body)
    with clashes():
        table = desk.change(seen, lambda session: save_layout(session.folder, name, rows, opened))
    return answer(study_json(desk) | {"layout": _layout_json(table)})


def _paste(desk: Desk, seen: str, body: Body, request: Request) -> Response:
    del seen
    name = _known(desk, request)
    size = body.get("size")
    if not isinstance(size, int):
        size = layout_table(desk.session.folder, name).size
    field = text_of(body, "field", "")
    cells = parse_paste(text_of(body, "text"), at=text_of(body, "at", "A1"), size=size)
    texts = [cell.text for cell in cells]
    if is_dose(field):
        texts, problems = read_doses(PASTED, [(f"well {cell.well}", cell.text) for cell in cells])
        if problems:
            raise InputError(problems)
    found = [{"well": cell.well, "text": text} for cell, text in zip(cells, texts, strict=True)]
    return answer({"field": field, "size": size, "cells": found})


def _make(desk: Desk, seen: str, body: Body, request: Request) -> Response:
    del desk, seen, request
    wish = body.get("wish", body)
    if not isinstance(wish, dict):
        raise refused(400, "'wish' must be an object.", code="no-wish", place="wish")
    try:
        return answer({"rows": make_rows(wish)})
    except InputError as error:
        raise InputError(all_in_window_words(error.problems)) from None


def _design_json(table: DesignTable) -> dict[str, Any]:
    return {
        "file": table.file,
        "columns": list(table.columns),
        "rows": [dict(row) for row in table.rows],
        "needs": {name: list(rows) for name, rows in table.needs.items()},
        "proposed": list(table.proposed),
    }


def _design(desk: Desk, request: Request) -> Response:
    del request
    table = design_table(desk.session.folder)
    return answer({"version": desk.session.version()} | _design_json(table))


def _save_design(desk: Desk, seen: str, body: Body, request: Request) -> Response:
    del request
    columns, rows, opened = texts_of(body, "columns"), rows_in(body), opened_in(body)
    with clashes():
        table = desk.change(
            seen, lambda session: save_design(session.folder, columns, rows, opened)
        )
    return answer(study_json(desk) | {"design": _design_json(table)})


def _ask(desk: Desk, seen: str, body: Body, request: Request) -> Response:
    name = _known(desk, request)
    rows = joined_of(desk, name)
    desk.change(seen, lambda session: add_question(session.folder, name, body, joined=rows))
    return answer(block_json(desk, name))


def joined_of(desk: Desk, name: str) -> pl.DataFrame | None:
    """Return the joined rows of a block where they are at hand."""
    state = desk.state()
    blocks = state.outcome.blocks if state.outcome else ()
    block = next((one for one in blocks if one.name == name and one.rows), None)
    return None if block is None else rows_of(desk, state.version, block).frame


def _forget(desk: Desk, seen: str, body: Body, request: Request) -> Response:
    del body
    name = _known(desk, request)
    index = whole_of(request.path_params["index"], "index", low=0, high=10**6)
    desk.change(seen, lambda session: remove_question(session.folder, name, index))
    return answer(block_json(desk, name))


def _set(desk: Desk, seen: str, body: Body, request: Request) -> Response:
    name = _known(desk, request)
    if not body:
        raise refused(400, "no setting is named.", code="no-setting")
    desk.change(seen, lambda session: set_keys(session.folder, name, body))
    return answer(block_json(desk, name))


@contextmanager
def clashes() -> Iterator[None]:
    """Answer 409 where two people changed one cell."""
    try:
        yield
    except InputError as error:
        if all(problem.code == CODE for problem in error.problems):
            raise RefusedError(409, error.problems) from None
        raise


def opened_in(body: Body) -> list[dict[str, str]] | None:
    """Return the rows of a table as they were opened; None where a program does not say."""
    return rows_in({"rows": body["opened"]}) if "opened" in body else None


def rows_in(body: Body) -> list[dict[str, str]]:
    """Return the rows of a table in a JSON object: cells are text, numbers as they are written.

    Raises
    ------
    RefusedError
        400 where it is no table.

    >>> rows_in({"rows": [{"well": "A01", "dose": 2, "role": None}]})
    [{'well': 'A01', 'dose': '2', 'role': ''}]
    """
    rows = body.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise refused(400, "'rows' must be a list of objects.", code="no-rows", place="rows")
    if sum(map(len, rows)) > MOST_CELLS:
        raise refused(413, f"more than {MOST_CELLS} cells.", code="too-large", place="rows")
    return [{str(key): _cell(value) for key, value in row.items()} for row in rows]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(400, "a cell must be text or a number.", code="no-cell", place="rows")
    return repr(value)


ROUTES = [
    Route("/api/block/{block}/layout", threaded(_layout), methods=["GET"]),
    Route("/api/block/{block}/layout", changed(_save_layout), methods=["PUT"]),
    Route("/api/block/{block}/layout/paste", changed(_paste), methods=["POST"]),
    Route("/api/layout/make", changed(_make), methods=["POST"]),
    Route("/api/design", threaded(_design), methods=["GET"]),
    Route("/api/design", changed(_save_design), methods=["PUT"]),
    Route("/api/block/{block}/questions", changed(_ask), methods=["POST"]),
    Route("/api/block/{block}/questions/{index}", changed(_forget), methods=["DELETE"]),
    Route("/api/block/{block}/settings", changed(_set), methods=["POST"]),
]
