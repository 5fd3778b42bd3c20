"""The table of a xenograft paper, and the ARRIVE 2.0 Essential 10 as far as the study knows."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from exportin.assays.tumor_growth.arm_order import arm_order
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits, visits
from exportin.contract.assay import Context
from exportin.contract.sheet import Cell, Sheet
from exportin.results.formatting import key_text
from exportin.results.tables import Fitted, Tests
from exportin.tables.kinds import TumorLog

BLANK = "not stated in the study file"
OTHER = f"Implantation, housing, monitoring and humane end points: {BLANK}."
REFERENCE = "reference"


def sheets(
    rows: TumorLog,
    fitted: Fitted,
    tests: Tests,
    settings: TumorGrowthSettings,
    context: Context,
) -> tuple[Sheet, ...]:
    """Return the efficacy table and the ARRIVE table of a block."""
    seen = visits(rows, fitted.flags, settings)
    return (
        _efficacy(fitted, seen, settings, context),
        _arrive(fitted, tests, seen, settings, context),
    )


def _efficacy(
    fitted: Fitted, seen: Visits, settings: TumorGrowthSettings, context: Context
) -> Sheet:
    frame = fitted.estimates.frame.filter(pl.col("unit_id").is_null())
    found: dict[tuple[str, str, str], dict[str, Any]] = {
        (row["model"], row["arm"], row["quantity"]): row for row in frame.iter_rows(named=True)
    }
    groups = _counted(seen, settings).rows()
    body = []
    for model, arm, n in groups:
        mine = {quantity: row for (m, a, quantity), row in found.items() if (m, a) == (model, arm)}
        body.append((Cell(model), *_efficacy_row(arm, n, mine, settings)))
    return Sheet(
        name="efficacy",
        title="Efficacy, as xenograft papers print it",
        header=(
            "Model",
            "Arm",
            "n",
            "Still measured",
            "Mean volume",
            "T/C (means)",
            "Day",
            "Max TVI",
            "Without effect below",
            f"Median day of {settings.threshold_mm3:g} mm3",
            "Growth delay (T - C)",
            "TGI (growth rate)",
        ),
        rows=tuple(body),
        note=(
            "Mean volume and T/C on the day beside the animals still measured, largest tumor "
            "volume inhibition (max TVI) with its day, Kaplan-Meier median day and growth delay "
            f"to {settings.threshold_mm3:g} mm3, and growth-rate inhibition, with "
            f"{context.conf_level:.0%} intervals; n counts {context.experimental_unit}s. The "
            "interval of max TVI allows for the choice of its day; dealt to the arms at random, "
            "the same animals stay below the number beside it in 19 of 20 allocations."
        ),
        first=True,
    )


def _efficacy_row(
    arm: str, n: int, mine: dict[str, dict[str, Any]], settings: TumorGrowthSettings
) -> tuple[Cell, ...]:
    """Cells of one arm; the control is what the others are held against."""
    control = arm == settings.control
    against = ("max_tvi", "max_tvi_null")
    return (
        Cell(f"{arm} (control)" if control else arm),
        Cell(f"{n}"),
        Cell(_alive(mine.get("animals_alive"))),
        _cell(mine.get("mean_volume")),
        Cell(REFERENCE) if control else _cell(mine.get("tc_ratio")),
        Cell(_day(mine.get("max_tvi"))),
        *(Cell(REFERENCE) if control else _cell(mine.get(name)) for name in against),
        _cell(mine.get("time_to_volume")),
        *(
            Cell(REFERENCE) if control else _cell(mine.get(name))
            for name in ("growth_delay", "tgi_rate")
        ),
    )


def _cell(row: dict[str, Any] | None) -> Cell:
    return Cell("") if row is None else Cell(id=row["id"])


def _day(row: dict[str, Any] | None) -> str:
    return "" if row is None or row.get("day") is None else key_text(row["day"])


def _alive(row: dict[str, Any] | None) -> str:
    return "" if row is None else f"{row['value']:.0f} (day {key_text(row['day'])})"


def _arrive(
    fitted: Fitted,
    tests: Tests,
    seen: Visits,
    settings: TumorGrowthSettings,
    context: Context,
) -> Sheet:
    said = settings.arrive
    items = (
        ("1", "Study design", _design(seen, settings, context)),
        ("2", "Sample size", _sizes(seen, settings, context) + _told(said.sample_size)),
        (
            "3",
            "Inclusion and exclusion",
            _left(fitted, seen) + f" Criteria: {said.criteria or BLANK}.",
        ),
        ("4", "Randomization", said.randomization or BLANK),
        ("5", "Blinding", said.blinding or BLANK),
        (
            "6",
            "Outcome measures",
            _outcomes(settings, said.primary_outcome, weighed=seen.weights.height > 0),
        ),
        ("7", "Statistical methods", _methods(tests)),
        ("8", "Experimental animals", said.animals or BLANK),
        ("9", "Experimental procedures", _procedures(settings) + f" {said.procedures or OTHER}"),
        ("10", "Results", _results(context)),
    )
    return Sheet(
        name="arrive",
        title="ARRIVE 2.0, Essential 10",
        header=("Item", "What", "In this study"),
        rows=tuple(tuple(Cell(text) for text in item) for item in items),
        note=(
            "Filled from the study file and the data as far as they say it; the rest is left "
            "blank for the people who know. Write it in [block.NAME.arrive]. Percie du Sert N, et "
            "al. PLoS Biol 2020;18:e3000411."
        ),
    )


def _told(text: str) -> str:
    return f" {text}" if text else f" Why: {BLANK}."


def _design(seen: Visits, settings: TumorGrowthSettings, context: Context) -> str:
    arms = arm_order(seen.animals, settings.control)
    models = seen.animals.get_column("model").n_unique()
    return (
        f"{models} model{'s' if models > 1 else ''}; arms: {', '.join(arms)}; control: "
        f"{settings.control}. Experimental unit: {context.experimental_unit}."
    )


def _sizes(seen: Visits, settings: TumorGrowthSettings, context: Context) -> str:
    counts = _counted(seen, settings).rows()
    each = ", ".join(f"{model} {arm} {n}" for model, arm, n in counts[:24])
    more = f" and {len(counts) - 24} more groups" if len(counts) > 24 else ""
    total = sum(n for *_, n in counts)
    return f"{context.experimental_unit.capitalize()}s: {each}{more}; {total} in all."


def _counted(seen: Visits, settings: TumorGrowthSettings) -> pl.DataFrame:
    """Count the animals of each arm that have a volume in the analysis."""
    used = pl.col("n_rows") > 0
    arms = arm_order(seen.animals, settings.control)
    place = pl.col("arm").cast(pl.Enum(arms))
    counts = seen.animals.group_by("model", "arm").agg(used.sum().alias("n"))
    return counts.sort("model", place)


def _left(fitted: Fitted, seen: Visits) -> str:
    out = fitted.flags.excluded()
    rule = fitted.flags.frame.get_column("rule")
    zeros = int(rule.is_in(["zero: removed", "zero: unclear"]).sum())
    reasons = seen.animals.group_by("removal").len().sort("removal", nulls_last=True).rows()
    known = [f"{name.replace('_', ' ')} {n}" for name, n in reasons if name]
    unknown = sum(n for name, n in reasons if not name)
    parts = [f"{len(out)} rows were left out of the analysis by a person"]
    if zeros:
        parts.append(f"{zeros} volumes of zero that are no measurement")
    if known:
        parts.append(f"animals left for: {', '.join(known)}")
    if unknown:
        parts.append(f"no reason stated for {unknown} animals")
    return "; ".join(parts) + "."


def _outcomes(settings: TumorGrowthSettings, primary: str, *, weighed: bool) -> str:
    how = f" from calipers by {settings.volume_formula}" if settings.volume_formula else ""
    weight = "; body weight" if weighed else ""
    return (
        f"Tumor volume{how}; time to {settings.threshold_mm3:g} mm3{weight}. Primary: "
        f"{primary or BLANK}."
    )


def _methods(tests: Tests) -> str:
    names = tests.frame.filter(pl.col("p_value").is_not_null()).get_column("test")
    names = names.str.split(" of raw").list.first().unique().sort()
    made = f" Tests: {'; '.join(names)}." if len(names) else ""
    return f"See the methods section; every number names its method.{made}"


def _procedures(settings: TumorGrowthSettings) -> str:
    return " ".join(_doses(settings)) or "No dosing is told in the study file."


def _doses(settings: TumorGrowthSettings) -> Iterator[str]:
    for one in settings.dosing:
        size = "" if one.dose is None else f" {one.dose:g} {one.dose_unit}"
        route = f" {one.route}" if one.route else ""
        days = ", ".join(f"{day:g}" for day in one.days)
        yield f"{one.arm}: {one.drug}{size}{route} on days {days}."


def _results(context: Context) -> str:
    return (
        f"Every number with its {context.conf_level:.0%} interval and n in the tables of this "
        f"report; every {context.experimental_unit} in its figures."
    )
