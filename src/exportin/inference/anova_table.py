"""The table of an analysis of variance: terms in, lines with F tests out."""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from exportin.inference.linear_model import (
    Matrix,
    added_squares,
    rank_of,
    residual_squares,
    sum_columns,
)
from exportin.inference.noncentral import partial_eta_squared
from exportin.inference.outcome import TestResult
from exportin.inference.samples import Factor, Vector, offset_of
from exportin.inference.t_outcome import NOISE_FRACTION, blank_result

_ETA = "partial eta squared"


@dataclass(frozen=True, slots=True)
class AnovaRow:
    """A line of the table; `test` is None for the block and the residual line."""

    term: str
    squares: float
    df: int
    mean_square: float | None
    test: TestResult | None


@dataclass(frozen=True, slots=True)
class AnovaTable:
    """The lines of an analysis of variance; the last one is the residual.

    Examples
    --------
    >>> from exportin.inference.anova import one_way_anova
    >>> one_way_anova([1.0, 2.0, 2.0, 4.0], ["a", "a", "b", "b"]).row("group").df
    1
    """

    rows: tuple[AnovaRow, ...]
    n: int
    method: str

    def row(self, term: str) -> AnovaRow:
        """Give the line of a term.

        Raises
        ------
        KeyError
            If there is no such term; the message lists those there are.
        """
        for row in self.rows:
            if row.term == term:
                return row
        raise KeyError(f"no term {term!r}; there are {', '.join(row.term for row in self.rows)}")


@dataclass(frozen=True, slots=True)
class Term:
    """Name of a term, its columns, and the columns it is adjusted for."""

    name: str
    columns: Matrix
    base: Matrix
    expected_df: int
    tested: bool = True


def block_term(block: Factor, others: Matrix) -> Term:
    """Make the untested line of the block."""
    return Term("block", sum_columns(block), others, len(block.levels) - 1, tested=False)


def anova_table(
    y: Vector, terms: list[Term], full: Matrix, method: str, conf_level: float
) -> AnovaTable:
    """Fill the table of the given terms; `full` holds the columns of the whole model."""
    if y.size == 0:
        empty = replace(f_blank("Analysis of variance", method, 0, conf_level),
                        status="too_few", message="There are no values.")  # fmt: skip
        rows = [AnovaRow(t.name, 0.0, 0, None, empty if t.tested else None) for t in terms]
        return AnovaTable((*rows, AnovaRow("residual", 0.0, 0, None, None)), 0, method)
    centered = y - offset_of(y)
    error = residual_squares(full, centered)
    df = int(y.size) - rank_of(full)
    noise = (NOISE_FRACTION * float(np.abs(y).max())) ** 2 * y.size
    usable = error > noise and df > 0
    blank = f_blank("Analysis of variance", method, int(y.size), conf_level)
    rows = [_row(term, centered, error if usable else None, df, blank) for term in terms]
    residual = AnovaRow("residual", error, df, error / df if df > 0 else None, None)
    return AnovaTable((*rows, residual), int(y.size), method)


def _row(term: Term, y: Vector, error: float | None, df: int, blank: TestResult) -> AnovaRow:
    added = added_squares(term.base, term.columns, y)
    mean = added.squares / added.df if added.df else None
    if not term.tested:
        return AnovaRow(term.name, added.squares, added.df, mean, None)
    if term.expected_df < 1:
        text = f"Term {term.name} has one level, so there is nothing to compare."
        test = replace(blank, status="too_few", message=text)
    elif added.df < term.expected_df or mean is None:
        text = f"Term {term.name} needs a cell that is empty or is mixed up with another term."
        test = replace(blank, message=text)
    elif df < 1:
        text = "There are no replicates left to estimate the error from."
        test = replace(blank, status="too_few", message=text)
    elif error is None:
        text = "The values do not vary within cells, so there is no error to test against."
        test = replace(blank, message=text)
    else:
        test = f_outcome(blank, mean / (error / df), float(added.df), float(df))
    return AnovaRow(term.name, added.squares, added.df, mean, test)


def f_blank(test: str, method: str, n: int, conf_level: float) -> TestResult:
    """Start an F test result that is still to be filled."""
    return blank_result(test, method, _ETA, n_a=n, n_b=0, alternative="two-sided",
                        conf_level=conf_level)  # fmt: skip


def f_outcome(blank: TestResult, f: float, df1: float, df2: float) -> TestResult:
    """Fill a blank result with an F test, partial eta squared and its interval."""
    if not math.isfinite(f):
        return replace(blank, message="The F ratio is too large to state.")
    eta = partial_eta_squared(f, df1, df2, blank.conf_level)
    return replace(
        blank,
        statistic=f,
        df=df1,
        df2=df2,
        p_value=float(special.fdtrc(df1, df2, f)),
        effect=eta.effect,
        conf_low=eta.low,
        conf_high=eta.high,
        status="ok",
        message="",
    )
