"""Prints how long the browser takes to draw: ``python -m tests.figures.screen_timing``."""

import numpy as np
import polars as pl

from exportin.contract.view import View
from exportin.views.curve import curve_view
from exportin.views.heat import plate_view, row_letters

from .screen_page import as_json, opened

TIMES = 15


def curve() -> View:
    """Every well of a 96-well plate on two curves with bands."""
    rng = np.random.default_rng(1)
    dose = np.tile(np.logspace(0, 4, 12), 8)
    group = np.repeat(["a", "b"], 48)
    y = 100 / (1 + dose / np.where(group == "a", 50, 500)) + rng.normal(size=96) * 4
    names = [f"plate.csv:{r}{c:02d}" for r in row_letters(8) for c in range(1, 13)]
    points = pl.DataFrame(
        {"panel": "SW872", "group": group, "unit_id": "E1", "x": dose, "y": y, "row_id": names}
    )
    x = np.logspace(0, 4, 101)
    lines = pl.concat(
        pl.DataFrame({"panel": "SW872", "group": g, "x": x, "y": 100 / (1 + x / m)}).with_columns(
            low=pl.col("y") - 5, high=pl.col("y") + 5
        )
        for g, m in (("a", 50), ("b", 500))
    )
    return curve_view(name="c", title="Curve", points=points, curves=lines, x_unit="nM")


def plate(rows: int, columns: int) -> View:
    """Return a full plate, every well with its row."""
    names = [(r, c) for r in row_letters(rows) for c in range(1, columns + 1)]
    wells = pl.DataFrame(
        {
            "plate": "P1",
            "row": [r for r, _ in names],
            "column": [c for _, c in names],
            "value": np.random.default_rng(2).normal(size=len(names)),
            "row_id": [f"p.csv:{r}{c:02d}" for r, c in names],
        }
    )
    return plate_view(name="p", title="Plate", wells=wells, value_label="z", low=-3, high=3)


def main() -> None:
    """Print the median of some updates in ms, drawing and layout of the page included."""
    with opened() as screen:
        views = {"curve, 96 wells": curve(), "plate, 96 wells": plate(8, 12)}
        views |= {"plate, 384 wells": plate(16, 24), "plate, 1536 wells": plate(32, 48)}
        for name, view in views.items():
            screen.draw(view)
            print(f"{name}: {screen.do('time', as_json(view), TIMES):.1f} ms")


if __name__ == "__main__":
    main()
