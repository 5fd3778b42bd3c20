"""What a raw file marks as excluded is left out and counted, as if a person had excluded it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exportin.contract.reader import Request
from exportin.readers.pzfx import READER
from exportin.study.exclude import exclude_rows
from exportin.study.frames import get_frame
from exportin.study.outcome import BlockOutcome
from exportin.study.prism import study_pzfx
from exportin.study.run import STORE, joined_rows, run_study
from exportin.study.store import Store
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source

STUDY = """[study]
schema = 1
title  = "weights"
seed   = 1

[block.w]
assay  = "measurement"
files  = ["*.pzfx"]

[block.w.columns]
treatment = "group"
unit_id   = "row"
"""
OUT = ' Excluded="1"'
VALUES = {"vehicle": [20.1, 21.0, 19.5, 20.6], "drug": [18.0, 17.2, 55.0, 17.9]}


def study(folder: Path, *, marked: bool) -> Path:
    columns = "".join(
        f'<YColumn Subcolumns="1"><Title>{name}</Title><Subcolumn>'
        + "".join(f"<d{OUT if marked and v == 55 else ''}>{v}</d>" for v in values)
        + "</Subcolumn></YColumn>"
        for name, values in VALUES.items()
    )
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY)
    (folder / "w.pzfx").write_text(
        '<GraphPadPrismFile PrismXMLVersion="5.00"><Table ID="Table0" XFormat="none"'
        f' TableType="OneWay"><Title>w</Title>{columns}</Table></GraphPadPrismFile>'
    )
    return folder


def block(folder: Path) -> BlockOutcome:
    (found,) = run_study(folder).blocks
    return found


def test_a_value_excluded_in_prism_is_as_one_excluded_by_hand(tmp_path: Path) -> None:
    prism = block(study(tmp_path / "prism", marked=True))
    by_hand = study(tmp_path / "hand", marked=False)
    everything = block(by_hand)
    row = "w.pzfx#w:drug:row 3:1"
    exclude_rows(by_hand, "w", (row,), reason="excluded in Prism")
    hand = block(by_hand)
    assert prism.flags.excluded() == hand.flags.excluded() == {row}
    assert prism.estimates.frame.equals(hand.estimates.frame)
    assert not prism.estimates.frame.equals(everything.estimates.frame)
    assert prism.counts == hand.counts == everything.counts
    said = prism.flags.frame.filter(severity="exclude").row(0, named=True)
    assert (said["message"], said["by"], said["rule"]) == ("excluded in Prism", "file", "excluded")
    assert any("Values excluded in Prism: 1;" in note.message for note in prism.notes)


def test_one_excluded_in_both_places_is_counted_once(tmp_path: Path) -> None:
    folder = study(tmp_path / "both", marked=True)
    exclude_rows(folder, "w", ("w.pzfx#w:drug:row 3:1",), reason="bubble")
    rows = block(folder).flags.frame.filter(severity="exclude")
    assert rows["message"].to_list() == ["bubble"]


def test_a_column_table_goes_out_as_it_came(tmp_path: Path) -> None:
    folder = study(tmp_path / "out", marked=True)
    source = Source(name="w.pzfx", data=study_pzfx(run_study(folder)))
    back = READER.read(source, Request(kind=WellReadings)).frame
    pairs = set(back.select("group", "value", "excluded_in_file").iter_rows())
    gone = "excluded in Prism"
    assert pairs == {
        (f"{name} {at}", value, gone if value == 55 else None)
        for name, values in VALUES.items()
        for at, value in enumerate(values, start=1)
    }


@pytest.mark.long
def test_a_study_goes_out_to_prism_with_all_values_and_its_exclusions(
    tmp_path: Path, simulated: Callable[..., Path]
) -> None:
    folder = simulated("default", lines=("SIM-ASPS-1",), name="prism")
    rows = joined_rows(folder, "viability").get_column("row_id").to_list()
    exclude_rows(folder, "viability", (rows[5],), reason="bubble")
    outcome = run_study(folder)
    source = Source(name="s.pzfx", data=study_pzfx(outcome))
    back = READER.read(source, Request(kind=WellReadings, columns={"dose": "x"})).frame
    joined = get_frame(Store(folder / STORE), outcome.blocks[0].rows)
    assert back.height == len(rows) == joined.height
    assert back["value"].sort().equals(joined["value"].sort())
    pairs = ["dose", "value"]
    assert back.select(pairs).sort(pairs).equals(joined.select(pairs).sort(pairs))
    out = joined.filter(row_id=rows[5])["value"].to_list()
    assert back.filter(excluded_in_file="excluded in Prism")["value"].to_list() == out


def test_a_study_is_exported_for_prism(tmp_path: Path, cli: Callable[..., Any]) -> None:
    """What `exportin export` writes is read back with every value, and the exclusion marked."""
    folder = tmp_path / "study"
    folder.mkdir()
    rows = [f"{g},E{u},{10 * u + (g == 'b')}" for g in "ab" for u in range(1, 4)]
    (folder / "v.csv").write_text("\n".join(["treatment,unit_id,value", *rows]) + "\n")
    (folder / "study.toml").write_text(
        '[study]\nschema = 1\ntitle = "t"\nseed = 1\n'
        '[block.m]\nassay = "measurement"\nfiles = ["v.csv"]\n'
    )
    ids = cli("read", folder / "v.csv", "--kind", "values", "--json").json()["rows"]
    assert cli("exclude", folder, "m", "v.csv:a|E1", "--reason", "spilt").code == 0
    out = tmp_path / "study.pzfx"
    said = cli("export", folder, out)
    assert said.code == 0, said.text
    found = cli("read", out, "--json").json()["rows"]
    assert sorted(row["value"] for row in found) == sorted(row["value"] for row in ids)
    assert sum(bool(row.get("excluded_in_file")) for row in found) == 1
    assert ".pzfx (Prism project" in cli("export", folder, tmp_path / "study.doc").text
