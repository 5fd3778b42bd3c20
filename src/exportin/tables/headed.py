"""Tables with known headings anywhere in a sheet: columns are found by name, never by place."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from exportin.tables.names import clean
from exportin.tables.numbercolumn import NumberColumn, limited, read_numbers, settle_format
from exportin.tables.numbers import decimal_evidence
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet

# micro and mu are one letter; ABI writes Ct with a Cyrillic t; U+FFFD was a micro sign once
LETTERS = str.maketrans({"\u03bc": "u", "\u0442": "t", "\u0422": "t", "\ufffd": "u"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Headed:
    """One header line and the rows below it.

    Parameters
    ----------
    sheet, file
        Where the table stands.
    top
        Row of the header, counted from zero.
    rows
        Rows with data.
    titles
        Column to its name as the file writes it.
    keys
        Comparable name (see `heading`) to its columns; two where the name is doubled.
    """

    sheet: Sheet
    file: str
    top: int
    rows: tuple[int, ...]
    titles: dict[int, str]
    keys: dict[str, tuple[int, ...]]

    def find(self, *names: str) -> int | None:
        """Return the column of the first of these names; a name that ends in ``*`` may go on.

        Raises
        ------
        InputError
            The name heads two columns.
        """
        for name in names:
            start = heading(name.removesuffix("*"))
            cols = [
                col
                for key, places in self.keys.items()
                if key == start or (name.endswith("*") and key.startswith(start))
                for col in places
            ]
            if len(cols) > 1:
                raise InputError(self.doubled(cols))
            if cols:
                return cols[0]
        return None

    def need(self, *names: str) -> int:
        """Return the column of the first of these names, which the format always has.

        Raises
        ------
        InputError
            It is not there.
        """
        col = self.find(*names)
        if col is None:
            known = ", ".join(f"'{title}'" for title in self.titles.values())
            raise InputError(
                Problem(
                    file=self.file,
                    place=self.sheet.line(self.top),
                    message=f"There is no column '{names[0].rstrip('*')}'. Found: {known}.",
                    remedy="Export the table again with this column.",
                    code="no-such-column",
                )
            )
        return col

    def texts(self, col: int | None) -> list[str]:
        """Return the cells of a column, one per row of data; empty texts for ``None``."""
        if col is None:
            return [""] * len(self.rows)
        return [self.sheet.cell(at, col) for at in self.rows]

    def place(self, index: int, col: int) -> str:
        """Name the cell of the i-th row of data."""
        return self.sheet.place(self.rows[index], col, self.titles.get(col, ""))

    def line(self, index: int) -> str:
        """Name the i-th row of data."""
        return self.sheet.line(self.rows[index])

    def others(self, used: Iterable[int | None]) -> tuple[str, ...]:
        """Name the columns that hold something and were not used, as the file writes them."""
        taken = set(used)
        return tuple(
            title for col, title in self.titles.items() if col not in taken and any(self.texts(col))
        )

    def only(self, kept: Iterable[int]) -> "Headed":
        """Return the table with some of its rows of data, counted from zero."""
        return replace(self, rows=tuple(self.rows[index] for index in kept))

    def doubled(self, cols: Sequence[int]) -> Problem:
        """Return the problem of two columns that answer to one name."""
        first, second = cols[:2]
        where = self.sheet.place(self.top, first)
        return Problem(
            file=self.file,
            place=self.sheet.place(self.top, second),
            message=f"Column '{self.titles[second]}' stands here for the second time ({where}).",
            remedy="Keep one of them.",
            code="duplicate-column",
        )


def heading(text: str) -> str:
    """Reduce a column name to what does not change between versions of a software.

    >>> heading("Total (x10^6)  cells/mL"), heading("Conc. [copies/\u00b5L]")
    ('total(x10^6)cells/ml', 'conc.[copies/ul]')
    """
    folded = unicodedata.normalize("NFKC", clean(text)).translate(LETTERS).casefold()
    return re.sub(r"[\s_]+", "", folded.translate(LETTERS))


def read_headed(
    sheet: Sheet,
    file: str,
    top: int,
    *,
    end: int | None = None,
    ragged: bool = False,
    unnamed: str = "",
) -> Headed:
    """Return the table whose header stands in row ``top``; it ends before row ``end``.

    Parameters
    ----------
    ragged
        The software leaves off empty cells at the end of a line.
    unnamed
        What the first column is called where the software gives it no name.

    Raises
    ------
    InputError
        There are no rows, or a row is wider or narrower than the header.

    >>> sheet = Sheet(name="", rows=(("Well", "Cq"), ("A1", "20.5")), delimiter=",")
    >>> table = read_headed(sheet, "a.csv", 0)
    >>> table.texts(table.need("cq"))
    ['20.5']
    """
    last = len(sheet.rows) if end is None else end
    head = sheet.rows[top] if top < len(sheet.rows) else ()  # a file of delimiters has no rows
    titles = {col: text for col, text in enumerate(head) if text}
    if unnamed and 0 not in titles:
        titles = {0: unnamed} | titles
    keys: dict[str, tuple[int, ...]] = {}
    for col, title in titles.items():
        keys[heading(title)] = (*keys.get(heading(title), ()), col)
    table = Headed(
        sheet=sheet,
        file=file,
        top=top,
        rows=tuple(at for at in range(top + 1, last) if not sheet.is_blank(at)),
        titles=titles,
        keys=keys,
    )
    problems = check_widths(table, ragged=ragged) if table.rows else (no_rows(table),)
    if problems:
        raise InputError(problems)
    return table


def check_widths(table: Headed, *, ragged: bool) -> tuple[Problem, ...]:
    """Find rows with cells beyond the header, and rows that end too early."""
    sheet, width = table.sheet, len(table.sheet.rows[table.top])
    before = [len(sheet.rows[at]) for at in table.rows[:-1]]
    least = min(before, default=width) if ragged else width
    problems = []
    for at in table.rows:
        row = sheet.rows[at]
        wide = next((c for c, text in enumerate(row) if text and c not in table.titles), None)
        may_be_cut = sheet.is_text and (not ragged or cut_off(sheet, at))
        if wide is not None:
            message = f"'{row[wide][:40]}' stands in a column without a name."
            remedy = "A delimiter was added, or numbers have decimal commas between commas."
        elif may_be_cut and len(row) < least:
            message = f"The line has {len(row)} cells, the header has {width}."
            remedy = "A delimiter was lost or the file was cut off: export it again."
        elif sheet.is_text and len(row) > width:
            # the last cells are empty, but those before may have moved right
            message = f"The line has {len(row)} cells, the header has {width}."
            remedy = "A delimiter was added here, or lost in the header: export it again."
        else:
            continue
        problems.append(
            Problem(
                file=table.file,
                place=sheet.line(at) if wide is None else sheet.place(at, wide),
                message=message,
                remedy=remedy,
                code="row-width",
            )
        )
    return limited(problems, table.file)


def cut_off(sheet: Sheet, at: int) -> bool:
    """Whether a row is the last of a text file that does not end its last line."""
    return sheet.ends_open and at == len(sheet.rows) - 1


def no_rows(table: Headed) -> Problem:
    """Return the problem of a header without data."""
    return Problem(
        file=table.file,
        place=table.sheet.line(table.top),
        message="There are no rows below the header line.",
        remedy="Export the table with its data.",
        code="no-rows",
    )


def number_columns(
    table: Headed, cols: Sequence[int | None], declared: str, *, small: Sequence[int] = ()
) -> tuple[dict[int, NumberColumn], tuple[Problem, ...]]:
    """Read columns with one decimal mark for all, and return what was assumed.

    Parameters
    ----------
    cols
        Columns to read; ``None`` is passed over.
    small
        Columns that never reach a thousand (cycles of a PCR), where ``18.717`` is no doubt.

    Raises
    ------
    InputError
        With every cell that is neither number nor a word for missing.
    """
    present = [col for col in dict.fromkeys(cols) if col is not None]
    count = len(table.rows)
    texts = [text for col in present for text in table.texts(col)]

    def place(index: int) -> str:
        return table.place(index % count, present[index // count])

    mark = declared or small_mark([text for col in small for text in table.texts(col)])
    form, assumed = settle_format(
        texts, mark, file=table.file, place=place, delimiter=table.sheet.delimiter
    )
    found = {
        col: read_numbers(
            table.texts(col),
            form,
            file=table.file,
            place=lambda index, col=col: table.place(index, col),  # type: ignore[misc]
        )
        for col in present
    }
    problems = [problem for column in found.values() for problem in column.problems]
    if problems:
        raise InputError(problems)
    return found, assumed


def small_mark(texts: Iterable[str]) -> str:
    """Return the one mark in numbers that never reach a thousand; empty if there are two.

    >>> small_mark(["18.717", "Undetermined"]), small_mark(["18,717", "20.1"])
    ('.', '')
    """
    marks = {evidence[-1] for text in texts if (evidence := decimal_evidence(text))}
    return marks.pop() if len(marks) == 1 else ""
