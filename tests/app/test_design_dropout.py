"""``exportin design dropout``: what is printed, written and refused."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

Cli = Callable[..., Any]
QUICK = ("--studies", 20)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, cli: Cli) -> Path:
    """A study with results: two arms of eight, four weeks."""
    folder = tmp_path_factory.mktemp("dropout") / "s"
    assert cli("simulate", "tumor_growth", folder, "--scenario", "n8").code == 0
    assert cli("run", folder).code == 0
    return folder


@pytest.fixture(scope="module")
def said(study: Path, cli: Cli) -> Any:
    return cli("design", "dropout", study, "--limit", 600, *QUICK, "--json").json()


def test_record_holds_the_study_and_its_simulation(study: Path, said: Any) -> None:
    one = said["models"][0]
    assert (one["model"], one["day"]) == ("LS-GD-1", 28.0)
    assert one["limit"] == {"mm3": 600.0, "words": "600 mm3, as stated"}
    design = pl.read_csv(study / "design.csv")
    assert one["scenario"]["sizes"] == [8, 8]
    assert one["scenario"]["days"] == [3.5 * i for i in range(9)]
    assert one["scenario"]["visit_sd"] == pytest.approx(0.1, rel=0.25)
    truth = (0.06, 0.02)
    for rate, expected in zip(one["scenario"]["rates"], truth, strict=True):
        assert rate == pytest.approx(expected, abs=0.015)
    assert [len(curve) for curve in one["scenario"]["curves"]] == [9, 9]
    for arm in ("vehicle", "selinexor"):
        start = [a for a in one["alive"] if a["arm"] == arm and a["day"] == 0]
        assert start[0]["observed"] == start[0]["expected"] == 8
        assert sum(one["left"][arm].values()) == design.filter(pl.col("arm") == arm).height
    assert one["quote"].keys() == {"selinexor"}
    assert "simulated 20 times" in one["sentence"]
    assert any("Rubin" in reference for reference in said["references"])
    assert "NaN" not in json.dumps(said)
    assert "Infinity" not in json.dumps(said)


def test_own_answers_are_those_of_the_study(study: Path, said: Any) -> None:
    """LOCF and the animals' rates by hand, from the sheet of calipers."""
    rows = pl.read_csv(study / "calipers.csv").join(
        pl.read_csv(study / "design.csv").select("arm", animal="sample_id"), on="animal"
    )
    rows = rows.with_columns(volume=pl.col("length_mm") * pl.col("width_mm") ** 2 / 2)
    last = rows.sort("day").group_by("animal").agg(pl.col("arm").last(), pl.col("volume").last())
    mean = dict(last.group_by("arm").agg(pl.col("volume").mean()).iter_rows())
    found = {row["analysis"]: row for row in said["models"][0]["rows"]}
    ratio = math.log(mean["selinexor"] / mean["vehicle"])
    assert found["last_carried"]["study_ln_tc"] == pytest.approx(ratio, abs=1e-6)
    day = pl.col("day") - pl.col("day").mean()
    slope = (day * pl.col("volume").log()).sum() / (day**2).sum()
    rates = rows.group_by("animal").agg(pl.col("arm").first(), slope.alias("rate"))
    rate = dict(rates.group_by("arm").agg(pl.col("rate").mean()).iter_rows())
    expected = 28 * (rate["selinexor"] - rate["vehicle"])
    assert found["animal_rates"]["study_ln_tc"] == pytest.approx(expected, abs=1e-6)


def test_print_and_csv(study: Path, tmp_path: Path, cli: Cli, said: Any) -> None:
    out = tmp_path / "d.csv"
    found = cli("design", "dropout", study, "--limit", 600, "--out", out, *QUICK)
    assert found.code == 0, found.text
    for words in ("block growth, model LS-GD-1: T/C on day 28", "limit: 600 mm3, as stated",
                  "animals under observation", "selinexor against vehicle", "Verdict",
                  "Rules: An answer can be quoted if"):  # fmt: skip
        assert words in found.out
    rows = pl.read_csv(out)
    assert rows.get_column("analysis").to_list() == [
        row["analysis"] for row in said["models"][0]["rows"]
    ]
    assert rows.get_column("power").to_list() == [row["power"] for row in said["models"][0]["rows"]]
    assert cli("design", "dropout", study, "--out", out, *QUICK).code == 2


def test_the_day_can_be_chosen(study: Path, cli: Cli) -> None:
    options = ("--limit", 0, "--day", 14, *QUICK, "--json")
    one = cli("design", "dropout", study, *options).json()["models"][0]
    assert one["day"] == 14.0
    analyses = {row["analysis"]: row for row in one["rows"]}
    assert "mixed_trimmed" not in analyses
    assert analyses["final_day"]["study_ln_tc"] == analyses["last_carried"]["study_ln_tc"]
    gain = one["scenario"]["rates"][1] - one["scenario"]["rates"][0]
    assert analyses["mixed_model"]["true_tvi"] == pytest.approx(1 - math.exp(14 * gain))


def test_deaths_are_reported_as_competing_events(tmp_path: Path, cli: Cli) -> None:
    folder = tmp_path / "s"
    assert cli("simulate", "tumor_growth", folder, "--scenario", "deaths").code == 0
    assert cli("run", folder).code == 0
    one = cli("design", "dropout", folder, *QUICK, "--json").json()["models"][0]
    reasons = pl.read_csv(folder / "design.csv").filter(pl.col("removal") == "toxicity")
    deaths = reasons.height
    assert deaths > 0
    assert one["left"]["selinexor"]["death"] == deaths
    assert one["left"]["vehicle"]["death"] == 0
    assert one["scenario"]["hazards"][0] == 0.0
    days = reasons.get_column("removed_day").sum() + 28.0 * (8 - deaths)
    assert one["scenario"]["hazards"][1] == pytest.approx(deaths / days)
    assert one["simulated_left"]["selinexor"]["other"] == pytest.approx(deaths, abs=2.0)
    text = " ".join(one["verdict"])
    assert "informative" in text
    assert [i["reason"] for i in one["incidence"] if i["arm"] == "selinexor"] == ["death"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--model", "LS"), "there is no model 'LS'"),
        (("--block", "grwth"), "Did you mean 'growth'?"),
        (("--limit", 100), "is not above the start"),
        (("--limit", -1), "'-1.0' is out of range"),
        (("--day", 60), "day 60 was not followed"),
        (("--studies", 5), "Write 20 to"),
        (("--seed", -1), "Write 0 or more"),
        (("--out", "table.txt"), "does not end in .csv"),
    ],
)
def test_options_are_refused(
    study: Path, cli: Cli, options: tuple[object, ...], words: str
) -> None:
    found = cli("design", "dropout", study, *options)
    assert found.code == 2
    assert words in found.err


def test_studies_that_cannot_be_simulated_are_refused(
    study: Path, tmp_path: Path, cli: Cli
) -> None:
    found = cli("design", "dropout", tmp_path / "nowhere")
    assert (found.code, "is no folder" in found.err) == (2, True)
    fresh = tmp_path / "fresh"
    shutil.copytree(study, fresh, ignore=shutil.ignore_patterns(".exportin", "results"))
    found = cli("design", "dropout", fresh)
    assert (found.code, f"Run it first: exportin run {fresh}" in found.err) == (2, True)
    design = pl.read_csv(fresh / "design.csv", schema_overrides={"removal": pl.String})
    vehicle = design.filter(pl.col("arm") == "vehicle").get_column("sample_id").to_list()
    rows = (fresh / "calipers.csv").read_text().splitlines()
    kept = [row for row in rows if row.split(",")[0] not in vehicle[1:]]
    (fresh / "calipers.csv").write_text("\n".join(kept) + "\n")
    assert cli("run", fresh).code == 0
    found = cli("design", "dropout", fresh)
    assert (found.code, "arm 'vehicle' has one animal" in found.err) == (2, True)


def test_a_model_without_a_control_is_left_out_and_named(
    study: Path, tmp_path: Path, cli: Cli
) -> None:
    folder = tmp_path / "s"
    shutil.copytree(study, folder, ignore=shutil.ignore_patterns(".exportin", "results"))
    design = (folder / "design.csv").read_text().splitlines()
    drug = [row for row in design[1:] if ",selinexor," in row][:2]
    moved = [row.replace("LS-GD-1", "LS-XX-1") if row in drug else row for row in design]
    (folder / "design.csv").write_text("\n".join(moved) + "\n")
    assert cli("run", folder).code == 0
    found = cli("design", "dropout", folder, *QUICK)
    assert found.code == 0, found.text
    assert "left out: block growth, model LS-XX-1: there is no animal of the control" in found.out
    found = cli("design", "dropout", folder, "--model", "LS-XX-1")
    assert (found.code, "there is no animal of the control 'vehicle'" in found.err) == (2, True)


def test_a_wide_sheet_of_a_real_study(realdata: Path, tmp_path: Path, cli: Cli) -> None:
    """Public set: vehicle and one drug were ended on day 14, no reasons are on record."""
    shutil.copy(realdata / "vivo" / "SNU-81.csv", tmp_path)
    (tmp_path / "study.toml").write_text(
        '[study]\nschema = 1\ntitle = "SNU-81"\n\n[block.growth]\nassay = "tumor_growth"\n'
        'files = ["SNU-81.csv"]\n'
        'control = "Vehicle"\nday_zero = "first dose"\nvolume_unit = "mm3"\n'
        'constants = { model = "SNU-81" }\n'
    )
    assert cli("run", tmp_path).code == 0
    one = cli("design", "dropout", tmp_path, *QUICK, "--json").json()["models"][0]
    assert one["limit"]["mm3"] is None
    assert "no animal left before the end other than with its whole arm" in one["limit"]["words"]
    assert all(a["observed"] == a["expected"] for a in one["alive"])
    assert one["left"]["Vehicle"] == {
        "tumor_limit": 0, "death": 0, "unexplained": 0, "planned": 0, "arm_ended": 5, "stayed": 0,
    }  # fmt: skip
    assert one["left"]["Irinotecan"]["stayed"] == 10
    text = " ".join(one["verdict"])
    assert "Vehicle was ended as a whole on day 14, with volumes of 310.2 to 3607 mm3" in text
    assert "T/C on day 35 is a forecast" in text
