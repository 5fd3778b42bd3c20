"""Warnings about pooled numbers: a line too noisy to share, and agreement too good to be true."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from exportin.inference.panel import MIN_LINES, noisy_line
from exportin.inference.pooling import Pool, make_panels, make_pools
from exportin.inference.t_outcome import t_quantile
from exportin.inference.unit_values import Row, to_scale
from exportin.results.formatting import p_text
from exportin.results.tables import Estimates, Flags

TOO_CLOSE_P = 0.01
"""Units that agree better than their own errors allow do so by chance in 1 of 100 numbers at
most; at n = 3 that means a spread below a tenth of their errors."""
MIN_OWN_ERRORS = 2
BY = "pooling"


def pool_flags(
    estimates: Estimates,
    quantities: Iterable[str],
    *,
    shared_over: Sequence[str] = (),
    pools: Sequence[Pool] | None = None,
) -> Flags:
    """Warn of pooled numbers whose interval may be too narrow; nothing is changed or left out.

    - "noisy line": one variance is shared over a panel, and a line scatters far more
      (`panel.noisy_line`): its interval is too narrow and those of the others too wide.
    - "units agree too closely": the spread between units lies far below their own standard
      errors, so the interval of the pooled number is far narrower than those of its parts
      suggest. Chi-squared lower tail of (n - 1) s^2 / mean(se^2) below `TOO_CLOSE_P`.

    Parameters
    ----------
    estimates : Estimates
        Rows of units, as for `pool_units`.
    quantities : names
    shared_over, pools
        As for `pool_units`.

    Examples
    --------
    >>> what = {"block": "b", "assay": "a", "quantity": "ec50", "scale": "log10", "method": "m",
    ...         "experimental_unit": "experiment", "conf_level": 0.95}
    >>> rows = [what | {"unit_id": f"E{i}", "value": 100.0 + i / 9, "conf_low": 20.0,
    ...         "conf_high": 500.0} for i in range(3)]
    >>> pool_flags(Estimates.build(rows), ["ec50"]).frame["rule"].to_list()
    ['units agree too closely']
    """
    pools = make_pools(estimates, quantities) if pools is None else pools
    panels = make_panels(pools, shared_over) if shared_over else []
    said = [*_noisy(panels, shared_over), *_too_close(pools, shared=bool(shared_over))]
    return Flags.from_rows([
        {"row_id": None, "rule": rule, "severity": "warn", "message": message, "by": BY}
        for rule, message in said
    ])  # fmt: skip


def _noisy(
    panels: Sequence[Sequence[Pool]], shared_over: Sequence[str]
) -> Iterator[tuple[str, str]]:
    for panel in panels:
        found = noisy_line([pool.line for pool in panel]) if len(panel) >= MIN_LINES else None
        if found is not None:
            pool = panel[found.line]
            here = _named({k: v for k, v in pool.what.items() if k in shared_over})
            rest = _named({k: v for k, v in pool.what.items() if k not in shared_over})
            yield "noisy line", (
                f"{pool.what['quantity']}, {here}{f' ({rest})' if rest else ''}: SD between "
                f"{pool.rows[0]['experimental_unit']}s {found.sd:.2g} on {pool.scale}, "
                f"{found.others:.2g} in the rest of the panel (Cochran's C, "
                f"{p_text(found.p)}); with a shared variance its interval is too narrow and the "
                'others\' too wide. Look at its rows, or write between_variance = "own".'
            )  # fmt: skip


def _named(what: Mapping[str, Any]) -> str:
    plain = ("block", "assay", "quantity")
    return ", ".join(f"{k} {v}" for k, v in what.items() if k not in plain and v is not None)


def _too_close(pools: Sequence[Pool], *, shared: bool) -> Iterator[tuple[str, str]]:
    if shared:  # the panel's spread, not the line's, made the interval
        return
    for pool in pools:
        exact = pool.line.exact
        errors = [e for row in pool.rows if (e := own_error(row, pool.scale)) is not None]
        if exact.size < MIN_OWN_ERRORS or len(errors) < MIN_OWN_ERRORS:
            continue
        error = math.sqrt(float(np.mean(np.square(errors))))
        df, spread = exact.size - 1.0, float(np.std(exact, ddof=1))
        p = float(special.gammainc(0.5 * df, 0.5 * df * (spread / error) ** 2))
        if p < TOO_CLOSE_P:
            yield (
                "units agree too closely",
                (
                    f"{pool.what['quantity']}, {_named(pool.what)}: {exact.size} "
                    f"{pool.rows[0]['experimental_unit']}s differ by an SD of {spread:.2g} on "
                    f"{pool.scale}, while each has a standard error of {error:.2g} of its own; the "
                    "pooled interval is far narrower than its parts allow. Take the technical "
                    "intervals for the uncertainty, and check that the units are independent."
                ),
            )


def own_error(row: Row, scale: str) -> float | None:
    """Give the standard error of one unit's number, from its interval if not given.

    Examples
    --------
    >>> row = {"std_error": None, "bound": "=", "conf_open": "none", "conf_level": 0.95, "df": None,
    ...        "conf_low": 10.0, "conf_high": 1000.0}
    >>> round(own_error(row, "log10"), 3)
    0.51
    """
    if row["bound"] != "=" or row["conf_open"] != "none":
        return None
    if row["std_error"]:
        return float(row["std_error"])
    if row["conf_low"] is None or row["conf_high"] is None or not row["conf_level"]:
        return None
    low, high = to_scale(row["conf_low"], scale), to_scale(row["conf_high"], scale)
    if low is None or high is None or not high > low:
        return None
    alpha = 0.5 - 0.5 * row["conf_level"]
    t = -t_quantile(alpha, row["df"]) if row["df"] else -float(special.ndtri(alpha))
    return 0.5 * (high - low) / t
