"""Which tubes a number was made from: its samples, and the controls of their experiments."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from exportin.events.control_checks import SAMPLES
from exportin.events.experiments import Experiment, experiments
from exportin.results.tables import Estimates, Tests

FIXED = {*Estimates.schema(), *Tests.schema(), "tube", "part"} - {"unit_id"}


def tubes_behind(
    frame: pl.DataFrame,
    row: Mapping[str, Any],
    *,
    limits: Sequence[str],
    of_limits: Sequence[str] = (),
    own: Sequence[str] = (),
) -> tuple[str, ...]:
    """Name the rows behind a row of Estimates or Tests; excluded ones are named too.

    Parameters
    ----------
    frame
        Joined rows.
    row
        What was estimated or tested.
    limits
        Quantities that are of the controls alone.
    of_limits
        Roles of samples that limits rest on as well (the vehicle).
    own
        Quantities that need no limit, and so no control.
    """
    keys = [key for key in row if key in frame.columns and key not in FIXED]
    said = {key: row[key] for key in keys if row[key] is not None}
    groups = {str(row[name]) for name in ("group_a", "group_b") if row.get(name)}
    found: dict[str, None] = {}
    for one in experiments(frame, SAMPLES, (), set()):
        if said.get("unit_id") not in (None, one.unit) or said.get("model") not in (
            None,
            one.model,
        ):
            continue
        mine = _samples(one, said, groups, row.get("tube"))
        if row["quantity"] in limits:
            mine = []
        elif not mine:
            continue
        found |= dict.fromkeys(mine)
        if row["quantity"] in own or row.get("tube") is not None:
            continue
        found |= dict.fromkeys(r["row_id"] for r in one.samples if r["role"] in of_limits)
        found |= dict.fromkeys(r["row_id"] for r in one.controls)
    return tuple(found)


def _samples(
    one: Experiment, said: Mapping[str, Any], groups: set[str], tube: str | None
) -> list[str]:
    """Name the samples of an experiment that carry the keys, or one of the groups compared."""
    kept = [row for row in one.samples if all(row[key] == said[key] for key in said)]
    if tube is not None:
        kept = [row for row in kept if tube in (row["sample_id"], row["row_id"])]
    compared = [row for row in kept if groups & {str(value) for value in row.values()}]
    return [str(row["row_id"]) for row in (compared or kept)]
