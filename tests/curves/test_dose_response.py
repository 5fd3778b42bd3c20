"""One curve: every answer an estimate, a bound or a reason, on cases small enough to see."""

import numpy as np
import pytest

from exportin.curves.dose_response import fit_curve

DOSE = np.repeat(np.geomspace(1.0, 1000.0, 7), 3)
WIGGLE = np.tile([0.02, 0.0, -0.02], 7)


def answer(height, dose=DOSE, wiggle=WIGGLE):
    y = height(dose) + wiggle
    return fit_curve(dose, y, level=0.5, n_reference=16.0, conf_level=0.95, seed=1)


def hill(ec50, bottom=0.0, slope=1.0):
    return lambda x: bottom + (1 - bottom) / (1 + (x / ec50) ** slope)


def test_full_curve_gives_both_potencies():
    found = answer(hill(30.0, bottom=0.2, slope=1.5))
    assert found.ec50.bound == found.absolute.bound == "="
    assert found.ec50.value == pytest.approx(30.0, rel=0.05)
    assert found.absolute.value == pytest.approx(30.0 * (0.5 / 0.3) ** (1 / 1.5), rel=0.05)
    assert found.ec50.low < found.ec50.value < found.ec50.high


def test_level_not_reached_is_the_highest_dose_and_never_an_extrapolation():
    found = answer(hill(3000.0))
    assert (found.absolute.bound, found.absolute.value) == (">", DOSE.max())
    assert found.absolute.high is None


def test_level_passed_before_the_lowest_dose():
    found = answer(hill(0.05))
    assert (found.absolute.bound, found.absolute.value) == ("<", DOSE.min())


def test_plateau_above_half_has_an_ec50_and_no_ic50():
    found = answer(hill(30.0, bottom=0.7, slope=1.5))
    assert found.ec50.bound == "="
    assert (found.absolute.bound, found.absolute.value) == (">", DOSE.max())


def test_flat_curve_has_no_ec50_at_all():
    found = answer(np.ones_like)
    assert (found.ec50.value, found.ec50.status) == (None, "no_response")
    assert (found.absolute.bound, found.absolute.status) == (">", "no_response")


def test_midpoint_beyond_the_doses_is_known_only_from_its_near_limit():
    """The upper half of a curve: nothing beyond 1000 was tested."""
    found = answer(hill(5000.0, slope=1.0), wiggle=np.tile([0.004, 0.0, -0.004], 7))
    assert found.ec50.bound in ("=", ">")
    assert found.ec50.conf_open in ("high", "both")
    assert found.ec50.value is None or found.ec50.value <= DOSE.max()


def test_three_doses_are_too_few():
    dose = np.repeat([1.0, 10.0, 100.0], 3)
    found = answer(hill(10.0), dose=dose, wiggle=np.tile([0.02, 0.0, -0.02], 3))
    assert found.ec50.status == found.absolute.status == "too_few"
