"""A simulated study in memory: joined rows, settings and context, ready to be bent."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

from exportin.contract.assay import Assay, Context
from exportin.contract.reader import Request
from exportin.contract.view import View
from exportin.inference.pooling import pool_units
from exportin.plates.layout import read_layout
from exportin.results.tables import Estimates, Fitted, Flags, Tests
from exportin.study.assemble import assemble
from exportin.study.designs import read_designs
from exportin.study.discover import load_assay
from exportin.study.files import find_files
from exportin.study.load import load_study
from exportin.study.plan import BlockPlan
from exportin.study.steps.read import find_reader
from exportin.tables.events import EventData
from exportin.tables.origin import Source
from exportin.tables.problems import Problem
from exportin.tables.table import Table

from .limits import SEED

CONTROLLED = {"empty": ()}


Change = Callable[[pl.DataFrame, list[str]], pl.DataFrame]


def bent_events(blob: bytes, change: Change) -> bytes:
    """Other events of one tube; a missing value takes its event away."""
    data = EventData.from_bytes(blob)
    columns = {f"c{i}": row for i, row in enumerate(data.values.astype(np.float64))}
    frame = change(pl.DataFrame(columns), list(columns)).drop_nulls()
    values = frame.to_numpy().T.reshape(len(columns), frame.height)
    return replace(data, values=np.ascontiguousarray(values)).to_bytes()


@dataclass(frozen=True)
class Bench:
    """One block of a simulated study."""

    assay: Assay[Any, Any]
    rows: Table
    settings: Any
    context: Context
    truth: pl.DataFrame
    excluded: tuple[str, ...] = ()

    def with_rows(self, frame: pl.DataFrame) -> "Bench":
        """The same study with other rows; a copy ``id#1`` of a row has the arrays of ``id``."""
        held = self.rows.blobs
        ids = frame.get_column("row_id").to_list() if held else []
        blobs = {name: held[name.split("#")[0]] for name in ids}
        return replace(self, rows=replace(self.rows, frame=frame, blobs=blobs))

    def bent(self, change: Change, rows: pl.Expr | None = None) -> "Bench":
        """The same study with other measured values, in ``rows`` or everywhere.

        ``change`` gets a frame and the names of its measured columns; it sees the rows of the
        table, or the events of each tube where those are what was measured.
        """
        picked = pl.lit(value=True) if rows is None else rows
        if not self.rows.blobs:
            frame = self.rows.frame
            changed = change(frame, self.measured())
            bent = [
                pl.when(picked).then(changed.get_column(c)).otherwise(frame.get_column(c)).alias(c)
                for c in self.measured()
            ]
            return self.with_rows(frame.with_columns(bent))
        ids = self.rows.frame.filter(picked).get_column("row_id")
        blobs = dict(self.rows.blobs) | {i: bent_events(self.rows.blobs[i], change) for i in ids}
        return replace(self, rows=replace(self.rows, blobs=blobs))

    def check(self) -> tuple[Problem, ...]:
        """What the assay says of the rows before anything is computed."""
        if self.assay.check is None:
            return ()
        return tuple(self.assay.check(self.rows, self.settings, self.context))

    def flags(self) -> Flags:
        """Flags of rules and of the person, as the engine puts them together."""
        out = list(self.excluded)
        kept = self.rows.with_frame(self.rows.frame.filter(~pl.col("row_id").is_in(out)))
        said = [
            {"row_id": row, "rule": "excluded", "severity": "exclude", "message": "x", "by": "me"}
            for row in out
        ]
        found = self.assay.flag(kept, self.settings, self.context)
        return Flags.concat([Flags.from_rows(said), found])

    def fit(self) -> Fitted:
        """Numbers within and between units."""
        fitted = self.assay.estimate(self.rows, self.flags(), self.settings, self.context)
        return replace(fitted, estimates=Estimates.concat([fitted.estimates, self._pool(fitted)]))

    def _pool(self, fitted: Fitted) -> Estimates:
        level = self.context.conf_level
        return pool_units(fitted.estimates, self.assay.pooled, conf_level=level)

    def views(self, fitted: Fitted) -> tuple[View, ...]:
        """Figures as data."""
        flags = Flags.concat([self.flags(), fitted.flags])
        given = replace(fitted, flags=flags)
        return self.assay.views(self.rows, given, Tests.empty(), self.settings, self.context)

    def measured(self) -> list[str]:
        """Names of the columns that hold what an instrument said."""
        columns = self.assay.consumes.columns
        return [column.name for column in columns if column.dtype == pl.Float64]


def bench(assay: str, scenario: str, number: int = 0) -> Bench:
    """Simulate one study and join its rows as the engine does."""
    found = load_assay(assay)
    units = int(scenario[1:]) if scenario[1:].isdigit() else 0
    made = found.simulate(scenario, np.random.default_rng((SEED, units, number)))
    with TemporaryDirectory() as place:
        for name, data in made.files.items():
            path = Path(place) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return _joined(found, Path(place), made.files, made.truth)


@cache
def first_bench(assay: str, scenario: str) -> Bench:
    """The first study of a scenario, made once."""
    return bench(assay, scenario)


@cache
def first_fit(assay: str, scenario: str) -> Fitted:
    """Its numbers, computed once."""
    return first_bench(assay, scenario).fit()


def _joined(
    assay: Assay[Any, Any], folder: Path, files: Mapping[str, bytes], truth: pl.DataFrame
) -> Bench:
    study = load_study(folder)
    name = next(n for n, block in study.file.block.items() if block.assay == assay.name)
    plan, problems = BlockPlan(study, name), []
    request = {f: getattr(plan.block, f) for f in ("columns", "constants", "decimal", "sheet")}
    sources = [Source(name=n, data=files[n]) for n in find_files(study, name, problems)]
    kind = assay.consumes
    tables = [
        find_reader(s, kind, plan.block.reader).read(s, Request(kind=kind, **request))
        for s in sources
    ]
    layout = plan.block.layout
    design = study.file.study.design
    joined = assemble(
        assay,
        name,
        plan.block,
        tables=tables,
        design=read_designs(_source(design, files)) if design in files else None,
        layout=read_layout(_source(layout, files)) if layout else None,
    )
    errors = [p for p in (*problems, *joined.problems) if p.severity == "error"]
    assert not errors, errors
    assert joined.table is not None
    context = Context(
        block=name,
        experimental_unit=plan.unit,
        keys=plan.keys,
        seed=1,
        conf_level=plan.block.conf_level,
    )
    return Bench(assay, joined.table, plan.block.settings, context, truth)


def _source(name: str, files: Mapping[str, bytes]) -> Source:
    return Source(name=name, data=files[name])


def raw_files() -> Iterator[tuple[str, Source]]:
    """Raw files of every assay's simulated studies, with the assay's name."""
    from exportin.study.discover import assay_names

    for name in assay_names():
        found = load_assay(name)
        for scenario in found.scenarios[:2]:
            made = found.simulate(scenario, np.random.default_rng(SEED))
            ours = ("study.toml", "design.csv", "layout.csv")
            for number, (file, data) in enumerate(sorted(made.files.items())):
                if file not in ours and number < 8:
                    yield f"{name} {scenario}", Source(name=file, data=data)
