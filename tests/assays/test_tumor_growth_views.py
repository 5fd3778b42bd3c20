"""What tables and figures of tumor growth show, and in which order."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exportin.assays.tumor_growth.arm_days import arms_of
from exportin.assays.tumor_growth.arm_order import arm_order
from exportin.assays.tumor_growth.mean_views import arm_means
from exportin.assays.tumor_growth.visits import visits
from exportin.report.document import build_report
from exportin.results.formatting import format_cell
from exportin.results.tables import Flags
from exportin.study.run import run_study
from exportin.study.why import why

from .test_tumor_growth import settings, study

ARMS = {"Drug 20": 0.02, "Saline": 0.10, "Another": 0.05, "Drug 5": 0.06}
STUDY = """[study]
schema = 1
title = "Doses"
seed = 1

[block.g]
assay = "tumor_growth"
files = ["f.csv"]
control = "Saline"
day_zero = "first dose"
constants = { model = "M" }

[[block.g.compare]]
quantity = "growth_rate"
between = "arm"
versus = "Saline"
within = "model"
"""
WANTED = ["Saline", "Drug 5", "Drug 20", "Another"]


@pytest.fixture(scope="module")
def doses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Arms in the order Drug 20, Saline, Another, Drug 5; three animals each; one leaves early."""
    folder = tmp_path_factory.mktemp("doses")
    lines, number = ["animal,arm,day,volume (mm3)"], 0
    for arm, rate in ARMS.items():
        for i in range(3):
            number += 1
            for visit, day in enumerate((0, 4, 8, 12)):
                if number == 1 and day > 8:
                    continue
                bend = 1 + 0.05 * ((visit * 7 + i * 3) % 5)
                lines.append(
                    f"{number},{arm},{day},{(90 + 10 * i) * bend * 2.718 ** (rate * day):.1f}"
                )
    (folder / "f.csv").write_text("\n".join(lines) + "\n")
    (folder / "study.toml").write_text(STUDY)
    return folder


@pytest.mark.parametrize(
    ("arms", "wanted"),
    [
        (["B", "A", "vehicle"], ["vehicle", "B", "A"]),
        (["Drug 20", "vehicle", "Drug 5"], ["vehicle", "Drug 5", "Drug 20"]),
        (["X 0.5 mg", "vehicle", "Y", "X 0.25 mg"], ["vehicle", "X 0.25 mg", "X 0.5 mg", "Y"]),
        (["a10", "a9", "b"], ["a9", "a10", "b"]),
    ],
)
def test_order_of_arms(arms: list[str], wanted: list[str]) -> None:
    animals = pl.DataFrame({"animal": [f"{i}" for i in range(8, 8 + len(arms))], "arm": arms})
    for shuffled in (animals, animals.reverse()):
        assert list(arm_order(shuffled, "vehicle")) == wanted


def test_every_table_and_figure_has_the_order_of_the_study(doses: Path) -> None:
    outcome = run_study(doses)
    block = outcome.blocks[0]
    frame = block.estimates.frame.filter(pl.col("unit_id").is_null())
    for quantity in ("growth_rate", "time_to_volume", "animals_alive"):
        mine = frame.filter(pl.col("quantity") == quantity).get_column("arm").to_list()
        assert mine == WANTED
    treated = block.tests.frame.filter(pl.col("quantity") == "growth_rate").get_column("group_a")
    assert list(dict.fromkeys(treated)) == WANTED[1:]
    table = next(sheet for sheet in block.sheets if sheet.name == "efficacy")
    assert [row[1].text.removesuffix(" (control)") for row in table.rows] == WANTED
    growth = next(one for one in block.drawn if one.name == "growth")
    places = [growth.svg.decode().find(f">{arm}<") for arm in WANTED]
    assert places == sorted(places)
    report = build_report(outcome).decode()
    at = report.index("Relative tumor volume")
    places = [report.index(f">{arm}<", at) for arm in WANTED]
    assert places == sorted(places)


def test_the_control_has_a_row_of_its_own_in_the_efficacy_table(doses: Path) -> None:
    outcome = run_study(doses)
    sheet = next(one for one in outcome.blocks[0].sheets if one.name == "efficacy")
    known = {row["id"]: row for row in outcome.blocks[0].estimates.frame.iter_rows(named=True)}
    control = dict(zip(sheet.header, sheet.rows[0], strict=True))
    assert control["T/C (means)"].text == control["Max TVI"].text == "reference"
    assert control["n"].text == "3"
    assert control["Still measured"].text == "3 (day 8)"
    mean = known[control["Mean volume"].id]
    days = pl.read_csv(doses / "f.csv").filter((pl.col("arm") == "Saline") & (pl.col("day") == 8))
    assert mean["value"] == pytest.approx(days.get_column("volume (mm3)").mean())
    assert known[control["Median day of 1000 mm3"].id]["quantity"] == "time_to_volume"
    drug = dict(zip(sheet.header, sheet.rows[2], strict=True))
    assert known[drug["T/C (means)"].id]["arm"] == "Drug 20"
    assert known[drug["T/C (means)"].id]["day"] == 8.0


def row(value: float, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"value": value, "conf_low": low, "conf_high": high, "bound": "=", "scale": "linear",
            "conf_open": "none", "units": "", "status": "ok"}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (row(8.0), "8"),
        (row(8.25), "8.25"),
        (row(0.0), "0"),
        (row(1234.0), "1230"),
        (row(-3460.0, -15200.0, 8900.0), "-3500"),
        (row(120.0, -9000.0, 9000.0), "120"),
        (row(66.2, 52.1, 83.9), "66"),
        (row(8.0, 7.1, 8.9), "8.0"),
    ],
)
def test_counts_are_whole_and_large_numbers_keep_two_digits(
    given: dict[str, Any], said: str
) -> None:
    assert format_cell(given, "value") == said


def test_days_of_dates_are_rounded_in_texts(tmp_path: Path) -> None:
    """Days as they come out of a spreadsheet of dates and hours."""
    odd = {0: "0", 4: "3.74087", 8: "8.49083", 12: "12.4908333"}
    lines = ["animal,arm,day,volume (mm3)"]
    for number in range(6):
        arm, rate = ("Saline", 0.1) if number < 3 else ("Drug", 0.03)
        lines += [
            f"{number},{arm},{odd[day]},{(100 + 7 * number) * 2.718 ** (rate * day):.1f}"
            for day in odd
        ]
    (tmp_path / "f.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "study.toml").write_text(STUDY)
    outcome = run_study(tmp_path)
    sheet = next(one for one in outcome.blocks[0].sheets if one.name == "efficacy")
    assert sheet.rows[1][3].text == "3 (day 12.49)"
    published = [t for t in outcome.blocks[0].tests.frame["test"] if t.startswith("as published")]
    assert published == ["as published: t test of raw volumes on day 12.49"]
    page = re.sub(r"<[^>]*>", " ", build_report(outcome).decode())
    assert "12.49 " in page
    assert "12.4908" not in page.split("raw rows")[0]
    test = outcome.blocks[0].tests.frame.filter(pl.col("test") == published[0]).item(0, "id")
    assert set(why(tmp_path, test).rows.get_column("day")) == {12.4908333}


def test_means_as_papers_draw_them_end_with_the_first_animal_that_leaves(doses: Path) -> None:
    outcome = run_study(doses)
    drawn = next(one for one in outcome.blocks[0].drawn if one.name == "mean_growth")
    assert "Means after dropout mislead" in drawn.caption
    source = pl.read_csv(drawn.source)
    lines = source.filter(pl.col("layer") == "mean")
    last = dict(lines.group_by("group").agg(pl.col("x").max()).iter_rows())
    assert last == {"Saline": 12.0, "Drug 5": 12.0, "Drug 20": 8.0, "Another": 12.0}
    ends = source.filter(pl.col("layer") == "first to leave")
    assert ends.select("group", "x").rows() == [("Drug 20", 8.0)]
    seen = pl.read_csv(doses / "f.csv").filter((pl.col("arm") == "Saline") & (pl.col("day") == 4))
    volumes = seen.get_column("volume (mm3)")
    bar = source.filter(
        (pl.col("layer") == "bar") & (pl.col("group") == "Saline") & (pl.col("x") == 4)
    ).row(0, named=True)
    assert bar["y"] == pytest.approx(volumes.mean())
    error = volumes.std() / 3**0.5
    assert (bar["low"], bar["high"]) == (pytest.approx(bar["y"] - error), bar["y"] + error)


def test_no_mean_of_some_animals_only() -> None:
    rows = study({"vehicle": [[100.0, 200.0, 400.0], [120.0, 260.0]], "drug": [[90.0, 80.0, 70.0]]},
                 [0, 5, 10])  # fmt: skip
    arms = arms_of(visits(rows, Flags.empty(), settings()))
    assert [(point["x"], point["y"]) for point in arm_means(arms["vehicle"])] == [
        (0.0, 110.0), (5.0, 230.0)]  # fmt: skip
    assert [point["low"] for point in arm_means(arms["drug"])] == [None] * 3
