"""Annexin V and PI: quadrants by hand, limits from controls, refusals, compositions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from exportin.assays.cell_death import ASSAY
from exportin.assays.cell_death.quantities import FRACTIONS, QUADRANTS
from exportin.assays.cell_death.settings import CellDeathSettings
from exportin.assays.cell_death.simulate import (
    ANNEXIN,
    CONTROL,
    CONTROLS,
    DNA,
    quadrant_tube,
    simulate,
)
from exportin.inference.question import Contrast
from exportin.results.tables import Fitted, Flags, Tests
from exportin.study.run import run_study
from exportin.tables.events import EventData, Events, Spill

from .flow_tubes import CONTEXT, event_data, events, values_of

SETTINGS = CellDeathSettings(
    annexin_channel="A", dna_channel="P", quantile=0.99, negative="unstained", singlets="none"
)
IN_ROW = np.arange(1.0, 1001.0)  # 99 % quantile with linear interpolation: 990.01


def by_hand(**sample: list[float]) -> Events:
    """Unstained cells with 1 to 1000 in both channels, and a sample."""
    return events(
        {
            "none": (event_data({"A": IN_ROW, "P": IN_ROW[::-1]}), {"role": "unstained"}),
            "s": (event_data(sample), {"treatment": "drug"}),
        }
    )


def fit(rows: Events, settings: CellDeathSettings = SETTINGS, flags: Flags | None = None) -> Fitted:
    return ASSAY.estimate(rows, flags or Flags.empty(), settings, CONTEXT)


def codes(rows: Events, settings: CellDeathSettings = SETTINGS) -> list[str]:
    return [p.code for p in ASSAY.check(rows, settings, CONTEXT) if p.severity == "error"]


def said(rows: Events, settings: CellDeathSettings = SETTINGS) -> str:
    return "\n".join(map(str, ASSAY.check(rows, settings, CONTEXT)))


# ---- by hand


def test_quadrants_by_hand() -> None:
    """Limits are 990.01; five live, two early, two late, one necrotic of ten."""
    rows = by_hand(
        A=[1, 2, 3, 4, 990.0, 990.02, 2000, 5000, 6000, 10],
        P=[1, 2, 3, 4, 990.0, 5, 990.0, 5000, 990.02, 9000],
    )
    found = values_of(fit(rows).estimates.frame)
    assert found["annexin_limit"]["value"] == pytest.approx(990.01)
    assert found["dna_limit"]["value"] == pytest.approx(990.01)
    assert {name: found[name]["value"] for name in FRACTIONS} == {
        "live": 0.5, "early": 0.2, "late": 0.2, "necrotic": 0.1, "dead": 0.5,
        "annexin_positive": 0.4,
    }  # fmt: skip
    # binom.test(2, 10)$conf.int of R: 0.02521073 0.55609546
    low, high = (found["early"][name] for name in ("conf_low", "conf_high"))
    assert (low, high) == (pytest.approx(0.02521073, abs=1e-8), pytest.approx(0.55609546, abs=1e-8))


def test_nothing_found_is_a_bound_not_zero() -> None:
    found = values_of(fit(by_hand(A=[1.0] * 100, P=[1.0] * 100)).estimates.frame)
    late, live = found["late"], found["live"]
    assert (late["bound"], late["status"]) == ("<", "at_bound")
    assert late["value"] == pytest.approx(1 - 0.025 ** (1 / 100))  # exact upper limit of 0 of 100
    assert (live["bound"], live["conf_high"]) == (">", None)
    assert live["value"] == pytest.approx(0.025 ** (1 / 100))


def test_zero_and_negative_values_have_a_quadrant() -> None:
    found = values_of(fit(by_hand(A=[-500, 0, 5000, 1], P=[-1, 0, -300, 1])).estimates.frame)
    assert (found["live"]["value"], found["early"]["value"]) == (0.75, 0.25)


def test_spill_over_of_the_file_is_taken_out() -> None:
    """Raw P of the bright cell is 1200; 15 % of 6000 is annexin's light, 300 its own."""
    spill = Spill(names=("A", "P"), matrix=((1.0, 0.15), (0.0, 1.0)))
    ramp = {"A": IN_ROW, "P": IN_ROW[::-1]}
    rows = events(
        {
            "none": (event_data(ramp, spill=spill), {"role": "unstained"}),
            "s": (event_data({"A": [6000, 1], "P": [1200, 1]}, spill=spill), {"treatment": "d"}),
        }
    )
    assert values_of(fit(rows).estimates.frame)["early"]["value"] == 0.5
    bare = SETTINGS.model_copy(update={"compensation": SETTINGS.compensation.model_copy(
        update={"source": "none"})})  # fmt: skip
    assert values_of(fit(rows, bare).estimates.frame)["late"]["value"] == 0.5


def test_tubes_of_one_experiment_are_counted_together() -> None:
    rows = by_hand(A=[1, 5000], P=[1, 1])
    more = events(
        {
            "none": (event_data({"A": IN_ROW, "P": IN_ROW[::-1]}), {"role": "unstained"}),
            "s": (event_data({"A": [1.0, 5000.0], "P": [1.0, 1.0]}), {"treatment": "drug"}),
            "t": (event_data({"A": [1.0] * 8, "P": [1.0] * 8}), {"treatment": "drug"}),
        }
    )
    assert values_of(fit(rows).estimates.frame)["early"]["value"] == 0.5
    row = values_of(fit(more).estimates.frame)["early"]
    assert (row["value"], row["n_rows"], row["n_units"]) == (0.1, 2, 1)
    assert "tubes_together" in row["method"]


def test_debris_is_left_out_and_small_cells_stay() -> None:
    scatter = {"FSC-A": [100.0, 30_000.0, 90_000.0], "A": [5000.0] * 3, "P": [1.0, 9000.0, 1.0]}
    control = {"FSC-A": [90_000.0] * 1000, "A": IN_ROW, "P": IN_ROW}
    rows = events(
        {
            "none": (event_data(control), {"role": "unstained"}),
            "s": (event_data(scatter), {"treatment": "drug"}),
        }
    )
    chosen = CellDeathSettings(**SETTINGS.model_dump() | {"debris_below": 20_000.0})
    found = values_of(fit(rows, chosen).estimates.frame)
    assert (found["early"]["value"], found["late"]["value"]) == (0.5, 0.5)


# ---- which control


def test_own_controls_before_shared_ones_and_limits_per_experiment() -> None:
    tubes = {
        "shared": (event_data({"A": IN_ROW, "P": IN_ROW}), {"role": "unstained", "unit_id": None,
                                                            "model": None}),
        "own": (event_data({"A": 10 * IN_ROW, "P": IN_ROW}), {"role": "unstained"}),
        "s": (event_data({"A": [5000.0, 9950.0], "P": [1.0, 1.0]}), {"treatment": "drug"}),
        "t": (event_data({"A": [5000.0, 9950.0], "P": [1.0, 1.0]}),
              {"treatment": "drug", "unit_id": "E2"}),
    }  # fmt: skip
    found = values_of(fit(events(tubes)).estimates.frame, "unit_id")
    assert found["annexin_limit", "E1"]["value"] == pytest.approx(9900.1)
    assert found["annexin_limit", "E2"]["value"] == pytest.approx(990.01)
    assert found["early", "E1"]["value"] == 0.5
    assert found["early", "E2"]["bound"] == ">"


def simulated(
    parts: tuple[float, ...],
    seed: int,
    drop: tuple[str, ...] = (),
    cells: int = 8000,
    control: tuple[float, ...] = CONTROL,
) -> Events:
    rng = np.random.default_rng(seed)
    tubes: dict[str, tuple[EventData, dict[str, str]]] = {}
    for name, (role, stain, stains) in CONTROLS.items():
        if name not in drop:
            made = quadrant_tube(control, rng, name=name, stains=stains, cells=cells)
            tubes[name] = (made, {"role": role, "stain": stain})
    tubes["s"] = (quadrant_tube(parts, rng, name="s", cells=cells), {"treatment": "drug"})
    return events(tubes)


REAL = CellDeathSettings(annexin_channel=ANNEXIN, dna_channel=DNA, debris_below=20_000)


def test_single_stains_hold_the_noise_of_the_other_dye() -> None:
    """The limit of PI from annexin-only cells lies above that from unstained ones."""
    rows = simulated((0.5, 0.4, 0.05, 0.05), 11)
    own = values_of(fit(rows, REAL).estimates.frame)
    plain = values_of(fit(rows, REAL.model_copy(update={"negative": "unstained"})).estimates.frame)
    assert own["dna_limit"]["value"] > 1.2 * plain["dna_limit"]["value"]
    assert abs(own["early"]["value"] - 0.4) < 0.02
    assert plain["late"]["value"] > own["late"]["value"] + 0.005


def test_quadrants_are_recovered_by_every_way_to_limits() -> None:
    truth = (0.70, 0.14, 0.11, 0.05)
    killed = (0.2, 0.1, 0.65, 0.05)  # a midpoint wants single stains that are mostly positive
    rows = simulated(truth, 12, cells=20_000, control=killed)
    ways = (
        REAL,
        REAL.model_copy(update={"limits": "midpoint"}),
        CellDeathSettings(**REAL.model_dump() | {"compensation": {"source": "controls"}}),
        CellDeathSettings(**REAL.model_dump() | {"scale": {"kind": "logicle"}}),
    )
    for settings in ways:
        found = values_of(fit(rows, settings).estimates.frame)
        for name, true in zip(QUADRANTS, truth, strict=True):
            chance = 4 * np.sqrt(true * (1 - true) / 20_000)
            assert abs(found[name]["value"] - true) < 0.004 + chance, (settings, name)


def test_midpoint_needs_a_mostly_positive_single_stain() -> None:
    halfway = REAL.model_copy(update={"limits": "midpoint"})
    rows = simulated((0.7, 0.1, 0.1, 0.1), 17)
    assert codes(rows, halfway) == ["modes-too-close"]
    assert "robust SD above" in said(rows, halfway)


def test_draws_add_up_and_center_on_the_fractions() -> None:
    made = fit(simulated((0.70, 0.14, 0.11, 0.05), 13), REAL)
    ids = values_of(made.estimates.frame)
    draws = {
        name: made.draws.frame.filter(id=ids[name]["id"]).sort("draw")["value"].to_numpy()
        for name in FRACTIONS
    }
    assert sum(draws[name] for name in QUADRANTS) == pytest.approx(np.ones(200))
    assert draws["dead"] == pytest.approx(1 - draws["live"])
    for name in FRACTIONS:
        assert abs(draws[name].mean() - ids[name]["value"]) < 4 * ids[name]["value"] / 100


def test_a_design_without_models() -> None:
    rows = by_hand(A=[1.0, 5000.0], P=[1.0, 1.0])
    bare = replace(rows, frame=rows.frame.with_columns(pl.lit(None, pl.String).alias("model")))
    made = fit(bare)
    assert values_of(made.estimates.frame)["early"]["value"] == 0.5
    views = ASSAY.views(bare, made, Tests.empty(), SETTINGS, CONTEXT)
    assert [v.name for v in views] == ["quadrants", "dead", "quadrants_by_tube"]
    assert views[-1].panels[0].title == "drug, E1"


def test_order_of_rows_does_not_matter() -> None:
    rows = simulated((0.70, 0.14, 0.11, 0.05), 14)
    turned = replace(rows, frame=rows.frame.reverse())
    one, two = (fit(r, REAL).estimates.frame.sort("id") for r in (rows, turned))
    assert_frame_equal(one, two)


# ---- questions about all quadrants


def test_quadrants_are_compared_together(tmp_path: Path) -> None:
    """A whole study: parts of which one was not seen at all are met by their counts."""
    made = simulate("n4", np.random.default_rng(5))
    for name, data in made.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    question = """
[[block.cell_death.compare]]
quantity = "quadrants"
between  = "treatment"
versus   = "DMSO"
within   = "model"
test     = "parts"
"""
    study = tmp_path / "study.toml"
    study.write_text(study.read_text() + question)
    result = run_study(tmp_path)
    tests = next(b for b in result.blocks if b.name == "cell_death").tests.frame
    effects = tests.filter(pl.col("effect_kind").str.starts_with("odds ratio"))
    assert effects.get_column("part").to_list() == list(QUADRANTS)
    live = effects.filter(part="live").row(0, named=True)
    assert live["p_value"] < 0.05
    assert live["conf_low"] < 0.62 / 0.38 / (0.86 / 0.14) < live["conf_high"]


def test_a_quadrant_without_cells_enters_by_its_count() -> None:
    shift = {"DMSO": 0, "drug": 300}
    tubes = {"none": (event_data({"A": IN_ROW, "P": IN_ROW}),
                      {"role": "unstained", "unit_id": None})}  # fmt: skip
    for number in range(3):
        for treatment, more in shift.items():
            early, late = 100 + more + 20 * number, 50 + more // 3 + 5 * number
            annexin = [1.0] * 1000 + [5000.0] * (early + late)
            dna = [1.0] * (1000 + early) + [5000.0] * late
            about = {"treatment": treatment, "unit_id": f"E{number}"}
            tubes[f"{treatment}{number}"] = (event_data({"A": annexin, "P": dna}), about)
    rows = events(tubes)
    fitted = fit(rows)
    assert set(fitted.estimates.frame.filter(quantity="necrotic")["bound"]) == {"<"}
    ask = Contrast(quantity="quadrants", between="treatment", versus="DMSO", within=("model",),
                   test="parts")  # fmt: skip
    assert ASSAY.answers is not None
    tests = ASSAY.answers.answer(rows, Flags.empty(), fitted.estimates, ask, SETTINGS, CONTEXT)
    assert isinstance(tests, Tests)
    odds = tests.frame.filter(pl.col("effect_kind") == "odds ratio of early").row(0, named=True)
    shares = [
        [(100 + m + 20 * k) / (1150 + m + m // 3 + 25 * k) for k in range(3)] for m in (0, 300)
    ]
    logits = [[np.log(p / (1 - p)) for p in group] for group in shares]
    assert odds["effect"] == pytest.approx(np.exp(np.mean(logits[1]) - np.mean(logits[0])))
    assert odds["p_value"] is not None
