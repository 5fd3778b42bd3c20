"""Means and standard errors of arms as papers draw them, up to the first animal that leaves."""

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.tumor_growth.arm_days import Arm, arms_of
from exportin.assays.tumor_growth.visits import Visits, models
from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.views.growth_means import growth_means_view

SCHEMA = {"panel": pl.String, "group": pl.String, **dict.fromkeys(("x", "y", "low", "high"), float)}
Point = dict[str, Any]
ABOVE = 0.04  # how far above the last bar its sign stands, of the highest bar
ENDS = {"panel": pl.String, "group": pl.String, "x": float, "y": float, "removal": pl.String}


def mean_view(
    seen: Visits,
    doses: pl.DataFrame | None,
    at_risk: pl.DataFrame,
    context: Context,
    arms: Sequence[str],
) -> list[View]:
    """Draw mean and standard error of each arm on the days with all of its animals.

    Parameters
    ----------
    seen
        Visits of the block.
    doses, at_risk
        Rows of dose days, and of the table under the axis, for the figure.
    context
        What the study says.
    arms
        Their order.
    """
    means: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    for model, mine in models(seen):
        last = float(mine.volumes.get_column("day").max() or 0.0)  # type: ignore[arg-type]
        for name, arm in arms_of(mine).items():
            points = arm_means(arm)
            what = {"panel": model, "group": name}
            means += [what | point for point in points]
            if points and points[-1]["x"] < last and len(arm.animals) > 1:
                ends += _end(arm, mine, points[-1], what)
    if not means:
        return []
    highest = max(float(point["high"] or point["y"]) for point in means)
    ends = [end | {"y": end["y"] + ABOVE * highest} for end in ends]
    unit = context.experimental_unit
    return [
        growth_means_view(
            name="mean_growth",
            title="Mean tumor volume, as papers draw it",
            means=pl.DataFrame(means, schema=SCHEMA),
            ends=pl.DataFrame(ends, schema=ENDS),
            doses=doses,
            at_risk=at_risk,
            groups=arms,
            caption=(
                f"Arithmetic means of raw volumes with standard errors (SEM). Each curve ends on "
                f"the last day with every {unit} of its arm; a sign above the end says why the "
                f"first {unit} left. Means after dropout mislead: where {unit}s with large tumors "
                "have been removed, the mean of those left behind is too small, and may fall "
                "while every tumor grows. No number or test of this report rests on these means."
            ),
        )
    ]


def arm_means(arm: Arm) -> list[Point]:
    """Mean and standard error on each day until the first animal of the arm leaves."""
    whole = min(float(arm.day[arm.number == i].max()) for i in range(len(arm.animals)))
    days = [day for day in arm.days if day <= whole]
    volumes = np.column_stack([arm.start, arm.on(days)]) if days else arm.start[:, None]
    out: list[Point] = []
    for day, here in zip([0.0, *days], volumes.T, strict=True):
        if np.isnan(here).any():
            continue  # somebody was not measured: a mean of the others is one of other animals
        mean = float(here.mean())
        error = float(here.std(ddof=1)) / sqrt(here.size) if here.size > 1 else None
        low, high = (None, None) if error is None else (max(mean - error, 0.0), mean + error)
        out.append({"x": day, "y": mean, "low": low, "high": high})
    return out


def _end(arm: Arm, seen: Visits, point: Point, what: dict[str, str]) -> list[dict[str, Any]]:
    """Why the first animals left, at the upper end of the last bar; one sign a reason."""
    lasts = {name: float(arm.day[arm.number == i].max()) for i, name in enumerate(arm.animals)}
    first = [name for name, day in lasts.items() if day == min(lasts.values())]
    about = seen.animals.filter(pl.col("animal").is_in(first)).get_column("removal").to_list()
    reasons = sorted({word or "" for word in about})
    at = point["high"] if point["high"] is not None else point["y"]
    return [what | {"x": point["x"], "y": at, "removal": reason} for reason in reasons]
