"""Files dropped into a study: the right block, safe names, all or nothing."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exportin.study.edit.intake import Added, add_files
from exportin.study.edit.journal import history, redo, undo
from exportin.study.load import load_study
from exportin.study.run import check_study
from exportin.tables.problems import InputError

EXPORTS = "ecosystem/instrument_files"
HEAD = "," + ",".join(map(str, range(1, 13)))
LAYOUT = b"well,role,treatment,dose,dose_unit\nA01,vehicle,,,\nA02,treated,drug,5,nM\n"
CALIPERS = b"animal,arm,day,volume\n1,a,0,100\n1,a,7,200\n2,b,0,100\n2,b,7,150\n"


def plate(start: int = 1000) -> bytes:
    rows = [f"{letter}," + ",".join(str(start + i * 13 + at) for i in range(12))
            for at, letter in enumerate("ABCDEFGH")]  # fmt: skip
    return "\n".join([HEAD, *rows, ""]).encode()


def raw(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "study.toml").read_text("utf-8"))


def files(folder: Path) -> set[str]:
    ours = ("edits.jsonl", "study.schema.json")
    names = (p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return {name for name in names if not name.startswith(".exportin") and name not in ours}


def codes(caught: Any) -> set[str]:
    return {problem.code for problem in caught.value.problems}


def names(added: tuple[Added, ...]) -> list[str]:
    return [one.stored for one in added]


def test_as_the_command_line_starts_it(tmp_path: Path, cli: Callable[..., Any]) -> None:
    """The same files by both ways give the same study, to the byte."""
    one, two = tmp_path / "one" / "study", tmp_path / "two" / "study"
    for name in ("P1.csv", "P2.csv"):
        (tmp_path / name).write_bytes(plate(1000 if name == "P1.csv" else 1500))
    assert cli("new", one, "--from", tmp_path / "P1.csv", tmp_path / "P2.csv").code == 0
    added = add_files(two, {"P1.csv": plate(1000), "P2.csv": plate(1500)})
    assert files(one) == files(two)
    for name in files(one):
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    assert names(added) == ["raw/P1.csv", "raw/P2.csv"]
    assert {(a.reader, a.kind, a.assay, a.block) for a in added} == {
        ("plate_grid", "wells", "viability", "viability")
    }
    assert all(one.said and one.title for one in added)


def test_undo_and_redo_of_a_whole_study(tmp_path: Path) -> None:
    add_files(tmp_path, {"P1.csv": plate()})
    before = files(tmp_path)
    undo(tmp_path)
    assert files(tmp_path) == set()
    redo(tmp_path)
    assert files(tmp_path) == before


def test_more_plates_join_their_block(tmp_path: Path) -> None:
    add_files(tmp_path, {"P1.csv": plate()})
    text = (tmp_path / "study.toml").read_text("utf-8")
    text = text.replace('["raw/P1.csv"]', '[\n  "raw/P1.csv", # the first\n]')
    (tmp_path / "study.toml").write_text(text, "utf-8")
    (tmp_path / "design.csv").write_text("sample_id,file,unit_id,model\nP1,,E1,LP6\n")
    (one,) = add_files(tmp_path, {"P2.csv": plate(1500)})
    assert (one.stored, one.block) == ("raw/P2.csv", "viability")
    assert not any("layout.csv needs" in said for said in one.said)
    after = (tmp_path / "study.toml").read_text("utf-8")
    assert after == text.replace('"raw/P1.csv",', '"raw/P1.csv", "raw/P2.csv"')
    assert (tmp_path / "design.csv").read_text() == (
        "sample_id,file,unit_id,model\nP1,,E1,LP6\nP2,raw/P2.csv,,\n"
    )
    undo(tmp_path)
    assert (tmp_path / "study.toml").read_text("utf-8") == text
    assert not (tmp_path / "raw" / "P2.csv").exists()


def test_pattern_that_means_the_file_already(tmp_path: Path) -> None:
    add_files(tmp_path, {"P1.csv": plate()})
    (tmp_path / "plates").mkdir()
    (tmp_path / "raw" / "P1.csv").rename(tmp_path / "plates" / "P1.csv")
    text = (tmp_path / "study.toml").read_text("utf-8").replace("raw/P1.csv", "plates/*.csv")
    (tmp_path / "study.toml").write_bytes(text.replace("\n", "\r\n").encode())
    before = (tmp_path / "study.toml").read_bytes()
    assert names(add_files(tmp_path, {"P2.csv": plate(1500)})) == ["plates/P2.csv"]
    assert (tmp_path / "study.toml").read_bytes() == before


def test_same_name_and_same_bytes(tmp_path: Path) -> None:
    add_files(tmp_path, {"P1.csv": plate()})
    before = files(tmp_path), len(history(tmp_path).entries)
    for name in ("P1.csv", "other name.csv", "x/P1.CSV"):
        (one,) = add_files(tmp_path, {name: plate()})
        assert one.stored == "raw/P1.csv"
        assert "nothing was added" in one.said[0]
    assert (files(tmp_path), len(history(tmp_path).entries)) == before
    (one,) = add_files(tmp_path, {"p1.CSV": plate(2000)})
    assert one.stored == "raw/p1_2.CSV"
    assert any("raw/p1_2.CSV" in said for said in one.said)
    assert [row["sample_id"] for row in rows_of(tmp_path)] == ["P1", "p1_2"]


def rows_of(folder: Path) -> list[dict[str, str]]:
    from exportin.study.edit.design_table import design_table

    return design_table(folder).rows


def test_twins_in_one_upload(tmp_path: Path) -> None:
    given = {"a/P.csv": plate(1), "b/P.csv": plate(2), "c\\P.csv": plate(1)}
    added = add_files(tmp_path, given)
    assert names(added) == ["raw/P.csv", "raw/P_2.csv", "raw/P.csv"]
    assert [one.name for one in added] == list(given)
    assert raw(tmp_path)["block"]["viability"]["files"] == ["raw/P.csv", "raw/P_2.csv"]


@pytest.mark.parametrize(
    "name", ["../../x.csv", "/etc/x.csv", "..\\x.csv", "C:\\x.csv", "raw/../../x.csv", ".x.csv",
             "\u202ex.csv", "x.csv\x00.png", "study.toml", "con.csv"],
)  # fmt: skip
def test_names_are_never_paths(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "study"
    for start in ({}, {"first.csv": plate(5)}):
        if start:
            add_files(folder, start)
        (one,) = add_files(folder, {name: plate()})
        assert one.stored.startswith("raw/")
        assert "/" not in one.stored.removeprefix("raw/")
        assert (folder / one.stored).read_bytes() == plate()
        assert list(tmp_path.iterdir()) == [folder]
        load_study(folder)


def test_link_that_leads_out(tmp_path: Path) -> None:
    folder, outside = tmp_path / "study", tmp_path / "outside"
    outside.mkdir()
    folder.mkdir()
    (folder / "raw").symlink_to(outside, target_is_directory=True)
    with pytest.raises(InputError) as caught:
        add_files(folder, {"P1.csv": plate()})
    assert codes(caught) == {"outside"}
    assert list(outside.iterdir()) == []
    assert files(folder) == set()


def test_layout_and_design_are_known(tmp_path: Path) -> None:
    design = b"sample_id,file,unit_id,model\nP1,raw/P1.csv,E1,LP6\n"
    added = add_files(tmp_path, {"P1.csv": plate(), "map.csv": LAYOUT, "Design (1).csv": design})
    assert names(added) == ["raw/P1.csv", "map.csv", "Design_1.csv"]
    assert [one.kind for one in added][1:] == ["layout", "plates"]
    said = raw(tmp_path)
    assert said["block"]["viability"]["layout"] == "map.csv"
    assert said["study"]["design"] == "Design_1.csv"
    assert files(tmp_path) == {"raw/P1.csv", "map.csv", "Design_1.csv", "study.toml"}
    (one,) = add_files(tmp_path, {"map.csv": LAYOUT.replace(b"5,nM", b"7,nM")})
    assert one.stored == "map_2.csv"
    assert raw(tmp_path)["block"]["viability"]["layout"] == "map_2.csv"
    assert any("no longer map.csv" in said for said in one.said)
    (one,) = add_files(tmp_path, {"design.csv": design.replace(b"E1", b"E2")})
    assert raw(tmp_path)["study"]["design"] == "design.csv"
    undo(tmp_path)
    assert raw(tmp_path)["study"]["design"] == "Design_1.csv"


@pytest.mark.parametrize("name", ["value", "luminescence", "RLU", "my signal"])
def test_readings_with_a_layout_of_their_own_are_readings(tmp_path: Path, name: str) -> None:
    lines = [f"well,role,treatment,dose,dose_unit,{name}"]
    lines += [f"A{n:02d},treated,d,{n},nM,{900 + n}.5" for n in range(1, 9)]
    (one,) = add_files(tmp_path, {"all.csv": "\n".join(lines).encode()})
    assert (one.stored, one.assay) == ("raw/all.csv", "viability")


def test_table_called_as_one_of_ours(tmp_path: Path) -> None:
    added = add_files(tmp_path, {"P1.csv": plate(), "study.toml": LAYOUT})
    assert names(added)[1] == "table_study.toml"
    assert raw(tmp_path)["block"]["viability"]["layout"] == "table_study.toml"


def test_another_assay_gets_a_block_of_its_own(tmp_path: Path) -> None:
    add_files(tmp_path, {"P1.csv": plate()})
    text = (tmp_path / "study.toml").read_text("utf-8").replace("raw/P1.csv", "raw/*.csv")
    (tmp_path / "study.toml").write_text(text, "utf-8")
    (one,) = add_files(tmp_path, {"calipers.csv": CALIPERS})
    assert (one.assay, one.block) == ("tumor_growth", "tumor_growth")
    assert one.stored == "raw/tumor_growth/calipers.csv"  # where raw/*.csv does not look
    after = (tmp_path / "study.toml").read_text("utf-8")
    assert after.startswith(text)
    assert raw(tmp_path)["block"]["tumor_growth"]["files"] == [one.stored]


def test_names_that_agree_in_one_upload(tmp_path: Path) -> None:
    """Files of one name and several kinds, beside files that are there: each keeps its bytes."""
    add_files(tmp_path, {"old.csv": plate(5)})
    text = (tmp_path / "study.toml").read_text("utf-8").replace("raw/old.csv", "raw/*.csv")
    (tmp_path / "study.toml").write_text(text, "utf-8")
    given = {"1/a.csv": plate(), "2/a.csv": CALIPERS, "3/a.csv": plate(5), "4/a.csv": LAYOUT}
    added = add_files(tmp_path, given)
    assert [one.name for one in added] == list(given)
    assert names(added) == ["raw/a.csv", "raw/tumor_growth/a_2.csv", "raw/old.csv", "a.csv"]
    for one in added:
        assert (tmp_path / one.stored).read_bytes() == given[one.name]
    said = raw(tmp_path)["block"]
    assert said["tumor_growth"]["files"] == ["raw/tumor_growth/a_2.csv"]
    assert said["viability"]["files"] == ["raw/*.csv"]
    assert said["viability"]["layout"] == "a.csv"


def test_names_that_agree_in_a_new_study(tmp_path: Path) -> None:
    given = {"1/a.csv": plate(), "2/a.csv": CALIPERS, "4/a.csv": LAYOUT}
    added = add_files(tmp_path, given)
    assert names(added) == ["raw/a.csv", "raw/a_2.csv", "a_3.csv"]
    for one in added:
        assert (tmp_path / one.stored).read_bytes() == given[one.name]


def test_cycles_and_counts_are_not_mixed(realdata: Path, tmp_path: Path) -> None:
    """Two instruments whose numbers are not of one kind never share a block."""
    cycles = f"{EXPORTS}/appbio_quantstudio/appbio_quantstudio_example01.txt"
    more = f"{EXPORTS}/appbio_quantstudio/appbio_quantstudio_example04.txt"
    counts = "bench/instrument/Beckman_Vi-Cell-BLU_example01.csv"
    add_files(tmp_path, {"P1.csv": plate()})
    given = {Path(name).name: (realdata / name).read_bytes() for name in (cycles, counts)}
    assert [one.block for one in add_files(tmp_path, given)] == ["measurement", "measurement_2"]
    (one,) = add_files(tmp_path, {"more.txt": (realdata / more).read_bytes()})
    assert one.block == "measurement"
    said = raw(tmp_path)["block"]
    assert len(said["measurement"]["files"]) == 2
    assert said["measurement_2"]["assay"] == "measurement"


def test_two_blocks_could_take_it(tmp_path: Path) -> None:
    add_files(tmp_path, {"P1.csv": plate()})
    with (tmp_path / "study.toml").open("a") as out:
        out.write('\n[block.second]\nassay = "viability"\nfiles = ["second/*.csv"]\n')
    with pytest.raises(InputError) as caught:
        add_files(tmp_path, {"P2.csv": plate(2)})
    assert codes(caught) == {"which-block"}
    assert names(add_files(tmp_path, {"P2.csv": plate(2)}, block="second")) == ["second/P2.csv"]
    for block, code in (("third", "unknown-block"), ("second", "wrong-block")):
        with pytest.raises(InputError) as caught:
            add_files(tmp_path, {"c.csv": CALIPERS}, block=block)
        assert codes(caught) == {code}


@pytest.mark.parametrize("start", [False, True])
def test_all_or_nothing(tmp_path: Path, *, start: bool) -> None:
    folder = tmp_path / "study"
    if start:
        add_files(folder, {"P0.csv": plate(5)})
    before = files(folder) if start else set()
    bad = {"P1.csv": plate(), "a.png": b"\x89PNG\r\n\x1a\n", "b.csv": b"", "notes.txt": b"hello"}
    with pytest.raises(InputError) as caught:
        add_files(folder, bad)
    assert {problem.file for problem in caught.value.problems} == {"a.png", "b.csv", "notes.txt"}
    assert files(folder) == before
    for given in ({}, {"layout.csv": b"well,role\nA01,nonsense\n"}):
        with pytest.raises(InputError):
            add_files(folder, given)
    assert files(folder) == before


def test_study_file_with_faults(tmp_path: Path) -> None:
    add_files(tmp_path, {"P1.csv": plate()})
    text = (tmp_path / "study.toml").read_text("utf-8")
    (tmp_path / "study.toml").write_text(text + 'nonsense = "still TOML"\n', "utf-8")
    add_files(tmp_path, {"P2.csv": plate(7)})
    (tmp_path / "study.toml").write_text(text + "no toml\n", "utf-8")
    with pytest.raises(InputError) as caught:
        add_files(tmp_path, {"P3.csv": plate(8)})
    assert codes(caught) == {"toml"}
    block = 'block = { viability = { assay = "viability", files = ["x"] } }'
    inline = f'study = {{ schema = 1, title = "x" }}\n{block}\n'
    (tmp_path / "study.toml").write_text(inline, "utf-8")
    with pytest.raises(InputError) as caught:
        add_files(tmp_path, {"P3.csv": plate(8)})
    assert codes(caught) == {"cannot-edit"}
    assert not (tmp_path / "raw" / "P3.csv").exists()


def test_real_files_of_many_instruments(realdata: Path, tmp_path: Path) -> None:
    """One study of what the instruments of a lab write, added one after the other."""
    wanted = [
        f"{EXPORTS}/bmg_mars/16-02-29 14-34-46 Transcreener ADP2 FI.csv",
        f"{EXPORTS}/appbio_quantstudio/appbio_quantstudio_example01.txt",
        f"{EXPORTS}/qiacuity_dpcr/qiacuity_dpcr_example03.csv",
        "bench/instrument/Beckman_Vi-Cell-BLU_example01.csv",
    ]
    blocks = {}
    for name in wanted:
        data = (realdata / name).read_bytes()
        (one,) = add_files(tmp_path, {Path(name).name: data})
        assert (tmp_path / one.stored).read_bytes() == data
        blocks[one.reader] = one.block
        assert one.assay in {"viability", "measurement"}
    assert list(blocks) == ["bmg_mars", "quantstudio", "qiacuity", "vi_cell"]
    assert set(raw(tmp_path)["block"]) == {
        "viability", "measurement", "measurement_2", "measurement_3",
    }  # fmt: skip
    load_study(tmp_path)
    samples = {row["sample_id"] for row in rows_of(tmp_path)}
    assert len(samples) > 20
    assert {p.code for p in check_study(tmp_path)} & {"no-design-row", "no-file"} == set()
    while history(tmp_path).can_undo:
        undo(tmp_path)
    assert files(tmp_path) == set()


def test_real_template_beside_its_plate(realdata: Path, tmp_path: Path) -> None:
    templates = sorted(realdata.rglob("Template_7daytreated.xlsx"))
    if not templates:
        pytest.skip("no template among the real files")
    added = add_files(tmp_path, {"P.csv": plate(), "T.xlsx": templates[0].read_bytes()})
    assert names(added) == ["raw/P.csv", "T.xlsx"]
    assert raw(tmp_path)["block"]["viability"]["layout"] == "T.xlsx"
