"""Files as benches produce them, wrong in every way that was seen: one small file a case."""

import io
from collections.abc import Callable, Sequence

import openpyxl

ROWS, COLUMNS = "ABCDEFGH", range(1, 13)


def grid(
    value: Callable[[int, int], str] = lambda row, col: f"{1000 + 12 * row + col}",
    *, mark: str = ",", rows: Sequence[str] = ROWS, columns: Sequence[int] = COLUMNS,
    title: str = "",
) -> str:  # fmt: skip
    """A plate grid as text."""
    head = mark.join([title, *map(str, columns)])
    lines = [
        mark.join([letter, *(value(at, col) for col in columns)]) for at, letter in enumerate(rows)
    ]
    return "\n".join([head, *lines]) + "\n"


def one(place: tuple[int, int], text: str) -> Callable[[int, int], str]:
    """Every well a number, but for one."""
    return lambda row, col: text if (row, col) == place else f"{1000 + 12 * row + col}"


def table(*rows: str, head: str = "sample_id,well,value", mark: str = ",") -> str:
    """A long table of wells with the rows given behind two good ones."""
    good = ["P1,A01,1001", "P1,A02,1002"]
    return "\n".join([head, *good, *rows]).replace(",", mark) + "\n"


def workbook(rows: Sequence[Sequence[object]], second: Sequence[Sequence[object]] = ()) -> bytes:
    """An .xlsx with one sheet, or two."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    if second:
        sheet = book.create_sheet("Second")
        for row in second:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


PLATE = [["", *COLUMNS], *[[r, *(100 + 12 * i + c for c in COLUMNS)] for i, r in enumerate(ROWS)]]


def with_first(cell: str) -> list[list[object]]:
    """The plate with another cell in its first well."""
    return [PLATE[0], ["A", cell, *range(11)], *PLATE[2:]]


CALIPERS = "Group,Mouse,0,3\nVehicle,1,10.5,11.5\nDrug,2,12.5,21.5\n"


def visits(*rows: str) -> str:
    """A caliper sheet with the rows given behind two good ones."""
    good = ["1,A,0,50.5", "1,A,3,60.5"]
    return "\n".join(["Mouse,Arm,Day,Volume (mm3)", *good, *rows]) + "\n"


def dates(*texts: str) -> str:
    """A caliper sheet of one animal with these dates."""
    rows = [f"1,{text},{10 * at + 5}.5" for at, text in enumerate(texts)]
    return "\n".join(["Mouse,Date,Volume (mm3)", *rows]) + "\n"


FILES: dict[str, tuple[str, bytes | str]] = {
    # I1 decimal marks
    "I1 decimal comma": ("a.csv", grid(lambda r, c: f"{r},{c:02d}5", mark=";")),
    "I1 thousands point, decimal comma": ("a.csv", grid(lambda r, c: f"1.{r}{c:02d},5", mark=";")),
    "I1 both marks": ("a.csv", grid(lambda r, c: f"1,{c:02d}" if r else f"1.{c:02d}", mark=";")),
    "I1 three digits behind": ("a.csv", grid(lambda r, c: f"1.{r}{c:02d}", mark=";")),
    "I1 text in a workbook": ("a.xlsx", workbook(with_first("1.234"))),
    # I2 encodings and line ends
    "I2 UTF-16": ("a.csv", grid().encode("utf-16")),
    "I2 byte order mark": ("a.csv", b"\xef\xbb\xbf" + grid().encode()),
    "I2 Latin-1 micro sign": ("a.csv", table("P1,A03,3", head="sample_id,well,value").replace(
        "P1", "10 \u00b5M").encode("latin-1")),
    "I2 carriage returns only": ("a.csv", grid().replace("\n", "\r")),
    "I2 mixed line ends": ("a.csv", grid().replace("\n", "\r\n", 4)),
    "I2 no line end": ("a.csv", grid()[:-1]),
    "I2 a picture": ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00"),
    "I2 nothing": ("a.csv", b""),
    # I3 names
    "I3 genes": ("a.csv", table("NA,A03,3", "None,A04,4", "1-Mar,A05,5", "2310009E13,A06,6")),
    # I4 words for missing
    "I4 OVRFLW": ("a.csv", grid(one((2, 5), "OVRFLW"))),
    "I4 <LOD": ("a.csv", grid(one((2, 5), "<LOD"))),
    "I4 > 60000": ("a.csv", grid(one((2, 5), "> 60000"))),
    "I4 n.d.": ("a.csv", grid(one((2, 5), "n.d."))),
    "I4 #DIV/0!": ("a.csv", grid(one((2, 5), "#DIV/0!"))),
    "I4 empty": ("a.csv", grid(one((2, 5), ""))),
    "I4 negative after blank": ("a.csv", grid(one((2, 5), "-12.5"))),
    "I4 a word": ("a.csv", grid(one((2, 5), "contaminated"))),
    "I4 infinity": ("a.csv", grid(one((2, 5), "inf"))),
    "I4 a date": ("a.xlsx", workbook(with_first("2024-01-05"))),
    "I4 a formula without value": ("a.xlsx", workbook(with_first("=1+1"))),
    # I5 plates
    "I5 duplicate wells": ("a.csv", table("P1,A02,7")),
    "I5 duplicate row": ("a.csv", grid(rows="ABCCEFGH")),
    "I5 rows in disorder": ("a.csv", grid(rows="ABDCEFGH")),
    "I5 transposed": ("a.csv", "," + ",".join(ROWS) + "\n" + "".join(
        f"{col}," + ",".join(str(col * 10 + r) for r in range(8)) + "\n" for col in COLUMNS)),
    "I5 wrong size": ("a.csv", grid(columns=range(1, 11))),
    "I5 a row missing": ("a.csv", grid(rows="ABCDEFG")),
    "I5 a column too many": ("a.csv", grid().replace("1012\nB", "1012,7\nB")),
    "I5 a column skipped": ("a.csv", grid(columns=[1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13])),
    "I5 side by side": ("a.csv", grid(columns=[*COLUMNS, *COLUMNS])),
    "I5 two plates, no titles": ("a.csv", grid() + "\n" + grid()),
    "I5 two plates, titled": ("a.csv", grid(title="P1") + "\n" + grid(title="P2")),
    "I5 two plates of one name": ("a.csv", grid(title="P1") + "\n" + grid(title="P1")),
    "I5 shifted": ("a.csv", "\n\n" + "\n".join("," + line for line in grid().splitlines()) + "\n"),
    "I5 an impossible well": ("a.csv", table("P1,Z99,3")),
    "I5 a well with the letter O": ("a.csv", table("P1,AO3,3")),
    "I5 sheets": ("a.xlsx", workbook(PLATE, PLATE)),
    # I6 units, I7 names that look alike
    "I6 two units in a column": ("a.csv", table("P1,A03,3 nM")),
    "I6 percent": ("a.csv", grid(one((2, 5), "53 %"))),
    "I7 hyphen": ("a.csv", table("SW-872,A03,3", "SW872,A04,4")),
    "I7 space": ("a.csv", table("SW 872,A03,3", "SW\u00a0872 ,A04,4")),
    "I7 homoglyph": ("a.csv", table("SW872,A03,3", "\u0405W872,A04,4")),
    "I7 case": ("a.csv", table("sw872,A03,3", "SW872,A04,4")),
    # V animals: dates, names, words and units of caliper sheets
    "V days across, nothing said": ("v.csv", CALIPERS),
    "V weights by the file's name only": ("body_weights.csv", CALIPERS),
    "V two sizes in one title": ("v.csv", "Volume and body weight\n" + CALIPERS),
    "V changes in percent": ("v.csv", "Body weight change (%),,,\n" + CALIPERS),
    "V dead, NM and a word": ("v.csv", CALIPERS.replace("11.5", "dead").replace("12.5", "NM")
        .replace("21.5", "fell off")),
    "V the letter O": ("v.csv", CALIPERS.replace("11.5", "1O.5")),
    "V a unit in a cell": ("v.csv", visits("2,A,3,0.5 cm3")),
    "V units in two headings": ("v.csv", "Mouse,Day,Length (mm),Width (cm)\n1,0,8.5,0.7\n"),
    "V one animal twice on a day": ("v.csv", visits("1,A,0,51.5")),
    "V numbered anew in each arm": ("v.csv", visits("1,B,0,51.5")),
    "V an animal that changes its arm": ("v.csv", visits("1,B,7,51.5")),
    "V no arm in a line": ("v.csv", visits("2,,7,51.5")),
    "V no animal in a line": ("v.csv", visits(",A,7,51.5")),
    "V a mean among the animals": ("v.csv", visits("Mean,A,0,51.5")),
    "V a word for a day": ("v.csv", visits("2,A,soon,51.5")),
    "V a negative weight": ("v.csv", "Mouse,Day,BW (g)\n1,0,20.5\n1,7,-0.1\n"),
    "V dates day first": ("v.csv", dates("27/03/2024", "02/04/2024")),
    "V dates in two orders": ("v.csv", dates("27/03/2024", "03/27/2024")),
    "V dates in no order": ("v.csv", dates("02/03/2024", "04/03/2024")),
    "V dates half converted": ("v.csv", dates("2024-03-02", "27/03/2024")),
    "V weeks": ("v.csv", "Mouse,Week 1,Week 2\n1,10,20\n"),
    "V days with a dash": ("v.csv", CALIPERS.replace("0,3", "D-1,D-3")),
    "V arms that span columns": ("v.csv", "Day,Control,,Drug A,\n0,10,11,12,13\n3,20,21,22,23\n"),
    "V arms or animals": ("v.csv", "Day,A1,A2,B1,B3\n0,10,11,12,13\n3,20,21,22,23\n"),
    "twin columns": ("a.csv", table(head="value,well,value")),
    "a short row": ("a.csv", table("P1,A03")),
    "an open quote": ("a.csv", table('"P1,A03,3')),
}  # fmt: skip
