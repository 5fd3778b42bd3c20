"""Makes layouts: randomized, or dilution series along the rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.units import find_unit
from exportin.tables.wells import PLATES, well_name

Edge = Literal["empty", "vehicle", "use"]
EDGES = ("empty", "vehicle", "use")
Place = tuple[int, int]
MIN_VEHICLE = 8  # fewer vehicle wells than outlying ones are looked for in are too few to judge
COLUMNS = ("well", "role", "treatment", "dose", "dose_unit")
Content = tuple[str, str | None, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutWish:
    """What a plate shall hold.

    Parameters
    ----------
    size
        Wells of the plate: 6, 12, 24, 48, 96, 384 or 1536.
    drugs
        Names; each at every dose.
    doses
        Above zero, in `unit`, no dose twice.
    unit
        nM, uM, ng/mL ...
    replicates
        Wells per drug and dose.
    vehicle, blank
        Wells with vehicle and with medium only; in a dilution series the wells left over become
        vehicle as well.
    edge
        What the outer ring holds: medium (`empty`, its first wells being the blanks), `vehicle`,
        or wells like all others (`use`).
    """

    size: int
    drugs: tuple[str, ...]
    doses: tuple[float, ...]
    unit: str = "nM"
    replicates: int = 3
    vehicle: int = 16
    blank: int = 8
    edge: Edge = "empty"


def make_layout(wish: LayoutWish, *, randomize: bool, seed: int = 0) -> pl.DataFrame:
    """Lay out a plate: ``well, role, treatment, dose, dose_unit``, a row per well.

    Randomized: every drug and dose anywhere inside, vehicle wells spread evenly over rows and
    columns; position and dose are then independent, and a gradient shows as such. Dilution
    series: the doses of one drug beside each other in a row, highest first; quick to pipette,
    but a column trend and a dose effect look alike.

    Parameters
    ----------
    wish
        What the plate shall hold.
    randomize
        Randomized, or dilution series.
    seed
        The same seed gives the same layout.

    Raises
    ------
    InputError
        With every problem of the wish: what it asks for and what would fit.

    Examples
    --------
    >>> wish = LayoutWish(size=96, drugs=("a",), doses=(1.0, 10.0, 100.0), vehicle=8, blank=4)
    >>> plate = make_layout(wish, randomize=True, seed=1)
    >>> plate.get_column("role").value_counts(sort=True).rows()[0]
    ('empty', 75)
    """
    problems = [*check_wish(wish)]
    if problems:
        raise InputError(problems)
    rows, columns = PLATES[wish.size]
    inside, ring = _areas(rows, columns, wish.edge)
    content: dict[Place, Content] = {}
    blanks = ring[: wish.blank] if wish.edge == "empty" else []
    content |= dict.fromkeys(ring, ("vehicle" if wish.edge == "vehicle" else "empty", None, None))
    content |= dict.fromkeys(blanks, ("blank", None, None))
    rng = np.random.default_rng(seed)
    here = wish.blank - len(blanks)
    content |= _randomized(wish, inside, here, rng) if randomize else _dilutions(wish, inside, here)
    return _table(content, wish.unit)


def check_wish(wish: LayoutWish) -> Iterator[Problem]:
    """Give every reason why a wish cannot be met."""
    if wish.size not in PLATES:
        sizes = ", ".join(map(str, PLATES))
        yield _problem("plate", f"no plate has {wish.size} wells.", f"Choose one of {sizes}.")
        return
    if wish.edge not in EDGES:
        yield _problem("edge", f"'{wish.edge}' is unknown.", nearest(wish.edge, EDGES))
        return
    yield from _check_names(wish)
    if wish.replicates < 1 or wish.blank < 0 or wish.vehicle < MIN_VEHICLE:
        message = (
            f"replicates {wish.replicates}, vehicle {wish.vehicle} and blanks {wish.blank} "
            "cannot be laid out."
        )
        remedy = f"Take 1 replicate or more and {MIN_VEHICLE} vehicle wells or more."
        yield _problem("replicates", message, remedy)
        return
    rows, columns = PLATES[wish.size]
    inside, ring = _areas(rows, columns, wish.edge)
    blank = max(wish.blank - (len(ring) if wish.edge == "empty" else 0), 0)
    treated = len(wish.drugs) * len(wish.doses) * wish.replicates
    wanted = treated + wish.vehicle + (blank if wish.edge == "empty" else wish.blank)
    if wanted > len(inside):
        message = (
            f"{treated} treated, {wish.vehicle} vehicle and {wish.blank} blank wells do not fit "
            f"into the {len(inside)} wells that edge '{wish.edge}' leaves of {wish.size}."
        )
        yield _problem(
            "plate", message, "Take fewer drugs, doses or replicates, or a larger plate."
        )


def _check_names(wish: LayoutWish) -> Iterator[Problem]:
    if not wish.drugs or not wish.doses:
        message = "a layout needs at least one drug and one dose."
        yield _problem("drugs", message, "Write drugs and doses with commas: a,b and 1000,100,10.")
    if len(set(wish.drugs)) < len(wish.drugs) or not all(wish.drugs):
        yield _problem("drugs", "a drug is named twice, or has no name.", "Name each drug once.")
    if len(set(wish.doses)) < len(wish.doses) or any(dose <= 0 for dose in wish.doses):
        message = "a dose stands twice, or is not above zero."
        yield _problem("doses", message, "Write each dose once; vehicle wells come by themselves.")
    if find_unit(wish.unit) is None:
        remedy = nearest(wish.unit, ("nM", "uM", "mM", "pM", "ng/mL", "ug/mL"))
        yield _problem("unit", f"the unit '{wish.unit}' is unknown.", remedy)


def _areas(rows: int, columns: int, edge: str) -> tuple[list[Place], list[Place]]:
    """Wells for drugs and controls, row by row; and the outer ring if it is kept apart."""
    wells = [(row, column) for row in range(rows) for column in range(columns)]
    if edge == "use":
        return wells, []
    ends = ({0, rows - 1}, {0, columns - 1})
    ring = [(row, column) for row, column in wells if row in ends[0] or column in ends[1]]
    return [well for well in wells if well not in set(ring)], ring


def _randomized(
    wish: LayoutWish, inside: Sequence[Place], blank: int, rng: np.random.Generator
) -> dict[Place, Content]:
    free = list(inside)
    out: dict[Place, Content] = {}
    for role, count in (("vehicle", wish.vehicle), ("blank", blank)):
        chosen = _spread(free, count, rng)
        out |= dict.fromkeys(chosen, (role, None, None))
        free = [place for place in free if place not in out]
    series = [
        (drug, dose) for drug in wish.drugs for dose in wish.doses for _ in range(wish.replicates)
    ]
    order = rng.permutation(len(free))
    for at, (drug, dose) in zip(order, series, strict=False):
        out[free[int(at)]] = ("treated", drug, dose)
    return {place: out.get(place, ("empty", None, None)) for place in inside}


def _spread(free: Sequence[Place], count: int, rng: np.random.Generator) -> list[Place]:
    """Choose wells so that rows and columns get equally many, as far as that goes."""
    rows: dict[int, int] = {}
    columns: dict[int, int] = {}
    chosen: list[Place] = []
    left = list(free)
    for _ in range(count):
        chance = rng.random(len(left))
        used = [rows.get(r, 0) + columns.get(c, 0) for r, c in left]
        place = left.pop(min(range(len(left)), key=lambda i, u=used, p=chance: (u[i], p[i])))  # type: ignore[misc]
        rows[place[0]] = rows.get(place[0], 0) + 1
        columns[place[1]] = columns.get(place[1], 0) + 1
        chosen.append(place)
    return chosen


def _dilutions(wish: LayoutWish, inside: Sequence[Place], blank: int) -> dict[Place, Content]:
    """First column vehicle, then series side by side; what is left over is vehicle."""
    columns = sorted({column for _, column in inside})
    rows = sorted({row for row, _ in inside})
    doses = sorted(wish.doses, reverse=True)
    beside = (len(columns) - 1) // len(doses)
    slots = [(row, k) for k in range(beside) for row in rows]
    series = [drug for drug in wish.drugs for _ in range(wish.replicates)]
    if len(series) > len(slots):
        message = (
            f"{len(series)} series of {len(doses)} doses do not fit: {len(rows)} rows of "
            f"{len(columns)} wells hold {len(slots)} beside a column of vehicle."
        )
        raise InputError([_problem("plate", message, "Take fewer series, or a larger plate.")])
    out: dict[Place, Content] = dict.fromkeys(inside, ("vehicle", None, None))
    for drug, (row, k) in zip(series, slots, strict=False):
        for at, dose in enumerate(doses):
            out[(row, columns[1 + k * len(doses) + at])] = ("treated", drug, dose)
    spare = [p for p in reversed(inside) if out[p][0] == "vehicle" and p[1] != columns[0]]
    if len(spare) < blank:
        message = f"no room is left for {blank} blank wells."
        raise InputError([_problem("plate", message, "Take fewer blanks, or edge 'empty'.")])
    return out | dict.fromkeys(spare[:blank], ("blank", None, None))


def _table(content: dict[Place, Content], unit: str) -> pl.DataFrame:
    rows = [
        (well_name(*place), role, drug, dose, unit if dose is not None else None)
        for place, (role, drug, dose) in sorted(content.items())
    ]
    schema = dict.fromkeys(COLUMNS, pl.String) | {"dose": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def layout_csv(plate: pl.DataFrame) -> bytes:
    """Write a layout as the layout reader reads it."""
    return plate.write_csv(float_precision=None).encode()


def _problem(place: str, message: str, remedy: str) -> Problem:
    return Problem(
        file="layout", place=f"--{place}", message=message, remedy=remedy, code="layout-wish"
    )
