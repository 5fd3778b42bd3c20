"""Seconds of the very first fit and of the first intervals, in a process of its own."""

import json
import sys
import time
from pathlib import Path


def main() -> None:
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # bench/ would hide "coverage"
    import numpy as np

    from bench import engine
    from bench.curves import speed_mix

    curves = speed_mix(np.random.default_rng(0), 20)
    begin = time.perf_counter()
    fits = engine.fit(curves)
    fitted = time.perf_counter()
    engine.ec50_intervals(curves, fits)
    engine.ic50_intervals(curves, fits)
    done = time.perf_counter()
    print(json.dumps({"fit": fitted - begin, "intervals": done - fitted}))


if __name__ == "__main__":
    main()
