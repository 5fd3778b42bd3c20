"""What each model says on the scale: a number with its standard error, a bound, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from exportin.inference.synthesis import error_from_interval
from exportin.inference.unit_values import to_scale, unit_values

ASYMMETRY = 0.1
"""Of half the width: from here on, an interval is said not to be symmetric on its scale."""
Side = Literal["above", "below", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelNumber:
    """One model: its row, and on the scale its number or bound (``censor``) and standard error.

    ``value`` is None where the row says nothing, or an interval open on both sides leaves nothing
    of it; ``std_error`` None where it has none between
    animals or experiments; ``lopsided`` where that error comes from an asymmetric interval.
    """

    name: str
    row: Mapping[str, Any]
    value: float | None
    censor: int
    std_error: float | None
    from_interval: bool = False
    lopsided: bool = False

    @property
    def told(self) -> bool:
        """Whether it has a number or a bound, however wide its interval."""
        return self.row["value"] is not None

    def side(self, threshold: float, *, whole: bool) -> Side:
        """Say on which side of a threshold (natural scale) it lies; empty where that is not told.

        ``whole``: its interval, not only its estimate or bound, must lie there. A bound above (or
        below) the threshold tells the side.
        """
        row = self.row
        if whole:
            if row["conf_low"] is not None and row["conf_low"] > threshold:
                return "above"
            return "below" if row["conf_high"] is not None and row["conf_high"] < threshold else ""
        value, bound = row["value"], row["bound"]
        if value is None:
            return ""
        if bound == "=":
            return "above" if value > threshold else "below" if value < threshold else ""
        if bound == ">":
            return "above" if value >= threshold else ""
        return "below" if value <= threshold else ""

    def unclear(self, threshold: float, side: Side, *, whole: bool) -> bool:
        """Say whether it may lie on a side although that is not told.

        By value: a bound that does not reach the threshold. By interval: a model without any
        limit that does not lie on the other side by its value.
        """
        if self.side(threshold, whole=whole) == side:
            return False
        near = self.side(threshold, whole=False)
        if not whole:
            return near == "" and self.row["bound"] != "="
        limits = (self.row["conf_low"], self.row["conf_high"])
        return limits == (None, None) and near in ("", side)


def models_of(rows: Sequence[Mapping[str, Any]]) -> list[ModelNumber]:
    """Read one row per model."""
    return [_model(row) for row in rows]


def _model(row: Mapping[str, Any]) -> ModelNumber:
    scale = row["scale"]
    said = unit_values([row], scale)
    value = None if np.isnan(said.values[0]) else float(said.values[0])
    exact = value is not None and said.censor[0] == 0 and row["interval_level"] != "within"
    error, lopsided = _error(row, scale, value) if exact else (None, False)
    given = row["std_error"] is not None
    return ModelNumber(
        name=row["_unit"], row=row, value=value, censor=int(said.censor[0]),
        std_error=error, from_interval=error is not None and not given, lopsided=lopsided,
    )  # fmt: skip


def _error(row: Mapping[str, Any], scale: str, value: float | None) -> tuple[float | None, bool]:
    """Give the standard error, or that behind the interval, and whether that is asymmetric."""
    if row["std_error"] is not None:
        return (row["std_error"] or None), False
    if row["conf_low"] is None or row["conf_high"] is None or row["conf_level"] is None:
        return None, False
    low, high = (to_scale(row[end], scale) for end in ("conf_low", "conf_high"))
    if low is None or high is None or value is None or not high > low:
        return None, False
    error = error_from_interval(low, high, df=row["df"], conf_level=row["conf_level"])
    return error, abs(0.5 * (low + high) - value) > ASYMMETRY * 0.5 * (high - low)
