"""The bench reads the engine's table as it is meant."""

import numpy as np
import polars as pl
import pytest
from bench.curves import speed_mix

import exportin
from bench import engine


@pytest.fixture
def curves():
    return speed_mix(np.random.default_rng(8), 3)


def table_of(frame, **asked):
    assert asked == {"curve": "curve", "dose": "dose", "response": "response"}
    names = frame["curve"].unique(maintain_order=True).reverse()  # order must not matter
    return pl.DataFrame(
        {
            "curve": names,
            "p_response": [0.5, 0.01, 0.001],
            "ec50": [None, None, 100.0],
            "bound": ["=", "=", "="],
            "status": ["no_response", "too_few", "ok"],
            "ec50_low": [None, None, 50.0],
            "ec50_high": pl.Series([None, None, None]),
            "ic50_absolute": [1e4, None, 90.0],
            "ic50_absolute_bound": [">", "=", "="],
            "ic50_absolute_status": ["no_response", "too_few", "ok"],
            "ic50_absolute_low": pl.Series([None, None, None]),
            "ic50_absolute_high": pl.Series([None, None, None]),
        }
    )


def test_the_table_is_read_by_name_and_curve(curves, monkeypatch):
    monkeypatch.setattr(exportin, "fit_curves", table_of, raising=False)
    found = engine.answers(curves)
    assert found.ec50[0] == 100.0
    assert np.isnan(found.ec50[1:]).all()
    assert np.isnan(found.ec50_high).all()
    assert found.ic50_bound.tolist() == ["=", "=", ">"]
    assert found.ec50_status.tolist() == ["ok", "too_few", "no_response"]


def test_a_lost_curve_is_not_overlooked(curves, monkeypatch):
    def lossy(frame, **asked):
        return table_of(frame, **asked).head(2)

    monkeypatch.setattr(exportin, "fit_curves", lossy, raising=False)
    with pytest.raises(ValueError, match="a row per curve"):
        engine.answers(curves)


def test_wells_go_into_the_table_in_order(curves):
    frame = engine.frame_of(curves)
    assert frame.height == curves.response.size
    x, y = curves.curve(1)
    own = frame.filter(pl.col("curve") == 1)
    assert own["response"].to_numpy() == pytest.approx(y)
    assert np.log10(own["dose"].to_numpy()) == pytest.approx(x)
