"""Growth rates of arms: real tumors, forms and periods, open intervals, and R remaking a row."""

import csv
import json
import math
import shutil
import subprocess

import numpy as np
import pytest
from scipy import stats

from exportin.inference.cage_tests import METHODS as CAGES
from exportin.inference.mixed_growth import fit_growth
from exportin.inference.mixed_methods import METHODS
from exportin.inference.mixed_model import contrast, contrasts, f_test, fit_model
from exportin.inference.mixed_ratio import doubling_time, fieller
from exportin.inference.mixed_rscript import growth_r_script
from exportin.inference.mixed_slopes import (
    arm_slopes,
    fitted_curves,
    growth_inhibition,
    mean_volumes,
    slope_contrasts,
    slopes_differ,
)

SETS = ("LS_1034", "SNU-81", "SW837")


def tumors(folder, name):
    with (folder / "vivo" / f"{name}.csv").open() as handle:
        head, *body = list(csv.reader(handle))
    rows = [
        (math.log(float(v)), float(d), row[1], row[0])
        for row in body
        for d, v in zip(head[2:], row[2:], strict=True)
        if v and float(v) > 0
    ]
    y, day, animal, arm = zip(*rows, strict=True)
    return np.array(y), np.array(day), animal, arm


def study(seed, *, arms=("vehicle", "drug", "both"), rates=(0.1, 0.06, 0.0), animals=5,
          days=(0.0, 4.0, 8.0, 12.0, 16.0, 20.0), knot=None, back=0.0, noise=0.12):  # fmt: skip
    rng = np.random.default_rng(seed)
    rows = []
    for arm, rate in zip(arms, rates, strict=True):
        for k in range(animals):
            level, own = rng.normal(0, 0.25), rate + rng.normal(0, 0.015)
            for d in days:
                rise = own * d
                if knot is not None and d > knot:
                    rise = own * knot + (own + back) * (d - knot)
                rows.append((5 + level + rise + rng.normal(0, noise), d, f"{k}", arm))
    y, day, animal, arm = zip(*rows, strict=True)
    return np.array(y), np.array(day), animal, arm


@pytest.mark.parametrize("name", SETS)
def test_reference_form_gives_the_slopes_of_lme4(realdata, name):
    want = json.loads((realdata / "vivo" / f"{name}_reference.json").read_text())
    fit = fit_growth(*tumors(realdata, name), control="Vehicle", form="reference",
                     df="satterthwaite")  # fmt: skip
    assert fit.fit.estimate.log_likelihood == pytest.approx(want["lmm"]["logLik"], abs=1e-4)
    assert fit.n_animals == want["n_animals"]
    for one in arm_slopes(fit):
        said = want["slopes"][one.arm]
        assert one.slope == pytest.approx(said["slope_per_day"], rel=1e-6)
        assert one.std_error == pytest.approx(said["se"], rel=2e-5)
        if fit.status == "ok":
            assert one.df == pytest.approx(said["df"], rel=1e-3)
            assert (one.low, one.high) == pytest.approx((said["lo95"], said["hi95"]), rel=1e-4)
        if one.doubling.open == "none":
            both = (one.doubling.value, one.doubling.high)
            assert both[0] == pytest.approx(said["doubling_days"], rel=1e-5)
            if fit.status == "ok":
                assert both[1] == pytest.approx(said["doubling_hi"], rel=1e-4)
        assert one.doubling.value is None or one.doubling.value > 0


@pytest.mark.parametrize("name", SETS)
def test_combination_on_growth_rates_is_that_of_lme4(realdata, name):
    want = json.loads((realdata / "vivo" / f"{name}_reference.json").read_text())
    fit = fit_growth(*tumors(realdata, name), control="Vehicle", form="reference")
    both = next(a for a in fit.arms if "+" in a)
    row = sum(
        sign * fit.design.slope_row(arm, "whole")
        for arm, sign in ((both, 1), ("Irinotecan", -1), ("Rabusertib", -1), ("Vehicle", 1))
    )
    found = contrast(fit.fit, row)
    said = want["bliss_slope_contrast"]
    assert found.effect == pytest.approx(said["est"], rel=1e-6)
    assert found.df == pytest.approx(said["df_KR"], rel=1e-4)
    assert found.p_value == pytest.approx(said["p_KR"], rel=1e-3)
    assert bool(found.df_reason) == (fit.status == "singular")


def test_own_baseline_is_the_reference_form_in_other_columns():
    data = study(1)
    one = fit_growth(*data, control="vehicle", form="reference")
    two = fit_growth(*data, control="vehicle", form="own_baseline")
    for a, b in zip(arm_slopes(one), arm_slopes(two), strict=True):
        assert (a.slope, a.std_error, a.df) == pytest.approx((b.slope, b.std_error, b.df), rel=1e-6)
    a, b = slopes_differ(one), slopes_differ(two)
    assert (a.f, a.df2, a.p_value) == pytest.approx((b.f, b.df2, b.p_value), rel=1e-5)


def test_arms_share_the_mean_of_the_baseline_day():
    fit = fit_growth(*study(2), control="vehicle")
    assert fit.design.columns[0] == "(Intercept)"
    assert len({one.mean for one in mean_volumes(fit, [0.0])}) == 1
    assert fit.arms == ("vehicle", "both", "drug")


def test_few_animals_that_seem_correlated_get_a_baseline_of_their_own():
    rng = np.random.default_rng(3)
    day = np.tile([0.0, 5.0, 10.0, 15.0], 6)
    animal = np.repeat(np.arange(6), 4)
    level = rng.normal(0, 0.4, 6)
    y = 5 + level[animal] + (0.1 + 0.05 * level[animal]) * day + rng.normal(0, 0.05, 24)
    fit = fit_growth(y, day, animal, np.where(animal < 3, "v", "t"), control="v")
    assert fit.design.form == "own_baseline"
    assert any("do not share a baseline" in note for note in fit.notes)


def test_satterthwaite_with_a_shared_baseline_is_warned_of():
    fit = fit_growth(*study(2), control="vehicle", df="satterthwaite")
    assert any("too often" in note for note in fit.notes)
    assert not fit_growth(*study(2), control="vehicle").notes


def test_slopes_before_and_after_the_last_dose():
    data = study(4, knot=10.0, back=0.08, days=tuple(np.arange(0.0, 22.0, 2.0)), noise=0.05)
    fit = fit_growth(*data, control="vehicle", last_dose_day=10.0)
    assert fit.estimands["dosed"].endswith("while dosed, day 0 to day 10")
    rate = {(one.phase, one.arm): one.slope for one in arm_slopes(fit)}
    for arm, truth in (("vehicle", 0.1), ("drug", 0.06), ("both", 0.0)):
        assert rate["dosed", arm] == pytest.approx(truth, abs=0.025)
        assert rate["after", arm] - rate["dosed", arm] == pytest.approx(0.08, abs=0.02)
    curve = {round(one.day, 6): one.mean for one in fitted_curves(fit)["drug"]}
    steps = [math.log(curve[10.0] / curve[0.0]) / 10, math.log(curve[20.0] / curve[10.0]) / 10]
    assert steps == pytest.approx([rate["dosed", "drug"], rate["after", "drug"]], rel=1e-9)


def test_an_arm_that_was_not_seen_after_the_last_dose_has_no_rate_there():
    y, day, animal, arm = study(5, days=tuple(np.arange(0.0, 22.0, 2.0)))
    keep = [not (a == "vehicle" and d > 10) for a, d in zip(arm, day, strict=True)]
    cut = [np.array(v)[keep] for v in (y, day, animal, arm)]
    fit = fit_growth(*cut, control="vehicle", last_dose_day=10.0)
    found = {(one.phase, one.arm): one for one in arm_slopes(fit)}
    assert found["after", "vehicle"].status == "not_estimable"
    assert found["after", "drug"].status == "ok"
    assert growth_inhibition(fit, phase="after")[0].status == "not_estimable"
    assert slope_contrasts(fit, phase="after")[0].status == "not_estimable"
    assert slope_contrasts(fit, phase="dosed")[0].status == "ok"
    late = next(one for one in mean_volumes(fit, [20.0]) if one.arm == "vehicle")
    assert (late.status, late.mean, late.extrapolated) == ("not_estimable", None, True)


# ---- what the design cannot carry


def test_two_visits_leave_a_random_intercept():
    fit = fit_growth(*study(6, days=(0.0, 10.0)), control="vehicle")
    assert fit.random == "random intercept per animal"
    assert any("do not carry a slope" in note for note in fit.notes)
    assert arm_slopes(fit)[0].status == "ok"


def test_one_animal_an_arm_is_not_estimable():
    fit = fit_growth(*study(7, animals=1), control="vehicle", form="own_baseline")
    assert fit.status == "not_estimable"
    assert "does not separate" in fit.message
    assert all(one.slope is None and one.message for one in arm_slopes(fit))
    assert all(one.value is None for one in growth_inhibition(fit))
    assert slopes_differ(fit).status == "not_estimable"


def test_one_visit_an_animal_is_least_squares():
    rng = np.random.default_rng(8)
    day = np.tile([0.0, 5.0, 10.0], 8)
    y = 5 + 0.1 * day + rng.normal(0, 0.2, 24)
    fit = fit_growth(y, day, np.arange(24), ["v", "t"] * 12, control="v")
    assert fit.random == "no random effects (one visit per animal)"
    assert arm_slopes(fit)[0].df == pytest.approx(21.0)


def test_cages_that_cannot_be_told_from_animals_or_arms_are_named():
    y, day, animal, arm = study(9)
    own = [f"{a}{k}" for a, k in zip(arm, animal, strict=True)]
    notes = fit_growth(y, day, animal, arm, control="vehicle", cage=own).notes
    assert any("cage of its own" in note for note in notes)
    fit = fit_growth(y, day, animal, arm, control="vehicle", cage=arm, form="own_baseline")
    assert any("cannot be told" in note for note in fit.notes)
    pairs = [f"{a}{int(k) // 2}" for a, k in zip(arm, animal, strict=True)]
    fit = fit_growth(y, day, animal, arm, control="vehicle", cage=pairs, form="own_baseline")
    assert fit.fit.estimate.cage_variance is not None
    assert not fit.notes


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"control": "placebo"}, "no arm 'placebo'; there are both, drug, vehicle"),
        ({"baseline_day": 4.0}, "before the baseline day 4"),
        ({"last_dose_day": 0.0}, "must lie after"),
        ({"last_dose_day": 9.0, "form": "reference"}, "own_baseline"),
    ],
)
def test_bad_questions_say_what_to_write(change, words):
    with pytest.raises(ValueError, match=words):
        fit_growth(*study(10), **{"control": "vehicle"} | change)


def test_a_zero_volume_is_refused():
    y, day, animal, arm = study(10)
    y[3] = -np.inf
    with pytest.raises(ValueError, match="infinite"):
        fit_growth(y, day, animal, arm, control="vehicle")


# ---- contrasts


def test_families_of_contrasts():
    fit = fit_growth(*study(11), control="vehicle")
    plain = slope_contrasts(fit, adjust="none")
    holm = slope_contrasts(fit, adjust="holm")
    dunnett = slope_contrasts(fit, adjust="dunnett")
    for a, b, c in zip(plain, holm, dunnett, strict=True):
        assert a.p_value == b.p_value == c.p_value
        assert a.p_value <= b.p_adjusted
        assert a.p_value < c.p_adjusted < 2 * a.p_value + 1e-9
        assert c.conf_low < a.conf_low < a.conf_high < c.conf_high
        assert (c.conf_simultaneous, c.method) == (True, "mixed_dunnett")
    assert len(slope_contrasts(fit, "all")) == 3
    assert slope_contrasts(fit, [("drug", "both")])[0].label == "drug - both"


def test_dunnett_of_independent_animals_is_that_of_means():
    from exportin.inference.multiple import dunnett

    rng = np.random.default_rng(12)
    group = np.repeat([0, 1, 2, 3], 6)
    y = rng.normal(0, 1, 24) + 0.5 * group
    fit = fit_model(y, np.eye(4)[group], np.arange(24))
    rows = np.column_stack([-np.ones(3), np.eye(3)])
    for found, want in zip(contrasts(fit, rows, adjust="dunnett"), dunnett(y, group, 0),
                           strict=True):  # fmt: skip
        assert found.p_adjusted == pytest.approx(want.p_adjusted, rel=1e-8)
        assert (found.conf_low, found.conf_high) == pytest.approx(
            (want.conf_low, want.conf_high), rel=1e-9
        )
    want = stats.f_oneway(*(y[group == k] for k in range(4)))
    found = f_test(fit, np.vstack([rows, rows[0] - rows[1]]))  # the last row follows from others
    assert (found.f, found.p_value, found.df1) == pytest.approx((*want, 3), rel=1e-8)


def test_singular_fits_quote_the_smaller_df(realdata):
    data = tumors(realdata, "LS_1034")
    fit = fit_growth(*data, control="Vehicle", form="reference")
    assert fit.fit.estimate.boundary == ("correlation of intercept and slope is 1",)
    one = slope_contrasts(fit, adjust="none")[0]
    assert one.df_method == "kenward_roger"
    assert one.df_reason.startswith("Smaller of Kenward-Roger 158.9, Satterthwaite 189.1")


def test_maximum_likelihood_has_no_tests():
    y, day, animal, _ = study(13, arms=("v",), rates=(0.1,))
    x = np.column_stack([np.ones(y.size), day])
    fit = fit_model(y, x, animal, z=x, reml=False)
    assert contrast(fit, [0.0, 1.0]).message.startswith("Tests need a fit by REML")


# ---- ratios


@pytest.mark.parametrize("slope", [-0.2, -0.01, 0.0, 0.01, 0.2])
@pytest.mark.parametrize("half", [0.005, 0.05, 0.5])
def test_doubling_time_never_changes_sign(slope, half):
    found = doubling_time(slope, slope - half, slope + half)
    for value in (found.value, found.low, found.high):
        assert value is None or value > 0
    assert (found.high is None) == (slope - half <= 0)
    if found.value is not None:
        assert found.low <= found.value <= (found.high or math.inf)


def test_fieller_holds_the_ratios_that_t_does_not_reject():
    v, t = (0.02, 0.005, 0.01), 2.3
    low, high = fieller(1.0, 1.5, v, t)
    for ratio in (low, high):
        gap = (1.0 - ratio * 1.5) ** 2
        assert gap == pytest.approx(t**2 * (v[0] - 2 * ratio * v[1] + ratio**2 * v[2]), rel=1e-9)
    assert low < 1 / 1.5 < high


def test_inhibition_is_open_where_the_control_may_not_grow():
    slow = fit_growth(*study(14, rates=(0.004, 0.0, 0.0), noise=0.4), control="vehicle")
    for one in growth_inhibition(slow):
        assert one.status in ("unbounded", "control_not_growing")
        assert (one.low, one.high, one.open) == (None, None, "both")
    sure = growth_inhibition(fit_growth(*study(15), control="vehicle"))
    assert all(one.low < one.value < one.high for one in sure)


CAGE_METHODS = {method.name for method in CAGES}


def test_every_method_name_has_a_sentence():
    names = {method.name for method in METHODS}
    fit = fit_growth(*study(16), control="vehicle")
    used = {fit.method, arm_slopes(fit)[0].method, slopes_differ(fit).method,
            growth_inhibition(fit)[0].method, mean_volumes(fit, [1.0])[0].method,
            *(one.method for one in slope_contrasts(fit, adjust="dunnett")),
            *(one.method for one in slope_contrasts(fit))}  # fmt: skip
    own = fit_growth(*study(16), control="vehicle", form="own_baseline")
    used |= {*fit.method_names, *own.method_names, "animal_slope"}
    assert used | CAGE_METHODS == names  # those of cages are asked for by their own tests


# ---- R


def r_packages():
    if shutil.which("Rscript") is None:
        return "Rscript is not on PATH"
    ask = "for (p in c('lmerTest', 'pbkrtest', 'nlme')) library(p, character.only = TRUE)"
    done = subprocess.run(["Rscript", "-e", ask], capture_output=True, check=False)
    return "" if done.returncode == 0 else "the R packages lmerTest, pbkrtest, nlme are not there"


def test_r_gives_the_same_contrast(tmp_path):
    why = r_packages()
    if why:
        pytest.skip(why)
    y, day, animal, arm = study(17)
    cage = [f"{a}{int(k) % 3}" for a, k in zip(arm, animal, strict=True)]
    knotted = study(18, knot=10.0, days=tuple(np.arange(0.0, 22.0, 2.0)))
    flat = study(2, rates=(0.1, 0.1, 0.1), days=(0.0, 5.0, 10.0), noise=0.5)
    fits = {
        "shared": fit_growth(y, day, animal, arm, control="vehicle"),
        "reference": fit_growth(y, day, animal, arm, control="vehicle", form="reference",
                                df="satterthwaite"),
        "cages": fit_growth(y, day, animal, arm, control="vehicle", cage=cage),
        "knot": fit_growth(*knotted, control="vehicle", last_dose_day=10.0),
        "singular": fit_growth(*flat, control="vehicle", form="own_baseline"),
        "variances": fit_growth(y, day, animal, arm, control="vehicle", variances="by_arm"),
        "serial": fit_growth(y, day, animal, arm, control="vehicle", serial=True),
    }  # fmt: skip
    pair = ("drug", "vehicle")
    rows = [(name, fit, slope_contrasts(fit, [pair], adjust="none")[0])
            for name, fit in fits.items()]  # fmt: skip
    assert fits["singular"].status == "singular"
    script = tmp_path / "all.R"
    script.write_text("\n".join(
        f"local({{\n{growth_r_script(fit, one, pair)}\n}})\ncat('next\\n')" for _, fit, one in rows
    ))  # fmt: skip
    done = subprocess.run(["Rscript", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    parts = done.stdout.split("next\n")[:-1]
    assert len(parts) == len(rows)
    for (name, _, one), part in zip(rows, parts, strict=True):
        said = {line.split()[0]: float(line.split()[1]) for line in part.splitlines() if line}
        print(name, said, one.effect, one.p_value)
        assert said["effect"] == pytest.approx(one.effect, rel=1e-4, abs=1e-8), name
        if "p" in said:
            assert said["df"] == pytest.approx(one.df, rel=2e-3), name
            assert said["p"] == pytest.approx(one.p_value, rel=5e-3), name
