"""Does one result go with another over models: IC50 with tumor inhibition, copies with response."""

from typing import Any

import polars as pl

from exportin.contract.assay import Context
from exportin.contract.link import Link, Linked, LinkSource
from exportin.contract.view import View
from exportin.inference.synthesis_methods import ASSOCIATION
from exportin.mechanism.across.association_rows import (
    QUANTITIES,
    Pairing,
    estimate_rows,
    pair_up,
    rows_of_tests,
)
from exportin.mechanism.across.association_view import scatters
from exportin.mechanism.across.models import models_of
from exportin.mechanism.across.numbers import Place, result_rows, source_faults, strata_of
from exportin.mechanism.across.r_programs import association_r
from exportin.mechanism.across.settings import AssociateSettings
from exportin.results.tables import Draws, Estimates, Fitted, Tests
from exportin.tables.problems import InputError, Problem


def check(
    settings: AssociateSettings, sources: tuple[LinkSource, ...], context: Context
) -> tuple[Problem, ...]:
    """Look at settings and blocks before anything is estimated."""
    return (
        *source_faults(settings.x, sources, Place(link=context.block, path="x")),
        *source_faults(settings.y, sources, Place(link=context.block, path="y")),
    )


def run(
    estimates: Estimates, tests: Tests, draws: Draws, settings: AssociateSettings, context: Context
) -> Linked:
    """Put y against x, one pair of numbers a model, for each matched value."""
    del draws
    pairs = _pairs(estimates, tests, settings, context)
    made = [row for pair in pairs for row in estimate_rows(pair, settings, context.block)]
    return Linked(
        fitted=Fitted.of(estimates=Estimates.build(made)),
        tests=Tests.build(rows_of_tests(pairs, settings, context.block)),
    )


def _pairs(
    estimates: Estimates, tests: Tests, settings: AssociateSettings, context: Context
) -> list[Pairing]:
    sides = []
    for name, asked, keys in (
        ("x", settings.x, list(settings.match)),
        ("y", settings.y, list(settings.match.values())),
    ):
        place = Place(link=context.block, path=name)
        rows = result_rows(estimates, tests, asked, settings.unit, place)
        _known_keys(rows, keys, Place(link=context.block))
        sides.append(strata_of(rows, keys, place))
    x, y = sides
    place = Place(link=context.block)
    common = [value for value in x if value in y]
    if not common:
        message = f"x has {_values(x)}, y has {_values(y)}: no value in common."
        raise InputError(
            place.fault("match", message, "Names must be the same in both.", "no-match")
        )
    pairs = []
    for value in common:
        matched = {key: x[value][0][key] for key in settings.match}
        models = (models_of(x[value]), models_of(y[value]))
        pairs.append(pair_up(matched, ", ".join(value), models, settings))
    if not any(pair.x for pair in pairs):
        raise InputError(_no_common(x, y, settings, place))
    return pairs


def _known_keys(rows: list[dict[str, Any]], keys: list[str], place: Place) -> None:
    for key in keys:
        if rows and key not in rows[0]:
            known = [k for k in rows[0] if k not in Estimates.schema() and not k.startswith("_")]
            message = f"the numbers of '{rows[0]['quantity']}' have no key '{key}'."
            remedy = f"Known: {', '.join(sorted(known))}."
            raise InputError(place.fault("match", message, remedy, "unknown-key"))


Strata = dict[tuple[str, ...], list[dict[str, Any]]]


def _values(strata: Strata) -> str:
    return ", ".join(f"'{', '.join(value)}'" for value in strata)


def _no_common(x: Strata, y: Strata, settings: AssociateSettings, place: Place) -> Problem:
    names = [
        sorted({row["_unit"] for rows in side.values() for row in rows if row["value"] is not None})
        for side in (x, y)
    ]
    said = [", ".join(found[:6]) or "none" for found in names]
    message = f"no {settings.unit} has both numbers: x has {said[0]}; y has {said[1]}."
    remedy = f"Give the same {settings.unit} the same name in both designs."
    return place.fault("unit", message, remedy, "no-common-unit")


def views(linked: Linked, settings: AssociateSettings, context: Context) -> tuple[View, ...]:
    """Draw y against x, a panel per matched value."""
    del context
    shown = linked.fitted.estimates.frame.filter(pl.col("unit_id").is_not_null())
    return scatters(shown, linked.tests, settings)


LINK = Link(
    name="associate",
    title="One result against another",
    settings=AssociateSettings,
    run=run,
    check=check,
    views=views,
    quantities=QUANTITIES,
    methods=ASSOCIATION,
    r_script=association_r,
)
