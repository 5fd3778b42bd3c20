"""The sheet of one plate: what was set, and the tables of each label."""

import re
from dataclasses import dataclass, field

from exportin.tables.names import clean
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.wells import row_number, well_position

OPENING = re.compile(
    r"(Application:\s*(Tecan|Spark)|Tecan i-control|Device:\s*(infinite|Spark)\b|Method name:)",
    re.IGNORECASE,
)
LABEL = re.compile(r"Label:\s*(.+)$")
HEAD_ROWS = 8
CYCLES = re.compile(r"Cycle\s*Nr\.?$", re.IGNORECASE)
CORNER = "<>"


@dataclass(slots=True)
class Label:
    """One measurement: its name, what was set, and where its tables stand."""

    name: str
    start: int
    facts: dict[str, str] = field(default_factory=dict)
    grids: list[int] = field(default_factory=list)
    kinetics: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Plate:
    """One sheet: the lines on top of it, and its labels."""

    sheet: Sheet
    facts: dict[str, str] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)

    @property
    def unread(self) -> list[str]:
        """Keys of the sheet that no column holds."""
        keys = [*self.facts, *(key for label in self.labels for key in label.facts)]
        return [key for key in keys if key not in USED and not is_wave(key)]


USED = ("Part of Plate", "Start Time", "End Time", "Mode", "Name", "Plate-ID (Stacker)")
WAVES = ("measurement wavelength", "wavelength", "excitation wavelength", "emission wavelength")


def is_wave(key: str) -> bool:
    """Whether a line names a wavelength; SparkControl writes the unit behind its name."""
    return key.casefold().partition(" [")[0] in WAVES


def opens(text: str) -> bool:
    """Whether the beginning of a text holds a line of Tecan's software."""
    return any(OPENING.match(line.strip('"')) for line in text.splitlines())


def is_tecan(sheet: Sheet) -> bool:
    """Whether the first lines are those of Tecan's software, a grid or cycle table below them."""
    head = [row[0] for row in sheet.rows[:HEAD_ROWS] if row]
    made = [text for text in head if OPENING.match(text)]
    own = [text for text in made if not text.startswith("Method name")]
    return bool(own) or (bool(made) and any("Spark" in text for text in head))


def read_plate(sheet: Sheet, file: str) -> Plate:
    """Divide a sheet into its labels; refuse tables that are not understood."""
    plate = Plate(sheet)
    at = 0
    while at < len(sheet.rows):
        at = take(plate, at, file)
    if not plate.labels:
        raise InputError(no_readings(sheet, 0, f"The sheet '{sheet.name}'", file))
    for label in plate.labels:
        if not label.grids and not label.kinetics:
            raise InputError(no_readings(sheet, label.start, f"The label '{label.name}'", file))
        tables = label.grids + label.kinetics
        if len(tables) > 1:
            raise InputError(two_tables(sheet, tables[1], label, file))
    names = [label.name for label in plate.labels]
    for i, label in enumerate(plate.labels):
        if label.name in names[:i]:
            raise InputError(two_tables(sheet, label.start, label, file))
    return plate


def take(plate: Plate, at: int, file: str) -> int:
    """Read one line, or the table that begins there; return the next line."""
    sheet = plate.sheet
    first = clean(sheet.cell(at, 0))
    found = LABEL.match(first)
    if found or (first == "Name" and value_of(sheet, at) and named_section(sheet, at)):
        name = clean(found.group(1)) if found else value_of(sheet, at)
        above = clean(sheet.cell(at - 1, 0))  # SparkControl writes Mode over Name
        facts = {"Mode": value_of(sheet, at - 1)} if above == "Mode" and not found else {}
        plate.labels.append(Label(name, at, facts))
        return at + 1
    if first == CORNER:
        current(plate, at).grids.append(at)
        return rows_end(sheet, at + 1, letters=True)
    if CYCLES.match(first):
        current(plate, at).kinetics.append(at)
        return rows_end(sheet, at + 1, letters=False)
    if first in ("Well", "Well ID") and any(sheet.rows[at][1:]):
        raise InputError(reads_per_well(sheet, at, file))
    key, value = key_value(sheet, at)
    if key:
        facts = plate.labels[-1].facts if plate.labels else plate.facts
        facts.setdefault(key, value)
    return at + 1


def named_section(sheet: Sheet, at: int) -> bool:
    """Whether a line 'Name' opens a measurement of SparkControl: 'Mode' follows soon."""
    below = [clean(sheet.cell(row, 0)) for row in range(at - 2, at + 4)]
    return "Mode" in below


def current(plate: Plate, at: int) -> Label:
    """Return the label a table belongs to; a sheet without labels has one without a name."""
    if not plate.labels:
        plate.labels.append(Label(plate.facts.get("Mode", "raw"), at, facts=dict(plate.facts)))
    return plate.labels[-1]


def rows_end(sheet: Sheet, start: int, *, letters: bool) -> int:
    """Return the line behind a table that begins above ``start``."""
    at = start
    while at < len(sheet.rows) and sheet.cell(at, 0):
        text = sheet.cell(at, 0)
        if letters and row_number(text) is None:
            break
        if not letters and text.startswith(("End Time", "Label:")):
            break
        at += 1
    return at


def key_value(sheet: Sheet, at: int) -> tuple[str, str]:
    """Return what a line says: 'Mode | Luminescence', 'Start Time: | ...' or 'Device: Spark'."""
    texts = [clean(text) for text in sheet.rows[at] if text]
    if not texts:
        return "", ""
    key, colon, rest = texts[0].partition(":")
    if colon and rest:
        return key.strip(), rest.strip()
    return key.strip(), " ".join(texts[1:])


def value_of(sheet: Sheet, at: int) -> str:
    """Return what stands behind the first cell of a line."""
    return " ".join(clean(text) for text in sheet.rows[at][1:] if text)


def promised(label: Label) -> set[tuple[int, int]] | None:
    """Return the wells that 'Part of Plate' names, by row and column; ``None`` if it is silent."""
    said = label.facts.get("Part of Plate", "")
    found: set[tuple[int, int]] = set()
    for part in filter(None, re.split(r"[;,\s]+", said)):
        ends = [well_position(text) for text in part.split("-")]
        if not ends or len(ends) > 2 or None in ends:
            return None
        (top, left), (bottom, right) = ends[0] or (0, 0), ends[-1] or (0, 0)
        found |= {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)}
    return found or None


def no_readings(sheet: Sheet, at: int, what: str, file: str) -> Problem:
    """Say that there is no table of readings where one is due."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"{what} has no plate grid with the corner '<>' and no table 'Cycle Nr.'.",
        remedy="Export the readings as a plate grid; scans and spectra are not read.",
        code="no-raw-data",
    )


def two_tables(sheet: Sheet, at: int, label: Label, file: str) -> Problem:
    """Refuse a label with two tables: several runs in one sheet."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"The label '{label.name}' stands twice in the sheet '{sheet.name}'.",
        remedy="Write each run to a sheet of its own, and each label under its own name.",
        code="duplicate-channel",
    )


def reads_per_well(sheet: Sheet, at: int, file: str) -> Problem:
    """Refuse a list of wells with several reads each."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message="Here stands a list with a row per well (several reads per well, or a scan).",
        remedy="Export the mean of each well as a plate grid.",
        code="reads-per-well",
    )
