"""Units pooled: hand-checkable cases, bounds, properties, and coverage at n = 3, 4, 6, 8."""

import math
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from exportin.inference.between import combine_many
from exportin.inference.methods import METHODS
from exportin.inference.pooling import pool_units
from exportin.results.tables import Estimates

WHAT = {"block": "b", "assay": "a", "quantity": "ec50", "scale": "log10", "units": "nM",
        "method": "hill4+profile_f", "experimental_unit": "experiment", "n_rows": 20,
        "n_flagged": 1}  # fmt: skip


def unit(number, value, **more):
    return WHAT | {"unit_id": f"E{number}", "value": value} | more


def above(number, value, **more):
    return unit(number, value, bound=">", conf_open="high", status="at_bound", **more)


def below(number, value):
    return unit(number, value, bound="<", conf_open="low", status="at_bound")


def silent(number):
    return unit(number, None, status="no_response")


def pool(*rows, **more):
    made = pool_units(Estimates.build(list(rows)), ["ec50"], **more).frame
    assert made.height == 1
    row = made.row(0, named=True)
    known = {method.name for method in METHODS} | {"hill4", "profile_f"}
    assert set(row["method"].split("+")) <= known
    return row


def test_geometric_mean_with_t_interval_as_by_hand():
    row = pool(unit(1, 50.0), unit(2, 100.0), unit(3, 400.0))
    logs = np.log10([50.0, 100.0, 400.0])
    half = 4.302652729911275 * logs.std(ddof=1) / math.sqrt(3)
    assert row["value"] == pytest.approx(10 ** logs.mean(), rel=1e-12)
    assert row["conf_low"] == pytest.approx(10 ** (logs.mean() - half), rel=1e-9)
    assert row["conf_high"] == pytest.approx(10 ** (logs.mean() + half), rel=1e-9)
    assert row["std_error"] == pytest.approx(logs.std(ddof=1) / math.sqrt(3), rel=1e-12)
    assert (row["df"], row["n_units"], row["n_rows"], row["n_flagged"]) == (2.0, 3, 60, 3)
    assert (row["interval_level"], row["status"], row["units"]) == ("between", "ok", "nM")
    assert row["method"] == "hill4+profile_f+between_t"


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not on PATH")
def test_interval_is_that_of_r():
    row = pool(unit(1, 53.0), unit(2, 81.0), unit(3, 140.0), unit(4, 77.0), conf_level=0.9)
    code = "x <- t.test(log10(c(53, 81, 140, 77)), conf.level = 0.9); cat(sprintf('%.15g ', "
    code += "10^c(x$estimate, x$conf.int)))"
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
    mean, low, high = map(float, done.stdout.split())
    assert [row[k] for k in ("value", "conf_low", "conf_high")] == pytest.approx([mean, low, high])


def test_one_unit_is_carried_without_interval():
    row = pool(unit(1, 50.0))
    assert (row["value"], row["status"], row["n_units"]) == (50.0, "too_few", 1)
    assert row["conf_low"] is None
    assert row["interval_level"] is None
    assert pool(above(1, 2000.0))["bound"] == ">"


@pytest.mark.parametrize("status", ["all_flagged", "too_few", "no_response", "not_converged"])
def test_units_without_number_keep_their_common_status(status):
    row = pool(unit(1, None, status=status), unit(2, None, status=status))
    assert (row["value"], row["status"], row["n_units"]) == (None, status, 0)


def test_a_unit_without_response_among_estimates_forbids_a_number():
    row = pool(unit(1, 50.0), unit(2, 60.0), silent(3))
    assert (row["value"], row["status"]) == (None, "not_identifiable")


def test_units_without_number_are_left_out_and_named():
    row = pool(unit(1, 50.0), unit(2, 60.0), unit(3, None, status="all_flagged"))
    assert (row["n_units"], row["status"]) == (2, "ok")
    assert row["method"].endswith("+units_left_out")


def test_no_response_with_bounds_everywhere_is_a_bound():
    row = pool(*(above(i, 2000.0) | {"status": "no_response"} for i in (1, 2, 3)))
    assert (row["value"], row["bound"], row["status"]) == (2000.0, ">", "no_response")


def test_only_bounds_and_one_number_give_the_bound_that_holds_for_all():
    row = pool(above(1, 2000.0), above(2, 1000.0), unit(3, 800.0))
    assert (row["value"], row["bound"], row["status"]) == (pytest.approx(800.0), ">", "at_bound")
    assert (row["conf_open"], row["conf_low"]) == ("high", None)
    row = pool(below(1, 2.0), below(2, 1.0))
    assert (row["value"], row["bound"], row["conf_open"]) == (pytest.approx(2.0), "<", "low")


def test_bounds_of_both_kinds_say_nothing():
    row = pool(above(1, 2000.0), below(2, 1.0), unit(3, 50.0))
    assert (row["value"], row["status"]) == (None, "not_identifiable")


def test_bounds_beside_numbers_enter_the_likelihood():
    row = pool(unit(1, 700.0), unit(2, 900.0), unit(3, 800.0), above(4, 1000.0))
    assert row["value"] > (700 * 900 * 800) ** (1 / 3)
    assert row["value"] < 1000.0
    assert row["conf_low"] < row["value"] < row["conf_high"]
    assert row["method"].endswith("between_censored")


def test_an_extrapolated_mean_is_given_as_its_bound():
    row = pool(unit(1, 900.0), unit(2, 990.0), *(above(i, 1000.0) for i in range(3, 9)))
    assert (row["value"], row["bound"], row["status"]) == (pytest.approx(1000.0), ">", "at_bound")
    assert row["conf_open"] == "high"
    assert row["conf_low"] <= 1000.0


def test_an_open_interval_is_no_number():
    """An incomplete curve says 200 nM, but only that it is above 20 nM is known."""
    open_high = unit(3, 200.0, conf_low=20.0, conf_open="high")
    row = pool(unit(1, 90.0), unit(2, 110.0), open_high)
    plain = pool(unit(1, 90.0), unit(2, 110.0))
    assert row["value"] == pytest.approx(plain["value"], rel=0.02)  # not pulled towards 200
    assert (row["n_units"], row["bound"]) == (3, "=")  # 20 is no reason to call 100 extrapolated
    open_both = unit(3, 200.0, conf_open="both")
    row = pool(unit(1, 90.0), unit(2, 110.0), open_both)
    assert row["n_units"] == 2
    assert row["value"] == pytest.approx(plain["value"], rel=1e-12)
    assert pool(open_both)["status"] == "not_identifiable"


def test_equal_values_collapse():
    row = pool(unit(1, 70.0), unit(2, 70.0))
    assert (row["std_error"], row["status"]) == (0.0, "ok")
    assert row["conf_low"] == row["conf_high"] == row["value"]


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_values_a_log_scale_cannot_hold(value):
    row = pool(unit(1, 70.0), unit(2, value), unit(3, 60.0))
    assert (row["value"], row["status"]) == (None, "not_identifiable")
    assert pool(unit(1, value))["status"] == "not_identifiable"


def test_units_that_differ_are_an_error():
    with pytest.raises(ValueError, match=r"units differs .* nM, uM"):
        pool(unit(1, 70.0), unit(2, 80.0, units="uM"))


def test_other_rows_and_quantities_are_ignored():
    rows = [unit(1, 70.0), unit(2, 80.0), unit(1, 1.0) | {"quantity": "hill_slope"}]
    rows.append(unit(1, 70.0) | {"unit_id": None})
    assert pool_units(Estimates.build(rows), ["ec50"]).frame.height == 1
    assert pool_units(Estimates.empty(), ["ec50"]).frame.height == 0


def test_keys_make_groups_and_nulls_are_a_key():
    rows = [unit(i, v, model=m) for m in ("x", "y", None) for i, v in ((1, 50.0), (2, 80.0))]
    assert pool_units(Estimates.build(rows), ["ec50"]).frame["model"].to_list() == ["x", "y", None]


VALUE = st.floats(min_value=1e-12, max_value=1e12)
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), VALUE, st.sampled_from([0.0, -3.0, 7.0, 7.0])),
        st.sampled_from("==<>"), st.sampled_from(["none", "low", "high", "both"]),
        st.one_of(st.none(), VALUE),
    ),
    min_size=1, max_size=7,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, order=st.randoms())
def test_nothing_crashes_and_row_order_does_not_matter(rows, order):
    made = [
        unit(i, v, bound="=" if v is None else b, conf_open=o, conf_low=limit, conf_high=limit,
             status="no_response" if v is None else "ok")
        for i, (v, b, o, limit) in enumerate(rows)
    ]  # fmt: skip
    first = pool(*made)
    order.shuffle(made)
    assert pool(*made) == first
    if first["value"] is not None and first["conf_low"] is not None:
        assert first["conf_low"] <= first["value"] * (1 + 1e-9)


@settings(max_examples=20, deadline=None)
@given(values=st.lists(VALUE, min_size=2, max_size=6), factor=st.sampled_from([1e-3, 1e3]))
def test_a_change_of_unit_scales_the_mean(values, factor):
    one = pool(*(unit(i, v) for i, v in enumerate(values)))
    two = pool(*(unit(i, v * factor) for i, v in enumerate(values)))
    assert two["value"] == pytest.approx(one["value"] * factor, rel=1e-9)
    assert two["std_error"] == pytest.approx(one["std_error"], rel=1e-6, abs=1e-12)


def coverage(n, cut, runs, seed=20210217):
    """How often the interval holds the mean, where values above `cut` are only bounds."""
    rng = np.random.default_rng([seed, n])
    hits = used = 0
    drawn = rng.normal(size=(runs, n))
    made = [(np.minimum(values, cut), (values > cut).astype(np.int64)) for values in drawn]
    for found in combine_many(made, 0.95):
        if found.low is None and found.high is None:
            continue
        used += 1
        hits += (found.low is None or found.low <= 0) and (found.high is None or found.high >= 0)
    return hits / used, used


@pytest.mark.parametrize("n", [3, 4, 6, 8])
def test_coverage_without_bounds(n):
    share, used = coverage(n, math.inf, 4000)
    assert abs(share - 0.95) < 4 * math.sqrt(0.95 * 0.05 / used)


@pytest.mark.parametrize("n", [3, 4, 6, 8])
def test_coverage_with_a_quarter_of_bounds(n):
    share, used = coverage(n, float(stats.norm.ppf(0.75)), 250)
    assert share > 0.95 - 3 * math.sqrt(0.95 * 0.05 / used)


@pytest.mark.long
@pytest.mark.parametrize("n", [3, 4, 6, 8])
@pytest.mark.parametrize("cut", [0.10, 0.25, 0.50])
def test_coverage_with_bounds_long(n, cut, capsys):
    share, used = coverage(n, float(stats.norm.ppf(1 - cut)), 2000)
    with capsys.disabled():
        print(f"\ncoverage n={n} bounds={cut:.0%}: {share:.4f} of {used}")
    assert share > 0.95 - 4 * math.sqrt(0.95 * 0.05 / used)


def test_bounds_that_are_limits_of_open_intervals_are_not_called_not_reached():
    """Three incomplete curves agree on 800 nM; none of them saw a plateau."""
    rows = [
        unit(i, value, conf_low=low, conf_open="high")
        for i, (value, low) in enumerate([(811.0, 554.0), (962.0, 94.0), (739.0, 273.0)])
    ]
    row = pool(*rows)
    assert (row["value"], row["bound"], row["status"]) == (94.0, ">", "not_identifiable")
    assert row["conf_high"] is None
