"""Steps ``flag``, ``estimate`` and ``pool``: rows to numbers."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from exportin.contract.assay import Assay, Context
from exportin.inference.pool_checks import pool_flags
from exportin.inference.pooling import make_pools, pool_units
from exportin.results.tables import Draws, Estimates, Fitted, Flags, Screen, Series
from exportin.study.discover import load_assay
from exportin.study.frames import get_result, get_table, put_frame
from exportin.study.store import Store
from exportin.tables.columns import kept
from exportin.tables.kinds import EXCLUDED_IN_FILE
from exportin.tables.table import Table

KINDS: dict[str, type[Any]] = {
    "estimates": Estimates,
    "series": Series,
    "flags": Flags,
    "screen": Screen,
    "draws": Draws,
}


def opened(
    store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]
) -> tuple[Assay[Any, Any], Table, Any, Context]:
    """Return assay, joined rows, settings and context of a step."""
    assay = load_assay(params["assay"])
    rows = get_table(store, assay.consumes, inputs["rows"], inputs["meta"])
    context = Context(**{**params["context"], "keys": tuple(params["context"]["keys"])})
    return assay, rows, assay.settings.model_validate(params["settings"]), context


def put_fitted(store: Store, fitted: Fitted) -> dict[str, str]:
    """Store all kinds of a fit."""
    return {name: put_frame(store, getattr(fitted, name).frame) for name in KINDS}


def get_fitted(store: Store, inputs: Mapping[str, str], prefix: str = "") -> Fitted:
    """Return a stored fit."""
    found = {name: get_result(store, inputs[prefix + name], kind) for name, kind in KINDS.items()}
    return Fitted(**found)


def flag(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Collect what rules, people and the layout say of rows."""
    assay, rows, settings, context = opened(store, params, inputs)
    excluded = [
        {
            "row_id": row,
            "rule": "excluded",
            "severity": "exclude",
            "message": entry["reason"],
            "by": entry["by"],
        }
        for row, entry in sorted(params["excluded"].items())
    ]
    said = excluded_by_file(rows.frame, set(params["excluded"]))
    missing = [
        {
            "row_id": row,
            "rule": "missing well",
            "severity": "note",
            "message": "The layout names this well; the file holds no value for it.",
            "by": "layout",
        }
        for row in params["missing"]
    ]
    ours = Flags.from_rows([*excluded, *said, *missing])
    # rules must not see what a person has already taken out, here or in the program before
    out = list(ours.excluded())
    kept = rows.with_frame(rows.frame.filter(~pl.col("row_id").is_in(out)))
    flags = Flags.concat([ours, assay.flag(kept, settings, context)])
    return {"flags": put_frame(store, flags.frame)}


def excluded_by_file(frame: pl.DataFrame, already: set[str]) -> list[dict[str, str]]:
    """Return the exclusions that the raw file brings along (see `EXCLUDED_IN_FILE`)."""
    if EXCLUDED_IN_FILE not in frame.columns:
        return []
    marked = frame.filter(
        pl.col(EXCLUDED_IN_FILE).cast(pl.String).str.len_chars() > 0,
        ~pl.col("row_id").is_in(list(already)),
    )
    return [
        {"row_id": row, "rule": "excluded", "severity": "exclude", "message": why, "by": "file"}
        for row, why in marked.sort("row_id").select("row_id", EXCLUDED_IN_FILE).iter_rows()
    ]


def estimate(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Estimate one part of a block."""
    assay, rows, settings, context = opened(store, params, inputs)
    frame = part_rows(rows.frame, params["part"])
    flags = get_result(store, inputs["flags"], Flags)
    return put_fitted(store, assay.estimate(rows.with_frame(frame), flags, settings, context))


def part_rows(frame: pl.DataFrame, part: Mapping[str, Any]) -> pl.DataFrame:
    """Return the rows of a part; those whose part key is empty go along."""
    for key, value in part.items():
        own = frame.get_column(key)
        frame = kept(frame, own.is_null() | (own == value))
    return frame


def pool(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Put the parts together and add the numbers between units."""
    parts = [get_fitted(store, inputs, f"part{i}:") for i in range(params["parts"])]
    fitted = Fitted.concat(parts)
    wanted, shared = tuple(params["pooled"]), tuple(params["shared_over"])
    units, pools = fitted.estimates, make_pools(fitted.estimates, wanted)
    pooled = pool_units(
        units, wanted, conf_level=params["conf_level"], shared_over=shared, pools=pools
    )
    estimates = Estimates.concat([units, pooled])
    warned = pool_flags(units, wanted, shared_over=shared, pools=pools)
    flags = Flags.concat([fitted.flags, warned])
    whole = Fitted(**{**vars(fitted), "estimates": estimates, "flags": flags})
    if len(parts) > 1:
        return put_fitted(store, whole)
    return {  # what pooling adds nothing to is there already
        name: inputs[f"part0:{name}"]
        if getattr(whole, name) is getattr(parts[0], name)
        else put_frame(store, getattr(whole, name).frame)
        for name in KINDS
    }
