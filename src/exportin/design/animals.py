"""The list of animals before allocation: volume, weight, cage, and who cannot be allocated."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exportin.tables.cells import read_sheets
from exportin.tables.headed import Headed, number_columns, read_headed
from exportin.tables.names import clean
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, problem_at

NAMES = ("animal", "sample_id", "animal_id", "mouse", "mouse_id", "id")
MM3 = {"mm3": 1.0, "cm3": 1000.0}
NO_TUMOR = "no measurable tumor (take failure)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Animal:
    """One row of the list; `excluded` says why it is not allocated, empty if it is."""

    name: str
    place: str
    volume_mm3: float | None
    weight: float | None
    cage: str
    stratum: str
    model: str
    excluded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimalList:
    """All animals of a file, sorted by name, with what the file is."""

    file: str
    sha256: str
    animals: tuple[Animal, ...]
    has_weight: bool
    unread: tuple[str, ...]
    notes: tuple[Problem, ...]


def read_animals(path: Path, *, unit: str = "", strata: Sequence[str] = ()) -> AnimalList:
    """Read a table with a row per animal.

    Columns: ``animal``; ``volume_mm3``, ``volume_cm3`` or ``volume`` (then `unit` must say which),
    or ``length_mm`` and ``width_mm`` (L W^2 / 2); optional ``weight_g`` or ``weight``, ``cage``,
    ``model``, ``exclude`` (a reason), and the columns of `strata`.

    Raises
    ------
    InputError
        With every row that cannot be used.
    """
    source = Source(name=path.name, data=path.read_bytes())
    book = read_sheets(source)
    sheet = book.sheets[0]
    if sheet.problems:
        raise InputError(sheet.problems)
    top = next((i for i in range(len(sheet.rows)) if not sheet.is_blank(i)), 0)
    table = read_headed(sheet, source.name, top, ragged=True)
    name = table.need(*NAMES)
    volumes, cols, notes = _volumes(table, unit)
    weight = table.find(*_spellings("weight_g"), "weight", "body_weight_g", "body_weight")
    weights: Sequence[float | None] = [None] * len(table.rows)
    if weight is not None:
        found, said = number_columns(table, [weight], "")
        weights, notes = found[weight].values, (*notes, *said)
    cage, model, out = table.find("cage"), table.find("model"), table.find("exclude", "excluded")
    layers = [table.need(one) for one in strata]
    cages, models, reasons = (_words(table, col) for col in (cage, model, out))
    groups = [_words(table, col) for col in layers]
    animals = [
        Animal(
            name=clean(text), place=table.place(i, name), volume_mm3=volumes[i],
            weight=weights[i], cage=cages[i], stratum=" / ".join(g[i] for g in groups),
            model=models[i], excluded=reasons[i],
        )
        for i, text in enumerate(table.texts(name))
    ]  # fmt: skip
    _check(source.name, animals, strata)
    used = [name, *cols, weight, cage, model, out, *layers]
    return AnimalList(
        file=source.name, sha256=source.digest, animals=tuple(sorted(animals, key=_by_name)),
        has_weight=weight is not None, unread=table.others(used), notes=(*book.notes, *notes),
    )  # fmt: skip


def _words(table: Headed, col: int | None) -> list[str]:
    return [clean(text) for text in table.texts(col)]


def _by_name(animal: Animal) -> str:
    return animal.name


def _volumes(
    table: Headed, unit: str
) -> tuple[list[float | None], list[int], tuple[Problem, ...]]:  # fmt: skip
    """Volumes in mm3, the columns they stand in, and what was assumed."""
    for title, factor in (("volume_mm3", 1.0), ("volume_cm3", 1000.0), ("volume", 0.0)):
        col = table.find(*_spellings(title))
        if col is None:
            continue
        if not factor and unit not in MM3:
            message = "the heading names no unit of the volumes."
            remedy = "Write --unit mm3 or --unit cm3, or call the column volume_mm3."
            where = table.sheet.place(table.top, col)
            raise InputError(problem_at(table.file, where, message, remedy, "no-unit"))
        found, notes = number_columns(table, [col], "")
        size = factor or MM3[unit]
        values = [None if v is None else v * size for v in found[col].values]
        _not_negative(table, col, values)
        return values, [col], notes
    length, width = (table.find(*_spellings(t)) for t in ("length_mm", "width_mm"))
    if length is None or width is None:
        known = ", ".join(f"'{title}'" for title in table.titles.values())
        message = f"there is no volume; columns are {known}."
        remedy = "Add volume_mm3, or both length_mm and width_mm."
        raise InputError(
            problem_at(table.file, table.sheet.line(table.top), message, remedy, "no-volume")
        )
    found, notes = number_columns(table, [length, width], "")
    values = _calipers(table, width, found[length].values, found[width].values)
    return values, [length, width], notes


def _spellings(title: str) -> tuple[str, ...]:
    """Usual headings of a column.

    >>> _spellings("volume_mm3")
    ('volume_mm3', 'tumor_volume_mm3', 'volume(mm3)', 'tumor_volume(mm3)')
    """
    word, _, unit = title.partition("_")
    more = (f"{word}({unit})", f"tumor_{word}({unit})") if unit else ()
    return (title, f"tumor_{title}", *more)


def _calipers(
    table: Headed, width: int, long: Sequence[float | None], wide: Sequence[float | None]
) -> list[float | None]:
    problems = [
        problem_at(table.file, table.place(i, width),
                   f"the width ({w:g}) is larger than the length ({el:g}).",
                   "Length is the longest diameter: mend the row.", "width-over-length")
        for i, (el, w) in enumerate(zip(long, wide, strict=True))
        if el is not None and w is not None and w > el
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    values = [
        None if el is None or w is None else el * w * w / 2.0
        for el, w in zip(long, wide, strict=True)
    ]
    _not_negative(table, width, values)
    return values


def _not_negative(table: Headed, col: int, values: Sequence[float | None]) -> None:
    problems = [
        problem_at(table.file, table.place(i, col), f"{v:g} is below zero.",
                   "Write the volume; 0 or an empty cell is an animal without a tumor.",
                   "negative-volume")
        for i, v in enumerate(values) if v is not None and v < 0.0
    ]  # fmt: skip
    if problems:
        raise InputError(problems)


def _check(file: str, animals: Sequence[Animal], strata: Sequence[str]) -> None:
    problems = []
    seen: dict[str, str] = {}
    for one in animals:
        if not one.name:
            message, remedy = "this row has no animal.", "Write its name, or delete the row."
            problems.append(problem_at(file, one.place, message, remedy, "no-animal"))
        elif one.name in seen:
            message = f"animal '{one.name}' stands here for the second time ({seen[one.name]})."
            remedy = "Keep one row per animal."
            problems.append(problem_at(file, one.place, message, remedy, "twin-animal"))
        seen.setdefault(one.name, one.place)
        if strata and not all(one.stratum.split(" / ")):
            message = f"{' or '.join(strata)} of '{one.name}' is empty."
            remedy = "Write it, or leave the column out of --strata."
            problems.append(problem_at(file, one.place, message, remedy, "no-stratum"))
    if problems:
        raise InputError(problems)
