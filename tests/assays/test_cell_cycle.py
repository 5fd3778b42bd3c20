"""The cell-cycle assay from files to phases: recovery, refusals, exclusions of events, records."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from exportin.app.commands import app
from exportin.assays.cell_cycle.estimate import method_name
from exportin.assays.cell_cycle.fit_flags import fit_flags, tube_flags
from exportin.assays.cell_cycle.fits import TubeFit, fit_tubes
from exportin.assays.cell_cycle.nuclei import Nuclei as Tube
from exportin.assays.cell_cycle.nuclei import histogram, nuclei_of
from exportin.assays.cell_cycle.phase_rows import between_tubes, method_of
from exportin.assays.cell_cycle.records import records_of
from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.assays.cell_cycle.simulate_cells import Nuclei, tube
from exportin.contract.reader import Request
from exportin.readers.fcs import READER
from exportin.tables.events import Channel, EventData, Events
from exportin.tables.fcs_write import fcs_bytes
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

SETTINGS = CellCycleSettings(dna_channel="PI-A", share="none")


def read(data: EventData, name: str = "a.fcs") -> Events:
    table = READER.read(Source(name=name, data=fcs_bytes(data)), Request(kind=Events))
    assert isinstance(table, Events)
    return table


def nuclei(cells: Nuclei, seed: int = 5) -> Tube:
    table = read(tube(cells, np.random.default_rng(seed), name="a"))
    return nuclei_of(table, table.frame.row(0, named=True), set(), SETTINGS)


def test_phases_of_one_tube_are_found() -> None:
    cells = Nuclei(phases=(0.60, 0.25, 0.15), events=20_000, doublets=0.06)
    (fit,) = fit_tubes([nuclei(cells)], SETTINGS)
    assert fit.answer is not None
    assert fit.answer.verdict == "identifiable"
    for name, true in zip(("g1", "s", "g2m"), cells.phases, strict=True):
        assert abs(getattr(fit.answer.fit, name) - true) < 0.02
        assert fit.answer.model_low[name] <= getattr(fit.answer.fit, name) + 1e-12
        assert fit.answer.model_high[name] >= getattr(fit.answer.fit, name) - 1e-12


def test_doublets_are_gated_and_counted() -> None:
    found = nuclei(Nuclei(phases=(0.6, 0.25, 0.15), events=20_000, doublets=0.08)).singlets
    assert found is not None
    assert found.doublets == pytest.approx(0.08 / 1.12, abs=0.012)


def test_without_the_gate_the_histogram_still_takes_doublets_out() -> None:
    plain = SETTINGS.model_copy(update={"singlets": "none"})
    cells = Nuclei(phases=(0.70, 0.18, 0.12), events=20_000, doublets=0.06)
    table = read(tube(cells, np.random.default_rng(8), name="a"))
    tubes = [nuclei_of(table, table.frame.row(0, named=True), set(), plain)]
    (fit,) = fit_tubes(tubes, plain)
    assert fit.fit is not None
    assert fit.fit.g2m == pytest.approx(0.12, abs=0.025)


def test_shared_g1_helps_no_tube_to_another_answer() -> None:
    rng = np.random.default_rng(11)
    tables = [
        read(tube(Nuclei(phases=p, events=6_000), rng, name=str(i)), f"{i}.fcs")
        for i, p in enumerate([(0.6, 0.25, 0.15), (0.8, 0.1, 0.1), (0.5, 0.3, 0.2)])
    ]
    shared = SETTINGS.model_copy(update={"share": "experiment"})
    tubes = [nuclei_of(t, t.frame.row(0, named=True), set(), shared) for t in tables]
    one, two = fit_tubes(tubes, shared), fit_tubes(tubes, SETTINGS)
    for a, b in zip(one, two, strict=True):
        assert a.fit is not None
        assert b.fit is not None
        assert a.fit.g1 == pytest.approx(b.fit.g1, abs=0.02)


def test_a_tube_of_noise_has_no_phases() -> None:
    rng = np.random.default_rng(3)
    values = rng.uniform(0, 200_000, (1, 5_000)).astype(np.float32)
    data = EventData(channels=(Channel(name="PI-A", range=262_144, bits=32),), values=values)
    (record,) = records_of([read(data)], SETTINGS)
    assert record["verdict"] == "not identifiable"
    assert record["reason"]


def test_whole_channels_are_never_split() -> None:
    raw = np.random.default_rng(1).integers(0, 1024, (1, 5_000)).astype(np.uint16)
    data = EventData(channels=(Channel(name="PI-A", range=1024, bits=16),), values=raw)
    table = read(data)
    found = nuclei_of(table, table.frame.row(0, named=True), set(), SETTINGS)
    counts, edges = histogram(found.fine, found.step, 1000.0, 256)
    assert np.all(edges == np.rint(edges))
    assert counts.tolist() == np.histogram(raw, edges - 0.5)[0].tolist()


def test_memory_of_a_tube_does_not_grow_with_its_events() -> None:
    small, large = (nuclei(Nuclei(phases=(0.6, 0.3, 0.1), events=n)) for n in (2_000, 40_000))
    assert small.fine.nbytes == large.fine.nbytes
    assert large.n > 10 * small.n


def test_log_amplifier_is_refused_with_the_linear_channels() -> None:
    channels = (
        Channel(name="FL2-A", range=1024, bits=16, decades=4.0, lowest=1.0),
        Channel(name="FL2-W", range=1024, bits=16),
    )
    values = np.full((2, 600), 300, dtype=np.uint16)
    table = read(EventData(channels=channels, values=values))
    with pytest.raises(InputError, match=r"logarithmic amplifier.*FL2-W"):
        records_of([table], CellCycleSettings(dna_channel="FL2-A"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"population": "cells"}, "population 'cells' is no gate"),
        ({"g1_low": 200.0, "g1_high": 100.0}, "g1_low is not below g1_high"),
    ],
)
def test_settings_that_contradict_are_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        CellCycleSettings.model_validate({"dna_channel": "PI-A", **given})


def test_records_of_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "a.fcs"
    cells = Nuclei(phases=(0.60, 0.25, 0.15), events=10_000)
    path.write_bytes(fcs_bytes(tube(cells, np.random.default_rng(1), name="a")))
    (tmp_path / "notes.txt").write_text("a folder may hold other files")
    done = CliRunner().invoke(app, ["cell-cycle", str(tmp_path), "--channel", "PI-A", "--json"])
    assert done.exit_code == 0, done.output
    (record,) = json.loads(done.stdout)
    wanted = {"file", "events", "singlets", "g1_mean", "g1_cv", "g1", "s", "g2m", "sub_g1",
              "intervals", "model_low", "model_high", "verdict"}  # fmt: skip
    assert wanted <= set(record)
    assert record["g1"] + record["s"] + record["g2m"] == pytest.approx(1.0)
    assert record["g1_mean"] == pytest.approx(50_000, rel=0.005)
    assert record["intervals"]["g1"][0] < record["g1"] < record["intervals"]["g1"][1]


def test_command_without_channel_names_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.fcs"
    path.write_bytes(
        fcs_bytes(tube(Nuclei(phases=(0.6, 0.3, 0.1)), np.random.default_rng(1), name="a"))
    )
    done = CliRunner().invoke(app, ["cell-cycle", str(path)])
    assert done.exit_code == 2
    assert "PI-A" in done.output


def test_real_plant_nuclei_agree_with_flowploidy(realdata: Path) -> None:
    """flowPloidy numbers its bins of 4 channels from 1, open at the left: channel = 4 k - 1."""
    folder = realdata / "bench" / "flow_dna" / "flowploidy"
    theirs = pl.read_csv(folder / "flowPloidy_results.csv", null_values="NA")
    settings = CellCycleSettings(dna_channel="FL3 INT LIN")
    for path in sorted(folder.glob("*.LMD")):
        table = READER.read(Source(name=path.name, data=path.read_bytes()), Request(kind=Events))
        assert isinstance(table, Events)
        (record,) = records_of([table], settings)
        said = theirs.filter(file=path.name)
        for row in said.iter_rows(named=True):
            assert record["g1_mean"] == pytest.approx(4 * row["a_mean"] - 1, rel=0.005)
            assert record["g1_cv"] == pytest.approx(row["a_CV"], rel=0.10)


def test_real_yeast_is_not_identifiable(realdata: Path) -> None:
    """CV of 13 to 28 %: S hides under two broad peaks, whatever a model says."""
    folder = realdata / "bench" / "flow_dna" / "ploidypeaks"
    settings = CellCycleSettings(dna_channel="FITC-A")
    for path in sorted(folder.glob("*.fcs")):
        table = READER.read(Source(name=path.name, data=path.read_bytes()), Request(kind=Events))
        assert isinstance(table, Events)
        (record,) = records_of([table], settings)
        assert record["verdict"] == "not identifiable", path.name


def of_line(cells: list[tuple[str, Nuclei]], settings: CellCycleSettings) -> list[TubeFit]:
    """Tubes of one line and experiment: role and content."""
    rng = np.random.default_rng(21)
    tubes = []
    for i, (role, one) in enumerate(cells):
        table = read(tube(one, rng, name=str(i)), f"{i}.fcs")
        row = {**table.frame.row(0, named=True), "role": role, "model": "line", "tube": str(i)}
        tubes.append(nuclei_of(table, row, set(), settings))
    return fit_tubes(tubes, settings)


@pytest.mark.parametrize("share", ["none", "experiment"])
def test_cells_before_mitosis_are_not_called_g1(share: str) -> None:
    """The vehicle says where G1 is; a drug that leaves one peak at twice that leaves no G1."""
    arrested = Nuclei(phases=(0.001, 0.019, 0.98), events=6_000)
    settings = SETTINGS.model_copy(update={"share": share})
    made = of_line([("vehicle", Nuclei(phases=(0.6, 0.25, 0.15))), ("treated", arrested)], settings)
    assert made[0].fit is not None
    assert made[0].fit.g1 == pytest.approx(0.6, abs=0.03)
    fit = made[1].fit
    assert fit is None or fit.g1 < 0.05
    assert "G1 of this line" in (made[1].sentence or made[1].elsewhere)


def test_a_strong_arrest_keeps_its_small_g1() -> None:
    made = of_line(
        [
            ("vehicle", Nuclei(phases=(0.6, 0.25, 0.15))),
            ("treated", Nuclei(phases=(0.10, 0.05, 0.85), events=10_000)),
            ("treated", Nuclei(phases=(0.08, 0.05, 0.87), events=10_000)),
            ("treated", Nuclei(phases=(0.09, 0.05, 0.86), events=10_000)),
        ],
        SETTINGS.model_copy(update={"share": "experiment"}),
    )
    for one, true in zip(made[1:], (0.10, 0.08, 0.09), strict=True):
        assert one.fit is not None
        assert one.fit.g1 == pytest.approx(true, abs=0.02)


def test_tubes_that_differ_widen_their_average_and_are_told() -> None:
    weights = np.full(3, 1 / 3)
    assert between_tubes(weights, np.array([0.45, 0.60, 0.75])) == pytest.approx(
        4.302653 * 0.15 / np.sqrt(3), rel=1e-5
    )
    cells = [Nuclei(phases=(p, 0.85 - p, 0.15)) for p in (0.45, 0.60, 0.75)]
    fits = of_line([("treated", one) for one in cells], SETTINGS)
    (said,) = tube_flags(fits)
    assert said["rule"] == "tubes-differ"


def test_without_a_pulse_no_gate_is_claimed() -> None:
    whole = tube(Nuclei(phases=(0.6, 0.25, 0.15)), np.random.default_rng(1), name="a")
    bare = replace(whole, channels=whole.channels[2:3], values=whole.values[2:3])
    table = read(bare)
    found = nuclei_of(table, table.frame.row(0, named=True), set(), SETTINGS)
    (fit,) = fit_tubes([found], SETTINGS)
    assert method_of([fit], method_name(SETTINGS)) == "dna_histogram"
    assert "doublets-not-told" in {flag["rule"] for flag in fit_flags(fit)}


@pytest.mark.parametrize("step", [256.0, 1 / 3.3])
def test_coarse_scales_held_as_floats_show_no_comb(step: float) -> None:
    whole = tube(Nuclei(phases=(0.6, 0.25, 0.15)), np.random.default_rng(6), name="a")
    values = (np.rint(whole.values[2:3] / 200.0) * step).astype(np.float32)
    data = EventData(channels=(Channel(name="PI-A", range=262_144, bits=32),), values=values)
    table = read(data)
    found = nuclei_of(table, table.frame.row(0, named=True), set(), SETTINGS)
    (fit,) = fit_tubes([found], SETTINGS)
    assert fit.answer is not None
    assert fit.answer.verdict == "identifiable", fit.answer.reason
