"""A SoftMax Pro file to its blocks: plates, groups, notes, each closed by '~End'."""

from collections.abc import Iterator
from dataclasses import dataclass

from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet

COUNT = "##BLOCKS"
END = "~End"
KINDS = ("Plate:", "Group:", "Note:", "Cuvette", "Graph")
LAST = "Original Filename"


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one block: its first line, and where its '~End' stands."""

    sheet: Sheet
    start: int
    end: int

    @property
    def kind(self) -> str:
        """First word: ``Plate``, ``Group``, ``Note`` ..."""
        return self.sheet.cell(self.start, 0).split(":")[0].strip()

    @property
    def name(self) -> str:
        """What stands behind the first word."""
        own = self.sheet.cell(self.start, 0).partition(":")[2].strip()
        return own or self.sheet.cell(self.start, 1)


def cut_blocks(sheet: Sheet, file: str) -> Iterator[Block]:
    """Give every block of the file.

    Raises
    ------
    InputError
        A block without '~End', or fewer blocks than the first line states: the file was cut off.
    """
    start: int | None = None
    found = 0
    for at, row in enumerate(sheet.rows):
        first = row[0] if row else ""
        if first.startswith(END) and start is not None:
            yield Block(sheet, start, at)
            start, found = None, found + 1
        elif first.startswith(KINDS) and start is None:
            start = at
        elif first.startswith("Plate:") and not sheet.cell(start or 0, 0).startswith("Note"):
            break
    if start is not None:
        raise InputError(not_closed(sheet, start, file))
    stated = stated_blocks(sheet)
    if stated is not None and found < stated:
        raise InputError(too_few(sheet, stated, found, file))


def stated_blocks(sheet: Sheet) -> int | None:
    """Return how many blocks the first line states."""
    text = next((row[0] for row in sheet.rows if row and row[0]), "")
    number = text.partition("=")[2].strip()
    return int(number) if text.startswith(COUNT) and number.isascii() and number.isdigit() else None


def not_closed(sheet: Sheet, start: int, file: str) -> Problem:
    """Return the problem of a block without end."""
    return Problem(
        file=file,
        place=sheet.line(start),
        message=f"'{sheet.cell(start, 0)[:40]}' begins here and has no '{END}'.",
        remedy="The file was cut off: export it again from SoftMax Pro.",
        code="file-cut-off",
    )


def too_few(sheet: Sheet, stated: int, found: int, file: str) -> Problem:
    """Return the problem of a file with fewer blocks than it says."""
    return Problem(
        file=file,
        place=sheet.line(0),
        message=f"The first line states {stated} blocks, the file has {found}.",
        remedy="The file was cut off: export it again from SoftMax Pro.",
        code="file-cut-off",
    )


def check_last_line(sheet: Sheet, file: str) -> tuple[Problem, ...]:
    """Note a file without SoftMax Pro's last line: blocks may be missing."""
    if any(row and row[0].startswith(LAST) for row in sheet.rows):
        return ()
    note = Problem(
        file=file,
        place="",
        message=f"The file has no last line '{LAST}: ...'.",
        remedy="If it was cut off, plates may be missing: compare with SoftMax Pro.",
        code="no-trailer",
        severity="note",
    )
    return (note,)
