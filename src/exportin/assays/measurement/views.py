"""Figures of the measurement assay: every unit, the mean with its interval, exact p values."""

import polars as pl

from exportin.assays.measurement.settings import MeasurementSettings
from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.results.tables import Fitted, Tests
from exportin.tables.kinds import Values
from exportin.views.dots import dots_view


def views(
    rows: Values,
    fitted: Fitted,
    tests: Tests,
    settings: MeasurementSettings,
    context: Context,
) -> tuple[View, ...]:
    """Return one dot plot: groups on x, a panel per combination of the further keys."""
    frame = fitted.estimates.frame.filter(pl.col("quantity") == "value")
    axis = _axis_key(frame, context)
    units = _units(frame, rows, fitted, axis, context)
    if not units.height:
        return ()
    pooled = frame.filter(pl.col("unit_id").is_null() & pl.col("value").is_not_null())
    pooled = pooled.filter(pl.col("n_units") > 1)
    summary = _named(pooled, axis, context).select(
        "panel", "group", "value", "conf_low", "conf_high", "conf_open", "n_units", "interval_level"
    )
    shown, told = _comparisons(tests, axis, units, context)
    unit = context.experimental_unit
    mean = "Geometric mean" if settings.scale == "log" else "Mean"
    return (
        dots_view(
            name="values",
            title=settings.label,
            units=units,
            summary=summary,
            comparisons=shown,
            y_label=settings.label,
            y_unit=settings.units,
            scale="log10" if settings.scale == "log" else "linear",
            connect=_blocked(units),
            x_label=axis,
            groups=_first(units, settings),
            columns=2,
            width="single" if units.get_column("panel").n_unique() < 2 else "double",
            caption=(
                f"Each point is one {unit} ({_averaged(rows, fitted, settings, context)}hollow: "
                f"excluded rows). {_means(mean, summary, context)}"
                + ("" if shown is None else "Brackets: p, adjusted (adj.) within its family. ")
                + " ".join(told)
            ).strip(),
        ),
    )


def _averaged(rows: Values, fitted: Fitted, settings: MeasurementSettings, context: Context) -> str:
    """Say that rows of a unit were averaged, where they were; a note says over which columns."""
    place = [*context.keys, "unit_id"]
    gone = pl.col("row_id").is_in(list(fitted.flags.excluded()))
    used = rows.frame.filter(~gone & pl.col("value").is_not_null())
    if not used.select(place).is_duplicated().any():
        return ""
    how = "averaged" if settings.technical == "mean" else "replaced by their median"
    return f"values of one {context.experimental_unit} and group were {how}; "


def _axis_key(frame: pl.DataFrame, context: Context) -> str:
    """Key on the x axis: the first that has more than one group."""
    varied = [key for key in context.keys if frame.get_column(key).n_unique() > 1]
    return (varied or list(context.keys))[0]


def _named(frame: pl.DataFrame, axis: str, context: Context) -> pl.DataFrame:
    """Add ``group`` (the key on x) and ``panel`` (all further keys)."""
    rest = [pl.col(k).cast(pl.String).fill_null("") for k in context.keys if k != axis]
    panel = pl.concat_str(rest, separator=", ") if rest else pl.lit("")
    return frame.with_columns(panel.alias("panel"), pl.col(axis).cast(pl.String).alias("group"))


def _units(
    frame: pl.DataFrame, rows: Values, fitted: Fitted, axis: str, context: Context
) -> pl.DataFrame:
    """Values of single units, and excluded rows as hollow points."""
    single = frame.filter(pl.col("unit_id").is_not_null() & pl.col("value").is_not_null())
    gone = rows.frame.filter(pl.col("row_id").is_in(list(fitted.flags.excluded())))
    gone = gone.filter(pl.col("value").is_not_null())
    if (frame.get_column("scale") == "log10").any():
        single, gone = (f.filter(pl.col("value") > 0) for f in (single, gone))
    names = ["panel", "group", "value", "unit_id"]
    parts = [
        _named(single, axis, context).select(
            *names, pl.lit(value=False).alias("hollow"), pl.lit(None, pl.String).alias("row_id")
        ),
        _named(gone, axis, context).select(*names, pl.lit(value=True).alias("hollow"), "row_id"),
    ]
    return pl.concat(parts).sort("panel", "group", "unit_id", "row_id", nulls_last=True)


def _means(mean: str, summary: pl.DataFrame, context: Context) -> str:
    """Say what the bars are; groups of one unit have none."""
    if not summary.height:
        return ""
    unit = context.experimental_unit
    return f"{mean} with its {context.conf_level:.0%} t interval between {unit}s. "


def _first(units: pl.DataFrame, settings: MeasurementSettings) -> list[str]:
    """Return the groups in the order of the study file, as far as there are numbers of them."""
    known = set(units.get_column("group"))
    return [name for name in dict.fromkeys(settings.order) if name in known]


def _blocked(units: pl.DataFrame) -> bool:
    """Whether one unit is in two groups of a panel."""
    kept = units.filter(~pl.col("hollow"))
    return kept.select("panel", "unit_id").is_duplicated().any()


def _comparisons(
    tests: Tests, axis: str, units: pl.DataFrame, context: Context
) -> tuple[pl.DataFrame | None, list[str]]:
    """Return tests between groups of one panel as brackets, and the sentences of all others."""
    frame = tests.frame.filter(pl.col("quantity") == "value")
    further = [key for key in context.keys if key != axis]
    absent = [key for key in further if key not in frame.columns]
    one_panel = units.get_column("panel").n_unique() < 2
    groups = units.get_column("group").unique().to_list()
    inside = pl.col("group_a").is_in(groups) & pl.col("group_b").is_in(groups)
    usable = inside & pl.lit(not absent or one_panel) & pl.col("effect").is_not_null()
    others = frame.filter(~usable.fill_null(value=False)).get_column("verdict")
    told = [f"{text[:1].upper()}{text[1:]}." for text in others.to_list()]
    frame = frame.filter(usable)
    if not frame.height:
        return None, told
    if absent:
        only = units.item(0, "panel")
        frame = frame.with_columns(pl.lit(only).alias("panel"))
    else:
        rest = [pl.col(k).cast(pl.String).fill_null("") for k in further]
        panel = pl.concat_str(rest, separator=", ") if rest else pl.lit("")
        frame = frame.with_columns(panel.alias("panel"))
    alone = pl.col("family").str.starts_with("one test")
    adjusted = pl.when(alone).then(None).otherwise(pl.col("p_adjusted")).alias("p_adjusted")
    kind = pl.col("effect_kind").str.split(" of ").list.first()  # ratio, difference
    shown = frame.with_columns(adjusted, kind.alias("effect_kind")).select(
        "panel", "group_a", "group_b", "p_value", "p_adjusted", "effect", "effect_kind",
        "conf_low", "conf_high", "conf_open",
    )  # fmt: skip
    return shown, told
