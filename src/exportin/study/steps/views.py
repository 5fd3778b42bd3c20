"""Step ``views``: results to figures as data, and to the tables of an assay's own making."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from exportin.contract.view import View
from exportin.contract.view_json import view_to_json
from exportin.results.tables import Flags, Tests
from exportin.study.frames import get_result, put_json
from exportin.study.steps.fit import get_fitted, opened
from exportin.study.store import Store


def views(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Make every view of a block; nothing is drawn yet."""
    assay, rows, settings, context = opened(store, params, inputs)
    tests = get_result(store, inputs["tests"], Tests)
    fitted = get_fitted(store, inputs)
    flags = Flags.concat([get_result(store, inputs["row_flags"], Flags), fitted.flags])
    given = replace(fitted, flags=flags)
    sheets = assay.sheets(rows, given, tests, settings, context) if assay.sheets else ()
    made = put_json(store, [sheet.to_json() for sheet in sheets])
    return put_views(store, assay.views(rows, given, tests, settings, context)) | {"sheets": made}


def put_views(store: Store, made: tuple[View, ...]) -> dict[str, str]:
    """Store views as JSON, and their names in order."""
    out = {f"view:{view.name}": store.put(view_to_json(view)) for view in made}
    return out | {"views": put_json(store, [view.name for view in made])}
