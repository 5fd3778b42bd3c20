"""Marks rows of a caliper table: no number, impossible weight, width above length; drops none."""

import polars as pl

from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import measured, visits
from exportin.assays.tumor_growth.weight_rows import doubtful_weights
from exportin.assays.tumor_growth.zeros import mark_zeros, meanings
from exportin.contract.assay import Context
from exportin.results.tables import Flags
from exportin.tables.kinds import TumorLog

SAID = {
    "removed": "The volume of zero means that the animal was gone; it is no measurement.",
    "unclear": "Nobody knows what this volume of zero means; it is left out of volumes.",
    "not_palpable": "The volume of zero means that no tumor was palpable.",
    "complete_response": "The volume of zero means that the tumor was gone.",
}


def flag(rows: TumorLog, settings: TumorGrowthSettings, context: Context) -> Flags:
    """Mark rows without any number, odd calipers, impossible weights, and every zero."""
    del context
    seen = measured(rows.frame, settings)
    found = [*_missing(seen), *_odd(seen)]
    weights = visits(rows, Flags.empty(), settings).weights
    found += [_row(row, "doubtful weight", "warn", said) for row, said in doubtful_weights(weights)]
    valued = seen.filter(pl.col("volume_mm3").is_not_null())
    zeros = meanings(mark_zeros(valued), settings).filter(pl.col("zero_means").is_not_null())
    for row, means in zeros.sort("row_id").select("row_id", "zero_means").iter_rows():
        found.append(_row(row, f"zero: {means}", "note", SAID[means]))
    return Flags.from_rows(found)


def _missing(seen: pl.DataFrame) -> list[dict[str, str]]:
    known = ("volume_mm3", "weight_g", "above_mm3")
    bare = seen.filter(pl.all_horizontal(pl.col(name).is_null() for name in known))
    above = seen.filter(pl.col("above_mm3").is_not_null()).sort("row_id")
    said = "The volume is only known to be {}; it is an event, and no volume of the growth curve."
    out = [
        _row(row, "volume as a bound", "note", said.format(cause.strip()))
        for row, cause in above.select("row_id", "cause").iter_rows()
    ]
    return out + [
        _row(row, "no value", "note", f"The file says '{why}'." if why else "The cells are empty.")
        for row, why in bare.sort("row_id").select("row_id", "cause").iter_rows()
    ]


def _odd(seen: pl.DataFrame) -> list[dict[str, str]]:
    swapped = seen.filter(pl.col("width") > pl.col("length")).sort("row_id")
    out = [
        _row(row, "width above length", "warn", f"Width {w:g} is larger than length {length:g}.")
        for row, w, length in swapped.select("row_id", "width", "length").iter_rows()
    ]
    impossible = seen.filter(pl.col("weight_g") <= 0).sort("row_id")
    out += [
        _row(row, "impossible weight", "warn", f"A body weight of {w:g} g; left out of weights.")
        for row, w in impossible.select("row_id", "weight_g").iter_rows()
    ]
    return out


def _row(row: str, rule: str, severity: str, message: str) -> dict[str, str]:
    return {
        "row_id": row, "rule": rule, "severity": severity, "message": message, "by": "tumor_growth"
    }  # fmt: skip
