"""Joined rows to visits: one animal, one day, volume in mm3, body weight in g."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import date
from math import pi
from typing import Any, TypeVar

import polars as pl

from exportin.assays.tumor_growth.above import add_above
from exportin.assays.tumor_growth.kept import Kept
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.zeros import mark_zeros, meanings
from exportin.results.tables import Flags
from exportin.tables.kinds import TumorLog

T = TypeVar("T")
VOLUME_MM3 = {"mm3": 1.0, "uL": 1.0, "cm3": 1000.0, "mL": 1000.0}
LENGTH_MM = {"mm": 1.0, "cm": 10.0}
WEIGHT_G = {"g": 1.0, "kg": 1000.0, "mg": 0.001}
FORMULAS = {
    "L*W^2/2": pl.col("length_mm") * pl.col("width_mm") ** 2 / 2,
    "pi/6*L*W^2": pi / 6 * pl.col("length_mm") * pl.col("width_mm") ** 2,
    "pi/6*L*W*H": pi / 6 * pl.col("length_mm") * pl.col("width_mm") * pl.col("height_mm"),
}
GONE = ("tumor_limit", "toxicity", "found_dead", "planned_harvest", "end")
"""Reasons why an animal left; the first is known from its volumes, the next two are deaths."""
KEYS = ("animal", "unit_id", "model", "arm")
ORDER = ("model", "arm", "animal", "day")
ABOUT = ("cage", "removal", "removed_day", "randomized_day")


def _no_bounds() -> pl.DataFrame:
    text = dict.fromkeys((*KEYS, "row_id"), pl.String)
    return pl.DataFrame(schema={**text, "day": pl.Float64, "above_mm3": pl.Float64})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """What a block knows of its animals.

    Parameters
    ----------
    volumes
        ``animal, unit_id, model, arm, day, volume_mm3, row_id, zero_means``, a row per animal and
        day; days from the first dose; sorted; excluded rows and removed zeros are not in it.
    weights
        ``animal, unit_id, model, arm, day, weight_g, row_id``; impossible weights are not in it.
    animals
        A row per animal: ``animal, model, arm, unit_id, cage, removal, removed_day,
        randomized_day`` (days from the first dose), ``last_day`` (last volume), ``n_rows,
        n_flagged``.
    bounds
        ``animal, unit_id, model, arm, day, above_mm3, row_id``: visits whose volume is only known
        to be above a bound; they are in no other table.
    """

    volumes: pl.DataFrame
    weights: pl.DataFrame
    animals: pl.DataFrame
    bounds: pl.DataFrame = field(default_factory=_no_bounds)
    _made: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` makes of these visits alone and of what ``name`` tells; made once.

        Examples
        --------
        >>> seen = Visits(volumes=_no_bounds(), weights=_no_bounds(), animals=_no_bounds())
        >>> seen.once("rows", lambda: seen.volumes.height), seen.once("rows", lambda: 7)
        (0, 0)
        """
        if name not in self._made:
            self._made[name] = make()
        found: T = self._made[name]
        return found

    def reached(self) -> pl.DataFrame:
        """Volumes, and each bound as if it were the volume: for the time to reach a volume."""
        named = self.bounds.rename({"above_mm3": "volume_mm3"})
        both = pl.concat([self.volumes, named], how="diagonal_relaxed")
        return both.sort(*ORDER)


def visits(rows: TumorLog, flags: Flags, settings: TumorGrowthSettings) -> Visits:
    """Turn the rows of a block into visits in mm3, g and days from the first dose.

    Parameters
    ----------
    rows
        Joined rows that passed ``check``.
    flags
        Rows with severity ``exclude`` are left out and counted.
    settings
        Units, formula, day of the first dose, meaning of zeros.
    """
    inputs = (rows.frame, flags.frame, settings)
    sizes = (rows.frame.shape, flags.frame.height)
    return _VISITS.of(sizes, inputs, rows.frame.height, lambda: _visits(rows, flags, settings))


_VISITS = Kept[Visits](most=100_000)
"""Visits of rows as they were given; every question and the program of each test ask for them."""
_MODELS = Kept[Visits](most=100_000)
"""Visits of single models; most of them are the same after an exclusion."""


def _visits(rows: TumorLog, flags: Flags, settings: TumorGrowthSettings) -> Visits:
    out = sorted(flags.excluded())
    frame = measured(rows.frame, settings)
    gone = pl.col("row_id").is_in(out)
    kept = frame.filter(~gone)
    keys = list(KEYS)
    volumes = kept.filter(pl.col("volume_mm3").is_not_null())
    volumes = meanings(mark_zeros(volumes), settings)
    gone_zeros = pl.col("zero_means").is_in(["removed", "unclear"]).fill_null(value=False)
    volumes = volumes.filter(~gone_zeros)
    weights = kept.filter(pl.col("weight_g") > 0)
    last = volumes.group_by("animal").agg(
        pl.col("day").max().alias("last_day"), pl.len().alias("n_rows")
    )
    flagged = frame.filter(gone).group_by("animal").agg(pl.len().alias("n_flagged"))
    said = [pl.col(name).drop_nulls().first() for name in ABOUT]
    animals = frame.group_by(keys).agg(said).join(last, on="animal", how="left")
    animals = animals.join(flagged, on="animal", how="left").with_columns(
        pl.col("n_rows", "n_flagged").fill_null(0).cast(pl.Int64)
    )
    return Visits(
        volumes=_one_a_day(volumes, "volume_mm3", keys),
        weights=_one_a_day(weights, "weight_g", keys),
        animals=animals.sort("model", "arm", "animal"),
        bounds=_one_a_day(kept.filter(pl.col("above_mm3").is_not_null()), "above_mm3", keys),
    )


def _one_a_day(rows: pl.DataFrame, what: str, keys: list[str]) -> pl.DataFrame:
    """Keep one number per animal and day: several readings of one visit are one visit.

    Volumes are averaged on logarithms; a visit with a zero among its readings is averaged as it is.
    """
    value = pl.col(what)
    mean = pl.when(value.min() > 0).then(value.log().mean().exp()).otherwise(value.mean())
    alone = pl.when(pl.len() == 1).then(value.first()).otherwise(mean)
    said = [pl.col("zero_means").drop_nulls().first()] if "zero_means" in rows.columns else []
    if rows.n_unique(subset=[*keys, "day"]) == rows.height:  # the rule: nothing to average
        zeros = ["zero_means"] if said else []
        return rows.select(*keys, "day", what, "row_id", *zeros).sort(*ORDER)
    return (
        rows.sort("row_id")
        .group_by([*keys, "day"])
        .agg(alone.alias(what), pl.col("row_id").first(), *said)
        .sort(*ORDER)
    )


def measured(frame: pl.DataFrame, settings: TumorGrowthSettings) -> pl.DataFrame:
    """Add ``animal``, ``day`` from the first dose, ``volume_mm3``, ``weight_g`` to joined rows."""
    return _MEASURED.of(
        frame.shape, (frame, settings), frame.height, lambda: _sized(frame, settings)
    )


_MEASURED = Kept[pl.DataFrame](most=100_000)
"""An exclusion changes no row: it says of which rows nothing may be used."""


def _sized(frame: pl.DataFrame, settings: TumorGrowthSettings) -> pl.DataFrame:
    size = _factor("volume_unit", VOLUME_MM3, settings)
    frame = add_above(frame).with_columns(
        pl.col("sample_id").alias("animal"),
        (pl.col("length") * _factor("length_unit", LENGTH_MM, settings)).alias("length_mm"),
        (pl.col("width") * _factor("length_unit", LENGTH_MM, settings)).alias("width_mm"),
        (pl.col("height") * _factor("length_unit", LENGTH_MM, settings)).alias("height_mm"),
        (pl.col("weight") * _factor("weight_unit", WEIGHT_G, settings)).alias("weight_g"),
        (pl.col("volume") * size).alias("volume_mm3"),
        (pl.col("above") * size).alias("above_mm3"),
    )
    if settings.volume_formula is not None:
        made = FORMULAS[settings.volume_formula]
        frame = frame.with_columns(pl.coalesce("volume_mm3", made).alias("volume_mm3"))
    known = pl.col("volume_mm3").is_not_null()
    start = _first_dose(settings)
    frame = frame.with_columns(pl.when(~known).then("above_mm3").alias("above_mm3")).drop("above")
    return frame.with_columns(
        pl.col("day").alias("file_day"),
        _day(settings).alias("day"),
        (pl.col("removed_day") - start).alias("removed_day"),
        (pl.col("randomized_day") - start).alias("randomized_day"),
    )


def _factor(column: str, known: dict[str, float], settings: TumorGrowthSettings) -> pl.Expr:
    """Size of the unit: the file's own, or the study's where the file names none."""
    said = getattr(settings, column)
    unit = pl.when(pl.col(column) == "").then(pl.lit(said)).otherwise(pl.col(column))
    return unit.replace_strict(known, default=None, return_dtype=pl.Float64)


def _first_dose(settings: TumorGrowthSettings) -> pl.Expr:
    """Day of the first dose in the file's count: the row's own, or the study's."""
    start = 0.0 if settings.day_zero == "first dose" else settings.first_dose_day
    return pl.coalesce("first_dose_day", pl.lit(start, dtype=pl.Float64))


def _day(settings: TumorGrowthSettings) -> pl.Expr:
    """Days from the first dose: by the file's count, or by dates."""
    when = pl.col("date").str.to_date("%Y-%m-%d", strict=False)
    begun = pl.coalesce(
        pl.col("first_dose_date").str.to_date("%Y-%m-%d", strict=False),
        pl.lit(_date(settings.first_dose_date), dtype=pl.Date),
    )
    by_date = (when - begun).dt.total_days().cast(pl.Float64)
    return pl.coalesce(pl.col("day") - _first_dose(settings), by_date)


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def models(seen: Visits) -> Iterator[tuple[str, Visits]]:
    """Give the visits of each model."""
    yield from seen.once("models", lambda: _models(seen))


def _models(seen: Visits) -> tuple[tuple[str, Visits], ...]:
    names = seen.animals.get_column("model").unique(maintain_order=True).to_list()
    return tuple((str(name), _of_model(seen, name)) for name in names)


def _of_model(seen: Visits, name: str | None) -> Visits:
    """Return the visits of one model; equal visits are one object, with all that was made of it."""
    tables = (seen.volumes, seen.weights, seen.animals, seen.bounds)
    own = tuple(table.filter(table.get_column("model") == name) for table in tables)
    volumes, weights, animals, bounds = own
    size = volumes.height + weights.height + animals.height + bounds.height
    return _MODELS.of(
        name, own, size,
        lambda: Visits(volumes=volumes, weights=weights, animals=animals, bounds=bounds),
    )  # fmt: skip
