# ruff: noqa: E501  one bad file per line
# The real BLU file has no expected parse: the numbers below were typed from the file by hand.
from pathlib import Path

import pytest

from exportin.contract.reader import Request
from exportin.readers.vi_cell import READER
from exportin.tables.kinds import CellCounts, Values
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

BLU = (
    "Sample ID,Cell count,Viable cells,Total (x10^6) cells/mL,Viable (x10^6) cells/mL,"
    "Viability (%),Average diameter (µm),Viable spot area (%),Cell type,Analysis date/time\n"
    "S1,2191,2123,0.78,0.75,96.9,18.51,5,Mammalian,3/21/2022 16:56\n"
    "S2,ERROR,ERROR,2.48,2.45,98.5,19.29,5,Mammalian,3/25/2022 11:14\n"
    "S1,1519,1494,0.54,0.53,98.35,17.22,5,Mammalian,3/23/2022 16:43\n"
)
XR = (
    "Vi-CELL XR 2.06.3\n\n"
    "Sample ID\tSample date/time\tViability (%)\tTotal cells/ml (x 10^6)\t"
    "Viable cells/ml (x 10^6)\tAvg. diam. (microns)\tAvg. circ.\tViable cells\tTotal cells\n"
    "T1\t2/3/2020 10:00\t95.5\t1.25\t1.19\t15.4\t0.91\t950\t1000\n"
)


def read(text: str | bytes, kind: type = CellCounts, **request: object):
    data = text if isinstance(text, bytes) else text.encode()
    return READER.read(Source(name="c.csv", data=data), Request(kind=kind, **request))


def refused(text: str, kind: type = CellCounts, **request: object):
    with pytest.raises(InputError) as caught:
        read(text, kind, **request)
    (problem,) = caught.value.problems
    return problem


def cells(table, quantity: str) -> list:
    frame = table.frame
    return frame.filter(frame["quantity"] == quantity).select("sample_id", "value").rows()


def test_the_real_blu_file(realdata: Path):
    path = realdata / "bench/instrument/Beckman_Vi-Cell-BLU_example01.csv"
    source = Source(name=path.name, data=path.read_bytes())
    assert READER.sniff(source)
    table = READER.read(source, Request(kind=CellCounts))
    assert table.frame.height == 10 * 14
    assert cells(table, "total_cells") == [
        *(("CLB001", 0.78), ("CLB002", 2.72), ("CLB003", 0.54), ("CLB005", 1.13)),
        *(("CLB006", 0.88), ("CLB007", 1.04), ("CLB008", 2.48), ("CLB009", 1.87)),
        *(("CLB010", 4.03), ("CLB011", 3.48)),
    ]
    assert [value for _, value in cells(table, "viable_cells")] == [
        *(0.75, 2.63, 0.53, 1.11, 0.84, 1.01, 2.45, 1.84, 3.31, 2.51),
    ]
    assert cells(table, "viability")[-1] == ("CLB011", 72.06)
    assert cells(table, "viable_diameter")[0] == ("CLB001", 18.72)
    assert cells(table, "clusters")[-2:] == [("CLB010", 24), ("CLB011", 7)]
    assert dict(cells(table, "cell_count"))["CLB008"] is None
    lost = table.frame.filter(table.frame["value"].is_null())
    assert set(lost["cause"]) == {"ERROR"}
    assert lost.height == 2
    assert "Viable spot brightness (%)" in table.unread
    assert "Viability (%)" not in table.unread
    one = READER.read(source, Request(kind=Values, channel="viable_cells"))
    assert one.frame.height == 10
    assert one.frame["value"].sum() == pytest.approx(16.98)
    assert one.frame["measured_at"][0] == "3/21/2022 16:56"


def test_rows_are_told_apart_by_time_and_not_by_order():
    table = read(BLU)
    assert table.frame.filter(table.frame["quantity"] == "viability")["row_id"].to_list() == [
        "c.csv:S1@3/21/2022 16:56#viability",
        "c.csv:S2@3/25/2022 11:14#viability",
        "c.csv:S1@3/23/2022 16:43#viability",
    ]
    assert set(table.frame["unit"]) == {"cells", "10^6 cells/mL", "%", "um"}
    assert set(table.frame["cell_type"]) == {"Mammalian"}
    head, *rows = BLU.splitlines(keepends=True)
    turned = read(head + "".join(reversed(rows)))
    assert turned.frame.sort("row_id").equals(table.frame.sort("row_id"))


def test_swapped_columns_other_marks_and_encodings_are_the_same_table():
    frame = read(BLU).frame
    swapped = "\n".join(",".join(line.split(",")[::-1]) for line in BLU.splitlines()) + "\n"
    assert read(swapped).frame.select(frame.columns).equals(frame)
    german = BLU.replace(",", ";").replace(".", ",")
    for data in (german.encode(), german.encode("utf-16"), german.encode("utf-8-sig")):
        assert READER.sniff(Source(name="c.csv", data=data))
        assert read(data).frame.equals(frame)
    assert read(BLU.replace("\n", "\r\n")).frame.equals(frame)
    assert read(BLU.encode("cp1252")).frame.equals(frame)


def test_a_table_of_the_xr():
    table = read(XR)
    assert READER.sniff(Source(name="c.txt", data=XR.encode()))
    assert dict(table.frame.select("quantity", "value").iter_rows()) == {
        "total_cells": 1.25,
        "viable_cells": 1.19,
        "viability": 95.5,
        "cell_count": 1000,
        "viable_count": 950,
        "diameter": 15.4,
        "circularity": 0.91,
    }
    assert not READER.sniff(Source(name="c.txt", data=b"Sample ID :x\nViability (%) :95\n"))


def test_the_report_of_one_sample_is_claimed_and_refused():
    report = "Vi-CELL XR 2.06.3\nSample ID :x\nViability (%) :95\n"
    assert READER.sniff(Source(name="c.txt", data=report.encode()))
    found = refused(report)
    assert found.message == "No header of a Vi-CELL BLU or XR table was found."
    assert found.remedy == "Export the results of the samples as a table (CSV or .xlsx)."


def test_values_need_the_name_of_the_quantity():
    known = (
        "Known: total_cells (Total (x10^6) cells/mL), viable_cells (Viable (x10^6) cells/mL), "
        "viability (Viability (%)), cell_count (Cell count), viable_count (Viable cells), "
        "diameter (Average diameter (µm))."
    )
    found = refused(BLU, Values)
    assert found.message == "The file holds 6 quantities, and the study names none."
    assert found.remedy == f'Write channel = "viable_cells" in the block. {known}'
    assert refused(BLU, Values, channel="Viable cells").remedy == known
    assert read(BLU, Values, channel="viability").frame["value"].to_list() == [96.9, 98.5, 98.35]


CASES = {
    "odd cell": (("0.75", "o.75"), "line 2, column 5 (Viable (x10^6) cells/mL)", "'o.75' is not a number with a decimal point."),
    "cut off": (("98.35,17.22,5,Mammalian,3/23/2022 16:43\n", "98.3"), "line 4", "The line has 6 cells, the header has 10."),
    "twice": (("S1,1519", "S1,2191,2123,0.78,0.75,96.9,18.51,5,Mammalian,3/21/2022 16:56\nS1,1519"), "line 4", "The same line stands in line 2."),
    "no sample": (("S2,", ","), "line 3, column 1 (Sample ID)", "The row has no sample."),
    "doubled column": (("Average diameter (µm)", "Viability (%)"), "line 1, column 7", "Column 'Viability (%)' stands here for the second time (line 1, column 6)."),
    "extra cell": (("16:56", "16:56,7"), "line 2, column 11", "'7' stands in a column without a name."),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused(case: str):
    change, place, message = CASES[case]
    text = BLU.replace(*change)
    assert text != BLU
    found = refused(text)
    assert (found.place, found.message) == (place, message)
    assert found.remedy


def test_a_file_that_does_not_end_is_noted():
    assert [note.code for note in read(BLU[:-1]).notes] == [
        "missing-values",
        "missing-values",
        "no-line-end",
    ]
