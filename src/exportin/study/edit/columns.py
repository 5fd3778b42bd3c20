"""Tells apart the forms in which people paste numbers in groups, and lays them out long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from exportin.study.suggest import WORDS
from exportin.tables.missing import missing_cause
from exportin.tables.names import clean, look_alikes
from exportin.tables.numbercolumn import read_numbers, settle_format
from exportin.tables.problems import InputError, Problem, problem_at
from exportin.tables.sheet import Sheet
from exportin.tables.units import split_unit

PASTED = "pasted table"
GROUP = ("treatment", "unit_id", "value")
GROUPS = (*WORDS["treatment"], "group", "arm", "condition", "genotype", "cohort")
UNITS = (
    "unit id", "unit", "experiment", "exp", "animal", "mouse", "rat", "subject", "patient", "donor",
    "sample", "id", "animal id", "mouse id", "patient id", "pair", "passage",
)  # fmt: skip
COUNTS = ("", "row", "replicate", "rep", "n", "no", "no.", "nr", "nr.", "#", "number", "well")
"""Headings of a first column of numbers that may name units, or only count lines."""
ONLY_GROUPS = ("treatment", "group", "arm", "condition", "genotype", "cohort")
"""Headings that no group of numbers has."""
ANIMALS = ("animal", "mouse", "rat", "patient", "donor", "subject", "experiment")
"""Headings that also say what is independent."""
HOW = (
    "Paste groups side by side with their names above, or a long table with the headings "
    "treatment, unit_id and value."
)


@dataclass(frozen=True, slots=True)
class Pasted:
    """Group, unit and value of each number as typed, what is independent, and what was assumed."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    decimal: str
    unit: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which cells are the numbers, the group and unit of each, and further columns."""

    cells: Sequence[tuple[int, int]]
    told: Sequence[tuple[str, str]]
    said: tuple[str, ...]
    unit: str = ""
    header: tuple[str, ...] = ()
    extra: Sequence[tuple[str, ...]] = ()


def laid_out(sheet: Sheet, decimal: str = "") -> Pasted:
    """Return pasted cells as rows of group, unit and value.

    A column for each group, its name above (as in Prism); a first column may name the units,
    which are then the same in all groups. Or a long table with headings.

    Raises
    ------
    InputError
        If the form cannot be told, a cell is no number, or names stand twice.
    """
    body = [row for row in sheet.rows if any(row)]
    if len(body) < 2:
        message = "there is no line of names with numbers below it."
        raise InputError(_problem("", message, HOW, "no-header"))
    names = [clean(cell) for cell in body[0]]
    faults = [*_headings(sheet, names), *_widths(sheet, names)]
    if faults:
        raise InputError(faults)
    plain = [" ".join(split_unit(name)[0].casefold().replace("_", " ").split()) for name in names]
    columns = _long_columns(plain, body)
    plan = _wide(sheet, names, plain, body) if columns is None else _long(sheet, names, columns)
    return _made(sheet, plan, decimal)


def _long_columns(
    plain: Sequence[str], body: Sequence[Sequence[str]]
) -> tuple[int, int, int | None] | None:
    """Return which columns are group, value and unit; None where the table is no long one."""
    group, value, unit = (_only(plain, words) for words in (GROUPS, WORDS["value"], UNITS))
    if group is None or (_numeric(body, group) and value is None
                         and plain[group] not in ONLY_GROUPS):  # fmt: skip
        return None
    rest = [at for at, name in enumerate(plain) if name and at not in (group, unit)]
    if value is None and len(rest) == 1 and _numeric(body, rest[0]):
        value = rest[0]
    return None if value is None else (group, value, unit)


def _wide(
    sheet: Sheet, names: Sequence[str], plain: Sequence[str], body: Sequence[Sequence[str]]
) -> _Plan:
    words = [at for at in range(len(names)) if not _numeric(body, at)]
    _refuse_form(sheet, names, plain, words)
    named = plain[0] in UNITS or words == [0]
    groups = [at for at in range(int(named), len(names)) if names[at]]
    if not groups:
        message = "there is no column of numbers."
        raise InputError(_problem(sheet.line(0), message, HOW, "no-groups"))
    if not named:
        cells = [(at, col) for col in groups for at in _rows(sheet) if sheet.cell(at, col)]
        told = [(names[col], str(number)) for number, (_, col) in enumerate(cells, 1)]
        said = ("Each value counts as one experimental unit of its own.", _of(names, groups))
        return _Plan(cells, told, said)
    faults = [*_unit_faults(sheet)]
    if faults:
        raise InputError(faults)
    cells = [(at, col) for col in groups for at in _rows(sheet)]
    told = [(names[col], clean(sheet.cell(at, 0))) for at, col in cells]
    same = "; it is the same unit in every group" if len(groups) > 1 else ""
    what = f"'{names[0]}'" if names[0] else "the first column"
    said = (f"Each row counts as one experimental unit, named by {what}{same}.", _of(names, groups))
    return _Plan(cells, told, said, plain[0] if plain[0] in ANIMALS else "")


def _refuse_form(
    sheet: Sheet, names: Sequence[str], plain: Sequence[str], words: Sequence[int]
) -> None:
    """Refuse tables whose form could be two things."""
    later = next((at for at in words if at), None)
    if later is not None:
        message = f"'{names[later]}' holds words, and no heading says which column is the number."
    elif words and names[0] and plain[0] not in UNITS:
        message = f"'{names[0]}' may name the groups or the units."
    elif not words and plain[0] in COUNTS and len(names) > 1:
        called = f"'{names[0]}'" if names[0] else "the first column"
        message = f"{called} may name units that are in all groups, or only count the lines."
        remedy = "Call its heading unit_id, or leave the column out."
        raise InputError(_problem(sheet.line(0), message, remedy, "which-form"))
    else:
        return
    raise InputError(_problem(sheet.line(0), message, HOW, "which-form"))


def _long(sheet: Sheet, names: Sequence[str], columns: tuple[int, int, int | None]) -> _Plan:
    group, value, unit = columns
    more = [at for at, name in enumerate(names) if name and at not in columns]
    cells = [(at, value) for at in _rows(sheet)]
    faults = [
        _problem(sheet.place(at, col, names[col]), "the cell is empty.", "Fill it in.", "no-group")
        for at, _ in cells
        for col in (group, *(() if unit is None else (unit,)))
        if not clean(sheet.cell(at, col))
    ]
    taken = [names[at] for at in more if names[at] in (*GROUP, "row_id", "file", "cause")]
    faults += [
        _problem(sheet.line(0), f"the heading '{name}' is taken.", "Rename it.", "taken-heading")
        for name in taken
    ]
    if faults:
        raise InputError(faults)
    units = [str(n) if unit is None else clean(sheet.cell(at, unit))
             for n, (at, _) in enumerate(cells, 1)]  # fmt: skip
    told = [(clean(sheet.cell(at, group)), u) for (at, _), u in zip(cells, units, strict=True)]
    said = ["Each row counts as one experimental unit of its own."]
    if unit is not None:
        said = [f"Rows of one {names[unit]} and group are replicates of one experimental unit."]
        again = len({u for _, u in told}) < len(set(told))
        said += [f"The same {names[unit]} in two groups counts as the same one."] if again else []
    said.append(f"Groups by '{names[group]}', numbers by '{names[value]}'.")
    word = "" if unit is None else _plain(names[unit])
    extra = [tuple(clean(sheet.cell(at, col)) for col in more) for at, _ in cells]
    return _Plan(
        cells,
        told,
        tuple(said),
        word if word in ANIMALS else "",
        tuple(names[at] for at in more),
        extra,
    )


def _made(sheet: Sheet, plan: _Plan, decimal: str) -> Pasted:
    """Check the numbers and return them as typed, with their group and unit."""
    cells, told = plan.cells, plan.told
    texts = [sheet.cell(at, col) for at, col in cells]

    def place(index: int) -> str:
        at, col = cells[index]
        return sheet.place(at, col, told[index][0])

    mark = sheet.delimiter
    try:
        form, notes = settle_format(texts, decimal, file=PASTED, place=place, delimiter=mark)
    except InputError as error:
        said = "Say which decimal mark the table has."
        raise InputError([replace(one, remedy=said) for one in error.problems]) from None
    column = read_numbers(texts, form, file=PASTED, place=place)
    if column.problems:
        raise InputError(column.problems)
    if not any(value is not None for value in column.values):
        raise InputError(_problem("", "there is no number in the table.", HOW, "no-number"))
    words = [str(note.message) for note in (*notes, *column.notes)]
    more = plan.extra or [()] * len(cells)
    return Pasted(
        header=(*GROUP, *plan.header),
        rows=tuple((*who, text, *rest) for who, text, rest in zip(told, texts, more, strict=True)),
        decimal=form.decimal,
        unit=plan.unit,
        said=(*plan.said, *words),
    )


def _headings(sheet: Sheet, names: Sequence[str]) -> Iterator[Problem]:
    numbers = [name for name in names if name and _is_number(name)]
    if len(numbers) == len([name for name in names if name]):
        message = "the first line holds numbers, not the names of the groups."
        yield _problem(sheet.line(0), message, HOW, "no-header")
        return
    for at, name in enumerate(names):
        if name and name in names[:at]:
            message = f"two columns are called '{name}'."
            remedy = "Put all values of a group below each other, in one column."
            yield _problem(sheet.place(0, at), message, remedy, "twin-column")
        if not name and at and any(sheet.cell(row, at) for row in _rows(sheet)):
            yield _problem(sheet.place(0, at), "the column has no name.", "Name it.", "no-name")
    for one, two in look_alikes(filter(None, names)):
        message = f"'{one}' and '{two}' differ only by a space, hyphen, case or look-alike."
        yield _problem(sheet.line(0), message, "Give the groups different names.", "look-alike")


def _widths(sheet: Sheet, names: Sequence[str]) -> Iterator[Problem]:
    for at in _rows(sheet):
        if any(sheet.rows[at][len(names) :]):
            message = f"the line has {len(sheet.rows[at])} cells, the line of names {len(names)}."
            remedy = "Name every column."
            if sheet.delimiter == ",":
                remedy = "Decimal commas? Separate the cells by tabs or semicolons."
            yield _problem(sheet.line(at), message, remedy, "row-width")


def _unit_faults(sheet: Sheet) -> Iterator[Problem]:
    rows = _rows(sheet)
    held = [clean(sheet.cell(at, 0)) for at in rows]
    for number, (at, name) in enumerate(zip(rows, held, strict=True)):
        if not name and any(sheet.rows[at]):
            message = "the row has no name in the first column."
            yield _problem(sheet.line(at), message, "Name its unit.", "no-unit")
        elif name in held[:number]:
            message = f"the unit '{name}' stands in two rows."
            remedy = "Name each once, or paste a long table: treatment, unit_id, value."
            yield _problem(sheet.line(at), message, remedy, "twin-unit")


def _rows(sheet: Sheet) -> list[int]:
    filled = [at for at in range(len(sheet.rows)) if not sheet.is_blank(at)]
    return filled[1:]


def _numeric(body: Sequence[Sequence[str]], at: int) -> bool:
    """Whether a column holds numbers; then a word among them is a mistake."""
    texts = [row[at] for row in body[1:] if at < len(row) and row[at]]
    words = [text for text in texts if missing_cause(text) is None]
    return not words or any(map(_is_number, words))


def _is_number(text: str) -> bool:
    return any(character.isdigit() for character in text) and not any(
        character.isalpha() and character not in "eE" for character in text
    )


def _only(plain: Sequence[str], words: Sequence[str]) -> int | None:
    found = [at for at, name in enumerate(plain) if name in words]
    return found[0] if len(found) == 1 else None


def _plain(name: str) -> str:
    return " ".join(split_unit(name)[0].casefold().replace("_", " ").split())


def _of(names: Sequence[str], groups: Sequence[int]) -> str:
    return f"Groups: {', '.join(names[at] for at in groups)}."


def _problem(place: str, message: str, remedy: str, code: str) -> Problem:
    return problem_at(PASTED, place, message, remedy, code)
