"""Tables to a Prism project (.pzfx): replicates side by side, excluded values marked as such."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import polars as pl

from exportin.tables.kinds import EXCLUDED_IN_FILE
from exportin.tables.problems import InputError, Problem
from exportin.tables.table import Table
from exportin.tables.workbook import cell_text

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NAMESPACE = "http://graphpad.com/prism/Prism.htm"
GROUP, REPLICATE, ROW, ROW_TITLE, X = "group", "replicate", "row", "row_title", "x"


@dataclass(frozen=True, slots=True)
class Placed:
    """A value with its place in the table of Prism."""

    group: str
    sub: int
    row: int
    value: float | None
    excluded: bool


def write_pzfx(
    tables: Table | pl.DataFrame | Mapping[str, Table | pl.DataFrame],
    *,
    title: str = "Data 1",
    group: str = GROUP,
    replicate: str = REPLICATE,
    x: str = X,
    x_titles: Mapping[str, str] | None = None,
    notes: str = "",
) -> bytes:
    """Return a Prism project with one data table for each table given.

    Parameters
    ----------
    tables
        Long rows with ``value`` and the columns named below; a table each by its title, or one.
    title
        Title of the data table where one is given without a title.
    group
        Column whose names become the titles of the Y columns; without it there is one, "value".
    replicate
        Column that tells replicates apart; without it they are numbered as they come.
    x
        Column of numbers for X; without it a column table (or a grouped one, with ``row_title``).
    x_titles
        Titles of X by the title of the table, such as "dose (nM)"; otherwise the column's name.
    notes
        What Prism shows on the sheet "Project info 1"; a line each.

    Rows with ``excluded_in_file`` are written as excluded. Missing values become empty cells.
    ``row`` (a number from one) places a value where the table was read from a Prism file.

    Raises
    ------
    InputError
        A column is missing, two values belong into one cell, or a name cannot stand in XML.

    >>> rows = pl.DataFrame({"group": ["a", "a"], "value": [1.5, 2.0]})
    >>> b"<d>1.5</d><d>2</d>" in write_pzfx(rows)
    True
    """
    several = tables if isinstance(tables, Mapping) else {title: tables}
    parts = [
        one_table(
            at,
            name,
            t.frame if isinstance(t, Table) else t,
            (group, replicate, x),
            (x_titles or {}).get(name, "X" if x == X else x),
        )
        for at, (name, t) in enumerate(several.items())
    ]
    refs = "".join(f'<Ref ID="Table{at}"{selected(at)}/>\n' for at in range(len(parts)))
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<GraphPadPrismFile xmlns="{NAMESPACE}" PrismXMLVersion="5.00">\n'
        '<Created>\n<OriginalVersion CreatedByProgram="exportin" CreatedByVersion="1"'
        ' Login="" DateTime=""/>\n</Created>\n'
        '<InfoSequence>\n<Ref ID="Info0" Selected="1"/>\n</InfoSequence>\n'
        '<Info ID="Info0">\n<Title>Project info 1</Title>\n'
        f"{info(notes)}</Info>\n"
        f"<TableSequence>\n{refs}</TableSequence>\n{''.join(parts)}</GraphPadPrismFile>\n"
    )
    return text.encode()


def info(notes: str) -> str:
    """Return the notes of the project; what XML cannot hold is written out."""
    if not notes:
        return "<Notes/>\n"
    plain = FORBIDDEN.sub(lambda found: f"\\x{ord(found.group()):02x}", notes)
    return f"<Notes>{escape(plain)}</Notes>\n"


def selected(at: int) -> str:
    """Open the first table."""
    return ' Selected="1"' if at == 0 else ""


def one_table(
    at: int, title: str, frame: pl.DataFrame, names: tuple[str, str, str], x_title: str
) -> str:
    """Return the XML of one data table."""
    group, replicate, x = names
    if "value" not in frame.columns:
        raise InputError(fault(title, "There is no column 'value' to write."))
    xs = frame.get_column(x).to_list() if x in frame.columns else None
    if xs is not None and not frame.schema[x].is_numeric():
        raise InputError(fault(title, f"X ('{x}') must be numbers."))
    if xs is not None and not all(v is None or math.isfinite(v) for v in xs):
        raise InputError(fault(title, f"X ('{x}') holds a number without end."))
    groups = texts(frame, group) or ["value"] * frame.height
    rows = placed_rows(frame, groups, xs, title)
    subs = subcolumns(texts(frame, replicate), groups, rows)
    marked = texts(frame, EXCLUDED_IN_FILE) or [""] * frame.height
    cells = [
        Placed(*found)
        for found in zip(
            groups,
            subs[0],
            rows,
            frame.get_column("value").to_list(),
            map(bool, marked),
            strict=True,
        )
    ]
    check_cells(cells, title)
    height = max(rows, default=-1) + 1
    width = max(subs[0], default=0) + 1
    row_titles = by_row(texts(frame, ROW_TITLE), rows, height)
    kind = "XY" if xs is not None else "TwoWay" if any(row_titles) or width > 1 else "OneWay"
    heads = {"XFormat": "none" if xs is None else "numbers", "YFormat": "replicates"}
    heads |= {"Replicates": str(width), "TableType": kind, "EVFormat": "AsteriskAfterNumber"}
    if kind == "OneWay":
        heads = {"XFormat": "none", "TableType": kind, "EVFormat": "AsteriskAfterNumber"}
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in heads.items())
    body = "".join(
        column("YColumn", name, y_cells([c for c in cells if c.group == name], width, height))
        for name in dict.fromkeys(groups)
    )
    front = subtitles(subs[1], width)
    if any(row_titles):
        titles = subcolumn(map(written, row_titles))
        front += f'<RowTitlesColumn Width="81">\n{titles}</RowTitlesColumn>\n'
    if xs is not None:
        numbers = by_row(["" if v is None else cell_text(float(v)) for v in xs], rows, height)
        front += column("XColumn", x_title, [numbers])
    head = f'<Table ID="Table{at}" {attributes}>\n<Title>{safe(title)}</Title>\n'
    return f"{head}{front}{body}</Table>\n"


def texts(frame: pl.DataFrame, name: str) -> list[str]:
    """Return a column as texts, nothing where there is no such column."""
    if name not in frame.columns:
        return []
    return frame.get_column(name).cast(pl.String).fill_null("").to_list()


def placed_rows(
    frame: pl.DataFrame, groups: list[str], xs: list[float] | None, title: str
) -> list[int]:
    """Return the row of each value: as read, else by X or row title, else as they come."""
    if ROW in frame.columns:
        said = texts(frame, ROW)
        if not all(text.isdecimal() and 0 < int(text) <= 10_000_000 for text in said):
            raise InputError(fault(title, "'row' must be numbers from one."))
        return [int(text) - 1 for text in said]
    keys = xs if xs is not None else texts(frame, ROW_TITLE)
    if keys:
        order = {key: at for at, key in enumerate(dict.fromkeys(keys))}
        return [order[key] for key in keys]
    seen: dict[str, int] = {}
    out = []
    names = [*zip(groups, texts(frame, REPLICATE) or groups, strict=True)]
    for pair in names:
        key = "\0".join(pair)
        out.append(seen.get(key, 0))
        seen[key] = out[-1] + 1
    return out


def subcolumns(
    replicates: list[str], groups: list[str], rows: list[int]
) -> tuple[list[int], list[str]]:
    """Return the subcolumn of each value, and their titles where they have any."""
    if not replicates:
        seen: dict[tuple[str, int], int] = {}
        out = []
        for key in zip(groups, rows, strict=True):
            out.append(seen.get(key, 0))
            seen[key] = out[-1] + 1
        return out, []
    names = list(dict.fromkeys(replicates))
    if all(name.isdecimal() and 0 < int(name) <= 512 and str(int(name)) == name for name in names):
        return [int(name) - 1 for name in replicates], []
    order = {name: at for at, name in enumerate(names)}
    return [order[name] for name in replicates], names


def subtitles(names: list[str], width: int) -> str:
    """Return the titles that all columns' subcolumns share."""
    if not names:
        return ""
    subs = "".join(subcolumn([written(name)]) for name in names[:width])
    return f'<SubColumnTitles OwnSet="0">\n{subs}</SubColumnTitles>\n'


def check_cells(cells: list[Placed], title: str) -> None:
    """Refuse two values for one cell, and numbers without end."""
    seen: set[tuple[str, int, int]] = set()
    for cell in cells:
        key = (cell.group, cell.sub, cell.row)
        if key in seen:
            message = f"Two values belong into row {cell.row + 1} of '{cell.group}:{cell.sub + 1}'."
            raise InputError(fault(title, message))
        if cell.value is not None and not math.isfinite(cell.value):
            raise InputError(fault(title, f"'{cell.group}' holds {cell.value}."))
        seen.add(key)


def y_cells(cells: list[Placed], width: int, height: int) -> list[list[str]]:
    """Return the subcolumns of one group as cells of XML text."""
    out = [[""] * height for _ in range(width)]
    for cell in cells:
        if cell.value is not None:
            mark = "!" if cell.excluded else ""
            out[cell.sub][cell.row] = mark + cell_text(float(cell.value))
    return out


def by_row(items: list[str], rows: list[int], height: int) -> list[str]:
    """Return one text per row of the table."""
    out = [""] * height
    for item, row in zip(items, rows, strict=False):
        out[row] = item
    return out


def column(tag: str, title: str, subs: list[list[str]]) -> str:
    """Return the XML of a column."""
    body = "".join(subcolumn(number_cell(text) for text in sub) for sub in subs)
    head = f'<{tag} Width="81" Decimals="6" Subcolumns="{len(subs)}">'
    return f"{head}\n<Title>{safe(title)}</Title>\n{body}</{tag}>\n"


def subcolumn(cells: Iterable[str]) -> str:
    """Return the XML of a subcolumn."""
    return f"<Subcolumn>\n{''.join(cells)}\n</Subcolumn>\n"


def number_cell(text: str) -> str:
    """Return a cell; a mark in front of the number says that it is excluded."""
    if text.startswith("!"):
        return f'<d Excluded="1">{text[1:]}</d>'
    return f"<d>{text}</d>" if text else "<d/>"


def written(text: str) -> str:
    """Return a cell of text."""
    return f"<d>{safe(text)}</d>" if text else "<d/>"


def safe(text: str) -> str:
    """Return text for XML; refuse what XML cannot hold."""
    if FORBIDDEN.search(text):
        raise InputError(fault(text[:40], "The name holds a control character."))
    return escape(text)


def fault(title: str, message: str) -> Problem:
    """Return the problem of a table that cannot be written."""
    remedy = "Mend the rows that are handed to write_pzfx."
    return Problem(file=".pzfx", place=f"table '{title}'", message=message, remedy=remedy,
                   code="pzfx-export")  # fmt: skip
