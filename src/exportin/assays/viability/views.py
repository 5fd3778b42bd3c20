"""Figures of the viability assay: dose-response panels and potencies."""

import polars as pl

from exportin.assays.viability.estimate import responses
from exportin.assays.viability.growth_views import growth_dots, growth_view
from exportin.assays.viability.line_words import line_words
from exportin.assays.viability.plate_views import plate_views
from exportin.assays.viability.settings import ViabilitySettings
from exportin.assays.viability.waterfall_views import waterfall_views
from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.results.single import shown_rows
from exportin.results.tables import Fitted, Tests
from exportin.tables.kinds import WellReadings
from exportin.views.curve import curve_view
from exportin.views.forest import forest_view
from exportin.views.overview import overview_view

PERCENT = 100.0
POTENCIES = {"ic50_absolute": "IC50 (absolute)", "ec50": "EC50 (relative)"}
GROWTH = {"gr50": "GR50"}
TITLES = {**POTENCIES, **GROWTH}


def views(
    rows: WellReadings,
    fitted: Fitted,
    tests: Tests,
    settings: ViabilitySettings,
    context: Context,
) -> tuple[View, ...]:
    """Return the figures of a block; above ``curves_drawn`` curves an overview instead."""
    del tests
    shown = _named(_best(fitted.estimates.frame, context), context)
    units = [u for u in shown.get_column("units").unique().sort().to_list() if u]
    if shown.filter(pl.col("quantity") == "ec50").height > settings.curves_drawn:
        return (
            *(
                _overview(shown, quantity, unit, _suffix(unit, units))
                for unit in units
                for quantity in _asked(settings)
            ),
            *plate_views(rows, fitted, settings, context),
        )
    dots = _named(_mean_responses(rows, fitted, settings, context), context)
    series = fitted.series.frame
    lines = _named(series, context).filter(quantity="response") if series.height else None
    out = []
    for unit in units:
        end = _suffix(unit, units)
        mine = shown.filter(pl.col("units") == unit).select("panel", "group").unique()
        drawn = None if lines is None else lines.join(mine, on=["panel", "group"], how="semi")
        curves = _curves(dots, drawn, shown, context, unit=unit, end=end)
        out.append(curves)
        single = _named(_within(fitted.estimates.frame), context).filter(pl.col("units") == unit)
        out += [_forest(shown, single, q, context, unit=unit, end=end) for q in _asked(settings)]
        out += waterfall_views(shown, _asked(settings), context, unit=unit, end=end)
        if settings.growth_rate:
            growing = _named(growth_dots(rows, fitted, settings, context), context)
            grown = _named(series, context).filter(quantity="gr_value") if series.height else None
            gr50 = _potency(shown, "gr50", unit)
            out.append(growth_view(curves, growing, grown, gr50, context, unit=unit, end=end))
    return (*out, *plate_views(rows, fitted, settings, context))


def _asked(settings: ViabilitySettings) -> dict[str, str]:
    """Potencies that the study asks for, with their titles."""
    return TITLES if settings.growth_rate else POTENCIES


def _suffix(unit: str, units: list[str]) -> str:
    """One figure per unit of dose; they need names of their own only if there are several."""
    return "" if len(units) == 1 else f"_{unit.replace('/', '_per_')}"


def _within(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("unit_id").is_not_null())


def _best(frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Pooled potencies; where nothing could be pooled, those of the single experiment."""
    potency = frame.filter(pl.col("quantity").is_in(list(TITLES)))
    pooled = potency.filter(pl.col("unit_id").is_null())
    keys = ["quantity", *context.keys]
    alone = _within(potency).join(pooled, on=keys, how="anti", nulls_equal=True)
    shown = shown_rows(potency, context.keys) if pooled.height else pooled
    return pl.concat([shown, alone], how="diagonal_relaxed").sort(keys)


def _named(frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Add ``panel`` (all keys but the treatment) and ``group`` (the treatment)."""
    panel = [key for key in context.keys if key != "treatment"]
    name = pl.concat_str([pl.col(k).fill_null("") for k in panel], separator=", ")
    return frame.with_columns(name.alias("panel"), pl.col("treatment").alias("group"))


def _mean_responses(
    rows: WellReadings, fitted: Fitted, settings: ViabilitySettings, context: Context
) -> pl.DataFrame:
    """Mean of the technical wells per dose and experiment; excluded wells are drawn hollow."""
    out = list(fitted.flags.excluded())
    left = rows.with_frame(rows.frame.filter(~pl.col("row_id").is_in(out)))
    kept = responses(left, settings, context)
    gone = responses(rows, settings, context).filter(pl.col("row_id").is_in(out))
    keys = [*context.keys, "unit_id", "unit_out", "dose_out"]
    dosed = (pl.col("role") == "treated") & (pl.col("dose_out") > 0)
    parts = [
        frame.filter(dosed & pl.col("response").is_not_null())
        .group_by(keys, maintain_order=True)
        .agg(
            (pl.col("response").mean() * PERCENT).alias("y"),
            pl.col("row_id").sort().str.join("\n"),
        )
        .with_columns(pl.lit(hollow).alias("hollow"))
        for frame, hollow in ((kept, False), (gone, True))
    ]
    return pl.concat(parts).rename({"dose_out": "x"}).sort([*keys[:-1], "x", "hollow"])


def _curves(
    dots: pl.DataFrame,
    lines: pl.DataFrame | None,
    shown: pl.DataFrame,
    context: Context,
    *,
    unit: str,
    end: str,
) -> View:
    curves = mean = None
    if lines is not None:
        mean = lines.filter(pl.col("unit_id").is_null())
        curves = mean.select(
            "panel", "group", "x", *[(pl.col(c) * PERCENT).alias(c) for c in ("y", "low", "high")]
        )
    level = f"{context.conf_level:.0%}"
    return curve_view(
        name=f"dose_response{end}",
        title="Dose response",
        points=dots.filter(pl.col("unit_out") == unit).select(
            "panel", "group", "unit_id", "x", "y", "hollow", "row_id"
        ),
        curves=curves,
        estimates=_potency(shown, "ic50_absolute", unit),
        x_unit=unit,
        estimate_label="IC50",
        unit_name=f"{context.experimental_unit}s",
        group_title="Treatment",
        caption=(
            f"Viability as percent of the plate's vehicle. Points: means of the wells of one "
            f"{context.experimental_unit}, a shape each; hollow: excluded. "
            f"{line_words(dots, mean, context)} Below: absolute IC50 with its {level} interval; "
            "arrows: only a bound is known."
        ),
    )


def _potency(frame: pl.DataFrame, quantity: str, unit: str) -> pl.DataFrame:
    wanted = (pl.col("quantity") == quantity) & (pl.col("units") == unit)
    return frame.filter(wanted).select(
        "panel",
        "group",
        "value",
        "conf_low",
        "conf_high",
        "conf_open",
        "bound",
        "n_units",
        "interval_level",
        "status",
        "scale",
    )


def _forest(
    shown: pl.DataFrame,
    single: pl.DataFrame,
    quantity: str,
    context: Context,
    *,
    unit: str,
    end: str,
) -> View:
    estimates = _potency(shown, quantity, unit).rename({"panel": "row"})
    alone = estimates.height > 0 and bool((estimates.get_column("n_units") == 1).all())
    units = single.filter((pl.col("quantity") == quantity) & pl.col("value").is_not_null())
    units = units.filter(~pl.col("id").is_in(shown.get_column("id").to_list()))
    what = f"geometric mean over {context.experimental_unit}s with its"
    small = f"small points: single {context.experimental_unit}s; "
    if alone:
        what, small = f"one {context.experimental_unit} each with its technical", ""
    return forest_view(
        name=f"{quantity}{end}",
        title=TITLES[quantity],
        estimates=estimates,
        units=None
        if alone
        else units.select(pl.col("panel").alias("row"), "group", "value", "unit_id", "bound"),
        x_label=TITLES[quantity],
        x_unit=unit,
        unit_name=f"{context.experimental_unit}s",
        conf_level=context.conf_level,
        group_title="Treatment",
        caption=(
            f"{TITLES[quantity]}: {what} {context.conf_level:.0%} interval; "
            f"{small}arrows: only a bound is known."
        ),
    )


def _overview(shown: pl.DataFrame, quantity: str, unit: str, end: str) -> View:
    found = _potency(shown, quantity, unit).rename({"panel": "row", "group": "column"})
    return overview_view(
        name=f"{quantity}_overview{end}",
        title=TITLES[quantity],
        estimates=found.select("row", "column", "value", "bound"),
        value_label=TITLES[quantity],
        value_unit=unit,
        caption=f"{TITLES[quantity]} of every curve; gray: no estimate; > and <: bounds.",
    )
