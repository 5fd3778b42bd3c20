"""A Gen5 file to its plates: the head of each, and what its procedure says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from exportin.tables.names import clean
from exportin.tables.sheet import Sheet
from exportin.tables.wells import PLATES, well_position

VERSION, NUMBER, PROCEDURE = "Software Version", "Plate Number", "Procedure Details"
GENERIC = re.compile(r"(?:Plate\s*)?(\d+)$", re.IGNORECASE)
NAME_KEYS = ("Plate ID", "Plate Barcode", "Barcode", "Barcode ID")
SECTIONS = (PROCEDURE, "Layout", "Results")
READS = re.compile(r"(\d+)\s+Reads\b")
KIND = re.compile(r"\b(?:Endpoint|Spectrum|Kinetic|Scan|Imaging)$")
RANGE = re.compile(r"([A-Z]{1,2}\d{1,2})\.\.([A-Z]{1,2}\d{1,2})$")
WAVE = re.compile(r"\d{3,4}(?:/\d{1,3})?")
SETTING = re.compile(r"\b(?:Wavelengths?|Excitation|Emission|Pathlength Correction)\b")
COUNTED = re.compile(r"Read \d+$")
RATIOS = re.compile(r"/(\d+)")
RATIO = 200  # no filter passes as many nanometers: the number behind '/' is a wavelength
TAIL = re.compile(
    r"(?:Lum|Alpha|(?:\w+ )?Spectrum|\d{3,4}(?:/\d+)?(?:,\s?(?:\d{3,4}(?:/\d+)?|\w+))*)"
    r"(?:\s?\[(?:\d+|Test|Ref)\]|\s(?:Parallel|Perpendicular))?$"
)


@dataclass(frozen=True, slots=True)
class Plate:
    """Rows of one plate with the head of the file and the procedure that holds for it."""

    sheet: Sheet
    start: int
    end: int
    head: dict[str, str]
    procedure: tuple[int, int]

    @property
    def key(self) -> tuple[str, str]:
        """Number of the plate, and its name where somebody gave one."""
        number = self.head.get(NUMBER, "")
        generic = GENERIC.match(number)
        named = next((self.head[key] for key in NAME_KEYS if self.head.get(key)), "")
        name = named or ("" if generic else number)
        return generic.group(1) if generic else number, "" if name == "n/a" else clean(name)

    @property
    def steps(self) -> Iterator[tuple[str, str]]:
        """Give the first two cells of each line of the procedure."""
        for at in range(*self.procedure):
            yield self.sheet.cell(at, 0), self.sheet.cell(at, 1)

    @property
    def reads(self) -> frozenset[str]:
        """Names of the read steps."""
        return frozenset(clean(text) for name, text in self.steps if name == "Read" and text)

    @property
    def named_reads(self) -> frozenset[str]:
        """Names of the read steps that somebody typed; Gen5's own tell the kind of read."""
        return frozenset(name for name in self.reads if not KIND.search(name))

    @property
    def stated_size(self) -> int | None:
        """Number of wells of the plate type, where its name has one."""
        kind = next((text for name, text in self.steps if name == "Plate Type"), "")
        sizes = [int(text) for text in re.findall(r"\d+", kind) if int(text) in PLATES]
        return sizes[0] if sizes else None

    @property
    def cycles(self) -> int:
        """Fewest reads that a kinetic of the procedure has; 0 where there is none."""
        found = [
            int(match.group(1))
            for name, text in self.steps
            if name.startswith("Start Kinetic") and (match := READS.search(text))
        ]
        return min(found, default=0)

    @property
    def area(self) -> frozenset[tuple[int, int]]:
        """Plate rows and columns that the read steps cover, where the procedure says it."""
        found: set[tuple[int, int]] = set()
        for name, text in self.steps:
            if name:
                continue
            if text == "Full Plate" and self.stated_size:
                rows, cols = PLATES[self.stated_size]
                found |= {(row, col) for row in range(rows) for col in range(cols)}
            for part in text.split(","):
                ends = RANGE.match(part.strip())
                first, last = (well_position(end) for end in ends.groups()) if ends else (None,) * 2
                if first and last:
                    found |= {
                        (row, col)
                        for row in range(first[0], last[0] + 1)
                        for col in range(first[1], last[1] + 1)
                    }
        return frozenset(found)

    @property
    def waves(self) -> frozenset[str]:
        """Wavelengths that the read steps list, without their bandwidth."""
        found: set[str] = set()
        for at in range(*self.procedure):
            text = " ".join(self.sheet.rows[at])
            if SETTING.search(text):
                found.update(map(base, WAVE.findall(text)))
        return frozenset(found)

    def is_listed(self, tail: str) -> bool:
        """Whether the procedure reads '600' or '485/20,528/20'; one that lists none is not asked.

        The two wavelengths of a pathlength correction, '977 [Test]', stand in no read step.
        """
        own = tail.endswith(("[Test]", "[Ref]")) or not self.waves
        return own or all(wave in self.waves for wave in map(base, WAVE.findall(bare(tail))))

    def is_raw(self, label: str) -> bool:
        """Whether a label names a read ('LUM:Lum', '600') and no calculated number."""
        name, mark, tail = (part.strip() for part in label.rpartition(":"))
        if any(int(behind) >= RATIO for behind in RATIOS.findall(bare(tail))):
            return False
        if not mark:
            return bool(TAIL.match(tail)) and self.is_listed(tail)
        name = clean(name)
        if name in self.reads:
            return True
        counted = bool(COUNTED.match(name))
        if not self.reads:
            counted = not name.startswith(("Blank", "Corrected", "Mean"))
        return counted and bool(TAIL.match(tail)) and self.is_listed(tail)

    def is_odd(self, label: str) -> bool:
        """Whether a label looks like a read, but is none of the procedure's."""
        name, mark, tail = (part.strip() for part in label.rpartition(":"))
        plain = not mark or COUNTED.match(name)
        return bool(plain and TAIL.match(tail)) and not self.is_raw(label)


def bare(tail: str) -> str:
    """Return wavelengths without what stands in brackets behind them."""
    return tail.partition("[")[0]


def base(wave: str) -> str:
    """Return a wavelength without its bandwidth."""
    return wave.partition("/")[0]


def find_plates(sheet: Sheet) -> list[Plate]:
    """Return the plates of a file; a procedure that stands once holds for all."""
    numbers = [at for at, row in enumerate(sheet.rows) if row and row[0].rstrip(":") == NUMBER]
    starts = numbers or [0]
    plates: list[Plate] = []
    common = read_head(sheet, 0, starts[0])
    procedure = (0, 0)
    for start, end in zip(starts, [*starts[1:], len(sheet.rows)], strict=True):
        begin = next((at for at in range(start, end) if sheet.cell(at, 0) in SECTIONS), end)
        if sheet.cell(begin, 0) == PROCEDURE:
            procedure = (begin + 1, procedure_end(sheet, begin + 1, end))
            begin = procedure[1]
        head_end = min(begin, procedure[0] - 1) if procedure[0] > start else begin
        head = {**common, **read_head(sheet, start, head_end)}
        plates.append(Plate(sheet, begin, end, head, procedure))
    return plates


def read_head(sheet: Sheet, start: int, end: int) -> dict[str, str]:
    """Return the names and values of the lines above the first section."""
    return {
        sheet.cell(at, 0).rstrip(":"): sheet.cell(at, 1)
        for at in range(start, end)
        if sheet.cell(at, 0) and not any(sheet.rows[at][2:])
    }


def procedure_end(sheet: Sheet, start: int, end: int) -> int:
    """Return the row behind the procedure: an empty line behind its first step."""
    filled = False
    for at in range(start, end):
        if any(sheet.rows[at]):
            if sheet.cell(at, 0) in SECTIONS:
                return at
            filled = True
        elif filled:
            return at
    return end
