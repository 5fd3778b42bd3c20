"""An answer on the working scale, before it is put into words and natural units."""

from dataclasses import dataclass
from typing import Literal

from exportin.inference.outcome import Alternative, TestResult

Measure = Literal["shift", "rank shift", "interaction", "slope", "share", "rate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How a comparison is made."""

    test: str = "auto"
    pairing: str = "unpaired"
    alternative: Alternative = "two-sided"
    conf_level: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A comparison: effect and limits on the working scale, p, counts, and the reason if none.

    `measure` says what the effect is; `kind` is its name in words where the scale is linear;
    `left_out` counts units that had no partner or no value; `unit` says what `n_a` and `n_b` count
    where it is not the study's own unit.
    """

    test: str
    method: str
    measure: Measure = "shift"
    kind: str = "difference of means"
    group_a: str = ""
    group_b: str | None = None
    pairing: str = "unpaired"
    alternative: str = "two-sided"
    conf_level: float = 0.95
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    conf_open: str = "none"
    bound: str = "="
    statistic: float | None = None
    df: float | None = None
    df2: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    smallest_p: float | None = None
    n_a: int = 0
    n_b: int = 0
    left_out: int = 0
    status: str = "ok"
    message: str = ""
    unit: str = ""


def answer_of(result: TestResult, measure: Measure = "shift", *, method: str = "") -> Answer:
    """Take over a test result; `method` renames it.

    Examples
    --------
    >>> from exportin.inference.two_sample import welch_t
    >>> answer_of(welch_t([1.0, 2.0], [3.0, 4.0])).effect
    -2.0
    """
    return Answer(
        test=result.test,
        method=method or result.method,
        measure=measure,
        kind=result.effect_kind,
        pairing=result.pairing,
        alternative=result.alternative,
        conf_level=result.conf_level,
        effect=result.effect,
        low=result.conf_low,
        high=result.conf_high,
        conf_open=result.conf_open,
        statistic=result.statistic,
        df=result.df,
        df2=result.df2,
        p_value=result.p_value,
        p_adjusted=result.p_adjusted,
        smallest_p=result.smallest_p,
        n_a=result.n_a,
        n_b=result.n_b,
        status="not_identifiable" if result.status == "not_estimable" else result.status,
        message=result.message,
    )
