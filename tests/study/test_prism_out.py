"""What goes out to Prism comes back, and stands in the XML as Prism reads it."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import polars as pl
import pytest
from defusedxml.ElementTree import fromstring

from exportin.contract.reader import Request
from exportin.readers.pzfx import READER
from exportin.readers.pzfx.write import write_pzfx
from exportin.study.exclude import exclude_rows
from exportin.study.frames import get_frame
from exportin.study.outcome import Outcome
from exportin.study.prism import block_tables, group_names, study_pzfx, unlike
from exportin.study.run import STORE, run_study
from exportin.study.store import Store
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source

P = "{http://graphpad.com/prism/Prism.htm}"
NAMES = ("a<b>&\"c'", "]]>", "<!--x-->", "µM & <d/>", "=1+1", "日本")


def study(folder: Path, rows: list[str], head: str = "treatment,unit_id,value") -> Path:
    folder.mkdir()
    (folder / "v.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(
        '[study]\nschema = 1\ntitle = "A <study> & more"\nseed = 1\n'
        '[block.m]\nassay = "measurement"\nfiles = ["v.csv"]\n'
    )
    return folder


def named(folder: Path) -> Path:
    cells = ['"' + name.replace('"', '""') + '"' for name in NAMES]
    rows = [f"{g},E{u},{10 * i + u}" for i, g in enumerate(cells) for u in range(1, 4)]
    return study(folder, rows)


def root(data: bytes) -> Element:
    return fromstring(data)  # type: ignore[no-any-return]


def back(data: bytes, **request: Any) -> pl.DataFrame:
    return READER.read(
        Source(name="o.pzfx", data=data), Request(kind=WellReadings, **request)
    ).frame


def test_the_xml_holds_every_value_and_its_mark_as_prism_writes_them(tmp_path: Path) -> None:
    folder = named(tmp_path / "s")
    row = run_study(folder, pictures=False).blocks[0].estimates.frame
    assert row.height
    ids = joined(run_study(folder, pictures=False)).get_column("row_id").to_list()
    exclude_rows(folder, "m", (ids[4],), reason="bubble & more")
    outcome = run_study(folder, pictures=False)
    tree = root(study_pzfx(outcome))
    assert tree.tag == f"{P}GraphPadPrismFile"
    assert tree.get("PrismXMLVersion") == "5.00"
    tables = tree.findall(f"{P}Table")
    refs = [ref.get("ID") for ref in tree.find(f"{P}TableSequence").findall(f"{P}Ref")]
    assert refs == [table.get("ID") for table in tables]
    found = []
    for table in tables:
        for column in table.findall(f"{P}YColumn"):
            subs = column.findall(f"{P}Subcolumn")
            assert len(subs) == int(column.get("Subcolumns"))
            title = column.findtext(f"{P}Title")
            found += [(title, float(d.text), d.get("Excluded") == "1")
                      for sub in subs for d in sub.findall(f"{P}d") if d.text]  # fmt: skip
    rows = joined(outcome)
    four = rows.select("treatment", "unit_id", "value", "row_id").iter_rows()
    wanted = {(f"{t} {u}", v, r == ids[4]) for t, u, v, r in four}
    assert set(found) == wanted
    assert len(found) == rows.height


def joined(outcome: Outcome) -> pl.DataFrame:
    return get_frame(Store(outcome.study.folder / STORE), outcome.blocks[0].rows)


def test_names_with_marks_of_xml_come_back(tmp_path: Path) -> None:
    data = study_pzfx(run_study(named(tmp_path / "s"), pictures=False))
    groups = set(back(data)["group"])
    assert groups == {f"{name} E{u}" for name in NAMES for u in (1, 2, 3)}


def test_the_project_info_says_study_version_reasons_and_causes(tmp_path: Path) -> None:
    folder = study(tmp_path / "s", ["a,E1,1.5", "a,E2,", "b,E1,NA", "b,E2,3", "a,E3,2", "b,E3,4"])
    rows = joined(run_study(folder, pictures=False))
    first = rows.filter(pl.col("value") == 1.5).get_column("row_id")[0]
    exclude_rows(folder, "m", (first,), reason="dropped <&>")
    notes = root(study_pzfx(run_study(folder, pictures=False))).findtext(f"{P}Info/{P}Notes")
    assert "Study: A <study> & more" in notes
    assert "Written by exportin" in notes
    assert f"m: {first} is excluded: dropped <&>" in notes
    for row_id, cause in rows.filter(pl.col("cause") != "").select("row_id", "cause").iter_rows():
        assert f"m: {row_id} has no value: {cause}" in notes


def test_doses_keep_their_unit_on_the_way_out_and_back(tmp_path: Path) -> None:
    folder = study(tmp_path / "s", ["a,E1,1.5", "a,E2,2", "b,E1,3"])
    block = run_study(folder, pictures=False).blocks[0]
    rows = pl.DataFrame(
        {"row_id": ["1", "2", "3", "4"], "treatment": ["a", "a", "b", "v"],
         "dose": [0.0, 1e-9, 1.0, None], "dose_unit": ["nM", "nM", "uM", None],
         "value": [1.0, 2.0, 3.0, 4.0]}
    )  # fmt: skip
    tables = block_tables(rows, block)
    assert {title: (t["value"].to_list(), unit) for title, (t, unit) in tables.items()} == {
        "m nM": ([1.0, 2.0, 4.0], "nM"), "m uM": ([3.0], "uM"),
    }  # fmt: skip
    data = write_pzfx(
        {title: table for title, (table, _) in tables.items()}, x="dose",
        x_titles={title: f"dose ({unit})" for title, (_, unit) in tables.items()},
    )  # fmt: skip
    seen = back(data, sheet="m uM", columns={"dose": "x", "treatment": "group"})
    assert seen.select("dose", "dose_unit", "value").rows() == [(1.0, "uM", 3.0)]
    other = back(data, sheet="m nM", columns={"dose": "x"}).drop_nulls("dose")
    assert other["dose"].to_list() == [0.0, 1e-9]


def test_logarithms_of_doses_come_back_as_doses() -> None:
    doses = [10.0**p for p in range(-9, -4)]
    rows = pl.DataFrame({"group": ["a"] * 5, "x": [float(p) for p in range(-9, -4)],
                         "value": [5.0, 4.0, 3.0, 2.0, 1.0]})  # fmt: skip
    seen = back(write_pzfx(rows), columns={"dose": "10^x"})
    assert seen["dose"].to_list() == pytest.approx(doses, rel=1e-15)


def test_replicates_of_a_dose_stay_side_by_side() -> None:
    rows = pl.DataFrame({"group": ["a"] * 4, "dose": [1.0, 1.0, 10.0, 10.0],
                         "value": [1.0, 2.0, 3.0, 4.0],
                         "excluded_in_file": [None, "out", None, None]})  # fmt: skip
    tree = root(write_pzfx(rows, x="dose"))
    (column,) = tree.iter(f"{P}YColumn")
    subs = [[(d.text, d.get("Excluded")) for d in sub] for sub in column.findall(f"{P}Subcolumn")]
    assert subs == [[("1", None), ("3", None)], [("2", "1"), ("4", None)]]


@pytest.mark.parametrize("pairs", [[("a b", "c"), ("a", "b c")], [("a |", "b"), ("a", "| b")],
                                   [("a", "b"), ("a", "c")]])  # fmt: skip
def test_two_groups_never_become_one(pairs: list[tuple[str, str]]) -> None:
    rows = pl.DataFrame({"treatment": [a for a, _ in pairs], "unit_id": [b for _, b in pairs]})
    assert group_names(rows, [])["group"].n_unique() == len(pairs)


def test_names_that_no_separator_tells_apart_are_numbered() -> None:
    pairs = [("p q", "r"), ("p", "q r"), ("p | q", "r"), ("p || q", "r")]
    pairs += [("p", "q | r"), ("p", "q || r"), ("p", "z"), ("p", "y")]
    rows = pl.DataFrame({"treatment": [a for a, _ in pairs], "unit_id": [b for _, b in pairs]})
    assert group_names(rows, [])["group"].n_unique() == 8


def test_two_tables_never_have_one_title() -> None:
    taken: dict[str, int] = {}
    for _ in range(3):
        taken[unlike("m LP6", taken)] = 1
    assert list(taken) == ["m LP6", "m LP6 (2)", "m LP6 (3)"]


def test_a_block_without_values_is_refused(tmp_path: Path) -> None:
    from exportin.tables.problems import InputError

    outcome = run_study(study(tmp_path / "s", ["a,E1,1", "b,E2,2"]), pictures=False)
    bare = replace(outcome, blocks=(replace(outcome.blocks[0], rows=""),))
    with pytest.raises(InputError, match="No block of the study holds one value per row"):
        study_pzfx(bare)
