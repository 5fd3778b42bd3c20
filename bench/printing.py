"""Plain tables for a terminal."""

from collections.abc import Iterable, Sequence


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out rows under a title; numbers right, the first column left.

    >>> print(table("t", ["case", "n"], [["a", 1]]))
    t
      case  n
      a     1
    """
    cells = [list(columns), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[k]) for row in cells) for k in range(len(columns))]
    lines = [
        "  " + "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in _rest(row, widths))])
        for row in cells
    ]
    return "\n".join([title, *(line.rstrip() for line in lines)])


def _rest(row: Sequence[str], widths: Sequence[int]) -> Iterable[tuple[str, int]]:
    return zip(row[1:], widths[1:], strict=True)


def percent(share: float, digits: int = 1) -> str:
    return "-" if share != share else f"{100.0 * share:.{digits}f} %"


def rate(per_second: float) -> str:
    return f"{per_second:,.0f}" if per_second >= 100 else f"{per_second:.1f}"


def say(text: str = "") -> None:
    print(text, flush=True)
