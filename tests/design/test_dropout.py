"""Why animals left a study, the limit seen in its volumes, and what is said of both."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.design.dropout_plan import DropoutPlan, Incidence
from exportin.design.dropout_verdict import verdict
from exportin.design.removals import (
    REASONS,
    Followed,
    Limit,
    arm_ends,
    find_limit,
    reason,
)
from exportin.inference.growth_dropout import HowAnalyzed, dropout_table
from exportin.inference.growth_scenarios import GrowthScenario, simulate_studies

PLAN = GrowthScenario(
    arms=("vehicle", "drug"), rates=(0.12, 0.05), sizes=(8, 8),
    days=tuple(3.5 * i for i in range(9)), start_mm3=150.0, start_sd=0.3, rate_sd=0.01,
    visit_sd=0.1, limit_mm3=1500.0,
)  # fmt: skip


def animal(name: str, volumes: Sequence[float], *, arm: str = "v", said: str = "") -> Followed:
    days = np.arange(len(volumes)) * 7.0
    return Followed(name=name, arm=arm, days=days, volumes=np.array(volumes, dtype=float),
                    said=said, left=float(days[-1]))  # fmt: skip


def simulated(plan: GrowthScenario = PLAN, seed: int = 1, *, recorded: bool = True):
    made = simulate_studies(plan, 1, np.random.default_rng(seed))
    out = []
    for i, y in enumerate(made.log_volume[0]):
        seen = np.isfinite(y)
        said = "tumor_limit" if recorded and made.reached_limit[0, i] else ""
        days = made.days[seen]
        out.append(Followed(name=f"M{i:02d}", arm=plan.arms[made.arm[i]], days=days,
                            volumes=np.exp(y[seen]), said=said, left=float(days[-1])))  # fmt: skip
    return out, made


# ---- the limit


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), limit=st.sampled_from([800.0, 1250.0, 1500.0, 2000.0]),
       recorded=st.booleans())  # fmt: skip
def test_a_limit_that_was_kept_is_found_and_explains_who_left(seed, limit, recorded):
    animals, made = simulated(replace(PLAN, limit_mm3=limit), seed, recorded=recorded)
    found = find_limit(animals)
    if made.reached_limit.sum() >= 2:
        again = max(float(a.volumes[:-1].max()) for a in animals)
        last = min(a.last_volume for a, gone in zip(animals, made.reached_limit[0], strict=True)
                   if gone)  # fmt: skip
        assert again < limit <= last
        assert again < found.mm3 <= last
        why = [reason(a, found, arm_ends(animals, found)) for a in animals]
        assert [w == "tumor_limit" for w in why] == made.reached_limit[0].tolist()


def test_the_words_say_where_the_limit_lies():
    animals = [animal("a", [150, 900, 1511]), animal("b", [150, 1457, 1600]),
               animal("c", [150, 300, 500, 700])]  # fmt: skip
    found = find_limit(animals)
    assert found.mm3 == 1500.0
    assert "between 1457 and 1511" in found.words
    assert "2 of 2 animals that left early" in found.words
    assert not found.recorded


def test_no_limit_where_nobody_leaves_or_leavers_share_no_volume():
    stay = [animal(n, [100, 500, 2500]) for n in "abc"]
    assert find_limit(stay).mm3 == math.inf
    assert "no animal left before the end" in find_limit(stay).words
    odd = [animal(n, [100, 110 + i]) for i, n in enumerate("de")]
    found = find_limit([*[animal(n, [100, 900, 2500, 4000]) for n in "abc"], *odd])
    assert found.mm3 == math.inf
    assert "--limit" in found.words


def test_a_stated_limit_goes_before_the_data():
    animals = [animal("a", [150, 1511]), animal("b", [150, 1457, 1600])]
    assert find_limit(animals, 1200.0).mm3 == 1200.0
    assert find_limit(animals, 0.0) == Limit(mm3=math.inf, words="none, as stated")


# ---- reasons


def test_reasons_on_record_and_read_from_the_volumes():
    animals = [
        animal("limit", [100, 1600]), animal("dead", [100, 200], said="found_dead"),
        animal("harvest", [100, 200], said="planned_harvest"), animal("gone", [100, 200]),
        animal("stayed", [100, 200, 300, 400, 500]), animal("end", [100, 200, 300, 400, 1900]),
        animal("late", [100, 200, 300, 400]),
        animal("small", [100, 200], said="tumor_limit"),
    ]  # fmt: skip
    limit = Limit(mm3=1500.0, words="")
    ends = arm_ends(animals, limit)
    assert ends == {"v": 28.0}
    why = {a.name: reason(a, limit, ends) for a in animals}
    assert why == {
        "limit": "tumor_limit", "dead": "death", "harvest": "planned", "gone": "unexplained",
        "stayed": "stayed", "end": "stayed", "late": "unexplained", "small": "tumor_limit",
    }  # fmt: skip
    assert set(why.values()) <= set(REASONS)
    dense = Followed(name="x", arm="v", days=np.array([0.0, 10.0, 20.0]),
                     volumes=np.array([100.0, 200, 300]), said="", left=20.0)  # fmt: skip
    assert reason(dense, limit, ends) == "stayed"  # its next visit would have been after the end


def test_an_arm_that_was_ended_as_a_whole_is_not_unexplained():
    early = [animal("a", [100, 1700]), animal("b", [100, 400])]
    late = [animal(n, [100, 120, 150, 160], arm="t") for n in "cd"]
    limit = Limit(mm3=1500.0, words="")
    ends = arm_ends([*early, *late], limit)
    assert ends == {"v": 7.0, "t": 21.0}
    assert {reason(a, limit, ends) for a in early} == {"arm_ended"}
    one = arm_ends([*early[1:], *late], limit)
    assert one == {"v": 21.0, "t": 21.0}
    all_large = arm_ends([early[0], replace(early[0], name="e"), *late], limit)
    assert all_large == {"v": 7.0, "t": 21.0}
    large = [replace(early[0], name=n, said="tumor_limit") for n in "ef"]
    assert arm_ends([*large, *late], limit) == {"v": 21.0, "t": 21.0}
    assert find_limit([*early, *late]).mm3 == math.inf
    assert "other than with its whole arm" in find_limit([*early, *late]).words
    assert find_limit([*large, *late]).mm3 == 1500.0


# ---- the verdict


def planned(**more) -> DropoutPlan:
    scenario = replace(PLAN, sizes=(5, 5))
    animals, made = simulated(scenario, 3)
    del animals
    left = {arm: Counter({"tumor_limit": int(made.reached_limit[0, made.arm == a].sum())})
            for a, arm in enumerate(scenario.arms)}  # fmt: skip
    known = {
        "block": "growth", "model": "M", "scenario": scenario,
        "how": HowAnalyzed(day=28.0, threshold_mm3=1000.0, limit_mm3=1500.0),
        "limit": Limit(mm3=1500.0, words="1500 mm3", recorded=True), "observed": made,
        "left": left, "ended": {}, "unmeasured": (), "incidence": {}, "notes": (),
    }  # fmt: skip
    return DropoutPlan(**known | more)


@pytest.fixture(scope="module")
def table():
    plan = planned()
    return dropout_table(plan.scenario, plan.how, seed=9, studies=30)


def test_removal_by_a_measured_volume_is_called_missing_at_random(table):
    said = " ".join(verdict(planned(), table))
    assert "drug: quote the " in said
    assert "missing at random" in said
    assert "t test of last volumes (LOCF): says a TVI of" in said
    assert "informative" not in said
    assert "so it seems" not in said
    guessed = planned(limit=Limit(mm3=1500.0, words=""))
    assert "so it seems: no reasons are on record" in " ".join(verdict(guessed, table))


def test_toxic_and_unexplained_removals_are_called_informative(table):
    left = {"vehicle": Counter(unexplained=1), "drug": Counter(death=2)}
    plan = planned(left=left, incidence={("drug", "death"): Incidence(value=0.4, low=0.1,
                                                                      high=0.8)})  # fmt: skip
    said = " ".join(verdict(plan, table))
    assert "2 died of toxicity or were found dead and 1 left for no stated reason" in said
    assert "cannot be checked from the data" in said
    assert "drug 40 % (10 % to 80 %)" in said
    assert "if removals other than at the limit had no bearing" in said


def test_what_was_not_measured_and_what_was_not_seen_is_said(table):
    scenario = replace(planned().scenario, ends=(28.0, 24.5))
    plan = planned(unmeasured=("M1",), ended={"drug": (310.4, 2000.0)}, scenario=scenario)
    said = " ".join(verdict(plan, table))
    assert "1 of them (M1) were last measured below the limit" in said
    assert "drug was ended as a whole on day 24.5, with volumes of 310.4 to 2000 mm3" in said


def test_a_study_that_the_simulation_does_not_follow_is_named(table):
    made = planned().observed
    y = made.log_volume.copy()
    y[:, :, 2:] = np.nan
    said = " ".join(verdict(planned(observed=replace(made, log_volume=y)), table))
    assert "The simulation does not follow the study" in said
    assert "drug on day 7, 10.5" in said
    assert "was measured on day 3.5: T/C on day 28 is a forecast" in said
