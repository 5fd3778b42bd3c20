"""Responses and body weights of a small study that can be worked out on paper."""

import polars as pl
import pytest

from exportin.assays.tumor_growth.response_methods import METHODS
from exportin.assays.tumor_growth.response_rows import QUANTITIES as RESPONSES
from exportin.assays.tumor_growth.response_rows import response_rows
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits
from exportin.assays.tumor_growth.weight_rows import QUANTITIES as WEIGHTS
from exportin.assays.tumor_growth.weight_rows import (
    doubtful_weights,
    no_reference,
    weight_rows,
    weight_series,
)
from exportin.contract.assay import Context
from exportin.results.tables import Estimates

CONTEXT = Context(block="growth", experimental_unit="animal")
VOLUMES = {
    "V1": {0: 100, 4: 200, 8: 400, 12: 800, 16: 1600},  # four times the first on day 8
    "V2": {0: 200, 4: 300, 12: 800},  # on day 12
    "V3": {0: 150, 8: 300},  # left on day 8; so the median of the controls is day 12
    "D1": {0: 200, 10: 400, 18: 800, 22: 1000},  # on day 18: 1.5 medians
    "D2": {0: 200, 10: 300, 20: 800, 24: 900},  # on day 20
    "D3": {0: 400, 10: 200, 14: 150, 21: 180},
    "D4": {2: 100, 9: 100, 16: 100},  # never measured before the first dose
    "D5": {},
}
GRAMS = {
    "V1": {0: 20.0, 7: 21.0},
    "D1": {-1: 25.0, 7: 22.0, 14: 20.0},
    "D2": {0: 20.0, 10: 19.0},
    "D3": {0: 20.0, 14: 17.5},
    "D4": {3: 20.0, 10: 10.0},
}


def settings(**more):
    return TumorGrowthSettings(control="vehicle", day_zero="first dose", **more)


def arm(animal):
    return "vehicle" if animal.startswith("V") else "drug"


def long(table, name):
    rows = [
        {"animal": a, "model": "M", "arm": arm(a), "unit_id": a, "day": float(d), name: float(v),
         "row_id": f"{name}-{a}-{d}"}
        for a, visits in table.items() for d, v in visits.items()
    ]  # fmt: skip
    return pl.DataFrame(rows)


def study(**more):
    animals = pl.DataFrame(
        [
            {"animal": a, "model": "M", "arm": arm(a), "unit_id": a, "n_rows": len(v),
             "n_flagged": 2 if a == "D5" else 0}
            for a, v in VOLUMES.items()
        ]
    )  # fmt: skip
    parts = {"volumes": long(VOLUMES, "volume_mm3"), "weights": long(GRAMS, "weight_g")}
    return Visits(**{**parts, "animals": animals, **more})


def table(rows):
    return Estimates.build(rows).frame


def of(frame, quantity, *names):
    """Chosen columns of one quantity by animal."""
    rows = frame.filter((pl.col("quantity") == quantity) & pl.col("unit_id").is_not_null())
    return {row["unit_id"]: tuple(row[n] for n in names) for row in rows.iter_rows(named=True)}


@pytest.fixture(scope="module")
def responses():
    return table(response_rows(study(), settings(), CONTEXT))


@pytest.fixture(scope="module")
def weights():
    return table(weight_rows(study(), settings(), CONTEXT))


def test_best_responses_with_their_days_and_categories(responses):
    found = of(responses, "best_response", "value", "day", "verdict", "status")
    assert found == {
        "V1": (1500.0, 16.0, "PD", "ok"),  # last visit: nothing from day 20 on
        "V2": (300.0, 12.0, "PD", "ok"),
        "V3": (None, None, None, "too_few"),
        "D1": (400.0, 22.0, "PD", "ok"),
        "D2": (300.0, 20.0, "PD", "ok"),
        "D3": (-62.5, 14.0, "PR", "ok"),
        "D4": (None, None, None, "too_few"),
        "D5": (None, None, None, "all_flagged"),
    }
    average = of(responses, "best_average_response", "value", "day")
    assert average["D1"] == (pytest.approx((0 + 100 + 300) / 3), 18.0)
    assert average["D3"] == (pytest.approx((0 - 50 - 62.5 - 55) / 4), 21.0)


def test_animals_that_cannot_be_judged_say_why(responses):
    method = of(responses, "best_response", "method", "n_units", "n_flagged")
    assert method["V3"] == ("mrecist_gao2015+response_no_late_visit", 0, 0)
    assert method["D4"] == ("mrecist_gao2015+response_no_baseline", 0, 0)
    assert method["D5"] == ("mrecist_gao2015+response_all_flagged", 0, 2)


def test_the_xeva_rule_is_named_and_gives_another_number():
    frame = table(response_rows(study(), settings(response_rule="xeva"), CONTEXT))
    found = of(frame, "best_response", "value", "day", "method")
    assert found["D2"] == (50.0, 10.0, "mrecist_xeva")
    assert found["V2"] == (None, None, "mrecist_xeva+response_no_late_visit")  # one visit only


def test_categories_of_pptp_by_the_median_of_the_controls(responses):
    found = of(responses, "pptp_response", "verdict", "value", "status")
    assert found == {
        "V1": ("PD", 0.0, "ok"), "V2": ("PD", 0.0, "ok"), "V3": ("PD", 0.0, "ok"),
        "D1": ("PD1", 0.0, "ok"), "D2": ("PD2", 2.0, "ok"), "D3": ("PR", 6.0, "ok"),
        "D4": (None, None, "too_few"), "D5": (None, None, "all_flagged"),
    }  # fmt: skip


def test_pd_stays_undivided_without_controls():
    drug = pl.col("arm") == "drug"
    alone = study(volumes=long(VOLUMES, "volume_mm3").filter(drug),
                  animals=study().animals.filter(drug))  # fmt: skip
    found = of(table(response_rows(alone, settings(), CONTEXT)), "pptp_response",
               "verdict", "value", "status", "method")  # fmt: skip
    why = "pptp_response+pptp_no_control_median"
    assert found["D1"] == ("PD", None, "not_identifiable", why)
    assert found["D3"] == ("PR", 6.0, "ok", "pptp_response")


def test_time_to_doubling_is_read_off_on_logarithms_or_bounded(responses):
    found = of(responses, "time_to_doubling", "value", "bound", "status")
    assert found["V1"] == (pytest.approx(4.0), "=", "ok")
    assert found["V3"] == (pytest.approx(8.0), "=", "ok")
    # V2: from 300 on day 4 to 800 on day 12; 400 is ln(4/3)/ln(8/3) of the way
    assert found["V2"] == (pytest.approx(4 + 8 * 0.2933045), "=", "ok")
    assert found["D3"] == (21.0, ">", "at_bound")
    assert found["D4"] == (None, "=", "too_few")


def test_shares_of_responders_have_exact_limits(responses):
    """R 4.2.2: binom.test(1, 3)$conf.int, binom.test(0, 2)$conf.int."""
    rates = responses.filter(pl.col("quantity") == "response_rate").sort("arm")
    assert rates.get_column("unit_id").null_count() == 2
    drug, vehicle = rates.iter_rows(named=True)
    assert drug["value"] == pytest.approx(100 / 3)
    assert (drug["conf_low"], drug["conf_high"]) == pytest.approx((0.8403759, 90.5700676))
    assert (drug["n_units"], drug["n_flagged"], drug["interval_level"]) == (3, 2, "between")
    assert (vehicle["value"], vehicle["conf_low"], vehicle["n_units"]) == (0.0, 0.0, 2)
    assert vehicle["conf_high"] == pytest.approx(84.1886117)
    counts = responses.filter((pl.col("quantity") == "responders") & (pl.col("arm") == "drug"))
    by = dict(counts.select("verdict", "value").iter_rows())
    assert by == {"CR": 0.0, "PR": 1.0, "SD": 0.0, "PD": 2.0}


def test_animals_of_one_unit_have_no_exact_limits():
    pairs = {"D1": "cage 1", "D2": "cage 1", "D3": "cage 2"}
    caged = study().animals.with_columns(
        pl.col("animal").replace_strict(pairs, default=pl.col("animal")).alias("unit_id")
    )
    frame = table(response_rows(study(animals=caged), settings(), CONTEXT))
    rate = frame.filter((pl.col("quantity") == "response_rate") & (pl.col("arm") == "drug"))
    assert rate.item(0, "value") == pytest.approx(100 / 3)
    assert rate.item(0, "conf_low") is None
    assert rate.item(0, "method").endswith("several_per_unit")
    named = frame.filter((pl.col("quantity") == "best_response") & pl.col("animal").is_not_null())
    assert named.get_column("animal").to_list() == ["D1", "D2"]


def test_an_arm_without_judged_animals_has_no_rate():
    only = study().animals.filter(pl.col("animal").is_in(["V1", "V2", "D4"]))
    frame = table(response_rows(study(animals=only), settings(), CONTEXT))
    rate = frame.filter((pl.col("quantity") == "response_rate") & (pl.col("arm") == "drug"))
    assert rate.select("value", "status", "n_units").row(0) == (None, "too_few", 0)


def test_lowest_weight_and_first_losses(weights):
    low = of(weights, "weight_nadir", "value", "scale", "status")
    assert low["D1"] == (pytest.approx(80.0), "log10", "ok")
    assert low["V1"] == (pytest.approx(105.0), "log10", "ok")
    assert low["D4"] == (None, "log10", "too_few")  # first weighed on day 3
    assert of(weights, "weight_nadir_day", "value")["D1"] == (14.0,)
    loss = weights.filter(pl.col("quantity") == "time_to_weight_loss")
    found = {
        key: of(loss.filter(pl.col("loss") == key), "time_to_weight_loss", "value", "bound")
        for key in ("10", "15", "20")
    }
    assert [found[key]["D1"] for key in found] == [(7.0, "="), (14.0, "="), (14.0, "=")]
    assert [found[key]["D3"] for key in found] == [(14.0, "="), (14.0, ">"), (14.0, ">")]
    assert [found[key]["D5"] for key in found] == [(None, "=")] * 3


def test_shares_of_animals_with_a_loss(weights):
    rates = weights.filter((pl.col("quantity") == "weight_loss_rate") & (pl.col("arm") == "drug"))
    found = {r["loss"]: (r["value"], r["n_units"]) for r in rates.iter_rows(named=True)}
    third = pytest.approx(100 / 3)
    assert found == {"10": (pytest.approx(200 / 3), 3), "15": (third, 3), "20": (third, 3)}
    assert rates.get_column("conf_low").to_list() == pytest.approx(
        [9.4299324, 0.8403759, 0.8403759]
    )


def test_weight_without_tumor_uses_the_volume_of_the_same_day(weights):
    low = of(weights, "weight_nadir_corrected", "value")
    assert low["D2"] == (pytest.approx(100 * (19 - 0.3) / (20 - 0.2)),)
    assert low["D3"] == (pytest.approx(100 * (17.5 - 0.15) / (20 - 0.4)),)
    assert "D1" not in low  # no volume on the day of its reference weight


def test_weights_may_refer_to_randomization():
    asked = settings(weight_reference="randomization")
    assert "randomized_day" in no_reference(study().animals, asked)
    frame = table(weight_rows(study(), asked, CONTEXT))
    assert frame.filter(pl.col("quantity") == "weight_nadir").get_column("value").null_count() == 8
    assert frame.item(0, "method").endswith("+weight_no_reference_day")
    days = study().animals.with_columns(
        pl.when(pl.col("animal") == "D4").then(3.0).otherwise(0.0).alias("randomized_day")
    )
    assert no_reference(days, asked) == ""
    low = of(table(weight_rows(study(animals=days), asked, CONTEXT)), "weight_nadir", "value")
    assert low["D4"] == (50.0,)
    one = days.with_columns(pl.when(pl.col("animal") != "D2").then("randomized_day"))
    assert no_reference(one, asked).startswith("animal 'D2' has no randomized_day (and 0 more)")


def test_series_of_weights_for_the_figure():
    series = weight_series(study(), settings())
    assert series.columns == ["model", "arm", "animal", "day", "percent"]
    mine = series.filter(pl.col("animal") == "D1").select("day", "percent").rows()
    assert mine == [(-1.0, 100.0), (7.0, pytest.approx(88.0)), (14.0, pytest.approx(80.0))]
    assert "D4" not in series.get_column("animal").to_list()


def test_a_study_without_weights_or_animals_gives_no_rows():
    none = study(weights=study().weights.clear())
    assert weight_rows(none, settings(), CONTEXT) == []
    assert weight_series(none, settings()).is_empty()
    assert response_rows(study(animals=study().animals.clear()), settings(), CONTEXT) == []
    assert doubtful_weights(none.weights) == []


def test_the_order_of_rows_changes_nothing():
    seen = study()
    turned = Visits(volumes=seen.volumes.reverse(), weights=seen.weights.reverse(),
                    animals=seen.animals.reverse())  # fmt: skip
    for rows in (response_rows, weight_rows):
        assert rows(turned, settings(), CONTEXT) == rows(seen, settings(), CONTEXT)


def test_every_quantity_and_method_is_described(responses, weights):
    known = {m.name for m in METHODS}
    assert len(known) == len(METHODS)
    caged = study().animals.with_columns(pl.lit("one").alias("unit_id"))
    more = table(response_rows(study(animals=caged), settings(response_rule="xeva"), CONTEXT))
    for frame in (responses, weights, more):
        said = {part for method in frame.get_column("method") for part in method.split("+")}
        assert said <= known, said - known
    names = [q.name for q in (*RESPONSES, *WEIGHTS)]
    assert len(names) == len(set(names))
    found = {*responses.get_column("quantity"), *weights.get_column("quantity")}
    assert found == set(names)
    for name in ("model", "arm"):
        assert responses.get_column(name).null_count() == 0
