"""One variance between units shared by the lines of a panel: narrower intervals, checked."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

from exportin.inference.between import (
    MIN_UNITS,
    Combined,
    combine_many,
    combine_units,
    likely,
    padded,
    quantile,
)
from exportin.inference.unit_values import Codes, Values
from exportin.kernels.censored_panel import fit_panel, means_at, panel_intervals

MIN_LINES = 2
"""A variance is shared by two lines at least."""
NOISY_P = 0.01
"""Error of the check over the whole panel: a stricter level than 5 % because the check is asked
of every quantity and treatment ('t Lam 2010 calls 5 % stragglers and 1 % outliers)."""

SOME_LEVEL = 0.95
"""Level of intervals that nobody reads."""

Residuals = Float[np.ndarray, " n"]


class Line(NamedTuple):
    """The units of one line, on the scale: names, values (or bounds) and codes."""

    units: tuple[str, ...]
    values: Values
    censor: Codes

    @property
    def exact(self) -> Values:
        """Values that are numbers."""
        numbers: Values = self.values[self.censor == 0]
        return numbers


class Noisy(NamedTuple):
    """A line whose units scatter more than the panel's: its SD, the others' SD, and p."""

    line: int
    sd: float
    others: float
    p: float


def combine_panel(lines: Sequence[Line], conf_level: float) -> list[Combined]:
    """Mean of each line with the variance between units shared by all lines.

    Without bounds: mean +- t s / sqrt(n), s^2 = sum of squares about the lines' means over
    sum (n_i - 1), df = sum (n_i - 1). With bounds anywhere: the censored likelihood with one sd
    for all lines, so that a line of one number and two bounds is estimated and a line's bounds
    inform the sd. Lines of one unit are carried as they are (too_few) and lines without any
    number give their bound; neither says anything of the spread.

    Where experiments are common to lines, the lines' deviations go together and say less of the
    variance than independent ones would: df is then Satterthwaite's for the sum of squares
    between experiments and the rest (see `shared_df`).

    Parameters
    ----------
    lines : sequence of Line
        At least one unit each, without NaN.
    conf_level : float

    Returns
    -------
    list of Combined
        In the order of the lines; those of a panel of one line, or without any spread, as by
        `combine_units`.

    References
    ----------
    Snedecor GW, Cochran WG. Statistical Methods, 8th ed., 1989, ch. 12; Satterthwaite 1946.

    Examples
    --------
    >>> names, codes = ("E1", "E2", "E3"), np.zeros(3, int)
    >>> panel = [Line(tuple(f"{i}{n}" for n in names), np.array([1.0, 1.2, 1.1]) + i, codes)
    ...          for i in range(4)]
    >>> found = combine_panel(panel, 0.95)[0]
    >>> round(found.value, 3), round(found.low, 3), found.df, found.method
    (1.1, 0.967, 8.0, 'between_shared')
    """
    joined = [
        i for i, line in enumerate(lines) if line.exact.size and line.values.size >= MIN_UNITS
    ]
    members = [lines[i] for i in joined]
    alone = [combine_units(line.values, line.censor, conf_level) for line in lines]
    if len(members) < MIN_LINES or not _spread(members):
        return alone
    bounded = any(line.censor.any() for line in members)
    made = (_censored if bounded else _exact)(members, conf_level)
    found = dict(zip(joined, made, strict=True))
    return [found.get(i, own) for i, own in enumerate(alone)]


def _spread(members: Sequence[Line]) -> bool:
    return any(np.ptp(line.exact) > 0.0 for line in members)


def _exact(members: Sequence[Line], conf_level: float) -> list[Combined]:
    df = shared_df(members)
    total = sum(line.values.size - 1 for line in members)
    variance = sum(float(np.sum(_residuals(line) ** 2)) for line in members) / total
    out = []
    for line in members:
        mean, error = float(np.mean(line.values)), float(np.sqrt(variance / line.values.size))
        reach = quantile(conf_level, df) * error
        out.append(Combined(mean, "ok", std_error=error, low=mean - reach, high=mean + reach,
                            df=df, method="between_shared"))  # fmt: skip
    return out


def _censored(members: Sequence[Line], conf_level: float) -> list[Combined]:
    df = shared_df(members)
    values, censor = padded([(line.values, line.censor) for line in members])
    fit = fit_panel(values, censor, shared=True)
    low, high = panel_intervals(values, censor, conf_level, shared=True, df=df)
    method = "between_shared_censored"
    return [
        likely(line.values, line.censor, float(mean), ends, df, method=method)
        for line, mean, *ends in zip(members, fit.mean, low, high, strict=True)
    ]


def with_sd_of(members: Sequence[Line], parts: Sequence[Line]) -> list[Combined]:
    """Combine lines that were cut down, with the sd of the panel they come from.

    Examples
    --------
    >>> panel = [Line(("a", "b", "c"), np.array([1.0, 1.2, 1.4]), np.array([0, 0, 1])),
    ...          Line(("a", "b"), np.array([2.0, 2.3]), np.zeros(2, int))]
    >>> part = Line(("b", "c"), np.array([1.2, 1.4]), np.array([0, 1]))
    >>> with_sd_of(panel, [part])[0].bound
    '='
    """
    fit = fit_panel(*padded([(line.values, line.censor) for line in members]), shared=True)
    able = [line.exact.size > 0 and line.values.size >= MIN_UNITS for line in parts]
    if not fit.fitted.any() or not any(able):
        return combine_many([(line.values, line.censor) for line in parts], SOME_LEVEL)
    values, censor = padded([(line.values, line.censor) for line in parts])
    means = means_at(values, censor, np.full(len(parts), fit.sd[fit.fitted][0]))
    able = [a and not np.isnan(mean) for a, mean in zip(able, means, strict=True)]
    alone = combine_many([(line.values, line.censor) for line in parts], SOME_LEVEL)
    ends = (-np.inf, np.inf)
    return [
        likely(line.values, line.censor, float(mean), ends, 1.0) if joined else own
        for line, mean, joined, own in zip(parts, means, able, alone, strict=True)
    ]


def _residuals(line: Line) -> Residuals:
    away: Residuals = line.exact - np.mean(line.exact)
    return away


def shared_df(members: Sequence[Line]) -> float:
    """Degrees of freedom of the shared variance.

    sum (n_i - 1) over the lines, bounds counted as units. Where units are common to lines, that
    is multiplied by d / sum d with Satterthwaite's d = (A + B)^2 / (A^2 / a + B^2 / b), A and B
    the sums of squares between experiments (lines taken out) and of the rest, a and b their
    degrees of freedom, from the units with numbers. Lines that move together from experiment to
    experiment then count for less; the variance itself stays.

    Examples
    --------
    >>> shift, codes = np.array([0.0, 0.5, 1.0]), np.zeros(3, int)
    >>> own = [Line(("a", "b", "c"), shift + 0.1 * (np.arange(3) == i), codes) for i in range(3)]
    >>> round(shared_df(own), 1)
    2.1
    """
    total = float(sum(line.values.size - 1 for line in members))
    between, rest, a, b = _squares(members)
    if a < 1 or b < 1 or not between + rest > 0.0:
        return total
    d = (between + rest) ** 2 / (between**2 / a + rest**2 / b)
    return total * min(1.0, d / (a + b))


def _squares(members: Sequence[Line]) -> tuple[float, float, int, int]:
    """Split the squares into those between experiments and the rest, with degrees of freedom."""
    kept = [line for line in members if line.exact.size > 1]
    names = sorted({unit for line in kept for unit, code in _known(line) if code == 0})
    rows = [(i, names.index(u)) for i, line in enumerate(kept) for u, c in _known(line) if c == 0]
    if len(rows) == len(names):
        return 0.0, 0.0, 0, 0
    line_of, unit_of = np.array(rows).T
    y = np.concatenate([_residuals(line) for line in kept])
    design = (unit_of[:, None] == np.arange(len(names))[None, :]).astype(np.float64)
    for i in range(len(kept)):
        design[line_of == i] -= design[line_of == i].mean(axis=0)
    fitted, _, rank, _ = np.linalg.lstsq(design, y, rcond=1e-10)
    rest = float(np.sum((y - design @ fitted) ** 2))
    df = y.size - len(kept)
    return float(np.sum(y**2)) - rest, rest, int(rank), df - int(rank)


def _known(line: Line) -> list[tuple[str, int]]:
    return list(zip(line.units, line.censor.tolist(), strict=True))


def noisy_line(lines: Sequence[Line]) -> Noisy | None:
    """Find the line whose units scatter too much to share the panel's variance.

    Cochran's C for unequal n: the line's share G of the panel's sum of squares is Beta(df_i / 2,
    (sum df - df_i) / 2) where all variances are equal; p = k P(Beta > G) (Bonferroni over the k
    lines), the smallest of which is given where it is below `NOISY_P`. Chosen because it asks
    whether one line is far noisier, which is what breaks shared intervals, and keeps its level at
    n = 3; Brown-Forsythe has no power there and Bartlett answers to any departure. Bounds do not
    take part.

    Parameters
    ----------
    lines : sequence of Line

    References
    ----------
    Cochran 1941, Ann Eugen 11:47; 't Lam 2010, Anal Chim Acta 659:68.

    Examples
    --------
    >>> codes, away = np.zeros(3, int), np.array([-1.0, 0.0, 1.0])
    >>> lines = [Line(("a", "b", "c"), away * (20.0 if i == 2 else 1.0), codes) for i in range(6)]
    >>> found = noisy_line(lines)
    >>> found.line, found.sd, found.others, found.p < 1e-6
    (2, 20.0, 1.0, True)
    """
    used = [i for i, line in enumerate(lines) if line.exact.size > 1]
    squares = np.array([float(np.sum(_residuals(lines[i]) ** 2)) for i in used])
    df = np.array([lines[i].exact.size - 1.0 for i in used])
    if len(used) < MIN_LINES or not squares.sum() > 0.0:
        return None
    rest_df, rest = df.sum() - df, squares.sum() - squares
    tail = special.betainc(0.5 * rest_df, 0.5 * df, rest / squares.sum())
    p = np.minimum(1.0, len(used) * tail)
    worst = int(np.argmin(p))
    if p[worst] >= NOISY_P:
        return None
    sd, others = squares[worst] / df[worst], rest[worst] / rest_df[worst]
    return Noisy(used[worst], float(np.sqrt(sd)), float(np.sqrt(others)), float(p[worst]))


def by_panel(keys: Sequence[Mapping[str, object]], over: Sequence[str]) -> list[list[int]]:
    """Sort rows into panels: equal in every key but those the variance is shared over.

    Examples
    --------
    >>> rows = [{"model": m, "drug": d} for d in "xy" for m in "ab"]
    >>> by_panel(rows, ["model"])
    [[0, 1], [2, 3]]
    """
    panels: dict[tuple[object, ...], list[int]] = {}
    for i, row in enumerate(keys):
        panels.setdefault(tuple(v for k, v in row.items() if k not in over), []).append(i)
    return list(panels.values())
