"""Numbers of controls equal those computed by hand; outlying wells; drift."""

import math
import statistics

import numpy as np
import polars as pl
import pytest

from exportin.assays.viability.simulate_faults import Fault, plate_layout, simulate_plate
from exportin.plates.controls import control_numbers
from exportin.plates.drift import drift_flags
from exportin.plates.outliers import LIMITS_SMALL, control_outliers, curve_outliers, standing_out

from .simulated import error_of, many_plates

HIGH = [101.5, 98.25, 100.0, 103.75, 97.5, 99.0]
LOW = [5.25, 4.75, 6.0, 5.5]
BLANK = [1.0, 1.5]


def plate(**wells: list[float]) -> pl.DataFrame:
    rows = [(role, value) for role, values in wells.items() for value in values]
    return pl.DataFrame(rows, schema={"role": pl.String, "value": pl.Float64}, orient="row")


def numbers(frame: pl.DataFrame) -> dict[tuple[str, str], float | None]:
    return {(n.quantity, n.control): n.value for n in control_numbers(frame)}


def test_numbers_equal_the_hand_computation() -> None:
    """Written out with the standard library alone."""
    found = numbers(plate(vehicle=HIGH, positive=LOW, blank=BLANK))
    gap = statistics.fmean(HIGH) - statistics.fmean(LOW)
    spread = statistics.stdev(HIGH) + statistics.stdev(LOW)
    where = "vehicle to positive"
    assert found["z_prime", where] == pytest.approx(1 - 3 * spread / gap, abs=1e-12)
    mads = []
    for values in (HIGH, LOW):
        middle = statistics.median(values)
        mads.append(1.4826 * statistics.median(abs(v - middle) for v in values))
    middles = statistics.median(HIGH) - statistics.median(LOW)
    robust = 1 - 3 * sum(mads) / middles
    assert found["z_prime_robust", where] == pytest.approx(robust, abs=1e-12)
    variance = statistics.variance(HIGH) + statistics.variance(LOW)
    assert found["ssmd", where] == pytest.approx(gap / math.sqrt(variance), abs=1e-12)
    ratio = statistics.fmean(HIGH) / statistics.fmean(LOW)
    assert found["signal_to_background", where] == pytest.approx(ratio, abs=1e-12)
    cv = 100.0 * statistics.stdev(HIGH) / (statistics.fmean(HIGH) - 1.25)
    assert found["control_cv", "vehicle"] == pytest.approx(cv, abs=1e-10)
    blank = 100.0 * statistics.stdev(BLANK) / 1.25
    assert found["control_cv", "blank"] == pytest.approx(blank, abs=1e-10)
    wells = plate(vehicle=HIGH, positive=LOW, blank=BLANK)
    units = {number.quantity: number.units for number in control_numbers(wells)}
    assert units["control_cv"] == "%"
    assert set(units.values()) == {"%", ""}


def test_blank_stands_in_for_a_missing_positive_control() -> None:
    assert ("z_prime", "vehicle to blank") in numbers(plate(vehicle=HIGH, blank=BLANK))
    lone = numbers(plate(vehicle=HIGH, positive=LOW[:1], blank=BLANK))
    assert ("z_prime", "vehicle to blank") in lone
    assert not numbers(plate(vehicle=HIGH[:1], blank=BLANK[:1]))


@pytest.mark.parametrize("wells", [{"vehicle": [5.0, 5.0], "blank": [5.0, 5.0]},
                                   {"vehicle": [1e150, 2e150], "blank": [0.0, 0.0]},
                                   {"vehicle": [1.0, 2.0], "blank": [-1.0, -3.0]}])  # fmt: skip
def test_undefined_numbers_are_absent(wells: dict[str, list[float]]) -> None:
    for value in numbers(plate(**wells)).values():
        assert value is None or math.isfinite(value)


# ---- outliers


@pytest.mark.parametrize("n", [n for n, _ in LIMITS_SMALL] + [14, 48, 96])
def test_one_clean_plate_in_a_hundred_has_an_outlier(n: int) -> None:
    """The stated rate, at the sizes of the table and between them."""
    count, rng = 2000, np.random.default_rng(77)
    hit = sum(bool(standing_out(rng.normal(1.0, 0.1, n)).any()) for _ in range(count))
    assert hit / count <= 0.01 + 3 * error_of(0.01, count)


def test_planted_vehicle_outlier_is_found_and_kept() -> None:
    frame = many_plates(Fault(randomize=True), 1, 78)[0]
    well = frame.filter(role="vehicle").item(3, "row_id")
    spoiled = frame.with_columns(
        pl.when(pl.col("row_id") == well).then(0.3).otherwise(1.0).alias("factor")
    ).with_columns(pl.col("value") * pl.col("factor"))
    assert not list(control_outliers(frame, severity="warn"))
    found = list(control_outliers(spoiled, severity="warn"))
    assert [flag["row_id"] for flag in found] == [well]
    assert found[0]["severity"] == "warn"
    assert "modified z" in found[0]["message"]


def test_few_or_equal_wells_have_no_outlier() -> None:
    assert not standing_out(np.array([1.0] * 6 + [99.0])).any()  # seven wells
    assert not standing_out(np.array([1.0] * 9 + [99.0])).any()  # MAD 0: no scale


def test_well_far_from_its_curve_is_named() -> None:
    rng = np.random.default_rng(79)
    fitted = np.repeat(np.linspace(1.0, 0.1, 10), 3)
    response = fitted * rng.normal(1.0, 0.05, 30)
    response[4] = 0.3
    names = [f"P:{i:02d}" for i in range(30)]
    wells = pl.DataFrame({"row_id": names, "well": names, "response": response, "fitted": fitted})
    found = list(curve_outliers(wells))
    assert [flag["row_id"] for flag in found] == ["P:04"]
    assert found[0]["severity"] == "warn"


@pytest.mark.parametrize("noise", ["grows", "constant", "mixed"])
@pytest.mark.parametrize("ec50", [20.0, 240.0, 9000.0])
def test_few_clean_curves_have_an_outlier(noise: str, ec50: float) -> None:
    """Whether the noise grows with the signal or not, and wherever most wells lie."""
    count, rng = 300, np.random.default_rng(82)
    dose = np.repeat([5000 / 3.0**i for i in range(10)], 3)
    fitted = 0.06 + 0.94 / (1 + (dose / ec50) ** 1.2)
    sd = {"grows": 0.06 * fitted, "constant": np.full(30, 0.06),
          "mixed": np.hypot(0.06 * fitted, 0.02)}[noise]  # fmt: skip
    names = [f"{i:02d}" for i in range(30)]
    frames = (
        pl.DataFrame({"row_id": names, "well": names, "response": y, "fitted": fitted})
        for y in fitted + sd * rng.normal(size=(count, 30))
    )
    hit = sum(bool(list(curve_outliers(frame))) for frame in frames)
    assert hit / count <= 0.01 + 3 * error_of(0.01, count)


# ---- drift


def timed(run: pl.DataFrame, times: list[str | None]) -> pl.DataFrame:
    """The same run with the times of its files in place of its order; P1 has the first."""
    at = pl.DataFrame(
        {"sample_id": [f"P{i + 1}" for i in range(len(times))], "measured_at": times},
        schema={"sample_id": pl.String, "measured_at": pl.String},
    )
    return run.drop("run_order").join(at, on="sample_id", maintain_order="left")


def test_times_of_the_files_order_the_plates() -> None:
    run = run_of(-0.2, np.random.default_rng(82))
    (told,) = drift_flags(run)
    one_day = [f"03/04/2021 {hour:02d}:15:00" for hour in range(9, 15)]  # either way the same
    (found,) = drift_flags(timed(run, one_day))
    assert found["severity"] == "warn"
    in_time = found["message"].replace("order of measurement time", "run order")
    assert in_time == told["message"]


def test_dates_that_can_be_read_two_ways_order_nothing() -> None:
    run = run_of(-0.2, np.random.default_rng(83))
    unclear = [f"0{i}/0{7 - i}/2021 10:00:00" for i in range(1, 7)]
    for times in (unclear, ["29/04/2021 10:00:00"] * 6, ["yesterday"] * 6, [None] * 6):
        (note,) = drift_flags(timed(run, times))
        assert (note["severity"], note["rule"]) == ("note", "plate drift not judged")
    day_first = [*unclear[:5], "13/01/2021 10:00:00"]  # the last plate was the first
    (found,) = drift_flags(timed(run, day_first))
    assert found["severity"] == "warn"
    assert "changes by +" in found["message"]


def run_of(drift: float, rng: np.random.Generator, plates: int = 6) -> pl.DataFrame:
    layout, fault = plate_layout(randomize=False), Fault(drift=drift, plate_cv=0.03)
    return pl.concat(
        simulate_plate(layout, fault, rng, number=n, sample=f"P{n}") for n in range(1, plates + 1)
    )


def test_drift_is_found_and_clean_runs_are_not() -> None:
    rng = np.random.default_rng(80)
    planted = [bool(drift_flags(run_of(-0.06, rng))) for _ in range(25)]
    clean = [bool(drift_flags(run_of(0.0, rng))) for _ in range(60)]
    print(f"drift -6 % a plate: power {np.mean(planted):.0%}; clean runs {np.mean(clean):.0%}")
    assert np.mean(planted) >= 0.9
    assert np.mean(clean) <= 0.05 + 2 * error_of(0.05, 60)


def test_drift_needs_an_order_and_enough_plates() -> None:
    rng = np.random.default_rng(81)
    run = run_of(-0.2, rng)
    assert drift_flags(run)
    for unordered in (
        run.drop("run_order"),
        run.with_columns(pl.lit(None, dtype=pl.Float64).alias("run_order")),
    ):
        (note,) = drift_flags(unordered)
        assert note["severity"] == "note"
        assert "was not looked at in 1 run (" in note["message"]
        assert "Add run_order" in note["message"]
    assert not drift_flags(run_of(-0.2, rng, plates=4).drop("run_order"))
    assert not drift_flags(run_of(-0.2, rng, plates=4))
    message = drift_flags(run)[0]["message"]
    assert "-6" in message  # 0.8 ** 5 - 1 = -67 %
