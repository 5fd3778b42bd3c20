"""The one record that every test of this room gives back."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from exportin.inference.method_sentences import METHODS

_SIDES = ("two-sided", "less", "greater")
Alternative = Literal["two-sided", "less", "greater"]
Pairing = Literal["unpaired", "paired", "blocked"]
Status = Literal["ok", "too_few", "not_estimable"]
ConfOpen = Literal["none", "low", "high"]
Adjustment = Literal["none", "dunnett", "tukey", "holm", "bonferroni", "hochberg", "BH"]

_NUMBERS = (
    "statistic", "df", "df2", "p_value", "p_adjusted", "smallest_p",
    "effect", "std_error", "conf_low", "conf_high",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """A test as a paper prints it: effect, interval, statistic, p value and how many units.

    Attributes
    ----------
    test : str
        Name in bench words, such as "Welch t test".
    effect_kind : str
        What `effect` is, such as "difference of means" (a minus b) or "partial eta squared".
    statistic, df, df2 : float or None
        The test statistic and its degrees of freedom (`df2` for F: the denominator).
    p_value : float or None
        The p value of this comparison alone.
    p_adjusted : float or None
        The p value within its family, where `adjustment` is not "none".
    smallest_p : float or None
        For discrete tests, the smallest p value these sizes (and ties) can give.
    effect, std_error, conf_low, conf_high : float or None
        Estimate, its standard error, and the interval at `conf_level`. A one-sided test has a
        one-sided interval: the missing bound is None and `conf_open` names its side.
    conf_simultaneous : bool
        True if the interval belongs to the whole family (Dunnett, Tukey).
    n_a, n_b : int
        Values used per group; pairs or blocks count once in each. Tests without two groups put
        all values in `n_a` and 0 in `n_b`.
    method : str
        Key of `exportin.inference.method_sentences.METHODS`.
    status, message : str
        "ok", or why there is no p value, in one sentence.

    Raises
    ------
    ValueError
        If a number is not finite, if a p value comes without an effect and its interval, if
        there is no p value and no reason, or if the method has no sentence.

    Examples
    --------
    >>> from exportin.inference.two_sample import welch_t
    >>> result = welch_t([5.1, 4.9, 5.6], [4.0, 4.4, 3.9])
    >>> round(result.effect, 3), result.status
    (1.1, 'ok')
    >>> welch_t([5.1], [4.0, 4.4]).status
    'too_few'
    """

    __test__: ClassVar[bool] = False  # not a test class for pytest

    test: str
    effect_kind: str
    method: str
    n_a: int
    n_b: int
    conf_level: float = 0.95
    alternative: Alternative = "two-sided"
    pairing: Pairing = "unpaired"
    statistic: float | None = None
    df: float | None = None
    df2: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    adjustment: Adjustment = "none"
    smallest_p: float | None = None
    effect: float | None = None
    std_error: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    conf_open: ConfOpen = "none"
    conf_simultaneous: bool = False
    group_a: str = ""
    group_b: str = ""
    status: Status = "ok"
    message: str = ""

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_reason()
        if self.method not in METHODS:
            raise ValueError(f"method {self.method!r} has no sentence in method_sentences.py")
        if self.p_value is None and self.p_adjusted is None:
            return
        if self.effect is None or not self._has_interval():
            raise ValueError(f"{self.test}: no p value without an effect and its interval")

    def _check_numbers(self) -> None:
        for name in _NUMBERS:
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{self.test}: {name} is {value}; use None and a status")
        for name in ("p_value", "p_adjusted"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"{self.test}: {name} is {value}, outside 0 to 1")
        if not 0.0 < self.conf_level < 1.0:
            raise ValueError(f"conf_level is {self.conf_level}, outside 0 to 1")

    def _check_reason(self) -> None:
        if (self.status == "ok") != (self.p_value is not None):
            raise ValueError(f"{self.test}: status {self.status!r} does not fit its p value")
        if self.status != "ok" and not self.message:
            raise ValueError(f"{self.test}: status {self.status!r} needs a sentence")

    def _has_interval(self) -> bool:
        low_missing = self.conf_low is None
        high_missing = self.conf_high is None
        return {
            "none": not low_missing and not high_missing,
            "low": low_missing and not high_missing,
            "high": high_missing and not low_missing,
        }[self.conf_open]


def check_options(alternative: str, conf_level: float) -> None:
    """Refuse an unknown side or a level outside 0 to 1, naming what to write.

    Raises
    ------
    ValueError
        If `alternative` is not one of the three sides or `conf_level` is not between 0 and 1.

    Examples
    --------
    >>> check_options("two-sided", 0.95)
    """
    if alternative not in _SIDES:
        raise ValueError(f"alternative is {alternative!r}; write one of {', '.join(_SIDES)}")
    if not 0.0 < conf_level < 1.0:
        raise ValueError(f"conf_level is {conf_level}; write a fraction such as 0.95")
