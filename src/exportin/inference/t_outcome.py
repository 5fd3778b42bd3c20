"""From estimate, standard error and df to a t test with its interval."""

from dataclasses import replace
from typing import NamedTuple

from scipy import special

from exportin.inference.outcome import Alternative, ConfOpen, TestResult

# below this fraction of the size of the values, a standard error is rounding noise
# (the rule of R's t.test: 10 * .Machine$double.eps)
NOISE_FRACTION = 10.0 * 2.0**-52


class Interval(NamedTuple):
    """Bounds, and the side that is open."""

    low: float | None
    high: float | None
    open: ConfOpen


def t_probability(t: float, df: float, alternative: Alternative) -> float:
    """P value of a t statistic.

    Examples
    --------
    >>> round(t_probability(2.0, 10.0, "two-sided"), 6)
    0.073388
    """
    if alternative == "less":
        return float(special.stdtr(df, t))
    if alternative == "greater":
        return float(special.stdtr(df, -t))
    return min(1.0, 2.0 * float(special.stdtr(df, -abs(t))))


def t_quantile(probability: float, df: float) -> float:
    """Quantile of Student's t.

    Examples
    --------
    >>> round(t_quantile(0.975, 10.0), 6)
    2.228139
    """
    return float(special.stdtrit(df, probability))


def interval_around(
    effect: float, std_error: float, quantile: float, alternative: Alternative
) -> Interval:
    """Interval estimate -/+ quantile * SE, open on the side the alternative points to.

    Examples
    --------
    >>> interval_around(1.0, 0.5, 2.0, "greater")
    Interval(low=0.0, high=None, open='high')
    """
    low, high = effect - quantile * std_error, effect + quantile * std_error
    if alternative == "greater":
        return Interval(low, None, "high")
    if alternative == "less":
        return Interval(None, high, "low")
    return Interval(low, high, "none")


def t_outcome(
    blank: TestResult,
    *,
    effect: float,
    std_error: float,
    df: float,
    null: float,
    size: float,
    shift: float = 0.0,
) -> TestResult:
    """Fill a blank result with the t test of `effect` against `null`.

    t = (effect - null) / SE. No p value is given where the SE is rounding noise relative to
    `size`, the magnitude of the values.

    Parameters
    ----------
    blank : TestResult
        Names, counts, alternative and level; status is replaced.
    effect, std_error, df, null : float
    size : float
        Largest absolute value that went in.
    shift : float
        Offset that was taken off the values; added to effect and bounds at the end.

    Examples
    --------
    >>> from exportin.inference.two_sample import one_sample_t
    >>> one_sample_t([2.0, 2.0, 2.0]).message
    'The values do not vary, so there is no error to test against.'
    """
    if std_error <= NOISE_FRACTION * size:
        return replace(
            blank,
            effect=effect + shift,
            status="not_estimable",
            message="The values do not vary, so there is no error to test against.",
        )
    tail = 1.0 - blank.conf_level
    tail = tail / 2.0 if blank.alternative == "two-sided" else tail
    quantile = -t_quantile(tail, df)
    low, high, side = interval_around(effect + shift, std_error, quantile, blank.alternative)
    t = (effect - (null - shift)) / std_error
    return replace(
        blank,
        statistic=t,
        df=df,
        p_value=t_probability(t, df, blank.alternative),
        effect=effect + shift,
        std_error=std_error,
        conf_low=low,
        conf_high=high,
        conf_open=side,
        status="ok",
        message="",
    )


def too_few(blank: TestResult, message: str, effect: float | None = None) -> TestResult:
    """Give back the blank with the reason why there is no test.

    Examples
    --------
    >>> from exportin.inference.two_sample import one_sample_t
    >>> one_sample_t([2.0]).status
    'too_few'
    """
    return replace(blank, status="too_few", message=message, effect=effect)


def blank_result(
    test: str,
    method: str,
    effect_kind: str,
    *,
    n_a: int,
    n_b: int,
    alternative: Alternative,
    conf_level: float,
) -> TestResult:
    """Start a result that is still to be filled.

    Examples
    --------
    >>> blank_result("t", "student_t", "mean", n_a=1, n_b=0, alternative="less",
    ...              conf_level=0.9).status
    'not_estimable'
    """
    return TestResult(
        test=test,
        method=method,
        effect_kind=effect_kind,
        n_a=n_a,
        n_b=n_b,
        alternative=alternative,
        conf_level=conf_level,
        status="not_estimable",
        message="Not yet computed.",
    )
