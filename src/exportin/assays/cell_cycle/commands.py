"""``exportin cell-cycle FILE... --channel PI-A``: phases of FCS files without a study."""

from __future__ import annotations

import json as json_text
import sys
from typing import TYPE_CHECKING, Any

from exportin.contract.command import Command

if TYPE_CHECKING:
    from exportin.tables.events import Events
    from exportin.tables.table import Table


NAMES = {"g1": "G0/G1", "s": "S", "g2m": "G2/M", "sub_g1": "sub-G1"}


def _events() -> type[Table]:
    from exportin.tables.events import Events

    return Events


def phases(
    tables: list[Events],
    *,
    channel: str = "",
    singlets: str = "auto",
    g1_low: float = 0.0,
    g1_high: float = 0.0,
    ratio: float = 0.0,
    share: bool = False,
    json: bool = False,
) -> None:
    """Print G0/G1, S and G2/M of every file with intervals, range over models and a verdict."""
    from pydantic import ValidationError

    from exportin.assays.cell_cycle.settings import CellCycleSettings
    from exportin.tables.problems import InputError, Problem

    if not channel:
        names = ", ".join(tables[0].open(tables[0].frame.item(0, "row_id")).names)
        message = "the channel of the DNA stain is not named."
        remedy = f"Write one of those of the first file: {names}."
        raise InputError(
            Problem(file="--channel", place="", message=message, remedy=remedy, code="no-channel")
        )
    try:
        settings = CellCycleSettings(
            dna_channel=channel,
            singlets=singlets,  # type: ignore[arg-type]  # checked by the settings
            g1_low=g1_low or None,
            g1_high=g1_high or None,
            g2_ratio=ratio or "free",
            share="experiment" if share else "none",
        )
    except ValidationError as error:
        raise InputError(
            [
                Problem(
                    file="--" + str(one["loc"][0] if one["loc"] else "channel").replace("_", "-"),
                    place="",
                    message=f"{one['msg'][:1].lower()}{one['msg'][1:]}.",
                    remedy="See exportin cell-cycle phases --help.",
                    code="cell-cycle-command",
                )
                for one in error.errors()
            ]
        ) from None
    from exportin.assays.cell_cycle.records import records_of

    found = records_of(tables, settings)
    if json:
        sys.stdout.write(json_text.dumps(found, indent=1, allow_nan=False) + "\n")
        return
    sys.stdout.write("\n".join(_lines(found)) + "\n")


def _lines(records: list[dict[str, Any]]) -> list[str]:
    """Write a line per file: the phases, or why there are none; what models say below it."""
    from exportin.assays.cell_cycle.records import NOT

    lines = []
    for record in records:
        about = f"{record['singlets']} single nuclei of {record['events']} events"
        if record["verdict"] == NOT:
            lines.append(f"{record['file']}: {NOT}: {record['reason']}; {about}.")
        else:
            about += f", G1 at channel {record['g1_mean']:.5g}, CV {100 * record['g1_cv']:.1f} %"
            lines.append(f"{record['file']}: {_phases(record)}; {about}.")
        spread = _spread(record)
        words = [record["verdict"]] if record["verdict"] != NOT else []
        words += [f"over models: {spread} %"] if spread else []
        said = "; ".join(words)
        lines += [f"  {said[:1].upper()}{said[1:]}."] if said else []
        lines += [f"  {note}" for note in record["notes"]]
    return lines


def _phases(record: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {100 * record[key]:.1f} % ({_range(record['intervals'][key])})"
        for key, name in NAMES.items()
        if record[key] is not None
    )


def _spread(record: dict[str, Any]) -> str:
    """Give what admissible models say of each phase; empty where there is one model, or none."""
    if record["g1"] is None:
        return ""
    ranges = {
        name: (100 * record["model_low"][key], 100 * record["model_high"][key])
        for key, name in NAMES.items()
        if key != "sub_g1"
    }
    if record["reason"] and all(a == b for a, b in ranges.values()):
        return ""
    return ", ".join(f"{name} {a:.1f} to {b:.1f}" for name, (a, b) in ranges.items())


def _range(limits: list[float | None]) -> str:
    low, high = ("?" if v is None else f"{100 * v:.1f}" for v in limits)
    return f"{low} to {high}"


COMMANDS = (
    Command(
        name="phases",
        summary="Cell-cycle phases of FCS files: one record each, with intervals and a verdict.",
        run=phases,
        reads=_events,
        plain=True,
    ),
)
