# The real exports have no expected parse: the wells below were typed from the files by hand.
import gzip
from pathlib import Path

import pytest

from exportin.contract.reader import Request
from exportin.readers.lightcycler import READER
from exportin.tables.kinds import CycleThresholds
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

TEXT = (
    "Experiment: plate 1  Selected Filter: FAM (465-510)\n"
    "Include\tColor\tPos\tName\tCp\tConcentration\tStandard\tStatus\n"
    "True\t255\tA1\tS 1\t14.98\t\t0\t\n"
    "False\t255\tA2\tS 2\t16.655\t100.5\t1\t?\n"
    "True\t65280\tP24\tS 3\t\t\t0\t\n"
)


def read(text: str | bytes, **request: object) -> CycleThresholds:
    data = text if isinstance(text, bytes) else text.encode()
    return READER.read(Source(name="l.txt", data=data), Request(kind=CycleThresholds, **request))


def test_the_real_plates(realdata: Path):
    found = []
    for plate in (1, 2):
        name = f"Edward_qPCR_TxnInhibitors_HS_2018-06-15_plate{plate}_Cq.txt"
        source = Source(
            name=name, data=gzip.decompress((realdata / f"bench/qpcr/{name}.gz").read_bytes())
        )
        assert READER.sniff(source)
        table = READER.read(source, Request(kind=CycleThresholds))
        assert table.frame.height == 384
        assert set(table.frame["dye"]) == {"SYBR Green I / HRM Dye (483-533)"}
        run = f"Edward qPCR Txn Inhibitors HS 2018-06-15 plate {plate}"
        assert set(table.frame["run"]) == {run}
        found.append(dict(table.frame.select("well", "value").iter_rows()))
    first, second = found
    wells = ("A01", "A02", "A03", "A05", "A09", "A10")
    assert [first[well] for well in wells] == [14.98, 16.65, 18.51, 11.51, 16.66, 14.73]
    assert (second["P23"], second["P24"]) == (34.51, 29.75)
    assert (second["A20"], second["P22"]) == (None, None)


def test_a_small_file():
    table = read(TEXT)
    names = ("row_id", "sample_id", "value", "cause", "quantity", "excluded_in_file")
    target = "FAM (465-510)"
    assert table.frame.select(names).rows() == [
        (f"l.txt#{target}:A01", "S 1", 14.98, "", None, None),
        (f"l.txt#{target}:A02", "S 2", 16.655, "", 100.5, "Include = False"),
        (f"l.txt#{target}:P24", "S 3", None, "empty", None, None),
    ]
    assert table.frame["instrument_flag"].to_list() == ["", "?", ""]
    assert table.unread == ("Color",)


def test_marks_encodings_and_swapped_columns_are_the_same_table():
    frame = read(TEXT).frame
    german = TEXT.replace(".", ",")
    for data in (
        german.encode(),
        german.encode("utf-16"),
        TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
    ):
        assert READER.sniff(Source(name="l.txt", data=data))
        assert read(data).frame.equals(frame)
    title, *rows = TEXT.splitlines()
    swapped = "\n".join([title, *("\t".join(row.split("\t")[::-1]) for row in rows)]) + "\n"
    assert read(swapped).frame.equals(frame)


CASES = {
    "odd cell": (("14.98", "I4.98"), "line 3, column 5 (Cp)", "'I4.98' is not a number"),
    "lost mark": (("14.98", "1498"), "line 3, column 5 (Cp)", "'1498' is no cycle of a PCR"),
    "twice": (("A2", "A1"), "line 4", "A01 stands here for the second time (first: line 3)."),
    "no well": (("A2", "A49"), "line 4, column 3 (Pos)", "'A49' is no well."),
    "cut off": (("P24\tS 3\t\t\t0\t\n", "P2"), "line 5", "The line has 3 cells"),
    "no title": (("Selected Filter", "X"), "line 1", "This line is no 'Experiment: ..."),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused(case: str):
    change, place, message = CASES[case]
    text = TEXT.replace(*change)
    assert text != TEXT
    with pytest.raises(InputError) as caught:
        read(text)
    (problem,) = caught.value.problems
    assert problem.place == place
    assert problem.message.startswith(message)
    assert problem.remedy
