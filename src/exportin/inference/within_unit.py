"""Questions within one unit: two of its curves, held against each other by their wells."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from exportin.inference.comparable import check_units
from exportin.inference.contrast_checks import fault, group_faults, raise_all
from exportin.inference.contrast_rows import MIN_TESTS, family_words
from exportin.inference.curve_difference import Curve, answer_frame, dose_answer, no_answer
from exportin.inference.group_answers import pairs_of
from exportin.inference.p_adjust import AdjustmentName, adjust
from exportin.inference.question import Contrast
from exportin.inference.strata import label, label_like, labels
from exportin.results.curve_wells import CurveWells
from exportin.results.status import SENTENCES
from exportin.results.tables import Estimates, Tests
from exportin.tables.problems import InputError, Problem

Row = Mapping[str, Any]
Curves = Mapping[tuple[Any, ...], tuple[Curve, float]]
"""Each curve by its keys, with the vehicle wells behind it."""
_STEPS: dict[str, tuple[AdjustmentName, str]] = {
    "holm": ("holm", "Holm"),
    "hochberg": ("hochberg", "Hochberg"),
    "bonferroni": ("bonferroni", "Bonferroni"),
    "bh": ("BH", "Benjamini-Hochberg"),
}


def compare_within(
    wells: CurveWells, estimates: Estimates, ask: Contrast, level: float | None
) -> Tests:
    """Ask of every unit whether two of its curves share a dose; one row per unit and pair.

    The extra-sum-of-squares F test over the wells of one experiment, as in `same_ec50`: a technical
    answer. It says whether the two curves of that experiment differ, not whether the difference
    would repeat. Every row has n = 1 and 1, ``interval_level`` "within" and the experiment's name
    in ``unit_id``.

    Parameters
    ----------
    wells : CurveWells
        What the curves were fitted to.
    estimates : Estimates
        The numbers of the same curves. Where one is a bound or has a status, nothing is tested and
        the row says why.
    ask : Contrast
        With ``level`` "within"; ``adjust`` "none" leaves every row by itself.
    level : float or None
        Fraction of the vehicle mean that the dose stands for; None for the EC50.

    Raises
    ------
    InputError
        If a name is unknown, or the question does not say what to compare.

    Examples
    --------
    >>> compare_within(CurveWells.empty(), Estimates.empty(),
    ...                Contrast(quantity="ec50", between="arm", level="within"), None).frame.height
    0
    """
    frame = estimates.frame.filter(
        pl.col("quantity") == ask.quantity, pl.col("unit_id").is_not_null()
    )
    if frame.is_empty() or ask.between not in frame.columns:
        return Tests.empty()
    frame = frame.drop_nulls(ask.between)
    ask, groups = _resolved(ask, labels(frame, ask.between))
    check_within(frame, ask)
    check_units(ask, frame, groups)
    curves = _curves(wells, (*_names(ask), ask.between))
    rows = [
        {**stratum, **_answer({a: cells[a], b: cells[b]}, curves, ask, level)}
        for stratum, cells in _strata(frame, ask)
        for a, b in pairs_of(ask, groups)
        if a in cells and b in cells
    ]
    return Tests.build(_adjusted(rows, ask, str(frame.item(0, "experimental_unit"))))


def within_design_faults(ask: Contrast) -> list[Problem]:
    """Give every key of a question that makes no sense within one unit.

    Examples
    --------
    >>> ask = Contrast(quantity="ec50", between="arm", level="within", pairing="paired")
    >>> [p.remedy for p in within_design_faults(ask)]
    ['Leave pairing out: the two curves stand in one experiment.']
    """
    rules = (
        (ask.unit is not None, "unit", "the wells of one experiment are what is compared."),
        (ask.pairing != "auto", "pairing", "the two curves stand in one experiment."),
        (ask.test != "auto", "test", "it is the extra-sum-of-squares F test."),
        (ask.modifier is not None, "modifier", "the test takes two curves."),
        (ask.modifier_versus is not None, "modifier_versus", "the test takes two curves."),
        (ask.trend, "trend", "the test takes two curves."),
        (ask.alternative != "two-sided", "alternative", "the F test is two-sided."),
        (ask.effect == "difference", "effect", "the effect is the ratio of the doses."),
        (ask.adjust in ("dunnett", "tukey"), "adjust",
         "these tests are not adjusted, or by holm, hochberg, bonferroni or bh."),
    )  # fmt: skip
    out = [
        fault(ask, f'{key} makes no sense with level = "within".', f"Leave {key} out: {why}")
        for wrong, key, why in rules
        if wrong
    ]
    if ask.versus is not None and ask.all_pairs:
        message = "versus and all_pairs contradict each other."
        out.append(fault(ask, message, "Keep one of them."))
    return out


def check_within(frame: pl.DataFrame, ask: Contrast) -> None:
    """Refuse groups that are not there, several curves in one place, and no pair in any unit.

    Parameters
    ----------
    frame : polars.DataFrame
        A row per curve: its keys and ``unit_id``.
    ask : Contrast

    Raises
    ------
    InputError
        With place and remedy.

    Examples
    --------
    >>> frame = pl.DataFrame({"arm": ["a", "b"], "unit_id": ["E1", "E2"]})
    >>> check_within(frame, Contrast(quantity="ec50", between="arm", level="within"))
    Traceback (most recent call last):
    ...
    exportin.tables.problems.InputError: study.toml: compare: no unit holds two of the groups ...
    """
    frame = frame.drop_nulls(ask.between)
    known = labels(frame, ask.between)
    ask, groups = _resolved(ask, known)
    found = group_faults(ask, groups, known)
    raise_all([replace(p, remedy=p.remedy.replace(" or trend = true", "")) for p in found])
    wanted = [set(pair) for pair in pairs_of(ask, groups)]
    together = False
    for _, cells in _strata(frame, ask):
        together |= any(pair <= set(cells) for pair in wanted)
    if not together:
        message = f'no unit holds two of the groups of {ask.between}, which level = "within" needs.'
        remedy = "Leave level out: groups of different experiments are compared between them."
        raise InputError(fault(ask, message, remedy))


def _resolved(ask: Contrast, known: Sequence[str]) -> tuple[Contrast, list[str]]:
    groups = [label_like(group, known) for group in ask.groups or known]
    versus = None if ask.versus is None else label_like(ask.versus, known)
    return replace(ask, versus=versus), groups


def _names(ask: Contrast) -> tuple[str, ...]:
    return (*ask.within, "unit_id")


def _strata(frame: pl.DataFrame, ask: Contrast) -> Iterator[tuple[Row, dict[str, Row]]]:
    """Give each unit of each stratum with its curves by group."""
    names = [n for n in ("block", "assay") if n in frame.columns] + list(_names(ask))
    ordered = frame.sort([*names, ask.between], nulls_last=True)
    for what, part in ordered.partition_by(names, as_dict=True, maintain_order=True).items():
        cells: dict[str, Row] = {}
        for row in part.iter_rows(named=True):
            group = label(row[ask.between])
            if group in cells:
                _refuse_several(part, ask, group, row)
            cells[group] = row
        yield dict(zip(names, what, strict=True)), cells


def _refuse_several(part: pl.DataFrame, ask: Contrast, group: str, row: Row) -> None:
    fixed = {*Estimates.schema(), *_names(ask), ask.between}
    same = part.filter(pl.col(ask.between) == row[ask.between])
    free = [n for n in same.columns if n not in fixed and same.get_column(n).n_unique() > 1]
    message = f"unit '{row['unit_id']}' has several curves of {group}: they differ by "
    message += " and ".join(f"'{name}'" for name in free) + "."
    named = ", ".join(f'"{name}"' for name in [*ask.within, *free])
    raise InputError(fault(ask, message, f"Write within = [{named}]."))


def _curves(wells: CurveWells, names: Sequence[str]) -> Curves:
    """Curves by their keys, and the vehicle wells behind each."""
    keys = [n for n in names if n in wells.frame.columns]
    if keys != list(names):
        return {}
    return {
        found: (
            (
                np.log10(part.get_column("dose").to_numpy()),
                part.get_column("response").to_numpy(),
            ),
            np.inf if (behind := part.item(0, "n_reference")) is None else float(behind),
        )
        for found, part in wells.frame.sort("row_id").partition_by(keys, as_dict=True).items()
    }


def _answer(pair: Mapping[str, Row], curves: Curves, ask: Contrast, level: float | None) -> Row:
    """Test two curves, or say which of them forbids it."""
    keys, names = (*_names(ask), ask.between), _two(list(pair))
    for name, row in pair.items():
        if not _numbered(row):
            status = "at_bound" if row["status"] == "ok" else row["status"]
            blank = answer_frame(names, ask.quantity, level, ask.conf_level)
            return {**blank, **no_answer(status, f"{name}: {_lower(SENTENCES[status])}")}
    (one, behind_a), (other, behind_b) = (
        curves[tuple(row[key] for key in keys)] for row in pair.values()
    )
    return dose_answer(
        one, other, names=names, quantity=ask.quantity, level=level,
        n_reference=(behind_a, behind_b), conf_level=ask.conf_level,
    )  # fmt: skip


def _two(names: list[str]) -> tuple[str, str]:
    return names[0], names[1]


def _numbered(row: Row) -> bool:
    return bool(row["status"] == "ok" and row["bound"] == "=" and row["value"] is not None)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _adjusted(rows: list[dict[str, Any]], ask: Contrast, unit: str) -> list[dict[str, Any]]:
    """Write the family: none, unless an adjustment was asked for."""
    what = family_words(ask)
    alone = f"technical: wells of one {unit}, not adjusted ({what})"
    tested = sum(row.get("p_value") is not None for row in rows)
    rows = [
        {**row, "verdict": row["verdict"].replace("one experiment", f"one {unit}")} for row in rows
    ]
    if ask.adjust not in _STEPS:
        return [{**row, "family": alone} for row in rows]
    name, word = _STEPS[ask.adjust]
    found = adjust([row.get("p_value") for row in rows], name)
    family = f"{word} over {tested} tests within single {unit}s, technical ({what})"
    if tested < MIN_TESTS:
        number = "one test" if tested else "no test"
        family = f"{number} within a single {unit}, technical ({what})"
    return [{**row, "family": family, "p_adjusted": p} for row, p in zip(rows, found, strict=True)]
