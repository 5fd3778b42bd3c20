"""Plates as pictures: the signal of every well, and how far it lies from its curve."""

from typing import NamedTuple

import polars as pl

from exportin.assays.viability.growth import without_day_zero
from exportin.assays.viability.quality_rows import RESIDUAL
from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.plates.normalize import plate_controls
from exportin.plates.own_controls import HOME, PLATE, with_cells
from exportin.plates.quality import flagged_plates
from exportin.plates.wellmap import placed
from exportin.results.tables import Fitted, Flags
from exportin.tables.kinds import WellReadings
from exportin.tables.wells import row_letters
from exportin.views.frames import natural_key
from exportin.views.heat import plate_view

FULL_SCALE, RESIDUAL_SCALE = 100.0, 40.0  # ends of the colors, percent of vehicle
AT_MOST = 24  # plates in one figure, even if more are flagged
MARKS = "Crossed: excluded; !: flagged and kept; gray: no value."


class Choice(NamedTuple):
    """Which plates are drawn and what the caption says of it."""

    plates: tuple[str, ...]
    words: str


def plate_views(
    rows: WellReadings, fitted: Fitted, settings: ViabilitySettings, context: Context
) -> tuple[View, ...]:
    """Return the map of the plates, and the map of residuals of those that are flagged.

    Parameters
    ----------
    rows
        All joined rows; wells without a place are not drawn.
    fitted
        With all flags of the rows, and the residuals among the series.
    settings
        Above ``plates_drawn`` plates only flagged ones are drawn.
    context
        Keys of the block: a well is held against the vehicle with its own cells.
    """
    frame = placed(without_day_zero(rows.frame)).filter(pl.col("row").is_not_null())
    if settings.normalized or not frame.height:
        return ()
    wells = _wells(frame, fitted.flags, context)
    names = sorted(wells.get_column("plate").unique().to_list(), key=natural_key)
    said = flagged_plates(fitted.flags, wells.get_column("sample_id").unique().to_list())
    spoken = set(wells.filter(pl.col("sample_id").is_in(list(said))).get_column("plate"))
    flagged = tuple(name for name in names if name in spoken)
    choice = _choice(names, flagged, settings.plates_drawn)
    maps = [_signal_map(wells, choice)] if choice.plates else []
    return (*maps, *_residual_map(wells, fitted, flagged[:AT_MOST]))


def _wells(frame: pl.DataFrame, flags: Flags, context: Context) -> pl.DataFrame:
    """Each well's signal less the vehicle's, in percent of it, by the wells that were kept."""
    out = list(flags.excluded())
    kept = pl.col("row_id").is_in(out).not_()
    warned = flags.frame.filter(pl.col("severity") == "warn").get_column("row_id").drop_nulls()
    joined = _scaled(frame, kept, context)
    response = (pl.col("value") - pl.col("zero")) / pl.col("window")
    used = pl.col("role") != "empty"
    return (
        joined.filter(used)
        .with_columns(
            pl.when(response.is_finite()).then((response - 1.0) * 100.0).alias("value"),
            pl.when(pl.col("file").n_unique().over("sample_id") > 1)
            .then(pl.concat_str("sample_id", "file", separator=", "))
            .otherwise("sample_id")
            .alias("plate"),
            pl.Series("letter", [row_letters(row) for row in joined.filter(used)["row"]]),
            (pl.col("column") + 1).alias("column"),
            pl.col("row_id").is_in(out).alias("hollow"),
            pl.col("row_id").is_in(warned.to_list()).alias("flagged"),
        )
        .drop("row")
        .rename({"letter": "row"})
        .unique(["plate", "row", "column"], keep="first", maintain_order=True)
        .select("plate", "sample_id", "row", "column", "value", "hollow", "flagged", "row_id")
    )


def _scaled(frame: pl.DataFrame, kept: pl.Expr, context: Context) -> pl.DataFrame:
    """Add blank (``zero``) and ``window`` of the plate and cells of each well.

    What is left out wholly is shown by its own wells; wells that serve the cells of a whole
    plate, such as blanks, on the mean scale of its cells.
    """
    left, every = (_scale(part, context) for part in (frame.filter(kept), frame))
    both = every.join(left, on=HOME, how="left", suffix="_left")
    zero = pl.coalesce("blank_mean_left", "blank_mean").fill_null(0.0)
    window = pl.coalesce("vehicle_mean_left", "vehicle_mean") - zero
    scales = both.select(*HOME, zero.alias("zero"), window.alias("window"))
    means = scales.group_by(PLATE).agg(pl.col("zero", "window").mean().name.prefix("any_"))
    joined = with_cells(frame, context.keys).join(
        scales, on=HOME, how="left", maintain_order="left"
    )
    joined = joined.join(means, on=PLATE, how="left", maintain_order="left")
    return joined.with_columns(
        pl.coalesce("zero", "any_zero").alias("zero"),
        pl.coalesce("window", "any_window").alias("window"),
    )


def _scale(frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    return plate_controls(frame, context.keys).select(*HOME, "vehicle_mean", "blank_mean")


def _choice(names: list[str], flagged: tuple[str, ...], drawn: int) -> Choice:
    if len(names) <= drawn:
        return Choice(tuple(names), "")
    shown = flagged[:AT_MOST]
    more = f", of which the first {len(shown)} are drawn" if len(shown) < len(flagged) else ""
    which = "the flagged one is" if len(flagged) == 1 else f"the {len(flagged)} flagged are"
    return Choice(shown, f" Of {len(names)} plates only {which} shown{more}.")


def _signal_map(wells: pl.DataFrame, choice: Choice) -> View:
    return plate_view(
        name="plates",
        title="Plates",
        wells=wells.filter(pl.col("plate").is_in(list(choice.plates))),
        value_label="Signal above or below the plate's vehicle",
        value_unit="% of vehicle",
        low=-FULL_SCALE,
        high=FULL_SCALE,
        plates=choice.plates,
        caption=(
            "Signal of every well less the mean of the plate's vehicle wells, in percent of it "
            f"(medium blank: -100). {MARKS}{choice.words}"
        ),
    )


def _residual_map(wells: pl.DataFrame, fitted: Fitted, flagged: tuple[str, ...]) -> list[View]:
    series = fitted.series.frame
    if not flagged or "row_id" not in series.columns:
        return []
    rest = series.filter(pl.col("quantity") == RESIDUAL).select("row_id", "y")
    shown = wells.filter(pl.col("plate").is_in(list(flagged)))
    cells = shown.drop("value").join(rest.rename({"y": "value"}), on="row_id", how="inner")
    if not cells.height:
        return []
    return [
        plate_view(
            name="plate_residuals",
            title="Residuals of flagged plates",
            wells=cells,
            value_label="Well less its fitted curve",
            value_unit="% of vehicle",
            low=-RESIDUAL_SCALE,
            high=RESIDUAL_SCALE,
            plates=[name for name in flagged if name in set(cells.get_column("plate"))],
            caption=(
                "Response of every treated well less the curve fitted to its experiment; colors "
                f"end at {RESIDUAL_SCALE:g} %. {MARKS}"
            ),
        )
    ]
