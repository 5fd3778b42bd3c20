"""Likelihood tests of counted compositions as rows, with the published chi-squared beside them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from exportin.inference.answer import Answer
from exportin.inference.beta_binomial import DRAWS, LikelihoodRatio, likelihood_ratio
from exportin.inference.beta_binomial_exact import relabelled_ratio
from exportin.inference.cells import Stratum
from exportin.inference.composition_joint import Joint, ilr, joint_pair
from exportin.inference.composition_joint_rows import DISTANCE, stopped, tube_pairing, whole_rows
from exportin.inference.composition_tubes import Tubes
from exportin.inference.contrast_rows import family_rows
from exportin.inference.group_answers import pairs_of
from exportin.inference.linear_model import Matrix
from exportin.inference.published_tests import FAMILY
from exportin.inference.question import Contrast
from exportin.results.formatting import p_text

Row = dict[str, Any]
Answered = list[tuple[Stratum, Answer]]


def likelihood_rows(
    strata: Sequence[Tubes],
    ask: Contrast,
    groups: Sequence[str],
    *,
    parts: Sequence[str],
    primary: str,
    unit: str,
    generator: np.random.Generator,
    as_published: bool,
) -> list[Row]:
    """Beta-binomial tests of the parts in two families, then the whole composition."""
    others = [part for part in parts if part != primary] if len(parts) > 2 else []
    rest = f"not adjusted for the other parts ({', '.join(others)})" if others else ""
    rules = (
        ((primary,), f"{primary} is the primary part{', ' if rest else ''}{rest}", ask),
        (others, f"all parts but the primary one ({primary}) in one family",
         replace(ask, adjust="holm")),
    )  # fmt: skip
    done: list[Row] = []
    old: list[Row] = []
    for names, rule, one in rules:
        found: list[tuple[str, Stratum, Answer]] = []
        for part in names:
            for tubes in strata:
                here = Stratum(tubes.keys, {})
                for pair in _pairs(tubes, ask, groups):
                    answer = _part(tubes, pair, parts.index(part), ask, generator)
                    found.append((part, here, answer))
        done += _named(found, one, unit, rule)
    if len(parts) > 2:
        done += _whole(strata, ask, groups, unit, generator)
    if as_published:
        old = [row for tubes in strata for pair in _pairs(tubes, ask, groups)
               for row in _published(tubes, pair, parts, ask)]  # fmt: skip
    return [*done, *old]


def _pairs(tubes: Tubes, ask: Contrast, groups: Sequence[str]) -> list[tuple[str, str]]:
    return pairs_of(ask, [g for g in groups if g in tubes.group])


def _two(tubes: Tubes, pair: tuple[str, str], ask: Contrast) -> tuple[Tubes, bool]:
    """Tubes of two groups, and whether they are paired."""
    paired = tube_pairing(tubes, ask) != "unpaired"
    return (tubes.shared(pair) if paired else tubes.only(pair)), paired


def _events(tubes: Tubes) -> Matrix:
    events: Matrix = np.rint(tubes.share * tubes.events[:, None])
    return events


def _cannot(tubes: Tubes) -> str:
    if np.isnan(tubes.events).any():
        return "the number of events of a tube is not known"
    made = stopped(tubes, np.empty((0, 0)))
    return "" if made is None else made.reason


def _part(
    tubes: Tubes,
    pair: tuple[str, str],
    place: int,
    ask: Contrast,
    generator: np.random.Generator,
) -> Answer:
    tubes, paired = _two(tubes, pair, ask)
    said = _cannot(tubes)
    if said:
        made = LikelihoodRatio(reason=said)
    else:
        inside = np.rint(tubes.share[:, place] * tubes.events)
        counts = np.stack([inside, np.rint(tubes.events) - inside], axis=1)
        made = likelihood_ratio(counts, tubes.group, tubes.unit if paired else None, pair,
                                generator=generator, conf_level=ask.conf_level)  # fmt: skip
    n = [sum(g == name for g in tubes.group) for name in pair]
    floor = f"p from {DRAWS} bootstrap draws, the smallest possible is {1 / (DRAWS + 1):.2g}"
    side = {(False, False): "none", (True, False): "low", (False, True): "high"}.get(
        (made.low is None, made.high is None), "both"
    )
    return Answer(
        test="Beta-binomial likelihood-ratio test", method="beta_binomial_bootstrap",
        group_a=pair[0], group_b=pair[1], pairing="paired" if paired else "unpaired",
        conf_level=ask.conf_level, effect=made.effect, low=made.low, high=made.high,
        conf_open=side, statistic=made.statistic, df=made.df, p_value=made.p_value,
        smallest_p=made.smallest_p, n_a=n[0], n_b=n[1], left_out=tubes.left_out,
        status=_status(made), message=made.reason or floor,
    )  # fmt: skip


def _status(made: LikelihoodRatio) -> str:
    if not made.reason:
        return "ok"
    few = "degrees of freedom" in made.reason or "no relabelling" in made.reason
    return "too_few" if few else "not_identifiable"


def _named(
    found: Sequence[tuple[str, Stratum, Answer]], ask: Contrast, unit: str, rule: str
) -> list[Row]:
    if not found:
        return []
    frame = pl.DataFrame({"value": [1.0], "units": [""], "experimental_unit": [unit]})
    rows = family_rows([(s, a) for _, s, a in found], ask, frame, "logit")
    return [
        row | {
            "part": part, "family": f"{row['family']}; {rule}",
            "method": f"{row['method']}+composition_parts", "verdict": f"{part}: {row['verdict']}",
            "test": answer.test,
            "effect_kind": row["effect_kind"].replace(f" of {ask.quantity}", f" of {part}"),
        }
        for row, (part, _, answer) in zip(rows, found, strict=True)
    ]  # fmt: skip


def _whole(
    strata: Sequence[Tubes],
    ask: Contrast,
    groups: Sequence[str],
    unit: str,
    generator: np.random.Generator,
) -> list[Row]:
    found: Answered = []
    halves: list[bool] = []
    for tubes in strata:
        for pair in _pairs(tubes, ask, groups):
            found.append((Stratum(tubes.keys, {}), _relabelled(tubes, pair, ask, generator)))
            halves.append(tubes.zeros)
    return whole_rows(found, ask, unit, halves=halves) if found else []


def _relabelled(
    tubes: Tubes, pair: tuple[str, str], ask: Contrast, generator: np.random.Generator
) -> Answer:
    tubes, paired = _two(tubes, pair, ask)
    block = tubes.unit if paired else None
    said = _cannot(tubes)
    shown = Joint()
    if said:
        made = LikelihoodRatio(reason=said)
    else:
        shares = tubes.closed()
        shown = Joint() if shares is None else joint_pair(
            ilr(shares), tubes.group, block, pair, ask.conf_level
        )  # fmt: skip
        first = [g == pair[0] for g in tubes.group]
        made = relabelled_ratio(_events(tubes), first, block, generator=generator,
                                conf_level=ask.conf_level)  # fmt: skip
        if not made.reason and shown.low is None:
            made = LikelihoodRatio(reason=shown.reason)
    n = [sum(g == name for g in tubes.group) for name in pair]
    least = "" if made.smallest_p is None else f"the smallest possible p is {made.smallest_p:.2g}"
    return Answer(
        test="Dirichlet-multinomial likelihood ratio, relabelled tubes", measure="rate",
        kind=DISTANCE, method="dirichlet_permutation", group_a=pair[0], group_b=pair[1],
        pairing="paired" if paired else "unpaired", conf_level=ask.conf_level,
        effect=shown.effect, low=shown.low, high=shown.high,
        conf_open="both" if shown.low is None else "none", statistic=made.statistic, df=made.df,
        p_value=made.p_value, smallest_p=made.smallest_p, n_a=n[0], n_b=n[1],
        left_out=tubes.left_out, status=_status(made), message=made.reason or least,
    )  # fmt: skip


def _published(
    tubes: Tubes, pair: tuple[str, str], parts: Sequence[str], ask: Contrast
) -> list[Row]:
    """Chi-squared test of cells added up over experiments, as papers print it."""
    if _cannot(tubes):
        return []
    x = _events(tubes)
    table = np.array([x[[g == name for g in tubes.group]].sum(axis=0) for name in pair])
    table = table[:, table.sum(axis=0) > 0.0]
    if table.shape[1] < 2:
        return []
    chi, p, df, _ = stats.chi2_contingency(table, correction=False)
    v = float(np.sqrt(chi / table.sum()))
    units = [sum(g == name for g in tubes.group) for name in pair]
    verdict = (
        f"as published: chi-squared test of {int(table.sum())} cells, {p_text(float(p))}, as if "
        "cells and not experiments were independent; its p value is far too small"
    )
    return [{
        **tubes.keys, "quantity": ask.quantity, "part": None, "group_a": pair[0],
        "group_b": pair[1], "test": "as published: chi-squared test of pooled cells",
        "statistic": float(chi), "df": float(df), "p_value": float(p), "effect": v,
        "effect_kind": f"Cramer's V of pooled {', '.join(parts)}", "conf_open": "both",
        "conf_level": ask.conf_level, "n_a": units[0], "n_b": units[1], "family": FAMILY,
        "method": "published_pooled_counts", "verdict": verdict,
    }]  # fmt: skip
