"""What the compare tables ask for must be there: design columns, groups, tests that fit."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import polars as pl

from exportin.inference.contrast_checks import (
    design_faults,
    fault,
    group_faults,
    key_faults,
    near_quantity,
)
from exportin.inference.contrasts import Contrast, compare_units
from exportin.inference.strata import label_like, labels
from exportin.results.tables import Estimates
from exportin.study.discover import assay_names, load_assay
from exportin.study.model import SHARED_OVER, Block, Compare
from exportin.study.plan import BlockPlan
from exportin.tables.problems import InputError, Problem, nearest

NOT_KEYS = ("row_id", "file", "well", "channel", "value", "cause")


def check_asked(columns: Sequence[str], name: str, block: Block) -> Iterator[Problem]:
    """Give a problem for every name that no table has; its place is a key path."""
    known = [column for column in columns if column not in NOT_KEYS]
    wanted = [(f"block.{name}.keys", key) for key in block.keys]
    wanted += [(f"block.{name}.shared_over", key) for key in block.variance_keys]
    for number, compare in enumerate(block.compare):
        wanted += [(f"block.{name}.compare.{number}.{at}", key) for at, key in _asked(compare)]
    for place, key in wanted:
        if key not in columns:
            message = f"no table has the column '{key}'."
            remedy = nearest(key, known)
            yield Problem(
                file="study.toml", place=place, message=message, remedy=remedy, code="no-key"
            )
    if not block.variance_keys and block.shared_over != SHARED_OVER:
        yield Problem(
            file="study.toml",
            place=f"block.{name}.shared_over",
            message="shared_over names what a shared variance is common to, but none is shared.",
            remedy='Write between_variance = "shared", or leave shared_over out.',
            code="not-shared",
        )


def _asked(compare: Compare) -> Iterator[tuple[str, str]]:
    yield "between", compare.between
    within = compare.within or []
    for key in [within] if isinstance(within, str) else within:
        yield "within", key
    if compare.modifier:
        yield "modifier", compare.modifier
    if compare.unit:
        yield "unit", compare.unit


def question_faults(
    questions: Sequence[Mapping[str, Any]], rows: pl.DataFrame | None, plan: BlockPlan
) -> Iterator[Problem]:
    """Give every fault of the compare tables, before anything is estimated.

    ``rows`` are the joined rows, None where they could not be made; then only what needs no rows
    is looked at.
    """
    made = None if rows is None else _unestimated(rows, plan.keys, plan.unit, plan.assay.samples)
    for fields in questions:
        ask = question(fields)
        by_rows = plan.assay.answers_by_rows(ask.quantity, ask.test)
        found = _unanswered(ask, plan) if by_rows else design_faults(ask)
        if made is not None and not made.frame.is_empty():
            wrong_keys = key_faults(ask, made.keys)
            found += wrong_keys or _group_faults(made, ask)
            scale = next((q.scale for q in plan.assay.quantities if q.name == ask.quantity), None)
            found = found or ([] if by_rows else _dry_run(made, ask, scale))
        yield from found


def _unanswered(ask: Contrast, plan: BlockPlan) -> list[Problem]:
    """Give what the assay cannot answer by a model of all its rows."""
    answers = plan.assay.answers
    said = None if answers is None else answers.fault(plan.block.settings, ask)
    return [] if said is None else [fault(ask, *said)]


def question(fields: Mapping[str, Any]) -> Contrast:
    """Return the question of one compare table from its JSON form."""
    groups = None if fields["groups"] is None else tuple(fields["groups"])
    return Contrast(**{**fields, "within": tuple(fields["within"]), "groups": groups})


def _unestimated(
    rows: pl.DataFrame, keys: Sequence[str], unit: str, samples: Sequence[str]
) -> Estimates:
    """Return the numbers to come without their values: one per unit and keys, and the pooled."""
    if "role" in rows.columns:
        rows = rows.filter(pl.col("role").is_in(samples))
    named = [name for name in (*keys, "unit_id") if name in rows.columns]
    what = {"block": "", "assay": "", "quantity": "", "method": "", "experimental_unit": unit}
    single = rows.select(named).unique()
    pooled = single.with_columns(pl.lit(None, dtype=pl.String).alias("unit_id")).unique()
    found = pl.concat([single, pooled], how="diagonal_relaxed").sort(named, nulls_last=True)
    return Estimates.build([{**what, **row} for row in found.iter_rows(named=True)])


def _group_faults(made: Estimates, ask: Contrast) -> list[Problem]:
    known = labels(made.frame, ask.between)
    groups = [label_like(group, known) for group in ask.groups or known]
    versus = None if ask.versus is None else label_like(ask.versus, known)
    return group_faults(replace(ask, versus=versus), groups, known)


def _dry_run(made: Estimates, ask: Contrast, scale: str | None) -> list[Problem]:
    """Ask the question of numbers without values: whatever a run would refuse, this refuses."""
    frame = made.frame.with_columns(pl.lit(ask.quantity).alias("quantity"),
                                    pl.lit(scale or "linear").alias("scale"))  # fmt: skip
    try:
        compare_units(Estimates(frame), ask)
    except InputError as error:
        return list(error.problems)
    return []


def clearer(problems: Sequence[Problem], text: str) -> tuple[Problem, ...]:
    """Say of a wrong quantity or test what to write instead."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return tuple(problems)
    return tuple(_clearer(problem, raw) for problem in problems)


def _clearer(problem: Problem, raw: Mapping[str, Any]) -> Problem:
    path = problem.place.rpartition(", ")[2].split(".")
    if len(path) != 5 or path[0] != "block" or path[2] != "compare":
        return problem
    try:
        block = raw["block"][path[1]]
        said = block["compare"][int(path[3])][path[4]]
    except (KeyError, IndexError, ValueError, TypeError):
        return problem
    if path[4] == "quantity" and isinstance(said, str) and block.get("assay") in assay_names():
        known = {q.name: q.label for q in load_assay(block["assay"]).quantities}
        return problem if said in known else replace(problem, remedy=near_quantity(said, known))
    if path[4] == "test" and isinstance(said, str):
        return replace(problem, remedy=_test_remedy(said))
    return problem


def _test_remedy(said: str) -> str:
    word = said.strip().casefold()
    if word in _options("adjust"):
        pairs = " with all_pairs = true" if word == "tukey" else ""
        return f'Write adjust = "{word}"{pairs}, and leave test out.'
    return nearest(word, _options("test"))


def _options(field: str) -> tuple[str, ...]:
    return get_args(Compare.model_fields[field].annotation)
