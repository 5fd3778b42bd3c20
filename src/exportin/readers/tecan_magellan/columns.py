"""The columns of a Magellan table: raw data by wavelength or time, and what was computed."""

import re
from dataclasses import dataclass

from exportin.tables.names import clean
from exportin.tables.platereads import TIME
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.sheet import Sheet

WELLS, PLATE = "well positions", "plate"
RAW = re.compile(r"(raw data)\b\s*(.*)$", re.IGNORECASE)
CONTENT = {
    "layout": "content",
    "sample id": "content",
    "sample ids": "content",
    "sample id's": "content",
    "replicate info": "replicate",
}
NANOMETERS = r"(?:19\d|[2-9]\d\d|1[01]\d\d)\s*(?:nm)?"
WAVE = re.compile(rf"[\[(]?{NANOMETERS}(?:\s*/\s*{NANOMETERS})?[\])]?$", re.IGNORECASE)
MOMENT = re.compile(r"[\[(]?(\d+(?:[.,]\d+)?)\s*(s|sec|min|h)[\])]?$", re.IGNORECASE)
SECONDS = {"s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Column:
    """One column to read: its channel, and the seconds since the first cycle if it has a time."""

    at: int
    channel: str
    seconds: float | None = None

    @property
    def extra(self) -> dict[str, str | float | None]:
        """The further column that a time makes."""
        return {} if self.seconds is None else {TIME: self.seconds}

    def prefix(self, start: str, *, several: bool) -> str:
        """Return what goes in front of the well in ``row_id``."""
        named = f"{start}#{self.channel}" if several else start
        return named if self.seconds is None else f"{named}@{self.seconds:g}s"


@dataclass(frozen=True, slots=True)
class Results:
    """The table of one sheet: its header row, and where it ends."""

    sheet: Sheet
    header: int
    end: int

    @property
    def titles(self) -> list[str]:
        """Headings of the columns; empty texts for columns without one."""
        return [clean(text) for text in self.sheet.rows[self.header]]

    def column(self, name: str) -> int | None:
        """Return the column with this heading (in lower case)."""
        found = [i for i, title in enumerate(self.titles) if title.casefold() == name]
        return found[0] if found else None


def read_title(at: int, title: str, labels: tuple[str, ...]) -> Column | None:
    """Return what a heading stands for: 'Raw data 60s' is a time, 'Raw data(450)' a wavelength.

    ``None`` where the words behind 'Raw data' are neither, nor a label that was measured.

    >>> read_title(2, "Raw data 60s", ())
    Column(at=2, channel='Raw data', seconds=60.0)
    >>> read_title(2, "Raw data(450)", ()).channel
    'Raw data(450)'
    """
    match = RAW.match(title)
    if match is None:
        return Column(at, title)
    behind = match.group(2).strip(" :")
    if moment := MOMENT.match(behind):
        number = float(moment.group(1).replace(",", "."))
        return Column(at, match.group(1), number * SECONDS[moment.group(2).lower()])
    known = not behind or WAVE.match(behind) or behind in labels
    return Column(at, title) if known else None


def pick(table: Results, labels: tuple[str, ...], channel: str, file: str) -> list[Column]:
    """Return the columns of the read that is asked for: all that were measured if none is.

    Raises
    ------
    InputError
        No column is meant, or one headed 'Raw data' has words behind it that are not known.
    """
    titles = table.titles
    skipped = {WELLS, PLATE, *CONTENT}
    named = [col for col, title in enumerate(titles) if title and title.casefold() not in skipped]
    raw = [col for col in named if titles[col] in labels or RAW.match(titles[col])]
    read = {col: read_title(col, titles[col], labels) for col in raw}
    known = [titles[col] for col in named]
    if channel:
        return asked_for(table, read, channel, file)
    if not raw:
        message = "No column is headed 'Raw data', or as a label that was measured."
        remedy = f'Name the column to read: channel = "{known[0]}".' if known else ""
        raise InputError(unknown(table, message, remedy, file))
    found = [column for column in read.values() if column]
    odd = [col for col, column in read.items() if column is None]
    plain = [c for c in found if c.seconds is None and RAW.match(c.channel)]
    if not odd and plain and any(c.seconds is not None for c in found):
        odd = [plain[0].at]  # a column without time beside columns with one
    if odd:
        raise InputError(
            Problem(
                file=file,
                place=table.sheet.place(table.header, odd[0]),
                message=f"'{titles[odd[0]]}': it is not known what this column of raw data holds; "
                "known are a wavelength (450 nm), a time in every such column (60 s) and labels.",
                remedy=f'Name the column to read: channel = "{titles[raw[0]]}".',
                code="unknown-raw-data",
            )
        )
    return found


def asked_for(
    table: Results, read: dict[int, Column | None], channel: str, file: str
) -> list[Column]:
    """Return the columns of a channel, by its name or the heading of one column."""
    skipped = {WELLS, PLATE, *CONTENT}
    wanted = channel.casefold()
    titles = table.titles
    for at, title in enumerate(titles):
        if title and title.casefold() == wanted and wanted not in skipped:
            return [read.get(at) or Column(at, title)]
    timed = [column for column in read.values() if column and column.channel.casefold() == wanted]
    if timed:
        return timed
    known = [title for title in titles if title and title.casefold() not in skipped]
    message = f"There is no column '{channel}'."
    raise InputError(unknown(table, message, nearest(channel, known), file))


def unknown(table: Results, message: str, remedy: str, file: str) -> Problem:
    """Return the problem of a channel that is not there."""
    return Problem(
        file=file,
        place=table.sheet.line(table.header),
        message=message,
        remedy=remedy or "Export the raw data from Magellan too.",
        code="unknown-channel",
    )
