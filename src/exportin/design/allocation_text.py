"""What the terminal says of an allocation."""

from pathlib import Path
from typing import Any

from exportin.design.allocating import Allocation, balance_rows, imbalances, least_p
from exportin.design.allocation_files import SEALED
from exportin.design.text_tables import number, percent, say, say_table

ALPHA = 0.05


def print_allocation(made: Allocation, folder: Path) -> None:
    """Print who was left out, the balance, what was drawn, and what a test can reach."""
    _print_animals(made)
    say()
    _print_balance(made)
    say()
    _print_draws(made)
    _print_tests(made)
    say()
    say(f"{folder}: design.csv, bench_codes.csv, {SEALED}, balance.csv, excluded.csv, "
        "allocation.json.")  # fmt: skip
    say(f"Those who measure get bench_codes.csv only; {SEALED} and design.csv tell the arms.")


def _print_animals(made: Allocation) -> None:
    found = made.entering
    failures = found.listed - found.with_tumor
    say(f"{found.listed} animals listed; tumor in {found.with_tumor} "
        f"(take rate {percent(found.with_tumor / found.listed)}, {failures} failed).")  # fmt: skip
    if found.excluded:
        say(f"{len(found.excluded)} excluded before allocation, none after:")
        for animal in found.excluded:
            say(f"  {animal.name}: {animal.excluded}")
    for problem in made.animals.notes:
        say(f"note: {problem}")
    if made.animals.unread:
        say(f"note: columns not used: {', '.join(made.animals.unread)}.")
    _print_cages(made)


def _print_cages(made: Allocation) -> None:
    arms: dict[str, set[int]] = {}
    for unit, arm in zip(made.entering.units, made.arm, strict=True):
        for animal in unit.animals:
            arms.setdefault(animal.cage, set()).add(int(arm))
    arms.pop("", None)
    if made.wish.by == "animal" and any(len(found) > 1 for found in arms.values()):
        mixed = sum(len(found) > 1 for found in arms.values())
        say(f"note: {mixed} of {len(arms)} cages hold several arms: dose animal by animal. Where "
            "whole cages are treated, write --by cage.")  # fmt: skip


def _print_balance(made: Allocation) -> None:
    rows = balance_rows(made)
    header = ["arm", "animals", *(["cages"] if made.wish.by == "cage" else []),
              "geo. mean mm3", "mean ln V", "SD ln V"]  # fmt: skip
    weights = made.animals.has_weight
    header += ["mean weight", "SD weight"] if weights else []
    say_table(header, [_balance_cells(row, made.wish.by, weights=weights) for row in rows])
    found = imbalances(made)
    parts = [f"{name} {found[f'max_smd_{name}']:.3f}" for name in made.covariates]
    say(f"Largest difference of two arms' means, in SD: {', '.join(parts)}; Mahalanobis "
        f"{found['mahalanobis']:.3g}.")  # fmt: skip
    say("No p values: arms drawn by lot differ by chance, and the analysis takes volume at the "
        "start into account.")  # fmt: skip


def _balance_cells(row: dict[str, Any], by: str, *, weights: bool) -> list[str]:
    cells = [row["arm"], str(row["animals"]), *([str(row["units"])] if by == "cage" else [])]
    cells += [number(row["mean_volume_mm3"]), f"{row['mean_ln_volume']:.3f}",
              number(row["sd_ln_volume"])]  # fmt: skip
    return cells + ([number(row["mean_weight"]), number(row["sd_weight"])] if weights else [])


def _print_draws(made: Allocation) -> None:
    wish, how = made.wish, made.how
    what = "cages" if wish.by == "cage" else "animals"
    strata = f" within {' and '.join(wish.strata)}" if wish.strata else ""
    if how.criterion == "none":
        size = int(how.table.sum(axis=1).max())
        kind = f"shuffled within blocks of {size} {what} of similar volume"
        kind = kind if wish.method == "blocked" else f"{what} shuffled"
        say(f"Method: {kind}{strata}; one draw, seed {wish.seed}.")
        return
    say(f"Method: {what} shuffled{strata}, drawn anew until {how.criterion} was at most "
        f"{how.bound:.3g}: draw {made.drawn.draws}, {made.drawn.rejected.size} rejected, seed "
        f"{wish.seed}.")  # fmt: skip
    middle, high = made.unrestricted
    say(f"{how.criterion} without the bound: median {middle:.3g}, 95 % below {high:.3g}; this "
        f"allocation {made.drawn.imbalance:.3g}.")  # fmt: skip


def _print_tests(made: Allocation) -> None:
    """Say what the re-randomization test of each arm can reach."""
    for arm, ways, least in zip(made.wish.arms[1:], made.ways, least_p(made), strict=True):
        against = f"{arm} vs {made.wish.arms[0]}"
        if ways is None or least is None:
            say(f"{against}: too many allocations to be counted; a re-randomization p is drawn.")
            continue
        low = f"no p of a re-randomization test can be below {least:.2g}"
        say(f"{against}: {ways} allocations within the bound, {low}.")
        if least > ALPHA:
            say(f"note: {against} can never reach {ALPHA:g} in that test; with more animals or a "
                "wider bound it can.")  # fmt: skip
