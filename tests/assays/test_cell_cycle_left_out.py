"""A tube that was left out stays in the figures, hollow, and enters no number."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exportin.contract.view import Mark, View
from exportin.contract.view_json import view_from_json
from exportin.study.outcome import BlockOutcome
from exportin.study.session import Session


def block_of(session: Session) -> BlockOutcome:
    outcome = session.state().outcome
    assert outcome is not None
    return outcome.blocks[0]


def strip(view: View) -> pl.DataFrame:
    (mark,) = [mark for mark in view.panels[0].marks if mark.kind == "strip"]
    assert isinstance(mark, Mark)
    return mark.frame


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory, cli: Callable[..., Any]) -> Any:
    """Both blocks, before and after a tube was left out, and the tube's row."""
    folder: Path = tmp_path_factory.mktemp("cycle") / "study"
    assert cli("simulate", "cell_cycle", folder, "--scenario", "n3").code == 0
    session = Session(folder)
    before = block_of(session)
    rows = session.frame(before.rows).filter(unit_id="E1").get_column("row_id").to_list()
    session.exclude(before.name, rows, "clogged")
    after = block_of(session)
    session.close()
    return before, after, rows[0]


def g1(block: BlockOutcome, unit: str) -> float | None:
    return block.estimates.frame.filter(quantity="g1", unit_id=unit).item(0, "value")


def test_the_phases_of_the_tube_are_drawn_hollow(looks: Any) -> None:
    before, after, row = looks
    old = strip(view_from_json(before.views["phases"]))
    assert not old.get_column("hollow").any()
    view = view_from_json(after.views["phases"])
    dots = strip(view)
    hollow = dots.filter("hollow")
    assert hollow.get_column("group").to_list() == ["G0/G1", "S"]  # upper edges of two parts
    assert set(hollow.get_column("row_id")) == {row}
    own = g1(before, "E1")
    assert own is not None
    assert hollow.get_column("y")[0] == pytest.approx(100 * own, abs=0.5)
    assert dots.filter(~pl.col("hollow")).height == 4
    assert [name.split("\n")[1] for name in view.panels[0].x.categories] == ["n = 2"]
    assert "Hollow: a tube that was left out" in view.caption
    assert "Hollow" not in view_from_json(before.views["phases"]).caption


def test_so_is_its_primary_part(looks: Any) -> None:
    before, after, row = looks
    hollow = strip(view_from_json(after.views["g1_arrest"])).filter("hollow")
    assert hollow.get_column("row_id").to_list() == [row]
    assert hollow.get_column("y")[0] == pytest.approx(100 * (g1(before, "E1") or 0), abs=0.5)


def test_it_enters_no_number(looks: Any) -> None:
    before, after, _ = looks
    assert g1(after, "E1") is None
    assert g1(after, "E2") == g1(before, "E2")
    pooled = after.estimates.frame.filter(pl.col("unit_id").is_null(), quantity="g1")
    assert pooled.item(0, "n_units") == 2
