"""How far a pooled number hangs on one of its units: leave one out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from exportin.inference.between import Combined, combine_many
from exportin.inference.panel import SOME_LEVEL, Line, with_sd_of
from exportin.inference.pooling import Pool, able, make_panels, make_pools
from exportin.inference.unit_values import to_natural
from exportin.results.tables import Estimates

MIN_UNITS = 3
"""Of two units either alone is no pooled number any more."""
COLUMNS = {
    "units": pl.String,
    "value": pl.Float64,
    "bound": pl.String,
    "n_units": pl.Int64,
    "lowest": pl.Float64,
    "lowest_without": pl.String,
    "highest": pl.Float64,
    "highest_without": pl.String,
    "moves_it_most": pl.String,
    "remark": pl.String,
}


def leave_one_out(
    estimates: Estimates,
    quantities: Iterable[str],
    *,
    shared_over: Sequence[str] = (),
) -> pl.DataFrame:
    """Pool every number again without each of its units.

    The range says how far the pooled value hangs on one experiment; it is no interval and no
    reason to leave an experiment out. Where only a bound is left without a unit (or a bound
    becomes a number) the remark says so and the unit counts as the one that moves it most.

    Parameters
    ----------
    estimates : Estimates
        Rows with a unit_id; others are ignored.
    quantities : names
    shared_over : names
        As for `pool_units`; where units are bounds, the panel's sd is kept for every part.

    Returns
    -------
    polars.DataFrame
        A row per pooled number of three units or more: block, assay, quantity, keys, `units,
        value, bound, n_units, lowest, lowest_without, highest, highest_without, moves_it_most,
        remark`; values in natural units.

    Examples
    --------
    >>> what = {"block": "b", "assay": "a", "quantity": "ec50", "scale": "log10", "method": "m",
    ...         "experimental_unit": "experiment"}
    >>> rows = [what | {"unit_id": f"E{i}", "value": v} for i, v in enumerate([10.0, 10.0, 80.0])]
    >>> row = leave_one_out(Estimates.build(rows), ["ec50"]).row(0, named=True)
    >>> round(row["value"]), round(row["lowest"]), row["lowest_without"], round(row["highest"])
    (20, 10, 'E2', 28)
    """
    every = make_pools(estimates, quantities)
    panels = (
        make_panels(every, shared_over) if shared_over else [[pool for pool in every if able(pool)]]
    )
    rows = [row for panel in panels for row in _rows(panel, shared=bool(shared_over))]
    names = ["block", "assay", "quantity", *estimates.keys]
    keys = {name: estimates.frame.schema[name] for name in names}
    return pl.DataFrame(rows, schema={**keys, **COLUMNS}, orient="row").sort(names)


def _rows(panel: Sequence[Pool], *, shared: bool) -> list[dict[str, Any]]:
    """Rows of the numbers that may share a variance; all cut-down lines are pooled in one go."""
    pools = [pool for pool in panel if len(pool.line.units) >= MIN_UNITS]
    parts = [[pool.line, *_each_left_out(pool.line)] for pool in pools]
    flat = [line for lines in parts for line in lines]
    if shared and any(pool.line.censor.any() for pool in panel):
        found = with_sd_of([pool.line for pool in panel], flat)
    else:
        found = combine_many([(line.values, line.censor) for line in flat], SOME_LEVEL)
    out, at = [], 0
    for pool, lines in zip(pools, parts, strict=True):
        out.append(_row(pool, found[at], found[at + 1 : at + len(lines)]))
        at += len(lines)
    return out


def _row(pool: Pool, whole: Combined, found: Sequence[Combined]) -> dict[str, Any]:
    units = pool.line.units
    values = [np.nan if one.value is None else one.value for one in found]
    changed = [u for u, one in zip(units, found, strict=True) if one.bound != whole.bound]
    moved = [abs(v - (whole.value or 0.0)) if v == v else -1.0 for v in values]  # noqa: PLR0124
    most = changed[0] if changed else units[int(np.argmax(moved))]
    known = not np.isnan(values).all()
    low, high = (int(f(values)) for f in (np.nanargmin, np.nanargmax)) if known else (0, 0)
    return {
        **pool.what,
        "units": next((str(r["units"]) for r in pool.rows if r["value"] is not None), ""),
        "value": to_natural(whole.value, pool.scale),
        "bound": whole.bound,
        "n_units": len(units),
        "lowest": to_natural(values[low], pool.scale),
        "lowest_without": units[low],
        "highest": to_natural(values[high], pool.scale),
        "highest_without": units[high],
        "moves_it_most": most,
        "remark": _remark(whole, found, units),
    }


def _each_left_out(line: Line) -> list[Line]:
    return [_without(line, i) for i in range(len(line.units))]


def _without(line: Line, i: int) -> Line:
    kept = np.arange(len(line.units)) != i
    names = tuple(unit for unit, k in zip(line.units, kept, strict=True) if k)
    return Line(names, line.values[kept], line.censor[kept])


def _remark(whole: Combined, found: Sequence[Combined], units: Sequence[str]) -> str:
    said: Mapping[str, str] = {
        "=": "a number remains",
        ">": "only a lower bound remains",
        "<": "only an upper bound remains",
    }
    turned = [
        f"without {unit} " + (said[one.bound] if one.value is not None else "nothing is known")
        for unit, one in zip(units, found, strict=True)
        if one.bound != whole.bound or (one.value is None) != (whole.value is None)
    ]
    return "; ".join(turned)
