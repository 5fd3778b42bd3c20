"""Step ``draw``: results to views, views to pictures and their source data."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from exportin.contract.view import View, source_frame
from exportin.figures import render_svg
from exportin.results.tables import Flags, Tests
from exportin.study.export import csv_bytes
from exportin.study.frames import get_result, put_json
from exportin.study.steps.fit import get_fitted, opened
from exportin.study.store import Store


def draw(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Draw every view of a block."""
    assay, rows, settings, context = opened(store, params, inputs)
    tests = get_result(store, inputs["tests"], Tests)
    fitted = get_fitted(store, inputs)
    flags = Flags.concat([get_result(store, inputs["row_flags"], Flags), fitted.flags])
    given = replace(fitted, flags=flags)
    sheets = assay.sheets(rows, given, tests, settings, context) if assay.sheets else ()
    views = assay.views(rows, given, tests, settings, context)
    made = put_json(store, [sheet.to_json() for sheet in sheets])
    return put_views(store, views) | {"sheets": made}


def put_views(store: Store, views: tuple[View, ...]) -> dict[str, str]:
    """Store pictures, the numbers behind them, and titles and captions."""
    out = {}
    for view in views:
        out[f"{view.name}.svg"] = store.put(render_svg(view))
        out[f"{view.name}.csv"] = store.put(csv_bytes(source_frame(view)))
    about = [{"name": v.name, "title": v.title, "caption": v.caption} for v in views]
    return out | {"about": put_json(store, about)}
