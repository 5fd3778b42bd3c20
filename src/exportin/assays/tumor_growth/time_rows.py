"""When tumors reached a volume: each animal's time, medians, growth delay, survival curves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log10
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits
from exportin.contract.assay import Context
from exportin.inference.between import open_side
from exportin.inference.survival_delay import GrowthDelay, growth_delay, specific_growth_delay
from exportin.kernels.survival_competing import cumulative_incidence
from exportin.kernels.survival_crossing import CrossingStatus, crossings
from exportin.kernels.survival_km import KaplanMeier, SurvivalQuantile, kaplan_meier, median
from exportin.kernels.survival_rmst import RmstStatus, rmst
from exportin.kernels.survival_turnbull import turnbull, turnbull_median
from exportin.results.schema import result_id

Row = dict[str, Any]
Array = NDArray[np.float64]
DEATH = 2
CODES = {"toxicity": DEATH, "found_dead": DEATH}
LOG10_KILL = log10(2)
"""One doubling time of delay is one halving of the cells: log10 2 (the 1 / 3.32 of the NCI)."""
METHODS_OF = {"interpolated": "crossing_interpolated", "first_visit": "crossing_first_visit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Time to the threshold of each animal of one model, in the order of ``frame``.

    ``frame``: animal, unit_id, model, arm, time, event, code, known (false: starts above the
    threshold, or was never measured), n_rows, n_flagged; ``other`` is the time by the other rule.
    """

    frame: pl.DataFrame

    def arm(self, name: str, column: str = "time") -> tuple[Array, NDArray[np.bool_]]:
        """Return times and events of the animals of an arm that have a time."""
        mine = (self.frame.get_column("arm") == name) & self.frame.get_column("known")
        return (
            self.frame.get_column(column).filter(mine).to_numpy().astype(np.float64),
            self.frame.get_column("event").filter(mine).to_numpy().astype(bool),
        )


def times_of(seen: Visits, settings: TumorGrowthSettings) -> Times:
    """Find when each animal of one model reached the threshold, by both rules."""
    asked = ("times", settings.threshold_mm3, settings.time_rule)
    return seen.once(asked, lambda: _times(seen, settings))


def _times(seen: Visits, settings: TumorGrowthSettings) -> Times:
    animals = seen.animals.sort("arm", "animal")
    names = animals.get_column("animal").to_list()
    place = {name: i for i, name in enumerate(names)}
    visits = (
        seen.reached()
        .with_columns(pl.col("animal").replace_strict(place, return_dtype=pl.Int64).alias("place"))
        .sort("place", "day")
    )
    start = pl.when(pl.col("day") <= 0).then(pl.col("day")).max().over("place")
    visits = visits.filter((pl.col("day") > 0) | (pl.col("day") == start))
    counts = np.bincount(visits.get_column("place").to_numpy(), minlength=len(names))
    found = crossings(
        visits.get_column("day").to_numpy().astype(np.float64),
        visits.get_column("volume_mm3").to_numpy().astype(np.float64),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.full(len(names), settings.threshold_mm3),
        removal=_codes(animals),
    )
    rules = {"interpolated": found.interpolated, "first_visit": found.first_visit}
    other = "first_visit" if settings.time_rule == "interpolated" else "interpolated"
    early = rules[settings.time_rule] <= 0.0  # crossed between the last visit before dosing and it
    return Times(
        frame=animals.select("animal", "unit_id", "model", "arm", "n_rows", "n_flagged")
        .with_columns(
            pl.Series("time", rules[settings.time_rule]),
            pl.Series("other", rules[other]),
            pl.Series("left", found.left),
            pl.Series("right", found.right),
            pl.Series("event", found.event),
            pl.Series("code", found.code),
            pl.Series("known", found.known & np.isfinite(found.first_visit) & ~early),
            pl.Series("above", (found.status == CrossingStatus.STARTS_ABOVE) | early),
        )
        .with_columns(pl.col("time", "other").fill_nan(None))
    )


def _codes(animals: pl.DataFrame) -> NDArray[np.int64]:
    said = animals.get_column("removal").to_list()
    return np.array([CODES.get(word or "", 0) for word in said], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Rows of Estimates and points of Series of one model."""

    rows: list[Row]
    series: list[Row]


def timing(
    seen: Visits,
    settings: TumorGrowthSettings,
    context: Context,
    doubling: Mapping[str, Row],
) -> Timing:
    """Write times of one model; ``doubling`` are the rows of doubling times by arm."""
    times = times_of(seen, settings)
    model = str(seen.animals.item(0, "model"))
    head = {
        "block": context.block,
        "assay": "tumor_growth",
        "experimental_unit": context.experimental_unit,
        "conf_level": context.conf_level,
        "model": model,
    }
    rows: list[Row] = list(_animals(times, settings))
    series: list[Row] = []
    flagged = times.frame.group_by("arm").agg(pl.col("n_flagged").sum()).sort("arm")
    curves: dict[str, KaplanMeier] = {}
    for arm, gone in flagged.iter_rows():
        what = {"arm": arm, "n_flagged": gone}
        if not times.arm(arm)[0].size:
            rows.append(what | _nothing("time_to_volume"))
            continue
        curves[arm] = kaplan_meier(*times.arm(arm), conf_level=context.conf_level)
        rows += [what | row for row in _medians(times, arm, curves[arm], context)]
        rows += [what | row for row in _between(times, arm)]
        rows += [what | row for row in _deaths(times, arm, context)]
        series += _steps(curves[arm], model, arm, context)
    rows += _delays(times, settings, context, doubling)
    rows += _means(curves, context)
    return Timing(rows=[head | row for row in rows], series=series)


def _animals(times: Times, settings: TumorGrowthSettings) -> Iterator[Row]:
    for one in times.frame.iter_rows(named=True):
        status = "ok" if one["event"] else "at_bound"
        if not one["known"]:
            status = "not_identifiable" if one["above"] else "too_few"
        if not one["known"] and one["n_rows"] == 0 and one["n_flagged"]:
            status = "all_flagged"
        yield {
            "arm": one["arm"],
            "unit_id": one["unit_id"],
            "quantity": "time_to_volume",
            "units": "d",
            "scale": "log10",
            "value": one["time"] if one["known"] else None,
            "bound": ">" if one["known"] and not one["event"] else "=",
            "n_units": int(one["known"]),
            "n_rows": one["n_rows"],
            "n_flagged": one["n_flagged"],
            "method": METHODS_OF[settings.time_rule],
            "status": status,
        }


def _nothing(quantity: str) -> Row:
    return {"quantity": quantity, "units": "d", "scale": "log10", "conf_open": "both",
            "n_units": 0, "n_rows": 0, "method": "kaplan_meier", "status": "too_few"}  # fmt: skip


def _medians(times: Times, arm: str, curve: KaplanMeier, context: Context) -> Iterator[Row]:
    other = kaplan_meier(*times.arm(arm, "other"), conf_level=context.conf_level)
    for quantity, found in (
        ("time_to_volume", median(curve)),
        ("time_to_volume_other_rule", median(other)),
    ):
        yield {"quantity": quantity, "scale": "log10", "n_units": curve.n, "n_rows": curve.n,
               "method": "kaplan_meier"} | _quantile(found, curve.n)  # fmt: skip


def _quantile(found: SurvivalQuantile, n: int) -> Row:
    """Write a median: a bound where half of the animals never reached the volume."""
    low, high = (None, None) if n < 2 else (found.low, found.high)
    reached = found.bound == "="
    return {
        "units": "d",
        "value": found.value if found.value > 0 else None,
        "bound": found.bound,
        "conf_low": low,
        "conf_high": high if reached else None,
        "conf_open": open_side(low, high if reached else None),
        "interval_level": "between",
        "status": "at_bound" if not reached else "too_few" if n < 2 else "ok",
    }


def _between(times: Times, arm: str) -> Iterator[Row]:
    """Give the range of the median by the visits alone: nobody sees the day itself."""
    mine = times.frame.filter((pl.col("arm") == arm) & pl.col("known"))
    left = np.maximum(mine.get_column("left").to_numpy().astype(np.float64), 0.0)
    found = turnbull(left, mine.get_column("right").to_numpy().astype(np.float64))
    low, high = turnbull_median(found)
    reached = np.isfinite(high)
    yield {
        "quantity": "time_to_volume_between",
        "units": "d",
        "value": (low + high) / 2 if reached else low if low > 0 else None,
        "bound": "=" if reached else ">",
        "model_low": low if reached else None,
        "model_high": high if reached else None,
        "conf_open": "both",
        "n_units": mine.height,
        "n_rows": mine.height,
        "method": "turnbull",
        "status": "not_identifiable"
        if not reached and low <= 0
        else "ok"
        if reached
        else "at_bound",
    }


def _deaths(times: Times, arm: str, context: Context) -> Iterator[Row]:
    """Cumulative incidence of death before the volume, where there was one."""
    mine = times.frame.filter((pl.col("arm") == arm) & pl.col("known"))
    code = mine.get_column("code").to_numpy()
    if not (code == DEATH).any():
        return
    time = mine.get_column("time").to_numpy().astype(np.float64)
    found = cumulative_incidence(
        time, code.astype(np.int64), conf_type="log-log", conf_level=context.conf_level
    )
    at = found.causes.index(DEATH)
    ends = [float(part[at, -1]) for part in (found.incidence, found.low, found.high)]
    known = [100.0 * v if np.isfinite(v) else None for v in ends]
    yield {
        "quantity": "toxic_death",
        "units": "%",
        "value": known[0],
        "conf_low": known[1],
        "conf_high": known[2],
        "conf_open": open_side(known[1], known[2]),
        "interval_level": "between",
        "n_units": mine.height,
        "n_rows": mine.height,
        "method": "aalen_johansen",
    }


def _delays(
    times: Times, settings: TumorGrowthSettings, context: Context, doubling: Mapping[str, Row]
) -> Iterator[Row]:
    control = times.arm(settings.control)
    for arm in times.frame.get_column("arm").unique().sort():
        treated = times.arm(arm)
        if arm == settings.control or not control[0].size or not treated[0].size:
            continue
        delay = growth_delay(
            treated, control, conf_level=context.conf_level, generator=context.rng()
        )
        what = {
            "arm": arm,
            "n_units": delay.n_treated,
            "n_rows": delay.n_treated + delay.n_control,
            "method": delay.method,
            "interval_level": "between",
        }
        alone = min(delay.n_treated, delay.n_control) < 2
        yield (
            what
            | {"quantity": "growth_delay", "units": "d"}
            | _limits(delay.difference, alone=alone)
        )
        if delay.ratio.value is not None:
            yield what | {
                "quantity": "growth_delay_ratio", "units": "", "scale": "ln"
            } | _limits(delay.ratio, alone=alone)  # fmt: skip
        yield from _specific(delay, doubling.get(settings.control), what, alone=alone)


def _specific(delay: GrowthDelay, doubling: Row | None, what: Row, *, alone: bool) -> Iterator[Row]:
    """Delay in doubling times of the control; none where the control does not surely grow."""
    if doubling is None or not doubling.get("value") or delay.difference.value is None:
        return
    limits = doubling["conf_low"], doubling["conf_high"]
    known = None if None in limits else (float(limits[0]), float(limits[1]))
    found = specific_growth_delay(delay, float(doubling["value"]), known)
    open_ = alone or known is None
    method = {"method": f"{what['method']}+specific_growth_delay"}
    yield what | method | {"quantity": "specific_growth_delay"} | _limits(found, alone=open_)
    kill = found._replace(
        value=None if found.value is None else LOG10_KILL * found.value,
        low=None if found.low is None else LOG10_KILL * found.low,
        high=None if found.high is None else LOG10_KILL * found.high,
    )
    yield what | method | {"quantity": "log_cell_kill"} | _limits(kill, alone=open_)


def _limits(found: Any, *, alone: bool) -> Row:
    low, high = (None, None) if alone else (found.low, found.high)
    status = "at_bound" if found.bound != "=" else "ok"
    if found.value is None:
        status = "not_identifiable"
    elif alone and status == "ok":
        status = "too_few"
    return {
        "value": found.value,
        "bound": found.bound if found.value is not None else "=",
        "conf_low": low,
        "conf_high": high,
        "conf_open": open_side(low, high),
        "status": status,
    }


def _means(curves: Mapping[str, KaplanMeier], context: Context) -> Iterator[Row]:
    """Restricted mean times up to the last day on which every arm was followed."""
    if not curves:
        return
    horizon = min(curve.last_followup for curve in curves.values())
    if horizon <= 0:
        return
    for arm, curve in curves.items():
        found = rmst(curve, horizon, context.conf_level)
        usable = found.status == RmstStatus.OK and curve.n > 1 and _seen(curve, horizon)
        yield {
            "arm": arm,
            "quantity": "rmst",
            "units": "d",
            "day": round(horizon, 2),
            "value": found.value if found.status == RmstStatus.OK else None,
            "std_error": found.std_error if usable else None,
            "conf_low": found.low if usable else None,
            "conf_high": found.high if usable else None,
            "conf_open": "none" if usable else "both",
            "interval_level": "between",
            "n_units": curve.n,
            "n_rows": curve.n,
            "method": "restricted_mean",
            "status": "ok" if usable else "too_few" if curve.n < 2 else "no_events",
        }


def _seen(curve: KaplanMeier, horizon: float) -> bool:
    """Whether an event happened before the horizon; without one the mean has no spread."""
    return bool(((curve.time < horizon) & (curve.n_event > 0)).any())


def _steps(curve: KaplanMeier, model: str, arm: str, context: Context) -> list[Row]:
    """Kaplan-Meier curve in percent, from day 0 on."""
    what = {"block": context.block, "quantity": "survival", "model": model, "arm": arm}
    shared = what | {"id": result_id("s", what), "units": "%"}
    points = [(0.0, 100.0, 100.0, 100.0)]
    for day, *rest in zip(curve.time, curve.survival, curve.low, curve.high, strict=True):
        y, low, high = (100.0 * float(v) if np.isfinite(v) else None for v in rest)
        points.append((float(day), y, low, high))  # type: ignore[arg-type]
    return [shared | {"x": x, "y": y, "low": low, "high": high} for x, y, low, high in points]
