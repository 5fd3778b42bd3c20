"""One variance shared by the lines of a panel: by hand, its checks, and its coverage."""

import numpy as np
import pytest
from scipy import stats

from exportin.inference.panel import Line, combine_panel, noisy_line, shared_df
from exportin.inference.pool_checks import pool_flags
from exportin.inference.pooling import pool_units
from exportin.kernels.censored_panel import panel_intervals, panel_t
from exportin.results.tables import Estimates

SEED, LINES = 20271, 17
RUNS, RUNS_LONG = 12, 400
WHAT = {"block": "b", "assay": "a", "quantity": "ec50", "scale": "log10", "units": "nM",
        "method": "hill4", "experimental_unit": "experiment"}  # fmt: skip


def line(values, codes=None, *, common=False, number=0):
    values = np.asarray(values, dtype=np.float64)
    codes = np.zeros(values.size, int) if codes is None else np.asarray(codes)
    names = tuple(f"E{i}" if common else f"{number}-{i}" for i in range(values.size))
    return Line(names, values, codes)


def rows_of(model, values, **more):
    return [WHAT | {"model": model, "treatment": "drug", "unit_id": f"{model}-{i}", "value": v}
            | more for i, v in enumerate(values)]  # fmt: skip


def test_two_lines_by_hand():
    a, b = line([1.0, 2.0, 3.0]), line([5.0, 5.0, 8.0], number=1)
    found = combine_panel([a, b], 0.95)
    sd = np.sqrt((2.0 + 6.0) / 4)  # squares 2 and 6, two degrees of freedom each
    reach = stats.t.ppf(0.975, 4) * sd / np.sqrt(3)
    assert (found[0].value, found[1].value) == (2.0, 6.0)
    assert (found[0].low, found[1].high) == pytest.approx((2.0 - reach, 6.0 + reach))
    assert (found[0].df, found[0].method) == (4.0, "between_shared")


def test_lines_of_one_unit_and_of_bounds_stay_what_they_are():
    lone, only = line([4.0], number=2), line([3.0, 3.0], [1, 1], number=3)
    found = combine_panel([line([1.0, 2.0]), line([5.0, 6.5], number=1), lone, only], 0.95)
    assert (found[2].status, found[2].low) == ("too_few", None)
    assert (found[3].bound, found[3].value, found[3].low) == (">", 3.0, None)
    assert found[0].df == 2.0


def test_a_panel_of_one_line_or_without_spread_has_its_own_variance():
    assert combine_panel([line([1.0, 2.0, 4.0])], 0.95)[0].method == "between_t"
    same = combine_panel([line([1.0, 1.0]), line([2.0, 2.0], number=1)], 0.95)
    assert [found.method for found in same] == ["between_t", "between_t"]


def test_experiments_that_move_all_lines_count_for_less():
    """Lines that move together tell one experiment's deviation many times over."""
    rng = np.random.default_rng(SEED)
    day = rng.normal(0.0, 1.0, 3)
    together = [line(day + rng.normal(0.0, 0.05, 3), common=True) for _ in range(LINES)]
    assert shared_df(together) < 2.5
    apart = [line(rng.normal(0.0, 1.0, 3), common=True) for _ in range(LINES)]
    assert 15.0 < shared_df(apart) <= 34.0
    own_names = [Line(tuple(f"{i}{u}" for u in x.units), x.values, x.censor)
                 for i, x in enumerate(together)]  # fmt: skip
    assert shared_df(own_names) == 34.0


def test_one_noisy_line_is_named_and_equal_lines_are_not():
    rng = np.random.default_rng(SEED)
    lines = [line(rng.normal(0.0, 0.1, 3), number=i) for i in range(LINES)]
    assert noisy_line(lines) is None
    lines[4] = line([0.0, 1.5, -1.5], number=4)
    found = noisy_line(lines)
    assert found is not None
    assert found.line == 4
    assert found.sd == pytest.approx(1.5)


def test_cochran_p_is_that_of_the_beta_distribution():
    """Shares of a sum of chi-squared: k P(Beta(df / 2, (k - 1) df / 2) > G)."""
    lines = [line([0.0, 1.0, 2.0], number=i) for i in range(5)] + [line([0.0, 8.0, 16.0], number=9)]
    found = noisy_line(lines)
    share = 128.0 / (128.0 + 5 * 2.0)
    assert found is not None
    assert found.p == pytest.approx(6 * stats.beta.sf(share, 1.0, 5.0), rel=1e-9)


def test_pooling_with_a_shared_variance_says_so_and_flags_the_noisy_line():
    rng = np.random.default_rng(SEED)
    rows = []
    for i in range(8):
        spread = 0.6 if i == 3 else 0.03
        rows += rows_of(f"L{i}", 10 ** (2.0 + rng.normal(0.0, spread, 3)))
    estimates = Estimates.build(rows)
    frame = pool_units(estimates, ["ec50"], shared_over=["model"]).frame
    assert set(frame["df"]) == {16.0}
    assert set(frame["method"]) == {"hill4+between_shared"}
    assert frame["value"].to_list() == pytest.approx(
        pool_units(estimates, ["ec50"]).frame["value"].to_list(), rel=1e-12
    )
    flags = pool_flags(estimates, ["ec50"], shared_over=["model"]).frame
    assert flags["rule"].to_list() == ["noisy line"]
    assert "L3" in flags["message"][0]
    assert pool_flags(estimates, ["ec50"]).frame.height == 0


def test_treatments_share_no_variance():
    rows = [*rows_of("L0", [10.0, 12.0]), *rows_of("L1", [30.0, 35.0])]
    other = [row | {"treatment": "other", "value": row["value"] ** 2} for row in rows]
    frame = pool_units(Estimates.build([*rows, *other]), ["ec50"], shared_over=["model"]).frame
    errors = frame.sort("treatment")["std_error"].to_list()
    assert errors[0] == pytest.approx(errors[1])
    assert errors[2] == pytest.approx(2 * errors[0], rel=1e-9)


def test_units_that_agree_too_closely_are_flagged():
    tight = rows_of("L0", [100.0, 100.5, 101.0], conf_low=20.0, conf_high=500.0, conf_level=0.95)
    loose = rows_of("L1", [60.0, 100.0, 190.0], conf_low=20.0, conf_high=500.0, conf_level=0.95)
    flags = pool_flags(Estimates.build([*tight, *loose]), ["ec50"]).frame
    assert flags["rule"].to_list() == ["units agree too closely"]
    assert "L0" in flags["message"][0]


def simulated(rng, n, share):
    """Seventeen lines, each cut at a top dose that hides the given share of its values."""
    values = rng.normal(0.0, 0.3, (LINES, n))
    top = 0.3 * stats.norm.isf(share) if share else np.inf
    return np.minimum(values, top), (values > top).astype(np.int64)


def coverage(n, share, runs):
    """Share of true means inside, and the median width against that with own variances."""
    print(f"seed {SEED}, {runs} panels of {LINES} lines, n = {n}, {share:.0%} bounds")
    rng = np.random.default_rng([SEED, n, int(100 * share)])
    inside, ratios = [], []
    for run in range(runs):
        values, codes = simulated(rng, n, share)
        t, df = panel_t(values, codes, np.zeros(LINES), shared=True)
        known = ~np.isnan(t)
        inside += list(2.0 * stats.t.sf(np.abs(t[known]), df[known]) >= 0.05)
        if run < 20:
            wide = [np.subtract(*panel_intervals(values, codes, shared=s)[::-1])
                    for s in (True, False)]  # fmt: skip
            kept = np.isfinite(wide[0]) & np.isfinite(wide[1])
            ratios += list(wide[0][kept] / wide[1][kept])
    covered, error = float(np.mean(inside)), np.sqrt(0.05 * 0.95 / len(inside))
    print(f"coverage {covered:.4f} (error {error:.4f}), width ratio {np.median(ratios):.3f}")
    return covered, float(error), float(np.median(ratios))


@pytest.mark.parametrize(("n", "share"), [(3, 0.0), (3, 0.3), (4, 0.1)])
def test_coverage(n, share):
    covered, error, ratio = coverage(n, share, RUNS)
    assert 0.93 - 3 * error <= covered <= 0.97 + 3 * error
    assert ratio < 0.8


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("n", [3, 4, 6])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.3])
def test_coverage_long(n, share):
    covered, error, ratio = coverage(n, share, RUNS_LONG)
    assert 0.93 - 2 * error <= covered <= 0.97 + 2 * error
    assert ratio < {3: 0.65, 4: 0.75, 6: 0.87}[n]


def common_experiments(rng, day, n=3):
    """Lines whose experiments are the same days; share of true means inside."""
    moved = rng.normal(0.0, day, n)
    lines = [line(moved + rng.normal(0.0, 0.1, n), common=True) for _ in range(LINES)]
    return [found.low <= 0.0 <= found.high for found in combine_panel(lines, 0.95)]


@pytest.mark.parametrize("day", [0.0, 0.1, 0.3])
def test_coverage_where_experiments_are_common_to_lines(day):
    """Whole panels miss together, so panels are what is counted."""
    runs = 200
    rng = np.random.default_rng([SEED, int(10 * day)])
    share = np.array([np.mean(common_experiments(rng, day)) for _ in range(runs)])
    error = share.std(ddof=1) / np.sqrt(runs)
    print(f"seed {SEED}, day SD {day}: coverage {share.mean():.3f} (error {error:.3f})")
    assert share.mean() > 0.93 - 3 * error
