"""Names of animals: their own where each is there once, with arm and model where it is not."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from exportin.readers.caliper_table.faults import fault, note
from exportin.readers.caliper_table.visits import Visits
from exportin.tables.numbercolumn import limited
from exportin.tables.problems import InputError, Problem

PARTS = (("animal",), ("arm", "animal"), ("model", "animal"), ("model", "arm", "animal"))
"""What a name may be made of; the first that tells all animals of the file apart is taken."""
WORDS = {"arm": "arm", "model": "model"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The name of the animal of each visit, and what is to be known of the names."""

    names: pl.Series
    notes: tuple[Problem, ...] = ()


def name_animals(visits: Visits, frame: pl.DataFrame) -> Named:
    """Return ``sample_id`` of each visit.

    Parameters
    ----------
    frame
        ``animal``, and ``arm`` and ``model`` where the file has them; ``when``, day or date.

    Raises
    ------
    InputError
        Cells are empty, two lines are one animal, or one name may be one animal or several.
    """
    problems = _empty(visits)
    if problems:
        raise InputError(problems)
    there = [name for name in ("model", "arm", "animal") if name in frame.columns]
    several = frame.select(there).unique(maintain_order=True)
    parts = next(
        names
        for names in (*PARTS, tuple(there))
        if set(names) <= set(there) and several.select(names).n_unique() == several.height
    )
    problems = _same_line(visits, frame, there) if visits.one_line_each else ()
    if not problems and len(parts) > 1 and not visits.one_line_each:
        problems = _moved(visits, frame, there)
    joined = frame.select(pl.concat_str(parts, separator="/")).to_series()
    if not problems and joined.n_unique() < several.height:
        problems = _collide(visits, frame, joined, there)
    if problems:
        raise InputError(problems)
    return Named(names=joined, notes=_qualified(visits, joined, parts))


def _empty(visits: Visits) -> tuple[Problem, ...]:
    """Find visits without animal, arm or model."""
    found: dict[tuple[int, int], Problem] = {}
    for name, cells in visits.ids.items():
        remedy = "Write it in every line; a name above does not count for those below."
        if name == "animal":
            remedy = "Name the animal, or remove the line."
        for at, text in enumerate(cells.texts):
            if not text:
                message = f"The {name} is not named."
                where = visits.place(cells, at)
                found.setdefault(
                    cells.at(at), fault(visits.file, where, message, remedy, f"no-{name}")
                )
    return limited(list(found.values()), visits.file)


def _lines(visits: Visits) -> list[tuple[int, int]]:
    """Return what tells the lines of animals apart: a row, or a column where they stand across."""
    cells = visits.ids["animal"]
    return [cells.at(at) for at in range(visits.count)]


def _same_line(visits: Visits, frame: pl.DataFrame, there: Sequence[str]) -> tuple[Problem, ...]:
    """Find two lines (or columns) that are one animal of one arm."""
    first: dict[tuple[str, ...], tuple[int, int]] = {}
    found: dict[tuple[int, int], Problem] = {}
    cells = visits.ids["animal"]
    for key, at in zip(frame.select(there).iter_rows(), _lines(visits), strict=True):
        if first.setdefault(key, at) != at and at not in found:
            message = (
                f"Animal '{key[-1]}' stands here for the second time"
                f" (first: {visits.sheet.place(*first[key], cells.title)})."
            )
            remedy = "Keep one line per animal, or give each a name of its own."
            where = visits.sheet.place(*at, cells.title)
            found[at] = fault(visits.file, where, message, remedy, "duplicate-animal")
    return limited(list(found.values()), visits.file)


def _moved(visits: Visits, frame: pl.DataFrame, there: Sequence[str]) -> tuple[Problem, ...]:
    """Refuse names in several arms of which no two were ever measured on one day.

    They may be one animal that changed its arm; numbering anew shows in days that overlap.
    """
    groups = [name for name in there if name != "animal"]
    again = frame.with_row_index("_at").filter(pl.struct(groups).n_unique().over("animal") > 1)
    if again.filter(pl.struct(groups).n_unique().over("animal", "when") > 1).height:
        return ()
    at = again.row(0, named=True)
    other = next(
        row
        for row in again.filter(pl.col("animal") == at["animal"]).iter_rows(named=True)
        if any(row[name] != at[name] for name in groups)
    )
    name = next(name for name in groups if other[name] != at[name])
    message = (
        f"Animal '{at['animal']}' is of {name} '{at[name]}' here and of '{other[name]}' later "
        f"({visits.line(other['_at'])}), never on one day: one animal that was moved, or two?"
    )
    remedy = f"Write one {name} for all visits of an animal, or give two animals two names."
    return (fault(visits.file, visits.line(at["_at"]), message, remedy, "animal-moved"),)


def _collide(
    visits: Visits, frame: pl.DataFrame, joined: pl.Series, there: Sequence[str]
) -> tuple[Problem, ...]:
    """Name the first two animals whose joined names are the same."""
    first: dict[str, tuple[tuple[str, ...], int]] = {}
    for at, (key, name) in enumerate(zip(frame.select(there).iter_rows(), joined, strict=True)):
        before = first.setdefault(name, (key, at))
        if before[0] != key:
            message = f"Two animals would be called '{name}' (the other: {visits.line(before[1])})."
            remedy = "Take the slashes out of the names."
            return (fault(visits.file, visits.line(at), message, remedy, "same-name"),)
    return ()


def _qualified(visits: Visits, joined: pl.Series, parts: Sequence[str]) -> tuple[Problem, ...]:
    if len(parts) == 1:
        return ()
    told = " and ".join(WORDS[name] for name in parts[:-1])
    return (
        note(
            visits.file, "",
            f"Animals are numbered anew in each {told}; they are called {'/'.join(parts)}, "
            f"as in '{joined[0]}'.",
            "Design tables and exclusions must use these names.", "animals-qualified",
        ),
    )  # fmt: skip
