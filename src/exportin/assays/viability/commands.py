"""``exportin viability layout``: a layout to pipette and to put into a study."""

import sys
from pathlib import Path

from exportin.contract.command import Command
from exportin.tables.problems import InputError, Problem


def layout(
    *,
    out: Path = Path("layout.csv"),
    plate: int = 384,
    drugs: str = "",
    doses: str = "",
    unit: str = "nM",
    replicates: int = 3,
    vehicle: int = 16,
    blanks: int = 8,
    edge: str = "empty",
    randomize: bool = False,
    seed: int = 1,
) -> None:
    """Write a layout: drugs and doses with commas; edge is empty, vehicle or use."""
    from exportin.plates.make_layout import EDGES, LayoutWish, layout_csv, make_layout
    from exportin.tables.problems import nearest

    if out.exists():
        message, remedy = "the file exists and is not written over.", "Choose another name."
        raise InputError([_problem(str(out), message, remedy)])
    if edge not in EDGES:
        raise InputError([_problem("--edge", f"'{edge}' is unknown.", nearest(edge, EDGES))])
    wish = LayoutWish(
        size=plate,
        drugs=tuple(_listed(drugs)),
        doses=tuple(_number(text) for text in _listed(doses)),
        unit=unit,
        replicates=replicates,
        vehicle=vehicle,
        blank=blanks,
        edge=edge,  # type: ignore[arg-type]  # checked above
    )
    if seed < 0:
        raise InputError([_problem("--seed", f"{seed} is below zero.", "Write 0 or more.")])
    made = make_layout(wish, randomize=randomize, seed=seed)
    try:
        out.write_bytes(layout_csv(made))
    except OSError as error:
        remedy = "Choose a folder that exists and can be written."
        raise InputError([_problem(str(out), f"{error.strerror}.", remedy)]) from None
    roles = made.get_column("role").value_counts(sort=True).rows()
    counts = ", ".join(f"{count} {role}" for role, count in roles)
    kind = f"randomized, seed {seed}" if randomize else "dilution series along rows"
    sys.stdout.write(f"{out}: {counts}; {kind}.\n")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not 0 < found < float("inf"):
        remedy = "Write doses above zero with commas: 1000,100,10."
        raise InputError([_problem("--doses", f"'{text}' is no dose.", remedy)])
    return found


def _problem(place: str, message: str, remedy: str) -> Problem:
    return Problem(file=place, place="", message=message, remedy=remedy, code="layout-command")


COMMANDS = (
    Command(name="layout", summary="Write a plate layout, randomized or in series.", run=layout),
)
