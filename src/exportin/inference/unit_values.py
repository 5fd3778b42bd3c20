"""What one unit's row says on the scale of a quantity: a number, a bound, or nothing."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

NAN = float("nan")
DIGITS = 15  # what a double holds in any case
Row = Mapping[str, Any]
Values = Float[np.ndarray, " n"]
Codes = Int[np.ndarray, " n"]

_THERE: dict[str, Callable[[float], float]] = {
    "linear": float,
    "log10": math.log10,
    "ln": math.log,
    "logit": lambda p: math.log(p / (1.0 - p)),
}
_BACK: dict[str, Callable[[float], float]] = {
    "linear": float,
    "log10": lambda x: math.pow(10.0, x),
    "ln": math.exp,
    "logit": lambda x: 1.0 / (1.0 + math.exp(-x)),
}


class UnitValues(NamedTuple):
    """Units on a scale, in the order given.

    `values` is NaN where nothing is known; `censor` is 0 for a number, +1 for "above value",
    -1 for "below value"; `off_scale` counts numbers the scale cannot hold (zero on a log scale).
    """

    values: Values
    censor: Codes
    off_scale: int

    @property
    def known(self) -> "UnitValues":
        """Only the units that say something."""
        keep = ~np.isnan(self.values)
        return UnitValues(self.values[keep], self.censor[keep], self.off_scale)


def to_scale(value: float, scale: str) -> float | None:
    """Move a number to the scale; None where the scale cannot hold it.

    Examples
    --------
    >>> to_scale(100.0, "log10"), to_scale(0.0, "log10"), to_scale(1.5, "logit")
    (2.0, None, None)
    """
    try:
        return _THERE[scale](value)
    except (ValueError, ZeroDivisionError):
        return None


def to_natural(value: float | None, scale: str) -> float | None:
    """Move a number back; None where it is not finite (or, on a log scale, runs out as zero).

    Rounded to 15 digits, so that a bound of 2000 comes back as 2000.

    Examples
    --------
    >>> to_natural(2.0, "log10"), to_natural(400.0, "log10")
    (100.0, None)
    """
    if value is None or not math.isfinite(value):
        return None
    try:
        moved = _BACK[scale](value)
    except OverflowError:
        return None
    if not math.isfinite(moved) or (scale in ("log10", "ln") and moved == 0.0):
        return None
    return moved if scale == "linear" else float(f"{moved:.{DIGITS}g}")


def unit_values(rows: Sequence[Row], scale: str) -> UnitValues:
    """Read what each unit says; the one place where a unit becomes a number or a bound.

    A row with bound ">" or "<" is a bound at its value. A row with bound "=" whose interval is
    open on one side is not a number either: an incomplete curve's EC50 can look precise and be
    wrong tenfold. It enters as a bound at its closed limit (open "high": above conf_low). An
    interval open on both sides says nothing, and neither does a bound with such an interval.

    Parameters
    ----------
    rows : sequence of mappings
        `value, bound, conf_open, conf_low, conf_high` as in Estimates.
    scale : {"linear", "log10", "ln", "logit"}

    Examples
    --------
    >>> curve = {"value": 200.0, "bound": "=", "conf_low": 100.0, "conf_high": None}
    >>> found = unit_values([curve | {"conf_open": "high"}, curve | {"conf_open": "none"}], "log10")
    >>> found.values.round(3).tolist(), found.censor.tolist()
    ([2.0, 2.301], [1, 0])
    """
    values, codes, off = [], [], 0
    for row in rows:
        said, code = _said(row)
        moved = None if said is None else to_scale(said, scale)
        off += said is not None and moved is None and code <= 0
        values.append(NAN if moved is None else moved)
        codes.append(0 if moved is None else code)
    return UnitValues(np.array(values, dtype=np.float64), np.array(codes, dtype=np.int64), off)


def _said(row: Row) -> tuple[float | None, int]:
    if row["value"] is None:
        return None, 0
    side = row["conf_open"]
    if row["bound"] != "=" and side != "both":
        return row["value"], 1 if row["bound"] == ">" else -1
    if side == "high":
        return row["conf_low"], 1
    if side == "low":
        return row["conf_high"], -1
    return (None, 0) if side == "both" else (row["value"], 0)
