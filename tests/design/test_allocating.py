"""Allocations of lists of animals: who enters, what is written, and the test by the log."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.design.animals import animal_table

from exportin.design.allocating import balance_rows, imbalances, least_p, make_allocation
from exportin.design.allocation_files import LOG, allocation_files, write_allocation
from exportin.design.animals import NO_TUMOR, read_animals
from exportin.design.retesting import read_log, read_values, retest
from exportin.design.wishes import Wish, make_wish
from exportin.tables.problems import InputError

ARMS = ("vehicle", "doxorubicin", "selinexor")


def made(path: Path, **wish):
    found = Wish(**{"arms": ARMS, "seed": 1, "sizes": (8, 8, 8)} | wish)
    return make_allocation(read_animals(path, strata=found.strata), found)


def arms_of(allocation):
    units = allocation.entering.units
    pairs = zip(units, allocation.arm, strict=True)
    return {a.name: allocation.wish.arms[k] for unit, k in pairs for a in unit.animals}


# ---- who enters


def test_everybody_is_allocated_once_or_excluded_with_a_reason(tmp_path):
    found = made(animal_table(tmp_path / "a.csv", 32))
    arms = arms_of(found)
    out = {animal.name: animal.excluded for animal in found.entering.excluded}
    assert len(arms) == 24
    assert not set(arms) & set(out)
    assert set(arms) | set(out) == {f"M{i:02d}" for i in range(1, 33)}
    assert all(out.values())
    assert out["M05"] == NO_TUMOR
    assert (found.entering.with_tumor, found.entering.listed) == (31, 32)


def test_spare_animals_are_the_farthest_from_the_median(tmp_path):
    found = made(animal_table(tmp_path / "a.csv", 32))
    listed = read_animals(tmp_path / "a.csv").animals
    volumes = {a.name: np.log(a.volume_mm3) for a in listed if a.volume_mm3}
    middle = np.median(list(volumes.values()))
    far = {name: abs(v - middle) for name, v in volumes.items()}
    kept = set(arms_of(found))
    assert max(far[name] for name in kept) < min(far[n] for n in volumes if n not in kept)


def test_the_range_excludes_before_anything_is_drawn(tmp_path):
    path = animal_table(tmp_path / "a.csv", 32)
    found = made(path, sizes=(), lowest_mm3=120.0, highest_mm3=200.0)
    volumes = {a.name: a.volume_mm3 for a in read_animals(path).animals}
    assert all(120 <= volumes[name] <= 200 for name in arms_of(found))
    reasons = [a.excluded for a in found.entering.excluded if "outside 120-200" in a.excluded]
    assert len(reasons) == sum(1 for v in volumes.values() if v and not 120 <= v <= 200)
    assert len(set(np.bincount(found.arm))) == 1


def test_a_reason_in_the_table_excludes(tmp_path):
    path = tmp_path / "a.csv"
    rows = [f"M{i},{100 + i},{'sick' if i == 3 else ''}" for i in range(1, 9)]
    path.write_text("\n".join(["animal,volume_mm3,exclude", *rows]) + "\n")
    found = made(path, arms=("a", "b"), sizes=(3, 3))
    assert {a.name: a.excluded for a in found.entering.excluded}["M3"] == "sick"


# ---- how it is drawn


@settings(max_examples=20, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    seed=st.integers(0, 10**6),
    method=st.sampled_from(["rerandomized", "blocked", "complete"]),
    strata=st.sampled_from([(), ("sex",)]),
)
def test_sizes_are_right_and_the_order_of_rows_does_not_matter(tmp_path, seed, method, strata):
    wish = {"seed": seed, "method": method, "strata": strata}
    one = made(animal_table(tmp_path / "a.csv"), **wish)
    other = made(animal_table(tmp_path / "b.csv", shuffled=True), **wish)
    assert np.bincount(one.arm).tolist() == [8, 8, 8]
    assert arms_of(one) == arms_of(other)
    assert len(set(one.codes)) == 24
    if method == "rerandomized":
        assert imbalances(one)["mahalanobis"] <= one.how.bound


def test_blocks_hold_one_of_each_arm_and_are_not_the_same_each_time(tmp_path):
    path = animal_table(tmp_path / "a.csv")
    seen = []
    for seed in range(30):
        found = made(path, method="blocked", seed=seed)
        assert (found.how.table == 1).all()
        order = np.argsort([unit.log_volume for unit in found.entering.units])
        seen.append(found.arm[order])
    largest = [int(arms[-1]) for arms in seen]
    assert set(largest) == {0, 1, 2}  # serpentine would give the largest animal one arm for ever


def test_strata_are_spread_evenly(tmp_path):
    found = made(animal_table(tmp_path / "a.csv"), strata=("sex",))
    sexes = np.array([unit.stratum for unit in found.entering.units])
    for sex in ("f", "m"):
        counts = np.bincount(found.arm[sexes == sex], minlength=3)
        assert counts.max() - counts.min() <= 1


def test_unequal_arms(tmp_path):
    found = made(animal_table(tmp_path / "a.csv"), sizes=(12, 6, 6), method="blocked")
    assert np.bincount(found.arm).tolist() == [12, 6, 6]
    assert (found.how.table == [2, 1, 1]).all()


def test_cages_stay_together(tmp_path):
    found = made(animal_table(tmp_path / "a.csv", 36), by="cage", sizes=(3, 3, 3))
    arms = arms_of(found)
    for animal in read_animals(tmp_path / "a.csv").animals:
        mates = {arms[a.name] for a in read_animals(tmp_path / "a.csv").animals
                 if a.cage == animal.cage and a.name in arms}  # fmt: skip
        assert len(mates) == 1
    assert {unit.name for unit in found.entering.units} == {f"C{i}" for i in range(1, 10)}
    assert [row["units"] for row in balance_rows(found)] == [3, 3, 3]


def test_a_bound_that_leaves_too_few_allocations_is_said(tmp_path):
    path = animal_table(tmp_path / "a.csv")
    few = made(path, arms=("a", "b"), sizes=(3, 3))
    assert least_p(few)[0] > 0.05
    wide = made(path, arms=("a", "b"), sizes=(5, 5))
    assert least_p(wide)[0] <= 0.06
    many = made(path, arms=("a", "b"), sizes=(12, 12))
    assert least_p(many) == (None,)


def test_the_least_p_is_not_above_the_least_of_a_test(tmp_path):
    found = made(animal_table(tmp_path / "a.csv"), arms=("a", "b"), sizes=(5, 5))
    log = json.loads(allocation_files(found)[LOG])
    rng = np.random.default_rng(1)
    for _ in range(5):
        values = {name: float(rng.normal()) for name in arms_of(found)}
        assert retest(log, values)[0].result.smallest_p >= least_p(found)[0] - 1e-12


# ---- files


def test_same_seed_same_bytes_other_seed_other_arms(tmp_path):
    path = animal_table(tmp_path / "a.csv")
    one, other, third = (allocation_files(made(path, seed=seed)) for seed in (1, 1, 2))
    assert one == other
    assert one["design.csv"] != third["design.csv"]


def test_those_who_measure_do_not_learn_the_arms(tmp_path):
    found = made(animal_table(tmp_path / "a.csv"))
    files = {name: data.decode().splitlines() for name, data in allocation_files(found).items()}
    assert files["bench_codes.csv"][0] == "code,sample_id,cage"
    assert files["sealed_codes.csv"][0] == "code,arm"
    assert files["design.csv"][0] == "sample_id,unit_id,model,arm,cage,code"
    assert not any(arm in "\n".join(files["bench_codes.csv"]) for arm in ARMS)
    sealed = dict(line.split(",") for line in files["sealed_codes.csv"][1:])
    bench = {code: name for code, name, _ in (s.split(",") for s in files["bench_codes.csv"][1:])}
    assert {bench[code]: arm for code, arm in sealed.items()} == arms_of(found)
    assert list(bench) == sorted(bench)


def test_the_log_tells_the_draws(tmp_path):
    found = made(animal_table(tmp_path / "a.csv"))
    log = json.loads(allocation_files(found)[LOG])
    assert log["draws"]["rejected"] == log["draws"]["draws"] - 1 == found.drawn.rejected.size
    assert log["draws"]["imbalance"] <= log["procedure"]["bound"]
    assert log["draws"]["imbalance_unrestricted_median"] > log["procedure"]["bound"]
    assert log["software"]["exportin"]
    assert "p_value" not in json.dumps(log["balance"])
    assert "rerandomization, Morgan and Rubin 2012" in log["sentence"]


def test_an_allocation_is_not_written_over(tmp_path):
    files = allocation_files(made(animal_table(tmp_path / "a.csv")))
    write_allocation(files, tmp_path / "out")
    with pytest.raises(InputError, match="drawn once"):
        write_allocation(files, tmp_path / "out")


# ---- the test by the log


def test_values_by_animal_become_values_of_cages(tmp_path):
    found = made(animal_table(tmp_path / "a.csv", 36), by="cage", sizes=(3, 3, 3))
    log = json.loads(allocation_files(found)[LOG])
    arms = arms_of(found)
    values = {name: float(arm == "selinexor") for name, arm in arms.items()}
    dox, sel = retest(log, values)
    assert (dox.result.difference, sel.result.difference) == (0.0, 1.0)
    assert sel.units == (3, 3)
    assert sel.result.p_value == sel.result.smallest_p
    by_cage = {unit.name: float(k == 2)
               for unit, k in zip(found.entering.units, found.arm, strict=True)}  # fmt: skip
    assert retest(log, by_cage)[1].result == sel.result


def test_units_without_a_value_are_named(tmp_path):
    found = made(animal_table(tmp_path / "a.csv"))
    log = json.loads(allocation_files(found)[LOG])
    values = dict.fromkeys(arms_of(found), 1.0)
    gone = next(name for name, arm in arms_of(found).items() if arm == "selinexor")
    del values[gone]
    assert [one.missing for one in retest(log, values)] == [(), (gone,)]


@pytest.mark.parametrize("spoil", ["arm", "bound", "table", "text"])
def test_a_changed_log_is_refused(tmp_path, spoil):
    found = made(animal_table(tmp_path / "a.csv"))
    log = json.loads(allocation_files(found)[LOG])
    values = dict.fromkeys(arms_of(found), 1.0)
    if spoil == "arm":
        log["units"][0]["arm"] = next(a for a in ARMS if a != log["units"][0]["arm"])
    elif spoil == "bound":
        log["procedure"]["bound"] = log["draws"]["imbalance"] / 2
    elif spoil == "table":
        log["procedure"]["table"][0][0] += 1
    text = json.dumps(log)[:-200] if spoil == "text" else json.dumps(log)
    (tmp_path / LOG).write_text(text)
    with pytest.raises(InputError, match=r"cannot be tested|no log of an allocation"):
        retest(read_log(tmp_path), values)


def test_values_from_estimates_are_those_of_animals(tmp_path):
    path = tmp_path / "estimates.csv"
    path.write_text("id,unit_id,quantity,value\ne1,,rate,9\ne2,M1,rate,0.1\ne3,M1,other,5\n"
                    "e4,M2,rate,\ne5,M3,rate,0.3\n")  # fmt: skip
    assert read_values(path, "rate") == {"M1": 0.1, "M3": 0.3}
    with pytest.raises(InputError, match="Did you mean 'rate'"):
        read_values(path, "rates")
    path.write_text("animal,rate\nM1,1\nM1,2\n")
    with pytest.raises(InputError, match="two values"):
        read_values(path, "rate")


# ---- refusals of the list


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("animal,volume\nM1,100\n", "names no unit"),
        ("animal,weight_g\nM1,20\n", "there is no volume"),
        ("animal,volume_mm3\nM1,100\nM1,120\n", "second time"),
        ("animal,volume_mm3\n,100\nM2,120\n", "has no animal"),
        ("animal,volume_mm3\nM1,-3\nM2,120\n", "below zero"),
        ("animal,length_mm,width_mm\nM1,5,7\n", "larger than the length"),
        ("animal,volume_mm3\nM1,abc\nM2,120\n", "line 2, column 2"),
        ("animal,volume_mm3,weight_g\nM1,100,20\nM2,100,\n", "weight of 'M2' is empty"),
        ("animal,volume_mm3\nM1,100\n", "the arms need 2"),
        ("volume_mm3\n100\n", "There is no column 'animal'"),
        ("animal,volume_mm3\n", "no rows"),
        ("", "a.csv"),
    ],
)
def test_lists_are_refused_with_place_and_remedy(tmp_path, text, words):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        made(tmp_path / "a.csv", arms=("a", "b"), sizes=())
    assert words in str(caught.value)
    assert all(problem.remedy for problem in caught.value.problems)


def test_volumes_in_any_unit_are_one(tmp_path):
    rows = {"volume_mm3": "150", "tumor volume (cm3)": "0.15", "volume": "0.15"}
    for head, cell in rows.items():
        (tmp_path / "a.csv").write_text(f"mouse,{head}\nM1,{cell}\n")
        found = read_animals(tmp_path / "a.csv", unit="cm3").animals[0]
        assert found.volume_mm3 == pytest.approx(150.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"arms": "a"}, "names 1 arm"),
        ({"arms": "a,b,a"}, "names an arm twice"),
        ({"arms": "LP6,LP-6"}, "look like one arm"),
        ({"sizes": "8,x"}, "no list of sizes"),
        ({"sizes": "8,8,8"}, "3 sizes for 2 arms"),
        ({"method": "serpentine"}, "'serpentine' is unknown"),
        ({"volume": "200-80"}, "no range"),
        ({"bound": 1.0, "method": "blocked"}, "has no bound"),
        ({"accept": 1.5}, "no share"),
        ({"seed": -1}, "below zero"),
    ],
)
def test_options_are_refused(options, words):
    with pytest.raises(InputError, match=words):
        make_wish(**{"arms": "a,b", "seed": 1} | options)


def test_a_bound_nobody_reaches_names_one_that_can_be(tmp_path):
    path = animal_table(tmp_path / "a.csv")
    with pytest.raises(InputError, match=r"Write --bound \d"):
        made(path, arms=("a", "b"), sizes=(4, 4), bound=1e-9)


def test_weights_may_be_absent(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("animal,volume_mm3\n" + "".join(f"M{i},{100 + 7 * i}\n" for i in range(12)))
    found = made(path, arms=("a", "b"), sizes=())
    assert found.covariates == ("ln_volume",)
    assert "weight" not in imbalances(found)
    assert replace(found.wish).by == "animal"
