"""The parts of a QuantStudio export: settings above, then tables under [Results] and the like."""

import re
from dataclasses import dataclass

from exportin.tables.headed import Headed, heading, read_headed
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.wells import parse_well, well_name

SECTION = re.compile(r"\[([^\[\]]+)\]$")
SETTING = re.compile(r"[*#]?\s*([^=:]{1,80}?)\s*[=:]\s*(.*)$")
RESULTS, AMPLIFICATION, SETUP = "Results", "Amplification Data", "Sample Setup"
CQ = ("CT", "Cq", "Crt")
POSITION = ("Well Position",)
TARGET = ("Target Name", "Target", "Assay Name")
SAMPLE = ("Sample Name", "Sample")
CYCLE = ("Cycle", "Cycle Number")
COLUMNS = {48: 8, 96: 12, 384: 24}


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A whole file cut into its parts.

    Parameters
    ----------
    settings
        Lines of ``* key = value``, wherever they stand.
    sections
        Name of each table with the rows of its header and its end, counted from zero.
    """

    file: str
    sheet: Sheet
    settings: dict[str, str]
    sections: dict[str, tuple[int, int]]

    def table(self, name: str) -> Headed | None:
        """Return a table; ``None`` where it is absent or has no rows."""
        if name not in self.sections:
            return None
        top, end = self.sections[name]
        if end <= top + 1:
            return None
        return read_headed(self.sheet, self.file, top, end=end, ragged=True)

    def setting(self, *names: str) -> str:
        """Return what the first of these settings says; ``NA`` counts as nothing."""
        for name in names:
            value = self.settings.get(name, "")
            if value and value != "NA":
                return value
        return ""


def read_export(sheet: Sheet, file: str) -> Export:
    """Cut the file into settings and tables.

    Raises
    ------
    InputError
        A section stands there twice, or lines belong to nothing.
    """
    settings: dict[str, str] = {}
    sections: dict[str, tuple[int, int]] = {}
    name, at = "", 0
    while at < len(sheet.rows):
        row = sheet.rows[at]
        match = SECTION.match(row[0]) if row and not any(row[1:]) else None
        if match:
            name = match.group(1).strip()
            if name in sections:
                raise InputError(twice(sheet, at, name, file))
            sections[name] = (at, at)
        elif not any(row):
            pass
        elif name and sections[name][0] == sections[name][1]:
            sections[name] = (at, blank_after(sheet, at))
            at = sections[name][1] - 1
        elif found := table_name(row):
            sections[found] = (at, blank_after(sheet, at))
            at = sections[found][1] - 1
        elif setting := SETTING.match(row[0]):
            rest = " ".join(filter(None, row[1:]))
            settings[setting.group(1)] = f"{setting.group(2)} {rest}".strip()
        elif len(row) == 2 and not name:  # StepOne and others: key and value in two cells
            settings[row[0]] = row[1]
        else:
            raise InputError(stray(sheet, at, file))
        at += 1
    return Export(file=file, sheet=sheet, settings=settings, sections=sections)


def blank_after(sheet: Sheet, top: int) -> int:
    """Return the row where a table ends: a blank one, the next section, or the end."""
    for at in range(top + 1, len(sheet.rows)):
        row = sheet.rows[at]
        if not any(row) or (SECTION.match(row[0]) and not any(row[1:])):
            return at
    return len(sheet.rows)


def table_name(row: tuple[str, ...]) -> str:
    """Name the table that a header line begins in exports without [sections]; else empty."""
    keys = {heading(cell) for cell in row}
    if not keys.issuperset({"well", "wellposition"}) or len(keys) < 5:
        return ""
    if keys & {heading(name) for name in CQ} and "omit" in keys:
        return RESULTS
    return AMPLIFICATION if "rn" in keys and keys & {"cyclenumber", "cycle"} else ""


def well_names(export: Export) -> dict[str, str]:
    """Return the wells by their number, as the tables with number and position say.

    Raises
    ------
    InputError
        Two tables disagree.
    """
    found: dict[str, str] = {}
    for name in (SETUP, RESULTS, AMPLIFICATION):
        table = export.table(name)
        position = table.find(*POSITION) if table else None
        if table is None or position is None:
            continue
        number = table.need("Well")
        for index, (key, text) in enumerate(
            zip(table.texts(number), table.texts(position), strict=True)
        ):
            well = parse_well(text, file=export.file, place=table.place(index, position))
            if found.setdefault(plain(key), well) != well:
                raise InputError(disagree(table, index, key, well, found[plain(key)]))
    return found


def wells_of(export: Export, table: Headed, known: dict[str, str]) -> list[str]:
    """Return the well of each row: its position, or the number counted along the rows.

    Raises
    ------
    InputError
        A number that neither another table nor the type of the block explains.
    """
    position = table.find(*POSITION)
    if position is not None:
        texts = table.texts(position)
        return [
            parse_well(text, file=export.file, place=table.place(index, position))
            for index, text in enumerate(texts)
        ]
    number = table.need("Well")
    wide = block_columns(export)
    wells = []
    for index, text in enumerate(table.texts(number)):
        key, place = plain(text), table.place(index, number)
        if key in known:
            wells.append(known[key])
        elif not key.isdecimal():
            wells.append(parse_well(text, file=export.file, place=place))
        elif wide and 0 < int(key) <= wide * wide * 2 // 3:
            wells.append(well_name(*divmod(int(key) - 1, wide)))
        else:
            raise InputError(no_position(export.file, place, text))
    return wells


def block_columns(export: Export) -> int:
    """Return how many columns the block has; 0 where the file does not say."""
    block = export.setting("Block Type", "Block")
    size = next((size for size in (384, 96, 48) if re.search(rf"\b{size}", block)), 0)
    return COLUMNS.get(size, 0)


def plain(number: str) -> str:
    """Write a well number one way: ``1.0`` is ``1``."""
    return re.sub(r"\.0+$", "", number.strip())


def twice(sheet: Sheet, at: int, name: str, file: str) -> Problem:
    """Return the problem of a section that stands there again."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"The section [{name}] stands here for the second time.",
        remedy="Export one run per file.",
        code="duplicate-section",
    )


def stray(sheet: Sheet, at: int, file: str) -> Problem:
    """Return the problem of a line that belongs to no table."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"'{next(filter(None, sheet.rows[at]))[:40]}' belongs to no section.",
        remedy="Remove the line, or the blank line that cut a table in two.",
        code="stray-line",
    )


def disagree(table: Headed, index: int, number: str, well: str, before: str) -> Problem:
    """Return the problem of a well number with two positions."""
    return Problem(
        file=table.file,
        place=table.line(index),
        message=f"Well number {number} is {well} here and {before} in a table above.",
        remedy="Export the file again.",
        code="well-position",
    )


def no_position(file: str, place: str, text: str) -> Problem:
    """Return the problem of a well number that nothing explains."""
    return Problem(
        file=file,
        place=place,
        message=f"Nothing says which well number '{text[:20]}' is.",
        remedy="Export the section [Sample Setup] too; it has the column 'Well Position'.",
        code="well-position",
    )
