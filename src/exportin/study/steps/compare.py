"""Step ``compare``: the questions of the study file, asked of the estimates."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from exportin.inference.contrasts import compare_units
from exportin.inference.question import Contrast
from exportin.inference.strata import labels
from exportin.results.tables import Estimates, Flags, Tests
from exportin.study.asked import question
from exportin.study.frames import get_result, problems_to_json, put_frame, put_json
from exportin.study.steps.fit import opened
from exportin.study.store import Store
from exportin.tables.problems import InputError, Problem


def compare(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Answer every compare table of a block; each is one family of tests."""
    estimates = get_result(store, inputs["estimates"], Estimates)
    answers: list[Tests] = []
    problems: list[Problem] = []
    scripts: dict[str, str] = {}
    asked = params["contrasts"]
    for given, by_rows in zip(asked, params.get("by_rows", [False] * len(asked)), strict=True):
        try:
            if by_rows:
                found, told = _by_rows(store, params, inputs, estimates, question(given))
                answers.append(found)
                scripts |= told
            else:
                ask = _in_order(question(given), estimates, params.get("order", ()))
                answers.append(compare_units(estimates, ask))
        except InputError as error:
            problems.extend(error.problems)
    return {
        "tests": put_frame(store, _once(answers)),
        "problems": put_json(store, problems_to_json(problems)),
        "scripts": put_json(store, scripts),
    }


def _in_order(ask: Contrast, estimates: Estimates, order: Sequence[str]) -> Contrast:
    """Compare groups in the order of the study file where the question itself names none.

    A trend keeps its own scores: places in a list are no doses.
    """
    if not order or ask.groups is not None or ask.trend or ask.between not in estimates.keys:
        return ask
    frame = estimates.frame.filter(
        pl.col("quantity") == ask.quantity, pl.col("unit_id").is_not_null()
    )
    known = labels(frame, ask.between)
    mine = [name for name in dict.fromkeys(order) if name in known]
    groups = (*mine, *(name for name in known if name not in mine))
    return ask if not mine or list(groups) == known else replace(ask, groups=groups)


def _once(answers: list[Tests]) -> pl.DataFrame:
    """Stack the answers; what two questions say alike (a test beside both) stands once."""
    frames = [table.frame for table in answers if table.frame.height]
    if not frames:
        return Tests.empty().frame
    stacked = pl.concat(frames, how="diagonal_relaxed")
    fixed = list(Tests.schema())
    kept = stacked.unique("id", keep="first", maintain_order=True)
    return kept.select(fixed + [name for name in kept.columns if name not in fixed])


def _by_rows(
    store: Store,
    params: Mapping[str, Any],
    inputs: Mapping[str, str],
    estimates: Estimates,
    ask: Contrast,
) -> tuple[Tests, dict[str, str]]:
    """Answer by a model of all rows; with the R program of each test, by its id."""
    assay, rows, settings, context = opened(store, params, inputs)
    if assay.answers is None:
        raise ValueError(f"{assay.name} answers no question by its rows")
    flags = get_result(store, inputs["flags"], Flags)
    found = assay.answers.answer(rows, flags, estimates, ask, settings, context)
    scripts = {
        row["id"]: assay.answers.r_script(rows, flags, estimates, row, settings, context)
        for row in found.frame.iter_rows(named=True)
    }
    return found, scripts
