"""Volumes written as bounds ("> 2000"): too large to be measured, yet an event that was seen."""

import re
from collections.abc import Iterator, Sequence

import polars as pl

from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.tables.problems import Problem, problem_at

ABOVE = re.compile(r"\s*(?:>=|[>\u2265])\s*(?P<size>\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?)\s*")
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
SHOWN = 8


def bound_of(cause: str | None) -> float | None:
    """Read the bound of a cell; None where it is another word.

    >>> bound_of("> 2000"), bound_of(">=2,000"), bound_of("> 1,5"), bound_of("sac"), bound_of("")
    (2000.0, 2000.0, 1.5, None, None)
    """
    for word in (cause or "").split(";"):
        found = ABOVE.fullmatch(word)
        if found is None:
            continue
        text = found["size"]
        text = text.replace(",", "") if THOUSANDS.fullmatch(text) else text.replace(",", ".")
        try:
            return float(text)
        except ValueError:  # 1.500.000 or the like: read as no size, and so refused
            return 0.0
    return None


def add_above(frame: pl.DataFrame) -> pl.DataFrame:
    """Add ``above``: the bound of a volume in the unit of the file, null where there is none.

    A cell of calipers or of weights may be a bound too; only files that have volumes have bounds of
    volumes.
    """
    with_volumes = pl.col("volume").is_not_null().any().over("file")
    said = pl.col("cause").map_elements(bound_of, return_dtype=pl.Float64, skip_nulls=False)
    return frame.with_columns(
        pl.when(pl.col("volume").is_null() & with_volumes).then(said).alias("above")
    )


def unusable(seen: pl.DataFrame, settings: TumorGrowthSettings) -> Iterator[Problem]:
    """Refuse bounds below the threshold, bounds of calipers, and a bound beside a volume."""
    low = seen.filter(pl.col("above_mm3") < settings.threshold_mm3).sort("animal", "day")
    if low.height:
        row = low.row(0, named=True)
        message = (
            f"'{row['cause']}' in row {row['row_id']} is no volume, and does not say whether the "
            f"tumor had reached {settings.threshold_mm3:g} mm3 ({low.height} such rows)."
        )
        remedy = (
            "Write the volume that was measured, empty the cell if none was, or choose "
            "threshold_mm3 at or below the bound."
        )
        yield problem_at(row["file"], row["row_id"], message, remedy, "bound-below-threshold")
    bare = seen.filter(pl.col("volume_mm3").is_null() & pl.col("above_mm3").is_null())
    sized = bare.filter(pl.col("cause").map_elements(bound_of, return_dtype=pl.Float64) > 0)
    if sized.height:
        row = sized.sort("animal", "day").row(0, named=True)
        message = (
            f"'{row['cause']}' in row {row['row_id']} is no size, and as a missing value it would "
            "hide a large tumor."
        )
        remedy = "Write the size that was measured, or a column of volumes with the bound in it."
        yield problem_at(row["file"], row["row_id"], message, remedy, "bound-of-size")
    yield from _beside(seen)


def _beside(seen: pl.DataFrame) -> Iterator[Problem]:
    told = seen.filter(pl.col("above_mm3").is_not_null())
    valued = seen.filter(pl.col("volume_mm3").is_not_null())
    both = told.join(valued.select("animal", "day"), on=["animal", "day"], how="semi")
    if both.height:
        row = both.row(0, named=True)
        message = (
            f"animal '{row['animal']}' has a volume and the bound '{row['cause']}' on day "
            f"{row['day']:g}."
        )
        yield problem_at(row["file"], row["row_id"], message, "Keep one of them.", "visit-twice")


def noted(bounds: pl.DataFrame, settings: TumorGrowthSettings) -> Iterator[tuple[str, str]]:
    """Say what bounds are used for, and what leaving them out does."""
    if bounds.is_empty():
        return
    names = bounds.get_column("animal").unique().sort().to_list()
    yield (
        f"{bounds.height} volumes are written as bounds, of {_listed(names)}: by that visit the "
        f"tumor had reached {settings.threshold_mm3:g} mm3, and its time to it is used. They are "
        "no volumes and are left out of growth rates, measures and responses, which know less of "
        "these large tumors than was seen: growth rates lean low.",
        "volumes-as-bounds",
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
