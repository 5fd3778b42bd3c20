"""Every named measure of efficacy of an arm against its control, on one stated day."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.assays.tumor_growth.arm_days import (
    Arm,
    arms_of,
    complete_days,
    measure_day,
)
from exportin.assays.tumor_growth.growth_models import palpable
from exportin.assays.tumor_growth.kept import Kept
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits
from exportin.contract.assay import Context
from exportin.inference.arm_ratios import (
    Ratio,
    ratio_of_differences,
    ratio_of_geometric_means,
    ratio_of_means,
    ratio_of_medians,
)
from exportin.inference.day_means import mean_interval
from exportin.inference.largest_effect import LargestEffect, largest_effect
from exportin.kernels.arm_volumes import area_under
from exportin.results.quantities import Quantity

Array = NDArray[np.float64]
Row = dict[str, Any]

QUANTITIES = (
    Quantity(
        name="tc_ratio",
        label="T/C (means)",
        estimand="mean volume of the arm over mean volume of the control on the same day, animals "
        "still there",
        scale="ln",
        direction="lower is more effective",
    ),
    Quantity(
        name="tc_median",
        label="T/C (medians)",
        estimand="median volume of the arm over median volume of the control on the same day",
        scale="ln",
        direction="lower is more effective",
    ),
    Quantity(
        name="tvi",
        label="TVI (means)",
        estimand="tumor volume inhibition: 100 % minus T/C of arithmetic means of raw volumes",
        direction="higher is more effective",
    ),
    Quantity(
        name="tvi_geometric",
        label="TVI (geometric means)",
        estimand="tumor volume inhibition by geometric means of raw volumes",
        direction="higher is more effective",
    ),
    Quantity(
        name="tgi_delta",
        label="TGI (delta T / delta C)",
        estimand="100 % minus mean change of the arm over mean change of the control since the "
        "first dose",
        direction="higher is more effective",
    ),
    Quantity(
        name="tgi_rtv",
        label="TGI (relative volumes)",
        estimand="100 % minus the ratio of mean volumes relative to each animal's own first dose",
        direction="higher is more effective",
    ),
    Quantity(
        name="tgi_auc",
        label="TGI (AUC)",
        estimand="100 % minus the ratio of mean areas under the volume curve, first dose to day",
        direction="higher is more effective",
    ),
    Quantity(
        name="tgi_egr",
        label="TGI (eGR)",
        estimand="100 % minus the ratio of mean growth rates by the area under ln volume",
        direction="higher is more effective",
    ),
    Quantity(
        name="max_tvi",
        label="Max TVI",
        estimand="largest tumor volume inhibition (arithmetic means) over the days with every "
        "animal of both arms; its interval and test allow for the choice of the day",
        direction="higher is more effective",
    ),
    Quantity(
        name="max_tvi_null",
        label="Max TVI without effect (95th percentile)",
        estimand="95th percentile of max TVI when the study's own animals are dealt at random",
    ),
    Quantity(
        name="relative_volume",
        label="Relative tumor volume",
        estimand="volume of an animal over its volume at the first dose",
        scale="log10",
        direction="lower is more effective",
    ),
    Quantity(
        name="mean_volume",
        label="Mean volume",
        estimand="arithmetic mean of the volumes of the arm's animals still there on the day of "
        "the measures; the large tumors that left are not in it",
        direction="lower is more effective",
    ),
    Quantity(
        name="animals_alive",
        label="Animals alive",
        estimand="animals of the arm with a volume on the day of the measures",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A treated arm, its control, and what the study says of how they are compared."""

    arm: Arm
    control: Arm
    settings: TumorGrowthSettings
    context: Context
    rng: np.random.Generator
    floor_mm3: float = 0.0


def pair_of(
    arms: dict[str, Arm],
    name: str,
    settings: TumorGrowthSettings,
    context: Context,
    floor_mm3: float = 0.0,
) -> Pair:
    """Return an arm with its control; every pair uses the same chance, whatever its name."""
    return Pair(
        arm=arms[name],
        control=arms[settings.control],
        settings=settings,
        context=context,
        rng=context.rng(),
        floor_mm3=floor_mm3,
    )


def measure_rows(seen: Visits, settings: TumorGrowthSettings, context: Context) -> list[Row]:
    """Rows of Estimates of one model: measures of every arm against the control.

    Parameters
    ----------
    seen
        Visits of one model.
    settings, context
        What the study file says.
    """
    arms = arms_of(seen)
    control = arms.get(settings.control)
    model = str(seen.animals.item(0, "model"))
    counts = seen.animals.group_by("arm").agg(pl.col("n_flagged").sum())
    flagged = dict(counts.iter_rows())
    rows: list[Row] = []
    shared_day = common_day(arms, settings)
    for name in sorted(arms):
        what = {"model": model, "arm": name, "n_flagged": flagged.get(name, 0)}
        own = shared_day if name == settings.control else None
        rows += _single(arms[name], control, settings, what, context, own)
        rows += _relative(arms[name], shared_day, settings, seen)
        if control is not None and name != settings.control:
            rows += _against(pair_of(arms, name, settings, context, palpable(seen, settings)), what)
    shared = {
        "block": context.block,
        "assay": "tumor_growth",
        "experimental_unit": context.experimental_unit,
        "conf_level": context.conf_level,
    }
    return [shared | row for row in rows]


def _single(  # noqa: PLR0917 - what the rows of an arm need
    arm: Arm,
    control: Arm | None,
    settings: TumorGrowthSettings,
    what: Row,
    context: Context,
    day: float | None,
) -> Iterator[Row]:
    """Count the animals that are there on the day of the measures, and average their volumes.

    The control is seen on the earliest day on which an arm is held against it.
    """
    day = measure_day(arm, control or arm, settings) if day is None else day
    if day is None:
        return
    volume = arm.on([day])[:, 0]
    alive = int((~np.isnan(volume)).sum())
    yield what | {
        "quantity": "animals_alive", "day": day, "value": float(alive), "n_units": alive,
        "n_rows": alive, "method": "animals_counted",
    }  # fmt: skip
    here = volume[~np.isnan(volume)]
    found = mean_interval(here, context.conf_level)
    yield what | {
        "quantity": "mean_volume", "day": day, "units": "mm3", "n_units": alive, "n_rows": alive,
        "value": found.mean, "std_error": found.std_error, "df": found.df,
        "conf_low": found.low, "conf_high": found.high,
        "conf_open": "none" if found.low is not None else "both", "interval_level": "between",
        "method": "mean_of_volumes", "status": "ok" if found.low is not None else "too_few",
    }  # fmt: skip


def common_day(arms: dict[str, Arm], settings: TumorGrowthSettings) -> float | None:
    """Day on which relative volumes of all arms of a model are taken: the earliest of the pairs."""
    control = arms.get(settings.control)
    pairs = [(arm, control or arm) for name, arm in arms.items() if name != settings.control]
    days = [measure_day(a, b, settings) for a, b in pairs]
    if not days and control is not None:
        days = [measure_day(control, control, settings)]
    known = [day for day in days if day is not None]
    return min(known) if known and len(known) == len(days) else None


def _relative(
    arm: Arm, day: float | None, settings: TumorGrowthSettings, seen: Visits
) -> Iterator[Row]:
    """Relative volume of each animal on the day of the measures, the same for all arms."""
    if day is None:
        return
    floor = palpable(seen, settings)
    flagged = dict(seen.animals.select("animal", "n_flagged").iter_rows())
    model = seen.animals.item(0, "model")
    now = arm.on([day])[:, 0]
    for animal, unit, volume, start in zip(arm.animals, arm.units, now, arm.start, strict=True):
        usable = volume >= 0 and start > 0
        now_mm3 = max(float(volume), floor) if volume == 0 else float(volume)
        yield {
            "model": model, "arm": arm.name, "unit_id": unit, "day": day, "scale": "log10",
            "quantity": "relative_volume", "value": now_mm3 / float(start) if usable else None,
            "n_units": int(usable), "n_rows": 2, "n_flagged": flagged.get(animal, 0),
            "method": "relative_to_first_dose",
            "status": "ok" if usable else _why_not(volume, start),
        }  # fmt: skip


def _why_not(now: float, start: float) -> str:
    return "too_few" if np.isnan(now) or np.isnan(start) else "not_identifiable"


def _against(pair: Pair, what: Row) -> Iterator[Row]:
    day = measure_day(pair.arm, pair.control, pair.settings)
    if day is None:
        for quantity in ("tc_ratio", "tvi", "max_tvi"):
            yield what | {
                "quantity": quantity, "units": "%", "status": "too_few", "n_units": 0,
                "conf_open": "both", "method": "no_common_day",
            }  # fmt: skip
        return
    for quantity, ratio in _ratios_once(pair, day):
        yield what | {"day": day} | _row(quantity, ratio)
    yield from _largest(pair, what)


def _ratios_once(pair: Pair, day: float) -> list[tuple[str, Ratio]]:
    """Make the ratios of a pair, unless they were just made of the same volumes."""
    volumes = [one.content() for one in (pair.arm, pair.control)]
    asked = (*volumes, day, pair.floor_mm3, pair.settings.draws, pair.context)
    return _RATIOS.of(asked, (), 1, lambda: list(_ratios(pair, day)))


_RATIOS = Kept[list[tuple[str, Ratio]]](most=256)


def _ratios(pair: Pair, day: float) -> Iterator[tuple[str, Ratio]]:
    level = pair.context.conf_level
    of_means = partial(ratio_of_means, conf_level=level, rng=pair.rng, draws=pair.settings.draws)
    arms = (pair.arm, pair.control)
    now = [one.on([day])[:, 0] for one in arms]
    volumes = [_known(v) for v in now]
    means = of_means(*volumes)
    yield "tc_ratio", means
    yield "tvi", means.inhibition()
    yield "tc_median", ratio_of_medians(*volumes, conf_level=level)
    yield "tvi_geometric", ratio_of_geometric_means(*volumes, conf_level=level).inhibition()
    change = [_known(v - one.start) for one, v in zip(arms, now, strict=True)]
    yield "tgi_delta", ratio_of_differences(*change, conf_level=level).inhibition()
    relative = [
        np.divide(v, one.start, out=np.full(v.shape, np.nan), where=one.start > 0)
        for one, v in zip(arms, now, strict=True)
    ]
    yield "tgi_rtv", of_means(*map(_known, relative)).inhibition()
    areas = [_each(one, area_under, day) for one in arms]
    yield "tgi_auc", of_means(*areas).inhibition()
    rates = [_known(one.growth_to(day, pair.floor_mm3)) for one in arms]
    yield "tgi_egr", ratio_of_differences(*rates, conf_level=level).inhibition()


def _each(arm: Arm, number: Callable[..., float], day: float) -> Array:
    """One number of the curve of each animal that was followed from the first dose to the day."""
    return _known(np.array([number(*arm.curve(i), 0.0, day) for i in range(len(arm.animals))]))


def _known(values: Array) -> Array:
    return values[~np.isnan(values)]


def _row(quantity: str, ratio: Ratio) -> Row:
    """One ratio as a row; measures are percent."""
    percent = [None if v is None else 100.0 * v for v in (ratio.value, ratio.low, ratio.high)]
    log = quantity.startswith("tc_")
    return {
        "quantity": quantity,
        "units": "%",
        "scale": "ln" if log else "linear",
        "value": percent[0],
        "std_error": ratio.std_error if log else None,
        "conf_low": percent[1],
        "conf_high": percent[2],
        "conf_open": ratio.conf_open,
        "interval_level": "between",
        "n_units": ratio.n_treated,
        "n_rows": ratio.n_treated + ratio.n_control,
        "df": ratio.df,
        "method": ratio.method,
        "status": ratio.status,
    }


def find_largest(
    pair: Pair, cages: tuple[Sequence[str], Sequence[str]] | None = None
) -> LargestEffect:
    """Largest inhibition over the days with every animal of both; the test deals ``cages``."""
    days = complete_days(pair.arm, pair.control)
    if not days:
        return LargestEffect(status="too_few", message="no day with every animal of both arms")
    treated, control = pair.arm.on(days), pair.control.on(days)
    held = None if cages is None else tuple(tuple(side) for side in cages)
    asked = (pair.context.seed, pair.context.conf_level, pair.settings.draws, held)
    return _LARGEST.of(
        (treated.shape, treated.tobytes(), control.tobytes(), days, *asked), (), 1,
        lambda: largest_effect(
            treated, control, np.array(days), conf_level=pair.context.conf_level, cages=cages,
            rng=pair.context.rng(),  # the same draws as the test of the same question
            draws=pair.settings.draws,
        ),
    )  # fmt: skip


_LARGEST = Kept[LargestEffect](most=256)
"""By the volumes themselves: an exclusion leaves most pairs as they were."""


def _largest(pair: Pair, what: Row) -> Iterator[Row]:
    found = find_largest(pair)
    both = {
        "units": "%",
        "interval_level": "between",
        "n_units": found.n_treated,
        "n_rows": found.n_treated + found.n_control,
    }
    sides = {(False, False): "none", (True, False): "low", (False, True): "high"}
    yield what | both | {
        "quantity": "max_tvi",
        "day": found.day,
        "value": None if found.value is None else 100.0 * found.value,
        "conf_low": None if found.low is None else 100.0 * found.low,
        "conf_high": None if found.high is None else 100.0 * found.high,
        "conf_open": sides.get((found.low is None, found.high is None), "both"),
        "method": "largest_inhibition_over_days",
        "status": found.status,
    }  # fmt: skip
    if found.null_95 is not None:
        yield what | both | {
            "quantity": "max_tvi_null",
            "value": 100.0 * found.null_95,
            "method": "animals_dealt_at_random",
        }  # fmt: skip
