"""exportin fit: files of any kind in, CSV or Parquet out, refusals with a place."""

import json
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from exportin.app import fit_files
from exportin.app.commands import app

NAMES = ["--curve", "line,drug", "--dose", "nM", "--response", "y"]


def table() -> pl.DataFrame:
    rng = np.random.default_rng(20265)
    dose = np.tile(np.repeat(np.geomspace(1.0, 1e4, 8), 2), 4)
    name = np.repeat(np.arange(4), 16)
    y = 1 / (1 + dose / (20.0 * 3.0**name)) + rng.normal(0, 0.02, dose.size)
    return pl.DataFrame(
        {"line": np.where(name < 2, "L1", "L2"), "drug": np.where(name % 2, "a", "b"), "nM": dose}
    ).with_columns(y=y)


def run(*words: object) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["fit", *map(str, words)])
    return found.exit_code, found.output


def fitted(source: Path, *more: object) -> pl.DataFrame:
    out = source.parent / "out.parquet"
    code, said = run(source, *NAMES, "--out", out, *more)
    assert code == 0, said
    assert "4 curves; EC50 of 4" in said
    return pl.read_parquet(out)


def write(folder: Path, name: str) -> Path:
    path, frame = folder / name, table()
    if name.endswith(".parquet"):
        frame.write_parquet(path)
    elif name.endswith(".xlsx"):
        book = openpyxl.Workbook()
        sheet = book.active
        for row in (frame.columns, *frame.rows()):
            sheet.append(row)
        book.save(path)
    elif "comma" in name:
        lines = [";".join(str(cell).replace(".", ",") for cell in row) for row in frame.rows()]
        path.write_text("\n".join([";".join(frame.columns), *lines]), "utf-8")
    else:
        frame.write_csv(path, separator="\t" if name.endswith(".tsv") else ",")
    return path


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.xlsx", "comma.csv", "t.parquet"])
def test_every_kind_of_file_gives_the_same_curves(tmp_path: Path, name: str) -> None:
    found, expected = fitted(write(tmp_path, name)), fitted(write(tmp_path, "u.parquet"))
    assert found.select("line", "drug").rows() == [
        ("L1", "a"), ("L1", "b"), ("L2", "a"), ("L2", "b"),
    ]  # fmt: skip
    for column in ("ec50", "ec50_low", "ic50_absolute_high", "rss"):
        assert found[column].to_list() == pytest.approx(expected[column].to_list(), rel=1e-9)


def test_large_parquet_is_worked_through_in_parts(tmp_path: Path, monkeypatch) -> None:
    source = write(tmp_path, "t.parquet")
    whole = fitted(source)
    monkeypatch.setattr(fit_files, "ROWS_AT_ONCE", 20)
    assert fitted(source).equals(whole)


def test_csv_for_people(tmp_path: Path) -> None:
    source, out = write(tmp_path, "t.csv"), tmp_path / "out.csv"
    assert run(source, *NAMES, "--out", out)[0] == 0
    found = pl.read_csv(out)
    assert set(found["bound"]) == {"="}
    assert not (tmp_path / "out.csv.part").exists()


def test_json_counts(tmp_path: Path) -> None:
    code, said = run(write(tmp_path, "t.csv"), *NAMES, "--out", tmp_path / "o.csv", "--json")
    assert code == 0
    assert json.loads(said)["curves"] == 4


def test_percent_without_saying_so_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "percent.csv"
    table().with_columns(pl.col("y") * 100.0).write_csv(path)
    code, said = run(path, *NAMES, "--out", tmp_path / "o.csv")
    assert code == 0
    assert "--vehicle 100" in said
    found = fitted(path, "--vehicle", "100", "--level", "50", "--level", "75")
    assert (found["ic75_absolute"] > found["ic50_absolute"]).all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("line,drug,nM,z\nL,a,1,1\n", "there is no column 'y'"),
        ("line,drug,nM,y\nL,a,ten,1\n", "line 2, column 3 (nM): 'ten' is not a number"),
        ("line,drug,nM,y\nL,a,-1,1\n", "below zero"),
        (
            "line,drug,nM,y\nL,a,inf,1\n",
            "line 2, column 3 (nM): the nM is 'inf', which is infinite",
        ),
        ("line,drug,nM,y\nL,a,NA,1\n", "line 2, column 3 (nM): the nM is 'NA'"),
        ("line,drug,nM,y\nL,a,,1\n", "the nM of this row is empty"),
        ("line,drug,nM,y,y\nL,a,1,1,1\n", "two columns are called 'y'"),
        ("", "The file is empty"),
    ],
)
def test_refusals(tmp_path: Path, text: str, said: str) -> None:
    source, out = tmp_path / "t.csv", tmp_path / "o.csv"
    source.write_text(text)
    code, output = run(source, *NAMES, "--out", out)
    assert code == 2
    assert said in output.replace("\n", " ")
    assert "Traceback" not in output
    assert not out.exists()


def test_bad_places_to_read_and_write(tmp_path: Path) -> None:
    source = write(tmp_path, "t.parquet")
    for out, said in (
        ("o.txt", ".csv or .parquet"),
        ("no/o.csv", "folder does not exist"),
        ("t.parquet", "never overwritten"),
    ):
        code, output = run(source, *NAMES, "--out", tmp_path / out)
        assert (code, said in output.replace("\n", " ")) == (2, True), output
    code, output = run(tmp_path / "absent.csv", *NAMES, "--out", tmp_path / "o.csv")
    assert code == 2
    (tmp_path / "bad.parquet").write_bytes(b"nonsense")
    code, output = run(tmp_path / "bad.parquet", *NAMES, "--out", tmp_path / "o.csv")
    assert (code, "no Parquet" in output) == (2, True), output
    assert pl.read_parquet(source).height == 64


def own_vehicle(factor: float) -> pl.DataFrame:
    """Curves of raw signals, each with five vehicle wells of its own at dose 0."""
    wells = table()
    curves = wells.select("line", "drug").unique(maintain_order=True)
    rng = np.random.default_rng(7)
    zero = pl.concat([curves] * 5).with_columns(nM=pl.lit(0.0), y=1.0 + rng.normal(0, 0.02, 20))
    height = pl.when(pl.col("drug") == "a").then(1.0).otherwise(3.0) * factor
    return pl.concat([wells, zero.select(wells.columns)]).with_columns(y=pl.col("y") * height)


def test_each_curve_is_held_against_its_own_wells_at_dose_zero(tmp_path: Path) -> None:
    raw, parquet = tmp_path / "raw.csv", tmp_path / "raw.parquet"
    own_vehicle(2.0e5).write_csv(raw)
    own_vehicle(1.0).write_parquet(parquet)
    one, two = (fitted(source, "--vehicle", "dose0") for source in (raw, parquet))
    assert one["ic50_absolute"].to_list() == pytest.approx(two["ic50_absolute"].to_list(), rel=1e-6)
    assert one["ic50_absolute_bound"].to_list() == ["="] * 4
    truth = [60.0, 20.0, 540.0, 180.0]
    assert one["ic50_absolute"].to_list() == pytest.approx(truth, rel=0.15)
    code, said = run(raw, *NAMES, "--out", tmp_path / "o.csv", "--vehicle", "dose0")
    said = said.replace("\n", " ")
    assert (code, "their mean is the vehicle of their curve" in said) == (0, True)
    assert "absolute potencies refer to" not in said
    _, said = run(parquet, *NAMES, "--out", tmp_path / "o.csv")
    assert "In 2 curves the wells at dose 0" in said.replace("\n", " ")


def test_curves_without_wells_at_dose_zero_are_refused_by_name(tmp_path: Path) -> None:
    source, out = tmp_path / "t.csv", tmp_path / "o.csv"
    gone = (pl.col("nM") == 0.0) & (pl.col("line") == "L2") & (pl.col("drug") == "b")
    own_vehicle(1.0).filter(~gone).write_csv(source)
    code, said = run(source, *NAMES, "--out", out, "--vehicle", "dose0")
    assert (code, "1 curve has no well with a response at dose 0: L2 / b." in said) == (2, True)
    assert not out.exists()
    code, said = run(source, *NAMES, "--out", out, "--vehicle", "dmso")
    assert (code, "vehicle is 'dmso', not a number" in said) == (2, True)
