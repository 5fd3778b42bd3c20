"""Fits of one growth study by statsmodels, in whatever Python has it; prints JSON.

python mixed_peers.py study.csv repeats
"""

import csv
import json
import sys
import time
import warnings
from pathlib import Path


def main() -> None:
    try:
        import numpy as np
        import statsmodels
        from statsmodels.regression.mixed_linear_model import MixedLM
    except ImportError:
        print(json.dumps({"missing": True}))
        return
    warnings.simplefilter("ignore")
    with Path(sys.argv[1]).open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    y, day = (np.array([float(row[k]) for row in rows]) for k in ("y", "day"))
    arm = np.unique([row["arm"] for row in rows], return_inverse=True)[1]
    each = np.eye(arm.max() + 1)[arm]
    x = np.column_stack([np.ones(y.size), day, each[:, 1:], each[:, 1:] * day[:, None]])
    z = np.column_stack([np.ones(y.size), day])
    seconds, fit = [], None
    for _ in range(int(sys.argv[2])):
        begin = time.perf_counter()
        fit = MixedLM(y, x, [row["animal"] for row in rows], exog_re=z).fit(reml=True)
        seconds.append(time.perf_counter() - begin)
    said = {
        "version": statsmodels.__version__,
        "seconds": min(seconds),
        "converged": bool(fit.converged),
        "log_likelihood": float(fit.llf),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
