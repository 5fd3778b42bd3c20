"""Caliper sheets to numbers: verdicts on bad input, measures by hand, zeros, lone arms."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from exportin.assays.tumor_growth import ASSAY
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import visits
from exportin.assays.tumor_growth.zeros import zero_runs
from exportin.contract.assay import Context
from exportin.results.tables import Fitted, Flags
from exportin.study.run import check_study, run_study
from exportin.tables.kinds import TumorLog
from exportin.tables.problems import Problem

CONTEXT = Context(block="g", experimental_unit="animal", keys=("model", "arm"), seed=1)
FREE = ("cage", "removal", "first_dose_date")
NUMBERS = ("first_dose_day", "removed_day", "randomized_day")


def settings(**given: Any) -> TumorGrowthSettings:
    return TumorGrowthSettings(**{"control": "vehicle", "day_zero": "first dose", **given})


def table(rows: list[Mapping[str, Any]]) -> TumorLog:
    """Rows of animal, arm, day and volume as the reader and the join would give them."""
    full = []
    for number, row in enumerate(rows):
        animal = row["animal"]
        full.append(
            {
                "row_id": f"f.csv:{animal}@{row['day']:g}#{number}",
                "file": "f.csv",
                "sample_id": animal,
                "unit_id": animal,
                "model": "M",
                "date": None,
                **dict.fromkeys(("volume", "length", "width", "height", "weight")),
                "volume_unit": "mm3",
                "length_unit": "mm",
                "weight_unit": "g",
                "cause": "",
                **dict.fromkeys(FREE),
                **dict.fromkeys(NUMBERS),
                **row,
            }
        )
    texts = dict.fromkeys((*FREE, "date"), pl.String)
    numbers = dict.fromkeys((*NUMBERS, "volume", "length", "width", "height", "weight", "day"),
                            pl.Float64)  # fmt: skip
    return TumorLog(frame=pl.DataFrame(full, schema_overrides={**texts, **numbers}))


def study(arms: Mapping[str, list[list[float]]], days: list[float]) -> TumorLog:
    """One model: arms with the volumes of their animals on the same days."""
    return table(
        [
            {"animal": f"{arm}{i}", "arm": arm, "day": day, "volume": volume}
            for arm, animals in arms.items()
            for i, volumes in enumerate(animals)
            for day, volume in zip(days, volumes, strict=False)
        ]
    )


PLAIN = study(
    {
        "vehicle": [[100.0, 200.0, 400.0], [120.0, 260.0, 500.0], [90.0, 170.0, 420.0]],
        "drug": [[100.0, 120.0, 150.0], [110.0, 100.0, 130.0], [95.0, 110.0, 160.0]],
    },
    [0.0, 5.0, 10.0],
)


def fit(rows: TumorLog, **given: Any) -> Fitted:
    asked = settings(**given)
    return ASSAY.estimate(rows, ASSAY.flag(rows, asked, CONTEXT), asked, CONTEXT)


def number(fitted: Fitted, quantity: str, arm: str = "drug") -> dict[str, Any]:
    frame = fitted.estimates.frame.filter(
        (pl.col("quantity") == quantity) & (pl.col("arm") == arm) & pl.col("unit_id").is_null()
    )
    return frame.row(0, named=True)


def problems(rows: TumorLog, **given: Any) -> list[Problem]:
    assert ASSAY.check is not None
    return list(ASSAY.check(rows, settings(**given), CONTEXT))


def codes(rows: TumorLog, **given: Any) -> set[str]:
    return {p.code for p in problems(rows, **given) if p.severity == "error"}


# ---- by hand


def test_measures_of_the_last_day_by_hand() -> None:
    fitted = fit(PLAIN)
    control, treated = (400.0 + 500.0 + 420.0) / 3, (150.0 + 130.0 + 160.0) / 3
    assert number(fitted, "tc_ratio")["value"] == pytest.approx(100 * treated / control)
    assert number(fitted, "tvi")["value"] == pytest.approx(100 - 100 * treated / control)
    delta = ((50 + 20 + 65) / 3) / ((300 + 380 + 330) / 3)
    assert number(fitted, "tgi_delta")["value"] == pytest.approx(100 * (1 - delta))
    relative = ((1.5 + 130 / 110 + 160 / 95) / 3) / ((4 + 500 / 120 + 420 / 90) / 3)
    assert number(fitted, "tgi_rtv")["value"] == pytest.approx(100 * (1 - relative))
    geometric = (150 * 130 * 160 / (400 * 500 * 420)) ** (1 / 3)
    assert number(fitted, "tvi_geometric")["value"] == pytest.approx(100 * (1 - geometric))
    areas = [5 * (0.5 * a + b + 0.5 * c) for a, b, c in (
        (100, 200, 400), (120, 260, 500), (90, 170, 420), (100, 120, 150), (110, 100, 130),
        (95, 110, 160))]  # fmt: skip
    assert number(fitted, "tgi_auc")["value"] == pytest.approx(
        100 * (1 - sum(areas[3:]) / sum(areas[:3]))
    )
    best = number(fitted, "max_tvi")
    assert (best["day"], best["value"]) == (10.0, pytest.approx(100 - 100 * treated / control))
    assert number(fitted, "animals_alive")["value"] == 3.0


def test_calipers_become_a_volume_by_the_formula_named() -> None:
    rows = table([{"animal": "a", "arm": "vehicle", "day": 0.0, "length": 10.0, "width": 6.0}])
    made = {
        name: visits(rows, Flags.empty(), settings(volume_formula=name)).volumes.item(
            0, "volume_mm3"
        )
        for name in ("L*W^2/2", "pi/6*L*W^2")
    }
    assert made["L*W^2/2"] == pytest.approx(180.0)
    assert made["pi/6*L*W^2"] == pytest.approx(188.495559)


def test_a_time_is_read_off_between_two_visits_or_is_a_bound() -> None:
    rows = study({"vehicle": [[100.0, 500.0, 2000.0]], "drug": [[100.0, 110.0, 120.0]]}, [0, 5, 10])
    frame = fit(rows).estimates.frame.filter(
        (pl.col("quantity") == "time_to_volume") & pl.col("unit_id").is_not_null()
    )
    told = dict(zip(frame["arm"], zip(frame["value"], frame["bound"], strict=True), strict=True))
    assert told["vehicle"] == (pytest.approx(7.5), "=")  # 500 to 2000 in 5 days: 1000 half-way
    assert told["drug"] == (10.0, ">")


# ---- verdicts


def test_clean_rows_have_no_error() -> None:
    assert not codes(PLAIN)


def changed(**columns: Any) -> TumorLog:
    return PLAIN.with_frame(PLAIN.frame.with_columns(**columns))


FIRST = pl.col("row_id") == PLAIN.frame.item(1, "row_id")


@pytest.mark.parametrize(
    ("rows", "given", "code", "word"),
    [
        (changed(volume_unit=pl.lit("")), {}, "no-volume-unit", "volume_unit"),
        (changed(volume_unit=pl.lit("acres")), {}, "unknown-unit", "mm3"),
        (PLAIN, {"control": "saline"}, "no-control", "vehicle"),
        (PLAIN, {"day_zero": "implantation"}, "no-first-dose", "first_dose_day"),
        (
            changed(volume=pl.when(FIRST).then(pl.col("volume") / 1000).otherwise("volume")),
            {},
            "mixed-units",
            "unit",
        ),
        (changed(volume=pl.when(FIRST).then(-5.0).otherwise("volume")), {}, "negative-volume", ""),
        (changed(volume=pl.lit(0.0)), {"zeros": "removed"}, "no-volumes", "volume"),
        (changed(volume=pl.when(FIRST).then(0.0).otherwise("volume")), {}, "zeros", "zeros"),
        (changed(removed_day=pl.lit(5.0)), {}, "after-removal", "removed_day"),
        (changed(removal=pl.lit("bored")), {}, "no-reason", "toxicity"),
        (
            PLAIN.with_frame(
                pl.concat(
                    [
                        PLAIN.frame,
                        PLAIN.frame.head(1).with_columns(row_id=pl.lit("again"), volume=7.0),
                    ]
                )
            ),
            {},
            "visit-twice",
            "second tumor",
        ),
        (
            changed(arm=pl.when(FIRST).then(pl.lit("drug")).otherwise("arm")),
            {},
            "animal-twice",
            "name of its own",
        ),
        (changed(unit_id=pl.lit("one")), {}, "several-tumors", "sum"),
        (changed(volume=pl.col("volume") / 1000), {}, "volumes-too-small", "cm3"),
    ],
)  # fmt: skip
def test_bad_rows_are_refused_with_place_and_remedy(
    rows: TumorLog, given: dict[str, Any], code: str, word: str
) -> None:
    found = [p for p in problems(rows, **given) if p.severity == "error"]
    assert code in {p.code for p in found}, found
    one = next(p for p in found if p.code == code)
    assert one.file
    assert one.message
    assert word in one.remedy


def test_calipers_without_formula_and_half_calipers_are_refused() -> None:
    whole = {"animal": "a", "arm": "vehicle", "day": 0.0, "length": 10.0, "width": 6.0}
    assert "no-formula" in codes(table([whole]))
    half = table([whole | {"width": None}])
    assert "half-calipers" in codes(half, volume_formula="L*W^2/2")


def test_width_above_length_is_told_and_not_swapped() -> None:
    rows = table([{"animal": "a", "arm": "vehicle", "day": 0.0, "length": 5.0, "width": 6.0}])
    notes = problems(rows, volume_formula="L*W^2/2")
    assert "width-above-length" in {p.code for p in notes}
    assert fit(rows, volume_formula="L*W^2/2").estimates.frame.height
    assert visits(rows, Flags.empty(), settings(volume_formula="L*W^2/2")).volumes.item(
        0, "volume_mm3"
    ) == pytest.approx(90.0)


# ---- what cannot be estimated is said


def test_no_control_in_a_model_gives_no_measure_against_one() -> None:
    rows = PLAIN.with_frame(
        pl.concat(
            [
                PLAIN.frame,
                PLAIN.frame.filter(pl.col("arm") == "drug").with_columns(
                    model=pl.lit("N"),
                    row_id=pl.col("row_id") + "N",
                    sample_id=pl.col("sample_id") + "N",
                    unit_id=pl.col("unit_id") + "N",
                ),
            ]
        )
    )
    assert "no-control-here" in {p.code for p in problems(rows)}
    frame = fit(rows).estimates.frame.filter(pl.col("model") == "N")
    assert "tvi" not in set(frame["quantity"])
    assert frame.filter(pl.col("quantity") == "growth_rate").height


def test_one_animal_an_arm_has_numbers_and_no_interval() -> None:
    rows = PLAIN.with_frame(PLAIN.frame.filter(pl.col("sample_id").str.ends_with("0")))
    fitted = fit(rows)
    one = number(fitted, "tvi")
    assert one["status"] == "too_few"
    assert one["value"] == pytest.approx(62.5)
    assert one["conf_low"] is None
    between = fitted.estimates.frame.filter(
        (pl.col("interval_level") == "between") & ~pl.col("method").str.contains("binomial")
    )
    assert between.get_column("conf_low").null_count() == between.height


def test_zeros_mean_what_the_study_says() -> None:
    days = [0.0, 5.0, 10.0, 15.0]
    rows = study(
        {
            "vehicle": [[100.0, 400.0, 900.0, 0.0], [110.0, 300.0, 700.0, 1200.0]],
            "drug": [[150.0, 60.0, 0.0, 0.0], [100.0, 90.0, 80.0, 70.0]],
        },
        days,
    )
    seen = visits(rows, Flags.empty(), settings(zeros="not_palpable")).volumes
    groups = dict(zero_runs(seen).frame.select("animal", "group").iter_rows())
    assert groups == {"vehicle0": "after_large", "drug0": "after_shrinking"}
    apart = {"after_large": "removed", "after_shrinking": "complete_response"}
    kept = visits(rows, Flags.empty(), settings(zeros=apart)).volumes
    assert kept.filter(pl.col("animal") == "vehicle0").height == 3
    assert kept.filter(pl.col("animal") == "drug0").height == 4
    rate = number(fit(rows, zeros=apart), "growth_rate")
    assert rate["model_low"] <= rate["value"] <= rate["model_high"]
    assert rate["model_low"] < rate["model_high"]  # without the zeros; half of the limit
    everywhere = number(fit(rows, zeros="unclear"), "growth_rate")
    assert everywhere["model_low"] is None


# ---- as a study


SHEET = "animal,arm,day,volume_mm3\n" + "".join(
    f"{row['sample_id']},{row['arm']},{row['day']:g},{row['volume']:g}\n"
    for row in PLAIN.frame.iter_rows(named=True)
)
STUDY = """[study]
schema = 1
title = "t"
[block.g]
assay = "tumor_growth"
files = ["f.csv"]
control = "vehicle"
day_zero = "first dose"
constants = { model = "M" }
threshold_mm3 = 350
"""
ASKED = """
[[block.g.compare]]
quantity = "growth_rate"
between = "arm"
versus = "vehicle"
[[block.g.compare]]
quantity = "max_tvi"
between = "arm"
versus = "vehicle"
[[block.g.compare]]
quantity = "time_to_volume"
between = "arm"
versus = "vehicle"
[[block.g.compare]]
quantity = "growth_rate"
between = "arm"
versus = "vehicle"
test = "welch"
"""


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "f.csv").write_text(SHEET)
    (tmp_path / "study.toml").write_text(STUDY + ASKED)
    return tmp_path


def test_questions_of_rows_and_of_numbers_are_answered_in_one_study(folder: Path) -> None:
    block = run_study(folder).blocks[0]
    frame = block.tests.frame
    told = dict(zip(frame["method"], frame["p_value"], strict=True))
    assert told["mixed_contrast"] < 0.001
    assert told["welch_t"] < 0.01
    assert told["largest_effect_exact"] == pytest.approx(0.05)  # 1 of 20 ways
    exact = frame.filter(pl.col("quantity") == "time_to_volume", pl.col("p_value").is_not_null())
    assert exact.item(0, "p_value") == pytest.approx(0.1)  # the least that 3 and 3 animals allow
    assert exact.item(0, "status") == "separated"
    old = frame.filter(pl.col("method") == "published_t_test")
    assert set(old["family"]) == {"as published, not adjusted"}
    assert {sheet.name for sheet in block.sheets} == {"efficacy", "arrive"}
    assert set(block.scripts) == set(frame.filter(pl.col("method") != "welch_t")["id"])


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('adjust = "tukey"', "Tukey"),
        ('pairing = "paired"', "one arm"),
        ('test = "log-rank"', "growth_rate"),
    ],
)
def test_questions_that_make_no_sense_are_refused(folder: Path, line: str, word: str) -> None:
    asked = f'[[block.g.compare]]\nquantity = "growth_rate"\nbetween = "arm"\n{line}\n'
    if "tukey" not in line:
        asked += 'versus = "vehicle"\n'
    (folder / "study.toml").write_text(STUDY + asked)
    said = [p for p in check_study(folder) if p.severity == "error"]
    assert said
    assert word in f"{said[0].message} {said[0].remedy}"


# ---- wrong numbers that looked right once


def slowing(arm: str, n: int, rng: Any, days: list[float]) -> list[list[float]]:
    del arm

    curve = 150 * np.exp(0.12 * (1 - np.exp(-0.05 * np.array(days))) / 0.05)
    return [(curve * np.exp(rng.normal(0, 0.05) + rng.normal(0, 0.03, len(days)))).tolist()
            for _ in range(n)]  # fmt: skip


def test_arms_are_compared_over_the_same_days() -> None:
    """Both arms slow down alike; only one has a last dose, and its window must not favor it."""

    rng, days = np.random.default_rng(5), [float(d) for d in range(0, 29, 4)]
    rows = study({arm: slowing(arm, 8, rng, days) for arm in ("vehicle", "drug")}, days)
    for dosing in (
        [{"arm": "drug", "drug": "x", "days": [0, 7, 14]}],
        [{"arm": "drug", "drug": "x", "days": [0, 20]},
         {"arm": "vehicle", "drug": "v", "days": [0, 8]}],
    ):  # fmt: skip
        one = number(fit(rows, dosing=dosing), "tgi_rate")
        assert one["conf_low"] < 0 < one["conf_high"], one
        assert abs(one["value"]) < 8


def test_relative_volumes_of_all_arms_are_of_one_day() -> None:
    whole = [[100.0, 200.0, 400.0], [110.0, 230.0, 420.0], [90.0, 190.0, 390.0]]
    rows = study({"vehicle": whole, "drug": [*whole[:2], [95.0, 210.0]]}, [0.0, 5.0, 10.0])
    frame = fit(rows).estimates.frame.filter(pl.col("quantity") == "relative_volume")
    assert set(frame.get_column("day")) == {5.0}


def test_zeros_that_mean_no_tumor_stay_in_relative_volumes() -> None:
    rows = study(
        {"vehicle": [[100.0, 200.0, 400.0]] * 3, "drug": [[100.0, 40.0, 0.0]] * 3}, [0, 5, 10]
    )
    frame = fit(rows, zeros="complete_response").estimates.frame.filter(
        (pl.col("quantity") == "relative_volume") & (pl.col("arm") == "drug")
    )
    single = frame.filter(pl.col("unit_id").is_not_null())
    assert single.get_column("value").to_list() == [pytest.approx(0.3)] * 3  # 30 of 100 mm3


def test_a_control_that_shrinks_has_no_ratio_of_changes() -> None:
    rows = study(
        {"vehicle": [[100.0, 90.0, 80.0], [110.0, 95.0, 85.0], [90.0, 80.0, 75.0]],
         "drug": [[100.0, 60.0, 30.0], [110.0, 70.0, 40.0], [95.0, 60.0, 35.0]]},
        [0, 5, 10],
    )  # fmt: skip
    fitted = fit(rows)
    for quantity in ("tgi_delta", "tgi_egr"):
        one = number(fitted, quantity)
        assert (one["value"], one["status"]) == (None, "not_identifiable")


def test_an_arm_without_tumors_left_keeps_its_interval_around_it() -> None:
    rows = study(
        {"vehicle": [[100.0, 200.0, 400.0], [110.0, 230.0, 420.0], [90.0, 190.0, 390.0]],
         "drug": [[100.0, 30.0, 0.0], [110.0, 40.0, 0.0], [95.0, 20.0, 0.0]]},
        [0, 5, 10],
    )  # fmt: skip
    one = number(fit(rows, zeros="complete_response"), "max_tvi")
    assert one["value"] == 100.0
    assert one["conf_high"] == 100.0


@pytest.mark.parametrize(
    ("rows", "given", "code"),
    [
        (PLAIN, {"dosing": [{"arm": "drug", "drug": "x", "days": [14, 21]}]}, "dose-days"),
        (PLAIN, {"measure_day": 28.0}, "no-such-day"),
        (PLAIN, {"measure_day": 0.0}, "no-such-day"),
        (
            changed(
                volume=pl.when(FIRST).then(None).otherwise("volume"),
                cause=pl.when(FIRST).then(pl.lit("dead")).otherwise(pl.lit("")),
            ),
            {},
            "after-removal",
        ),
        (
            changed(
                volume=pl.when(FIRST).then(None).otherwise("volume"),
                cause=pl.when(FIRST).then(pl.lit("> 900")).otherwise(pl.lit("")),
            ),
            {},
            "bound-below-threshold",
        ),
        (
            changed(volume=pl.when(pl.col("sample_id") == "drug0").then(0.0).otherwise("volume")),
            {"zeros": "complete_response"},
            "no-tumor",
        ),
    ],
)
def test_what_contradicts_the_table_is_refused(
    rows: TumorLog, given: dict[str, Any], code: str
) -> None:
    assert code in codes(rows, **given)


def test_animals_of_one_and_one_are_not_tested(folder: Path) -> None:
    lines = [line for line in SHEET.splitlines() if not line.startswith(("vehicle1", "vehicle2"))]
    (folder / "f.csv").write_text("\n".join(lines) + "\n")
    frame = run_study(folder).blocks[0].tests.frame
    ours = frame.filter(pl.col("quantity") == "growth_rate")
    assert ours.get_column("p_value").null_count() == ours.height
    assert "too_few" in set(ours.get_column("status"))


def test_an_inhibition_is_one_of_the_treated_arm(folder: Path) -> None:
    asked = '[[block.g.compare]]\nquantity = "max_tvi"\nbetween = "arm"\n'
    (folder / "study.toml").write_text(STUDY + asked)
    row = run_study(folder).blocks[0].tests.frame.row(0, named=True)
    assert (row["group_a"], row["group_b"]) == ("drug", "vehicle")
    assert row["effect"] > 0


def test_the_same_question_twice_is_answered(folder: Path) -> None:
    asked = (
        ASKED + '[[block.g.compare]]\nquantity = "growth_rate"\nbetween = "arm"\nadjust = "none"\n'
    )
    (folder / "study.toml").write_text(STUDY + asked)
    assert run_study(folder).blocks[0].tests.frame.get_column("id").is_unique().all()
