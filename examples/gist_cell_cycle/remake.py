"""Writes the raw files, design and truth of this example again: python remake.py [FOLDER]."""

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from exportin.study.discover import load_assay

BLOCKS = {"cell_cycle": ("", 20160824), "cell_death": ("AV_", 20160825)}
"""Block (and folder) to what stands before the names of its files, and the seed of its chance."""
COLUMNS = ("sample_id", "file", "unit_id", "model", "treatment", "role", "stain")


def made() -> Iterator[tuple[str, bytes]]:
    """Give every file of the example but study.toml and README.md, by its name."""
    rows, truth = [], []
    for block, (before, seed) in BLOCKS.items():
        found = load_assay(block).simulate("compact", np.random.default_rng(seed))
        for row in csv.DictReader(io.StringIO(found.files["design.csv"].decode())):
            name = f"{before}{Path(row['file']).name}"
            yield f"{block}/{name}", found.files[row["file"]]
            here = {"sample_id": Path(name).stem, "file": f"{block}/{name}"}
            rows.append({column: row.get(column, "") for column in COLUMNS} | here)
        lines = found.truth.write_csv().splitlines(keepends=True)
        truth += lines if not truth else lines[1:]
    yield "truth.csv", "".join(truth).encode()
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    yield "design.csv", text.getvalue().encode()


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    for name, data in made():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
