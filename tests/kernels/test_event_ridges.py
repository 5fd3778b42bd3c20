"""The ridge of single cells follows their size: simulated nuclei of known growth and doublets."""

import numpy as np
import pytest
from numpy.typing import NDArray

from exportin.kernels.event_ridges import grown_ridge, rise

Floats = NDArray[np.float64]
PHASES = [(0.60, 0.25, 0.15), (0.20, 0.10, 0.70), (0.95, 0.03, 0.02)]


def nuclei(
    phases: tuple[float, float, float],
    growth: float,
    doublets: float,
    *,
    n: int = 20_000,
    debris: float = 0.05,
    noise: float = 0.03,
    seed: int = 90_417,
) -> tuple[Floats, Floats, Floats, NDArray[np.intp]]:
    """Area, width, width without noise; phase 0 to 2 of single cells, 3 doublets, 4 debris."""
    rng = np.random.default_rng(seed)

    def cells(count: int) -> tuple[Floats, Floats, NDArray[np.intp]]:
        phase = rng.choice(3, count, p=phases)
        dna = np.choose(phase, [np.ones(count), rng.uniform(1, 2, count), np.full(count, 2.0)])
        return dna * rng.normal(5e4, 2e3, count), 1 + growth * (dna - 1), phase

    pairs = round(n * doublets)
    single, wide, phase = cells(n)
    (first, one, _), (second, other, _) = cells(pairs), cells(pairs)
    both = (one + other) / 2 / rng.uniform(0.5, 0.72, pairs)
    rest = 5e4 * rng.exponential(0.15, round(n * debris)) + 500
    area = np.concatenate([single, first + second, rest])
    true = np.concatenate([wide, both, np.ones(rest.size)])
    kind = np.concatenate([phase, np.full(pairs, 3), np.full(rest.size, 4)])
    return area, true * rng.normal(1, noise, area.size), true, kind


@pytest.mark.parametrize("doublets", [0.05, 0.15])
@pytest.mark.parametrize("growth", [0.0, 0.1, 0.2, 0.3])
@pytest.mark.parametrize("phases", PHASES)
def test_g2m_stays_in_and_doublets_go(
    phases: tuple[float, float, float], growth: float, doublets: float
) -> None:
    area, ratio, _, kind = nuclei(phases, growth, doublets)
    inside = grown_ridge(ratio, area, 3.5).band.inside
    lost = [float(np.mean(~inside[kind == k])) for k in range(3)]
    kept = float(np.mean(inside[kind == 3]))
    print(f"{phases} growth {growth} doublets {doublets}: lost {lost}, kept {kept:.3f}")
    assert max(lost[0], lost[2]) < 0.02
    assert lost[1] < 0.03
    assert kept < 0.25


@pytest.mark.parametrize(("phases", "upwards"), list(zip(PHASES, (True, False, True), strict=True)))
def test_the_growth_itself_is_found(phases: tuple[float, float, float], upwards: bool) -> None:
    """From the main peak up where that is G1, down where it is G2/M, never both."""
    area, ratio, _, _ = nuclei(phases, 0.2, 0.1)
    ridge = grown_ridge(ratio, area, 3.5)
    assert ridge.at == pytest.approx(5e4 if upwards else 1e5, rel=0.03)
    assert (ridge.above if upwards else ridge.below) == pytest.approx(0.2, abs=0.03)
    assert (ridge.below if upwards else ridge.above) == pytest.approx(0.0, abs=0.03)
    assert ridge.band.center == pytest.approx(1.0 if upwards else 1.2, rel=0.01)
    assert ridge.band.sd == pytest.approx(0.03 * ridge.band.center, rel=0.1)


@pytest.mark.parametrize("n", [1_000, 3_000, pytest.param(1_000_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("debris", [0.0, 0.6])
def test_few_events_and_much_debris(n: int, debris: float) -> None:
    """Over 20 tubes of few events; one of very many."""
    lost, kept = [], []
    for seed in range(20 if n < 10_000 else 1):
        area, ratio, _, kind = nuclei((0.6, 0.25, 0.15), 0.2, 0.2, n=n, debris=debris, seed=seed)
        inside = grown_ridge(ratio, area, 3.5).band.inside
        lost.append(np.mean(~inside[kind == 2]))
        kept.append(np.mean(inside[kind == 3]))
    print(n, debris, max(lost), max(kept))
    assert max(lost) < 0.05
    assert max(kept) < 0.1


def test_doublets_alone_raise_nothing() -> None:
    """A tube of G1 and its doublets only: what lies at twice the area is no ridge."""
    area, ratio, _, kind = nuclei((1.0, 0.0, 0.0), 0.2, 0.15)
    ridge = grown_ridge(ratio, area, 3.5)
    assert (ridge.above, ridge.below) == (0.0, 0.0)
    assert not ridge.band.inside[kind == 3].any()
    assert ridge.band.above[kind == 3].all()


def test_whole_channels() -> None:
    """Widths of 60 channels or so: the ridge is two or three channels wide."""
    area, ratio, _, kind = nuclei((0.6, 0.25, 0.15), 0.2, 0.1)
    inside = grown_ridge(np.rint(60 * ratio), np.rint(area / 256), 3.5).band.inside
    assert np.mean(~inside[kind == 2]) < 0.02
    assert np.mean(inside[kind == 3]) < 0.1


def test_events_off_scale_are_not_the_main_peak() -> None:
    """Two of five events beyond the range: their pile says nothing of single cells."""
    area, ratio, _, kind = nuclei((0.6, 0.25, 0.15), 0.2, 0.1)
    rng = np.random.default_rng(4)
    pile = 14_000
    area = np.concatenate([area, np.full(pile, 262_143.0)])
    ratio = np.concatenate([ratio, rng.uniform(1.0, 5.0, pile)])
    ridge = grown_ridge(ratio, area, 3.5)
    assert ridge.at == pytest.approx(5e4, rel=0.03)
    assert np.mean(~ridge.band.inside[: kind.size][kind == 2]) < 0.02


def test_the_ridge_has_no_steps_and_ends_flat() -> None:
    area = np.geomspace(1e3, 1e6, 2001)
    high = rise(area, 5e4, 0.3, 0.2)
    assert np.all(np.diff(high) >= 0)
    assert np.max(np.diff(high)) < 0.002
    assert high[0] == pytest.approx(1.2**-1.2)
    assert high[-1] == pytest.approx(1.3**1.2)
    assert rise(np.array([0.0, -5.0]), 5e4, 0.3, 0.2) == pytest.approx(1.2**-1.2)


@pytest.mark.parametrize("n", [0, 1, 30, 300])
def test_too_few_or_all_alike(n: int) -> None:
    same = grown_ridge(np.ones(n), np.ones(n), 3.5)
    assert (same.above, same.below) == (0.0, 0.0)
    assert same.band.inside.sum() == n  # a ridge without width holds what lies on it
    none = grown_ridge(np.full(n, np.nan), np.ones(n), 3.5)
    assert not none.band.inside.any()
