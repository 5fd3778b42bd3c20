"""Body weight of each animal against its reference day: nadir, first losses, shares of losers."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.unit_rows import (
    Array,
    Row,
    Share,
    about,
    column,
    numbers,
    share_rows,
    unit_row,
)
from exportin.assays.tumor_growth.visits import Visits
from exportin.contract.assay import Context
from exportin.kernels.response_rules import Changes, changes
from exportin.kernels.weight_loss import LOSSES, doubtful_jumps, first_loss, nadir
from exportin.results.quantities import Quantity

MG_PER_G = 1000.0  # a tumor of 1 mm3 is taken to weigh 1 mg

QUANTITIES = (
    Quantity(
        name="weight_nadir",
        label="Lowest body weight",
        estimand="lowest body weight after the reference day, percent of that on the reference day",
        scale="log10",
        direction="higher is better tolerated",
    ),
    Quantity(
        name="weight_nadir_day",
        label="Day of the lowest body weight",
        estimand="day from the first dose on which the animal first had its lowest body weight",
    ),
    Quantity(
        name="weight_nadir_corrected",
        label="Lowest body weight without tumor",
        estimand="lowest body weight less the tumor (1 g per cm3) after the reference day, percent "
        "of that on the reference day; weighings with a volume on the same day only",
        scale="log10",
        direction="higher is better tolerated",
    ),
    Quantity(
        name="time_to_weight_loss",
        label="Time to body weight loss",
        estimand="days from the first dose to the first weighing with so much loss or more",
        direction="higher is better tolerated",
    ),
    Quantity(
        name="weight_loss_rate",
        label="Animals with body weight loss",
        estimand="percent of the animals weighed after the reference day that lost so much or more",
        direction="lower is better tolerated",
    ),
)


def weight_rows(seen: Visits, settings: TumorGrowthSettings, context: Context) -> list[Row]:
    """Rows of Estimates: nadir and first losses of every animal, shares of losers of every arm.

    Parameters
    ----------
    seen
        Visits of one model or of a whole block; no weight at all gives no row.
    settings
        ``weight_reference``; "randomization" needs a column ``randomized_day`` (days from the
        first dose) in ``seen.animals``, see `no_reference`.
    context
        What the study file says.

    Returns
    -------
    list of rows
        Animals: ``weight_nadir``, ``weight_nadir_day``, ``time_to_weight_loss`` (key ``loss``),
        and ``weight_nadir_corrected`` where volumes were measured on the days of weighing. Arms:
        ``weight_loss_rate`` (key ``loss``).
    """
    if seen.weights.is_empty():
        return []
    animals = seen.animals.sort("model", "arm", "animal")
    base = about(animals, context)
    reference = reference_days(animals, settings)
    method = f"weight_reference_{settings.weight_reference}"
    found = _changes(animals, seen.weights, "weight_g", reference)
    rows = _nadir_rows(found, base, reference, method)
    rows += _corrected_rows(animals, seen, base, reference, method)
    weighed = found.followed
    losses = [first_loss(found, loss) for loss in LOSSES]
    for loss, seen_loss in zip(LOSSES, losses, strict=True):
        for i, row in enumerate(base):
            reached = bool(seen_loss.reached[i])
            why = "" if weighed[i] else _why(found, reference, i)
            rows.append(
                unit_row(
                    row,
                    "time_to_weight_loss",
                    seen_loss.day[i],
                    units="d",
                    loss=f"{loss:g}",
                    bound="=" if reached or why else ">",
                    n_rows=_count(found, i),
                    status="ok" if reached or why else "at_bound",
                    method=f"first_weight_loss+{method}{why}",
                )
            )
    shares: list[Share] = [
        ("weight_loss_rate", seen_loss.reached, {"loss": f"{loss:g}"})
        for loss, seen_loss in zip(LOSSES, losses, strict=True)
    ]
    used = (~np.isnan(found.day)).sum(axis=1)
    said = f"weight_loss_seen+{method}"
    return rows + share_rows(animals, weighed, shares, rows=used, context=context, method=said)


def weight_series(seen: Visits, settings: TumorGrowthSettings) -> pl.DataFrame:
    """Body weights in percent of the reference day: ``model, arm, animal, day, percent``.

    Weights before the reference, and animals without one, are not in it.
    """
    animals = seen.animals.sort("model", "arm", "animal")
    found = _changes(animals, seen.weights, "weight_g", reference_days(animals, settings))
    place, at = np.nonzero(~np.isnan(found.percent))
    names = animals.select("model", "arm", "animal")[place.tolist()]
    return names.with_columns(
        pl.Series("day", found.day[place, at], dtype=pl.Float64),
        pl.Series("percent", 100.0 + found.percent[place, at], dtype=pl.Float64),
    )


def no_reference(animals: pl.DataFrame, settings: TumorGrowthSettings) -> str:
    """Say why the body weights have no reference; empty where they have one.

    >>> no_reference(pl.DataFrame({"animal": ["a"]}),
    ...              TumorGrowthSettings(control="vehicle", day_zero="first dose"))
    ''
    """
    if settings.weight_reference == "first_dose":
        return ""
    if "randomized_day" not in animals.columns:
        return (
            'weight_reference = "randomization", and no table has a column randomized_day: body '
            "weights have no reference."
        )
    missing = animals.filter(pl.col("randomized_day").is_null())
    if not missing.height:
        return ""
    return (
        f"animal '{missing.item(0, 'animal')}' has no randomized_day (and {missing.height - 1} "
        "more): no reference for its body weights."
    )


def reference_days(animals: pl.DataFrame, settings: TumorGrowthSettings) -> Array:
    """Day of each animal's reference weight, counted from the first dose; NaN where unknown."""
    if settings.weight_reference == "first_dose":
        return np.zeros(animals.height)
    if "randomized_day" not in animals.columns:
        return np.full(animals.height, np.nan)
    return column(animals, "randomized_day")


def doubtful_weights(weights: pl.DataFrame) -> list[tuple[str, str]]:
    """Weights that jump by a quarter and back within days, as (row_id, sentence).

    Parameters
    ----------
    weights
        ``animal, day, weight_g, row_id``, weights above zero.
    """
    table = weights.sort("animal", "day")
    number = table.get_column("animal").rle_id().cast(pl.Int64).to_numpy()
    found = doubtful_jumps(number, column(table, "day"), column(table, "weight_g"))
    near = table.with_columns(
        pl.col("weight_g").shift(1).alias("before"), pl.col("weight_g").shift(-1).alias("after")
    ).filter(pl.Series(found, dtype=pl.Boolean))
    return [
        (row, f"A body weight of {w:g} g between {a:g} g and {b:g} g within days; a typing error?")
        for row, w, a, b in near.select("row_id", "weight_g", "before", "after").iter_rows()
    ]


def _changes(animals: pl.DataFrame, visits: pl.DataFrame, name: str, reference: Array) -> Changes:
    table = numbers(animals, visits)
    number: NDArray[np.int64] = table.get_column("number").to_numpy()
    return changes(
        number, column(table, "day"), column(table, name), animals=animals.height,
        reference_day=reference,
    )  # fmt: skip


def _nadir_rows(found: Changes, base: list[Row], reference: Array, method: str) -> list[Row]:
    low = nadir(found)
    out = []
    for i, row in enumerate(base):
        why = _why(found, reference, i) if np.isnan(low.percent[i]) else ""
        for name, value, about_it in (
            ("weight_nadir", low.percent[i], {"units": "%", "scale": "log10"}),
            ("weight_nadir_day", low.day[i], {"units": "d"}),
        ):
            said = f"weight_nadir+{method}{why}"
            line = unit_row(row, name, value, method=said, n_rows=_count(found, i))
            out.append(line | about_it)
    return out


def _corrected_rows(
    animals: pl.DataFrame, seen: Visits, base: list[Row], reference: Array, method: str
) -> list[Row]:
    """Lowest weight without the tumor; no row for an animal without volumes on those days."""
    both = seen.weights.join(seen.volumes.select("animal", "day", "volume_mm3"), ["animal", "day"])
    both = both.with_columns(
        (pl.col("weight_g") - pl.col("volume_mm3") / MG_PER_G).alias("corrected_g")
    )
    found = _changes(animals, both, "corrected_g", reference)
    low = nadir(found)
    said = f"weight_nadir+weight_tumor_corrected+{method}"
    return [
        unit_row(
            row,
            "weight_nadir_corrected",
            low.percent[i],
            units="%",
            scale="log10",
            method=said,
            n_rows=_count(found, i),
        )
        for i, row in enumerate(base)
        if low.percent[i] > 0
    ]


def _count(found: Changes, i: int) -> int:
    return int((~np.isnan(found.day[i])).sum())


def _why(found: Changes, reference: Array, i: int) -> str:
    if np.isnan(reference[i]):
        return "+weight_no_reference_day"
    return "+weight_no_reference" if np.isnan(found.baseline[i]) else "+weight_not_followed"
