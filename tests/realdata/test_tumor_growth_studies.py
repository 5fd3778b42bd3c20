"""Real caliper tables through whole studies: numbers of R, zeros asked once, 63 models at once.

Three colorectal xenograft studies with reference values of R 4.2.2 (lme4, lmerTest, pbkrtest,
survival), and the volumes of 1,396 mice of 63 patient-derived models.
"""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exportin.study.outcome import BlockOutcome
from exportin.study.run import check_study, run_study

SETS = ("LS_1034", "SNU-81", "SW837")
STUDY = """[study]
schema = 1
title = "t"
[block.growth]
assay = "tumor_growth"
files = ["FILE"]
control = "Vehicle"
day_zero = "first dose"
volume_unit = "mm3"
baseline = "own"
time_rule = "first_visit"
constants = { model = "M" }
"""
ASKED = """[[block.growth.compare]]
quantity = "QUANTITY"
between = "arm"
versus = "Vehicle"
adjust = "none"
"""


def close(found: float | None, wanted: float, tolerance: float) -> bool:
    return found is not None and abs(found - wanted) <= tolerance * abs(wanted)


@pytest.fixture(scope="module", params=SETS)
def ran(
    request: pytest.FixtureRequest, realdata: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], BlockOutcome]:
    folder = tmp_path_factory.mktemp("vivo")
    name = f"{request.param}.csv"
    (folder / name).write_bytes((realdata / "vivo" / name).read_bytes())
    asked = [ASKED.replace("QUANTITY", q) for q in ("growth_rate", "time_to_volume", "max_tvi")]
    (folder / "study.toml").write_text(STUDY.replace("FILE", name) + "".join(asked))
    reference = json.loads((realdata / "vivo" / f"{request.param}_reference.json").read_text())
    return reference, run_study(folder).blocks[0]


def test_the_mixed_model_is_that_of_r(ran: tuple[dict[str, Any], BlockOutcome]) -> None:
    """Each arm's slope of day * arm + (day | animal), and its Kenward-Roger comparison."""
    reference, block = ran
    frame = block.estimates.frame.filter(
        (pl.col("quantity") == "growth_rate") & pl.col("unit_id").is_null()
    )
    found = {row["arm"]: row for row in frame.iter_rows(named=True)}
    for arm, slope in reference["slopes"].items():
        name = next(a for a in found if a.replace(" ", "") == arm.replace(" ", ""))
        assert close(found[name]["value"], slope["slope_per_day"], 1e-5)
    tests = block.tests.frame.filter(pl.col("method") == "mixed_contrast")
    for row in tests.iter_rows(named=True):
        names = {k.replace(" ", ""): v for k, v in reference["lmm"]["coef"].items()}
        known = names[f"day:arm{row['group_a']}".replace(" ", "")]
        assert close(row["effect"], known["est"], 1e-5)
        if not reference["lmm"]["singular"]:
            assert close(row["df"], known["df_KR"], 1e-3)
            assert close(row["p_value"], known["p_KR"], 0.01)


def test_times_are_those_of_r(ran: tuple[dict[str, Any], BlockOutcome]) -> None:
    """First visit at or above, median with R's limits, and the log-linear crossing."""
    reference, block = ran
    frame = block.estimates.frame.filter(pl.col("unit_id").is_null())
    arms = reference["time_to_threshold"]["arms"]
    for arm, known in arms.items():
        rows = frame.filter(pl.col("arm").str.replace_all(" ", "") == arm.replace(" ", ""))
        one = rows.filter(pl.col("quantity") == "time_to_volume").row(0, named=True)
        other = rows.filter(pl.col("quantity") == "time_to_volume_other_rule").row(0, named=True)
        if known["median"] is None:
            assert one["bound"] == ">"
            assert one["value"] == known["last_followup"]
            continue
        assert one["value"] == pytest.approx(known["median"])
        assert one["conf_low"] == pytest.approx(known["lo95"])
        wanted = known["hi95"]
        assert one["conf_high"] == (None if wanted is None else pytest.approx(wanted))
        smooth = known["median_loglinear_interpolated"]
        if smooth is not None:
            assert other["value"] == pytest.approx(smooth, rel=1e-6)


def test_a_paper_would_have_said_something_else(ran: tuple[dict[str, Any], BlockOutcome]) -> None:
    """Beside each test stands the t test of one day, in a family of its own and not adjusted."""
    _, block = ran
    old = block.tests.frame.filter(pl.col("method") == "published_t_test")
    assert set(old.get_column("quantity")) == {"growth_rate", "max_tvi"}
    assert set(old.get_column("family")) == {"as published, not adjusted"}
    assert old.get_column("verdict").str.contains("as published").all()


KULGAP = """[study]
schema = 1
title = "t"
[block.growth]
assay = "tumor_growth"
files = ["kulgap.csv"]
control = "Control"
day_zero = "implantation"
volume_unit = "mm3"
[block.growth.columns]
model = "patient"
arm = "category"
animal = "replicate"
first_dose_day = "drug_start_day"
"""


@pytest.fixture(name="kulgap")
def _kulgap(realdata: Path, tmp_path: Path) -> Path:
    data = (realdata / "vivo" / "kulgap_pdx_alldata.csv").read_bytes()
    (tmp_path / "kulgap.csv").write_bytes(data)
    (tmp_path / "study.toml").write_text(KULGAP)
    return tmp_path


def test_zeros_of_a_whole_study_are_asked_for_once(kulgap: Path) -> None:
    """All 552 runs of zeros that end a record are listed; 502 of 503 large ones as removed."""
    errors = [p for p in check_study(kulgap) if p.severity == "error"]
    assert [p.code for p in errors] == ["zeros"]
    said = errors[0].message
    assert "502 with zeros to the end after a volume above 200 mm3" in said
    assert "10 with zeros to the end after the tumor had been shrinking" in said
    frame = pl.read_csv(kulgap / "kulgap.csv")
    name = pl.concat_str("patient", "category", "replicate", separator="/")
    last = frame.group_by(name.alias("animal"), maintain_order=True).agg(pl.col("volume").last())
    ending = last.filter(pl.col("volume") == 0).get_column("animal").to_list()
    assert len(ending) == 552
    assert all(animal in said for animal in ending)


def test_some_models_of_many_run_whole(kulgap: Path) -> None:
    """Three of the 63 models; the whole is part of the bench."""
    text = KULGAP.replace(
        'volume_unit = "mm3"\n',
        'volume_unit = "mm3"\nonly = { model = ["P10", "P15", "P32"] }\n'
        'zeros = { after_large = "removed", after_shrinking = "complete_response", '
        'other = "unclear" }\n',
    )
    (kulgap / "study.toml").write_text(text)
    block = run_study(kulgap).blocks[0]
    frame = block.estimates.frame
    assert frame.get_column("model").n_unique() == 3
    rates = frame.filter((pl.col("quantity") == "growth_rate") & pl.col("unit_id").is_null())
    assert set(rates.get_column("status")) <= {"ok", "too_few", "not_identifiable"}
    controls = rates.filter(pl.col("arm") == "Control")
    assert controls.height == 3
    assert (controls.get_column("value") > 0).all()
