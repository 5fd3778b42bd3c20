"""Layouts: readable by our own reader, balanced when randomized, refused in words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exportin.plates.layout import read_layout
from exportin.plates.make_layout import LayoutWish, layout_csv, make_layout
from exportin.plates.pattern import judge_plate
from exportin.plates.wellmap import placed, plates_of
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.wells import PLATES

DOSES = (10000.0, 3333.3, 1111.1, 370.4, 123.5, 41.15, 13.72, 4.572)
WISH = LayoutWish(size=384, drugs=("a", "b, c"), doses=DOSES)


@pytest.mark.parametrize("randomize", [True, False])
@pytest.mark.parametrize("edge", ["empty", "vehicle", "use"])
@pytest.mark.parametrize("size", [96, 384])
def test_our_reader_reads_it_back(randomize: bool, edge: str, size: int) -> None:
    wish = LayoutWish(size=size, drugs=WISH.drugs[: size // 96], doses=DOSES, vehicle=10, blank=4,
                      edge=edge)  # fmt: skip
    made = make_layout(wish, randomize=randomize, seed=1)
    read = read_layout(Source(name="layout.csv", data=layout_csv(made)))
    assert not [note for note in read.notes if note.severity == "error"]
    assert read.frame.select(made.columns).equals(made)
    assert made.height == size
    wells = made.filter(role="treated").group_by("treatment", "dose").len()
    assert wells.height == len(wish.drugs) * len(DOSES)
    assert set(wells.get_column("len")) == {3}
    assert made.filter(role="blank").height == 4
    assert made.filter(role="vehicle").height >= 10


def test_edge_is_kept_free_or_filled() -> None:
    for edge, roles in (("empty", {"empty", "blank"}), ("vehicle", {"vehicle"})):
        wish = LayoutWish(size=384, drugs=("a",), doses=DOSES, edge=edge)
        rows, columns = PLATES[384]
        for randomize in (True, False):
            plate = placed(make_layout(wish, randomize=randomize, seed=2))
            ring = pl.col("row").is_in([0, rows - 1]) | pl.col("column").is_in([0, columns - 1])
            assert set(plate.filter(ring).get_column("role")) == roles


def test_vehicle_is_spread_over_rows_and_columns() -> None:
    plate = placed(make_layout(WISH, randomize=True, seed=3)).filter(role="vehicle")
    assert plate.height == 16
    assert plate.get_column("row").n_unique() >= 13  # of 14 inner rows
    assert plate.group_by("column").len().get_column("len").max() == 1  # of 22 inner columns


def test_seed_decides_a_randomized_layout() -> None:
    one, again, other = (make_layout(WISH, randomize=True, seed=s) for s in (4, 4, 5))
    assert one.equals(again)
    assert not one.equals(other)


def test_dose_and_column_are_independent_only_if_randomized() -> None:
    for randomize, judged in ((True, True), (False, False)):
        wish = LayoutWish(size=96, drugs=("a", "b"), doses=DOSES[:7], vehicle=8, blank=0)
        plate = make_layout(wish, randomize=randomize, seed=6)
        where = placed(plate).filter(role="treated")
        slope = where.select(pl.corr(pl.col("dose").log(), "column")).item()
        assert (abs(slope) < 0.5) == randomize
        measured = plate.with_columns(
            pl.lit("P").alias("file"), pl.lit("P").alias("sample_id"), pl.lit(1.0).alias("value"),
            pl.col("well").alias("row_id"),
        ).filter(pl.col("role") != "vehicle" if not randomize else pl.lit(value=True))  # fmt: skip
        column = judge_plate(next(plates_of(measured)), draws=0).results[2]
        assert column.judged == judged


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 100}, "no plate has 100 wells"),
        ({"drugs": ()}, "at least one drug"),
        ({"drugs": ("a", "a")}, "named twice"),
        ({"doses": (1.0, 1.0)}, "stands twice"),
        ({"doses": (0.0,)}, "not above zero"),
        ({"unit": "nMM"}, "'nMM' is unknown"),
        ({"edge": "epmty"}, "'epmty' is unknown"),
        ({"vehicle": 2}, "cannot be laid out"),
        ({"replicates": 0}, "cannot be laid out"),
        ({"replicates": 100}, "do not fit into the 308 wells"),
    ],
)
def test_wishes_that_cannot_be_met_end_in_words(change: dict[str, Any], words: str) -> None:
    fields = {name: getattr(WISH, name) for name in WISH.__dataclass_fields__} | change
    with pytest.raises(InputError) as caught:
        make_layout(LayoutWish(**fields), randomize=True)
    assert any(words in problem.message for problem in caught.value.problems)
    assert all(problem.remedy for problem in caught.value.problems)


def test_the_command_writes_it(cli: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "layout.csv"
    wish = ("--plate", 384, "--drugs", "a,b", "--doses", "1000,100,10,1", "--replicates", 3)
    said = cli(
        "viability", "layout", "--out", out, *wish, "--randomize", "--seed", 1, "--edge", "empty"
    )
    assert said.code == 0, said.text
    assert "24 treated" in said.out
    read = read_layout(Source(name="layout.csv", data=out.read_bytes()))
    assert read.frame.filter(role="treated").height == 24
    again = cli("viability", "layout", "--out", out, *wish)
    assert again.code == 2
    assert "not written over" in again.text
    for bad in (("--doses", "x"), ("--edge", "ring"), ("--plate", 7), ("--drugs", "")):
        said = cli("viability", "layout", "--out", tmp_path / "other.csv", *wish, *bad)
        assert said.code == 2, said.text
        assert not (tmp_path / "other.csv").exists()
