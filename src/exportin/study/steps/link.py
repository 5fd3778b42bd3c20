"""Step ``link``: result tables of the first pass to further results."""

from collections.abc import Mapping
from typing import Any

from exportin.contract.assay import Context
from exportin.results.tables import Draws, Estimates, Tests
from exportin.study.discover import load_links
from exportin.study.frames import get_result
from exportin.study.steps.draw import put_views
from exportin.study.steps.fit import put_fitted
from exportin.study.store import Store


def link(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Run one link on the results of the blocks it reads."""
    found = load_links()[params["use"]]
    blocks = range(params["blocks"])
    estimates = Estimates.concat(
        [get_result(store, inputs[f"estimates{i}"], Estimates) for i in blocks]
    )
    tests = Tests.concat([get_result(store, inputs[f"tests{i}"], Tests) for i in blocks])
    draws = Draws.concat([get_result(store, inputs[f"draws{i}"], Draws) for i in blocks])
    settings = found.settings.model_validate(params["settings"])
    context = Context(**{**params["context"], "keys": tuple(params["context"]["keys"])})
    fitted = found.run(estimates, tests, draws, settings, context)
    out = put_fitted(store, fitted)
    if found.views is not None:
        drawn = put_views(store, found.views(fitted, settings, context))
        out |= {f"view:{name}": digest for name, digest in drawn.items()}
    return out
