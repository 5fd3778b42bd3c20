"""Step ``link``: result tables of the first pass to further results."""

from collections.abc import Mapping
from typing import Any

from exportin.contract.assay import Context
from exportin.contract.link import Linked
from exportin.results.tables import Draws, Estimates, Tests
from exportin.study.discover import load_links
from exportin.study.frames import get_result, problems_to_json, put_frame, put_json
from exportin.study.steps.fit import put_fitted
from exportin.study.steps.views import put_views
from exportin.study.store import Store
from exportin.tables.problems import InputError

NO_SCRIPT = "# this link writes no R program"


def link(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Run one link on the results of the blocks it reads; or say what of them does not fit."""
    found = load_links()[params["use"]]
    blocks = range(params["blocks"])
    estimates = Estimates.concat(
        [get_result(store, inputs[f"estimates{i}"], Estimates) for i in blocks]
    )
    tests = Tests.concat([get_result(store, inputs[f"tests{i}"], Tests) for i in blocks])
    draws = Draws.concat([get_result(store, inputs[f"draws{i}"], Draws) for i in blocks])
    settings = found.settings.model_validate(params["settings"])
    context = Context(**{**params["context"], "keys": tuple(params["context"]["keys"])})
    try:
        made = found.run(estimates, tests, draws, settings, context)
    except InputError as error:
        return {"problems": put_json(store, problems_to_json(error.problems))}
    linked = made if isinstance(made, Linked) else Linked(fitted=made)
    scripts = {
        row["id"]: found.r_script(linked.fitted.estimates, row) if found.r_script else NO_SCRIPT
        for row in linked.tests.frame.iter_rows(named=True)
    }
    out = put_fitted(store, linked.fitted) | {"scripts": put_json(store, scripts)}
    out["tests"] = put_frame(store, linked.tests.frame)
    if found.views is not None:
        out |= put_views(store, found.views(linked, settings, context))
    return out
