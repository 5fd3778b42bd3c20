"""Difference of differences: does a second factor change the effect of the first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from exportin.inference.anova import two_way_anova
from exportin.inference.answer import Answer, Ask, answer_of
from exportin.inference.bounded import bounded_differences, signed_sum
from exportin.inference.cells import Cell, Group, all_units, lost_units, shared_units
from exportin.inference.interaction import (
    blocked_difference_of_differences,
    difference_of_differences,
)
from exportin.inference.many_tests import whole
from exportin.inference.outcome import TestResult
from exportin.inference.pair_tests import unusable
from exportin.inference.two_sample import welch_t

_KIND = "difference of differences"
_SIGNS = [1, -1, -1, 1]


def double_difference(cells: Sequence[Cell], ask: Ask) -> Answer:
    """Compare the effect of a treatment with a modifier to that without it.

    Four cells: treated with, control with, treated without, control without. Units in all four
    cells are blocks. Units in two of them (each knock-down has experiments of its own, or each
    animal gives two tissues) give differences that are compared by Welch's t. Else the four cells
    are independent.

    Examples
    --------
    >>> y = [[5.0, 6.0, 7.5], [1.0, 2.0, 3.0], [3.0, 4.0, 5.0], [1.0, 2.2, 3.0]]
    >>> cells = [Cell({f"E{i}": (v, 0) for i, v in enumerate(ys)}) for ys in y]
    >>> answer = double_difference(cells, Ask(pairing="auto"))
    >>> answer.method, round(answer.effect, 4)
    ('interaction_blocked', 2.2333)
    """
    stopped = unusable(*cells)
    blocks = shared_units(cells)
    alone = lost_units(cells)
    if stopped is not None:
        answer = replace(stopped, test="t test of the difference of differences",
                         method="interaction_blocked" if blocks else "interaction_satterthwaite",
                         n_a=cells[0].n, n_b=cells[2].n)  # fmt: skip
    elif ask.pairing != "unpaired" and (blocks or ask.pairing != "auto"):
        answer = _within_blocks(cells, blocks, ask)
        alone |= set(all_units(cells)) - set(blocks)
    else:
        answer = _between(cells, ask)
    return replace(answer, measure="interaction", kind=_KIND, alternative=ask.alternative,
                   left_out=len(alone) + answer.left_out)  # fmt: skip


def _within_blocks(cells: Sequence[Cell], blocks: list[str], ask: Ask) -> Answer:
    shared = [Cell({u: cell.known[u] for u in blocks}) for cell in cells]
    if all(cell.exact for cell in shared):
        return answer_of(blocked_difference_of_differences(
            *(cell.values() for cell in shared),
            alternative=ask.alternative, conf_level=ask.conf_level))  # fmt: skip
    values, codes = signed_sum(shared, _SIGNS, blocks)
    keep = ~np.isnan(values)
    answer = bounded_differences(values[keep], codes[keep], ask)
    if not codes[keep].any() and keep.sum() > 1:
        used = [u for u, kept in zip(blocks, keep, strict=True) if kept]
        return _within_blocks([Cell({u: (c.known[u][0], 0) for u in used}) for c in shared],
                              used, ask)  # fmt: skip
    method = answer.method.replace("censored_paired", "interaction_censored")
    return replace(answer, method=method, pairing="blocked", left_out=int((~keep).sum()))


def _between(cells: Sequence[Cell], ask: Ask) -> Answer:
    tw, cw, to, co = cells
    if not all(cell.exact for cell in cells):
        text = "Some units are known only as bounds and no unit is in all four groups."
        return Answer(test="t test of the difference of differences",
                      method="interaction_satterthwaite", status="not_identifiable", message=text,
                      n_a=tw.n + cw.n, n_b=to.n + co.n)  # fmt: skip
    if ask.pairing == "auto":
        for first, second in (((tw, cw), (to, co)), ((tw, to), (cw, co))):
            if shared_units(first) or shared_units(second):
                return _split(first, second, ask)
    result = difference_of_differences(
        tw.values(), cw.values(), to.values(), co.values(),
        alternative=ask.alternative, conf_level=ask.conf_level,
    )  # fmt: skip
    return answer_of(result)


def _split(first: tuple[Cell, Cell], second: tuple[Cell, Cell], ask: Ask) -> Answer:
    """Welch's t on differences within units, one set of units against another."""
    units = [shared_units(pair) for pair in (first, second)]
    d = [pair[0].values(u) - pair[1].values(u)
         for pair, u in zip((first, second), units, strict=True)]  # fmt: skip
    result = welch_t(d[0], d[1], alternative=ask.alternative, conf_level=ask.conf_level)
    alone = sum(len(all_units(pair)) - len(u)
                for pair, u in zip((first, second), units, strict=True))  # fmt: skip
    answer = answer_of(result, method="interaction_split")
    test = "Welch t test of differences within units"
    return replace(answer, test=test, pairing="paired", left_out=alone)


def two_factors(cells: Mapping[Group, Cell], names: tuple[str, str], ask: Ask) -> list[Answer]:
    """Two-way analysis of variance, type III, blocked where units are in every cell.

    Examples
    --------
    >>> y = {("a", "x"): [1.0, 1.4], ("a", "y"): [2.0, 2.2], ("b", "x"): [1.1, 1.3],
    ...      ("b", "y"): [4.0, 4.4]}
    >>> cells = {g: Cell({f"{g}{i}": (v, 0) for i, v in enumerate(ys)}) for g, ys in y.items()}
    >>> answers = two_factors(cells, ("drug", "line"), Ask(test="two-way-anova"))
    >>> [(x.group_a, round(x.p_value, 5)) for x in answers][2]
    ('drug:line', 0.00267)
    """
    rows = [(v, g, u) for g, cell in cells.items() for u, (v, _) in cell.known.items()]
    blocked = ask.pairing != "unpaired"
    terms = {"a": names[0], "b": names[1], "a:b": ":".join(names)}
    stopped = whole({":".join(g): cell for g, cell in cells.items()})
    lost = len(lost_units(cells.values()))
    common: dict[str, Any] = {"pairing": "blocked" if blocked else "unpaired", "left_out": lost}
    if stopped is not None:
        blank = replace(
            stopped, test="Analysis of variance", method="two_way_anova_type3",
            measure="share", kind="partial eta squared", n_a=len(rows), **common,
        )  # fmt: skip
        return [replace(blank, group_a=term) for term in terms.values()]
    table = two_way_anova(
        [row[0] for row in rows], [row[1][0] for row in rows], [row[1][1] for row in rows],
        block=[row[2] for row in rows] if blocked else None,
        conf_level=2.0 * ask.conf_level - 1.0,
    )  # fmt: skip
    tests: list[tuple[str, TestResult]] = [
        (terms[row.term], row.test) for row in table.rows if row.test is not None
    ]
    return [
        replace(answer_of(test, "share"), group_a=name, group_b=None, **common)
        for name, test in tests
    ]
