"""Events as bytes beside a table, ranges of events, and FCS files that are written."""

import warnings
from dataclasses import replace
from io import BytesIO

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.contract.reader import Request
from exportin.readers.fcs import READER
from exportin.tables import fcs_write
from exportin.tables.events import (
    Channel,
    EventData,
    Events,
    Spill,
    channel_list,
    event_range,
    range_id,
)
from exportin.tables.fcs_write import fcs_bytes
from exportin.tables.origin import Source

SPILL = Spill(names=("FL1-A", "FL2-A"), matrix=((1.0, 0.15), (0.015, 1.0)))
LOG = {"decades": 4.5, "lowest": 0.1}
"""Amplifier of a channel of integers; decimals are linear."""


def tube(dtype: str = "f4", n: int = 1000, **more: object) -> EventData:
    rng = np.random.default_rng(4)
    top = 255 if dtype == "u1" else 1000
    values = (top * rng.random((3, n))).astype(dtype)
    channels = (
        Channel(name="FSC-A", range=1024),
        Channel(name="FL1-A", stain="Annexin V-FITC", range=1024, gain=2.5),
        Channel(name="FL2-A", stain="PI, 530/30", range=1024, **(LOG if dtype[-2] == "u" else {})),
    )
    return EventData(channels=channels, values=values, **more)  # type: ignore[arg-type]


def back(data: bytes) -> EventData:
    table = READER.read(Source(name="a.fcs", data=data), Request(kind=Events))
    assert isinstance(table, Events)
    assert table.notes == ()
    (row_id,) = table.frame["row_id"]
    return table.open(row_id)


@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "u2", "u4", "u8", ">f4", ">u2"])
def test_bytes_and_back(dtype: str) -> None:
    events = tube(dtype, spill=SPILL, keywords={"$CYT": "Fortessa µ"})
    found = EventData.from_bytes(events.to_bytes())
    assert np.array_equal(found.values, events.values)
    assert found.values.dtype == events.values.dtype.newbyteorder("<")
    assert (found.channels, found.spill) == (events.channels, SPILL)
    assert dict(found.keywords) == {"$CYT": "Fortessa µ"}


def test_bytes_are_read_without_a_copy() -> None:
    data = tube().to_bytes()
    assert EventData.from_bytes(data).values.base is not None
    assert not EventData.from_bytes(data).values.flags.owndata


def test_a_part_of_a_tube_and_an_empty_one() -> None:
    events = tube()
    part = replace(events, values=events.values[:, ::3])
    assert np.array_equal(EventData.from_bytes(part.to_bytes()).values, events.values[:, ::3])
    none = replace(events, values=events.values[:, :0])
    assert EventData.from_bytes(none.to_bytes()).values.shape == (3, 0)


def test_values_and_channels_must_agree() -> None:
    with pytest.raises(ValueError, match="3 channels"):
        EventData(channels=tube().channels, values=np.zeros((2, 5)))


def test_a_table_opens_its_tubes() -> None:
    events = tube()
    frame = pl.DataFrame(
        {
            "row_id": ["a.fcs:1-1000"], "file": ["a.fcs"], "sample_id": ["a"],
            "n_events": [1000], "channels": [channel_list(events.names)],
        }
    )  # fmt: skip
    table = Events(frame=frame, blobs={"a.fcs:1-1000": events.to_bytes()})
    assert table.open("a.fcs:1-1000").names == ("FSC-A", "FL1-A", "FL2-A")
    assert table.frame["channels"][0].split("\t") == ["FSC-A", "FL1-A", "FL2-A"]
    with pytest.raises(KeyError):
        table.open("b.fcs:1-2")


def test_ranges() -> None:
    assert event_range(range_id("a:b.fcs", 3, 7)) == ("a:b.fcs", 3, 7)
    known = {"a.fcs:1-10", "a.fcs:11-30"}
    asked = ["a.fcs:11-12", "a.fcs:10-11", "b.fcs:1-2", "nonsense", "a.fcs:7-5"]
    assert Events.holders(asked, known) == {"a.fcs:11-12": "a.fcs:11-30"}


@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "u2", "u4"])
def test_a_written_file_reads_back(dtype: str) -> None:
    events = tube(dtype, n=9001, spill=SPILL, keywords={"$CYT": "Fortessa", "$P1V": "350"})
    said = {"$DATE": "21-NOV-2026", "$VOL": "120000", "$TIMESTEP": "0.01", "$SRC": "a/b|c\\d\fe"}
    found = back(fcs_bytes(events, said))
    assert np.array_equal(found.values, events.values)
    assert found.values.dtype == events.values.dtype
    assert found.spill == SPILL
    bits = 8 * events.values.itemsize
    assert found.channels == tuple(replace(channel, bits=bits) for channel in events.channels)
    for key, value in {**events.keywords, **said}.items():
        assert found.keywords[key] == value


@pytest.mark.parametrize("dtype", ["f4", "u2", "u4"])
def test_a_written_file_is_read_by_flowio(dtype: str) -> None:
    flowio = pytest.importorskip("flowio")
    events = tube(dtype, spill=SPILL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = flowio.FlowData(BytesIO(fcs_bytes(events, {"$CYT": "simulated"})))
    assert found.version == "3.1"
    assert np.array_equal(np.array(found.events).reshape(-1, 3).T, events.values)
    assert found.pns_labels == ["", "Annexin V-FITC", "PI, 530/30"]
    assert found.channels[3]["pne"] == ((4.5, 0.1) if dtype[0] == "u" else (0, 0))
    assert found.channels[2]["png"] == 2.5
    assert found.text["spillover"] == "2,FL1-A,FL2-A,1,0.15,0.015,1"


def test_a_gated_part_is_written_again() -> None:
    """What says how the old numbers lay is not carried along; what a tube is called is."""
    first = back(fcs_bytes(tube("u2"), {"$TOT": "7", "TUBE NAME": "A1", "$P3V": "410"}))
    gate = first.values[0] > 500
    second = back(fcs_bytes(replace(first, values=first.values[:, gate].astype("u4"))))
    assert second.n_events == int(gate.sum())
    assert np.array_equal(second.values, first.values[:, gate])
    assert (second.keywords["TUBE NAME"], second.keywords["$P3V"]) == ("A1", "410")
    fewer = replace(first, channels=first.channels[1:], values=first.values[1:])
    third = back(fcs_bytes(fewer))
    assert third.names == ("FL1-A", "FL2-A")
    assert "$P3V" not in third.keywords
    assert third.spill is None


def test_a_file_without_events() -> None:
    events = tube()
    data = fcs_bytes(replace(events, values=events.values[:, :0]))
    table = READER.read(Source(name="a.fcs", data=data), Request(kind=Events))
    assert table.frame["n_events"].to_list() == [0]


def test_large_files_have_their_offsets_in_text_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcs_write, "HEADER_LIMIT", 5_000)
    events = tube()
    data = fcs_bytes(events)
    assert data[26:42].split() == [b"0", b"0"]
    assert np.array_equal(back(data).values, events.values)


@pytest.mark.long
def test_a_hundred_million_bytes() -> None:
    values = np.full((2, 50_000_000), 7, dtype="u1")
    channels = (Channel(name="A", range=200), Channel(name="B", range=200))
    data = fcs_bytes(EventData(channels=channels, values=values))
    assert data[26:42].split() == [b"0", b"0"]
    assert np.array_equal(back(data).values, values)


@pytest.mark.parametrize(
    ("events", "word"),
    [
        (tube("i4"), "int32"),
        (replace(tube(), channels=(*tube().channels[:2], Channel(name="FL1-A"))), "of their own"),
        (replace(tube(), channels=(*tube().channels[:2], Channel(name=" "))), "of their own"),
        (replace(tube(), channels=(*tube().channels[:2], Channel(name="a,b"))), "comma"),
        (replace(tube("u2"), values=np.full((3, 2), 1024, "u2")), "not below its range"),
    ],
)
def test_what_cannot_be_written(events: EventData, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        fcs_bytes(events)


def test_text_that_holds_every_delimiter() -> None:
    every = "".join(chr(code) for code in range(1, 127))
    with pytest.raises(ValueError, match="could separate"):
        fcs_bytes(tube(), {"$COM": every})


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[A-Z#@][A-Z0-9 ]{0,8}[A-Z]", fullmatch=True),
        st.text(
            st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="\x85\xa0"),
            min_size=1,
        ),
        max_size=6,
    )
)
def test_any_keywords_read_back(keys: dict[str, str]) -> None:
    keys = {key: value for key, value in keys.items() if key not in ("SPILL", "SPILLOVER")}
    found = back(fcs_bytes(tube(n=3), keys))
    assert {key: found.keywords.get(key) for key in keys} == keys
