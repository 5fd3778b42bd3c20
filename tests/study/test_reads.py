"""A plate that was read several times: its reads are chosen from, never pooled as replicates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exportin.study.reads import choose_reads, several_reads
from exportin.tables.problems import Problem

Cli = Callable[..., Any]
DOSES = [10_000 / 3**k for k in range(10)]
HEAD = (
    "Plate,Repeat,Barcode,Measured height,Chamber temperature at start,Chamber temperature at end,"
    "Humidity at start,Humidity at end,Ambient temperature at start,Ambient temperature at end,"
    "Group,Label,ScanX,ScanY,Measinfo,Kinetics,Measurement date,"
)


def frame() -> pl.DataFrame:
    rows = [
        ("p.csv", "P1", "lum", well, 10.0 * time + at, time)
        for at, well in enumerate(("A01", "A02"))
        for time in (0.0, 60.0, 120.0)
    ]
    names = ["file", "sample_id", "channel", "well", "value", "time_s"]
    return pl.DataFrame(rows, schema=names, orient="row")


@pytest.mark.parametrize(
    ("wanted", "times"), [("first", {0.0}), ("last", {120.0}), (60, {60.0}), ("60.0", {60.0})]
)
def test_one_read_is_kept(wanted: str | float, times: set[float]) -> None:
    problems: list[Problem] = []
    kept = choose_reads(frame(), {"time_s": wanted}, "v", problems)
    assert not problems
    assert set(kept.get_column("time_s")) == times
    assert several_reads(kept, (), "v") == ()


def test_what_cannot_be_chosen() -> None:
    problems: list[Problem] = []
    choose_reads(frame(), {"time_s": 61, "cycle": "last", "well": "last"}, "v", problems)
    assert [problem.message for problem in problems] == [
        "no read has time_s = 61.",
        "there is no column of numbers 'cycle' to choose reads by.",
        "there is no column of numbers 'well' to choose reads by.",
    ]
    assert 'Write "first", "last" or one of 0, 60, 120.' in problems[0].remedy


def test_no_well_is_lost_by_a_choice() -> None:
    """A last cycle that was broken off, a plate without it, times that differ from well to well."""
    cycles = frame().with_columns(pl.col("time_s") / 60.0 + 1.0).rename({"time_s": "cycle"})
    broken = cycles.filter((pl.col("well") != "A02") | (pl.col("cycle") < 3.0))
    drifting = frame().with_columns(
        pl.when(pl.col("well") == "A02").then(pl.col("time_s") + 1.2).otherwise("time_s")
    )
    for rows, wanted in ((broken, {"cycle": "last"}), (drifting, {"time_s": "last"})):
        problems: list[Problem] = []
        choose_reads(rows, wanted, "v", problems)
        assert [problem.code for problem in problems] == ["read-lost"]
        assert "1 wells of plate 'P1' have no read" in problems[0].message


def test_several_reads_are_refused() -> None:
    (problem,) = several_reads(frame(), (), "v")
    assert problem.message == (
        "well A01 of plate 'P1' was read 3 times (time_s: 0, 60, 120). "
        "Reads of one well are no replicates."
    )
    assert 'reads = { time_s = "last" }' in problem.remedy
    (untold,) = several_reads(frame().drop("time_s"), (), "v")
    assert "nothing tells the reads apart" in untold.message


def envision(factor: float) -> str:
    """A plate of EnVision's read twice; the second read has its midpoint elsewhere."""
    parts = []
    for repeat, middle in ((1, 100.0), (2, 100.0 * factor)):
        lines = [
            "Plate information ", HEAD,
            f"1,{repeat},P7,11.9,23,23,N/A,N/A,23,23,1,US LUM(1),0,0,De=1st,0,"
            "10/13/2022 3:08:06 PM,",
            "", "Background information",
            "Plate,Label,Result,Signal,Flashes/Time,Meastime,MeasInfo,",
            "1,US LUM,0,162,50,00:00:00.000,De=1st Ex=Top Em=Top Wdw=1 (14),", "",
            "Results for US LUM(1) - channel 1 window 1 (Counts)",
            "," + ",".join(f"{col:02d}" for col in range(1, 13)) + ",",
        ]  # fmt: skip
        for row in "ABCDEFGH":
            doses = [10_000 * (0.1 + 0.9 / (1 + dose / middle)) for dose in DOSES]
            wells = [10_000 + 30 * (ord(row) % 3), *doses, 10_100]
            lines.append(f"{row}," + ",".join(f"{value:.0f}" for value in wells) + ",")
        parts += [*lines, ""]
    tail = ["Basic assay information ", "Assay ID: ,,,,7", "", "Exported with EnVision 1.14"]
    return "\n".join([*parts, *tail]) + "\n"


def test_a_plate_read_twice(cli: Cli, tmp_path: Path) -> None:
    """Pooled, the midpoint would lie between those of the two reads; each is right alone."""
    folder = tmp_path / "study"
    raw = tmp_path / "p7.csv"
    raw.write_text(envision(4.0))
    assert 'reads = { repeat = "last" }' in cli("read", raw).out
    assert cli("new", folder, "--from", raw).code == 0
    wells = [(f"{row}{col:02d}", col) for row in "ABCDEFGH" for col in range(1, 13)]
    lines = [
        f"{well},treated,drug,{DOSES[col - 2]},nM" if 1 < col < 12 else f"{well},vehicle,DMSO,,"
        for well, col in wells
    ]
    (folder / "layout.csv").write_text("\n".join(["well,role,treatment,dose,dose_unit", *lines]))
    (folder / "design.csv").write_text("sample_id,unit_id,model\nP7,E1,M\n")
    assert "was read 2 times (repeat: 1, 2)" in cli("check", folder).text
    text = (folder / "study.toml").read_text()
    assert "# -> reads" in text
    for chosen, middle in (('"first"', 100.0), ("2", 400.0)):
        line = f"reads = {{ repeat = {chosen} }}"
        body = text.replace('assay  = "viability"', f'assay  = "viability"\n{line}', 1)
        (folder / "study.toml").write_text(body)
        said = cli("run", folder, "--workers", 1)
        assert said.code == 0, said.text
        found = pl.read_csv(folder / "results" / "estimates.csv", infer_schema_length=None)
        row = found.filter((pl.col("quantity") == "ec50") & (pl.col("unit_id") == "E1"))
        assert row.item(0, "value") == pytest.approx(middle, rel=0.02)
        assert row.item(0, "n_rows") == 80
