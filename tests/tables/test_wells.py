import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportin.tables.problems import InputError
from exportin.tables.wells import (
    PLATES,
    parse_well,
    plate_size_for,
    plate_with_columns,
    row_letters,
    row_number,
    well_name,
    well_position,
)


@given(st.integers(0, 31), st.integers(0, 47))
def test_names_and_positions_are_inverse(row: int, col: int):
    name = well_name(row, col)
    assert well_position(name) == (row, col)
    letters, number = row_letters(row), col + 1
    for text in (
        f"{letters}{number}",
        name.lower(),
        f"{letters}-{number}",
        f" {letters} {number:02d}",
    ):
        assert parse_well(text) == name
    assert row_number(letters) == row


def test_range_of_names():
    assert (well_name(0, 0), well_name(31, 47)) == ("A01", "AF48")
    with pytest.raises(ValueError, match="row 32"):
        well_name(32, 0)


@pytest.mark.parametrize("text", ["", "A", "1", "AG1", "A49", "A0", "A1A", "A1-B2", "BB1", "A1.5"])
def test_no_wells(text: str):
    with pytest.raises(InputError) as caught:
        parse_well(text, file="a.csv", place="line 2")
    assert caught.value.problems[0].code == "not-a-well"


@pytest.mark.parametrize(
    ("text", "meant"), [("01", "O01"), ("AO1", "A01"), ("BlO", "B10"), ("1I2", "")]
)
def test_look_alikes_are_explained(text: str, meant: str):
    with pytest.raises(InputError) as caught:
        parse_well(text, file="a.csv", place="line 2")
    (problem,) = caught.value.problems
    assert (f"Did you mean '{meant}'" in problem.remedy) == bool(meant)
    assert str(problem).startswith(f"a.csv: line 2: '{text}' is no well.")


def test_well_outside_plate():
    assert parse_well("P24", size=384) == "P24"
    with pytest.raises(InputError, match=r"outside a plate of 96 wells. Its wells are A01 to H12"):
        parse_well("P24", size=96)


def test_plate_sizes():
    for size, (rows, cols) in PLATES.items():
        assert rows * cols == size
        assert plate_size_for(rows, cols) == size
        assert plate_with_columns(cols) == size
    assert plate_size_for(12, 8) is None
