"""Several models through the same wells: which fits best, and how far potencies hang on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from exportin.kernels import biphasic, biphasic_slopes
from exportin.kernels.biphasic import biphasic_dose, fit_biphasic
from exportin.kernels.biphasic_slopes import biphasic_slopes_dose, fit_biphasic_slopes
from exportin.kernels.hill_batch import CONSTANT, OK, TOO_FEW, HillFits
from exportin.kernels.hill_constrained import FREE, fit_constrained, free_parameters
from exportin.kernels.hill_profile import absolute_dose_many

Wells = Float[np.ndarray, " wells"]
Offsets = Int[np.ndarray, " edges"]
PerCurve = Float[np.ndarray, " curves"]
PerModel = Float[np.ndarray, "models curves"]
Chosen = Bool[np.ndarray, "models curves"]
Flag = Bool[np.ndarray, " curves"]

VEHICLE = 1.0
"""Responses are fractions of the vehicle's."""
HELD = {
    "hill4": (FREE, FREE, FREE),
    "hill3": (FREE, 0.0, FREE),
    "hill3_top": (VEHICLE, FREE, FREE),
    "hill2": (VEHICLE, 0.0, FREE),
    "hill_slope1": (FREE, FREE, 1.0),
    "hill_slope1_top": (VEHICLE, FREE, 1.0),
    "hill_slope1_normalized": (VEHICLE, 0.0, 1.0),
}
"""Top, bottom and slope that each model holds; NaN is fitted."""
STEPS = {"biphasic": biphasic.PARAMETERS, "biphasic_slopes": biphasic_slopes.PARAMETERS}
"""Free parameters of the models of two steps: slopes of 1, and slopes of their own."""
MODELS = (*HELD, *STEPS)

PLAUSIBLE_AICC = 4.0
"""Models this close to the best one are not ruled out (Burnham and Anderson 2002, ch. 2.6: below 2
substantial support, 4 to 7 considerably less)."""
MAX_MODEL_FOLD = 2.0
"""Models that disagree by less do not change what is said of a drug: plates read on two days
differ as much (minimum significant ratio of good assays 2 to 3, Assay Guidance Manual)."""
_FLOOR = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFits:
    """What every model makes of every curve, (models, curves); NaN where it is not admissible.

    ``log10_ec50`` is the dose at half of the way from top to bottom, ``log10_absolute`` one such
    array a level; both are NaN outside the tested doses, where a model has nothing to go by.
    """

    models: tuple[str, ...]
    parameters: tuple[int, ...]
    rss: PerModel
    aicc: PerModel
    log10_ec50: PerModel
    log10_absolute: tuple[PerModel, ...]

    def best(self) -> np.ndarray:
        """Place of the model with the lowest AICc, ties to fewer parameters; -1 for none."""
        order = np.argsort(self.parameters, kind="stable")
        aicc = np.where(np.isnan(self.aicc), np.inf, self.aicc)[order]
        first = np.argmax(aicc <= aicc.min(axis=0) + 1e-9, axis=0)
        found: np.ndarray = np.where(np.isfinite(aicc.min(axis=0)), order[first], -1)
        return found

    def plausible(self) -> Chosen:
        """Models whose AICc is within 4 of the best."""
        aicc = np.where(np.isnan(self.aicc), np.inf, self.aicc)
        return np.asarray(np.isfinite(aicc) & (aicc <= aicc.min(axis=0) + PLAUSIBLE_AICC))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpread:
    """Range of a log10 dose over the plausible models that give one.

    ``split`` is true where some plausible models give the dose and others have none within the
    tested doses. NaN where no model gives one.
    """

    low: PerCurve
    high: PerCurve
    split: Flag

    def disagrees(self, low: PerCurve, high: PerCurve) -> Flag:
        """Whether models differ by more than an interval (log10, NaN is open) and than twofold."""
        width = np.where(np.isnan(high - low), np.inf, high - low)
        apart = self.high - self.low
        wide = (apart > width) & (apart > np.log10(MAX_MODEL_FOLD))
        return np.asarray(self.split | wide)


def fit_models(
    dose: Wells,
    response: Wells,
    offsets: Offsets,
    *,
    models: Sequence[str],
    levels: tuple[float, ...] = (0.5,),
    weight: Wells | None = None,
    floor: float = 0.0,
) -> ModelFits:
    """Fit every named model to every curve.

    AICc = n ln(RSS / n) + 2 K + 2 K (K + 1) / (n - K - 1), K the free parameters and the variance;
    n counts wells. A model is admissible for a curve with as many doses as parameters (biphasic:
    seven, biphasic_slopes: eight) and n > K + 1.

    Parameters
    ----------
    dose, response, offsets
        As `fit_all` takes them; response as a fraction of the vehicle's.
    models
        Names in `MODELS`.
    levels
        Fractions of the vehicle's response that define absolute doses.
    weight
        Weights of the wells (`fit_robust`); AICc is then a guide only.
    floor
        Response without living cells, where models hold their bottom: 0, and -1 for GR values.

    Raises
    ------
    ValueError
        If a name is not in `MODELS`.

    References
    ----------
    Burnham and Anderson 2002, Model Selection and Multimodel Inference, 2nd ed., ch. 2.

    Examples
    --------
    >>> x = np.repeat(10.0 ** np.arange(-9.0, -4.0, 0.5), 2)
    >>> y = 1 / (1 + x / 1e-7) + np.tile([0.02, -0.02], 10)
    >>> found = fit_models(x, y, np.array([0, 20]), models=["hill4", "hill_slope1_normalized"])
    >>> found.models[found.best()[0]], found.log10_ec50.round(2)[1].tolist()
    ('hill_slope1_normalized', [-7.0])
    """
    for name in models:
        if name not in MODELS:
            msg = f"Expected models among {', '.join(MODELS)}, got '{name}'."
            raise ValueError(msg)
    wells = np.log10(dose), response, offsets
    made = [_one(name, wells, levels, weight, floor) for name in models]
    n = np.diff(offsets)
    total = _total(response, offsets)
    parameters = tuple(_parameters(name) for name in models)
    rss = np.stack([one[0] for one in made])
    doses = [
        np.stack([_inside(one[1][k], wells[0], offsets) for one in made])
        for k in range(1 + len(levels))
    ]
    aicc = np.stack([_aicc(r, n, p, total) for r, p in zip(rss, parameters, strict=True)])
    return ModelFits(
        models=tuple(models), parameters=parameters, rss=rss, aicc=aicc, log10_ec50=doses[0],
        log10_absolute=tuple(doses[1:]),
    )  # fmt: skip


def model_spread(log10_dose: PerModel, plausible: Chosen) -> ModelSpread:
    """Smallest and largest dose over the plausible models.

    Examples
    --------
    >>> doses = np.array([[-7.0], [-6.5], [np.nan]])
    >>> spread = model_spread(doses, np.array([[True], [True], [False]]))
    >>> spread.low.tolist(), spread.high.tolist(), spread.split.tolist()
    ([-7.0], [-6.5], [False])
    """
    given = plausible & ~np.isnan(log10_dose)
    some = given.any(axis=0)
    low = np.where(some, np.where(given, log10_dose, np.inf).min(axis=0), np.nan)
    high = np.where(some, np.where(given, log10_dose, -np.inf).max(axis=0), np.nan)
    split = some & (plausible & np.isnan(log10_dose)).any(axis=0)
    return ModelSpread(low=low, high=high, split=split)


def _parameters(name: str) -> int:
    return STEPS[name] if name in STEPS else free_parameters(*HELD[name])


def _one(
    name: str,
    wells: tuple[np.ndarray, np.ndarray, np.ndarray],
    levels: tuple[float, ...],
    weight: np.ndarray | None,
    floor: float,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """RSS of one model, and its log10 EC50 and absolute doses."""
    if name == "biphasic":
        two = fit_biphasic(*wells, weight=weight)
        doses = [two.log10_midpoint, *(biphasic_dose(two, level) for level in levels)]
        return _known(two.rss, two.status), doses
    if name == "biphasic_slopes":
        full = fit_biphasic_slopes(*wells, weight=weight)
        doses = [full.log10_midpoint, *(biphasic_slopes_dose(full, level) for level in levels)]
        return _known(full.rss, full.status), doses
    top, bottom, hill = HELD[name]
    bottom = bottom if np.isnan(bottom) else floor
    fits = fit_constrained(*wells, top=top, bottom=bottom, hill=hill, weight=weight)
    doses = [fits.log10_ec50, *(absolute_dose_many(fits, level) for level in levels)]
    return _fitted(fits), doses


def _known(rss: np.ndarray, status: np.ndarray) -> np.ndarray:
    """RSS where there are two steps; one step is what the other models are for."""
    return np.asarray(np.where(status == OK, rss, np.nan))


def _fitted(fits: HillFits) -> np.ndarray:
    none = (fits.status == TOO_FEW) | (fits.status == CONSTANT)
    return np.asarray(np.where(none, np.nan, fits.rss))


def _aicc(rss: np.ndarray, n: np.ndarray, parameters: int, total: np.ndarray) -> np.ndarray:
    k = parameters + 1
    left = n - k - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        fit = n * np.log(np.maximum(rss, _FLOOR * total) / n)
        aicc = fit + 2.0 * k + 2.0 * k * (k + 1) / left
    return np.asarray(np.where((left > 0) & ~np.isnan(rss), aicc, np.nan))


def _total(response: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    parts = np.split(response, offsets[1:-1])
    return np.array([float(np.sum((v - v.mean()) ** 2)) if v.size else np.nan for v in parts])


def _inside(values: np.ndarray, log10_dose: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Keep doses within those that a curve tested."""
    parts = np.split(log10_dose, offsets[1:-1])
    low = np.array([v.min() if v.size else np.nan for v in parts])
    high = np.array([v.max() if v.size else np.nan for v in parts])
    return np.asarray(np.where((values >= low) & (values <= high), values, np.nan))
