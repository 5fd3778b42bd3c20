"""One number over several models: effects of each model combined, the model being the unit."""

from typing import Any

from exportin.contract.assay import Context
from exportin.contract.link import Link, Linked, LinkSource
from exportin.contract.view import View
from exportin.inference.strata import label, label_like
from exportin.inference.synthesis_methods import SYNTHESIS
from exportin.mechanism.across.models import models_of
from exportin.mechanism.across.numbers import (
    Place,
    constant_keys,
    result_rows,
    source_faults,
    strata_of,
)
from exportin.mechanism.across.r_programs import synthesis_r
from exportin.mechanism.across.settings import SynthesisSettings
from exportin.mechanism.across.synthesis_rows import QUANTITIES, Group, combine, estimate_rows
from exportin.mechanism.across.synthesis_tests import rows_of_tests
from exportin.mechanism.across.synthesis_view import forests
from exportin.results.tables import Draws, Estimates, Fitted, Flags, Tests
from exportin.tables.problems import InputError, Problem, nearest


def check(
    settings: SynthesisSettings, sources: tuple[LinkSource, ...], context: Context
) -> tuple[Problem, ...]:
    """Look at settings and blocks before anything is estimated."""
    place = Place(link=context.block)
    found = list(source_faults(settings.result, sources, place))
    if settings.responds and settings.threshold is None and not settings.versus:
        message = f"a model responds {settings.responds} a threshold, but none is given."
        remedy = "Write threshold = 0, or which number means no effect."
        found.append(place.fault("responds", message, remedy, "no-threshold"))
    if settings.groups and not settings.between:
        message = "groups are named, but not the key whose groups they are."
        found.append(place.fault("groups", message, 'Write between = "arm" or so.', "no-between"))
    return tuple(found)


def run(
    estimates: Estimates, tests: Tests, draws: Draws, settings: SynthesisSettings, context: Context
) -> Linked:
    """Combine one number per model, for each value of ``between``."""
    del draws
    place = Place(link=context.block)
    rows = result_rows(estimates, tests, settings.result, settings.unit, place)
    keys = [settings.between] if settings.between else []
    strata = _chosen(strata_of(rows, keys, place), settings, place)
    groups = [_group(members, settings) for members in strata.values()]
    made = [row for group in groups for row in estimate_rows(group, settings, context.block)]
    return Linked(
        fitted=Fitted.of(
            estimates=Estimates.build(made), flags=Flags.from_rows(_flags(groups, context.block))
        ),
        tests=Tests.build(rows_of_tests(groups, settings, context.block)),
    )


Strata = dict[tuple[str, ...], list[dict[str, Any]]]


def _chosen(strata: Strata, settings: SynthesisSettings, place: Place) -> Strata:
    known = [name[0] for name in strata if name]
    wanted = [label_like(name, known) for name in settings.groups]
    for name in wanted:
        if name not in known:
            message = f"no number has {settings.between} = '{name}'."
            raise InputError(place.fault("groups", message, nearest(name, known), "unknown-value"))
    return {(name,): strata[name,] for name in wanted} if wanted else strata


def _group(members: list[dict[str, Any]], settings: SynthesisSettings) -> Group:
    keys = constant_keys(members, (settings.unit, settings.between))
    name = f"all {settings.unit}s"
    if settings.between:
        keys |= {settings.between: members[0][settings.between]}
        name = label(members[0][settings.between])
    return combine(keys, name, models_of(members), settings)


def _flags(groups: list[Group], block: str) -> list[dict[str, Any]]:
    """Say where a standard error came from an interval that is not symmetric on its scale."""
    return [
        {
            "row_id": None, "rule": "asymmetric interval", "severity": "note", "by": "synthesis",
            "message": f"{block}, {group.name}: the interval of {', '.join(names)} is not "
            "symmetric on its scale; the standard error taken from its width is approximate.",
        }
        for group in groups
        if (names := [model.name for model in group.models if model.lopsided])
    ]  # fmt: skip


def views(linked: Linked, settings: SynthesisSettings, context: Context) -> tuple[View, ...]:
    """Draw a forest per value of ``between``."""
    del context
    return forests(linked.fitted.estimates, settings)


LINK = Link(
    name="synthesis",
    title="Over all models",
    settings=SynthesisSettings,
    run=run,
    check=check,
    views=views,
    quantities=QUANTITIES,
    methods=SYNTHESIS,
    r_script=synthesis_r,
)
