"""Lists of animals for tests."""

from pathlib import Path

import numpy as np


def animal_table(path: Path, n: int = 26, *, seed: int = 3, shuffled: bool = False) -> Path:
    """Write n animals: calipers, weight, cages of four, sex; the fifth has no tumor."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        width = (2 * 150 * np.exp(rng.normal(0, 0.3)) / 1.25) ** (1 / 3)
        size = "," if i == 4 else f"{1.25 * width:.2f},{width:.2f}"
        weight = f"{rng.normal(25, 1.4):.1f}"
        rows.append(f"M{i + 1:02d},{size},{weight},C{i // 4 + 1},{'fm'[i // 4 % 2]},LS-1")
    if shuffled:
        rows = [rows[i] for i in rng.permutation(n)]
    head = "animal,length_mm,width_mm,weight_g,cage,sex,model"
    path.write_text("\n".join([head, *rows]) + "\n")
    return path
