"""Numbers of single units pooled over units, bounds included; nothing is dropped in silence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from exportin.inference.between import Combined, combine_many, open_side
from exportin.inference.panel import Line, by_panel, combine_panel
from exportin.inference.unit_values import Row, UnitValues, to_natural, unit_values
from exportin.results.tables import Estimates
from exportin.tables.columns import among, kept

LEFT_OUT = "units_left_out"
_SILENT = ("all_flagged", "too_few")


@dataclass(frozen=True)
class Pool:
    """The units of one pooled number: what tells it apart, its rows, and what they say."""

    what: Mapping[str, Any]
    rows: list[Row]
    scale: str
    said: UnitValues

    @cached_property
    def known(self) -> UnitValues:
        """Units that say something."""
        return self.said.known

    @cached_property
    def line(self) -> Line:
        """Units that say something, with their names."""
        kept = ~np.isnan(self.said.values)
        names = [str(row["unit_id"]) for row, k in zip(self.rows, kept, strict=True) if k]
        return Line(tuple(names), self.said.values[kept], self.said.censor[kept])


def pool_units(
    estimates: Estimates,
    quantities: Iterable[str],
    *,
    conf_level: float = 0.95,
    shared_over: Sequence[str] = (),
    pools: Sequence[Pool] | None = None,
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
    shared_over : names
        Keys over whose values one variance between units is shared, e.g. ("model",) for a panel
        of lines: one variance for each block, quantity, and value of the other keys (each
        treatment has its own). Empty: every number has its own. See `combine_panel`.
    pools : sequence of Pool
        What `make_pools` gives of the same, where it is there already.

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
    pools = make_pools(estimates, quantities) if pools is None else pools
    found = _combined(pools, conf_level, shared_over)
    return Estimates.build(
        [_row(pool, one, conf_level) for pool, one in zip(pools, found, strict=True)]
    )


def make_pools(estimates: Estimates, quantities: Iterable[str]) -> list[Pool]:
    """Sort the rows of units into the numbers they will be pooled to.

    Examples
    --------
    >>> what = {"block": "b", "assay": "a", "quantity": "q", "method": "m",
    ...         "experimental_unit": "mouse"}
    >>> rows = [what | {"unit_id": f"{i}", "value": float(i), "arm": "x"} for i in range(3)]
    >>> [pool.line.values.tolist() for pool in make_pools(Estimates.build(rows), ["q"])]
    [[0.0, 1.0, 2.0]]
    """
    names = ["block", "assay", "quantity", *estimates.keys]
    frame = estimates.frame
    of_units = frame.get_column("unit_id").is_not_null()
    wanted = kept(frame, of_units & among(frame.get_column("quantity"), set(quantities))).to_dicts()
    place = itemgetter(*names, "unit_id")
    wanted.sort(key=lambda row: [(part is None, part) for part in place(row)])
    pools = []
    for key, rows in groupby(wanted, key=lambda row: tuple(row[name] for name in names)):
        what: dict[str, Any] = dict(zip(names, key, strict=True))
        units: list[Row] = list(rows)
        scale = _same(what, units, "scale")
        pools.append(Pool(what, units, scale, unit_values(units, scale)))
    return pools


def make_panels(pools: Sequence[Pool], shared_over: Sequence[str]) -> list[list[Pool]]:
    """Sort pooled numbers into panels of one variance; those that cannot be numbers stay out.

    Examples
    --------
    >>> make_panels([], ["model"])
    []
    """
    kept = [pool for pool in pools if able(pool)]
    keys = [{**pool.what, "scale": pool.scale, "units": _units(pool)} for pool in kept]
    return [[kept[i] for i in panel] for panel in by_panel(keys, shared_over)]


def able(pool: Pool) -> bool:
    """Whether the units can give a number or a bound together."""
    return _stopped(pool) is None


def _combined(
    pools: Sequence[Pool], conf_level: float, shared_over: Sequence[str]
) -> list[Combined]:
    done = {id(pool): found for pool in pools if (found := _stopped(pool)) is not None}
    panels = make_panels(pools, shared_over) if shared_over else []
    for panel in panels:
        made = combine_panel([pool.line for pool in panel], conf_level)
        done |= {id(pool): _said_of(pool, one) for pool, one in zip(panel, made, strict=True)}
    rest = [pool for pool in pools if id(pool) not in done]
    known = [pool.known for pool in rest]
    made = combine_many([(units.values, units.censor) for units in known], conf_level)
    done |= {id(pool): _said_of(pool, one) for pool, one in zip(rest, made, strict=True)}
    return [done[id(pool)] for pool in pools]


def _row(pool: Pool, found: Combined, conf_level: float) -> dict[str, Any]:
    what, units, scale = pool.what, pool.rows, pool.scale
    n = int(pool.known.values.size)
    left = LEFT_OUT if n < len(units) and found.value is not None else ""
    interval = found.low is not None or found.high is not None
    between = n > 1 and found.value is not None
    how = found.method if between else ""
    return {
        **what,
        "units": _units(pool),
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


def _units(pool: Pool) -> str:
    valued = [row for row in pool.rows if row["value"] is not None]
    return _same(pool.what, valued, "units") if valued else ""


def _stopped(pool: Pool) -> Combined | None:
    """Say why the units give no number; None where they give one."""
    silent = [row["status"] for row in pool.rows if row["value"] is None]
    if pool.known.values.size == 0:
        status = "not_identifiable" if pool.said.off_scale else _status_of_none(pool.rows)
        return Combined(None, status)
    if pool.said.off_scale or "no_response" in silent:
        return Combined(None, "not_identifiable")
    return None


def _said_of(pool: Pool, found: Combined) -> Combined:
    """Keep apart a bound that was tested and one that is only the limit of an interval."""
    carried = [r for r, v in zip(pool.rows, pool.said.values, strict=True) if not np.isnan(v)]
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
