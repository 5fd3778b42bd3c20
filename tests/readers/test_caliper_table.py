"""Caliper sheets: every form by hand-typed values, the real files by a parse of their own."""

import csv
import datetime as dt
import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from exportin.contract.reader import Request
from exportin.readers.caliper_table import READER
from exportin.study.front_door import recognise
from exportin.study.suggest_animals import assay_for, suggest_animals
from exportin.tables.kinds import TumorLog
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

LONG = (
    "Mouse,Group,Day,Volume (mm3),Body weight (g),Cage\n"
    "m1,Vehicle,0,100.5,20.25,C1\n"
    "m1,Vehicle,3,150.25,20,C1\n"
    "m2,Drug A,0,98.5,NM,C1\n"
    "m2,Drug A,3.5,,19.5,C1\n"
)
WIDE = (
    "Treatment,Mouse,-1,2,9\n"
    "Vehicle,1,275.408,427.982,831.847\n"
    "Vehicle,2,1475.691,,\n"
    "Drug,3,0,60.25,dead\n"
)
TWO_ROWS = (  # as TumGrowth writes it: days above, sizes below, decimal commas, tabs
    "Grp\tUse\tSurv\tMid\t2\t5\t5\n"
    "\t\t\t\tVolume\tVolume\tBW (g)\n"
    "PBS\t1\t\ta1\t2,5\t10,3\t21,4\n"
    "PBS\t0\tTRUE\ta2\t0\t14,3\t20\n"
    "Drug\t1\t\ta3\t5\t\t19,75\n"
)
PRISM = "Day,Control,,,Drug A,,\n0,100,110,120,101,111,121\n3.5,200,,220,201,211,NM\n"
TURNED = (
    "Tumor volume (cm3),,,,\n,Control,,Drug,\nDay,7,8,9,10\n0,0.1,0.2,0.3,0.4\n4,0.15,0.25,,0.45\n"
)


def read(data: str | bytes, name: str = "v.csv", **request: object) -> TumorLog:
    data = data.encode() if isinstance(data, str) else data
    made = Request(kind=TumorLog, **request)  # type: ignore[arg-type]
    table = READER.read(Source(name=name, data=data), made)
    assert isinstance(table, TumorLog)
    assert all(note.severity == "note" for note in table.notes)
    return table


def refused(data: str | bytes, name: str = "v.csv", **request: object) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read(data, name, **request)
    for problem in caught.value.problems:
        assert problem.file == name
        assert problem.message
        assert problem.remedy
    return caught.value.problems


def sniffed(data: str | bytes, name: str = "v.csv") -> bool:
    data = data.encode() if isinstance(data, str) else data
    return READER.sniff(Source(name=name, data=data))


def codes(table: TumorLog) -> list[str]:
    return [note.code for note in table.notes]


def values(table: TumorLog, name: str = "volume") -> dict[tuple[str, float | str], float]:
    """Animal and day to what was measured."""
    rows = table.frame.filter(pl.col(name).is_not_null()).iter_rows(named=True)
    return {
        (row["sample_id"], row["date"] if row["day"] is None else row["day"]): row[name]
        for row in rows
    }


def workbook(rows: Sequence[Sequence[object]], title: str = "Sheet1", **more: object) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    for name, cells in more.items():
        sheet = book.create_sheet(name)
        for row in cells:  # type: ignore[attr-defined]
            sheet.append(list(row))
    book.save(out)
    return out.getvalue()


# a row per visit


def test_a_long_table() -> None:
    table = read(LONG)
    frame = table.frame
    assert values(table) == {("m1", 0): 100.5, ("m1", 3): 150.25, ("m2", 0): 98.5}
    assert values(table, "weight") == {("m1", 0): 20.25, ("m1", 3): 20, ("m2", 3.5): 19.5}
    assert frame["row_id"].to_list() == ["v.csv:m1@0", "v.csv:m1@3", "v.csv:m2@0", "v.csv:m2@3.5"]
    assert frame["cause"].to_list() == ["", "", "NM", ""]
    assert set(frame["volume_unit"]) == {"mm3"}
    assert set(frame["weight_unit"]) == {"g"}
    assert set(frame["length_unit"]) == {""}
    assert frame["arm"].to_list() == ["Vehicle", "Vehicle", "Drug A", "Drug A"]
    assert frame["cage"].to_list() == ["C1"] * 4
    assert codes(table) == ["missing-values"]
    assert "model" not in frame.columns


def test_columns_may_stand_in_any_order() -> None:
    cells = [line.split(",") for line in LONG.splitlines()]
    turned = "".join(",".join(reversed(row)) + "\n" for row in cells)
    assert read(turned).frame.equals(read(LONG).frame)


def test_length_and_width_only() -> None:
    table = read("Animal;Date;L [mm];W [mm]\n1;2024-03-01;10,5;8,25\n1;2024-03-04;11;sac\n")
    assert values(table, "length") == {("1", "2024-03-01"): 10.5, ("1", "2024-03-04"): 11}
    assert values(table, "width") == {("1", "2024-03-01"): 8.25}
    assert set(table.frame["length_unit"]) == {"mm"}
    assert table.frame["cause"].to_list() == ["", "sac"]
    assert table.frame["row_id"].to_list() == ["v.csv:1@2024-03-01", "v.csv:1@2024-03-04"]
    assert table.frame["day"].null_count() == 2


def test_weights_only() -> None:
    table = read("Mouse,Day,BW\n1,0,20.5\n1,7,-0.1\n")
    assert values(table, "weight") == {("1", 0): 20.5, ("1", 7): -0.1}
    assert table.frame["volume"].null_count() == 2


def test_the_map_of_the_study_wins() -> None:
    data = "mouse,tag,day,volume,TV calc\n1,a,0,1,10.5\n1,b,0,2,20.5\n"
    table = read(data, columns={"animal": "tag", "volume": "TV calc"})
    assert values(table) == {("a", 0): 10.5, ("b", 0): 20.5}
    assert table.frame["mouse"].to_list() == ["1", "1"]
    # a column whose own name is taken by the one that was named
    assert table.unread == ("volume",)
    assert codes(table) == ["column-left-aside"]
    (problem,) = refused(data, columns={"volume": "TV"})
    assert problem.message == "There is no column 'TV' (to be read as 'volume')."
    (problem,) = refused(data, columns={"sample_id": "tag"})
    assert "which the workbench writes itself" in problem.message


def test_own_columns_are_kept_under_their_names() -> None:
    table = read(
        "patient,category,replicate,day,volume,drug_start_day\nP0,Control,R0,[34.],21.5,34.0\n"
        "P0,Drug,R0,[34.],22.5,34.0\n"
    )
    assert table.frame["drug_start_day"].to_list() == ["34.0", "34.0"]
    assert table.frame["sample_id"].to_list() == ["Control/R0", "Drug/R0"]
    assert table.frame["row_id"][1] == "v.csv:Drug/R0@34"
    assert codes(table) == ["animals-qualified", "day-in-brackets"]


def test_constants_of_the_study() -> None:
    assert set(read(LONG, constants={"model": 246}).frame["model"]) == {"246"}
    table = read(LONG, constants={"model": "LPS6", "weight_unit": "g"})
    assert set(table.frame["model"]) == {"LPS6"}
    (problem,) = refused(LONG, constants={"volume_unit": "cm3"})
    assert problem.message == 'The study file says volume_unit = "cm3", the file says mm3.'
    (problem,) = refused(LONG, constants={"arm": "A"})
    assert "'arm' is given in the study file and is a column" in problem.message
    assert set(
        read("Mouse,Day,Volume\n1,0,5\n", constants={"volume_unit": "mm3"}).frame["volume_unit"]
    ) == {"mm3"}


def test_a_column_of_units() -> None:
    rows = "Mouse,Day,Volume,Volume unit\n1,0,5.5,mm3\n1,2,6.5,{}\n"
    table = read(rows.format("mm\u00b3"))
    assert set(table.frame["volume_unit"]) == {"mm3"}
    (problem,) = refused(rows.format("cm3"))
    assert problem.message.startswith("The unit is cm3 here and mm3 in line 2")
    assert problem.place == "line 3, column 4 (Volume unit)"


# a column per day


def test_a_wide_table_without_a_word_is_volume_and_says_so() -> None:
    table = read(WIDE)
    assert values(table) == {
        ("1", -1): 275.408,
        ("1", 2): 427.982,
        ("1", 9): 831.847,
        ("2", -1): 1475.691,
        ("3", -1): 0,
        ("3", 2): 60.25,
    }
    assert table.frame["row_id"][0] == "v.csv:1@-1"
    assert table.frame.filter(pl.col("cause") == "dead")["day"].to_list() == [9]
    assert codes(table) == ["taken-as-volume", "missing-values"]
    assert codes(read(WIDE, channel="volume")) == ["missing-values"]
    weights = read(WIDE, channel="weight")
    assert values(weights, "weight") == values(table)
    assert weights.frame["volume"].null_count() == len(weights.frame)


@pytest.mark.parametrize(
    ("title", "size", "unit"),
    [
        ("Tumor volume (mm3)", "volume", "mm3"),
        ("Body weight [g]", "weight", "g"),
        ("BW", "weight", ""),
        ("TV in cm\u00b3", "volume", "cm3"),
        ("Width (mm)", "width", "mm"),
    ],
)
def test_a_title_says_what_was_measured(title: str, size: str, unit: str) -> None:
    table = read(f"{title},,,,\n{WIDE}")
    assert sum(values(table, size).values()) == pytest.approx(3071.178)
    dimension = size if size != "width" else "length"
    assert set(table.frame[f"{dimension}_unit"]) == {unit}
    assert "taken-as-volume" not in codes(table)


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Volume and body weight", "speak of several: volume, weight"),
        ("Body weight change (%)", "speaks of numbers that were computed"),
        ("Relative tumor volume", "speaks of numbers that were computed"),
        ("Mean volume", "speaks of numbers that were computed"),
        ("Tumor weight (g)", "speaks of numbers that were computed"),
    ],
)
def test_titles_that_leave_a_doubt(title: str, said: str) -> None:
    (problem,) = refused(f"{title},,,,\n{WIDE}")
    assert said in problem.message
    assert 'channel = "weight"' in problem.remedy


def test_a_file_named_after_weights_is_not_read_as_volume() -> None:
    (problem,) = refused(WIDE, "body_weights.csv")
    assert problem.message == (
        "'body_weights' speaks of a size, but no title says what the numbers are."
    )
    assert len(values(read(WIDE, "body_weights.csv", channel="weight"), "weight")) == 6
    (problem,) = refused(f"Body weight (g),,,,\n{WIDE}", channel="volume")
    assert "speaks of weight" in problem.message
    (problem,) = refused(WIDE, channel="luminescence")
    assert problem.code == "no-such-channel"


@pytest.mark.parametrize(
    ("head", "days"),
    [
        ("D-1,D2,D9", [-1, 2, 9]),
        ("Day -1,Day 2,day 9", [-1, 2, 9]),
        ("d0,d_2,9 days", [0, 2, 9]),
        ("-1,2.5,9", [-1, 2.5, 9]),
    ],
)
def test_days_as_people_write_them(head: str, days: list[float]) -> None:
    table = read(WIDE.replace("-1,2,9", head, 1))
    assert sorted(table.frame["day"].unique()) == days


def test_dates_over_the_columns() -> None:
    table = read(WIDE.replace("-1,2,9", "27.2.2024,1.3.2024,8.3.2024", 1))
    assert values(table)["1", "2024-03-01"] == 427.982
    assert table.frame["date"].unique().sort().to_list() == [
        "2024-02-27",
        "2024-03-01",
        "2024-03-08",
    ]


def test_several_sizes_in_one_heading() -> None:
    table = read("Mouse,D0 L,D0 W,D7_L,D7_W\n1,5.5,4.5,6.5,\n")
    assert values(table, "length") == {("1", 0): 5.5, ("1", 7): 6.5}
    assert values(table, "width") == {("1", 0): 4.5}
    named = read("Mouse,Volume D0 (mm3),BW D0 (g)\n1,50,20.5\n")
    assert named.frame.select("volume", "weight", "volume_unit", "weight_unit").row(0) == (
        50,
        20.5,
        "mm3",
        "g",
    )


def test_two_lines_of_headings() -> None:
    table = read(TWO_ROWS, "t.tsv")
    assert values(table) == {
        ("a1", 2): 2.5,
        ("a1", 5): 10.3,
        ("a2", 2): 0,
        ("a2", 5): 14.3,
        ("a3", 2): 5,
    }
    assert values(table, "weight") == {("a1", 5): 21.4, ("a2", 5): 20, ("a3", 5): 19.75}
    assert table.frame["excluded_in_file"].to_list() == [
        None,
        None,
        "Use = 0",
        "Use = 0",
        None,
        None,
    ]
    assert table.frame.filter(pl.col("sample_id") == "a2")["Surv"].to_list() == ["TRUE"] * 2
    lines = TWO_ROWS.splitlines()
    over = "Grp\tUse\tSurv\tMid\tVolume\t\tBW (g)\n\t\t\t\t2\t5\t5\n" + "\n".join(lines[2:]) + "\n"
    assert read(over, "t.tsv").frame.equals(table.frame)
    only = read(TWO_ROWS, "t.tsv", channel="weight")
    assert values(only, "weight") == values(table, "weight")
    assert only.unread == ("2", "5")


def test_letters_for_sizes() -> None:
    letters = TWO_ROWS.replace("Volume\tVolume\tBW (g)", "V\tV\tW")
    (problem,) = refused(letters, "t.tsv")
    assert problem.message == "'W' does not say what was measured."
    assert problem.remedy.endswith('or columns = { weight = "W" } in the block.')
    table = read(letters, "t.tsv", columns={"weight": "W"})
    assert values(table, "weight") == values(read(TWO_ROWS, "t.tsv"), "weight")


def test_use_must_be_plain() -> None:
    (problem,) = refused(TWO_ROWS.replace("PBS\t0", "PBS\tx"), "t.tsv")
    assert problem.message == "'x' does not say whether the animal is used or left out."


def test_a_column_of_days_beside_columns_of_days() -> None:
    (problem,) = refused("Mouse,Group,Day,,\n,,,0,3\n1,V,5,10.5,11.5\n")
    assert problem.message == "The column 'Day' stands beside columns of days."
    (problem,) = refused("Mouse,BW (g),0,3\n1,20.5,10.5,11.5\n", channel="volume")
    assert problem.message == "The column 'BW (g)' stands beside columns of days."
    start = "Mouse,BW at start,0,3\n1,20.5,10.5,11.5\n"
    (problem,) = refused(start)
    assert problem.message.startswith("'BW at start' speaks of a size, but no title says")
    table = read(start, channel="volume")
    assert values(table) == {("1", 0): 10.5, ("1", 3): 11.5}
    assert table.frame["BW at start"].to_list() == ["20.5"] * 2


def test_words_over_the_days() -> None:
    data = "Group,Mouse,{},\n,,0,3\nV,1,10.5,11.5\n"
    (problem,) = refused(data.format("Relative tumor volume"))
    assert "speaks of numbers that were computed" in problem.message
    table = read(data.format("Cycle 1"))
    assert table.unread == ("line 1, column 3: Cycle 1",)
    weights = read(data.format("BW (g)"))
    assert values(weights, "weight") == {("1", 0): 10.5, ("1", 3): 11.5}


def test_a_day_label_that_spans() -> None:
    data = "Treatment,Mouse,Day,,\n,,0,3,7\nV,1,10.5,11.5,12.5\n"
    assert values(read(data)) == {("1", 0): 10.5, ("1", 3): 11.5, ("1", 7): 12.5}


# a column per animal


def test_arms_that_span_columns() -> None:
    table = read(PRISM)
    assert values(table) == {
        ("Control/1", 0): 100,
        ("Control/2", 0): 110,
        ("Control/3", 0): 120,
        ("Drug A/1", 0): 101,
        ("Drug A/2", 0): 111,
        ("Drug A/3", 0): 121,
        ("Control/1", 3.5): 200,
        ("Control/3", 3.5): 220,
        ("Drug A/1", 3.5): 201,
        ("Drug A/2", 3.5): 211,
    }
    assert codes(table)[0] == "taken-as-volume"
    assert "numbered from the left in each arm: 'Control' 3, 'Drug A' 3" in " ".join(
        note.message for note in table.notes
    )
    repeated = PRISM.replace("Control,,,Drug A,,", "Control,Control,Control,Drug A,Drug A,Drug A")
    assert values(read(repeated)) == values(table)
    marked = PRISM.replace("Day", "X").replace(
        "Control,,,Drug A,,", "Control:Y1,Control:Y2,Control:Y3,Drug A:Y1,Drug A:Y2,Drug A:Y3"
    )
    assert values(read(marked)) == values(table)
    assert "x-is-day" in codes(read(marked))
    numbered = PRISM.replace("Control,,,Drug A,,", "C_1,C_2,C_3,D_1,D_2,D_3")
    assert set(read(numbered).frame["arm"]) == {"C", "D"}


def test_an_arm_that_is_called_treatment() -> None:
    named = PRISM.replace("Drug A", "Treatment")
    assert set(read(named).frame["arm"]) == {"Control", "Treatment"}
    assert sniffed(named)


def test_an_empty_column_keeps_its_number() -> None:
    table = read("Day,A,,,B\n0,1,,3,4\n2,1.5,,3.5,4.5\n")
    assert values(table)["A/3", 2] == 3.5


def test_animals_across_with_arms_above() -> None:
    table = read(TURNED)
    assert values(table) == {
        ("7", 0): 0.1,
        ("8", 0): 0.2,
        ("9", 0): 0.3,
        ("10", 0): 0.4,
        ("7", 4): 0.15,
        ("8", 4): 0.25,
        ("10", 4): 0.45,
    }
    assert table.frame.unique("sample_id").sort("sample_id")["arm"].to_list() == [
        "Drug",
        "Control",
        "Control",
        "Drug",
    ]
    assert set(table.frame["volume_unit"]) == {"cm3"}
    assert table.unread == ("line 1, column 1: Tumor volume (cm3)",)


def test_animals_across_without_arms() -> None:
    table = read("Day,M1,M2\n0,10,20\n3,11,21\n")
    assert values(table) == {("M1", 0): 10, ("M2", 0): 20, ("M1", 3): 11, ("M2", 3): 21}
    assert "arm" not in table.frame.columns


def test_columns_that_may_be_arms_or_means() -> None:
    (problem,) = refused("Day,Vehicle,Drug\n0,10,20\n3,11,21\n")
    assert problem.message == "'Vehicle' may be an arm or an animal."
    (problem,) = refused("Day,A,,,B,,\n,Mean,SEM,N,Mean,SEM,N\n0,1,2,3,4,5,6\n")[:1]
    assert problem.code == "no-day"
    (problem,) = refused("Day,M1,M2,Comment\n0,1,2,ok\n")
    assert problem.message == "The column 'Comment' is no animal."
    assert refused("Day,M1,M2,Mean\n0,1,2,1.5\n")[0].code == "summary-row"
    (problem,) = refused("Day,A:Y1,A:Y2,B:Y1,B2\n0,1,2,3,4\n")
    assert problem.message == "'B2' may be an arm and a number, or the name of one animal."
    assert refused("Day,A:Y1,A:Y1,B:Y1\n0,1,2,3\n")[0].code == "arm-or-animal"
    (problem,) = refused("Day,A,A,B\n0,1,2,3\n")
    assert problem.message == "'B' stands over one column, other names over several."
    assert refused("Day,A1,A2,B1,B3\n0,1,2,3,4\n")[0].code == "arm-or-animal"
    assert set(read("Day,A1,A2,B3,B4\n0,1,2,3,4\n").frame["animal"]) == {"A1", "A2", "B3", "B4"}
    (problem,) = refused("Day,A,,B,A\n0,1,2,3,4\n")
    assert problem.message.startswith("'A' begins here again")


# encodings, marks, workbooks


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("data", [LONG, WIDE, PRISM, TURNED])
def test_encodings_and_line_ends(data: str, encoding: str) -> None:
    assert read(data.replace("\n", "\r\n").encode(encoding)).frame.equals(read(data).frame)


@pytest.mark.parametrize("data", [LONG, WIDE, PRISM, TURNED])
def test_decimal_commas(data: str) -> None:
    other = data.replace(",", ";").replace(".", ",")
    assert read(other).frame.equals(read(data).frame)
    assert sniffed(other)


def test_thousands_or_decimals() -> None:
    data = "Mouse;Day;Volume\n1;0;1.234\n1;2;12\n"
    (problem,) = refused(data)
    assert problem.message == "'1.234' may be 1.234 or 1234; no other cell tells."
    assert values(read(data, decimal="."))["1", 0] == 1.234
    assert values(read(data, decimal=","))["1", 0] == 1234
    assert refused("Mouse;Day;Volume\n1;0;1,5\n1;2;2.5\n")[0].code == "mixed-decimal"


@pytest.mark.parametrize("data", [LONG, WIDE, PRISM, TURNED])
def test_workbooks(data: str) -> None:
    def cell(text: str) -> object:
        try:
            return float(text)
        except ValueError:
            return text or None

    rows = [[cell(text) for text in line.split(",")] for line in data.splitlines()]
    table = read(workbook(rows), "v.csv")
    assert table.frame.equals(read(data).frame)
    assert sniffed(workbook(rows), "v.xlsx")


def test_dates_and_names_of_sheets_in_a_workbook() -> None:
    head = ["Mouse", "Arm", dt.datetime(2024, 3, 1), dt.datetime(2024, 3, 12)]
    rows = [head, ["1", "A", 20.5, 21]]
    table = read(workbook(rows, "Body weight"), "v.xlsx")
    assert values(table, "weight") == {("1", "2024-03-01"): 20.5, ("1", "2024-03-12"): 21}
    two = workbook(rows, "Volume", Weight=rows)
    (problem,) = refused(two, "v.xlsx")
    assert problem.message == "The workbook has several filled sheets: 'Volume', 'Weight'."
    assert values(read(two, "v.xlsx", sheet="Weight"), "weight")["1", "2024-03-01"] == 20.5
    assert values(read(two, "v.xlsx", sheet="Volume"))["1", "2024-03-12"] == 21
    (problem,) = refused(workbook([["Mouse", "Day", "Volume"], ["1", 0, "1.234"]]), "v.xlsx")
    assert problem.code == "number-as-text"


# dates


def long_dates(*dates: str) -> str:
    rows = [f"{at},{text},10{at}.5\n" for at, text in enumerate(dates)]
    return "Mouse;Date;Volume\n".replace(";", ",") + "".join(rows)


@pytest.mark.parametrize(
    ("dates", "iso"),
    [
        (("2024-03-27", "2024-04-02"), ["2024-03-27", "2024-04-02"]),
        (("27/03/2024", "02/04/2024"), ["2024-03-27", "2024-04-02"]),
        (("3/27/2024", "4/2/2024"), ["2024-03-27", "2024-04-02"]),
        (("27-Mar-2024", "2 April 2024"), ["2024-03-27", "2024-04-02"]),
    ],
)
def test_orders_of_dates(dates: tuple[str, ...], iso: list[str]) -> None:
    assert read(long_dates(*dates)).frame["date"].to_list() == iso


def test_dates_in_two_orders_or_none() -> None:
    (problem,) = refused(long_dates("27/03/2024", "03/27/2024"))
    assert problem.message == (
        "'27/03/2024' has the day first, '03/27/2024' (line 3, column 2 (Date)) the month first."
    )
    assert problem.place == "line 2, column 2 (Date)"
    (problem,) = refused(long_dates("02/03/2024", "04/03/2024"))
    assert "may have the day or the month first; no date of the column tells" in problem.message
    (problem,) = refused(long_dates("2024-02-03", "13/03/2024"))
    assert "may have swapped day and month" in problem.message
    assert "2024-03-27" in problem.remedy
    for wrong in ("27/03/24", "31/02/2024", "soon"):
        assert refused(long_dates("27/03/2024", wrong))[0].code == "not-a-date"


# animals


def test_animals_numbered_anew() -> None:
    data = "Model,Arm,Mouse,Day,Volume\n{}A,V,1,0,10\nA,D,1,0,20\nA,V,1,3,11\n"
    table = read(data.format(""))
    assert table.frame["sample_id"].to_list() == ["V/1", "D/1", "V/1"]
    assert "they are called arm/animal, as in 'V/1'" in table.notes[0].message
    table = read(data.format("B,V,1,0,30\n"))
    assert table.frame["sample_id"].to_list() == ["B/V/1", "A/V/1", "A/D/1", "A/V/1"]
    assert table.frame["animal"].to_list() == ["1"] * 4
    table = read("Model,Mouse,Day,Volume\nA,1,0,10\nB,1,0,20\n")
    assert table.frame["sample_id"].to_list() == ["A/1", "B/1"]
    wide = read(WIDE.replace("Drug,3", "Drug,1"), channel="volume")
    assert set(wide.frame["sample_id"]) == {"Vehicle/1", "Vehicle/2", "Drug/1"}


def test_an_animal_that_may_have_moved() -> None:
    (problem,) = refused("Mouse,Arm,Day,Volume\n1,A,0,10\n1,B,7,20\n2,A,0,9\n")
    assert problem.message == (
        "Animal '1' is of arm 'A' here and of 'B' later (line 3), never on one day: "
        "one animal that was moved, or two?"
    )


def test_the_same_animal_twice() -> None:
    (problem,) = refused(LONG + "m1,Vehicle,3.0,1.5,20,C1\n")
    assert problem.message == (
        "Animal 'm1' stands here for the second time on day 3 (first: line 3)."
    )
    assert problem.place == "line 6"
    (problem,) = refused(WIDE + "Vehicle,1,1,2,3\n")
    assert problem.message == (
        "Animal '1' stands here for the second time (first: line 2, column 2 (Mouse))."
    )
    (problem,) = refused(WIDE.replace("-1,2,9", "-1,2,D2", 1))
    assert problem.message.startswith("Volume on 'D2' heads two columns (also line 1, column 4)")
    (problem,) = refused("Day,M1,M2\n0,1,2\n0,3,4\n")[:1]
    assert "second time on day 0" in problem.message


def test_names_that_would_be_one() -> None:
    (problem,) = refused("Arm,Mouse,Day,Volume\nA/B,C,0,1\nA,B/C,0,2\nA,C,0,3\nA/B,C,3,4\n")
    assert problem.code == "same-name"


def test_summaries_are_no_animals() -> None:
    problems = refused(WIDE + "Vehicle,Mean,1,2,3\nVehicle,SEM,1,2,3\n")
    assert [p.message for p in problems] == [
        "'Mean' is a summary, not an animal.",
        "'SEM' is a summary, not an animal.",
    ]


# cells


@pytest.mark.parametrize("word", ["NM", "np", "dead", "sac", "x", "†", "sac d14", "<50", "> 2000"])
def test_words_are_missing_with_their_cause(word: str) -> None:
    table = read(LONG.replace("150.25", word))
    row = table.frame.row(1, named=True)
    assert row["volume"] is None
    assert row["weight"] == 20
    assert row["cause"] == word


def test_unknown_words_are_counted() -> None:
    table = read(LONG.replace("150.25", "fell off"))
    (note,) = [note for note in table.notes if note.code == "unknown-words"]
    assert note.message == "Unknown words stand in place of sizes: fell off (1)."
    both = read(LONG.replace("98.5", "np"))
    assert both.frame["cause"][2] == "np; NM"
    some = read("Mouse,Day,Volume\n1,0,\n1,2,5\n")
    assert some.frame["cause"].to_list() == ["empty", ""]
    (problem,) = refused("Mouse,Day,Volume\n1,0,\n1,2,large\n")
    assert problem.code == "no-values"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("0.5 cm3", "'0.5 cm3' has its unit in the same cell."),
        ("12O", "'12O' is not a number with a decimal point."),
        ("O.5", "'O.5' is not a number with a decimal point."),
        ("53 %", "'53 %' has a percent sign."),
        ("~150", "'~150' is not a number"),
        ("1.2.3", "'1.2.3' is not a number"),
        ("1e300", "'1e300' is no size that can be measured."),
    ],
)
def test_cells_that_are_no_numbers(cell: str, said: str) -> None:
    (problem,) = refused(LONG.replace("150.25", cell))
    assert problem.message.startswith(said)
    assert problem.place == "line 3, column 4 (Volume (mm3))"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("m1,Vehicle,3", ",Vehicle,3", "no-animal"),
        ("m1,Vehicle,3", "m1,,3", "no-arm"),
        ("m1,Vehicle,3", "m1,Vehicle,", "no-day"),
        ("m1,Vehicle,3", "m1,Vehicle,soon", "not-a-day"),
        ("20,C1", "20,C1,7", "row-width"),
        ("20,C1", "20", "row-width"),
        ("Cage", "", "row-width"),
        ("Cage", "Treatment", "two-columns"),
        ("Volume (mm3)", "Length", "mixed"),
        ("Mouse", "Tier", "no-animal-column"),
        ("Day", "Tag", "no-day-column"),
        ("Group", "14", "two-forms"),
    ],
)
def test_rows_and_headings_that_do_not_fit(old: str, new: str, code: str) -> None:
    assert old in LONG
    if code == "mixed":
        data = LONG.replace(old, "Length (mm)").replace("Body weight (g)", "Width (cm)")
        assert refused(data)[0].code == "mixed-units"
        return
    problems = refused(LONG.replace(old, new, 1))
    assert problems[0].code == code, problems


def test_what_else_is_refused() -> None:
    (problem,) = refused("Mouse,Day,Remark\n1,0,a\n")
    assert "No column holds volume, length and width, or weight" in problem.message
    (problem,) = refused("Mouse,Week 1,Week 2\n1,10,20\n")
    assert problem.message.startswith("'Week 1' counts weeks")
    (problem,) = refused(WIDE.replace("-1,2,9", "D-3,D-7,D-9", 1))
    assert problem.message == "'D-3' may be day 3 or day -3: every day has the dash."
    (problem,) = refused(WIDE.replace("-1,2,9", "1,2,2024-03-01", 1))
    assert problem.code == "days-and-dates"
    (problem,) = refused("Mouse,D0 (mm3),D2 (cm3)\n1,2,3\n", channel="volume")
    assert problem.code == "mixed-units"
    (problem,) = refused("Group,Control,Control\nMouse,1,2\n0,100,110\n3,120,130\n")
    assert problem.code == "unknown-headings"
    (problem,) = refused("Treatment,Mouse,-1,2\nV,1,,\n")
    assert problem.message == "No animal was measured on any day."
    (problem,) = refused("Treatment,Mouse,-1,2\n")
    assert problem.code == "no-rows"
    (problem,) = refused(WIDE + WIDE)
    assert problem.message == "The line of headings stands here again."
    assert problem.place == "line 5"
    (problem,) = refused("just some words\n")
    assert problem.code == "no-headings"


def test_animals_and_days_without_any_measurement_are_noted() -> None:
    table = read(WIDE + "Drug,4,,,\n", channel="volume")
    assert "Nothing was measured of animal '4'." in [note.message for note in table.notes]
    assert "no-visits" in codes(read(PRISM + "7,,,,,,\n"))


def test_a_cut_file_is_noted() -> None:
    assert "no-line-end" in codes(read(LONG[:-1]))
    assert refused(LONG[:-8])[0].code == "row-width"


# whose it is


@pytest.mark.parametrize("data", [LONG, WIDE, TWO_ROWS, PRISM, TURNED])
def test_it_is_recognised(data: str) -> None:
    assert recognise(Source(name="v.csv", data=data.encode())).name == "caliper_table"


@pytest.mark.parametrize(
    "data",
    [
        "sample_id,well,value\nP1,A01,3\n",
        "day,viability,od\n1,2,3\n2,3,4\n",
        "Drug,Replicate,0,10,100\nD,1,1,0.5,0.2\n",
        "treatment,replicate,day,value\nD,1,0,3\n",
        ",1,2,3\nA,1.5,2.5,3.5\nB,4.5,5,6.5\n",
        "Time,A,B\n0,1,2\n",
        "nothing\n",
        "",
    ],
)
def test_tables_of_others_are_left_alone(data: str) -> None:
    assert not sniffed(data)


def test_only_caliper_sheets_are_claimed_among_the_real_files(realdata: Path) -> None:
    suffixes = (*READER.suffixes, ".json", ".xml")
    files = [path for path in realdata.rglob("*") if path.suffix in suffixes]
    small = [path for path in files if path.stat().st_size < 3_000_000]
    assert len(small) > 50
    claimed = {path.name for path in small if sniffed(path.read_bytes(), path.name)}
    assert claimed == set(READER.tested)


def test_what_exportin_read_says(cli: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text(WIDE)
    found = cli("read", path, "--json").json()
    assert (found["format"], found["kind"], len(found["rows"])) == ("caliper_table", "tumors", 7)
    assert found["rows"][0]["sample"] == "1"
    assert "plate" not in found["rows"][0]
    assert found["notes"][0]["code"] == "taken-as-volume"
    path.write_text(LONG.replace("Mouse", "Tier"))
    bare = cli("read", path, "--json").json()
    assert (bare["format"], bare["kind"]) == ("caliper_table", "table")
    path.write_text(LONG.replace("m1,Vehicle,3", "m1,,3"))
    said = cli("read", path)
    assert said.code == 2
    assert "The arm is not named." in said.err


def test_what_a_study_file_may_say() -> None:
    table = read(WIDE)
    made = suggest_animals(Source(name="raw/v.csv", data=b""), table)
    if assay_for(TumorLog):
        assert 'channel = "volume"' in made.lines
        assert made.said[0] == "3 animals, 7 visits, day -1 to 9; 2 arms: 'Vehicle', 'Drug'."
    else:
        assert "No assay of this version works on the raw kind 'tumors'" in made.said[0]


# the real files


def parsed(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize(
    ("name", "animals", "visits"),
    [("LS_1034.csv", 41, 233), ("SNU-81.csv", 26, 123), ("SW837.csv", 24, 120)],
)
def test_real_wide_files(realdata: Path, name: str, animals: int, visits: int) -> None:
    path = realdata / "vivo" / name
    table = read(path.read_bytes(), name)
    expected = {
        (row["Mouse"], float(day)): float(text)
        for row in parsed(path)
        for day, text in row.items()
        if day not in ("Treatment", "Mouse") and text
    }
    assert values(table) == expected
    assert len(expected) == visits
    assert table.frame["sample_id"].n_unique() == animals
    arms = {row["Mouse"]: row["Treatment"] for row in parsed(path)}
    assert dict(table.frame.select("sample_id", "arm").iter_rows()) == arms


def test_real_kulgap(realdata: Path) -> None:
    path = realdata / "vivo" / "kulgap_pdx_alldata.csv"
    table = read(path.read_bytes(), path.name)
    rows = parsed(path)
    expected = {
        (f"{r['patient']}/{r['category']}/{r['replicate']}", float(r["day"].strip("[]"))): float(
            r["volume"]
        )
        for r in rows
    }
    assert values(table) == expected
    frame = table.frame
    assert (len(frame), frame["sample_id"].n_unique(), frame["model"].n_unique()) == (
        25_856,
        1_396,
        63,
    )
    zeros = sum(float(r["volume"]) == 0 for r in rows)
    assert (frame["volume"] == 0).sum() == zeros == 5_194
    assert frame["volume"].sum() == pytest.approx(math.fsum(expected.values()), rel=1e-12)
    assert frame["drug_start_day"].to_list() == [r["drug_start_day"] for r in rows]
    assert table.unread == ("the first column, which numbers the rows",)


def test_real_breast_encyclopedia(realdata: Path) -> None:
    path = realdata / "vivo" / "pdxe_brca_volumes.csv"
    (problem,) = refused(path.read_bytes(), path.name)
    assert problem.code == "no-animal-column"
    assert "'model_id'" in problem.message
    table = read(path.read_bytes(), path.name, columns={"animal": "model_id"})
    frame, rows = table.frame, parsed(path)
    for ours, theirs in (("volume", "volume_mm3"), ("weight", "body_weight_g")):
        expected = {(r["model_id"], float(r["day"])): float(r[theirs]) for r in rows if r[theirs]}
        assert values(table, ours) == expected
        assert frame[ours].sum() == pytest.approx(math.fsum(expected.values()), rel=1e-12)
    assert (len(frame), frame["sample_id"].n_unique(), frame["model"].n_unique()) == (
        6_272,
        437,
        22,
    )
    assert (frame["volume"] == 0).sum() == 37
    odd = frame.filter(pl.col("weight") < 0).row(0, named=True)
    assert (odd["sample_id"], odd["day"], odd["weight"]) == ("X.2353.LE11.evus", 46, -0.1)
    assert set(frame["volume_unit"]) == {"mm3"}
    assert set(frame["weight_unit"]) == {"g"}
    assert set(frame["arm"]) == {r["drug"] for r in rows}
