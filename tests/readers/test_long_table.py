# ruff: noqa: E501  one bad file per line
import io
import random
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from exportin.contract.reader import Request
from exportin.readers.long_table import READER
from exportin.tables.kinds import Values, WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

SARCOMA = {
    "model": "cell_line",
    "treatment": "drug",
    "dose": "dose_nM",
    "value": "viability",
    "unit_id": "replicate",
}
ROWS = (
    ("cell_line", "drug", "dose_nM", "viability", "replicate"),
    ("SW872", "Selinexor", "0", "1.0125", "1"),
    ("SW872", "Selinexor", "12.5", "0.5", "1"),
    ("SW872", "Selinexor", "12.5", "0.25", "2"),
    ("RD", "None", "1000", "OVRFLW", "1"),
    ("RD", "NA", "", "-0.03", "2"),
)


def text(rows=ROWS, delimiter: str = ",", decimal: str = ".") -> str:
    return "".join(
        delimiter.join(cell.replace(".", decimal) for cell in row) + "\n" for row in rows
    )


def read(data: str | bytes, name: str = "v.csv", kind=WellReadings, columns=SARCOMA, **request):
    data = data.encode() if isinstance(data, str) else data
    return READER.read(Source(name=name, data=data), Request(kind=kind, columns=columns, **request))


def refused(data, **request):
    with pytest.raises(InputError) as caught:
        read(data, **request)
    return caught.value.problems


def codes(table) -> list[str]:
    assert all(note.severity == "note" for note in table.notes)
    return [note.code for note in table.notes]


def test_mapped_columns():
    table = read(text())
    frame = table.frame
    assert frame.columns[:7] == ["row_id", "file", "sample_id", "well", "channel", "value", "cause"]
    assert frame["value"].to_list() == [1.0125, 0.5, 0.25, None, -0.03]
    assert frame["cause"].to_list() == ["", "", "", "OVRFLW", ""]
    assert frame["dose"].to_list() == [0, 12.5, 12.5, 1000, None]
    assert frame["treatment"].to_list()[3:] == ["None", "NA"]
    assert frame["model"].dtype == pl.String
    assert set(frame["dose_unit"]) == {"nM"}
    assert set(frame["sample_id"]) == {"v"}
    assert frame["row_id"][1] == "v.csv:12.5|SW872|Selinexor|1"
    assert codes(table) == ["unit-from-name", "missing-values"]
    assert "'dose_nM': The dose is read as nM" in str(table.notes[0])


def test_values_kind_has_no_wells():
    table = read(text(), kind=Values)
    assert isinstance(table, Values)
    assert table.frame.columns[:5] == ["row_id", "file", "sample_id", "value", "cause"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("delimiter", "decimal"), [(",", "."), (";", ","), ("\t", ","), (";", ".")]
)
def test_every_way_of_writing_gives_the_same_frame(delimiter, decimal, ending, encoding):
    data = text(delimiter=delimiter, decimal=decimal).replace("\n", ending).encode(encoding)
    assert read(data).frame.equals(read(text()).frame)


def workbook(*rows, name: str = "Data", **sheets) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = name
    for row in rows:
        book.active.append(row)
    for title, more in sheets.items():
        sheet = book.create_sheet(title)
        for row in more:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def typed(cell: str) -> object:
    try:
        return float(cell)
    except ValueError:
        return cell or None


def test_workbook_gives_the_same_frame():
    data = workbook(*([typed(cell) for cell in row] for row in ROWS))
    ours = read(data, name="v.csv").frame
    assert ours.equals(read(text()).frame)
    assert read(data, name="v.csv", decimal=",").frame.equals(ours)


def test_workbook_sheets():
    data = workbook(["value"], [1], name="A", B=[["value"], [2]])
    (problem,) = refused(data, columns={})
    assert (problem.code, problem.remedy) == ("several-sheets", 'Write sheet = "A" in the block.')
    assert read(data, columns={}, sheet="B").frame["value"].to_list() == [2]
    (problem,) = refused(workbook(["value"], ["=1+1"]), columns={})
    assert (problem.code, problem.place) == ("formula-without-value", "Data!A2")


def test_places_in_workbooks():
    (problem,) = refused(workbook(["well", "value"], ["A1", "foo"]), columns={})
    assert str(problem).startswith("v.csv: Data!B2 (value): 'foo' is not a number")


def test_real_table_is_read_whole(realdata: Path):
    data = (realdata / "dose/sarcoma_viability/viability.csv").read_bytes()
    frame = read(data, name="viability.csv").frame
    assert frame.height == data.count(b"\n") - 1
    plain = pl.read_csv(io.BytesIO(data), infer_schema=False)
    assert frame["value"].equals(plain["viability"].cast(pl.Float64).alias("value"))
    assert frame["dose"].equals(plain["dose_nM"].cast(pl.Float64).alias("dose"))
    assert frame["model"].equals(plain["cell_line"].alias("model"))
    assert frame["treatment"].equals(plain["drug"].alias("treatment"))


def test_row_and_column_order_do_not_matter():
    rows = [*ROWS[1:], ROWS[1], ("SW872", "Selinexor", "0", "0.75", "1")]
    expected = read(text([ROWS[0], *rows])).frame.sort("row_id")
    assert {i for i in expected["row_id"] if "#" in i} == {
        f"v.csv:0|SW872|Selinexor|1#{k}" for k in (1, 2, 3)
    }
    rng = random.Random(1)
    for _ in range(5):
        rng.shuffle(rows)
        order = rng.sample(range(5), 5)
        table = [[row[i] for i in order] for row in [ROWS[0], *rows]]
        frame = read(text(table)).frame.select(expected.columns)
        assert frame.sort("row_id").equals(expected)


def test_own_separators_in_names_cannot_collide():
    rows = [
        ("drug", "note", "value"),
        ("a|b", "c", "1"),
        ("a", "b|c", "2"),
        ("x", "y", "3"),
        ("x", "y", "4"),
        ("x", "y#1", "5"),
    ]
    assert read(text(rows), columns={}).frame["row_id"].n_unique() == 5


def test_wells_plates_and_channels():
    rows = [("plate", "Well", "value"), ("P1", "A1", "1"), ("P1", "a02", "2"), ("P2", "A-1", "3")]
    table = read(text(rows), columns={"well": "Well"})
    assert table.frame["row_id"].to_list() == ["v.csv:P1:A01", "v.csv:P1:A02", "v.csv:P2:A01"]
    assert table.frame["sample_id"].to_list() == ["P1", "P1", "P2"]
    one = read(text(rows[:3]), columns={"well": "Well"})
    assert one.frame["row_id"].to_list() == ["v.csv:A01", "v.csv:A02"]
    rows = [("well", "channel", "value"), ("A1", "450", "1"), ("A1", "620", "2")]
    both = read(text(rows), columns={})
    assert both.frame["row_id"].to_list() == ["v.csv#450:A01", "v.csv#620:A01"]
    assert read(text(rows), columns={}, channel="620").frame["row_id"].to_list() == [
        "v.csv#620:A01"
    ]
    (problem,) = refused(text(rows), columns={}, channel="621")
    assert problem.remedy == "Did you mean '620'?"


def test_constants():
    table = read(text([("value",), ("1",)]), columns={}, constants={"dose": 5, "model": "RD"})
    assert table.frame.select("dose", "model").rows() == [(5.0, "RD")]
    (problem,) = refused(text(), constants={"model": "RD"})
    assert problem.code == "column-and-constant"
    assert read(text(), constants={"dose_unit": "nM"}).frame["dose_unit"][0] == "nM"
    (problem,) = refused(text(), constants={"dose_unit": "uM"})
    assert problem.message == "The column's name says nM, the study file says uM."


def test_names_stay_text_and_odd_ones_are_noted():
    rows = [
        ("gene", "model", "value"),
        ("1-Mar", "SW872", "1"),
        ("Sep-02", "SW-872", "2"),
        ("2310009E13", "007", "3"),
        ("NA", "1e3", "4"),
        ("None", "SW\u00a0872", "5"),
    ]
    table = read(text(rows), columns={})
    assert table.frame["gene"].to_list() == ["1-Mar", "Sep-02", "2310009E13", "NA", "None"]
    assert table.frame["model"].to_list() == ["SW872", "SW-872", "007", "1e3", "SW 872"]
    notes = [str(note) for note in table.notes]
    assert any(
        "'1-Mar' looks like a date that Excel made of a name; was it the gene MARCHF1?" in n
        for n in notes
    )
    assert any("was it the gene SEPTIN2?" in n for n in notes)
    assert any("'SW-872' and 'SW872' look like one name; they are kept apart." in n for n in notes)
    assert "name-cleaned" in codes(table)


def test_empty_lines_are_passed_with_a_note():
    table = read("\n" + text().replace("RD,None", ",,,,\n\nRD,None"))
    assert table.frame.drop("row_id").equals(read(text()).frame.drop("row_id"))
    assert table.notes[0].message == "3 empty lines were passed over."


def test_columns_with_our_names_are_left_aside():
    table = read(text([("row_id", "value"), ("7", "1")]), columns={})
    assert table.unread == ("row_id",)
    assert codes(table) == ["column-left-aside"]


def test_no_line_end_is_noted():
    assert "no-line-end" in codes(read(text()[:-1]))


def test_doses_without_dose_are_noted():
    table = read(text().replace("0,1.0125", "NA,1.0125"))
    assert table.frame["dose"][0] is None
    assert any(note.message == "1 doses are missing or censored: NA (1)." for note in table.notes)


T = text()
CASES = {
    "unknown column": (T.replace("viability", "viabilty", 1), {}, "unknown-column", "header line", "There is no column 'viability' (to be read as 'value').", "Did you mean 'viabilty'?"),
    "no value column": (T, {"columns": {}}, "no-value-column", "header line", "no column 'value'", "columns = { value ="),
    "duplicate header": (T.replace("drug", "cell_line", 1), {}, "duplicate-column", "line 1, column 2", "heads two columns (also line 1, column 1)", "name of its own"),
    "word in dose": (T.replace("12.5,0.5", "high,0.5"), {}, "not-a-number", "line 3, column 3 (dose_nM)", "'high' is not a number", ""),
    "bound in dose": (T.replace("12.5,0.5", "<0.1,0.5"), {}, "not-a-number", "line 3, column 3 (dose_nM)", "'<0.1'", ""),
    "unit in dose": (T.replace("12.5,0.5", "12.5 nM,0.5"), {}, "not-a-number", "line 3, column 3 (dose_nM)", "'12.5 nM'", ""),
    "word in value": (T.replace("0.25", "good"), {}, "not-a-number", "line 4, column 4 (viability)", "'good' is not a number", "OVRFLW"),
    "percent": (T.replace("0.25", "25%"), {}, "percent-sign", "line 4, column 4 (viability)", "percent", "Remove"),
    "decimal comma in comma table": (T.replace("0.25", "0,25"), {}, "row-width", "line 4, column 6", "without a name", "decimal commas"),
    "narrow row": (T.replace("SW872,Selinexor,0,", "SW872Selinexor,0,"), {}, "row-width", "line 2", "4 cells, the header has 5", "cut off"),
    "mixed decimals": (text(delimiter=";").replace("0.25", "0,25"), {}, "mixed-decimal", "line 4, column 4 (viability)", "decimal point", "one decimal"),
    "ambiguous decimals": ("a;value\nx;1,234\n", {"columns": {}}, "ambiguous-decimal", "line 2, column 2 (value)", "1.234 or 1234", 'decimal = ","'),
    "declared and broken": ("a;value\nx;0.5\n", {"columns": {}, "decimal": ","}, "not-a-number", "line 2, column 2 (value)", "decimal comma", ""),
    "only a header": ("a,value\n", {"columns": {}}, "no-rows", "line 1", "no rows", ""),
    "duplicate well": ("well,value\nA1,1\nB1,2\na01,3\n", {"columns": {}}, "duplicate-well", "line 4", "Well A01 of 'v' stands here for the second time (first: line 2).", "one row per well"),
    "not a well": ("well,value\n01,1\n", {"columns": {}}, "not-a-well", "line 2, column 1 (well)", "'01' is no well", "'O01'"),
    "empty well": ("well,value\n,1\nA1,2\n", {"columns": {}}, "not-a-well", "line 2, column 1 (well)", "'' is no well", ""),
    "empty sample": ("sample_id,value\n,1\n", {"columns": {}}, "no-sample", "line 2, column 1 (sample_id)", "which sample", ""),
    "unnamed column": (",value\nx,1\n", {"columns": {}}, "row-width", "line 2, column 1", "without a name", "Give the column a name"),
    "reserved": (T, {"columns": {**SARCOMA, "cause": "drug"}}, "reserved-column", "", "'cause'", "another name"),
    "text as constant dose": ("value\n1\n", {"columns": {}, "constants": {"dose": "high"}}, "not-a-number", "", "'high'", "dose = 10"),
    "sheet of a text file": (T, {"sheet": "A"}, "no-such-sheet", "", "text file", "Remove 'sheet'"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_tables_are_refused_with_place_and_reason(case: str):
    data, request, code, place, words, remedy = CASES[case]
    (problem,) = [p for p in refused(data, **request) if p.code == code]
    assert problem.place == place
    assert words in problem.message
    assert remedy in problem.remedy


def test_all_problems_come_at_once():
    found = refused(T.replace("0.25", "good").replace("12.5,0.5", "high,0.5"))
    assert [problem.code for problem in found] == ["not-a-number", "not-a-number"]
    found = refused(T, columns={"value": "x", "dose": "y"})
    assert len(found) == 2


def test_claims_tables_and_nothing_else():
    assert READER.sniff(Source(name="v.csv", data=text().encode()))
    for other in ("a\n1\n", "1,2\n3,4\n", ",1,2,3\nA,1,2,3\nB,1,2,3\n", "a,a\n1,2\n", "", "x,y\n"):
        assert not READER.sniff(Source(name="v.csv", data=other.encode()))
