"""A treated well is held against the vehicle with its own cells; every number done by hand."""

import math
import statistics
from typing import Any

import polars as pl
import pytest

from exportin.plates.control_check import check_controls
from exportin.plates.drift import drift_flags
from exportin.plates.normalize import normalize, plate_blanks, plate_controls
from exportin.plates.outliers import control_outliers
from exportin.plates.own_controls import with_cells
from exportin.plates.pattern import pattern_flags
from exportin.plates.quality import flag_plates
from exportin.tables.wells import well_name

KEYS = ("model", "treatment")
# Two cell lines on one plate: LPS gives ten times the signal of GIST. The blank is 10.
LPS, GIST = [1010.0, 990.0, 1000.0], [110.0, 112.0, 108.0]
BLANK = [9.0, 11.0]


def wells(*groups: tuple[str, str | None, list[float | None]], plate: str = "P1",
          **columns: Any) -> pl.DataFrame:  # fmt: skip
    """Rows of one plate: (role, model, values) in the order of the wells."""
    rows = [
        {"role": role, "model": model, "value": value, "file": f"{plate}.csv", "sample_id": plate,
         "unit_id": "E1", "cause": "" if value is not None else "OVRFLW",
         "treatment": {"treated": "selinexor", "vehicle": "DMSO"}.get(role), **columns}
        for role, model, values in groups
        for value in values
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema_overrides={"value": pl.Float64, "model": pl.String})
    names = [well_name(i // 12, i % 12) for i in range(frame.height)]
    ids = [f"{plate}:{name}" for name in names]
    return frame.with_columns(pl.Series("well", names), pl.Series("row_id", ids))


def two_models(**changed: Any) -> pl.DataFrame:
    groups = {
        "vehicle_a": ("vehicle", "LPS", LPS),
        "vehicle_b": ("vehicle", "GIST", GIST),
        "treated_a": ("treated", "LPS", [505.0, 10.0]),
        "treated_b": ("treated", "GIST", [60.0, 35.0]),
        "blank": ("blank", None, BLANK),
    }
    return wells(*(groups | changed).values())


def responses(frame: pl.DataFrame, keys: tuple[str, ...] = KEYS) -> list[float | None]:
    return normalize(frame, keys).filter(role="treated").get_column("response").to_list()


def codes(frame: pl.DataFrame, keys: tuple[str, ...] = KEYS) -> list[str]:
    return [problem.code for problem in check_controls(frame, keys)]


def test_two_models_on_one_plate_have_a_vehicle_each() -> None:
    """(505 - 10) / (1000 - 10) = 0.5; (60 - 10) / (110 - 10) = 0.5; (35 - 10) / 100 = 0.25."""
    assert responses(two_models()) == pytest.approx([0.5, 0.0, 0.5, 0.25], abs=1e-12)
    numbers = normalize(two_models(), KEYS).filter(role="treated").get_column("vehicle_n")
    assert numbers.to_list() == [3, 3, 3, 3]
    assert not codes(two_models())


def test_each_model_counts_its_own_vehicle_wells() -> None:
    found = normalize(two_models(vehicle_b=("vehicle", "GIST", [*GIST, 110.0])), KEYS)
    assert found.filter(role="treated").get_column("vehicle_n").to_list() == [3, 3, 4, 4]


def test_blanks_serve_the_plate_or_the_model_they_name() -> None:
    own = [("blank", "LPS", [10.0]), ("blank", "GIST", [20.0])]
    frame = two_models(blank=own[0], other=own[1])
    assert responses(frame) == pytest.approx([0.5, 0.0, 40 / 90, 15 / 90], abs=1e-12)
    assert not codes(frame)
    lent = check_controls(two_models(blank=own[0]), KEYS)
    assert [problem.code for problem in lent] == ["no-own-blank"]
    assert "GIST" in lent[0].message
    day_zero = plate_blanks(frame).select("model", "blank_mean").rows()
    assert day_zero == [("GIST", 20.0), ("LPS", 10.0)]


def test_vehicle_of_nobody_knows_whom_is_refused() -> None:
    frame = two_models(vehicle_b=("vehicle", None, GIST))
    (problem,) = check_controls(frame, KEYS)
    assert (problem.code, problem.file, problem.place) == (
        "control-without-model",
        "P1.csv",
        "well A04",
    )
    assert "2 models (GIST, LPS)" in problem.message
    assert "3 of its 6 vehicle wells" in problem.message
    assert "Fill 'model'" in problem.remedy
    positive = ("positive", None, [12.0, 12.0])
    assert codes(two_models(positive=positive)) == ["control-without-model"]


def test_model_without_a_vehicle_of_its_own_is_refused() -> None:
    (problem,) = check_controls(two_models(vehicle_b=("vehicle", "LPS", [1000.0])), KEYS)
    assert problem.code == "no-vehicle"
    assert "GIST" in problem.message
    assert responses(two_models(vehicle_b=("vehicle", "LPS", [1000.0])))[2:] == [None, None]


def test_one_model_may_leave_its_vehicle_unnamed() -> None:
    frame = wells(("vehicle", None, LPS), ("treated", "LPS", [505.0]), ("blank", None, BLANK))
    assert responses(frame) == [0.5]
    half = wells(("vehicle", None, [1010.0]), ("vehicle", "LPS", [990.0]),
                 ("treated", "LPS", [505.0]), ("blank", "LPS", BLANK))  # fmt: skip
    assert responses(half) == [0.5]
    assert normalize(half, KEYS).filter(role="treated").item(0, "vehicle_n") == 2
    assert not codes(frame) + codes(half)


def test_experiments_in_one_long_table_have_a_vehicle_each() -> None:
    """A long table is one file: its experiments are told apart by unit_id."""
    first = wells(("vehicle", "LPS", [100.0]), ("treated", "LPS", [50.0]))
    second = first.with_columns(pl.lit("E2").alias("unit_id"), pl.col("value") * 10)
    assert responses(pl.concat([first, second])) == [0.5, 0.5]
    shared = pl.concat([first, second]).with_columns(
        pl.when(pl.col("role") == "treated").then("unit_id").alias("unit_id")
    )
    assert responses(shared) == pytest.approx([50 / 550, 500 / 550])  # the vehicle names none
    (note,) = check_controls(shared, KEYS)
    assert (note.code, note.severity) == ("shared-vehicle", "note")
    assert "E1, E2" in note.message
    assert not codes(pl.concat([first, second]))


def test_solvents_are_told_apart_by_a_key_and_noted_without() -> None:
    parts = [
        wells(("vehicle", "LPS", [value]), ("treated", "LPS", [value / 2])).with_columns(
            pl.lit(solvent).alias("solvent"),
            pl.when(pl.col("role") == "vehicle")
            .then(pl.lit(solvent))
            .otherwise("treatment")
            .alias("treatment"),
        )
        for solvent, value in (("DMSO", 80.0), ("water", 120.0))
    ]
    frame = pl.concat(parts)
    assert responses(frame, (*KEYS, "solvent")) == [0.5, 0.5]
    assert not codes(frame, (*KEYS, "solvent"))
    assert responses(frame) == [0.4, 0.6]
    (note,) = check_controls(frame, KEYS)
    assert (note.code, note.severity) == ("several-vehicles", "note")
    assert "DMSO, water" in note.message
    assert 'keys = ["solvent"]' in note.remedy


def test_a_key_that_vehicles_do_not_tell_leaves_them_shared() -> None:
    frame = two_models().with_columns(
        pl.when(pl.col("role") == "treated").then(pl.lit("XPO1")).otherwise(pl.lit("none"))
        .alias("class")
    )  # fmt: skip
    assert responses(frame, (*KEYS, "class")) == responses(two_models())


def test_cells_of_one_model_do_not_depend_on_the_plate_of_another() -> None:
    alone = [two_models().filter(pl.col("model").is_null() | (pl.col("model") == m))
             for m in ("LPS", "GIST")]  # fmt: skip
    assert responses(two_models()) == [r for frame in alone for r in responses(frame)]
    told = with_cells(two_models().drop("unit_id"), KEYS).filter(role="treated")
    assert set(told.get_column("__cells")) == {"LPS", "GIST"}


# ---- plate quality


def test_cv_and_z_prime_do_not_mix_models() -> None:
    """Both models together have a CV of 90 %; each alone of about 1 or 2 %."""
    frame = two_models()
    mixed = [*LPS, *GIST]
    assert statistics.stdev(mixed) / (statistics.fmean(mixed) - 10) > 0.8
    assert flag_plates(frame, failed="warn", keys=KEYS).frame.is_empty()
    sds = {row["whose"]: row["vehicle_sd"] for row in plate_controls(frame, KEYS).to_dicts()}
    assert sds == pytest.approx({"LPS": statistics.stdev(LPS), "GIST": statistics.stdev(GIST)})


def test_failing_model_is_left_out_alone() -> None:
    wild = two_models(vehicle_b=("vehicle", "GIST", [20.0, 110.0, 200.0]))
    found = flag_plates(wild, failed="exclude", keys=KEYS).frame
    gone = wild.filter(pl.col("row_id").is_in(found.get_column("row_id").to_list()))
    assert set(gone.get_column("model")) == {"GIST"}
    assert gone.height == wild.filter(model="GIST").height
    cv = statistics.stdev([20.0, 110.0, 200.0]) / 100.0
    assert f"Plate 'P1' (GIST): CV of the 3 vehicle wells is {cv:.0%}" in found.item(0, "message")


def test_overflow_is_counted_for_its_model() -> None:
    frame = two_models(vehicle_b=("vehicle", "GIST", [110.0, 112.0, None]))
    (message,) = flag_plates(frame, failed="warn", keys=KEYS).frame.get_column("message")
    assert message.startswith("Plate 'P1' (GIST): 1 of 3 vehicle wells are above")


def test_vehicle_wells_of_another_model_are_no_outliers() -> None:
    """Eight and three wells: among all eleven the three stand out, among their own none does."""
    eight = [1000.0 + i for i in (-30, -20, -10, 0, 5, 10, 20, 30)]
    frame = two_models(vehicle_a=("vehicle", "LPS", eight))
    assert not list(control_outliers(frame, severity="warn", keys=KEYS))
    one = frame.with_columns(pl.lit("LPS").alias("model"))
    assert len(list(control_outliers(one, severity="warn", keys=KEYS))) == 3


def test_patterns_are_judged_per_model() -> None:
    """Column trend of one model only: it is named, and the other model is not."""
    rows = []
    for i in range(96):
        model = "LPS" if i // 12 < 4 else "GIST"
        column = i % 12
        wobble = 1.0 + 0.004 * math.sin(7.0 * i)
        height = 1000.0 * (1 - 0.03 * column) if model == "LPS" else 100.0
        rows.append((model, height * wobble))
    frame = wells(*(("vehicle", model, [value]) for model, value in rows))
    for name in ("LPS", "GIST"):
        more = wells(("treated", name, [50.0])).with_columns(pl.lit(None, pl.String).alias("well"))
        frame = pl.concat([frame, more.with_columns(pl.lit(f"t{name}").alias("row_id"))])
    frame = frame.with_columns(pl.lit(1.0).alias("dose"), pl.lit("nM").alias("dose_unit"))
    placed = frame.with_columns(
        pl.when(pl.col("role") == "treated")
        .then(pl.lit("A01"))
        .otherwise("well")
        .alias("well")
    )  # fmt: skip
    found = [f["message"] for f in pattern_flags(placed, keys=KEYS) if f["severity"] == "warn"]
    assert any(text.startswith("Plate 'P1' (LPS): column trend") for text in found)
    assert not any("GIST" in text for text in found)


def test_drift_of_one_model_is_not_that_of_the_other() -> None:
    plates = []
    for n in range(6):
        fall, wobble = 0.8**n, 1.0 + 0.01 * math.sin(5.0 * n)
        plates.append(
            wells(("vehicle", "LPS", [v * fall * wobble for v in LPS]),
                  ("vehicle", "GIST", [v * wobble for v in GIST]),
                  ("treated", "LPS", [400.0]), ("treated", "GIST", [50.0]),
                  plate=f"P{n}", run_order=float(n))
        )  # fmt: skip
    (flag,) = drift_flags(pl.concat(plates))
    assert "Vehicle signal of LPS" in flag["message"]
    assert "-67%" in flag["message"]  # 0.8 ** 5
