"""Parts of which some tubes give only a bound: compared at the bound, answered on one side."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from exportin.inference.answer import Answer, Ask
from exportin.inference.cells import Cell, Stratum, resolve_pairing, shared_units
from exportin.inference.group_answers import Found, find_answers
from exportin.inference.pair_tests import compare_pair, unusable
from exportin.inference.question import Contrast

AT_LIMIT = "at_limit"
NO_SLOPE = (
    "some tubes give only a bound of this part, which has no slope; compare pairs of groups "
    "(versus = ... or all_pairs = true)"
)


def limit_answers(strata: Sequence[Stratum], ask: Contrast, groups: Sequence[str]) -> Found:
    """Answer as any question; pairs of groups with bounds by a t test at these bounds.

    Examples
    --------
    >>> cells = {("drug",): Cell({f"E{i}": (-7.0 - i / 10, -1) for i in range(3)}),
    ...          ("DMSO",): Cell({f"E{i}": (-1.2 + i / 5, 0) for i in range(3)})}
    >>> ask = Contrast(quantity="s", between="arm")
    >>> (_, found), = limit_answers([Stratum({}, cells)], ask, ["DMSO", "drug"])
    >>> found.method, found.bound, round(found.effect, 2), found.low, round(found.high, 2)
    ('paired_t+at_limit', '<', -6.1, None, -5.35)
    """
    found = find_answers(strata, ask, groups)
    if ask.trend:
        return [(s, _no_slope(answer, s, groups)) for s, answer in found]
    return [(s, _met(s, answer, ask, groups)) for s, answer in found]


def _no_slope(answer: Answer, stratum: Stratum, groups: Sequence[str]) -> Answer:
    cells = [stratum.cell(g) for g in groups]
    open_ended = unusable(*cells) is None and not all(cell.exact for cell in cells)
    return replace(answer, message=NO_SLOPE) if open_ended else answer


def _met(stratum: Stratum, answer: Answer, ask: Contrast, groups: Sequence[str]) -> Answer:
    pair = (answer.group_a, str(answer.group_b))
    a, b = (stratum.cell(name) for name in pair)
    if (a.exact and b.exact) or unusable(a, b) is not None:
        return answer
    pairing = resolve_pairing([stratum.cell(g) for g in groups], ask.pairing)
    how = Ask(pairing=pairing, alternative=ask.alternative, conf_level=ask.conf_level)  # type: ignore[arg-type]
    return at_limits(a, b, how, pair)


def at_limits(a: Cell, b: Cell, how: Ask, pair: tuple[str, str]) -> Answer:
    """Compare two groups of which some units are bounds, each bound standing as a number.

    Where all bounds pull one way, the mean difference is at most (at least) the one at the bounds,
    so p and the near end of the interval hold, provided the difference at the bounds lies on that
    side of zero; the far end is open.

    Parameters
    ----------
    a, b : Cell
        Units of two groups; a minus b is asked for.
    how : Ask
    pair : (str, str)
        Names of the groups.

    Examples
    --------
    >>> a = Cell({f"E{i}": (-1.0, -1) for i in range(3)})
    >>> b = Cell({f"E{i}": (-2.0 - i, 0) for i in range(3)})
    >>> at_limits(a, b, Ask(pairing="paired"), ("drug", "DMSO")).message
    'the upper limit of drug is not lower than DMSO, so the direction is not known'
    """
    units = shared_units([a, b]) if how.pairing != "unpaired" else None
    codes = [[int(c) for c in cell.censor(units)] for cell in (a, b)]
    pulls = {c for c in codes[0] if c} | {-c for c in codes[1] if c}
    made = compare_pair(_numbers(a), _numbers(b), how)
    made = replace(made, group_a=pair[0], group_b=pair[1])
    if made.effect is None or not pulls:
        return made
    if len(pulls) > 1:
        said = f"bounds of {pair[0]} and {pair[1]} leave the difference between them open"
        none: dict[str, Any] = dict.fromkeys(("effect", "low", "high", "statistic", "df",
                                              "p_value"))  # fmt: skip
        return replace(made, **none, conf_open="both", status="not_identifiable", message=said)
    made = _one_sided(made, "<" if -1 in pulls else ">")
    if made.p_value is None:
        return made
    side = -1.0 if made.bound == "<" else 1.0
    if (made.effect or 0.0) * side <= 0.0:
        bounded = 0 if any(codes[0]) else 1
        limit = "upper" if -1 in codes[bounded] else "lower"
        beyond = "lower" if limit == "upper" else "higher"
        said = (
            f"the {limit} limit of {pair[bounded]} is not {beyond} than {pair[1 - bounded]}, so "
            "the direction is not known"
        )
        return replace(made, p_value=None, statistic=None, df=None, message=said)
    words = [_counted(c, name) for c, name in zip(codes, pair, strict=True) if any(c)]
    said = "; ".join(words) + ", so the answer is one-sided"
    return replace(made, message="; ".join(m for m in (made.message, said) if m))


def _numbers(cell: Cell) -> Cell:
    """Take bounds for numbers."""
    return replace(cell, known={unit: (value, 0) for unit, (value, _) in cell.known.items()})


def _one_sided(made: Answer, bound: str) -> Answer:
    low, high = (None, made.high) if bound == "<" else (made.low, None)
    side = "both" if low is None and high is None else "low" if low is None else "high"
    return replace(
        made, method=f"{made.method}+{AT_LIMIT}", bound=bound, low=low, high=high, conf_open=side,
        status="at_bound" if made.status == "ok" else made.status,
    )  # fmt: skip


def _counted(codes: Sequence[int], name: str) -> str:
    """Say how often a limit stands for a number.

    >>> _counted([-1, -1, 0], "drug")
    'drug enters at its upper limit (2 of 3)'
    """
    n = sum(code != 0 for code in codes)
    return f"{name} enters at its {'upper' if -1 in codes else 'lower'} limit ({n} of {len(codes)})"
