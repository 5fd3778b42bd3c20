"""Unedited plate files, treatment templates and a manifest as one study."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from exportin.contract.reader import Request
from exportin.study.designs import read_designs
from exportin.study.frames import get_frame
from exportin.study.layouts import layout_from, read_any_layout
from exportin.study.run import Pass, _engine, check_study, load, read_and_join
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

Cli = Callable[..., Any]
FOLDER = "dose/plate_formats"
SET = ("manifest.xlsx", "Template_7daytreated.xlsx", "Template_Untreated.xlsx")
TOML = """[study]
schema = 1
title = "Plates of two drugs"
design = "{design}"

[block.v]
assay = "viability"
files = {files}
{more}
constants = {{ dose_unit = "uM", unit_id = "E1" }}
"""


def study(folder: Path, files: list[Path], design: str, pattern: str, more: str = "") -> Path:
    for path in files:
        (folder / path.name).write_bytes(path.read_bytes())
    text = TOML.format(design=design, files=f'["{pattern}"]', more=more)
    (folder / "study.toml").write_text(text)
    return folder


def rows_of(folder: Path) -> pl.DataFrame:
    """Joined rows of the only block."""
    with _engine(folder, 1, None) as engine:
        (work,) = read_and_join(Pass(load(folder), engine, ()))
        return get_frame(engine.store, work.joined["rows"])


@pytest.fixture
def plates(realdata: Path, tmp_path: Path) -> Callable[[str], Path]:
    names = (*SET, "RawData_day0.xlsx", "RawData_day7.xlsx")
    files = [realdata / FOLDER / name for name in names]
    return lambda more: study(tmp_path, files, "manifest.xlsx", "*.xlsx", more)


def test_the_whole_set_equals_the_reference_parses(
    realdata: Path, plates: Callable[[str], Path]
) -> None:
    """Readout, drug and dose of every well of twelve plates, against the two reference parses."""
    frame = rows_of(plates('keys = ["treatment_2", "dose_2"]'))

    def table(name: str, delimiter: str) -> list[dict[str, str]]:
        text = (realdata / FOLDER / name).read_text()
        return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))

    values = {
        (r["Barcode"], f"{r['WellRow']}{int(r['WellColumn']):02d}"): float(r["ReadoutValue"])
        for r in table("ref_RawData_day0_day7_xlsx.csv", ";")
    }
    drugs = {
        (r["Template"], f"{r['WellRow']}{int(r['WellColumn']):02d}"): r
        for r in table("ref_template_treated_untreated_xlsx.csv", ",")
    }
    assert frame.height == 12 * 320
    for row in frame.iter_rows(named=True):
        assert row["value"] == values[row["sample_id"], row["well"]]
        said = drugs[row["layout"], row["well"]]
        assert said["Gnumber"] != "NA"
        pairs = [(said["Gnumber"], said["Concentration"])]
        pairs.append((said["Gnumber_2"], said["Concentration_2"]))
        active = [(drug, float(c)) for drug, c in pairs if c != "NA" and float(c) > 0]
        ours = [(row["treatment"], row["dose"]), (row["treatment_2"], row["dose_2"])]
        found = [pair for pair in ours if pair[1]]
        assert [drug for drug, _ in found] == [drug for drug, _ in active]
        assert [c for _, c in found] == pytest.approx([c for _, c in active], rel=1e-14)
    kept = frame.group_by("duration_h", "role").len().sort("duration_h", "role").rows()
    assert kept == [
        (0.0, "time_zero", 6 * 320), (168.0, "treated", 6 * 304), (168.0, "vehicle", 6 * 16),
    ]  # fmt: skip
    assert set(frame["model"]) == {f"CL000{n}" for n in (11, 12, 13, 14, 15, 18)}


@pytest.mark.long
def test_a_run_gives_a_curve_for_each_second_drug(plates: Callable[[str], Path], cli: Cli) -> None:
    folder = plates('keys = ["treatment_2", "dose_2"]\nonly = { model = ["CL00011"] }')
    assert cli("check", folder).code == 0
    done = cli("run", folder)
    assert done.code == 0, done.text
    estimates = pl.read_csv(folder / "results/estimates.csv", infer_schema_length=None)
    unit = estimates.filter(pl.col("quantity") == "ec50", pl.col("model") == "CL00011")
    found = set(unit.select("treatment", "treatment_2").iter_rows())
    assert {("G00002", "none"), ("G00002", "G00011"), ("G00004", "none")} <= found


def test_two_drugs_in_a_well_are_not_silently_one_curve(plates: Callable[[str], Path]) -> None:
    (problem,) = [p for p in check_study(plates("")) if p.severity == "error"][:1]
    assert problem.code == "second-drug"
    assert problem.message == (
        "wells with different treatment_2 would make one curve: 'G00011', 'none'."
    )
    assert 'keys = ["treatment_2", "dose_2"]' in problem.remedy


def test_single_drugs_alone_with_growth_rates(plates: Callable[[str], Path]) -> None:
    """The vehicle of some lines hardly grew, which is said of their plates and of no other."""
    more = 'only = { treatment_2 = ["none"] }\ngrowth_rate = true'
    errors = [p for p in check_study(plates(more)) if p.severity == "error"]
    assert {problem.code for problem in errors} == {"no-growth"}
    assert "'201904197d'" in errors[0].message
    assert "'201904197a'" not in " ".join(problem.message for problem in errors)


def test_the_tecan_set_with_its_d300_file(realdata: Path, tmp_path: Path, cli: Cli) -> None:
    """Wells typed from the sheets of raw data and treatment."""
    files = sorted((realdata / FOLDER / "tecan").glob("*.xlsx"))
    assert len(files) == 3
    folder = study(tmp_path, files, "manifest_Tecan_96_well_plates.xlsx", "Raw*.xlsx")
    frame = rows_of(folder)
    assert frame.height == 4 * 60
    found = {
        (r["sample_id"], r["well"]): (r["value"], r["role"], r["treatment"], r["dose"], r["model"])
        for r in frame.iter_rows(named=True)
    }
    assert found["H2122-2", "B02"] == (1193, "treated", "G03406036", 0.3, "CL130148")
    assert found["H358-2", "C03"] == (373, "treated", "G03406036", 0.09486832980505, "CL129179")
    assert found["H358-1", "D11"] == (102165, "vehicle", None, None, "CL129179")
    assert found["H2122-1", "G10"] == (497215, "treated", "G03476459", 0.001, "CL130148")
    done = cli("run", folder)
    assert done.code == 0, done.text
    estimates = pl.read_csv(folder / "results/estimates.csv", infer_schema_length=None)
    assert estimates.filter(pl.col("quantity") == "ec50").height > 0


def book(**sheets: list[list[Any]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def template(drugs: list[Any], doses: list[Any], **more: list[list[Any]]) -> Source:
    return Source(name="t.xlsx", data=book(Gnumber=[drugs], Concentration=[doses], **more))


def test_roles_come_from_doses_and_unnamed_wells_are_empty() -> None:
    source = template(["D1", "vehicle", "untreated"], [2, 0, None])
    frame = read_any_layout(source).frame
    rows = frame.filter(pl.col("role") != "empty").select("well", "role", "treatment", "dose")
    assert rows.rows() == [
        ("A01", "treated", "D1", 2.0),
        ("A02", "vehicle", None, None),
        ("A03", "untreated", None, None),
    ]
    assert frame.height == 96
    assert "sample_id" not in frame.columns


def test_a_second_drug_alone_is_the_treatment() -> None:
    second: dict[str, list[list[Any]]] = {
        "Gnumber_2": [["D2", "D2", "vehicle"]],
        "Concentration_2": [[3, 3, 0]],
    }
    source = template(["D1", "vehicle", "vehicle"], [2, 0, 0], **second)
    frame = read_any_layout(source).frame.filter(pl.col("role") != "empty")
    names = ("role", "treatment", "dose", "treatment_2", "dose_2")
    assert frame.select(names).rows() == [
        ("treated", "D1", 2.0, "D2", 3.0),
        ("treated", "D2", 3.0, "none", 0.0),
        ("vehicle", None, None, None, None),
    ]


def test_a_vehicle_with_a_dose_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        read_any_layout(template(["vehicle"], [2]))
    (problem,) = caught.value.problems
    assert str(problem) == "t.xlsx: well A01: 'vehicle' has the dose 2. Name the drug, or write 0."


def test_a_manifest_is_a_design() -> None:
    data = b"Barcode,Template,clid,Duration\nP1,t.xlsx,C1,72\n"
    frame = read_designs(Source(name="m.csv", data=data)).frame
    assert frame.select("sample_id", "layout", "model", "duration_h").row(0) == (
        "P1", "t.xlsx", "C1", "72",
    )  # fmt: skip


def test_a_manifest_without_numbers_is_a_design() -> None:
    frame = read_designs(Source(name="m.csv", data=b"Barcode,Template\nP1,t.xlsx\n")).frame
    assert frame.select("sample_id", "layout").rows() == [("P1", "t.xlsx")]


GRID = "P1\n,1,2,3\nA,1,2,3\nB,4,5,6\n"


def small(
    folder: Path, manifest: str, *, block: str = "", layout: bytes | None = None
) -> list[Any]:
    (folder / "m.csv").write_text(manifest)
    (folder / "raw.csv").write_text(GRID)
    if layout is not None:
        (folder / "t.xlsx").write_bytes(layout)
    text = TOML.format(design="m.csv", files='["raw.csv"]', more=block)
    (folder / "study.toml").write_text(text)
    return [p for p in check_study(folder) if p.severity == "error"]


LAYOUT = book(
    Gnumber=[["D1", "D1", "vehicle"], ["D1", "D1", "vehicle"]],
    Concentration=[[1, 2, 0], [1, 2, 0]],
)
HEAD = "Barcode,Template,clid,Duration\n"


def test_a_layout_that_is_not_there(tmp_path: Path) -> None:
    (problem,) = small(tmp_path, HEAD + "P1,t.xlsx,C1,72\n")
    assert str(problem) == (
        "m.csv: plate P1: the layout 't.xlsx' is not in the study folder. "
        "Put the file beside 'm.csv', or correct its name."
    )


def test_a_layout_of_the_block_and_one_per_plate(tmp_path: Path) -> None:
    more = 'layout = "t.xlsx"'
    (problem,) = small(tmp_path, HEAD + "P1,t.xlsx,C1,72\n", block=more, layout=LAYOUT)
    assert (problem.code, problem.file) == ("two-layouts", "study.toml")


def test_a_template_may_be_the_layout_of_the_block(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(LAYOUT)
    text = "sample_id,model\nP1,C1\n"
    assert small(tmp_path, text, block='layout = "t.xlsx"') == []
    assert rows_of(tmp_path).select("well", "role", "dose").rows() == [
        ("A01", "treated", 1.0), ("A02", "treated", 2.0), ("A03", "vehicle", None),
        ("B01", "treated", 1.0), ("B02", "treated", 2.0), ("B03", "vehicle", None),
    ]  # fmt: skip


def test_a_plate_without_a_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(LAYOUT)
    found = small(tmp_path, HEAD + "P1,,C1,72\nP2,t.xlsx,C1,72\n")
    assert "well-without-layout" in {problem.code for problem in found}


def test_a_layout_with_another_column_keeps_it() -> None:
    from exportin.readers.plate_template import READER
    from exportin.tables.kinds import PlateLayout

    source = template(["D1"], [1], Media=[["RPMI"]])
    table = READER.read(source, Request(kind=PlateLayout))
    row = layout_from("t.xlsx", table).frame.filter(pl.col("well") == "A01").row(0, named=True)
    assert row["Media"] == "RPMI"
