"""Questions between groups, asked of times to an event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from exportin.inference.between import MIN_UNITS
from exportin.inference.cage_tests import UNIT, too_few
from exportin.inference.contrast_checks import check_groups, fault
from exportin.inference.contrast_rows import family_words
from exportin.inference.group_answers import pairs_of
from exportin.inference.p_adjust import AdjustmentName, adjust
from exportin.inference.question import Contrast
from exportin.inference.strata import as_number, label_like, labels
from exportin.inference.survival_delay import growth_delay
from exportin.inference.survival_effects import HazardRatio, hazard_ratio
from exportin.inference.survival_groups import Units, check_question, read_units
from exportin.inference.survival_logrank import (
    LogRankResult,
    few_events,
    logrank_exact,
    logrank_test,
    logrank_trend,
)
from exportin.inference.survival_verdicts import delay_verdict, hazard_verdict
from exportin.kernels.survival_logrank import GEHAN, LOG_RANK, PETO, TARONE_WARE, Weighting
from exportin.results.tables import Tests
from exportin.tables.problems import InputError

SEED = 20261101
"""Where ways are too many to be counted they are drawn with this seed: same input, same p."""
WEIGHTS: dict[str, tuple[Weighting, str, str]] = {
    "auto": (LOG_RANK, "log-rank test", ""),
    "logrank": (LOG_RANK, "log-rank test", ""),
    "logrank-exact": (LOG_RANK, "log-rank test", ""),
    "peto": (PETO, "Peto-Peto test", "+weight_peto"),
    "gehan": (GEHAN, "Gehan-Breslow test", "+weight_gehan"),
    "tarone-ware": (TARONE_WARE, "Tarone-Ware test", "+weight_tarone_ware"),
}
_STEPS: dict[str, tuple[AdjustmentName, str]] = {
    "holm": ("holm", "Holm"), "hochberg": ("hochberg", "Hochberg"),
    "bonferroni": ("bonferroni", "Bonferroni"), "bh": ("BH", "Benjamini-Hochberg"),
    "none": ("none", ""),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalOptions:
    """What a question about times says besides the question itself.

    `strata` is the column within which units are compared; `delay` adds a row with the growth
    delay to each pair; `unit` and `time_unit` are for words; `permute` is how an "auto" test with
    few events is made (False: always chi-squared). A column experimental_unit names the unit, too.
    `cages` gives the cage of (model, group, unit) where every cage of a model holds one group: then
    whole cages are dealt, and limits that would count animals are left out.
    """

    strata: str | None = None
    delay: bool = False
    unit: str = "animal"
    time_unit: str = "d"
    permute: bool = True
    cages: Mapping[tuple[str, str, str], str] | None = None
    chance: np.random.Generator | None = None


PLAIN = SurvivalOptions()


def compare_survival(
    frame: pl.DataFrame,
    ask: Contrast,
    how: SurvivalOptions = PLAIN,
    *,
    generator: np.random.Generator | None = None,
) -> Tests:
    """Compare groups by the times of their units to an event; one row per comparison.

    Every p value stands beside a hazard ratio with its profile-likelihood interval, a bound where
    a group has no events. test = "auto": the log-rank test, by its exact permutation distribution
    where a group has fewer than ten events, else by chi-squared; "logrank" (chi-squared),
    "logrank-exact", "peto", "gehan", "tarone-ware", "cox" (likelihood ratio). With `trend`, the
    log-rank trend test and the hazard ratio of a step.

    Parameters
    ----------
    frame : DataFrame
        unit_id, time, event (1 seen, 0 not until then), the column of groups, and where used the
        columns of `within`, of strata, block and assay. Events of another kind (toxic death) are 0
        here: the hazard is that of the event asked for.
    ask : Contrast
    how : SurvivalOptions
    generator : numpy Generator, optional
        For permutations too many to be counted; a fixed seed if none is given.

    Returns
    -------
    Tests
        group_b is the reference; effect is the hazard of a over that of b (below 1: later).

    Raises
    ------
    InputError
        If a name is unknown, a time or event is impossible, or the question cannot be answered.

    Examples
    --------
    >>> rows = [{"unit_id": f"{arm}{i}", "arm": arm, "time": t, "event": 1}
    ...         for arm, times in {"drug": [21.0, 24, 30, 33], "vehicle": [7.0, 9, 9, 12]}.items()
    ...         for i, t in enumerate(times)]
    >>> ask = Contrast(quantity="time_to_1000mm3", between="arm", versus="vehicle")
    >>> row = compare_survival(pl.DataFrame(rows), ask).frame.row(0, named=True)
    >>> row["effect_kind"], row["bound"], row["status"], round(row["p_value"], 4)
    ('hazard ratio', '<', 'separated', 0.0286)
    """
    check_question(frame, ask, how.strata)
    how = replace(how, chance=generator)
    if "experimental_unit" in frame.columns and frame.height:
        how = replace(how, unit=str(frame.item(0, "experimental_unit")))
    known = labels(frame, ask.between)
    groups = [label_like(group, known) for group in ask.groups or known]
    if ask.versus is not None:
        ask = replace(ask, versus=label_like(ask.versus, known))
    check_groups(ask, groups, known)
    rows: list[dict[str, Any]] = []
    for units in read_units(frame, ask, groups, how.strata):
        if ask.trend:
            rows.append(_trend(units, ask, groups, how))
            continue
        present = set(units.group)
        for a, b in pairs_of(ask, groups):
            if a in present or b in present:
                rows.append(_pair(units.only((a, b)), (a, b), ask, how))
                if how.delay:
                    rows.append(_delay(units.only((a, b)), (a, b), ask, how))
    return Tests.build(_adjusted(rows, ask, how))


def _pair(
    units: Units, names: tuple[str, str], ask: Contrast, how: SurvivalOptions
) -> dict[str, Any]:
    a = units.is_in(names[0])
    row = _frame(units, names, ask, how)
    if min(row["n_a"], row["n_b"]) < MIN_UNITS:
        return row | _no_test("too_few", units, ask, how, "log-rank test")
    cages = _cages(units, how)
    if cages is not None:
        return row | _by_cages(units, names, cages, ask, how)
    effect = hazard_ratio(
        units.time, units.event, a.astype(np.float64), strata=units.strata,
        conf_level=ask.conf_level, alternative=ask.alternative,
    )  # fmt: skip
    if ask.test == "cox":
        found, test, method = None, "Cox likelihood-ratio test", "cox_likelihood_ratio"
        p, statistic, status = effect.p_value, effect.statistic, effect.status
    else:
        found, test, method = _rank_test(units, a.astype(np.int64), ask, how)
        p, statistic, status = found.p_value, found.statistic, found.status
    if p is None or effect.value is None:
        why = effect.status if effect.value is None else status
        return row | _no_test(why, units, ask, how, test)
    return row | _tested(effect, p, statistic) | {
        "test": _stratified(test, how), "method": f"{method}+cox_profile" + _with_strata(how),
        "_found": found, "_events": _events(units, names),
    }  # fmt: skip


def _cages(units: Units, how: SurvivalOptions) -> list[str] | None:
    """Cage of each unit, where whole cages are the units of this model."""
    model = str(units.keys.get("model", ""))
    named = zip(units.group, units.unit, strict=True)
    found = [(how.cages or {}).get((model, *pair)) for pair in named]
    return None if None in found else [str(cage) for cage in found]


def _by_cages(
    units: Units, names: tuple[str, str], cages: list[str], ask: Contrast, how: SurvivalOptions
) -> dict[str, Any]:
    """Log-rank test that deals whole cages; the hazard ratio has no limits."""
    a = units.is_in(names[0])
    counts = [len({c for c, mine in zip(cages, side, strict=True) if mine}) for side in (a, ~a)]
    row = {"n_a": counts[0], "n_b": counts[1], "_unit": UNIT}
    weighting, name, method = WEIGHTS["auto" if ask.test == "cox" else ask.test]
    test = f"{name[0].upper()}{name[1:]} of whole cages"
    if min(counts) < MIN_UNITS:
        said = f"not estimable: {too_few(counts[0], counts[1], names)}"
        return row | _no_test("too_few", units, ask, how, name) | {"test": test, "verdict": said}
    side: Any = ask.alternative
    found = logrank_exact(
        units.time, units.event, a.astype(np.int64), weighting=weighting, alternative=side,
        generator=how.chance or np.random.default_rng(SEED), cage=cages,
    )  # fmt: skip
    effect = hazard_ratio(units.time, units.event, a.astype(np.float64), conf_level=ask.conf_level,
                          alternative=ask.alternative)  # fmt: skip
    if found.p_value is None or effect.value is None:
        why = effect.status if effect.value is None else found.status
        return row | _no_test(why, units, ask, how, name)
    open_ = {"conf_low": None, "conf_high": None, "conf_open": "both"}
    return row | _tested(effect, found.p_value, found.statistic) | open_ | {
        "test": test, "method": f"{found.method}{method}+cox_profile", "_found": found,
        "_events": _events(units, names),
    }  # fmt: skip


def _rank_test(
    units: Units, group: Any, ask: Contrast, how: SurvivalOptions
) -> tuple[LogRankResult, str, str]:
    """Log-rank test of the asked kind: exact where asked or where events are few."""
    weighting, name, method = WEIGHTS[ask.test]
    side: Any = ask.alternative
    few = ask.test == "auto" and how.permute and few_events(units.event, group)
    if few or ask.test == "logrank-exact":
        found = logrank_exact(
            units.time, units.event, group, strata=units.strata, weighting=weighting,
            alternative=side, generator=how.chance or np.random.default_rng(SEED),
        )  # fmt: skip
        return found, f"Exact {name}", found.method + method
    found = logrank_test(units.time, units.event, group, strata=units.strata,
                         weighting=weighting, alternative=side)  # fmt: skip
    return found, name[0].upper() + name[1:], found.method + method


def _trend(
    units: Units, ask: Contrast, groups: Sequence[str], how: SurvivalOptions
) -> dict[str, Any]:
    scores = _scores(ask, groups)
    present = [g for g in groups if g in units.group]
    weighting, name, method = WEIGHTS[ask.test]
    test = f"{name[0].upper()}{name[1:]} for trend"
    step = "step" if ask.groups else "unit"
    row = _frame(units, (ask.between, None), ask, how)
    row |= {"effect_kind": f"hazard ratio per {step} of {ask.between}"}
    if len(present) < MIN_UNITS:
        return row | _no_test("too_few", units, ask, how, test)
    score = np.array([scores[g] for g in units.group], dtype=np.float64)
    place = np.array([present.index(g) for g in units.group], dtype=np.int64)
    side: Any = ask.alternative
    found = logrank_trend(
        units.time, units.event, place, np.array([scores[g] for g in present]),
        strata=units.strata, weighting=weighting, alternative=side,
    )  # fmt: skip
    effect = hazard_ratio(units.time, units.event, score, strata=units.strata,
                          conf_level=ask.conf_level, alternative=ask.alternative)  # fmt: skip
    if found.p_value is None or effect.value is None:
        why = effect.status if effect.value is None else found.status
        return row | _no_test(why, units, ask, how, test)
    return row | _tested(effect, found.p_value, found.statistic) | {
        "test": _stratified(test, how), "_found": found,
        "method": f"{found.method}{method}+cox_profile" + _with_strata(how),
        "_events": (int(units.event.sum()),),
    }  # fmt: skip


def _delay(
    units: Units, names: tuple[str, str], ask: Contrast, how: SurvivalOptions
) -> dict[str, Any]:
    """Growth delay of a pair: no p value, an effect in days."""
    row = _frame(units, names, ask, how)
    row |= {"test": "Growth delay (difference of Kaplan-Meier medians)", "alternative": "two-sided",
            "effect_kind": "difference of medians", "units": how.time_unit,
            "method": "growth_delay_counted", "family": "_none"}  # fmt: skip
    if min(row["n_a"], row["n_b"]) < MIN_UNITS:
        return row | {"status": "too_few", "conf_open": "both",
                      "verdict": "not estimable: a group has fewer than 2 units"}  # fmt: skip
    sides = [units.is_in(name) for name in names]
    found = growth_delay(*((units.time[s], units.event[s]) for s in sides),
                         conf_level=ask.conf_level, generator=how.chance)  # fmt: skip
    d = found.difference
    low, high = d.low, d.high
    row |= {
        "effect": d.value, "bound": d.bound, "conf_low": low, "conf_high": high,
        "conf_open": _open(low, high), "method": found.method, "status": found.status,
    }  # fmt: skip
    return row | {"verdict": delay_verdict(row, found, how.unit)}


def _frame(
    units: Units, names: tuple[str, str | None], ask: Contrast, how: SurvivalOptions
) -> dict[str, Any]:
    """Columns that do not hang on the numbers."""
    a, b = names
    n_a = len(units.group) if b is None else int(units.is_in(a).sum())
    return {
        **units.keys, "quantity": ask.quantity, "group_a": a, "group_b": b,
        "alternative": ask.alternative, "effect_kind": "hazard ratio",
        "conf_level": ask.conf_level, "n_a": n_a,
        "n_b": None if b is None else int(units.is_in(b).sum()), "_unit": how.unit,
    }  # fmt: skip


def _tested(effect: HazardRatio, p: float, statistic: float | None) -> dict[str, Any]:
    return {
        "statistic": statistic, "df": 1.0, "p_value": p, "effect": effect.value,
        "bound": effect.bound, "conf_low": effect.low, "conf_high": effect.high,
        "conf_open": _open(effect.low, effect.high), "status": effect.status,
    }  # fmt: skip


def _no_test(
    status: str, units: Units, ask: Contrast, how: SurvivalOptions, test: str
) -> dict[str, Any]:
    why = {"too_few": "a group has fewer than 2 units", "no_events": "no event was seen",
           "not_converged": "the fit found no stable optimum"}  # fmt: skip
    said = why.get(status, "at no event time are two groups at risk")
    method = "cox_likelihood_ratio" if ask.test == "cox" else "logrank_chisq"
    return {"status": status, "conf_open": "both", "test": _stratified(test, how),
            "method": f"{method}+cox_profile", "verdict": f"not estimable: {said}"}  # fmt: skip


def _stratified(test: str, how: SurvivalOptions) -> str:
    name = test[0].upper() + test[1:]
    return f"{name}, stratified by {how.strata}" if how.strata else name


def _with_strata(how: SurvivalOptions) -> str:
    return "+survival_strata" if how.strata else ""


def _events(units: Units, names: tuple[str, str]) -> tuple[int, ...]:
    return tuple(int(units.event[units.is_in(name)].sum()) for name in names)


def _open(low: float | None, high: float | None) -> str:
    return {(0, 0): "none", (1, 0): "low", (0, 1): "high", (1, 1): "both"}[
        int(low is None), int(high is None)
    ]


def _scores(ask: Contrast, groups: Sequence[str]) -> dict[str, float]:
    """Score of each group: its place where the order is given, else its number."""
    if ask.groups is not None:
        return {group: float(i) for i, group in enumerate(groups)}
    found = {group: as_number(group) for group in groups}
    if any(number is None for number in found.values()):
        message = f"a trend needs an order, and the groups of {ask.between} are no numbers."
        listed = ", ".join(f'"{group}"' for group in groups)
        raise InputError(fault(ask, message, f"Write groups = [{listed}] in their order."))
    return {group: number for group, number in found.items() if number is not None}


def _adjusted(
    rows: Sequence[Mapping[str, Any]], ask: Contrast, how: SurvivalOptions
) -> list[dict[str, Any]]:
    """Adjust p values over the question, name the family and write the sentences."""
    name, word = _STEPS[ask.adjust]
    tested = [row.get("p_value") is not None for row in rows]
    m, what = sum(tested), family_words(ask)
    family = f"{word} over {m} tests ({what})"
    if name == "none":
        family = f"not adjusted ({what})"
    elif m < MIN_UNITS:
        family = f"one test ({what})" if m else f"no test ({what})"
    p = adjust([row.get("p_value") for row in rows], name)
    out = []
    for row, adjusted in zip(rows, p, strict=True):
        done = dict(row) | {"p_adjusted": None if name == "none" else adjusted, "family": family}
        if row.get("family") == "_none":
            done["family"] = f"no test ({what})"
        if done.get("p_value") is not None:
            done["verdict"] = hazard_verdict(done, word if m >= MIN_UNITS else "")
        out.append({k: v for k, v in done.items() if not k.startswith("_")})
    return out
