"""Made-up compositions (fixed seed): tubes.csv with fractions, counts and log-ratios by R."""

import csv
from pathlib import Path

import numpy as np

SEED = 20261130
CASES = {  # experiments, groups, parts, blocked, missing tubes
    "paired_n4": (4, 2, (0.55, 0.30, 0.15), True, ()),
    "paired_n6_small_part": (6, 2, (0.70, 0.28, 0.02), True, ()),
    "three_n3": (3, 3, (0.55, 0.30, 0.15), True, ()),
    "four_n4_gap": (4, 4, (0.60, 0.25, 0.15), True, ((1, 2),)),
    "quadrants_n6": (6, 2, (0.80, 0.10, 0.07, 0.03), True, ()),
    "quadrants_three": (5, 3, (0.80, 0.10, 0.07, 0.03), True, ()),
    "unpaired_n5": (5, 2, (0.55, 0.30, 0.15), False, ()),
    "positive_n4": (4, 3, (0.05, 0.95), True, ()),
}


def main() -> None:
    rng = np.random.default_rng(SEED)
    with (Path(__file__).parent / "tubes.csv").open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle)
        out.writerow(("case", "group", "unit", "events", "part", "count"))
        for case, (n, groups, base, blocked, gaps) in CASES.items():
            for i in range(n):
                level = rng.normal(0, 0.25, len(base))
                for j in range(groups):
                    level = level if blocked else rng.normal(0, 0.25, len(base))
                    eta = np.log(base) + level + rng.normal(0, 0.1, len(base))
                    eta[0] += 0.25 * j
                    events = int(rng.integers(4000, 12000))
                    x = rng.multinomial(events, np.exp(eta) / np.exp(eta).sum())
                    if (i, j) in gaps:
                        continue
                    unit = f"E{i}" if blocked else f"E{i}{'abcd'[j]}"
                    for k, count in enumerate(x):
                        out.writerow((case, "abcd"[j], unit, events, f"p{k + 1}", count))


if __name__ == "__main__":
    main()
