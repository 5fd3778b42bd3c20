"""Links before and after they run: what of them cannot be, and what they found."""

from collections.abc import Iterator, Mapping

import polars as pl

from exportin.contract.assay import Context
from exportin.contract.link import LinkSource
from exportin.results.tables import Estimates, Tests
from exportin.study.discover import load_assay, load_links
from exportin.study.frames import get_json, get_result, problems_from_json
from exportin.study.keepsakes import stored_views
from exportin.study.load import Study
from exportin.study.outcome import BlockOutcome
from exportin.study.steps.fit import get_fitted
from exportin.study.store import Store
from exportin.tables.problems import Problem


def link_faults(study: Study) -> Iterator[Problem]:
    """Give every fault of the links that can be seen before anything is estimated.

    Places of a link's own faults are key paths, such as ``link.across.quantity``.
    """
    for name, link in study.file.link.items():
        unknown = [block for block in link.from_ if block not in study.file.block]
        for block in unknown:
            message = f"there is no block '{block}'."
            remedy = f"Blocks: {', '.join(study.file.block)}."
            yield study.problem(("link", name, "from"), message, remedy, "unknown-block")
        found = load_links()[link.use]
        if unknown or found.check is None:
            continue
        sources = tuple(_source(study, block) for block in link.from_)
        context = Context(block=name, experimental_unit="")
        yield from found.check(link.settings, sources, context)


def _source(study: Study, name: str) -> LinkSource:
    block = study.file.block[name]
    assay = load_assay(block.assay)
    quantities = tuple(quantity.name for quantity in assay.quantities)
    compared = tuple(dict.fromkeys(compare.quantity for compare in block.compare))
    return LinkSource(block=name, assay=assay.name, quantities=quantities, compared=compared)


def link_problems(store: Store, outputs: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return what a link said of results that do not fit its settings."""
    if "problems" not in outputs:
        return ()
    return problems_from_json(get_json(store, outputs["problems"]))


def link_outcome(study: Study, store: Store, name: str, outputs: Mapping[str, str]) -> BlockOutcome:
    """Return what a link found, as the results of a block without rows."""
    link = load_links()[study.file.link[name].use]
    fitted = get_fitted(store, dict(outputs))
    return BlockOutcome(
        name=name,
        assay=link.name,
        title=link.title,
        experimental_unit=_unit(fitted.estimates),
        settings=study.file.link[name].settings.model_dump(mode="json"),
        estimates=fitted.estimates,
        tests=get_result(store, outputs["tests"], Tests),
        series=fitted.series,
        flags=fitted.flags,
        drawn=(),
        views=stored_views(store, outputs),
        counts={},
        notes=(),
        files={},
        scripts=get_json(store, outputs["scripts"]),
    )


def _unit(estimates: Estimates) -> str:
    """Say what is independent in the pooled numbers of a link, if they agree."""
    pooled = estimates.frame.filter(pl.col("unit_id").is_null())
    found = pooled.get_column("experimental_unit").unique().to_list()
    return str(found[0]) if len(found) == 1 else ""
