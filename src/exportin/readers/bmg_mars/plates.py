"""The plates of a MARS file: each begins with header lines of its own."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from exportin.readers.bmg_mars.words import raw_heading, read_cycle
from exportin.tables.names import clean
from exportin.tables.platereads import plate_names
from exportin.tables.problems import Problem
from exportin.tables.sheet import Sheet

KEY = re.compile(r"([^:]{1,40}):\s*(.*)$", re.DOTALL)
USER, PATH = ("user", "benutzer"), ("path", "pfad")
TEST = ("test name", "testname", "test run no.", "test id", "testlauf nr.", "test-id")
PLATE = ("id1",)
DATE, TIME = ("date", "datum"), ("time", "zeit", "uhrzeit")
OPENING = frozenset((*USER, *PATH, *TEST, *PLATE))
USED = frozenset((*PLATE, *DATE, *TIME))
HEAD_LINES = 6  # User and Path stand on the first lines; empty lines may come before


@dataclass(frozen=True, slots=True)
class Plate:
    """Lines of a sheet that belong to one plate, and what its header lines say."""

    start: int
    end: int
    header: dict[str, str] = field(default_factory=dict)

    def said(self, keys: Iterable[str]) -> str:
        """Return what the header says under one of these keys; empty if nothing."""
        return next(
            (value for key, value in self.header.items() if key.casefold() in keys and value), ""
        )

    @property
    def name(self) -> str:
        """ID1 of the plate."""
        return clean(self.said(PLATE))

    @property
    def measured_at(self) -> str:
        """Date and time as the file writes them."""
        return " ".join(filter(None, (self.said(DATE), self.said(TIME))))

    @property
    def unused(self) -> tuple[str, ...]:
        """Keys of the header that no column holds."""
        return tuple(key for key in self.header if key.casefold() not in USED)


def first_text(row: Sequence[str]) -> str:
    """Return what the first filled cell of a row holds; empty if none is."""
    return next(filter(None, row), "")


def opens_mars(sheet: Sheet) -> bool:
    """Whether a sheet begins with the user and the path, as MARS and its kin write them."""
    filled = [row for row in sheet.rows[: 3 * HEAD_LINES] if any(row)][:HEAD_LINES]
    keys = [key_of(text) for row in filled for text in row]
    return bool(filled) and key_of(first_text(filled[0])) in USER and any(k in PATH for k in keys)


def key_of(text: str) -> str:
    """Return the key of a header cell in small letters; empty if it has none."""
    match = KEY.match(text)
    return match.group(1).strip().casefold() if match else ""


def find_plates(sheet: Sheet, data: Sequence[int]) -> list[Plate]:
    """Split a sheet into plates: header lines below data begin the next one.

    ``data`` are the rows where grids and tables begin.
    """
    starts = [0]
    for at, row in enumerate(sheet.rows):
        opens = key_of(first_text(row)) in OPENING
        if opens and any(starts[-1] <= begin < at for begin in data):
            starts.append(at)
    plates = []
    for start, end in zip(starts, [*starts[1:], len(sheet.rows)], strict=True):
        body = next((begin for begin in data if start <= begin < end), end)
        plates.append(Plate(start, end, read_header(sheet, start, body)))
    return plates


def read_header(sheet: Sheet, start: int, end: int) -> dict[str, str]:
    """Return what the lines above the first data say: ``User``, ``Path``, ``ID1``, ``Date`` ...

    A cell without a colon (``Luminescence``) is a key of its own without value; beside ``ID1: a``
    it is the rest of a text that held a comma.
    """
    found: dict[str, str] = {}
    for row in sheet.rows[start:end]:
        key, before = "", ""
        for text in row:
            match = KEY.match(text)
            if match:
                key = match.group(1).strip()
                found[key] = match.group(2).strip()
            elif text and key and before:
                found[key] += f", {text}"
            elif text and not raw_heading(text) and not read_cycle(text):
                found[text] = ""
            before = text
    return found


def name_plates(
    plates: Sequence[Plate], stem: str, sheet: Sheet, file: str
) -> tuple[list[str], list[Problem]]:
    """Name each plate by its ID1, else by the file; two plates of one name are a problem."""
    names = [plate.name for plate in plates]
    twice = [
        Problem(
            file=file,
            place=sheet.line(plates[index].start),
            message=f"Two blocks of header lines name the plate '{name}'.",
            remedy="Give each plate its own ID1 in MARS, or export one measurement per file.",
            code="duplicate-plate",
        )
        for index, name in enumerate(names)
        if name and name in names[:index]
    ]
    keys = [(str(index + 1), name) for index, name in enumerate(names)]
    named = plate_names(keys, stem)
    return [named[key] for key in keys], twice
