"""Fits on request: plateaus or slope held at a number, or weights that spare bad wells."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from exportin.curves.potency_arrays import ManyFits, answers, fit_all, response_p
from exportin.kernels.hill_batch import HillFits
from exportin.kernels.hill_constrained import FREE, fit_constrained, free_parameters
from exportin.kernels.hill_constrained_profile import (
    profile_constrained_absolute,
    profile_constrained_ec50,
)
from exportin.kernels.hill_profile import HillIntervals, profile_absolute_many, profile_ec50_many
from exportin.kernels.robust import fit_robust, robust_level

Wells = Float[np.ndarray, " wells"]
Offsets = Int[np.ndarray, " edges"]
PerCurve = Float[np.ndarray, " curves"]
_Curves = tuple[np.ndarray, np.ndarray, np.ndarray]
_Levels = tuple[tuple[float, ...], np.ndarray | float]

_NAMES = ("response_top", "response_bottom", "hill_slope")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is held (NaN: free), and whether bad wells count less; nothing by default."""

    top: float = FREE
    bottom: float = FREE
    hill: float = FREE
    robust: bool = False

    def holds(self) -> bool:
        """Whether any parameter is held."""
        return self.free() < 4

    def free(self) -> int:
        """Count the free parameters."""
        return free_parameters(self.top, self.bottom, self.hill)

    def held(self) -> tuple[str, ...]:
        """Name the quantities that are held."""
        named = zip(_NAMES, (self.top, self.bottom, self.hill), strict=True)
        return tuple(name for name, value in named if not np.isnan(value))

    def methods(self) -> str:
        """Names of the methods, joined by +."""
        held = [f"{name}_held" for name in self.held()]
        shape = ["hill_held", *held] if held else ["hill4"]
        return "+".join([*shape, *(["biweight"] if self.robust else [])])


def fit_requested(
    dose: Wells,
    response: Wells,
    offsets: Offsets,
    *,
    request: Request,
    levels: tuple[float, ...],
    n_reference: PerCurve | float,
    conf_level: float,
    seed: int,
) -> ManyFits:
    """Fit every curve as asked; without a request this is `fit_all`.

    Held plateaus are exact numbers. Robust weights come from the four-parameter fit and stay
    with the wells; intervals then ask for a higher level (`robust_level`) and are approximate.
    The test of any response takes all wells alike.

    Examples
    --------
    >>> x = np.repeat(10.0 ** np.arange(-9.0, -4.0), 2)
    >>> y = 1 / (1 + x / 1e-7) + np.tile([0.02, -0.02], 5)
    >>> found = fit_requested(x, y, np.array([0, 10]), request=Request(top=1.0, bottom=0.0),
    ...     levels=(0.5,), n_reference=8.0, conf_level=0.95, seed=1)
    >>> round(found.ec50.value[0] * 1e9), found.fits.top.tolist()
    (100, [1.0])
    """
    wells = np.log10(dose), response, offsets
    if not request.holds() and not request.robust:
        return fit_all(
            dose, response, offsets, levels=levels, n_reference=n_reference,
            conf_level=conf_level, seed=seed,
        )  # fmt: skip
    spared = fit_robust(*wells) if request.robust else None
    weight = None if spared is None else spared.weight
    asked = conf_level if spared is None else robust_level(conf_level)
    if spared is not None and not request.holds():
        fits = spared.fits
        intervals = _free_intervals(wells, fits, weight, asked, (levels, n_reference))
    else:
        fits, intervals = _held(wells, request, weight, asked, (levels, n_reference))
    p = response_p(*wells, fits, seed)
    return answers(dose, response, offsets, fits=fits, p=p, intervals=intervals, levels=levels)


def _free_intervals(
    wells: _Curves, fits: HillFits, weight: np.ndarray | None, conf_level: float, asked: _Levels
) -> tuple[HillIntervals, ...]:
    levels, behind = asked
    ec50 = profile_ec50_many(*wells, fits, conf_level=conf_level, weight=weight)
    absolute = [
        profile_absolute_many(
            *wells, fits, level=v, n_reference=behind, conf_level=conf_level, weight=weight
        )
        for v in levels
    ]
    return (ec50, *absolute)


def _held(
    wells: _Curves, request: Request, weight: np.ndarray | None, conf_level: float, asked: _Levels
) -> tuple[HillFits, tuple[HillIntervals, ...]]:
    levels, behind = asked
    top, bottom, hill = request.top, request.bottom, request.hill
    fits = fit_constrained(*wells, top=top, bottom=bottom, hill=hill, weight=weight)
    ec50 = profile_constrained_ec50(
        *wells, fits, top=top, bottom=bottom, hill=hill, conf_level=conf_level, weight=weight
    )
    absolute = [
        profile_constrained_absolute(
            *wells, fits, level=v, n_reference=behind, top=top, bottom=bottom, hill=hill,
            conf_level=conf_level, weight=weight,
        )
        for v in levels
    ]  # fmt: skip
    return fits, (ec50, *absolute)
