"""Raw rows are listed as people count: plate 2 before plate 10, row 2 before row 10."""

import polars as pl
import pytest

from exportin.app.window.rows import Rows, in_natural_order, plates_json, rows_json


def listed(*names: str, **more: list[float]) -> list[str]:
    frame = in_natural_order(pl.DataFrame({"row_id": list(names), **more}))
    return [str(name) for name in frame.get_column("row_id")]


@pytest.mark.parametrize("names", [
    ["P2.csv:B2", "P2.csv:B10", "P10.csv:B2", "P10.csv:B10"],
    ["pasted_1.csv:row 2", "pasted_1.csv:row 9", "pasted_1.csv:row 10", "pasted_1.csv:row 100"],
    ["a/LP2_E1.fcs:1-900", "a/LP2_E10.fcs:1-900", "a/LP10_E2.fcs:1-900"],
    ["p.csv:A02", "P.csv:A3", "p.csv:A10"],
])  # fmt: skip
def test_numbers_in_names_go_by_size(names: list[str]) -> None:
    assert listed(*sorted(names, reverse=True)) == names


def test_visits_of_an_animal_go_by_day() -> None:
    names = ["c.csv:M10@7", "c.csv:M2@-1", "c.csv:M2@10", "c.csv:M2@-3", "c.csv:M2@7.5"]
    found = listed(*names, day=[7.0, -1.0, 10.0, -3.0, 7.5])
    assert found == ["c.csv:M2@-3", "c.csv:M2@-1", "c.csv:M2@7.5", "c.csv:M2@10", "c.csv:M10@7"]


def test_a_part_of_the_rows_and_the_plates_are_in_that_order() -> None:
    names = ["P10.csv:B10", "P10.csv:B2", "P2.csv:B10", "P2.csv:B2"]
    frame = pl.DataFrame({
        "row_id": names, "file": [name.split(":")[0] for name in names],
        "well": [name.split(":")[1].replace("B2", "B02") for name in names],
    })  # fmt: skip
    rows = Rows(in_natural_order(frame), {}, {})
    part = rows_json(rows, offset=1, limit=2, find="csv")
    assert [row["row_id"] for row in part["rows"]] == ["P2.csv:B10", "P10.csv:B2"]
    plates = plates_json(rows, {})
    assert [plate["file"] for plate in plates] == ["P2.csv", "P10.csv"]
    assert [well["well"] for well in plates[0]["wells"]] == ["B02", "B10"]
