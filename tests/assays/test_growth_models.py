"""Models and held parameters on GR curves: the same batch, what is honoured, what is refused."""

import numpy as np
import polars as pl
import pytest
from tests.assays.test_growth_rate import (
    CONTEXT,
    GR,
    drug_gr,
    fit,
    joined,
    numbers,
    plates,
    problems,
    simulated,
    simulated_fit,
)

from exportin.assays.viability.growth import with_growth
from exportin.assays.viability.growth_rows import GR_LEVEL, fit_growth
from exportin.assays.viability.settings import ViabilitySettings
from exportin.curves.dose_response import fit_curve
from exportin.kernels.growth_rate import reference_wells
from exportin.plates.doses import with_doses
from exportin.plates.normalize import normalize


def asked(**settings):
    return ViabilitySettings(growth_rate=True, **settings)


def gr_wells(rows):
    frame = normalize(with_doses(rows.frame, ""), CONTEXT.keys)
    wells = frame.filter((pl.col("role") == "treated") & pl.col("response").is_not_null())
    return with_growth(wells.sort("row_id"), rows.frame, GR, CONTEXT)


def test_all_at_once_is_one_by_one():
    rows = joined(
        plates(2.0, noise=0.05), plates(1.3, unit="E2", noise=0.08, seed=5),
        plates(2.2, unit="E3", noise=0.05, seed=6, curve=lambda d: 1.0),
    )  # fmt: skip
    curves = gr_wells(rows).partition_by("unit_id")
    for curve, one in zip(curves, fit_growth(curves, GR, CONTEXT), strict=True):
        again = fit_growth([curve], GR, CONTEXT)[0]
        assert one.found.responds == again.found.responds
        assert one.found.fit.rss == pytest.approx(again.found.fit.rss, rel=1e-12)
        for name, value in one.found.ec50.columns().items():
            other = again.found.ec50.columns()[name]
            assert other == (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value)
        dose, gr = (curve.get_column(name).to_numpy() for name in ("dose_out", "gr"))
        plain = fit_curve(
            dose, gr, level=GR_LEVEL, n_reference=1e9, conf_level=0.95, seed=CONTEXT.seed
        )
        if one.found.responds:
            assert one.found.ec50.value == pytest.approx(plain.ec50.value, rel=1e-9)


def test_rows_of_the_growth_scenario_are_those_of_one_curve_at_a_time():
    rows, _ = simulated(0)
    names = ("value", "conf_low", "conf_high")
    seen = simulated_fit(0).estimates.frame.filter(pl.col("unit_id").is_not_null())
    for curve in gr_wells(rows).partition_by("model", "treatment", "unit_id"):
        dose, gr = (curve.get_column(name).to_numpy() for name in ("dose_out", "gr"))
        vehicles = curve.select("sample_id", "vehicle_n").unique().get_column("vehicle_n").sum()
        zeros = curve.select("time_zero_of", "time_zero_n").unique()["time_zero_n"].sum()
        wells = reference_wells(GR_LEVEL, float(vehicles), float(zeros))
        found = fit_curve(
            dose, gr, level=GR_LEVEL, n_reference=wells, conf_level=0.95, seed=CONTEXT.seed,
        )  # fmt: skip
        mine = {key: curve.item(0, key) for key in ("model", "treatment", "unit_id")}
        for quantity, potency in (("gr50", found.absolute), ("gec50", found.ec50)):
            row = seen.filter(quantity=quantity, **mine).row(0, named=True)
            expected = potency.columns()
            assert [row[n] for n in names] == [
                v if v is None else pytest.approx(v, rel=1e-9) for v in map(expected.get, names)
            ]
            assert (row["bound"], row["status"]) == (expected["bound"], expected["status"])


def test_a_top_of_the_vehicle_is_one_and_a_bottom_of_no_cells_minus_one():
    rows = plates(2.0, noise=0.03, curve=lambda d: drug_gr(d, gr_inf=-0.9, gec50=1500.0))
    free, held = numbers(rows), numbers(rows, asked(top="vehicle", bottom=0.0))
    assert held["gr50"]["df"] == free["gr50"]["df"] + 2
    assert "response_top_held" in held["gr50"]["method"]
    assert "gr_inf" in free
    assert "gr_inf" not in held
    wide = [row["conf_high"] or np.inf for row in (free["gec50"], held["gec50"])]
    assert wide[1] < wide[0]
    # by hand: with top 1 and bottom -1, GR = 0.5 where (1 - 0.5) / (0.5 + 1) = 1 / 3
    ratio = held["gr50"]["value"] / held["gec50"]["value"]
    assert ratio == pytest.approx((1 / 3) ** (1 / held["gr_hill"]["value"]), rel=1e-6)


def test_a_held_slope_and_robust_weights_reach_the_growth_curve():
    rows = plates(2.0, noise=0.02, curve=lambda d: drug_gr(d, hill=1.0))
    held = numbers(rows, asked(hill=1.0))
    assert "gr_hill" not in held
    assert held["gec50"]["value"] == pytest.approx(90.0, rel=0.15)
    spoiled = rows.frame.with_columns(
        pl.when((pl.col("role") == "treated") & (pl.col("well") == "W018"))
        .then(pl.col("value") * 1.9)
        .otherwise(pl.col("value"))
    )
    rows = rows.with_frame(spoiled)
    plain, robust = numbers(rows)["gr50"], numbers(rows, asked(weighting="robust"))["gr50"]
    clean = numbers(plates(2.0, noise=0.02, curve=lambda d: drug_gr(d, hill=1.0)))["gr50"]
    assert "biweight" in robust["method"]
    assert abs(np.log(robust["value"] / clean["value"])) < abs(
        np.log(plain["value"] / clean["value"])
    )


def test_with_something_held_no_plateau_lies_below_minus_one():
    """A straight fall to -1, which a free Hill curve follows by ending below it."""
    rows = plates(2.0, curve=lambda d: float(np.clip(1 - np.log10(d / 30.0), -1, 1)))
    held, free = numbers(rows, asked(top="vehicle")), numbers(rows)
    assert "gr_floor" in free["gr_inf"]["method"].split("+")
    assert held["gr_inf"]["value"] == -1.0
    assert "gr_floor_held" in held["gr50"]["method"].split("+")
    assert "gr_floor_held" not in free["gr50"]["method"].split("+")


def test_models_give_a_range_on_the_growth_scale():
    rows = plates(2.0, noise=0.03)
    plain = numbers(rows)
    found = numbers(rows, asked(models=["hill4", "hill3_top", "biphasic", "biphasic_slopes"]))
    for name in ("gr50", "gec50"):
        assert found[name]["value"] == plain[name]["value"]
        assert found[name]["model_low"] <= found[name]["value"] * 1.01
        assert found[name]["model_high"] >= found[name]["value"] * 0.99
        assert found[name]["method"].endswith("+models")


def test_a_model_that_ends_without_cells_ends_at_minus_one():
    rows = plates(2.0, noise=0.02, curve=lambda d: drug_gr(d, gr_inf=-1.0, gec50=300.0))
    found = numbers(rows, asked(models=["hill3"]))["gr50"]
    assert found["model_low"] == pytest.approx(found["value"], rel=0.05)


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"top": 0.9}, "top is held at 0.9"), ({"bottom": 0.2}, "bottom is held at 0.2")],
)
def test_plateaus_that_are_no_one_growth_rate_are_refused(settings, said):
    errors, _ = problems(plates(2.0), asked(**settings))
    assert [e.file for e in errors] == ["study.toml"]
    assert said in errors[0].message
    assert "leave it free" in errors[0].remedy
    assert not problems(plates(2.0), ViabilitySettings(**settings))[0]
    assert not problems(plates(2.0), asked(top=1.0, bottom=0.0))[0]


def test_units_without_growth_keep_their_reason():
    rows = joined(plates(2.0), plates(2.0, unit="E2", seed=9))
    gone = rows.frame.filter(role="time_zero", unit_id="E2").get_column("row_id").to_list()
    found = fit(rows, asked(models=["hill4"]), out=gone).estimates.frame
    gr50 = dict(found.filter(quantity="gr50").select("unit_id", "status").iter_rows())
    assert gr50 == {"E1": "ok", "E2": "not_identifiable"}
