"""A row per day and a column per animal, with arms above the animals or instead of them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from exportin.contract.reader import Request
from exportin.readers.caliper_table.faults import fault, note, nothing
from exportin.readers.caliper_table.forms import Found, time_columns
from exportin.readers.caliper_table.table import above, rows_below, summaries
from exportin.readers.caliper_table.titled import decide
from exportin.readers.caliper_table.titles import FREE, check_map
from exportin.readers.caliper_table.visits import Cells, Visits
from exportin.readers.caliper_table.words import STRONG_OF, USE, plain, spoken
from exportin.tables.dates import is_date
from exportin.tables.names import clean
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet

PRISM = re.compile(r"(.+):\s*[YA]([0-9]+)$")
NUMBERED = re.compile(r"(.*[^\W\d_])[\s_.#-]*([0-9]+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Animals:
    """Arm and animal of each column, where the headings stand, and what was assumed.

    ``arms_at`` is the row the arms stand in; ``sure`` is false where nothing but the form of the
    names was to go by.
    """

    names: dict[int, str]
    arms: dict[int, str]
    arms_at: int | None = None
    sure: bool = True
    notes: tuple[Problem, ...] = ()


def read_across(sheet: Sheet, file: str, stem: str, found: Found, request: Request) -> Visits:
    """Return the visits of a table with a column per animal.

    Raises
    ------
    InputError
        Arms and animals cannot be told apart, or rows do not fit.
    """
    titles = found.titles
    times = time_columns(titles)
    check_map(request.columns, titles.names.values(), file, sheet.line(titles.top))
    animals = animals_of(sheet, file, found)
    end = found.titles_end if animals.arms_at is None else animals.arms_at
    places = above(sheet, end)
    size = decide(
        (*(text for _, text in places), *(titles.names[col] for col in times.values()), sheet.name),
        (stem,),
        request.channel,
        file,
    )
    headed = titles.names | {col: f"animal {name}" for col, name in animals.names.items()}
    rows, _ = rows_below(sheet, file, found, headed)
    columns = list(animals.names)
    at = [(row, col) for col in columns for row in rows if sheet.cell(row, col)]
    if not at:
        raise InputError(nothing(file, sheet.line(titles.top)))
    ids = {"animal": _repeat(animals.names, titles.top, at)}
    if animals.arms:
        arms_at = titles.top if animals.arms_at is None else animals.arms_at
        ids["arm"] = _repeat(animals.arms, arms_at, at)
    problems = [p for cells in ids.values() for p in summaries(sheet, file, cells)]
    if problems:
        raise InputError(problems)
    return Visits(
        sheet=sheet,
        file=file,
        ids=ids,
        times=_times(sheet, titles.names, times, at),
        sizes={
            size.name: Cells(
                texts=[sheet.cell(*cell) for cell in at],
                rows=[row for row, _ in at],
                cols=[col for _, col in at],
                title=size.name,
            )
        },
        units={f"{_dimension(size.name)}_unit": size.unit} if size.unit else {},
        one_line_each=True,
        notes=(*size.notes, *animals.notes, *_x(file, titles.names[next(iter(times.values()))]),
               *_empty(sheet, file, animals, rows, next(iter(times.values())))),
        unread=tuple(f"{place}: {text}" for place, text in places),
    )  # fmt: skip


def _times(
    sheet: Sheet, names: dict[int, str], times: dict[str, int], at: Sequence[tuple[int, int]]
) -> dict[str, Cells]:
    """Return the day or date of each visit; a column headed Day may hold dates."""
    found = {}
    for named, col in times.items():
        texts = [sheet.cell(row, col) for row, _ in at]
        kind = "date" if len(times) == 1 and any(map(is_date, texts)) else named
        rows = [row for row, _ in at]
        found[kind] = Cells(texts=texts, rows=rows, cols=[col] * len(at), title=names[col])
    return found


def _dimension(name: str) -> str:
    return name if name in ("volume", "weight") else "length"


def _repeat(names: dict[int, str], row: int, at: Sequence[tuple[int, int]]) -> Cells:
    return Cells(
        texts=[names[col] for _, col in at], rows=[row] * len(at), cols=[col for _, col in at]
    )


def animals_of(sheet: Sheet, file: str, found: Found) -> Animals:
    """Return which arm and animal each column is.

    Raises
    ------
    InputError
        The headings may be arms as well as animals, or an arm stands in two places.
    """
    titles, times = found.titles, list(time_columns(found.titles).values())
    width = max(len(row) for row in sheet.rows[titles.top :])
    filled = [
        col
        for col in range(width)
        if col not in times
        and any(sheet.cell(at, col) for at in range(titles.top, len(sheet.rows)))
    ]
    about = next((titles.at[name] for name in (*FREE, USE) if name in titles.at), None)
    if about is not None:
        message = f"The column '{titles.names[about]}' is no animal."
        remedy = "Leave it out, or give a row per visit, where it has a place."
        raise InputError(fault(file, sheet.place(titles.top, about), message, remedy, "no-animal"))
    names = {col: clean(sheet.cell(titles.top, col)) for col in filled}
    arms_at = _arms_row(sheet, titles.top, times, filled)
    if arms_at is not None:
        return _two_rows(sheet, file, arms_at, titles.top, names)
    given = [name for name in names.values() if name]
    if len(given) < len(names) or len(set(given)) < len(given):
        return _grouped(sheet, file, titles.top, names)
    return _by_name(sheet, file, titles.top, names)


def _arms_row(sheet: Sheet, top: int, times: Sequence[int], filled: Sequence[int]) -> int | None:
    """Return the row above the animals that names their arms, if there is one."""
    at = top - 1
    if at < 0:
        return None
    texts = [sheet.cell(at, col) for col in filled if sheet.cell(at, col)]
    corners = [sheet.cell(at, col) for col in times if sheet.cell(at, col)]
    if not texts or any(STRONG_OF.get(plain(corner)) != "arm" for corner in corners):
        return None
    if len(texts) == 1 and spoken(texts[0])[0]:
        return None  # a title that stands over the numbers
    return at


def _two_rows(sheet: Sheet, file: str, arms_at: int, top: int, names: dict[int, str]) -> Animals:
    """Arms above, animals below; an arm holds until the next one."""
    arms = _forward(sheet, file, arms_at, {col: clean(sheet.cell(arms_at, col)) for col in names})
    bare = [col for col, name in names.items() if not name]
    if bare:
        message, remedy = "The column has no animal above it.", "Name each animal."
        raise InputError(fault(file, sheet.place(top, bare[0]), message, remedy, "no-animal"))
    return Animals(names=names, arms=arms, arms_at=arms_at)


def _forward(sheet: Sheet, file: str, at: int, texts: dict[int, str]) -> dict[int, str]:
    """Fill each blank with the name at its left; a name may not begin twice.

    Raises
    ------
    InputError
        The first is blank, or a name comes again behind another.
    """
    filled: dict[int, str] = {}
    begun: dict[str, int] = {}
    last = ""
    for col, text in texts.items():
        if text and text != last and text in begun:
            message = f"'{text}' begins here again (first: {sheet.place(at, begun[text])})."
            remedy = "Put the animals of an arm side by side, or give arms names of their own."
            raise InputError(fault(file, sheet.place(at, col), message, remedy, "arm-twice"))
        if text:
            begun.setdefault(text, col)
            last = text
        if not last:
            message, remedy = "No arm stands above this column.", "Write its arm there."
            raise InputError(fault(file, sheet.place(at, col), message, remedy, "no-arm"))
        filled[col] = last
    return filled


def _grouped(sheet: Sheet, file: str, top: int, names: dict[int, str]) -> Animals:
    """Arms over several columns each, as in a grouped sheet of Prism: animals are counted.

    Raises
    ------
    InputError
        Some names are repeated or left out, and others hold a number or stand alone.
    """
    counts = Counter(names.values())
    odd = [
        col
        for col, name in names.items()
        if PRISM.match(name) or ("" not in counts and counts[name] == 1)
    ]
    if odd:
        message = f"'{names[odd[0]]}' stands over one column, other names over several."
        remedy = "Write the arms in a row above, and the name of each animal below them."
        raise InputError(fault(file, sheet.place(top, odd[0]), message, remedy, "arm-or-animal"))
    arms = _forward(sheet, file, top, names)
    begin: dict[str, int] = {}
    for col, arm in arms.items():
        begin.setdefault(arm, col)
    numbers = {col: str(col - begin[arm] + 1) for col, arm in arms.items()}
    seen = Counter(arms.values())
    told = ", ".join(f"'{arm}' {count}" for arm, count in list(seen.items())[:8])
    said = note(
        file, sheet.line(top),
        f"Animals have no names; they are numbered from the left in each arm: {told}.",
        "Name the animals in a row below the arms if that is wrong.", "animals-counted",
    )  # fmt: skip
    return Animals(names=numbers, arms=arms, notes=(said,))


def _by_name(sheet: Sheet, file: str, top: int, names: dict[int, str]) -> Animals:
    """One name a column: arm with a number, or an animal."""
    prism = {col: PRISM.match(name) for col, name in names.items()}
    numbered = {col: NUMBERED.match(name) for col, name in names.items()}
    for found, certain in ((prism, True), (numbered, False)):
        parts = {col: (m[1].strip(), m[2]) for col, m in found.items() if m}
        if len(parts) == len(names) and (certain or _counted(list(parts.values()))):
            arms = {col: arm for col, (arm, _) in parts.items()}
            told = ", ".join(f"'{arm}'" for arm in dict.fromkeys(arms.values()))
            said = note(
                file, sheet.line(top), f"Columns are read as arm and number; the arms are {told}.",
                "Write the arms in a row above the animals if that is wrong.", "arm-in-name",
            )  # fmt: skip
            numbers = {col: number for col, (_, number) in parts.items()}
            return Animals(names=numbers, arms=arms, sure=certain, notes=(said,))
    odd = _odd_one(names, prism, numbered)
    if odd is not None:
        message = f"'{names[odd]}' may be an arm and a number, or the name of one animal."
        remedy = "Write the arms in a row above, and the name of each animal below them."
        raise InputError(fault(file, sheet.place(top, odd), message, remedy, "arm-or-animal"))
    digits = [any(letter.isdigit() for letter in name) for name in names.values()]
    if not any(digits):
        message = f"'{next(iter(names.values()))}' may be an arm or an animal."
        remedy = "Write the arms in a row above, and the name of each animal below them."
        raise InputError(
            fault(file, sheet.place(top, next(iter(names))), message, remedy, "arm-or-animal")
        )
    return Animals(names=names, arms={}, sure=False)


def _odd_one(
    names: dict[int, str],
    prism: dict[int, re.Match[str] | None],
    numbered: dict[int, re.Match[str] | None],
) -> int | None:
    """Return the column that breaks a row of names made of arm and number, if there is one.

    Where one number stands behind several names, these are arms, or animals of several cages.
    """
    if any(prism.values()):
        return next(col for col, found in prism.items() if not found)
    stems: dict[str, set[str]] = {}
    for found in numbered.values():
        if found:
            stems.setdefault(found[2], set()).add(found[1].strip())
    if all(len(found) == 1 for found in stems.values()):
        return None
    return next((col for col, found in numbered.items() if not found), next(iter(names)))


def _counted(parts: list[tuple[str, str]]) -> bool:
    """Whether there are several names, and each is numbered from one without a gap."""
    numbers: dict[str, list[int]] = {}
    for arm, number in parts:
        numbers.setdefault(arm, []).append(int(number))
    return len(numbers) > 1 and all(
        sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values()
    )


def _x(file: str, title: str) -> tuple[Problem, ...]:
    if plain(title) != "x":
        return ()
    said = "The column 'X' is read as days."
    return (note(file, "", said, "Head it Day to say so.", "x-is-day"),)


def _empty(
    sheet: Sheet, file: str, animals: Animals, rows: Sequence[int], time: int
) -> list[Problem]:
    """Note animals that were never measured, and days on which none was."""
    bare = [col for col in animals.names if not any(sheet.cell(row, col) for row in rows)]
    never = [row for row in rows if not any(sheet.cell(row, col) for col in animals.names)]
    return [
        *(
            note(
                file, sheet.place(rows[0] - 1, col),
                f"Nothing was measured of animal '{animals.names[col]}'"
                f"{' of ' + repr(animals.arms[col]) if animals.arms else ''}.",
                "It is not among the visits.", "no-visits",
            )
            for col in bare
        ),
        *(
            note(
                file, sheet.line(row), f"Nothing was measured on day '{sheet.cell(row, time)}'.",
                "", "no-visits",
            )
            for row in never
        ),
    ]  # fmt: skip
