"""The tables of a Prism file as texts: titles, X, subcolumns and which cells are excluded."""

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from exportin.tables.names import clean
from exportin.tables.problems import InputError, Problem
from exportin.tables.xmltree import kid, kids, local, text_of

TYPES = {
    *("XY", "OneWay", "TwoWay", "Contingency", "Survival", "PartsOfWhole", "Nested"),
    *("Grouped", "Column", ""),
}
STATISTICS = {
    "SD": ("mean", "SD"),
    "SE": ("mean", "SEM"),
    "CV": ("mean", "%CV"),
    "SDN": ("mean", "SD", "N"),
    "SEN": ("mean", "SEM", "N"),
    "CVN": ("mean", "%CV", "N"),
    "low-high": ("mean", "-error", "+error"),
    "upper-lower-limits": ("mean", "upper limit", "lower limit"),
}
"""What the subcolumns hold where they are no replicates, by Prism's word for it."""
KNOWN = {"Title", "XColumn", "YColumn", "RowTitlesColumn", "SubColumnTitles", "XAdvancedColumn"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Text of a cell, and whether Prism shows it as excluded."""

    text: str
    excluded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table with its subcolumns, cells from the top."""

    title: str
    subcolumns: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrismTable:
    """One data table as it stands in the file.

    Parameters
    ----------
    id, title, type
        ``Table0``, the name of the sheet, ``XY``, ``OneWay`` ...
    x
        Column of X values; ``None`` where the table has none.
    x_written
        X as typed where it differs from the number (dates, elapsed times).
    statistics
        What each subcolumn holds; empty where they are replicates.
    subtitles
        Titles of the subcolumns, empty where they have none.
    """

    id: str
    title: str
    type: str
    x: Column | None
    x_written: tuple[Cell, ...]
    row_titles: tuple[Cell, ...]
    columns: tuple[Column, ...]
    statistics: tuple[str, ...]
    subtitles: tuple[str, ...]
    unread: tuple[str, ...] = field(default=())

    @property
    def is_filled(self) -> bool:
        """Whether any Y cell holds something."""
        return any(c.text for column in self.columns for sub in column.subcolumns for c in sub)


def read_tables(root: Element, file: str) -> list[PrismTable]:
    """Return all data tables.

    Raises
    ------
    InputError
        A table is of a type or format we do not know, or subcolumns are missing.
    """
    nodes = [node for node in root if local(node) in ("Table", "HugeTable")]
    listed = [
        ref.get("ID", "") for node in kids(root, "TableSequence") for ref in kids(node, "Ref")
    ]
    there = {node.get("ID", "") for node in nodes}
    lost = [name for name in listed if name not in there]
    if lost:
        message = f"The file lists the tables {', '.join(lost)}, which are not in it."
        raise InputError(problem(file, "TableSequence", message, "Save it from Prism again."))
    return [read_table(node, file) for node in nodes]


def read_table(node: Element, file: str) -> PrismTable:
    """Return one table, checked against the number of subcolumns that it states."""
    title = clean(text_of(kid(node, "Title"))) or node.get("ID", "")
    place = f"table '{title}'"
    kind, statistics = read_format(node, file, place)
    columns = [read_column(child, file, place, at) for at, child in enumerate(y_columns(node))]
    titles = [column.title for column in columns]
    twice = sorted({name for name in titles if titles.count(name) > 1})
    if twice:
        message = f"Two columns are titled '{twice[0]}'."
        raise InputError(problem(file, place, message, "Give each its own title in Prism."))
    for column in columns:
        if statistics and len(column.subcolumns) != len(statistics):
            message = (
                f"Column '{column.title}' has {len(column.subcolumns)} subcolumns,"
                f" {len(statistics)} are due for {', '.join(statistics)}."
            )
            raise InputError(problem(file, place, message, "Save it from Prism again."))
    x_node = kid(node, "XColumn")
    if x_node is None:
        x_node = kid(node, "XAdvancedColumn")
    x = None if x_node is None else read_column(x_node, file, place, 0, name="X")
    most = max((len(column.subcolumns) for column in columns), default=0)
    others = [text_of(child)[:40] or local(child) for child in node if local(child) not in KNOWN]
    found = [local(child) for child in node if local(child) not in KNOWN]
    return PrismTable(
        id=node.get("ID", ""),
        title=title,
        type=kind,
        x=None if x is None or not x.subcolumns else x,
        x_written=first_cells(kid(node, "XAdvancedColumn")),
        row_titles=first_cells(kid(node, "RowTitlesColumn")),
        columns=tuple(columns),
        statistics=statistics,
        subtitles=subtitles(node, most),
        unread=tuple(f"{name} '{text}'" for name, text in zip(found, others, strict=True)),
    )


def y_columns(node: Element) -> list[Element]:
    """Return the data columns, which Prism has under two names."""
    return kids(node, "YColumn") or kids(node, "YAdvancedColumn")


def read_format(node: Element, file: str, place: str) -> tuple[str, tuple[str, ...]]:
    """Return the type of a table and what its subcolumns hold."""
    kind = node.get("TableType", "")
    if kind not in TYPES:
        message = f"The table is of type '{kind}', which is not read."
        remedy = "Read are: column, XY, grouped, contingency, survival, parts of whole, nested."
        raise InputError(problem(file, place, message, remedy, "unknown-table-type"))
    form = node.get("YFormat") or "replicates"
    if form == "replicates":
        return kind, ()
    if form not in STATISTICS:
        message = f"The subcolumns are of the format '{form}', which is not read."
        remedy = "Change the format of the table to replicates in Prism."
        raise InputError(problem(file, place, message, remedy, "unknown-table-format"))
    return kind, STATISTICS[form]


def read_column(node: Element, file: str, place: str, at: int, name: str = "") -> Column:
    """Return the subcolumns of a column; as many as it states must be there."""
    title = clean(text_of(kid(node, "Title"))) or name or f"Data Set-{letters(at)}"
    subcolumns = tuple(cells(sub) for sub in kids(node, "Subcolumn"))
    stated = node.get("Subcolumns", "")
    if stated.isdecimal() and int(stated) != len(subcolumns) and subcolumns:
        message = f"Column '{title}' states {stated} subcolumns, {len(subcolumns)} are there."
        raise InputError(problem(file, place, message, "Save it from Prism again.", "cut-off"))
    return Column(title=title, subcolumns=subcolumns)


def letters(at: int) -> str:
    """Name a column as Prism does: A ... Z, AA ...

    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    return (letters(at // 26 - 1) if at >= 26 else "") + chr(65 + at % 26)


def cells(subcolumn: Element) -> tuple[Cell, ...]:
    """Return the cells of a subcolumn from the top."""
    return tuple(Cell(text_of(d), d.get("Excluded", "") == "1") for d in kids(subcolumn, "d"))


def first_cells(node: Element | None) -> tuple[Cell, ...]:
    """Return the cells of the first subcolumn, none where there is no such column."""
    sub = None if node is None else kid(node, "Subcolumn")
    return () if sub is None else cells(sub)


def subtitles(node: Element, count: int) -> tuple[str, ...]:
    """Return the titles of the subcolumns where all columns share one set of them."""
    found = kid(node, "SubColumnTitles")
    if found is None or found.get("OwnSet", "0") == "1":
        return ()
    names = [clean(text_of(sub)) for sub in kids(found, "Subcolumn")]
    good = len(names) >= count and all(names[:count]) and len(set(names[:count])) == count
    return tuple(names[:count]) if good else ()


def problem(file: str, place: str, message: str, remedy: str, code: str = "odd-table") -> Problem:
    """Return an error at a place of the file."""
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)
