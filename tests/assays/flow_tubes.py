"""Studies of gated fractions made by hand: rows as joined by the engine, events as read."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.contract.assay import Context
from exportin.tables.events import Channel, EventData, Events, Spill, channel_list, range_id

CONTEXT = Context(block="b", experimental_unit="experiment", keys=("model", "treatment"), seed=3)


def event_data(
    channels: Mapping[str, Sequence[float] | NDArray[np.float64]],
    *,
    spill: Spill | None = None,
    stains: Mapping[str, str] | None = None,
) -> EventData:
    """Events with a channel per key."""
    named = tuple(
        Channel(name=n, stain=(stains or {}).get(n, ""), range=262_144.0) for n in channels
    )
    values = np.array([np.asarray(v, dtype=np.float64) for v in channels.values()])
    return EventData(channels=named, values=values, spill=spill)


def events(tubes: Mapping[str, tuple[EventData, Mapping[str, Any]]]) -> Events:
    """A table with a row per tube; what is not said of it is a treated tube of E1 and model M."""
    rows, blobs = [], {}
    for name, (data, about) in tubes.items():
        row_id = range_id(f"{name}.fcs", 1, data.n_events)
        blobs[row_id] = data.to_bytes()
        rows.append(
            {
                "row_id": row_id,
                "file": f"{name}.fcs",
                "sample_id": name,
                "n_events": data.n_events,
                "channels": channel_list(data.names),
                "role": "treated",
                "unit_id": "E1",
                "model": "M",
                "treatment": None,
                "stain": None,
                **about,
            }
        )
    texts = dict.fromkeys(("unit_id", "model", "treatment", "stain"), pl.String)
    return Events(frame=pl.DataFrame(rows, schema_overrides=texts), blobs=blobs)


def values_of(frame: pl.DataFrame, *keys: str) -> dict[Any, dict[str, Any]]:
    """Rows by quantity, or by quantity and further keys."""
    found = {}
    for row in frame.iter_rows(named=True):
        name = tuple(row[key] for key in ("quantity", *keys)) if keys else row["quantity"]
        found[name] = row
    return found
