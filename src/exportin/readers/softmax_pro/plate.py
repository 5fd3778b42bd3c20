"""The body of a plate block: wells in columns (TimeFormat) or as on the plate (PlateFormat)."""

from collections.abc import Iterator
from dataclasses import dataclass

from exportin.readers.softmax_pro.blocks import Block
from exportin.readers.softmax_pro.header import Header
from exportin.tables.platereads import Cell
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.wells import PLATES, well_name, well_position

FIRST = 2  # time and temperature stand in front of the wells


@dataclass(frozen=True, slots=True)
class Plate:
    """One plate block of a file with what its first line says."""

    block: Block
    header: Header
    file: str

    @property
    def sheet(self) -> Sheet:
        """Where it stands."""
        return self.block.sheet

    def refusal(self, at: int, message: str, code: str) -> InputError:
        """Return the refusal of a line of the plate; the remedy is the same for all."""
        return InputError(
            Problem(
                file=self.file,
                place=self.sheet.line(at),
                message=f"Plate '{self.block.name}': {message}",
                remedy="Export the file again from SoftMax Pro as text, whole and unchanged.",
                code=code,
            )
        )


@dataclass(frozen=True, slots=True)
class Section:
    """One line of labels and the groups of lines below it; only raw data have a temperature."""

    at: int
    groups: tuple[tuple[int, ...], ...]
    raw: bool


@dataclass(frozen=True, slots=True)
class Point:
    """The cells of one read, and what stands in front of them (a time, a wavelength)."""

    cells: tuple[Cell, ...]
    at: int
    text: str


def find_sections(block: Block) -> Iterator[Section]:
    """Give the line of labels of the raw and of the reduced data, and the lines below each.

    The first filled line holds labels; another line is one if it stands behind an empty line,
    has nothing in front, and the same labels as the first.
    """
    sheet = block.sheet
    filled = [at for at in range(block.start + 1, block.end) if any(sheet.rows[at])]
    if not filled:
        return
    names = label_set(sheet.rows[filled[0]])
    starts = [filled[0]]
    starts += [
        at
        for at in filled[1:]
        if not any(sheet.rows[at][:FIRST])
        and not any(sheet.rows[at - 1])
        and label_set(sheet.rows[at]) == names
    ]
    for at, end in zip(starts, [*starts[1:], block.end], strict=True):
        yield Section(at, tuple(line_groups(sheet, at + 1, end)), bool(sheet.cell(at, 1)))


def label_set(row: tuple[str, ...]) -> frozenset[str]:
    """Return the names of columns or wells in a line of labels."""
    return frozenset(text for text in row[FIRST:] if text)


def line_groups(sheet: Sheet, start: int, end: int) -> Iterator[tuple[int, ...]]:
    """Give runs of lines between empty lines; a line of tabs is a plate row without readings."""
    run: list[int] = []
    for at in range(start, end):
        if len(sheet.rows[at]) > FIRST or any(sheet.rows[at]):
            run.append(at)
        elif run:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def find_points(plate: Plate, section: Section) -> tuple[list[Point], int]:
    """Return the reads of a section in the order of the file, and how many stand side by side.

    Raises
    ------
    InputError
        Labels that the plate does not have, or lines that do not fit them.
    """
    check_widths(plate, section)
    labels = plate.sheet.rows[section.at][FIRST:]
    if any(well_position(text) for text in labels):
        return list(well_points(plate, section)), 1
    parts = column_parts(plate.sheet.rows[section.at], PLATES[plate.header.size][1])
    if parts is None:
        raise bad_labels(plate, section)
    return list(grid_points(plate, section, parts)), len(parts)


def well_points(plate: Plate, section: Section) -> Iterator[Point]:
    """Give the reads of wells in columns: one line, one read."""
    sheet = plate.sheet
    rows, cols = PLATES[plate.header.size]
    wells: list[tuple[str, int]] = []
    for col, text in enumerate(sheet.rows[section.at][FIRST:], FIRST):
        position = well_position(text)
        if position and position[0] < rows and position[1] < cols:
            wells.append((well_name(*position), col))
        elif text:
            raise bad_labels(plate, section)
    for at in (at for group in section.groups for at in group if any(sheet.rows[at])):
        yield Point(tuple((well, at, col) for well, col in wells), at, sheet.cell(at, 0))


def grid_points(
    plate: Plate, section: Section, parts: list[list[tuple[int, int]]]
) -> Iterator[Point]:
    """Give the reads of grids: as many lines as the plate has rows, or as were read."""
    sheet, header = plate.sheet, plate.header
    for group in section.groups:
        if len(group) == PLATES[header.size][0]:
            first = 0
        elif len(group) == header.rows:
            first = header.first_row - 1
        else:
            message = f"{len(group)} rows stand here, expected {header.rows}."
            raise plate.refusal(group[0], message, "rows-missing")
        if not any(any(sheet.rows[at]) for at in group):
            continue
        for part in parts:
            cells = tuple(
                (well_name(first + row, number - 1), at, col)
                for row, at in enumerate(group)
                for number, col in part
            )
            yield Point(cells, group[0], sheet.cell(group[0], 0))


def column_parts(row: tuple[str, ...], cols: int) -> list[list[tuple[int, int]]] | None:
    """Return plate column and sheet column of each wavelength; they stand side by side.

    >>> column_parts(("", "", "1", "2", "", "1", "2"), 12)
    [[(1, 2), (2, 3)], [(1, 5), (2, 6)]]
    """
    parts: list[list[tuple[int, int]]] = [[]]
    for col, text in enumerate(row[FIRST:], FIRST):
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
        if text and not 1 <= number <= cols:
            return None
        if not text and parts[-1]:
            parts.append([])
        if text:
            parts[-1].append((number, col))
    found = [part for part in parts if part]
    same = len({tuple(number for number, _ in part) for part in found}) == 1
    twice = any(len({number for number, _ in part}) < len(part) for part in found)
    return found if same and not twice else None


def check_widths(plate: Plate, section: Section) -> None:
    """Refuse lines with cells beyond the labels, or shorter than the labels or their fellows.

    SoftMax Pro ends each line with a tab; an editor may have taken the tabs at the ends away.
    """
    sheet = plate.sheet
    labels = sheet.rows[section.at]
    last = max(col for col, text in enumerate(labels) if text)
    lines = [at for group in section.groups for at in group if any(sheet.rows[at])]
    whole = len(labels) > last + 1 or any(len(sheet.rows[at]) > last for at in lines)
    expected = last + 2 if len(labels) > last + 1 else last + 1
    for at in lines:
        row = sheet.rows[at]
        if any(row[last + 1 :]):
            behind = f"something stands behind the last column '{sheet.cell(section.at, last)}'."
            raise plate.refusal(at, behind, "row-width")
        if len(row) < expected and whole:
            message = f"the line has {len(row)} cells, expected {expected}."
            raise plate.refusal(at, message, "row-width")
        if len(labels) > last + 1 and len(row) != len(sheet.rows[lines[0]]):
            # raw and reduced data have their own width: lines between the two may be lost
            message = f"the line has {len(row)} cells, the first {len(sheet.rows[lines[0]])}."
            raise plate.refusal(at, message, "row-width")


def bad_labels(plate: Plate, section: Section) -> InputError:
    """Return the refusal of columns or wells that the plate does not have."""
    rows, cols = PLATES[plate.header.size]
    message = f"the labels do not fit a plate of {plate.header.size} wells ({rows} x {cols})."
    return plate.refusal(section.at, message, "plate-size")
