"""Questions between groups, asked of estimates: the only way two results are compared."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, groupby
from typing import Any

import polars as pl

from exportin.inference.answer import Answer, Ask
from exportin.inference.cells import (
    Cell,
    Group,
    Stratum,
    all_units,
    lost_units,
    make_cell,
    resolve_pairing,
    shared_units,
)
from exportin.inference.contrast_checks import (
    OVERALL,
    UNPAIRED_ONLY,
    check_groups,
    check_names,
    check_test,
    fault,
    near,
)
from exportin.inference.contrast_rows import family_rows
from exportin.inference.many_tests import blocked_contrasts, overall, simultaneous, trend
from exportin.inference.modifier_tests import double_difference, two_factors
from exportin.inference.pair_tests import compare_pair, unusable
from exportin.inference.question import Contrast
from exportin.results.tables import Estimates, Tests
from exportin.tables.problems import InputError

__all__ = ["Contrast", "compare_units"]

Found = list[tuple[Stratum, Answer]]


def compare_units(estimates: Estimates, contrast: Contrast) -> Tests:
    """Compare groups by the values of their units; one row per comparison.

    Only rows with a unit_id enter; technical intervals never do. Ratios are made on logarithms.
    How units enter that are bounds: `unit_values`.

    Which test (test = "auto"): two independent groups, Welch's t; the same units in both groups,
    paired t; the same units in more groups, t from the blocked model group + unit with its
    residual df; bounds among pairs, the censored t test of differences or the exact sign test;
    bounds among independent groups, an exact permutation test of Gehan's scores. With
    pairing = "auto", groups are blocked as soon as one unit is in two of them.

    Holm, Hochberg, Bonferroni and BH span all rows of the question. Dunnett and Tukey are
    simultaneous within one stratum; over several strata their p values are multiplied by the
    number of strata (Bonferroni; Holm over strata would not control the error of single rows).
    Where a bound forbids Dunnett or Tukey, Holm over all rows takes their place.

    Parameters
    ----------
    estimates : Estimates
    contrast : Contrast

    Returns
    -------
    Tests
        group_b is the reference; effect is a minus b or a over b. Without `versus`, two groups
        are compared as second against first. n = 1 gives a row with status too_few.

    Raises
    ------
    InputError
        If a name is unknown, or the question does not say what to compare.

    Examples
    --------
    >>> what = {"block": "b", "assay": "a", "quantity": "ec50", "scale": "log10", "method": "m",
    ...         "experimental_unit": "experiment"}
    >>> said = {"drug": [20.0, 19.0, 22.0], "vehicle": [10.0, 10.5, 9.9]}
    >>> rows = [what | {"arm": arm, "unit_id": f"E{i}", "value": v}
    ...         for arm, values in said.items() for i, v in enumerate(values)]
    >>> ask = Contrast(quantity="ec50", between="arm", versus="vehicle")
    >>> row = compare_units(Estimates.build(rows), ask).frame.row(0, named=True)
    >>> row["effect_kind"], round(row["effect"], 3), row["pairing"]
    ('ratio of ec50', 2.004, 'paired')
    """
    check_test(contrast)
    check_names(estimates, contrast)
    wanted = pl.col("unit_id").is_not_null() & (pl.col("quantity") == contrast.quantity)
    frame = estimates.frame.filter(wanted, pl.col(contrast.between).is_not_null())
    known = _labels(frame, contrast.between)
    groups = [_label_like(group, known) for group in contrast.groups or known]
    if contrast.versus is not None:
        contrast = replace(contrast, versus=_label_like(contrast.versus, known))
    check_groups(contrast, groups, known)
    scale = working_scale(frame.item(0, "scale"), contrast.effect)
    strata = list(_strata(frame, contrast, groups, scale))
    found = _answers(strata, contrast, groups, frame)
    return Tests.build(family_rows(found, contrast, frame, scale))


def working_scale(scale: str, effect: str) -> str:
    """Scale on which groups are compared.

    Examples
    --------
    >>> working_scale("log10", "auto"), working_scale("linear", "ratio")
    ('log10', 'log10')
    """
    if effect == "difference":
        return "linear"
    return "log10" if effect == "ratio" and scale in ("linear", "logit") else scale


def label(value: object) -> str:
    """Write the name of a group; numbers without needless zeros.

    Examples
    --------
    >>> label(10.0), label("10 nM")
    ('10', '10 nM')
    """
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _labels(frame: pl.DataFrame, key: str) -> list[str]:
    values = frame.get_column(key).drop_nulls().unique().to_list()
    names = sorted({label(value) for value in values})
    numbers = [_number(name) for name in names]
    if all(number is not None for number in numbers):
        return sorted(names, key=float)
    return names


def _label_like(name: str, known: Sequence[str]) -> str:
    """Let the user write 10.0 where the group is called 10."""
    number = _number(name)
    same = [k for k in known if number is not None and _number(k) == number]
    return name if name in known or not same else same[0]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _strata(
    frame: pl.DataFrame, ask: Contrast, groups: Sequence[str], scale: str
) -> Iterator[Stratum]:
    names = ["block", "assay", *ask.within]
    keys = [ask.between, *([ask.modifier] if ask.modifier else [])]
    frame = frame.drop_nulls(keys).sort([*names, *keys, "unit_id"], nulls_last=True)
    for what, rows in groupby(frame.iter_rows(named=True), lambda r: tuple(r[n] for n in names)):
        cells: dict[Group, list[dict[str, Any]]] = {}
        for row in rows:
            group = tuple(label(row[key]) for key in keys)
            if group[0] in groups:
                cells.setdefault(group, []).append(row)
        for group, members in cells.items():
            _one_row_per_unit(ask, group, members, frame)
        made = {group: make_cell(members, scale) for group, members in cells.items()}
        if made:
            yield Stratum(dict(zip(names, what, strict=True)), made)


def _one_row_per_unit(
    ask: Contrast, group: Group, rows: Sequence[dict[str, Any]], frame: pl.DataFrame
) -> None:
    """Refuse a group in which a unit has several values: n must count units."""
    units = [row["unit_id"] for row in rows]
    if len(set(units)) == len(units):
        return
    fixed = Estimates.schema()
    free = [n for n in frame.columns if n not in fixed and len({row[n] for row in rows}) > 1]
    unit = rows[0]["experimental_unit"]
    message = f"{unit}s have several values each in {', '.join(group)}: they differ by "
    named = ", ".join(f'"{name}"' for name in [*ask.within, *free])
    message += " and ".join(f"'{name}'" for name in free) + "."
    raise InputError(fault(ask, message, f"Write within = [{named}]."))


def _answers(
    strata: Sequence[Stratum], ask: Contrast, groups: Sequence[str], frame: pl.DataFrame
) -> Found:
    if ask.modifier is not None:
        return _modified(strata, ask, groups, _labels(frame, ask.modifier))
    if ask.test in OVERALL or ask.trend:
        return _overall(strata, ask, groups)
    pairs = pairs_of(ask, groups)
    plan = [(stratum, _plan(stratum, ask, groups)) for stratum in strata]
    joint = ask.adjust in ("dunnett", "tukey") and all(_plain(s, groups) for s in strata)
    found: Found = []
    for stratum, how in plan:
        cells = {g: stratum.cell(g) for g in groups if stratum.cell(g).n}
        if joint and len(cells) > 1 and (ask.versus is None or ask.versus in cells):
            answers = simultaneous(cells, ask.adjust, ask.versus, how)
        else:
            answers = _pairs(stratum, [(a, b) for a, b in pairs if (a,) in stratum.cells], how)
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
    return cell.n > 0 and cell.exact and unusable(cell) is None


def _overall(strata: Sequence[Stratum], ask: Contrast, groups: Sequence[str]) -> Found:
    found: Found = []
    scores = _scores(ask, groups) if ask.trend else {}
    for stratum in strata:
        cells = {g: stratum.cell(g) for g in groups if (g,) in stratum.cells}
        how = _plan(stratum, ask, groups)
        answer = trend(cells, scores, ask.between, how) if ask.trend else (
            overall(cells, ask.between, how)
        )  # fmt: skip
        found.append((stratum, answer))
    return found


def _scores(ask: Contrast, groups: Sequence[str]) -> dict[str, float]:
    """Score of each group: its place where the order is given, else its number."""
    if ask.groups is not None:
        return {group: float(i) for i, group in enumerate(groups)}
    numbers = {group: _number(group) for group in groups}
    if any(number is None for number in numbers.values()):
        message = f"a trend needs an order, and the groups of {ask.between} are no numbers."
        listed = ", ".join(f'"{group}"' for group in groups)
        raise InputError(fault(ask, message, f"Write groups = [{listed}] in their order."))
    return {group: number for group, number in numbers.items() if number is not None}


def _modified(
    strata: Sequence[Stratum], ask: Contrast, groups: Sequence[str], levels: Sequence[str]
) -> Found:
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
    found = _label_like(ask.modifier_versus, levels)
    if found not in levels:
        message = f"modifier_versus = '{found}' is no level of {ask.modifier}."
        raise InputError(fault(ask, message, near(found, levels)))
    return found
