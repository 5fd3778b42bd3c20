"""What ``exportin read`` says of the events of a tube: its channels, their ranges and marks."""

from typing import Any

import numpy as np
from rich.table import Table as RichTable
from rich.text import Text

from exportin.app.guard import plain, say
from exportin.app.printing import Terminal
from exportin.tables.events import Channel, EventData, Events

HEADS = ("channel", "stain", "range", "amplifier", "gain", "min", "median", "max", "at end")
UNTOLD = ("", "linear")


def tube_record(table: Events, row_id: str) -> dict[str, Any]:
    """Return what ``--json`` adds to the row of a tube: its channels and spill-over."""
    events = table.open(row_id)
    spill = events.spill
    return {
        "channels": [
            {
                "name": channel.name,
                "stain": channel.stain,
                "range": channel.range,
                "bits": channel.bits,
                "decades": channel.decades,
                "lowest": channel.lowest,
                "gain": channel.gain,
                **_span(events, channel),
            }
            for channel in events.channels
        ],
        "spill": None
        if spill is None
        else {"names": list(spill.names), "matrix": [list(row) for row in spill.matrix]},
    }


def _span(events: EventData, channel: Channel) -> dict[str, Any]:
    """Smallest, middle and largest number, and how many events lie at the end of the range."""
    values = events.channel(channel.name)
    values = values[np.isfinite(values)]
    if not values.size:
        return {"minimum": None, "median": None, "maximum": None, "at_end": 0}
    end = int(np.count_nonzero(values >= channel.range - 1)) if channel.range > 1 else 0
    return {
        "minimum": float(values.min()),
        "median": float(np.median(values)),
        "maximum": float(values.max()),
        "at_end": end,
    }


def print_tubes(table: Events, most: int) -> None:
    """Show the channels of each tube with their stains, ranges and numbers."""
    ids = table.frame.get_column("row_id").to_list()
    for row_id in ids[:most]:
        events = table.open(row_id)
        say(f"  {row_id}: {events.n_events} events, {len(events.channels)} channels")
        rows = [_cells(events, channel) for channel in events.channels]
        # an empty column, or one that says linear throughout, only takes the room of the others
        told = [k for k in range(len(HEADS)) if any(row[k] not in UNTOLD for row in rows)]
        shown = RichTable(show_header=True)
        for k in told:
            shown.add_column(HEADS[k], no_wrap=HEADS[k] != "stain")
        for row in rows:
            shown.add_row(*(Text(plain(row[k])) for k in told))
        Terminal().print(shown)
        if events.spill is not None:
            off = np.array(events.spill.matrix) - np.eye(len(events.spill.names))
            say(
                f"  spill-over of {len(events.spill.names)} channels in the file, "
                f"up to {100 * float(np.abs(off).max()):.3g} %"
            )
    if len(ids) > most:
        say(f"  and {len(ids) - most} more tubes (--json gives all)")


def _cells(events: EventData, channel: Channel) -> list[str]:
    span = _span(events, channel)
    numbers = [
        "" if span[name] is None else f"{span[name]:.6g}"
        for name in ("minimum", "median", "maximum")
    ]
    amplifier = f"log {channel.decades:g} from {channel.lowest:g}" if channel.decades else "linear"
    return [
        channel.name,
        "" if channel.stain == channel.name else channel.stain,
        f"{channel.range:.10g}" if channel.range else "",
        amplifier,
        "" if channel.gain == 1 else f"{channel.gain:g}",
        *numbers,
        str(span["at_end"]),
    ]
