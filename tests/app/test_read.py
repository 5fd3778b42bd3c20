"""`exportin read`: every kind of file, what it says, and studies started from files."""

import gzip
import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.readers.fcs_files import fcs

from exportin.app.reading import formats_page
from exportin.study.discover import load_assay, load_readers

Cli = Callable[..., Any]
GRID = ",1,2,3\nA,1.5,2.5,3.5\nB,4.5,OVRFLW,6.5\n"
LONG = (
    "cell line,drug,conc (nM),viability,comment\n"
    "SW872,selinexor,10,0.9,x\nSW872,selinexor,100,0.4,y\n"
)
DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    path = tmp_path / "P1.csv"
    path.write_text(GRID)
    return path


@pytest.fixture
def long(tmp_path: Path) -> Path:
    path = tmp_path / "long.csv"
    path.write_text(LONG)
    return path


def test_json_of_a_plate(cli: Cli, grid: Path) -> None:
    found = cli("read", grid, "--json").json()
    assert (found["format"], found["kind"]) == ("plate_grid", "wells")
    values = {(row["plate"], row["well"]): row["value"] for row in found["rows"]}
    assert values["P1", "A02"] == 2.5
    assert values["P1", "B02"] is None
    (missing,) = [row for row in found["rows"] if row["value"] is None]
    assert missing["cause"] == "OVRFLW"
    assert "OVRFLW" in found["notes"][0]["message"]


def test_what_a_person_sees(cli: Cli, grid: Path) -> None:
    said = cli("read", grid)
    assert said.code == 0
    for words in (
        "Plain plate grid", "raw kind 'wells', 6 rows", "plate P1: 5 values, 1.5 to 6.5; 1 missing",
        "note   ", '[block.viability]', 'layout = "layout.csv"', "A01 to B03",
    ):  # fmt: skip
        assert words in said.out, words


def test_a_long_table_is_shown_with_a_guess(cli: Cli, long: Path) -> None:
    found = cli("read", long, "--json").json()
    assert (found["format"], found["kind"]) == ("long_table", "table")
    assert found["rows"][0]["cell line"] == "SW872"
    said = cli("read", long).out
    assert 'value = "viability"' in said
    assert 'treatment = "drug"' in said
    assert 'dose = "conc (nM)"' in said
    assert "Not matched: 'comment'" in said
    assert "This is a guess" in said


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"", ("it is empty", "--formats")),
        ("a.png", b"\x89PNG\r\n", ("a picture", "No format that is read here ends in")),
        ("a.zip", b"PK\x03\x04junk", ("damaged",)),
        ("a.csv", b"just some words\n", ("begins 'just some words'",)),
    ],
)
def test_files_that_nobody_knows(cli: Cli, tmp_path: Path, name: str, data: bytes, words: Any):
    path = tmp_path / name
    path.write_bytes(data)
    said = cli("read", path)
    assert said.code == 2
    for word in words:
        assert word in said.err


def test_a_file_that_is_not_there(cli: Cli, grid: Path) -> None:
    said = cli("read", grid.with_name("P2.csv"))
    assert said.code == 2
    assert "Did you mean 'P1.csv'?" in said.err
    assert "this is a folder" in cli("read", grid.parent).err


def test_a_tube_of_a_cytometer(cli: Cli, tmp_path: Path) -> None:
    keys = {"$P1S": "Propidium iodide", "$SPILLOVER": "2,C1,C2,1,0.25,0,1", "$MODE": None}
    path = tmp_path / "A1.fcs"
    path.write_bytes(fcs([(1, 2), (65535, 4), (5, 6)], keys=keys))
    found = cli("read", path, "--json").json()
    (row,) = found["rows"]
    assert (found["format"], found["kind"]) == ("fcs", "events")
    assert (row["sample"], row["n_events"], row["spill"]["names"]) == ("A1", 3, ["C1", "C2"])
    first = row["channels"][0]
    assert (first["name"], first["stain"], first["range"]) == ("C1", "Propidium iodide", 65536)
    assert (first["minimum"], first["median"], first["maximum"]) == (1, 5, 65535)
    assert first["at_end"] == 1
    assert found["notes"][0]["code"] == "fcs-keyword"
    said = cli("read", path).out
    for words in ("3 events, 2 channels", "Propidium iodide", "up to 25 %", "$MODE is missing"):
        assert words in said, words
    path.write_bytes(path.read_bytes()[:-1])
    assert "1 of 3 events are missing" in cli("read", path).err


def test_a_named_reader_says_why_it_refuses(cli: Cli, grid: Path) -> None:
    said = cli("read", grid, "--reader", "bmg_mars")
    assert said.code == 2
    assert "Raw Data" in said.err
    assert "Did you mean 'bmg_mars'?" in cli("read", grid, "--reader", "bmg_mar").err
    assert "gives no raw kind 'ct'" in cli("read", grid, "--kind", "ct").err


def test_a_study_from_plates(cli: Cli, grid: Path, tmp_path: Path) -> None:
    """The files are copied unedited; what is left is filled in and the study runs its checks."""
    folder = tmp_path / "study"
    said = cli("new", folder, "--from", grid)
    assert said.code == 0, said.text
    assert "fill in  layout.csv" in said.out
    assert (folder / "raw" / "P1.csv").read_bytes() == GRID.encode()
    block = tomllib.loads((folder / "study.toml").read_text())["block"]["viability"]
    assert block == {"assay": "viability", "files": ["raw/P1.csv"], "layout": "layout.csv"}
    layout = pl.read_csv(folder / "layout.csv")
    assert layout.get_column("well").to_list() == ["A01", "A02", "A03", "B01", "B02", "B03"]
    design = pl.read_csv(folder / "design.csv")
    assert design.row(0)[:2] == ("P1", "raw/P1.csv")
    assert "no role" in cli("check", folder).out
    assert cli("new", folder, "--from", grid).code == 2


def test_a_study_from_a_table_does_not_guess(cli: Cli, long: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    assert cli("new", folder, "--from", long).code == 0
    text = (folder / "study.toml").read_text()
    assert "# -> columns" in text
    assert "columns" not in tomllib.loads(text)["block"]["viability"]
    assert "does not say which one it is" in cli("check", folder).out


def test_nothing_is_written_for_a_file_that_is_refused(
    cli: Cli, grid: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("nothing here\n")
    folder = tmp_path / "study"
    said = cli("new", folder, "--from", grid, bad)
    assert said.code == 2
    assert "bad.csv" in said.err
    assert not folder.exists()
    assert "Write --assay NAME, or --from FILE." in cli("new", folder).err


def test_every_real_file_is_read_or_refused_with_a_reason(
    cli: Cli, realdata: Path, tmp_path: Path
) -> None:
    """Every file that a reader names as tested is recognised by that reader, here as in a study."""
    files = {path.name: path for path in realdata.rglob("*") if path.is_file()}
    for packed in [path for path in files.values() if path.suffix == ".gz"]:
        bare = tmp_path / packed.stem
        bare.write_bytes(gzip.decompress(packed.read_bytes()))
        files[bare.name] = bare
    seen = 0
    for reader in load_readers():
        for name in reader.tested:
            found = cli("read", files[name], "--json")
            if found.code:
                assert found.json()["problems"][0]["remedy"]
                continue
            assert found.json()["format"] == reader.name, name
            assert found.json()["rows"]
            seen += 1
    assert seen > 20


def test_every_reader_gives_kinds_with_names() -> None:
    consumed = {load_assay(name).consumes.kind for name in ("viability", "measurement")}
    assert consumed <= {kind.kind for reader in load_readers() for kind in reader.kinds}


def test_the_page_of_formats_is_the_one_that_is_printed(cli: Cli) -> None:
    """Remade by: EXPORTIN_REMAKE=1 pytest tests/app/test_read.py."""
    page = (DOCS / "formats.md").read_text("utf-8")
    if os.environ.get("EXPORTIN_REMAKE"):
        head, rest = page.split("<!-- formats -->\n")
        tail = rest.split("<!-- end -->")[1]
        page = f"{head}<!-- formats -->\n{formats_page()}\n<!-- end -->{tail}"
        (DOCS / "formats.md").write_text(page, "utf-8")
    between = page.split("<!-- formats -->\n")[1].split("<!-- end -->")[0]
    assert between.strip() == formats_page()
    assert formats_page() in cli("read", "--formats").out
    record = json.loads(cli("read", "--formats", "--json").out)
    assert {one["format"] for one in record} == {reader.name for reader in load_readers()}
