"""A view as JSON and back: the same figure for the screen, the store and the printer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from math import isfinite
from typing import Any

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View

NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
"""Floats that JSON has no word for; JavaScript's words are used."""


def view_to_json(view: View) -> bytes:
    """Write a view as JSON (UTF-8); the same view gives the same bytes.

    Parameters
    ----------
    view : View
        The figure as data.

    Returns
    -------
    bytes
        An object with the fields of `View`; the frame of a mark is columns of values with their
        types beside it, empty cells are null, floats that are not finite are words.

    Examples
    --------
    >>> view_from_json(view_to_json(View(name="a", title="A", caption="", panels=()))).title
    'A'
    """
    text = json.dumps(_view(view), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def view_from_json(data: bytes) -> View:
    """Read a view that `view_to_json` wrote."""
    said = json.loads(data.decode("utf-8", "surrogatepass"))
    said["panels"] = tuple(_panel_from(panel) for panel in said["panels"])
    said["groups"] = tuple(said["groups"])
    said["shapes"] = tuple((name, shape) for name, shape in said["shapes"])
    return View(**said)


def _view(view: View) -> dict[str, Any]:
    made = {field.name: getattr(view, field.name) for field in fields(view)}
    return made | {"panels": [_panel(panel) for panel in view.panels]}


def _panel(panel: Panel) -> dict[str, Any]:
    made = {field.name: getattr(panel, field.name) for field in fields(panel)}
    for name in ("x", "y", "value"):
        made[name] = None if made[name] is None else asdict(made[name])
    return made | {"marks": [_mark(mark) for mark in panel.marks]}


def _mark(mark: Mark) -> dict[str, Any]:
    made = {field.name: getattr(mark, field.name) for field in fields(mark)}
    frame = mark.frame
    return made | {
        "types": {name: str(kind) for name, kind in frame.schema.items()},
        "frame": {name: _cells(frame.get_column(name)) for name in frame.columns},
    }


def _cells(column: pl.Series) -> list[Any]:
    values = column.to_list()
    if not column.dtype.is_float():
        return values
    if bool(column.is_finite().all()):  # null counts as neither
        return values
    return [_word(value) for value in values]


def _word(value: float | None) -> float | str | None:
    if value is None or isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124


def _panel_from(said: Mapping[str, Any]) -> Panel:
    axes = {name: _axis(said[name]) for name in ("x", "y", "value")}
    marks = tuple(_mark_from(mark) for mark in said["marks"])
    return Panel(**{**said, **axes, "marks": marks})


def _axis(said: Mapping[str, Any] | None) -> Axis | None:
    if said is None:
        return None
    lists = {name: tuple(said[name]) for name in ("categories", "ticks", "tick_words")}
    return Axis(**{**said, **lists})


def _mark_from(said: Mapping[str, Any]) -> Mark:
    given = dict(said)
    types, columns = given.pop("types"), given["frame"]
    frame = pl.DataFrame(
        {name: _read(columns[name], kind) for name, kind in types.items()},
        schema={name: getattr(pl, kind) for name, kind in types.items()},
    )
    return Mark(**{**given, "frame": frame})


def _read(values: Sequence[Any], kind: str) -> Sequence[Any]:
    if not kind.startswith("Float"):
        return values
    return [NOT_FINITE[v] if isinstance(v, str) else v for v in values]
