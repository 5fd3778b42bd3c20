"""Linear and compensated values: by hand, exactly once, and refused where they would be wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.events.tubes_by_hand import data, tube

from exportin.events.compensation import choose_spill
from exportin.events.settings import Axis, Compensation, Matrix
from exportin.events.stains import Stain, spill_from_stains
from exportin.events.tubes import linear_values, open_tube
from exportin.tables.events import Channel, EventData, Spill
from exportin.tables.problems import InputError

SPILL = Spill(names=("FL1-A", "FL2-A"), matrix=((1.0, 0.2), (0.1, 1.0)))
TRUTH = {"FL1-A": np.array([100.0, 0.0, 50.0]), "FL2-A": np.array([0.0, 200.0, 50.0])}
SEEN = {"FL1-A": np.array([100.0, 20.0, 55.0]), "FL2-A": np.array([20.0, 200.0, 60.0])}
FILE = Compensation(source="file")


def test_the_files_own_matrix_by_hand() -> None:
    made = tube({"FSC-A": [1.0, 2.0, 3.0], **SEEN}, spill=SPILL, compensation=Compensation())
    for name, truth in TRUTH.items():
        assert made.of(name) == pytest.approx(truth, abs=1e-12)
        assert made.of(name, "linear").tolist() == SEEN[name].tolist()
    assert made.of("FSC-A").tolist() == [1.0, 2.0, 3.0]
    assert made.applied.sentence == "compensated by the file's own $SPILLOVER: FL1-A, FL2-A"


@settings(deadline=None)
@given(st.floats(0, 0.6), st.floats(0, 0.6), st.integers(0, 1000))
def test_compensation_takes_out_what_spilled(a: float, b: float, seed: int) -> None:
    truth = np.random.default_rng(seed).uniform(-100, 1e5, (2, 40))
    spill = Spill(names=("X", "Y"), matrix=((1.0, a), (b, 1.0)))
    seen = np.array(spill.matrix).T @ truth
    made = tube({"X": seen[0], "Y": seen[1]}, spill=spill, compensation=FILE)
    assert np.stack([made.of("X"), made.of("Y")]) == pytest.approx(truth, abs=1e-6)


def test_a_matrix_in_another_order_gives_the_same() -> None:
    turned = Matrix(detectors=["fl2-a", "fl1-a"], rows=[[1.0, 0.1], [0.2, 1.0]])
    made = tube(SEEN, compensation=Compensation(source="matrix", matrix=turned))
    assert made.of("FL1-A") == pytest.approx(TRUTH["FL1-A"], abs=1e-12)


def test_the_given_matrix_replaces_the_files_own() -> None:
    other = Matrix(detectors=["FL1-A", "FL2-A"], rows=[[1.0, 0.2], [0.1, 1.0]])
    wrong = Spill(names=("FL1-A", "FL2-A"), matrix=((1.0, 0.9), (0.0, 1.0)))
    asked = Compensation(source="matrix", matrix=other)
    made = tube(SEEN, spill=wrong, compensation=asked)
    assert made.of("FL2-A") == pytest.approx(TRUTH["FL2-A"], abs=1e-12)
    assert made.applied.source == "matrix"


def test_gates_may_name_dyes_and_other_matrices_from_linear_values() -> None:
    """A second matrix works on linear values, not on what the first left: never twice."""
    own = Matrix(detectors=["FL1-A", "FL2-A"], dyes=["GFP", "RFP"], rows=[[1, 0.2], [0.1, 1]])
    made = open_tube(data(SEEN, spill=SPILL), "a.fcs:1-3", FILE, matrices={"own": own})
    assert made.of("GFP", matrix="own") == pytest.approx(TRUTH["FL1-A"], abs=1e-12)
    assert made.along(Axis(channel="FL2-A", matrix="own")) == pytest.approx(TRUTH["FL2-A"])
    assert made.along(Axis(channel="FL2-A", matrix="file")) == pytest.approx(TRUTH["FL2-A"])
    with pytest.raises(InputError, match=r"no matrix 'other'\. Known: file, own"):
        made.of("FL1-A", matrix="other")


def test_what_is_compensated_already_is_left_or_refused() -> None:
    values = {"Comp-FL1-A": [1.0], "Comp-FL2-A": [2.0]}
    spill = Spill(names=("Comp-FL1-A", "Comp-FL2-A"), matrix=SPILL.matrix)
    made = tube(values, spill=spill, compensation=Compensation())
    assert made.of("Comp-FL1-A").tolist() == [1.0]
    assert made.applied.source == "none"
    assert "compensated already" in made.applied.sentence
    with pytest.raises(InputError, match="are compensated already") as caught:
        tube(values, spill=spill, compensation=FILE)
    assert caught.value.problems[0].code == "compensated-twice"


@pytest.mark.parametrize(
    ("spill", "code"),
    [
        (None, "no-spillover"),
        (Spill(names=("FL1-A", "FL9-A"), matrix=SPILL.matrix), "unknown-channel"),
        (Spill(names=("FL1-A", "FL2-A"), matrix=((1.0, 1.0), (1.0, 1.0))), "singular-spillover"),
        (Spill(names=("FL1-A", "FL2-A"), matrix=((0.0, 1.0), (1.0, 0.0))), "bad-spillover"),
        (Spill(names=("FL1-A", "FL2-A"), matrix=((1.0, 0.1),)), "bad-spillover"),
        (Spill(names=("FL1-A", "fl1 a"), matrix=SPILL.matrix), "twin-channel"),
    ],
)
def test_refused_spill(spill: Spill | None, code: str) -> None:
    with pytest.raises(InputError) as caught:
        choose_spill(FILE, data(SEEN, spill=spill), "a.fcs")
    problem = caught.value.problems[0]
    assert problem.code == code
    assert problem.file == "a.fcs"
    assert problem.remedy


def test_without_a_matrix_auto_says_so() -> None:
    made = choose_spill(Compensation(), data(SEEN), "a.fcs")
    assert made.sentence == "not compensated (no spill-over is written in the file)"


def test_logarithmic_amplifiers_gain_and_time() -> None:
    channels = (
        Channel(name="log", range=1024.0, decades=4.0, lowest=1.0),
        Channel(name="gain", range=1024.0, gain=8.0),
        Channel(name="Time", range=1024.0, gain=1.0),
    )
    values = np.array([[0, 256, 1023], [0, 8, 16], [0, 1, 2]], dtype=np.uint16)
    made = EventData(channels=channels, values=values, keywords={"$TIMESTEP": "0.5"})
    assert linear_values(made, 0) == pytest.approx([1.0, 10.0, 10 ** (4 * 1023 / 1024)])
    assert linear_values(made, 1).tolist() == [0.0, 1.0, 2.0]
    assert linear_values(made, 2).tolist() == [0.0, 0.5, 1.0]


def test_floating_point_numbers_are_linear_whatever_the_amplifier_says() -> None:
    channel = Channel(name="FL1-A", range=262144.0, decades=4.0)
    made = EventData(channels=(channel,), values=np.array([[7.0]], dtype=np.float32))
    assert linear_values(made, 0).tolist() == [7.0]


def stained(rng: np.random.Generator, dye: int, n: int = 5000) -> dict[str, np.ndarray]:
    truth = rng.normal(100, 20, (2, n))
    if dye >= 0:
        truth[dye, : n // 2] += rng.lognormal(9, 0.5, n // 2)
    seen = np.array(SPILL.matrix).T @ truth
    return {"FL1-A": seen[0], "FL2-A": seen[1]}


def test_spill_from_single_stains() -> None:
    rng = np.random.default_rng(4)
    empty = tube(stained(rng, -1), name="unstained.fcs")
    stains = [
        Stain(channel=name, tube=tube(stained(rng, k), name=f"{name}.fcs"))
        for k, name in enumerate(("FL1-A", "FL2-A"))
    ]
    found = spill_from_stains(stains, [empty])
    assert found.spill.names == ("FL1-A", "FL2-A")
    assert np.array(found.spill.matrix) == pytest.approx(np.array(SPILL.matrix), abs=0.003)
    assert [row["row_id"] for row in found.rows] == ["FL1-A.fcs:1-5000", "FL2-A.fcs:1-5000"]
    asked = Compensation(source="controls")
    made = open_tube(stains[0].tube.data, "x.fcs:1-5000", asked, measured=found.spill)
    assert made.applied.source == "controls"
    assert abs(np.median(made.of("FL2-A")) - 100) < 3


def test_spill_from_wrong_controls_is_refused() -> None:
    rng = np.random.default_rng(5)
    empty = tube(stained(rng, -1), name="unstained.fcs")
    one, two = (tube(stained(rng, k), name=f"{k}.fcs") for k in (0, 1))
    swapped = [Stain(channel="FL1-A", tube=two), Stain(channel="FL2-A", tube=one)]
    with pytest.raises(InputError, match="is brighter in 'FL2-A'"):
        spill_from_stains(swapped, [empty])
    dark = [Stain(channel="FL1-A", tube=one), Stain(channel="FL2-A", tube=empty)]
    with pytest.raises(InputError, match="positive for 'FL2-A', 100 are needed"):
        spill_from_stains(dark, [empty])
    with pytest.raises(InputError, match="1 single-stain and 1 unstained"):
        spill_from_stains([swapped[0]], [empty])
    twice = [Stain(channel="FL1-A", tube=one), Stain(channel="fl1a", tube=two)]
    with pytest.raises(InputError, match="two single-stain tubes"):
        spill_from_stains(twice, [empty])


def test_a_stain_off_scale_is_refused() -> None:
    rng = np.random.default_rng(6)
    empty = tube(stained(rng, -1), name="unstained.fcs")
    bright = {k: np.minimum(v, 5000.0) for k, v in stained(rng, 0).items()}
    stains = [
        Stain(channel="FL1-A", tube=tube(bright, name="bright.fcs", top=5001.0)),
        Stain(channel="FL2-A", tube=tube(stained(rng, 1), name="2.fcs")),
    ]
    with pytest.raises(InputError, match="more than half of the positive events are off scale"):
        spill_from_stains(stains, [empty])


def test_spill_over_of_one_channel_takes_nothing_out():
    data = EventData(
        channels=(Channel(name="FL1-A"),),
        values=np.array([[5.0]]),
        spill=Spill(names=("FL1-A",), matrix=((1.0,),)),
    )
    tube = open_tube(data, "a.fcs:1-1", Compensation(source="auto"))
    assert tube.of("FL1-A").tolist() == [5.0]
    assert tube.applied.source == "none"
    assert "FL1-A alone" in tube.applied.sentence
