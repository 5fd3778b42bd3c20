"""Run every reference program and compare what it writes with the files kept here.

    python reference/remake.py [--write] [FOLDER ...]

Each program (reference/*/make_reference.R) runs in a copy of its folder, so that nothing is written
over; --write takes the new files over. Ends with 1 if a number differs, 2 if a program cannot run.
Numbers may differ in their last digits with another version of R: up to 1e-6 is the same (what R
finds by searching, such as profile limits, has no more digits), and the largest difference is said.
"""

import csv
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = "make_reference.R"
SAME = 1e-6  # relative to the larger number, absolute below 1e-6
NO_PACKAGE = re.compile(r"there is no package called .(\w[\w.]*).")


def main(arguments: list[str]) -> int:
    """Run the folders named, or all; print a line for each."""
    write = "--write" in arguments
    names = [name for name in arguments if name != "--write"]
    folders = [HERE / name for name in names] or sorted(p for p in HERE.iterdir() if p.is_dir())
    if shutil.which("Rscript") is None:
        print("Rscript is not installed (Debian: r-base-core).")
        return 2
    ends = [remake(folder, write=write) for folder in folders]
    return max(ends, default=0)


def remake(folder: Path, *, write: bool) -> int:
    """Run one program and compare its files; 0 the same, 1 different, 2 not run."""
    if not (folder / PROGRAM).is_file():
        say(folder, "no program in R; its README says how its numbers are made again")
        return 0
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / folder.name
        shutil.copytree(folder, copy)
        kept = sorted(copy.glob("expected*.csv"))
        for path in kept:
            path.unlink()
        environment = dict(os.environ)
        if environment.get("EXPORTIN_REALDATA"):
            environment["EXPORTIN_REALDATA"] = str(Path(environment["EXPORTIN_REALDATA"]).resolve())
        done = subprocess.run(
            ["Rscript", PROGRAM], cwd=copy, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            package = NO_PACKAGE.search(done.stderr)
            lines = done.stderr.strip().splitlines() or ["no message"]
            why = f"needs the R package {package[1]}" if package else lines[-1]
            say(folder, f"did not run: {why}")
            return 2
        ends = [compare(folder, copy / path.name) for path in kept]
        if write:
            for path in [*copy.glob("expected*.csv"), copy / "versions.txt"]:
                shutil.copy(path, folder / path.name)
    return max(ends, default=0)


def compare(folder: Path, made: Path) -> int:
    """Compare one file with the one that is kept."""
    if not made.is_file():
        say(folder, f"{made.name} was not made: EXPORTIN_REALDATA names no folder")
        return 0
    kept = folder / made.name
    if made.read_bytes() == kept.read_bytes():
        say(folder, f"{made.name}: the same bytes")
        return 0
    try:
        largest, where = difference(read(kept), read(made))
    except ValueError as error:
        say(folder, f"{made.name} differs: {error}")
        return 1
    said = f"largest relative difference {largest:.2g} ({where})"
    say(folder, f"{made.name}: {'the same numbers' if largest <= SAME else 'DIFFERS'}, {said}")
    return int(largest > SAME)


def read(path: Path) -> list[list[str]]:
    """Read all cells of a file."""
    with path.open(newline="") as file:
        return list(csv.reader(file))


def difference(kept: list[list[str]], made: list[list[str]]) -> tuple[float, str]:
    """Largest relative difference of two tables and its row.

    Raises
    ------
    ValueError
        If rows or words differ.
    """
    if len(kept) != len(made):
        raise ValueError(f"{len(made)} rows, kept are {len(kept)}")
    largest, where = 0.0, "no row"
    for one, other in zip(kept, made, strict=True):
        if len(one) != len(other):
            raise ValueError(f"row '{','.join(one)}' has another number of cells")
        for a, b in zip(one, other, strict=True):
            apart = _apart(a, b)
            if apart is None:
                raise ValueError(f"'{a}' is now '{b}' in row '{','.join(one[:-1])}'")
            if apart > largest:
                largest, where = apart, ",".join(one[:-1])
    return largest, where


def _apart(a: str, b: str) -> float | None:
    """Relative difference of two cells; None if they are different words."""
    if a == b:
        return 0.0
    try:
        x, y = float(a), float(b)
    except ValueError:
        return None
    if not (math.isfinite(x) and math.isfinite(y)):
        return None
    return abs(x - y) / max(abs(x), abs(y), 1e-6)


def say(folder: Path, text: str) -> None:
    """Print one line."""
    print(f"{folder.name}: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
