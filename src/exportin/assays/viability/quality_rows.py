"""What plates say of themselves, as rows of estimates: controls, patterns, residuals."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.viability.growth import without_day_zero
from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.curves.dose_response import CurveFit
from exportin.kernels.hill import hill_response
from exportin.plates.controls import control_numbers
from exportin.plates.normalize import PLATE
from exportin.plates.outliers import curve_outliers
from exportin.plates.pattern import judge_plate
from exportin.plates.quality import plate_words
from exportin.plates.residuals import MAX_RESIDUAL_SCORE, residual_scores
from exportin.plates.wellmap import placed, plates_of
from exportin.results.tables import Flags

PLATE_NAMES = (
    "z_prime",
    "z_prime_robust",
    "ssmd",
    "signal_to_background",
    "control_cv",
    "edge_effect",
    "row_trend",
    "column_trend",
    "residual_score",
)
PATTERN_NAMES = {"edge": "edge_effect", "row": "row_trend", "column": "column_trend"}
RESIDUAL = "plate_residual"  # the series of residuals that the residual map draws
Row = dict[str, Any]


def with_fitted(curve: pl.DataFrame, found: CurveFit) -> pl.DataFrame:
    """Add ``fitted``, the height of the curve at each well; no rows where nothing was fitted."""
    if found.p_response is None:
        return curve.head(0).with_columns(pl.lit(0.0).alias("fitted"))
    fit, mean = found.fit, curve.get_column("response").mean()
    dose = curve.get_column("dose_out").to_numpy().astype(np.float64)
    height = hill_response(dose, fit.top, fit.bottom, 10**fit.log10_ec50, fit.hill)
    if not np.all(np.isfinite(height)):  # a constant has no parameters but its mean
        height = np.full(dose.size, mean)
    return curve.with_columns(pl.Series("fitted", height, dtype=pl.Float64))


def plate_rows(
    frame: pl.DataFrame,
    flags: Flags,
    fitted: Sequence[pl.DataFrame],
    settings: ViabilitySettings,
    context: Context,
) -> list[Row]:
    """Return the statistics of every plate with treated wells; they are not pooled.

    Controls and patterns are those of all wells that no person took out: a rule that leaves out
    a plate, or its outlying controls, does not make its numbers better.

    Parameters
    ----------
    frame
        All joined rows.
    flags
        Rows with the rule ``excluded`` were taken out by a person.
    fitted
        Wells of the curves with response and fitted.
    settings, context
        What the study file says.
    """
    said = flags.frame.filter(pl.col("rule") == "excluded").get_column("row_id")
    out = set(said.drop_nulls())
    ends = without_day_zero(frame)
    rows: list[Row] = []
    for plate, common in _plates(ends, out, context):
        kept = plate.filter(~pl.col("row_id").is_in(list(out)))
        if not settings.normalized:
            rows += [*_control_rows(kept, common), *_pattern_rows(kept, common, context)]
    places = {(c["file"], c["sample_id"], c["model"]): c for _, c in _plates(ends, out, context)}
    rows += _residual_rows(fitted, places)
    hidden = ("file", "sample_id")
    return [{k: v for k, v in row.items() if k not in hidden} for row in rows]


def _plates(
    frame: pl.DataFrame, out: set[str], context: Context
) -> Iterator[tuple[pl.DataFrame, Row]]:
    """Each plate and model with treated wells left; wells without a model go along."""
    treated = frame.filter((pl.col("role") == "treated") & ~pl.col("row_id").is_in(list(out)))
    place = [*PLATE, "model"]
    shared = treated.group_by("sample_id").agg(pl.col("file").n_unique())
    twice = {name for name, files in shared.iter_rows() if files > 1}
    for (file, sample, model), own in sorted(treated.partition_by(place, as_dict=True).items()):
        here = (pl.col("file") == file) & (pl.col("sample_id") == sample)
        plate = frame.filter(here & (pl.col("model").is_null() | (pl.col("model") == model)))
        units = own.get_column("unit_id").drop_nulls().unique().sort().to_list()
        lost = plate.filter(pl.col("row_id").is_in(list(out))).height
        yield (
            plate,
            {
                "file": file,
                "sample_id": sample,
                "block": context.block,
                "assay": "viability",
                "model": model,
                # the maps of plates call those of one name the same
                "plate": f"{sample}, {file}" if sample and sample in twice else sample or file,
                "unit_id": " + ".join(map(str, units)),
                "experimental_unit": context.experimental_unit,
                "n_units": 1,
                "n_flagged": lost,
            },
        )


def _control_rows(plate: pl.DataFrame, common: Row) -> Iterator[Row]:
    for number in control_numbers(plate):
        yield {
            **common,
            "quantity": number.quantity,
            "control": number.control,
            "units": number.units,
            "value": number.value,
            "n_rows": number.n_wells,
            "status": "not_identifiable" if number.value is None else "ok",
            "method": "plate_controls",
        }


def _pattern_rows(plate: pl.DataFrame, common: Row, context: Context) -> Iterator[Row]:
    level = context.conf_level
    for wells in plates_of(plate):
        judged = judge_plate(wells, keys=context.keys, conf_level=level, draws=0)
        for result in judged.results:
            interval = {
                "std_error": result.std_error,
                "conf_low": result.conf_low,
                "conf_high": result.conf_high,
                "df": result.df,
                "conf_level": level,
                "interval_level": "within",
            }
            yield {
                **common,
                "quantity": PATTERN_NAMES[result.pattern],
                "value": result.effect,
                "n_rows": judged.n_wells,
                **(interval if result.judged else {"status": "not_identifiable"}),
                "method": "plate_patterns",
            }


def _residual_rows(
    fitted: Sequence[pl.DataFrame], places: dict[tuple[str, str, str], Row]
) -> Iterator[Row]:
    for row in _scores(fitted).iter_rows(named=True):
        common = places.get((row["file"], row["sample_id"], row["model"]))
        if common is not None:
            yield {
                **common,
                "quantity": "residual_score",
                "units": "%",
                "value": row["residual_score"],
                "n_rows": row["n_wells"],
                "method": "residual_score",
            }


def _scores(fitted: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Scores of plates whose wells have places; rows of a long table are no plate."""
    names = {
        **dict.fromkeys(("file", "sample_id", "model"), pl.String),
        **dict.fromkeys(("response", "fitted"), pl.Float64),
    }
    if not fitted:
        return residual_scores(pl.DataFrame(schema=names))
    wells = pl.concat(fitted, how="diagonal_relaxed").filter(pl.col("well").is_not_null())
    return residual_scores(wells.select(list(names)))


def residual_flags(fitted: Sequence[pl.DataFrame]) -> Flags:
    """Warn of wells far from their curve, and of plates whose wells lie far from their curves."""
    rows = [row for curve in fitted for row in curve_outliers(curve)]
    for plate in _scores(fitted).iter_rows(named=True):
        if plate["residual_score"] > MAX_RESIDUAL_SCORE:
            message = (
                f"{plate_words(plate['sample_id'])}: its {plate['n_wells']} treated wells lie "
                f"{plate['residual_score']:.1f} % of vehicle from their curves (NRFE-like score), "
                f"more than {MAX_RESIDUAL_SCORE:g} %."
            )
            rule = "plate quality: residuals"
            rows.append(
                {
                    "row_id": None,
                    "rule": rule,
                    "severity": "warn",
                    "message": message,
                    "by": "plates",
                }
            )
    return Flags.from_rows(rows)


def residual_series(fitted: Sequence[pl.DataFrame], context: Context) -> list[pl.DataFrame]:
    """Return the residual of every fitted well with a place, for the residual map."""
    if not fitted:
        return []
    wells = (
        placed(pl.concat(fitted, how="diagonal_relaxed"))
        .filter(pl.col("row").is_not_null())
        .select(
            pl.lit(RESIDUAL).alias("id"),
            pl.lit(context.block).alias("block"),
            pl.lit(RESIDUAL).alias("quantity"),
            pl.lit("% of vehicle").alias("units"),
            (pl.col("column") + 1).cast(pl.Float64).alias("x"),
            (pl.col("row") + 1).cast(pl.Float64).alias("x2"),
            ((pl.col("response") - pl.col("fitted")) * 100.0).alias("y"),
            pl.col("sample_id").alias("plate"),
            pl.col("row_id"),
        )
    )
    return [wells] if wells.height else []
