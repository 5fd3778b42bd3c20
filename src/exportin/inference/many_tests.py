"""Several groups at once: blocked contrasts, Dunnett, Tukey, analysis of variance, trend."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from exportin.inference.anova import one_way_anova
from exportin.inference.answer import Answer, Ask, answer_of
from exportin.inference.cells import Cell, all_units, lost_units
from exportin.inference.gehan_overall import bounded_overall
from exportin.inference.group_means import group_means
from exportin.inference.kruskal import kruskal_wallis
from exportin.inference.multiple import dunnett, tukey
from exportin.inference.outcome import TestResult
from exportin.inference.pair_tests import unusable
from exportin.inference.t_outcome import blank_result, t_outcome
from exportin.inference.trend import TREND_NAMES, linear_trend

Pairs = Sequence[tuple[str, str]]


class Long(NamedTuple):
    """Values with the group and the unit of each; `block` is the unit, or None if unpaired."""

    values: list[float]
    group: list[str]
    block: list[str] | None


def as_long(cells: Mapping[str, Cell], pairing: str) -> Long:
    """Stack groups into columns.

    Examples
    --------
    >>> as_long({"a": Cell({"E1": (1.0, 0)})}, "unpaired")
    Long(values=[1.0], group=['a'], block=None)
    """
    rows = [(v, g, u) for g, cell in cells.items() for u, (v, _) in cell.known.items()]
    values, group, unit = ([row[i] for row in rows] for i in range(3))
    return Long(values, group, None if pairing == "unpaired" else unit)  # type: ignore[arg-type]


def blocked_contrasts(cells: Mapping[str, Cell], pairs: Pairs, ask: Ask) -> list[Answer]:
    """Compare groups within units by the additive model group + unit, residual df for all.

    Examples
    --------
    >>> y = {"a": [1.0, 2.0, 3.1], "b": [2.0, 3.2, 4.0], "c": [1.1, 2.0, 3.0]}
    >>> cells = {g: Cell({f"E{i}": (v, 0) for i, v in enumerate(ys)}) for g, ys in y.items()}
    >>> answer = blocked_contrasts(cells, [("b", "a")], Ask(pairing="blocked"))[0]
    >>> round(answer.effect, 4), answer.df
    (1.0333, 4.0)
    """
    data = as_long(cells, "blocked")
    means = group_means(data.values, data.group, block=data.block)
    done = []
    for a, b in pairs:
        blank = blank_result("t test in a blocked model", "blocked_anova", "difference of means",
                             n_a=cells[a].n, n_b=cells[b].n, alternative=ask.alternative,
                             conf_level=ask.conf_level)  # fmt: skip
        if means.reason:
            result = replace(blank, message=means.reason)
        else:
            weights = np.array([(g == a) - (g == b) for g in means.levels], dtype=np.float64)
            error = float(np.sqrt(weights @ means.covariance @ weights))
            result = t_outcome(blank, effect=float(weights @ means.means), std_error=error,
                               df=float(means.df), null=0.0, size=means.size)  # fmt: skip
        named = answer_of(result, method="blocked_contrast")
        done.append(replace(named, group_a=a, group_b=b, pairing="blocked"))
    return done


def simultaneous(
    cells: Mapping[str, Cell], adjust: str, versus: str | None, ask: Ask
) -> list[Answer]:
    """Dunnett (against `versus`) or Tukey (all pairs), later group minus earlier one.

    Examples
    --------
    >>> y = {"a": [1.0, 2.0], "b": [4.0, 5.0], "c": [9.0, 8.0]}
    >>> cells = {g: Cell({f"{g}{i}": (v, 0) for i, v in enumerate(ys)}) for g, ys in y.items()}
    >>> [round(x.p_adjusted, 4) for x in simultaneous(cells, "tukey", None, Ask())]
    [0.0481, 0.0045, 0.0222]
    """
    data = as_long(cells, ask.pairing)
    results: tuple[TestResult, ...]
    if adjust == "dunnett":
        results = dunnett(data.values, data.group, versus, block=data.block,
                          alternative=ask.alternative, conf_level=ask.conf_level)  # fmt: skip
    else:
        results = tukey(data.values, data.group, block=data.block, conf_level=ask.conf_level)
    answers = [replace(answer_of(r), group_a=r.group_a, group_b=r.group_b) for r in results]
    order = {group: i for i, group in enumerate(cells)}
    turned = [_turned(x) if order[x.group_a] < order[x.group_b or ""] and adjust == "tukey" else x
              for x in answers]  # fmt: skip
    return sorted(turned, key=lambda x: (order[x.group_b or ""], order[x.group_a]))


def _turned(x: Answer) -> Answer:
    """Turn a difference round: a minus b to b minus a."""
    flip = {"none": "none", "low": "high", "high": "low", "both": "both"}
    minus = [None if v is None else -v for v in (x.effect, x.low, x.high, x.statistic)]
    return replace(x, group_a=x.group_b or "", group_b=x.group_a, n_a=x.n_b, n_b=x.n_a,
                   effect=minus[0], low=minus[2], high=minus[1], statistic=minus[3],
                   conf_open=flip[x.conf_open])  # fmt: skip


def overall(cells: Mapping[str, Cell], term: str, ask: Ask) -> Answer:
    """Test whether the groups differ at all (analysis of variance or Kruskal-Wallis).

    Where units are bounds, ranks become Gehan's scores and analysis of variance says why not.
    The interval of partial eta squared has the level 2 c - 1 (0.90 for 0.95), which leaves zero
    where p < 1 - c.

    Examples
    --------
    >>> y = {"a": [1.0, 2.0], "b": [4.0, 5.0], "c": [9.0, 8.0]}
    >>> cells = {g: Cell({f"{g}{i}": (v, 0) for i, v in enumerate(ys)}) for g, ys in y.items()}
    >>> answer = overall(cells, "treatment", Ask(test="anova"))
    >>> answer.group_a, answer.kind, round(answer.p_value, 4)
    ('treatment', 'partial eta squared', 0.0051)
    """
    rank = ask.test == "kruskal-wallis"
    data = as_long(cells, "unpaired" if rank else ask.pairing)
    name = ("Kruskal-Wallis test", "kruskal_wallis") if rank else ("Analysis of variance", "")
    method = name[1] or ("one_way_anova" if data.block is None else "blocked_anova")
    kind = "epsilon squared of ranks" if rank else "partial eta squared"
    n = sum(cell.n for cell in cells.values())
    stopped = unusable(*cells.values()) if rank else whole(cells)
    if stopped is not None:
        answer = replace(stopped, test=name[0], method=method, measure="share", kind=kind, n_a=n)
    elif rank and not all(cell.exact for cell in cells.values()):
        answer = bounded_overall(cells)
    elif rank:
        answer = kruskal_wallis(data.values, data.group)
    else:
        table = one_way_anova(data.values, data.group, block=data.block,
                              conf_level=2.0 * ask.conf_level - 1.0)  # fmt: skip
        result = table.row("group").test
        assert result is not None  # noqa: S101 - the group line always has a test
        answer = answer_of(result, "share")
    pairing = "unpaired" if data.block is None else "blocked"
    lost = len(lost_units(cells.values()))
    return replace(answer, group_a=term, group_b=None, pairing=pairing, left_out=lost)


def trend(cells: Mapping[str, Cell], scores: Mapping[str, float], term: str, ask: Ask) -> Answer:
    """Test a linear trend of the values over the groups' scores.

    Where units are blocks, each with two scores or more gives a slope, n counts slopes, and
    ``left_out`` units without one.

    Examples
    --------
    >>> y = {"0": [1.0, 1.2], "1": [2.1, 1.9], "2": [3.2, 3.0]}
    >>> cells = {g: Cell({f"{g}{i}": (v, 0) for i, v in enumerate(ys)}) for g, ys in y.items()}
    >>> round(trend(cells, {g: float(g) for g in y}, "dose", Ask()).effect, 4)
    1.0
    """
    data = as_long(cells, ask.pairing)
    blocked = data.block is not None
    units, lost = all_units(list(cells.values())), lost_units(cells.values())
    stopped = whole(cells)
    if stopped is not None:
        test, method = TREND_NAMES[blocked]
        n = len(units) if blocked else len(data.values)
        answer = replace(stopped, test=test, method=method, measure="slope", n_a=n)
        out = len(lost - set(units)) if blocked else len(lost)
    else:
        result = linear_trend(data.values, [scores[g] for g in data.group], block=data.block,
                              alternative=ask.alternative, conf_level=ask.conf_level)  # fmt: skip
        answer = answer_of(result, "slope")
        out = len(lost | set(units)) - answer.n_a if blocked else len(lost)
        if blocked and answer.status == "ok":
            answer = replace(answer, message=_gaps(cells, units))
    return replace(answer, group_a=term, group_b=None, left_out=out,
                   pairing="blocked" if blocked else "unpaired",
                   alternative=ask.alternative)  # fmt: skip


def _gaps(cells: Mapping[str, Cell], units: Sequence[str]) -> str:
    """Count units whose slope is made of some of the groups only."""
    held = [sum(unit in cell.known for cell in cells.values()) for unit in units]
    gaps = sum(1 < n < len(cells) for n in held)
    return f"{gaps} of them without a value in every group" if gaps else ""


def whole(cells: Mapping[str, Cell]) -> Answer | None:
    """Say why groups cannot be taken together: unusable units, or bounds; None where they can.

    Examples
    --------
    >>> whole({"a": Cell({"E1": (1.0, 1)})}).status
    'not_identifiable'
    """
    stopped = unusable(*cells.values())
    if stopped is None and not all(cell.exact for cell in cells.values()):
        text = (
            "Some units are known only as bounds; compare pairs of groups, or write "
            "test = 'kruskal-wallis' for one test of all groups."
        )
        return Answer(test="", method="", status="not_identifiable", message=text)
    return stopped
