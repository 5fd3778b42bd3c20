"""Scales: against FlowUtils, against their own inverse, and where they must be monotone."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.kernels import event_scales as scales

GOLDEN = Path(__file__).resolve().parents[2] / "reference" / "gating" / "logicle.csv"


def golden() -> list[dict[str, float]]:
    with GOLDEN.open(encoding="utf-8") as lines:
        return [{key: float(text) for key, text in row.items()} for row in csv.DictReader(lines)]


def test_logicle_is_that_of_moore_and_parks() -> None:
    rows = golden()
    assert len(rows) == 119
    for row in rows:
        form = (row["T"], row["W"], row["M"], row["A"])
        found = scales.logicle(np.array([row["value"]]), *form)[0]
        assert found == pytest.approx(row["place"], abs=1e-12), row


FORMS = st.tuples(st.floats(100, 1e7), st.floats(0, 1), st.floats(2, 8), st.floats(-1, 1)).map(
    lambda f: (f[0], f[1] * f[2] / 2, f[2], f[3])
)


def legal(T: float, W: float, M: float, A: float) -> tuple[float, float, float, float]:
    return T, W, M, min(max(A, -W), M - 2 * W)


@settings(deadline=None)
@given(FORMS, st.lists(st.floats(-2, 3), min_size=1, max_size=20))
def test_logicle_inverts_to_a_billionth(
    form: tuple[float, float, float, float], spots: list[float]
) -> None:
    form = legal(*form)
    if form[2] + form[3] < 0.5:
        return
    y = np.array(spots)
    x = scales.logicle_inverse(y, *form)
    known = np.isfinite(x) & (np.abs(x) < 1e12)
    assert scales.logicle(x[known], *form) == pytest.approx(y[known], abs=1e-9)


@settings(deadline=None)
@given(st.floats(0, 2.25), st.lists(st.floats(-1e7, 1e7), min_size=2, max_size=30))
def test_logicle_rises_and_mirrors_at_zero(W: float, values: list[float]) -> None:
    x = np.sort(np.array(values))
    y = scales.logicle(x, 262144.0, W, 4.5, 0.0)
    assert np.all(np.diff(y) >= 0)
    zero = scales.logicle(np.zeros(1), 262144.0, W, 4.5, 0.0)[0]
    mirrored = scales.logicle(-x, 262144.0, W, 4.5, 0.0)
    assert mirrored - zero == pytest.approx(zero - y, abs=1e-12)


def test_logicle_of_what_is_no_number() -> None:
    found = scales.logicle(np.array([np.nan, np.inf, -np.inf]), 262144.0, 0.5, 4.5, 0.0)
    assert np.isnan(found[0])
    assert found[1] == np.inf
    assert found[2] == -np.inf


def test_logicle_shows_T_as_one_and_zero_at_x1() -> None:
    y = scales.logicle(np.array([0.0, 1000.0]), 1000.0, 1.0, 4.0, 0.5)
    assert y == pytest.approx([(0.5 + 1.0) / 4.5, 1.0])


@pytest.mark.parametrize("y", [0.0, 0.25, 1.0, 1.2])
def test_other_scales_invert(y: float) -> None:
    at = np.array([y])
    line = scales.line(scales.line_inverse(at, 1000.0, 50.0), 1000.0, 50.0)
    log = scales.logarithm(scales.logarithm_inverse(at, 1e4, 4.0), 1e4, 4.0)
    asinh = scales.fasinh(scales.fasinh_inverse(at, 1e5, 4.5, 1.0), 1e5, 4.5, 1.0)
    for found in (line, log, asinh):
        assert found == pytest.approx(at, abs=1e-12)


def test_fasinh_by_hand() -> None:
    """Zero stands at A / (M + A), T at 1."""
    y = scales.fasinh(np.array([0.0, 1e5]), 1e5, 4.0, 1.0)
    assert y == pytest.approx([0.2, 1.0])


def test_width_by_hand() -> None:
    """(4.5 - log10(262144 / 26.2144)) / 2 = 0.25; nothing below 0, nothing above M / 2."""
    assert scales.logicle_width(-26.2144, 262144.0, 4.5) == pytest.approx(0.25)
    assert scales.logicle_width(-1e-3, 262144.0, 4.5) == 0.0
    assert scales.logicle_width(-1e9, 262144.0, 4.5) == 2.25
