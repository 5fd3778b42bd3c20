"""Sentences on curves that are no single Hill step: those that rise first, and those of two."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Int

from exportin.curves.models import ModelFits
from exportin.kernels.biphasic import fit_biphasic
from exportin.kernels.biphasic_profile import profile_biphasic_ec50
from exportin.kernels.biphasic_slopes import MIN_SLOPES_DOSES
from exportin.kernels.hill_batch import HillFits, fit_many
from exportin.kernels.hill_profile import HillIntervals
from exportin.kernels.hormesis import ALPHA_HORMESIS, fit_hormesis
from exportin.kernels.hormesis_profile import profile_hormesis_peak
from exportin.kernels.replicates_test import ALPHA_LACK_OF_FIT, lack_of_fit

Wells = Float[np.ndarray, " wells"]
Offsets = Int[np.ndarray, " edges"]
_Curves = tuple[np.ndarray, np.ndarray, np.ndarray]


def said_of_shapes(
    names: Sequence[str],
    curves: tuple[Wells, Wells, Offsets],
    *,
    models: Sequence[str],
    fits: ModelFits,
    conf_level: float,
    weight: Wells | None = None,
) -> list[str]:
    """Say which curves rise first, which no Hill curve fits, and which take two steps.

    Parameters
    ----------
    names
        What to call each curve.
    curves
        Doses above zero, responses as fractions of the vehicle's, offsets; as `fit_models`.
    models, fits
        The models that were asked for, and what `fit_models` made of them.
    conf_level
        Level of the intervals, which are profile-likelihood intervals.
    weight
        Weights of the wells, for the two steps.

    Examples
    --------
    >>> from exportin.curves.models import fit_models
    >>> x = np.repeat(10.0 ** np.linspace(-9.0, -4.0, 11), 2)
    >>> y = 0.5 / (1 + x / 1e-8) + 0.5 / (1 + x / 1e-5) + np.tile([0.01, -0.01], 11)
    >>> curves, asked = (x, y, np.array([0, 22])), ["hill4", "biphasic"]
    >>> fits = fit_models(*curves, models=asked)
    >>> said = said_of_shapes(["drug"], curves, models=asked, fits=fits, conf_level=0.95)
    >>> [text.partition(":")[0] for text in said if "best by AICc" in text]
    ['drug']
    """
    wells = np.log10(curves[0]), curves[1], curves[2]
    hill = fit_many(*wells)
    said = [*_rises(names, wells, hill, conf_level), *_lacks(names, wells, hill)]
    if "biphasic" in models:
        chosen = np.flatnonzero(fits.best() == list(fits.models).index("biphasic"))
        said += _two_steps(names, wells, chosen, conf_level, weight)
    if "biphasic_slopes" in models:
        said += _too_few(names, wells)
    return said


def _rises(
    names: Sequence[str], wells: _Curves, hill: HillFits, conf_level: float
) -> Iterator[str]:
    rises = fit_hormesis(*wells, hill)
    chosen = np.flatnonzero(rises.p <= ALPHA_HORMESIS)
    if not chosen.size:
        return
    part, _ = _some(wells, chosen)
    mine = fit_hormesis(*part, fit_many(*part))
    peak = profile_hormesis_peak(*part, mine, conf_level=conf_level)
    for k, i in enumerate(chosen.tolist()):
        high = "not bounded above" if peak.open_high[k] else f"to {100 * peak.high[k]:.0f} %"
        yield (
            f"{names[i]}: the response rises first, by {100 * rises.peak[i]:.0f} % of vehicle "
            f"({conf_level:.0%} interval {100 * peak.low[k]:.0f} {high}) "
            f"at dose {10.0 ** rises.log10_peak[i]:.3g} (hormesis; Brain-Cousens against Hill, "
            f"p = {rises.p[i]:.2g}), which a Hill curve cannot follow."
        )


def _lacks(names: Sequence[str], wells: _Curves, hill: HillFits) -> Iterator[str]:
    parameters = np.full(hill.n.size, 4, np.int64)
    lack = lack_of_fit(*wells, rss=hill.rss, parameters=parameters)
    for i in np.flatnonzero(lack.p <= ALPHA_LACK_OF_FIT).tolist():
        yield (
            f"{names[i]}: the dose means lie further from the Hill curve than the replicates "
            f"of a dose lie apart (replicates test, p = {lack.p[i]:.2g})."
        )


def _two_steps(
    names: Sequence[str],
    wells: _Curves,
    chosen: np.ndarray,
    conf_level: float,
    weight: np.ndarray | None,
) -> Iterator[str]:
    if not chosen.size:
        return
    part, keep = _some(wells, chosen)
    mine = None if weight is None else weight[keep]
    fits = fit_biphasic(*part, weight=mine)
    steps = [
        profile_biphasic_ec50(*part, fits, step=step, conf_level=conf_level, weight=mine)
        for step in (1, 2)
    ]
    for k, i in enumerate(chosen.tolist()):
        first, second = (
            f"{10.0 ** place[k]:.3g} ({_limits(interval, k)})"
            for place, interval in zip((fits.log10_ec50_1, fits.log10_ec50_2), steps, strict=True)
        )
        yield (
            f"{names[i]}: two steps are best by AICc; the first, {fits.share[k]:.0%} of the fall, "
            f"has its EC50 at {first}, the second at {second} ({conf_level:.0%} intervals)."
        )


def _limits(found: HillIntervals, k: int) -> str:
    low = "open" if found.open_low[k] else f"{10.0 ** found.low[k]:.3g}"
    high = "open" if found.open_high[k] else f"{10.0 ** found.high[k]:.3g}"
    return f"{low} to {high}"


def _too_few(names: Sequence[str], wells: _Curves) -> Iterator[str]:
    x, _, offsets = wells
    for i, name in enumerate(names):
        doses = np.unique(x[offsets[i] : offsets[i + 1]]).size
        if doses < MIN_SLOPES_DOSES:
            yield (
                f"{name}: {doses} distinct doses; the model 'biphasic_slopes' has seven "
                f"parameters, needs {MIN_SLOPES_DOSES} doses and was left out."
            )


def _some(wells: _Curves, chosen: np.ndarray) -> tuple[_Curves, np.ndarray]:
    """Wells of some curves, and where they stand."""
    x, y, offsets = wells
    size = np.diff(offsets)
    keep = np.concatenate([np.arange(offsets[i], offsets[i + 1]) for i in chosen.tolist()])
    edges = np.concatenate([[0], np.cumsum(size[chosen])]).astype(np.int64)
    return (x[keep], y[keep], edges), keep
