"""Singlets: simulated pulses of known doublets, and what is said where nothing can be told."""

import numpy as np
import pytest
from tests.events.tubes_by_hand import tube

from exportin.events.settings import SingletSettings
from exportin.events.singlets import compare_doublets, find_singlets
from exportin.events.tubes import Tube
from exportin.tables.problems import InputError


def pulses(part: float, n: int = 20_000, seed: int = 1) -> tuple[Tube, np.ndarray]:
    """G1 and G2 cells; doublets have the area of both cells and the height of one."""
    rng = np.random.default_rng(seed)
    doublet = rng.uniform(size=n) < part

    def cells() -> np.ndarray:
        return np.where(rng.uniform(size=n) < 0.7, 1.0, 2.0) * rng.normal(5e4, 1500, n)

    first, second = cells(), cells()
    area = first + np.where(doublet, second, 0)
    height = np.maximum(first, np.where(doublet, second, 0)) * rng.normal(1, 0.02, n)
    width = 1e3 * area / height * rng.normal(1, 0.02, n)
    return tube({"FL2-A": area, "FL2-H": height, "FL2-W": width}), doublet


@pytest.mark.parametrize("against", ["height", "width"])
@pytest.mark.parametrize("part", [0.0, 0.05, 0.15])
def test_doublets_of_known_number(part: float, against: str) -> None:
    made, doublet = pulses(part)
    asked = SingletSettings.model_validate({"against": against})
    found = find_singlets(made, "FL2-A", asked)
    assert found.status == "ok"
    assert found.doublets is not None
    assert found.low is not None
    assert found.high is not None
    assert found.doublets == pytest.approx(doublet.mean(), abs=0.002)
    assert found.low <= found.doublets <= found.high
    assert found.mask[~doublet].mean() > 0.998
    assert found.mask[doublet].sum() <= 0.01 * max(doublet.sum(), 1)


def test_height_goes_before_width_and_names_are_found() -> None:
    made, _ = pulses(0.1)
    found = find_singlets(made, "fl2a")
    assert (found.area, found.against) == ("FL2-A", "FL2-H")
    assert "FL2-A / FL2-H within" in found.sentence


@pytest.mark.parametrize("against", ["height", "width"])
def test_large_nuclei_stay_in_and_the_border_follows_them(against: str) -> None:
    """G2 nuclei pass the beam 1.2 times as long: one center for all would leave them out."""
    rng = np.random.default_rng(31)
    g2 = rng.uniform(size=8000) < 0.2
    area = np.where(g2, 2.0, 1.0) * rng.normal(5e4, 2e3, 8000)
    wide = np.where(g2, 1.2, 1.0) * rng.normal(1, 0.02, 8000)
    made = tube({"FL2-A": area, "FL2-H": area / wide, "FL2-W": 1e3 * wide})
    found = find_singlets(made, "FL2-A", SingletSettings.model_validate({"against": against}))
    assert found.mask[g2].mean() > 0.99
    assert found.above == pytest.approx(0.2, abs=0.02)
    assert found.at == pytest.approx(5e4, rel=0.03)
    low, high = (found.border(area, side, 3.5) for side in (-1.0, 1.0))
    ratio = 1e3 * wide if against == "width" else wide
    within = (low <= ratio) & (ratio <= high)
    assert np.mean(found.mask != within) < 1e-3  # values of the file are rounded to 32 bits
    assert "higher at twice that" in found.sentence


def test_events_that_do_not_count_are_in_no_mask() -> None:
    made, _ = pulses(0.1)
    keep = np.arange(20_000) < 4000
    found = find_singlets(made, "FL2-A", keep=keep)
    assert found.n_events == 4000
    assert not found.mask[4000:].any()


def test_without_height_and_width_it_says_so() -> None:
    made = tube({"FL2-A": np.arange(1.0, 1001.0), "FL1-H": np.arange(1000.0)})
    found = find_singlets(made, "FL2-A")
    assert found.status == "not_possible"
    assert found.doublets is None
    assert found.mask.all()
    assert "neither height nor width of 'FL2-A'" in found.sentence
    assert compare_doublets(found, 0.05, 0.04, 0.06) is None
    with pytest.raises(ValueError, match="no ridge"):
        found.border(np.ones(2), 1.0, 3.5)
    with pytest.raises(InputError, match="no width channel that belongs to 'FL2-A'"):
        find_singlets(made, "FL2-A", SingletSettings(against="width"))


@pytest.mark.parametrize(
    ("area", "height", "said"),
    [
        (np.full(1000, 262143.0), np.arange(1000.0), "off scale in 'FL2-A'"),
        (np.arange(1.0, 101.0), np.arange(1.0, 101.0), "there are 100 events, 200 are needed"),
        (np.arange(1.0, 1001.0), np.arange(1.0, 1001.0), "have the same FL2-A / FL2-H"),
        (np.arange(1.0, 1001.0), np.zeros(1000), "above zero in 0 events only"),
    ],
)
def test_where_nothing_can_be_told(area: np.ndarray, height: np.ndarray, said: str) -> None:
    found = find_singlets(tube({"FL2-A": area, "FL2-H": height}), "FL2-A")
    assert found.status == "not_possible"
    assert said in found.sentence


def test_gate_against_aggregates() -> None:
    made, doublet = pulses(0.05)
    found = find_singlets(made, "FL2-A")
    same = compare_doublets(found, float(doublet.mean()), 0.045, 0.055)
    assert same is not None
    assert same.agree
    other = compare_doublets(found, 0.12, 0.11, 0.13)
    assert other is not None
    assert not other.agree
    assert other.difference == pytest.approx(doublet.mean() - 0.12, abs=0.002)
    assert other.low < other.difference < other.high
    assert "do not agree" in other.sentence


def test_the_interval_of_the_difference_by_hand() -> None:
    """MOVER: lower = d - sqrt((p1 - l1)^2 + (u2 - p2)^2)."""
    found = find_singlets(pulses(0.05)[0], "FL2-A")
    assert found.doublets is not None
    assert found.low is not None
    made = compare_doublets(found, 0.04, 0.03, 0.06)
    assert made is not None
    down = np.hypot(found.doublets - found.low, 0.02)
    assert made.low == pytest.approx(found.doublets - 0.04 - down)
