"""Questions answered by all rows of a model of animals: strata, pairs, and rows of Tests."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from exportin.inference.answer import Answer
from exportin.inference.cells import Stratum
from exportin.inference.contrast_rows import family_rows
from exportin.inference.group_answers import pairs_of
from exportin.inference.question import Contrast
from exportin.inference.strata import label_like
from exportin.results.tables import Tests

Keys = Mapping[str, Any]
Pair = tuple[str, str]
Answering = Callable[[Keys, Sequence[Pair]], Iterable[Answer]]


def answer_strata(
    strata: Iterable[tuple[Keys, Sequence[str]]],
    ask: Contrast,
    answering: Answering,
    *,
    about: Mapping[str, str],
    units: str = "",
    experimental_unit: str = "animal",
    known: Sequence[str] = (),
) -> Tests:
    """Answer one question in every stratum and adjust over all of them, as one family.

    Parameters
    ----------
    strata
        Keys of each stratum and the groups it has.
    ask
        The question; its groups, in their order, or all.
    answering
        Keys and the pairs (a, b) to compare to an answer each, p not adjusted (Dunnett excepted).
    about
        ``block`` and ``assay`` of the rows.
    units, experimental_unit
        Unit of a difference; what is independent.
    known
        Names of all groups, so that a number may be written in another way.

    Returns
    -------
    Tests
    """
    found: list[tuple[Stratum, Answer]] = []
    for keys, groups in strata:
        names = [label_like(g, list(known or groups)) for g in ask.groups or groups]
        here = [name for name in names if name in groups]
        pairs = [pair for pair in pairs_of(ask, here) if set(pair) <= set(here)]
        stratum = Stratum({**about, **keys}, {})
        found += [(stratum, answer) for answer in answering(keys, pairs)]
    frame = pl.DataFrame(
        {"value": [1.0], "units": [units], "experimental_unit": [experimental_unit]}
    )
    return Tests.build(family_rows(found, ask, frame, "linear"))
