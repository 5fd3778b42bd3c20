"""Every comparison remade by R from the text that r_call writes."""

import shutil
import subprocess

import numpy as np
import polars as pl
import pytest

from exportin.inference.arm_methods import METHODS as ARMS
from exportin.inference.composition_methods import METHODS as COMPOSITION
from exportin.inference.contrasts import Contrast, compare_units
from exportin.inference.methods import METHODS
from exportin.inference.mixed_methods import METHODS as MIXED
from exportin.inference.rcall import r_call
from exportin.inference.rscripts import SCRIPTS
from exportin.inference.survival_methods import METHODS as SURVIVAL
from exportin.results.tables import Estimates

RSCRIPT = shutil.which("Rscript")
WHAT = {"block": "b", "assay": "a", "quantity": "value", "method": "m", "units": "mg"}


def study(*, shared, scale="linear", bound=None, groups=("a", "b", "c"), n=5, seed=1):
    """Groups x two levels of a modifier; `shared` units are in every cell."""
    rng = np.random.default_rng(seed)
    blocks = rng.normal(0, 0.4, n)
    rows = []
    for level in ("wt", "kd"):
        for i, group in enumerate(groups):
            for u in range(n):
                unit = f"E{u}" if shared else f"{level}{group}{u}"
                y = 1 + 0.3 * i + (0.5 * i if level == "kd" else 0) + rng.normal(0, 0.3)
                y += blocks[u] if shared else 0
                row = WHAT | {
                    "arm": group,
                    "line": level,
                    "unit_id": unit,
                    "scale": scale,
                    "value": float(np.exp(y)),
                    "experimental_unit": "experiment",
                }
                if bound and group == "b" and u in bound:
                    row |= {"bound": ">", "status": "at_bound"}
                rows.append(row)
    return Estimates.build(rows)


def lines(n, *, scale="log10", bound=(), seed=4):
    """Pooled numbers of lines with a measured property and a subtype, beside their units."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        level = round(float(rng.normal(5, 1)), 3)
        value = float(np.exp(0.3 * level + rng.normal(0, 0.3)))
        row = WHAT | {
            "level": f"{level}",
            "subtype": "ab"[i % 2],
            "model": f"L{i:02d}",
            "scale": scale,
            "value": value,
            "experimental_unit": "experiment",
        }
        if i in bound:
            row |= {"bound": ">", "status": "at_bound"}
        rows += [row, row | {"unit_id": "E1", "value": 7.0 * value}]
    return Estimates.build(rows)  # fmt: skip


def gappy():
    """E1 lacks a dose, E2 has one only."""
    made = study(shared=True, groups=("0", "1", "10"), scale="ln").frame
    lacks = (pl.col("unit_id") == "E1") & (pl.col("arm") == "1")
    lacks |= (pl.col("unit_id") == "E2") & (pl.col("arm") != "0")
    return Estimates(made.filter(~lacks))


PROPERTY = Contrast(quantity="value", between="level", unit="model", test="kendall")
SUBTYPES = Contrast(quantity="value", between="subtype", unit="model", versus="a")


def ask(**more):
    return Contrast(**({"quantity": "value", "between": "arm", "within": ("line",)} | more))


DOUBLE = {"within": (), "modifier": "line", "modifier_versus": "wt", "groups": ("a", "b")}
CASES = {
    "welch": (study(shared=False), ask(versus="a")),
    "student, ratio": (study(shared=False), ask(versus="a", test="t", effect="ratio")),
    "one-sided": (study(shared=False), ask(versus="a", alternative="greater")),
    "paired on logs": (study(shared=True, scale="log10"), ask(groups=("a", "b"))),
    "blocked": (study(shared=True, scale="ln"), ask(versus="a")),
    "blocked pairs": (study(shared=True), ask(all_pairs=True, alternative="less")),
    "dunnett": (study(shared=True), ask(versus="b", adjust="dunnett")),
    "tukey": (study(shared=False), ask(all_pairs=True, adjust="tukey")),
    "anova": (study(shared=False), ask(test="anova")),
    "blocked anova": (study(shared=True), ask(test="anova")),
    "kruskal": (study(shared=False), ask(test="kruskal-wallis")),
    "two-way": (study(shared=False), ask(within=(), modifier="line", test="two-way-anova")),
    "two-way, blocked": (study(shared=True), ask(within=(), modifier="line",
                                                 test="two-way-anova")),
    "mann-whitney": (study(shared=False), ask(versus="a", test="mann-whitney")),
    "wilcoxon": (study(shared=True), ask(versus="a", test="wilcoxon")),
    "trend": (study(shared=False, groups=("0", "1", "10")), ask(trend=True)),
    "trend of animals": (study(shared=False), ask(trend=True, groups=("a", "b", "c"))),
    "slopes": (study(shared=True, groups=("0", "1", "10")), ask(trend=True, alternative="greater")),
    "slopes in order": (study(shared=True), ask(trend=True, groups=("a", "b", "c"))),
    "slopes on logs": (study(shared=True, scale="log10"), ask(trend=True, groups=("b", "a", "c"))),
    "slopes with gaps": (gappy(), ask(trend=True)),
    "interaction": (study(shared=True), ask(**DOUBLE)),
    "interaction, separate": (study(shared=False, scale="log10"), ask(**DOUBLE)),
    "censored pairs": (study(shared=True, scale="log10", bound=(1, 3)), ask(versus="a")),
    "censored interaction": (study(shared=True, scale="log10", bound=(1,)), ask(**DOUBLE)),
    "signs": (study(shared=True, scale="log10", bound=(0, 1, 2, 3, 4), seed=3), ask(versus="a")),
    "gehan": (study(shared=False, scale="log10", bound=(1, 3)), ask(versus="a")),
    "gehan, all groups": (study(shared=False, scale="log10", bound=(1, 3)),
                          ask(test="kruskal-wallis")),
    "gehan, all groups, small": (study(shared=False, scale="log10", bound=(1,), n=3),
                                 ask(test="kruskal-wallis")),
    "lines": (lines(8), SUBTYPES),
    "lines with bounds": (lines(9, bound=(1, 4)), SUBTYPES),
    "property of few lines": (lines(7, bound=(2,)), PROPERTY),
    "property of lines": (lines(12), PROPERTY),
    "property of lines with bounds": (lines(17, bound=(3, 8, 9)), PROPERTY),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_text_is_written_for_every_row(name):
    estimates, question = CASES[name]
    rows = compare_units(estimates, question).frame.to_dicts()
    assert rows
    for row in rows:
        text = r_call(estimates, row)
        assert "d <- data.frame(" in text or row["p_value"] is None


def test_every_method_that_can_be_emitted_has_a_call():
    descriptive = {"between_t", "between_censored", "between_shared",
                   "between_shared_censored", "extra_sum_of_squares",
                   "extra_sum_of_squares_level", "between_bound",
                   "units_left_out", "one_sample_t", "welch_anova", "two_way_anova_type2",
                   "interaction_pooled"}  # fmt: skip
    # tests made from all rows bring their R program themselves (`AnswersOf.r_script`)
    by_rows = {m.name for m in (*ARMS, *MIXED, *SURVIVAL, *COMPOSITION)}
    assert {m.name for m in METHODS} - descriptive - by_rows == set(SCRIPTS)


def test_names_of_groups_cannot_leave_their_quotes():
    rows = [
        WHAT | {"arm": arm, "unit_id": f"{arm}{i}", "value": float(i + j), "units": "",
                "experimental_unit": "mouse", "scale": "linear"}
        for j, arm in enumerate(['x"); q(); c("', "y\nq()"]) for i in range(3)
    ]  # fmt: skip
    estimates = Estimates.build(rows)
    row = compare_units(estimates, Contrast(quantity="value", between="arm")).frame.row(
        0, named=True
    )
    text = r_call(estimates, row)
    assert not any(line.startswith("q()") for line in text.splitlines())
    assert '"x\\"); q(); c(\\""' in text


@pytest.mark.skipif(RSCRIPT is None, reason="Rscript is not on PATH")
@pytest.mark.filterwarnings("ignore")
def test_r_gives_the_same_p_and_effect(tmp_path):
    rows = [
        (name, row, r_call(estimates, row))
        for name, (estimates, question) in CASES.items()
        for row in compare_units(estimates, question).frame.to_dicts()
        if row["p_value"] is not None
    ]
    script = tmp_path / "all.R"
    script.write_text("\n".join(f"local({{\n{text}\n}})" for *_, text in rows))
    done = subprocess.run([RSCRIPT, str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith(("p ", "eff"))]
    assert len(lines) == 2 * len(rows)
    for (name, row, _), p, effect in zip(rows, lines[::2], lines[1::2], strict=True):
        what = f"{name}: {row['group_a']} / {row['group_b']} ({row['method']})"
        assert float(p[1]) == pytest.approx(row["p_value"], rel=1e-6), what
        close = 1e-5 if "censored" in row["method"] else 1e-6  # R's optimize() stops early
        assert float(effect[1]) == pytest.approx(row["effect"], rel=close), what
