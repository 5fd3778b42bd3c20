"""Rows of the result tables as plain text; report, terminal, figures and verdicts share it."""

from collections.abc import Iterator

from exportin.results.digits import beyond, common_places, fixed, significant
from exportin.results.phrases import (
    Part,
    Row,
    interval_parts,
    main_column,
    open_words,
    value_parts,
)

LEAST_P = 1e-12  # smaller ones are rounding noise of the distribution function
MOST_P = 0.99
NEAR_ALPHA = (0.04, 0.06)  # three digits here, so that 0.0496 is not read as 0.050
LOG_SCALES = ("ln", "log10")
TOGETHER = ("value", "effect", "conf_low", "conf_high", "model_low", "model_high")
LIMITS = ("conf_low", "conf_high", "model_low", "model_high")
PERCENT = ("conf_level",)
KEY_DIGITS, LONG_KEY = 4, 1000.0
P_VALUES = ("p_value", "p_adjusted")


def format_cell(row: Row, column: str) -> str:
    """Write one number of a row, rounded as its interval allows; empty where there is none.

    >>> format_cell({"p_value": 0.00321}, "p_value"), format_cell({"n_units": 3}, "n_units")
    ('0.0032', '3')
    """
    x = row[column]
    if x is None or isinstance(x, str):
        return x or ""
    if column in P_VALUES:
        return _probability(x)
    if column in PERCENT:
        return f"{significant(100.0 * x)}%"
    if column == main_column(row) and row["bound"] != "=":
        return beyond(x, row["bound"])
    if column in TOGETHER:
        return str(round(x)) if _is_count(row, x) else fixed(x, _places(row))
    return str(x) if isinstance(x, int) else significant(x)


def key_text(value: object) -> str:
    """Write a key of a row, such as an arm or a day: days read off a calendar need no hours.

    >>> key_text("vehicle"), key_text(28.0), key_text(26.490833), key_text(1234.5), key_text(None)
    ('vehicle', '28', '26.49', '1234.5', '')
    """
    if isinstance(value, float):
        return significant(value, KEY_DIGITS) if abs(value) < LONG_KEY else f"{value:g}"
    return "" if value is None else str(value)


def _places(row: Row) -> int | None:
    if main_column(row) == "value":
        log = row["scale"] in LOG_SCALES
    else:
        log = is_ratio(row["effect_kind"]) and min(_numbers(row), default=0.0) > 0
    exact = row["bound"] != "="  # the bound itself says nothing of the limits' digits
    value = None if exact else row[main_column(row)]
    limits = (row["conf_low"], row["conf_high"])
    if row[main_column(row)] is None and limits == (None, None):  # a range over models alone
        limits = (row.get("model_low"), row.get("model_high"))
    return common_places(value, limits, log=log)


def _is_count(row: Row, x: float) -> bool:
    """Whether a number is whole and stands alone: animals counted, a day on which it happened."""
    alone = all(row.get(name) is None for name in LIMITS)
    return alone and row["bound"] == "=" and abs(x) < LONG_KEY and float(x).is_integer()


def is_ratio(effect_kind: str) -> bool:
    """Whether an effect is a ratio, by its name.

    >>> is_ratio("odds ratio of dead"), is_ratio("slope per unit of concentration")
    (True, False)
    """
    return "ratio" in effect_kind.partition(" per ")[0].split()


def _numbers(row: Row) -> list[float]:
    return [row[c] for c in (main_column(row), "conf_low", "conf_high") if row[c] is not None]


def _probability(p: float) -> str:
    if p < LEAST_P:
        return f"< {significant(LEAST_P)}"
    if MOST_P < p < 1.0:
        return f"> {MOST_P}"
    if NEAR_ALPHA[0] <= p < NEAR_ALPHA[1]:
        return fixed(p, 4)
    return "1" if p == 1.0 else fixed(p, None)


def p_text(p: float, name: str = "p") -> str:
    """Write a p value with its name.

    >>> p_text(0.00321), p_text(1e-15), p_text(0.0496, "adjusted p")
    ('p = 0.0032', 'p < 1e-12', 'adjusted p = 0.0496')
    """
    text = _probability(p)
    return f"{name} {text}" if text[0] in "<>" else f"{name} = {text}"


def plain(row: Row, parts: Iterator[Part]) -> str:
    """Write parts as plain text, numbers looked up in the row."""
    return "".join(p if isinstance(p, str) else format_cell(row, p.column) for p in parts)


def format_estimate(row: Row) -> str:
    """Write an estimate in bench style.

    Parameters
    ----------
    row : mapping
        A row of ``Estimates``.

    Examples
    --------
    >>> row = {"value": 66.2, "conf_low": 52.1, "conf_high": 83.9, "conf_open": "none",
    ...        "bound": "=", "units": "nM", "scale": "log10", "status": "ok"}
    >>> format_estimate(row)
    '66 nM (52 to 84)'
    >>> format_estimate({**row, "conf_high": None, "conf_open": "high"})
    '66 nM (at least 52)'
    >>> format_estimate({**row, "value": 2000.0, "bound": ">", "conf_low": None,
    ...                  "conf_high": None, "status": "at_bound"})
    '> 2000 nM'
    """
    side, interval = open_words(row), plain(row, interval_parts(row))
    value = plain(row, value_parts(row)) + (f", {side}" if side else "")
    return value + (f" ({interval})" if interval and interval != side else "")
