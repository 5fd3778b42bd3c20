"""GR values by hand, at their limits, against R, and whatever the division time."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.curves.dose_response import fit_curve
from exportin.kernels.growth_rate import (
    area_over_gr_curve,
    at_limit,
    control_doublings,
    division_doublings,
    gr_at_highest_dose,
    gr_values,
    reference_wells,
)

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "growth_rate"
DOSE = np.repeat(4000.0 / 2.5 ** np.arange(10.0), 3)


def by_definition(x, zero, control):
    """The formula of the paper, from counts."""
    return 2 ** (np.log2(x / zero) / np.log2(control / zero)) - 1


# ---- by hand


@pytest.mark.parametrize(
    ("treated", "expected"),
    [
        (8000.0, 1.0),  # grew as the control
        (1000.0, 0.0),  # as many cells as at the start
        (2000.0, 2 ** (1 / 3) - 1),  # one doubling of three
        (500.0, 2 ** (-1 / 3) - 1),  # half of the cells lost
        (16000.0, 2 ** (4 / 3) - 1),  # grew faster than the control
        (0.0, -1.0),
    ],
)
def test_hand_made_counts(treated, expected):
    k = control_doublings(8000.0, 1000.0)
    assert k == 3.0
    found = gr_values(np.array([treated / 8000.0]), np.array([k]))
    assert found == pytest.approx(expected, rel=1e-14, abs=1e-14)


@settings(max_examples=200, deadline=None)
@given(
    zero=st.floats(1.0, 1e6),
    doublings=st.floats(0.05, 9.0),
    relative=st.floats(1e-6, 3.0),
)
def test_relative_form_is_the_definition(zero, doublings, relative):
    control = zero * 2**doublings
    k = control_doublings(control, zero)
    found = gr_values(np.array([relative]), np.array([k]))[0]
    assert found == pytest.approx(
        by_definition(relative * control, zero, control), rel=1e-9, abs=1e-8
    )


def test_two_ways_to_the_doublings_agree():
    assert division_doublings(72.0, 36.0) == control_doublings(4000.0, 1000.0)


def test_each_well_has_the_doublings_of_its_plate():
    found = gr_values(np.array([0.5, 0.5]), np.array([1.0, 2.0]))
    assert found == pytest.approx([0.0, 2**0.5 - 1])


# ---- limits, said and not hidden


def test_towards_the_blank_gr_goes_to_minus_one_and_stays_there():
    relative = np.array([1e-3, 1e-9, 1e-300, 0.0, -1e-300, -0.05, -5.0])
    found = gr_values(relative, np.full(relative.size, 2.0))
    assert (np.diff(found) <= 0).all()
    assert found[3:].tolist() == [-1.0] * 4
    assert at_limit(relative).tolist() == [False] * 3 + [True] * 4


@pytest.mark.parametrize("zero", [0.0, -3.0, float("nan")])
def test_no_cells_at_the_start_is_refused(zero):
    with pytest.raises(ValueError, match="time-zero signal above zero"):
        control_doublings(100.0, zero)


@pytest.mark.parametrize("control", [1000.0, 900.0, -5.0, float("nan")])
def test_control_that_did_not_grow_is_refused(control):
    with pytest.raises(ValueError, match="did not grow"):
        control_doublings(control, 1000.0)


@pytest.mark.parametrize(("duration", "division"), [(0.0, 24.0), (72.0, 0.0), (72.0, -1.0)])
def test_hours_must_be_above_zero(duration, division):
    with pytest.raises(ValueError, match="hours above zero"):
        division_doublings(duration, division)


@pytest.mark.parametrize(
    ("relative", "doublings", "said"),
    [(0.5, 0.0, "above zero"), (0.5, -1.0, "above zero"), (np.nan, 1.0, "finite"),
     (0.5, np.inf, "finite")],
)  # fmt: skip
def test_what_cannot_be_transformed_is_refused(relative, doublings, said):
    with pytest.raises(ValueError, match=said):
        gr_values(np.array([0.2, relative]), np.array([1.0, doublings]))


# ---- area and highest dose


def test_area_over_the_curve_by_hand():
    dose = np.array([100.0, 1.0, 10.0, 10.0])  # any order; replicates count once per dose
    gr = np.array([-1.0, 1.0, 0.2, 0.4])
    by_hand = (0.5 * (0.0 + 0.7) + 0.5 * (0.7 + 2.0)) / 2.0
    assert area_over_gr_curve(dose, gr) == pytest.approx(by_hand, rel=1e-14)
    assert area_over_gr_curve(DOSE, np.ones(30)) == 0.0
    assert area_over_gr_curve(DOSE, np.zeros(30)) == pytest.approx(1.0)
    assert area_over_gr_curve(DOSE, -np.ones(30)) == pytest.approx(2.0)


def test_area_does_not_depend_on_the_unit_of_dose():
    gr = np.random.default_rng(4).uniform(-1, 1, 30)
    assert area_over_gr_curve(DOSE / 1e9, gr) == pytest.approx(area_over_gr_curve(DOSE, gr))


@pytest.mark.parametrize("dose", [[5.0, 5.0], [0.0, 5.0]])
def test_area_needs_two_doses_above_zero(dose):
    with pytest.raises(ValueError, match="two or more distinct doses"):
        area_over_gr_curve(np.array(dose), np.array([1.0, 0.5]))


def test_highest_dose_only():
    assert gr_at_highest_dose(np.array([9.0, 10.0, 10.0]), np.array([-0.9, 0.1, 0.3])) == 0.2


# ---- how well the level is known


def test_error_of_the_level_matches_simulation():
    """SD of GR at a well of true GR 0.5 that comes from the means of vehicle and time zero."""
    rng, n_vehicle, n_zero, cv, n = np.random.default_rng(5), 12, 6, 0.05, 20_000
    control = 3000.0 * (1 + cv / n_vehicle**0.5 * rng.normal(size=n))
    zero = 1000.0 * (1 + cv / n_zero**0.5 * rng.normal(size=n))
    truth = 1000.0 * 1.5 ** np.log2(3.0)
    from_means = np.std(by_definition(truth, zero, control))
    wells = truth * (1 + cv * rng.normal(size=n))
    of_one_well = np.std(by_definition(wells, 1000.0, 3000.0))
    expected = 0.5 * of_one_well / reference_wells(0.5, float(n_vehicle), float(n_zero)) ** 0.5
    assert from_means == pytest.approx(expected, rel=0.03)


def test_an_exact_start_leaves_the_error_of_the_vehicle():
    share = np.log2(1.5)
    assert reference_wells(0.5, 16.0, float("inf")) == pytest.approx(0.25 * 16 / share**2)


# ---- against R, and what must not matter


def cases():
    with (REFERENCE / "cases.csv").open() as file:
        found = defaultdict(list)
        for row in csv.DictReader(file):
            number = (row["role"], float(row["dose_nm"]), float(row["signal_less_blank"]))
            found[row["case"]].append(number)
    return found


def expected(case):
    with (REFERENCE / "expected.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["case"] == case]
    return {row["quantity"]: float(row["value"]) for row in rows}


@pytest.mark.parametrize("case", sorted(cases()))
def test_against_base_r(case):
    """Signals to GR50 as R does it; 1e-3 is the promise, 1e-6 what optimizers agree to."""
    wells, golden = cases()[case], expected(case)
    zero = float(np.mean([s for role, _, s in wells if role == "time_zero"]))
    control = float(np.mean([s for role, _, s in wells if role == "vehicle"]))
    dose, signal = np.array([(d, s) for role, d, s in wells if role == "treated"]).T
    k = control_doublings(control, zero)
    gr = gr_values(signal / control, np.full(dose.size, k))
    found = fit_curve(dose, gr, level=0.5, n_reference=20.0, conf_level=0.95, seed=1)
    assert k == pytest.approx(golden["doublings"], rel=1e-12)
    assert gr[[0, -1]] == pytest.approx([golden["gr_first"], golden["gr_last"]], abs=1e-12)
    assert at_limit(signal).sum() == golden["below_blank"]
    assert gr_at_highest_dose(dose, gr) == pytest.approx(golden["gr_max"], abs=1e-12)
    assert area_over_gr_curve(dose, gr) == pytest.approx(golden["gr_aoc"], abs=1e-12)
    assert found.fit.rss == pytest.approx(golden["rss"], rel=1e-9)
    assert found.absolute.value == pytest.approx(golden["gr50"], rel=1e-5)
    assert found.ec50.value == pytest.approx(golden["gec50"], rel=1e-4)
    assert found.fit.hill == pytest.approx(golden["gr_hill"], rel=1e-4)
    assert found.fit.bottom == pytest.approx(golden["gr_bottom"], abs=1e-4)


def test_reference_holds_wells_below_the_blank():
    assert expected("below_blank")["below_blank"] > 0


@pytest.mark.parametrize("doublings", [0.5, 0.8, 1.0, 3.0, 6.0])
@pytest.mark.parametrize("gr_inf", [-0.4, 0.2])
def test_division_time_does_not_matter(doublings, gr_inf):
    """The same drug effect per division gives the same curve, in slow lines and in fast ones."""
    gr = gr_inf + (1 - gr_inf) / (1 + (DOSE / 90.0) ** 1.2)
    relative = ((gr + 1) / 2) ** doublings
    again = gr_values(relative, np.full(DOSE.size, doublings))
    found = fit_curve(DOSE, again, level=0.5, n_reference=12.0, conf_level=0.95, seed=1)
    truth = 90.0 * (0.5 / (0.5 - gr_inf)) ** (1 / 1.2)
    assert found.absolute.value == pytest.approx(truth, rel=1e-6)
    assert found.fit.bottom == pytest.approx(gr_inf, abs=1e-6)
    assert area_over_gr_curve(DOSE, again) == pytest.approx(area_over_gr_curve(DOSE, gr))
