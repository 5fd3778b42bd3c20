"""ASM JSON: every value of the real files, agreement with our readers of the raw files."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.contract.reader import Request
from exportin.readers.allotrope import READER
from exportin.readers.allotrope.write import write_asm
from exportin.study.discover import load_readers
from exportin.tables.kinds import CycleThresholds, WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.wells import parse_well

FOLDER = "ecosystem/instrument_files"
PLATES = {
    "bmg_mars/16-02-29 14-34-46 Transcreener ADP2 FI": 302,
    "bmg_mars/16-03-03 16-54-03 472 ABS 384 QC": 99,
    "bmg_mars/MARS V3.40 V2 Output Missing line end separators": 302,
    "moldev_softmax_pro/MD_SMP_absorbance_endpoint_example01": 192,
    "moldev_softmax_pro/MD_SMP_absorbance_endpoint_example05": 288,
    "perkin_elmer_envision/PE_Envision_extra_espaces": 96,
    "perkin_elmer_envision/PE_Envision_fluorescence_example01": 96,
    "revvity_kaleido/luminescence_endpoint_single_plate_example_01": 96,
    "tecan_magellan/SLA01P01_OD": 96,
    "thermo_skanit/multi-plate_example01": 268,
    "thermo_skanit/skanit_different_plate_pattern": 2,
}
QPCR = {
    "appbio_quantstudio/appbio_quantstudio_example01": 14,
    "appbio_quantstudio/appbio_quantstudio_example04": 95,
    "cfxmaestro/example01": 48,
}
OTHERS = {
    "appbio_absolute_q/Appbio_AbsoluteQ_example01": "dpcr",
    "agilent_tapestation_analysis/agilent_tapestation_analysis_example_01": "electrophoresis",
}
# the converter left out wells of these raw files; ours has all of them
RAW_HAS_MORE = {
    "thermo_skanit/skanit_different_plate_pattern": 6,
    "appbio_quantstudio/appbio_quantstudio_example01": 16,
}


def source(path: Path) -> Source:
    return Source(name=path.name, data=path.read_bytes())


def read(tree: object, kind=WellReadings, **request: object):
    data = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return READER.read(Source(name="a.json", data=data), Request(kind=kind, **request))


def refused(tree: object, kind=WellReadings, **request: object) -> str:
    with pytest.raises(InputError) as caught:
        read(tree, kind, **request)
    return str(caught.value)


def stated(path: Path) -> list[dict[str, Any]]:
    """All measurement documents, by the fixed places they have in these files."""
    (top,) = [v for v in json.loads(path.read_text()).values() if isinstance(v, dict)]
    (documents,) = [v for v in top.values() if isinstance(v, list)]
    return [
        one
        for document in documents
        for one in document["measurement aggregate document"]["measurement document"]
    ]


@pytest.mark.parametrize("name", PLATES)
def test_every_reading_of_a_plate(realdata: Path, name: str):
    path = realdata / FOLDER / f"{name}.json"
    assert READER.sniff(source(path))
    table = READER.read(source(path), Request(kind=WellReadings))
    wanted = []
    for one in stated(path):
        sample = one["sample document"]
        (signal,) = [k for k in ("absorbance", "fluorescence", "luminescence") if k in one]
        (settings_,) = one["device control aggregate document"]["device control document"]
        waves = [
            f"{settings_[key]['value']:g}"
            for key in ("excitation wavelength setting", "detector wavelength setting")
            if key in settings_
        ]
        channel = " ".join(filter(None, (signal, "/".join(waves))))
        plate, well = sample["well plate identifier"], parse_well(sample["location identifier"])
        wanted.append((plate.strip(), well, channel, one[signal]["value"], one[signal]["unit"]))
    found = table.frame.select("sample_id", "well", "channel", "value", "unit").rows()
    assert sorted(found) == sorted(wanted)
    assert len(found) == PLATES[name]
    assert "ASM converter name" in table.unread


def own_reader(path: Path, kind: type) -> tuple[Source, Any] | None:
    raws = [p for p in path.parent.glob(f"{path.stem}.*") if p.suffix != ".json"]
    for raw in raws:
        for reader in load_readers():
            if kind in reader.kinds and reader.rank < 50 and reader.sniff(source(raw)):
                return source(raw), reader
    return None


@pytest.mark.parametrize("name", PLATES)
def test_our_reader_of_the_raw_file_agrees(realdata: Path, name: str):
    path = realdata / FOLDER / f"{name}.json"
    found = own_reader(path, WellReadings)
    if found is None:
        pytest.skip("no reader of our own for the raw file")
    raw, reader = found
    ours = reader.read(raw, Request(kind=WellReadings)).frame.filter(pl.col("value").is_not_null())
    asm = READER.read(source(path), Request(kind=WellReadings)).frame
    pairs = Counter(asm.select("well", "value").rows())
    assert pairs <= Counter(ours.select("well", "value").rows())
    assert ours.height == RAW_HAS_MORE.get(name, pairs.total())


@pytest.mark.parametrize("name", QPCR)
def test_every_cycle_and_our_reader_of_the_raw_file(realdata: Path, name: str):
    path = realdata / FOLDER / f"{name}.json"
    table = READER.read(source(path), Request(kind=CycleThresholds))
    wanted = []
    for one in stated(path):
        sample = one["sample document"]
        target = one["target DNA description"]
        if target == "N/A":
            (control,) = one["device control aggregate document"]["device control document"]
            target = control["reporter dye setting"]
        (data,) = one["processed data aggregate document"]["processed data document"]
        cycle = data.get("cycle threshold result (qPCR)", {}).get("value")
        name_of = sample["sample identifier"].replace("N/A", "").strip()
        wanted.append((parse_well(sample["well location identifier"]), target, name_of, cycle))
    frame = table.frame
    found = frame.select("well", "target", "sample_id", "value").rows()
    assert sorted(found, key=str) == sorted(wanted, key=str)
    assert len(found) == QPCR[name]
    own = own_reader(path, CycleThresholds)
    if own is None:
        return
    raw, reader = own
    ours = reader.read(raw, Request(kind=CycleThresholds)).frame
    both = ours.join(frame, on=["well", "target", "sample_id"], suffix="_asm")
    assert both.height == frame.height
    assert ours.height == RAW_HAS_MORE.get(name, frame.height)
    assert both.filter(pl.col("value").ne_missing(pl.col("value_asm"))).is_empty()
    causes = set(frame.filter(pl.col("value").is_null())["cause"])
    assert causes <= {"no cycle threshold"}


@pytest.mark.parametrize("name", OTHERS)
def test_other_techniques_are_refused_by_name(realdata: Path, name: str):
    path = realdata / FOLDER / f"{name}.json"
    assert READER.sniff(source(path))
    with pytest.raises(InputError) as caught:
        READER.read(source(path), Request(kind=WellReadings))
    said = f"The file holds '{OTHERS[name]}', which is not read. Read are: plate-reader, qpcr."
    assert said in str(caught.value)


def test_a_calculated_result_by_its_name(realdata: Path):
    path = realdata / FOLDER / "perkin_elmer_envision/PE_Envision_fluorescence_example01.json"
    name = "Calc 1: HTRF ratio value for AC HTRF Laser [Eu]"
    table = READER.read(source(path), Request(kind=WellReadings, channel=name))
    assert table.frame.height == 48
    first = table.frame.row(0, named=True)
    assert (first["well"], first["value"], first["channel"]) == ("A01", 3912.12920565, name)
    assert table.unread[0] == "fluorescence 320/665"
    path = realdata / FOLDER / "moldev_softmax_pro/MD_SMP_absorbance_endpoint_example01.json"
    with pytest.raises(InputError, match=r"was calculated from .* wells, not from one"):
        READER.read(source(path), Request(kind=WellReadings, channel="AvgOD"))


def measurement(well: str = "A1", value: object = 1.5, **more: object) -> dict[str, object]:
    return {
        "measurement identifier": f"id {well}",
        "sample document": {
            "sample identifier": f"P1 {well}",
            "location identifier": well,
            "well plate identifier": "P1",
        },
        "device control aggregate document": {
            "device control document": [
                {"device type": "x", "detector wavelength setting": {"value": 450, "unit": "nm"}}
            ]
        },
        "absorbance": {"value": value, "unit": "mAU"},
        **more,
    }


def plate(*items: dict[str, object], size: int = 96) -> dict[str, object]:
    return {
        "$asm.manifest": "http://purl.allotrope.org/manifests/plate-reader/REC/2025/12/"
        "plate-reader.manifest",
        "plate reader aggregate document": {
            "plate reader document": [
                {
                    "measurement aggregate document": {
                        "measurement document": list(items),
                        "measurement time": "1970-01-01T00:00:00+00:00",
                        "plate well count": {"value": size, "unit": "#"},
                    }
                }
            ]
        },
    }


def error(feature: str, words: str = "#SAT") -> dict[str, object]:
    return {"error document": [{"error": words, "error feature": feature}]}


def test_a_placeholder_with_an_error_is_missing_and_no_zero():
    one = measurement(value=-0.0, **{"error aggregate document": error("absorbance")})
    other = measurement("A2", **{"error aggregate document": error("compartment temperature")})
    table = read(plate(one, other))
    rows = table.frame.rows(named=True)
    assert (rows[0]["value"], rows[0]["cause"]) == (None, "#SAT")
    assert (rows[1]["value"], rows[1]["instrument_flag"]) == (1.5, "#SAT")
    assert {n.code for n in table.notes} == {"missing-values", "no-time"}
    nan = read(plate(measurement(value="NaN"), measurement("A2", value="+Infinity"))).frame
    assert nan["cause"].to_list() == ["NaN", "+Infinity".removeprefix("+")]
    bare = measurement(**{"error aggregate document": error("absorbance", "no light")})
    del bare["absorbance"]
    assert read(plate(bare)).frame["cause"].to_list() == ["no light"]


def test_keys_are_found_wherever_they_stand():
    tree = plate(measurement())
    deeper = {
        "$asm.manifest": tree["$asm.manifest"],
        "x": {"y": [{"z": tree["plate reader aggregate document"]}]},
    }
    assert read(deeper).frame.equals(read(tree).frame)
    turned = json.loads(json.dumps(tree, sort_keys=True))
    assert read(turned).frame.equals(read(tree).frame)


def test_kinetic_reads_and_spectra_are_data_cubes():
    cube = {
        "cube-structure": {
            "dimensions": [{"concept": "elapsed time", "unit": "min"}],
            "measures": [{"concept": "fluorescence", "unit": "RFU"}],
        },
        "data": {"dimensions": [[0, 1.5]], "measures": [[10, 12.5]]},
    }
    one = measurement(**{"fluorescence data cube": cube})
    del one["absorbance"]
    frame = read(plate(one)).frame
    assert frame.select("channel", "time_s", "value").rows() == [
        ("fluorescence 450", 0.0, 10.0),
        ("fluorescence 450", 90.0, 12.5),
    ]
    assert frame["row_id"].to_list()[1] == "a.json:A01@90"
    cube["cube-structure"]["dimensions"][0] = {"concept": "wavelength", "unit": "nm"}
    cube["data"]["dimensions"] = [[400, 410]]
    assert read(plate(one)).frame["channel"].to_list() == ["fluorescence 400", "fluorescence 410"]
    one["error aggregate document"] = error("410.0nm", "too dark")
    one["absorption spectrum data cube"] = one.pop("fluorescence data cube")
    spectrum = read(plate(one)).frame
    assert spectrum["channel"].to_list() == ["absorbance 400", "absorbance 410"]
    assert spectrum["cause"].to_list() == ["", "too dark"]
    cube["cube-structure"]["dimensions"][0] = {"concept": "depth", "unit": "mm"}
    assert "The data cube runs over 'depth' (mm), which is not read." in refused(plate(one))
    cube["data"]["measures"] = [[1]]
    assert "is not one row of points with as many values" in refused(plate(one))


def test_reads_with_the_same_wavelengths_are_told_apart_or_refused():
    twice = [measurement(), measurement(value=2.5)]
    assert refused(plate(*twice)) == (
        "a.json: plate reader aggregate document > plate reader document[1] > measurement"
        " aggregate document > measurement document[2]: Well A01 of 'P1' has two values of"
        " 'absorbance 450'. Keep one, or convert each read of the plate into a file of its own."
    )
    for at, one in enumerate(twice, start=1):
        one["custom information document"] = {"Repeat": at}
    assert read(plate(*twice)).frame["channel"].to_list() == [
        "absorbance 450, repeat 1",
        "absorbance 450, repeat 2",
    ]


def test_a_size_that_no_plate_has_is_left_out():
    """Converters count the wells they saw: 288 of a 1536-well plate, 24 of two rows of a 96."""
    for size, well in ((288, "A1"), (24, "A12"), (96, "I1")):
        table = read(plate(measurement(well), size=size))
        assert "plate_wells" not in table.frame.columns
        assert [n.code for n in table.notes] == ["no-time", "plate-size"]
    assert "plate_wells" not in read(plate(measurement(), size=-0.0)).frame.columns


def test_what_is_refused():
    assert "'x' is not a number." in refused(plate(measurement(value="x")))
    assert "'True' is not a number." in refused(plate(measurement(value=True)))
    assert "is no size that can be measured" in refused(plate(measurement(value=1e300)))
    assert "location identifier: " in refused(plate(measurement("Q")))
    assert "location identifier: " in refused(plate(measurement("AG1")))
    odd = measurement()
    del odd["absorbance"]
    assert "holds none of: absorbance, fluorescence" in refused(plate(odd))
    assert "There is no 'measurement document'" in refused(plate() | {"x": 1})
    assert refused({"$asm.manifest": 3}).startswith("a.json: '$asm.manifest' does not name")
    data = json.dumps(plate(measurement())).encode()
    assert "The JSON ends early or is damaged here." in refused(data[:-30])
    assert "'NaN' stands where a number is due." in refused(data.replace(b"1.5", b"NaN"))
    doubled = data.replace(b'"absorbance"', b'"absorbance": {"value": 1}, "absorbance"')
    assert "The key 'absorbance' is twice in one object." in refused(doubled)
    assert "nested too deeply" in refused(b'{"$asm.manifest": ' + b"[" * 200000)
    assert "nested too deeply" in refused(b'{"a":' * 80 + b"1" + b"}" * 80)
    assert "not ct. Use it with an assay that reads wells." in refused(data, CycleThresholds)
    assert "There is no channel 'x'." in refused(data, channel="x")
    for text in (data.decode().encode("utf-16"), b"\xef\xbb\xbf" + data):
        assert READER.sniff(Source(name="a.json", data=text))
        assert read(text).frame.equals(read(data).frame)
    assert not READER.sniff(Source(name="a.json", data=b'{"a": 1}'))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_bytes_give_a_traceback(data: st.DataObject):
    text = bytearray(json.dumps(plate(measurement(), measurement("B2"))).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(text) - 1, 0)))
        text[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=6))
    READER.sniff(Source(name="a.json", data=bytes(text)))
    try:
        read(bytes(text))
    except InputError:
        return


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_any_shape_of_tree_ends_in_a_table_or_words(data: st.DataObject):
    """Keys of the model hold something else than they should."""
    tree = plate(measurement(), measurement("B2"))
    words = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3))
    junk = st.recursive(words, lambda s: st.one_of(st.lists(s), st.dictionaries(st.text(), s)))
    node: Any = tree
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(node[key], dict | list) or data.draw(st.booleans()):
            node[key] = data.draw(junk)
            break
        node = node[key]
    try:
        read(json.dumps(tree).encode())
    except InputError:
        return


@pytest.mark.parametrize("name", [*PLATES, *QPCR])
def test_what_is_written_is_read_back(realdata: Path, name: str):
    kind = WellReadings if name in PLATES else CycleThresholds
    path = realdata / FOLDER / f"{name}.json"
    table = READER.read(source(path), Request(kind=kind))
    written = write_asm(table)
    again = READER.read(Source(name=path.name, data=written), Request(kind=kind)).frame
    assert again.sort("row_id").equals(table.frame.sort("row_id"))
    real, ours = json.loads(path.read_text()), json.loads(written)
    assert ours["$asm.manifest"].split("/")[4] in real["$asm.manifest"]
    (top,) = [key for key in real if key != "$asm.manifest"]
    assert set(ours[top]) <= set(real[top])
    assert shape(ours) <= shape(real) | OPTIONAL


OPTIONAL = {
    "equipment serial number",
    *("exportin channel", "custom information document", "group identifier", "task"),
    *("error aggregate document", "error document"),
    *("error", "error feature", "quantity", "sample role type", "ASM file identifier"),
    *("data system instance identifier", "software name", "detection type"),
}


def shape(node: Any) -> set[str]:
    """All names of keys."""
    if isinstance(node, list):
        return set().union(*map(shape, node))
    if isinstance(node, dict):
        return set(node).union(*map(shape, node.values()))
    return set()


def test_a_raw_file_goes_to_asm_and_back(realdata: Path):
    raw = realdata / FOLDER / "bmg_mars/16-02-29 14-34-46 Transcreener ADP2 FI.csv"
    (reader,) = [r for r in load_readers() if r.name == "bmg_mars"]
    table = reader.read(source(raw), Request(kind=WellReadings))
    back = read(write_asm(table, signal="fluorescence")).frame
    columns = ["sample_id", "well", "channel", "value", "cause", "plate_wells"]
    assert back.select(columns).equals(table.frame.select(columns))
    with pytest.raises(InputError, match="'580/620' does not say what was measured"):
        write_asm(table)


def test_missing_values_kinetics_and_flags_survive():
    frame = pl.DataFrame(
        {
            "row_id": ["a", "b", "c"],
            "file": ["f.csv"] * 3,
            "sample_id": ["P1"] * 3,
            "well": ["A01", "A02", "AF48"],
            "channel": ["absorbance 450"] * 3,
            "value": [1.5, None, -2.0],
            "cause": ["", "OVRFLW", ""],
            "instrument_flag": ["", "", "masked"],
        }
    )
    table = WellReadings(frame=frame)
    back = read(write_asm(table)).frame
    names = [n for n in frame.columns if n not in ("row_id", "file")]
    assert back.select(names).equals(frame.select(names))
    times = frame.with_columns(
        pl.lit("A01").alias("well"),
        pl.Series("time_s", [0.0, 30.5, 61.0]),
        pl.lit("").alias("instrument_flag"),
    )
    written = write_asm(WellReadings(frame=times))
    assert b'"absorption profile data cube"' in written
    assert written.count(b'"location identifier"') == 1
    back = read(written).frame
    names = ["well", "channel", "value", "cause", "time_s"]
    assert back.select(names).equals(times.select(names))
    for bad in (
        frame.with_columns(pl.lit(None, dtype=pl.String).alias("well")),
        frame.with_columns(pl.lit(float("inf")).alias("value")),
    ):
        with pytest.raises(InputError):
            write_asm(WellReadings(frame=bad))
