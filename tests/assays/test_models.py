"""Models on request through a whole study: held plateaus, ranges over models, flags."""

from types import SimpleNamespace
from typing import get_args

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from exportin.assays.viability import estimate
from exportin.assays.viability.model_rows import LEVELS, ranged
from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.curves.models import MODELS
from exportin.results.tables import Flags
from exportin.tables.kinds import WellReadings

CONTEXT = Context(block="v", experimental_unit="experiment", keys=("model", "treatment"), seed=1)
DOSE = np.repeat(np.geomspace(1.0, 10000.0, 9), 3)
WIGGLE = np.tile([0.02, 0.0, -0.02], 9)


def wells(**drugs):
    """A normalized table: each drug a height at `DOSE` in experiment e1."""
    parts = [
        pl.DataFrame({"treatment": name, "dose": DOSE, "value": height + WIGGLE})
        for name, height in drugs.items()
    ]
    frame = pl.concat(parts).with_row_index("at")
    return frame.select(
        pl.format("r{}", "at").alias("row_id"), pl.lit("a.csv").alias("file"),
        pl.lit("s1").alias("sample_id"), pl.lit(None, dtype=pl.String).alias("well"),
        pl.lit("signal").alias("channel"), "value", pl.lit("").alias("cause"),
        pl.lit("treated").alias("role"), "treatment", "dose", pl.lit("nM").alias("dose_unit"),
        pl.lit("HT-1080").alias("model"), pl.lit("e1").alias("unit_id"),
    )  # fmt: skip


def run(frame, **settings):
    asked = ViabilitySettings(normalized=True, **settings)
    return estimate(WellReadings(frame=frame), Flags.empty(), asked, CONTEXT)


def row(found, quantity, treatment="drug"):
    frame = found.estimates.frame.filter(
        (pl.col("quantity") == quantity) & (pl.col("treatment") == treatment)
    )
    return frame.row(0, named=True) if frame.height else None


def hill(ec50, top=1.0, bottom=0.0, slope=1.0):
    return bottom + (top - bottom) / (1 + (DOSE / ec50) ** slope)


def rising(dose=100.0):
    """Falls with slope 3 after a rise."""
    return (1.0 + 0.01 * DOSE) / (1 + (DOSE / dose) ** 3)


def test_without_a_request_nothing_but_emax_and_auc_is_new():
    found = run(wells(drug=hill(100.0)))
    names = set(found.estimates.frame.get_column("quantity"))
    assert {"ec50", "ic50_absolute", "hill_slope", "response_top", "response_bottom"} <= names
    assert {"emax", "auc"} <= names
    assert not {"ic75_absolute", "ic90_absolute"} & names
    assert found.estimates.frame.get_column("model_low").null_count() == len(found.estimates.frame)
    assert not found.flags.frame.filter(pl.col("rule") == "curve shape").height


def test_emax_and_auc_are_those_of_the_curve():
    found = run(wells(drug=hill(100.0)))
    assert row(found, "emax")["value"] == pytest.approx(1 - 1 / 101, abs=1e-3)
    assert row(found, "auc")["value"] == pytest.approx(0.5, abs=1e-3)  # EC50 in the middle


def test_levels_give_further_doses():
    found = run(wells(drug=hill(100.0)), levels=(75, 50))
    assert row(found, "ic75_absolute")["value"] == pytest.approx(300.0, rel=0.02)
    assert row(found, "ic50_absolute")["value"] == pytest.approx(100.0, rel=0.02)
    assert row(run(wells(drug=hill(9000.0)), levels=(90,)), "ic90_absolute")["bound"] == ">"


def test_held_plateaus_give_no_rows_and_narrow_the_interval():
    free = run(wells(drug=hill(3000.0)))
    held = run(wells(drug=hill(3000.0)), top="vehicle", bottom=0.0)
    assert row(held, "response_top") is row(held, "response_bottom") is None
    narrow, wide = row(held, "ec50"), row(free, "ec50")
    assert narrow["value"] == pytest.approx(3000.0, rel=0.05)
    assert narrow["df"] == wide["df"] + 2
    assert narrow["conf_high"] / narrow["conf_low"] < 1.3
    assert wide["conf_high"] is None or wide["conf_high"] / wide["conf_low"] > 1.5
    assert "hill_held+response_top_held+response_bottom_held" in narrow["method"]


def test_models_that_agree_leave_the_value_and_add_a_range():
    plain = row(run(wells(drug=hill(100.0))), "ec50")
    found = row(run(wells(drug=hill(100.0)), models=("hill4", "hill3", "hill2")), "ec50")
    assert found["value"] == plain["value"]
    assert found["model_low"] <= 100.5
    assert found["model_high"] >= 99.5
    assert found["model_high"] / found["model_low"] < 1.1
    assert found["method"].endswith("+models")


def test_models_that_disagree_leave_no_value():
    height = hill(100.0, bottom=0.35, slope=3.0)  # from half on, bottom 0 pulls the EC50 up
    fits = SimpleNamespace(
        log10_ec50=np.array([[2.0], [2.6]]), log10_absolute=(np.array([[2.0], [2.1]]),),
        plausible=lambda: np.ones((2, 1), bool),
    )  # fmt: skip
    found = run(wells(drug=height))
    for quantity, kept in (("ec50", False), ("ic50_absolute", True)):
        done = ranged(row(found, quantity), fits, 0, ViabilitySettings())
        assert (done["value"] is not None) == kept
        assert done["status"] == ("ok" if kept else "not_identifiable")
        assert done["model_high"] > done["model_low"]
    opened = {**row(found, "ec50"), "conf_open": "high", "conf_high": None}
    assert ranged(opened, fits, 0, ViabilitySettings())["value"] is not None  # stays a bound


def test_hormesis_and_lack_of_fit_are_flagged_on_request_only():
    drugs = {"drug": hill(100.0), "odd": rising()}
    assert not run(wells(**drugs)).flags.frame.filter(pl.col("rule") == "curve shape").height
    flags = run(wells(**drugs), models=("hill4",)).flags.frame
    said = flags.filter(pl.col("rule") == "curve shape").get_column("message").to_list()
    assert [text for text in said if "hormesis" in text and "odd" in text]
    assert [text for text in said if "replicates test" in text and "odd" in text]
    assert not [text for text in said if "drug" in text]


def test_a_bad_well_moves_the_ordinary_curve_and_not_the_robust_one():
    height = hill(100.0)
    height[13] += 1.5
    ordinary = row(run(wells(drug=height)), "ec50")["value"]
    found = run(wells(drug=height), weighting="robust")
    robust = row(found, "ec50")["value"]
    assert abs(np.log(robust / 100.0)) < 0.05 < abs(np.log(ordinary / 100.0))
    notes = found.flags.frame.filter(pl.col("rule") == "curve shape").get_column("message")
    assert "1 well" in notes[0]


def test_settings_refuse_what_is_no_curve():
    for wrong in (
        {"top": "vehicle", "bottom": 1.0}, {"top": 100.0}, {"hill": 0.0}, {"models": ("hill5",)},
        {"levels": (25,)},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            ViabilitySettings(**wrong)


def test_settings_read_as_a_study_file_gives_them():
    written = {"top": 1, "hill": "free", "models": ["hill4", "biphasic"], "levels": [50, 75]}
    read = ViabilitySettings.model_validate(written, strict=True)
    assert (read.top, read.levels) == (1.0, [50, 75])


def test_settings_name_the_models_and_levels_there_are():
    fields = ViabilitySettings.model_fields
    assert get_args(get_args(fields["models"].annotation)[0]) == MODELS
    assert get_args(get_args(fields["levels"].annotation)[0]) == tuple(LEVELS)


def test_two_steps_that_fit_best_are_said_with_their_places():
    said = run(
        wells(drug=0.5 * hill(5.0) + 0.5 * hill(2000.0)), models=("hill4", "biphasic")
    ).flags.frame.filter(pl.col("message").str.contains("two steps are best"))
    assert said.get_column("severity").to_list() == ["note"]
    assert "95% intervals" in said.item(0, "message")


def test_a_model_that_needs_more_doses_is_left_out_with_the_reason():
    frame = wells(drug=hill(100.0)).filter(pl.col("dose") < 1000.0)
    said = run(frame, models=("hill4", "biphasic_slopes")).flags.frame.get_column("message")
    assert [text for text in said if "needs 8 doses and was left out" in text]
    full = run(wells(drug=hill(100.0)), models=("hill4", "biphasic_slopes")).flags.frame
    assert not [text for text in full.get_column("message") if "was left out" in text]


def test_the_rise_of_a_curve_is_given_with_its_interval():
    said = run(wells(odd=rising()), models=("hill4",)).flags.frame.get_column("message")
    assert [text for text in said if "rises first" in text and "95% interval" in text]
