"""Write cases.csv: made-up tumor volumes for the growth-curve reference (fixed seed).

python make_cases.py
"""

import csv
from pathlib import Path

import numpy as np

SEED = 20040201
DAYS = np.arange(0.0, 40.0, 3.5)
# name: law, shape (ln mm3 of the switch, b per day), animals, rate per day, SD of ln volume
CASES = {
    "exponential": ("exponential", 0.0, 6, 0.08, 0.12),
    "switch": ("exponential_linear", np.log(550.0), 6, 0.12, 0.10),
    "gompertz": ("gompertz", 0.035, 6, 0.14, 0.10),
    "few": ("gompertz", 0.06, 3, 0.18, 0.12),
}


def mean(law: str, t: float, start: float, rate: float, shape: float) -> float:
    """ln volume; the switch is sharp here, so that neither program's own curve made the data."""
    if law == "gompertz":
        return start + rate * (1.0 - np.exp(-shape * t)) / shape
    if law == "exponential_linear":
        at = (shape - start) / rate
        return start + rate * t if t < at else shape + np.log1p(rate * (t - at))
    return start + rate * t


def main() -> None:
    rng = np.random.default_rng(SEED)
    rows = []
    for name, (law, shape, animals, rate, sd) in CASES.items():
        for animal in range(1, animals + 1):
            start, own = rng.normal(np.log(150.0), 0.25), rng.normal(rate, 0.15 * rate)
            for t in DAYS:
                volume = np.exp(mean(law, t, start, own, shape) + rng.normal(0.0, sd))
                rows.append((name, animal, f"{t:g}", f"{volume:.3f}"))
                if volume > 2000.0:  # the animal leaves; its last visit stays in
                    break
    with (Path(__file__).parent / "cases.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case", "animal", "day", "volume_mm3"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
