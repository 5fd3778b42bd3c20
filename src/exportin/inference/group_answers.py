"""From strata to answers: which groups are compared, and by which test."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from exportin.inference.answer import Answer, Ask
from exportin.inference.between import MIN_UNITS
from exportin.inference.cells import Cell, Stratum, lost_units, resolve_pairing
from exportin.inference.contrast_checks import OVERALL, UNPAIRED_ONLY, fault
from exportin.inference.correlation import correlate
from exportin.inference.many_tests import blocked_contrasts, overall, simultaneous, trend
from exportin.inference.pair_tests import compare_pair, unusable
from exportin.inference.question import Contrast
from exportin.inference.strata import as_number
from exportin.tables.problems import InputError

Found = list[tuple[Stratum, Answer]]


def find_answers(strata: Sequence[Stratum], ask: Contrast, groups: Sequence[str]) -> Found:
    """Answer a question of one factor in every stratum.

    Examples
    --------
    >>> cells = {(g,): Cell({f"{g}{i}": (v + i, 0) for i in range(3)})
    ...          for g, v in (("a", 1.0), ("b", 5.0))}
    >>> found = find_answers([Stratum({}, cells)], Contrast(quantity="q", between="k"), ["a", "b"])
    >>> [(answer.group_a, answer.group_b, answer.method) for _, answer in found]
    [('b', 'a', 'welch_t')]
    """
    if ask.test in OVERALL or ask.trend:
        return _overall(strata, ask, groups)
    pairs = pairs_of(ask, groups)
    plan = [(stratum, _plan(stratum, ask, groups)) for stratum in strata]
    joint = ask.adjust in ("dunnett", "tukey") and all(_plain(s, groups) for s in strata)
    found: Found = []
    for stratum, how in plan:
        cells = {g: stratum.cell(g) for g in groups if stratum.cell(g).n >= MIN_UNITS}
        if joint and len(cells) > 1 and (ask.versus is None or ask.versus in cells):
            answers = simultaneous(cells, ask.adjust, ask.versus, how)
            planned = [p for p in pairs if not set(p) <= set(cells)]  # too few to join in
        else:
            answers, planned = [], pairs
        answers += _pairs(stratum, [(a, b) for a, b in planned if (a,) in stratum.cells], how)
        found += [(stratum, answer) for answer in answers]
    return found


def pairs_of(ask: Contrast, groups: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs (a, b) to compare: later against earlier, or each against the reference.

    Examples
    --------
    >>> pairs_of(Contrast(quantity="q", between="arm", all_pairs=True), ["a", "b", "c"])
    [('b', 'a'), ('c', 'a'), ('c', 'b')]
    """
    if ask.versus is not None:
        return [(group, ask.versus) for group in groups if group != ask.versus]
    return [(b, a) for a, b in combinations(groups, 2)]


def _plan(stratum: Stratum, ask: Contrast, groups: Sequence[str]) -> Ask:
    cells = [stratum.cell(group) for group in groups]
    pairing = resolve_pairing(cells, ask.pairing)
    if ask.pairing == "auto" and ask.test in UNPAIRED_ONLY:
        pairing = "unpaired"
    if ask.test == "wilcoxon":
        pairing = "paired"
    return Ask(test=ask.test, pairing=pairing, alternative=ask.alternative,  # type: ignore[arg-type]
               conf_level=ask.conf_level)  # fmt: skip


def _plain(stratum: Stratum, groups: Sequence[str]) -> bool:
    cells = [stratum.cell(group) for group in groups]
    return all(cell.exact for cell in cells) and unusable(*cells) is None


def _pairs(stratum: Stratum, pairs: Sequence[tuple[str, str]], how: Ask) -> list[Answer]:
    """Pairs one by one, or from one blocked model where more than two exact groups share units."""
    asked = {group for pair in pairs for group in pair}
    exact = {g: stratum.cell(g) for g in sorted(asked) if _fit_for_model(stratum.cell(g))}
    model: dict[tuple[str, str], Answer] = {}
    if how.pairing == "blocked" and len(exact) > 2 and how.test in ("auto", "t"):
        inside = [pair for pair in pairs if set(pair) <= set(exact)]
        fitted = blocked_contrasts(exact, inside, how)
        model = {
            (a, b): replace(x, left_out=len(lost_units([exact[a], exact[b]])))
            for (a, b), x in zip(inside, fitted, strict=True)
        }
    return [
        model.get((a, b))
        or replace(compare_pair(stratum.cell(a), stratum.cell(b), how), group_a=a, group_b=b)
        for a, b in pairs
    ]


def _fit_for_model(cell: Cell) -> bool:
    return cell.n >= MIN_UNITS and cell.exact and unusable(cell) is None


def _overall(strata: Sequence[Stratum], ask: Contrast, groups: Sequence[str]) -> Found:
    found: Found = []
    scores = trend_scores(ask, groups) if ask.trend or ask.test == "kendall" else {}
    for stratum in strata:
        cells = {g: stratum.cell(g) for g in groups if (g,) in stratum.cells}
        how = _plan(stratum, ask, groups)
        if ask.test == "kendall":
            answer = correlate(cells, scores, ask.between, how)
        elif ask.trend:
            answer = trend(cells, scores, ask.between, how)
        else:
            answer = overall(cells, ask.between, how)
        found.append((stratum, answer))
    return found


def trend_scores(ask: Contrast, groups: Sequence[str]) -> dict[str, float]:
    """Score of each group: its place where the order is given, else its number.

    Examples
    --------
    >>> trend_scores(Contrast(quantity="q", between="dose", trend=True), ["0.5", "2"])
    {'0.5': 0.5, '2': 2.0}
    """
    if ask.groups is not None and ask.test != "kendall":
        return {group: float(i) for i, group in enumerate(groups)}
    numbers = {group: as_number(group) for group in groups}
    if any(number is None for number in numbers.values()):
        message = f"a trend needs an order, and the groups of {ask.between} are no numbers."
        listed = ", ".join(f'"{group}"' for group in groups)
        remedy = f"Write groups = [{listed}] in their order."
        if ask.test == "kendall":
            message = f"test = 'kendall' needs a measured property; {ask.between} is no number."
            remedy = 'Leave test out and name groups: versus = "...", or all_pairs = true.'
        raise InputError(fault(ask, message, remedy))
    return {group: number for group, number in numbers.items() if number is not None}
