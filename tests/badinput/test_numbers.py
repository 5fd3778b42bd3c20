"""Numbers that would come out wrong and look right."""

import math
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

Long = Callable[..., Any]


def hill(dose: float) -> float:
    return 0.05 + 0.95 / (1 + dose / 100)


def per_plate(study: Any, change: Callable[[str, float], tuple[float, str]]) -> None:
    """Write a layout with its own doses for each plate."""
    header, *rows = study.text("layout.csv").splitlines()
    out = [f"sample_id,{header}"]
    for path in study.plates:
        plate = path.removeprefix("plates/").removesuffix(".csv")
        for row in rows:
            well, role, drug, dose, unit = row.split(",")
            if dose:
                number, unit = change(plate, float(dose))
                dose = repr(number)
            out.append(",".join([plate, well, role, drug, dose, unit]))
    study.write("layout.csv", "\n".join(out) + "\n")


def values(frame: pl.DataFrame) -> list[float | None]:
    return frame.sort("treatment", "unit_id").get_column("value").to_list()


def test_units_may_differ_between_experiments(study: Any) -> None:
    before = values(study.estimates())
    per_plate(study, lambda plate, d: (d / 1000, "uM") if plate.endswith("E2") else (d, "nM"))
    after = values(study.estimates())
    assert after == pytest.approx(before, rel=1e-9)


def test_a_thousandfold_dose_is_noted(study: Any) -> None:
    per_plate(study, lambda plate, d: (d / 1000, "nM") if plate.endswith("E2") else (d, "nM"))
    found = study.only("dose-thousandfold", "note")
    assert "in E2 (up to" in found.message
    assert "nM for uM" in found.remedy


def refused(long: Long, response: Callable[[float], float], setting: str = "", **row: Any) -> Any:
    made = long(response, **row)
    made.write("study.toml", made.text("study.toml") + setting)
    return made


@pytest.mark.parametrize(
    ("factor", "setting", "code", "remedy"),
    [
        (100.0, "", "percent", 'response_unit = "percent"'),
        (1.0, 'response_unit = "percent"\n', "fraction", 'response_unit = "fraction"'),
        (1e5, "", "raw", "Take normalized out"),
        (1e5, 'response_unit = "percent"\n', "raw", "Take normalized out"),
    ],
)
def test_fractions_percent_and_raw_signals(
    long: Long, factor: float, setting: str, code: str, remedy: str
) -> None:
    made = refused(long, lambda dose: factor * hill(dose), setting)
    assert remedy in made.only(code).remedy


def potent_in_percent(dose: float) -> float:
    """Nearly all wells are dead: the median alone would not tell percent from fractions."""
    return 100.0 if dose < 2 else 1.0


def test_percent_of_a_potent_drug(long: Long) -> None:
    assert "look like percent" in long(potent_in_percent).only("percent").message


@pytest.mark.parametrize(
    ("dose", "code", "word"),
    [
        (lambda d: f"{math.log10(d * 1e-9)}", "negative-dose", "logarithm"),
        (lambda d: "" if d > 5000 else f"{d}", "no-dose", "Write its dose"),
        (lambda d: "1e300" if d > 5000 else f"{d}", "absurd-number", "1e-30"),
        (lambda d: f"{d} nM", "not-a-number", "a column dose_unit"),
    ],
)
def test_rows_with_odd_doses_are_not_left_out(
    long: Long, dose: Callable[[float], str], code: str, word: str
) -> None:
    made = long(hill, row=lambda unit, d, y: f"E{unit},M,drug,{dose(d)},nM,{y}")
    assert word in made.only(code).remedy


def test_a_dose_without_unit_among_others(long: Long) -> None:
    made = long(hill, row=lambda n, d, y: f"E{n},M,drug,{d},{'nM' if d < 100 else ''},{y}")
    assert "has no unit" in made.only("no-unit").message


def test_a_treatment_without_name(long: Long) -> None:
    made = long(hill, row=lambda n, d, y: f"E{n},M,{'drug' if n > 1 else ' '},{d},nM,{y}")
    assert "has no treatment" in made.only("empty-key").message


def test_decimal_commas_between_commas(long: Long) -> None:
    made = long(hill, row=lambda n, d, y: f"E{n},M,drug,{d:.0f},nM,{y:.3f}".replace(".", ","))
    assert "export with semicolons" in made.only("row-width").remedy


def test_values_no_instrument_gives(long: Long) -> None:
    made = long(hill, row=lambda n, d, y: f"E{n},M,drug,{d},nM,{'1e300' if d > 5000 else y}")
    found = made.only("absurd-number")
    assert found.place == "line 2, column 6 (value)"


def test_a_rising_curve_has_no_ic50(long: Long) -> None:
    frame = long(lambda dose: 1.1 - hill(dose)).estimates()
    assert frame.get_column("value").to_list() == [None] * 4
    assert set(frame.get_column("status")) == {"not_identifiable"}


def test_a_drug_without_any_value(long: Long) -> None:
    made = long(hill, row=lambda n, d, y: f"E{n},M,drug,{d},nM,{'NA' if n == 1 else y}")
    row = made.estimates().row(by_predicate=pl.col("unit_id") == "E1", named=True)
    assert (row["status"], row["n_flagged"]) == ("too_few", 0)


def vehicle_wells(study: Any, keep: set[str]) -> None:
    """Write OVRFLW into the vehicle wells of the first plate, but for those to keep."""
    rows = study.text("layout.csv").splitlines()
    wells = {row[:3] for row in rows if ",vehicle," in row} - keep
    lines = study.text(study.plates[0]).split("\n")
    for at, line in enumerate(lines):
        cells = line.split(",")
        if len(cells[0]) == 1 and len(cells) == 13:
            for column in range(1, 13):
                if f"{cells[0]}{column:02d}" in wells:
                    cells[column] = "OVRFLW"
            lines[at] = ",".join(cells)
    study.write(study.plates[0], "\n".join(lines))


def test_no_vehicle_well_has_a_value(study: Any) -> None:
    vehicle_wells(study, set())
    found = study.only("no-vehicle-value")
    assert "vehicle wells of plate 'SIM-LPS-1-E1' has a value (OVRFLW)" in found.message
    assert "lower gain" in found.remedy


def test_vehicle_wells_beyond_the_reader(study: Any) -> None:
    from exportin.study.run import run_study

    vehicle_wells(study, {"A01"})
    flags = run_study(study.folder).blocks[0].flags.frame
    broken = flags.filter(pl.col("rule").str.contains("vehicle overflow"))
    assert broken.height > 60  # failed_plates = "exclude": the whole plate goes
    assert "above the reader's range" in broken.item(0, "message")
    assert flags.filter(pl.col("rule").str.contains("one vehicle well")).height == 1


def test_marks_that_turn_text_round_are_taken_out(study: Any) -> None:
    study.replace("layout.csv", "selinexor", "\u202eselinexor")
    assert set(study.estimates().get_column("treatment")) == {"selinexor", "doxorubicin"}
