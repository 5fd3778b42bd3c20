"""Write cases.csv: made-up plate signals for the GR reference (fixed seed).

python make_cases.py
"""

import csv
from pathlib import Path

import numpy as np

SEED = 20160521
DOSES_NM = [4000.0 / 2.5**i for i in range(10)]
# name: vehicle doublings, GEC50 nM, GRinf, Hill slope, SD of a well in % of vehicle
CASES = {
    "fast_static": (3.0, 90.0, -0.1, 1.2, 2.0),
    "slow_static": (0.8, 90.0, -0.1, 1.2, 2.0),
    "slow_toxic": (0.8, 150.0, -0.6, 1.2, 2.0),
    "fast_toxic": (3.0, 150.0, -0.6, 2.0, 2.0),
    "steep": (2.0, 300.0, 0.1, 4.0, 3.0),
    "shallow": (1.5, 60.0, 0.2, 0.7, 1.0),
    "below_blank": (3.0, 60.0, -1.0, 1.5, 2.0),  # some wells give less than the blank
}


def main() -> None:
    rng = np.random.default_rng(SEED)
    rows = []
    for name, (doublings, gec50, gr_inf, hill, sd) in CASES.items():
        zero, control = 10_000.0, 10_000.0 * 2**doublings
        noise = sd / 100.0 * control
        wells = [("time_zero", 0.0, zero + 0.3 * rng.normal(0.0, noise)) for _ in range(8)]
        wells += [("vehicle", 0.0, control + rng.normal(0.0, noise)) for _ in range(12)]
        for dose in DOSES_NM:
            gr = gr_inf + (1.0 - gr_inf) / (1.0 + (dose / gec50) ** hill)
            mean = zero * (gr + 1.0) ** doublings
            wells += [("treated", dose, mean + rng.normal(0.0, noise)) for _ in range(3)]
        rows += [(name, role, f"{dose:.6g}", f"{signal:.1f}") for role, dose, signal in wells]
    with (Path(__file__).parent / "cases.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case", "role", "dose_nm", "signal_less_blank"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
