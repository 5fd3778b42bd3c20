"""Channels by the names people write."""

import numpy as np
import pytest
from tests.events.tubes_by_hand import tube

from exportin.events.channels import find_channel, pulse_channel, time_channel
from exportin.tables.events import Channel
from exportin.tables.problems import InputError

CHANNELS = (
    Channel(name="FSC-A"),
    Channel(name="FL2-A", stain="PI"),
    Channel(name="FL2-H", stain="PI"),
    Channel(name="FL1-A", stain="Annexin V-FITC"),
    Channel(name="Time"),
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("FL2-A", 1),
        ("fl2_a", 1),
        ("fl2a", 1),
        ("FSC a", 0),
        ("Annexin V-FITC", 3),
        ("annexin v fitc", 3),
    ],
)
def test_channel_by_any_spelling(wanted: str, found: int) -> None:
    assert find_channel(CHANNELS, wanted, "a.fcs") == found


def test_a_stain_of_two_channels_means_none() -> None:
    with pytest.raises(InputError, match=r"a.fcs: 'PI' means several .* FL2-A \(PI\), FL2-H"):
        find_channel(CHANNELS, "PI", "a.fcs")


def test_short_name_goes_before_stain() -> None:
    both = (Channel(name="FL1-A", stain="FL2-A"), Channel(name="FL2-A"))
    assert find_channel(both, "FL2-A", "a.fcs") == 1


def test_unknown_channel_names_the_nearest_and_all() -> None:
    with pytest.raises(InputError) as caught:
        find_channel(CHANNELS, "FL3-A", "tube 1.fcs", "gate 'live'")
    problem = caught.value.problems[0]
    assert problem.file == "tube 1.fcs"
    assert problem.place == "gate 'live'"
    assert "FSC-A, FL2-A (PI)" in problem.message
    assert problem.remedy == "Did you mean 'FL2-A'?"


@pytest.mark.parametrize("wanted", ["", "-", " "])
def test_an_empty_name_means_no_channel(wanted: str) -> None:
    with pytest.raises(InputError, match="there is no channel"):
        find_channel(CHANNELS, wanted, "a.fcs")


@pytest.mark.parametrize(
    ("area", "other", "pulse", "found"),
    [
        ("FL2-A", "FL2-H", "height", 1),
        ("FL2-A", "FL2-W", "width", 1),
        ("FL3 INT LIN", "FL3 PEAK LIN", "height", 1),
        ("FL3 INT LIN", "FL3 TOF LIN", "width", 1),
        ("DAPI Area", "DAPI Height", "height", 1),
        ("FSC LinA", "FSC LinH", "height", 1),
        ("FL2-A", "FL3-H", "height", None),
        ("FL2-H", "FL2-W", "width", None),
    ],
)
def test_parts_of_a_pulse(area: str, other: str, pulse: str, found: int | None) -> None:
    channels = (Channel(name=area), Channel(name=other))
    assert pulse_channel(channels, 0, "height" if pulse == "height" else "width") == found


def test_time_channel() -> None:
    assert time_channel(CHANNELS) == 4
    assert time_channel(CHANNELS[:3]) is None
    assert time_channel((*CHANNELS, Channel(name="TIME"))) is None


def test_tube_says_which_file() -> None:
    made = tube({"FL1-A": np.arange(3.0)}, name="plate/A01.fcs")
    with pytest.raises(InputError, match=r"plate/A01\.fcs: there is no channel 'x'"):
        made.of("x")
