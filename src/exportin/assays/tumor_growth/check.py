"""Looks at caliper rows before anything is computed: units, day 0, zeros, animals, arms."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from exportin.assays.tumor_growth.plausible import doubtful_volumes, late_rows, twice_measured
from exportin.assays.tumor_growth.remarks import refused, remarks
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import (
    GONE,
    LENGTH_MM,
    VOLUME_MM3,
    WEIGHT_G,
    Visits,
    measured,
    visits,
)
from exportin.assays.tumor_growth.weight_rows import no_reference
from exportin.assays.tumor_growth.zeros import GROUPS, WORDS, zero_runs
from exportin.contract.assay import Context
from exportin.results.tables import Flags
from exportin.tables.kinds import TumorLog
from exportin.tables.problems import Problem, Severity, nearest

SHOWN = 8  # animals listed in one message; a question of zeros lists all


def check(rows: TumorLog, settings: TumorGrowthSettings, context: Context) -> tuple[Problem, ...]:
    """Return every problem of units, days, arms, animals and volumes; notes do not stop a run."""
    block = f"[block.{context.block}]"
    frame = rows.frame
    problems = [*_empty(frame), *_units(frame, settings, block), *_days(frame, settings, block)]
    problems += [*_arms(frame, settings, block), *_identities(frame), *_reasons(frame)]
    problems += _two_tumors(frame)
    if problems:
        return tuple(problems)
    seen = measured(frame, settings)
    found = [
        *_keys(context, block),
        *refused(seen, settings, block),
        *twice_measured(seen),
        *late_rows(seen),
        *doubtful_volumes(seen, block),
        *_zeros(seen, settings, block),
    ]
    if not (seen.get_column("volume_mm3") > 0).any():
        message = "no row has a tumor volume above zero."
        remedy = "Name the column of volumes, or of length and width with volume_formula."
        found.append(_problem(_file(frame), "", message, remedy, "no-volumes"))
    visited = visits(rows, Flags.empty(), settings)
    return (*found, *_notes(visited, seen, settings), *remarks(visited, seen, settings))


def _keys(context: Context, block: str) -> Iterator[Problem]:
    """Refuse further keys: animals of several batches are one arm here."""
    extra = [key for key in context.keys if key not in ("model", "arm")]
    if extra:
        message = f"tumor growth is estimated by model and arm, not by '{extra[0]}'."
        remedy = "Write it into the names of models or arms, or take it out of keys."
        yield _problem("study.toml", f"{block} keys", message, remedy, "no-such-key")


def _empty(frame: pl.DataFrame) -> Iterator[Problem]:
    for key in ("model", "arm"):
        bare = frame.filter(pl.col(key).is_null() | (pl.col(key).str.strip_chars() == ""))
        if bare.height:
            first = bare.row(0, named=True)
            message = f"row {first['row_id']} has no {key} (and {bare.height - 1} more)."
            remedy = f"Fill '{key}' in the table or in design.csv."
            yield _problem(first["file"], f"column {key}", message, remedy, "empty-key")


def _units(frame: pl.DataFrame, settings: TumorGrowthSettings, block: str) -> Iterator[Problem]:
    """Refuse numbers whose unit nobody names, and units that are none."""
    for columns, unit, known, example in (
        (("volume",), "volume_unit", VOLUME_MM3, "mm3"),
        (("length", "width", "height"), "length_unit", LENGTH_MM, "mm"),
        (("weight",), "weight_unit", WEIGHT_G, "g"),
    ):
        has = frame.filter(pl.any_horizontal(pl.col(c).is_not_null() for c in columns))
        said = getattr(settings, unit)
        bare = has.filter(pl.col(unit) == "")
        if bare.height and said is None:
            file = bare.item(0, "file")
            message = f"no word says in which unit the {columns[0]} of this file is."
            remedy = f'Write {unit} = "{example}" in {block} (or {_or(known)}).'
            yield _problem(file, "", message, remedy, f"no-{unit.replace('_', '-')}")
        odd = sorted(set(has.get_column(unit)) - {""} - set(known))
        if odd:
            file = has.filter(pl.col(unit) == odd[0]).item(0, "file")
            message = f"'{odd[0]}' is no unit of {columns[0]}."
            remedy = f"Write one of: {_or(known)}."
            yield _problem(file, "", message, remedy, "unknown-unit")
    yield from _formula(frame, settings, block)


def _formula(frame: pl.DataFrame, settings: TumorGrowthSettings, block: str) -> Iterator[Problem]:
    sized = frame.filter(pl.col("length").is_not_null() & pl.col("volume").is_null())
    if not sized.height:
        return
    file = sized.item(0, "file")
    if settings.volume_formula is None:
        message = "the file has calipers, and no formula says how they become a volume."
        remedy = (
            f'Write volume_formula = "L*W^2/2" in {block}, or "pi/6*L*W^2" (4.7 % larger), or '
            '"pi/6*L*W*H".'
        )
        yield _problem(file, "", message, remedy, "no-formula")
        return
    needed = ["width", *(["height"] if "H" in settings.volume_formula else [])]
    lacking = sized.filter(pl.any_horizontal(pl.col(name).is_null() for name in needed))
    if lacking.height:
        row = lacking.row(0, named=True)
        what = next(name for name in needed if row[name] is None)
        message = f"row {row['row_id']} has a length and no {what} (and {lacking.height - 1} more)."
        remedy = f"{settings.volume_formula} needs it: fill the cell or empty the length."
        yield _problem(row["file"], "", message, remedy, "half-calipers")


def _days(frame: pl.DataFrame, settings: TumorGrowthSettings, block: str) -> Iterator[Problem]:
    dated = frame.filter(pl.col("day").is_null() & pl.col("date").is_not_null())
    if dated.height and not settings.first_dose_date and _has_empty(dated, "first_dose_date"):
        message = "the file has dates, and nothing says on which date the first dose was given."
        remedy = f'Write first_dose_date = "YYYY-MM-DD" in {block}, or a column first_dose_date.'
        yield _problem(dated.item(0, "file"), "", message, remedy, "no-first-dose")
    counted = frame.filter(pl.col("day").is_not_null())
    known = settings.day_zero == "first dose" or settings.first_dose_day is not None
    bare = counted.filter(pl.col("first_dose_day").is_null())
    if bare.height and not known:
        message = f"day 0 is the {settings.day_zero}; on which day was the first dose given?"
        remedy = f"Write first_dose_day = ... in {block}, or a column first_dose_day."
        yield _problem(bare.item(0, "file"), "", message, remedy, "no-first-dose")


def _arms(frame: pl.DataFrame, settings: TumorGrowthSettings, block: str) -> Iterator[Problem]:
    arms = frame.get_column("arm").drop_nulls().unique().sort().to_list()
    if arms and settings.control not in arms:
        message = f"there is no arm '{settings.control}', which is named as the control."
        yield _problem("study.toml", f"{block} control", message, nearest(settings.control, arms),
                       "no-control")  # fmt: skip
    for dosing in settings.dosing:
        if dosing.arm not in arms:
            message = f"dosing names an arm '{dosing.arm}' that no row has."
            place = f"{block} dosing"
            yield _problem("study.toml", place, message, nearest(dosing.arm, arms), "no-arm")


def _identities(frame: pl.DataFrame) -> Iterator[Problem]:
    """Refuse an animal in two arms, models or cages: its name stands for two animals."""
    for key in ("arm", "model", "cage", "removal", "removed_day"):
        many = frame.group_by("sample_id").agg(pl.col(key).drop_nulls().unique().sort())
        many = many.filter(pl.col(key).list.len() > 1).sort("sample_id")
        if many.height:
            name, found = many.row(0)
            listed = " and ".join(f"'{v}'" for v in found[:3])
            message = f"animal '{name}' has more than one {key}: {listed} ({_more(many)})."
            remedy = "Give each animal a name of its own, or correct the table."
            yield _problem(_file(frame), f"column {key}", message, remedy, "animal-twice")


def _two_tumors(frame: pl.DataFrame) -> Iterator[Problem]:
    """Refuse animals with several tumors: counted apart they would make n larger than it is."""
    known = frame.filter(pl.col("unit_id").is_not_null())
    many = known.group_by("unit_id").agg(pl.col("sample_id").unique().sort())
    many = many.filter(pl.col("sample_id").list.len() > 1).sort("unit_id")
    if many.height:
        unit, tumors = many.row(0)
        message = f"'{unit}' has {len(tumors)} tumors ({', '.join(tumors[:3])}); n counts animals."
        remedy = "Write the sum of the volumes of an animal as its one volume."
        yield _problem(_file(frame), "column unit_id", message, remedy, "several-tumors")


def _reasons(frame: pl.DataFrame) -> Iterator[Problem]:
    said = frame.filter(pl.col("removal").is_not_null() & (pl.col("removal") != ""))
    odd = said.filter(~pl.col("removal").is_in(GONE))
    if odd.height:
        word = odd.item(0, "removal")
        message = f"'{word}' of animal '{odd.item(0, 'sample_id')}' is no reason of removal."
        remedy = f"Write one of: {_or(GONE)}."
        yield _problem(odd.item(0, "file"), "column removal", message, remedy, "no-reason")


def _zeros(seen: pl.DataFrame, settings: TumorGrowthSettings, block: str) -> Iterator[Problem]:
    """Ask once what zeros mean, with every animal that has one; note what was answered."""
    valued = seen.filter(pl.col("volume_mm3").is_not_null())
    runs = zero_runs(valued)
    if runs.frame.is_empty():
        return
    parts = []
    for group in GROUPS:
        animals = runs.animals(group)
        if animals:
            parts.append(f"{len(animals)} with {WORDS[group]}: {', '.join(animals)}")
    total = runs.frame.get_column("animal").n_unique()
    listed = ". ".join(parts)
    if settings.zeros is None:
        message = (
            f"{total} animals have volumes of exactly zero, which files write for a sacrificed "
            f"animal, for a tumor not palpable and for a complete response. {listed}."
        )
        remedy = (
            f'Answer once in {block}: zeros = {{ after_large = "removed", after_shrinking = '
            '"complete_response", other = "not_palpable" } or one word for all; "unclear" leaves '
            'such zeros out. Single animals: zeros.animals = { "NAME" = "removed" }.'
        )
        yield _problem(_file(seen), "", message, remedy, "zeros")
        return
    known = set(runs.frame.get_column("animal"))
    said = settings.zeros
    for name in [] if isinstance(said, str) else said.animals:
        if name not in known:
            message = f"zeros names an animal '{name}' that has no volume of zero."
            yield _problem("study.toml", f"{block} zeros", message, nearest(name, known), "zeros")
    message = f"{total} animals have volumes of zero, read as the study file says. {listed}."
    yield _problem(_file(seen), "", message, "", "zeros", severity="note")


def _notes(visited: Visits, seen: pl.DataFrame, settings: TumorGrowthSettings) -> Iterator[Problem]:
    """Say what can be estimated only in part."""
    valued = seen.filter(pl.col("volume_mm3").is_not_null())
    groups = valued.group_by("model", "arm").agg(pl.col("animal").n_unique().alias("n"))
    groups = groups.sort("model", "arm")
    with_control = set(groups.filter(pl.col("arm") == settings.control).get_column("model"))
    alone = [m for m in groups.get_column("model").unique().sort() if m not in with_control]
    if alone:
        message = (
            f"no control arm '{settings.control}' in {_listed(alone)}: no measure against a "
            "control and no test can be made there."
        )
        yield _note(seen, message, "no-control-here")
    single = [f"{m} {a}" for m, a, n in groups.iter_rows() if n == 1]
    if single:
        message = f"only one animal, so no interval and no test, in {_listed(single)}."
        yield _note(seen, message, "one-animal")
    first = valued.group_by("animal").agg(pl.col("day").min()).sort("animal")
    late = first.filter(pl.col("day") > 0).get_column("animal").to_list()
    if late:
        message = (
            f"{_listed(late)}: no volume on or before the day of the first dose, so no volume "
            "relative to it."
        )
        yield _note(seen, message, "no-baseline")
    yield from _caged(seen)
    swapped = seen.filter(pl.col("width") > pl.col("length"))
    if swapped.height:
        listed = _listed(swapped.get_column("row_id").to_list())
        message = f"width is larger than length in {swapped.height} rows: {listed}."
        remedy = "Nothing was swapped: the formula squares the width as it stands."
        yield _note(seen, message, "width-above-length", remedy)
    reference = no_reference(visited.animals, settings)
    if reference:
        yield _note(seen, reference, "no-weight-reference")
    weights = seen.filter(pl.col("weight_g") <= 0)
    if weights.height:
        said = [f"{r} ({w:g} g)" for r, w in weights.select("row_id", "weight_g").iter_rows()]
        message = f"body weights that no animal has, left out of the weights: {_listed(said)}."
        yield _note(seen, message, "impossible-weight")


def _caged(seen: pl.DataFrame) -> Iterator[Problem]:
    """Say that whole cages may have been treated: then the cage is what is independent."""
    caged = seen.filter(pl.col("cage").is_not_null())
    cages = caged.group_by("cage").agg(
        pl.col("arm").n_unique().alias("arms"), pl.col("animal").n_unique().alias("animals")
    )
    shared = cages.filter(pl.col("animals") > 1)
    if shared.height and (shared.get_column("arms") == 1).all():
        message = (
            f"every cage holds one arm only ({shared.height} cages of several animals), so the "
            "cage is the unit of the tests of growth rate, time to volume and max TVI: means of "
            "cages are compared, or whole cages dealt. Intervals of estimates, tests of numbers "
            'of single animals (test = "welch") and those made as published count animals and '
            "are too sure."
        )
        yield _note(seen, message, "cages-of-one-arm")


def _has_empty(frame: pl.DataFrame, name: str) -> bool:
    return frame.get_column(name).null_count() > 0


def _file(frame: pl.DataFrame) -> str:
    return str(frame.item(0, "file")) if frame.height else ""


def _or(names: Any) -> str:
    return ", ".join(names)


def _more(frame: pl.DataFrame) -> str:
    return f"and {frame.height - 1} more animals" if frame.height > 1 else "this animal only"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _note(frame: pl.DataFrame, message: str, code: str, remedy: str = "") -> Problem:
    return _problem(_file(frame), "", message, remedy, code, severity="note")


def _problem(
    file: str, place: str, message: str, remedy: str, code: str, *, severity: Severity = "error"
) -> Problem:
    return Problem(
        file=file, place=place, message=message, remedy=remedy, code=code, severity=severity
    )
