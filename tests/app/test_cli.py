"""Every command: exit codes, JSON, and a sentence instead of a traceback."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from exportin.study.discover import load_assay
from exportin.study.model import Block

Cli = Callable[..., Any]
WELL = "plates/SIM-LPS-1-E1.csv:B05"
ESCAPE = "\x1b[31m"
NOBODY = 65534


def first_id(study: Path) -> str:
    return str(pl.read_csv(study / "results" / "estimates.csv").item(0, "id"))


# ---- what each command does


def test_new_then_check(tmp_path: Path, cli: Cli) -> None:
    said = cli("new", tmp_path / "s", "--assay", "viability")
    assert said.code == 0
    assert "study.toml" in said.out
    assert json.loads((tmp_path / "s" / "study.schema.json").read_text())["title"]
    said = cli("check", tmp_path / "s")
    assert said.code == 2
    assert "no file fits 'viability/*.csv'" in said.text


def test_check_says_when_all_is_well(study: Path, cli: Cli) -> None:
    said = cli("check", study)
    assert (said.code, said.out.strip()) == (0, "Nothing to mend.")
    assert cli("check", study, "--json").json() == {"problems": []}


def test_run_says_where_the_results_are(study: Path, cli: Cli) -> None:
    said = cli("run", study, "--workers", 1)
    assert said.code == 0
    assert "0 step(s) computed" in said.out
    found = cli("run", study, "--workers", 1, "--json").json()
    assert found == {"results": str(study / "results"), "computed": []}
    assert (study / "results" / "report.html").read_text().lower().startswith("<!doctype html>")


def test_show(study: Path, cli: Cli) -> None:
    said = cli("show", study)
    assert said.code == 0
    assert "selinexor" in said.out
    found = cli("show", study, "viability", "--json").json()
    frame = pl.read_csv(study / "results" / "estimates.csv")
    rows = found["viability"]["estimates"]
    assert [row["id"] for row in rows] == frame.get_column("id").to_list()
    assert [row["value"] for row in rows] == frame.get_column("value").to_list()
    assert cli("show", study, "--r").code == 0


def test_exclude_and_undo(study: Path, cli: Cli) -> None:
    said = cli("exclude", study, "viability", WELL, "--reason", "bubble")
    assert (said.code, said.out) == (0, "line 1 of exclusions.jsonl: 1 row(s) excluded.\n")
    assert cli("exclude", study, "viability", WELL, "--reason", "again").code == 2
    assert cli("exclude", study, "viability", WELL, "--undo").code == 0
    assert cli("exclude", study, "viability", WELL, "--undo").code == 2
    assert len((study / "exclusions.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("row", ["plates/SIM-LPS-1-E1.csv:b5", "SIM-LPS-1-E1.csv:B05"])
def test_exclude_takes_a_well_as_people_write_it(study: Path, cli: Cli, row: str) -> None:
    assert cli("exclude", study, "viability", row, "--reason", "x").code == 0
    assert WELL in (study / "exclusions.jsonl").read_text()


def test_why_leads_back_to_wells_and_files(study: Path, cli: Cli) -> None:
    number = first_id(study)
    found = cli("why", study, number, "--json").json()
    assert found["result"]["id"] == number
    assert found["rows"]
    assert set(found["files"]) == {row["file"] for row in found["rows"]}
    assert all(len(digest) == 64 for digest in found["files"].values())
    said = cli("why", study, number)
    assert said.code == 0
    assert "settings:" in said.out
    assert number in said.out


def test_why_prints_lines_a_person_can_read(study: Path, cli: Cli) -> None:
    cli("exclude", study, "viability", WELL, "--reason", "bubble")
    frame = pl.read_csv(study / "results" / "estimates.csv")
    pooled = frame.filter(
        pl.col("unit_id").is_null()
        & (pl.col("quantity") == "ec50")
        & (pl.col("treatment") == "selinexor")
    )
    said = cli("why", study, pooled.item(0, "id"))
    assert said.code == 0
    assert "numbers of single units behind it (3):" in said.out
    assert f"  {WELL}  treated  selinexor  " in said.out
    assert "left out: bubble (excluded, " in said.out
    lines = said.out.splitlines()
    rows = lines[next(i for i, line in enumerate(lines) if line.startswith("raw rows (")) :]
    assert len(rows) == 1 + 1 + 40 + 1
    assert rows[-1].endswith("more (--json for all)")
    units = set(frame.filter(pl.col("unit_id").is_not_null()).get_column("id"))
    assert sum(line.split()[0] in units for line in lines if line.startswith("  e_")) == 3


def test_show_says_that_results_are_old(study: Path, cli: Cli) -> None:
    assert "is older than" not in cli("show", study).out
    cli("exclude", study, "viability", WELL, "--reason", "bubble")
    old = f"results/ is older than the ledger: run exportin run {study}"
    assert cli("show", study).out.splitlines()[-1] == old
    assert cli("show", study, "--json").json()
    assert cli("run", study, "--workers", 1).code == 0
    assert "is older than" not in cli("show", study).out


def test_check_finds_every_fault_of_the_questions(study: Path, cli: Cli) -> None:
    head = '\n[[block.viability.compare]]\nquantity = "{}"\nbetween = "treatment"\n'
    path = study / "study.toml"
    before = path.read_text()
    asked = head.format("ec50") + 'adjust = "dunnett"\n'
    asked += head.format("ec50") + "trend = true\n"
    asked += head.format("ec50") + 'modifier = "model"\nversus = "selinexor"\n'
    path.write_text(before + asked)
    for command in ("check", "run"):
        said = cli(command, study).text
        for words in ("versus is missing", "a trend needs an order", "fewer than two levels"):
            assert words in said, said
        assert "study.toml: line " in said
    asked = head.format("IC50") + head.format("ec50") + 'test = "dunnett"\n'
    path.write_text(before + asked)
    said = cli("check", study).text
    assert "Did you mean 'ic50_absolute'?" in said
    assert 'Write adjust = "dunnett"' in said


@pytest.mark.parametrize("assay", ["viability", "measurement"])
def test_new_names_every_key(assay: str, tmp_path: Path, cli: Cli) -> None:
    assert cli("new", tmp_path / "s", "--assay", assay).code == 0
    text = (tmp_path / "s" / "study.toml").read_text()
    options = re.sub(r"^# (?=\w+ = |\[\[)", "", text, flags=re.MULTILINE)
    block = tomllib.loads(options)["block"][assay]
    model = load_assay(assay).settings
    unwritten = {"conf_level", "settings"}
    assert set(block) == (set(model.model_fields) | set(Block.model_fields)) - unwritten
    own = {key: block[key] for key in model.model_fields}
    model.model_validate(own)
    Block.model_validate({key: block[key] for key in block if key not in own})
    assert len(block["compare"]) == (6 if assay == "viability" else 5)


def test_verify_finds_what_changed(study: Path, cli: Cli) -> None:
    assert cli("verify", study).code == 0
    assert cli("verify", study, "--json").json() == {"problems": []}
    raw = study / "plates" / "SIM-LPS-1-E1.csv"
    raw.write_bytes(raw.read_bytes() + b"\n")
    (study / "results" / "tests.csv").unlink()
    with (study / "results" / "estimates.csv").open("a") as file:
        file.write("\n")
    cli("exclude", study, "viability", WELL, "--reason", "bubble")
    said = cli("verify", study, "--json")
    assert said.code == 2
    found = {(p["file"], p["message"]) for p in said.json()["problems"]}
    assert found == {
        ("plates/SIM-LPS-1-E1.csv", "this raw file is not the one of the last run."),
        ("results/estimates.csv", "this result is not the one of the last run."),
        ("results/tests.csv", "this result is gone."),
        ("exclusions.jsonl", "exclusions changed since the last run."),
    }


def test_verify_finds_a_ledger_cut_short(study: Path, cli: Cli) -> None:
    """A chain does not show that its last line is gone; the record of the run does."""
    cli("exclude", study, "viability", WELL, "--reason", "bubble")
    assert cli("run", study, "--workers", 1).code == 0
    assert cli("verify", study).code == 0
    (study / "exclusions.jsonl").write_text("")
    assert cli("verify", study).code == 2


def test_verify_before_any_run(tmp_path: Path, cli: Cli) -> None:
    cli("new", tmp_path / "s", "--assay", "viability")
    assert "Run the study first" in cli("verify", tmp_path / "s").text
    assert cli("verify", tmp_path / "s").code == 2


def test_simulate_is_repeatable(tmp_path: Path, cli: Cli, snapshot: Any) -> None:
    for name in ("a", "b"):
        said = cli("simulate", "viability", tmp_path / name, "--scenario", "n3", "--seed", 5)
        assert said.code == 0
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")
    cli("simulate", "viability", tmp_path / "c", "--scenario", "n3", "--seed", 6)
    assert snapshot(tmp_path / "a") != snapshot(tmp_path / "c")


def test_schema(cli: Cli) -> None:
    assert cli("schema").json()["title"] == "exportin study file"


# ---- nonsense


NONSENSE: list[tuple[str, ...]] = [
    ("check", "{missing}"),
    ("run", "{missing}"),
    ("show", "{missing}"),
    ("exclude", "{missing}", "v", "r", "--reason", "x"),
    ("why", "{missing}", "e_1"),
    ("verify", "{missing}"),
    ("check", "{file}"),
    ("run", "{file}"),
    ("show", "{file}"),
    ("why", "{file}", "e_1"),
    ("verify", "{file}"),
    ("new", "{file}", "--assay", "viability"),
    ("simulate", "viability", "{file}"),
    ("new", "{empty}", "--assay", "viabilty"),
    ("new", "{empty}"),
    ("simulate", "viabilty", "{empty}"),
    ("simulate", "viability", "{empty}", "--scenario", "n7"),
    ("simulate", "viability", "{empty}", "--seed", "-1"),
    ("simulate", "viability", "{study}"),
    ("new", "{study}", "--assay", "viability"),
    ("run", "{study}", "--workers", "many"),
    ("show", "{study}", "viabilty"),
    ("exclude", "{study}", "viabilty", WELL, "--reason", "x"),
    ("exclude", "{study}", "viability", "plates/SIM-LPS-1-E1.csv:Z99", "--reason", "x"),
    ("exclude", "{study}", "viability", WELL),
    ("exclude", "{study}", "viability", WELL, "--reason", "  "),
    ("exclude", "{study}", "viability", WELL, "--undo"),
    ("exclude", "{study}", "viability"),
    ("why", "{study}", "e_000000000000"),
    ("why", "{study}"),
    ("nonsense",),
    ("run", "{study}", "--nonsense"),
    ("check", "\x00"),
    ("check", "x" * 5000),
]


@pytest.mark.parametrize("words", NONSENSE, ids=lambda words: " ".join(words)[:50])
def test_nonsense_ends_with_code_2_and_a_sentence(
    words: tuple[str, ...], ran: Path, tmp_path: Path, cli: Cli
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    places = {name: str(tmp_path / name) for name in ("missing", "file", "empty")}
    said = cli(*(word.format(study=ran, **places) for word in words))
    assert said.code == 2, said.text
    assert said.text.strip()
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize("command", ["check", "run", "show", "why", "verify"])
def test_problems_as_json(command: str, tmp_path: Path, cli: Cli) -> None:
    words = ("e_1",) if command == "why" else ()
    said = cli(command, tmp_path, *words, "--json")
    assert said.code == 2
    assert said.json()["problems"][0]["message"]


def test_nearest_word_is_offered(ran: Path, cli: Cli, tmp_path: Path) -> None:
    assert "Did you mean 'viability'?" in cli("show", ran, "viabilty").text
    assert "Did you mean 'viability'?" in cli("simulate", "viabilty", tmp_path / "x").text
    wrong = WELL.replace("B05", "Z05")
    assert "Did you mean" in cli("exclude", ran, "viability", wrong, "--reason", "x").text


@pytest.fixture
def locked_out(cli: Cli) -> Iterator[Path]:
    """A study in a folder where we may read and not write; root becomes nobody for a while."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "study"
        cli("simulate", "viability", folder, "--scenario", "n3")
        Path(place).chmod(0o755)
        folder.chmod(0o555)
        root = os.getuid() == 0
        if root:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)


@pytest.mark.parametrize("command", ["run", "check", "show", "new", "exclude"])
def test_folder_without_rights(command: str, ran: Path, locked_out: Path, cli: Cli) -> None:
    del ran  # everything is imported by now; nobody may not even read the package
    words: dict[str, tuple[object, ...]] = {
        "run": ("--workers", 1),
        "exclude": ("viability", WELL, "--reason", "x"),
        "new": ("--assay", "viability"),
    }
    folder = locked_out / "x" if command == "new" else locked_out
    said = cli(command, folder, *words.get(command, ()))
    assert said.code == 2, said.text
    assert "ermission denied" in said.text


# ---- names of strangers


def test_control_characters_never_reach_the_terminal(tmp_path: Path, cli: Cli, ran: Path) -> None:
    evil = tmp_path / f"a{ESCAPE}b"
    said = cli("simulate", "viability", evil, "--scenario", "n3")
    assert said.code == 0
    said_too = [
        said,
        cli("new", tmp_path / f"n{ESCAPE}", "--assay", "viability"),
        cli("check", tmp_path / f"x{ESCAPE}y"),
        cli("show", ran, f"x{ESCAPE}"),
        cli("exclude", ran, "viability", f"x{ESCAPE}", "--reason", "x"),
        cli("why", ran, f"x{ESCAPE}"),
        cli("exclude", evil, "viability", WELL, "--reason", f"x{ESCAPE}"),
    ]
    text = (evil / "study.toml").read_text()
    (evil / "study.toml").write_text(text.replace("plates/*", "\\u001b[31mplates/*"))
    said_too.append(cli("check", evil))
    assert "\\x1b[31mplates" in said_too[-1].text
    for one in said_too:
        assert "\x1b" not in one.text, one


def test_names_that_look_like_markup(tmp_path: Path, cli: Cli) -> None:
    folder = tmp_path / "s"
    cli("simulate", "viability", folder, "--scenario", "n3")
    design = (folder / "design.csv").read_text()
    (folder / "design.csv").write_text(
        design.replace("model", "[/b] model").replace("SIM-LPS-1,", "[red]LPS[/x],")
    )
    text = (folder / "study.toml").read_text()
    text = text.replace("failed_plates", 'keys = ["[/b] model"]\nfailed_plates')
    text += 'constants = { model = "[bold]LPS" }\n'
    (folder / "study.toml").write_text(text)
    said = cli("show", folder)
    assert said.code == 0, said.text
    assert "[bold]" in said.text


def test_output_that_cannot_be_encoded(ran: Path, shell: Cli) -> None:
    said = shell("show", ran, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert said.code == 0, said.text


@pytest.mark.parametrize("command", ["show", "why"])
def test_reader_that_goes_away(command: str, ran: Path) -> None:
    """``exportin show DIR | head -1`` is no error worth a message."""
    words = [first_id(ran)] if command == "why" else []
    process = subprocess.Popen(
        [sys.executable, "-m", "exportin", command, str(ran), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    error = process.stderr.read() if process.stderr else b""
    assert process.wait() == 0
    assert error == b""
    if process.stderr:
        process.stderr.close()
