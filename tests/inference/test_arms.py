"""Arms of animals against their control: ratios, the largest inhibition, what papers would say."""

import math
import shutil
import subprocess
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from exportin.inference.arm_ratios import (
    BOOTSTRAP_FROM,
    Ratio,
    ratio_of_differences,
    ratio_of_geometric_means,
    ratio_of_means,
    ratio_of_medians,
)
from exportin.inference.arm_rscripts import r_largest, r_t_test
from exportin.inference.day_means import day_means
from exportin.inference.largest_answers import largest_answer
from exportin.inference.largest_effect import largest_effect
from exportin.inference.published_tests import FAMILY, published_answer, published_rows
from exportin.inference.question import Contrast

ASK = Contrast(quantity="max_tvi", between="arm", versus="vehicle")
T, C = np.array([50.0, 60.0, 40.0]), np.array([90.0, 110.0, 100.0])

needs_r = pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")


# ---- ratios by hand


def test_ratio_of_means_by_hand() -> None:
    found = ratio_of_means(T, C)
    parts = 100 / 3 / 2500, 100 / 3 / 10000  # variance over n and squared mean
    se = math.sqrt(sum(parts))
    df = sum(parts) ** 2 / (parts[0] ** 2 / 2 + parts[1] ** 2 / 2)
    reach = stats.t.ppf(0.975, df) * se
    assert found.value == pytest.approx(0.5)
    assert found.df == pytest.approx(df)
    assert found.low == pytest.approx(0.5 * math.exp(-reach))
    assert found.high == pytest.approx(0.5 * math.exp(reach))


def test_ratio_of_geometric_means_is_welch_on_logarithms() -> None:
    found = ratio_of_geometric_means(T, C)
    known = stats.ttest_ind(np.log(T), np.log(C), equal_var=False).confidence_interval()
    assert found.low == pytest.approx(math.exp(known.low))
    assert found.high == pytest.approx(math.exp(known.high))


def test_fieller_limits_solve_their_equation() -> None:
    t, c = np.array([10.0, 12.0, 14.0]), np.array([30.0, 34.0, 32.0])
    found = ratio_of_differences(t, c)
    q = stats.t.ppf(0.975, found.df)
    for limit in (found.low, found.high):
        assert limit is not None
        gap = (t.mean() - limit * c.mean()) ** 2
        assert gap == pytest.approx(q**2 * (t.var(ddof=1) / 3 + limit**2 * c.var(ddof=1) / 3))


def test_a_control_that_hardly_changed_leaves_the_ratio_open() -> None:
    found = ratio_of_differences(np.array([10.0, 12.0]), np.array([-20.0, 25.0]))
    assert (found.low, found.high, found.conf_open) == (None, None, "both")
    assert found.value == pytest.approx(11.0 / 2.5)


def test_medians_have_exact_limits_from_order_statistics() -> None:
    t, c = np.arange(1.0, 9.0), np.arange(10.0, 18.0)
    found = ratio_of_medians(t, c)
    # eight values: ranks 1 and 8 hold the median with 1 - 2/256 = 99.2 %, ranks 2 and 7 with 93 %
    assert (found.low, found.high) == (1.0 / 17.0, 8.0 / 10.0)
    assert ratio_of_medians(t[:6], c).conf_open == "both"


def test_inhibition_turns_limits() -> None:
    one = Ratio(value=0.2, low=0.1, high=0.4).inhibition()
    assert (one.value, one.low, one.high) == (pytest.approx(0.8), pytest.approx(0.6), 0.9)


@pytest.mark.parametrize(
    ("t", "c", "status"),
    [
        (np.array([]), C, "too_few"),
        (T[:1], C, "too_few"),
        (T, np.zeros(3), "not_identifiable"),
        (np.zeros(3), C, "not_identifiable"),
        (np.full(3, 5.0), np.full(3, 7.0), "not_identifiable"),
    ],
)
def test_what_cannot_be_told_has_a_status_and_no_interval(
    t: np.ndarray, c: np.ndarray, status: str
) -> None:
    found = ratio_of_means(t, c)
    assert found.status == status
    assert (found.low, found.high, found.conf_open) == (None, None, "both")


def coverage(n: int, studies: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    truth, held = math.exp(-1.0), 0
    for _ in range(studies):
        t, c = np.exp(rng.normal(5.0, 0.5, n)), np.exp(rng.normal(6.0, 0.5, n))
        found = ratio_of_means(t, c, rng=rng, draws=500)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    return held / studies


@pytest.mark.parametrize("n", [3, 5, BOOTSTRAP_FROM])
def test_ratios_of_means_cover(n: int) -> None:
    found = coverage(n, 200, 71 + n)
    assert 0.89 <= found <= 0.995, found


@pytest.mark.long
@pytest.mark.parametrize("n", [3, 5, 8, 12])
def test_ratios_of_means_cover_as_said(n: int) -> None:
    found = coverage(n, 4000, 171 + n)
    assert 0.935 <= found <= 0.975, found


# ---- the largest inhibition


def arms(n: int, rng: np.random.Generator, effect: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    days = np.arange(3.5, 25.0, 3.5)

    def one(rate: float) -> np.ndarray:
        level, own = rng.normal(5.0, 0.3, (n, 1)), rng.normal(rate, 0.02, (n, 1))
        return np.exp(level + own * days + rng.normal(0.0, 0.15, (n, days.size)))

    return one(0.09 - effect), one(0.09)


def test_the_permutation_looks_at_every_way() -> None:
    rng = np.random.default_rng(3)
    t, c = arms(4, rng, 0.03)
    found = largest_effect(t, c, np.arange(7.0), rng=rng)
    pooled = np.vstack([t, c])
    null = []
    for picked in combinations(range(8), 4):
        rest = [i for i in range(8) if i not in picked]
        null.append(float((1 - pooled[list(picked)].mean(0) / pooled[rest].mean(0)).max()))
    assert found.exact
    assert found.value is not None
    assert found.p_value == pytest.approx(np.mean(np.array(null) >= found.value - 1e-12))
    assert found.null_mean == pytest.approx(np.mean(null))
    assert found.smallest_p == pytest.approx(1 / 70)


def test_the_band_holds_the_largest_effect_and_widens_with_days() -> None:
    rng = np.random.default_rng(4)
    t, c = arms(6, rng, 0.03)
    whole = largest_effect(t, c, np.arange(7.0), rng=np.random.default_rng(1))
    one = largest_effect(t[:, -1:], c[:, -1:], np.array([6.0]), rng=np.random.default_rng(1))
    assert whole.low is not None
    assert whole.value is not None
    assert whole.high is not None
    assert whole.low < whole.value < whole.high
    assert whole.critical is not None
    assert one.critical is not None
    assert whole.critical > one.critical


@pytest.mark.parametrize("n", [3, 5])
def test_no_effect_is_seldom_called_one(n: int) -> None:
    rng, called, studies = np.random.default_rng(500 + n), 0, 120
    for _ in range(studies):
        found = largest_effect(*arms(n, rng), np.arange(7.0), rng=rng, draws=200)
        assert found.p_value is not None
        called += found.p_value <= 0.05
    assert stats.binom.sf(called - 1, studies, 0.05) > 1e-3


@pytest.mark.long
@pytest.mark.parametrize(("n", "effect"), [(3, 0.0), (5, 0.0), (8, 0.0), (5, 0.03), (8, 0.03)])
def test_the_largest_effect_is_covered(n: int, effect: float) -> None:
    rng, held, called, studies = np.random.default_rng(900 + n), 0, 0, 600
    days = np.arange(3.5, 25.0, 3.5)
    truth = float((1 - np.exp(-effect * days)).max()) if effect else 0.0
    for _ in range(studies):
        found = largest_effect(*arms(n, rng, effect), days, rng=rng, draws=500)
        held += (found.low or -9.0) <= truth <= (found.high or 9.0)
        called += (found.p_value or 1.0) <= 0.05
    assert held / studies >= 0.93
    if not effect:
        assert stats.binom.sf(called - 1, studies, 0.05) > 1e-3


def test_missing_volumes_and_no_days_are_not_numbers() -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="missing"):
        largest_effect(np.array([[np.nan]]), np.array([[1.0]]), np.array([1.0]), rng=rng)
    none = largest_effect(np.empty((3, 0)), np.empty((3, 0)), np.empty(0), rng=rng)
    assert (none.status, none.value) == ("too_few", None)
    lone = largest_effect(np.array([[1.0]]), np.array([[2.0]]), np.array([1.0]), rng=rng)
    assert (lone.status, lone.value, lone.p_value) == ("too_few", 0.5, None)
    assert largest_answer(lone, ("drug", "vehicle"), ASK).p_value is None


# ---- as published, and R


def test_the_published_test_is_students_and_says_why_it_differs() -> None:
    answer = published_answer(T, C, ("drug", "vehicle"), ASK, day=7.0, why="as published; why")
    assert answer.p_value == pytest.approx(stats.ttest_ind(T, C).pvalue)
    row = published_rows(
        [({"block": "b", "assay": "a", "model": "M"}, answer)], ASK, experimental_unit="animal"
    ).frame.row(0, named=True)
    assert row["family"] == FAMILY
    assert row["p_adjusted"] is None
    assert row["units"] == "mm3"
    assert "as published" in row["verdict"]


def r_numbers(text: str) -> dict[str, float]:
    done = subprocess.run(["Rscript", "-"], input=text, capture_output=True, text=True, check=True)
    return {n: float(v) for n, v in (line.split() for line in done.stdout.splitlines())}


@needs_r
def test_r_gives_the_same_t_test_and_the_same_permutation() -> None:
    said = r_numbers(r_t_test(T, C, {"verdict": "v"}))
    assert said["p"] == pytest.approx(stats.ttest_ind(T, C).pvalue, rel=1e-9)
    rng = np.random.default_rng(8)
    t, c = arms(4, rng, 0.02)
    days = np.arange(3.5, 25.0, 3.5)
    found = largest_effect(t, c, days, rng=rng)
    again = r_numbers(r_largest(t, c, days.tolist(), {"verdict": "v"}))
    assert again["p"] == pytest.approx(found.p_value, rel=1e-9)
    assert again["effect"] == pytest.approx(100 * (found.value or 0), rel=1e-9)


def test_day_means_need_three_for_an_interval() -> None:
    seen = pl.DataFrame({"arm": ["a"] * 5, "day": [0.0] * 3 + [7.0] * 2, "w": [1.0, 2, 3, 4, 6]})
    found = day_means(seen, ["arm"], "w")
    assert found["mean"].to_list() == [2.0, 5.0]
    assert found["low"][0] == pytest.approx(2.0 - stats.t.ppf(0.975, 2) / math.sqrt(3))
    assert found["low"][1] is None
