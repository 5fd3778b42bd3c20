"""Numbers of single units pooled over units, bounds included; nothing is dropped in silence."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl

from exportin.inference.between import Combined, combine_units, open_side
from exportin.inference.unit_values import Row, to_natural, unit_values
from exportin.results.tables import Estimates

LEFT_OUT = "units_left_out"
_SILENT = ("all_flagged", "too_few")


def pool_units(
    estimates: Estimates, quantities: Iterable[str], *, conf_level: float = 0.95
) -> Estimates:
    """Pool every quantity over its units: one row per quantity and keys, interval between units.

    The mean is taken on the row's scale (log10, ln, logit or linear) and moved back; n counts
    units that say something. See `unit_values` for what a unit says and `combine_units` for how
    bounds enter. With one unit its value (or bound) is carried with status too_few, without
    interval and with an empty interval_level. Units without a dose response and without a bound
    make the pooled number not_identifiable, or no_response where all are so. Other units without
    a number are left out, and `units_left_out` is added to the method.

    Parameters
    ----------
    estimates : Estimates
        Rows with a unit_id; others are ignored.
    quantities : names
        Which to pool.
    conf_level : float
        Level of the interval.

    Returns
    -------
    Estimates
        The pooled rows only, in the order of block, assay, quantity and keys.

    Raises
    ------
    ValueError
        If units, scale or experimental unit differ between the rows of one group.

    Examples
    --------
    >>> what = {"block": "b", "assay": "a", "quantity": "ec50", "scale": "log10", "method": "m",
    ...         "experimental_unit": "experiment"}
    >>> rows = [what | {"unit_id": f"E{i}", "value": v} for i, v in enumerate([50.0, 100.0, 200.0])]
    >>> pooled = pool_units(Estimates.build(rows), ["ec50"]).frame
    >>> round(pooled["value"][0], 6), pooled["n_units"][0], pooled["interval_level"][0]
    (100.0, 3, 'between')
    """
    names = ["block", "assay", "quantity", *estimates.keys]
    wanted = pl.col("unit_id").is_not_null() & pl.col("quantity").is_in(list(quantities))
    frame = estimates.frame.filter(wanted)
    frame = frame.sort([*names, "unit_id"], nulls_last=True)
    rows = frame.iter_rows(named=True)
    groups = groupby(rows, key=lambda row: tuple(row[name] for name in names))
    done = [
        _pooled(dict(zip(names, what, strict=True)), list(units), conf_level)
        for what, units in groups
    ]
    return Estimates.build(done)


def _pooled(what: Mapping[str, Any], units: list[Row], conf_level: float) -> dict[str, Any]:
    scale = _same(what, units, "scale")
    valued = [row for row in units if row["value"] is not None]
    said = unit_values(units, scale)
    known = said.known
    n = int(known.values.size)
    found = _combine(units, scale, conf_level)
    left = LEFT_OUT if n < len(units) and found.value is not None else ""
    interval = found.low is not None or found.high is not None
    between = n > 1 and found.value is not None
    how = found.method if between else ""
    return {
        **what,
        "units": _same(what, valued, "units") if valued else "",
        "scale": scale,
        **_limits(found, scale),
        "std_error": found.std_error,
        "bound": found.bound,
        "status": found.status,
        "conf_level": conf_level if interval else None,
        "interval_level": "between" if between else None,
        "experimental_unit": _same(what, units, "experimental_unit"),
        "n_units": n,
        "n_rows": _total(units, "n_rows"),
        "n_flagged": _total(units, "n_flagged"),
        "df": found.df,
        "method": _joined([*(row["method"] for row in units), how, left]),
    }


def _combine(units: list[Row], scale: str, conf_level: float) -> Combined:
    said = unit_values(units, scale)
    known = said.known
    silent = [row["status"] for row in units if row["value"] is None]
    if known.values.size == 0:
        status = "not_identifiable" if said.off_scale else _status_of_none(units)
        return Combined(None, status)
    if said.off_scale or "no_response" in silent:
        return Combined(None, "not_identifiable")
    found = combine_units(known.values, known.censor, conf_level)
    carried = [r for r, v in zip(units, said.values, strict=True) if not np.isnan(v)]
    if found.bound != "=" and {r["status"] for r in carried} == {"no_response"}:
        return found._replace(status="no_response")
    if found.bound != "=" and any(r["bound"] == "=" and r["conf_open"] != "none" for r in carried):
        # the bound is a limit of an interval, not a tested dose: nothing was "not reached"
        return found._replace(status="not_identifiable")
    return found


def _status_of_none(units: list[Row]) -> str:
    """Status where no unit says anything: theirs, if they agree."""
    if any(row["value"] is not None for row in units):
        return "not_identifiable"
    told = {row["status"] for row in units}
    told = told - set(_SILENT) or told
    told = {"not_identifiable"} if "ok" in told else told
    return told.pop() if len(told) == 1 else "not_identifiable"


def _limits(found: Combined, scale: str) -> dict[str, Any]:
    value = to_natural(found.value, scale)
    low, high = to_natural(found.low, scale), to_natural(found.high, scale)
    had = found.low is not None or found.high is not None
    side = open_side(low, high) if had else found.conf_open
    return {"value": value, "conf_low": low, "conf_high": high, "conf_open": side}


def _same(what: Mapping[str, Any], rows: list[Row], name: str) -> str:
    found = sorted({row[name] for row in rows})
    if len(found) > 1:
        where = ", ".join(f"{k} {v}" for k, v in what.items() if v is not None)
        raise ValueError(f"{name} differs between the units of {where}: {', '.join(found)}")
    return str(found[0])


def _total(rows: list[Row], name: str) -> int | None:
    counts = [row[name] for row in rows if row[name] is not None]
    return sum(counts) if counts else None


def _joined(methods: Iterable[str]) -> str:
    return "+".join(dict.fromkeys(_parts(methods)))


def _parts(methods: Iterable[str]) -> Iterator[str]:
    for method in methods:
        yield from (part for part in method.split("+") if part)
