"""Raw plate files of simulated studies, as a plate reader exports them."""

import numpy as np

from exportin.tables.wells import row_letters


def bmg_file(grid: np.ndarray, sample: str, run: int, *, test: str) -> bytes:
    """Write a 96-well plate as the MARS software exports it.

    Parameters
    ----------
    grid
        Signals, (8, 12); NaN where nothing was measured.
    sample
        Name of the plate.
    run
        Test run number.
    test
        Name of the test, e.g. ``CellTiter-Glo 72h``.
    """
    tail = "," * 10
    head = [
        f"User: USER,Path: C:\\Program Files (x86)\\BMG\\Omega\\User\\Data,Test run no.: {run}",
        f"Test name: {test},Date: 15/03/2016,Time: 10:20:30",
        "",
        f"ID1: {sample},ID2: SIMULATED",
        "Luminescence",
        "",
        "Raw Data (No filter)",
        "",
        "," + ",".join(str(column) for column in range(1, 13)),
    ]
    rows = [
        row_letters(i) + "," + ",".join("" if np.isnan(v) else f"{v:.0f}" for v in values)
        for i, values in enumerate(grid)
    ]
    padded = [text + tail[: max(0, 12 - text.count(","))] for text in head]
    return ("\r\n".join([*padded, *rows]) + "\r\n").encode("ascii")
