"""Limits from controls: value, what they rest on, and every refusal with its remedy."""

import numpy as np
import pytest
from tests.events.tubes_by_hand import tube

from exportin.events.gating import gate
from exportin.events.settings import GateSet, ThresholdRule
from exportin.events.thresholds import (
    Control,
    Cutoff,
    as_rows,
    cutoff_values,
    least_events,
    set_thresholds,
)
from exportin.tables.problems import InputError

LOGICLE = {"channel": "FL1-A", "scale": {"kind": "logicle", "T": 262144, "W": 0.5, "M": 4.5}}
NONE = GateSet()


def rule(**fields: object) -> ThresholdRule:
    return ThresholdRule.model_validate({"name": "t", "axis": "FL1-A", **fields})


def control(role: str, values: np.ndarray, name: str = "", **more: np.ndarray | str) -> Control:
    other = more.pop("other", np.zeros(len(values)))
    assert isinstance(other, np.ndarray)
    made = tube({"FL1-A": values, "FSC-A": other}, name=name or f"{role}.fcs")
    return Control(role=role, tube=made, **more)  # type: ignore[arg-type]


def only(rules: list[ThresholdRule], *controls: Control, gates: GateSet = NONE) -> Cutoff:
    return set_thresholds(rules, gates, controls, experiment="e1")[-1]


def refusal(rules: list[ThresholdRule], *controls: Control, gates: GateSet = NONE) -> str:
    with pytest.raises(InputError) as caught:
        set_thresholds(rules, gates, controls, experiment="e1")
    assert all(p.file and p.code for p in caught.value.problems)
    return str(caught.value)


def test_quantile_by_hand() -> None:
    found = only([rule(q=0.99)], control("unstained", np.arange(10_001.0)))
    assert found.value == 9900.0
    assert found.natural == 9900.0
    assert found.row_ids == ("unstained.fcs:1-10001",)
    assert found.n_events == 10_001
    assert found.low is not None
    assert found.high is not None
    assert 9870 < found.low < 9900 < found.high < 9930
    assert found.sentence == "99 % quantile of unstained: 9900 (10001 events of 1 tube)"


def test_quantile_on_a_scale_is_that_of_the_values() -> None:
    values = np.random.default_rng(1).normal(50, 100, 20_000)
    plain = only([rule()], control("unstained", values))
    scaled = only([rule(axis=LOGICLE)], control("unstained", values))
    assert scaled.natural == pytest.approx(plain.value, rel=1e-9)
    assert 0 < scaled.value < 1


def test_several_controls_give_their_median_and_span() -> None:
    tubes = [control("no_enzyme", np.arange(2000.0) + k, f"{k}.fcs") for k in (0, 10, 500)]
    found = only([rule(role="no enzyme", q=0.995)], *tubes)
    single = float(np.quantile(np.arange(2000.0), 0.995))
    assert found.value == single + 10
    assert found.n_events == 6000
    assert len(found.row_ids) == 3
    assert found.high is not None
    assert found.high > single + 500


def test_midpoint_between_modes() -> None:
    rng = np.random.default_rng(2)
    low = control("unstained", rng.normal(100, 20, 5000))
    high = control("single_stain", rng.normal(900, 80, 5000), stain="FL1-A")
    asked = rule(method="midpoint", positive_role="single_stain", positive_stain="fl1a")
    found = only([asked], low, high)
    assert found.value == pytest.approx(500, abs=25)
    assert found.low is None
    assert found.n_events == 10_000
    assert "midpoint between the modes of unstained and single_stain (fl1a)" in found.sentence
    swapped = rule(method="midpoint", role="single_stain", positive_role="unstained")
    assert "robust SD above that of 'single_stain'" in refusal([swapped], low, high)


def test_only_events_within_a_gate_and_kept_ones_count() -> None:
    values = np.concatenate([np.arange(5000.0), np.full(5000, 1e5)])
    size = np.concatenate([np.full(5000, 10.0), np.full(5000, 500.0)])
    cells = GateSet.model_validate(
        {"gates": [{"kind": "range", "name": "cells", "axis": "FSC-A", "max": 100}]}
    )
    found = only([rule(gate="cells")], control("unstained", values, other=size), gates=cells)
    assert found.n_events == 5000
    assert found.value == float(np.quantile(np.arange(5000.0), 0.99))
    keep = np.arange(10_000) < 3000
    kept = only([rule(q=0.5)], control("unstained", values, keep=keep))
    assert kept.value == 1499.5
    assert kept.n_events == 3000


def test_a_threshold_is_carried_to_every_tube() -> None:
    rng = np.random.default_rng(3)
    rules = [rule(axis=LOGICLE, q=0.995)]
    gates = GateSet.model_validate(
        {"gates": [{"kind": "threshold", "name": "positive", "axis": LOGICLE, "at": "t"}]}
    )
    made = set_thresholds(rules, gates, [control("unstained", rng.normal(0, 50, 20_000))],
                          experiment="e1")  # fmt: skip
    for shift in (0.0, 5000.0):
        values = rng.normal(shift, 50, 20_000)
        one = tube({"FL1-A": values, "FSC-A": values}, name=f"{shift}.fcs")
        inside = gate(one, gates, cutoff_values(made))["positive"]
        assert inside.mean() == pytest.approx(0.005 if shift == 0 else 1.0, abs=0.003)
    assert as_rows(made)[0]["row_ids"] == "unstained.fcs:1-20000"


def test_a_threshold_within_a_gate_of_an_earlier_one() -> None:
    gates = GateSet.model_validate(
        {"gates": [{"kind": "threshold", "name": "big", "axis": "FSC-A", "at": "size"}]}
    )
    rules = [
        rule(name="size", axis="FSC-A", q=0.5),
        rule(name="t", gate="big", q=0.5),
    ]
    values = np.arange(4000.0)
    found = only(rules, control("unstained", values, other=values), gates=gates)
    assert found.value == pytest.approx(2999.5)
    said = refusal(rules[::-1], control("unstained", values), gates=gates)
    assert "needs the threshold size, which is not set before it" in said


def test_least_events() -> None:
    assert [least_events(q) for q in (0.5, 0.01, 0.99, 0.999)] == [500, 1000, 1000, 10_000]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([rule(role="fccp")], "no control 'fccp'. Give a tube that role in the design; there are: "
                              "single_stain (A), single_stain (B), unstained."),
        ([rule(q=0.999)], "the control unstained has 2000 events; the threshold 't' needs 10000."),
        ([rule(role="single_stain")], "has tubes of several stains: A, B. Name one of them"),
        ([rule(gate="cells")], "there is no gate 'cells'"),
        ([rule(), rule()], "'t' stands twice"),
        ([rule(axis={"channel": "FL1-A", "matrix": "m"})], "there is no matrix 'm'"),
        ([rule(axis={"channel": "FL1-A", "scale": {"kind": "log"}}, q=0.5)],
         "not on a logarithmic scale"),
    ],
)  # fmt: skip
def test_refused(rules: list[ThresholdRule], said: str) -> None:
    controls = [
        control("unstained", np.arange(2000.0) - 1500),
        control("single_stain", np.arange(2000.0), "A.fcs", stain="A"),
        control("single_stain", np.arange(2000.0), "B.fcs", stain="B"),
    ]
    assert said in refusal(rules, *controls)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"method": "midpoint"}, "needs a second control"),
        ({"positive_role": "fccp"}, "a quantile looks at one control"),
        ({"method": "midpoint", "positive_role": "a", "q": 0.9}, "takes no q"),
    ],
)
def test_a_rule_that_contradicts_itself(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rule(**fields)
