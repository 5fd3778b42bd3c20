"""What is kept between questions is given back for equal inputs only, and is bounded."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from exportin.assays.tumor_growth import ASSAY, measure_rows
from exportin.assays.tumor_growth import visits as visit_module
from exportin.assays.tumor_growth.kept import Kept
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import models, visits
from exportin.contract.assay import Context
from exportin.inference.question import Contrast
from exportin.results.tables import Flags
from exportin.tables.kinds import TumorLog

CONTEXT = Context(block="g", experimental_unit="animal", keys=("model", "arm"), seed=1)
SETTINGS = TumorGrowthSettings(control="vehicle", day_zero="first dose")
ASKED = (
    Contrast(quantity="growth_rate", between="arm", versus="vehicle", within=("model",)),
    Contrast(quantity="time_to_volume", between="arm", versus="vehicle", within=("model",)),
    Contrast(quantity="max_tvi", between="arm", versus="vehicle", within=("model",)),
)
KEEPERS = (
    visit_module._VISITS, visit_module._MODELS, visit_module._MEASURED, measure_rows._LARGEST,
    measure_rows._RATIOS,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    forget()
    yield
    forget()


def forget() -> None:
    for keeper in KEEPERS:
        keeper._held.clear()


def log(frame: pl.DataFrame) -> TumorLog:
    return TumorLog(frame=frame)


def growing() -> pl.DataFrame:
    """Two models of two arms of four animals, six visits; every animal grows a bit otherwise."""
    rows = [
        {
            "row_id": f"f.csv:{model}{arm}{i}@{day}", "file": "f.csv",
            "sample_id": f"{model}{arm}{i}", "unit_id": f"{model}{arm}{i}", "model": model,
            "arm": arm, "day": float(day),
            "volume": 100.0 * (1.0 + 0.07 * i) * (rate + 0.004 * i) ** day * (1 + 0.02 * (day % 4)),
        }
        for model in ("A", "B")
        for arm, rate in (("vehicle", 1.09), ("drug", 1.04))
        for i in range(4)
        for day in (0, 3, 7, 10, 14, 18)
    ]  # fmt: skip
    empty = dict.fromkeys(("length", "width", "height", "weight", "first_dose_day", "removed_day",
                           "randomized_day"), pl.Float64)  # fmt: skip
    words = dict.fromkeys(("date", "cage", "removal", "first_dose_date"), pl.String)
    said = {"volume_unit": "mm3", "length_unit": "mm", "weight_unit": "g", "cause": ""}
    return pl.DataFrame(rows).with_columns(
        *[pl.lit(None, dtype=kind).alias(name) for name, kind in (empty | words).items()],
        *[pl.lit(text).alias(name) for name, text in said.items()],
    )


def out(*row_ids: str) -> Flags:
    return Flags.from_rows(
        [
            {"row_id": row, "rule": "excluded", "severity": "exclude", "message": "x", "by": "me"}
            for row in row_ids
        ]
    )


def all_numbers(rows: TumorLog, flags: Flags) -> list[Any]:
    """Estimates, tests and R programs of the three questions."""
    assert ASSAY.answers is not None
    fitted = ASSAY.estimate(rows, flags, SETTINGS, CONTEXT)
    found: list[Any] = [fitted.estimates.frame.to_dicts(), fitted.series.frame.to_dicts()]
    for ask in ASKED:
        tests = ASSAY.answers.answer(rows, flags, fitted.estimates, ask, SETTINGS, CONTEXT)
        for row in tests.frame.iter_rows(named=True):
            program = ASSAY.answers.r_script(rows, flags, fitted.estimates, row, SETTINGS, CONTEXT)
            found.append((row, program))
    return found


def test_a_row_of_exclusions_gives_what_each_gives_alone() -> None:
    frame = growing()
    animal = frame.filter(pl.col("sample_id") == "Bdrug2").get_column("row_id").to_list()
    steps = [(), (animal[1],), (animal[1], "f.csv:Avehicle0@7"), tuple(animal), ()]
    warm = [all_numbers(log(frame), out(*step)) for step in steps]
    for step, found in zip(steps, warm, strict=True):
        forget()
        assert all_numbers(log(frame), out(*step)) == found
    assert warm[0] == warm[4]
    assert warm[0] != warm[1] != warm[2] != warm[3]


def test_only_the_model_of_an_excluded_row_is_made_anew() -> None:
    rows = log(growing())
    before = dict(models(visits(rows, out(), SETTINGS)))
    after = dict(models(visits(rows, out("f.csv:Bdrug2@3"), SETTINGS)))
    assert after["A"] is before["A"]
    assert after["B"] is not before["B"]
    assert after["B"].volumes.height == before["B"].volumes.height - 1


def test_rows_that_were_changed_in_place_are_read_again() -> None:
    frame = growing()
    rows = log(frame)
    visits(rows, out(), SETTINGS)
    frame[3, "volume"] = 2.0 * frame.item(3, "volume")
    doubled = visits(rows, out(), SETTINGS).volumes
    name, day = frame.item(3, "sample_id"), frame.item(3, "day")
    found = doubled.filter((pl.col("animal") == name) & (pl.col("day") == day))
    assert found.item(0, "volume_mm3") == frame.item(3, "volume")


def test_other_settings_are_another_question() -> None:
    rows = log(growing())
    one = visits(rows, out(), SETTINGS)
    other = visits(rows, out(), SETTINGS.model_copy(update={"threshold_mm3": 300.0}))
    assert other is not one
    large = visits(log(growing().with_columns(volume_unit=pl.lit("cm3"))), out(), SETTINGS)
    assert large.volumes.item(0, "volume_mm3") == 1000.0 * one.volumes.item(0, "volume_mm3")


def test_what_is_kept_is_bounded_and_the_newest_stays() -> None:
    kept = Kept[str](most=10)
    for name in "abcd":
        kept.of(name, (), 4, lambda name=name: name)  # type: ignore[misc]
    assert list(kept._held) == ["c", "d"]
    assert kept.of("c", (), 4, lambda: "made again") == "c"
    assert list(kept._held) == ["d", "c"]
    assert kept.of("huge", (), 99, lambda: "huge") == "huge"
    assert list(kept._held) == ["huge"]


def test_equal_numbers_of_another_type_are_not_equal() -> None:
    kept = Kept[str](most=10)
    whole, real = pl.DataFrame({"day": [1, 2]}), pl.DataFrame({"day": [1.0, 2.0]})
    assert kept.of("x", (whole,), 1, lambda: "whole") == "whole"
    assert kept.of("x", (real,), 1, lambda: "real") == "real"


def test_whole_cages_are_dealt_and_asked_for_twice() -> None:
    """Every cage holds one arm: the cages are part of what the answer was made of."""
    mates = pl.col("sample_id").str.slice(-1).replace({"1": "0", "3": "2"})
    caged = log(growing().with_columns(cage=pl.concat_str("model", "arm", mates)))
    first = all_numbers(caged, out())
    assert all_numbers(caged, out()) == first
    assert any("cages" in row["verdict"] for row, _ in first[2:])
    alone = all_numbers(log(growing()), out())
    assert not any("cages" in row["verdict"] for row, _ in alone[2:])
