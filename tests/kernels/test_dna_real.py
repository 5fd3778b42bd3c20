"""Real histograms: plant nuclei beside flowPloidy's answers, yeast beside PloidyPeaks'."""

import csv

import flowio
import numpy as np
import pytest

from exportin.kernels.dna_histogram import DnaModel, fit_dna
from exportin.kernels.dna_spread import judge_histogram

PLANT_EDGES = np.arange(0.0, 1025.0, 4.0)
YEAST = ("A1_1", "A1_2", "A1_12", "A2_1", "A3_1", "A4_1")


def channel(path, name):
    sets = (
        flowio.read_multiple_data_sets(path) if path.suffix == ".LMD" else [flowio.FlowData(path)]
    )
    data = sets[0]
    names = [data.channels[k]["pnn"] for k in sorted(data.channels, key=int)]
    return np.reshape(data.events, (-1, data.channel_count))[:, names.index(name)]


def plant(realdata, name):
    values = channel(realdata / "bench/flow_dna/flowploidy" / name, "FL3 INT LIN")
    return np.histogram(values, PLANT_EDGES)[0]


def flowploidy(realdata, name):
    with (realdata / "bench/flow_dna/flowploidy/flowPloidy_results.csv").open() as text:
        return next(r for r in csv.DictReader(text) if r["file"] == name and r["debris"] == "SC")


def to_channel(position):
    """Give flowPloidy's bin number k as a channel here.

    Its bin k counts whole numbers from 4k - 3 to 4k (R's `hist` closes bins on the right), so bin
    k is centered at 4k - 1.5; here an event v fills v to v + 1 and lies at v + 0.5.
    """
    return 4.0 * float(position) - 1.0


@pytest.mark.parametrize("name", ["SM239.LMD", "240-4-2+rad.LMD"])
def test_plant_nuclei_with_a_standard(realdata, name):
    answer = judge_histogram(plant(realdata, name), PLANT_EDGES)
    told = flowploidy(realdata, name)
    fit = answer.fit
    assert fit.second is not None
    for line, which in ((fit, "a"), (fit.second, "b")):
        assert line.g1_mean == pytest.approx(to_channel(told[f"{which}_mean"]), rel=0.005)
        assert line.g1_cv == pytest.approx(float(told[f"{which}_CV"]), rel=0.10)
    assert fit.ratio == pytest.approx(float(told["linearity"]), rel=0.01)
    # flowPloidy itself gives 6 or 382 nuclei in S by the debris model: nothing to report
    assert answer.verdict == "not identifiable"


def test_debris_model_decides_s_of_a_plant(realdata):
    counts = plant(realdata, "SM239.LMD")
    model = DnaModel(second_line=True)
    cut = fit_dna(counts, PLANT_EDGES, model)
    falling = fit_dna(counts, PLANT_EDGES, DnaModel(second_line=True, debris="exponential"))
    assert abs(cut.s - falling.s) > 0.02
    assert cut.g1_mean == pytest.approx(falling.g1_mean, rel=0.01)


@pytest.mark.parametrize("name", YEAST)
def test_yeast_is_not_identifiable(realdata, name):
    values = channel(realdata / f"bench/flow_dna/ploidypeaks/{name}_gated.fcs", "FITC-A")
    edges = np.linspace(0.0, 1024.0, 257)
    answer = judge_histogram(np.histogram(values, edges)[0], edges)
    with (realdata / "bench/flow_dna/ploidypeaks/ploidyPeaks_output.csv").open() as text:
        told = next(r for r in csv.DictReader(text) if r["Sample"] == f"{name}.fcs")
    assert answer.verdict == "not identifiable"
    assert answer.reason
    assert answer.fit.g1_mean == pytest.approx(float(told["G1_1"]), rel=0.12)
