"""Puts visits together: names, days, sizes, units, what the file adds, and row ids."""

from collections.abc import Mapping

import polars as pl

from exportin.contract.reader import Request
from exportin.readers.caliper_table.animals import name_animals
from exportin.readers.caliper_table.faults import fault, note
from exportin.readers.caliper_table.measured import Measured, read_measured
from exportin.readers.caliper_table.table import summaries
from exportin.readers.caliper_table.visits import Cells, Visits
from exportin.readers.caliper_table.words import DIMENSION, SIZES, UNIT_COLUMNS, USE
from exportin.tables.gridvalues import open_end
from exportin.tables.kinds import EXCLUDED_IN_FILE, TumorLog
from exportin.tables.names import clean, look_alike_notes
from exportin.tables.numbercolumn import limited
from exportin.tables.problems import InputError, Problem
from exportin.tables.sizes import UNITS, find_size
from exportin.tables.workbook import cell_text

UNIT_NAMES = tuple(UNIT_COLUMNS.values())
FIRST = [column.name for column in TumorLog.columns]
ADDED = ("model", "arm", "animal", "cage", "removal", "comment", EXCLUDED_IN_FILE)
YES = frozenset({"1", "yes", "y", "true", "use", "used"})
NO = frozenset({"0", "no", "n", "false"})


def build(visits: Visits, request: Request) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """Return the typed table and what was noted.

    Raises
    ------
    InputError
        With every cell, animal and visit that cannot be used.
    """
    problems = [
        p for cells in visits.ids.values() for p in summaries(visits.sheet, visits.file, cells)
    ]
    if problems:
        raise InputError(problems)
    measured = read_measured(visits, request.decimal)
    frame = pl.DataFrame(
        {name: pl.Series(_clean(cells), dtype=pl.String) for name, cells in visits.ids.items()}
        | {
            "day": pl.Series(measured.days, dtype=pl.Float64),
            "date": pl.Series(measured.dates, dtype=pl.String),
        }
    ).with_columns(_when(measured).alias("when"))
    named = name_animals(visits, frame)
    frame = frame.with_columns(named.names.alias("sample_id"))
    problems = list(_twice(visits, frame))
    units, unit_problems = _units(visits, request.constants)
    about, excluded, more = _about(visits)
    problems += [*unit_problems, *more, *_constants(visits, request.constants)]
    if problems:
        raise InputError(problems)
    frame = frame.with_columns(
        pl.lit(visits.file).alias("file"),
        pl.concat_str(pl.lit(f"{visits.file}:"), "sample_id", pl.lit("@"), "when").alias("row_id"),
        *(_size(measured, name) for name in SIZES),
        *units,
        pl.Series("cause", measured.causes, dtype=pl.String),
        *about,
        *excluded,
        *(_constant(n, v) for n, v in request.constants.items() if n not in UNIT_NAMES),
    )
    added = [name for name in ADDED if name in frame.columns]
    rest = [name for name in frame.columns if name not in (*FIRST, *added, "when")]
    notes = (
        *visits.notes, *named.notes, *measured.notes, *_odd_names(visits, frame),
        *open_end(visits.sheet, visits.file),
    )  # fmt: skip
    return frame.select(*FIRST, *added, *rest), notes


def _clean(cells: Cells) -> list[str]:
    cleaned = {text: clean(text) for text in dict.fromkeys(cells.texts)}
    return [cleaned[text] for text in cells.texts]


def _size(measured: Measured, name: str) -> pl.Series:
    empty: list[float | None] = [None] * len(measured.causes)
    return pl.Series(name, measured.sizes.get(name, empty), dtype=pl.Float64)


def _when(measured: Measured) -> pl.Series:
    """Return the day as people write it, or the date where there is none."""
    texts = {day: _day(day) for day in dict.fromkeys(measured.days) if day is not None}
    return pl.Series(
        [
            (date or "") if day is None else texts[day]
            for day, date in zip(measured.days, measured.dates, strict=True)
        ],
        dtype=pl.String,
    )


def _day(day: float) -> str:
    """Write a day short, but never two days alike.

    >>> _day(14.0), _day(1234567.25)
    ('14', '1234567.25')
    """
    short = f"{day + 0.0:g}"
    return short if float(short) == day else repr(day)


def _twice(visits: Visits, frame: pl.DataFrame) -> tuple[Problem, ...]:
    """Find animals that were measured twice on one day."""
    keys = ["sample_id", "when"]
    twice = frame.select(keys).with_row_index("_at")
    twice = twice.with_columns(pl.col("_at").first().over(keys).alias("_first"))
    twice = twice.filter(pl.col("_at") != pl.col("_first"))
    return limited(
        [
            fault(
                visits.file,
                visits.line(row["_at"]),
                f"Animal '{row['sample_id']}' stands here for the second time on day {row['when']} "
                f"(first: {visits.line(row['_first'])}).",
                "Keep one row per animal and day; if these are two animals, name their arm or "
                "model in a column of its own.",
                "duplicate-visit",
            )
            for row in twice.iter_rows(named=True)
        ],
        visits.file,
    )


def _units(
    visits: Visits, constants: Mapping[str, str | float]
) -> tuple[list[pl.Series], list[Problem]]:
    """Return the columns of units: from headings, from columns of units, or from the study."""
    series: list[pl.Series] = []
    problems: list[Problem] = []
    dimensions = {f"{DIMENSION[name]}_unit" for name in visits.sizes}
    for name in UNIT_NAMES:
        unit = visits.units.get(name, "")
        if name in visits.about:
            unit, found = _unit_column(visits, name, unit)
            problems += found
        said = constants.get(name)
        if said is not None:
            known = find_size(str(said))
            wrong = UNITS.get(known, "") != name.removesuffix("_unit")
            if wrong or (unit and unit != known):
                message = f'The study file says {name} = "{said}"'
                message += ", which is no such unit." if wrong else f", the file says {unit}."
                remedy = "Correct the unit in the block, or in the file."
                problems.append(fault(visits.file, "", message, remedy, "unit-conflict"))
            unit = known
        series.append(
            pl.Series(name, [unit if name in dimensions else ""] * visits.count, dtype=pl.String)
        )
    return series, problems


def _unit_column(visits: Visits, name: str, unit: str) -> tuple[str, list[Problem]]:
    """Return the one unit that a column of units holds."""
    cells = visits.about[name]
    first: int | None = None
    for at, text in enumerate(cells.texts):
        known = find_size(text)
        if UNITS.get(known, "") != name.removesuffix("_unit"):
            message = f"'{text[:20]}' is no unit of {name.removesuffix('_unit')}."
            remedy = "Write mm3 or cm3 for volumes, mm or cm for lengths, g for weights."
            return unit, [fault(visits.file, visits.place(cells, at), message, remedy, "no-unit")]
        first = at if first is None else first
        before = unit or find_size(cells.texts[first])
        if known != before:
            where = "in its heading" if unit else f"in {visits.place(cells, first)}"
            message = f"The unit is {known} here and {before} {where}."
            remedy = "Write all numbers of the file in one unit."
            return unit, [
                fault(visits.file, visits.place(cells, at), message, remedy, "mixed-units")
            ]
    return find_size(cells.texts[0]) if cells.texts else unit, []


def _about(visits: Visits) -> tuple[list[pl.Series], list[pl.Series], list[Problem]]:
    """Return the text columns, the reasons of rows that the file leaves out, and problems."""
    kept = {n: cells for n, cells in visits.about.items() if n not in (USE, *UNIT_NAMES)}
    series = [pl.Series(name, _clean(cells), dtype=pl.String) for name, cells in kept.items()]
    cells = visits.about.get(USE)
    if cells is None or not any(cells.texts):
        return series, [], []
    reasons: list[str | None] = []
    problems: dict[tuple[int, int], Problem] = {}
    for at, text in enumerate(cells.texts):
        word = text.casefold()
        reasons.append(f"{cells.title} = {text}" if word in NO else None)
        if word not in YES | NO:
            where = visits.place(cells, at)
            message = f"'{text[:20]}' does not say whether the animal is used or left out."
            remedy = "Write 1 (used) or 0 (left out) in every line."
            problems.setdefault(
                cells.at(at), fault(visits.file, where, message, remedy, "use-or-not")
            )
    excluded = [pl.Series(EXCLUDED_IN_FILE, reasons, dtype=pl.String)] if any(reasons) else []
    return series, excluded, list(limited(list(problems.values()), visits.file))


def _constants(visits: Visits, constants: Mapping[str, str | float]) -> list[Problem]:
    """Find constants of the study that the file has as a column, or that readers write."""
    there = {*visits.ids, *visits.times, *visits.about, *FIRST} - set(UNIT_NAMES)
    return [
        fault(
            visits.file, "",
            f"'{name}' is given in the study file and is a column of this table too.",
            "Remove it from one of the two.", "column-and-constant",
        )
        for name in constants
        if name in there
    ]  # fmt: skip


def _constant(name: str, value: str | float) -> pl.Expr:
    """Return a constant of the study; arms and models are names, even where they are digits."""
    if isinstance(value, str):
        return pl.lit(value).alias(name)
    return pl.lit(cell_text(float(value)) if name in ADDED else float(value)).alias(name)


def _odd_names(visits: Visits, frame: pl.DataFrame) -> list[Problem]:
    """Note arms and models that look like one, and names from which marks were taken."""
    notes: list[Problem] = []
    for name in ("arm", "model"):
        if name in frame.columns:
            notes += look_alike_notes(
                frame.get_column(name).unique(maintain_order=True), file=visits.file, column=name
            )
    for name, cells in visits.ids.items():
        changed = next((text for text in cells.texts if clean(text) != text), None)
        if changed is not None:
            message = f"Odd blanks or invisible marks were made plain, as in {changed!a}."
            notes.append(note(visits.file, f"column '{name}'", message, "", "name-cleaned"))
    return notes
