"""Plain text tables for the terminal; names from files can send no control characters to it."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any


def plain(text: str) -> str:
    r"""Show control characters instead of sending them.

    >>> plain("a\x1b[31m")
    'a\\x1b[31m'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def say(text: str = "") -> None:
    """Print one line."""
    sys.stdout.write(plain(text) + "\n")


def say_json(record: Any) -> None:
    """Print a record as JSON."""
    sys.stdout.write(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def say_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, the first column to the left and numbers to the right.

    >>> say_table(("arm", "n"), [("vehicle", "8"), ("drug", "10")])
    arm       n
    vehicle   8
    drug     10
    """
    cells = [[plain(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    for row in cells:
        first, *others = row
        right = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        sys.stdout.write("  ".join([first.ljust(widths[0]), *right]).rstrip() + "\n")


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with significant digits; a dash where there is none.

    >>> number(0.12345), number(None), number(152.7)
    ('0.123', '-', '153')
    """
    return "-" if value is None else f"{value:.{digits}g}"


def percent(value: float | None) -> str:
    """Write a share as percent.

    >>> percent(0.125), percent(None)
    ('12.5 %', '-')
    """
    return "-" if value is None else f"{100.0 * value:.1f} %"


def saying_on(*, quiet: bool) -> Callable[[str], None] | None:
    """Say on standard error what is being computed, where someone watches; "" clears the line."""
    if quiet or not sys.stderr.isatty():
        return None
    return print_over


def print_over(what: str) -> None:
    """Write over the line of progress."""
    sys.stderr.write("\r\x1b[K" + (f"{plain(what)} ... " if what else ""))
    sys.stderr.flush()


def warn_if_cold() -> None:
    """Warn of the one wait that looks like a hang: the first use compiles the inner loops."""
    from exportin.compiled import is_cold

    if is_cold():
        sys.stderr.write("First use of this version: compiling takes about half a minute.\n")
