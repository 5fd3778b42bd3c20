"""Comparisons of compositions against R (reference/composition/make_reference.R)."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from exportin.inference.beta_binomial import likelihood_ratio
from exportin.inference.beta_binomial_exact import relabelled_ratio
from exportin.inference.composition import answer_composition
from exportin.inference.composition_joint import ilr, joint_groups
from exportin.inference.question import Contrast
from exportin.results.tables import Estimates

HERE = Path(__file__).parents[2] / "reference" / "composition"
WHAT = {"block": "b", "assay": "a", "scale": "logit", "method": "m",
        "experimental_unit": "experiment"}  # fmt: skip
EXACT = 1e-8


def _expected():
    table = defaultdict(lambda: defaultdict(dict))
    with (HERE / "expected.csv").open() as handle:
        for row in csv.DictReader(handle):
            table[row["case"]][row["test"]][row["quantity"]] = float(row["value"])
    return table


def _tubes():
    found = defaultdict(list)
    with (HERE / "tubes.csv").open() as handle:
        for row in csv.DictReader(handle):
            found[row["case"]].append(row)
    return found


EXPECTED, TUBES = _expected(), _tubes()
CASES = sorted(TUBES)


def parts_of(case):
    return tuple(dict.fromkeys(row["part"] for row in TUBES[case]))


def rows_of(case, **options):
    estimates = Estimates.build([
        WHAT | {"group": r["group"], "unit_id": r["unit"], "quantity": r["part"],
                "value": int(r["count"]) / int(r["events"]), "n_rows": int(r["events"])}
        for r in TUBES[case]
    ])  # fmt: skip
    ask = Contrast(quantity="composition", between="group", **options)
    made = answer_composition(estimates, ask, parts=parts_of(case))
    return list(made.frame.iter_rows(named=True))


def matrix(case):
    parts = parts_of(case)
    counts = defaultdict(dict)
    for r in TUBES[case]:
        counts[r["group"], r["unit"], int(r["events"])][r["part"]] = int(r["count"])
    x = np.array([[c[p] for p in parts] for c in counts.values()], dtype=float)
    return x, *([key[i] for key in counts] for i in range(3))


def close(row, want, names, rel=EXACT):
    fields = {"p": "p_value", "low": "conf_low", "high": "conf_high"}
    for name in names:
        assert row[fields.get(name, name)] == pytest.approx(want[name], rel=rel), name


@pytest.mark.parametrize("case", CASES)
def test_parts_equal_r(case):
    seen = 0
    for row in rows_of(case, versus="a"):
        kind = "points" if row["p_value"] is None else "logit"
        want = EXPECTED[case][f"{kind}_{row['part']} {row['group_a']}"]
        close(row, want, ("effect", "low", "high") + (("p", "df") if kind == "logit" else ()))
        mixed = EXPECTED[case].get(f"lmer_{row['part']} {row['group_a']}")
        if kind == "logit" and mixed and not mixed["singular"] and case != "four_n4_gap":
            close(row, mixed, ("effect", "p"), rel=1e-4)  # lmer stops at its own tolerance
        seen += 1
    parts = 1 if case == "positive_n4" else len(parts_of(case))
    groups = len({r["group"] for r in TUBES[case]}) - 1
    assert seen == 2 * parts * groups


@pytest.mark.parametrize("case", [c for c in CASES if "trend_p1" in EXPECTED[c]])
def test_trends_equal_r(case):
    groups = tuple(sorted({r["group"] for r in TUBES[case]}))
    made = [r for r in rows_of(case, groups=groups, trend=True) if r["p_value"] is not None]
    assert made
    for row in made:
        close(row, EXPECTED[case][f"trend_{row['part']}"], ("effect", "p", "low", "high", "df"))


@pytest.mark.parametrize("case", [c for c in CASES if any("hotelling" in t for t in EXPECTED[c])])
def test_joint_pairs_equal_r(case):
    for row in rows_of(case, versus="a", test="joint"):
        want = EXPECTED[case][f"hotelling {row['group_a']}"]
        close(row, want, ("statistic", "df", "df2", "p", "effect"))
        # the ends of the ellipsoid: R searches them, so six digits; its zero is a search too
        assert row["conf_high"] == pytest.approx(want["high"], rel=1e-6)
        assert row["conf_low"] == pytest.approx(want["low"], rel=1e-5)


@pytest.mark.parametrize("case", [c for c in CASES if "Wilks" in EXPECTED[c]])
def test_all_groups_at_once_equal_r(case):
    (row,) = rows_of(case, test="joint")
    close(row, EXPECTED[case]["Wilks"], ("statistic", "df", "df2", "p"))
    t = 1 - row["effect"]  # lambda^(1/t); t = 2 for two log-ratios and three groups or more
    if len(parts_of(case)) == 3:
        assert t**2 == pytest.approx(EXPECTED[case]["Wilks"]["stat"], rel=EXACT)


def test_joint_trend_equals_r():
    case = "four_n4_gap"
    (row,) = rows_of(case, groups=("a", "b", "c", "d"), trend=True, test="joint")
    want = EXPECTED[case]["joint_trend"]
    close(row, want, ("statistic", "df", "df2", "p", "effect"))
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((want["low"], want["high"]), 1e-5)


@pytest.mark.parametrize("case", [c for c in CASES if "beta_binomial" in EXPECTED[c]])
def test_likelihood_ratios_equal_r(case):
    x, group, unit, events = matrix(case)
    block = None if case == "unpaired_n5" else unit
    want = EXPECTED[case]["beta_binomial"]
    two = np.stack([x[:, 0], np.array(events) - x[:, 0]], axis=1)
    made = likelihood_ratio(two, group, block, ("b", "a"), generator=np.random.default_rng(1),
                            draws=9, interval=False)  # fmt: skip
    # R's optimizer stops at about seven digits of the likelihood
    assert made.statistic == pytest.approx(want["statistic"], abs=2e-5)
    assert made.effect == pytest.approx(want["effect"], abs=1e-4)
    assert made.log_precision == pytest.approx(want["log_precision"], abs=2e-3)
    whole = relabelled_ratio(x, [g == "b" for g in group], block, conf_level=0.5,
                             generator=np.random.default_rng(1))  # fmt: skip
    assert whole.statistic == pytest.approx(EXPECTED[case]["dirichlet"]["statistic"], abs=1e-3)


def test_the_order_of_parts_changes_no_joint_test():
    x, group, unit, _ = matrix("quadrants_three")
    share = x / x.sum(axis=1, keepdims=True)
    a = joint_groups(ilr(share), group, unit)
    b = joint_groups(ilr(share[:, ::-1]), group, unit)
    assert a.p_value == pytest.approx(b.p_value, rel=1e-9)
    assert a.effect == pytest.approx(b.effect, rel=1e-9)
