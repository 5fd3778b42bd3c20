"""Fits curves with other people's programs; runs in their own environment.

    python bench/peer_fits.py CURVES.npz PEER

CURVES.npz holds ``log10_dose`` (wells) and ``response`` (curves x wells); printed is one line of
JSON: version, fits per second of processor time, and per curve rss, log10_ec50 and hill (null
where the fit failed).
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version

import numpy as np

LN10 = float(np.log(10.0))
Found = tuple[float, float, float]
"""Residual sum, log10 EC50, hill."""


def logistic(
    x: np.ndarray, top: float, bottom: float, log10_ec50: float, hill: float
) -> np.ndarray:
    """Height of the four-parameter curve."""
    return bottom + (top - bottom) / (1.0 + 10.0 ** (hill * (x - log10_ec50)))


def guess(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float, float]:
    """One usual start: highest, lowest, middle dose, slope one."""
    return float(y.max()), float(y.min()), float(np.median(x)), 1.0


def _found(x: np.ndarray, y: np.ndarray, top: float, bottom: float, e: float, h: float) -> Found:
    with np.errstate(over="ignore"):
        return float(np.sum((y - logistic(x, top, bottom, e, h)) ** 2)), float(e), float(h)


def with_scipy(x: np.ndarray, y: np.ndarray) -> Found | None:
    """SciPy curve_fit, Levenberg-Marquardt, one start, its own limit of evaluations."""
    from scipy.optimize import curve_fit

    try:
        found, _ = curve_fit(logistic, x, y, p0=guess(x, y))
    except RuntimeError:
        return None
    return _found(x, y, *found)


def with_lmfit(x: np.ndarray, y: np.ndarray) -> Found | None:
    """Run lmfit's Model with the same start, bounds on the box of the bench."""
    import lmfit

    model = lmfit.Model(logistic)
    top, bottom, e, h = guess(x, y)
    start = model.make_params(top=top, bottom=bottom, log10_ec50=e, hill=h)
    start["hill"].set(min=0.05, max=50.0)
    start["log10_ec50"].set(min=x.min() - 3.0, max=x.max() + 3.0)
    found = model.fit(y, start, x=x).best_values
    return _found(x, y, found["top"], found["bottom"], found["log10_ec50"], found["hill"])


def with_curvecurator(x: np.ndarray, y: np.ndarray) -> Found | None:
    """CurveCurator's standard strategy in its own box; its null model and tests are not timed."""
    from curve_curator.models import LogisticModel

    model = LogisticModel()
    model.set_boundaries(x)
    model.efficiently_fit_ols(x, y, noise=float(np.std(y)))
    p = model.get_all_parameters()
    return _found(x, y, p["front"], p["back"], -p["pec50"], p["slope"])


PEERS: dict[str, tuple[str, Callable[[np.ndarray, np.ndarray], Found | None]]] = {
    "scipy": ("scipy", with_scipy),
    "lmfit": ("lmfit", with_lmfit),
    "curvecurator": ("curve_curator", with_curvecurator),
}


def main() -> None:
    path, name = sys.argv[1:]
    package, fit = PEERS[name]
    with np.load(path, allow_pickle=False) as held:
        x, curves = held["log10_dose"], held["response"]
    warnings.simplefilter("ignore")
    fit(x, curves[0])  # imports and first-call costs are not counted
    begin = time.process_time()
    found = [fit(x, y) for y in curves]
    seconds = time.process_time() - begin
    print(json.dumps({"version": version(package), "rate": len(curves) / seconds, "fits": found}))


if __name__ == "__main__":
    main()
