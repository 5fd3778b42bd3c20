import io
import json
from pathlib import Path

import openpyxl
import pytest

from exportin.contract.reader import Request
from exportin.readers.softmax_pro import READER
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.wells import parse_well, well_name

FOLDER = "ecosystem/instrument_files/moldev_softmax_pro"
LAST = "Original Filename: x; Date Last Saved: 12/05/2023 11:23:17 AM\n"
WELLS = [well_name(row, col).replace("0", "", 1) for row in range(2) for col in range(3)]


def header(
    layout: str = "TimeFormat",
    read: str = "Endpoint",
    waves: str = "450",
    *,
    points: int = 1,
    name: str = "P7",
    mode: str = "Absorbance\tRaw",
    axis: str = "\t\t",
    excitation: str = "",
) -> str:
    tail = f"{excitation}\t\t\t\t\t6\t\t\t\t1\t2\t\t" if excitation else "1\t2\t\t"
    return (
        f"Plate:\t{name}\t1.3\t{layout}\t{read}\t{mode}\tFALSE\t{points}\t\t\t{axis}\t"
        f"{len(waves.split())}\t{waves} \t1\t3\t6\t{tail}\n"
    )


def wells(*values: object, first: str = "\t25.5") -> str:
    return "\t".join([first, *map(str, values)]) + "\t\n"


LABELS = "\tTemperature(\u00a1C)\t" + "\t".join(WELLS) + "\t\n"
TIMES = "Time" + LABELS
NUMBERS = "\tTemperature(\u00a1C)\t1\t2\t3\t\t\n"
REDUCED = "\n\t\t" + "\t".join(WELLS) + "\t\n" + wells(9, 9, 9, 9, 9, 9, first="\t")
ENDPOINT = header() + LABELS + wells(1.5, 2, 3, 4, 5, 6) + REDUCED + "~End\n"


def whole(*blocks: str) -> str:
    return f"##BLOCKS= {len(blocks)}\n" + "".join(blocks) + LAST


def read(text: str | bytes, **request: object) -> WellReadings:
    data = text if isinstance(text, bytes) else text.encode()
    source = Source(name="raw/p1.txt", data=data)
    assert READER.sniff(source)
    return READER.read(source, Request(kind=WellReadings, **request))


def refused(text: str, **request: object):
    with pytest.raises(InputError) as caught:
        read(text, **request)
    return caught.value.problems


def expected(path: Path) -> list[tuple[str, str, str, float, str, str]]:
    """Plate, channel, well, value, sample and group of every raw reading."""
    content = json.loads(path.read_text())["plate reader aggregate document"]
    found = []
    for document in content["plate reader document"]:
        for one in document["measurement aggregate document"]["measurement document"]:
            device = one["device control aggregate document"]["device control document"][0]
            sample = one["sample document"]
            named = sample.get("custom information document", {}).get("group identifier", "")
            found.append(
                (
                    sample["well plate identifier"],
                    f"Absorbance {device['detector wavelength setting']['value']:g}",
                    parse_well(sample["location identifier"]),
                    one["absorbance"]["value"],
                    sample.get("sample identifier", "") if named else "",
                    named,
                )
            )
    return found


@pytest.mark.parametrize(("number", "count"), [("01", 192), ("05", 288)])
def test_every_well_equals_the_independent_parse(realdata: Path, number: str, count: int):
    path = realdata / FOLDER / f"MD_SMP_absorbance_endpoint_example{number}.txt"
    source = Source(name=path.name, data=path.read_bytes())
    assert READER.sniff(source)
    frame = READER.read(source, Request(kind=WellReadings)).frame
    columns = ("sample_id", "channel", "well", "value", "content", "group")
    rows = list(frame.select(columns).iter_rows())
    ours = {row[:3]: row[3:] for row in rows}
    theirs = {row[:3]: row[3:] for row in expected(path.with_suffix(".json"))}
    assert len(ours) == len(theirs) == len(rows) == count
    assert {key: row[0] for key, row in ours.items()} == {k: r[0] for k, r in theirs.items()}
    named = {key: row for key, row in theirs.items() if row[2]}
    assert named
    assert {key: ours[key] for key in named} == named


def test_samples_the_other_parse_leaves_out(realdata: Path):
    # it takes no sample from the last group of the plate; the lines of the file do name them
    path = realdata / FOLDER / "MD_SMP_absorbance_endpoint_example05.txt"
    source = Source(name=path.name, data=path.read_bytes())
    frame = READER.read(source, Request(kind=WellReadings)).frame
    said = {row[0]: row[1:] for row in frame.select("well", "content", "group").iter_rows()}
    assert said["A03"] == said["A05"] == ("SAMPLE_77401", "Unknowns")
    assert said["H11"] == ("SAMPLE_77424", "Unknowns")
    assert said["H12"] == ("", "")


@pytest.mark.parametrize(("number", "count"), [("01", 192), ("05", 288)])
def test_reduced_values_equal_the_independent_parse(realdata: Path, number: str, count: int):
    path = realdata / FOLDER / f"MD_SMP_absorbance_endpoint_example{number}.txt"
    source = Source(name=path.name, data=path.read_bytes())
    frame = READER.read(source, Request(kind=WellReadings, channel="Reduced")).frame
    content = json.loads(path.with_suffix(".json").read_text())["plate reader aggregate document"]
    documents = content["calculated data aggregate document"]["calculated data document"]
    reduced = [
        one["calculated result"]["value"]
        for one in documents
        if one["calculated data name"] == "Reduced"
    ]
    values = frame["value"].to_list()
    assert len(values) == count
    # the other parse knows the reduced values only of plates with raw readings
    assert values[: len(reduced)] == pytest.approx(reduced, rel=1e-14)
    assert len(reduced) == {"01": 192, "05": 96}[number]


def test_plates_without_raw_readings_are_noted(realdata: Path):
    path = realdata / FOLDER / "MD_SMP_absorbance_endpoint_example05.txt"
    table = READER.read(Source(name=path.name, data=path.read_bytes()), Request(kind=WellReadings))
    assert [(note.code, note.place) for note in table.notes] == [
        ("plate-without-raw", "line 149"),
        ("plate-without-raw", "line 290"),
    ]
    assert "Group: Unknowns" in table.unread


def test_luminescence_of_a_part_of_the_plate(realdata: Path):
    # no independent parse: wells typed from the file by eye
    path = realdata / "bench/instrument/MD_SMP_luminescence_endpoint_example03.txt"
    source = Source(name=path.name, data=path.read_bytes())
    assert READER.sniff(source)
    frame = READER.read(source, Request(kind=WellReadings)).frame
    values = {row[:2]: row[2] for row in frame.select("sample_id", "well", "value").iter_rows()}
    assert frame.height == len(values) == 96
    assert set(frame["channel"]) == {"Luminescence"}
    assert values["c12345_2", "A01"] == 1011329
    assert values["c12345_2", "A02"] == 929426
    assert values["c12345_2", "A12"] == 1580774
    assert values["c12345_2", "B02"] == 914420
    assert values["c123455_3", "A01"] == 1497823
    assert values["c123455_3", "A06"] == 1653742
    assert values["c123455_3", "B01"] == 1547358
    assert max(well for _, well in values) == "D12"


def test_rows_name_plate_channel_and_size():
    table = read(whole(ENDPOINT))
    assert table.frame.row(0, named=True) == {
        "row_id": "raw/p1.txt:A01",
        "file": "raw/p1.txt",
        "sample_id": "P7",
        "well": "A01",
        "channel": "Absorbance 450",
        "value": 1.5,
        "cause": "",
        "plate_wells": 6.0,
    }
    assert (table.notes, table.unread) == ((), ("Reduced", "Temperature"))
    assert set(read(whole(ENDPOINT), channel="Reduced").frame["value"]) == {9.0}


def test_plate_format_is_the_same_table():
    plate = header("PlateFormat") + NUMBERS + wells(1.5, 2, 3, "") + wells(4, 5, 6, "", first="\t")
    plate += "\n\t\t1\t2\t3\t\n\t\t9\t9\t9\t\n\t\t9\t9\t9\t\n~End\n"
    ours = read(whole(plate)).frame
    assert ours.equals(read(whole(ENDPOINT)).frame)


def test_wavelengths_side_by_side_and_below_each_other():
    below = header(waves="450 620") + LABELS + wells(1, 2, 3, 4, 5, 6) + "\n\n"
    below += wells(11, 12, 13, 14, 15, 16) + "\n~End\n"
    beside = header("PlateFormat", waves="450 620")
    beside += "\tTemperature(\u00a1C)\t1\t2\t3\t\t1\t2\t3\t\n"
    beside += wells(1, 2, 3, "", 11, 12, 13) + wells(4, 5, 6, "", 14, 15, 16, first="\t") + "~End\n"
    frame = read(whole(below)).frame
    assert frame.filter(channel="Absorbance 620")["value"].to_list() == [11, 12, 13, 14, 15, 16]
    assert frame["row_id"][0] == "raw/p1.txt#Absorbance 450:A01"
    assert read(whole(beside)).frame.equals(frame)
    one = read(whole(below), channel="Absorbance 620").frame
    assert set(one["row_id"]) < set(frame["row_id"])


def test_fluorescence_names_both_wavelengths():
    text = header(mode="Fluorescence\tTRUE\tRaw", waves="520", excitation="485 ")
    frame = read(whole(text + LABELS + wells(1, 2, 3, 4, 5, 6) + "~End\n")).frame
    assert set(frame["channel"]) == {"Fluorescence 485/520"}


def kinetic() -> str:
    text = header(read="Kinetic", points=2) + TIMES
    text += wells(1, 2, 3, 4, 5, 6, first="00:00:00\t25.5")
    return text + wells(7, 8, 9, 10, 11, 12, first="00:01:30\t25.5") + REDUCED + "~End\n"


def test_kinetic_reads_have_seconds():
    frame = read(whole(kinetic())).frame
    assert frame.filter(time_s=90.0)["value"].to_list() == [7, 8, 9, 10, 11, 12]
    assert set(frame["time_s"]) == {0.0, 90.0}
    assert frame["row_id"][-1] == "raw/p1.txt#00:01:30:B03"
    plate = header("PlateFormat", "Kinetic", points=2) + "Time" + NUMBERS
    plate += wells(1, 2, 3, "", first="00:00:00\t25.5") + wells(4, 5, 6, "", first="\t") + "\n"
    plate += wells(7, 8, 9, "", first="00:01:30\t25.5") + wells(10, 11, 12, "", first="\t")
    assert read(whole(plate + "~End\n")).frame.equals(frame)


def two_waves(*lines: tuple[str, int], empty: int) -> str:
    text = header(read="Kinetic", points=2, waves="450 620") + TIMES
    for at, (time, value) in enumerate(lines):
        text += wells(*[value] * 6, first=f"{time}\t25.5")
        text += "\n" if at + 1 == empty else ""
    return text + "~End\n"


def test_kinetic_reads_at_two_wavelengths():
    by_wave = two_waves(
        ("00:00:00", 1), ("00:01:00", 2), ("00:00:00", 3), ("00:01:00", 4), empty=2
    )  # fmt: skip
    by_time = two_waves(
        ("00:00:00", 1), ("00:00:00", 3), ("00:01:00", 2), ("00:01:00", 4), empty=2
    )  # fmt: skip
    frame = read(whole(by_wave)).frame
    rows = set(frame.select("channel", "time_s", "value").iter_rows())
    assert rows == {
        ("Absorbance 450", 0.0, 1.0), ("Absorbance 450", 60.0, 2.0),
        ("Absorbance 620", 0.0, 3.0), ("Absorbance 620", 60.0, 4.0),
    }  # fmt: skip
    assert set(read(whole(by_time)).frame["row_id"]) == set(frame["row_id"])
    assert set(read(whole(by_time)).frame.select("channel", "time_s", "value").iter_rows()) == rows
    times = [(f"00:0{minute}:00", minute) for minute in range(4)]
    (problem,) = refused(whole(two_waves(*times, empty=2)))
    assert problem.code == "wavelengths"


def test_spectra_and_well_scans():
    spectrum = header(read="Spectrum", points=1, waves="", axis="350\t360\t10")
    spectrum += "Wavelength(nm)" + LABELS + wells(1, 2, 3, 4, 5, 6, first="350\t25.5")
    spectrum += wells(7, 8, 9, 10, 11, 12, first="360\t") + "~End\n"
    frame = read(whole(spectrum)).frame
    assert frame.filter(channel="Absorbance 360")["value"].to_list() == [7, 8, 9, 10, 11, 12]
    (problem,) = refused(whole(spectrum.replace("\t360\t10\t", "\t370\t10\t")))
    assert "2 reads were found, its first line states 3 (Spectrum)." in problem.message
    scan = header(read="Well Scan", points=2) + LABELS + wells(1, 2, 3, 4, 5, 6)
    scan += wells(7, 8, 9, 10, 11, 12, first="\t") + "~End\n"
    frame = read(whole(scan)).frame
    assert frame.filter(scan_point=2.0)["value"].to_list() == [7, 8, 9, 10, 11, 12]


def group(*lines: str, plate: str = "WellPlateName") -> str:
    return f"Group: Unknowns\nSample\tWells\tOD\t{plate}\t\n" + "\n".join(lines) + "\n\n~End \n"


def test_group_tables_name_the_samples():
    table = read(whole(ENDPOINT, group("S1\tA1\t1.5\tP7\t", " \tA2\t2\tP7\t", "S2\tA3\t3\tP7\t")))
    said = {row[0]: row[1:] for row in table.frame.select("well", "content", "group").iter_rows()}
    assert said["A02"] == ("S1", "Unknowns")
    assert said["A03"] == ("S2", "Unknowns")
    assert said["B01"] == ("", "")
    assert table.unread[-1] == "Group: Unknowns"
    alone = read(whole(ENDPOINT, group("S1\tA1\t1.5\t\t", plate="")))
    assert alone.frame["content"][0] == "S1"
    other = ENDPOINT.replace("P7", "P8")
    vague = read(whole(ENDPOINT, other, group("S1\tA1\t1.5\t\t", plate="")))
    assert "content" not in vague.frame.columns  # which of two plates is not said


def test_notes_are_passed_over():
    note = "Note: about\nPlate:\tnothing\n\t\tA1\tA2\n~End\n"
    table = read(whole(note, ENDPOINT))
    assert table.frame.height == 6
    assert "Note: about" in table.unread


def test_german_export_is_the_same_table():
    ours = read(whole(ENDPOINT)).frame
    german = whole(ENDPOINT).replace("1.5", "1,5").replace("25.5", "25,5")
    assert read(german).frame.equals(ours)
    assert read(german.encode("utf-16")).frame.equals(ours)
    assert read(german.replace("\n", "\r\n").encode("utf-8-sig")).frame.equals(ours)
    assert read(german.encode("cp1252")).frame.equals(ours)


def test_the_temperature_tells_the_decimal_mark():
    text = whole(ENDPOINT.replace("1.5", "1.234"))
    assert read(text).frame["value"][0] == 1.234
    (problem,) = refused(text.replace("25.5", "25"))
    assert problem.code == "ambiguous-decimal"


def test_words_for_missing_keep_their_cause():
    frame = read(whole(ENDPOINT.replace("1.5\t2\t3", "#Sat\t#Low\t3"))).frame
    assert frame.filter(frame["value"].is_null()).select("well", "cause").rows() == [
        ("A01", "#Sat"), ("A02", "#Low"),
    ]  # fmt: skip


def test_a_file_without_its_last_line_is_noted():
    assert [note.code for note in read(whole(ENDPOINT).replace(LAST, "")).notes] == ["no-trailer"]


ODD = "'foo' is not a number with a decimal point."
SWAPPED = ENDPOINT.replace("A1\tA2", "A2\tA1", 1).replace("1.5\t2\t", "2\t1.5\t")
CASES = {
    "odd cell": (whole(ENDPOINT).replace("1.5", "foo"), "line 4, column 3 (A01)", ODD),
    "cut off": (
        whole(ENDPOINT)[: whole(ENDPOINT).index("~End")],
        "line 2",
        "'Plate:' begins here and has no '~End'.",
    ),
    "lost block": (
        whole(ENDPOINT).replace("##BLOCKS= 1", "##BLOCKS= 2"),
        "line 1",
        "The first line states 2 blocks, the file has 1.",
    ),
    "well twice": (
        whole(ENDPOINT).replace("A1\tA2", "A1\tA1"),
        "line 4, column 4 (A01)",
        "Well A01 stands here for the second time (first: line 4, column 3 (A01)).",
    ),
    "well beyond the plate": (
        whole(ENDPOINT).replace("\tB3", "\tC1", 1),
        "line 3",
        "Plate 'P7': the labels do not fit a plate of 6 wells (2 x 3).",
    ),
    "odd plate size": (
        whole(ENDPOINT).replace("\t1\t3\t6\t", "\t1\t3\t7\t"),
        "line 2",
        "Plate 'P7': the number of wells is '7', expected the size of a plate.",
    ),
    "lost time": (
        whole(kinetic())
        .replace("points", "")
        .replace(wells(7, 8, 9, 10, 11, 12, first="00:01:30\t25.5"), ""),
        "line 2",
        "Plate 'P7': 1 reads were found, its first line states 2 (Kinetic).",
    ),
    "odd time": (
        whole(kinetic()).replace("00:01:30", "01:30"),
        "line 5",
        "Plate 'P7': the time is '01:30', expected something like 00:00:30.",
    ),
    "time twice": (
        whole(kinetic()).replace("00:01:30", "00:00:00"),
        "line 5, column 3 (A01)",
        "Well A01 stands here for the second time (first: line 4, column 3 (A01)).",
    ),
    "unknown read": (
        whole(ENDPOINT).replace("Endpoint", "Dream"),
        "line 2",
        "Plate 'P7': the read type is 'Dream', expected "
        "Endpoint, Kinetic, Spectrum, Well Scan, Flex.",
    ),
    "lost tab": (
        whole(kinetic()).replace("7\t8\t", "7\t"),
        "line 5",
        "Plate 'P7': the line has 8 cells, expected 9.",
    ),
    "added cell": (
        whole(ENDPOINT).replace("1.5\t", "1\t5\t"),
        "line 4",
        "Plate 'P7': something stands behind the last column 'B3'.",
    ),
    "lost wavelength": (
        whole(ENDPOINT).replace("\t1\t450 \t", "\t2\t450 620 \t"),
        "line 2",
        "Plate 'P7': 1 reads were found, its first line states 2 (Endpoint).",
    ),
    "lost plate row": (
        whole(header("PlateFormat") + NUMBERS + wells(1, 2, 3, "") + "~End\n"),
        "line 4",
        "Plate 'P7': 1 rows stand here, expected 2.",
    ),
    "no plates": (
        whole("Note: x\n~End\n"),
        "",
        "No block 'Plate: ...' was found.",
    ),
    "plate twice": (
        whole(ENDPOINT, ENDPOINT),
        "line 11, column 3 (A01)",
        "Well A01 stands here for the second time (first: line 4, column 3 (A01)).",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused_with_place_and_reason(case: str):
    text, place, message = CASES[case]
    first = refused(text)[0]
    assert (first.place, first.message) == (place, message)
    assert first.remedy


def test_swapped_wells_are_the_same_table():
    ours, theirs = read(whole(ENDPOINT)).frame, read(whole(SWAPPED)).frame
    assert SWAPPED != ENDPOINT
    assert theirs.sort("row_id").equals(ours.sort("row_id"))


def test_the_stated_type_counts_and_not_the_temperature():
    reduced = header(mode="Absorbance\tReduced") + LABELS + wells(1.5, 2, 3, 4, 5, 6) + "~End\n"
    (problem,) = refused(whole(reduced))
    assert problem.message == "The file holds no raw reads, only calculated numbers."
    assert problem.remedy.endswith('or write channel = "Reduced" in the block.')
    frame = read(whole(reduced), channel="Reduced").frame
    assert frame["value"].to_list() == [1.5, 2, 3, 4, 5, 6]
    both = ENDPOINT.replace("Absorbance\tRaw", "Absorbance\tBoth")
    assert read(whole(both)).frame["value"].to_list() == [1.5, 2, 3, 4, 5, 6]


def test_a_text_saved_as_a_workbook_is_refused_by_its_name():
    book = openpyxl.Workbook()
    for line in whole(ENDPOINT).splitlines():
        book.worksheets[0].append(line.split("\t"))
    out = io.BytesIO()
    book.save(out)
    source = Source(name="raw/p1.xlsx", data=out.getvalue())
    assert READER.sniff(source)
    with pytest.raises(InputError) as caught:
        READER.read(source, Request(kind=WellReadings))
    (problem,) = caught.value.problems
    assert problem.message == "This is a workbook; of SoftMax Pro, the exported text is read."
    book.worksheets[0]["A1"] = "Well"
    book.worksheets[0]["A2"] = "A1"
    out = io.BytesIO()
    book.save(out)
    assert not READER.sniff(Source(name="a.xlsx", data=out.getvalue()))
