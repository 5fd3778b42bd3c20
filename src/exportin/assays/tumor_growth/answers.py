"""Questions between arms answered by all visits: growth rate, time to volume, max TVI."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.tumor_growth.arm_days import Arm, arms_of, measure_day
from exportin.assays.tumor_growth.arm_order import arm_order
from exportin.assays.tumor_growth.cages import cages_of, growth_by_cages, rates_of_cages
from exportin.assays.tumor_growth.growth_models import fit_of
from exportin.assays.tumor_growth.measure_rows import Pair, find_largest
from exportin.assays.tumor_growth.r_programs import r_script
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.time_rows import times_of
from exportin.assays.tumor_growth.visits import Visits, models, visits
from exportin.contract.assay import AnswersOf, Context
from exportin.inference.answer import Answer
from exportin.inference.largest_answers import largest_answer, largest_by_cages
from exportin.inference.mixed_answers import growth_answers
from exportin.inference.mixed_growth import GrowthFit
from exportin.inference.published_tests import (
    WHY_BEST_DAY,
    WHY_LAST_DAY,
    published_answer,
    published_rows,
)
from exportin.inference.question import Contrast
from exportin.inference.row_answers import answer_strata
from exportin.inference.survival_contrasts import SurvivalOptions, compare_survival
from exportin.results.tables import Estimates, Flags, Tests
from exportin.tables.kinds import TumorLog

TESTS: Mapping[str, tuple[str, ...]] = {
    "growth_rate": ("auto", "mixed-model"),
    "time_to_volume": ("auto", "log-rank"),
    "max_tvi": ("auto", "permutation"),
}
Pairs = Sequence[tuple[str, str]]
Keys = Mapping[str, Any]


def answer(  # noqa: PLR0917 - the contract's arguments
    rows: TumorLog,
    flags: Flags,
    estimates: Estimates,
    ask: Contrast,
    settings: TumorGrowthSettings,
    context: Context,
) -> Tests:
    """Answer one question about growth rate, time to volume or the largest inhibition."""
    del estimates
    by_model = dict(models(visits(rows, flags, settings)))
    if ask.quantity == "time_to_volume":
        return _times(by_model, ask, settings, context)
    arms = {name: arms_of(seen) for name, seen in by_model.items()}
    fits = {n: fit_of(seen, settings, context) for n, seen in by_model.items()} if (
        ask.quantity == "growth_rate"
    ) else {}  # fmt: skip
    published: list[tuple[Keys, Answer]] = []

    def answering(keys: Keys, pairs: Pairs) -> Iterable[Answer]:
        model = str(keys["model"])
        if ask.quantity == "growth_rate":
            made = _rates(by_model[model], fits[model], pairs, ask, settings)
        else:
            pairs = [_control_last(pair, settings) for pair in pairs]
            cages = cages_of(by_model[model])
            made = [_largest(arms[model], pair, ask, settings, context, cages) for pair in pairs]
        if settings.as_published:
            published.extend((head | dict(keys), old) for old in _published(
                arms[model], made, ask, settings))  # fmt: skip
        return made

    head = {"block": context.block, "assay": "tumor_growth"}
    strata = [
        ({"model": name}, [a for a in _order(by_model[name], settings) if a in arms[name]])
        for name in sorted(by_model)
    ]
    known = sorted({arm for found in arms.values() for arm in found})
    done = answer_strata(
        strata, ask, answering, about=head, units="per day",
        experimental_unit=context.experimental_unit, known=known,
    )  # fmt: skip
    old = published_rows(published, ask, experimental_unit=context.experimental_unit)
    return Tests.concat([done, old])


def _order(seen: Visits, settings: TumorGrowthSettings) -> list[str]:
    asked = ("order", settings.control)
    return list(seen.once(asked, lambda: arm_order(seen.animals, settings.control)))


def _control_last(pair: tuple[str, str], settings: TumorGrowthSettings) -> tuple[str, str]:
    """Put the control below the line: an inhibition is one of the treated arm."""
    return (pair[1], pair[0]) if pair[0] == settings.control else pair


def _rates(
    seen: Visits, fit: GrowthFit | None, pairs: Pairs, ask: Contrast, settings: TumorGrowthSettings
) -> list[Answer]:
    """Compare growth rates by the mixed model, or by means of cages where these hold one arm."""
    cages = cages_of(seen)
    if cages is not None:
        return growth_by_cages(rates_of_cages(seen, cages, settings), pairs, ask)
    if fit is None:
        return []
    asked = ("rates", settings.model_dump_json(), fit.conf_level, tuple(pairs), ask)
    return list(seen.once(asked, lambda: growth_answers(fit, pairs, ask)))


def _largest(  # noqa: PLR0917 - a pair and what the study says of it
    arms: Mapping[str, Arm],
    pair: tuple[str, str],
    ask: Contrast,
    settings: TumorGrowthSettings,
    context: Context,
    cages: Mapping[str, str] | None,
) -> Answer:
    two = Pair(arm=arms[pair[0]], control=arms[pair[1]], settings=settings, context=context,
               rng=context.rng())  # fmt: skip
    if cages is None:
        return largest_answer(find_largest(two), pair, ask)
    held = tuple([cages[name] for name in arms[side].animals] for side in pair)
    counts = (len(set(held[0])), len(set(held[1])))
    return largest_by_cages(find_largest(two, (held[0], held[1])), pair, ask, counts)


def _published(
    arms: Mapping[str, Arm],
    made: Sequence[Answer],
    ask: Contrast,
    settings: TumorGrowthSettings,
) -> Iterable[Answer]:
    """T tests of raw volumes: on the day of the largest inhibition, or on the last common day."""
    last = settings.model_copy(update={"measure_day": "last_common"})
    for done in made:
        pair = (done.group_a, str(done.group_b))
        a, b = (arms[name] for name in pair)
        best = ask.quantity == "max_tvi"
        day = _best_day(a, b) if best else measure_day(a, b, last)
        if day is None:
            continue
        volumes = [arm.on([day])[:, 0] for arm in (a, b)]
        kept = [v[~np.isnan(v)] for v in volumes]
        if min(v.size for v in kept) < 2:
            continue
        why = WHY_BEST_DAY if best else WHY_LAST_DAY
        yield published_answer(kept[0], kept[1], pair, ask, day=day, why=why)


def _best_day(a: Arm, b: Arm) -> float | None:
    """Day with the largest inhibition among those with two animals an arm, as papers choose it."""
    best: tuple[float, float] | None = None
    days = sorted({*a.days, *b.days})
    seen_on = [arm.on(days) for arm in (a, b)]
    for at, day in enumerate(days):
        kept = [v[~np.isnan(v)] for v in (volumes[:, at] for volumes in seen_on)]
        if min(v.size for v in kept) < 2 or kept[1].mean() <= 0:
            continue
        seen = 1.0 - float(kept[0].mean() / kept[1].mean())
        if best is None or seen > best[0]:
            best = (seen, day)
    return None if best is None else best[1]


def _times(
    by_model: Mapping[str, Visits], ask: Contrast, settings: TumorGrowthSettings, context: Context
) -> Tests:
    frames = [times_of(seen, settings).frame for _, seen in sorted(by_model.items())]
    frame = pl.concat(frames).filter(pl.col("known"))
    frame = frame.with_columns(
        pl.lit(context.block).alias("block"),
        pl.lit("tumor_growth").alias("assay"),
        pl.lit(context.experimental_unit).alias("experimental_unit"),
    )
    if _unknown_groups(frame, ask):
        return _no_times(by_model, ask, settings, context)
    plain = replace(ask, test="auto", within=("model",))
    how = SurvivalOptions(delay=True, unit=context.experimental_unit, cages=_cages(by_model))
    found = compare_survival(frame, plain, how, generator=context.rng())
    animals = pl.concat([seen.animals for seen in by_model.values()])
    arms = arm_order(animals, settings.control)
    place = pl.col("group_a").replace_strict(
        list(arms), list(range(len(arms))), default=len(arms), return_dtype=pl.Int64
    )
    return Tests(found.frame.sort("model", place, maintain_order=True))


def _cages(by_model: Mapping[str, Visits]) -> dict[tuple[str, str, str], str]:
    """Cage of each unit of the models in which every cage holds one arm."""
    out: dict[tuple[str, str, str], str] = {}
    for model, seen in by_model.items():
        cages = cages_of(seen) or {}
        known = seen.animals.select("animal", "arm", "unit_id").iter_rows()
        out |= {
            (model, str(arm), str(unit)): cages[animal]
            for animal, arm, unit in known
            if animal in cages
        }
    return out


def _unknown_groups(frame: pl.DataFrame, ask: Contrast) -> bool:
    """Whether an arm of the question has no animal with a time."""
    known = set(frame.get_column("arm"))
    wanted = {*(ask.groups or ()), *([ask.versus] if ask.versus else [])}
    return len(known) < 2 or bool(wanted - known)


def _no_times(
    by_model: Mapping[str, Visits], ask: Contrast, settings: TumorGrowthSettings, context: Context
) -> Tests:
    """Answer that nothing can be told: every animal starts above the volume, or was seen once."""

    def answering(keys: Keys, pairs: Pairs) -> Iterable[Answer]:
        del keys
        return [
            Answer(test="log-rank test", method="logrank_exact", group_a=a, group_b=b,
                   conf_open="both", status="too_few",
                   message="no animal of an arm has a time to the volume")
            for a, b in pairs
        ]  # fmt: skip

    strata = [({"model": name}, _order(seen, settings)) for name, seen in sorted(by_model.items())]
    head = {"block": context.block, "assay": "tumor_growth"}
    return answer_strata(strata, ask, answering, about=head,
                         experimental_unit=context.experimental_unit)  # fmt: skip


def fault(settings: TumorGrowthSettings, ask: Contrast) -> tuple[str, str] | None:
    """Say what of a question these models do not answer."""
    del settings
    dunnett = ask.adjust == "dunnett"
    rules = (
        (ask.between != "arm",
         f"{ask.quantity} is compared between arms, not between '{ask.between}'.",
         'Write between = "arm", or test = "welch" to compare one number per animal.'),
        (ask.quantity == "max_tvi" and ask.alternative == "less",
         "the largest inhibition is tested one way only: that it is larger than by chance.",
         'Leave alternative out.'),
        (ask.quantity == "time_to_volume" and ask.alternative != "two-sided",
         "times to a volume are tested two-sided.", "Leave alternative out."),
        (bool(ask.modifier or ask.trend or ask.unit),
         f"{ask.quantity} of all visits answers pairs of arms only.",
         'Leave modifier, trend and unit out, or write test = "welch" for one number per animal.'),
        (ask.within not in ((), ("model",)),
         "models are compared one by one.", 'Write within = "model", or leave it out.'),
        (dunnett and (ask.versus is None or ask.quantity != "growth_rate"),
         "Dunnett compares growth rates with one control.",
         'Write versus = "...", or adjust = "holm".'),
        (dunnett and ask.alternative != "two-sided",
         "Dunnett's intervals are two-sided here.", 'Write adjust = "holm".'),
        (ask.adjust == "tukey",
         "Tukey belongs to means of equal variance.", 'Write adjust = "holm".'),
        (ask.pairing in ("paired", "blocked"), "every animal is in one arm.",
         "Leave pairing out."),
    )  # fmt: skip
    return next(((said, remedy) for wrong, said, remedy in rules if wrong), None)


ANSWERS: AnswersOf[TumorLog, TumorGrowthSettings] = AnswersOf(
    tests=TESTS, answer=answer, fault=fault, r_script=r_script
)
