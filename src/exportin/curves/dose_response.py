"""One dose-response curve from its wells: every answer an estimate, a bound or a reason."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from exportin.curves.potency_arrays import BOUND, STATUS, ManyFits, Potencies
from exportin.curves.requested import Request, fit_requested
from exportin.kernels.hill import HillFit, one_fit

Wells = Float[np.ndarray, " well"]

FREE = Request()
"""Four free parameters, all wells alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Potency:
    """A dose that a curve defines, natural scale: an estimate, a bound, or none with a status."""

    value: float | None
    low: float | None = None
    high: float | None = None
    conf_open: str = "none"
    bound: str = "="
    status: str = "ok"

    def columns(self) -> dict[str, float | str | None]:
        """Return the columns that an estimate of this dose fills."""
        return {
            "value": self.value,
            "conf_low": self.low,
            "conf_high": self.high,
            "conf_open": self.conf_open,
            "bound": self.bound,
            "status": self.status,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveFit:
    """Everything one curve gives; ``others`` are the doses at further levels."""

    fit: HillFit
    p_response: float | None
    ec50: Potency
    absolute: Potency
    responds: bool
    emax: float | None = None
    auc: float | None = None
    others: tuple[Potency, ...] = ()

    @property
    def has_line(self) -> bool:
        """Whether a line may be drawn: a fitted curve, or a flat one where that was seen."""
        return self.responds or self.ec50.status == "no_response"


def fit_curve(
    dose: Wells,
    response: Wells,
    *,
    level: float,
    n_reference: float,
    conf_level: float,
    seed: int,
) -> CurveFit:
    """Fit one curve and say what may be said of its EC50 and absolute ICx.

    Parameters
    ----------
    dose
        Doses above zero, natural scale, any unit.
    response
        Response as a fraction of the vehicle's.
    level
        Fraction of the vehicle's response that defines the absolute ICx.
    n_reference
        Number of vehicle wells behind the fraction; infinite if it is exact.
    conf_level
        Level of the intervals.
    seed
        Of the Monte Carlo null distribution of the response test.

    Examples
    --------
    >>> dose = np.repeat([1.0, 10.0, 100.0, 1000.0, 10000.0], 2)
    >>> y = 0.1 + 0.9 / (1 + dose / 100.0) + np.tile([0.01, -0.01], 5)
    >>> found = fit_curve(dose, y, level=0.5, n_reference=8.0, conf_level=0.95, seed=1)
    >>> round(found.ec50.value), found.absolute.bound
    (100, '=')
    """
    edges = [0, response.size]
    return fit_curves(
        dose, response, edges, levels=(level,), n_reference=[n_reference], conf_level=conf_level,
        seed=seed,
    )[0]  # fmt: skip


def fit_curves(
    dose: Wells,
    response: Wells,
    edges: Sequence[int],
    *,
    levels: tuple[float, ...],
    n_reference: Sequence[float],
    conf_level: float,
    seed: int,
    request: Request = FREE,
) -> list[CurveFit]:
    """Fit many curves as `fit_curve` does, in one go; ``edges`` say where each begins.

    The first of ``levels`` is the absolute dose, the rest are the others; ``request`` says what
    is held, nothing by default.
    """
    found = fit_requested(
        dose, response, np.array(edges, np.int64), request=request, levels=levels,
        n_reference=np.array(n_reference, np.float64), conf_level=conf_level, seed=seed,
    )  # fmt: skip
    return [_one(found, i) for i in range(len(edges) - 1)]


def _one(found: ManyFits, i: int) -> CurveFit:
    fit = one_fit(found.fits, i)
    absolute = [_potency(level, i) for level in found.absolute]
    return CurveFit(
        fit=fit, p_response=_known(found.p_response[i]), ec50=_potency(found.ec50, i),
        absolute=absolute[0], responds=bool(found.responds[i]), emax=_known(found.emax[i]),
        auc=_known(found.auc[i]), others=tuple(absolute[1:]),
    )  # fmt: skip


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _potency(found: Potencies, i: int) -> Potency:
    value, low, high = (_known(v[i]) for v in (found.value, found.low, found.high))
    bound, status = BOUND[found.bound[i]], STATUS[found.status[i]]
    conf_open = "none" if value is None else _open(low, high)
    if status == "no_response" and bound != "=":  # the tested end is the bound: nothing is beyond
        conf_open = "high" if bound == ">" else "low"
    return Potency(value=value, low=low, high=high, conf_open=conf_open, bound=bound, status=status)


def _open(low: float | None, high: float | None) -> str:
    if low is None:
        return "both" if high is None else "low"
    return "high" if high is None else "none"
