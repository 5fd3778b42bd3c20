"""Volumes of the arms of one model on the days on which they can be held against each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits
from exportin.kernels.arm_volumes import mean_growth, on_days

Array = NDArray[np.float64]
OLDEST_BASELINE = 7.0
"""Days before the first dose beyond which a volume is no baseline any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """Volumes of the animals of one arm of one model.

    Parameters
    ----------
    name
        The arm.
    animals, units
        Names of the animals and of what is independent, in the order of the rows below.
    start
        Volume at the last visit on or before the first dose; NaN without one.
    days
        Days after the first dose on which any animal of the arm was measured.
    """

    name: str
    animals: tuple[str, ...]
    units: tuple[str, ...]
    start: Array
    days: tuple[float, ...]
    number: NDArray[np.int64]
    day: Array
    volume: Array

    def on(self, days: Sequence[float]) -> Array:
        """Volumes (animals x days), read off between visits; NaN where the animal was not there."""
        seen = on_days(self.number, self.day, self.volume, days, animals=len(self.animals))
        return seen[0]

    def content(self) -> tuple[object, ...]:
        """All that numbers of this arm can depend on, to be compared with that of another."""
        arrays = (self.start, self.number, self.day, self.volume)
        return (self.name, self.animals, self.units, *(one.tobytes() for one in arrays))

    def growth_to(self, day: float, floor_mm3: float) -> Array:
        """Growth rate of each animal by the area under ln volume, from its own first day on."""
        out = np.full(len(self.animals), np.nan)
        for i in range(len(self.animals)):
            mine = self.number == i
            days, volume = self.day[mine], self.volume[mine]
            before = np.flatnonzero(days <= 0)
            if before.size and days[before[-1]] >= -OLDEST_BASELINE and day > days[before[-1]]:
                days, volume = days[before[-1] :], volume[before[-1] :]
                filled = np.where(volume > 0, volume, floor_mm3)
                out[i] = mean_growth(days, filled, float(days[0]), day)
        return out

    def curve(self, animal: int) -> tuple[Array, Array]:
        """Days and volumes of one animal from its last visit before the first dose on."""
        mine = self.number == animal
        day, volume = self.day[mine], self.volume[mine]
        before = np.flatnonzero(day <= 0)
        first = int(before[-1]) if before.size else 0
        return np.maximum(day[first:], 0.0), volume[first:]


def arms_of(seen: Visits) -> dict[str, Arm]:
    """Return the arms of the visits of one model, by name."""
    return dict(seen.once("arms", lambda: _arms(seen)))


def _arms(seen: Visits) -> dict[str, Arm]:
    out: dict[str, Arm] = {}
    for (name,), visits in seen.volumes.group_by(["arm"], maintain_order=True):
        table = visits.sort("animal", "day")
        animals = table.get_column("animal").unique(maintain_order=True).to_list()
        place = {animal: i for i, animal in enumerate(animals)}
        number = np.array([place[a] for a in table.get_column("animal")], dtype=np.int64)
        day = table.get_column("day").to_numpy().astype(np.float64)
        volume = table.get_column("volume_mm3").to_numpy().astype(np.float64)
        units = table.group_by("animal", maintain_order=True).agg(pl.col("unit_id").first())
        out[str(name)] = Arm(
            name=str(name),
            animals=tuple(animals),
            units=tuple(units.get_column("unit_id")),
            start=_starts(number, day, volume, len(animals)),
            days=tuple(sorted({float(d) for d in day[day > 0]})),
            number=number,
            day=day,
            volume=volume,
        )
    return out


def _starts(number: NDArray[np.int64], day: Array, volume: Array, animals: int) -> Array:
    out = np.full(animals, np.nan)
    before = (day <= 0) & (day >= -OLDEST_BASELINE)
    out[number[before]] = volume[before]  # sorted by day: the last one stays
    return out


def comparable_days(treated: Arm, control: Arm) -> tuple[float, ...]:
    """Days after the first dose on which any animal was measured, while both arms were seen."""
    if not treated.days or not control.days:
        return ()
    end = min(treated.days[-1], control.days[-1])
    return tuple(day for day in sorted({*treated.days, *control.days}) if day <= end)


def complete_days(treated: Arm, control: Arm) -> tuple[float, ...]:
    """Days on which no animal of either arm had left."""
    days = comparable_days(treated, control)
    if not days:
        return ()
    volumes = np.vstack([treated.on(days), control.on(days)])
    gone = np.isnan(volumes)
    return tuple(day for i, day in enumerate(days) if not gone[:, i].any())


def measure_day(treated: Arm, control: Arm, settings: TumorGrowthSettings) -> float | None:
    """Day of the measures by the rule of the study; None where there is none."""
    if isinstance(settings.measure_day, float | int):
        return float(settings.measure_day)
    if settings.measure_day == "all_alive":
        days = complete_days(treated, control)
        return days[-1] if days else None
    days = comparable_days(treated, control)
    if not days:
        return None
    here = [(~np.isnan(arm.on(days))).sum(axis=0) >= 2 for arm in (treated, control)]
    both = [day for day, ok in zip(days, here[0] & here[1], strict=True) if ok]
    return both[-1] if both else None
