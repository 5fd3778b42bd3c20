"""Made-up times with a fixed seed: subjects.csv and intervals.csv (rarely needed again)."""

import csv
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
COLUMNS = ["case", "entry", "time", "status", "weight", "group", "stratum", "cluster", "x1", "x2"]


def subjects(rng, case, n, groups, *, step=1.0, entry=False, weight="one", hazard=(1.0, 0.5, 0.3)):
    """Weibull times with censoring, rounded to visits; status 2 is a competing event."""
    rows = []
    for i in range(n):
        group, stratum = i % groups, (i // groups) % 2
        x1, x2 = round(float(rng.normal()), 3), int(rng.integers(0, 2))
        scale = 20.0 / (hazard[group] * np.exp(0.4 * x1 - 0.3 * x2) * (1 + 0.5 * stratum))
        time, toxic = scale * rng.weibull(1.6), rng.exponential(60.0)
        end = rng.uniform(8.0, 45.0)
        first = min(time, toxic, end)
        status = 1 if first == time else 2 if first == toxic else 0
        stop = max(step, np.ceil(first / step) * step)
        start = float(np.floor(rng.uniform(0, 0.6) * stop)) if entry else 0.0
        start = min(start, stop - step) if entry else 0.0
        weights = {"one": 1, "whole": int(rng.integers(1, 4))}
        weights["part"] = 0.5 + int(rng.integers(0, 4)) / 4
        row = [case, start, float(stop), status, weights[weight], group, stratum, i // 3, x1, x2]
        rows.append(row)
    return rows


def visits(rng, case, n):
    """Events known to lie between two visits, some censored, some before the first visit."""
    rows = []
    days = np.array([0.0, 3.0, 7.0, 10.0, 14.0, 17.0, 21.0, 24.0, 28.0])
    for i in range(n):
        group = i % 2
        at = 14.0 * (1 + 0.5 * group) * rng.weibull(2.2)
        seen = days[(rng.uniform(size=9) < 0.8) | (days == 0)]
        after = seen[seen >= at]
        left = float(seen[seen < at].max(initial=0.0))
        right = float(after[0]) if after.size else np.inf
        if i % 9 == 4 and np.isfinite(right):
            left = right = round(float(at), 2)
        rows.append([case, left, right, group])
    return rows


def main():
    rng = np.random.default_rng(20260101)
    rows = [
        *subjects(rng, "small", 10, 2, step=3.5, hazard=(1.0, 0.9)),
        *subjects(rng, "mice", 16, 2, step=3.5),
        *subjects(rng, "cohort", 120, 2),
        *subjects(rng, "arms", 45, 3, step=2.0),
        *subjects(rng, "late", 80, 2, entry=True),
        *subjects(rng, "whole", 40, 2, weight="whole"),
        *subjects(rng, "part", 40, 2, weight="part"),
        *subjects(rng, "strata", 12, 2, step=2.0),
    ]
    plateau = [(2, 1), (4, 1), (6, 0), (9, 1), (9, 0), (12, 0)]
    for i, (time, status) in enumerate(plateau):
        rows.append(["plateau", 0.0, float(time), status, 1, i % 2, 0, i, 0.0, 0])
    for i, time in enumerate([4, 4, 7, 7, 10, 14, 14, 14, 14, 14]):
        late, x1 = int(i > 4), [0.1, 0.7, -0.4][i % 3]
        rows.append(["separated", 0.0, float(time), 1 - late, 1, late, 0, i, x1, i % 2])
    with (HERE / "subjects.csv").open("w", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([COLUMNS, *rows])
    with (HERE / "intervals.csv").open("w", newline="") as out:
        lines = [*visits(rng, "few", 12), *visits(rng, "many", 90)]
        csv.writer(out, lineterminator="\n").writerows([["case", "left", "right", "group"], *lines])


if __name__ == "__main__":
    main()
