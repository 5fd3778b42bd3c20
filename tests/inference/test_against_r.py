"""Every test against R: reference/inference/make_reference.R wrote the expected numbers."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from exportin.inference.anova import one_way_anova, two_way_anova, welch_anova
from exportin.inference.interaction import (
    blocked_difference_of_differences,
    difference_of_differences,
)
from exportin.inference.max_t import max_t_tail, range_tail
from exportin.inference.multiple import adjust, dunnett, tukey
from exportin.inference.ranks import mann_whitney, signed_rank
from exportin.inference.trend import linear_trend
from exportin.inference.two_sample import one_sample_t, paired_t, student_t, welch_t

HERE = Path(__file__).parents[2] / "reference" / "inference"
R_SIDES = {"two.sided": "two-sided", "less": "less", "greater": "greater"}
EXACT = 1e-10  # relative; where it is looser, the reason stands beside it


def _expected():
    table = defaultdict(dict)
    with (HERE / "expected.csv").open() as handle:
        for row in csv.DictReader(handle):
            table[row["test"], row["case"]][row["quantity"]] = float(row["value"])
    return table


EXPECTED = _expected()


def _cases(name):
    cases = defaultdict(lambda: defaultdict(list))
    with (HERE / "cases" / name).open() as handle:
        for row in csv.DictReader(handle):
            case = row.pop("case")
            for key, value in row.items():
                cases[case][key].append(_number(value))
    return cases


def _number(text):
    try:
        return float(text)
    except ValueError:
        return text


GROUPS, PAIRS, ONE_WAY = _cases("two_groups.csv"), _cases("pairs.csv"), _cases("one_way.csv")
BLOCKED, TWO_WAY, TREND = _cases("blocked.csv"), _cases("two_way.csv"), _cases("trend.csv")
DOUBLE, P_VALUES = _cases("double_pairs.csv"), _cases("p_values.csv")
SLOPES = _cases("slopes.csv")


def name_of(key):
    return f"{key[0]}/{key[1]}"


def keys(*prefixes):
    found = [key for key in EXPECTED if key[0].split(" ")[0] in prefixes]
    assert found
    return sorted(found)


def close(ours, theirs, rel=EXACT, floor=0.0):
    if np.isinf(theirs):
        assert ours is None
    else:
        assert ours == pytest.approx(theirs, rel=rel, abs=floor)


def compare(result, want, names, rel=EXACT, floor=0.0):
    fields = {"p": "p_value", "low": "conf_low", "high": "conf_high", "se": "std_error"}
    for name in names:
        close(getattr(result, fields.get(name, name)), want[name], rel, floor)


def split(case):
    data = GROUPS[case]
    pick = {g: [v for v, k in zip(data["value"], data["group"], strict=True) if k == g]
            for g in "ab"}  # fmt: skip
    return pick["a"], pick["b"]


def scale_floor(values, offset=False):
    """A bound that is a difference of larger numbers is as exact as these (1e-13 of them)."""
    v = np.asarray(values, dtype=float)
    return 1e-13 * float(np.abs(v - (1e9 if offset else 0.0)).max())


T_NAMES = ("statistic", "df", "p", "low", "high", "effect", "se")


@pytest.mark.parametrize("key", keys("welch", "student", "one"), ids=name_of)
def test_t_tests_equal_r(key):
    name, side, level = key[0].split(" ")
    a, b = split(key[1])
    options = {"alternative": R_SIDES[side], "conf_level": float(level)}
    huge = key[1] == "huge"
    if name == "one":
        shift = 1e9 if huge else 0.0
        null = 0.0 if key[1] == "tiny" else 0.5
        result = one_sample_t(a, null=null + shift, **options)
        want = dict(EXPECTED[key])
        compare(result, want, ("statistic", "df", "p", "se"), floor=scale_floor(a, huge))
        for q in ("low", "high", "effect"):  # near 1e9 again: relative to that
            want[q] += shift
        compare(result, want, ("low", "high", "effect"), floor=scale_floor(a, huge))
        return
    result = {"welch": welch_t, "student": student_t}[name](a, b, **options)
    compare(result, EXPECTED[key], T_NAMES, floor=scale_floor(a + b, huge))


@pytest.mark.parametrize("key", keys("paired"), ids=name_of)
def test_paired_t_equals_r(key):
    _, side, level = key[0].split(" ")
    data = PAIRS[key[1]]
    result = paired_t(data["a"], data["b"], alternative=R_SIDES[side], conf_level=float(level))
    floor = scale_floor(data["a"] + data["b"], key[1] == "huge")
    compare(result, EXPECTED[key], T_NAMES, floor=floor)


@pytest.mark.parametrize("key", keys("mw_exact", "mw_normal"), ids=name_of)
def test_mann_whitney_equals_r(key):
    name, side, level = key[0].split(" ")
    a, b = split(key[1])
    kind = name.removeprefix("mw_")
    result = mann_whitney(a, b, alternative=R_SIDES[side], conf_level=float(level),
                          distribution=kind)  # fmt: skip
    want = EXPECTED[key]
    floor = scale_floor(a + b, key[1] == "huge")
    compare(result, want, ("statistic", "p"))
    if kind == "exact":
        compare(result, want, ("low", "high", "effect"), floor=floor)
        return
    # R's uniroot stops on either side of a jump, tol.root being 1e-15 of the values; where its
    # function is exactly zero over a gap it may stop anywhere in it, hence no R effect here
    compare(result, want, ("low", "high"), rel=1e-9, floor=100 * floor)


@pytest.mark.parametrize("key", keys("sr_exact", "sr_normal"), ids=name_of)
def test_signed_rank_equals_r(key):
    name, side, level = key[0].split(" ")
    data = PAIRS[key[1]]
    kind = name.removeprefix("sr_")
    result = signed_rank(data["a"], data["b"], alternative=R_SIDES[side],
                         conf_level=float(level), distribution=kind)  # fmt: skip
    want = EXPECTED[key]
    floor = scale_floor(data["a"] + data["b"], key[1] == "huge")
    compare(result, want, ("statistic", "p"))
    if kind == "exact":
        compare(result, want, ("low", "high", "effect"), floor=floor)
    elif len(data["a"]) >= 50:  # R doubles alpha where the sizes cannot reach the level
        compare(result, want, ("low", "high"), rel=1e-9, floor=100 * floor)


def test_tied_mann_whitney_equals_enumeration():
    want = EXPECTED["mw_permutation", "ties"]
    a, b = split("ties")
    for side in ("less", "greater"):
        result = mann_whitney(a, b, alternative=side)
        close(result.p_value, want[side])
        assert result.method == "mann_whitney_permutation"


@pytest.mark.parametrize("case", ["ties", "zeros"])
def test_tied_signed_rank_equals_enumeration(case):
    want = EXPECTED["sr_permutation", case]
    for side in ("less", "greater"):
        result = signed_rank(PAIRS[case]["a"], PAIRS[case]["b"], alternative=side)
        close(result.p_value, want[side])
        assert result.method == "signed_rank_permutation"


def compare_row(table, term, want):
    row = table.row(term)
    close(row.squares, want["ss"])
    close(table.rows[-1].squares, want["rss"])
    compare(row.test, want, ("statistic", "df", "df2", "p"))
    if "eta" in want:
        close(row.test.effect, want["eta"])
        # R's pf with ncp stops its series at 1e-12 and uniroot divides by a flat slope
        close(row.test.conf_low, want["low"], rel=1e-7, floor=1e-9)
        close(row.test.conf_high, want["high"], rel=1e-7, floor=1e-9)


@pytest.mark.parametrize("key", keys("one_way"), ids=name_of)
def test_one_way_equals_r(key):
    data = ONE_WAY[key[1]]
    compare_row(one_way_anova(data["value"], data["group"]), "group", EXPECTED[key])


@pytest.mark.parametrize("key", keys("welch_anova"), ids=name_of)
def test_welch_anova_equals_r(key):
    data = ONE_WAY[key[1]]
    result = welch_anova(data["value"], data["group"])
    compare(result, EXPECTED[key], ("statistic", "df", "df2", "p"))


@pytest.mark.parametrize("key", keys("blocked"), ids=name_of)
def test_blocked_anova_equals_r(key):
    data = BLOCKED[key[1]]
    table = one_way_anova(data["value"], data["group"], block=data["block"])
    compare_row(table, "group", EXPECTED[key])


def block_of(data):
    return data["block"] if len(set(data["block"])) > 1 else None


@pytest.mark.parametrize("key", keys("type2", "type3"), ids=name_of)
def test_two_way_equals_r(key):
    data = TWO_WAY[key[1]]
    kind, term = key[0].split(" ")
    table = two_way_anova(data["value"], data["a"], data["b"], block=block_of(data),
                          squares={"type2": "II", "type3": "III"}[kind])  # fmt: skip
    compare_row(table, term, EXPECTED[key])


def family(function, key, *, alternative=None):
    extra = {} if alternative is None else {"alternative": alternative}
    control = () if function is tukey else ("a0" if key[0].endswith("within") else "g0",)
    if key[0].endswith("within"):
        data = TWO_WAY[key[1]]
        return function(data["value"], data["a"], *control, block=block_of(data),
                        within=data["b"], **extra)  # fmt: skip
    data = (BLOCKED if key[0].endswith("blocked") else ONE_WAY)[key[1]]
    return function(data["value"], data["group"], *control, block=data.get("block"), **extra)


@pytest.mark.parametrize("key", keys("tukey", "tukey_blocked", "tukey_within"), ids=name_of)
def test_tukey_equals_r(key):
    want = EXPECTED[key]
    for i, result in enumerate(family(tukey, key), start=1):
        close(result.effect, want[f"effect{i}"], floor=1e-14 * abs(result.conf_high))
        close(result.p_adjusted, want[f"integral{i}"], rel=1e-9, floor=1e-13)
        # R's ptukey is off by up to 1e-6 at these df (see below), and its qtukey stops at 1e-4
        close(result.p_adjusted, want[f"p{i}"], rel=1e-6, floor=1e-6)
        for side in ("low", "high"):
            half = result.conf_high - result.conf_low
            close(getattr(result, f"conf_{side}"), want[f"{side}{i}"], floor=1e-4 * half)


@pytest.mark.parametrize("key", keys("dunnett", "dunnett_blocked", "dunnett_within"), ids=name_of)
def test_dunnett_equals_r(key):
    want = EXPECTED[key]
    upper = family(dunnett, key, alternative="greater")
    for i, result in enumerate(family(dunnett, key), start=1):
        names = {"effect": result.effect, "se": result.std_error, "df": result.df,
                 "statistic": result.statistic, "p": result.p_value}  # fmt: skip
        for name, ours in names.items():
            close(ours, want[f"{name}{i}"], floor=1e-13 if name == "statistic" else 0.0)
        for p, side in ((result.p_adjusted, "two"), (upper[i - 1].p_adjusted, "greater")):
            simulated = result.method == "dunnett_simulated"
            loose = 2e-5 if simulated else 1e-13
            if f"integral_{side}{i}" in want:  # two nested integrate(), rel.tol 1e-11
                close(p, want[f"integral_{side}{i}"], rel=1e-9, floor=loose)
            if f"tvpack_{side}{i}" in want:  # TVPACK with abseps 1e-14, 8 terms of order 1
                close(p, want[f"tvpack_{side}{i}"], rel=0, floor=max(loose, 1e-12))
        # quasi-Monte Carlo: within three of its own stated errors
        floor = 3 * want[f"genz_error{i}"] + (2e-5 if simulated else 1e-7)
        close(result.p_adjusted, want[f"genz_two{i}"], rel=0, floor=floor)
        critical = (result.conf_high - result.effect) / result.std_error
        close(critical, want["critical"], rel=3e-3)  # multcomp's quantile is simulated


@pytest.mark.parametrize("key", keys("interaction_pooled", "interaction_separate"), ids=name_of)
def test_interaction_equals_r(key):
    data = TWO_WAY[key[1]]
    cells = defaultdict(list)
    for a, b, value in zip(data["a"], data["b"], data["value"], strict=True):
        cells[a + b].append(value)
    result = difference_of_differences(
        cells["a1b1"], cells["a0b1"], cells["a1b0"], cells["a0b0"],
        variance=key[0].removeprefix("interaction_"),
    )  # fmt: skip
    floor = scale_floor(data["value"], key[1] == "huge")
    compare(result, EXPECTED[key], T_NAMES, floor=floor)


@pytest.mark.parametrize("key", keys("interaction_blocked"), ids=name_of)
def test_blocked_interaction_equals_r(key):
    data = DOUBLE[key[1]]
    result = blocked_difference_of_differences(
        data["tw"], data["cw"], data["to"], data["co"], alternative=R_SIDES[key[0].split(" ")[1]]
    )
    compare(result, EXPECTED[key], T_NAMES, floor=scale_floor(data["tw"]))


@pytest.mark.parametrize("key", keys("trend"), ids=name_of)
def test_trend_equals_r(key):
    data = TREND[key[1]]
    result = linear_trend(data["value"], data["score"])
    floor = scale_floor(data["value"], key[1] == "huge")
    compare(result, EXPECTED[key], T_NAMES, floor=floor)


@pytest.mark.parametrize("key", keys("trend_of_slopes"), ids=name_of)
def test_trend_of_slopes_equals_r(key):
    data, (_, side, level) = SLOPES[key[1]], key[0].split(" ")
    result = linear_trend(data["value"], data["score"], block=data["block"],
                          alternative=R_SIDES[side], conf_level=float(level))  # fmt: skip
    floor = scale_floor(data["value"], key[1] == "huge")
    compare(result, EXPECTED[key], T_NAMES, floor=floor)
    assert (result.method, result.n_a) == ("trend_of_slopes", EXPECTED[key]["n"])


@pytest.mark.parametrize("key", keys("adjust"), ids=name_of)
def test_adjusted_p_equal_r(key):
    ours = adjust(P_VALUES[key[1]]["p"], key[0].split(" ")[1])
    for i, value in enumerate(ours, start=1):
        close(value, EXPECTED[key][str(i)], rel=1e-14)


@pytest.mark.parametrize("key", keys("ptukey"), ids=name_of)
def test_studentized_range_equals_r(key):
    q, k, df = (float(part) for part in key[1].split(" "))
    ours = range_tail(q, int(k), df)
    close(ours, EXPECTED[key]["integral"], rel=1e-9, floor=1e-13)
    # R's own ptukey: 1e-4 at 2 df, 1e-7 above (for two groups Student's t is the exact answer)
    close(ours, EXPECTED[key]["p"], rel=0, floor=2e-4 if df == 2 else 2e-7)
    if k == 2:
        close(ours, 2 * special.stdtr(df, -q / 2**0.5), rel=1e-12)


# Dunnett CW (1955) JASA 50:1096-1121 tables 1a; (1964) Biometrics 20:482-491 table II;
# 5 % points for 1 to 9 treatments with equal sizes (correlation one half), as printed.
TWO_SIDED = {
    5: (2.57, 3.03, 3.29, 3.48, 3.62, 3.73, 3.82, 3.90, 3.97),
    10: (2.23, 2.57, 2.76, 2.89, 2.99, 3.07, 3.14, 3.19, 3.24),
    20: (2.09, 2.38, 2.54, 2.65, 2.73, 2.80, 2.86, 2.90, 2.95),
    np.inf: (1.96, 2.21, 2.35, 2.44, 2.51, 2.57, 2.61, 2.65, 2.69),
}
ONE_SIDED = {
    5: (2.02, 2.44, 2.68, 2.85, 2.98, 3.08, 3.16, 3.24, 3.30),
    10: (1.81, 2.15, 2.34, 2.47, 2.56, 2.64, 2.70, 2.76, 2.81),
    np.inf: (1.64, 1.92, 2.06, 2.16, 2.23, 2.29, 2.34, 2.38, 2.42),
}


@pytest.mark.parametrize(("table", "two_sided"), [(TWO_SIDED, True), (ONE_SIDED, False)])
def test_published_dunnett_tables(table, two_sided):
    for whole, points in table.items():
        df = float(whole)
        for m, point in enumerate(points, start=1):
            loadings = np.full(m, 0.5**0.5)
            # the table rounds to two digits: the 5 % point lies within half a unit of it
            assert max_t_tail(point - 0.0051, loadings, df, two_sided=two_sided) > 0.05
            assert max_t_tail(point + 0.0051, loadings, df, two_sided=two_sided) < 0.05
