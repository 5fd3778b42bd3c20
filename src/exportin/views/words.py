"""How numbers, bounds, p values and n are written in figures."""

from collections.abc import Mapping
from math import floor, isfinite, log10
from typing import Any

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_text(power: int) -> str:
    """Write a power of ten.

    >>> power_text(-9)
    '10⁻⁹'
    """
    return f"10{str(power).translate(_SUPERSCRIPT)}"


def short(value: float | None, digits: int = 3) -> str:
    """Write a number with three significant digits and no exponent where people avoid it.

    >>> short(118.42), short(0.03456), short(12345.0), short(2.5e-9)
    ('118', '0.0346', '12345', '2.5×10⁻⁹')
    """
    if value is None or not isfinite(value):
        return ""
    if value == 0:
        return "0"
    power = floor(log10(abs(value)))
    if -4 <= power <= 6:
        return f"{value:.{max(digits - 1 - power, 0)}f}".replace("-", "−")
    return f"{value / 10.0**power:.{digits}g}×{power_text(power)}"


def p_words(p: float) -> str:
    """Write an exact p value.

    >>> p_words(0.01234), p_words(2.3e-6)
    ('p = 0.012', 'p = 2.3×10⁻⁶')
    """
    return f"p = {short(p, 2)}"


def range_words(low: float | None, high: float | None, opened: str) -> str:
    """Write an interval; an open side is named.

    >>> range_words(1.0, 4.0, "none"), range_words(1.0, None, "high")
    ('1.00 to 4.00', '1.00 to open')
    """
    left = "open" if low is None or opened in {"low", "both"} else short(low)
    right = "open" if high is None or opened in {"high", "both"} else short(high)
    return f"{left} to {right}"


def n_words(n: int | None) -> str:
    """Write the number of independent units.

    >>> n_words(3)
    'n = 3'
    """
    return "" if n is None else f"n = {n}"


def bound_words(row: Mapping[str, Any], unit: str = "") -> str:
    """Write a bound or, without any number, the status.

    >>> bound_words({"bound": ">", "value": 2000.0, "status": "ok"}, "nM")
    '> 2000 nM'
    """
    if row["value"] is None:
        return str(row["status"]).replace("_", " ")
    return f"{row['bound']} {short(row['value'])} {unit}".rstrip()


def estimate_words(row: Mapping[str, Any], unit: str = "") -> str:
    """Write an estimate with interval and n, as in the right column of a forest plot.

    >>> estimate_words({"value": 120.0, "bound": "=", "conf_low": 85.0, "conf_high": 170.0,
    ...     "conf_open": "none", "n_units": 3, "status": "ok", "interval_level": "between"})
    '120 (85.0 to 170), n = 3'
    """
    n = n_words(row["n_units"])
    if row["value"] is None or row["bound"] != "=":
        return ", ".join(part for part in (bound_words(row, unit), n) if part)
    has_range = row["conf_low"] is not None or row["conf_high"] is not None
    limits = range_words(row["conf_low"], row["conf_high"], row["conf_open"])
    words = f"{short(row['value'])} ({limits})" if has_range else short(row["value"])
    technical = "technical" if row["interval_level"] == "within" and has_range else ""
    return ", ".join(part for part in (words, technical, n) if part)
