"""Compositions between groups of experiments: rules, refusals, invariances, R programs."""

import shutil
import subprocess

import numpy as np
import polars as pl
import pytest
from scipy import stats

from exportin.events.composition_rows import counted_parts
from exportin.inference.composition import answer_composition
from exportin.inference.composition_checks import composition_fault
from exportin.inference.composition_joint import joint_pair, norm_interval
from exportin.inference.composition_joint_rows import smallest_n
from exportin.inference.composition_r import composition_r_script
from exportin.inference.contrasts import compare_units
from exportin.inference.methods import METHODS
from exportin.inference.question import Contrast
from exportin.results.tables import Estimates
from exportin.tables.problems import InputError

PARTS = ("g1", "s", "g2m")
GROUPS = ("vehicle", "low", "high")
WHAT = {"block": "b", "assay": "cell_cycle", "scale": "logit", "method": "m",
        "experimental_unit": "experiment"}  # fmt: skip
KNOWN = {method.name for method in METHODS}


def rows_of(n=4, groups=GROUPS, *, effect=0.4, seed=1, events=10_000, base=(0.55, 0.30, 0.15),
            paired=True, **more):  # fmt: skip
    rng = np.random.default_rng(seed)
    rows = []
    for e in range(n):
        level = rng.normal(0, 0.2, 2)
        for k, group in enumerate(groups):
            level = level if paired else rng.normal(0, 0.2, 2)
            eta = np.append(np.log(np.array(base[:2]) / base[2]) + level + rng.normal(0, 0.1, 2), 0)
            eta[:2] += np.array([1, -1]) * effect * k
            share = rng.multinomial(events, np.exp(eta) / np.exp(eta).sum()) / events
            unit = f"E{e}" if paired else f"E{e}{group}"
            rows += [
                WHAT | more | {"treatment": group, "unit_id": unit, "quantity": q, "n_rows": events,
                               "value": float(v), "sample_id": f"{unit}-{group}"}
                for q, v in zip(PARTS, share, strict=True)
            ]  # fmt: skip
    return rows


def ask(**options):
    return Contrast(**{"quantity": "phases", "between": "treatment", "versus": "vehicle"} | options)


def answers(rows, **options):
    return answer_composition(Estimates.build(rows), ask(**options)).frame


def as_dicts(frame, *columns):
    return frame.select(*columns).to_dicts()


NUMBERS = ("part", "group_a", "effect", "conf_low", "conf_high", "p_value", "p_adjusted", "n_a")
PLAIN = {"versus": None, "groups": GROUPS}
QUESTIONS = {
    "parts": {},
    "dunnett": {"adjust": "dunnett"},
    "tukey": {"versus": None, "all_pairs": True, "adjust": "tukey"},
    "trend": PLAIN | {"trend": True},
    "joint": {"test": "joint"},
    "joint of all": {"test": "joint", "versus": None},
    "joint trend": PLAIN | {"test": "joint", "trend": True},
}


def same(a, b, rel=1e-9):
    assert a.height == b.height
    for left, right in zip(as_dicts(a, *NUMBERS), as_dicts(b, *NUMBERS), strict=True):
        for name, value in left.items():
            if isinstance(value, float):
                assert right[name] == pytest.approx(value, rel=rel, abs=1e-12), name
            else:
                assert right[name] == value, name


def test_one_part_alone_is_the_ordinary_question():
    estimates = Estimates.build(rows_of())
    alone = compare_units(estimates, ask(quantity="g1")).frame
    ours = answers(rows_of()).filter(pl.col("part") == "g1", pl.col("p_value").is_not_null())
    for name in ("effect", "conf_low", "conf_high", "p_value", "p_adjusted", "df"):
        assert ours[name].to_list() == alone[name].to_list()
    assert ours["effect_kind"].unique().to_list() == ["odds ratio of g1"]


def test_the_primary_part_pays_nothing_for_the_others():
    frame = answers(rows_of(groups=("vehicle", "high"), effect=0.1))
    tested = {row["part"]: row for row in frame.iter_rows(named=True) if row["p_value"] is not None}
    assert tested["g1"]["p_adjusted"] == tested["g1"]["p_value"]
    low, high = sorted((tested["s"], tested["g2m"]), key=lambda row: row["p_value"])
    assert low["p_adjusted"] == pytest.approx(min(1, 2 * low["p_value"]))
    assert high["p_adjusted"] == pytest.approx(max(low["p_adjusted"], high["p_value"]))
    assert "g1 is the primary part, not adjusted" in tested["g1"]["family"]
    assert tested["s"]["family"].startswith("Holm over 2 tests (phases by treatment)")
    assert tested["s"]["family"] == tested["g2m"]["family"] != tested["g1"]["family"]


def test_another_primary_part_moves_the_families():
    made = answer_composition(Estimates.build(rows_of()), ask(), primary="s").frame
    assert made.row(0, named=True)["part"] == "s"
    assert "s is the primary part" in made.row(0, named=True)["family"]


def test_every_p_has_an_effect_with_its_interval_and_points_have_no_p():
    frame = answers(rows_of())
    assert frame.height == 12
    points = frame.filter(pl.col("effect_kind").str.starts_with("difference"))
    assert points.height == 6
    assert points["p_value"].is_null().all()
    assert points["units"].unique().to_list() == ["%"]
    assert frame.select(pl.col("effect", "conf_low", "conf_high").is_not_null().all()).row(0) == (
        True, True, True,
    )  # fmt: skip
    first = frame.row(1, named=True)
    assert "percentage points" in first["verdict"]
    assert first["verdict"].startswith("g1: high minus vehicle")


def test_odds_are_called_odds():
    said = answers(rows_of())["verdict"][0]
    assert "odds" in said
    assert "times those of vehicle" in said


def test_points_are_the_paired_t_interval_of_fractions():
    rows = rows_of(groups=("vehicle", "high"))
    point = answers(rows).row(1, named=True)
    v, h = ([r["value"] for r in rows if r["treatment"] == g and r["quantity"] == "g1"]
            for g in ("vehicle", "high"))  # fmt: skip
    assert point["effect"] == pytest.approx(100 * (np.mean(h) - np.mean(v)))


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_order_of_rows_changes_nothing(name):
    rows = rows_of(n=5)
    turned = [rows[i] for i in np.random.default_rng(3).permutation(len(rows))]
    same(answers(rows, **QUESTIONS[name]), answers(turned, **QUESTIONS[name]))


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_second_tube_of_the_same_experiment_narrows_nothing(name):
    rows = rows_of(n=5)
    twice = rows + [row | {"sample_id": row["sample_id"] + " again"} for row in rows]
    same(answers(rows, **QUESTIONS[name]), answers(twice, **QUESTIONS[name]))


def test_tubes_of_one_experiment_are_pooled_by_their_events():
    rows = rows_of(n=3, groups=("vehicle", "high"))
    more = [row | {"sample_id": "x", "n_rows": 30_000, "value": v}
            for row, v in zip(rows[:3], (0.5, 0.3, 0.2), strict=True)]  # fmt: skip
    pooled = [
        r | {"value": (r["value"] + 3 * m["value"]) / 4, "n_rows": 40_000}
        for r, m in zip(rows[:3], more, strict=True)
    ]
    same(answers(rows + more), answers(pooled + rows[3:]))


def test_two_dose_rows_of_one_group_are_refused():
    rows = rows_of(dose=1.0) + rows_of(dose=2.0)
    with pytest.raises(InputError, match=r"within = \["):
        answers(rows)
    assert answers(rows, within=("dose",)).height == 24


@pytest.mark.parametrize("name", QUESTIONS)
def test_methods_have_sentences_and_words_fit_the_rows(name):
    frame = answers(rows_of(n=5), **QUESTIONS[name])
    for row in frame.iter_rows(named=True):
        assert set(row["method"].split("+")) <= KNOWN
        assert row["status"] == "ok"
        assert row["n_a"] in (5, 15)
        assert "nan" not in row["verdict"]


# ---- zeros, gaps and bounds -------------------------------------------------------------------
def emptied(rows, unit="E0", group="vehicle"):
    """S of one tube moved into G1: a count of zero."""
    tube = [r for r in rows if r["unit_id"] == unit and r["treatment"] == group]
    s = next(r["value"] for r in tube if r["quantity"] == "s")
    new = {"g1": tube[0]["value"] + s, "s": 0.0}
    return [
        r | {"value": new[r["quantity"]]} if r in tube and r["quantity"] in new else r for r in rows
    ]


def test_an_empty_part_is_met_by_half_an_event_in_every_tube():
    rows = emptied(rows_of(groups=("vehicle", "high")))
    frame = answers(rows)
    s = frame.filter(pl.col("part") == "s", pl.col("p_value").is_not_null()).row(0, named=True)
    values = {g: [(10_000 * r["value"] + 0.5) / 10_001 for r in rows
                  if r["treatment"] == g and r["quantity"] == "s"]
              for g in ("vehicle", "high")}  # fmt: skip
    logit = {g: np.log(np.array(v) / (1 - np.array(v))) for g, v in values.items()}
    assert np.log(s["effect"]) == pytest.approx(np.mean(logit["high"] - logit["vehicle"]))
    assert s["method"].endswith("+half_event")
    assert "half event" in s["verdict"]
    g1 = frame.filter(pl.col("part") == "g1").row(0, named=True)
    assert "half" not in g1["method"] + g1["verdict"]
    joint = answers(rows, test="joint").row(0, named=True)
    assert joint["method"] == "ilr_hotelling+half_event_each"
    assert joint["status"] == "ok"


def test_a_zero_without_a_count_is_refused_and_not_guessed():
    rows = [r | {"n_rows": None} for r in emptied(rows_of(groups=("vehicle", "high")))]
    s = answers(rows).filter(pl.col("part") == "s").row(0, named=True)
    assert (s["status"], s["p_value"]) == ("not_identifiable", None)
    assert "number of events" in s["verdict"]
    joint = answers(rows, test="joint").row(0, named=True)
    assert (joint["status"], joint["p_value"]) == ("not_identifiable", None)


def test_a_tube_without_a_number_is_left_out_and_said():
    rows = rows_of(n=5, groups=("vehicle", "high"))
    gone = [r | {"value": None, "status": "not_identifiable"}
            if (r["unit_id"], r["treatment"]) == ("E2", "high") else r for r in rows]  # fmt: skip
    g1 = answers(gone).row(0, named=True)
    assert g1["n_a"] == 4
    assert "left out" in g1["verdict"]
    joint = answers(gone, test="joint").row(0, named=True)
    assert joint["n_a"] == 4
    assert "1 tubes or experiments left out" in joint["verdict"]


def test_a_bound_is_no_number_of_a_composition():
    rows = rows_of(n=5, groups=("vehicle", "high"))
    rows[1] = rows[1] | {"bound": "<", "status": "at_bound"}
    joint = answers(rows, test="joint").row(0, named=True)
    assert (joint["status"], joint["effect"]) == ("not_identifiable", None)
    assert "bound" in joint["verdict"]


# ---- parts known only as bounds: they enter at their limit --------------------------------------
def at_bound(rows, group="high", part="s", *, values=(0.0004, 0.0002, 0.0003, 0.0002), units=None):
    """A part that was not seen in a group: below its upper limit."""
    limits = {f"E{i}{tail}": v for i, v in enumerate(values) for tail in ("", group)}
    bound = {"bound": "<", "conf_open": "low", "status": "at_bound"}
    return [
        r | bound | {"value": limits[r["unit_id"]]}
        if (r["treatment"], r["quantity"]) == (group, part)
        and (units is None or r["unit_id"] in units) else r
        for r in rows
    ]  # fmt: skip


def part_of(frame, part, group="high"):
    mine = frame.filter(pl.col("part") == part, pl.col("group_a") == group)
    return mine.filter(~pl.col("effect_kind").str.starts_with("diff")).row(0, named=True), (
        mine.filter(pl.col("effect_kind").str.starts_with("diff")).row(0, named=True)
    )


def test_a_part_not_seen_is_compared_at_its_limit_and_answered_on_one_side():
    rows = at_bound(rows_of(groups=("vehicle", "high")))
    odds, points = part_of(answers(rows), "s")
    value = {g: np.array([r["value"] for r in rows if r["treatment"] == g and r["quantity"] == "s"])
             for g in ("vehicle", "high")}  # fmt: skip
    d = np.diff([np.log(v / (1 - v)) for v in value.values()], axis=0)[0]
    t = stats.ttest_1samp(d, 0.0)
    assert (odds["bound"], odds["conf_open"], odds["conf_low"]) == ("<", "low", None)
    assert odds["effect"] == pytest.approx(np.exp(d.mean()))
    assert odds["conf_high"] == pytest.approx(np.exp(t.confidence_interval().high))
    assert odds["p_value"] == pytest.approx(t.pvalue)
    assert odds["method"] == "paired_t+at_limit+composition_parts"
    assert "odds less than" in odds["verdict"]
    assert "high enters at its upper limit (4 of 4), so the answer is one-sided" in odds["verdict"]
    gap = 100 * (value["high"] - value["vehicle"])
    assert (points["bound"], points["conf_low"]) == ("<", None)
    assert points["effect"] == pytest.approx(gap.mean())
    assert points["conf_high"] == pytest.approx(
        stats.ttest_1samp(gap, 0.0).confidence_interval().high
    )
    for name in (odds["method"], points["method"]):
        assert set(name.split("+")) <= KNOWN


@pytest.mark.parametrize("paired", [True, False])
def test_smaller_values_than_the_limit_only_widen_the_difference(paired):
    rows = rows_of(n=4, groups=("vehicle", "high"), paired=paired)
    odds, points = part_of(answers(at_bound(rows)), "s")
    exact = {"bound": "=", "conf_open": "none", "status": "ok"}
    true = [r | exact | {"value": r["value"] / 3} if r.get("bound") == "<" else r
            for r in at_bound(rows)]  # fmt: skip
    known, gap = part_of(answers(true), "s")
    assert known["effect"] < odds["effect"]
    assert known["conf_high"] < odds["conf_high"]
    assert known["p_value"] < odds["p_value"]
    assert gap["effect"] < points["effect"]


def test_the_group_with_the_bound_may_be_the_reference():
    rows = at_bound(rows_of(groups=("vehicle", "high")), group="vehicle")
    odds, points = part_of(answers(rows), "s")
    assert (odds["bound"], odds["conf_open"], odds["conf_high"]) == (">", "high", None)
    assert odds["conf_low"] > 1.0
    assert odds["p_value"] < 0.05
    assert (points["bound"], points["conf_high"]) == (">", None)


def test_a_limit_above_the_other_group_says_nothing_of_the_direction():
    rows = at_bound(rows_of(groups=("vehicle", "high")), values=(0.6, 0.55, 0.6, 0.62))
    odds, points = part_of(answers(rows), "s")
    assert (odds["p_value"], odds["status"], odds["bound"]) == (None, "at_bound", "<")
    assert "direction is not known" in odds["verdict"]
    assert points["bound"] == "<"


def test_bounds_in_both_groups_leave_the_difference_open():
    rows = at_bound(at_bound(rows_of(groups=("vehicle", "high"))), group="vehicle")
    odds, points = part_of(answers(rows), "s")
    for row in (odds, points):
        assert (row["effect"], row["p_value"], row["status"]) == (None, None, "not_identifiable")
        assert "bounds of high and vehicle" in row["verdict"]


def test_other_parts_and_groups_do_not_see_the_bound():
    rows = rows_of()
    plain, bound = answers(rows), answers(at_bound(rows))
    same(
        plain.filter(pl.col("part") != "s").drop("p_adjusted").with_columns(p_adjusted=None),
        bound.filter(pl.col("part") != "s").drop("p_adjusted").with_columns(p_adjusted=None),
    )
    low, _ = part_of(bound, "s", "low")
    assert (low["bound"], low["method"]) == ("=", "paired_t+composition_parts")


def test_a_trend_of_a_part_with_a_bound_is_refused_and_says_what_to_ask():
    frame = answers(at_bound(rows_of()), **PLAIN, trend=True)
    for row in frame.filter(pl.col("part") == "s").iter_rows(named=True):
        assert (row["effect"], row["p_value"]) == (None, None)
        assert "compare pairs of groups" in row["verdict"]


def test_a_whole_composition_with_a_bound_is_refused_and_says_what_to_ask():
    rows = at_bound(rows_of(n=5, groups=("vehicle", "high")), values=(0.0004,), units=("E0",))
    for test in ("joint", "likelihood"):
        row = answers(rows, test=test).row(-1, named=True)
        assert row["p_value"] is None
        assert "in 1 tube a part is only a bound; compare the parts one by one" in row["verdict"]


def test_tubes_of_one_experiment_with_a_bound_are_pooled_to_a_bound():
    rows = at_bound(rows_of(groups=("vehicle", "high")))
    twice = rows + [row | {"sample_id": row["sample_id"] + " again"} for row in rows]
    same(answers(rows), answers(twice))
    assert part_of(answers(twice), "s")[0]["bound"] == "<"


def test_counted_parts_take_what_is_left_and_fitted_ones_keep_their_limit():
    rows = at_bound(rows_of(n=1, groups=("high",)))
    made = Estimates.build(rows)
    s = pl.col("quantity") == "s"
    kept = counted_parts(made, PARTS, "cells", counted=False).frame.filter(s).row(0, named=True)
    assert (kept["value"], kept["bound"], kept["conf_open"]) == (0.0004, "<", "low")
    rest = 1.0 - sum(r["value"] for r in rows if r["quantity"] != "s")
    left = counted_parts(made, PARTS, "cells", counted=True).frame.filter(s).row(0, named=True)
    assert left["value"] == pytest.approx(rest)
    assert left["bound"] == "="


# ---- gaps in blocked designs -------------------------------------------------------------------
def with_gap(rows, unit="E1", group="high"):
    return [r for r in rows if (r["unit_id"], r["treatment"]) != (unit, group)]


def test_points_and_odds_of_a_design_with_a_gap_rest_on_the_same_tubes():
    frame = answers(with_gap(rows_of(n=3)))
    odds, points = part_of(frame, "g1")
    assert odds["method"].startswith("blocked_contrast")
    for name in ("pairing", "n_a", "n_b"):
        assert points[name] == odds[name]
    assert (points["pairing"], points["n_a"], points["n_b"]) == ("blocked", 2, 3)
    for row in (odds, points):
        assert "2 (high) and 3 (vehicle) blocked experiments" in row["verdict"]
    assert "measured means" in points["verdict"]
    low = part_of(frame, "g1", "low")[1]
    assert "measured means" not in low["verdict"]


def test_an_adjustment_that_takes_the_difference_away_is_named():
    rows = answers(rows_of(effect=0.1, n=4)).filter(pl.col("p_value").is_not_null())
    seen = set()
    for row in rows.iter_rows(named=True):
        late = row["p_value"] < 0.05 <= row["p_adjusted"]
        assert ("no difference shown after adjustment for" in row["verdict"]) == late
        seen.add(late)
    assert seen == {True, False}


# ---- too few ------------------------------------------------------------------------------------
@pytest.mark.parametrize("n", [1, 2, 3])
def test_too_few_experiments_say_how_many_are_needed(n):
    row = answers(rows_of(n=n, groups=("vehicle", "high")), test="joint").row(0, named=True)
    assert (row["status"], row["p_value"]) == ("too_few", None)
    if n > 1:
        assert "4 experiments with all groups are needed" in row["verdict"]


@pytest.mark.parametrize(("m", "k"), [(2, 2), (2, 3), (3, 2), (3, 4)])
@pytest.mark.parametrize("blocked", [True, False])
def test_the_number_said_is_the_number_needed(m, k, blocked):
    n = smallest_n(m, k, blocked=blocked)
    rng = np.random.default_rng(5)

    def made(size):
        group = [f"g{j}" for _ in range(size) for j in range(k)]
        unit = [f"E{i}" for i in range(size) for _ in range(k)]
        values = rng.normal(size=(size * k, m))
        return joint_pair(values, group, unit if blocked else None, ("g1", "g0"))

    assert not made(n).reason
    assert made(n - 1).reason


def test_one_experiment_gives_no_p_anywhere():
    frame = answers(rows_of(n=1, groups=("vehicle", "high")))
    assert frame["p_value"].is_null().all()
    assert set(frame["status"]) == {"too_few"}


# ---- refusals -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"test": "welch"}, "does not answer a composition"),
        ({"test": "joint", "adjust": "dunnett"}, "belongs to t tests"),
        ({"test": "joint", "alternative": "less"}, "two-sided"),
        ({"test": "likelihood", "trend": True}, "pairs of groups"),
        ({"effect": "difference"}, "percentage points"),
        ({"unit": "model"}, "between experiments"),
        ({"versus": "DMSO"}, "DMSO"),
        ({"versus": None}, "not said which to compare"),
    ],
)
def test_questions_that_cannot_be_answered_are_refused(change, words):
    with pytest.raises(InputError, match=words):
        answers(rows_of(), **change)


def test_bad_numbers_are_refused_with_what_to_write():
    percent = [r | {"value": 100 * r["value"]} for r in rows_of()]
    with pytest.raises(InputError, match="not as percentages"):
        answers(percent)
    over = [r | {"value": min(1.0, 1.5 * r["value"])} for r in rows_of()]
    with pytest.raises(InputError, match="add up to"):
        answers(over, test="joint")
    with pytest.raises(InputError, match="no numbers of g2m"):
        answers([r for r in rows_of() if r["quantity"] != "g2m"])
    with pytest.raises(InputError, match="paired"):
        answers([r | {"experimental_unit": "animal"} for r in rows_of()])
    assert composition_fault(ask(), PARTS, "sub_g1") is not None
    assert composition_fault(ask(test="joint"), ("dead", "live")) is not None


def test_two_parts_are_one_number():
    rows = [r for r in rows_of() if r["quantity"] == "g1"]
    rest = [r | {"quantity": "other", "value": 1 - r["value"]} for r in rows]
    made = answer_composition(Estimates.build(rows + rest), ask(), parts=("g1", "other")).frame
    assert set(made["part"]) == {"g1"}
    assert "only part tested" in made["family"][0]


def test_independent_experiments_are_not_blocked():
    frame = answers(rows_of(paired=False))
    assert set(frame["pairing"]) == {"unpaired"}
    assert frame["method"][0].startswith("welch_t")
    joint = answers(rows_of(n=5, paired=False), test="joint").row(0, named=True)
    assert joint["method"] == "ilr_hotelling_unpaired"


def test_a_difference_of_differences_of_parts():
    rows = rows_of(groups=("vehicle", "high"), line="wt") + rows_of(
        groups=("vehicle", "high"), line="kd", effect=0.8, seed=2
    )
    frame = answers(rows, modifier="line", modifier_versus="wt")
    assert set(frame["effect_kind"]) == {"odds ratio of odds ratios"}
    assert frame.height == 3


def test_range_of_lengths_in_an_ellipsoid():
    rng = np.random.default_rng(6)
    for _ in range(20):
        m = int(rng.integers(1, 5))
        root = rng.normal(size=(m, m))
        covariance, center = root @ root.T + 0.01 * np.eye(m), rng.normal(size=m) * 3
        low, high = norm_interval(center, covariance, 1.7)
        u = rng.normal(size=(4000, m))
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        length = np.linalg.norm(
            center + np.sqrt(1.7) * u @ np.linalg.cholesky(covariance).T, axis=1
        )
        assert low <= length.min() + 1e-9
        assert high >= length.max() - 1e-9
        if m < 3:
            assert high == pytest.approx(length.max(), rel=1e-2)


# ---- R ------------------------------------------------------------------------------------------
RSCRIPT = shutil.which("Rscript")
R_CASES = {
    **{name: (rows_of(n=5), options) for name, options in QUESTIONS.items() if name != "dunnett"},
    "less": (rows_of(), {"alternative": "less"}),
    "independent": (rows_of(n=5, paired=False), {}),
    "independent joint": (rows_of(n=5, paired=False), {"test": "joint"}),
    "zero": (emptied(rows_of()), {}),
    "gap": (with_gap(rows_of()), {}),
    "gap trend": (with_gap(rows_of(n=5)), PLAIN | {"trend": True}),
    "limit": (at_bound(rows_of()), {}),
    "limit of independent": (at_bound(rows_of(paired=False)), {"groups": ("vehicle", "high")}),
    "zero joint": (emptied(rows_of()), {"test": "joint"}),
    "likelihood": (rows_of(n=6, groups=("vehicle", "high")), {"test": "likelihood"}),
}


@pytest.mark.skipif(RSCRIPT is None, reason="Rscript is not installed")
@pytest.mark.parametrize("name", R_CASES)
def test_r_gives_the_same_numbers(name):
    rows, options = R_CASES[name]
    estimates = Estimates.build(rows)
    made = answer_composition(estimates, ask(**options), as_published=True).frame.to_dicts()
    texts = [composition_r_script(estimates, row, parts=PARTS) for row in made]
    marked = "\n".join(f"local({{\n{t}\n}}); cat('END\\n')" for t in texts)
    done = subprocess.run([RSCRIPT, "-"], input=marked, capture_output=True, text=True, check=True)
    said = done.stdout.split("END\n")[: len(made)]
    for row, text in zip(made, said, strict=True):
        numbers = dict(line.split() for line in text.splitlines() if line)
        loose = "beta_binomial" in row["method"] or "dirichlet" in row["method"]
        rel = 1e-4 if loose else 2e-4 if "tukey" in row["method"] else 1e-7  # optim; R's ptukey
        assert float(numbers["effect"]) == pytest.approx(row["effect"], rel=rel)
        if loose:
            assert float(numbers["statistic"]) == pytest.approx(row["statistic"], rel=1e-4)
        elif row["p_value"] is not None:
            wanted = row["p_adjusted"] if "tukey" in row["method"] else row["p_value"]
            close = float(numbers["p"])
            assert close == pytest.approx(wanted, rel=rel, abs=1e-300) or close == pytest.approx(
                row["p_value"], rel=rel
            )
        else:
            assert "p" not in numbers
