"""One plain sentence per comparison, as a pharmacologist would say it."""

from collections.abc import Mapping
from typing import Any

from exportin.inference.answer import Answer
from exportin.results.formatting import format_cell, p_text, plain
from exportin.results.phrases import interval_parts, unit_name

ALPHA = 0.05
"""At or above this adjusted p the sentence says "no difference shown" (Fisher's convention)."""
NOT_SHOWN = {"slope": "no trend shown", "interaction": "no change of the effect shown"}
_BEYOND = {"=": "", ">": "more than ", "<": "less than "}
_TURNED = {"=": "=", ">": "<", "<": ">"}


def verdict(
    answer: Answer,
    shown: tuple[float | None, float | None, float | None],
    *,
    ratio: bool,
    units: str,
    unit: str,
    adjust: str,
    tests: int = 0,
    odds: bool = False,
) -> str:
    """Say what was found: effect, interval, p and how many units.

    Parameters
    ----------
    answer : Answer
    shown : (effect, low, high)
        In natural units.
    ratio : bool
        Whether the effect is a ratio.
    units : str
        Unit of a difference.
    unit : str
        What is independent: experiment, animal.
    adjust : str
        Name of the adjustment, empty for none.
    tests : int
        Number of tests of its family; 0 where it is not said.
    odds : bool
        Whether the ratio is one of odds: 2 times the odds is not 2 times the fraction.

    Examples
    --------
    >>> answer = Answer(test="t", method="paired_t", group_a="selinexor", group_b="doxorubicin",
    ...                 pairing="paired", p_value=0.012, p_adjusted=0.024, n_a=3, n_b=3)
    >>> verdict(answer, (1.8, 1.2, 2.7), ratio=True, units="", unit="experiment", adjust="Holm")
    'selinexor 1.8 times doxorubicin (1.2 to 2.7), p = 0.012 (Holm 0.024), 3 paired experiments'
    """
    row = _row(answer, shown, ratio=ratio)
    units = difference_units(units)
    size = _size(answer, row, ratio=ratio, units=units)
    size = _of_odds(answer, size) if odds else size
    interval = plain(row, interval_parts(row)) if size else ""
    limits = f" ({interval})" if interval else ""
    n = counts(answer, unit)
    note = answer.message.rstrip(".")
    note = f"{note}{_left(answer, unit)}".lstrip("; ")
    end = f"; {note}" if note else ""
    if answer.p_value is None:
        return f"not estimable: {note[:1].lower()}{note[1:]}" + (f" ({size}, {n})" if size else "")
    p = p_text(answer.p_value)
    if adjust and answer.p_adjusted is not None:
        p += f" ({p_text(answer.p_adjusted, adjust).replace(' = ', ' ')})"
    final = answer.p_value if answer.p_adjusted is None else answer.p_adjusted
    if answer.method == "sign_exact" and answer.statistic is not None and row["effect"] is not None:
        said = _sign_said(answer, row, ratio=ratio, units=units, unit=unit)
        return _sign_verdict(answer, said, p, final) + _left(answer, unit)
    first = "" if final < ALPHA else NOT_SHOWN.get(answer.measure, "no difference shown")
    if first and answer.p_value < ALPHA and tests > 1:
        first += f" after adjustment for {tests} tests"
    first += ": " if first else ""
    return f"{first}{size}{limits}, {p}, {n}{end}"


def difference_units(units: str) -> str:
    """Write the unit of a difference.

    >>> difference_units("%"), difference_units("uM")
    ('percentage points', 'µM')
    """
    return "percentage points" if units == "%" else unit_name(units)


def _left(answer: Answer, unit: str) -> str:
    """Count units that had no partner or no value."""
    n = answer.left_out
    return f"; {n} {_plural(unit, n)} left out" if n else ""


def _sign_said(
    answer: Answer, row: Mapping[str, Any], *, ratio: bool, units: str, unit: str
) -> str:
    """Say in how many pairs a is higher, and by how much at least if it is so in all."""
    above, n = round(answer.statistic or 0.0), answer.n_a
    a, b = answer.group_a, answer.group_b
    what = f"the effect of {a} was" if answer.measure == "interaction" else f"{a} was"
    side = {(n, ">"): "higher", (0, "<"): "lower"}.get((above, answer.bound))
    if side is None:
        return f"{what} higher than {b} in {above} of {n} {_plural(unit, n)}"
    number = format_cell(row, "effect")
    if ratio:
        by = f"by at least {number}-fold" if side == "higher" else f"at most {number} times {b},"
    else:
        by = f"by at least {number.removeprefix('-')} {units}".rstrip()
    return f"in all {n} {_plural(unit, n)} {what} {side} than {b}, {by} in each"


def _sign_verdict(answer: Answer, said: str, p: str, final: float) -> str:
    least = answer.smallest_p or 0.0
    if final < ALPHA:
        return f"{said}, {p} by the sign test"
    if least >= ALPHA:
        n = counts(answer, "pair").replace("paired ", "")
        floor = p_text(least)
        limit = f"cannot go below {floor} with {n}"
        if p.startswith(floor):
            adjusted = p.removeprefix(floor)
            return f"{said}; the sign test {limit}{adjusted}, so no difference is shown"
        return f"{said}, {p} by the sign test, which {limit}, so no difference is shown"
    return f"{said}, {p} by the sign test, so no difference is shown"


def counts(answer: Answer, unit: str) -> str:
    """Write how many units stand behind a comparison.

    Examples
    --------
    >>> counts(Answer(test="t", method="welch_t", group_b="b", n_a=4, n_b=5), "animal")
    '4 and 5 animals'
    """
    if answer.pairing == "paired" and answer.n_a == answer.n_b:
        return f"{answer.n_a} paired {_plural(unit, answer.n_a)}"
    how = "blocked " if answer.pairing == "blocked" else ""
    if answer.group_b is None:
        values = how and answer.measure != "slope"  # slopes are counted by unit
        return f"{answer.n_a} values" if values else f"{answer.n_a} {_plural(unit, answer.n_a)}"
    if how and answer.n_a == answer.n_b:
        return f"{answer.n_a} {how}{_plural(unit, answer.n_a)}"
    many = _plural(unit, max(answer.n_a, answer.n_b))
    if how:  # unlike numbers in one design are a gap, and the reader asks where
        return f"{answer.n_a} ({answer.group_a}) and {answer.n_b} ({answer.group_b}) {how}{many}"
    return f"{answer.n_a} and {answer.n_b} {many}"


def _plural(unit: str, n: int) -> str:
    return unit if n == 1 else f"{unit}s"


def _row(
    answer: Answer, shown: tuple[float | None, float | None, float | None], *, ratio: bool
) -> dict[str, Any]:
    """Return what rounding needs to know, as in a row of Tests."""
    return {
        "effect": shown[0],
        "conf_low": shown[1],
        "conf_high": shown[2],
        "conf_open": answer.conf_open,
        "bound": answer.bound,
        "effect_kind": "ratio" if ratio else answer.kind,
    }


def _size(answer: Answer, row: Mapping[str, Any], *, ratio: bool, units: str) -> str:
    """Effect in words: a is x times b, or a minus b is x."""
    if row["effect"] is None:
        return ""
    number = f"{_BEYOND[answer.bound]}{format_cell(row, 'effect')}"
    a, b = answer.group_a, answer.group_b
    if answer.measure == "share":
        return f"{a}: {answer.kind} {number}"
    if answer.measure == "slope":
        step = "unit" if answer.method == "kendall_bounds" else "step"
        per = f"times per {step}" if ratio else f"{units} per {step}".strip()
        return f"{a}: {number} {per}"
    if answer.measure == "interaction":
        return f"{a}: effect {_change(answer, row, ratio=ratio, units=units)} {b}"
    if ratio:
        return f"{a} {number} times {b}"
    return f"{a} minus {b}: {number} {units}".strip()


def _of_odds(answer: Answer, size: str) -> str:
    """Say that a ratio is one of odds.

    >>> _of_odds(Answer(test="t", method="paired_t", group_a="drug", group_b="DMSO"),
    ...          "drug 2.1 times DMSO")
    'drug: odds 2.1 times those of DMSO'
    """
    a, b = answer.group_a, answer.group_b
    head, tail = f"{a} ", f" times {b}"
    if answer.measure in ("shift", "rank shift") and size.startswith(head) and size.endswith(tail):
        return f"{a}: odds {size.removeprefix(head).removesuffix(tail)} times those of {b}"
    if answer.measure == "slope":
        return size.replace(f"{a}: ", f"{a}: odds ", 1)
    return size.replace(f"{a}: effect ", f"{a}: odds ratio ", 1)


def _change(answer: Answer, row: Mapping[str, Any], *, ratio: bool, units: str) -> str:
    """Say a ratio of effects as it is, and a signed number as larger or smaller by its size."""
    text = format_cell(row, "effect")
    if ratio:
        return f"{_BEYOND[answer.bound]}{text} times that of"
    size = text.removeprefix("-")
    side, bound = ("larger", answer.bound) if size == text else ("smaller", _TURNED[answer.bound])
    return f"{side} by {_BEYOND[bound]}{size} {units}".rstrip() + " than"
