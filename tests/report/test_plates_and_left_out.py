"""Numbers of plates stand apart from potencies; pooled numbers that hang on one unit are told."""

from dataclasses import replace

import polars as pl
import pytest

from exportin.report.document import build_report
from exportin.report.left_out import FOLD, left_out
from exportin.report.names import Names
from exportin.report.plates import plate_table
from exportin.report.tables import MANY_CURVES, curves, estimate_listing
from exportin.results.quantities import shared_quantities
from exportin.results.tables import Estimates, Flags
from exportin.tables.problems import Problem

NAMES = Names(dict(shared_quantities()))


def plate_rows(study, count=3, models=("LP6",)):
    found = []
    for i in range(count):
        for model in models:
            what = {"plate": f"P{i + 1}", "model": model, "unit_id": "E1", "n_units": 1}
            common = {**what, "units": "", "scale": "linear", "method": "log_logistic_4",
                      "interval_level": None, "conf_level": None, "n_flagged": 0}  # fmt: skip
            for quantity, control, value in (
                ("z_prime", "vehicle to blank", 0.7 + i / 100),
                ("control_cv", "vehicle", 0.05),
                ("control_cv", "blank", 0.02),
            ):
                about = {"quantity": quantity, "control": control, "value": value, "n_rows": 12}
                found.append(study.estimate(**common, **about))
    return found


def with_plates(study, **how):
    potencies = study.estimates().frame.drop("id").to_dicts()
    return study.block(estimates=Estimates.build([*potencies, *plate_rows(study, **how)]))


def test_potency_tables_hold_no_plates(study):
    bare, block = study.block(), with_plates(study, count=60)
    assert curves(block) == curves(bare)
    for pooled in (True, False):
        one, other = (estimate_listing(b, NAMES, pooled=pooled) for b in (bare, block))
        assert (one.count, one.keys) == (other.count, other.keys)


def test_each_plate_has_one_row_with_its_numbers(study):
    table = plate_table(with_plates(study), NAMES)
    titles = [column.title for column in table.columns]
    assert titles == ["Z', vehicle to blank", "CV of controls, blank", "CV of controls, vehicle"]
    assert [plate.name for plate in table.plates] == ["P1", "P2", "P3"]
    assert [plate.cells[0]["value"] for plate in table.plates] == [0.7, 0.71, 0.72]
    assert not table.several_models
    assert plate_table(study.block(), NAMES) is None


def test_flagged_plates_are_named_by_plate_and_model(study):
    common = {"row_id": None, "severity": "warn", "by": "plates"}
    flags = Flags.from_rows([
        {**common, "rule": "CV", "message": "Plate 'P1' (LP6): CV of the vehicle is 30%."},
        {**common, "rule": "edge", "message": "Plate 'P3': edge effect."},
        {**common, "rule": "chance", "message": "Plate 'P2': noted.", "severity": "note"},
    ])  # fmt: skip
    block = replace(with_plates(study, models=("LP6", "LP10")), flags=flags)
    table = plate_table(block, NAMES)
    assert table.several_models
    assert table.flagged == ("P1", "P3")
    found = [(plate.name, plate.model, plate.flagged) for plate in table.plates if plate.flagged]
    assert found == [("P1", "LP6", ("CV",)), ("P3", "LP6", ("edge",)), ("P3", "LP10", ("edge",))]
    page = build_report(study.outcome(block)).decode()
    assert "(3, 2 flagged: P1 and P3)" in page


@pytest.mark.parametrize("count", [2, 9])
def test_why_is_said_for_every_plate_where_plates_differ(study, count):
    common = {"row_id": None, "severity": "warn", "by": "plates", "rule": "plate pattern: edge"}
    messages = [
        f"Plate 'P{i}': edge effect: the outer ring differs by +{i}%." for i in range(count)
    ]
    flags = Flags.from_rows([{**common, "message": message} for message in messages])
    page = build_report(study.outcome(replace(study.block(), flags=flags))).decode()
    flagged = page[page.index("What rules and people said") :]
    flagged = flagged[: flagged.index("</table>")].replace("&#39;", "'")
    for message in messages:
        assert flagged.count(message) == 1
    assert "the whole block" not in flagged


def test_of_very_many_plates_only_flagged_ones_are_listed(study):
    common = {"row_id": None, "severity": "warn", "by": "plates"}
    flags = Flags.from_rows([{**common, "rule": "CV", "message": "Plate 'P7': CV is 30%."}])
    block = replace(with_plates(study, count=MANY_CURVES + 1), flags=flags)
    table = plate_table(block, NAMES)
    assert [plate.name for plate in table.plates] == ["P7"]
    assert table.count == MANY_CURVES + 1
    assert "Only flagged plates are listed" in build_report(study.outcome(block)).decode()


# ---- leave one out


def influence(**row):
    base = {"block": "v", "assay": "viability", "quantity": "ec50", "model": "LP6", "plate": None,
            "units": "nM", "value": 20.0, "bound": "=", "n_units": 3, "lowest": 19.0,
            "lowest_without": "E3", "highest": 22.0, "highest_without": "E1",
            "moves_it_most": "E3", "remark": ""}  # fmt: skip
    return {**base, **row}


def test_only_numbers_that_hang_on_one_unit_are_listed():
    rows = [
        influence(),
        influence(model="LP10", lowest=20.0 / 1.6),
        influence(model="LP2", highest=20.0 * 1.49),
        influence(model="LP3", remark="without E1 only a lower bound remains"),
        influence(quantity="response_bottom", value=0.01, lowest=0.001, highest=0.3),
    ]
    found = left_out(pl.DataFrame(rows), NAMES)
    assert found.keys == ("model",)
    assert [row.keys for row in found.rows] == [("LP3",), ("LP10",)]
    assert (found.judged, found.others) == (4, 2)
    assert found.rows[1].lowest == "12.5\xa0nM without E3"
    assert found.rows[0].remark == "without E1 only a lower bound remains"


@pytest.mark.parametrize(("end", "factor"), [("lowest", 1 / FOLD), ("highest", FOLD)])
def test_a_change_of_less_than_the_factor_is_not_listed(end, factor):
    for bend, count in ((0.99, 0), (1.01, 1)):
        row = influence(**{end: 20.0 * factor**bend})
        assert len(left_out(pl.DataFrame([row]), NAMES).rows) == count


def pooled(**row):
    base = {"block": "v", "assay": "viability", "quantity": "response_bottom", "model": "LP6",
            "plate": None, "unit_id": None, "bound": "=", "conf_low": 0.1,
            "conf_high": 0.3}  # fmt: skip
    return {**base, **row}


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        ({}, None),
        ({"lowest": 0.09}, "without E3 below its interval"),
        ({"highest": 0.31}, "without E1 above its interval"),
        ({"remark": "r", "lowest": 0.0, "highest": 0.4},
         "r; without E3 below its interval; without E1 above its interval"),
    ],
)  # fmt: skip
def test_a_number_that_leaves_its_own_interval_is_listed(moved, said):
    row = influence(quantity="response_bottom", units="", value=0.2, lowest=0.15, highest=0.25)
    found = left_out(pl.DataFrame([{**row, **moved}]), NAMES, pl.DataFrame([pooled()]))
    assert [one.remark for one in found.rows] == ([said] if said else [])
    assert (found.judged, found.others) == (1, 0 if said else 1)
    bound = pl.DataFrame([pooled(bound=">", conf_high=None)])
    assert left_out(pl.DataFrame([{**row, **moved}]), NAMES, bound) is None
    single = pl.DataFrame([pooled(unit_id="E1")])
    assert left_out(pl.DataFrame([{**row, **moved}]), NAMES, single) is None


def test_nothing_pooled_gives_no_table():
    assert left_out(pl.DataFrame(), NAMES) is None
    assert left_out(pl.DataFrame([influence(quantity="value")]), NAMES) is None


# ---- notes


def test_design_rows_that_no_file_holds_are_told(study):
    note = Problem(file="design.csv", place="", message="LP99-E1 is in no file.", remedy="",
                   code="unused", severity="note")  # fmt: skip
    page = build_report(replace(study.outcome(study.block()), notes=(note,))).decode()
    assert "LP99-E1 is in no file." in page
    assert "Notes on the study as a whole" in page
    assert "Notes on the study" not in build_report(study.outcome(study.block())).decode()
