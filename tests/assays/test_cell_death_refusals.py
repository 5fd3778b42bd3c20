"""What the annexin assay refuses, flags and says, and where its numbers come from."""

from dataclasses import replace

import polars as pl
import pytest
from pydantic import ValidationError

from exportin.assays.cell_death import ASSAY
from exportin.assays.cell_death.settings import CellDeathSettings
from exportin.results.tables import Flags
from exportin.tables.events import Spill

from .flow_tubes import CONTEXT, event_data, events
from .test_cell_death import IN_ROW, REAL, SETTINGS, by_hand, codes, fit, said, simulated


def test_missing_controls_are_named() -> None:
    rows = simulated((0.7, 0.1, 0.1, 0.1), 15, drop=("unstained", "PI_only"))
    assert codes(rows, REAL) == ["no-control"]
    text = said(rows, REAL)
    assert "experiment 'E1, M' has no control single_stain of PI-A" in text
    assert "role 'single_stain' and the column stain" in text
    only = REAL.model_copy(update={"negative": "unstained"})
    assert "no control unstained" in said(rows, only)


def test_experiments_with_different_controls_are_refused() -> None:
    tubes = {
        "none": (event_data({"A": IN_ROW, "P": IN_ROW}), {"role": "unstained", "unit_id": None}),
        "a": (event_data({"A": IN_ROW, "P": IN_ROW}), {"role": "single_stain", "stain": "A"}),
        "p": (event_data({"A": IN_ROW, "P": IN_ROW}), {"role": "single_stain", "stain": "P"}),
        "s": (event_data({"A": [1.0], "P": [1.0]}), {"treatment": "drug"}),
        "t": (event_data({"A": [1.0], "P": [1.0]}), {"treatment": "drug", "unit_id": "E2"}),
    }
    auto = SETTINGS.model_copy(update={"negative": "auto"})
    assert codes(events(tubes), auto) == ["mixed-controls"]
    assert codes(events(tubes)) == []  # unstained for all
    assert "limits come from unstained cells" in said(events(tubes))


def test_too_few_events_of_a_control() -> None:
    rows = events(
        {
            "none": (event_data({"A": IN_ROW[:300], "P": IN_ROW[:300]}), {"role": "unstained"}),
            "s": (event_data({"A": [1.0], "P": [1.0]}), {"treatment": "drug"}),
        }
    )
    assert "the control unstained has 300 events; the threshold 'annexin' needs 1000" in said(rows)
    assert codes(rows) == ["few-control-events"]


@pytest.mark.parametrize("name", ["annexin_limit", "threshold", "PI gate"])
def test_a_limit_per_sample_is_refused(name: str) -> None:
    rows = by_hand(A=[1.0], P=[1.0])
    with_limit = replace(rows, frame=rows.frame.with_columns(pl.lit("1200").alias(name)))
    assert codes(with_limit) == ["limit-per-sample"]
    assert "once per experiment" in said(with_limit)


def test_a_channel_that_is_not_there() -> None:
    wrong = SETTINGS.model_copy(update={"dna_channel": "PI"})
    assert set(codes(by_hand(A=[1.0], P=[1.0]), wrong)) == {"unknown-channel"}
    assert "there are A, P" in said(by_hand(A=[1.0], P=[1.0]), wrong)


def test_what_a_sample_file_lacks_is_found_before_anything_is_counted() -> None:
    rows = by_hand(A=[1.0], P=[1.0])
    debris = CellDeathSettings(**SETTINGS.model_dump() | {"debris_below": 100})
    assert "no channel 'FSC-A'" in said(rows, debris)
    gates = [{"kind": "threshold", "name": "g", "axis": "SSC-A", "at": 5}]
    gate = CellDeathSettings(**SETTINGS.model_dump() | {"gates": gates, "population": "g"})
    assert "no channel 'SSC-A'" in said(rows, gate)
    singular = Spill(names=("A", "P"), matrix=((1.0, 1.0), (1.0, 1.0)))
    flat = event_data({"A": [1.0], "P": [1.0]}, spill=singular)
    bad = events({"none": (event_data({"A": IN_ROW, "P": IN_ROW}), {"role": "unstained"}),
                  "s": (flat, {"treatment": "drug"})})  # fmt: skip
    assert codes(bad) == ["singular-spillover"]


def test_sample_without_experiment_and_unknown_role() -> None:
    rows = by_hand(A=[1.0], P=[1.0])
    lost = replace(rows, frame=rows.frame.with_columns(pl.lit(None, pl.String).alias("unit_id")))
    assert codes(lost) == ["no-unit"]
    odd = replace(rows, frame=rows.frame.with_columns(role=pl.lit("compensation")))
    assert set(codes(odd)) == {"unknown-role", "no-samples"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"scale": {"kind": "log"}}, "has no place for compensated values of 0 and below"),
        ({"dna_channel": "A"}, "Name the two dyes"),
        ({"population": "live"}, "population 'live' is no gate"),
        ({"gates": [{"kind": "threshold", "name": "g", "axis": "A", "at": "own"}]},
         "limits of markers are set from the controls"),
        ({"annexin_limit": 500}, "Extra inputs are not permitted"),
    ],
)  # fmt: skip
def test_settings_that_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        CellDeathSettings(**{"annexin_channel": "A", "dna_channel": "P"} | settings)


def test_an_excluded_control_leaves_no_number_and_says_why() -> None:
    rows = by_hand(A=[1.0, 5000.0], P=[1.0, 1.0])
    out = [{"row_id": "none.fcs:1-1000", "rule": "excluded", "severity": "exclude",
            "message": "clogged", "by": "me"}]  # fmt: skip
    made = fit(rows, flags=Flags.from_rows(out))
    assert made.estimates.frame.get_column("value").null_count() == made.estimates.frame.height
    assert set(made.estimates.frame.get_column("status")) == {"not_identifiable"}
    flag = made.flags.frame.row(0, named=True)
    assert (flag["row_id"], flag["rule"]) == ("s.fcs:1-2", "no-limit")
    assert "has no control unstained" in flag["message"]


def test_spill_over_in_some_files_only_is_refused() -> None:
    spill = Spill(names=("A", "P"), matrix=((1.0, 0.15), (0.0, 1.0)))
    rows = events(
        {
            "none": (event_data({"A": IN_ROW, "P": IN_ROW}, spill=spill), {"role": "unstained"}),
            "s": (event_data({"A": [1.0], "P": [1.0]}), {"treatment": "drug"}),
        }
    )
    assert codes(rows) == ["spillover-in-some"]
    assert "1 of 2 files of experiment 'E1, M' hold no spill-over" in said(rows)
    other = Spill(names=("A", "P"), matrix=((1.0, 0.2), (0.0, 1.0)))
    unlike = events(
        {
            "none": (event_data({"A": IN_ROW, "P": IN_ROW}, spill=spill), {"role": "unstained"}),
            "s": (event_data({"A": [1.0], "P": [1.0]}, spill=other), {"treatment": "drug"}),
        }
    )
    assert codes(unlike) == []
    assert "2 different spill-overs" in said(unlike)


def test_a_spill_over_without_the_dyes_is_flagged() -> None:
    plain = {"A": [1.0], "P": [1.0], "X": [1.0], "Y": [1.0]}
    for names, matrix, words in (
        (("X", "Y"), ((1.0, 0.1), (0.0, 1.0)), "The spill-over does not name A and P"),
        (("A", "P"), ((1.0, 0.0), (0.0, 1.0)), "the matrix is the identity"),
    ):
        spill = Spill(names=names, matrix=matrix)
        rows = events({"s": (event_data(plain, spill=spill), {})})
        flags = ASSAY.flag(rows, SETTINGS, CONTEXT).frame.filter(rule="not-compensated")
        assert words in flags.item(0, "message")


def test_why_names_samples_and_their_controls() -> None:
    rows = by_hand(A=[1.0, 5000.0], P=[1.0, 1.0])
    made = fit(rows).estimates.frame
    assert ASSAY.behind is not None
    found = {
        row["quantity"]: ASSAY.behind(rows, Flags.empty(), row, SETTINGS)
        for row in made.iter_rows(named=True)
    }
    assert found["early"] == ("s.fcs:1-2", "none.fcs:1-1000")
    assert found["annexin_limit"] == ("none.fcs:1-1000",)
    assert found["cells"] == ("s.fcs:1-2",)
    test = {"quantity": "dead", "model": "M", "group_a": "drug", "group_b": "DMSO"}
    assert ASSAY.behind(rows, Flags.empty(), test, SETTINGS)[0] == "s.fcs:1-2"


def test_uncompensated_files_are_flagged_and_harvest_is_said() -> None:
    rows = by_hand(A=[1.0], P=[1.0])
    rules = ASSAY.flag(rows, SETTINGS, CONTEXT).frame
    assert "not-compensated" in set(rules.get_column("rule"))
    assert "floating cells" in said(rows)
