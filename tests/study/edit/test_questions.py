"""Questions and settings written into the study file: refused as a check refuses them."""

from pathlib import Path
from typing import Any

import pytest

from exportin.study.edit.journal import history, undo
from exportin.study.edit.questions import add_question, questions, remove_question, set_keys
from exportin.study.load import load_study
from exportin.study.new import simulate_study
from exportin.study.run import check_study
from exportin.tables.problems import InputError

BLOCK = "measurement"
FINE = {"quantity": "value", "between": "treatment", "versus": "DMSO", "within": ["knockdown"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files of a simulated study."""
    folder = tmp_path_factory.mktemp("made") / "study"
    simulate_study(BLOCK, folder, seed=1)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path, made: dict[str, bytes]) -> Path:
    """A study with three questions."""
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def text(folder: Path) -> str:
    return (folder / "study.toml").read_text("utf-8")


def test_ask_and_take_out_again(folder: Path) -> None:
    before = text(folder)
    add_question(folder, BLOCK, {**FINE, "test": None, "groups": ""})
    assert questions(folder, BLOCK)[3] == FINE
    assert text(folder).startswith(before)
    assert [p for p in check_study(folder) if p.severity == "error"] == []
    assert history(folder).can_undo == "ask value between treatment"
    remove_question(folder, BLOCK, 3)
    assert text(folder) == before
    undo(folder)
    undo(folder)
    assert text(folder) == before


def test_line_ends_stay(folder: Path) -> None:
    data = b"\xef\xbb\xbf" + text(folder).replace("\n", "\r\n").encode()
    (folder / "study.toml").write_bytes(data)
    add_question(folder, BLOCK, FINE)
    set_keys(folder, BLOCK, {"units": "mg"})
    after = (folder / "study.toml").read_bytes()
    assert after.startswith(b"\xef\xbb\xbf#:schema")
    assert after.count(b"\n") == after.count(b"\r\n")
    load_study(folder)


@pytest.mark.parametrize(
    ("fields", "code", "place"),
    [
        ({"versus": "DMS0"}, "unknown-group", "versus"),
        ({"quantity": "valu"}, "unknown-quantity", "quantity"),
        ({"between": "treatmnt"}, "no-key", "between"),
        ({"test": "students"}, "wrong-value", "test"),
        ({"colour": "x"}, "unknown-key", "colour"),
        ({"conf_level": 2.0}, "wrong-value", "conf_level"),
        ({"adjust": "tukey"}, "", ""),
        ({"level": "within"}, "", ""),
        ({"within": None}, "", ""),
    ],
)
def test_question_that_cannot_be_asked(
    folder: Path, fields: dict[str, Any], code: str, place: str
) -> None:
    before = text(folder)
    with pytest.raises(InputError) as caught:
        add_question(folder, BLOCK, {**FINE, **fields})
    problem = caught.value.problems[0]
    assert text(folder) == before
    assert problem.remedy
    assert problem.place.startswith(f"block.{BLOCK}.compare.3")
    assert not code or (problem.code, problem.place.rsplit(".", 1)[1]) == (code, place)


def test_same_question_twice(folder: Path) -> None:
    with pytest.raises(InputError, match="number 1"):
        add_question(folder, BLOCK, questions(folder, BLOCK)[0])


def test_where_other_things_are_wrong(folder: Path, made: dict[str, bytes]) -> None:
    """A study with gaps can still be asked; only what the question brings is said."""
    (folder / "values.csv").unlink()
    add_question(folder, BLOCK, FINE)
    (folder / "study.toml").write_bytes(made["study.toml"] + b"nonsense = 1\n")
    add_question(folder, BLOCK, FINE)
    with pytest.raises(InputError) as caught:
        add_question(folder, BLOCK, {**FINE, "quantity": "valu"})
    assert [problem.code for problem in caught.value.problems] == ["unknown-quantity"]


@pytest.mark.parametrize("index", [-1, 3, True])
def test_no_such_question(folder: Path, index: int) -> None:
    with pytest.raises(InputError):
        remove_question(folder, BLOCK, index)


def test_take_out_the_middle_one(folder: Path) -> None:
    before = questions(folder, BLOCK)
    remove_question(folder, BLOCK, 1)
    assert questions(folder, BLOCK) == [before[0], before[2]]
    assert "# each drug against the vehicle" in text(folder)
    assert "the two drugs" not in text(folder)


def test_settings(folder: Path) -> None:
    before = text(folder)
    set_keys(folder, BLOCK, {"scale": "linear", "units": "mg", "label": None, "sheet": None})
    settings = load_study(folder).file.block[BLOCK].settings
    assert (settings.scale, settings.units, settings.label) == ("linear", "mg", "Value")
    changed = [line for line in text(folder).splitlines() if line not in before.splitlines()]
    assert changed == ['scale  = "linear"', 'units = "mg"']
    assert history(folder).can_undo == 'set scale = "linear", units = "mg", no label, no sheet'
    undo(folder)
    assert text(folder) == before


@pytest.mark.parametrize(
    "keys",
    [
        {"scale": "lin"}, {"assay": None}, {"nonsense": 1}, {"conf_level": 2.0}, {"compare": []},
        {"columns": {"value": "x"}}, {"files": []}, {"label": float("nan")}, {"label": object()},
        {"units": "mg", "scale": 7},
    ],
)  # fmt: skip
def test_settings_that_are_refused(folder: Path, keys: dict[str, Any]) -> None:
    before = text(folder)
    with pytest.raises(InputError) as caught:
        set_keys(folder, BLOCK, keys)
    assert all(problem.remedy for problem in caught.value.problems)
    assert text(folder) == before
    assert history(folder).entries == ()
