"""Step ``within``: two curves of one unit held against each other by their wells."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from exportin.inference.within_unit import compare_within
from exportin.results.curve_wells import CurveWells
from exportin.results.tables import Estimates, Flags, Tests
from exportin.study.asked import question
from exportin.study.frames import get_result, problems_to_json, put_frame, put_json
from exportin.study.steps.fit import opened, part_rows
from exportin.study.store import Store
from exportin.tables.problems import InputError, Problem


def within(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Answer every compare table with level = "within"; a row per unit, stratum and pair."""
    assay, rows, settings, context = opened(store, params, inputs)
    curves = assay.curves
    if curves is None:
        raise ValueError(f"{assay.name} hands on no curves")
    flags = get_result(store, inputs["flags"], Flags)
    estimates = get_result(store, inputs["estimates"], Estimates)
    made = [
        curves.wells(rows.with_frame(frame), flags, settings, context)
        for frame in parts(rows.frame, params["part"])
    ]
    wells = CurveWells.concat(made)
    answers: list[Tests] = []
    problems: list[Problem] = []
    for given in params["contrasts"]:
        ask = question(given)
        try:
            answers.append(compare_within(wells, estimates, ask, curves.levels[ask.quantity]))
        except InputError as error:
            problems.extend(error.problems)
    found = [table.frame for table in answers if table.frame.height]
    tests = pl.concat(found, how="diagonal_relaxed") if found else Tests.empty().frame
    return {
        "tests": put_frame(store, tests.unique("id", keep="first", maintain_order=True)),
        "wells": put_frame(store, wells.frame),
        "problems": put_json(store, problems_to_json(problems)),
    }


def parts(frame: pl.DataFrame, keys: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Give the rows that were estimated together."""
    if not keys:
        yield frame
        return
    for part in frame.select(keys).drop_nulls().unique().sort(keys).to_dicts() or [{}]:
        yield part_rows(frame, part)
