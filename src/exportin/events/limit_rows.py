"""Limits of experiments and numbers of single tubes as rows of results."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from exportin.events.gated_tubes import Gated
from exportin.events.thresholds import Cutoff

Row = dict[str, Any]
LEVEL = 0.95


def limit_row(what: Mapping[str, Any], name: str, cutoff: Cutoff, shared: Mapping[str, Any]) -> Row:
    """Return the row of one limit, in the units of the channel.

    Parameters
    ----------
    what
        The experiment, and its model where the design has them.
    name
        Quantity of the limit.
    cutoff
        What was set.
    shared
        Columns of every row: block, assay, experimental_unit.
    """
    return {
        **what, **shared, "quantity": name, "value": cutoff.natural, "units": "channel",
        "n_units": 1, "n_rows": len(cutoff.row_ids), "n_flagged": 0, "method": "control_limits",
    }  # fmt: skip


def tube_names(tubes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return a name for each row: its sample, or its range of events where samples repeat.

    >>> tube_names([{"row_id": "a.fcs:1-9", "sample_id": "A"}])
    {'a.fcs:1-9': 'A'}
    """
    names = [str(row["sample_id"]) for row in tubes]
    return {
        str(row["row_id"]): name if names.count(name) == 1 else str(row["row_id"])
        for row, name in zip(tubes, names, strict=True)
    }


def tube_rows(what: Mapping[str, Any], one: Gated, shared: Mapping[str, Any]) -> Iterator[Row]:
    """Give cells and doublets of one tube; ``what`` holds the key ``tube``, so none is pooled."""
    named = {
        **what, **shared, "n_units": 1, "n_rows": 1, "n_flagged": 0,
        "method": "gated_cells",
    }  # fmt: skip
    yield named | {"quantity": "cells", "value": float(one.cells)}
    found = one.singlets
    if found is not None and found.doublets is not None:
        row = named | {"quantity": "doublets", "value": found.doublets, "method": "single_cells"}
        if found.low is not None and found.high is not None and np.isfinite(found.low):
            row |= {
                "conf_low": found.low, "conf_high": found.high, "conf_level": LEVEL,
                "interval_level": "within",
            }  # fmt: skip
        yield row
