"""Tubes sorted into experiments: its samples, and the controls that its limits are set from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import polars as pl

from exportin.events.channels import find_channel, loose
from exportin.events.gated_settings import GatedSettings
from exportin.events.gated_tubes import Gated, gated, opened
from exportin.events.settings import Compensation
from exportin.events.stains import Stain, spill_from_stains
from exportin.events.thresholds import Control
from exportin.tables.events import Events, Spill
from exportin.tables.problems import InputError

Row = Mapping[str, Any]
UNSTAINED, SINGLE_STAIN = "unstained", "single_stain"
UNCOMPENSATED = Compensation(source="none")


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Tubes that share their limits: one experiment and, where the design has models, one model.

    Parameters
    ----------
    unit, model
        Names; model is empty where the design knows none.
    samples
        Rows that are counted, in the order of their keys.
    controls
        Rows of its controls. A control without unit_id (or model) serves all of them, unless the
        experiment has one of its own for the same role and stain.
    """

    unit: str
    model: str
    samples: tuple[Row, ...]
    controls: tuple[Row, ...]

    @property
    def name(self) -> str:
        """Name for messages: the experiment, and its model where there is one."""
        return ", ".join(part for part in (self.unit, self.model) if part)

    def without(self, out: set[str]) -> "Experiment":
        """Return what exclusions leave; excluded samples stay, to be counted as such."""
        left = tuple(row for row in self.controls if row["row_id"] not in out)
        return replace(self, controls=left)


def experiments(
    frame: pl.DataFrame, samples: Sequence[str], keys: Sequence[str], out: set[str]
) -> list[Experiment]:
    """Return the experiments of a study, controls that are excluded left out.

    Parameters
    ----------
    frame
        Rows of tubes with role and unit_id; model and stain where the design has them.
    samples
        Roles that are counted.
    keys
        Design columns that tell samples apart.
    out
        Excluded row ids.

    >>> rows = [{"row_id": name, "role": role, "unit_id": unit, "model": None, "stain": None}
    ...         for name, role, unit in (("a", "treated", "E1"), ("b", "unstained", None),
    ...                                  ("c", "unstained", "E1"), ("d", "fmo", None))]
    >>> made = experiments(pl.DataFrame(rows), ("treated",), (), set())[0]
    >>> made.name, [row["row_id"] for row in made.controls]
    ('E1', ['c', 'd'])
    """
    places = [name for name in ("unit_id", "model") if name in frame.columns]
    others_first = [key for key in keys if key not in places]
    rows = frame.sort([*places, *others_first, "row_id"], nulls_last=True).to_dicts()
    wanted = [row for row in rows if row["role"] in samples and row["unit_id"] is not None]
    others = [row for row in rows if row["role"] not in samples and row["row_id"] not in out]
    made = []
    for (unit, model), mine in groupby(wanted, key=lambda r: (str(r["unit_id"]), _model(r))):
        controls = tuple(_nearest(others, unit, model))
        made.append(Experiment(unit=unit, model=model, samples=tuple(mine), controls=controls))
    return made


def _model(row: Row) -> str:
    return str(row.get("model") or "")


def _nearest(rows: Sequence[Row], unit: str, model: str) -> Iterator[Row]:
    """Give for each role and stain the controls that stand closest to the experiment."""
    found: dict[tuple[str, str], list[tuple[int, Row]]] = {}
    for row in rows:
        theirs, line = row["unit_id"], _model(row)
        if (theirs is not None and str(theirs) != unit) or (line and line != model):
            continue
        rank = 2 * (theirs is not None) + bool(line)
        what = (loose(str(row["role"])), loose(str(row.get("stain") or "")))
        found.setdefault(what, []).append((rank, row))
    for ranked in found.values():
        best = max(rank for rank, _ in ranked)
        yield from (row for rank, row in ranked if rank == best)


def stain_channel(rows: Events, row: Row) -> str:
    """Return the short name of the channel that a control's ``stain`` means; empty if it has none.

    Raises
    ------
    InputError
        No channel of the file, or several, have that name.
    """
    said = str(row.get("stain") or "").strip()
    if not said:
        return ""
    data = rows.open(str(row["row_id"]))
    return data.names[find_channel(data.channels, said, row["file"], "design, column stain")]


def measured_spill(rows: Events, experiment: Experiment, settings: GatedSettings) -> Spill | None:
    """Return the spill-over of the experiment's single stains, where the settings ask for it.

    Raises
    ------
    InputError
        A control is missing, twice there, or has too few positive events.
    """
    if settings.compensation.source != "controls":
        return None
    stains, unstained = [], []
    for row in experiment.controls:
        if row["role"] == SINGLE_STAIN:
            tube = opened(rows, row, UNCOMPENSATED)
            stains.append(Stain(channel=stain_channel(rows, row), tube=tube))
        elif row["role"] == UNSTAINED:
            unstained.append(opened(rows, row, UNCOMPENSATED))
    try:
        return spill_from_stains(stains, unstained).spill
    except InputError as error:
        raise InputError([
            replace(p, place=p.place or f"experiment '{experiment.name}'") for p in error.problems
        ]) from error  # fmt: skip


def controls_of(
    rows: Events,
    experiment: Experiment,
    out: set[str],
    settings: GatedSettings,
    measured: Spill | None,
) -> list[Control]:
    """Open the controls of an experiment, gated as its samples are.

    Raises
    ------
    InputError
        A file lacks a channel, or its spill-over cannot be used.
    """
    return [
        as_control(rows, gated(rows, row, out, settings, measured)) for row in experiment.controls
    ]


def as_control(rows: Events, one: Gated) -> Control:
    """Return a tube as the control its row says it is."""
    stain = stain_channel(rows, one.row)
    return Control(role=str(one.row["role"]), tube=one.tube, stain=stain, keep=one.keep)


def conditions(rows: Sequence[Row], keys: Sequence[str]) -> list[tuple[dict[str, Any], list[Row]]]:
    """Sort an experiment's samples by condition.

    >>> [(what, len(tubes)) for what, tubes in conditions([{"t": "a"}, {"t": "a"}], ["t"])]
    [({'t': 'a'}, 2)]
    """
    ordered = sorted(rows, key=lambda row: tuple((row[k] is None, row[k]) for k in keys))
    grouped = groupby(ordered, key=lambda row: tuple(row[key] for key in keys))
    return [(dict(zip(keys, what, strict=True)), list(tubes)) for what, tubes in grouped]
