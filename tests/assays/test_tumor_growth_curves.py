"""Rows of growth curves: values, ranges over curves, windows, zeros, and what is not told."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from exportin.assays.tumor_growth.curve_rows import METHODS, QUANTITIES, curve_rows
from exportin.assays.tumor_growth.settings import Dosing, TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits, models
from exportin.contract.assay import Context
from exportin.kernels.growth_curves import curve_slopes
from exportin.results.formatting import format_cell
from exportin.results.tables import Estimates

CONTEXT = Context(block="g", experimental_unit="animal", keys=("model", "arm"), seed=1)
DAYS = np.arange(0.0, 40.0, 3.5)
TEXTS = dict.fromkeys(("animal", "unit_id", "model", "arm", "row_id", "zero_means"), pl.String)


def seen(arms: Mapping[str, Sequence[np.ndarray]], days: np.ndarray = DAYS) -> Visits:
    """Visits of one model: volumes in mm3 of the animals of each arm."""
    rows = [
        {"animal": f"{arm}{i}", "unit_id": f"{arm}{i}", "model": "M", "arm": arm, "day": day,
         "volume_mm3": float(v), "row_id": f"{arm}{i}@{day}", "zero_means": None}
        for arm, animals in arms.items()
        for i, volumes in enumerate(animals)
        for day, v in zip(days, volumes, strict=False)
    ]  # fmt: skip
    volumes = pl.DataFrame(rows, schema=TEXTS | {"day": pl.Float64, "volume_mm3": pl.Float64})
    animals = pl.DataFrame(
        [{"animal": f"{arm}{i}", "unit_id": f"{arm}{i}", "model": "M", "arm": arm, "n_flagged": 0}
         for arm, group in arms.items() for i in range(len(group))]
    )  # fmt: skip
    return Visits(volumes=volumes, weights=pl.DataFrame(), animals=animals)


def grown(curve: str, shape: float, n: int = 6, rate: float = 0.15, sd: float = 0.1, seed: int = 1):
    rng = np.random.default_rng(seed)
    level, own = rng.normal(np.log(150.0), 0.25, (n, 1)), rng.normal(rate, 0.02, (n, 1))
    y = curve_slopes(curve, DAYS, level, own, shape).y + rng.normal(0.0, sd, (n, DAYS.size))
    return list(np.exp(y))


def rows_of(visits: Visits, **given: Any) -> dict[tuple[str, str], dict[str, Any]]:
    settings = TumorGrowthSettings(control="vehicle", day_zero="first dose", **given)
    made = Estimates.build(curve_rows(visits, settings, CONTEXT)).frame
    return {(r["arm"], r["quantity"]): r for r in made.iter_rows(named=True)}


def test_every_arm_has_its_rows_and_every_method_a_sentence():
    made = rows_of(seen({"vehicle": grown("gompertz", 0.04), "drug": grown("exponential", 0.0)}))
    assert set(made) == {(arm, q.name) for arm in ("vehicle", "drug") for q in QUANTITIES}
    known = {method.name for method in METHODS}
    for row in made.values():
        assert set(row["method"].split("+")) <= known


def test_bending_growth_has_a_higher_first_rate_and_an_interval():
    arms = {"vehicle": grown("gompertz", 0.04, n=12)}
    made = rows_of(seen(arms))
    rate, kept = made["vehicle", "growth_rate_initial"], made["vehicle", "growth_bending"]
    assert (rate["status"], rate["units"], rate["n_units"]) == ("ok", "per day", 12)
    assert rate["method"] == "curve_gompertz+curve_choice+curve_between"
    assert rate["conf_low"] < 0.15 < rate["conf_high"]
    line = np.mean([np.polyfit(DAYS, np.log(v), 1)[0] for v in arms["vehicle"]])
    assert rate["conf_low"] > line
    assert (kept["status"], kept["units"], kept["scale"]) == ("ok", "%", "ln")
    assert kept["conf_low"] < 100 * np.exp(-0.04 * DAYS[-1]) < kept["conf_high"]


def test_straight_growth_keeps_its_rate():
    made = rows_of(seen({"vehicle": grown("exponential", 0.0, n=20, sd=0.05, seed=2)}))
    kept = made["vehicle", "growth_bending"]
    assert (kept["status"], kept["value"], kept["conf_open"]) == ("ok", 100.0, "none")
    assert made["vehicle", "growth_rate_initial"]["value"] == pytest.approx(0.15, abs=0.015)


def test_where_curves_differ_bending_is_not_told_and_the_range_is():
    short = [v[:5] for v in grown("gompertz", 0.03, n=3, sd=0.25, seed=9)]
    made = rows_of(seen({"vehicle": short}))
    kept, rate = made["vehicle", "growth_bending"], made["vehicle", "growth_rate_initial"]
    assert (kept["status"], kept["value"]) == ("not_identifiable", None)
    assert kept["model_low"] < 90.0 <= kept["model_high"] <= 100.0
    assert rate["model_low"] < rate["model_high"]


def test_a_range_without_a_value_is_printed_with_its_digits():
    short = [v[:5] for v in grown("gompertz", 0.03, n=3, sd=0.25, seed=9)]
    row = rows_of(seen({"vehicle": short}))["vehicle", "growth_bending"]
    row |= {"model_low": 0.0141302, "model_high": 0.0181465}
    assert [format_cell(row, f"model_{end}") for end in ("low", "high")] == ["0.0141", "0.0181"]


def test_growth_that_speeds_up_has_no_first_rate():
    up = [np.exp(4.0 + 0.02 * DAYS + s + 0.003 * DAYS**2) for s in (0.0, 0.2, 0.4)]
    made = rows_of(seen({"vehicle": up}))
    rate = made["vehicle", "growth_rate_initial"]
    assert (rate["status"], rate["value"]) == ("not_identifiable", None)
    assert rate["method"] == "curve_speeds_up+curve_choice"
    assert rate["model_low"] is None


def test_shrinking_arms_are_fitted_by_the_exponential_alone():
    made = rows_of(seen({"drug": grown("exponential", 0.0, rate=-0.05)}))
    rate, kept = made["drug", "growth_rate_initial"], made["drug", "growth_bending"]
    assert rate["method"] == "curve_exponential+curve_shrinks+curve_between"
    assert rate["value"] == pytest.approx(-0.05, abs=0.02)
    assert (kept["status"], kept["value"]) == ("not_identifiable", None)


def test_visits_after_the_last_dose_are_left_out_by_the_rule_of_the_mixed_model():
    visits = seen({"vehicle": grown("exponential", 0.0), "drug": grown("exponential", 0.0)})
    dosing = [Dosing(arm="drug", drug="x", days=[0.0, 14.0])]
    broken = rows_of(visits, dosing=dosing)
    assert broken["drug", "growth_rate_initial"]["n_rows"] == 6 * 5  # days 0 to 14
    assert broken["vehicle", "growth_rate_initial"]["n_rows"] == 6 * DAYS.size
    whole = rows_of(visits, dosing=dosing, dosing_window="ignore")
    assert whole["drug", "growth_rate_initial"]["n_rows"] == 6 * DAYS.size
    ended = rows_of(visits, model_end=10.5)
    assert ended["vehicle", "growth_rate_initial"]["n_rows"] == 6 * 4


def test_zeros_widen_the_range():
    arms = {"vehicle": grown("exponential", 0.0, n=8, sd=0.05, seed=2)}
    before = rows_of(seen(arms))["vehicle", "growth_rate_initial"]
    arms["vehicle"][0] = np.concatenate([[0.0], arms["vehicle"][0][1:]])
    after = rows_of(seen(arms))["vehicle", "growth_rate_initial"]
    assert after["model_low"] < after["value"]
    assert after["model_high"] - after["model_low"] > 0.002
    width = (before["model_high"] or 0.0) - (before["model_low"] or 0.0)
    assert after["model_high"] - after["model_low"] > 2 * width


def test_one_animal_too_few_visits_and_no_visits_are_said():
    made = rows_of(seen({"vehicle": grown("gompertz", 0.05, n=1)}))
    rate = made["vehicle", "growth_rate_initial"]
    assert (rate["status"], rate["conf_low"]) == ("too_few", None)
    assert rate["value"] is not None
    made = rows_of(seen({"vehicle": [np.array([100.0, 120.0])]}))
    assert made["vehicle", "growth_rate_initial"]["status"] == "too_few"
    none = seen({"vehicle": [np.array([])]})
    none = Visits(volumes=none.volumes, weights=none.weights,
                  animals=none.animals.with_columns(n_flagged=pl.lit(3)))  # fmt: skip
    made = rows_of(none)
    assert {row["status"] for row in made.values()} == {"all_flagged"}


@pytest.mark.long
def test_the_whole_kulgap_set_takes_seconds(realdata: Path):
    frame = pl.read_csv(realdata / "vivo" / "kulgap_pdx_alldata.csv", infer_schema_length=0)
    name = pl.concat_str("patient", "category", "replicate", separator="-")
    day = pl.col("day").str.strip_chars("[]").str.strip_chars(" .").cast(pl.Float64)
    frame = frame.select(
        name.alias("animal"), name.alias("unit_id"), name.alias("row_id"),
        pl.col("patient").alias("model"), pl.col("category").alias("arm"),
        pl.lit("").alias("zero_means"), pl.col("volume").cast(pl.Float64).alias("volume_mm3"),
        (day - pl.col("drug_start_day").cast(pl.Float64)).alias("day"),
    )  # fmt: skip
    # zeros to the end are animals that were removed
    volumes = frame.drop_nulls().filter(pl.col("volume_mm3") > 0)
    volumes = volumes.unique(["animal", "day"], keep="first").sort("model", "arm", "animal", "day")
    animals = volumes.select("animal", "unit_id", "model", "arm").unique()
    animals = animals.sort("model", "arm", "animal").with_columns(n_flagged=pl.lit(0))
    weights = pl.DataFrame(schema={"model": pl.String})
    settings = TumorGrowthSettings(control="Control", day_zero="first dose")
    start, rows = time.process_time(), []
    for _, one in models(Visits(volumes=volumes, weights=weights, animals=animals)):
        rows += curve_rows(one, settings, CONTEXT)
    assert time.process_time() - start < 10.0  # under 2 s without the type checks of the tests
    made = Estimates.build(rows).frame
    assert animals.height == 1396
    controls = made.filter(pl.col("arm") == "Control", pl.col("quantity") == "growth_rate_initial")
    told = controls.filter(pl.col("status") == "ok")
    assert told.height > 0.8 * controls.height
    assert told.get_column("value").is_between(0.01, 0.5).all()
    assert made.filter(pl.col("status") == "not_converged").is_empty()
