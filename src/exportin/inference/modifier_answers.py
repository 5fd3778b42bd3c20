"""Questions with a second factor: difference of differences, two-way analysis of variance."""

from collections.abc import Sequence
from dataclasses import replace

from exportin.inference.answer import Ask
from exportin.inference.cells import Stratum, all_units, shared_units
from exportin.inference.contrast_checks import fault, near
from exportin.inference.group_answers import Found, pairs_of
from exportin.inference.modifier_tests import double_difference, two_factors
from exportin.inference.question import Contrast
from exportin.inference.strata import label_like
from exportin.tables.problems import InputError


def modified(
    strata: Sequence[Stratum], ask: Contrast, groups: Sequence[str], levels: Sequence[str]
) -> Found:
    """Answer a question of two factors in every stratum.

    Examples
    --------
    >>> from exportin.inference.cells import Cell
    >>> cells = {(g, m): Cell({f"E{i}": (v + i * i, 0) for i in range(3)}) for g, m, v in
    ...          (("a", "x", 1.0), ("b", "x", 5.0), ("a", "y", 1.0), ("b", "y", 6.0))}
    >>> ask = Contrast(quantity="q", between="k", modifier="l")
    >>> modified([Stratum({}, cells)], ask, ["a", "b"], ["x", "y"])[0][1].group_a
    'b vs a in y'
    """
    if ask.test == "two-way-anova":
        names = (ask.between, str(ask.modifier))
        return [
            (stratum, answer)
            for stratum in strata
            for answer in two_factors(stratum.cells, names, _factor_plan(stratum, ask))
        ]
    reference = _reference(ask, levels)
    versus = ask.versus if ask.versus is not None else groups[0]
    pairs = pairs_of(replace(ask, versus=versus), groups)
    found: Found = []
    for stratum in strata:
        for a, b in pairs:
            for level in (x for x in levels if x != reference):
                four = [stratum.cell(*g) for g in ((a, level), (b, level),
                                                   (a, reference), (b, reference))]  # fmt: skip
                answer = double_difference(four, Ask(
                    pairing=ask.pairing, alternative=ask.alternative,  # type: ignore[arg-type]
                    conf_level=ask.conf_level))  # fmt: skip
                named = replace(answer, group_a=f"{a} vs {b} in {level}",
                                group_b=f"{a} vs {b} in {reference}")  # fmt: skip
                found.append((stratum, named))
    return found


def _factor_plan(stratum: Stratum, ask: Contrast) -> Ask:
    cells = list(stratum.cells.values())
    crossed = bool(shared_units(cells)) or len(all_units(cells)) < sum(c.n for c in cells)
    auto = "blocked" if crossed else "unpaired"
    return Ask(test=ask.test, pairing=auto if ask.pairing == "auto" else ask.pairing,
               conf_level=ask.conf_level)  # fmt: skip


def _reference(ask: Contrast, levels: Sequence[str]) -> str:
    if len(levels) < 2:
        message = f"the modifier {ask.modifier} has fewer than two levels here."
        raise InputError(fault(ask, message, "Name a key with two levels or more."))
    if ask.modifier_versus is None:
        if len(levels) == 2:
            return levels[0]
        message = f"the modifier {ask.modifier} has {len(levels)} levels and no reference."
        raise InputError(fault(ask, message, f'Write modifier_versus = "{levels[0]}".'))
    found = label_like(ask.modifier_versus, levels)
    if found not in levels:
        message = f"modifier_versus = '{found}' is no level of {ask.modifier}."
        raise InputError(fault(ask, message, near(found, levels)))
    return found
