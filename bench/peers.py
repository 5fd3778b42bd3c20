"""Starts the peers in their own environment and compares their residual sums with ours."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench import engine
from bench.curves import Packed

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).resolve().parent


class Peer(NamedTuple):
    """What one program did with curves that we fitted too."""

    name: str
    version: str
    rate: float
    n: int
    failed: int
    ours_above: int
    """Curves on which our residual sum is above by more than 1e-6, the peer inside our box."""
    reachable: int
    """Curves on which our best fit lies in the peer's own box, so that it could have had it."""
    theirs_above: int
    """Of these, curves on which the peer's is above by more than 1e-3, or it failed."""


class Box(NamedTuple):
    """Where a fitter searches: hill, decades of EC50 beyond the doses, plateaus."""

    hill: tuple[float, float]
    decades: float
    plateau: tuple[float, float]

    def holds(self, x: np.ndarray, e: float, h: float, top: float, bottom: float) -> bool:
        """Whether a curve lies inside, with room for rounding."""
        inside = x.min() - self.decades - EDGE <= e <= x.max() + self.decades + EDGE
        inside = inside and self.hill[0] - EDGE <= h <= self.hill[1] + EDGE
        low, high = self.plateau
        return bool(inside and low <= min(top, bottom) and max(top, bottom) <= high)


EDGE = 1e-9
OURS = Box((0.05, 50.0), 3.0, (-np.inf, np.inf))
THEIRS = {
    "scipy": Box((-np.inf, np.inf), np.inf, (-np.inf, np.inf)),
    "lmfit": OURS,
    "curvecurator": Box((0.01, 10.0), 2.0, (1e-4, 1e6)),
}


def python() -> Path | None:
    """Interpreter of the peers' environment, None where it was not made."""
    for place in ("bin/python", "Scripts/python.exe"):
        if (ROOT / ".venv-peers" / place).is_file():
            return ROOT / ".venv-peers" / place
    return None


def compare(name: str, curves: Packed, doses: np.ndarray) -> Peer | str:
    """Let one peer fit curves of one design; a sentence where it could not."""
    run_by = python() or (Path(sys.executable) if name == "scipy" else None)
    if run_by is None:
        return f"{name}: not installed (make peers)"
    matrix = curves.response.reshape(curves.n_curves, doses.size)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "curves.npz"
        np.savez(file, log10_dose=doses, response=matrix)
        done = subprocess.run(
            [str(run_by), "-P", str(HERE / "peer_fits.py"), str(file), name],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        return f"{name}: could not run ({(done.stderr.strip().splitlines() or ['?'])[-1]})"
    return _scored(name, json.loads(done.stdout), curves)


def _scored(name: str, said: dict[str, Any], curves: Packed) -> Peer:
    found: list[list[float] | None] = said["fits"]
    ours = engine.fit(curves)
    ours_above = theirs_above = reachable = 0
    for i, fit in enumerate(found):
        x, y = curves.curve(i)
        mine, floor = float(ours.rss[i]), 1e-12 * float(np.sum((y - y.mean()) ** 2))
        top, bottom, e, h = (float(part[i]) for part in ours[:4])
        theirs = np.inf if fit is None or not np.isfinite(fit[0]) else fit[0]
        if fit is not None and np.isfinite(theirs):
            inside = OURS.holds(x, fit[1], fit[2], 0.0, 0.0)
            ours_above += inside and mine - theirs > 1e-6 * max(theirs, floor)
        if THEIRS[name].holds(x, e, h, top, bottom):
            reachable += 1
            theirs_above += theirs - mine > 1e-3 * max(mine, floor)
    failed = sum(fit is None for fit in found)
    return Peer(
        name, said["version"], said["rate"], len(found), failed, ours_above, reachable, theirs_above
    )
