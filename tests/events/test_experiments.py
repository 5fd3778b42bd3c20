"""Tubes sorted into experiments with their controls, pages of tubes, lattices of pictures."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from exportin.events.experiments import Experiment, experiments, measured_spill, stain_channel
from exportin.events.fractions import exact_zeros, fraction_row
from exportin.events.gated_settings import GatedSettings
from exportin.events.gated_tubes import gated
from exportin.events.lattice import bin_counts, cell_counts, reach, scaled_axis
from exportin.events.overlays import limit_overlays
from exportin.events.settings import ArcsinhScale, Compensation, ThresholdGate
from exportin.events.simulated_stains import Kind, Stained, stained_tube
from exportin.events.tube_pages import tube_pages
from exportin.results.tables import Estimates
from exportin.tables.events import EventData, Events, channel_list, range_id
from exportin.tables.problems import InputError

from .tubes_by_hand import data


def rows_of(*rows: tuple[str, str, str | None, str | None, str | None]) -> pl.DataFrame:
    names = ("row_id", "role", "unit_id", "model", "stain")
    return pl.DataFrame([dict(zip(names, row, strict=True)) for row in rows], schema=dict.fromkeys(
        names, pl.String))  # fmt: skip


def table(tubes: Mapping[str, tuple[EventData, Mapping[str, Any]]]) -> Events:
    rows, blobs = [], {}
    for name, (made, about) in tubes.items():
        row_id = range_id(f"{name}.fcs", 1, made.n_events)
        blobs[row_id] = made.to_bytes()
        row = {"row_id": row_id, "file": f"{name}.fcs", "sample_id": name}
        row |= {"n_events": made.n_events, "channels": channel_list(made.names), "unit_id": "E1"}
        rows.append({**row, "model": "M", "stain": None, **about})
    return Events(frame=pl.DataFrame(rows, schema_overrides={"stain": pl.String}), blobs=blobs)


# ---- which control


def test_the_nearest_control_of_each_role_and_stain_is_taken() -> None:
    frame = rows_of(
        ("s1", "treated", "E1", "M", None), ("s2", "treated", "E1", "N", None),
        ("s3", "treated", "E2", "M", None),
        ("all", "unstained", None, None, None), ("of N", "unstained", None, "N", None),
        ("of E1", "unstained", "E1", None, None), ("of E1 M", "unstained", "E1", "M", None),
        ("PI", "single_stain", None, None, "PI"), ("FITC", "single_stain", "E2", None, "FITC"),
    )  # fmt: skip
    found = {one.name: [r["row_id"] for r in one.controls]
             for one in experiments(frame, ("treated",), (), set())}  # fmt: skip
    assert found == {
        "E1, M": ["of E1 M", "PI"], "E1, N": ["of E1", "PI"], "E2, M": ["FITC", "PI", "all"],
    }  # fmt: skip


def test_an_excluded_control_gives_way_to_the_next() -> None:
    frame = rows_of(
        ("s", "treated", "E1", "M", None), ("own", "unstained", "E1", None, None),
        ("twin", "unstained", "E1", None, None), ("all", "unstained", None, None, None),
    )  # fmt: skip
    for out, left in ((set(), ["own", "twin"]), ({"own"}, ["twin"]), ({"own", "twin"}, ["all"])):
        made = experiments(frame, ("treated",), (), out)[0]
        assert [row["row_id"] for row in made.controls] == left
    assert len(experiments(frame, ("treated",), (), {"s"})[0].samples) == 1  # counted as left out


# ---- stains and spill-over


def stained(seed: int, stains: frozenset[str]) -> EventData:
    kind = Kind(dyes={"F": (9000.0, 0.3), "P": (12_000.0, 0.3)})
    spill = np.array([[1.0, 0.15], [0.03, 1.0]])
    tube = Stained(
        kinds=[(kind, 6000)], dyes={"F": "FITC", "P": "PI"}, spill=spill, stains=stains,
        doublets=0.0, debris=0.0,
    )  # fmt: skip
    return stained_tube(tube, np.random.default_rng(seed), name="t")


def controls(*left_out: str) -> tuple[Events, Experiment]:
    tubes = {
        "none": (stained(1, frozenset()), {"role": "unstained"}),
        "f": (stained(2, frozenset({"F"})), {"role": "single_stain", "stain": "fitc"}),
        "p": (stained(3, frozenset({"P"})), {"role": "single_stain", "stain": "PI"}),
        "s": (stained(4, frozenset({"F", "P"})), {"role": "treated"}),
    }
    rows = table({name: tube for name, tube in tubes.items() if name not in left_out})
    return rows, experiments(rows.frame, ("treated",), (), set())[0]


BY_CONTROLS = GatedSettings(compensation=Compensation(source="controls"))


def test_spill_over_is_measured_from_the_stains_of_the_design() -> None:
    rows, one = controls()
    assert [stain_channel(rows, row) for row in one.controls] == ["F", "", "P"]
    found = measured_spill(rows, one, BY_CONTROLS)
    assert found is not None
    assert np.allclose(found.matrix, [[1.0, 0.15], [0.03, 1.0]], atol=0.004)
    assert measured_spill(rows, one, GatedSettings()) is None


def test_missing_stains_name_the_experiment() -> None:
    rows, one = controls("f")
    with pytest.raises(InputError, match="experiment 'E1, M': there are 1 single-stain"):
        measured_spill(rows, one, BY_CONTROLS)


def test_a_stain_that_is_no_channel_is_refused() -> None:
    rows, one = controls()
    with pytest.raises(InputError, match="column stain: there is no channel 'APC'"):
        stain_channel(rows, {**one.controls[0], "stain": "APC"})


# ---- gated cells


def test_gates_debris_and_exclusions_leave_what_they_say() -> None:
    made = data({"FSC-A": [1.0, 50.0, 60.0, 70.0, 80.0], "B": [9.0, 9.0, 1.0, 9.0, 9.0]})
    rows = table({"s": (made, {"role": "treated"})})
    high = ThresholdGate(name="high", axis={"channel": "B"}, at=5.0)  # type: ignore[arg-type]
    settings = GatedSettings(gates=[high], population="high", debris_below=40.0, singlets="none")
    row = rows.frame.row(0, named=True)
    assert gated(rows, row, set(), settings).keep.tolist() == [False, True, False, True, True]
    left = gated(rows, row, {"s.fcs:4-5"}, settings)
    assert (left.keep.tolist(), left.events, left.cells) == ([False, True] + [False] * 3, 3, 1)


def test_values_that_are_not_finite_are_not_counted() -> None:
    rows = table({"s": (data({"B": [1.0, np.inf, np.nan]}), {"role": "treated"})})
    row = rows.frame.row(0, named=True)
    assert gated(rows, row, set(), GatedSettings()).keep.tolist() == [True, False, False]


def test_doublets_are_left_out_where_height_is_there() -> None:
    kind = Kind(dyes={})
    tube = Stained(
        kinds=[(kind, 4000)], dyes={"F": "F", "P": "P"}, spill=np.eye(2), doublets=0.1, debris=0.0
    )
    made = stained_tube(tube, np.random.default_rng(5), name="t")
    rows = table({"s": (made, {"role": "treated"})})
    row = rows.frame.row(0, named=True)
    found = gated(rows, row, set(), GatedSettings())
    assert found.singlets is not None
    assert found.singlets.doublets == pytest.approx(400 / 4400, abs=0.003)
    assert abs(found.cells - 4000) < 30
    assert gated(rows, row, set(), GatedSettings(singlets="none")).cells == 4400
    with pytest.raises(InputError, match="no width channel"):
        gated(rows, row, set(), GatedSettings(singlets="width"))


def test_a_gate_with_a_named_limit_is_refused() -> None:
    with pytest.raises(ValidationError, match="Write a number"):
        GatedSettings(
            gates=[ThresholdGate(name="g", axis={"channel": "B"}, at="own")]  # type: ignore[arg-type]
        )


# ---- counts


def test_exact_zeros_touch_counted_bounds_of_units_only() -> None:
    what = {"block": "b", "assay": "a", "experimental_unit": "experiment", "method": "m"}
    rows = [
        what | {"quantity": "late", "unit_id": "E1"} | fraction_row(9, 9),
        what | {"quantity": "dead", "unit_id": "E1"} | fraction_row(0, 9),
        what | {"quantity": "late", "unit_id": None, "value": 0.1, "bound": "<"},
    ]
    made = exact_zeros(Estimates.build(rows), ["late"]).frame
    assert made.select("value", "bound").rows()[0] == (1.0, "=")
    assert made.get_column("bound").to_list()[1:] == ["<", "<"]


# ---- pictures


def test_every_tube_is_counted_on_the_same_lattice() -> None:
    rng = np.random.default_rng(6)
    centers = [set(np.round(cell_counts(*rng.normal(0, 1, (2, 500)), 0.12)[0] / 0.06).tolist())
               for _ in range(2)]  # fmt: skip
    assert all(value % 2 == 1 for one in centers for value in one)
    x, y = bin_counts(rng.normal(0, 1, 5000), 0.1)
    assert np.allclose(np.diff(x), 0.1)
    assert 4980 <= y.sum() <= 5000


def test_axes_reach_the_cells_and_every_limit() -> None:
    at, n = pl.Series([0.0, 1.0, 9.0]), pl.Series([10.0, 1e6, 10.0])
    low, high = reach(at, n, [3.0])
    assert low < 1.0 < 3.0 < high < 9.0  # ten of a million are beyond
    axis = scaled_axis("A", ArcsinhScale(cofactor=150.0), low, high)
    assert (axis.low, axis.high) == (low, high)


def layers(experiments: int, models: tuple[str | None, ...] = ("M",)) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"model": m, "treatment": t, "unit_id": f"E{e}", "tube": f"{m}{t}{e}",
             "part": part, "x": x, "y": 1.0 + e}
            for m in models for t in ("drug", "DMSO") for e in range(1, experiments + 1)
            for part, x in (("events", 0.5), ("events", 1.5), ("limit", 1.0))
        ],
        schema_overrides={"model": pl.String},
    )  # fmt: skip


def test_pages_hold_a_model_and_24_tubes() -> None:
    found = list(tube_pages(layers(13, ("N", "M")), ("DMSO",), 96))
    assert [(p.title, p.end, len(p.panels)) for p in found] == [
        ("M, page 1", "_1_1", 24), ("M, page 2", "_1_2", 2),
        ("N, page 1", "_2_1", 24), ("N, page 2", "_2_2", 2),
    ]  # fmt: skip
    assert found[0].panels[:3] == ("DMSO, E1", "drug, E1", "DMSO, E10")
    few = list(tube_pages(layers(13), ("DMSO",), 5))
    assert [p.panels for p in few] == [("DMSO, E1", "drug, E1", "DMSO, E10", "drug, E10",
                                        "DMSO, E11")]  # fmt: skip
    assert list(tube_pages(layers(2), (), 0)) == []
    assert next(tube_pages(layers(1, (None,)), (), 9)).title == ""


def test_overlays_have_the_limit_of_their_experiment() -> None:
    frame = layers(2).with_columns(
        pl.when(part="limit", unit_id="E2").then(1.4).otherwise("x").alias("x")
    )
    axis = scaled_axis("A", ArcsinhScale(cofactor=1.0), 0.0, 2.0)
    made = list(
        limit_overlays(
            frame, quantity="h", title="H", axis=lambda _low, _high: axis, first=("DMSO",),
            last=("drug",), caption="C.", most=96,
        )
    )  # fmt: skip
    assert [(p.title, p.reference_x) for p in made[0].panels] == [("M, E1", 1.0), ("M, E2", 1.4)]
    assert made[0].groups == ("DMSO", "drug")
