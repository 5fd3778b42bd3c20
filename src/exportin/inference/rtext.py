"""Numbers and words as R source text."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

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


def r_side(alternative: str) -> str:
    """Write the alternative as R calls it.

    Examples
    --------
    >>> r_side("two-sided")
    '"two.sided"'
    """
    return r_text(alternative.replace("-", "."))


def is_interaction(row: Mapping[str, Any]) -> bool:
    """Whether a row is a difference of differences.

    Examples
    --------
    >>> is_interaction({"effect_kind": "ratio of ratios"})
    True
    """
    return row["effect_kind"] in (
        "difference of differences", "ratio of ratios", "odds ratio of odds ratios",
    )  # fmt: skip


def four_cells(row: Mapping[str, Any]) -> str:
    """Write the factor of the four cells: treated and control with the modifier, then without.

    Examples
    --------
    >>> four_cells({"group_a": "a vs b in x", "group_b": "a vs b in y"})
    'interaction(d$group, factor(d$modifier, levels = c("x", "y")))'
    """
    levels = [row[side].split(" in ", 1)[-1] for side in ("group_a", "group_b")]
    named = ", ".join(r_text(level) for level in levels)
    return f"interaction(d$group, factor(d$modifier, levels = c({named})))"
