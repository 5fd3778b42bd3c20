"""Which visits a number was made from: of its arm, of the control, on which days."""

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from exportin.assays.tumor_growth.curve_rows import QUANTITIES as CURVES
from exportin.assays.tumor_growth.curve_rows import windowed
from exportin.assays.tumor_growth.growth_models import entering
from exportin.assays.tumor_growth.growth_rows import QUANTITIES as GROWTH
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.time_quantities import QUANTITIES as TIMES
from exportin.assays.tumor_growth.visits import Visits, measured, models, visits
from exportin.assays.tumor_growth.weight_rows import QUANTITIES as WEIGHT
from exportin.results.tables import Flags
from exportin.tables.kinds import TumorLog

OF_GROWTH = frozenset(one.name for one in GROWTH)
OF_CURVES = frozenset(one.name for one in CURVES)
OF_WEIGHT = frozenset(one.name for one in WEIGHT)
OF_TIMES = frozenset(one.name for one in TIMES)
ON_A_DAY = frozenset(
    ("tc_ratio", "tc_median", "tvi", "tvi_geometric", "animals_alive", "mean_volume")
)
FROM_START = frozenset(("tgi_delta", "tgi_rtv", "relative_volume"))
UP_TO_A_DAY = frozenset(("tgi_auc", "tgi_egr"))
AGAINST_CONTROL = frozenset((
    "tgi_rate", "tc_ratio", "tc_median", "tvi", "tvi_geometric", "tgi_delta", "tgi_rtv", "tgi_auc",
    "tgi_egr", "max_tvi", "max_tvi_null", "growth_delay", "growth_delay_ratio",
    "specific_growth_delay", "log_cell_kill",
))  # fmt: skip
TESTED_ON = re.compile(r"raw volumes on day (-?[\d.]+)")


def behind(
    rows: TumorLog, flags: Flags, row: Mapping[str, Any], settings: TumorGrowthSettings
) -> tuple[str, ...]:
    """Name the rows of the file that a number or a test rests on.

    Numbers against the control rest on the visits of both arms. Rows that a person excluded are
    named with the visits of their animal, so that ``why`` says that they were left out.

    Parameters
    ----------
    rows, flags
        Joined rows and all flags of the block.
    row
        A row of Estimates or of Tests.
    settings
        What the study file says.
    """
    about = _about(row, settings)
    used = [
        part
        for name, seen in models(visits(rows, flags, settings))
        if row.get("model") in (None, name) and (part := _used(seen, row, settings)).height
    ]
    if not used:
        return ()
    size = pl.coalesce("volume_mm3", "above_mm3")  # bounds are in times only, by `_used`
    size = pl.col("weight_g") if row["quantity"] in OF_WEIGHT else size
    whole = measured(rows.frame, settings).filter(size.is_not_null())
    mine = pl.concat(used).filter(*about).select("animal", "day").unique()
    out = pl.col("row_id").is_in(sorted(flags.excluded()))
    kept = whole.filter(~out).join(mine, on=["animal", "day"], how="semi", maintain_order="left")
    gone = whole.filter(out, *about)
    if row.get("model") is not None:
        gone = gone.filter(pl.col("model") == row["model"])
    named = pl.concat([kept, gone]).sort("animal", "day", "row_id")
    return tuple(named.get_column("row_id"))


def _about(row: Mapping[str, Any], settings: TumorGrowthSettings) -> list[pl.Expr]:
    """Arms that a number is of, and the animal if it is of one."""
    arms = {row.get("arm"), row.get("group_a"), row.get("group_b")} - {None, ""}
    if row["quantity"] in AGAINST_CONTROL:
        arms.add(settings.control)
    said = [pl.col("arm").is_in(sorted(arms))] if arms else []
    unit = row.get("unit_id")
    return said if unit is None else [*said, pl.col("unit_id") == unit]


def _used(seen: Visits, row: Mapping[str, Any], settings: TumorGrowthSettings) -> pl.DataFrame:
    """Visits of one model that enter a number: ``animal, unit_id, arm, day``."""
    quantity, day = row["quantity"], row.get("day")
    tested = TESTED_ON.search(row.get("test") or "")
    if quantity in OF_WEIGHT:
        frame = seen.weights
    elif tested is not None:
        frame = _on(seen.volumes, _nearest(seen.volumes, float(tested[1])))
    elif quantity in OF_CURVES:
        model = str(seen.animals.item(0, "model"))
        frame = windowed(entering(seen, settings).frame, model, settings)
    elif quantity in OF_GROWTH:
        frame = entering(seen, settings).frame
    elif day is not None and quantity in ON_A_DAY:
        frame = _on(seen.volumes, day)
    elif day is not None and quantity in FROM_START:
        first = seen.volumes.filter(pl.col("day") <= 0)
        first = first.filter(pl.col("day") == pl.col("day").max().over("animal"))
        frame = pl.concat([_on(seen.volumes, day), first]).unique(maintain_order=True)
    elif day is not None and quantity in UP_TO_A_DAY:
        frame = _followed(seen.volumes).filter(pl.col("day") <= _next(day))
    else:
        frame = _followed(seen.reached() if quantity in OF_TIMES else seen.volumes)
    return frame.select("animal", "unit_id", "arm", "day")


def _nearest(volumes: pl.DataFrame, written: float) -> float:
    """Day of a visit that a rounded day in a text stands for."""
    days = volumes.get_column("day").unique().to_list()
    return min(days, key=lambda day: abs(float(day) - written), default=written)


def _followed(volumes: pl.DataFrame) -> pl.DataFrame:
    """Visits from the last one on or before the first dose on."""
    start = pl.when(pl.col("day") <= 0).then(pl.col("day")).max().over("animal")
    return volumes.filter((pl.col("day") > 0) | (pl.col("day") == start))


def _next(day: float) -> pl.Expr:
    """Day of the first visit of the animal on or after a day."""
    return pl.when(pl.col("day") >= day).then(pl.col("day")).min().over("animal")


def _on(volumes: pl.DataFrame, day: float) -> pl.DataFrame:
    """Visits on a day; of an animal not seen on it the visits before and after."""
    before = pl.when(pl.col("day") <= day).then(pl.col("day")).max().over("animal")
    there = before.is_not_null() & _next(day).is_not_null()
    return volumes.filter(there & pl.col("day").is_between(before, _next(day)))
