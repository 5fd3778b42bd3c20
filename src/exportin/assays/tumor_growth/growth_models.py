"""The mixed model of one tumor model: which visits enter, and when dosing ended."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits
from exportin.contract.assay import Context
from exportin.inference.mixed_growth import GrowthFit, fit_growth


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """Visits of one model that enter the growth model; ``zeros`` were set to ``limit_mm3``."""

    frame: pl.DataFrame
    limit_mm3: float
    zeros: int


def entering(seen: Visits, settings: TumorGrowthSettings) -> Entering:
    """Take the last visit on or before the first dose and all later ones; zeros get a volume.

    A volume of zero has no logarithm. Where it means that no tumor was palpable or that it was
    gone, it enters as the smallest palpable volume, or the smallest volume that was measured if
    that is lower: leaving it out would leave out the best responders.
    """
    asked = ("entering", settings.model_end, settings.palpable_mm3)
    return seen.once(asked, lambda: _entering(seen, settings))


def _entering(seen: Visits, settings: TumorGrowthSettings) -> Entering:
    frame = seen.volumes.sort("arm", "animal", "day")
    before = pl.when(pl.col("day") <= 0).then(pl.col("day")).max().over("animal")
    frame = frame.filter((pl.col("day") > 0) | (pl.col("day") == before))
    if settings.model_end is not None:
        frame = frame.filter(pl.col("day") <= settings.model_end)
    limit = palpable(seen, settings)
    zero = pl.col("volume_mm3") == 0
    zeros = frame.filter(zero).height
    value = pl.when(zero).then(pl.lit(limit)).otherwise(pl.col("volume_mm3"))
    return Entering(
        frame=frame.with_columns(value.alias("entering"), zero.alias("was_zero")),
        limit_mm3=limit,
        zeros=zeros,
    )


def palpable(seen: Visits, settings: TumorGrowthSettings) -> float:
    """Volume that stands for no tumor: the smallest palpable one, or the smallest measured."""
    volumes = seen.volumes.get_column("volume_mm3")
    least = volumes.filter(volumes > 0).min()
    return min(settings.palpable_mm3, least) if isinstance(least, float) else 0.0


def last_doses(model: str, arms: list[str], settings: TumorGrowthSettings) -> dict[str, float]:
    """Day of the last dose of each arm of a model that was dosed after day 0."""
    out: dict[str, float] = {}
    for given in settings.dosing:
        if given.arm in arms and given.model in (None, model) and max(given.days) > 0:
            out[given.arm] = max(out.get(given.arm, 0.0), *given.days)
    return out


def fit_model(
    used: pl.DataFrame, seen: Visits, settings: TumorGrowthSettings, context: Context
) -> GrowthFit:
    """Fit the growth of all arms of one model together; ``used`` has a column ``entering``."""
    arms = used.get_column("arm").unique().sort().to_list()
    control = settings.control if settings.control in arms else arms[0]
    model = str(used.item(0, "model"))
    doses = last_doses(model, arms, settings) if settings.dosing_window == "break" else {}
    cages = dict(seen.animals.select("animal", "cage").drop_nulls().iter_rows())
    names = used.get_column("animal").to_list()
    caged = [cages.get(name) for name in names]
    return fit_growth(
        np.log(used.get_column("entering").to_numpy()),
        used.get_column("day").to_numpy(),
        used.get_column("unit_id").to_list(),
        used.get_column("arm").to_list(),
        control=control,
        cage=None if None in caged else caged,
        last_dose_day=doses or None,
        form="shared_baseline" if settings.baseline == "shared" else "own_baseline",
        baseline_day=float(np.min(used.get_column("day").to_numpy())),
        df="kenward_roger" if settings.degrees_of_freedom == "kenward-roger" else "satterthwaite",
        conf_level=context.conf_level,
    )


def fit_of(seen: Visits, settings: TumorGrowthSettings, context: Context) -> GrowthFit | None:
    """Fit the growth of one model; None where no visit enters."""
    used = entering(seen, settings)
    if used.frame.is_empty():
        return None
    asked = ("fit", settings.model_dump_json(), context.conf_level)
    return seen.once(asked, lambda: fit_model(used.frame, seen, settings, context))
