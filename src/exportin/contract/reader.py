"""A reader turns the bytes of one file format into one raw kind, and never guesses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from exportin.tables.origin import Source
from exportin.tables.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the study file says about how a file is to be read.

    Parameters
    ----------
    kind
        The raw kind the assay consumes.
    columns
        Our column name to the file's column name (long tables).
    constants
        Column name to one value for all rows (``dose_unit = "nM"``).
    decimal
        ``.`` or ``,`` where the user declared it; empty lets the file decide.
    sheet
        Name of the workbook sheet to read; empty means all or the only one.
    channel
        Which read of a multi-read file; empty means the only one.
    """

    kind: type[Table]
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str | float] = field(default_factory=dict)
    decimal: str = ""
    sheet: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One file format.

    Parameters
    ----------
    name
        Name to write in the study file as ``reader = "..."``.
    title
        Instrument or format in words.
    kinds
        Raw kinds it can give.
    suffixes
        File endings it looks at, with the dot, in lower case.
    sniff
        True where the file is this format and no other; looks at the content.
    read
        Bytes to table; raises ``InputError`` naming file, place and remedy.
    rank
        Readers with a lower rank are asked first; general grids and tables come last.
    tested
        Names of the real files it was tested on, for the table of formats in the docs.
    limits
        What it is known not to read, a sentence each.
    """

    name: str
    title: str
    kinds: tuple[type[Table], ...]
    suffixes: tuple[str, ...]
    sniff: Callable[[Source], bool]
    read: Callable[[Source, Request], Table]
    rank: int = 0
    tested: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
