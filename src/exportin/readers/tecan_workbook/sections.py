"""The runs of a sheet: what was set, and the tables of each label."""

import re
from dataclasses import dataclass, field

from exportin.readers.tecan_workbook.refusals import (
    lost_header,
    no_readings,
    reads_per_well,
    same_plate_twice,
    two_tables,
    unnamed_runs,
)
from exportin.readers.tecan_workbook.words import BARCODE, MEAN, OPENING, USED, is_wave, told
from exportin.tables.names import clean
from exportin.tables.problems import InputError
from exportin.tables.sheet import Sheet
from exportin.tables.wells import row_number, well_position

LABEL = re.compile(r"Label:\s*(.+)$")
HEAD_ROWS = 8
CYCLES = re.compile(r"Cycle\s*Nr\.?$", re.IGNORECASE)
PER_CYCLE = ("Cycles / Well", "Zyklen / Well")
POSITION = re.compile(r"\d+;\d+$")
CORNER = "<>"
ENDS = ("End Time", "Endzeit", "Label:")


@dataclass(slots=True)
class Label:
    """One measurement: its name, what was set, and where its tables stand.

    A list of wells gives a label per column, the ``column`` of the sheet; mean and spread, which
    the software computed of the reads, are not ``raw``.
    """

    name: str
    start: int
    facts: dict[str, str] = field(default_factory=dict)
    grids: list[int] = field(default_factory=list)
    kinetics: list[int] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)
    column: int = 0
    raw: bool = True


@dataclass(slots=True)
class Plate:
    """One run of a sheet: the lines on top of it, and its labels."""

    sheet: Sheet
    start: int = 0
    end: int = 0
    facts: dict[str, str] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)

    @property
    def unread(self) -> list[str]:
        """Keys of the sheet that no column holds."""
        keys = [*self.facts, *(key for label in self.labels for key in label.facts)]
        return [key for key in keys if key not in USED and not is_wave(key)]

    @property
    def barcode(self) -> str:
        """The plate's own name, where the stacker or the operator gave one."""
        return next((text for key in BARCODE if (text := told(self.facts, key))), "")


def opens(text: str) -> bool:
    """Whether the beginning of a text holds a line of Tecan's software."""
    return any(OPENING.match(line.strip('"')) for line in text.splitlines())


def is_tecan(sheet: Sheet) -> bool:
    """Whether the first lines are those of Tecan's software, a grid or cycle table below them."""
    head = [row[0] for row in sheet.rows[:HEAD_ROWS] if row]
    made = [text for text in head if OPENING.match(text)]
    own = [text for text in made if not text.startswith("Method name")]
    return bool(own) or (bool(made) and any("Spark" in text for text in head))


def read_runs(sheet: Sheet, file: str) -> list[Plate]:
    """Divide a sheet into its runs and their labels; refuse tables that are not understood.

    Raises
    ------
    InputError
        With the line of what is not understood.
    """
    starts = run_starts(sheet)
    runs = [
        Plate(sheet, start, end)
        for start, end in zip(starts, [*starts[1:], len(sheet.rows)], strict=True)
    ]
    for run in runs:
        read_plate(run, file)
    for second, run in enumerate(runs):
        for other in runs[:second]:
            if not run.barcode or not other.barcode:
                raise InputError(unnamed_runs(sheet, other.start, run.start, file))
            same = {label.name for label in other.labels} & {label.name for label in run.labels}
            if run.barcode == other.barcode and same:
                raise InputError(same_plate_twice(sheet, run.start, min(same), file))
    return runs


def run_starts(sheet: Sheet) -> list[int]:
    """Return the lines where runs begin: where a line of the software's head comes again."""
    starts, seen = [0], set[str]()
    for at, row in enumerate(sheet.rows):
        found = OPENING.match(row[0]) if row else None
        if found:
            key = found.group().partition(":")[0].casefold()
            if key in seen:
                starts.append(at)
                seen = set()
            seen.add(key)
    return starts


def read_plate(plate: Plate, file: str) -> None:
    """Take the lines of a run; refuse labels without a table, with two, or named twice."""
    sheet, at = plate.sheet, plate.start
    while at < plate.end:
        at = take(plate, at, file)
    if not plate.labels:
        what = f"The sheet '{sheet.name}'" if plate.start == 0 else "The run"
        raise InputError(no_readings(sheet, plate.start, what, file))
    for label in plate.labels:
        tables = label.grids + label.kinetics + label.lists
        if not tables:
            raise InputError(no_readings(sheet, label.start, f"The label '{label.name}'", file))
        if len(tables) > 1:
            raise InputError(two_tables(sheet, tables[1], label.name, file))
    names = [label.name for label in plate.labels]
    for i, label in enumerate(plate.labels):
        if label.name in names[:i]:
            raise InputError(two_tables(sheet, label.start, label.name, file))


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
    if first in PER_CYCLE:
        raise InputError(reads_per_well(sheet, at, file))
    if first in ("Well", "Well ID") and any(sheet.rows[at][1:]):
        take_list(plate, at, file)
        return rows_end(sheet, at + 1, letters=False)
    key, value = key_value(sheet, at)
    if key.endswith(("(Stacker)", "(Stapler)")) and plate.labels:
        raise InputError(lost_header(sheet, at, key, file))
    if key:
        facts = plate.labels[-1].facts if plate.labels else plate.facts
        facts.setdefault(key, value)
    return at + 1


def take_list(plate: Plate, at: int, file: str) -> None:
    """Put a label for each column of a list of wells in place of the label it belongs to."""
    sheet = plate.sheet
    label = current(plate, at)
    columns = [(col, clean(text)) for col, text in enumerate(sheet.rows[at]) if col and text]
    known = all(text in MEAN or POSITION.match(text) for _, text in columns)
    if not known or len({text for _, text in columns}) < len(columns):
        raise InputError(reads_per_well(sheet, at, file))
    if label.grids or label.kinetics or label.lists:
        raise InputError(two_tables(sheet, at, label.name, file))
    plate.labels[-1:] = [
        Label(
            f"{label.name} {text}",
            label.start,
            label.facts,
            lists=[at],
            column=col,
            raw=text not in MEAN,
        )
        for col, text in columns
    ]


def named_section(sheet: Sheet, at: int) -> bool:
    """Whether a line 'Name' opens a measurement of SparkControl: 'Mode' follows soon."""
    below = [clean(sheet.cell(row, 0)) for row in range(at - 2, at + 4)]
    return "Mode" in below


def current(plate: Plate, at: int) -> Label:
    """Return the label a table belongs to; a sheet without labels has one without a name."""
    if not plate.labels:
        name = told(plate.facts, "Mode") or "raw"
        plate.labels.append(Label(name, at, facts=dict(plate.facts)))
    return plate.labels[-1]


def rows_end(sheet: Sheet, start: int, *, letters: bool) -> int:
    """Return the line behind a table that begins above ``start``."""
    at = start
    while at < len(sheet.rows) and sheet.cell(at, 0):
        text = sheet.cell(at, 0)
        if letters and row_number(text) is None:
            break
        if not letters and (text.startswith(ENDS) or OPENING.match(text)):
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
    said = told(label.facts, "Part of Plate")
    found: set[tuple[int, int]] = set()
    for part in filter(None, re.split(r"[;,\s]+", said)):
        ends = [well_position(text) for text in part.split("-")]
        if not ends or len(ends) > 2 or None in ends:
            return None
        (top, left), (bottom, right) = ends[0] or (0, 0), ends[-1] or (0, 0)
        found |= {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)}
    return found or None
