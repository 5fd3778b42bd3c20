"""How many digits a number deserves: as many as its interval can tell apart."""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import isclose, isfinite

EXACT = 4  # digits of a tested dose: it was chosen, not estimated
SAME = 1e-9  # relative; what conversion of units may have left behind
LEAST, MOST = 2, 3  # digits of an estimate
TINY, HUGE = 1e-4, 1e7  # beyond these, powers of ten


def places(x: float, digits: int) -> int:
    """Decimal places that show ``x`` with so many significant digits.

    >>> places(66.1, 2), places(0.0661, 2), places(1234.0, 2)
    (0, 3, -2)
    """
    return digits - 1 - _exponent(x, digits)


def _exponent(x: float, digits: int) -> int:
    return int(f"{abs(x):.{digits - 1}e}".partition("e")[2])


def common_places(value: float | None, limits: Iterable[float | None], *, log: bool) -> int | None:
    """Decimal places for an estimate and its limits together.

    The width of the interval is shown with two digits, the largest number with at most three
    (unless the width would vanish), and on a log scale the smallest with at least two.

    Parameters
    ----------
    value, limits : float or None
        The estimate and whichever limits exist, natural scale.
    log : bool
        The interval was made on a logarithmic scale, so its lower end needs digits of its own.

    Returns
    -------
    int or None
        None where one number of places cannot serve them all: each then gets two digits.

    >>> common_places(66.2, (52.1, 84.0), log=True), common_places(0.4, (0.31, 0.52), log=True)
    (0, 2)
    >>> common_places(66.0, (5.2, 835.0), log=True) is None
    True

    Tens and hundreds are left out of an estimate as far as two digits of its own remain:

    >>> common_places(-3460.0, (-15200.0, 8900.0), log=False)
    -2
    """
    known = [x for x in (value, *limits) if x]
    if not known:
        return 0
    largest = max(known, key=abs)
    width = _width(value, limits)
    if not width:
        return places(largest, MOST)
    wanted = 1 - _exponent(width, 2)
    ceiling = places(largest, MOST)
    if log:
        floor = places(min(known, key=abs), LEAST)
        if floor > ceiling:
            return None
        wanted = max(wanted, floor)
    wanted = max(min(wanted, ceiling), -_exponent(width, 1))
    if value and wanted < 0:  # of -3460 (-15000 to 9000) not -3000: that would be another number
        wanted = max(wanted, min(places(value, LEAST), 0))
    return wanted


def _width(value: float | None, limits: Iterable[float | None]) -> float:
    ends = [x for x in limits if x is not None]
    if len(ends) == 1 and value is not None:  # one side is open: as if it were symmetric
        return 2.0 * abs(value - ends[0])
    return max(ends) - min(ends) if ends else 0.0


def fixed(x: float, decimals: int | None) -> str:
    """Write a number with so many decimal places, with powers of ten where it must be.

    >>> fixed(66.18, 0), fixed(1234.0, -1), fixed(6.6e-8, None), fixed(-0.001, 2)
    ('66', '1230', '6.6e-8', '0.00')
    """
    if not isfinite(x):
        raise ValueError(f"{x} cannot be printed")
    if x and not TINY <= abs(x) < HUGE:
        digits = LEAST if decimals is None else decimals + _exponent(x, LEAST) + 1
        return _power(x, min(max(digits, LEAST), MOST))
    decimals = places(x, LEAST) if decimals is None and x else decimals or 0
    text = f"{round(x, decimals):.{max(decimals, 0)}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def _power(x: float, digits: int) -> str:
    mantissa, _, exponent = f"{x:.{digits - 1}e}".partition("e")
    return f"{mantissa}e{int(exponent)}"


def significant(x: float, digits: int = MOST) -> str:
    """Write a number that stands alone; zeros that say nothing are left out.

    >>> significant(2000.0, 4), significant(0.05), significant(4.4721), significant(12345.0)
    ('2000', '0.05', '4.47', '12300')
    """
    text = fixed(x, places(x, digits)) if x else "0"
    mantissa, e, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + e + exponent


def beyond(x: float, bound: str) -> str:
    """Write a bound so that the statement stays true.

    A tested dose is written as it was chosen (at most four digits). Any other limit is rounded down
    after ``>`` and up after ``<``, to two digits, or to three where the first is a 1.

    >>> beyond(2000.0, ">"), beyond(0.5086, "<"), beyond(94.4213, ">"), beyond(94.4213, "<")
    ('2000', '0.5086', '94', '95')
    >>> beyond(1367.8, ">"), beyond(-2.31819, ">")
    ('1360', '-2.4')
    """
    if x == 0 or isclose(x, float(f"{x:.{EXACT - 1}e}"), rel_tol=SAME):
        return significant(x, EXACT)
    exact = Decimal(repr(x))
    digits = MOST if exact.as_tuple().digits[0] == 1 else LEAST
    last = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    safe = exact.quantize(last, rounding=ROUND_FLOOR if bound == ">" else ROUND_CEILING)
    return significant(float(safe), MOST)
