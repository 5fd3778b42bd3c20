"""Gates of a block from a file of gates: as if written in the study, with the same checks."""

from pathlib import Path

import pytest
from tests.readers.samples import gates

from exportin.study.load import Study, load_study
from exportin.tables.problems import InputError

GOLDEN = Path(__file__).resolve().parents[2] / "reference" / "gating"
STUDY = """[study]
schema = 1
title = "t"
[block.dna]
assay = "cell_cycle"
files = ["*.fcs"]
dna_channel = "FL2-A"
"""


def load(folder: Path, more: str) -> Study:
    (folder / "gates.xml").write_bytes(gates())
    (folder / "study.toml").write_text(STUDY + more, encoding="utf-8")
    return load_study(folder)


def refusal(folder: Path, more: str) -> str:
    with pytest.raises(InputError) as caught:
        load(folder, more)
    assert all(p.file and p.message and p.remedy for p in caught.value.problems)
    return str(caught.value)


def names(study: Study) -> list[str]:
    return [gate.name for gate in study.file.block["dna"].settings.gates]


def test_gates_of_a_file(tmp_path: Path) -> None:
    study = load(tmp_path, 'gates = "gates.xml"\npopulation = "bright"\n')
    assert names(study) == ["cells", "bright"]
    side = study.file.block["dna"].settings.gates[1].sides[0]
    assert (side.axis.matrix, side.axis.scale.kind, side.min) == ("file", "logicle", 0.375)


def test_gates_of_a_file_and_of_the_study(tmp_path: Path) -> None:
    own = '{ kind = "range", name = "dim", axis = "FL1-A", max = 9, parent = "cells" }'
    study = load(tmp_path, f'gates = ["gates.xml", {own}]\npopulation = "dim"\n')
    assert names(study) == ["cells", "bright", "dim"]


def test_a_change_of_the_file_changes_the_settings(tmp_path: Path) -> None:
    """Steps are named by their settings: a gate that moved must not give the old numbers."""
    more = 'gates = "gates.xml"\npopulation = "bright"\n'
    before = load(tmp_path, more).file.block["dna"].settings.model_dump(mode="json")
    (tmp_path / "gates.xml").write_bytes(gates().replace(b"0.375", b"0.380"))
    after = load_study(tmp_path).file.block["dna"].settings.model_dump(mode="json")
    assert before != after


def test_own_gates_are_checked_against_those_of_the_file(tmp_path: Path) -> None:
    own = '{ kind = "range", name = "dim", axis = "FL1-A", max = 9, parent = "cell" }'
    said = refusal(tmp_path, f'gates = ["gates.xml", {own}]\npopulation = "dim"\n')
    assert "there is no parent 'cell'. Did you mean 'cells'?" in said


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("other.xml", "there is no file of gates 'other.xml'"),
        ("../gates.xml", "lie outside of the study folder"),
        ("study.toml", "'study.toml' holds no gates that are known"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, named: str, said: str) -> None:
    text = refusal(tmp_path, f'gates = "{named}"\npopulation = "bright"\n')
    assert said in text
    assert "study.toml: line 8, block.dna.gates" in text


def test_a_file_with_faults_names_itself(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_bytes(gates().replace(b'"cells">', b'"nuclei">', 1))
    said = refusal(tmp_path, 'gates = "bad.xml"\npopulation = "bright"\n')
    assert said.startswith("bad.xml: gate 'bright': there is no parent 'cells'")


def test_matrices_that_the_assay_does_not_take(tmp_path: Path) -> None:
    (tmp_path / "own.xml").write_bytes((GOLDEN / "attune.xml").read_bytes())
    said = refusal(tmp_path, 'gates = "own.xml"\npopulation = "green"\n')
    assert "the gates need matrices of their own (own), which this assay does not take" in said
