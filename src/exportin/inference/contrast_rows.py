"""Answers become rows: adjusted within their family, in natural units and in words."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from exportin.inference.answer import Answer
from exportin.inference.between import open_side
from exportin.inference.cells import Stratum
from exportin.inference.p_adjust import AdjustmentName, adjust
from exportin.inference.question import Contrast
from exportin.inference.unit_values import to_natural
from exportin.inference.verdicts import verdict

MIN_TESTS = 2  # below, there is nothing to adjust over
Found = Sequence[tuple[Stratum, Answer]]
SIMULTANEOUS = ("dunnett", "tukey")  # words in the names of methods that adjust by themselves
_STEPS: dict[str, AdjustmentName] = {
    "holm": "holm", "hochberg": "hochberg", "bonferroni": "bonferroni", "bh": "BH", "none": "none",
}  # fmt: skip
_WORDS = {"holm": "Holm", "hochberg": "Hochberg", "bonferroni": "Bonferroni",
          "bh": "Benjamini-Hochberg", "dunnett": "Dunnett", "tukey": "Tukey"}  # fmt: skip


def family_rows(
    found: Found, ask: Contrast, frame: pl.DataFrame, scale: str
) -> list[dict[str, Any]]:
    """Adjust p values over the whole question and write each answer as a row of Tests."""
    answers, family, word = _adjusted(found, ask)
    units = _units(frame) if scale == "linear" else ""
    unit = str(frame.item(0, "experimental_unit"))
    tests = sum(x.p_value is not None for x in answers)
    return [
        dict(stratum.keys)
        | _row(answer, ask, scale)
        | {"family": family, "units": units if answer.measure != "share" else ""}
        | _said(answer, scale, units=units, unit=answer.unit or unit, word=word, tests=tests)
        for (stratum, _), answer in zip(found, answers, strict=True)
    ]


def _adjusted(found: Found, ask: Contrast) -> tuple[list[Answer], str, str]:
    """Answers with adjusted p values, the family in words, and the word for the sentence."""
    answers = [answer for _, answer in found]
    tested = [x for x in answers if x.p_value is not None]
    what = family_words(ask)
    m = len(tested)
    if m and all(any(word in x.method for word in SIMULTANEOUS) for x in tested):
        strata = len({id(stratum) for stratum, x in found if x.p_value is not None})
        return _simultaneous(answers, ask, strata, what)
    name = ask.adjust if ask.adjust in _STEPS else "holm"
    p = adjust([x.p_value for x in answers], _STEPS[name])
    done = [replace(x, p_adjusted=value) for x, value in zip(answers, p, strict=True)]
    if name == "none":
        return [replace(x, p_adjusted=None) for x in answers], f"not adjusted ({what})", ""
    if m < MIN_TESTS:
        return done, f"one test ({what})" if m else f"no test ({what})", ""
    forced = "" if name == ask.adjust else f"; {_WORDS[ask.adjust]} needs exact values"
    return done, f"{_WORDS[name]} over {m} tests ({what}{forced})", _WORDS[name]


def _simultaneous(
    answers: Sequence[Answer], ask: Contrast, strata: int, what: str
) -> tuple[list[Answer], str, str]:
    word = _WORDS[ask.adjust]
    m = sum(x.p_value is not None for x in answers)
    if m < MIN_TESTS and all(_by_itself(x) for x in answers):
        return list(answers), f"one test ({what})", ""
    if strata < 2:
        return list(answers), f"{word} over {counted(m)} ({what})", word
    done = [
        x if x.p_adjusted is None else replace(x, p_adjusted=min(1.0, strata * x.p_adjusted))
        for x in answers
    ]
    if m == strata and all(_by_itself(x) for x in answers):
        return done, f"Bonferroni over {m} tests ({what})", "Bonferroni"
    family = (
        f"{word} within each stratum, Bonferroni over {strata} strata, {m} tests ({what}); "
        "intervals simultaneous within a stratum"
    )
    return done, family, f"{word}-Bonferroni"


def _by_itself(answer: Answer) -> bool:
    """Whether nothing was adjusted: the p value is that of the single test, but for rounding."""
    p, adjusted = answer.p_value, answer.p_adjusted
    return p is None or adjusted is None or math.isclose(p, adjusted, rel_tol=1e-3, abs_tol=1e-6)


def counted(tests: int) -> str:
    """Write how many tests there were.

    >>> counted(1), counted(4)
    ('1 test', '4 tests')
    """
    return f"{tests} test{'' if tests == 1 else 's'}"


def family_words(ask: Contrast) -> str:
    """Name what a family is about: quantity, keys, and groups where only some were asked for.

    Examples
    --------
    >>> family_words(Contrast(quantity="ec50", between="treatment", within=("model",)))
    'ec50 by treatment within model'
    """
    words = f"{ask.quantity} by {ask.between}"
    words += f" and {ask.modifier}" if ask.modifier else ""
    words += f" within {' and '.join(ask.within)}" if ask.within else ""
    words += f" among {', '.join(ask.groups)}" if ask.groups else ""
    return words + (f", unit {ask.unit}" if ask.unit else "")


def _units(frame: pl.DataFrame) -> str:
    valued = frame.filter(pl.col("value").is_not_null()).get_column("units").unique()
    found = sorted(valued.to_list())
    if len(found) > 1:
        raise ValueError(f"units differ between the compared values: {', '.join(found)}")
    return str(found[0]) if found else ""


def _row(answer: Answer, ask: Contrast, scale: str) -> dict[str, Any]:
    effect, low, high = natural(answer, scale)
    limited = answer.low is not None or answer.high is not None
    side = open_side(low, high) if limited else answer.conf_open
    lost = answer.effect is not None and effect is None  # beyond the range of numbers
    return {
        "quantity": ask.quantity,
        "group_a": answer.group_a,
        "group_b": answer.group_b,
        "test": answer.test if scale == "linear" else f"{answer.test} on {scale}",
        "alternative": answer.alternative,
        "pairing": answer.pairing,
        "statistic": answer.statistic,
        "df": answer.df,
        "df2": answer.df2,
        "p_value": None if lost else answer.p_value,
        "p_adjusted": None if lost else answer.p_adjusted,
        "effect": effect,
        "effect_kind": effect_kind(answer, ask, scale),
        "bound": answer.bound,
        "conf_low": low,
        "conf_high": high,
        "conf_open": side,
        "conf_level": answer.conf_level,
        "n_a": answer.n_a,
        "n_b": None if answer.group_b is None else answer.n_b,
        "method": answer.method,
        "status": "not_identifiable" if lost else answer.status,
    }


def natural(answer: Answer, scale: str) -> tuple[float | None, float | None, float | None]:
    """Effect and limits in natural units: differences of logarithms become ratios.

    Examples
    --------
    >>> natural(Answer(test="t", method="welch_t", effect=1.0), "log10")
    (10.0, None, None)
    """
    if answer.measure == "share" or scale == "linear":
        return answer.effect, answer.low, answer.high
    back = "ln" if scale == "logit" else scale
    effect, low, high = (to_natural(v, back) for v in (answer.effect, answer.low, answer.high))
    return effect, low, high


def effect_kind(answer: Answer, ask: Contrast, scale: str) -> str:
    """Name the effect: ratio of ic50_absolute, difference of means, ratio of ratios ...

    Examples
    --------
    >>> ask = Contrast(quantity="ec50", between="arm")
    >>> effect_kind(Answer(test="t", method="welch_t"), ask, "log10")
    'ratio of ec50'
    """
    if answer.measure in ("share", "rate"):
        return answer.kind
    log = scale != "linear"
    ratio = "odds ratio" if scale == "logit" else "ratio"
    if answer.measure == "interaction":
        return f"{ratio} of {ratio}s" if log else "difference of differences"
    if answer.measure == "slope":
        step = f"step of {ask.between}" if ask.groups else f"unit of {ask.between}"
        return f"{ratio} of {ask.quantity} per {step}" if log else f"slope per {step}"
    if answer.measure == "rank shift":
        return f"Hodges-Lehmann {ratio} of {ask.quantity}" if log else answer.kind
    return f"{ratio} of {ask.quantity}" if log else "difference of means"


def _said(
    answer: Answer, scale: str, *, units: str, unit: str, word: str, tests: int
) -> dict[str, str]:
    shown = natural(answer, scale)
    ratio = scale != "linear" and answer.measure != "share"
    odds = ratio and scale == "logit"
    said = verdict(answer, shown, ratio=ratio, units=units, unit=unit, adjust=word, tests=tests,
                   odds=odds)  # fmt: skip
    return {"verdict": said}
