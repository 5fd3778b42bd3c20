"""A table of wells in, a row per curve out: every well counted, every refusal placed."""

import math

import numpy as np
import polars as pl
import pytest

import exportin
from exportin.curves.dose_response import fit_curve
from exportin.tables.problems import InputError

DOSES = np.geomspace(1.0, 10_000.0, 9)


def wells(name: str, ec50: float, bottom: float = 0.0, seed: int = 1, sd: float = 0.03):
    rng = np.random.default_rng(seed)
    dose = np.repeat(DOSES, 3)
    y = bottom + (1 - bottom) / (1 + dose / ec50) + rng.normal(0, sd, dose.size)
    return pl.DataFrame({"drug": [name] * dose.size, "nM": dose, "y": y})


def panel() -> pl.DataFrame:
    flat = wells("flat", 1e9, seed=5)
    return pl.concat([wells("b", 50.0), wells("a", 200.0, 0.6, 2), wells("late", 2e4, 0, 3), flat])


def close(found: pl.Series, expected: pl.Series, rel: float) -> bool:
    one, two = (series.fill_null(-1.0).to_list() for series in (found, expected))
    return one == pytest.approx(two, rel=rel)


def fit(table: object, **more: object) -> pl.DataFrame:
    return exportin.fit_curves(table, **{"curve": "drug", "dose": "nM", "response": "y"} | more)


def test_a_row_per_curve_sorted_by_name_with_estimate_bound_or_reason() -> None:
    rows = {row["drug"]: row for row in fit(panel()).iter_rows(named=True)}
    assert list(rows) == ["a", "b", "flat", "late"]
    assert rows["b"]["status"] == rows["b"]["ic50_absolute_status"] == "ok"
    assert rows["b"]["ec50_low"] < 50.0 < rows["b"]["ec50_high"]
    assert rows["b"]["ic50_absolute_low"] < 50.0 < rows["b"]["ic50_absolute_high"]
    a = rows["a"]
    assert (a["ec50_low"] < 200.0 < a["ec50_high"], a["status"], a["model_choice"]) == (
        True, "ok", "hill4",
    )  # fmt: skip
    assert (a["ic50_absolute"], a["ic50_absolute_bound"], a["ic50_absolute_status"]) == (
        10_000.0, ">", "at_bound",
    )  # fmt: skip
    assert rows["late"]["bound"] == ">"
    assert rows["late"]["bottom"] is None
    flat = rows["flat"]
    assert (flat["ec50"], flat["status"], flat["model_choice"]) == (None, "no_response", "flat")
    assert (flat["ic50_absolute"], flat["ic50_absolute_bound"]) == (10_000.0, ">")
    assert flat["emax"] == pytest.approx(0.0, abs=0.03)
    assert flat["fit_ec50"] is not None  # behind rss, not a finding


def test_rss_is_that_of_the_parameters_beside_it() -> None:
    table = panel()
    for row in fit(table).iter_rows(named=True):
        mine = table.filter(pl.col("drug") == row["drug"])
        drop = row["fit_top"] - row["fit_bottom"]
        drawn = row["fit_bottom"] + drop / (1 + (mine["nM"] / row["fit_ec50"]) ** row["fit_hill"])
        assert ((mine["y"] - drawn) ** 2).sum() == pytest.approx(row["rss"], rel=1e-8)


def test_area_and_largest_effect_by_hand() -> None:
    """With EC50 100 and slope 1 from 1 to 10 000 the curve is point-symmetric: mean 1/2."""
    exact = pl.DataFrame({"drug": ["x"] * 9, "nM": DOSES, "y": 1 / (1 + DOSES / 100.0)})
    row = fit(exact).row(0, named=True)
    assert row["auc"] == pytest.approx(0.5, abs=1e-9)
    assert row["emax"] == pytest.approx(1 - 1 / 101, abs=1e-9)
    top, half = 1.0, 0.2  # mean of half + (top - half) / (1 + x / 100) is half + (top - half) / 2
    shifted = exact.with_columns(y=half + (top - half) * pl.col("y"))
    assert fit(shifted).row(0, named=True)["auc"] == pytest.approx(0.6, abs=1e-9)


def test_further_levels() -> None:
    row = fit(wells("b", 50.0), levels=(50, 75)).row(0, named=True)
    assert row["ic75_absolute"] == pytest.approx(3 * row["ic50_absolute"], rel=0.25)
    assert row["ic75_absolute_low"] < 150.0 < row["ic75_absolute_high"]
    for levels in ((0.5,), (100.0,), 50, "50", (50, 50)):
        with pytest.raises(InputError, match="levels"):
            fit(wells("b", 50.0), levels=levels)


def test_percent_and_fractions_are_one_curve() -> None:
    one, hundred = fit(panel()), fit(panel().with_columns(pl.col("y") * 100.0), vehicle=100.0)
    for name in ("ec50", "ec50_low", "ec50_high", "ic50_absolute", "emax", "auc"):
        assert close(one[name], hundred[name], 1e-6)
    assert close(one["rss"] * 1e4, hundred["rss"], 1e-9)
    assert close(one["top"].drop_nulls() * 100, hundred["top"].drop_nulls(), 1e-6)


def test_raw_signals_have_a_midpoint_and_no_absolute_potency() -> None:
    raw = fit(panel().with_columns(pl.col("y") * 120_000.0))
    assert raw.filter(pl.col("drug") == "b")["status"].item() == "ok"
    assert raw["ic50_absolute"].null_count() == raw["auc"].null_count() == 4
    assert set(raw["ic50_absolute_status"]) == {"not_identifiable"}


def test_every_well_is_counted_and_order_does_not_matter() -> None:
    table = pl.concat(
        [
            panel(),
            pl.DataFrame({"drug": ["b", "b"], "nM": [0.0, 0.0], "y": [1.0, None]}),
            pl.DataFrame({"drug": ["b", "few"], "nM": [1.0, 3.0], "y": [math.nan, 1.0]}),
            pl.DataFrame({"drug": ["none"], "nM": [3.0], "y": [None]}),
        ],
        how="vertical_relaxed",
    )
    found = fit(table)
    counts = found.select("n_wells", "n_dose_zero", "n_missing").sum().row(0)
    assert sum(counts) == table.height
    b = found.filter(pl.col("drug") == "b").row(0, named=True)
    assert (b["n_wells"], b["n_dose_zero"], b["n_missing"], b["n_doses"]) == (27, 2, 1, 9)
    few = found.filter(pl.col("drug").is_in(["few", "none"]))
    assert few["status"].to_list() == few["ic50_absolute_status"].to_list() == ["too_few"] * 2
    assert few["model_choice"].to_list() == ["none"] * 2
    mixed = fit(table.sample(fraction=1.0, shuffle=True, seed=4))
    for name in ("ec50", "ec50_low", "ec50_high", "rss", "p_response"):
        assert close(mixed[name], found[name], 1e-7)


def test_one_curve_is_what_the_single_function_says() -> None:
    table = wells("b", 50.0)
    row = fit(table).row(0, named=True)
    found = fit_curve(
        table["nM"].to_numpy(), table["y"].to_numpy(),
        level=0.5, n_reference=np.inf, conf_level=0.95, seed=0,
    )  # fmt: skip
    assert (row["ec50"], row["ec50_low"], row["ec50_high"]) == (
        found.ec50.value, found.ec50.low, found.ec50.high,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "names", "said"),
    [
        ({"nM": -1.0}, {}, "data row 1: the nM of this row is below zero (and 26 more)"),
        ({"nM": None}, {}, "the nM of this row is empty"),
        ({"nM": math.inf}, {}, "is infinite"),
        ({"y": math.inf}, {}, "is infinite"),
        ({"drug": None}, {}, "the drug of this row is empty"),
        ({"nM": "10 nM"}, {}, "holds String, not numbers"),
        ({}, {"curve": "drugs"}, "there is no column 'drugs'. Did you mean 'drug'?"),
        ({}, {"curve": []}, "no column tells curves apart"),
        ({}, {"response": "nM"}, "dose and response are both"),
        ({}, {"curve": ["drug", "y"]}, "cannot both name curves and be fitted"),
        ({}, {"vehicle": 0.0}, "cannot be 0"),
        ({}, {"vehicle": math.inf}, "cannot be inf"),
        ({}, {"vehicle": "1"}, "not a number"),
        ({}, {"curve": None}, "no column tells curves apart"),
        ({}, {"curve": ["drug", "drug"]}, "named twice"),
        ({"ec50": "x"}, {"curve": "ec50"}, "cannot be called 'ec50'"),
        ({"*": "x"}, {"curve": "*"}, "cannot be called '*'"),
        ({}, {"conf_level": 1.5}, "conf_level cannot be 1.5"),
    ],
)
def test_refusals_say_where_and_what(change, names, said) -> None:
    table = wells("b", 50.0)
    kinds = {k: None if isinstance(v, str) else table.schema.get(k) for k, v in change.items()}
    table = table.with_columns(**{k: pl.lit(v, dtype=kinds[k]) for k, v in change.items()})
    with pytest.raises(InputError) as error:
        fit(table, **names)
    assert said in str(error.value)


@pytest.mark.parametrize("wells_of", [1, 2])
def test_a_kill_that_too_few_wells_show_is_not_called_no_response(wells_of: int) -> None:
    """Five single wells cannot reach 1 %: neither "no response" nor a bound may be said."""
    y = [1.0, 0.95, 0.5, 0.1, 0.02] * wells_of
    few = pl.DataFrame({"drug": "x", "nM": [1.0, 10.0, 100.0, 1e3, 1e4] * wells_of, "y": y})
    row = fit(few).row(0, named=True)
    if wells_of == 1:
        assert (row["status"], row["model_choice"]) == ("not_identifiable", "unclear")
        assert (row["ic50_absolute"], row["ic50_absolute_status"]) == (None, "not_identifiable")
    else:
        assert row["status"] == row["ic50_absolute_status"] == "ok"
    assert row["emax"] == pytest.approx(0.98, abs=0.02)
    assert row["auc"] == pytest.approx(0.515, abs=0.02)


def test_one_bad_well_does_not_make_a_bound() -> None:
    spiked = wells("x", 60.0).with_row_index().with_columns(
        y=pl.when(pl.col("index") == 26).then(3.2).otherwise(pl.col("y"))
    )  # fmt: skip
    row = fit(spiked.drop("index")).row(0, named=True)
    assert row["ic50_absolute_bound"] == "="
    assert row["status"] != "no_response"


def test_an_ec50_whose_plateau_was_not_seen_is_a_bound() -> None:
    found = [fit(wells("x", 8_000.0, seed=seed)).row(0, named=True) for seed in range(8)]
    opened = [row for row in found if row["conf_open"] == "high"]
    assert opened
    for row in opened:
        assert (row["bound"], row["status"]) == (">", "not_identifiable") or row["status"] == (
            "at_bound"
        )
        assert row["ec50"] == row["ec50_low"] <= 10_000.0
        assert row["bottom"] is None


def test_scales_are_looked_at_curve_by_curve() -> None:
    mixed = pl.concat([wells("a", 50.0), wells("b", 50.0).with_columns(pl.col("y") * 100.0)])
    a, b = fit(mixed).iter_rows(named=True)
    assert a["ic50_absolute"] is not None
    assert (b["ic50_absolute"], b["auc"]) == (None, None)
    with pytest.raises(InputError, match="Say vehicle = 1"):
        fit(wells("a", 50.0), vehicle=100)


def test_a_slope_at_the_edge_of_the_box_is_no_finding() -> None:
    step = pl.DataFrame({"drug": "x", "nM": np.repeat(DOSES, 2)}).with_columns(
        y=pl.when(pl.col("nM") > 50.0).then(0.1).otherwise(1.0) + pl.Series([0.01, -0.01] * 9)
    )
    row = fit(step).row(0, named=True)
    assert (row["status"], row["fit_status"], row["hill_slope"]) == ("ok", "at_box", None)


def test_empty_table_has_no_curves() -> None:
    assert fit(panel().head(0)).height == 0


def with_zero(table: pl.DataFrame, heights: list[float | None]) -> pl.DataFrame:
    """The curve "b" with its own wells at dose 0."""
    zero = pl.DataFrame({"drug": "b", "nM": 0.0, "y": heights}, schema=table.schema)
    return pl.concat([table, zero])


def test_wells_at_dose_zero_are_the_vehicle_if_asked_and_their_number_counts() -> None:
    table = wells("b", 50.0)
    heights = [0.8, 1.0, 1.2, None]
    found = fit(with_zero(table, heights), vehicle="dose0").row(0, named=True)
    said = fit(with_zero(table, heights), vehicle=1.0, n_vehicle=3).row(0, named=True)
    exact = fit(with_zero(table, heights), vehicle=1.0).row(0, named=True)
    for end in ("ic50_absolute_low", "ic50_absolute_high"):
        assert found[end] == pytest.approx(said[end], rel=1e-9)
    spread = [
        np.log(row["ic50_absolute_high"] / row["ic50_absolute_low"]) for row in (found, exact)
    ]
    assert spread[0] > 1.02 * spread[1]
    half = fit(with_zero(table, [0.5, 0.5]), vehicle="dose0").row(0, named=True)
    assert half["emax"] == pytest.approx(1.0 - 2.0 * (1.0 - exact["emax"]), abs=1e-9)
    assert half["top"] == pytest.approx(exact["top"], rel=1e-6)  # in the response's own unit


@pytest.mark.parametrize(
    ("heights", "more", "said"),
    [
        ([], {}, "1 curve has no well with a response at dose 0: b."),
        ([None], {}, "1 curve has no well with a response at dose 0: b."),
        ([0.0], {}, "whose mean is not above zero: b."),
        ([1.0], {"n_vehicle": 3}, "n_vehicle is 3"),
    ],
)
def test_a_vehicle_that_dose_zero_does_not_define_is_refused(heights, more, said) -> None:
    with pytest.raises(InputError, match=said.replace(".", r"\.")):
        fit(with_zero(wells("b", 50.0), heights), vehicle="dose0", **more)
