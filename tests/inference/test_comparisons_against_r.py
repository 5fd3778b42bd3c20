"""Shared variance, Kendall and Gehan with bounds, two curves: numbers of reference/comparisons."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from exportin.inference.answer import Ask
from exportin.inference.cells import Cell
from exportin.inference.curve_difference import same_ec50
from exportin.inference.gehan import bounded_groups
from exportin.inference.kendall import kendall, theil_sen
from exportin.inference.panel import Line, combine_panel
from exportin.kernels.censored_panel import fit_panel, panel_intervals
from exportin.kernels.curve_comparison import compare_ec50
from exportin.kernels.level_comparison import compare_level

HERE = Path(__file__).parents[2] / "reference" / "comparisons"


def table(name):
    with (HERE / name).open() as handle:
        return list(csv.DictReader(handle))


def expected():
    found = defaultdict(dict)
    for row in table("expected.csv"):
        found[row["test"], row["case"]][row["quantity"]] = float(row["value"])
    return found


R = expected()
CURVES = sorted(case for test, case in R if test == "same_ec50")
LEVELS = sorted(case for test, case in R if test == "same_level")


def panel():
    lines = defaultdict(list)
    for row in table("panel.csv"):
        lines[row["line"]].append((row["unit"], float(row["value"]), int(row["censor"])))
    return {
        name: Line(tuple(f"{name}{u}" for u, _, _ in units), np.array([v for _, v, _ in units]),
                   np.array([c for _, _, c in units]))
        for name, units in lines.items()
    }  # fmt: skip


def test_shared_variance_without_bounds_is_that_of_lm():
    lines = {name: line for name, line in panel().items() if not line.censor.any()}
    assert len(lines) == 3
    for name, found in zip(lines, combine_panel(list(lines.values()), 0.95), strict=True):
        want = R["panel_exact", name]
        assert (found.value, found.low, found.high, found.df) == pytest.approx(
            (want["mean"], want["low"], want["high"], want["df"]), rel=1e-12
        )


def test_shared_variance_with_bounds_is_that_of_survreg():
    """Means to 1e-7: survreg stops at a relative change of 1e-11 of the log-likelihood."""
    lines = panel()
    size = max(line.values.size for line in lines.values())
    values, codes = np.full((len(lines), size), np.nan), np.zeros((len(lines), size), int)
    for i, line in enumerate(lines.values()):
        values[i, : line.values.size], codes[i, : line.values.size] = line.values, line.censor
    fit = fit_panel(values, codes, shared=True)
    low, high = panel_intervals(values, codes, shared=True)
    for i, name in enumerate(lines):
        if ("panel_censored", name) not in R:
            assert not fit.fitted[i]  # nothing but bounds
            continue
        want = R["panel_censored", name]
        assert (fit.mean[i], fit.sd[i]) == pytest.approx((want["mean"], want["sd"]), rel=1e-6)
        assert (low[i], high[i]) == pytest.approx((want["low"], want["high"]), rel=2e-6)
        assert fit.df[i] == want["df"]


def test_pooling_gives_the_same_with_bounds():
    lines = panel()
    found = dict(zip(lines, combine_panel(list(lines.values()), 0.95), strict=True))
    assert found["L0"].low == pytest.approx(R["panel_censored", "L0"]["low"], rel=2e-6)
    assert (found["L3"].bound, found["L3"].value) == (">", 3.0)  # its mean lies beyond all it saw
    assert found["L3"].low == pytest.approx(R["panel_censored", "L3"]["low"], rel=2e-6)
    assert (found["L5"].bound, found["L5"].status) == (">", "at_bound")


def case_of(name):
    rows = [row for row in table("lines.csv") if row["case"] == name]
    x, y = (np.array([float(r[k]) for r in rows]) for k in ("expression", "value"))
    return x, y, np.array([int(r["censor"]) for r in rows]), rows


@pytest.mark.parametrize("case", ["seven", "twelve", "ties"])
def test_kendall(case):
    x, y, codes, _ = case_of(case)
    found, want = kendall(x, y, codes), R["kendall", case]
    assert (found.s, found.tau) == pytest.approx((want["s"], want["tau"]), rel=1e-12)
    if case == "seven":
        got = [found.p[side] for side in ("two-sided", "less", "greater")]
        assert got == pytest.approx([want["p"], want["less"], want["greater"]], rel=1e-12)
    if case == "twelve":
        assert found.p["two-sided"] == pytest.approx(want["p"], rel=1e-12)
        assert np.mean(theil_sen(x, y, codes)) == pytest.approx(want["slope"], rel=1e-12)


@pytest.mark.parametrize("case", ["seven", "twelve", "ties"])
def test_gehan(case):
    _, _, _, rows = case_of(case)
    cells = {
        group: Cell({r["line"]: (float(r["value"]), int(r["censor"])) for r in rows
                     if r["subtype"] == group})
        for group in "ab"
    }  # fmt: skip
    if all(cell.exact for cell in cells.values()):
        assert case == "twelve"
    found, want = bounded_groups(cells["a"], cells["b"], Ask()), R["gehan", case]
    assert (found.statistic, found.p_value) == pytest.approx((want["statistic"], want["p"]))


def curves(case):
    rows = [row for row in table("two_curves.csv") if row["case"] == case]
    return [
        tuple(np.array([f(r) for r in rows if r["curve"] == curve])
              for f in (lambda r: np.log10(float(r["dose"])), lambda r: float(r["response"])))
        for curve in "ab"
    ]  # fmt: skip


@pytest.mark.parametrize("case", CURVES)
def test_two_curves(case):
    a, b = curves(case)
    found, want = compare_ec50(*a, *b), R["same_ec50", case]
    assert (found.rss_separate, found.rss_shared) == pytest.approx(
        (want["separate"], want["shared"]), rel=1e-8
    )
    assert found.statistic == pytest.approx(want["statistic"], rel=1e-6)
    assert found.log10_ratio == pytest.approx(want["log10_ratio"], abs=2e-5)
    assert (found.low, found.high) == pytest.approx((want["low"], want["high"]), abs=2e-5)
    row = same_ec50(a, b).frame.row(0, named=True)
    assert row["p_value"] == pytest.approx(want["p"], rel=1e-5)
    assert (row["df"], row["df2"]) == (1.0, want["df"])


@pytest.mark.parametrize("case", LEVELS)
def test_two_curves_at_a_level(case):
    """The absolute IC50, its vehicle means exact or of 8 wells, which count as wells do."""
    behind = np.inf if case.endswith("Inf") else 8.0
    a, b = curves(case.removesuffix("Inf").removesuffix("8"))
    found = compare_level(*a, *b, level=0.5, n_reference=(behind, behind))
    want = R["same_level", case]
    assert (found.rss_separate, found.rss_shared) == pytest.approx(
        (want["separate"], want["shared"]), rel=1e-7
    )
    assert found.statistic == pytest.approx(want["statistic"], rel=1e-5)
    assert found.log10_ratio == pytest.approx(want["log10_ratio"], abs=2e-5)
    assert (found.low, found.high) == pytest.approx((want["low"], want["high"]), abs=2e-5)
    assert found.df == want["df"]
