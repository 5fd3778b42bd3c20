"""Volumes written as bounds: an event for the time to a volume, no volume for anything else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exportin.assays.tumor_growth import ASSAY
from exportin.assays.tumor_growth.above import bound_of
from exportin.study.run import check_study, run_study
from exportin.study.why import why

from .test_tumor_growth import CONTEXT, codes, fit, number, problems, settings, study, table

DAYS = [0.0, 4.0, 8.0, 12.0]
VEHICLE = [[100.0, 300.0, 900.0, 2700.0], [110.0, 320.0, 800.0, 2000.0], [90.0, 300.0, 700.0, 1500]]
DRUG = [[100.0, 150.0, 200.0, 300.0], [105.0, 140.0, 220.0, 310.0], [95.0, 130.0, 210.0, 290.0]]
WHOLE = study({"vehicle": VEHICLE, "drug": DRUG}, DAYS)


def told(cause: str, day: float = 12.0, animal: str = "vehicle0"):
    """Write a word into the cell of one visit."""
    here = (pl.col("sample_id") == animal) & (pl.col("day") == day)
    return WHOLE.with_frame(
        WHOLE.frame.with_columns(
            pl.when(here).then(None).otherwise("volume").alias("volume"),
            pl.when(here).then(pl.lit(cause)).otherwise("cause").alias("cause"),
        )
    )


def time_of(rows: Any, animal: str = "vehicle0", **given: Any) -> dict[str, Any]:
    frame = fit(rows, **given).estimates.frame
    mine = frame.filter((pl.col("quantity") == "time_to_volume") & (pl.col("unit_id") == animal))
    return mine.row(0, named=True)


@pytest.mark.parametrize(
    ("cell", "size"),
    [("> 2000", 2000.0), (">2,000", 2000.0), ("≥ 1,5", 1.5), (">= 1500.5", 1500.5),
     ("NM; > 9", 9.0), ("sac", None), ("<50", None), ("", None), (None, None), ("> LOD", None),
     ("> 1.2.3", 0.0)],
)  # fmt: skip
def test_bounds_are_read(cell: str | None, size: float | None) -> None:
    assert bound_of(cell) == size


def test_a_bound_is_an_event_by_that_visit() -> None:
    first = time_of(told("> 2000"), time_rule="first_visit")
    assert (first["value"], first["bound"]) == (12.0, "=")
    line = time_of(told("> 2700"))  # the line to the bound: the latest day it can give
    assert line["value"] == pytest.approx(time_of(WHOLE)["value"])
    low = time_of(told("> 1000"))
    assert (low["value"], low["bound"]) == (12.0, "=")
    without = time_of(told("NM"))
    assert (without["value"], without["bound"]) == (8.0, ">")


def test_the_interval_of_the_event_is_that_of_its_visits() -> None:
    whole, bound = (number(fit(rows), "time_to_volume_between", "vehicle") for rows in (
        WHOLE, told("> 2000")))  # fmt: skip
    for column in ("value", "model_low", "model_high"):
        assert bound[column] == whole[column]


def test_growth_is_what_it_is_without_the_cell() -> None:
    bound, empty = fit(told("> 2000")), fit(told("NM"))
    for quantity in ("growth_rate", "doubling_time", "tc_ratio", "tgi_auc", "max_tvi"):
        arm = "drug" if quantity[0] in "tm" else "vehicle"
        assert number(bound, quantity, arm)["value"] == number(empty, quantity, arm)["value"]
    assert number(bound, "growth_rate", "vehicle")["n_rows"] == 11


def test_flag_and_note_say_so() -> None:
    rows = told("> 2000")
    assert not codes(rows)
    (note,) = [p for p in problems(rows) if p.code == "volumes-as-bounds"]
    assert "'vehicle0'" in note.message
    assert "left out of growth rates" in note.message
    flags = ASSAY.flag(rows, settings(), CONTEXT).frame
    (said,) = flags.filter(pl.col("rule") == "volume as a bound").iter_rows(named=True)
    assert said["severity"] == "note"
    assert "> 2000" in said["message"]
    assert "no value" not in set(flags.get_column("rule"))


def test_a_bound_before_the_first_dose_is_a_start_above() -> None:
    assert time_of(told("> 2000", day=0.0))["status"] == "not_identifiable"


@pytest.mark.parametrize(
    ("rows", "code", "word"),
    [
        (told("> 900"), "bound-below-threshold", "threshold_mm3"),
        (told("> 1.2.3"), "bound-below-threshold", "threshold_mm3"),
        (
            table([{"animal": "a", "arm": "vehicle", "day": 0.0, "length": 10.0, "width": 6.0},
                   {"animal": "a", "arm": "vehicle", "day": 4.0, "cause": "> 20"}]),
            "bound-of-size",
            "column of volumes",
        ),
    ],
)  # fmt: skip
def test_bounds_that_tell_nothing_are_refused(rows: Any, code: str, word: str) -> None:
    (found,) = [p for p in problems(rows, volume_formula="L*W^2/2") if p.code == code]
    assert found.severity == "error"
    assert word in found.remedy
    assert found.place


def test_a_volume_and_a_bound_on_one_day_are_refused() -> None:
    extra = told("> 2000").frame.filter(pl.col("cause") != "")
    twice = WHOLE.with_frame(pl.concat([WHOLE.frame, extra.with_columns(row_id=pl.lit("again"))]))
    assert "visit-twice" in codes(twice)


SHEET = "animal,arm,day,volume (mm3)\n" + "\n".join(
    f"{arm[0]}{i},{arm},{day:g},{'> 2000' if volume >= 2000 else f'{volume:g}'}"
    for arm, animals in (("vehicle", VEHICLE), ("drug", DRUG))
    for i, volumes in enumerate(animals)
    for day, volume in zip(DAYS, volumes, strict=True)
)
STUDY = """[study]
schema = 1
title = "Bounds"
seed = 1

[block.g]
assay = "tumor_growth"
files = ["f.csv"]
control = "vehicle"
day_zero = "first dose"
constants = { model = "M" }

[[block.g.compare]]
quantity = "time_to_volume"
between = "arm"
versus = "vehicle"
within = "model"
"""


def test_a_file_with_bounds_runs_and_why_lists_them(
    tmp_path: Path, cli: Callable[..., Any]
) -> None:
    (tmp_path / "f.csv").write_text(SHEET + "\n")
    (tmp_path / "study.toml").write_text(STUDY)
    assert not [p for p in check_study(tmp_path) if p.severity == "error"]
    block = run_study(tmp_path).blocks[0]
    assert block.tests.frame.filter(pl.col("p_value").is_not_null()).height
    frame = block.estimates.frame.filter(pl.col("unit_id") == "v0")
    ids = dict(frame.select("quantity", "id").iter_rows())
    timed, grown = (why(tmp_path, ids[name]).rows.height for name in (
        "time_to_volume", "growth_rate"))  # fmt: skip
    assert (timed, grown) == (4, 3)
    said = cli("why", tmp_path, ids["time_to_volume"])
    assert "> 2000" in said.out


def test_times_that_nobody_has_are_answered_with_a_reason(tmp_path: Path) -> None:
    """Every drug animal starts above the threshold."""
    rows = [line for line in SHEET.replace("> 2000", "2000").splitlines() if ",drug," not in line]
    rows += [f"d{i},drug,{day:g},{1500 + 10 * i + day}" for i in range(3) for day in DAYS]
    (tmp_path / "f.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "study.toml").write_text(STUDY)
    (row,) = run_study(tmp_path).blocks[0].tests.frame.iter_rows(named=True)
    assert (row["p_value"], row["status"]) == (None, "too_few")
    assert "no animal of an arm has a time" in row["verdict"]
