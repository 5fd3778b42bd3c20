"""FCS: 1,000,000 events of 12 channels from bytes to events, beside the floor and other readers.

The floor is `numpy.fromfile` on the same bytes: a copy of them and nothing else. Every time is the
best of several in one run on one core; files lie in memory (page cache). Our time holds the digest
of the file, which every run of a study needs, and a tube that is laid out channel by channel.
"""

import subprocess
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from bench.peers import python
from bench.printing import say, table

HERE = Path(__file__).resolve().parent
EVENTS, CHANNELS, SEED = 1_000_000, 12, 20261121
KINDS = {
    "float32": ("<f4", 0), "float32, high byte first": (">f4", 0),
    "integers, 32 bits": ("<u4", 262_144), "integers, 32 bits, high byte first": (">u4", 262_144),
    "integers, 16 bits, 1024 channels": (">u2", 1024),
    "integers of 16 and 32 bits": ("mixed", 65_536),
}  # fmt: skip
GOALS = {"float32": 0.15, "integers, 32 bits": 0.5}


def run(args: Namespace) -> None:
    events = EVENTS // 50 if args.brief else EVENTS
    times = 2 if args.brief else 5
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for kind in KINDS for row in _rows(kind, events, times, Path(folder))]
    columns = ("file", "reader", "s", "to fromfile", "goal")
    say(table(f"FCS, {events:,} events x {CHANNELS} channels", columns, rows))
    if python() is None:
        say("  flowkit: not installed (make peers)")


def _rows(kind: str, events: int, times: int, folder: Path) -> list[tuple[str, ...]]:
    path = folder / "a.fcs"
    path.write_bytes(file_of(kind, events))
    floor = best(lambda: np.fromfile(path, dtype="u1"), times)
    goal = f"<= {GOALS[kind]:.2f} s" if kind in GOALS else ""
    found = [
        (kind, "numpy.fromfile", f"{floor:.3f}", "1.0", ""),
        _row("exportin", best(lambda: ours(path), times), floor, goal),
    ]
    if find_spec("flowio"):
        found.append(_row("flowio", by_flowio(path, 1), floor, ""))
    seconds = by_flowkit(path)
    if seconds is not None:
        found.append(_row("flowkit", seconds, floor, ""))
    return found


def _row(name: str, seconds: float, floor: float, goal: str) -> tuple[str, ...]:
    return "", name, f"{seconds:.3f}", f"{seconds / floor:.1f}", goal


def best(work: Callable[[], object], times: int) -> float:
    """Shortest of several runs, in seconds."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


def ours(path: Path) -> None:
    """A file to its events, as a study has them."""
    from exportin.contract.reader import Request
    from exportin.readers.fcs import READER
    from exportin.tables.events import Events
    from exportin.tables.origin import Source

    made = READER.read(Source(name=path.name, data=path.read_bytes()), Request(kind=Events))
    assert isinstance(made, Events)
    made.open(made.frame["row_id"][0])


def by_flowio(path: Path, times: int) -> float:
    """Seconds of flowio for the flat list and the array without a transformation."""
    import flowio

    return best(lambda: flowio.FlowData(str(path)).as_array(preprocess=False), times)


def by_flowkit(path: Path) -> float | None:
    """Seconds of FlowKit for a sample, its import left out; None where it is not there or fails."""
    run_by = python()
    if run_by is None:
        return None
    words = [str(run_by), "-P", str(HERE / "fcs_peer.py"), str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def file_of(kind: str, events: int) -> bytes:
    """An FCS 3.1 file of random numbers."""
    rng = np.random.default_rng(SEED)
    code, top = KINDS[kind]
    codes = [code] * CHANNELS if code != "mixed" else ["<u2", "<u4"] * (CHANNELS // 2)
    row = np.dtype([(f"C{i}", one) for i, one in enumerate(codes)])
    made = np.empty(events, dtype=row)
    for i in range(CHANNELS):
        made[f"C{i}"] = rng.integers(0, top, events) if top else 1000 * rng.random(events)
    keys = {
        "$PAR": CHANNELS, "$TOT": events, "$DATATYPE": "I" if top else "F", "$MODE": "L",
        "$BYTEORD": "4,3,2,1" if code[0] == ">" else "1,2,3,4", "$NEXTDATA": 0,
        "$BEGINANALYSIS": 0, "$ENDANALYSIS": 0, "$BEGINSTEXT": 0, "$ENDSTEXT": 0,
    }  # fmt: skip
    for i, one in enumerate(codes, 1):
        bits = 8 * np.dtype(one).itemsize
        keys |= {f"$P{i}N": f"C{i}", f"$P{i}B": bits, f"$P{i}R": top or 262_144, f"$P{i}E": "0,0"}
    first, last = 4000, 3999 + made.nbytes
    keys |= {"$BEGINDATA": first, "$ENDDATA": last}
    text = "/" + "".join(f"{key}/{value}/" for key, value in keys.items())
    where = (58, 57 + len(text), first, last, 0, 0)
    head = "FCS3.1    " + "".join(f"{number:8d}" for number in where)
    return (head + text).ljust(first).encode() + made.tobytes()
