"""The packed study: every file listed, valid for the RO-Crate library, unpacked and run again."""

import io
import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import polars as pl
import pytest
from rocrate.rocrate import ROCrate

from exportin.report.document import build_report
from exportin.report.exports import FIGURE_ENDINGS, STUDY_ENDINGS, export_bytes, figure_names
from exportin.report.exports.crate import METADATA, PREVIEW, study_crate
from exportin.report.exports.plain_names import address_of, is_plain, name_of
from exportin.report.exports.rerun import rerun, unpack
from exportin.study.exclude import exclude_rows
from exportin.study.frames import get_frame, put_frame
from exportin.study.outcome import Outcome
from exportin.study.publish import publish
from exportin.study.run import joined_rows, run_study
from exportin.study.store import Store
from exportin.tables.origin import Source
from exportin.tables.packing import pack
from exportin.tables.problems import InputError

ODD = "raw data/plate 1 (µ) #2.csv"


Cli = Callable[..., Any]


@pytest.fixture(autouse=True)
def _own_rooms() -> None:
    """These are whole studies with the real assays, not the made-up one beside them."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("crate") / "study"
    (made / "raw data").mkdir(parents=True)
    rows = [f"{g},E{u},{10 * u + (g == 'b') * u * u}" for g in "ab" for u in range(1, 5)]
    text = "\n".join(["treatment,unit_id,value", *rows]) + "\n"
    (made / ODD).write_text(text, encoding="utf-8")
    (made / "private.txt").write_text("not of the study")
    (made / "study.toml").write_text(
        '[study]\nschema = 1\ntitle = "<b>A study</b> & more"\nseed = 7\n'
        f'[block.m]\nassay = "measurement"\nfiles = ["{ODD}"]\n'
        '[[block.m.compare]]\nquantity = "value"\nbetween = "treatment"\n'
    )
    row = joined_rows(made, "m").get_column("row_id")[0]
    exclude_rows(made, "m", (row,), reason="bubble")
    return made


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    return run_study(folder, pictures=False)


@pytest.fixture(scope="module")
def data(outcome: Outcome) -> bytes:
    return study_crate(outcome)


@pytest.fixture(scope="module")
def graph(data: bytes) -> dict[str, dict[str, Any]]:
    entities = json.loads(files_of(data)[METADATA])["@graph"]
    assert len({one["@id"] for one in entities}) == len(entities)
    return {one["@id"]: one for one in entities}


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_file_is_listed_and_every_listed_file_is_there(
    data: bytes, graph: dict[str, dict[str, Any]]
) -> None:
    files = files_of(data)
    listed = {unquote(name): one for name, one in graph.items() if one["@type"] == "File"}
    assert set(listed) == set(files) - {METADATA, PREVIEW}
    for name, one in listed.items():
        assert one["sha256"] == sha256(files[name]).hexdigest()
        assert one["contentSize"] == str(len(files[name]))
        assert "/" in one["encodingFormat"]
    parts = {part["@id"] for part in graph["./"]["hasPart"]}
    assert {unquote(part) for part in parts} == set(listed)


def test_it_holds_what_a_study_is_made_of_and_nothing_else(data: bytes, folder: Path) -> None:
    files = files_of(data)
    for name in ("study.toml", ODD, "exclusions.jsonl"):
        assert files[name] == (folder / name).read_bytes()
    assert {"README.md", "results/report.html", "results/run.json"} <= set(files)
    assert "private.txt" not in files
    assert not any(name.startswith(".exportin") for name in files)


def test_results_are_those_of_a_run(data: bytes, folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    done = run_study(copy)
    written = publish(done, {"report.html": build_report(done)})
    made = {f"results/{p.relative_to(written).as_posix()}": p.read_bytes()
            for p in written.rglob("*") if p.is_file()}  # fmt: skip
    assert {n: d for n, d in files_of(data).items() if n.startswith("results/")} == made


def test_the_crate_says_what_was_done_with_what(graph: dict[str, dict[str, Any]]) -> None:
    root = graph["./"]
    for key in ("name", "description", "datePublished", "license"):
        assert root[key]
    assert graph[METADATA]["about"] == {"@id": "./"}
    assert graph[METADATA]["conformsTo"]["@id"] == "https://w3id.org/ro/crate/1.1"
    assert root["conformsTo"][0]["@id"].startswith("https://w3id.org/ro/wfrun/process/")
    action = graph[root["mentions"][0]["@id"]]
    assert action["@type"] == "CreateAction"
    program = graph[action["instrument"]["@id"]]
    assert (program["@type"], program["name"]) == ("SoftwareApplication", "exportin")
    assert program["version"]
    inputs = {unquote(one["@id"]) for one in action["object"]}
    results = {unquote(one["@id"]) for one in action["result"]}
    assert {"study.toml", ODD, "exclusions.jsonl"} <= inputs
    assert results
    assert all(name.startswith("results/") for name in results)
    assert "No license stated" in graph[root["license"]["@id"]]["name"]
    assert "agent" not in action  # nobody is invented
    assert not any(one["@type"] in {"Person", "Organization"} for one in graph.values())


def test_everything_that_is_pointed_at_is_there(graph: dict[str, dict[str, Any]]) -> None:
    def refs(value: Any) -> set[str]:
        if isinstance(value, dict):
            return (
                {value["@id"]} if set(value) == {"@id"} else set().union(*map(refs, value.values()))
            )
        return set().union(*map(refs, value)) if isinstance(value, list) else set()

    outside = {name for one in graph.values() for name in refs(one)} - set(graph)
    assert outside == {"https://w3id.org/ro/crate/1.1"}


def test_the_library_of_ro_crate_reads_it(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "s.zip"
    path.write_bytes(data)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "out")
    crate = ROCrate(str(tmp_path / "out"))
    assert crate.name == "<b>A study</b> & more"
    files = {unquote(one.id) for one in crate.data_entities}
    assert files == set(files_of(data)) - {METADATA, PREVIEW}
    assert [one.type for one in crate.contextual_entities].count("CreateAction") == 1
    kept = crate.get(next(one.id for one in crate.data_entities if "plate" in one.id))
    assert kept["sha256"] == sha256(files_of(data)[ODD]).hexdigest()


def test_same_bytes_twice_and_in_another_process(
    outcome: Outcome, data: bytes, folder: Path, tmp_path: Path, shell: Cli
) -> None:
    assert study_crate(outcome) == data
    out = tmp_path / "x.zip"
    said = shell("export", folder, out, env={"PYTHONHASHSEED": "77", "TZ": "Pacific/Apia"})
    assert said.code == 0, said.text
    assert out.read_bytes() == data


def test_names_of_a_study_are_no_markup_in_the_preview(data: bytes) -> None:
    page = files_of(data)[PREVIEW].decode()
    assert "<b>A study" not in page
    assert "&lt;b&gt;A study" in page
    assert "<script" not in page


def test_a_rerun_finds_every_result_the_same(data: bytes, tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "s.zip"
    path.write_bytes(data)
    said = cli("rerun", path, tmp_path / "again")
    assert said.code == 0, said.text
    assert "results are the same, byte by byte" in said.text
    assert (tmp_path / "again" / "results" / "report.html").is_file()
    assert cli("verify", tmp_path / "again").code == 0
    assert "not empty" in cli("rerun", path, tmp_path / "again").text


def remade(data: bytes, **changes: bytes | None) -> bytes:
    """Change files and the list with them, as someone who means to deceive would."""
    files = files_of(data)
    said = json.loads(files[METADATA])
    for name, new in changes.items():
        if new is None:
            files.pop(name)
            said["@graph"] = [one for one in said["@graph"] if unquote(one["@id"]) != name]
            continue
        if name not in files:
            said["@graph"].append({"@id": quote(name), "@type": "File"})
        files[name] = new
    for one in said["@graph"]:
        if one["@type"] == "File":
            one["sha256"] = sha256(files[unquote(one["@id"])]).hexdigest()
    files[METADATA] = json.dumps(said).encode()
    return pack(files)


def test_results_that_were_changed_are_found_whatever_the_record_says(
    data: bytes, tmp_path: Path
) -> None:
    old = files_of(data)["results/estimates.csv"]
    new = old.replace(b",measurement,", b",cheated,", 1)
    page = b"<p>another report</p>"
    path = tmp_path / "s.zip"
    path.write_bytes(remade(data, **{"results/estimates.csv": new, "results/report.html": page,
                                     "results/more.csv": b"a\n"}))  # fmt: skip
    found = rerun(path, tmp_path / "again")
    different = dict(found.different)
    assert set(different) == {"estimates.csv", "report.html", "more.csv", "run.json"}
    assert "'cheated' recorded" in different["estimates.csv"]
    assert (tmp_path / "again" / "recorded" / "report.html").read_bytes() == page
    path.write_bytes(remade(data, **{"results/tests.csv": None}))
    different = dict(rerun(path, tmp_path / "less").different)
    assert different["tests.csv"] == "is made here, was not recorded"


def test_a_record_that_says_otherwise_is_found(data: bytes, tmp_path: Path) -> None:
    record = json.loads(files_of(data)["results/run.json"])
    record["exclusions"] = 0
    path = tmp_path / "s.zip"
    path.write_bytes(remade(data, **{"results/run.json": json.dumps(record).encode()}))
    found = rerun(path, tmp_path / "again")
    assert dict(found.different) == {"run.json": "says otherwise: exclusions"}


def forged_store(folder: Path, outcome: Outcome) -> dict[str, bytes]:
    """Return a store of the study in which every step vouches for numbers a thousand times off."""
    store = Store(folder / ".exportin")
    with closing(sqlite3.connect(store.root / "index.sqlite")) as base, base:
        for key, said in base.execute("SELECT key, outputs FROM steps").fetchall():
            out = json.loads(said)
            if "estimates" in out:
                frame = get_frame(store, out["estimates"]).with_columns(pl.col("value") * 1000)
                out["estimates"] = put_frame(store, frame)
                base.execute("UPDATE steps SET outputs=? WHERE key=?", (json.dumps(out), key))
        base.commit()
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert not run_study(folder, pictures=False).estimates().frame.equals(outcome.estimates().frame)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in store.root.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def test_a_cache_in_the_archive_is_refused(
    data: bytes, outcome: Outcome, folder: Path, tmp_path: Path, cli: Cli
) -> None:
    """Numbers that vouch for themselves would be found the same, byte by byte."""
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    run_study(copy, pictures=False)
    cache = forged_store(copy, outcome)
    forged = study_crate(run_study(copy, pictures=False))
    path = tmp_path / "s.zip"
    path.write_bytes(remade(forged, **cache))
    said = cli("rerun", path, tmp_path / "again")
    assert said.code == 2
    assert ".exportin/index.sqlite' is no file that this study reads" in said.text
    assert not (tmp_path / "again").exists()
    path.write_bytes(forged)  # without it, the numbers are made again and found wrong
    assert "estimates.csv" in dict(rerun(path, tmp_path / "other").different)


@pytest.mark.parametrize(
    "name",
    [".Exportin/x", ".exportin", ".export\u200cin/x", "EXPORT~1/x", "Results/x.csv",
     "recorded/run.json", "more.txt", "raw data/other.csv", ".git/config", "sitecustomize.py"],
)  # fmt: skip
def test_a_file_that_the_study_does_not_name_is_refused(
    data: bytes, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "s.zip"
    path.write_bytes(remade(data, **{name: b"x"}))
    with pytest.raises(InputError, match="no file that this study reads"):
        rerun(path, tmp_path / "again")
    assert not (tmp_path / "again").exists()


@pytest.mark.skipif(os.name == "nt", reason="there Results is results")
def test_raw_files_may_lie_in_folders_of_any_name(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    (copy / "exclusions.jsonl").unlink()
    text = (copy / "study.toml").read_text()
    names = ["recorded/estimates.csv", "Results/a.csv"]
    (copy / "study.toml").write_text(text.replace(f'["{ODD}"]', json.dumps(names)))
    for name in names:
        (copy / name).parent.mkdir()
    rows = (copy / ODD).read_text(encoding="utf-8").splitlines()
    (copy / names[0]).write_text("\n".join(rows[:5]) + "\n")
    (copy / names[1]).write_text("\n".join([rows[0], *rows[5:]]) + "\n")
    packed = study_crate(run_study(copy, pictures=False))
    path = tmp_path / "s.zip"
    path.write_bytes(packed)
    assert rerun(path, tmp_path / "again").different == ()
    path.write_bytes(remade(packed, **{"results/estimates.csv": b"id\n"}))
    assert dict(rerun(path, tmp_path / "other").different).keys() == {"estimates.csv", "run.json"}
    assert (tmp_path / "other" / names[0]).read_bytes() == (copy / names[0]).read_bytes()


def test_a_study_that_names_the_cache_as_its_raw_files_is_refused(
    data: bytes, tmp_path: Path
) -> None:
    files = files_of(data)
    plan = files["study.toml"].decode().replace(ODD, ".exportin/raw.csv").encode()
    path = tmp_path / "s.zip"
    path.write_bytes(remade(data, **{"study.toml": plan, ".exportin/raw.csv": files[ODD]}))
    with pytest.raises(InputError, match="no file that this study reads"):
        rerun(path, tmp_path / "again")


def test_a_result_that_was_changed_is_found(data: bytes, tmp_path: Path, cli: Cli) -> None:
    old = files_of(data)["results/estimates.csv"]
    row = old.decode().splitlines()[1]
    new = old.replace(row.encode(), row.replace(",measurement,", ",cheated,").encode(), 1)
    assert new != old
    record = json.loads(files_of(data)["results/run.json"])
    record["results"]["estimates.csv"] = sha256(new).hexdigest()
    forged = remade(data, **{"results/estimates.csv": new,
                             "results/run.json": json.dumps(record).encode()})  # fmt: skip
    path = tmp_path / "s.zip"
    path.write_bytes(forged)
    said = cli("rerun", path, tmp_path / "again")
    assert said.code == 2
    assert "estimates.csv" in said.text
    assert "'cheated' recorded" in said.text
    assert (tmp_path / "again" / "recorded" / "estimates.csv").read_bytes() == new
    found = cli("rerun", path, "--json").json()
    assert [one["name"] for one in found["different"]] == ["estimates.csv"]


def test_a_raw_value_that_was_changed_gives_other_results(data: bytes, tmp_path: Path) -> None:
    raw = files_of(data)[ODD].replace(b"b,E4,56", b"b,E4,99")
    path = tmp_path / "s.zip"
    path.write_bytes(remade(data, **{ODD: raw}))
    found = rerun(path, tmp_path / "again")
    assert "estimates.csv" in dict(found.different)


def test_other_last_digits_are_told_from_other_numbers(data: bytes, tmp_path: Path) -> None:
    record = json.loads(files_of(data)["results/run.json"])
    old = files_of(data)["results/estimates.csv"].decode()
    new = old.replace(",0.95,", ",0.95000000000000001,").encode()
    assert new.decode() != old
    record["results"]["estimates.csv"] = sha256(new).hexdigest()
    record["versions"]["numpy"] = "0.0"
    path = tmp_path / "s.zip"
    path.write_bytes(remade(data, **{"results/estimates.csv": new,
                                     "results/run.json": json.dumps(record).encode()}))  # fmt: skip
    found = rerun(path, tmp_path / "again")
    assert "the same numbers to nine digits" in dict(found.different)["estimates.csv"]
    assert [name for name, _, _ in found.versions] == ["numpy"]


def refused(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        unpack(Source(name="s.zip", data=data))
    return str(caught.value)


def test_a_file_that_is_not_as_listed_is_refused(data: bytes) -> None:
    files = files_of(data)
    assert "its digest differs" in refused(pack({**files, ODD: b"x"}))
    assert "not in its list" in refused(pack({**files, "more.txt": b"x"}))
    assert "not in the archive" in refused(pack({n: d for n, d in files.items() if n != ODD}))
    assert "no study that exportin packed" in refused(pack({"a.txt": b"1"}))
    assert "damaged" in refused(data[: len(data) // 2])
    assert "damaged" in refused(b"")
    assert "cannot be read" in refused(pack({**files, METADATA: b"[" * 100_000}))


UNSAFE = ["../x", "a/../../x", "/etc/x", "..\\x", "C:x", "a//b", "./a", "con.csv", "a\x01b",
          "n" * 300, "a/b.", "a ", "a\nb"]  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE)
def test_names_that_mean_something_else_are_refused(data: bytes, name: str) -> None:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        odd = zipfile.ZipInfo("placeholder")
        odd.filename = name
        archive.writestr(odd, b"x")
    assert "unsafe name" in refused(out.getvalue())
    assert not is_plain(name)


def test_links_and_twins_are_refused(data: bytes) -> None:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, b"/etc/passwd")
    assert "is a link" in refused(out.getvalue())
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("STUDY.TOML", b"x")
    assert "unsafe name" in refused(out.getvalue())


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = pack({"a.txt": b"0" * 50_000_000})

    def opened(*args: object, **options: object) -> None:
        raise AssertionError("a part of the archive was opened")

    monkeypatch.setattr(zipfile.ZipFile, "read", opened)
    assert "unpacks to" in refused(bomb)


def test_a_refused_archive_writes_nothing(data: bytes, tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "s.zip"
    path.write_bytes(pack({**files_of(data), "study.toml": b"x"}))
    said = cli("rerun", path, tmp_path / "again")
    assert said.code == 2
    assert "study.toml" in said.text
    assert not (tmp_path / "again").exists()
    assert cli("rerun", tmp_path / "none.zip").code == 2


def test_a_raw_file_that_changed_meanwhile_is_not_packed(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    found = run_study(copy, pictures=False)
    (copy / ODD).write_text("treatment,unit_id,value\na,E1,1\n")
    with pytest.raises(InputError, match="not the one that the numbers were computed from"):
        study_crate(found)


@pytest.mark.skipif(os.name == "nt", reason="such names cannot be made there")
def test_a_name_that_not_everyone_can_unpack_is_not_packed(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    (copy / ODD).rename(copy / "12:30.csv")
    text = (copy / "study.toml").read_text()
    (copy / "study.toml").write_text(text.replace(ODD, "12:30.csv"))
    (copy / "exclusions.jsonl").unlink()
    with pytest.raises(InputError, match="not every system can hold"):
        study_crate(run_study(copy, pictures=False))


@pytest.mark.parametrize("ending", sorted(STUDY_ENDINGS))
def test_every_ending_of_a_study(outcome: Outcome, ending: str) -> None:
    made = export_bytes(outcome, ending)
    assert made[:2] == {".csv": b"id", ".pzfx": b"<?"}.get(ending, b"PK")
    assert export_bytes(outcome, ending.upper()) == made


@pytest.mark.parametrize("ending", sorted(FIGURE_ENDINGS))
def test_every_ending_of_a_figure(outcome: Outcome, ending: str) -> None:
    (name, *_) = figure_names(outcome)
    single = export_bytes(outcome, ending, name, "single")
    assert single == export_bytes(outcome, ending, name.partition("/")[2], "single")
    wide = export_bytes(outcome, ending, name, "double")
    assert (single != wide) == (ending not in {".csv", ".pptx"})


def test_wishes_that_cannot_be_met_name_what_can(outcome: Outcome) -> None:
    def said(*wish: Any) -> str:
        with pytest.raises(InputError) as caught:
            export_bytes(outcome, *wish)
        return str(caught.value)

    (name, *_) = figure_names(outcome)
    assert all(ending in said(".doc") for ending in STUDY_ENDINGS)
    assert all(ending in said(".doc", name) for ending in FIGURE_ENDINGS)
    assert "--figure BLOCK/NAME" in said(".svg")
    assert f"Did you mean '{name}'?" in said(".svg", name[:-1])
    assert "single (85 mm)" in said(".svg", name, "wide")
    assert "width of one figure" in said(".xlsx", None, "single")


def test_the_command_writes_what_the_function_gives(
    outcome: Outcome, folder: Path, tmp_path: Path, cli: Cli
) -> None:
    (name, *_) = figure_names(outcome)
    for ending in (".xlsx", ".csv", ".pzfx", ".pptx"):
        said = cli("export", folder, tmp_path / f"a{ending}")
        assert said.code == 0, said.text
        assert (tmp_path / f"a{ending}").read_bytes() == export_bytes(outcome, ending)
    said = cli("export", folder, tmp_path / "a.tiff", "--figure", name, "--column", "single")
    assert said.code == 0, said.text
    made = (tmp_path / "a.tiff").read_bytes()
    assert made == export_bytes(outcome, ".tiff", name, "single")
    assert cli("export", folder, tmp_path / "a.doc").code == 2


@pytest.mark.parametrize(("module", "ending"), [("xlsxwriter", ".xlsx"), ("pptx", ".pptx")])
def test_what_is_not_installed_is_named(
    outcome: Outcome, monkeypatch: pytest.MonkeyPatch, module: str, ending: str
) -> None:
    import sys

    for name in [n for n in sys.modules if n == module or n.startswith(f"{module}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=r"pip install 'exportin\[office\]'"):
        export_bytes(outcome, ending)


@pytest.mark.parametrize("name", [ODD, "a%20b", "100 %", "日本/ü.csv", "a&b=c?d#e", "~x-._"])
def test_addresses_are_those_of_the_standard_library(name: str) -> None:
    assert address_of(name) == quote(name)
    assert name_of(address_of(name)) == name
    assert name_of(name) == unquote(name)
