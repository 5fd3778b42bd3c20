"""What the terminal says of a re-randomization test."""

from collections.abc import Sequence

from exportin.design.retesting import Retest
from exportin.design.text_tables import number, say, say_table


def print_retests(found: Sequence[Retest], value: str) -> None:
    """Print each comparison, the smallest p there can be, and units without a value."""
    rows = []
    for one in found:
        result = one.result
        error = f" +- {result.p_error:.2g}" if result.p_error else ""
        p = "-" if result.p_value is None else f"{result.p_value:.4g}{error}"
        rows.append((f"{one.arm} vs {one.other}", f"{one.units[0]}, {one.units[1]}",
                     number(result.difference, 4), p, number(result.smallest_p),
                     str(result.accepted)))  # fmt: skip
    say(f"{value}: difference of means, re-randomization test "
        f"({found[0].result.alternative if found else ''})")  # fmt: skip
    say_table(("arms", "units", "difference", "p", "smallest p", "allocations"), rows)
    for one in found:
        if one.result.message:
            say(f"note: {one.arm} vs {one.other}: {one.result.message}")
        if one.missing:
            say(f"note: no value of {', '.join(one.missing)} ({one.arm} vs {one.other}).")
        if not one.result.exact:
            say(f"note: {one.arm} vs {one.other}: allocations were drawn, not counted.")
    say("p: share of the allocations within the bound whose difference is as large; not adjusted "
        "for several arms.")  # fmt: skip
