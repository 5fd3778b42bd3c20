"""Volumes and days that cannot be: two units in one table, two rows a visit, life after removal."""

from collections.abc import Iterator

import polars as pl

from exportin.tables.problems import Problem, problem_at

LEAP = 200.0
"""A volume this many times above or below both its neighbors is one in another unit (cm3 for mm3 is
a factor of 1000); a tumor that doubles daily grows 128-fold in a week."""
SMALL_MM3 = 5.0
"""A tumor that never exceeds this was not measured with calipers in mm3."""
FAR = 100.0  # animals of one model whose median volumes are so far apart


def twice_measured(seen: pl.DataFrame) -> Iterator[Problem]:
    """Refuse two volumes, or two weights, of one animal on one day."""
    for what in ("volume_mm3", "weight_g"):
        valued = seen.filter(pl.col(what).is_not_null() & pl.col("day").is_not_null())
        twice = valued.filter(pl.struct("animal", "day").is_duplicated()).sort("animal", "day")
        if twice.height:
            one, two = twice.row(0, named=True), twice.row(1, named=True)
            name = what.split("_")[0]
            message = (
                f"animal '{one['animal']}' has two rows with a {name} on day {one['day']:g}: "
                f"{one['row_id']} in {one['file']} and {two['row_id']} in {two['file']}"
                f" ({twice.height // 2} such days)."
            )
            remedy = "Keep one row, or give the second tumor of an animal a name of its own."
            yield problem_at(one["file"], one["row_id"], message, remedy, "visit-twice")


def late_rows(seen: pl.DataFrame) -> Iterator[Problem]:
    """Refuse an animal that was measured after it had been removed."""
    gone = seen.filter(
        pl.col("removed_day").is_not_null()
        & (pl.col("day") > pl.col("removed_day"))
        & ((pl.col("volume_mm3") > 0) | (pl.col("weight_g") > 0))
    ).sort("animal", "day")
    if gone.height:
        row = gone.row(0, named=True)
        message = (
            f"animal '{row['animal']}' was removed on day {row['removed_day']:g} from the first "
            f"dose and measured on day {row['day']:g} (row {row['row_id']}, and {gone.height - 1} "
            "more)."
        )
        remedy = "Correct removed_day (in the days of the file) or the row."
        yield problem_at(row["file"], row["row_id"], message, remedy, "after-removal")


def doubtful_volumes(seen: pl.DataFrame, block: str) -> Iterator[Problem]:
    """Refuse volumes below zero, and tables that seem to hold mm3 and cm3 together."""
    below = seen.filter(pl.col("volume_mm3") < 0)
    if below.height:
        row = below.row(0, named=True)
        message = f"the volume of row {row['row_id']} is {row['volume_mm3']:g} mm3."
        remedy = "Empty the cell, or correct it."
        yield problem_at(row["file"], row["row_id"], message, remedy, "negative-volume")
    valued = seen.filter(pl.col("volume_mm3") > 0).sort("animal", "day")
    volume = pl.col("volume_mm3")
    before, after = (volume.shift(n).over("animal") for n in (1, -1))
    near = valued.with_columns(before.alias("before"), after.alias("after")).filter(
        _leaps(volume, pl.col("before")) & _leaps(volume, pl.col("after"))
        | (_leaps(volume, pl.col("before")) & pl.col("after").is_null() & (volume < SMALL_MM3))
    )
    if near.height:
        row = near.row(0, named=True)
        message = (
            f"row {row['row_id']} has {row['volume_mm3']:g} mm3 between {_text(row['before'])} and "
            f"{_text(row['after'])} mm3 ({near.height} such rows): another unit?"
        )
        remedy = "Correct the cell; one file has one unit. Exclude rows with 'exportin exclude'."
        yield problem_at(row["file"], row["row_id"], message, remedy, "mixed-units")
        return
    yield from _tiny_animals(valued, block)


def _tiny_animals(valued: pl.DataFrame, block: str) -> Iterator[Problem]:
    """Refuse animals in another unit than the rest of their model."""
    each = valued.group_by("model", "animal").agg(
        pl.col("volume_mm3").median().alias("median"),
        pl.col("volume_mm3").max().alias("most"),
        pl.col("file").first(),
    )
    middle = pl.col("median").median().over("model")
    tiny = each.filter((pl.col("most") < SMALL_MM3) & (middle > FAR * pl.col("median")))
    tiny = tiny.sort("animal")
    whole = each.get_column("most").max()
    if tiny.height:
        row = tiny.row(0, named=True)
        message = (
            f"animal '{row['animal']}' never exceeds {row['most']:g} mm3 while the others of its "
            f"model do ({tiny.height} such animals): cm3 written as mm3?"
        )
        remedy = "Write all volumes in one unit."
        yield problem_at(row["file"], "", message, remedy, "mixed-units")
    elif isinstance(whole, float) and whole < SMALL_MM3:
        file = str(each.item(0, "file"))
        message = f"the largest volume of the whole block is {whole:g} mm3, below any caliper."
        remedy = f'If the numbers are cm3, write volume_unit = "cm3" in {block}.'
        yield problem_at(file, "", message, remedy, "volumes-too-small")


def _leaps(volume: pl.Expr, other: pl.Expr) -> pl.Expr:
    ratio = volume / other
    return ((ratio > LEAP) | (ratio < 1 / LEAP)).fill_null(value=False)


def _text(value: float | None) -> str:
    return "nothing" if value is None else f"{value:g}"
