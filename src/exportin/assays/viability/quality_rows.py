"""What plates say of themselves, as rows of estimates: controls, patterns, residuals."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.assays.viability.growth import without_day_zero
from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.curves.dose_response import CurveFit
from exportin.kernels.hill import hill_response
from exportin.plates.controls import control_numbers
from exportin.plates.normalize import PLATE
from exportin.plates.outliers import any_out, curve_outliers
from exportin.plates.pattern import judge_plate
from exportin.plates.quality import plate_words
from exportin.plates.residuals import MAX_RESIDUAL_SCORE, residual_scores
from exportin.plates.wellmap import placed, plates_of
from exportin.results.tables import Flags
from exportin.tables.columns import among, distinct, kept

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


Heights = NDArray[np.float64] | None
"""Height of a curve at each of its wells; None where nothing was fitted."""


class Held(NamedTuple):
    """Wells held against their curves; ``scores`` are those of `residual_scores`."""

    curves: Sequence[pl.DataFrame]
    heights: Sequence[Heights]
    wells: pl.DataFrame  # of all fitted curves, with ``fitted``; no rows without any
    scores: list[Row]


def fitted_heights(curve: pl.DataFrame, found: CurveFit) -> Heights:
    """Return how high the fitted curve is at each well."""
    if found.p_response is None:
        return None
    fit, mean = found.fit, curve.get_column("response").mean()
    dose = curve.get_column("dose_out").to_numpy().astype(np.float64)
    height = hill_response(dose, fit.top, fit.bottom, 10**fit.log10_ec50, fit.hill)
    if not np.all(np.isfinite(height)):  # a constant has no parameters but its mean
        height = np.full(dose.size, mean)
    return height


def held_to_curves(curves: Sequence[pl.DataFrame], heights: Sequence[Heights]) -> Held:
    """Put the wells of all curves together with the heights of these."""
    pairs = [(c, h) for c, h in zip(curves, heights, strict=True) if h is not None]
    if not pairs:
        return Held(curves, heights, pl.DataFrame(), [])
    stacked = pl.concat([curve for curve, _ in pairs], how="diagonal_relaxed")
    wells = _with(stacked, np.concatenate([height for _, height in pairs]))
    # rows of a long table have no place and are no plate
    placed_wells = kept(wells, wells.get_column("well").is_not_null())
    return Held(curves, heights, wells, residual_scores(placed_wells).to_dicts())


def _with(wells: pl.DataFrame, height: NDArray[np.float64]) -> pl.DataFrame:
    return wells.with_columns(pl.Series("fitted", height, dtype=pl.Float64))


def plate_rows(
    frame: pl.DataFrame,
    flags: Flags,
    scores: Sequence[Row],
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
    scores
        How far the wells of each plate lie from their curves, as `held_to_curves` gives them.
    settings, context
        What the study file says.
    """
    said = flags.frame.get_column("row_id").filter(flags.frame.get_column("rule") == "excluded")
    out = set(said.to_list()) - {None}
    rows: list[Row] = []
    plates = list(_plates(without_day_zero(frame), out, context))
    for plate, common in plates:
        left = kept(plate, ~among(plate.get_column("row_id"), out))
        if not settings.normalized:
            rows += [*_control_rows(left, common), *_pattern_rows(left, common, context)]
    rows += _residual_rows(scores, {(c["file"], c["sample_id"], c["model"]): c for _, c in plates})
    hidden = ("file", "sample_id")
    return [{k: v for k, v in row.items() if k not in hidden} for row in rows]


def _plates(
    frame: pl.DataFrame, out: set[str], context: Context
) -> Iterator[tuple[pl.DataFrame, Row]]:
    """Each plate and model with treated wells left; wells without a model go along."""
    columns = {name: frame.get_column(name) for name in (*PLATE, "model", "row_id")}
    lost = among(columns["row_id"], out)
    treated = kept(frame, (frame.get_column("role") == "treated") & ~lost)
    units: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for *place, unit in distinct(treated, [*PLATE, "model", "unit_id"]):
        units[place[0], place[1], place[2]].add(unit)
    names = Counter(sample for _, sample in {place[:2] for place in units})
    for (file, sample, model), own in sorted(units.items()):
        here = (columns["file"] == file) & (columns["sample_id"] == sample)
        here &= columns["model"].is_null() | (columns["model"] == model)
        plate = kept(frame, here)
        yield (
            plate,
            {
                "file": file,
                "sample_id": sample,
                "block": context.block,
                "assay": "viability",
                "model": model,
                # the maps of plates call those of one name the same
                "plate": f"{sample}, {file}" if sample and names[sample] > 1 else sample or file,
                "unit_id": " + ".join(map(str, sorted(own - {None}))),
                "experimental_unit": context.experimental_unit,
                "n_units": 1,
                "n_flagged": int((here & lost).sum()),
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


def _residual_rows(scores: Sequence[Row], places: dict[tuple[str, str, str], Row]) -> Iterator[Row]:
    for row in scores:
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


def residual_flags(held: Held) -> Flags:
    """Warn of wells far from their curve, and of plates whose wells lie far from their curves."""
    rows = [
        row
        for curve, height in zip(held.curves, held.heights, strict=True)
        if height is not None and any_out(curve.get_column("response").to_numpy(), height)
        for row in curve_outliers(_with(curve, height))
    ]
    for plate in held.scores:
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


def residual_series(wells: pl.DataFrame, context: Context) -> list[pl.DataFrame]:
    """Return the residual of every fitted well with a place, for the residual map."""
    if not wells.height:
        return []
    wells = placed(wells)
    wells = kept(wells, wells.get_column("row").is_not_null())
    if not wells.height:
        return []
    column = {name: wells.get_column(name) for name in wells.columns}
    same = {"id": RESIDUAL, "block": context.block, "quantity": RESIDUAL, "units": "% of vehicle"}
    away = (column["response"] - column["fitted"]) * 100.0
    return [
        pl.DataFrame(
            [
                *(pl.Series(k, [v]).new_from_index(0, wells.height) for k, v in same.items()),
                (column["column"] + 1).cast(pl.Float64).alias("x"),
                (column["row"] + 1).cast(pl.Float64).alias("x2"),
                away.alias("y"),
                column["sample_id"].alias("plate"),
                column["row_id"],
            ]
        )
    ]
