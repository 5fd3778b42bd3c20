"""A line of headings: which column is which of ours, and which are days."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exportin.readers.caliper_table.days import day_label
from exportin.readers.caliper_table.words import (
    NOTHING,
    OURS,
    UNIT_COLUMNS,
    Meaning,
    meaning,
    plain,
)
from exportin.tables.names import clean
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.sheet import Sheet

WRITTEN = ("row_id", "file", "cause", "sample_id", "excluded_in_file")
"""Columns that the workbench writes itself."""
FREE = ("cage", "removal", "comment")
"""Where two columns answer to one of these, both keep their own names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A heading that is a day: what was measured (or empty), the day as written, the unit."""

    size: str
    day: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Titles:
    """What the headings of a line mean.

    Parameters
    ----------
    top
        Row of the sheet.
    names
        Heading as written, by column.
    at
        Our name to its column.
    units
        Our name to the unit its heading names.
    labels
        Columns whose heading is a day.
    others
        Columns that are none of these; they keep their own names.
    problems
        Names that head two columns.
    """

    top: int
    names: dict[int, str]
    at: dict[str, int]
    units: dict[str, str]
    labels: dict[int, Label]
    others: tuple[int, ...]
    problems: tuple[Problem, ...] = field(default=())

    def has(self, names: Iterable[str]) -> bool:
        """Whether one of our columns is there."""
        return any(name in self.at for name in names)


def read_titles(
    sheet: Sheet, file: str, top: int, columns: Mapping[str, str], *, below: int | None = None
) -> Titles:
    """Return what the headings in row ``top`` mean; row ``below`` heads what ``top`` leaves empty.

    Where ``below`` is given its cells go before those of ``top``.
    """
    names = {col: clean(text) for col, text in enumerate(sheet.rows[top]) if text}
    if below is not None:
        names |= {col: clean(text) for col, text in enumerate(sheet.rows[below]) if text}
        names = dict(sorted(names.items()))
    place = {col: sheet.place(top if below is None else below, col) for col in names}
    labels = {
        col: Label(size=found[0], day=found[1], unit=found[2])
        for col, name in names.items()
        if name not in columns.values() and (found := day_label(name))
    }
    means = {col: meaning(name, columns) for col, name in names.items() if col not in labels}
    at: dict[str, int] = {}
    problems: list[Problem] = []
    for ours in (*OURS, *(name for name in columns if name not in OURS)):
        cols = _best(ours, means, names, columns)
        if len(cols) > 1 and ours not in FREE:
            problems.append(_doubled(file, place, cols, names, ours))
        if len(cols) == 1:
            at[ours] = cols[0]
    at = {ours: col for ours, col in at.items() if not _alone(ours, at, means)}
    for col, name in names.items():
        if plain(name) in UNIT_COLUMNS and col not in at.values():
            at.setdefault(UNIT_COLUMNS[plain(name)], col)
    used = {*at.values(), *labels}
    others = tuple(col for col in names if col not in used)
    problems += _same_names(file, place, others, names)
    return Titles(
        top=top if below is None else below,
        names=names,
        at=at,
        units={ours: means[col].unit for ours, col in at.items() if means.get(col, NOTHING).unit},
        labels=labels,
        others=others,
        problems=tuple(problems),
    )


def _best(
    ours: str, means: Mapping[int, Meaning], names: Mapping[int, str], columns: Mapping[str, str]
) -> list[int]:
    """Return the columns that answer to our name: by the map, by a strong word, by a weak one."""
    mine = [col for col, found in means.items() if found.ours == ours]
    mapped = [col for col in mine if columns.get(ours) == names[col]]
    if mapped or ours in columns:
        return mapped
    strong = [col for col in mine if means[col].strong]
    return strong or [col for col in mine if plain(names[col]) != "x"]


def _alone(ours: str, at: Mapping[str, int], means: Mapping[int, Meaning]) -> bool:
    """Whether a W or H stands without its L: it may be a weight, and is no width."""
    return (
        ours in ("width", "height")
        and not means[at[ours]].strong
        and not ("length" in at and (ours == "width" or "width" in at))
    )


def _doubled(
    file: str, place: Mapping[int, str], cols: list[int], names: Mapping[int, str], ours: str
) -> Problem:
    told = " and ".join(f"'{names[col]}'" for col in cols[:3])
    return Problem(
        file=file,
        place=place[cols[1]],
        message=f"The columns {told} may both be the {ours}.",
        remedy=f'Write columns = {{ {ours} = "{names[cols[0]]}" }} in the block, or the other one.',
        code="two-columns",
    )


def _same_names(
    file: str, place: Mapping[int, str], others: Iterable[int], names: Mapping[int, str]
) -> list[Problem]:
    first: dict[str, int] = {}
    problems = []
    for col in others:
        name = names[col]
        if name in first:
            message = f"The name '{name}' heads two columns (also {place[first[name]]})."
            remedy = "Give each column a name of its own."
            problems.append(
                Problem(
                    file=file, place=place[col], message=message, remedy=remedy,
                    code="duplicate-column",
                )
            )  # fmt: skip
        first.setdefault(name, col)
    return problems


def check_map(columns: Mapping[str, str], known: Iterable[str], file: str, place: str) -> None:
    """Refuse a map that names columns that are not there, or gives names that are taken.

    Raises
    ------
    InputError
        With every entry that cannot be followed.
    """
    there = sorted(set(known))
    problems = [
        Problem(
            file=file,
            place=place,
            message=f"There is no column '{theirs}' (to be read as '{ours}').",
            remedy=nearest(theirs, there),
            code="unknown-column",
        )
        for ours, theirs in columns.items()
        if theirs not in there
    ]
    problems += [
        Problem(
            file=file,
            place="",
            message=f"The study file maps a column to '{ours}', which the workbench writes itself.",
            remedy='Write animal = "..." for the name of the animal; choose other names else.',
            code="reserved-column",
        )
        for ours in columns
        if ours in WRITTEN
    ]
    if problems:
        raise InputError(problems)
