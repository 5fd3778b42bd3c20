import io
import zipfile

import openpyxl
import pytest

from exportin.tables.cells import read_sheets
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.sheet import Sheet

TEXT = 'drug;dose;note\nA;0,5;µ \nB;10;"x;y"\n'
ROWS = (("drug", "dose", "note"), ("A", "0,5", "µ"), ("B", "10", "x;y"))


def sheet_of(data: bytes, name: str = "a.csv") -> Sheet:
    return read_sheets(Source(name=name, data=data)).sheets[0]


def refused(data: bytes, name: str = "a.csv"):
    with pytest.raises(InputError) as caught:
        read_sheets(Source(name=name, data=data))
    (problem,) = caught.value.problems
    assert problem.file == name
    assert problem.remedy
    return problem


def workbook(*rows: object, **sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Plate1"
    for row in rows:
        sheet.append(row)
    for name, more in sheets.items():
        extra = book.create_sheet(name)
        for row in more:
            extra.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repack(data: bytes, changes: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in {*old.namelist(), *changes}:
            new.writestr(name, changes.get(name) or old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_and_line_end_gives_the_same_cells(encoding: str, ending: str):
    book = read_sheets(Source(name="a.csv", data=TEXT.replace("\n", ending).encode(encoding)))
    assert book.sheets[0].rows == ROWS
    assert book.sheets[0].delimiter == ";"
    assert book.notes == ()


def test_utf16_big_endian_with_mark():
    assert sheet_of(b"\xfe\xff" + TEXT.encode("utf-16-be")).rows == ROWS


def test_windows_text_is_read_with_a_note():
    book = read_sheets(Source(name="a.csv", data=TEXT.encode("cp1252")))
    assert book.sheets[0].rows == ROWS
    (note,) = book.notes
    assert (note.code, note.severity, note.place) == ("encoding-assumed", "note", "line 2")
    assert "'µ'" in note.message


def test_lost_letter_is_noted():
    (note,) = read_sheets(Source(name="a.csv", data="a,b\n1,\ufffdM\n".encode())).notes
    assert (note.code, note.place) == ("lost-character", "line 2")


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a\tb\n1,5\t2,5\n", "\t"),
        ("drug,value\nA;B,1\nC;D,2\n", ","),
        ("drug;dose;value\nA;0,5;1,25\n", ";"),
        (";1;2;3\nA;1,5;2,5;3,5\nB;1,5;2,5;3,5\n", ";"),
        ("sep=;\na;b\n", ";"),
        ('"a;b;c","d"\n"e;f;g","h"\n', ","),
        ("only\none\ncolumn\n", ","),
    ],
)
def test_delimiter_by_evidence_outside_quotes(text: str, delimiter: str):
    assert sheet_of(text.encode()).delimiter == delimiter


def test_ragged_and_empty_lines_stay():
    sheet = sheet_of(b"a,b,c\n\n1,2\n3,4,5,6\n\n")
    assert sheet.rows == (("a", "b", "c"), (), ("1", "2"), ("3", "4", "5", "6"))


def test_places_name_physical_lines_behind_quoted_line_breaks():
    sheet = sheet_of(b'a,b\n"x\ny",1\nz,2\n')
    assert sheet.place(2, 1, "b") == "line 4, column 2 (b)"
    assert Sheet(name="Plate1", rows=()).place(6, 27) == "Plate1!AB7"


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "empty-file", "empty"),
        (b" \r\n \n", "empty-file", "empty"),
        (b"a,b\n1,\x002\n", "not-text", "line 2 holds the control character 0x00"),
        (b"\x89PNG\r\n\x1a\n", "not-text", "a PNG picture"),
        (b"%PDF-1.7", "not-text", "a PDF document"),
        (b"\x1f\x8b\x08", "not-text", "a gzip archive"),
        (b"\xff\xfea\x00,", "not-text", "utf-16"),
        (b"a,\x81\n", "not-text", "neither UTF-8 nor Windows-1252"),
        (b'a,b\n"x,1\ny,2\n', "bad-quotes", "begins here"),
        (b'a,b\n"x"y,1\n', "bad-quotes", "begins here"),
        (b"a," + b"x" * 200_000, "bad-quotes", "field larger"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "old-xls", ".xls"),
        (
            b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
            "encrypted-workbook",
            "pass",
        ),
        (b"PK\x03\x04garbage", "corrupt-workbook", "damaged"),
    ],
)
def test_refusals_name_the_reason(data: bytes, code: str, words: str):
    problem = refused(data)
    assert problem.code == code
    assert words in problem.message


def test_workbook_cells_without_loss():
    import datetime as dt

    rows = [
        [25104.0, 0.1, 1e-12, 123456789012345, True, None, "NA"],
        [dt.datetime(2024, 3, 1), dt.datetime(2024, 3, 1, 12, 30), dt.time(8, 5), "#DIV/0!"],
    ]
    sheet = sheet_of(workbook(*rows), "a.xlsx")
    assert sheet.rows[0] == ("25104", "0.1", "1e-12", "123456789012345", "TRUE", "", "NA")
    assert sheet.rows[1] == ("2024-03-01", "2024-03-01 12:30:00", "08:05:00", "#DIV/0!")
    assert sheet.place(6, 1) == "Plate1!B7"
    assert not sheet.is_text


def test_numbers_stored_as_text_are_marked_where_doubtful():
    assert sheet_of(workbook(["1.234", 1.234, "0.5"]), "a.xlsx").doubtful == {(0, 0)}


def test_merged_cells_are_fine():
    book = openpyxl.Workbook()
    book.active.append(["title", None, None])
    book.active.append([1, 2, 3])
    book.active.merge_cells("A1:C1")
    out = io.BytesIO()
    book.save(out)
    assert sheet_of(out.getvalue(), "a.xlsx").rows == (("title",), ("1", "2", "3"))


def test_formula_without_value_is_a_problem_of_its_sheet():
    data = workbook(["a", "b"], [1, "=A2*2"], [2, "=A3*2"], Other=[["x"]])
    plate, other = read_sheets(Source(name="a.xlsx", data=data)).sheets
    (problem,) = plate.problems
    assert (problem.code, problem.place) == ("formula-without-value", "Plate1!B2")
    assert "B2, B3" in problem.message
    assert other.problems == ()


def test_formula_with_value_is_read():
    data = workbook(["a"], [7])
    xml = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    data = repack(
        data, {"xl/worksheets/sheet1.xml": xml.replace(b"<v>7</v>", b"<f>3+4</f><v>7</v>")}
    )
    sheet = sheet_of(data, "a.xlsx")
    assert sheet.rows == (("a",), ("7",))
    assert sheet.problems == ()


def test_claimed_dimensions_are_not_believed():
    data = workbook(["a", "b"], [1, 2])
    xml = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    data = repack(data, {"xl/worksheets/sheet1.xml": xml.replace(b'"A1:B2"', b'"A1:XFD1048576"')})
    assert sheet_of(data, "a.xlsx").rows == (("a", "b"), ("1", "2"))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("where", [b'r="99999999999"', b'r="-4"', b'r="x"'])
def test_absurd_row_numbers_end_in_a_refusal(where: bytes):
    data = workbook(["a", "b"], [1, 2])
    xml = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    data = repack(data, {"xl/worksheets/sheet1.xml": xml.replace(b'<row r="2"', b"<row " + where)})
    with pytest.raises(InputError) as caught:
        read_sheets(Source(name="a.xlsx", data=data))
    assert caught.value.problems[0].code in ("sheet-too-big", "corrupt-workbook")


def test_zip_bomb_is_refused_unopened():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("xl/workbook.xml", b"0" * 20_000_000)
    problem = refused(out.getvalue(), "a.xlsx")
    assert problem.code == "zip-bomb"
    assert "20 MB" in problem.message


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "C:\\x", "\\x"])
def test_unsafe_archive_names_are_refused(name: str):
    data = repack(workbook(["a"]), {name: b"x"})
    assert refused(data, "a.xlsx").code == "unsafe-archive"


def test_foreign_zip_and_entity_bomb_are_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("content.xml", "x")
    assert refused(out.getvalue(), "a.ods").code == "not-a-workbook"
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    data = repack(workbook(["a"]), {"xl/worksheets/sheet1.xml": bomb})
    assert refused(data, "a.xlsx").code == "unsafe-archive"


def test_cut_workbook_is_refused():
    data = workbook(["a", "b"], [1, 2])
    for end in range(0, len(data), 97):
        with pytest.raises(InputError):
            read_sheets(Source(name="a.xlsx", data=data[:end]))
