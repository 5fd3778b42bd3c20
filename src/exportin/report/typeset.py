"""Numbers and names as HTML: every number carries the row and column it was looked up in."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from markupsafe import Markup, escape

from exportin.results.formatting import format_cell
from exportin.results.phrases import (
    Part,
    Row,
    interval_parts,
    main_column,
    model_parts,
    open_words,
    unit_name,
    value_parts,
)
from exportin.results.typography import MINUS, typeset

NUMBER = '<data data-id="%s" data-col="%s" value="%s" title="%s">%s</data>'
QUOTED = Markup('<span data-id="{}" data-col="{}">{}</span>')
NEGATIVE = re.compile(r"(?<![\w.)\]-])-(?=\d)")
POWERED = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?e-?\d+)(?!\w)")
WITH_UNITS = ("value", "effect", "conf_low", "conf_high", "model_low", "model_high")


def shown(value: Any) -> Any:
    r"""Make characters visible that could break or disguise a name; jinja's ``finalize``.

    >>> shown("LP\x006"), shown("a\u202eb")
    ('LP\\x006', 'a\\u202eb')
    """
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return "".join(c if c in "\n\t" or not _hidden(c) else _written(c) for c in value)


def _hidden(character: str) -> bool:
    return unicodedata.category(character)[0] == "C"


def _written(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def number(row: Row, column: str) -> Markup:
    """Look a number up: its text, with row id, column and full precision; empty if null."""
    value = row[column]
    if value is None:
        return Markup("")
    units = unit_name(row["units"]) if column in WITH_UNITS else ""
    title = shown(f"{column.replace('_', ' ')}: {value!r} {units}".strip())
    text = typeset(format_cell(row, column))
    said = (row["id"], column, repr(value), title, text)
    return Markup(NUMBER % tuple(map(escape, said)))  # noqa: S704 (each part is escaped)


_LINES: dict[tuple[Any, ...], Markup] = {}
MOST_LINES = 20_000
"""Rows of tables that are remembered as HTML; some 10 MB."""


def once(macro: Callable[..., Markup], row: Row, *how: Any) -> Markup:
    """Write a row of a table, or say again what the same row gave before.

    A window shows the same table after each click, of which few rows are new.
    """
    told = row.get("_unit")
    cells = tuple(row.values()) if told is None else (*_without(row, told), *told.values())
    key = (macro.name, how, tuple(row), cells)  # type: ignore[attr-defined]
    found = _LINES.get(key)
    if found is None:
        if len(_LINES) > MOST_LINES:
            _LINES.clear()
        found = _LINES[key] = macro(row, *how)
    return found


def _without(row: Row, told: Row) -> list[Any]:
    """Return the cells of a row but for the row of the unit behind it."""
    return [cell for cell in row.values() if cell is not told]


def sentence(text: str) -> str:
    r"""Set negative numbers and powers of ten in running text; names and dates stay.

    >>> sentence("-7.2 (-9 to -5), p = 3.2e-7, LP-6, 2021-02-17")
    '−7.2 (−9 to −5), p = 3.2\xa0×\xa010⁻⁷, LP-6, 2021-02-17'
    """
    powers = POWERED.sub(lambda found: typeset(found[1]), text)
    return NEGATIVE.sub(MINUS, powers)


def quoted(row: Row, column: str, part: str | None = None) -> Markup:
    """Look a sentence up, such as a verdict; it carries its row like a number does.

    A ``part`` that stands before it in other words is not said again.
    """
    text = row[column].removeprefix(f"{part}: ") if part else row[column]
    return QUOTED.format(row["id"], column, shown(sentence(text)))


def quoted_beside(points: Row, row: Row, part: str | None) -> Markup:
    """Quote a difference in percentage points, then what its odds ratio adds: effect, p and n."""
    size = points["verdict"].removeprefix(f"{part}: ").partition(" %, ")[0] + " %"
    odds = row["verdict"].removeprefix(f"{part}: ").replace(f"{row['group_a']}: odds ", "odds ", 1)
    both = (QUOTED.format(r["id"], "verdict", shown(sentence(text))) for r, text in
            ((points, size), (row, odds)))  # fmt: skip
    return Markup("; ").join(both)


def _joined(row: Row, parts: Iterator[Part]) -> Markup:
    done = [escape(shown(p)) if isinstance(p, str) else number(row, p.column) for p in parts]
    return Markup("").join(done)


def value(row: Row) -> Markup:
    """Set the number itself, bound and unit included, and which side of it is open."""
    side = open_words(row)
    return _joined(row, value_parts(row)) + (f", {side}" if side else "")


def interval(row: Row) -> Markup:
    """Set the interval, empty where there is none."""
    return _joined(row, interval_parts(row))


def models(row: Row) -> Markup:
    """Set the spread over admissible models."""
    return _joined(row, model_parts(row))


def absent(row: Row) -> bool:
    """Whether the row has words where a number would be."""
    return row[main_column(row)] is None
