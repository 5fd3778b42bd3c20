"""Linear mixed models: contrasts with Kenward-Roger or Satterthwaite df, F tests, families."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import special

from exportin.inference.linear_model import rank_of
from exportin.inference.mixed_dunnett import mixed_family
from exportin.inference.p_adjust import adjust as adjust_p
from exportin.inference.samples import Labels, as_factor, as_vector
from exportin.inference.t_outcome import t_probability, t_quantile
from exportin.kernels.mixed_df import (
    Precision,
    inner_rows,
    kenward_roger_dfs,
    kenward_roger_f,
    precision,
    satterthwaite_dfs,
    satterthwaite_f,
    variances,
)
from exportin.kernels.mixed_model import MixedEstimate, fit_mixed

DfMethod = Literal["kenward_roger", "satterthwaite", "smaller"]
FamilyAdjustment = Literal["none", "holm", "dunnett"]
UNESTIMABLE = "The data do not hold what this comparison needs (an empty arm, period or column)."
_WORDS = {"kenward_roger": "Kenward-Roger", "satterthwaite": "Satterthwaite"}


@dataclass(frozen=True)
class MixedFit:
    """A mixed model with what its tests need.

    Attributes
    ----------
    estimate : MixedEstimate
        Coefficients, variances, log-likelihood, status and boundary.
    known : Precision or None
        None where there are no numbers.
    columns : tuple of str
        Names of the fixed effects.
    """

    estimate: MixedEstimate
    known: Precision | None
    columns: tuple[str, ...]

    @property
    def status(self) -> str:
        """Either "ok", "singular" or "not_estimable"."""
        return self.estimate.status

    @property
    def singular(self) -> bool:
        """Whether a variance or correlation lies on its edge."""
        return self.estimate.status == "singular"


@dataclass(frozen=True, kw_only=True)
class MixedContrast:
    """One comparison in a mixed model: effect, interval, t, df and where the df come from.

    Attributes
    ----------
    df_method, df_reason : str
        Whose df are quoted ("kenward_roger", "satterthwaite") and, where that was a choice
        (singular fits, "smaller"), why.
    p_adjusted : float or None
        Within the family, where `adjustment` is not "none".
    conf_simultaneous : bool
        True if the interval belongs to the whole family (Dunnett).
    status, message : str
        "ok", or "not_estimable" with the reason; the numbers are then None.
    """

    label: str
    effect: float | None = None
    std_error: float | None = None
    df: float | None = None
    df_method: str = ""
    df_reason: str = ""
    statistic: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    adjustment: str = "none"
    conf_low: float | None = None
    conf_high: float | None = None
    conf_level: float = 0.95
    conf_simultaneous: bool = False
    method: str = "mixed_contrast"
    status: str = "ok"
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class MixedF:
    """F test of several rows at once; fields as in `MixedContrast`."""

    label: str
    f: float | None = None
    df1: int | None = None
    df2: float | None = None
    df_method: str = ""
    df_reason: str = ""
    p_value: float | None = None
    method: str = "mixed_f"
    status: str = "ok"
    message: str = ""


def fit_model(
    y: np.ndarray,
    x: np.ndarray,
    animal: Labels,
    *,
    z: np.ndarray | None = None,
    columns: Sequence[str] = (),
    names: Sequence[str] = ("intercept", "slope"),
    cage: Labels | None = None,
    group: Labels | None = None,
    time: np.ndarray | None = None,
    reml: bool = True,
) -> MixedFit:
    """Fit y = X b + Z u(animal) + v(cage) + e; labels in any form.

    Parameters
    ----------
    y : (n,) array
    x : (n, p) array
        Fixed effects; `columns` names them.
    animal, cage, group : labels, (n,)
        `group`: a residual variance for each.
    z : (n, q) array or None
        Random effects of an animal, named by `names`; None for none.
    time : (n,) array or None
        Days, for residuals correlated as exp(-|dt| / range) within an animal.
    reml : bool
        False: maximum likelihood, to compare likelihoods; such a fit has no tests.

    Raises
    ------
    ValueError
        If the arrays do not fit together.

    Examples
    --------
    >>> y = np.array([1.0, 2.1, 2.9, 1.4, 2.2, 3.6, 0.8, 2.1, 3.0])
    >>> x = np.column_stack([np.ones(9), np.tile([0.0, 1.0, 2.0], 3)])
    >>> fit = fit_model(y, x, list("aaabbbccc"), z=np.ones((9, 1)), columns=("start", "rate"))
    >>> found = contrast(fit, [0.0, 1.0])
    >>> round(found.effect, 3), round(found.df, 3), found.p_value < 1e-4
    (1.05, 5.0, True)
    """
    coded = {"cage": cage, "group": group}
    codes = {k: None if v is None else as_factor(v).codes for k, v in coded.items()}
    estimate = fit_mixed(
        as_vector(y), np.asarray(x, dtype=np.float64), as_factor(animal).codes, z=z,
        names=tuple(names), cage=codes["cage"], group=codes["group"], time=time, reml=reml,
    )  # fmt: skip
    known = precision(estimate) if estimate.usable and reml else None
    named = tuple(columns) or tuple(f"b{i}" for i in range(np.shape(x)[1]))
    return MixedFit(estimate, known, named)


def contrast(
    fit: MixedFit,
    row: Sequence[float] | np.ndarray,
    *,
    df: DfMethod = "kenward_roger",
    null: float = 0.0,
    conf_level: float = 0.95,
    label: str = "",
) -> MixedContrast:
    """Estimate one combination of fixed effects and test it by t.

    Kenward-Roger: their adjusted standard error and df. Satterthwaite: plain standard error. On a
    singular fit, and with "smaller", both are computed; the smaller df is quoted with the larger
    standard error, and `df_reason` says so.

    Parameters
    ----------
    row : (p,) weights of the fixed effects
    df : {"kenward_roger", "satterthwaite", "smaller"}
    null : float
        Value under the null hypothesis.

    Examples
    --------
    >>> y = np.array([1.0, 2.1, 1.9, 3.4, 2.2, 2.6])
    >>> fit = fit_model(y, np.ones((6, 1)), list("aabbcc"), z=np.ones((6, 1)))
    >>> round(contrast(fit, [1.0]).df, 3)
    2.0
    >>> contrast(fit_model(y, np.ones((6, 2)), list("aabbcc")), [1.0, 0.0]).status
    'not_estimable'
    """
    return contrasts(fit, np.atleast_2d(np.asarray(row, dtype=np.float64)), df=df, nulls=(null,),
                     conf_level=conf_level, labels=(label,))[0]  # fmt: skip


def contrasts(
    fit: MixedFit,
    matrix: np.ndarray,
    *,
    df: DfMethod = "kenward_roger",
    adjust: FamilyAdjustment = "none",
    nulls: Sequence[float] | None = None,
    conf_level: float = 0.95,
    labels: Sequence[str] | None = None,
) -> tuple[MixedContrast, ...]:
    """Test several combinations of fixed effects as one family.

    "dunnett": adjusted p and simultaneous intervals from the multivariate t distribution with the
    correlations of the rows and the smallest df of the family. "holm": adjusted p, intervals as
    they are. Rows that cannot be estimated are given back with the reason and do not count.

    Parameters
    ----------
    matrix : (k, p) array
    nulls : (k,) or None
        Values under the null hypotheses; zero if None.

    Examples
    --------
    >>> y = np.array([1.0, 1.2, 2.1, 1.9, 3.4, 3.2, 1.1, 1.5, 2.2, 2.6, 3.0, 3.7])
    >>> x = np.kron(np.tile(np.eye(3), (2, 1)), np.ones((2, 1)))
    >>> fit = fit_model(y, x, np.repeat(np.arange(6), 2), z=np.ones((12, 1)))
    >>> rows = np.array([[-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]])
    >>> [round(r.p_adjusted, 4) for r in contrasts(fit, rows, adjust="dunnett")]
    [0.0228, 0.0026]
    """
    _check(df, conf_level)
    k = matrix.shape[0]
    named = labels or tuple(f"row {i + 1}" for i in range(k))
    known = fit.known
    if known is None:
        why = fit.estimate.reason or "Tests need a fit by REML; this one is by maximum likelihood."
        blank = MixedContrast(label="", conf_level=conf_level, status="not_estimable", message=why)
        return tuple(replace(blank, label=name) for name in named)
    rows, estimable = inner_rows(known.problem, matrix)
    precise = _precision_of(fit, known, rows, df)
    found = []
    for i in range(k):
        blank = MixedContrast(label=named[i], conf_level=conf_level)
        if not estimable[i] or not np.any(rows[i]):
            found.append(replace(blank, status="not_estimable", message=UNESTIMABLE))
            continue
        error, value, method, reason = precise(i)
        start = replace(blank, effect=float(matrix[i] @ fit.estimate.coefficients),
                        std_error=error, df=value, df_method=method, df_reason=reason)  # fmt: skip
        found.append(_tested(start, 0.0 if nulls is None else nulls[i]))
    if adjust == "holm":
        adjusted = adjust_p([one.p_value for one in found], "holm")
        found = [replace(one, p_adjusted=p, adjustment="holm") if one.status == "ok" else one
                 for one, p in zip(found, adjusted, strict=True)]  # fmt: skip
    if adjust == "dunnett":
        found = _dunnett(found, known, rows, conf_level)
    return tuple(found)


def _tested(one: MixedContrast, null: float) -> MixedContrast:
    """Add t, p and interval to an estimate with its standard error and df."""
    effect, error, df = one.effect or 0.0, one.std_error or 1.0, one.df or 1.0
    t = (effect - null) / error
    half = error * t_quantile(0.5 + one.conf_level / 2.0, df)
    return replace(one, statistic=t, p_value=t_probability(t, df, "two-sided"),
                   conf_low=effect - half, conf_high=effect + half)  # fmt: skip


def _precision_of(
    fit: MixedFit, known: Precision, rows: np.ndarray, df: DfMethod
) -> Callable[[int], tuple[float, float, str, str]]:
    """Return what gives standard error, df, whose they are and why, of the row at a place."""
    plains, adjusteds = (
        np.sqrt(known.scale * np.maximum(variances(one, rows), 0.0)).tolist()
        for one in (known.covariance, known.adjusted)
    )
    dfs = {"kenward_roger": kenward_roger_dfs(known, rows).tolist(),
           "satterthwaite": satterthwaite_dfs(known, rows).tolist()}  # fmt: skip
    why = f"the fit is singular ({'; '.join(fit.estimate.boundary)})" if fit.singular else (
        "the smaller was asked for"
    )  # fmt: skip

    def at(i: int) -> tuple[float, float, str, str]:
        plain, adjusted = plains[i], adjusteds[i]
        both = {name: values[i] for name, values in dfs.items()}
        if df != "smaller" and not fit.singular:
            return (adjusted if df == "kenward_roger" else plain), both[df], df, ""
        method = min(both, key=lambda name: both[name])
        said = ", ".join(f"{_WORDS[name]} {value:.1f}" for name, value in both.items())
        return max(plain, adjusted), both[method], method, f"Smaller of {said}: {why}."

    return at


def _dunnett(
    found: list[MixedContrast], known: Precision, rows: np.ndarray, conf_level: float
) -> list[MixedContrast]:
    places = [i for i, one in enumerate(found) if one.status == "ok"]
    if not places:
        return found
    used = rows[places]
    lowest = min(found[i].df or 1.0 for i in places)
    family = mixed_family(used @ known.adjusted @ used.T, lowest, conf_level)
    out = list(found)
    for i in places:
        one = found[i]
        effect, error, t = one.effect or 0.0, one.std_error or 0.0, one.statistic or 0.0
        half = family.critical * error
        out[i] = replace(
            one, p_adjusted=min(1.0, max(family.tail(abs(t)), one.p_value or 0.0)),
            adjustment="dunnett", conf_low=effect - half, conf_high=effect + half,
            conf_simultaneous=True, method="mixed_dunnett",
        )  # fmt: skip
    return out


def f_test(
    fit: MixedFit,
    matrix: np.ndarray,
    *,
    df: DfMethod = "kenward_roger",
    label: str = "",
) -> MixedF:
    """Test whether several combinations of fixed effects are zero together.

    Rows that follow from others are dropped. Kenward-Roger scales F and gives its df; Satterthwaite
    by Fai and Cornelius. On a singular fit, and with "smaller", the one with the smaller df.

    Parameters
    ----------
    matrix : (k, p) array

    Examples
    --------
    >>> y = np.array([1.0, 1.2, 2.1, 1.9, 3.4, 3.2, 1.1, 1.5, 2.2, 2.6, 3.0, 3.7])
    >>> x = np.kron(np.tile(np.eye(3), (2, 1)), np.ones((2, 1)))
    >>> fit = fit_model(y, x, np.repeat(np.arange(6), 2), z=np.ones((12, 1)))
    >>> found = f_test(fit, np.array([[-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]]))
    >>> found.df1, round(found.df2, 3), round(found.p_value, 4)
    (2, 3.0, 0.0037)
    """
    _check(df, 0.5)
    blank = MixedF(label=label)
    known = fit.known
    if known is None:
        why = fit.estimate.reason or "Tests need a fit by REML; this one is by maximum likelihood."
        return replace(blank, status="not_estimable", message=why)
    rows, estimable = inner_rows(known.problem, matrix)
    if not estimable.all() or not np.any(rows):
        return replace(blank, status="not_estimable", message=UNESTIMABLE)
    chosen: list[int] = []
    for i in range(rows.shape[0]):
        if rank_of(rows[[*chosen, i]].T) > len(chosen):
            chosen.append(i)
    effects = matrix[chosen] @ fit.estimate.coefficients
    both = {"kenward_roger": kenward_roger_f(known, rows[chosen], effects),
            "satterthwaite": satterthwaite_f(known, rows[chosen], effects)}  # fmt: skip
    method: str = df
    reason = ""
    if df == "smaller" or fit.singular:
        method = min(both, key=lambda name: both[name].df2)
        said = ", ".join(f"{_WORDS[name]} {one.df2:.1f}" for name, one in both.items())
        edge = f"the fit is singular ({'; '.join(fit.estimate.boundary)})"
        reason = f"Smaller of {said}: {edge if fit.singular else 'the smaller was asked for'}."
    f, df1, df2 = both[method]
    if not (df2 > 0.0 and f >= 0.0 and np.isfinite(f) and np.isfinite(df2)):
        why = "The variances are known too poorly for an F test of so many rows at once."
        return replace(blank, status="not_estimable", message=why)
    return replace(blank, f=f, df1=df1, df2=df2, df_method=method, df_reason=reason,
                   p_value=float(special.fdtrc(df1, df2, f)))  # fmt: skip


def _check(df: str, conf_level: float) -> None:
    if df not in ("kenward_roger", "satterthwaite", "smaller"):
        raise ValueError(f"df is {df!r}; write 'kenward_roger', 'satterthwaite' or 'smaller'")
    if not 0.0 < conf_level < 1.0:
        raise ValueError(f"conf_level is {conf_level}; write a fraction such as 0.95")
