"""Plate quality in the viability assay: numbers in the results, flags, figures, exclusions."""

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from tests.conformance.bench import Bench, bench

from exportin.assays.viability.plate_views import plate_views
from exportin.assays.viability.quality_rows import PLATE_NAMES, RESIDUAL
from exportin.assays.viability.simulate_faults import FAULTS
from exportin.contract.assay import Context
from exportin.figures import render_svg
from exportin.results.formatting import format_estimate
from exportin.results.tables import Fitted, Flags
from exportin.study.discover import load_assay

EC50 = "ec50"


@cache
def study(scenario: str) -> Bench:
    return bench("viability", scenario)


@cache
def fit(scenario: str) -> Fitted:
    """Numbers and flags as views get them."""
    ours = study(scenario)
    fitted = ours.fit()
    return replace(fitted, flags=Flags.concat([ours.flags(), fitted.flags]))


def plate_estimates(scenario: str) -> pl.DataFrame:
    frame = fit(scenario).estimates.frame
    return frame.filter(pl.col("quantity").is_in(list(PLATE_NAMES)))


def test_every_plate_has_its_numbers() -> None:
    found = plate_estimates("plates_clean")
    plates = study("plates_clean").rows.frame.get_column("sample_id").unique()
    assert set(found.get_column("plate")) == set(plates)
    assert set(found.get_column("quantity")) == set(PLATE_NAMES)
    assert set(found.get_column("n_units")) == {1}
    assert found.get_column("unit_id").null_count() == 0
    assert found.filter(pl.col("interval_level") == "between").is_empty()


def test_plates_of_one_name_are_told_apart_by_their_files() -> None:
    ours = study("plates_clean")
    frame = ours.rows.frame.filter(pl.col("file") == ours.rows.frame.item(0, "file"))
    twin = frame.with_columns(
        pl.lit("twin.csv").alias("file"), pl.lit("twin.csv:").add(pl.col("well")).alias("row_id")
    )
    found = ours.with_rows(pl.concat([frame, twin])).fit().estimates.frame
    plates = found.filter(quantity="z_prime").get_column("plate").to_list()
    name = frame.item(0, "sample_id")
    assert sorted(plates) == sorted(
        f"{name}, {file}" for file in (frame.item(0, "file"), "twin.csv")
    )


def test_plate_numbers_are_not_pooled() -> None:
    pooled = fit("plates_clean").estimates.frame.filter(pl.col("unit_id").is_null())
    assert not set(pooled.get_column("quantity")) & set(PLATE_NAMES)
    assert not set(load_assay("viability").pooled) & set(PLATE_NAMES)


def test_the_cv_is_in_percent_and_says_so() -> None:
    bench_ = study("plates_clean")
    name = bench_.rows.frame.item(0, "sample_id")
    wells = bench_.rows.frame.filter(sample_id=name, role="blank").get_column("value").to_numpy()
    row = plate_estimates("plates_clean").filter(
        plate=name, quantity="control_cv", control="blank"
    ).row(0, named=True)  # fmt: skip
    assert row["value"] == pytest.approx(100.0 * wells.std(ddof=1) / wells.mean(), rel=1e-9)
    assert row["units"] == "%"
    assert format_estimate(row).endswith("%")


def test_z_prime_in_the_results_is_that_of_the_wells() -> None:
    name = study("plates_clean").rows.frame.item(0, "sample_id")
    wells = study("plates_clean").rows.frame.filter(sample_id=name)
    high, low = (
        wells.filter(role=role).get_column("value").to_numpy() for role in ("vehicle", "blank")
    )
    by_hand = 1 - 3 * (np.std(high, ddof=1) + np.std(low, ddof=1)) / (high.mean() - low.mean())
    row = plate_estimates("plates_clean").filter(quantity="z_prime", plate=name)
    assert row.item(0, "value") == pytest.approx(by_hand, abs=1e-12)
    assert row.item(0, "n_rows") == high.size + low.size


def test_planted_edge_is_flagged_and_measured() -> None:
    flags = fit("plates_edge").flags.frame.filter(rule="plate pattern: edge effect")
    assert flags.height == 3
    assert set(flags.get_column("severity")) == {"warn"}
    found = plate_estimates("plates_edge").filter(quantity="edge_effect")
    assert found.get_column("value").mean() == pytest.approx(-0.16, abs=0.04)
    assert set(found.get_column("interval_level")) == {"within"}


def test_planted_drift_is_flagged() -> None:
    flags = study("plates_drift").flags().frame.filter(rule="plate drift")
    assert flags.height == 3


def test_drift_without_run_order_says_nothing() -> None:
    ours = study("plates_drift")
    blind = ours.rows.frame.with_columns(pl.lit(None, dtype=pl.Float64).alias("run_order"))
    assert ours.with_rows(blind).flags().frame.filter(rule="plate drift").is_empty()


@pytest.mark.parametrize("scenario", sorted(FAULTS))
def test_faulty_plates_still_give_the_potencies(scenario: str) -> None:
    """A study of faulty plates is checked, fitted and drawn like any other."""
    ours = study(scenario)
    assert not [p for p in ours.check() if p.severity == "error"]
    pooled = fit(scenario).estimates.frame.filter(pl.col("unit_id").is_null())
    truth = ours.truth.filter(quantity=EC50)
    both = truth.join(pooled, on=["quantity", "treatment"], suffix="_found")
    assert both.height == truth.height > 0
    assert (both.get_column("value_found") / both.get_column("value")).is_between(0.4, 2.5).all()


def outlying(severity: str) -> tuple[Bench, str]:
    """A vehicle well at three times its signal."""
    ours = study("plates_clean")
    well = ours.rows.frame.filter(role="vehicle").sort("row_id").item(0, "row_id")
    factor = pl.when(pl.col("row_id") == well).then(3.0).otherwise(1.0)
    changed = ours.with_rows(ours.rows.frame.with_columns(pl.col("value") * factor))
    settings = ours.settings.model_copy(update={"control_outliers": severity})
    return replace(changed, settings=settings), well


@cache
def outlying_fit(severity: str) -> pl.DataFrame:
    return outlying(severity)[0].fit().estimates.frame


def test_outlying_control_is_kept_unless_the_study_says_otherwise() -> None:
    kept, well = outlying("warn")
    taken, _ = outlying("exclude")
    flags = kept.flags().frame.filter(row_id=well)
    assert flags.get_column("severity").to_list() == ["warn"]
    assert well not in kept.flags().excluded()
    assert taken.flags().excluded() == {well}
    clean = fit("plates_clean").estimates.frame.filter(quantity=EC50, unit_id="E1")
    fits = [outlying_fit(name) for name in ("warn", "exclude")]
    numbers = [frame.filter(quantity=EC50, unit_id="E1") for frame in fits]
    apart = [abs(n["value"].log() - clean["value"].log()).max() for n in numbers]
    assert apart[1] < apart[0] + 0.02


def test_taking_out_controls_by_rule_does_not_better_the_plate() -> None:
    values = [
        outlying_fit(name).filter(quantity="z_prime")["value"] for name in ("warn", "exclude")
    ]
    assert values[0].equals(values[1])


@cache
def failed() -> tuple[Bench, Fitted]:
    """One plate whose wells scatter by half of their signal, left out by the rule of the CV."""
    ours = study("plates_clean")
    name = ours.rows.frame.item(0, "sample_id")
    noise = np.exp(np.random.default_rng(90).normal(0.0, 0.5, ours.rows.frame.height))
    frame = ours.rows.frame.sort("row_id").with_columns(
        pl.when(pl.col("sample_id") == name).then(pl.Series(noise)).otherwise(1.0).alias("factor")
    )
    frame = frame.with_columns(pl.col("value") * pl.col("factor")).drop("factor")
    settings = ours.settings.model_copy(update={"failed_plates": "exclude", "plates_drawn": 1})
    ours = replace(ours.with_rows(frame), settings=settings)
    fitted = ours.fit()
    return ours, replace(fitted, flags=Flags.concat([ours.flags(), fitted.flags]))


def test_a_plate_that_is_left_out_keeps_its_numbers() -> None:
    ours, fitted = failed()
    found = fitted.estimates.frame.filter(plate=ours.rows.frame.item(0, "sample_id"))
    assert found.filter(quantity="z_prime").item(0, "value") < 0.5
    assert found.filter(quantity="residual_score").is_empty()  # nothing of it was fitted


def test_normalized_values_have_no_control_numbers() -> None:
    ours = study("plates_clean")
    settings = ours.settings.model_copy(update={"normalized": True, "response_unit": "percent"})
    treated = ours.rows.frame.filter(role="treated").with_columns(pl.col("value") / 1200.0)
    numbers = replace(ours.with_rows(treated), settings=settings).fit().estimates.frame
    assert set(numbers.get_column("quantity")) & set(PLATE_NAMES) == {"residual_score"}


# ---- figures


def drawn(scenario: str, plates_drawn: int = 12) -> dict[str, object]:
    ours = study(scenario)
    settings = ours.settings.model_copy(update={"plates_drawn": plates_drawn})
    return {
        view.name: view for view in plate_views(ours.rows, fit(scenario), settings, ours.context)
    }


def test_map_of_plates_and_of_residuals() -> None:
    views = drawn("plates_edge")
    assert set(views) == {"plates", "plate_residuals"}
    for view in views.values():
        assert [panel.title for panel in view.panels] == [f"SIM-LPS-1-E{n}-P1" for n in (1, 2, 3)]
        assert view.panels[0].y.categories[0] == "A"
        assert view.panels[0].value.low == -view.panels[0].value.high  # centered on the vehicle
        assert render_svg(view)
    cells = views["plates"].panels[0].marks[0].frame
    vehicle = study("plates_edge").rows.frame.filter(role="vehicle").get_column("row_id").implode()
    shown = cells.filter(pl.col("row_id").is_in(vehicle)).get_column("value")
    assert shown.mean() == pytest.approx(0.0, abs=1e-9)


def test_above_a_number_only_flagged_plates_are_drawn() -> None:
    ours, fitted = failed()
    view = plate_views(ours.rows, fitted, ours.settings, ours.context)[0]
    assert [panel.title for panel in view.panels] == [ours.rows.frame.item(0, "sample_id")]
    assert "Of 3 plates only the flagged one is shown." in view.caption
    assert view.panels[0].marks[0].frame.get_column("hollow").all()


def test_residuals_are_those_of_the_fitted_wells() -> None:
    series = fit("plates_edge").series.frame.filter(quantity=RESIDUAL)
    wells = study("plates_edge").rows.frame.filter(role="treated")
    assert set(series.get_column("row_id")) == set(wells.get_column("row_id"))
    assert abs(series.get_column("y").mean()) < 3.0


def test_parts_do_not_share_plate_rows() -> None:
    """Two lines on one plate have a row each, so that parts can be put together."""
    ours = study("plates_clean")
    half = pl.when(pl.col("treatment") == "selinexor").then(pl.lit("other"))
    frame = ours.rows.frame.with_columns(
        pl.when(pl.col("role") != "treated")
        .then(None)
        .otherwise(half.otherwise("model"))
        .alias("model")
    )
    whole = ours.with_rows(frame).fit().estimates.frame.filter(quantity="z_prime")
    assert whole.height == 2 * 3
    assert isinstance(ours.context, Context)
