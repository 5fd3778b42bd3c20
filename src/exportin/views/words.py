"""How estimates, bounds, p values and n are written in figures: the digits of the tables."""

from collections.abc import Iterator, Mapping
from typing import Any

from exportin.results.formatting import format_cell, p_text
from exportin.results.phrases import Part, interval_parts, value_parts
from exportin.results.typography import typeset


def _set(row: Mapping[str, Any], parts: Iterator[Part]) -> str:
    """Join parts, numbers typeset."""
    return "".join(p if isinstance(p, str) else typeset(format_cell(row, p.column)) for p in parts)


def p_words(p: float, name: str = "p") -> str:
    r"""Write an exact p value.

    >>> p_words(0.01234), p_words(2.3e-6)
    ('p = 0.012', 'p = 2.3\xa0×\xa010⁻⁶')
    """
    first, sign, number = p_text(p, name).rpartition(" ")
    return f"{first}{sign}{typeset(number)}"


def n_words(n: int | None) -> str:
    """Write the number of independent units.

    >>> n_words(3)
    'n = 3'
    """
    return "" if n is None else f"n = {n}"


def bound_words(row: Mapping[str, Any], unit: str = "") -> str:
    """Write a bound or, without any number, the reason.

    >>> bound_words({"bound": ">", "value": 2000.0, "status": "ok", "scale": "log10"}, "nM")
    '> 2000 nM'
    """
    return _set(row, value_parts({**row, "units": unit}))


def estimate_words(row: Mapping[str, Any], unit: str = "") -> str:
    """Write an estimate with interval and n, as in the right column of a forest plot.

    The axis says the unit; a bound carries its own.

    >>> estimate_words({"value": 120.0, "bound": "=", "conf_low": 85.0, "conf_high": 170.0,
    ...     "conf_open": "none", "n_units": 3, "status": "ok", "interval_level": "between",
    ...     "scale": "log10"})
    '120 (85 to 170), n = 3'
    """
    bounded = row["value"] is None or row["bound"] != "="
    words, limits = bound_words(row, unit if bounded else ""), _set(row, interval_parts(row))
    technical = "technical" if row["interval_level"] == "within" and limits else ""
    words = f"{words} ({limits})" if limits else words
    return ", ".join(part for part in (words, technical, n_words(row["n_units"])) if part)
