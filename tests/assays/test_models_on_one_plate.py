"""Two cell lines on one plate give the numbers they give on plates of their own."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from exportin.assays.viability import ASSAY
from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.results.tables import Flags, Tests
from exportin.tables.kinds import WellReadings

KEYS = ("model", "treatment")
CONTEXT = Context(block="v", experimental_unit="experiment", keys=KEYS, seed=1)
GR = ViabilitySettings(growth_rate=True)
DOSES = [4000.0 / 2.5**i for i in range(10)]
BLANK, START = 50.0, {"LPS": 1000.0, "GIST": 60.0}
DOUBLINGS, EC50 = {"LPS": 2.0, "GIST": 1.2}, {"LPS": 90.0, "GIST": 700.0}
PLACES = {"LPS": "ABCD", "GIST": "EFGH"}


def line(model: str, plate: str) -> pl.DataFrame:
    """Half a plate with day-0 wells, a slow and dim line or a fast and bright one."""
    start, k = START[model], DOUBLINGS[model]
    wells: list[tuple[str, float | None, float]] = [("time_zero", None, start)] * 4
    wells += [("vehicle", None, start * 2**k * (1 + 0.02 * i)) for i in (-1, 1, -1, 1)]
    for repeat in (-1, 0, 1):
        wells += [("treated", d, start * 2**k / (1 + d / EC50[model]) * (1 + 0.01 * repeat))
                  for d in DOSES]  # fmt: skip
    return pl.DataFrame(
        [
            {"row_id": f"{plate}:{model}{i:02d}", "file": f"{plate}.csv", "sample_id": plate,
             "well": f"{PLACES[model][i // 12]}{i % 12 + 1:02d}", "channel": "Luminescence",
             "value": BLANK + signal, "cause": "", "role": role, "dose": dose, "model": model,
             "treatment": "drug" if role == "treated" else None, "unit_id": "E1",
             "dose_unit": None if dose is None else "nM", "run_order": None,
             "division_time_h": None, "duration_h": None}
            for i, (role, dose, signal) in enumerate(wells)
        ],
        schema_overrides=dict.fromkeys(
            ("dose", "run_order", "division_time_h", "duration_h"), pl.Float64
        ),
    )  # fmt: skip


def blanks(plate: str) -> pl.DataFrame:
    """Medium without cells: it names no model."""
    return line("LPS", plate).head(4).with_columns(
        pl.lit("blank").alias("role"), pl.lit(None, pl.String).alias("model"),
        pl.lit(BLANK).alias("value"), (pl.col("row_id") + "b").alias("row_id"),
        pl.Series("well", ["H09", "H10", "H11", "H12"]),
    )  # fmt: skip


def rows(*frames: pl.DataFrame) -> WellReadings:
    return WellReadings(frame=pl.concat(frames).sort("row_id"))


SHARED = rows(line("LPS", "P1"), line("GIST", "P1"), blanks("P1"))
APART = [rows(line(model, "P1"), blanks("P1")) for model in START]


def test_the_plate_is_accepted_and_not_flagged() -> None:
    assert not ASSAY.check(SHARED, GR, CONTEXT)
    grave = ASSAY.flag(SHARED, GR, CONTEXT).frame.filter(pl.col("severity") != "note")
    assert grave.is_empty(), grave.get_column("message").to_list()


def test_every_number_is_that_of_a_plate_of_its_own() -> None:
    together = ASSAY.estimate(SHARED, Flags.empty(), GR, CONTEXT).estimates.frame
    alone = pl.concat(
        [ASSAY.estimate(part, Flags.empty(), GR, CONTEXT).estimates.frame for part in APART],
        how="diagonal_relaxed",
    )
    assert {"ic50_absolute", "gr50", "z_prime"} <= set(together.get_column("quantity"))
    columns = ["quantity", "model", "value", "conf_low", "conf_high", "n_rows", "status", "id"]
    assert_frame_equal(
        together.select(columns).sort("id"), alone.select(columns).sort("id"), rel_tol=1e-12
    )


def test_potencies_are_those_put_in() -> None:
    frame = ASSAY.estimate(SHARED, Flags.empty(), GR, CONTEXT).estimates.frame
    found = frame.filter(quantity="ic50_absolute").select("model", "value").rows()
    assert dict(found) == pytest.approx(EC50, rel=0.03)


def test_figures_hold_each_line_against_its_own_vehicle() -> None:
    fitted = ASSAY.estimate(SHARED, Flags.empty(), GR, CONTEXT)
    views = {view.name: view for view in ASSAY.views(SHARED, fitted, Tests.empty(), GR, CONTEXT)}
    lowest = {}
    for panel in views["dose_response"].panels:
        dots = next(mark.frame for mark in panel.marks if mark.kind == "points")
        lowest[panel.title] = dots.sort("x").item(0, "y")
    for model, ec50 in EC50.items():
        assert lowest[model] == pytest.approx(100 / (1 + DOSES[-1] / ec50), rel=1e-6)
    (plate,) = views["plates"].panels
    cells = next(mark.frame for mark in plate.marks if mark.kind == "heat")
    vehicle = cells.filter(pl.col("x").is_in(["5", "6", "7", "8"]), pl.col("y").is_in(["A", "E"]))
    assert vehicle.height == 8
    assert vehicle.get_column("value").abs().max() < 3  # percent above or below its own
