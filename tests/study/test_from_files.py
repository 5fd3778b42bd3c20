"""Studies from raw files of every kind: unedited, filled in by hand, run."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

Cli = Callable[..., Any]
EXPORTS = "ecosystem/instrument_files"


def fill(path: Path, **columns: Callable[[int], str]) -> None:
    """Write columns of a table by row number."""
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    for number, row in enumerate(rows):
        row.update({name: value(number) for name, value in columns.items()})
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def choose(folder: Path, line: str) -> None:
    """Write a line of study.toml where a decision is waiting."""
    path = folder / "study.toml"
    text, count = re.subn(r"(?m)^# -> .*$", lambda _: line, path.read_text("utf-8"), count=1)
    assert count == 1
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "channel", "unit", "quantity"),
    [
        ("bench/instrument/biorad_cfx_maestro.csv", "FAM", "target", 24),
        ("bench/instrument/Beckman_Vi-Cell-BLU_example01.csv", "viability", "quantity", 10),
        (f"{EXPORTS}/appbio_quantstudio/appbio_quantstudio_example01.txt", "", "", 0),
        (f"{EXPORTS}/qiacuity_dpcr/qiacuity_dpcr_example03.csv", "", "", 0),
        (f"{EXPORTS}/appbio_absolute_q/Appbio_AbsoluteQ_example01.csv", "", "", 0),
    ],
)  # fmt: skip
def test_counts_and_cycles_in_a_study(
    realdata: Path, tmp_path: Path, cli: Cli, file: str, channel: str, unit: str, quantity: int
) -> None:
    """One target of a run as plain values: every row of it reaches the study with its value."""
    folder = tmp_path / "study"
    read = cli("read", realdata / file, "--json").json()
    label = "quantity" if read["kind"] == "counts" else "target"
    names = list(dict.fromkeys(row[label] for row in read["rows"]))
    chosen = channel or names[0]
    said = cli("new", folder, "--from", realdata / file)
    assert said.code == 0, said.text
    if len(names) > 1:
        unnamed = cli("check", folder).text
        assert "Name one in the block" in unnamed or "channel" in unnamed
        choose(folder, f'channel = "{chosen}"')
    fill(
        folder / "design.csv", unit_id=lambda n: f"U{n}", treatment=lambda n: "a" if n % 2 else "b"
    )
    assert cli("check", folder).code == 0, cli("check", folder).text
    assert cli("run", folder, "--workers", 1).code == 0
    wanted = [row["value"] for row in read["rows"] if row[label] == chosen]
    units = pl.read_csv(folder / "results" / "estimates.csv", infer_schema_length=None)
    kept = [value for value in wanted if value is not None]
    assert units.height
    if quantity:
        assert len(wanted) == quantity
    counted = units.filter(pl.col("unit_id").is_not_null()).get_column("n_rows").sum()
    assert counted == len(kept) or counted == len(wanted)


def test_a_target_that_is_not_there(realdata: Path, tmp_path: Path, cli: Cli) -> None:
    folder = tmp_path / "study"
    cli("new", folder, "--from", realdata / "bench/instrument/biorad_cfx_maestro.csv")
    choose(folder, 'channel = "FAN"')
    said = cli("check", folder).text
    assert "there is no target 'FAN'" in said
    assert "Did you mean 'FAM'?" in said


def test_plates_with_templates_and_a_manifest(realdata: Path, tmp_path: Path, cli: Cli) -> None:
    """The list of plates becomes the design, the templates it names the layouts."""
    at = realdata / "dose/plate_formats"
    names = (
        "manifest.xlsx", "Template_7daytreated.xlsx", "Template_Untreated.xlsx",
        "RawData_day0.xlsx", "RawData_day7.xlsx",
    )  # fmt: skip
    folder = tmp_path / "study"
    said = cli("new", folder, "--from", *(at / name for name in names))
    assert said.code == 0, said.text
    text = (folder / "study.toml").read_text("utf-8")
    assert 'design = "manifest.xlsx"' in text
    assert 'files  = ["raw/RawData_day0.xlsx", "raw/RawData_day7.xlsx"]' in text
    assert not (folder / "design.csv").exists()
    assert not (folder / "layout.csv").exists()
    more = '\nconstants = { dose_unit = "uM", unit_id = "E1" }\nkeys = ["treatment_2", "dose_2"]\n'
    body = text.replace('assay  = "viability"', 'assay  = "viability"' + more, 1)
    (folder / "study.toml").write_text(body, "utf-8")
    said = cli("check", folder)
    assert said.code == 0, said.text


def test_templates_alone_are_no_study(realdata: Path, tmp_path: Path, cli: Cli) -> None:
    at = realdata / "dose/plate_formats"
    said = cli(
        "new", tmp_path / "s", "--from", at / "manifest.xlsx", at / "Template_Untreated.xlsx"
    )
    assert said.code == 2
    assert "these files hold no readings" in said.text
    tecan = at / "tecan/manifest_Tecan_96_well_plates.xlsx"
    said = cli(
        "new", tmp_path / "s", "--from", at / "manifest.xlsx", tecan, at / "RawData_day0.xlsx"
    )
    assert "a second list of plates" in said.text
