"""Writes cases.csv: made-up ln volumes of known structure, fixed seed."""

import csv
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
DAYS = np.array([0.0, 3.0, 7.0, 10.0, 14.0, 17.0, 21.0])


def study(rng, sizes, *, sd=(0.3, 0.02), noise=0.15, cages=0, cage_sd=0.0, lost=0.15, serial=0.0,
          rate=(0.09, 0.07, 0.05, 0.02)):  # fmt: skip
    """Rows (y, day, animal, arm, cage); `noise` may differ by arm, `serial` is a range in days."""
    rows, number = [], 0
    noises = noise if isinstance(noise, tuple) else (noise,) * len(sizes)
    for arm, size in enumerate(sizes):
        offsets = rng.normal(0, cage_sd, max(cages, 1))
        for k in range(size):
            u0, u1 = rng.normal(0, sd[0]), rng.normal(0, sd[1])
            gap = np.abs(DAYS[:, None] - DAYS)
            shape = np.exp(-gap / serial) if serial else np.eye(DAYS.size)
            error = np.linalg.cholesky(shape) @ rng.normal(0, noises[arm], DAYS.size)
            cage = f"{arm}{k % cages}" if cages else ""
            last = DAYS[-1] if rng.random() > 0.3 else rng.choice(DAYS[3:])
            for d, e in zip(DAYS, error, strict=True):
                if d > last or (d > 0 and rng.random() < lost):
                    continue
                y = 5 + u0 + offsets[k % max(cages, 1)] + (rate[arm] + u1) * d + e
                rows.append((round(y, 6), d, f"m{number}", f"arm{arm}", cage))
            number += 1
    return rows


def main():
    rng = np.random.default_rng(20261121)
    cases = {
        "plain": study(rng, (5, 6, 4)),
        "two": study(rng, (3, 3)),
        "cages": study(rng, (6, 6, 6), cages=2, cage_sd=0.2, sd=(0.2, 0.015)),
        "variances": study(rng, (6, 6, 6), noise=(0.1, 0.2, 0.35)),
        "serial": study(rng, (6, 6, 6), sd=(0.3, 0.0), noise=0.25, serial=6.0),
        "serial_variances": study(rng, (7, 7), sd=(0.3, 0.0), noise=(0.15, 0.3), serial=8.0),
        # singular: correlation 1, correlation -1, no variance between animals
        "flat": study(np.random.default_rng(2), (4, 5, 4), sd=(0.3, 0.0), noise=0.3),
        "flat_negative": study(np.random.default_rng(3), (4, 5, 4), sd=(0.3, 0.0), noise=0.3),
        "flat_zero": study(np.random.default_rng(2), (4, 5, 4), sd=(0.0, 0.0), noise=0.3),
    }
    with (HERE / "cases.csv").open("w", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(["case", "y", "day", "animal", "arm", "cage"])
        for name, rows in cases.items():
            out.writerows([name, *row] for row in rows)


if __name__ == "__main__":
    main()
