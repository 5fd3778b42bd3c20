# ruff: noqa: E501  one bad file per line
"""Prism files: hand-written tables of every type, refusals word by word, and the way back."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.contract.reader import Request
from exportin.readers.pzfx import READER
from exportin.readers.pzfx.write import write_pzfx
from exportin.tables.kinds import Values, WellReadings
from exportin.tables.names import clean
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<GraphPadPrismFile xmlns="http://graphpad.com/prism/Prism.htm" PrismXMLVersion="5.00">\n'
    '<Created><OriginalVersion CreatedByProgram="GraphPad Prism" CreatedByVersion="6.0f"/></Created>'
    '<Info ID="Info0"><Title>Project info 1</Title><Notes/></Info>'
)
XY = (
    '<Table ID="Table0" XFormat="numbers" YFormat="replicates" Replicates="3" TableType="XY">'
    '<Title><TextAlign align="Center">IC<Sub>50</Sub> plate 1</TextAlign></Title>'
    '<FloatingNote ID="Sticky0">look at A3</FloatingNote>'
    '<XColumn Width="81" Subcolumns="1"><Title>Conc. (nM)</Title>'
    "<Subcolumn><d>0</d><d>1</d><d>10</d><d>100</d></Subcolumn></XColumn>"
    '<YColumn Width="81" Subcolumns="3"><Title>Drug A</Title>'
    '<Subcolumn><d>100.5</d><d>99</d><d Excluded="1">500</d><d>3</d></Subcolumn>'
    "<Subcolumn><d>101</d><d/><d>51</d><d>4</d></Subcolumn>"
    "<Subcolumn><d>98</d><d>97</d><d>49</d></Subcolumn></YColumn>"
    '<YColumn Width="81" Subcolumns="3"><Title>Drug <B>B</B></Title>'
    "<Subcolumn><d>100</d><d>90</d></Subcolumn><Subcolumn/><Subcolumn/></YColumn></Table>"
)
ONEWAY = (
    '<Table ID="Table1" XFormat="none" TableType="OneWay" EVFormat="AsteriskAfterNumber">'
    "<Title>weights</Title>"
    '<YColumn Subcolumns="1"><Title>vehicle</Title><Subcolumn><d>20.1</d><d>21</d></Subcolumn></YColumn>'
    '<YColumn Subcolumns="1"><Title>drug</Title><Subcolumn><d>18</d></Subcolumn></YColumn></Table>'
)


def pzfx(*tables: str) -> str:
    return HEAD + "".join(tables) + "<Template>abc</Template></GraphPadPrismFile>"


def read(text: str | bytes, kind=WellReadings, **request: object):
    data = text if isinstance(text, bytes) else text.encode()
    return READER.read(Source(name="raw/p1.pzfx", data=data), Request(kind=kind, **request))


def refused(text: str | bytes, **request: object) -> str:
    with pytest.raises(InputError) as caught:
        read(text, **request)
    return str(caught.value)


def test_an_xy_table_with_replicates_and_an_excluded_value():
    table = read(pzfx(XY))
    frame = table.frame
    assert frame.height == 12
    first, third = frame.row(0, named=True), frame.row(2, named=True)
    assert first == {
        "row_id": "raw/p1.pzfx#IC50 plate 1:Drug A:0:1",
        "file": "raw/p1.pzfx",
        "sample_id": "p1",
        "well": None,
        "channel": "",
        "value": 100.5,
        "cause": "",
        "group": "Drug A",
        "replicate": "1",
        "row": "1",
        "excluded_in_file": None,
        "x": 0.0,
    }
    assert (third["value"], third["excluded_in_file"]) == (500.0, "excluded in Prism")
    assert frame["excluded_in_file"].count() == 1
    assert set(frame["group"]) == {"Drug A", "Drug B"}
    assert table.unread == ("FloatingNote 'look at A3'", "Info 'Project info 1'", "Template")
    assert [note.code for note in table.notes] == ["excluded-in-file"]


def test_names_of_the_study():
    names = {"dose": "Conc. (nM)", "treatment": "group", "unit_id": "replicate"}
    table = read(pzfx(XY), columns=names, constants={"passage": 4})
    frame = table.frame
    assert {"x", "group", "replicate"}.isdisjoint(frame.columns)
    assert frame["dose"].to_list()[:4] == [0.0, 1.0, 10.0, 100.0]
    assert set(frame["dose_unit"]) == {"nM"}
    assert set(frame["treatment"]) == {"Drug A", "Drug B"}
    assert frame["passage"].to_list()[0] == 4.0
    assert table.notes[-1].message == "The dose is read as nM, by the title of X."
    said = refused(pzfx(XY), columns=names, constants={"dose_unit": "uM"})
    assert said == (
        "raw/p1.pzfx: column 'Conc. (nM)': The title of X says nM, the study file says uM."
        " Correct one of them."
    )


def test_logarithms_of_doses_are_refused_or_raised_by_word():
    log = pzfx(
        XY.replace("<d>0</d><d>1</d><d>10</d><d>100</d>", "<d>-9</d><d>-8</d><d>-7</d><d>-6.5</d>")
    )
    assert refused(log, columns={"dose": "x"}) == (
        "raw/p1.pzfx: table 'IC50 plate 1': The dose -9 is below zero."
        ' If X is the logarithm of the dose, write dose = "10^x".'
    )
    doses = read(log, columns={"dose": "10^x"}).frame["dose"].to_list()[:4]
    assert doses == [1e-9, 1e-8, 1e-7, 10**-6.5]


def test_a_column_table_has_rows_by_number_and_doses_as_titles():
    table = read(pzfx(ONEWAY), kind=Values)
    assert table.frame["value"].to_list() == [20.1, 21.0, 18.0]
    assert table.frame["row_id"].to_list()[2] == "raw/p1.pzfx#weights:drug:row 1:1"
    assert isinstance(table, Values)
    titled = pzfx(ONEWAY.replace("vehicle", "0").replace(">drug<", ">2.5<"))
    assert read(titled, columns={"dose": "group"}).frame["dose"].to_list() == [0.0, 0.0, 2.5]
    assert "'vehicle' is no dose." in refused(pzfx(ONEWAY), columns={"dose": "group"})


def test_several_tables_need_a_name():
    both = pzfx(XY, ONEWAY)
    assert refused(both) == (
        "raw/p1.pzfx: The file has several tables: 'IC50 plate 1', 'weights'."
        ' Write sheet = "IC50 plate 1" in the block.'
    )
    assert read(both, sheet="weights").frame.height == 3
    assert read(both, sheet="Table1").unread[0] == "table 'IC50 plate 1'"
    assert refused(both, sheet="weight").endswith("Did you mean 'weights'?")
    twins = pzfx(ONEWAY, ONEWAY.replace("Table1", "Table2"))
    assert "2 tables are called 'weights'. Name it by its id: Table1, Table2." in refused(
        twins, sheet="weights"
    )
    empty = ONEWAY.replace("<d>20.1</d><d>21</d>", "").replace("<d>18</d>", "<d/>")
    assert read(pzfx(empty.replace("weights", "none"), ONEWAY)).frame.height == 3
    assert "No table of the file holds a value." in refused(pzfx(empty))


def test_means_are_no_values_unless_asked_for():
    means = (
        '<Table ID="T" XFormat="none" YFormat="SDN" TableType="TwoWay"><Title>m</Title>'
        "<RowTitlesColumn><Subcolumn><d>day 1</d></Subcolumn></RowTitlesColumn>"
        '<YColumn Subcolumns="3"><Title>A</Title><Subcolumn><d>5</d></Subcolumn>'
        "<Subcolumn><d>0.5</d></Subcolumn><Subcolumn><d>3</d></Subcolumn></YColumn></Table>"
    )
    assert refused(pzfx(means)) == (
        "raw/p1.pzfx: table 'm': The table holds mean, SD, N of each group, not the replicates"
        ' they came from. Bring the replicates, or write channel = "mean" to read the means'
        " as values."
    )
    table = read(pzfx(means), channel="SD")
    row = table.frame.row(0, named=True)
    assert (row["value"], row["channel"], row["row_title"]) == (0.5, "SD", "day 1")
    assert "mean of each column" in table.unread
    assert "There is no channel 'sd'. Did you mean 'SD'?" in refused(pzfx(means), channel="sd")
    assert "3 are due for mean, SD, N" in refused(
        pzfx(means.replace('Subcolumns="3"', "").replace("<Subcolumn><d>3</d></Subcolumn>", "")),
        channel="mean",
    )
    assert "format 'new'" in refused(pzfx(means.replace("SDN", "new")))


def test_survival_contingency_and_subcolumn_titles():
    survival = XY.replace('TableType="XY"', 'TableType="Survival"')
    assert read(pzfx(survival), kind=Values).frame["x"].to_list()[:4] == [0, 1, 10, 100]
    counts = ONEWAY.replace('"OneWay"', '"Contingency"')
    assert read(pzfx(counts), kind=Values).frame.height == 3
    titled = XY.replace(
        "<XColumn",
        '<SubColumnTitles OwnSet="0"><Subcolumn><d>m1</d></Subcolumn><Subcolumn><d>m2</d>'
        "</Subcolumn><Subcolumn><d>m3</d></Subcolumn></SubColumnTitles><XColumn",
    )
    assert set(read(pzfx(titled)).frame["replicate"]) == {"m1", "m2", "m3"}
    assert "is of type 'MultipleVariables'" in refused(
        pzfx(ONEWAY.replace("OneWay", "MultipleVariables"))
    )
    huge = pzfx(ONEWAY.replace("<Table ", "<HugeTable ").replace("</Table>", "</HugeTable>"))
    assert read(huge).frame.height == 3


def test_dates_in_x_stay_as_written_and_an_excluded_x_takes_its_row_along():
    dates = XY.replace(
        "</XColumn>",
        '</XColumn><XAdvancedColumn Version="1" Subcolumns="1"><Title>Date</Title><Subcolumn>'
        "<d>01-Mar-2024</d><d>02-Mar-2024</d><d>11-Mar-2024</d><d>x</d></Subcolumn></XAdvancedColumn>",
    )
    frame = read(pzfx(dates)).frame
    assert frame["x_written"].to_list()[:2] == ["01-Mar-2024", "02-Mar-2024"]
    frame = read(pzfx(XY.replace("<d>100</d></Sub", '<d Excluded="1">100</d></Sub', 1))).frame
    out = frame.filter(pl.col("excluded_in_file") == "excluded in Prism (its X)")
    assert out["value"].to_list() == [3.0, 4.0]


def test_a_decimal_comma_an_odd_cell_and_a_missing_word():
    assert read(pzfx(ONEWAY.replace("20.1", "20,1"))).frame["value"][0] == 20.1
    assert refused(pzfx(ONEWAY.replace("20.1", "2o"))) == (
        "raw/p1.pzfx: table 'weights', column 'vehicle:1', row 1: '2o' is not a number with a"
        " decimal point. Write a number, leave the cell empty, or use a word such as OVRFLW,"
        " <LOD or NA."
    )
    row = read(pzfx(ONEWAY.replace("20.1", "&lt;LOD"))).frame.row(0, named=True)
    assert (row["value"], row["cause"]) == (None, "<LOD")


@pytest.mark.parametrize("end", [50, 400, 900, -1, -30])
def test_a_cut_file_is_refused(end: int):
    data = pzfx(XY).encode()[:end]
    assert "The XML ends early or is damaged here." in refused(data)


def test_what_is_stated_must_be_there():
    short = XY.replace("<Subcolumn><d>98</d><d>97</d><d>49</d></Subcolumn>", "")
    assert "Column 'Drug A' states 3 subcolumns, 2 are there." in refused(pzfx(short))
    listed = '<TableSequence><Ref ID="Table0"/><Ref ID="Table9"/></TableSequence>'
    assert "lists the tables Table9, which are not in it." in refused(pzfx(listed, XY))
    twice = XY.replace("Drug <B>B</B>", "Drug A")
    assert "Two columns are titled 'Drug A'." in refused(pzfx(twice))


def test_encodings_and_hostile_files():
    text = pzfx(XY)
    declared = text.replace("UTF-8", "UTF-16").encode("utf-16")
    wrongly = text.encode("utf-16")  # says UTF-8, is UTF-16: the mark wins
    latin = text.replace("UTF-8", "ISO-8859-1").replace("Drug A", "Drüg").encode("latin-1")
    for data in (declared, wrongly, latin, b"\xef\xbb\xbf" + text.encode()):
        assert READER.sniff(Source(name="a.pzfx", data=data))
        assert read(data).frame.height == 12
    bomb = text.replace("?>\n", '?>\n<!DOCTYPE a [<!ENTITY b "c">]>', 1).replace("abc", "&b;")
    assert "it defines entities or a document type of its own" in refused(bomb)
    assert not READER.sniff(Source(name="a.xml", data=b"<File><FileInformation/></File>"))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_bytes_give_a_traceback(data: st.DataObject):
    text = bytearray(pzfx(XY).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(text) - 1, 0)))
        text[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=6))
    READER.sniff(Source(name="a.pzfx", data=bytes(text)))
    try:
        read(bytes(text))
    except InputError:
        return


NAMES = (
    st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=8).map(clean).filter(bool)
)
NUMBERS = st.one_of(
    st.just(0.0),
    st.floats(1e-29, 1e29),
    st.floats(-1e29, -1e-29),
    st.integers(-999, 999).map(float),
)


@st.composite
def long_rows(draw: st.DrawFn) -> pl.DataFrame:
    groups = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    height, width = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    xs = draw(st.lists(NUMBERS, min_size=height, max_size=height)) if draw(st.booleans()) else None
    titles = (
        draw(st.lists(NAMES, min_size=height, max_size=height)) if draw(st.booleans()) else None
    )
    names = draw(st.lists(NAMES, min_size=width, max_size=width, unique=True))
    cells = [(g, s, r) for g in groups for s in range(width) for r in range(height)]
    count = len(cells)
    frame = pl.DataFrame(
        {
            "group": [g for g, _, _ in cells],
            "replicate": [names[s] for _, s, _ in cells],
            "row": [str(r + 1) for _, _, r in cells],
            "value": draw(st.lists(NUMBERS, min_size=count, max_size=count)),
            "excluded_in_file": [
                "excluded in Prism" if out else None
                for out in draw(st.lists(st.booleans(), min_size=count, max_size=count))
            ],
        },
        schema_overrides={"excluded_in_file": pl.String},
    )
    if xs:
        frame = frame.with_columns(pl.Series("x", [xs[r] for _, _, r in cells]))
    if titles:
        frame = frame.with_columns(pl.Series("row_title", [titles[r] for _, _, r in cells]))
    return frame


@given(long_rows(), NAMES)
@settings(max_examples=150, deadline=None)
def test_the_way_out_and_back_loses_nothing(rows: pl.DataFrame, title: str):
    back = read(write_pzfx(rows, title=title)).frame
    keys = ["group", "replicate", "row"]
    assert back.select(rows.columns).sort(keys).equals(rows.sort(keys))


def test_a_file_read_and_written_is_the_same_table():
    table = read(pzfx(XY))
    again = read(write_pzfx({"IC50 plate 1": table}))
    assert again.frame.sort("row_id").equals(table.frame.sort("row_id"))
    both = write_pzfx({"IC50 plate 1": table, "weights <&>": read(pzfx(ONEWAY))})
    assert read(both, sheet="weights <&>").frame.height == 3


def test_rows_of_a_study_are_written_side_by_side():
    rows = pl.DataFrame(
        {
            "treatment": ["a", "a", "a", "b"],
            "dose": [1.0, 1.0, 10.0, 1.0],
            "value": [5.0, 6.0, None, 8.0],
        }
    )
    back = read(write_pzfx(rows, group="treatment", x="dose"), columns={"dose": "x"}).frame
    assert back.select("group", "replicate", "dose", "value").rows() == [
        ("a", "1", 1.0, 5.0),
        ("a", "2", 1.0, 6.0),
        ("b", "1", 1.0, 8.0),
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"y": [1.0]}, "There is no column 'value' to write."),
        ({"value": [1.0], "group": ["a\x01"]}, "The name holds a control character."),
        ({"value": [float("inf")]}, "'value' holds inf."),
        ({"value": [1.0], "x": ["a"]}, "X ('x') must be numbers."),
        ({"value": [1.0, 2.0], "row": ["1", "1"], "replicate": ["1", "1"]}, "Two values belong"),
        ({"value": [1.0], "row": ["0"]}, "'row' must be numbers from one."),
    ],
)
def test_what_cannot_be_written(rows: dict[str, list[object]], message: str):
    with pytest.raises(InputError, match=r"\.pzfx: table ") as caught:
        write_pzfx(pl.DataFrame(rows))
    assert message in str(caught.value)
