"""What a study should know of its animals before it believes a number: notes and refusals."""

import re
from collections.abc import Iterator, Sequence

import polars as pl

from exportin.assays.tumor_growth.above import noted, unusable
from exportin.assays.tumor_growth.arm_days import OLDEST_BASELINE, arms_of, comparable_days
from exportin.assays.tumor_growth.arm_days import complete_days as complete
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits, models
from exportin.assays.tumor_growth.zeros import mark_zeros, meanings
from exportin.results.formatting import key_text
from exportin.tables.problems import Problem, Severity, problem_at

GONE = frozenset(
    ("dead", "died", "found dead", "death", "sac", "sacd", "sac'd", "sacrificed", "euthanized",
     "euthanised", "culled", "removed", "\u2020", "x")
)  # fmt: skip
OURS = frozenset((
    "volume", "length", "width", "height", "weight", "volume_unit", "length_unit", "weight_unit",
    "volume_mm3", "above_mm3", "length_mm", "width_mm", "height_mm", "weight_g",
))  # fmt: skip
SIZES = re.compile(r"(?i)vol|length|width|diameter|weight|size")
TYPO = 6.0
"""A volume so many times above, or below, both its neighbors within ten days is a typing error more
often than a tumor."""
NEAR_DAYS = 10.0
FIRST_DOSE_WITHIN = 3.0
SHOWN = 8


def refused(seen: pl.DataFrame, settings: TumorGrowthSettings, block: str) -> Iterator[Problem]:
    """Refuse days that are not days from the first dose, life after death, and hidden events."""
    days = seen.filter(pl.col("volume_mm3").is_not_null()).get_column("day").drop_nulls()
    last = days.max()
    first = min((min(one.days) for one in settings.dosing), default=0.0)
    if abs(first) > FIRST_DOSE_WITHIN:
        message = (
            f"the first dose of all dosing tables is on day {first:g}, and day 0 is the first dose."
        )
        remedy = "Write the days of dosing tables counted from the first dose: 0, 7, 14 ..."
        yield problem_at("study.toml", f"{block} dosing", message, remedy, "dose-days")
    for name in ("measure_day", "model_end"):
        said = getattr(settings, name)
        if isinstance(said, float | int) and isinstance(last, float) and not 0 < said <= last:
            message = f"{name} = {said:g}, but volumes reach to day {last:g} after the first dose."
            remedy = "Days of the study file are counted from the first dose."
            yield problem_at("study.toml", f"{block} {name}", message, remedy, "no-such-day")
    yield from _after_death(seen)
    yield from unusable(seen, settings)
    yield from _never_there(seen, settings)


def _after_death(seen: pl.DataFrame) -> Iterator[Problem]:
    words = pl.col("cause").str.strip_chars().str.to_lowercase()
    dead = words.is_in(sorted(GONE)) & pl.col("volume_mm3").is_null()
    gone = seen.filter(dead).group_by("animal").agg(pl.col("day").min().alias("gone"))
    late = (
        seen.filter(pl.col("volume_mm3") > 0)
        .join(gone, on="animal")
        .filter(pl.col("day") > pl.col("gone"))
        .sort("animal", "day")
    )
    if late.height:
        row = late.row(0, named=True)
        message = (
            f"animal '{row['animal']}' is gone on day {row['gone']:g} and has a volume on day "
            f"{row['day']:g} (row {row['row_id']}, and {late.height - 1} more)."
        )
        remedy = "Correct the word or the volume."
        yield problem_at(row["file"], row["row_id"], message, remedy, "after-removal")


def _never_there(seen: pl.DataFrame, settings: TumorGrowthSettings) -> Iterator[Problem]:
    """Refuse a complete response of a tumor that never was there."""
    valued = seen.filter(pl.col("volume_mm3").is_not_null())
    marked = meanings(mark_zeros(valued), settings)
    each = marked.group_by("animal").agg(
        pl.col("volume_mm3").max().alias("most"),
        (pl.col("zero_means") == "complete_response").any().alias("told"),
        pl.col("file").first(),
    )
    empty = each.filter((pl.col("most") == 0) & pl.col("told").fill_null(value=False)).sort(
        "animal"
    )
    if empty.height:
        names = _listed(empty.get_column("animal").to_list())
        message = f"{names}: no volume above zero at any visit, so there was no tumor to respond."
        remedy = 'Write zeros.animals = { "NAME" = "not_palpable" }, or leave these animals out.'
        yield problem_at(str(empty.item(0, "file")), "", message, remedy, "no-tumor")


def remarks(
    visited: Visits, seen: pl.DataFrame, settings: TumorGrowthSettings
) -> Iterator[Problem]:
    """Note what bends numbers: old baselines, early deaths, limits, cages, odd single volumes."""
    file = str(seen.item(0, "file")) if seen.height else ""
    yield from (_note(file, *one) for one in _baselines(visited))
    yield from (_note(file, *one) for one in _limits(visited, settings))
    yield from (_note(file, *one) for one in _early(visited, settings))
    yield from (_note(file, *one) for one in _typos(visited))
    yield from (_note(file, *one) for one in noted(visited.bounds, settings))
    yield from (_note(file, *one) for one in _unused(seen))
    cages = visited.animals.get_column("cage")
    if 0 < cages.null_count() < len(cages):
        message = f"{cages.null_count()} animals have no cage, so cages are left out of the model."
        yield _note(file, message, "cages-missing")


def _unused(seen: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Say which further columns of sizes or weights hold values that nothing reads."""
    for name in seen.columns:
        if name in OURS or not SIZES.search(name) or seen.schema[name] != pl.String:
            continue
        held = seen.filter(pl.col(name).str.strip_chars() != "")
        if held.height:
            animals = _listed(held.get_column("animal").unique().sort().to_list())
            yield (
                f"column '{name}' is not used: {held.height} values, of {animals}.",
                "unused-column",
            )


def _baselines(visited: Visits) -> Iterator[tuple[str, str]]:
    start = (
        visited.volumes.filter(pl.col("day") <= 0)
        .group_by("model", "arm", "animal")
        .agg(pl.col("day").max())
    )
    old = start.filter(pl.col("day") < -OLDEST_BASELINE).sort("animal")
    if old.height:
        names = _listed(old.get_column("animal").to_list())
        yield (
            f"{names}: the last volume before the first dose is more than {OLDEST_BASELINE:g} days "
            "old, so there is no volume relative to it.",
            "old-baseline",
        )
    kept = start.filter(pl.col("day") >= -OLDEST_BASELINE)
    by = kept.group_by("model", "arm").agg(pl.col("day").mean()).sort("model", "arm")
    spread = by.group_by("model").agg((pl.col("day").max() - pl.col("day").min()).alias("apart"))
    if (spread.get_column("apart") > 1).any():
        yield (
            "arms differ in how long before the first dose their last volume was taken; relative "
            "volumes and growth rates of the earlier ones contain more growth without the drug.",
            "unlike-baselines",
        )
    elif (by.get_column("day") < -1).any():
        yield (
            "the last volumes before the first dose are days old; growth rates run from that day, "
            "so a part of them is growth without the drug.",
            "early-baseline",
        )


def _limits(visited: Visits, settings: TumorGrowthSettings) -> Iterator[tuple[str, str]]:
    most = visited.volumes.group_by("animal").agg(
        pl.col("volume_mm3").max().alias("most"),
        pl.col("volume_mm3").filter(pl.col("day") <= 0).last().alias("start"),
    )
    both = visited.animals.join(most, on="animal")
    limit = settings.threshold_mm3
    low = both.filter((pl.col("removal") == "tumor_limit") & (pl.col("most") < limit))
    if low.height:
        names = _listed(low.sort("animal").get_column("animal").to_list())
        yield (
            f"{names}: removed at the tumor limit below {limit:g} mm3. Their time to that volume "
            "is cut off because they were large; choose threshold_mm3 at or below the limit.",
            "threshold-above-limit",
        )
    above = both.filter(pl.col("start") >= limit).sort("animal")
    if above.height:
        names = _listed(above.get_column("animal").to_list())
        yield (
            f"{names}: at or above {limit:g} mm3 before the first dose, so not in times to it.",
            "starts-above",
        )


def _early(visited: Visits, settings: TumorGrowthSettings) -> Iterator[tuple[str, str]]:
    """Say which animal ends the days with every animal long before the others."""
    for model, mine in models(visited):
        arms = arms_of(mine)
        control = arms.get(settings.control)
        if control is None:
            continue
        for name in sorted(set(arms) - {settings.control}):
            days, whole = comparable_days(arms[name], control), complete(arms[name], control)
            if days and (not whole or whole[-1] < days[-1] / 2):
                end = whole[-1] if whole else 0.0
                left = mine.animals.filter(pl.col("arm").is_in([name, settings.control]))
                first = left.sort("last_day").item(0, "animal")
                yield (
                    f"{model}, {name}: every animal is there until day {key_text(end)} only, of "
                    f"{key_text(days[-1])} (first to leave: '{first}'). Max TVI looks no "
                    'further, nor do measures with measure_day = "all_alive".',
                    "early-end",
                )


def _typos(visited: Visits) -> Iterator[tuple[str, str]]:
    value = pl.col("volume_mm3")
    sides = [value.shift(n).over("animal") for n in (1, -1)]
    days = [(pl.col("day").shift(n).over("animal") - pl.col("day")).abs() for n in (1, -1)]
    ratio = [value / side for side in sides]
    near = (days[0] <= NEAR_DAYS) & (days[1] <= NEAR_DAYS) & (value > 0)
    odd = ((ratio[0] > TYPO) & (ratio[1] > TYPO)) | ((ratio[0] < 1 / TYPO) & (ratio[1] < 1 / TYPO))
    found = visited.volumes.sort("animal", "day").filter(near & odd).sort("row_id")
    if found.height:
        rows = _listed(found.get_column("row_id").to_list())
        yield (
            f"volumes {TYPO:g} times above or below both neighbors: {rows}. Typing errors? Nothing "
            "was changed.",
            "odd-volume",
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _note(file: str, message: str, code: str) -> Problem:
    severity: Severity = "note"
    return Problem(file=file, place="", message=message, remedy="", code=code, severity=severity)
