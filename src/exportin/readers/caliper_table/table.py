"""The rows below the headings: each as wide as they are, none without a name above its cells."""

from collections.abc import Iterable

from exportin.readers.caliper_table.faults import fault
from exportin.readers.caliper_table.forms import Found
from exportin.readers.caliper_table.titles import WRITTEN, Titles
from exportin.readers.caliper_table.visits import Cells
from exportin.readers.caliper_table.words import OURS, SUMMARIES, UNIT_COLUMNS, USE, plain
from exportin.tables.headed import Headed, check_widths
from exportin.tables.numbercolumn import limited
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet

PROMISED = (*WRITTEN, *(name for name in OURS if name != USE), *UNIT_COLUMNS.values())
ROW_NUMBER = "the first column, which numbers the rows"


def rows_below(
    sheet: Sheet, file: str, found: Found, names: dict[int, str]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the rows with data, and what was left aside: a first column that counts the rows.

    Raises
    ------
    InputError
        There are none, one is wider or narrower than the headings, or a cell has no heading.
    """
    rows = tuple(at for at in range(found.data, len(sheet.rows)) if not sheet.is_blank(at))
    place = sheet.line(found.titles.top)
    if not rows:
        message = "There are no rows below the line of headings."
        raise InputError(fault(file, place, message, "Give the table with its data.", "no-rows"))
    again = [at for at in rows if sheet.rows[at] == sheet.rows[found.titles.top]]
    if again:
        message = "The line of headings stands here again."
        remedy = "Take it out, or give each table a file or sheet of its own."
        raise InputError(fault(file, sheet.line(again[0]), message, remedy, "headings-again"))
    unread: tuple[str, ...] = ()
    if 0 not in names and _counts(sheet, rows):
        names, unread = {0: ""} | names, (ROW_NUMBER,)
    table = Headed(sheet=sheet, file=file, top=found.titles.top, rows=rows, titles=names, keys={})
    problems = check_widths(table, ragged=False)
    if problems:
        raise InputError(problems)
    return rows, unread


def _counts(sheet: Sheet, rows: tuple[int, ...]) -> bool:
    """Whether the first column numbers the rows, as programs write it without a heading."""
    texts = [sheet.cell(at, 0) for at in rows]
    return all(text.isascii() and text.isdigit() for text in texts) and len(set(texts)) == len(rows)


def column(sheet: Sheet, rows: Iterable[int], col: int, title: str) -> Cells:
    """Return the cells of one column of the sheet."""
    at = list(rows)
    return Cells(
        texts=[sheet.cell(row, col) for row in at], rows=at, cols=[col] * len(at), title=title
    )


def extra_names(titles: Titles, cols: Iterable[int]) -> tuple[dict[int, str], tuple[str, ...]]:
    """Return the columns that keep their own names, and those whose name is taken."""
    kept: dict[int, str] = {}
    taken: list[str] = []
    for col in cols:
        name = titles.names[col]
        if name in PROMISED or name in titles.at:
            taken.append(name)
        else:
            kept[col] = name
    return kept, tuple(taken)


def summaries(sheet: Sheet, file: str, cells: Cells) -> tuple[Problem, ...]:
    """Find means and errors among the animals: they are no animals."""
    seen: dict[tuple[int, int], str] = {}
    for index, text in enumerate(cells.texts):
        if plain(text) in SUMMARIES:
            seen.setdefault(cells.at(index), text)
    return limited(
        [
            fault(
                file,
                sheet.place(*at, cells.title),
                f"'{text}' is a summary, not an animal.",
                "Give the measurements of each animal, and leave means and errors out.",
                "summary-row",
            )
            for at, text in seen.items()
        ],
        file,
    )


def above(sheet: Sheet, end: int) -> list[tuple[str, str]]:
    """Return place and text of the cells above the headings."""
    return [
        (sheet.place(at, col), text)
        for at in range(end)
        for col, text in enumerate(sheet.rows[at])
        if text
    ]
