"""Prints speed, accuracy, coverage and scale of curve fits, tumor growth and FCS files in one run.

    python bench/run.py                    everything, default sizes
    python bench/run.py speed accuracy     these parts only
    python bench/run.py --full             the sizes of the published table (longer)

Machines are noisy: read the ratios, which come from one run, not the rates.
"""

import os
import sys
import time
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from importlib import import_module
from pathlib import Path

ONE_THREAD = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
)  # fmt: skip
PARTS = (
    "speed",
    "accuracy",
    "coverage",
    "scale",
    "mixed",
    "vivo",
    "composition",
    "fcs",
    "dna",
    "flow",
    "flow_plate",
)


def arguments() -> Namespace:
    ask = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    ask.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS) + "; all if none")
    ask.add_argument("--full", action="store_true", help="a million curves in the scale part")
    ask.add_argument("--brief", action="store_true", help="a quick look: tiny sizes everywhere")
    ask.add_argument("--curves", type=int, help="curves against the judge (10,000)")
    ask.add_argument("--rows", type=int, help="curves per row of the coverage table (20,000)")
    ask.add_argument("--scale", type=int, help="curves from Parquet to Parquet (100,000)")
    ask.add_argument("--cores", type=int, default=min(2, os.cpu_count() or 1))
    found = ask.parse_args()
    wrong = sorted(set(found.parts) - set(PARTS))
    if wrong:
        ask.error(f"no part named {', '.join(wrong)}; there are {', '.join(PARTS)}")
    return found


def main() -> None:
    args = arguments()
    from bench.machine import facts
    from bench.printing import say

    say(facts())
    for part in args.parts or PARTS:
        begin = time.perf_counter()
        say()
        import_module(f"bench.{part}").run(args)
        say(f"  ({part}: {time.perf_counter() - begin:.0f} s)")


if __name__ == "__main__":
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # bench/ would hide "coverage"
    main()
