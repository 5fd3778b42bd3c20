"""Comparisons in which some units are known only as bounds ("> 2 uM")."""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats
from scipy.special import stdtr

from exportin.inference.answer import Answer, Ask, answer_of
from exportin.inference.between import Combined, combine_units
from exportin.inference.cells import Cell, shared_units
from exportin.inference.two_sample import paired_t
from exportin.inference.unit_values import NAN, Codes, Values
from exportin.kernels.censored import MIN_EXACT, censored_test


def signed_sum(cells: list[Cell], signs: list[int], units: list[str]) -> tuple[Values, Codes]:
    """Sum of cells within units; NaN where bounds pull in both directions.

    A difference is a bound if one member is one; two bounds that pull apart (both "above") leave
    nothing known.

    Examples
    --------
    >>> a, b = Cell({"E1": (3.0, 1)}), Cell({"E1": (1.0, 0)})
    >>> signed_sum([a, b], [1, -1], ["E1"])
    (array([2.]), array([1]))
    """
    total = np.zeros(len(units))
    codes = np.array([s * c.censor(units) for c, s in zip(cells, signs, strict=True)])
    for cell, sign in zip(cells, signs, strict=True):
        total = total + sign * cell.values(units)
    clash = (codes > 0).any(axis=0) & (codes < 0).any(axis=0)
    return np.where(clash, NAN, total), np.sign(codes.sum(axis=0)).astype(np.int64) * ~clash


def bounded_pairs(a: Cell, b: Cell, ask: Ask) -> Answer:
    """Compare pairs of which some members are bounds.

    With two exact differences or more: the censored likelihood of the differences; with fewer:
    the sign test, if every difference is known in sign, and the effect as a bound.

    Examples
    --------
    >>> a = Cell({f"E{i}": (3.0, 1) for i in range(5)})
    >>> b = Cell({f"E{i}": (1.0 + i / 10, 0) for i in range(5)})
    >>> answer = bounded_pairs(a, b, Ask())
    >>> answer.method, answer.bound, round(answer.effect, 2), answer.p_value
    ('sign_exact', '>', 1.6, 0.0625)
    """
    units = shared_units([a, b])
    values, codes = signed_sum([a, b], [1, -1], units)
    keep = ~np.isnan(values)
    unknown = int((~keep).sum())
    answer = bounded_differences(values[keep], codes[keep], ask)
    if not codes[keep].any() and keep.sum() >= MIN_EXACT:
        used = [unit for unit, kept in zip(units, keep, strict=True) if kept]
        result = paired_t(a.values(used), b.values(used), alternative=ask.alternative,
                          conf_level=ask.conf_level)  # fmt: skip
        answer = answer_of(result)
    return replace(answer, left_out=unknown)


def bounded_differences(d: Values, codes: Codes, ask: Ask) -> Answer:
    """Test whether differences within units, some only bounds, are zero on average.

    Examples
    --------
    >>> answer = bounded_differences(np.array([0.1, 0.3, 0.4]), np.array([0, 0, 1]), Ask())
    >>> answer.method, round(answer.p_value, 4)
    ('censored_paired', 0.1534)
    """
    blank = Answer(test="Censored t test of differences", method="censored_paired",
                   kind="mean difference within pairs", pairing="paired",
                   alternative=ask.alternative, conf_level=ask.conf_level, n_a=d.size, n_b=d.size,
                   status="too_few")  # fmt: skip
    if d.size < MIN_EXACT:
        known = f"{d.size} known difference{'s' if d.size != 1 else ''}"
        return replace(blank, message=f"There is {known}; a test needs 2.")
    two_sided = ask.alternative == "two-sided"
    level = ask.conf_level if two_sided else 2.0 * ask.conf_level - 1.0
    found = combine_units(d, codes, level)
    if np.count_nonzero(codes == 0) < MIN_EXACT:
        return _signs(replace(blank, **_effect(found)), d, codes)
    if found.conf_open == "both" and found.bound == "=":
        text = "The exact differences are equal, so there is no error to test against."
        return replace(blank, **_effect(found), status="not_identifiable", message=text)
    t, p = censored_test(d, codes, 0.0)
    if not two_sided:
        p = float(stdtr(d.size - 1, t if ask.alternative == "less" else -t))
    limits = one_sided(found, ask.alternative)
    return replace(blank, **limits, statistic=t, df=float(d.size - 1), p_value=min(p, 1.0))


def one_sided(found: Combined, alternative: str) -> dict[str, Any]:
    """Effect and limits with the side open to which the alternative points."""
    if alternative == "greater":
        found = found._replace(high=None, conf_open="high" if found.low is not None else "both")
    if alternative == "less":
        found = found._replace(low=None, conf_open="low" if found.high is not None else "both")
    return _effect(found)


def _effect(found: Combined) -> dict[str, Any]:
    return {
        "effect": found.value,
        "low": found.low,
        "high": found.high,
        "conf_open": found.conf_open,
        "bound": found.bound,
        "status": found.status,
    }


def _signs(blank: Answer, d: Values, codes: Codes) -> Answer:
    """Exact sign test; zero differences are left out."""
    blank = replace(blank, test="Exact sign test", method="sign_exact")
    above = ((codes == 0) & (d > 0)) | ((codes == 1) & (d >= 0))
    below = ((codes == 0) & (d < 0)) | ((codes == -1) & (d <= 0))
    ties = (codes == 0) & (d == 0)
    if blank.effect is None or not (above | below | ties).all() or ties.all():
        text = "The bounds do not tell in which direction every pair differs."
        status = "at_bound" if blank.effect is not None else "not_identifiable"
        return replace(blank, status=status, message=text)
    m, k = int((~ties).sum()), int(above.sum())
    tails = {
        "less": float(stats.binom.cdf(k, m, 0.5)),
        "greater": float(stats.binom.sf(k - 1, m, 0.5)),
    }
    two = min(1.0, 2.0 * min(tails.values()))
    least = 0.5 ** (m if blank.alternative != "two-sided" else m - 1)
    p = two if blank.alternative == "two-sided" else tails[blank.alternative]
    text = f"smallest attainable p {least:.2g}"
    return replace(blank, statistic=float(k), p_value=min(p, 1.0), smallest_p=min(least, 1.0),
                   message=text)  # fmt: skip
