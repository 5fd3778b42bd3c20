"""Cages that hold one arm only: tests count cages, and keep true nulls of like cage mates."""

import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from exportin.assays.tumor_growth.answers import ANSWERS
from exportin.assays.tumor_growth.cages import whole_cages
from exportin.inference.cage_tests import METHODS as CAGES
from exportin.inference.question import Contrast
from exportin.inference.survival_logrank import logrank_exact
from exportin.results.tables import Estimates, Flags
from exportin.tables.kinds import TumorLog

from .test_tumor_growth import CONTEXT, problems, settings, table

SEED = 20261121
DAYS = np.arange(0.0, 29.0, 4.0)
SMALL, LONG = 60, 1500
QUANTITIES = ("growth_rate", "time_to_volume", "max_tvi")


def study(
    rng: np.random.Generator, cages: int, each: int, *, drug: float = 0.0, mixed: bool = False
) -> TumorLog:
    """Two arms without a difference (drug = 0), whose cage mates share half of the variance."""
    rows: list[dict[str, Any]] = []
    for side, arm in enumerate(("vehicle", "drug")):
        for cage in range(cages):
            shared = rng.normal(0, 1, 2) * (0.2, 0.014)
            for place in range(each):
                level, rate = shared + rng.normal(0, 1, 2) * (0.2, 0.014)
                start = math.log(150) + level
                ln = start + (0.08 + rate - drug * side) * DAYS + rng.normal(0, 0.1, DAYS.size)
                name = f"{arm}{cage}{place}"
                held = f"{place}" if mixed else f"{arm}-{cage}"
                rows += [
                    {"animal": name, "arm": arm, "day": float(day), "volume": float(v),
                     "cage": held}
                    for day, v in zip(DAYS, np.exp(ln), strict=True)
                ]  # fmt: skip
    return table(rows)


def asked(rows: TumorLog, quantity: str, **more: Any) -> dict[str, Any]:
    ask = Contrast(quantity=quantity, between="arm", versus="vehicle", within=("model",), **more)
    given = settings(threshold_mm3=500.0, as_published=False, draws=200)
    found = ANSWERS.answer(rows, Flags.empty(), Estimates.empty(), ask, given, CONTEXT).frame
    return found.filter(pl.col("effect_kind") != "difference of medians").row(0, named=True)


def rejected(quantity: str, cages: int, each: int, runs: int) -> float:
    rng = np.random.default_rng([SEED, cages, each, runs])
    ps = [asked(study(rng, cages, each), quantity)["p_value"] for _ in range(runs)]
    assert all(p is not None for p in ps)
    rate = float(np.mean(np.array(ps) < 0.05))
    print(f"{quantity}, {cages} cages of {each}, {runs} studies: {100 * rate:.2f} % rejected")
    return rate


def limit(runs: int) -> float:
    return 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_true_nulls_are_kept(quantity: str) -> None:
    assert rejected(quantity, 3, 3, SMALL) <= limit(SMALL)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("cages", "each"), [(2, 4), (3, 3), (4, 5)])
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_true_nulls_are_kept_long(quantity: str, cages: int, each: int) -> None:
    assert rejected(quantity, cages, each, LONG) <= limit(LONG)


def test_an_effect_is_found_and_counted_in_cages() -> None:
    row = asked(study(np.random.default_rng(3), 4, 3, drug=0.07), "growth_rate")
    assert row["p_value"] < 0.02
    assert (row["n_a"], row["n_b"]) == (4, 4)
    assert row["test"] == "Welch t test of cage means"
    assert row["effect"] == pytest.approx(-0.07, abs=0.03)
    assert "4 and 4 cages" in row["verdict"]
    assert "every cage holds one arm" in row["verdict"]


def test_methods_of_cages_have_their_sentences() -> None:
    made = study(np.random.default_rng(3), 4, 3, drug=0.07)
    used = {name for q in QUANTITIES for name in asked(made, q)["method"].split("+")}
    assert {method.name for method in CAGES} <= used


def test_cages_shared_by_arms_leave_the_mixed_model() -> None:
    row = asked(study(np.random.default_rng(3), 3, 3, mixed=True), "growth_rate")
    assert row["test"].startswith("mixed model")


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_one_cage_an_arm_is_no_sample(quantity: str) -> None:
    row = asked(study(np.random.default_rng(3), 1, 5), quantity)
    assert (row["p_value"], row["status"]) == (None, "too_few")
    assert "animals of one cage are no sample" in row["verdict"]


def test_dealt_cages_are_counted_by_hand() -> None:
    """Three cages of two against three: the best of 20 ways, two-sided 0.1."""
    time = np.array([5.0, 5.5, 6, 6.5, 7, 7.5, 15, 15.5, 16, 16.5, 17, 17.5])
    group = np.repeat([0, 1], 6)
    cage = [f"{i // 2}" for i in range(12)]
    seen = np.ones(12, dtype=bool)
    whole = logrank_exact(time, seen, group, cage=cage)
    assert (whole.p_value, whole.smallest_p) == (pytest.approx(0.1), pytest.approx(0.1))
    alone = logrank_exact(time, seen, group)
    assert alone.p_value is not None
    assert alone.p_value < 0.01


def test_limits_that_would_count_animals_are_left_out() -> None:
    for quantity in ("time_to_volume", "max_tvi"):
        row = asked(study(np.random.default_rng(5), 4, 2, drug=0.05), quantity)
        assert row["p_value"] == pytest.approx(2 / 70 if quantity[0] == "t" else 1 / 70, abs=1e-9)
        assert (row["conf_low"], row["conf_high"], row["conf_open"]) == (None, None, "both")
        assert row["n_a"] == 4


def test_which_cages_are_units() -> None:
    animals = pl.DataFrame({"animal": list("abcd"), "arm": ["v", "v", "d", "d"]})
    assert whole_cages(animals.with_columns(cage=pl.Series(list("1122")))) is not None
    for other in (list("1212"), list("1234"), ["1", "1", "2", None]):
        assert whole_cages(animals.with_columns(cage=pl.Series(other))) is None


def test_the_note_says_so() -> None:
    (note,) = [p for p in problems(study(np.random.default_rng(1), 2, 2)) if "cages" in p.code]
    assert "the cage is the unit" in note.message


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_r_gives_the_same(quantity: str, tmp_path: Path) -> None:
    rows = study(np.random.default_rng(8), 4, 2, drug=0.02)
    row = asked(rows, quantity)
    given = settings(threshold_mm3=500.0)
    script = tmp_path / "test.R"
    script.write_text(ANSWERS.r_script(rows, Flags.empty(), Estimates.empty(), row, given, CONTEXT))
    done = subprocess.run(["Rscript", "--vanilla", script], capture_output=True, check=True)
    said = dict(line.split() for line in done.stdout.decode().splitlines())
    assert float(said["p"]) == pytest.approx(row["p_value"], rel=1e-9)
    if "effect" in said:
        assert float(said["effect"]) == pytest.approx(row["effect"], rel=1e-9)
