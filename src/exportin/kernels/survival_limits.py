"""Limits of a probability on three scales: plain, log and log-log."""

from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

Curve = Float[np.ndarray, " k"]
ConfType = Literal["log", "log-log", "plain"]


def normal_quantile(conf_level: float) -> float:
    """Two-sided normal quantile of a level.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1.

    Examples
    --------
    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    if not 0.0 < conf_level < 1.0:
        raise ValueError(f"Expected a level between 0 and 1, got {conf_level:g}; write 0.95.")
    return float(ndtri(0.5 + 0.5 * conf_level))


def curve_limits(
    curve: Curve, std_error: Curve, conf_type: ConfType, conf_level: float
) -> tuple[Curve, Curve]:
    """Limits of a curve of probabilities with its standard error.

    With s = se / p: plain p +- z se, log p exp(+- z s), log-log p^exp(+- z s / log p); within 0
    and 1.

    Parameters
    ----------
    curve, std_error : (k,) arrays
        Probabilities and their standard errors.
    conf_type : {"log", "log-log", "plain"}
    conf_level : float

    Returns
    -------
    (low, high)
        NaN where the scale has none: log at 0, log-log at 0 and 1.

    References
    ----------
    Kalbfleisch and Prentice 2002, The Statistical Analysis of Failure Time Data, ch. 1.4.

    Examples
    --------
    >>> low, high = curve_limits(np.array([0.5]), np.array([0.1]), "log-log", 0.95)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.295], [0.675])
    """
    z = normal_quantile(conf_level)
    if conf_type == "plain":
        return np.maximum(curve - z * std_error, 0.0), np.minimum(curve + z * std_error, 1.0)
    ends = (curve > 0.0) if conf_type == "log" else (curve > 0.0) & (curve < 1.0)
    p = np.where(ends, curve, 0.5)
    reach = z * std_error / p
    if conf_type == "log":
        low, high = p * np.exp(-reach), np.minimum(p * np.exp(reach), 1.0)
    else:
        turn = np.log(-np.log(p))
        low = np.exp(-np.exp(turn - reach / np.log(p)))
        high = np.exp(-np.exp(turn + reach / np.log(p)))
    return np.where(ends, low, np.nan), np.where(ends, high, np.nan)
