"""Numbers and words as R source text."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def r_text(word: str) -> str:
    r"""Quote a word for R.

    Examples
    --------
    >>> r_text('say "a"')
    '"say \\"a\\""'
    """
    text = word.replace("\\", "\\\\").replace('"', '\\"')
    text = text.replace("\n", "\\n").replace("\r", "\\r")
    return f'"{text}"'


def r_number(value: float) -> str:
    """Write a number with all its digits.

    Examples
    --------
    >>> r_number(0.1)
    '0.1'
    """
    return repr(float(value))


def r_column(values: Sequence[T], write: Callable[[T], str]) -> str:
    """Write a vector.

    Examples
    --------
    >>> r_column([1.0, 2.5], r_number)
    'c(1.0, 2.5)'
    """
    return f"c({', '.join(write(value) for value in values)})"
