"""GR metrics of the viability assay: known truth, the slow line, sources of x0, refusals."""

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy.stats import binom

from exportin.assays.viability import ASSAY
from exportin.assays.viability.settings import ViabilitySettings
from exportin.assays.viability.simulate_growth import (
    DIVISION_TIME_H,
    DOSES_NM,
    DRUGS,
    DURATION_H,
    OWN_SD_LOG10,
    SHARED_SD_LOG10,
)
from exportin.contract.assay import Context
from exportin.contract.reader import Request
from exportin.inference.pooling import pool_units
from exportin.plates.layout import read_layout
from exportin.readers.bmg_mars import READER
from exportin.results.tables import Flags, Tests
from exportin.study.assemble import assemble
from exportin.study.designs import read_designs
from exportin.study.discover import load_methods
from exportin.study.model import Block
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source

CONTEXT = Context(block="v", experimental_unit="experiment", keys=("model", "treatment"), seed=1)
GR = ViabilitySettings(growth_rate=True)
DOSES = [4000.0 / 2.5**i for i in range(10)]
SPREAD = float(np.hypot(OWN_SD_LOG10, SHARED_SD_LOG10))  # of log10 GR50 between experiments
SEED = 20160521  # the n-th simulated study uses (SEED, n)
GR_QUANTITIES = {"gr50", "gec50", "gr_max", "gr_inf", "gr_hill", "gr_aoc"}


# ---- made-up plates


def drug_gr(dose, gec50=90.0, gr_inf=-0.2, hill=1.2):
    return gr_inf + (1 - gr_inf) / (1 + (dose / gec50) ** hill)


def plates(
    doublings=2.0, *, model="LINE", unit="E1", zero="day0", curve=drug_gr, noise=0.0,
    blank=50.0, blank_zero=80.0, start=1000.0, seed=3, **columns,
):  # fmt: skip
    """Rows of an end-point plate, and of its time-zero wells ('day0' plate, 'same' or None)."""
    rng = np.random.default_rng(seed)
    end = f"{model}-{unit}.csv"
    content = [("blank", None, 0.0)] * 4 + [("vehicle", None, start * 2**doublings)] * 6
    content += [("treated", d, start * (curve(d) + 1) ** doublings) for d in DOSES * 3]
    where = [(end, blank, *well) for well in content]
    first = f"{model}-{unit}-D0.csv" if zero == "day0" else end
    if zero:
        where += [(first, blank_zero if zero == "day0" else blank, "time_zero", None, start)] * 6
        where += [(first, blank_zero, "blank", None, 0.0)] * 4 if zero == "day0" else []
    rows = [
        {"row_id": f"{file}:{i:03d}", "file": file, "sample_id": file[:-4], "well": f"W{i:03d}",
         "channel": "Luminescence", "value": ground + signal * (1 + noise * rng.normal()),
         "cause": "", "role": role, "treatment": "drug" if role == "treated" else None,
         "dose": dose, "dose_unit": None if dose is None else "nM", "model": model,
         "unit_id": unit, "division_time_h": None, "duration_h": None, **columns}
        for i, (file, ground, role, dose, signal) in enumerate(where)
    ]  # fmt: skip
    floats = ("dose", "division_time_h", "duration_h")
    return WellReadings(
        frame=pl.DataFrame(rows, schema_overrides=dict.fromkeys(floats, pl.Float64))
    )


def joined(rows, *more):
    return rows.with_frame(pl.concat([rows.frame, *(r.frame for r in more)]))


def excluded(rows):
    said = {"rule": "excluded", "severity": "exclude", "message": "spilled", "by": "me"}
    return Flags.from_rows([{"row_id": row, **said} for row in rows])


def fit(rows, settings=GR, out=()):
    return ASSAY.estimate(rows, excluded(out), settings, CONTEXT)


def numbers(rows, settings=GR, out=()):
    """Quantity to row, of the only curve."""
    found = fit(rows, settings, out).estimates.frame.iter_rows(named=True)
    return {row["quantity"]: row for row in found}


def problems(rows, settings=GR):
    found = ASSAY.check(rows, settings, CONTEXT)
    return [p for p in found if p.severity == "error"], [p for p in found if p.severity == "note"]


@cache
def simulated(number, settings=GR):
    """Joined rows of a simulated study and its truth, as the engine joins them."""
    made = ASSAY.simulate("growth", np.random.default_rng((SEED, number)))
    names = sorted(name for name in made.files if name.startswith("plates/"))
    sources = [Source(name=name, data=made.files[name]) for name in names]
    found = assemble(
        ASSAY,
        "v",
        Block(assay="viability", files=["plates/*.csv"], settings=settings),
        tables=[READER.read(source, Request(kind=WellReadings)) for source in sources],
        design=read_designs(Source(name="design.csv", data=made.files["design.csv"])),
        layout=read_layout(Source(name="layout.csv", data=made.files["layout.csv"])),
    )
    assert not [p for p in found.problems if p.severity == "error"], found.problems
    return found.table, made.truth


@cache
def simulated_fit(number):
    return fit(simulated(number)[0])


def pooled(number):
    estimates = simulated_fit(number).estimates
    found = pool_units(estimates, ASSAY.pooled).frame.iter_rows(named=True)
    return {(row["quantity"], row["model"], row["treatment"]): row for row in found}


# ---- known truth


@pytest.mark.parametrize("doublings", [0.8, 1.0, 3.0])
@pytest.mark.parametrize("zero", ["day0", "same"])
def test_noiseless_truth_is_found_whatever_the_division_time(doublings, zero):
    found = numbers(plates(doublings, zero=zero))
    truth = {
        "gr50": 90.0 * (0.5 / 0.7) ** (1 / 1.2),
        "gec50": 90.0,
        "gr_inf": -0.2,
        "gr_hill": 1.2,
        "gr_max": drug_gr(DOSES[0]),
    }
    for quantity, value in truth.items():
        assert found[quantity]["value"] == pytest.approx(value, rel=1e-6), quantity
    x = np.log10(DOSES[::-1])
    area = np.trapezoid([1 - drug_gr(d) for d in DOSES[::-1]], x) / (x[-1] - x[0])
    assert found["gr_aoc"]["value"] == pytest.approx(area, rel=1e-9)
    assert set(found) >= GR_QUANTITIES


def test_slow_line_looks_resistant_by_viability_but_not_by_growth_rate():
    """Both lines stop dividing at the same doses; only the slow one seems to bear them."""
    rows, truth = simulated(0)
    assert not problems(rows)[0]
    found = pooled(0)
    ic50 = {key[1:]: row for key, row in found.items() if key[0] == "ic50_absolute"}
    assert ic50["SIM-SLOW", "selinexor"]["bound"] == ">"
    assert ic50["SIM-SLOW", "selinexor"]["value"] == DOSES_NM[0]
    assert ic50["SIM-FAST", "selinexor"]["value"] < 200.0
    slow, fast = (ic50[line, "doxorubicin"]["value"] for line in ("SIM-SLOW", "SIM-FAST"))
    assert slow > 2 * fast
    for row in truth.filter(quantity="gr50").iter_rows(named=True):
        gr50 = found["gr50", row["model"], row["treatment"]]
        assert abs(np.log10(gr50["value"] / row["value"])) < 4 * SPREAD / 3**0.5
        assert gr50["n_units"] == 3
        assert gr50["interval_level"] == "between"


def test_truth_of_the_scenario_follows_from_the_definition():
    truth = simulated(0)[1]
    for row in truth.filter(pl.col("bound") == "=").iter_rows(named=True):
        k, drug = DURATION_H / DIVISION_TIME_H[row["model"]], DRUGS[row["treatment"]]
        gr = drug.gr(row["value"]) if row["units"] else None
        viability = None if gr is None else ((gr + 1) / 2) ** k
        end = ((drug.gr_inf + 1) / 2) ** k
        expected = {"ic50_absolute": 0.5, "ec50": (1 + end) / 2}
        if row["quantity"] == "gr50":
            assert gr == pytest.approx(0.5)
        if row["quantity"] in expected:
            assert viability == pytest.approx(expected[row["quantity"]])
    assert Counter(truth.filter(pl.col("bound") == ">").get_column("quantity")) == {
        "ic50_absolute": 1
    }


def covered(first, count):
    """How many pooled intervals hold the truth, of how many, per quantity."""
    hits, total, misses = Counter(), Counter(), []
    for number in range(first, first + count):
        truth, found = simulated(number)[1], pooled(number)
        for row in truth.filter(pl.col("quantity").is_in(["gr50", "gec50"])).iter_rows(named=True):
            mine = found[row["quantity"], row["model"], row["treatment"]]
            assert mine["status"] == "ok", mine
            total[row["quantity"]] += 1
            hits[row["quantity"]] += mine["conf_low"] <= row["value"] <= mine["conf_high"]
            misses.append(np.log10(mine["value"] / row["value"]))
    return hits, total, np.array(misses)


def judge(hits, total, misses):
    """Refuse coverage off 95 % at p < 1e-4, and a bias of more than a tenth of the spread."""
    for quantity, n in total.items():
        assert binom.cdf(hits[quantity], n, 0.95) > 1e-4, (quantity, hits, total, SEED)
        assert binom.sf(hits[quantity] - 1, n, 0.95) > 1e-4, (quantity, hits, total, SEED)
    error = misses.std() / misses.size**0.5
    assert abs(misses.mean()) < 4 * error + 0.1 * misses.std(), (misses.mean(), error)


def test_intervals_of_three_experiments_hold_the_truth():
    judge(*covered(0, 2))


@pytest.mark.long
def test_intervals_of_three_experiments_hold_the_truth_in_many_studies():
    judge(*covered(1000, 100))


# ---- where x0 comes from


def test_division_time_gives_what_measured_growth_gives():
    told = plates(2.0, zero=None, division_time_h=36.0, duration_h=72.0)
    assert not problems(told)[0]
    one, two = numbers(told), numbers(plates(2.0))
    for quantity in GR_QUANTITIES:
        assert one[quantity]["value"] == pytest.approx(two[quantity]["value"], rel=1e-6)
        assert "gr_division_time" in one[quantity]["method"].split("+")
        assert "gr_time_zero" in two[quantity]["method"].split("+")


def test_duration_may_be_a_setting():
    rows = plates(2.0, zero=None, division_time_h=36.0)
    settings = ViabilitySettings(growth_rate=True, duration_h=72.0)
    assert not problems(rows, settings)[0]
    assert numbers(rows, settings)["gr_inf"]["value"] == pytest.approx(-0.2, abs=1e-6)


def test_normalized_values_need_a_division_time():
    rows = plates(2.0, blank=0.0, blank_zero=0.0, division_time_h=36.0, duration_h=72.0)
    percent = pl.col("value") / 4000.0 * 100.0
    frame = rows.frame.filter(pl.col("role").is_in(["treated", "time_zero"]))
    rows = rows.with_frame(frame.with_columns(percent))
    settings = ViabilitySettings(growth_rate=True, normalized=True, response_unit="percent")
    errors, notes = problems(rows, settings)
    assert not errors
    assert "time_zero rows are not used" in notes[0].message
    found = numbers(rows, settings)["gr50"]
    assert found["value"] == pytest.approx(90.0 * (0.5 / 0.7) ** (1 / 1.2), rel=1e-6)
    assert "gr_division_time" in found["method"]
    bare = rows.with_frame(rows.frame.with_columns(division_time_h=None, duration_h=None))
    assert "normalized" in problems(bare, settings)[0][0].message


def test_measured_start_wins_over_a_division_time_and_it_is_said():
    rows = plates(2.0, division_time_h=20.0, duration_h=72.0)
    errors, notes = problems(rows)
    assert not errors
    assert any("the wells are used" in note.message for note in notes)
    assert numbers(rows)["gr_inf"]["value"] == pytest.approx(-0.2, abs=1e-6)


def test_tables_without_hours_will_do():
    rows = plates(2.0)
    bare = rows.with_frame(rows.frame.drop("division_time_h", "duration_h"))
    assert not problems(bare)[0]
    assert numbers(bare)["gr50"] == numbers(rows)["gr50"]


def test_each_plate_subtracts_its_own_blank():
    one = numbers(plates(2.0, blank=50.0, blank_zero=900.0))
    two = numbers(plates(2.0, blank=0.0, blank_zero=0.0))
    assert one["gr50"]["value"] == pytest.approx(two["gr50"]["value"], rel=1e-9)


def test_start_of_another_experiment_or_line_is_not_borrowed():
    slow, fast = plates(1.0, model="SLOW"), plates(3.0, model="FAST")
    both = fit(joined(slow, fast)).estimates.frame.filter(quantity="gr50")
    assert both.get_column("value").to_list() == pytest.approx([68.0] * 2, rel=0.01)
    bare = plates(3.0, unit="E2", zero=None)
    errors, _ = problems(joined(plates(3.0, unit="E1"), bare))
    assert [e.code for e in errors] == ["no-time-zero"]
    assert "LINE-E2" in errors[0].message


def test_wells_of_the_same_plate_come_before_those_of_a_day_zero_plate():
    same = plates(2.0, zero="same")
    other = plates(2.0, zero="day0", start=777.0, blank_zero=50.0)
    day_zero = other.frame.filter(pl.col("file") == "LINE-E1-D0.csv")
    rows = same.with_frame(pl.concat([same.frame, day_zero]))
    assert numbers(rows)["gr_inf"]["value"] == pytest.approx(-0.2, abs=1e-6)


# ---- exclusions, order, units


def test_excluded_time_zero_well_has_no_influence():
    rows = plates(2.0, noise=0.02)
    spoiled = rows.frame.filter(role="time_zero").item(0, "row_id")
    wild = pl.when(pl.col("row_id") == spoiled).then(1e6).otherwise(pl.col("value"))
    bent = rows.with_frame(rows.frame.with_columns(wild.alias("value")))
    kept = fit(rows, out=[spoiled]).estimates.frame
    assert_frame_equal(kept, fit(bent, out=[spoiled]).estimates.frame)
    assert not kept.equals(fit(rows).estimates.frame)


def test_nothing_left_of_time_zero_means_no_growth_rate_but_a_viability():
    rows = plates(2.0)
    zero = rows.frame.filter(role="time_zero").get_column("row_id").to_list()
    found = numbers(rows, out=zero)
    assert found["gr50"]["value"] is None
    assert found["gr50"]["status"] == "not_identifiable"
    assert found["ec50"]["status"] == "ok"


def test_curve_of_which_all_is_excluded_still_appears():
    rows = plates(2.0)
    treated = rows.frame.filter(role="treated").get_column("row_id").to_list()
    assert numbers(rows, out=treated)["gr50"]["status"] == "all_flagged"


def test_order_of_rows_and_unit_of_dose_do_not_matter():
    rows = joined(plates(0.8, model="SLOW", noise=0.03), plates(3.0, model="FAST", noise=0.03))
    order = np.random.default_rng(2).permutation(rows.frame.height).tolist()
    moved = rows.frame[order].with_columns(
        pl.col("dose") / 1000.0, pl.col("dose_unit").replace({"nM": "uM"})
    )
    one, two = (
        fit(given).estimates.frame.filter(pl.col("quantity").is_in(list(GR_QUANTITIES)))
        for given in (rows, rows.with_frame(moved))
    )
    assert one.height == 2 * len(GR_QUANTITIES)
    keys = ["quantity", "model"]
    assert_frame_equal(one.sort(keys), two.sort(keys), rel_tol=1e-9, abs_tol=1e-9)


def test_gr_leaves_the_viability_numbers_as_they_are():
    rows = plates(noise=0.03)
    gr, plain = fit(rows), fit(rows, ViabilitySettings())
    without = gr.estimates.frame.filter(~pl.col("quantity").is_in(list(GR_QUANTITIES)))
    assert_frame_equal(without, plain.estimates.frame)
    lines = gr.series.frame.filter(pl.col("quantity") != "gr_value")
    assert_frame_equal(lines, plain.series.frame)


def test_day_zero_plates_are_no_failed_plates():
    rows = plates(2.0)
    said = " ".join(ASSAY.flag(rows, GR, CONTEXT).frame.get_column("message"))
    assert "LINE-E1-D0" not in said
    errors, notes = problems(rows, ViabilitySettings())
    assert not errors
    assert "growth_rate = true" in notes[0].remedy


# ---- what has no number


def test_no_effect_is_a_bound_and_no_potency():
    found = numbers(plates(2.0, curve=lambda d: 1.0 + 0.0 * d, noise=0.03))
    assert (found["gr50"]["bound"], found["gr50"]["status"]) == (">", "no_response")
    assert found["gr50"]["value"] == DOSES[0]
    assert found["gec50"]["value"] is None
    assert found["gr_inf"]["status"] == "no_response"
    assert found["gr_max"]["value"] == pytest.approx(1.0, abs=0.1)


def test_level_that_is_not_reached_is_a_bound():
    found = numbers(plates(2.0, curve=lambda d: drug_gr(d, gr_inf=0.7), noise=0.01))
    assert (found["gr50"]["bound"], found["gr50"]["value"]) == (">", DOSES[0])
    assert found["gec50"]["status"] == "ok"


def test_wells_below_the_blank_are_at_the_limit_and_it_is_said():
    rows = plates(2.0, curve=lambda d: drug_gr(d, gr_inf=-1.0, hill=3.0))
    top = rows.frame.filter(pl.col("dose") == DOSES[0]).get_column("row_id").to_list()
    low = pl.when(pl.col("row_id").is_in(top)).then(40.0).otherwise(pl.col("value"))
    rows = rows.with_frame(rows.frame.with_columns(low.alias("value")))
    fitted = fit(rows)
    assert fitted.flags.frame.get_column("row_id").to_list() == sorted(top)
    assert set(fitted.flags.frame.get_column("severity")) == {"note"}
    found = numbers(rows)
    assert found["gr_max"]["value"] == -1.0
    assert "gr_limit" in found["gr50"]["method"].split("+")
    assert "gr_limit" not in numbers(plates(2.0))["gr50"]["method"].split("+")


def test_plateau_below_minus_one_is_given_as_minus_one_and_it_is_said():
    """A straight fall to -1: the Hill curve that follows it best ends below what GR can be."""
    rows = plates(2.0, curve=lambda d: float(np.clip(1 - np.log10(d / 30.0), -1, 1)))
    found = numbers(rows)
    assert found["gr_inf"]["value"] == -1.0
    assert "gr_floor" in found["gr_inf"]["method"].split("+")
    assert "gr_floor" not in numbers(plates(2.0))["gr_inf"]["method"].split("+")


def test_every_method_has_its_sentence():
    told = plates(2.0, zero=None, division_time_h=36.0, duration_h=72.0)
    used = [*fit(plates(2.0)).estimates.frame["method"], *fit(told).estimates.frame["method"]]
    names = {name for text in used for name in text.split("+")}
    assert {"gr_time_zero", "gr_division_time", "gr50_level"} <= names
    assert names <= set(load_methods())


# ---- refusals


def without_blank(rows, file):
    gone = (pl.col("file") == file) & (pl.col("role") == "blank")
    return rows.with_frame(rows.frame.filter(~gone))


def bent(rows, **columns):
    return rows.with_frame(rows.frame.with_columns(**columns))


ZERO = pl.col("role") == "time_zero"
REFUSED = {
    "nothing says how they grew": (lambda: plates(zero=None), "GR needs to know", "time_zero"),
    "no value at day 0": (
        lambda: bent(plates(), value=pl.when(ZERO).then(None).otherwise(pl.col("value"))),
        "Its 6 time_zero wells have no value",
        "time_zero",
    ),
    "no duration": (
        lambda: plates(zero=None, division_time_h=36.0),
        "GR needs duration_h beside division_time_h",
        "duration_h in hours",
    ),
    "no division time": (
        lambda: plates(zero=None, duration_h=72.0),
        "GR needs division_time_h beside duration_h",
        "division_time_h in hours",
    ),
    "division time of zero": (
        lambda: plates(zero=None, division_time_h=0.0, duration_h=72.0),
        "expected hours above zero",
        "Write hours",
    ),
    "negative duration": (
        lambda: plates(zero=None, division_time_h=36.0, duration_h=-72.0),
        "duration_h of row",
        "Write hours",
    ),
    "days for hours": (
        lambda: plates(zero=None, division_time_h=1.5, duration_h=72.0),
        "would have doubled 48 times",
        "both hours",
    ),
    "control did not grow": (
        lambda: bent(plates(), value=pl.when(ZERO).then(9000.0).otherwise(pl.col("value"))),
        "did not grow",
        "swapped",
    ),
    "hardly grew": (lambda: plates(0.1), "doubled less than 0.2 times", "longer assay"),
    "hardly grows": (
        lambda: plates(zero=None, division_time_h=720.0, duration_h=72.0),
        "doubled less than 0.2 times",
        "hours",
    ),
    "no cells at day 0": (
        lambda: bent(plates(), value=pl.when(ZERO).then(70.0).otherwise(pl.col("value"))),
        "no more than their blank",
        "day-0 plate",
    ),
    "blank on the end plate only": (
        lambda: without_blank(plates(), "LINE-E1-D0.csv"),
        "no blank wells",
        "on both plates",
    ),
    "blank on the day-0 plate only": (
        lambda: without_blank(plates(), "LINE-E1.csv"),
        "no blank wells",
        "on both plates",
    ),
    "time-zero well of no line": (
        lambda: bent(plates(), model=pl.when(ZERO).then(None).otherwise(pl.col("model"))),
        "has no model",
        "Fill 'model'",
    ),
    "two division times": (
        lambda: bent(
            plates(zero=None, duration_h=72.0),
            division_time_h=pl.when(pl.col("dose") > 100).then(24.0).otherwise(36.0),
        ),
        "several division_time_h: 24, 36",
        "one per plate",
    ),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_refused_with_file_and_remedy(case):
    make, said, remedy = REFUSED[case]
    errors, _ = problems(make())
    assert len(errors) == 1, errors
    assert said in errors[0].message
    assert remedy in errors[0].remedy
    assert errors[0].file.startswith("LINE-E1")


def test_setting_and_column_that_disagree_are_refused():
    rows = plates(zero=None, division_time_h=36.0, duration_h=72.0)
    errors, _ = problems(rows, ViabilitySettings(growth_rate=True, duration_h=96.0))
    assert [e.file for e in errors] == ["study.toml"]
    assert "96 here, but a table says 72" in errors[0].message


def test_what_forbids_growth_rates_forbids_nothing_else():
    for make, _, _ in REFUSED.values():
        assert not problems(make(), ViabilitySettings())[0]


def test_slow_growth_and_another_read_are_said():
    rows = bent(
        plates(0.7), channel=pl.when(ZERO).then(pl.lit("gain 2")).otherwise(pl.lit("gain 1"))
    )
    frame = rows.frame.with_columns(
        pl.when(pl.col("file") == "LINE-E1-D0.csv")
        .then(pl.lit("gain 2"))
        .otherwise(pl.lit("gain 1"))
        .alias("channel")
    )
    errors, notes = problems(rows.with_frame(frame))
    assert not errors
    text = " ".join(note.message for note in notes)
    assert "doubled 0.7 times" in text
    assert "'gain 2'" in text


# ---- figures


def shown(rows, fitted, out=()):
    estimates = pool_units(fitted.estimates, ASSAY.pooled)
    both = type(estimates).concat([fitted.estimates, estimates])
    given = replace(fitted, estimates=both, flags=excluded(out))
    return {v.name: v for v in ASSAY.views(rows, given, Tests.empty(), GR, CONTEXT)}


def test_figure_puts_growth_rate_beside_viability():
    rows, _ = simulated(0)
    spoiled = rows.frame.filter(role="treated").item(0, "row_id")
    found = shown(rows, simulated_fit(0), out=[spoiled])
    assert {"dose_response", "gr50", "growth_rate"} <= set(found)
    titles = [panel.title for panel in found["growth_rate"].panels]
    kinds = ("viability", "growth rate")
    assert titles == [f"{line}: {kind}" for line in sorted(DIVISION_TIME_H) for kind in kinds]
    for left, right in zip(*[iter(found["growth_rate"].panels)] * 2, strict=True):
        assert (left.reference_y, right.reference_y) == (50.0, 0.0)
        assert right.y.low < -1.0
        assert right.y.high >= 1.0
        assert (left.x.low, left.x.high) == (right.x.low, right.x.high)
        dots = next(m for m in right.marks if m.kind == "points")
        assert dots.frame.get_column("y").is_between(-1.0, 1.3).all()
    hollow = sum(
        mark.frame.get_column("hollow").sum()
        for panel in found["growth_rate"].panels
        for mark in panel.marks
        if "hollow" in mark.frame.columns and panel.title.endswith("growth rate")
    )
    assert hollow == 1


def test_growth_curves_are_series_of_their_own():
    series = simulated_fit(0).series.frame
    curves = series.group_by("id").agg(pl.col("quantity").n_unique())
    assert curves.get_column("quantity").max() == 1
    gr = series.filter(quantity="gr_value")
    assert set(gr.get_column("units")) == {"GR value"}
    assert gr.filter(pl.col("unit_id").is_null()).get_column("id").n_unique() == 4
    assert gr.get_column("y").is_between(-1.0, 1.2).all()
