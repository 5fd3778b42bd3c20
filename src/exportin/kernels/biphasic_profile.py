"""Profile intervals of biphasic curves: of each EC50, and of the dose of a level."""

import numpy as np

from exportin.kernels.biphasic import (
    BIPHASIC_DECADES,
    PARAMETERS,
    BiphasicFits,
    biphasic_dose,
    biphasic_heights,
    shapes,
)
from exportin.kernels.cone import in_cone, take
from exportin.kernels.hill_batch import (
    CONSTANT,
    TOO_FEW,
    Collapsed,
    Offsets,
    PerCurve,
    Wells,
    collapse_many,
)
from exportin.kernels.hill_profile import HillIntervals
from exportin.kernels.shape_profile import (
    Profile,
    Searcher,
    Task,
    interval,
    limit_of,
    no_error,
    scored_by,
    spread,
    with_level,
)
from exportin.kernels.two_shapes import Rows, rows_of

_LN10 = float(np.log(10.0))
_PLACES = 26


def profile_biphasic_absolute(
    log10_dose: Wells,
    response: Wells,
    offsets: Offsets,
    fits: BiphasicFits,
    *,
    level: float,
    n_reference: PerCurve | float = np.inf,
    conf_level: float = 0.95,
    weight: Wells | None = None,
) -> HillIntervals:
    """Interval of doses at which each two-step curve may equal ``level``.

    All doses x with (RSS(x) - RSS) / (RSS / (n - 5)) <= F(1, n - 5), RSS(x) the lowest sum of
    squares of curves that pass through (x, level); curves of one step are among them. The error of
    the vehicle mean enters through ``n_reference``, as in `profile_absolute_many`. Limits are
    looked for up to one decade beyond the tested doses; an end that is not found there is open.
    Where the fit does not reach the level, the search begins at the end on the level's side.

    References
    ----------
    Bates and Watts 1988, Nonlinear Regression Analysis, ch. 6.

    Examples
    --------
    >>> from exportin.kernels.biphasic import fit_biphasic
    >>> x = np.repeat(np.linspace(-9.0, -3.0, 13), 2)
    >>> y = 0.3 / (1 + 10 ** (x + 8.0)) + 0.7 / (1 + 10 ** (x + 5.0)) + np.tile([0.01, -0.01], 13)
    >>> curves = x, y, np.array([0, 26])
    >>> fits = fit_biphasic(*curves)
    >>> found = profile_biphasic_absolute(*curves, fits, level=0.5)
    >>> bool(found.low[0] < biphasic_dose(fits, 0.5)[0] < found.high[0])
    True
    """
    if not level > 0.0:
        msg = f"Expected a level above zero, got {level}."
        raise ValueError(msg)
    data = collapse_many(log10_dose, response, offsets, weight)
    chosen, rows = _known(data, fits)
    extra = np.broadcast_to(np.asarray(n_reference, np.float64), fits.n.shape)[chosen] / level**2
    low, high = _box(rows)
    model = in_cone(shapes)
    search = Searcher(model, scored_by(model, lambda i: _pairs(low[i], high[i])))
    pure = data.pure[chosen]

    def profile(at: np.ndarray, of: np.ndarray) -> np.ndarray:
        held = with_level(take(rows, of), at, level, extra[of])
        box = np.stack([low[of]] * 2, axis=1), np.stack([high[of]] * 2, axis=1)
        return np.asarray(search.lowest(held, of, box) + pure[of])

    last = np.full(fits.n.size, np.nan)
    last[chosen] = rows.x.max(axis=1) if chosen.size else last[chosen]
    last = biphasic_heights(last / _LN10, fits)[chosen]
    estimate = biphasic_dose(fits, level)[chosen] * _LN10
    above = (last - level) * (1.0 - level) > 0.0
    return _spread(profile, estimate, (low, high), above, (data, chosen, fits, conf_level))


def profile_biphasic_ec50(
    log10_dose: Wells,
    response: Wells,
    offsets: Offsets,
    fits: BiphasicFits,
    *,
    step: int,
    conf_level: float = 0.95,
    weight: Wells | None = None,
) -> HillIntervals:
    """Interval of the EC50 of the first or second step (the lower or the higher dose).

    As `profile_biphasic_absolute`, with that EC50 held and the other one not on its wrong side.
    Where one step would do (the wells do not contradict a share of 0 or 1), the place of the other
    is anywhere, and the interval is open.

    Parameters
    ----------
    log10_dose, response, offsets, fits, conf_level, weight
        As above.
    step : int
        1 or 2.

    Examples
    --------
    >>> from exportin.kernels.biphasic import fit_biphasic
    >>> x = np.repeat(np.linspace(-9.0, -3.0, 13), 2)
    >>> y = 0.5 / (1 + 10 ** (x + 8.0)) + 0.5 / (1 + 10 ** (x + 5.0)) + np.tile([0.01, -0.01], 13)
    >>> curves = x, y, np.array([0, 26])
    >>> found = profile_biphasic_ec50(*curves, fit_biphasic(*curves), step=2)
    >>> bool(found.low[0] < -5.0 < found.high[0])
    True
    """
    if step not in (1, 2):
        msg = f"Expected step 1 or 2, got {step}."
        raise ValueError(msg)
    data = collapse_many(log10_dose, response, offsets, weight)
    chosen, rows = _known(data, fits)
    low, high = _box(rows)
    model = in_cone(shapes)
    search = Searcher(model, scored_by(model, lambda i: _pairs(low[i], high[i])))
    pure = data.pure[chosen]

    def profile(at: np.ndarray, of: np.ndarray) -> np.ndarray:
        first, second = ((at, at), (at, high[of])) if step == 1 else ((low[of], at), (at, at))
        box = np.stack([first[0], second[0]], axis=1), np.stack([first[1], second[1]], axis=1)
        return np.asarray(search.lowest(take(rows, of), of, box) + pure[of])

    found = fits.log10_ec50_1 if step == 1 else fits.log10_ec50_2
    above = np.full(chosen.size, step == 2)
    return _spread(
        profile, found[chosen] * _LN10, (low, high), above, (data, chosen, fits, conf_level)
    )


def _known(data: Collapsed, fits: BiphasicFits) -> tuple[np.ndarray, Rows]:
    chosen = np.flatnonzero((fits.status != TOO_FEW) & (fits.status != CONSTANT))
    if chosen.size:
        return chosen, rows_of(data, chosen)
    none = np.empty((0, 1))
    return chosen, Rows(none, none, none)


def _box(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    reach = BIPHASIC_DECADES * _LN10
    return rows.x[:, 0] - reach, rows.x.max(axis=1) + reach


def _pairs(low: float, high: float) -> np.ndarray:
    """Pairs of places of the two steps; each pair once."""
    places = np.linspace(low, high, _PLACES)
    first, second = np.triu_indices(_PLACES)
    return np.stack([places[first], places[second]], axis=1)


def _spread(
    profile: Profile,
    estimate: np.ndarray,
    ends: tuple[np.ndarray, np.ndarray],
    above: np.ndarray,
    about: tuple[Collapsed, np.ndarray, BiphasicFits, float],
) -> HillIntervals:
    data, chosen, fits, conf_level = about
    rss = fits.rss[chosen]
    task = Task(
        profile, estimate, limit_of(rss, fits.n[chosen], PARAMETERS, conf_level), *ends, above,
        no_error(rss, data.total[chosen]),
    )  # fmt: skip
    return spread(interval(task), chosen, fits.n.size)
