"""Numbers as printed: true minus, raised powers of ten, thin spaces."""

import re

MINUS, THIN, TIMES, FIXED = "\u2212", "\u202f", "\u00d7", "\u00a0"  # both spaces never break
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
POWER = re.compile(r"e(-?\d+)$")
LONG = re.compile(r"(?<![\d.])\d{5,}")


def power_text(power: int) -> str:
    """Write a power of ten.

    >>> power_text(-9)
    '10⁻⁹'
    """
    return f"10{str(power).translate(RAISED)}"


def typeset(text: str) -> str:
    r"""Set a number as printed: true minus, powers of ten, thin spaces from 10 000 on.

    >>> typeset("-0.12"), typeset("< 1e-12"), typeset("9999"), typeset("12345")
    ('−0.12', '<\xa010⁻¹²', '9999', '12\u202f345')
    """
    mantissa, sign, power = POWER.sub(_raised, text).partition(TIMES)
    mantissa = LONG.sub(lambda found: f"{int(found.group()):,}".replace(",", THIN), mantissa)
    out = mantissa.replace("-", MINUS) + sign + power
    return re.sub(rf"(^|(?<= ))1 {TIMES} ", "", out).replace(" ", FIXED)


def _raised(found: re.Match[str]) -> str:
    return f" {TIMES} {power_text(int(found.group(1)))}"
