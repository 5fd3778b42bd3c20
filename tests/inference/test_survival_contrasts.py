"""Questions about times: rows, families, bounds, refusals, words; every row remade by R."""

import itertools
import shutil
import subprocess

import numpy as np
import polars as pl
import pytest

from exportin.inference.question import Contrast
from exportin.inference.survival_contrasts import SurvivalOptions, compare_survival
from exportin.inference.survival_methods import METHODS
from exportin.inference.survival_rtext import survival_r_call
from exportin.tables.problems import InputError

RSCRIPT = shutil.which("Rscript")


def study(arms, *, end=30.0, seed=1, digits=0, litters=3):
    """Arms as {name: (n, scale)}: Weibull times to the day, censored at the end."""
    rng = np.random.default_rng(seed)
    rows = []
    for arm, (n, scale) in arms.items():
        for i in range(n):
            t = max(1.0, round(float(scale * rng.weibull(2.0)), digits))
            rows.append({"unit_id": f"{arm}{i}", "arm": arm, "time": min(t, end),
                         "event": int(t <= end), "litter": f"L{i % litters}"})  # fmt: skip
    return pl.DataFrame(rows)


def ask(**more):
    return Contrast(**({"quantity": "days", "between": "arm"} | more))


SMALL = study({"a": (5, 12.0), "b": (6, 25.0), "c": (5, 18.0)})
LARGE = study({"a": (30, 12.0), "b": (30, 18.0)}, seed=2)
DOSES = study({"0": (6, 10.0), "1": (6, 14.0), "10": (6, 20.0)}, seed=3)
_ENDED = {"time": pl.lit(30.0), "event": pl.lit(0, pl.Int64)}
NOBODY = SMALL.with_columns(
    **{k: pl.when(pl.col("arm") == "c").then(v).otherwise(k) for k, v in _ENDED.items()}
)
CASES = {
    "exact": (SMALL, ask(versus="a"), SurvivalOptions()),
    "exact pairs, greater": (SMALL, ask(all_pairs=True, alternative="greater"), SurvivalOptions()),
    "exact in litters": (SMALL, ask(versus="a"), SurvivalOptions(strata="litter")),
    "chi-squared": (LARGE, ask(versus="a"), SurvivalOptions()),
    "chi-squared in litters": (LARGE, ask(versus="a"), SurvivalOptions(strata="litter")),
    "less": (LARGE, ask(versus="a", alternative="less"), SurvivalOptions()),
    "peto": (LARGE, ask(versus="a", test="peto"), SurvivalOptions()),
    "gehan": (LARGE, ask(versus="a", test="gehan"), SurvivalOptions()),
    "tarone-ware": (LARGE, ask(versus="a", test="tarone-ware"), SurvivalOptions()),
    "cox": (LARGE, ask(versus="a", test="cox"), SurvivalOptions()),
    "cox, no event": (NOBODY, ask(versus="a", test="cox"), SurvivalOptions()),
    "no event": (NOBODY, ask(versus="a"), SurvivalOptions()),
    "no event in the reference": (NOBODY, ask(versus="c"), SurvivalOptions()),
    "no event, one-sided": (NOBODY, ask(versus="a", alternative="less"), SurvivalOptions()),
    "trend": (DOSES, ask(trend=True), SurvivalOptions()),
    "trend in order": (SMALL, ask(trend=True, groups=("a", "c", "b")), SurvivalOptions()),
    "delay": (NOBODY, ask(versus="a"), SurvivalOptions(delay=True)),
}


def rows_of(name):
    frame, question, how = CASES[name]
    return compare_survival(frame, question, how).frame.to_dicts()


@pytest.mark.parametrize("name", CASES)
def test_rows_are_whole(name):
    known = {m.name for m in METHODS}
    for row in rows_of(name):
        assert set(row["method"].split("+")) <= known
        assert row["verdict"]
        if row["p_value"] is not None:
            assert row["effect"] > 0
            assert 0 <= row["p_value"] <= row["p_adjusted"] <= 1
            low, high = row["conf_low"], row["conf_high"]
            open_ = {(False, False): "none", (True, False): "low", (False, True): "high"}
            assert row["conf_open"] == open_[low is None, high is None]
            assert (low or 0) <= row["effect"] <= (high or np.inf)


@pytest.mark.skipif(RSCRIPT is None, reason="Rscript is not on PATH")
def test_r_gives_the_same_p_and_effect(tmp_path):
    rows = []
    for name, (frame, _, how) in CASES.items():
        for row in rows_of(name):
            text = survival_r_call(frame, row, between="arm", strata=how.strata)
            if "nothing to compute" not in text:
                rows.append((name, row, text))
    assert len(rows) > 20
    script = tmp_path / "all.R"
    script.write_text("\n".join(f"local({{\n{text}\n}})" for *_, text in rows))
    done = subprocess.run([RSCRIPT, str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = iter([s.split() for s in done.stdout.splitlines() if s.startswith(("p ", "eff"))])
    for name, row, _ in rows:
        what = f"{name}: {row['group_a']} / {row['group_b']} ({row['method']})"
        if row["p_value"] is not None:
            assert float(next(lines)[1]) == pytest.approx(row["p_value"], rel=1e-8), what
        assert float(next(lines)[1]) == pytest.approx(row["effect"], rel=1e-6), what
    assert next(lines, None) is None


def test_exact_where_events_are_few_and_chi_squared_where_not():
    assert rows_of("exact")[0]["method"].startswith("logrank_exact+")
    assert rows_of("chi-squared")[0]["method"].startswith("logrank_chisq+")
    plain = compare_survival(SMALL, ask(versus="a"), SurvivalOptions(permute=False))
    assert plain.frame.item(0, "method").startswith("logrank_chisq+")


def test_a_group_without_events_gives_a_bound():
    by_pair = {(r["group_a"], r["group_b"]): r for r in rows_of("no event")}
    row = by_pair["c", "a"]
    assert (row["status"], row["bound"], row["conf_low"]) == ("separated", "<", None)
    assert row["effect"] == row["conf_high"]
    assert "less than" in row["verdict"]
    assert row["verdict"].endswith("no event in c")
    turned = next(r for r in rows_of("no event in the reference") if r["group_a"] == "a")
    assert (turned["bound"], turned["conf_high"]) == (">", None)
    assert turned["effect"] == pytest.approx(1 / row["effect"], rel=1e-8)


def test_events_of_one_group_all_later_than_those_of_the_other():
    rows = [{"unit_id": f"{g}{i}", "arm": g, "time": t + i, "event": 1}
            for g, t in (("a", 5.0), ("b", 20.0)) for i in range(4)]  # fmt: skip
    row = compare_survival(pl.DataFrame(rows), ask(versus="a")).frame.row(0, named=True)
    assert row["status"] == "separated"
    assert row["verdict"].endswith("all events of b came after those of a")
    assert row["p_value"] == pytest.approx(2 / 70)


def test_no_event_anywhere():
    frame = SMALL.with_columns(event=pl.lit(0))
    for row in compare_survival(frame, ask(versus="a")).frame.to_dicts():
        assert (row["p_value"], row["effect"], row["status"]) == (None, None, "no_events")
        assert row["verdict"] == "not estimable: no event was seen"


def test_one_unit_is_too_few():
    frame = SMALL.filter((pl.col("arm") != "b") | (pl.col("unit_id") == "b0"))
    rows = {r["group_a"]: r for r in compare_survival(frame, ask(versus="a")).frame.to_dicts()}
    assert rows["b"]["status"] == "too_few"
    assert rows["c"]["family"].startswith("one test")


def test_holm_spans_the_question_and_not_the_delays():
    rows = compare_survival(SMALL, ask(versus="a"), SurvivalOptions(delay=True)).frame.to_dicts()
    tested = [r for r in rows if r["p_value"] is not None]
    assert len(tested) == 2
    assert tested[0]["family"] == "Holm over 2 tests (days by arm)"
    small, large = sorted(tested, key=lambda r: r["p_value"])
    assert small["p_adjusted"] == pytest.approx(min(1, 2 * small["p_value"]))
    assert large["p_adjusted"] == max(large["p_value"], small["p_adjusted"])
    delays = [r for r in rows if r["effect_kind"] == "difference of medians"]
    assert [r["family"] for r in delays] == ["no test (days by arm)"] * 2


def test_delay_beyond_the_follow_up_is_a_bound():
    row = next(r for r in rows_of("delay")
               if r["group_a"] == "c" and r["units"] == "d")  # fmt: skip
    assert (row["bound"], row["conf_high"], row["status"]) == (">", None, "at_bound")
    assert "minus a: more than" in row["verdict"]


def test_three_animals_say_how_small_p_can_get():
    rows = [{"unit_id": f"{g}{i}", "arm": g, "time": t + 2.0 * i, "event": 1}
            for g, t in (("a", 5.0), ("b", 20.0)) for i in range(3)]  # fmt: skip
    row = compare_survival(pl.DataFrame(rows), ask(versus="a")).frame.row(0, named=True)
    assert row["p_value"] == pytest.approx(0.1)
    assert "cannot go below p = 0.10" in row["verdict"]


def test_within_makes_one_comparison_each():
    both = pl.concat([SMALL.with_columns(model=pl.lit(m)) for m in ("X", "Y")])
    rows = compare_survival(both, ask(versus="a", within=("model",))).frame.to_dicts()
    assert [(r["model"], r["group_a"]) for r in rows] == list(itertools.product("XY", "bc"))


def test_many_animals_are_drawn_with_their_error():
    frame = study({"a": (60, 90.0), "b": (60, 120.0)}, end=30.0, digits=3, seed=4)
    few = frame.filter(pl.col("arm") == "b").get_column("event").sum()
    assert few < 10
    question = ask(versus="a", test="logrank-exact")
    one, two = (compare_survival(frame, question).frame.row(0, named=True) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("change", "question", "said"),
    [
        ({"time": pl.lit(None, dtype=pl.Float64)}, {}, "has no time"),
        ({"time": pl.lit(-1.0)}, {}, "has the time -1"),
        ({"event": pl.lit(2)}, {}, "has the event 2"),
        ({"unit_id": pl.lit("m1")}, {}, "several times"),
        ({}, {"test": "welch"}, "none for times"),
        ({}, {"adjust": "dunnett"}, "belongs to means"),
        ({}, {"pairing": "paired"}, "not answered here"),
        ({}, {"between": "armm"}, "no column 'armm'"),
        ({}, {"versus": "z"}, "none of the groups"),
        ({}, {"versus": None, "trend": True}, "needs an order"),
    ],
)
def test_refusals_say_what_to_write(change, question, said):
    frame = SMALL.with_columns(**change) if change else SMALL
    with pytest.raises(InputError, match=said) as caught:
        compare_survival(frame, ask(**({"versus": "a"} | question)))
    assert all(problem.remedy for problem in caught.value.problems)


def test_animals_numbered_anew_must_be_said_to_be():
    anew = SMALL.with_columns(unit_id=pl.col("unit_id").str.slice(1))
    with pytest.raises(InputError, match="the same one, or numbered anew"):
        compare_survival(anew, ask(versus="a"))
    said = compare_survival(anew, ask(versus="a", pairing="unpaired")).frame
    plain = compare_survival(SMALL, ask(versus="a")).frame
    assert said.get_column("p_value").to_list() == plain.get_column("p_value").to_list()


def test_every_method_has_a_sentence_and_a_source():
    assert len({m.name for m in METHODS}) == len(METHODS)
    assert all(m.sentence.endswith(".") and m.references for m in METHODS)
