"""Step ``join``: raw rows, design and layout to the rows an assay works on."""

from collections.abc import Mapping
from typing import Any

from exportin.contract.assay import Context
from exportin.plates.layout import Layout
from exportin.study.assemble import assemble
from exportin.study.designs import Designs, read_designs
from exportin.study.discover import load_assay
from exportin.study.frames import (
    get_table,
    problems_to_json,
    put_blobs,
    put_frame,
    put_json,
    put_meta,
)
from exportin.study.layouts import layout_of_plates, read_any_layout
from exportin.study.model import Block
from exportin.study.store import Store
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem


def join(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Join and check; the outcome is rows, or the problems that forbid them."""
    assay = load_assay(params["assay"])
    block = Block.model_validate(params["block"], strict=False)
    problems: list[Problem] = []
    design = _design(store, params, inputs, problems)
    layout = _layout(store, params["layout"], inputs.get("layout"), problems)
    own = {
        name: _layout(store, name, inputs[f"layout{i}"], problems)
        for i, name in enumerate(params["layouts"])
    }
    tables = [
        get_table(store, assay.consumes, inputs[f"table{i}"], inputs[f"meta{i}"])
        for i in range(params["tables"])
    ]
    if design is not None and own:
        plans = {name: plan for name, plan in own.items() if plan is not None}
        layout = layout_of_plates([table.frame for table in tables], design, plans, problems)
    if problems:
        return {"problems": put_json(store, problems_to_json(problems))}
    joined = assemble(assay, params["name"], block, tables=tables, design=design, layout=layout)
    problems.extend(joined.problems)
    if joined.table is not None and assay.check is not None:
        settings = assay.settings.model_validate(params["settings"])
        context = Context(**{**params["context"], "keys": tuple(params["context"]["keys"])})
        problems.extend(assay.check(joined.table, settings, context))
    out = {"problems": put_json(store, problems_to_json(problems))}
    if joined.table is None or any(p.severity == "error" for p in problems):
        return out
    notes = [*(design.notes if design else ()), *(layout.notes if layout else ())]
    account = {
        "counts": dict(joined.account),
        "missing": list(joined.missing),
        "unused": list(joined.unused),
        "notes": problems_to_json((*joined.table.notes, *notes)),
    }
    return out | {
        "rows": put_frame(store, joined.table.frame),
        "meta": put_meta(store, joined.table, put_blobs(store, joined.table)),
        "account": put_json(store, account),
    }


def _design(
    store: Store, params: Mapping[str, Any], inputs: Mapping[str, str], problems: list[Problem]
) -> Designs | None:
    if "design" not in inputs:
        return None
    try:
        return read_designs(Source(name=params["design"], data=store.get(inputs["design"])))
    except InputError as error:
        problems.extend(error.problems)
        return None


def _layout(
    store: Store, name: str | None, digest: str | None, problems: list[Problem]
) -> Layout | None:
    if digest is None or name is None:
        return None
    try:
        return read_any_layout(Source(name=name, data=store.get(digest)))
    except InputError as error:
        problems.extend(error.problems)
        return None
