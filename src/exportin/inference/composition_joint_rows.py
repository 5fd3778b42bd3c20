"""Joint tests of whole compositions as rows: pairs, all groups at once, and trends."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from exportin.inference.answer import Answer
from exportin.inference.cells import Cell, Stratum, resolve_pairing
from exportin.inference.composition_joint import (
    SPARE_DF,
    Joint,
    ilr,
    joint_groups,
    joint_mean,
    joint_pair,
)
from exportin.inference.composition_tubes import Tubes
from exportin.inference.contrast_rows import family_rows
from exportin.inference.group_answers import pairs_of, trend_scores
from exportin.inference.linear_model import Matrix
from exportin.inference.question import Contrast
from exportin.inference.samples import as_factor
from exportin.inference.trend import slopes_within
from exportin.inference.verdicts import ALPHA, counts
from exportin.results.formatting import format_cell, p_text

Row = dict[str, Any]
DISTANCE = "Aitchison distance"
Answered = list[tuple[Stratum, Answer]]


def joint_rows(
    strata: Sequence[Tubes], ask: Contrast, groups: Sequence[str], unit: str
) -> list[Row]:
    """Answer a joint question in every stratum, adjusted over all of them."""
    found: Answered = []
    for tubes in strata:
        present = [g for g in groups if g in tubes.group]
        pairing = tube_pairing(tubes, ask)
        several = not (ask.versus or ask.all_pairs) and len(groups) > 2
        for answer in (
            [_trend(tubes, ask, groups, pairing, unit)] if ask.trend
            else [_overall(tubes, ask, pairing, unit)] if several
            else [_pair(tubes, pair, ask, pairing, unit) for pair in pairs_of(ask, present)]
        ):  # fmt: skip
            found.append((Stratum(tubes.keys, {}), answer))
    return whole_rows(found, ask, unit, halves=[tubes.zeros for tubes, _ in _beside(strata, found)])


def _beside(strata: Sequence[Tubes], found: Answered) -> list[tuple[Tubes, Answer]]:
    """Tubes of each answer."""
    by_keys = {id(tubes.keys): tubes for tubes in strata}
    return [(by_keys[id(stratum.keys)], answer) for stratum, answer in found]


def tube_pairing(tubes: Tubes, ask: Contrast) -> str:
    """Say whether experiments hold several groups, as for any other question.

    Examples
    --------
    >>> tubes = Tubes(keys={}, group=("a", "b"), unit=("E1", "E1"), share=np.ones((2, 3)) / 3,
    ...               events=np.array([100.0, 100.0]))
    >>> tube_pairing(tubes, Contrast(quantity="phases", between="arm"))
    'blocked'
    """
    named: dict[str, dict[str, tuple[float, int]]] = {}
    for group, one in zip(tubes.group, tubes.unit, strict=True):
        named.setdefault(group, {})[one] = (0.0, 0)
    return resolve_pairing([Cell(units) for units in named.values()], ask.pairing)


def _pair(tubes: Tubes, pair: tuple[str, str], ask: Contrast, pairing: str, unit: str) -> Answer:
    blocked = pairing != "unpaired"
    tubes, several = pair_tubes(tubes, pair, pairing)
    values = log_ratios(tubes)
    made = stopped(tubes, values)
    if made is None and values is not None:
        block = tubes.unit if blocked else None
        made = joint_pair(values, tubes.group, block, pair, ask.conf_level)
    n = [sum(g == name for g in tubes.group) for name in pair]
    said = _needed(made, tubes, unit, blocked=blocked)
    paired = "paired" if blocked and not several else "blocked"
    return _answer(
        made, said, ask, test="Hotelling's T2 of log-ratios",
        method="ilr_hotelling" if blocked else "ilr_hotelling_unpaired",
        names=pair, n=(n[0], n[1]), pairing=paired if blocked else "unpaired", out=tubes.left_out,
    )  # fmt: skip


def pair_tubes(tubes: Tubes, pair: tuple[str, str], pairing: str) -> tuple[Tubes, bool]:
    """Tubes that a comparison of two groups rests on, and whether other groups are among them.

    Examples
    --------
    >>> tubes = Tubes(keys={}, group=("a", "b", "b"), unit=("E1", "E1", "E2"),
    ...               share=np.ones((3, 3)) / 3, events=np.full(3, 100.0))
    >>> pair_tubes(tubes, ("b", "a"), "blocked")[0].unit
    ('E1', 'E1')
    """
    if len(set(tubes.group)) > 2 and pairing != "paired":
        return tubes, True
    return (tubes.only(pair) if pairing == "unpaired" else tubes.shared(pair)), False


def _overall(tubes: Tubes, ask: Contrast, pairing: str, unit: str) -> Answer:
    blocked = pairing != "unpaired"
    values = log_ratios(tubes)
    made = stopped(tubes, values)
    if made is None and values is not None:
        block = tubes.unit if blocked else None
        made = joint_groups(values, tubes.group, block, ask.conf_level)
    said = _needed(made, tubes, unit, blocked=blocked)
    return _answer(
        made, said, ask, test="Wilks' lambda of log-ratios", method="ilr_wilks",
        names=(ask.between, None), n=(len(tubes.group), 0),
        pairing="blocked" if blocked else "unpaired", out=tubes.left_out,
    )  # fmt: skip


def _trend(tubes: Tubes, ask: Contrast, groups: Sequence[str], pairing: str, unit: str) -> Answer:
    values = log_ratios(tubes)
    made = stopped(tubes, values)
    slopes = np.empty((0, 0))
    if made is None and pairing == "unpaired":
        made = Joint(reason="a joint trend is made of one slope per experiment, and here each "
                     "experiment has one dose; ask for a trend of the parts")  # fmt: skip
    said = ""
    if made is None and values is not None:
        slopes = joint_slopes(values, tubes, trend_scores(ask, groups))
        m, n = values.shape[1], slopes.shape[0]
        made = joint_mean(slopes, ask.conf_level) if n > 1 else Joint(reason="one slope only")
        if made.reason and n < m + SPARE_DF:
            said = f"; {m + SPARE_DF} {unit}s with two doses or more are needed, there are {n}"
    n = slopes.shape[0]
    lost = tubes.left_out + len(set(tubes.unit)) - n
    return _answer(
        made, said, ask, test="Hotelling's T2 of slopes of log-ratios", method="ilr_trend",
        names=(ask.between, None), n=(n, n), pairing="paired", out=lost,
    )  # fmt: skip


def joint_slopes(values: Matrix, tubes: Tubes, scores: dict[str, float]) -> Matrix:
    """Slope of every log-ratio in each experiment with two scores or more.

    Examples
    --------
    >>> tubes = Tubes(keys={}, group=("0", "2"), unit=("E1", "E1"), share=np.ones((2, 2)) / 2,
    ...               events=np.full(2, 100.0))
    >>> joint_slopes(np.array([[1.0], [5.0]]), tubes, {"0": 0.0, "2": 2.0})
    array([[2.]])
    """
    x = np.array([scores[g] for g in tubes.group])
    codes = as_factor(tubes.unit).codes
    return np.stack([slopes_within(x, column, codes).slopes for column in values.T], axis=1)


def log_ratios(tubes: Tubes) -> Matrix | None:
    """Isometric log-ratios of tubes; None where there are none.

    Examples
    --------
    >>> tubes = Tubes(keys={}, group=("a",), unit=("E1",), share=np.ones((1, 3)) / 3,
    ...               events=np.array([99.0]))
    >>> bool(abs(log_ratios(tubes)).max() < 1e-12)
    True
    """
    shares = tubes.closed() if tubes.group else None
    return None if shares is None else ilr(shares)


def stopped(tubes: Tubes, values: Matrix | None) -> Joint | None:
    """Say why no composition can be made; None where it can."""
    if tubes.bounds:
        n = tubes.bounds
        where = f"in {n} tube{'s' if n > 1 else ''} a part is only a bound"
        return Joint(reason=f'{where}; compare the parts one by one with test = "parts"')
    if not tubes.group:
        return Joint(reason="no tube has all parts in these groups")
    if values is None:
        return Joint(reason="a part is 0, and the number of events that would place it is not "
                     "known")  # fmt: skip
    return None


def _needed(made: Joint | None, tubes: Tubes, unit: str, *, blocked: bool) -> str:
    """Say how many experiments a test of these groups needs, where there are too few."""
    if made is None or not made.reason.endswith(f"have {made.error_df}"):
        return ""
    m = tubes.share.shape[1] - 1
    k = len(set(tubes.group))
    each = smallest_n(m, k, blocked=blocked)
    where = "with all groups" if blocked else "in each group"
    return f"; {each} {unit}s {where} are needed"


def smallest_n(log_ratios: int, groups: int, *, blocked: bool) -> int:
    """Experiments that a joint test needs: in all (blocked), or in each group.

    Examples
    --------
    >>> [smallest_n(m, k, blocked=True) for m, k in ((2, 2), (3, 2), (2, 4))]
    [4, 5, 2]
    """
    needed = log_ratios - 1 + SPARE_DF
    return 1 + math.ceil(needed / (groups - 1 if blocked else groups))


def _answer(
    made: Joint | None,
    said: str,
    ask: Contrast,
    *,
    test: str,
    method: str,
    names: tuple[str, str | None],
    n: tuple[int, int],
    pairing: str,
    out: int,
) -> Answer:
    made = made or Joint(reason="no numbers")
    few = bool(said) or made.reason.endswith(f"have {made.error_df}")
    share = method == "ilr_wilks"
    step = f" per {'step' if ask.groups else 'unit'} of {ask.between}"
    kind = "multivariate partial eta squared" if share else DISTANCE
    return Answer(
        test=test, method=method, measure="share" if share else "rate",
        kind=kind + (step if method == "ilr_trend" else ""), group_a=names[0], group_b=names[1],
        pairing=pairing, conf_level=ask.conf_level, effect=made.effect, low=made.low,
        high=made.high, conf_open="none" if made.low is not None else "both",
        statistic=made.statistic, df=made.df, df2=made.df2, p_value=made.p_value, n_a=n[0],
        n_b=n[1], left_out=out,
        status="ok" if not made.reason else "too_few" if few else "not_identifiable",
        message=made.reason + said,
    )  # fmt: skip


def whole_rows(
    found: Answered, ask: Contrast, unit: str, *, halves: Sequence[bool], note: str = ""
) -> list[Row]:
    """Adjust joint answers as one family and write them as rows."""
    frame = pl.DataFrame({"value": [1.0], "units": [""], "experimental_unit": [unit]})
    rows = family_rows(found, ask, frame, "linear")
    tests = sum(row["p_value"] is not None for row in rows)
    done = []
    for row, (_, answer), half in zip(rows, found, halves, strict=True):
        word = "" if row["family"].startswith(("one", "no")) else row["family"].split(" ", 1)[0]
        method = row["method"] + ("+half_event_each" if half and answer.effect is not None else "")
        said = _verdict(row, answer, unit, word, tests=tests) + note
        said += "; one half event was added to every part of every tube" if half else ""
        pairing = "blocked" if answer.method == "ilr_trend" else row["pairing"]
        done.append(row | {"part": None, "method": method, "verdict": said, "pairing": pairing})
    return done


def _verdict(row: Row, answer: Answer, unit: str, adjust: str, *, tests: int) -> str:
    n = counts(answer, unit)
    lost = answer.left_out
    tail = f"; {lost} tubes or {unit}s left out" if lost else ""
    if row["p_value"] is None:
        size = f" ({_size(row, answer)}, {n})" if row["effect"] is not None else ""
        return f"whole composition not estimable: {answer.message}{size}{tail}"
    p = p_text(row["p_value"])
    if adjust and row["p_adjusted"] is not None:
        p += f" ({p_text(row['p_adjusted'], adjust).replace(' = ', ' ')})"
    final = row["p_value"] if row["p_adjusted"] is None else row["p_adjusted"]
    late = f" after adjustment for {tests} tests" if row["p_value"] < ALPHA and tests > 1 else ""
    first = "" if final < ALPHA else f"no difference shown{late}: "
    note = f"; {answer.message}" if answer.message else ""
    return f"{first}{_size(row, answer)}, {p}, {n}{note}{tail}"


def _size(row: Row, answer: Answer) -> str:
    number = format_cell(row, "effect")
    limits = ""
    if row["conf_low"] is not None and row["conf_high"] is not None:
        limits = f" ({format_cell(row, 'conf_low')} to {format_cell(row, 'conf_high')})"
    if answer.measure == "share":
        return f"compositions by {row['group_a']}: {answer.kind} {number}{limits}"
    if answer.group_b is None:
        step = answer.kind.partition(" per ")[2].split(" of ")[0]
        return f"composition by {row['group_a']}: {DISTANCE} {number} per {step}{limits}"
    return (
        f"compositions of {row['group_a']} and {row['group_b']}: {DISTANCE} {number}{limits}"
    )  # fmt: skip
