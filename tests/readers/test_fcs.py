"""FCS and LMD: every real file bit for bit as flowio has it, and what its keywords say."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.readers.fcs_files import beckman, fcs, three_sets

from exportin.contract.reader import Request
from exportin.readers.fcs import READER
from exportin.tables.events import EventData, Events
from exportin.tables.origin import Source

FOLDERS = ("bench/flow_fcs", "bench/flow_dna/flowploidy", "bench/flow_dna/ploidypeaks")
REPAIRS = {
    "coulter.lmd": {"fcs-list-mode", "fcs-offset-last"},
    "240-4-2+rad.LMD": {"fcs-list-mode"},
    "SM239.LMD": {"fcs-list-mode"},
    "data1.fcs": {"fcs-empty-values", "fcs-keyword"},
    "data_start_offset_discrepancy_example.fcs": {
        "fcs-offset-differs", "fcs-text-damage", "fcs-masked", "fcs-spill", "fcs-bytes-after",
    },
    "data_stop_offset_discrepancy_example.fcs": {
        "fcs-offset-differs", "fcs-text-damage", "fcs-masked", "fcs-spill", "fcs-bytes-after",
    },
    "variable_int_example.fcs": {"fcs-text-damage", "fcs-masked", "fcs-spill"},
}  # fmt: skip
"""What had to be mended in each real file; in the others nothing."""


def read(data: bytes, name: str = "a.fcs") -> Events:
    table = READER.read(Source(name=name, data=data), Request(kind=Events))
    assert isinstance(table, Events)
    return table


def only(table: Events) -> EventData:
    (row_id,) = table.frame.get_column("row_id")
    return table.open(row_id)


def codes(table: Events) -> list[str]:
    return [note.code for note in table.notes]


def real_files(realdata: Path) -> list[Path]:
    found = [path for name in FOLDERS for path in sorted((realdata / name).iterdir())]
    return [path for path in found if path.suffix.lower() in (".fcs", ".lmd")]


def by_flowio(path: Path) -> tuple[NDArray[Any], dict[str, str]]:
    """Channels by events of the first data set, as flowio reads them when told to forgive."""
    flowio = pytest.importorskip("flowio")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = flowio.FlowData(
            str(path), ignore_offset_error=True, ignore_offset_discrepancy=True, nextdata_offset=0
        )
    raw = np.array(found.events)
    assert raw.dtype.kind in "uif"
    return raw.reshape(-1, found.channel_count).T, found.text


def test_every_real_file_is_bit_equal_to_flowio(realdata: Path) -> None:
    files = real_files(realdata)
    assert len(files) == 21
    for path in files:
        table = read(path.read_bytes(), path.name)
        events = only(table)
        oracle, _ = by_flowio(path)
        assert events.values.shape == oracle.shape, path.name
        same = oracle.astype(events.values.dtype)
        assert np.array_equal(same.astype(oracle.dtype), oracle), path.name  # nothing is lost
        assert events.values.tobytes() == same.tobytes(), path.name
        assert table.frame["n_events"].to_list() == [oracle.shape[1]]
        assert set(codes(table)) == REPAIRS.get(path.name, set()), path.name


def test_every_keyword_of_the_real_files_is_kept(realdata: Path) -> None:
    for path in real_files(realdata):
        keys = only(read(path.read_bytes(), path.name)).keywords
        _, oracle = by_flowio(path)
        mine = {key.replace("$", "").upper(): value for key, value in keys.items()}
        theirs = {key.upper(): value for key, value in oracle.items()}
        if path.name == "data1.fcs":  # flowio takes its empty values for one long keyword
            theirs = {key: value for key, value in theirs.items() if "\\" not in key}
            assert len(mine) == len(theirs) + 4
            assert mine["&5DATA FILE PREFIX PART #1"] == ""
        assert {key: mine.get(key) for key in theirs} == theirs, path.name


def test_channels_tube_and_well_of_real_files(realdata: Path) -> None:
    """Typed by hand from the TEXT of the files."""
    folder = realdata / "bench"
    accuri = read((folder / "flow_fcs/B01 KC-A-W---91-US.fcs").read_bytes(), "B01.fcs")
    row = accuri.frame.row(0, named=True)
    assert row["row_id"] == "B01.fcs:1-1589"
    assert (row["well"], row["tube"], row["cytometer"]) == (
        "B01", "KC-A-W---91-US", "BD Accuri C6 Plus",
    )  # fmt: skip
    assert row["measured_at"] == "19-FEB-2019 21:28:25.56"
    events = only(accuri)
    assert events.channels[2].name == "FL1-A"
    assert events.channels[2].stain == "FITC-A"
    assert events.channels[2].range == 16777216
    assert events.spill is not None
    assert events.spill.names[:2] == ("FL1-A", "FL2-A")
    assert events.spill.matrix[0][:4] == (1.0, 0.1203, 0.0240, 0.0001)
    assert events.spill.matrix[7][6] == 0.0265
    calibur = only(read((folder / "flow_fcs/data1.fcs").read_bytes()))
    assert (calibur.channels[2].decades, calibur.channels[2].lowest) == (4.0, 1.0)
    assert calibur.channels[0].gain == 3.67
    gallios = read((folder / "flow_dna/flowploidy/SM239.LMD").read_bytes(), "SM239.LMD")
    assert gallios.unread == ("data set 2",)
    assert gallios.frame["channels"][0].split("\t")[3] == "FL3 INT LIN"
    assert gallios.frame["sample_id"].to_list() == ["SM239"]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8])
def test_integers_of_every_width_and_order(order: str, width: int) -> None:
    top = 256**width - 1
    values = [(0, top), (top, 1), (top // 3, top // 7), (258 % (top + 1), 5)]
    table = read(fcs(values, widths=(width, width), order=order))
    assert only(table).values.T.tolist() == [list(event) for event in values]
    assert codes(table) == []


@pytest.mark.parametrize("order", ["<", ">"])
def test_widths_that_differ(order: str) -> None:
    widths = (1, 2, 3, 4, 8, 1)
    values = [tuple(256**width - 1 - i for width in widths) for i in range(40)]
    found = only(read(fcs(values, widths=widths, order=order)))
    assert found.values.T.tolist() == [list(event) for event in values]
    assert [channel.bits for channel in found.channels] == [8, 16, 24, 32, 64, 8]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "dtype"), [("F", "float32"), ("D", "float64")])
def test_decimals(kind: str, dtype: str, order: str) -> None:
    values = [(0.1, -3.5), (1e6 / 3, np.pi), (262143.75, 0.0)]
    found = only(read(fcs(values, kind=kind, order=order)))
    assert found.values.dtype == dtype
    assert found.values.T.tolist() == np.array(values, dtype=dtype).tolist()


def test_types_that_differ_by_parameter() -> None:
    """FCS 3.2: $PnDATATYPE; integers and decimals side by side are exact as doubles."""
    data = fcs([(7, 65535), (9, 1)], version="3.2", widths=(2, 4), keys={"$P2DATATYPE": "F"})
    raw = data[:2000] + b"".join(
        int(a).to_bytes(2, "little") + np.array(b, "<f4").tobytes()
        for a, b in [(7, 0.5), (9, 2.25)]
    )
    found = only(read(raw))
    assert found.values.tolist() == [[7.0, 9.0], [0.5, 2.25]]
    assert found.values.dtype == np.float64


@pytest.mark.parametrize(("top", "kept"), [("1024", 1023), ("1000", 1023), ("1025", 2047)])
def test_bits_above_the_range_are_cleared_and_said(top: str, kept: int) -> None:
    table = read(fcs([(65535, 5), (3, 6)], keys={"$P1R": top}))
    assert only(table).values.tolist() == [[kept, 3], [5, 6]]
    assert codes(table) == ["fcs-masked"]
    assert "1 values of C1" in table.notes[0].message


def test_many_events_are_taken_in_blocks() -> None:
    rng = np.random.default_rng(5)
    values = rng.integers(0, 1024, (70_000, 3))
    data = fcs([(1, 2, 3)], keys={"$TOT": "70000", "$ENDDATA": str(1999 + values.size * 2)})
    data = data[:2000] + values.astype("<u2").tobytes()
    data = data[:34] + b"%8d" % (1999 + values.size * 2) + data[42:]
    found = only(read(data))
    assert np.array_equal(found.values.T, values)


def test_list_mode_counts_in_beckman_files() -> None:
    table = read(beckman(), "a.lmd")
    assert table.frame["n_events"].to_list() == [60]
    assert only(table).values[1].max() < 1024
    assert codes(table) == ["fcs-list-mode"]


def test_other_data_sets_are_rows() -> None:
    table = read(three_sets())
    assert table.frame["dataset"].to_list() == [1, 2, 3]
    assert table.frame["row_id"].to_list() == ["a.fcs:1-3", "a.fcs:4-7", "a.fcs:8-12"]
    assert table.frame["source"].to_list() == ["set 0", "set 1", "set 2"]
    assert table.frame["sample_id"].n_unique() == 3
    assert table.open("a.fcs:4-7").values.tolist() == [[10, 11, 12, 13], [100, 101, 102, 103]]


def test_a_tube_without_events() -> None:
    none = {"$BEGINDATA": "0", "$ENDDATA": "0"}
    table = read(fcs([], keys=none, header=(-2000, -1999)))
    assert table.frame["n_events"].to_list() == [0]
    assert only(table).values.shape == (2, 0)
    assert codes(table) == ["fcs-no-events"]


def test_a_doubled_delimiter_is_one() -> None:
    found = only(read(fcs(keys={"$P1S": "530/30", "$COM": "a//b", "X/Y": "z"})))
    assert found.channels[0].stain == "530/30"
    assert found.keywords["$COM"] == "a//b"
    assert found.keywords["X/Y"] == "z"


@pytest.mark.parametrize("mark", ["|", "\\", "*", "\f", "!", "\x1e", ","])
def test_any_delimiter(mark: str) -> None:
    found = only(read(fcs(mark=mark, keys={"$COM": f"one{mark}two"})))
    assert found.keywords["$COM"] == f"one{mark}two"


def test_supplemental_text() -> None:
    more = b"/$P1S/far away/$COM/beside/"
    base = fcs(keys={"$BEGINSTEXT": "0002012", "$ENDSTEXT": "0002038"})
    assert len(base) == 2012
    found = read(base + more)
    assert only(found).channels[0].stain == "far away"
    assert codes(found) == []


def test_large_files_have_zeros_in_the_header() -> None:
    table = read(fcs(header=(-2000, -2011)))
    assert only(table).values.T.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert codes(table) == []


@pytest.mark.parametrize("key", ["$SPILLOVER", "SPILL", "$SPILL"])
@pytest.mark.parametrize("names", ["C1,C2", "1,2"])
def test_spill_by_name_or_number(key: str, names: str) -> None:
    spill = only(read(fcs(keys={key: f"2,{names},1,0.25,0.0625,1"}))).spill
    assert spill is not None
    assert spill.names == ("C1", "C2")
    assert spill.matrix == ((1.0, 0.25), (0.0625, 1.0))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("2,C1,C2,1,0.1,0.1", "5 entries"),
        ("2,C1,C9,1,0.1,0.1,1", "'C9'"),
        ("2,C1,C1,1,0.1,0.1,1", "twice"),
        ("2,C1,C2,1,x,0.1,1", "'x'"),
        ("2,C1,C2,1,1,1,1", "inverted"),
        ("2,C1,C2,100,5,5,100", "into itself"),
        ("C1,C2,1,0,0,1", "number of channels"),
        ("2,C1,C2,1,nan,0.1,1", "'nan'"),
    ],
)
def test_bad_spill_is_left_out_and_said(text: str, word: str) -> None:
    table = read(fcs(keys={"$SPILLOVER": text}))
    assert only(table).spill is None
    (note,) = table.notes
    assert (note.code, note.severity) == ("fcs-spill", "note")
    assert word in note.message


def test_sniff_looks_at_the_first_bytes() -> None:
    assert READER.sniff(Source(name="x", data=fcs()))
    for data in (b"", b"FCS", b"FCSsomething", b"\xffFCS3.1"):
        assert not READER.sniff(Source(name="a.fcs", data=data))
