"""Compositions over experiments: cell-cycle phases, annexin quadrants, percent positive.

The experiment is the unit. A question names the groups as any other does; `ask.test` says which
answer is wanted:

- ``auto``, ``parts``: every part on logits (experiment as block), an odds ratio with p and, in a
  row of its own without p, the difference in percentage points. One part is primary, named
  beforehand: its comparisons are adjusted among themselves only, as the question says; the other
  parts form a second family, adjusted by Holm. With ``trend``: slopes of experiments.
- ``joint``: the whole composition at once, by isometric log-ratios.
- ``likelihood``: beta-binomial tests of the parts with bootstrapped p, and for three parts or more
  a Dirichlet-multinomial test with relabelled tubes.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from exportin.inference.composition_checks import check_composition
from exportin.inference.composition_joint_rows import joint_rows
from exportin.inference.composition_likelihood import likelihood_rows
from exportin.inference.composition_parts import (
    Row,
    part_found,
    part_rows_of,
    place_of,
    point_rows,
)
from exportin.inference.composition_tubes import meet_zeros, part_rows, tubes_of
from exportin.inference.contrast_checks import check_pairing
from exportin.inference.question import Contrast
from exportin.inference.strata import label_like, labels
from exportin.results.tables import Estimates, Tests

__all__ = ["COMPOSITION_TESTS", "answer_composition"]

COMPOSITION_TESTS = ("auto", "parts", "joint", "likelihood")
"""Words of ``test`` that an assay may hand to `answer_composition`."""
SEED = 20261203
"""Draws of likelihood tests where no generator is given: same input, same p."""


def answer_composition(
    estimates: Estimates,
    ask: Contrast,
    *,
    parts: Sequence[str] = ("g1", "s", "g2m"),
    primary: str = "",
    events: str = "n_rows",
    as_published: bool = False,
    generator: np.random.Generator | None = None,
) -> Tests:
    """Compare compositions between groups of experiments; one family for the primary part.

    Parameters
    ----------
    estimates : Estimates
        Rows of single tubes: quantity one of `parts`, value a fraction (0 to 1), unit_id the
        experiment, the key of ``ask.between``, and the events of the tube in the column `events`
        (needed for fractions of 0 or 1 and for the likelihood test only). Tubes of one experiment
        and group that differ in sample_id or file alone are pooled by their events.
    ask : Contrast
        ``quantity`` is the name under which the composition is asked for, such as "phases";
        ``test`` one of `COMPOSITION_TESTS`. joint and likelihood know versus, all_pairs, and two
        groups; joint also trend and, with nothing said of several groups, all at once.
    parts : sequence of str
        What adds up to the whole (or to a part of it, such as events without debris). Two parts
        (positive, negative) are one number: only the primary is then tested.
    primary : str
        The part named beforehand; the first of `parts` if none is given.
    events : str
        Column with the number of events of a tube.
    as_published : bool
        With ``likelihood``: add the chi-squared test of pooled cells that papers print, in a
        family of its own.
    generator : numpy Generator, optional
        For likelihood tests; a fixed seed if none is given.

    Returns
    -------
    Tests
        ``quantity`` is that of the question and the key ``part`` says which part a row is about
        (empty for joint rows). Effects: "odds ratio of g1"; "difference in percentage points of
        g1" (no p value); "Aitchison distance"; "multivariate partial eta squared". Where n is too
        small the row has status too_few and says how many experiments are needed.

    Raises
    ------
    InputError
        If a part or group is missing, a fraction lies outside 0 to 1, or the question cannot be
        answered for a composition.

    References
    ----------
    Aitchison 1986; Egozcue et al. 2003, doi:10.1023/A:1023818214614.

    Examples
    --------
    >>> what = {"block": "b", "assay": "cell_cycle", "scale": "logit", "method": "m",
    ...         "experimental_unit": "experiment", "n_rows": 10000}
    >>> g1 = {"DMSO": [0.52, 0.55, 0.50, 0.54], "drug": [0.68, 0.70, 0.64, 0.71]}
    >>> s = {"DMSO": [0.30, 0.26, 0.33, 0.28], "drug": [0.12, 0.13, 0.17, 0.11]}
    >>> rows = [what | {"treatment": t, "unit_id": f"E{i}", "quantity": q, "value": v}
    ...         for t in g1 for i, (a, b) in enumerate(zip(g1[t], s[t]))
    ...         for q, v in (("g1", a), ("s", b), ("g2m", 1 - a - b))]
    >>> ask = Contrast(quantity="phases", between="treatment", versus="DMSO", test="parts")
    >>> made = answer_composition(Estimates.build(rows), ask, primary="g1").frame
    >>> for row in made.select("part", "effect_kind", "effect", "p_adjusted").iter_rows():
    ...     print(row[0], "|", row[1], "|", round(row[2], 2), "|", row[3] and round(row[3], 4))
    g1 | odds ratio of g1 | 1.93 | 0.0003
    g1 | difference in percentage points of g1 | 15.5 | None
    s | odds ratio of s | 0.37 | 0.0022
    s | difference in percentage points of s | -16.0 | None
    g2m | odds ratio of g2m | 1.03 | 0.6475
    g2m | difference in percentage points of g2m | 0.5 | None
    """
    primary = primary or parts[0]
    check_composition(ask, parts, primary)
    frame = part_rows(estimates, ask, parts, events)
    known = labels(frame, ask.between)
    groups = [label_like(group, known) for group in ask.groups or known]
    if ask.versus is not None:
        ask = replace(ask, versus=label_like(ask.versus, known))
    check_composition(ask, parts, primary, groups=groups, known=known)
    check_pairing(ask, frame, groups)
    if ask.test == "joint":
        tubes = tubes_of(frame, ask, parts, groups, events)
        return Tests.build(joint_rows(list(tubes), ask, groups, _unit(frame)))
    if ask.test == "likelihood":
        tubes = tubes_of(frame, ask, parts, groups, events)
        chance = generator or np.random.default_rng(SEED)
        return Tests.build(likelihood_rows(
            list(tubes), ask, groups, parts=parts, primary=primary, unit=_unit(frame),
            generator=chance, as_published=as_published,
        ))  # fmt: skip
    return Tests.build(_by_parts(frame, ask, groups, parts=parts, primary=primary, events=events))


def _unit(frame: pl.DataFrame) -> str:
    return str(frame.item(0, "experimental_unit"))


def _by_parts(
    frame: pl.DataFrame,
    ask: Contrast,
    groups: Sequence[str],
    *,
    parts: Sequence[str],
    primary: str,
    events: str,
) -> list[Row]:
    """Odds ratios of every part in two families, each followed by its difference in points."""
    moved = meet_zeros(frame, ask, events)
    points: dict[tuple[str, ...], Row] = {}
    if ask.modifier is None and ask.effect != "ratio":
        for part in parts:
            points |= {(part, *k): row for k, row in point_rows(frame, part, ask, groups)}
    done: list[Row] = []
    others = [part for part in parts if part != primary] if len(parts) > 2 else []
    for names, rule, one in (
        ((primary,), primary_rule(primary, others), ask),
        (others, others_rule(primary), replace(ask, adjust="holm")),
    ):
        found = [(part, s, a) for part in names for s, a in part_found(moved, part, one, groups)]
        if not found:
            continue
        rows = part_rows_of(found, one, frame, rule=rule, halves=moved)
        for (part, stratum, answer), row in zip(found, rows, strict=True):
            done.append(row)
            beside = points.get((part, *place_of(stratum.keys, answer)))
            done += [] if beside is None else [beside]
    return done


def primary_rule(primary: str, others: Sequence[str]) -> str:
    """Say what the primary part is adjusted for.

    Examples
    --------
    >>> primary_rule("g1", ["s", "g2m"])
    'g1 is the primary part, not adjusted for the other parts (s, g2m)'
    """
    if not others:
        return f"{primary} is the only part tested"
    return f"{primary} is the primary part, not adjusted for the other parts ({', '.join(others)})"


def others_rule(primary: str) -> str:
    """Say which family the other parts form.

    Examples
    --------
    >>> others_rule("g1")
    'all parts but the primary one (g1) in one family'
    """
    return f"all parts but the primary one ({primary}) in one family"
