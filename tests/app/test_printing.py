"""What the terminal says: errors before notes, and numbers that hang on one experiment."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from exportin.app.guard import guarded
from exportin.app.printing import print_problems
from exportin.report import left_out
from exportin.tables.problems import InputError, Problem


def problem(message: str, severity: str) -> Problem:
    return Problem(
        file="study.toml", place="", message=message, remedy="", code="c", severity=severity
    )


MIXED = [problem("first to know", "note"), problem("to mend", "error"), problem("more", "note")]


def test_check_says_errors_before_notes(capsys) -> None:
    print_problems(MIXED, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["error", "note", "note", "1"]
    print_problems(MIXED, as_json=True)
    said = json.loads(capsys.readouterr().out)["problems"]
    assert [one["message"] for one in said] == ["to mend", "first to know", "more"]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_refusal_says_errors_before_notes(capsys, as_json: bool) -> None:
    with pytest.raises(typer.Exit), guarded(as_json=as_json):
        raise InputError(MIXED)
    out, err = capsys.readouterr()
    said = out if as_json else err
    assert said.index("to mend") < said.index("first to know") < said.index("more")
    assert as_json or err.splitlines()[1] == "note: study.toml: first to know"


def test_show_names_numbers_that_hang_on_one_experiment(
    ran: Path, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left_out, "FOLD", 1e6)
    assert "hang on one" not in cli("show", ran).out
    monkeypatch.setattr(left_out, "FOLD", 1.0001)
    said = cli("show", ran).out
    assert "viability: numbers that hang on one experiment" in said
    assert "leave_one_out.csv" in said.replace("\n", " ")
