"""What dropout does to each analysis: against an independent table, other code, and plain rules."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from exportin.inference import growth_analyses as analyses
from exportin.inference import growth_effects as effects
from exportin.inference.growth_dropout import (
    DropoutRow,
    HowAnalyzed,
    Mean,
    all_effects,
    best_of,
    dropout_table,
    judged,
)
from exportin.inference.growth_power import rate_of
from exportin.inference.growth_scenarios import GrowthScenario, simulate_studies
from exportin.inference.mixed_growth import fit_growth
from exportin.inference.mixed_slopes import mean_volumes

PLAN = GrowthScenario(
    arms=("vehicle", "drug"), rates=(0.09, 0.06), sizes=(8, 8),
    days=tuple(np.arange(0.0, 42.1, 3.5)), start_mm3=150.0, start_sd=0.3, rate_sd=0.02,
    visit_sd=0.15, limit_mm3=1500.0,
)  # fmt: skip
HOW = HowAnalyzed(day=42.0, threshold_mm3=1000.0, limit_mm3=1500.0)


def made(plan=PLAN, studies=4, seed=1):
    return simulate_studies(plan, studies, np.random.default_rng(seed))


# ---- what can be simulated


def bent(day):
    return 0.06 * np.minimum(day, 14) + 0.08 * np.maximum(day - 14, 0)


DAYS = np.array(PLAN.days)
BENT = replace(PLAN, curves=(tuple(0.09 * DAYS), tuple(bent(DAYS))))


def test_growth_bends_where_it_is_told_to():
    y = made(replace(BENT, limit_mm3=math.inf), 3000).log_volume
    gain = (y - y[:, :, :1])[:, 8:].mean(axis=(0, 1))
    assert gain == pytest.approx(bent(DAYS), abs=0.02)
    assert float(BENT.log_ratio(1, 42.0)) == pytest.approx(0.06 * 14 + 0.08 * 28 - 0.09 * 42)
    assert float(BENT.gain(1, 40.0)) == pytest.approx(bent(40.0))
    assert float(BENT.without_effect().log_ratio(1, 42.0)) == 0.0


def test_removals_come_at_the_hazard_of_their_arm():
    plan = replace(PLAN, hazards=(0.0, 0.02), limit_mm3=math.inf)
    found = made(plan, 2000)
    assert not found.lost[:, :8].any()
    assert found.lost[:, 8:].mean() == pytest.approx(1 - math.exp(-0.02 * 42), abs=0.015)
    half = (found.last_visit[:, 8:] >= 6).mean()
    assert half == pytest.approx(math.exp(-0.02 * 21), abs=0.015)


def test_arms_end_and_visits_are_missed_by_arm():
    missed = ((0.0,) * 13, (0.0, *(0.4,) * 12))
    plan = replace(PLAN, ends=(14.0, 42.0), missed_by=missed, limit_mm3=math.inf)
    found = made(plan, 500)
    seen = np.isfinite(found.log_volume)
    assert (found.last_visit[:, :8] == 4).all()
    assert not found.lost.any()
    assert seen[:, 8:, 1:].mean() == pytest.approx(0.6, abs=0.02)
    assert seen[:, 8:, 0].all()
    short = made(replace(plan, limit_mm3=500.0, missed_by=()), 200)
    gone = short.last_visit[:, :8] < 4
    assert (short.reached_limit[:, :8] == gone).all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"hazards": (0.1,)}, "one per arm"),
        ({"hazards": (0.1, -0.1)}, "hazard is below zero"),
        ({"curves": ((0.0,), (0.0,))}, "a number per visit"),
        ({"missed_by": ((0.0,), (0.0,))}, "a number per visit"),
    ],
)
def test_impossible_scenarios_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        made(replace(PLAN, **wrong))


# ---- what each analysis says, by another way


def test_p_values_are_those_of_the_power_tables():
    found = made(studies=6)
    mixed = effects.of_mixed_model(found, 42.0)
    assert mixed.p == pytest.approx(analyses.mixed_model(found))
    rates = effects.of_animal_rates(found, 42.0)
    assert rates.p == pytest.approx(analyses.animal_rates(found))
    assert effects.of_last_volumes(found, 42.0).p == pytest.approx(analyses.last_carried(found))
    early = made(replace(PLAN, days=PLAN.days[:6]))
    assert effects.on_final_day(early, 17.5).p == pytest.approx(analyses.final_day(early))


def test_intervals_exclude_zero_when_p_is_small():
    found = made(studies=40)
    for one in (effects.of_mixed_model(found, 42.0), effects.of_animal_rates(found, 42.0)):
        outside = (one.low > 0) | (one.high < 0)
        assert (outside == (one.p < 0.05)).all()
        assert ((one.low < one.estimate) & (one.estimate < one.high)).all()


def test_mixed_model_gives_the_ratio_of_its_mean_volumes():
    found = made(BENT, 2)
    one = effects.of_mixed_model(found, 35.0, last_dose_day={1: 14.0})
    for s in range(2):
        animal, visit = np.nonzero(np.isfinite(found.log_volume[s]))
        fit = fit_growth(
            found.log_volume[s, animal, visit], found.days[visit], animal.tolist(),
            [("v", "d")[a] for a in found.arm[animal]], control="v", last_dose_day={"d": 14.0},
        )  # fmt: skip
        v, d = mean_volumes(fit, [35.0])
        assert one.estimate[s, 0] == pytest.approx(math.log(d.mean / v.mean), abs=1e-8)


def test_ratio_of_means_is_welch_on_the_relative_scale():
    rng = np.random.default_rng(2)
    volume = np.exp(rng.normal(6, 0.4, (3, 10)))
    volume[0, 1] = np.nan
    arm = np.repeat([0, 1], 5)
    one = effects.ratio_of_volumes(volume, arm, np.full((3, 1), 9.0))
    for s in range(3):
        c, t = (volume[s, arm == a] for a in (0, 1))
        c, t = c[np.isfinite(c)], t[np.isfinite(t)]
        assert one.estimate[s, 0] == pytest.approx(math.log(t.mean() / c.mean()))
        scaled = stats.ttest_ind(t / t.mean(), c / c.mean(), equal_var=False)
        half = scaled.confidence_interval().high
        assert one.high[s, 0] - one.estimate[s, 0] == pytest.approx(half)
        assert one.p[s, 0] == pytest.approx(stats.ttest_ind(t, c).pvalue)


def test_common_day_is_the_last_with_two_in_both_arms():
    found = made(studies=30)
    one = effects.on_common_day(found)
    here = np.isfinite(found.log_volume)
    for s in range(30):
        both = [v for v in range(13) if here[s, :8, v].sum() > 1 and here[s, 8:, v].sum() > 1]
        assert one.day[s, 0] == found.days[both[-1]]
        t, c = (np.exp(found.log_volume[s, part, both[-1]]) for part in (slice(8, 16), slice(8)))
        assert one.estimate[s, 0] == pytest.approx(math.log(np.nanmean(t) / np.nanmean(c)))


def test_volumes_beyond_the_limit_and_animals_that_left_can_be_taken_out():
    found = made(studies=50)
    trimmed = effects.beyond_removed(found, 1500.0)
    gone = np.isfinite(found.log_volume) & np.isnan(trimmed.log_volume)
    assert (found.log_volume[gone] >= math.log(1500)).all()
    assert gone.sum(axis=2).max() == 1
    assert (gone.any(axis=2)[found.reached_limit]).all()
    rest = effects.completers(found)
    left = np.isfinite(rest.log_volume).any(axis=2)
    assert (left == ~found.reached_limit).all()


def test_studies_that_hold_the_same_volumes_are_not_fitted_again():
    found = made(studies=3)
    full = effects.of_mixed_model(found, 42.0)
    fake = replace(full, p=full.p + 7.0)
    y = found.log_volume.copy()
    y[1, 0, 1] = np.nan
    again = effects.of_mixed_model(replace(found, log_volume=y), 42.0, known=(found, fake))
    assert (again.p[[0, 2]] > 7.0).all()
    assert again.p[1, 0] < 1.0


def test_an_arm_with_one_animal_left_has_no_answer_and_others_keep_theirs():
    plan = replace(PLAN, arms=("v", "a", "b"), rates=(0.05, 0.04, 0.03), sizes=(4, 4, 4))
    found = made(plan, 1)
    y = found.log_volume.copy()
    y[0, 5:8] = np.nan
    one = effects.of_mixed_model(replace(found, log_volume=y), 42.0)
    assert np.isnan(one.p[0, 0])
    assert 0.0 < one.p[0, 1] <= 1.0
    y[0, 1:4] = np.nan
    assert np.isnan(effects.of_mixed_model(replace(found, log_volume=y), 42.0).p).all()


def test_no_limit_leaves_out_what_makes_no_sense():
    plan = replace(PLAN, limit_mm3=math.inf)
    how = replace(HOW, limit_mm3=math.inf)
    found = all_effects(made(plan), how, np.random.default_rng(1))
    assert "mixed_trimmed" not in found
    assert "log_rank_limit" not in found
    low = all_effects(made(), replace(HOW, threshold_mm3=2000.0), np.random.default_rng(1))
    assert "log_rank" not in low
    assert "log_rank_limit" in low


# ---- rules


def built(analysis, *, power=80, faults=(), bias=True):
    return DropoutRow(
        analysis=analysis, arm="drug", true_tvi=0.5, said_tvi=None, coverage=rate_of(95, 100),
        bias=Mean(value=0.0, error=0.01, studies=100) if bias else None,
        power=rate_of(power, 100), type_one=rate_of(5, 100), impossible=0.0, impossible_null=0.0,
        faults=faults,
    )  # fmt: skip


def test_the_most_powerful_of_those_that_keep_the_rules_is_quoted():
    weak, strong = built("mixed_model", power=40), built("animal_rates", power=80)
    assert best_of([weak, strong]) == "animal_rates"
    assert best_of([strong, built("mixed_model", power=75)]) == "mixed_model"
    broken = built("animal_rates", faults=("bias",))
    assert best_of([weak, broken]) == "mixed_model"
    assert best_of([broken]) is None
    assert best_of([built("log_rank", bias=False)]) is None
    assert best_of([built("mixed_trimmed", power=99), weak]) == "mixed_model"


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, ()),
        ({"coverage": rate_of(85, 100)}, ()),  # within two errors of 92 %
        ({"coverage": rate_of(840, 1000)}, ("coverage",)),
        ({"coverage": rate_of(1000, 1000)}, ("coverage",)),
        ({"bias": Mean(value=0.2, error=0.01, studies=100)}, ("bias",)),
        ({"bias": Mean(value=0.08, error=0.01, studies=100)}, ()),  # ln 2 / 10 and two errors
        ({"type_one": rate_of(9, 100)}, ()),
        ({"type_one": rate_of(10, 100)}, ("type_one",)),
        ({"impossible_null": 0.06}, ("impossible",)),
    ],
)
def test_a_rule_is_broken_beyond_chance_only(change, faults):
    assert judged(replace(built("mixed_model"), **change)).faults == faults


def test_same_seed_same_table():
    how = replace(HOW, day=14.0)
    plan = replace(PLAN, days=PLAN.days[:5], sizes=(4, 4))
    one = dropout_table(plan, how, seed=3, studies=20)
    assert dropout_table(plan, how, seed=3, studies=20) == one
    assert dropout_table(plan, how, seed=4, studies=20) != one


# ---- an independent table

SURVIVORS, LOCF, TRUTH = 0.129, 0.221, 0.716
"""Mean TVI on day 42 of 400 studies of this plan, measured with other programs before this code
was written: t test on the final day, last volumes carried forward; the truth is 1 - exp(-0.03 42).
The final day was possible in one study in nine."""


def against_the_table(studies, seed):
    found = dropout_table(PLAN, HOW, seed=seed, studies=studies)
    rows = {one.analysis: one for one in found.rows}
    for name, expected, others in (("final_day", SURVIVORS, 44), ("last_carried", LOCF, 400)):
        said = rows[name].said_tvi
        spread = said.error * math.sqrt(said.studies)
        error = spread * math.sqrt(1 / said.studies + 1 / others)
        assert abs(said.value - expected) <= 3.5 * error, (name, said)
        assert "bias" in rows[name].faults
    assert "coverage" in rows["last_carried"].faults
    assert rows["final_day"].impossible > 0.75
    mixed = rows["mixed_model"]
    assert mixed.true_tvi == pytest.approx(TRUTH, abs=0.001)
    assert abs(mixed.bias.value) <= 3.5 * mixed.bias.error
    nominal = math.sqrt(0.05 * 0.95 / studies)
    assert 0.92 - 3 * nominal <= mixed.coverage.value <= min(1.0, 0.98 + 3 * nominal)
    assert mixed.type_one.value <= 0.06 + 3.5 * nominal
    assert mixed.faults == ()
    assert found.best == {"drug": "mixed_model"}
    return rows


def test_independent_table():
    against_the_table(50, 4201)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_independent_table_long():
    rows = against_the_table(2000, 4202)
    mixed, trimmed = rows["mixed_model"], rows["mixed_trimmed"]
    assert 0.92 <= mixed.coverage.value <= 0.98
    assert abs(mixed.bias.value) < 0.05
    assert abs(rows["last_carried"].typical_tvi - TRUTH) > 0.4
    # the volumes that decided are gone: less effect is found, by little at this visit error
    assert trimmed.bias.value - mixed.bias.value > 0.02
    print([(one.analysis, one.said_tvi, one.bias, one.coverage, one.power, one.type_one)
           for one in rows.values()])  # fmt: skip
