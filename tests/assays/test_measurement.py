"""The measurement assay: one number per unit, notes that help, figures, and known truth."""

import math

import numpy as np
import polars as pl
import pytest

from exportin.assays.measurement import ASSAY, MeasurementSettings
from exportin.contract.assay import Context
from exportin.contract.reader import Request
from exportin.inference.contrasts import Contrast, compare_units
from exportin.inference.pooling import pool_units
from exportin.readers.long_table import READER
from exportin.results.tables import Estimates, Fitted, Flags, Tests
from exportin.tables.kinds import Values
from exportin.tables.origin import Source

CONTEXT = Context(block="m", experimental_unit="experiment", keys=("treatment", "knockdown"))
LOG = MeasurementSettings(scale="log", label="Fold")
LINEAR = MeasurementSettings()


def table(rows):
    """(treatment, knockdown, unit, value) to joined rows."""
    return Values(
        frame=pl.DataFrame(
            [
                {"row_id": f"v.csv:{i}", "file": "v.csv", "sample_id": "v", "value": value,
                 "cause": "", "treatment": t, "knockdown": k, "unit_id": u, "replicate": str(i)}
                for i, (t, k, u, value) in enumerate(rows)
            ],
            schema_overrides={"value": pl.Float64},
        )
    )  # fmt: skip


def simulated(scenario, seed=1):
    made = ASSAY.simulate(scenario, np.random.default_rng(seed))
    names = {"unit_id": "experiment", "value": "fold"}
    source = Source(name="values.csv", data=made.files["values.csv"])
    return READER.read(source, Request(kind=Values, columns=names)), made.truth


def estimate(rows, settings=LOG, excluded=()):
    flags = Flags.from_rows(
        [
            {
                "row_id": r,
                "rule": "excluded",
                "severity": "exclude",
                "message": "spilled",
                "by": "me",
            }
            for r in excluded
        ]
    )
    return ASSAY.estimate(rows, flags, settings, CONTEXT).estimates, flags


def pooled(rows, settings=LOG, excluded=()):
    return pool_units(estimate(rows, settings, excluded)[0], ASSAY.pooled).frame


def test_technical_replicates_become_one_number_per_unit():
    rows = table([("a", "x", "E1", 1.0), ("a", "x", "E1", 100.0), ("a", "x", "E2", 5.0)])
    geometric, _ = estimate(rows)
    assert geometric.frame["value"].to_list() == pytest.approx([10.0, 5.0])
    assert geometric.frame["scale"].unique().to_list() == ["log10"]
    mean, _ = estimate(rows, LINEAR)
    assert mean.frame["value"].to_list() == [50.5, 5.0]
    assert mean.frame["n_rows"].to_list() == [2, 1]
    assert mean.frame["std_error"].null_count() == 2
    three = table([("a", "x", "E1", v) for v in (1.0, 2.0, 90.0)])
    assert estimate(three, MeasurementSettings(technical="median"))[0].frame["value"][0] == 2.0


def test_excluded_rows_have_no_influence_and_are_counted():
    rows = table([("a", "x", "E1", 1.0), ("a", "x", "E1", 3.0), ("a", "x", "E1", 1e6)])
    wild = table([("a", "x", "E1", 1.0), ("a", "x", "E1", 3.0), ("a", "x", "E1", -7.0)])
    one, two = (estimate(r, LINEAR, ["v.csv:2"])[0].frame for r in (rows, wild))
    assert one.equals(two)
    assert (one["value"][0], one["n_rows"][0], one["n_flagged"][0]) == (2.0, 2, 1)
    gone = estimate(rows, LINEAR, [f"v.csv:{i}" for i in range(3)])[0].frame
    assert (gone["value"][0], gone["status"][0], gone["n_units"][0]) == (None, "all_flagged", 0)


def test_no_geometric_mean_of_zero():
    frame = estimate(table([("a", "x", "E1", 0.0), ("a", "x", "E1", 3.0)]))[0].frame
    assert (frame["value"][0], frame["status"][0]) == (None, "not_identifiable")


def test_doubled_technical_replicates_do_not_narrow_the_interval():
    rows, _ = simulated("n4")
    again = rows.frame.with_columns(pl.col("row_id") + " again")
    doubled = rows.with_frame(pl.concat([rows.frame, again]))
    keep = ["value", "conf_low", "conf_high", "n_units"]
    one, two = (pooled(r).select(keep).row(0) for r in (rows, doubled))
    assert two == pytest.approx(one, rel=1e-12)
    assert one[3] == 4


def test_row_order_and_units_of_measurement():
    rows, _ = simulated("default")
    shuffled = rows.with_frame(rows.frame.sample(fraction=1.0, shuffle=True, seed=3))
    assert pooled(shuffled).equals(pooled(rows))
    scaled = rows.with_frame(rows.frame.with_columns(pl.col("value") * 1000.0))
    assert pooled(scaled)["value"].to_list() == pytest.approx(
        [v * 1000.0 for v in pooled(rows)["value"]]
    )


def codes(rows, settings=LINEAR, context=CONTEXT):
    return {p.code: p for p in ASSAY.check(rows, settings, context)}


def test_check_names_what_is_missing():
    rows = table([("a", "x", "E1", 1.0), ("", "x", "E2", 2.0)])
    assert codes(rows)["empty-key"].severity == "error"
    wrong = Context(block="m", experimental_unit="mouse", keys=("treatment", "knokdown"))
    assert codes(rows, context=wrong)["no-key"].remedy == "Did you mean 'knockdown'?"
    assert "no-values" in codes(table([("a", "x", "E1", None)]))


def test_check_notes_small_equal_and_replicated_groups():
    rows = table([
        ("a", "x", "E1", 1.0), ("a", "x", "E2", 1.0), ("b", "x", "E1", 2.0), ("b", "x", "E1", 3.0),
        ("c", "x", "E1", None),
    ])  # fmt: skip
    found = codes(rows)
    assert {p.severity for p in found.values()} == {"note"}
    assert "'b x'" in found["one-unit"].message
    assert "'c x'" in found["empty-group"].message
    assert "'a x'" in found["equal-values"].message
    assert "n counts experiments (3 numbers in all), not the 4 rows" in found["replicates"].message
    assert "Averaged over: replicate" in found["replicates"].message
    zero = table([("a", "x", "E1", 0.0), ("a", "x", "E2", 1.0)])
    assert "not-positive" in codes(zero, LOG)


def test_rows_without_a_number_are_flagged_and_kept():
    rows = table([("a", "x", "E1", None), ("a", "x", "E1", 2.0)])
    flags = ASSAY.flag(rows, LINEAR, CONTEXT)
    assert flags.frame["row_id"].to_list() == ["v.csv:0"]
    assert not flags.excluded()


def figures(rows, questions=(), excluded=()):
    estimates, flags = estimate(rows, LOG, excluded)
    every = Estimates.concat([estimates, pool_units(estimates, ASSAY.pooled)])
    tests = Tests.concat([compare_units(every, question) for question in questions])
    fitted = Fitted.of(estimates=every, flags=flags)
    return ASSAY.views(rows, fitted, tests, LOG, CONTEXT)


def test_the_figure_shows_units_brackets_and_excluded_rows():
    rows, _ = simulated("default")
    pairs = Contrast(quantity="value", between="treatment", versus="DMSO", within=("knockdown",))
    double = Contrast(quantity="value", between="treatment", groups=("DMSO", "selinexor"),
                      modifier="knockdown", modifier_versus="shCtrl")  # fmt: skip
    out = rows.frame.item(0, "row_id")
    (view,) = figures(rows, [pairs, double], [out])
    assert [panel.title for panel in view.panels] == ["shCtrl", "shXPO1"]
    kinds = [mark.kind for mark in view.panels[0].marks]
    assert kinds.count("text") == 1  # brackets
    text = next(m for m in view.panels[0].marks if m.kind == "text")
    assert text.frame.height == 2
    assert "Effect 0." in view.caption or "effect 0." in view.caption
    points = next(m for m in view.panels[0].marks if m.kind == "points")
    assert points.frame["hollow"].sum() == 1


def test_nothing_to_draw_is_no_figure():
    assert figures(table([("a", "x", "E1", None)])) == ()


def test_the_simulated_difference_of_differences_is_found():
    rows, _ = simulated("default", seed=5)
    every = estimate(rows)[0]
    row = compare_units(every, Contrast(
        quantity="value", between="treatment", versus="DMSO", groups=("DMSO", "selinexor"),
        modifier="knockdown", modifier_versus="shCtrl")).frame.row(0, named=True)  # fmt: skip
    assert row["conf_low"] < (0.12 / 0.90) / 0.40 < row["conf_high"]


@pytest.mark.parametrize("scenario", ["n3", "n4", "n6", "n8"])
def test_the_truth_is_covered(scenario):
    runs, hits = 120, 0
    for seed in range(runs):
        rows, truth = simulated(scenario, seed)
        row = pooled(rows).row(0, named=True)
        assert row["n_units"] == int(scenario[1:])
        hits += row["conf_low"] <= truth["value"][0] <= row["conf_high"]
    assert hits / runs > 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)
