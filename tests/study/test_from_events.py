"""Studies from cytometer files: what is suggested, what is written, what check says is missing."""

import csv
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from exportin.assays.cell_cycle.simulate_cells import Nuclei, tube
from exportin.study.new_events import name_says, patterns
from exportin.study.suggest_events import guesses
from exportin.tables.events import Channel, EventData
from exportin.tables.fcs_write import fcs_bytes

Cli = Callable[..., Any]


def made(path: Path, names: Sequence[str], stains: Sequence[str] = ()) -> Path:
    """A small file with these channels."""
    rng = np.random.default_rng(len(str(path)))
    told = [*stains, *[""] * (len(names) - len(stains))]
    channels = tuple(
        Channel(name=n, stain=s, range=1024.0, bits=16) for n, s in zip(names, told, strict=True)
    )
    values = rng.integers(0, 1000, (len(names), 50)).astype(np.uint16)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(fcs_bytes(EventData(channels=channels, values=values)))
    return path


PI = ("FSC-A", "SSC-A", "PI-A", "PI-H", "Time")


@pytest.mark.parametrize(
    ("names", "stains", "channel"),
    [
        (PI, (), "PI-A"),
        (("FSC-A", "FL2-H", "FL2-A", "FL3-A"), (), "FL2-A"),
        (("FS INT LIN", "FL3 INT LIN", "FL3 PEAK LIN"), (), "FL3 INT LIN"),
        (("FSC-A", "PE-A", "Pacific Blue-A"), ("", "", "DAPI"), "Pacific Blue-A"),
        (("FSC-A", "BL1-A", "YL2-A"), ("", "GFP", "FxCycle PI/RNase"), "YL2-A"),
        (("FSC-A", "7-AAD-A"), (), "7-AAD-A"),
        (("FSC-A", "SSC-A", "FITC-A", "Time"), (), "FITC-A"),
    ],
)
def test_dna_channel_is_guessed_and_said_to_be_a_guess(
    tmp_path: Path, cli: Cli, names: Sequence[str], stains: Sequence[str], channel: str
) -> None:
    said = cli("read", made(tmp_path / "x.fcs", names, stains)).text
    assert 'assay = "cell_cycle"' in said
    assert f'dna_channel = "{channel}"   # a guess' in said
    assert "No assay" not in said
    assert "cell_death" in said  # others that take such files


def test_where_no_channel_is_likely_none_is_named(tmp_path: Path, cli: Cli) -> None:
    said = cli("read", made(tmp_path / "x.fcs", ("FSC-A", "VL1-A", "RL1-A"))).text
    assert 'dna_channel = "..."' in said
    assert "channels: FSC-A, VL1-A, RL1-A" in said


def test_annexin_is_known_by_its_stain(tmp_path: Path, cli: Cli) -> None:
    path = made(tmp_path / "x.fcs", ("FSC-A", "FITC-A", "PE-A"), ("", "Annexin V", "PI"))
    said = cli("read", path).text
    assert 'assay = "cell_death"' in said
    assert 'annexin_channel = "FITC-A"' in said
    assert 'dna_channel = "PE-A"' in said


def test_one_channel_is_not_guessed_twice() -> None:
    told = [("FSC-A", "", True), ("PI-A", "", True), ("PI-H", "", True)]
    assert guesses("cell_death", told) == {"annexin_channel": "", "dna_channel": "PI-A"}


def test_a_study_from_tubes_says_what_is_missing_and_runs(tmp_path: Path, cli: Cli) -> None:
    """Files stay as they are; guesses are remarks; the filled study gives its phases."""
    rng = np.random.default_rng(4)
    for number in (1, 2):
        for name in ("DMSO", "selinexor_100_nM"):
            cells = Nuclei(phases=(0.6, 0.25, 0.15), events=3_000)
            path = tmp_path / "fcs" / f"{name}_E{number}.fcs"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(fcs_bytes(tube(cells, rng, name=name)))
    (tmp_path / "fcs" / "notes.pdf").write_bytes(b"%PDF")
    folder = tmp_path / "study"
    said = cli("new", folder, "--from", tmp_path / "fcs")
    assert said.code == 0, said.text
    assert "left out notes.pdf" in said.text
    for path in (tmp_path / "fcs").glob("*.fcs"):
        assert (folder / "raw" / path.name).read_bytes() == path.read_bytes()
    text = (folder / "study.toml").read_text("utf-8")
    assert 'files  = ["raw/*.fcs"]' in text
    assert re.search(r'^# -> dna_channel = "PI-A" ', text, re.MULTILINE)
    assert "# Channels of the files: FSC-A, SSC-A, PI-A (Propidium iodide)" in text
    assert "'dna_channel' is missing" in cli("check", folder).text
    (folder / "study.toml").write_text(text.replace("# -> dna", "dna"), "utf-8")
    missing = cli("check", folder)
    assert missing.code == 2
    for column in ("unit_id", "model", "treatment"):
        assert f"column {column}: 4 of 4 samples have no {column}" in missing.text
    rows = list(csv.DictReader((folder / "design.csv").read_text("utf-8").splitlines()))
    assert [row["guess"] for row in rows if row["sample_id"] == "DMSO_E1"] == [
        "unit_id E1?; treatment DMSO?; role vehicle?"
    ]
    assert not any(row[name] for row in rows for name in ("unit_id", "model", "treatment", "role"))
    for row in rows:
        treatment, _, unit = row["sample_id"].rpartition("_")
        row |= {"unit_id": unit, "model": "M", "treatment": treatment}
        row["role"] = "vehicle" if treatment == "DMSO" else "treated"
    with (folder / "design.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert cli("check", folder).text.strip() == "Nothing to mend."
    ran = cli("run", folder, "--workers", 1)
    assert ran.code == 0, ran.text
    assert "8 pooled estimates" in ran.text


def test_tubes_of_one_name_in_two_folders(tmp_path: Path, cli: Cli) -> None:
    """Cytometers count tubes anew in every folder: the folder becomes part of the name."""
    paths = [made(tmp_path / f"Exp{n}" / "Tube_001.fcs", PI) for n in (1, 2)]
    folder = tmp_path / "study"
    assert cli("new", folder, "--from", *paths).code == 0
    assert 'files  = ["raw/*/*.fcs"]' in (folder / "study.toml").read_text("utf-8")
    rows = list(csv.DictReader((folder / "design.csv").read_text("utf-8").splitlines()))
    assert [(r["sample_id"], r["file"], r["guess"]) for r in rows] == [
        (f"Exp{n}_Tube_001", f"raw/Exp{n}/Tube_001.fcs", f"unit_id Exp{n}?") for n in (1, 2)
    ]


def test_another_assay_is_asked_for(tmp_path: Path, cli: Cli) -> None:
    path = made(tmp_path / "a.fcs", ("FSC-A", "FITC-A", "PI-A"))
    folder = tmp_path / "study"
    assert cli("new", folder, "--assay", "cell_death", "--from", path).code == 0
    text = (folder / "study.toml").read_text("utf-8")
    assert "[block.cell_death]" in text
    assert "[block.cell_cycle]" not in text
    assert '# -> annexin_channel = "FITC-A"' in text
    head = (folder / "design.csv").read_text("utf-8").splitlines()[0]
    assert head.startswith("sample_id,file,unit_id,model,treatment,role,stain")


def test_files_of_two_assays_lie_apart(tmp_path: Path, cli: Cli) -> None:
    dna = made(tmp_path / "dna.fcs", PI)
    annexin = made(tmp_path / "av.fcs", ("FSC-A", "FITC-A", "PI-A"), ("", "Annexin V", "PI"))
    folder = tmp_path / "study"
    assert cli("new", folder, "--from", dna, annexin).code == 0
    text = (folder / "study.toml").read_text("utf-8")
    assert 'files  = ["raw/cell_cycle/*.fcs"]' in text
    assert 'files  = ["raw/cell_death/*.fcs"]' in text
    assert (folder / "raw/cell_death/av.fcs").read_bytes() == annexin.read_bytes()


def test_several_hundred_files_are_counted_not_listed(tmp_path: Path, cli: Cli) -> None:
    paths = [made(tmp_path / "fcs" / f"T{n:03d}.fcs", PI) for n in range(300)]
    said = cli("new", tmp_path / "study", "--from", *paths)
    assert said.code == 0
    assert "wrote 300 files in raw/, design.csv" in said.text
    assert len((tmp_path / "study" / "design.csv").read_text("utf-8").splitlines()) == 301


def test_an_empty_folder_is_no_study(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "fcs").mkdir()
    said = cli("new", tmp_path / "study", "--from", tmp_path / "fcs")
    assert said.code == 2
    assert "holds no file that is read here" in said.text
    assert not (tmp_path / "study").exists()


def test_a_block_for_an_assay_without_files(tmp_path: Path, cli: Cli) -> None:
    """Endings come from the readers, nested settings show their defaults, parts are asked first."""
    assert cli("new", tmp_path / "s", "--assay", "cell_cycle").code == 0
    text = (tmp_path / "s" / "study.toml").read_text("utf-8")
    assert re.search(r'files  = \["cell_cycle/\*\.fcs"\] .*also \.lmd$', text, re.MULTILINE)
    assert '# quality = { drift = "warn", flow = "warn",' in text
    assert "least_events = 1000 }" in text
    questions = re.findall(r"(?m)^# quantity = (.*)$", text)
    assert questions[0] == '"phases"'
    assert text.index('test = "parts"') < text.index('adjust = "dunnett"')
    for name in ("sheet", "decimal", "columns"):
        assert f"# {name} =" not in text
    head = (tmp_path / "s" / "design.csv").read_text("utf-8")
    assert head == "sample_id,file,unit_id,model,treatment,role\n"


def test_other_assays_keep_their_lines(tmp_path: Path, cli: Cli) -> None:
    assert cli("new", tmp_path / "s", "--assay", "viability").code == 0
    text = (tmp_path / "s" / "study.toml").read_text("utf-8")
    assert 'files  = ["viability/*.csv"]' in text
    assert '"parts"' not in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GIST/imatinib 1 uM rep 3.fcs", ["unit_id rep 3?", "treatment imatinib 1 uM?"]),
        ("E2/unstained.fcs", ["unit_id E2?", "role unstained?"]),
        ("plate/A01.fcs", []),
        ("plate/PI_only_E1.fcs", ["unit_id E1?", "role single_stain?"]),
    ],
)
def test_what_a_name_seems_to_say(name: str, said: list[str]) -> None:
    assert list(name_says(name)) == said


def test_patterns_keep_the_case_of_endings() -> None:
    found = patterns(["raw/a.fcs", "raw/b.FCS", "raw/c"], "raw")
    assert found == ["raw/*.fcs", "raw/*.FCS", "raw/c"]


def test_phases_of_a_file_are_printed_and_none_where_it_does_not_tell(
    tmp_path: Path, cli: Cli
) -> None:
    rng = np.random.default_rng(6)
    path = tmp_path / "a.fcs"
    path.write_bytes(fcs_bytes(tube(Nuclei(phases=(0.6, 0.25, 0.15)), rng, name="a")))
    said = cli("cell-cycle", path, "--channel", "PI-A").text
    assert re.search(r"G0/G1 \d\d\.\d % \(\d\d\.\d to \d\d\.\d\), S .*single nuclei of", said)
    assert "Identifiable; over models: G0/G1" in said
    broad = tmp_path / "b.fcs"
    cells = Nuclei(phases=(0.6, 0.25, 0.15), cv=0.16)
    broad.write_bytes(fcs_bytes(tube(cells, rng, name="b")))
    told = cli("cell-cycle", broad, "--channel", "PI-A").text
    assert "not identifiable: " in told
    assert not re.search(r"G0/G1 \d\d\.\d % \(", told)
