# ruff: noqa: E501  one bad file per line
import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.contract.reader import Request
from exportin.readers.plate_grid import READER
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.wells import PLATES, row_letters, well_name


def grid(size: int, values: dict[str, str] | None = None) -> list[list[str]]:
    rows, cols = PLATES[size]
    lines = [["", *(str(col + 1) for col in range(cols))]]
    for row in range(rows):
        wells = [well_name(row, col) for col in range(cols)]
        numbers = [str(1000 + row * cols + col) for col in range(cols)]
        cells = numbers if values is None else [values.get(well, "") for well in wells]
        lines.append([row_letters(row), *cells])
    return lines


def text(lines: list[list[str]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(line) + "\n" for line in lines)


def xlsx(**sheets: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append([number(cell) for cell in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def number(cell: str) -> object:
    try:
        return float(cell)
    except ValueError:
        return cell or None


def source(data: str | bytes, name: str = "p1.csv") -> Source:
    return Source(name=name, data=data.encode() if isinstance(data, str) else data)


def read(data: str | bytes, name: str = "p1.csv", **request: object) -> WellReadings:
    return READER.read(source(data, name), Request(kind=WellReadings, **request))


def refused(data: str | bytes, name: str = "p1.csv", **request: object):
    with pytest.raises(InputError) as caught:
        read(data, name, **request)
    return caught.value.problems


@pytest.mark.parametrize("size", PLATES)
def test_every_plate_size(size: int):
    table = read(text(grid(size)))
    rows, cols = PLATES[size]
    assert table.frame.height == size
    assert table.frame["well"][-1] == well_name(rows - 1, cols - 1)
    assert table.frame["value"].to_list() == [1000.0 + i for i in range(size)]
    assert set(table.frame["sample_id"]) == {"p1"}
    assert table.frame["row_id"][0] == "p1.csv:A01"
    assert READER.sniff(source(text(grid(size))))


wells96 = st.dictionaries(
    st.builds(well_name, st.integers(0, 7), st.integers(0, 11)),
    st.floats(-1e9, 1e9).map(lambda x: round(x, 4)).filter(lambda x: x != int(x)),
    min_size=2,
)


@settings(max_examples=40, deadline=None)
@given(
    wells96,
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([".", ","]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_grids_read_back_equal(values, delimiter, decimal, encoding, ending):
    if delimiter == decimal:
        delimiter = ";"
    texts = {well: f"{value:.4f}".replace(".", decimal) for well, value in values.items()}
    data = text(grid(96, texts), delimiter).replace("\n", ending).encode(encoding)
    frame = read(data).frame
    assert dict(frame.select("well", "value").iter_rows()) == values


@settings(max_examples=10, deadline=None)
@given(wells96)
def test_workbooks_read_back_equal(values):
    data = xlsx(Plate1=grid(96, {well: repr(value) for well, value in values.items()}))
    frame = read(data, "a.xlsx", decimal=",").frame
    assert dict(frame.select("well", "value").iter_rows()) == values


def test_several_titled_grids():
    data = f"day 0\n{text(grid(6))}\nday 3\n\n{text(grid(24))}"
    frame = read(data).frame
    assert frame.group_by("sample_id", maintain_order=True).len().rows() == [
        ("day 0", 6),
        ("day 3", 24),
    ]
    assert frame["row_id"][0] == "p1.csv:day 0:A01"
    assert READER.sniff(source(data))


def test_title_in_the_corner():
    lines = grid(6)
    lines[0][0] = "SW872 p1"
    assert set(read(text(lines)).frame["sample_id"]) == {"SW872 p1"}


def test_sheets_name_their_plates_and_one_can_be_picked():
    data = xlsx(P1=grid(6), P2=grid(12), Notes=[["done by us"]])
    table = read(data, "a.xlsx")
    assert set(table.frame["sample_id"]) == {"P1", "P2"}
    assert table.unread == ("sheet Notes",)
    one = read(data, "a.xlsx", sheet="P2")
    assert one.frame["row_id"][0] == "a.xlsx:A01"
    assert set(one.frame["sample_id"]) == {"P2"}
    (problem,) = refused(data, "a.xlsx", sheet="P3")
    assert problem.message == "There is no filled sheet 'P3'."


def test_shifted_grid_is_read_with_a_note():
    shifted = [[], [], *([["", "", *line] for line in grid(6)])]
    table = read(text(shifted))
    assert table.frame.equals(read(text(grid(6))).frame)
    assert [note.code for note in table.notes] == ["grid-shifted"]
    assert table.notes[0].place == "line 3, column 3"


def test_last_line_without_end_is_noted():
    table = read(text(grid(6))[:-1])
    assert [note.code for note in table.notes] == ["no-line-end"]


def test_lone_comments_are_unread():
    data = "exported by hand\n\nP1\n" + text(grid(6))
    assert read(data).unread == ("exported by hand",)
    assert not READER.sniff(source(data))


def turned(lines: list[list[str]]) -> list[list[str]]:
    return [list(column) for column in zip(*lines, strict=True)]


def beside(lines: list[list[str]]) -> list[list[str]]:
    return [[*line, "", *line] for line in lines]


CASES = {
    "transposed": (text(turned(grid(24))), "transposed-grid", "line 1, column 2", "turned"),
    "side by side": (text(beside(grid(6))), "plates-side-by-side", "line 1, column 5", "side by side"),
    "beside without gap": (text([a + a for a in grid(6)]), "plates-side-by-side", "line 1, column 5", "side by side"),
    "ten columns": (text([line[:11] for line in grid(96)]), "plate-size", "line 1, column 11", "10 columns fits no plate"),
    "384 rows, 96 columns": (text([line[:13] for line in grid(384)]), "plate-size", "line 10, column 1", "96 wells with rows A to H"),
    "lost row": (text(grid(96)[:4] + grid(96)[5:]), "rows-missing", "line 8", "Row D is missing"),
    "cut off": (text(grid(96)[:5]), "rows-missing", "line 5", "Row E is missing"),
    "selection": (text([grid(96)[0], *grid(96)[1::2]]), "rows-missing", "line 5", "Row B is missing"),
    "stray line": (text(grid(6)) + "\nmean,5,6\n", "stray-line", "line 5", "The line 'mean' holds computed numbers"),
    "stray words": (text(grid(6)) + "\nday 3,5,6\n", "stray-line", "line 5", "The line 'day 3' is neither a title"),
    "no grid": ("a,b\n1,2\n", "no-grid", "line 1", "No plate grid"),
    "empty": (text(grid(6, {})), "no-values", "", "empty"),
    "two untitled": (text(grid(6)) * 2, "untitled-grid", "line 1", "no title"),
    "same title": ("P1\n" + text(grid(6)) + "\nP1\n" + text(grid(6)), "duplicate-plate", "line 7", "named 'P1'"),
    "doubled letter": (text(grid(6)).replace("B,", "A,"), "duplicate-row", "line 3, column 1", "second time"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_grids_are_refused_with_place_and_reason(case: str):
    data, code, place, words = CASES[case]
    found = [problem for problem in refused(data) if problem.code == code]
    assert found
    assert found[0].place == place
    assert words in found[0].message
    assert found[0].remedy


def test_places_in_workbooks():
    lines = grid(6)
    lines[1][2] = "foo"
    (problem,) = refused(xlsx(Plate1=lines), "a.xlsx")
    assert str(problem).startswith("a.xlsx: Plate1!C2 (A02): 'foo' is not a number")


def test_numbers_as_doubtful_text_in_workbooks_are_refused():
    book = openpyxl.Workbook()
    for line in grid(6):
        book.active.append(line)
    book.active["B2"] = "1.234"
    out = io.BytesIO()
    book.save(out)
    (problem,) = refused(out.getvalue(), "a.xlsx")
    assert (problem.code, problem.place) == ("number-as-text", "Sheet!B2 (A01)")


def test_a_channel_is_refused():
    (problem,) = refused(text(grid(6)), channel="580")
    assert problem.code == "unknown-channel"


def test_layouts_and_tables_are_not_claimed():
    names = {well_name(row, col): "drug" for row in range(2) for col in range(3)}
    assert not READER.sniff(source(text(grid(6, names))))
    assert not READER.sniff(source("well,value\nA1,5\n"))


def test_computed_grids_and_layouts_are_no_further_plates():
    measured, other = "Plate 1 OD600\n" + text(grid(6)), text(grid(6))
    for title in ("Plate 1 blank-corrected", "Normalized", "% of control", "Z-score", "Mean"):
        assert READER.sniff(source(f"{measured}\n{title}\n{other}"))
        (problem,) = refused(f"{measured}\n{title}\n{other}")
        assert (problem.code, problem.place) == ("computed-grid", "line 7")
        assert problem.message == (
            f"'{title}' stands in one file with 'Plate 1 OD600'; by its name it holds computed "
            "numbers and is no plate of its own."
        )
    (problem,) = refused(f"Layout\n{other}\n{measured}")
    assert problem.place == "line 2"
    assert "holds a layout" in problem.message
    alone = read(f"Plate 1 normalised\n{other}\nPlate 2 normalised\n{other}")
    assert set(alone.frame["sample_id"]) == {"Plate 1 normalised", "Plate 2 normalised"}
    for title in ("Plate Z", "SD rat 2", "Blinatumomab", "10 % FBS", "0.5% DMSO"):
        assert read(f"{measured}\n{title}\n{other}").frame.height == 12


def test_computed_sheets_are_no_further_plates():
    data = xlsx(Raw=grid(6), Normalised=grid(6))
    (problem,) = refused(data, "a.xlsx")
    assert (problem.code, problem.place) == ("computed-grid", "Normalised!row 1")
    assert problem.remedy.startswith('Write sheet = "Raw" in the block')
    assert set(read(data, "a.xlsx", sheet="Raw").frame["sample_id"]) == {"Raw"}
    assert set(read(data, "a.xlsx", sheet="Normalised").frame["sample_id"]) == {"Normalised"}


def part(size: int, rows: slice, cols: slice) -> list[list[str]]:
    lines = grid(size)
    return [[line[0], *line[1:][cols]] for line in (lines[0], *lines[1:][rows])]


def with_means(lines: list[list[str]]) -> list[list[str]]:
    return [[*lines[0], "Mean"], *([*line, "5"] for line in lines[1:])]


def laid_out(size: int) -> str:
    lines = grid(size)
    names = [lines[0], *([line[0], *("S1" for _ in line[1:])] for line in lines[1:])]
    both = [[*a, *b] for a, b in zip(names, lines, strict=True)]
    return text([["Layout", *[""] * (len(lines[0]) - 1), "OD"], *both])


HABITS = {
    "part": (text(part(96, slice(2, 6), slice(2, 5))), "part-of-plate", "line 1, column 2", "columns 3 to 5, rows C to F"),
    "cut in two": ("P1\n" + text(part(96, slice(None), slice(6))) + "\n" + text(part(96, slice(None), slice(6, 12))), "part-of-plate", "line 12, column 2", "columns 7 to 12, rows A to H stand below its first columns"),
    "no letters": (text([line[1:] for line in grid(96)[1:]]), "no-letters", "line 1, column 1", "8 lines of 12 numbers"),
    "column of means": (text(with_means(grid(6))), "column-numbers", "line 1, column 5", "'Mean' stands to the right of the 3 columns"),
    "line of means": (text([*grid(6), ["Mean", "1", "2", "3"]]), "stray-line", "line 4", "'Mean' holds computed numbers"),
    "layout beside": (laid_out(96), "plates-side-by-side", "line 2, column 14", "A layout stands to the left"),
}  # fmt: skip


@pytest.mark.parametrize("case", HABITS)
def test_usual_defects_are_claimed_and_refused_with_place_and_remedy(case: str):
    data, code, place, words = HABITS[case]
    assert READER.sniff(source(data))
    (problem,) = refused(data)
    assert (problem.code, problem.place) == (code, place)
    assert words in problem.message
    assert problem.remedy


def test_defects_in_workbooks_name_sheet_and_cell():
    (problem,) = refused(xlsx(P1=part(96, slice(2, 6), slice(2, 5))), "a.xlsx")
    assert problem.place == "P1!B1"
    (problem,) = refused(xlsx(P1=[line[1:] for line in grid(96)[1:]]), "a.xlsx")
    assert problem.place == "P1!A1"


def test_numbers_that_are_no_plate_are_not_claimed():
    assert not READER.sniff(source("1,2\n3,4\n5,6\n"))
    assert not READER.sniff(source("x,3,4\nA,1,2\nB,1,2\n"))
