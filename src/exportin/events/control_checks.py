"""What forbids limits from controls, found before anything is counted; flags of single tubes."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from exportin.contract.assay import Context
from exportin.events.channels import find_channel
from exportin.events.experiments import Experiment
from exportin.events.gated_settings import GatedSettings
from exportin.events.gated_tubes import Row, opened
from exportin.events.quality import check_tube
from exportin.events.sample_checks import unnamed_samples
from exportin.events.settings import gates_behind
from exportin.events.singlets import find_singlets
from exportin.events.tubes import NOT_COMPENSATED, Tube
from exportin.tables.events import Events
from exportin.tables.problems import InputError, Problem, problem_at

SAMPLES = ("treated", "vehicle", "untreated")
"""Roles whose cells are counted; other roles are controls that limits are set from."""
OWN_LIMIT = ("threshold", "limit", "cutoff", "gate", "quadrant")
"""Words in names of columns by which somebody gives a tube a limit of its own."""


def row_problems(
    frame: pl.DataFrame, controls: Sequence[str], context: Context
) -> Iterator[Problem]:
    """Refuse unknown roles, studies without samples, samples without experiment, own limits."""
    known = (*SAMPLES, *controls)
    for role in frame.get_column("role").unique().sort():
        if role not in known:
            file = frame.filter(role=role).item(0, "file")
            message = f"role '{role}' is not known here."
            remedy = f"Write one of {', '.join(known)}."
            yield problem_at(file, "role", message, remedy, "unknown-role")
    samples = frame.filter(pl.col("role").is_in(SAMPLES))
    if frame.height and samples.is_empty():
        message = "every tube is a control; there is no sample to count."
        remedy = "Give the samples the role 'treated' or 'vehicle' in design.csv."
        yield problem_at(frame.item(0, "file"), "role", message, remedy, "no-samples")
    yield from unnamed_samples(frame, SAMPLES, context)
    yield from _own_limits(frame)


def _own_limits(frame: pl.DataFrame) -> Iterator[Problem]:
    """Refuse columns that would give a tube its own limit."""
    for name in frame.columns:
        words = set(name.casefold().replace("-", "_").replace(" ", "_").split("_"))
        numbers = frame.get_column(name).cast(pl.Float64, strict=False)
        if words & set(OWN_LIMIT) and numbers.count():
            message = (
                f"the column '{name}' looks like a limit per sample. Limits are set once per "
                "experiment from its controls and hold for all its tubes: a limit moved per sample "
                "makes the difference it is to measure."
            )
            remedy = f"Take the column '{name}' out; give the controls their roles instead."
            yield problem_at("design.csv", f"column {name}", message, remedy, "limit-per-sample")


def channel_problems(
    rows: Events, channels: Sequence[str], settings: GatedSettings, place: str
) -> Iterator[Problem]:
    """Refuse files without a channel that is asked for, or whose spill-over cannot be used."""
    measured = settings.compensation.source == "controls"
    scatter = [settings.scatter_channel] if settings.debris_below is not None else []
    gates = gates_behind(settings.gate_set, settings.population)
    for row in rows.frame.sort("row_id").iter_rows(named=True):
        data = rows.open(row["row_id"])
        asked = [(name, place) for name in channels] + [(n, "scatter_channel") for n in scatter]
        for name, where in asked:
            try:
                find_channel(data.channels, name, row["file"], where)
            except InputError as error:
                yield from error.problems
        try:
            tube = opened(rows, row, NOT_COMPENSATED if measured else settings.compensation)
            for one in gates.gates:
                for axis in one.axes():
                    tube.along(axis)
            if settings.singlets in ("height", "width"):
                find_singlets(tube, settings.scatter_channel, settings.singlet_settings)
        except InputError as error:
            yield from error.problems


def replicate_note(frame: pl.DataFrame, context: Context) -> Iterator[Problem]:
    """Say that tubes of one experiment and condition are counted together."""
    keys = [*context.keys, "unit_id"]
    if any(key not in frame.columns for key in keys):
        return
    counts = frame.filter(pl.col("role").is_in(SAMPLES)).drop_nulls(keys).group_by(keys).len()
    most = counts.get_column("len").max() if counts.height else 1
    if isinstance(most, int) and most > 1:
        unit = context.experimental_unit
        message = f"up to {most} tubes per {unit} and condition are counted together: n counts "
        yield note(frame.item(0, "file"), f"{message}{unit}s, not tubes.", "replicates")


def note(file: str, message: str, code: str) -> Problem:
    """Return something to know, which does not stop the run."""
    return Problem(file=file, place="", message=message, remedy="", code=code, severity="note")


def tube_flags(
    rows: Events, channels: Sequence[str], settings: GatedSettings
) -> list[dict[str, Any]]:
    """Return flags of what the recording makes doubtful, and of spill-over that stays in."""
    found: list[dict[str, Any]] = []
    measured = settings.compensation.source == "controls"
    for row in rows.frame.sort("row_id").iter_rows(named=True):
        tube = opened(rows, row, NOT_COMPENSATED if measured else settings.compensation)
        for said in check_tube(tube, settings.quality, channels):
            whole = said["row_id"] == tube.row_id
            found.append(said | ({"row_id": row["row_id"]} if whole else {}))
        why = "" if measured or len(channels) < 2 else _left_in(tube, channels)
        if why:
            message = f"{why[:1].upper()}{why[1:]}; spill-over between {' and '.join(channels)} "
            found.append(
                flag_of(row, "not-compensated", "warn", f"{message}moves cells over their limits.")
            )
    return found


def _left_in(tube: Tube, channels: Sequence[str]) -> str:
    """Say why spill-over between the channels is not taken out; empty where it is."""
    applied = tube.applied
    if applied.inverse is None:
        return applied.sentence
    if np.array_equal(applied.inverse, np.eye(len(applied.inverse))):
        return applied.sentence
    known = {*applied.dyes}
    outside = [
        name for name in channels
        if name not in known and tube.find(name) not in applied.detectors
    ]  # fmt: skip
    return f"the spill-over does not name {' and '.join(outside)}" if outside else ""


def spill_problems(
    rows: Events, experiment: Experiment, settings: GatedSettings
) -> Iterator[Problem]:
    """Refuse experiments of which some tubes hold a spill-over and others none; note unlike ones.

    A limit set on compensated controls does not hold for uncompensated samples.
    """
    if settings.compensation.source not in ("auto", "file"):
        return
    held = {
        row["file"]: rows.open(str(row["row_id"])).spill
        for row in (*experiment.controls, *experiment.samples)
    }
    without = sorted(file for file, spill in held.items() if spill is None)
    if without and len(without) < len(held):
        message = (
            f"{len(without)} of {len(held)} files of experiment '{experiment.name}' hold no "
            "spill-over ($SPILLOVER), the others do; a limit set on compensated cells does not "
            "hold for uncompensated ones."
        )
        remedy = 'Write one for all: compensation = { source = "matrix", ... } or "controls".'
        yield problem_at(without[0], "$SPILLOVER", message, remedy, "spillover-in-some")
    elif len(set(held.values())) > 1:
        message = (
            f"the files of experiment '{experiment.name}' hold {len(set(held.values()))} different "
            "spill-overs; each was compensated by its own. Were voltages changed?"
        )
        yield note(min(held), message, "unlike-spillover")


def flag_of(row: Row, rule: str, severity: str, message: str) -> dict[str, Any]:
    """Return one flag of a tube."""
    return {
        "row_id": row["row_id"], "rule": rule, "severity": severity, "message": message,
        "by": "events",
    }  # fmt: skip


def no_limit_flags(samples: Sequence[Row], error: InputError) -> list[dict[str, Any]]:
    """Say of every sample why its experiment has no limits, where exclusions took a control out."""
    said = " ".join(dict.fromkeys(problem.message for problem in error.problems))
    return [flag_of(row, "no-limit", "warn", f"Not counted: {said}") for row in samples]
