"""Why the animals of a finished study left: reasons on record, the limit seen in the volumes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from exportin.assays.tumor_growth.growth_models import Entering
from exportin.assays.tumor_growth.visits import Visits

ROUND = (1000.0, 500.0, 250.0, 100.0, 50.0, 10.0)
NEAR = 0.8
"""The round number that is taken as the limit lies above this share of the smallest volume on which
an animal left."""
MOST_EXCEPTIONS = 0.25
"""Animals measured again beyond a limit, per animal that left beyond it: above, it is no limit."""
LEAST_LEAVERS = 2
REASONS = ("tumor_limit", "death", "unexplained", "planned", "arm_ended", "stayed")
_DEATHS = ("toxicity", "found_dead")
_PLANNED = ("planned_harvest", "end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """One animal: days and volumes (mm3) that enter the model, the reason on record, last day."""

    name: str
    arm: str
    days: np.ndarray
    volumes: np.ndarray
    said: str
    left: float

    @property
    def last_day(self) -> float:
        """Day of the last volume."""
        return float(self.days[-1])

    @property
    def last_volume(self) -> float:
        """Last volume."""
        return float(self.volumes[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Volume of sacrifice (infinite: none), how it was found, whether reasons are on record."""

    mm3: float
    words: str
    recorded: bool = False


def followed(seen: Visits, used: Entering) -> list[Followed]:
    """Return the animals with a volume, by arm and name."""
    said = {row["animal"]: row for row in seen.animals.iter_rows(named=True)}
    out = []
    for (name,), rows in used.frame.sort("arm", "animal", "day").group_by(
        ["animal"], maintain_order=True
    ):
        about = said[name]
        days = rows.get_column("day").to_numpy().astype(np.float64)
        left = about["removed_day"]
        out.append(
            Followed(
                name=str(name), arm=str(rows.item(0, "arm")), days=days,
                volumes=rows.get_column("entering").to_numpy().astype(np.float64),
                said=about["removal"] or "",
                left=max(float(days[-1]), -math.inf if left is None else float(left)),
            )
        )  # fmt: skip
    return out


def find_limit(animals: Sequence[Followed], given: float | None = None) -> Limit:
    """Read the volume of sacrifice from the data.

    The volume at which fewest animals contradict it: left below it for the tumor, or were measured
    again after reaching it. Where no reasons are on record, animals that left before the last day
    of the study are taken as sacrificed, unless the rule would not hold; an arm that was ended as
    a whole tells nothing of a limit for single animals.
    """
    recorded = [a for a in animals if a.said == "tumor_limit"]
    if given is not None:
        shown = f"{given:g} mm3, as stated" if given else "none, as stated"
        return Limit(mm3=given or math.inf, words=shown, recorded=bool(recorded))
    end = max(a.last_day for a in animals)
    whole = _ended_whole(animals)
    early = [a for a in animals if not a.said and a.last_day < end and a.arm not in whole]
    leavers = recorded or early
    if not leavers:
        alone = " other than with its whole arm" if whole else ""
        return Limit(mm3=math.inf, words=f"no limit seen: no animal left before the end{alone}")
    largest = {a.name: float(a.volumes[:-1].max()) for a in animals if a.volumes.size > 1}

    def exceptions(volume: float) -> tuple[int, int]:
        again = sum(v >= volume for v in largest.values())
        return again, sum(a.last_volume < volume for a in leavers)

    found = min(sorted({a.last_volume for a in leavers}), key=lambda v: sum(exceptions(v)))
    again, below = exceptions(found)
    caught = len(leavers) - below
    many = f"{len(leavers)} animal{'s' if len(leavers) > 1 else ''}"
    what = "recorded as removed for the tumor" if recorded else "that left early"
    if caught < (1 if recorded else LEAST_LEAVERS) or again > MOST_EXCEPTIONS * caught:
        return Limit(
            mm3=math.inf, recorded=bool(recorded),
            words=f"no limit seen: there is no volume from which on animals left ({many} {what}); "
            "if there was one, state it with --limit",
        )  # fmt: skip
    under = max([v for v in largest.values() if v < found], default=0.0)
    least = max(under, NEAR * found)
    limit = next((k for step in ROUND if (k := found // step * step) > least), found)
    words = (f"{limit:.4g} mm3, read from the data, where it lies between {under:.4g} and "
             f"{found:.4g}: {caught} of {many} {what} were last measured at {found:.4g} mm3 or "
             f"more, {again or 'none'} measured again after that")  # fmt: skip
    return Limit(mm3=limit, words=words, recorded=bool(recorded))


def _ended_whole(animals: Sequence[Followed]) -> set[str]:
    """Name the arms whose animals all left on one day before the end, for no reason on record."""
    end = max(a.last_day for a in animals)
    out = set()
    for arm in {a.arm for a in animals}:
        mine = [a for a in animals if a.arm == arm]
        days = {a.last_day for a in mine}
        said = any(a.said in ("tumor_limit", *_DEATHS) for a in mine)
        if len(mine) >= LEAST_LEAVERS and len(days) == 1 and max(days) < end and not said:
            out.add(arm)
    return out


def arm_ends(animals: Sequence[Followed], limit: Limit) -> dict[str, float]:
    """Last day of each arm: that of the study, or the day on which all that were left were ended.

    An arm was ended early if its last two animals or more were measured on one day, at least one of
    them below the limit with no reason on record, or if all its animals were.
    """
    end = max(a.last_day for a in animals)
    whole = _ended_whole(animals)
    out = {}
    for arm in dict.fromkeys(a.arm for a in animals):
        mine = [a for a in animals if a.arm == arm]
        last = max(a.last_day for a in mine)
        there = [a for a in mine if a.last_day == last]
        spared = [a for a in there if a.last_volume < limit.mm3 and a.said in ("", *_PLANNED)]
        ended = arm in whole or (last < end and len(there) >= LEAST_LEAVERS and bool(spared))
        out[arm] = last if ended else end
    return out


def reason(animal: Followed, limit: Limit, ends: Mapping[str, float]) -> str:
    """Name one of `REASONS`; an animal that only missed visits before the end has stayed."""
    if animal.said in _DEATHS:
        return "death"
    gap = float(np.median(np.diff(animal.days))) if animal.days.size > 1 else 0.0
    rest = ends[animal.arm] - animal.last_day
    if rest <= 0.0:
        return "arm_ended" if ends[animal.arm] < max(ends.values()) else "stayed"
    if animal.said == "tumor_limit" or (not animal.said and animal.last_volume >= limit.mm3):
        return "tumor_limit"
    if rest < gap:
        return "stayed"
    return "planned" if animal.said in _PLANNED else "unexplained"
