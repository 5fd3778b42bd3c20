"""Looks at tubes before anything is fitted: channels, amplifiers, groups, quality of events."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from exportin.assays.cell_cycle.estimate import SAMPLES
from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.contract.assay import Context
from exportin.events.carry_over import check_carry_over
from exportin.events.channels import find_channel
from exportin.events.gated_tubes import tube_range
from exportin.events.quality import check_tube
from exportin.events.sample_checks import unnamed_samples
from exportin.events.tubes import Tube, open_tube
from exportin.results.tables import Flags
from exportin.tables.events import Events
from exportin.tables.problems import InputError, Problem, Severity, problem_at

KNOWN_ROLES = (*SAMPLES, "unstained", "single_stain", "reference")


def check(rows: Events, settings: CellCycleSettings, context: Context) -> tuple[Problem, ...]:
    """Return every problem of channels, roles and groups; notes do not stop the run."""
    frame = rows.frame
    out = [*_roles(frame), *_no_samples(frame), *unnamed_samples(frame, SAMPLES, context)]
    for row in frame.sort("row_id").iter_rows(named=True):
        place = f"[block.{context.block}] dna_channel"
        out += check_channel(rows, row, settings, place)
    out += _several_tubes(frame, context)
    return tuple(out)


def flag(rows: Events, settings: CellCycleSettings, context: Context) -> Flags:
    """Mark tubes and ranges of events that the course of the recording makes doubtful."""
    del context
    found: list[dict[str, Any]] = []
    before: Tube | None = None
    for row in _in_time(rows.frame):
        data = rows.open(row["row_id"])
        tube = open_tube(data, tube_range(row["row_id"], data.n_events))
        pair = [before, tube] if before is not None else []
        carried = check_carry_over(pair, settings.quality, [settings.dna_channel])
        before = tube if row.get("measured_at") else None
        for said in (*check_tube(tube, settings.quality, [settings.dna_channel]), *carried):
            whole = said["row_id"] == tube.row_id
            found.append(said | ({"row_id": row["row_id"]} if whole else {}))
    return Flags.from_rows(found)


def _in_time(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Order tubes by when they were measured; by name where the files do not say."""
    order = ["measured_at"] if "measured_at" in frame.columns else []
    return frame.sort([*order, "row_id"], nulls_last=True).to_dicts()


def _roles(frame: pl.DataFrame) -> Iterator[Problem]:
    for role in frame.get_column("role").unique().sort():
        if role not in KNOWN_ROLES:
            file = frame.filter(role=role).item(0, "file")
            message = f"role '{role}' is not known here."
            remedy = f"Write one of {', '.join(KNOWN_ROLES)}."
            yield problem_at(file, "role", message, remedy, "unknown-role")


def _no_samples(frame: pl.DataFrame) -> Iterator[Problem]:
    if frame.height and not frame.get_column("role").is_in(SAMPLES).any():
        message = "every tube is a control; there is no sample to analyze."
        remedy = "Give the samples the role 'treated' or 'vehicle' in design.csv."
        yield problem_at(frame.item(0, "file"), "role", message, remedy, "no-samples")


def check_channel(
    rows: Events, row: dict[str, Any], settings: CellCycleSettings, place: str
) -> Iterator[Problem]:
    """Refuse a missing channel, and DNA content from a logarithmic amplifier."""
    data = rows.open(row["row_id"])
    try:
        index = find_channel(data.channels, settings.dna_channel, row["file"])
    except InputError as error:
        yield from error.problems
        return
    channel = data.channels[index]
    if channel.decades > 0 and data.values.dtype.kind in "ui":
        message = (
            f"'{channel.name}' was recorded with a logarithmic amplifier ({channel.decades:g} "
            "decades); its steps are wider than a G1 peak, so that CV and S would be wrong."
        )
        remedy = f"Name a linear channel in {place}. There are: {', '.join(data.names)}."
        yield problem_at(row["file"], f"channel {channel.name}", message, remedy, "log-amplifier")


def _several_tubes(frame: pl.DataFrame, context: Context) -> Iterator[Problem]:
    keys = [*context.keys, "unit_id"]
    if any(key not in frame.columns for key in keys):
        return
    counts = frame.filter(pl.col("role").is_in(SAMPLES)).drop_nulls(keys).group_by(keys).len()
    most = counts.get_column("len").max() if counts.height else 1
    if isinstance(most, int) and most > 1:
        unit = context.experimental_unit
        message = (
            f"up to {most} tubes per {unit} and condition are averaged: n counts {unit}s, not "
            "tubes."
        )
        yield _note(frame.item(0, "file"), message)


def _note(file: str, message: str) -> Problem:
    severity: Severity = "note"
    return Problem(
        file=file, place="", message=message, remedy="", code="replicates", severity=severity
    )
