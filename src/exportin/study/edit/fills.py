"""Fills wells of a layout: a dilution series over a rectangle, or a whole plate by a wish."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Literal

from exportin.plates.make_layout import Edge, LayoutWish, make_layout
from exportin.tables.problems import InputError, Problem, nearest, problem_at
from exportin.tables.units import find_unit
from exportin.tables.wells import parse_well, well_name, well_position

WHERE = "dilution series"
WISH = "plate"
Along = Literal["right", "left", "down", "up"]
WAYS = ("right", "left", "down", "up")
FIELDS: dict[str, type | tuple[type, ...]] = {
    "size": int, "drugs": list, "doses": list, "unit": str, "replicates": int, "vehicle": int,
    "blank": int, "edge": str, "randomize": bool, "seed": int,
}  # fmt: skip
LARGEST_SEED = 2**63
Row = dict[str, str]


def fill_series(
    first: str,
    last: str,
    *,
    treatment: str,
    top: float,
    factor: float,
    unit: str,
    along: Along = "right",
    size: int = 96,
) -> list[Row]:
    """Return rows of a layout with a dilution series over a rectangle of wells.

    Parameters
    ----------
    first, last
        Two opposite corners.
    treatment
        The drug.
    top
        Highest dose, in ``unit``; it stands where the series begins.
    factor
        Each step is the one before it divided by this.
    unit
        nM, uM, ng/mL ...
    along
        Where the doses go down: to the right, left, down or up; the other direction is replicates.
    size
        Wells of the plate.

    Raises
    ------
    InputError
        With every problem of the wish.

    >>> rows = fill_series("B2", "B4", treatment="selinexor", top=1000, factor=10, unit="nM")
    >>> [(row["well"], row["dose"]) for row in rows]
    [('B02', '1000'), ('B03', '100'), ('B04', '10')]
    """
    problems = [*_series_faults(treatment, top, factor, unit, along)]
    if problems:
        raise InputError(problems)
    ends = [
        well_position(parse_well(well, file=WHERE, size=size)) or (0, 0) for well in (first, last)
    ]
    lines = range(min(r for r, _ in ends), max(r for r, _ in ends) + 1)
    columns = range(min(c for _, c in ends), max(c for _, c in ends) + 1)
    steps = list(columns) if along in ("right", "left") else list(lines)
    steps = steps[::-1] if along in ("left", "up") else steps
    doses = {step: top / factor**number for number, step in enumerate(steps)}
    if min(doses.values()) < 1e-30:
        message = "the lowest dose is smaller than can be pipetted."
        raise InputError(_problem(WHERE, message, "Take fewer steps.", "absurd-number"))
    return [
        {
            "well": well_name(line, column),
            "role": "treated",
            "treatment": treatment.strip(),
            "dose": _number(doses[column if along in ("right", "left") else line]),
            "dose_unit": unit,
        }
        for line in lines
        for column in columns
    ]


def make_rows(wish: Mapping[str, Any]) -> list[Row]:
    """Return the rows of a whole plate: randomized, or dilution series along the rows.

    ``wish`` holds the fields of `exportin.plates.make_layout.LayoutWish`, ``randomize`` and
    ``seed``.

    Raises
    ------
    InputError
        With every problem of the wish.

    >>> rows = make_rows({"size": 96, "drugs": ["a"], "doses": [10, 100], "randomize": True})
    >>> len(rows), sorted(rows[0])
    (96, ['dose', 'dose_unit', 'role', 'treatment', 'well'])
    """
    problems = [*_wish_faults(wish)]
    if problems:
        raise InputError(problems)
    given = {name: value for name, value in wish.items() if name not in ("randomize", "seed")}
    edge: Edge = given.pop("edge", "empty")
    made = LayoutWish(
        **{**given, "drugs": tuple(d.strip() for d in given["drugs"]),
           "doses": tuple(map(float, given["doses"]))}, edge=edge,
    )  # fmt: skip
    frame = make_layout(
        made, randomize=bool(wish.get("randomize", False)), seed=int(wish.get("seed", 0))
    )
    return [
        {n: _number(v) if isinstance(v, float) else v or "" for n, v in row.items()}
        for row in frame.iter_rows(named=True)
    ]


def _wish_faults(wish: Mapping[str, Any]) -> list[Problem]:
    out = []
    for name, value in wish.items():
        kind = FIELDS.get(name)
        if kind is None:
            remedy = nearest(name, FIELDS)
            out.append(_problem(WISH, f"'{name}' is no wish.", remedy, "layout-wish"))
        elif not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            message = f"'{name}' is {value!r}."
            out.append(_problem(WISH, message, f"Give {kind.__name__}.", "layout-wish"))  # type: ignore[union-attr]
    out += [
        _problem(WISH, f"'{name}' is missing.", "Give it.", "layout-wish")
        for name in ("size", "drugs", "doses")
        if name not in wish
    ]
    if out:
        return out
    if not all(isinstance(one, str) for one in wish["drugs"]):
        out.append(_problem(WISH, "a drug is no text.", "Name each drug.", "layout-wish"))
    if not all(_is_size(one) for one in wish["doses"]):
        out.append(_problem(WISH, "a dose is no number.", "Write numbers.", "layout-wish"))
    if not 0 <= wish.get("seed", 0) < LARGEST_SEED:
        out.append(_problem(WISH, "the seed is below zero.", "Write 0 or more.", "layout-wish"))
    return out


def _series_faults(
    treatment: str, top: float, factor: float, unit: str, along: str
) -> list[Problem]:
    out = []
    if not treatment.strip():
        out.append(_problem(WHERE, "the drug has no name.", "Name it.", "no-treatment"))
    if not _is_size(top) or not 1e-30 <= top <= 1e30:
        message = f"the highest dose {top} cannot be pipetted."
        out.append(_problem(WHERE, message, "Write a number above zero.", "not-number"))
    if not _is_size(factor) or not 1 < factor <= 1e6:
        message = f"the factor {factor} makes no dilution series."
        out.append(_problem(WHERE, message, "Write a number above 1, such as 3.", "not-number"))
    if find_unit(unit) is None:
        remedy = nearest(unit, ("nM", "uM", "mM", "pM", "ng/mL", "ug/mL"))
        out.append(_problem(WHERE, f"the unit '{unit}' is unknown.", remedy, "unknown-unit"))
    if along not in WAYS:
        out.append(_problem(WHERE, f"'{along}' is no way.", nearest(along, WAYS), "along"))
    return out


def _is_size(number: object) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and isfinite(number)


def _number(value: float) -> str:
    """Write a dose as a person would: ten digits are more than can be pipetted."""
    return f"{value:.10g}"


def _problem(file: str, message: str, remedy: str, code: str) -> Problem:
    return problem_at(file, "", message, remedy, code)
