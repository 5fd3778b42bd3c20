"""Raw rows meet design and layout: none is lost, nothing is guessed, messages lead to the spot."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from exportin.contract.reader import Request
from exportin.plates.layout import read_layout
from exportin.readers.plate_grid import READER
from exportin.study.assemble import Assembled, assemble
from exportin.study.designs import read_designs
from exportin.study.discover import load_assay
from exportin.study.load import load_study
from exportin.tables.names import clean
from exportin.tables.origin import Source


def joined(plates: Any) -> Assembled:
    """Join without a store."""
    folder = plates.write()
    file = load_study(folder).file
    assay = load_assay("viability")
    sources = [Source(name=n, data=(folder / n).read_bytes()) for n in sorted(plates.plates)]
    layout, design = folder / "layout.csv", folder / "design.csv"
    return assemble(
        assay,
        "v",
        file.block["v"],
        tables=[READER.read(source, Request(kind=assay.consumes)) for source in sources],
        design=read_designs(Source(name="design.csv", data=design.read_bytes()))
        if design.is_file()
        else None,
        layout=read_layout(Source(name="layout.csv", data=layout.read_bytes()))
        if layout.is_file()
        else None,
    )


def frame_of(plates: Any) -> pl.DataFrame:
    """Joined rows of a faultless study."""
    found = joined(plates)
    assert not [p for p in found.problems if p.severity == "error"], found.problems
    assert found.table is not None
    return found.table.frame


def test_nothing_wrong(plates: Any) -> None:
    assert plates.problems() == ()


def test_every_row_is_accounted_for(plates: Any) -> None:
    found = joined(plates)
    assert found.table is not None
    account = dict(found.account)
    assert account["read"] == 2 * 96
    assert account["empty by layout"] == 2 * 8
    assert account["used"] == found.table.frame.height == 2 * 88
    assert account["read"] == sum(n for name, n in account.items() if name != "read")
    treated = found.table.frame.filter(pl.col("role") == "treated")
    assert treated.group_by("sample_id").len().get_column("len").to_list() == [80, 80]


def test_each_well_gets_its_own_dose(plates: Any) -> None:
    frame = frame_of(plates)
    row = frame.row(by_predicate=pl.col("row_id") == "plates/P2.csv:C07", named=True)
    assert (row["dose"], row["dose_unit"], row["unit_id"]) == (70.0, "nM", "E2")
    value = plates.plates["plates/P2.csv"].splitlines()[3].split(",")[7]
    assert row["value"] == float(value)


# ---- the same table, written otherwise


def semicolon(plates: Any) -> None:
    plates.layout = [line.replace(",", ";") for line in plates.layout]
    plates.design = plates.design.replace(",", ";")


def decimal_comma(plates: Any) -> None:
    semicolon(plates)
    plates.layout = [line.replace("0;nM", "0,0;nM") for line in plates.layout]
    assert ";20,0;nM" in plates.text()


def tabs(plates: Any) -> None:
    plates.layout = [line.replace(",", "\t") for line in plates.layout]


def unpadded(plates: Any) -> None:
    plates.layout = [line.replace("A0", "a").replace("B0", "B") for line in plates.layout]


def crlf(plates: Any) -> None:
    plates.layout = [line + "\r" for line in plates.layout]
    plates.design = plates.design.replace("\n", "\r\n")


def blank_lines(plates: Any) -> None:
    plates.layout = [plates.layout[0], "", *plates.layout[1:], "", ",,,,"]


def shuffled(plates: Any) -> None:
    plates.layout = [plates.layout[0], *reversed(plates.layout[1:])]
    head, one, two = plates.design.splitlines()
    plates.design = "\n".join([head, two, one]) + "\n"


def micromolar(plates: Any) -> None:
    plates.replace("0,nM", "0e-3,uM")


@pytest.mark.parametrize(
    "change", [semicolon, decimal_comma, tabs, unpadded, crlf, blank_lines, shuffled]
)
def test_the_same_however_written(plates: Any, change: Callable[[Any], None]) -> None:
    before = frame_of(plates)
    change(plates)
    assert frame_of(plates).equals(before)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_the_same_in_any_encoding(plates: Any, encoding: str) -> None:
    plates.replace("drug", "Größe")
    before = frame_of(plates)
    plates.encoding = encoding
    if encoding == "utf-16-le":
        plates.layout[0] = "\ufeff" + plates.layout[0]
        plates.design = "\ufeff" + plates.design
    assert frame_of(plates).equals(before)


def test_grids_give_what_the_table_gives(plates: Any) -> None:
    before = frame_of(plates)
    cells: dict[str, dict[str, str]] = {"role": {}, "treatment": {}, "dose": {}, "dose_unit": {}}
    for line in plates.layout[1:]:
        well, *values = line.split(",")
        for name, value in zip(cells, values, strict=True):
            cells[name][well] = value
    lines = []
    for name, wells in cells.items():
        lines.append(f"{name}," + ",".join(str(c) for c in range(1, 13)))
        lines += [
            f"{letter}," + ",".join(wells[f"{letter}{c:02d}"] for c in range(1, 13))
            for letter in "ABCDEFGH"
        ]
        lines.append("")
    plates.layout = lines
    assert (
        frame_of(plates)
        .select(sorted(before.columns))
        .equals(before.select(sorted(before.columns)))
    )


def test_micromolar_is_kept_as_written(plates: Any) -> None:
    micromolar(plates)
    frame = frame_of(plates).filter(pl.col("role") == "treated")
    assert frame.get_column("dose_unit").unique().to_list() == ["uM"]
    assert frame.get_column("dose").max() == pytest.approx(0.110)


# ---- faults, each with the spot and the way out


def without(plates: Any, start: str) -> None:
    plates.layout = [line for line in plates.layout if not line.startswith(start)]


def test_well_without_layout(plates: Any) -> None:
    without(plates, "C07")
    found = plates.errors()["well-without-layout"]
    assert found.file == "layout.csv"
    assert "'C07'" in found.message
    assert "plates/P2.csv" in found.message
    assert "'empty'" in found.remedy


def test_layout_names_a_well_the_file_does_not_hold(plates: Any) -> None:
    plates.plates["plates/P1.csv"] = plates.plates["plates/P1.csv"].replace("\nH,", "\nZ,")
    assert plates.errors()  # a grid of seven rows is no plate


def test_layout_plate_that_no_file_holds(plates: Any) -> None:
    plates.layout = [
        "sample_id," + plates.layout[0],
        *("," + line for line in plates.layout[1:]),
        "P3,A01,vehicle,DMSO,,",
    ]
    found = plates.errors()["unknown-plate"]
    assert "'P3'" in found.message
    assert "'P1', 'P2'" in found.remedy


def test_layout_of_one_plate_differs_from_the_others(plates: Any) -> None:
    own = ["P2," + line.replace(",drug,", ",other,") for line in plates.layout[1:]]
    plates.layout = [
        "sample_id," + plates.layout[0],
        *("," + line for line in plates.layout[1:]),
        *own,
    ]
    treated = frame_of(plates).filter(pl.col("role") == "treated")
    pairs = treated.select("sample_id", "treatment").unique().sort("sample_id").rows()
    assert pairs == [("P1", "drug"), ("P2", "other")]


def test_missing_design_row(plates: Any) -> None:
    plates.design = "sample_id,unit_id,model\nP1,E1,LP6\n"
    found = plates.errors()["no-design-row"]
    assert found.file == "design.csv"
    assert "'P2'" in found.message
    assert "sample_id = 'P2'" in found.remedy


def test_design_row_that_no_file_holds(plates: Any) -> None:
    plates.design += "P3,E3,LP6\n"
    notes = [p for p in plates.problems() if p.code == "unused-design-row"]
    assert len(notes) == 1
    assert "'P3'" in notes[0].message
    assert notes[0].severity == "note"


def test_twin_samples(plates: Any) -> None:
    plates.design += "P1,E3,LP6\n"
    found = [p for p in plates.problems() if p.code == "twin-sample"]
    assert [p.place for p in found] == ["line 2", "line 4"]
    assert "unit_id" in found[0].remedy


def test_design_without_a_sample_column(plates: Any) -> None:
    plates.design = plates.design.replace("sample_id", "sample")
    assert plates.errors()["no-sample-id"].place == "line 1"


def test_design_row_without_a_name(plates: Any) -> None:
    plates.design += ",E3,LP6\n"
    assert plates.errors()["no-sample-id"].place == "line 4"


def test_no_design_at_all(plates: Any) -> None:
    plates.design = ""
    found = [p for p in plates.problems() if p.code == "missing-column"]
    assert {p.message.split("'")[1] for p in found} == {"model", "unit_id"}
    assert all("design.csv" in p.remedy for p in found)


def test_named_design_must_exist(plates: Any) -> None:
    plates.study = plates.study.replace("seed   = 1", 'seed = 1\ndesign = "samples.csv"')
    assert plates.errors()["unreadable"].file == "samples.csv"


def test_missing_layout(plates: Any) -> None:
    plates.layout = []
    assert plates.errors()["unreadable"].file == "layout.csv"


def test_contradictory_columns(plates: Any) -> None:
    plates.layout = [plates.layout[0] + ",model", *(line + ",LP7" for line in plates.layout[1:])]
    found = plates.errors()["contradiction"]
    assert found.file == "design.csv"
    assert found.place == "column model"
    assert "'LP6' here but 'LP7'" in found.message


def test_columns_that_agree(plates: Any) -> None:
    before = frame_of(plates)
    plates.layout = [plates.layout[0] + ",model", *(line + ",LP6" for line in plates.layout[1:])]
    after = frame_of(plates)
    assert after.select(sorted(before.columns)).equals(before.select(sorted(before.columns)))


@pytest.mark.parametrize(("hours", "clash"), [("72", False), ("72.0", False), ("48", True)])
def test_numbers_agree_by_value(plates: Any, hours: str, *, clash: bool) -> None:
    plates.layout = [plates.layout[0] + ",stop_h", *(line + ",72" for line in plates.layout[1:])]
    plates.design = f"sample_id,unit_id,model,stop_h\nP1,E1,LP6,{hours}\nP2,E2,LP6,72\n"
    assert ("contradiction" in plates.errors()) == clash


@pytest.mark.parametrize(("value", "clash"), [("LP6", False), ("LP7", True)])
def test_constant_against_a_table(plates: Any, value: str, *, clash: bool) -> None:
    plates.study += f'constants = {{ model = "{value}" }}\n'
    found = plates.errors()
    assert ("contradiction" in found) == clash
    if clash:
        assert found["contradiction"].place == "[block.v] constants"
        assert "'LP7'" in found["contradiction"].message


def test_constant_fills_what_no_table_says(plates: Any) -> None:
    plates.design = "sample_id,unit_id\nP1,E1\nP2,E2\n"
    plates.study += 'constants = { model = "LP6" }\n'
    assert frame_of(plates).get_column("model").unique().to_list() == ["LP6"]


@pytest.mark.parametrize("twin", ["LP-6", "lp6", "LP 6", "L\u04206", "LP\u00a06"])
def test_look_alike_names(plates: Any, twin: str) -> None:
    plates.design = f"sample_id,unit_id,model\nP1,E1,LP6\nP2,E2,{twin}\n"
    found = plates.errors()["look-alike"]
    assert found.place == "column model"
    assert "different_names" in found.remedy
    plates.study += f'different_names = [["LP6", "{clean(twin)}"]]\n'
    assert plates.errors() == {}


def test_look_alike_units(plates: Any) -> None:
    plates.design = "sample_id,unit_id,model\nP1,E1,LP6\nP2,e-1,LP6\n"
    assert plates.errors()["look-alike"].place == "column unit_id"


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "word"),
    [
        ("A02,treated,drug,20,nM", "A02,treated,drug,20,", "no-unit", "line 3", "dose_unit"),
        ("A02,treated,drug,20,nM", "A02,treated,drug,20,nX", "unknown-unit", "line 3", "n"),
        ("A02,treated,", "A02,treatd,", "unknown-role", "line 3", "'treated'"),
        ("A02,treated,", "A02,,", "unknown-role", "line 3", "Known"),
        ("A02,treated,drug", "A02,treated,", "no-treatment", "line 3", "Name the drug"),
        ("A02,treated,drug,20", "A02,treated,drug,", "no-dose", "line 3", "vehicle"),
        ("A02,treated,drug,20", "A02,treated,drug,0", "dose-zero", "line 3", "vehicle"),
        ("A02,treated,drug,20", "A02,treated,drug,-5", "not-number", "line 3", "number"),
        ("A02,treated,drug,20", "A02,treated,drug,twenty", "not-number", "line 3", "number"),
        ("A02,treated,drug,20", "A01,treated,drug,20", "twin-well", "line 3", "Keep one"),
        ("A02,treated", "A99,treated", "", "line 3", "A"),
        ("well,role", "well,rolle", "no-column", "line 1", "role"),
        ("well,role", "role,role", "twin-column", "line 1", "Rename"),
    ],
)
def test_faults_of_the_layout(
    plates: Any, old: str, new: str, code: str, line: str, word: str
) -> None:
    plates.replace(old, new)
    found = plates.errors()
    problem = found[code] if code else next(iter(found.values()))
    assert problem.file == "layout.csv"
    assert problem.place.startswith(line)
    assert word in problem.remedy


@pytest.mark.parametrize("dose", ["nan", "inf", "1e400", "1,234", "0,5", "1_000", "ten"])
def test_dose_of_the_design_that_is_no_number(plates: Any, dose: str) -> None:
    plates.study = plates.study.replace('layout = "layout.csv"', "normalized = true")
    plates.study += 'constants = { treatment = "drug", dose_unit = "nM" }\n'
    plates.design = f'sample_id,unit_id,model,dose\nP1,E1,LP6,10\nP2,E2,LP6,"{dose}"\n'
    found = plates.errors()["not-number"]
    assert f"'{dose}'" in found.message
    assert found.place == "column dose"


def test_many_faults_at_once(plates: Any) -> None:
    plates.replace("A02,treated", "A02,treatd")
    plates.replace("B03,treated,drug,30,nM", "B03,treated,drug,30,")
    plates.design += "P1,E3,LP6\n"
    assert {"unknown-role", "no-unit", "twin-sample"} <= set(plates.errors())


def test_files_that_are_not_there(plates: Any) -> None:
    plates.study = plates.study.replace("plates/*.csv", "plate/*.csv")
    found = plates.errors()["no-file"]
    assert found.file == "study.toml"
    assert found.place.startswith("line 8")
    assert "plates/P1.csv" in found.remedy


@pytest.mark.parametrize("pattern", ["", "..", "../*", "/etc/passwd", "a**b", "\\u0000", "~", "["])
def test_patterns_that_mean_nothing(plates: Any, pattern: str) -> None:
    plates.study = plates.study.replace("plates/*.csv", pattern)
    assert "no-file" in plates.errors()


def test_a_pattern_does_not_take_our_own_tables(plates: Any) -> None:
    plates.study = plates.study.replace("plates/*.csv", "**/*.csv")
    (plates.folder / "results").mkdir(parents=True)
    (plates.folder / "results" / "estimates.csv").write_text("id,value\na,1\n")
    (plates.folder / "truth.csv").write_text("quantity,value\na,1\n")
    assert plates.errors() == {}


def test_a_link_out_of_the_folder_is_not_followed(plates: Any) -> None:
    folder = plates.write()
    (folder.parent / "elsewhere.csv").write_text(plates.plates["plates/P1.csv"])
    (folder / "plates" / "P3.csv").symlink_to(folder.parent / "elsewhere.csv")
    assert list(plates.errors()) == ["outside"]  # not read, and not passed over in silence
    plates.study = plates.study.replace("plates/*.csv", "plates/P3.csv")
    assert "no-file" in plates.errors()


def test_a_file_no_reader_knows(plates: Any) -> None:
    plates.plates["plates/P1.csv"] = "just words\n"
    found = plates.errors()["unread-file"]
    assert found.file == "plates/P1.csv"
    assert "plate_grid" in found.remedy


def test_the_same_file_twice(plates: Any) -> None:
    plates.study = plates.study.replace('"plates/*.csv"', '"plates/*.csv", "plates/P1.csv"')
    assert plates.errors() == {}
    assert joined(plates).account["read"] == 2 * 96


def test_link_that_does_not_exist(plates: Any) -> None:
    plates.study += '[link.p]\nuse = "mechanism.predict"\nfrom = ["w"]\n'
    assert "unknown-link" in plates.errors()


def test_the_command_line_says_the_same(plates: Any, cli: Callable[..., Any]) -> None:
    plates.replace("A02,treated", "A02,treatd")
    folder = plates.write()
    said = cli("check", folder)
    assert said.code == 2
    assert "error  layout.csv: line 3: the role 'treatd' is unknown. Did you mean" in said.text
    assert "1 error(s), 0 note(s)." in said.text
    found = cli("check", folder, "--json")
    assert found.code == 2
    assert found.json()["problems"][0]["place"].startswith("line 3")
    assert cli("run", folder).code == 2
    assert not (folder / "results").exists()
