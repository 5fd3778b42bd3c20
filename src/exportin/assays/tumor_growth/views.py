"""Results to figures: growth of every animal, relative change, time to volume, body weight."""

from collections.abc import Sequence

import polars as pl

from exportin.assays.tumor_growth.arm_order import arm_order
from exportin.assays.tumor_growth.mean_views import mean_view
from exportin.assays.tumor_growth.response_views import response_view
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits, measured, visits
from exportin.assays.tumor_growth.weight_rows import weight_series
from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.results.tables import Fitted, Tests
from exportin.tables.kinds import TumorLog
from exportin.views.growth import growth_view
from exportin.views.spider import spider_view
from exportin.views.survival import survival_view
from exportin.views.weight import weight_view

PANEL = {"model": "panel", "arm": "group"}
ENDS = ("panel", "group", "x", "y", "removal")


def views(
    rows: TumorLog,
    fitted: Fitted,
    tests: Tests,
    settings: TumorGrowthSettings,
    context: Context,
) -> tuple[View, ...]:
    """Show what was measured and what came of it; many animals get means only."""
    seen = visits(rows, fitted.flags, settings)
    if seen.volumes.is_empty():
        return _nothing(seen, context)
    arms = _arms(seen, settings)
    made = [_growth(seen, rows, fitted, settings, context, arms)]
    if seen.animals.height <= settings.animals_drawn:
        made += mean_view(seen, _doses(settings), _at_risk(seen.volumes), context, arms)
        made.append(_spider(seen, context, arms))
    if seen.animals.get_column("model").n_unique() <= settings.models_drawn:
        made += _survival(fitted, tests, settings, context, arms)
        made += response_view(fitted, context, arms)
    if seen.weights.height:
        made.append(_weight(seen, fitted, settings, context, arms))
    return tuple(made)


def _arms(seen: Visits, settings: TumorGrowthSettings) -> list[str]:
    """Control first, so that it has the same color everywhere."""
    return list(arm_order(seen.animals, settings.control))


def _nothing(seen: Visits, context: Context) -> tuple[View, ...]:
    """Say in a figure that nothing is left to draw."""
    panels = seen.animals.get_column("model").unique().sort().to_list()
    empty = pl.DataFrame(
        {"panel": panels, "group": [""] * len(panels), "animal": [""] * len(panels)}
    ).with_columns(pl.lit(None, pl.Float64).alias("x"), pl.lit(None, pl.Float64).alias("y"))
    return (
        growth_view(
            name="growth",
            title="Tumor growth",
            animals=empty,
            panels=panels,
            caption=f"No volume of any {context.experimental_unit} is left.",
        ),
    )


def _lines(frame: pl.DataFrame, value: str) -> pl.DataFrame:
    return frame.select(
        pl.col("model").alias("panel"),
        pl.col("arm").alias("group"),
        "animal",
        pl.col("day").alias("x"),
        pl.col(value).alias("y"),
        pl.lit(value=False).alias("hollow"),
        "row_id",
    )


def _growth(  # noqa: PLR0917 - what a figure is made of
    seen: Visits,
    rows: TumorLog,
    fitted: Fitted,
    settings: TumorGrowthSettings,
    context: Context,
    arms: Sequence[str],
) -> View:
    many = seen.animals.height > settings.animals_drawn
    means = fitted.series.frame.filter(pl.col("quantity") == "volume")
    curves = means.rename(PANEL).select("panel", "group", "x", "y", "low", "high") if (
        means.height
    ) else None  # fmt: skip
    unit = context.experimental_unit
    gone = _excluded(rows, fitted, settings)
    shown = pl.concat([_lines(seen.volumes, "volume_mm3"), gone])
    last = seen.volumes.group_by("animal").agg(pl.all().sort_by("day").last())
    end_day = pl.col("day").max().over("model")
    stayed = pl.when(pl.col("removal").is_null() & (pl.col("day") == end_day)).then(pl.lit("end"))
    ends = last.join(seen.animals.select("animal", "removal"), on="animal")
    ends = ends.with_columns(pl.coalesce("removal", stayed).alias("removal")).rename(
        {"model": "panel", "arm": "group", "day": "x", "volume_mm3": "y"}
    )
    return growth_view(
        name="growth",
        title="Tumor growth",
        animals=None if many else shown,
        means=curves,
        ends=None if many else ends.select(ENDS),
        doses=_doses(settings),
        at_risk=None if many else _at_risk(seen.volumes),
        threshold=settings.threshold_mm3,
        mean_label="geometric mean by the mixed model",
        conf_level=context.conf_level,
        groups=arms,
        caption=(
            f"Tumor volumes. {'' if many else f'Thin lines: single {unit}s. '}"
            f"Thick lines: geometric mean of each arm by the mixed model of all visits, over the "
            f"arm's own follow-up, with its {context.conf_level:.0%} interval."
            + (" Triangles on top: doses." if settings.dosing else "")
        ),
    )


def _excluded(rows: TumorLog, fitted: Fitted, settings: TumorGrowthSettings) -> pl.DataFrame:
    """Excluded volumes, hollow; they are in no number."""
    out = sorted(fitted.flags.excluded())
    frame = measured(rows.frame, settings).filter(
        pl.col("row_id").is_in(out) & (pl.col("volume_mm3") >= 0)
    )
    return _lines(frame, "volume_mm3").with_columns(pl.lit(value=True).alias("hollow"))


def _doses(settings: TumorGrowthSettings) -> pl.DataFrame | None:
    found = [(one.arm, day) for one in settings.dosing for day in one.days]
    if not found:
        return None
    schema = {"group": pl.String, "x": pl.Float64}
    return pl.DataFrame(found, schema=schema, orient="row").unique(maintain_order=True)


def _at_risk(visited: pl.DataFrame) -> pl.DataFrame:
    """How many animals of each arm are still measured in each week."""
    last = visited.group_by("model", "arm", "animal").agg(
        pl.col("day").min().alias("first"), pl.col("day").max().alias("last")
    )
    weeks = pl.int_ranges(0, pl.col("last").max().cast(pl.Int64) + 1, 7)
    days = last.group_by("model").agg(weeks.first().alias("day")).explode("day")
    days = days.with_columns(pl.col("day").cast(pl.Float64))
    both = days.join(last, on="model").filter(
        (pl.col("last") >= pl.col("day")) & (pl.col("first") <= pl.col("day"))
    )
    counts = both.group_by("model", "arm", "day").agg(pl.len().cast(pl.Int64).alias("n"))
    grid = days.join(last.select("model", "arm").unique(), on="model")
    out = grid.join(counts, on=["model", "arm", "day"], how="left").with_columns(
        pl.col("n").fill_null(0)
    )
    return out.rename({**PANEL, "day": "x"}).select("panel", "group", "x", "n").sort(pl.all())


def _spider(seen: Visits, context: Context, arms: Sequence[str]) -> View:
    start = (
        seen.volumes.filter(pl.col("day") <= 0)
        .group_by("animal")
        .agg(pl.col("volume_mm3").sort_by("day").last().alias("start"))
    )
    change = (
        seen.volumes.join(start, on="animal")
        .filter((pl.col("start") > 0) & (pl.col("day") >= 0))
        .with_columns((100 * (pl.col("volume_mm3") / pl.col("start") - 1)).alias("change"))
    )
    return spider_view(
        name="change",
        title="Change of each tumor",
        animals=_lines(change, "change"),
        groups=arms,
        caption=(
            f"Change of the volume of each {context.experimental_unit} from its last visit on or "
            "before the first dose. Dashed: cuts of the response categories."
        ),
    )


def _survival(
    fitted: Fitted,
    tests: Tests,
    settings: TumorGrowthSettings,
    context: Context,
    arms: Sequence[str],
) -> list[View]:
    steps = fitted.series.frame.filter(pl.col("quantity") == "survival")
    if steps.is_empty():
        return []
    frame = fitted.estimates.frame
    single = frame.filter(
        (pl.col("quantity") == "time_to_volume")
        & pl.col("unit_id").is_not_null()
        & pl.col("value").is_not_null()
    ).rename(PANEL)
    curves = steps.rename(PANEL).select("panel", "group", "x", "y", "low", "high")
    said = tests.frame.filter(
        (pl.col("quantity") == "time_to_volume") & pl.col("p_value").is_not_null()
    )
    notes: dict[str, str] = {}
    if "model" in said.columns:
        for model, text in said.group_by("model", maintain_order=True).agg("verdict").iter_rows():
            notes[str(model)] = ". ".join(f"{one[:1].upper()}{one[1:]}" for one in text)
    unit = context.experimental_unit
    return [
        survival_view(
            name="time_to_volume",
            title=f"Time to {settings.threshold_mm3:g} mm³",
            steps=curves,
            censored=_censored(single, curves),
            at_risk=_still_below(single),
            full=100.0,
            y_label=f"{unit.capitalize()}s below {settings.threshold_mm3:g} mm³",
            conf_level=context.conf_level,
            groups=arms,
            notes=notes,
            caption=(
                f"Kaplan-Meier curves of the time until a tumor reached "
                f"{settings.threshold_mm3:g} mm³; bands: pointwise "
                f"{context.conf_level:.0%} intervals; ticks: {unit}s that "
                "left without reaching it."
            ),
        )
    ]


def _censored(single: pl.DataFrame, curves: pl.DataFrame) -> pl.DataFrame:
    """Where animals left without an event, on their curve."""
    left = single.filter(pl.col("bound") == ">").select(
        "panel", "group", pl.col("value").alias("x")
    )
    heights = curves.select("panel", "group", "x", "y").sort("x")
    joined = left.sort("x").join_asof(
        heights, on="x", by=["panel", "group"], strategy="backward", check_sortedness=False
    )
    return joined.select("panel", "group", "x", "y")


def _still_below(single: pl.DataFrame) -> pl.DataFrame:
    days = [float(day) for day in range(0, 1000, 7)]
    longest = single.get_column("value").max()
    top = float(longest) if isinstance(longest, int | float) else 0.0
    rows = [
        (panel, group, day, int((times >= day).sum()))
        for panel, group, times in single.group_by("panel", "group", maintain_order=True)
        .agg("value")
        .iter_rows()
        for day in days
        if day <= top
        for times in [pl.Series(times)]
    ]
    schema = {"panel": pl.String, "group": pl.String, "x": pl.Float64, "n": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _weight(
    seen: Visits,
    fitted: Fitted,
    settings: TumorGrowthSettings,
    context: Context,
    arms: Sequence[str],
) -> View:
    series = weight_series(seen, settings)
    many = seen.animals.height > settings.animals_drawn
    lines = series.select(
        pl.col("model").alias("panel"),
        pl.col("arm").alias("group"),
        "animal",
        pl.col("day").alias("x"),
        pl.col("percent").alias("y"),
    )
    means = fitted.series.frame.filter(pl.col("quantity") == "body_weight")
    reference = settings.weight_reference.replace("_", " ")
    return weight_view(
        name="body_weight",
        title="Body weight",
        animals=None if many else lines,
        means=means.rename(PANEL).select("panel", "group", "x", "y", "low", "high"),
        doses=_doses(settings),
        at_risk=None if many else _at_risk(series),
        conf_level=context.conf_level,
        y_unit=f"% of {reference}",
        groups=arms,
        caption=(
            f"Body weight of each {context.experimental_unit} in percent of the {reference}; the "
            "tumor is weighed with it. Thick lines: mean of those weighed on the day. "
            "Dashed: losses of 10, 15 and 20 %."
            + (" Triangles on top: doses." if settings.dosing else "")
        ),
    )
