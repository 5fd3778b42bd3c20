"""A volume of zero: sacrificed, not palpable, or gone? Real files write it for all three."""

from dataclasses import dataclass

import polars as pl

from exportin.assays.tumor_growth.settings import TumorGrowthSettings, ZeroMeaning, ZerosSection

LARGE_MM3 = 200.0
"""A tumor above this does not vanish between two visits: of 552 runs of zeros that end the record
of an animal in a public set of 1,396 xenografts, 503 follow such a volume and mean sacrifice."""
SHRUNK = 0.5
"""Below this fraction of its largest volume a tumor counts as having been shrinking."""
GROUPS = ("after_large", "after_shrinking", "other")
WORDS = {
    "after_large": f"zeros to the end after a volume above {LARGE_MM3:g} mm3 (removed?)",
    "after_shrinking": "zeros to the end after the tumor had been shrinking (response?)",
    "other": "other zeros (not palpable yet? between volumes? never a volume?)",
}


@dataclass(frozen=True, slots=True)
class ZeroRuns:
    """Zeros of a study: ``frame`` has a row per animal with a zero, its group and its days."""

    frame: pl.DataFrame

    def animals(self, group: str) -> list[str]:
        """Names of the animals of one group, in order."""
        found = self.frame.filter(pl.col("group") == group)
        return found.get_column("animal").to_list()


def zero_runs(visits: pl.DataFrame) -> ZeroRuns:
    """Sort the animals with zeros into three groups; says nothing of what the zeros mean.

    Parameters
    ----------
    visits : polars.DataFrame
        ``animal, day, volume_mm3`` with a row per measured volume.

    Returns
    -------
    ZeroRuns
        Per animal and group: number of zeros, first day of them, last volume before them. An
        animal may stand in ``other`` besides one of the two groups of zeros to the end.

    Examples
    --------
    >>> days = pl.DataFrame({"animal": ["a"] * 3 + ["b"] * 3, "day": [0.0, 7.0, 14.0] * 2,
    ...                      "volume_mm3": [100.0, 900.0, 0.0, 150.0, 40.0, 0.0]})
    >>> zero_runs(days).frame.select("animal", "group").rows()
    [('a', 'after_large'), ('b', 'after_shrinking')]
    """
    frame = mark_zeros(visits).filter(pl.col("zero_group").is_not_null())
    runs = frame.group_by("animal", "zero_group").agg(
        pl.len().alias("zeros"),
        pl.col("day").min().alias("from_day"),
        pl.col("last_positive").max().alias("last_volume_mm3"),
    )
    return ZeroRuns(runs.rename({"zero_group": "group"}).sort("group", "animal"))


def mark_zeros(visits: pl.DataFrame) -> pl.DataFrame:
    """Add ``zero_group`` (null where the volume is not zero) and ``last_positive``."""
    over = "animal"
    volume = pl.col("volume_mm3")
    positive = pl.when(volume > 0).then(volume)
    frame = visits.sort("animal", "day").with_columns(
        pl.when(volume > 0).then(pl.col("day")).max().over(over).alias("last_day_positive"),
        positive.max().over(over).alias("largest"),
        positive.fill_null(strategy="forward").over(over).alias("last_positive"),
    )
    trailing = (volume == 0) & (pl.col("day") > pl.col("last_day_positive"))
    last, largest = pl.col("last_positive"), pl.col("largest")
    large = trailing & (last > LARGE_MM3) & (last > SHRUNK * largest)
    shrunk = trailing & (last <= SHRUNK * largest)
    group = (
        pl.when(large)
        .then(pl.lit("after_large"))
        .when(shrunk)
        .then(pl.lit("after_shrinking"))
        .when(volume == 0)
        .then(pl.lit("other"))
    )
    return frame.with_columns(group.alias("zero_group")).drop("last_day_positive", "largest")


def meanings(marked: pl.DataFrame, settings: TumorGrowthSettings) -> pl.DataFrame:
    """Add ``zero_means``: removed, not_palpable, complete_response, unclear; null if no zero."""
    said = settings.zeros
    if said is None:
        said = "unclear"
    if isinstance(said, str):
        every: ZeroMeaning = said
        said = ZerosSection(after_large=every, after_shrinking=every, other=every)
    group = pl.col("zero_group")
    means = group.replace_strict({name: getattr(said, name) for name in GROUPS}, default=None)
    own = pl.col("animal").replace_strict(said.animals, default=None, return_dtype=pl.String)
    return marked.with_columns(
        pl.when(group.is_not_null()).then(pl.coalesce(own, means)).alias("zero_means")
    )
