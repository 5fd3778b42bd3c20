"""Growth rates compared: contrasts of a mixed model as answers to a question."""

from collections.abc import Sequence
from dataclasses import replace

from exportin.inference.answer import Answer
from exportin.inference.between import open_side
from exportin.inference.mixed_growth import GrowthFit
from exportin.inference.mixed_model import FamilyAdjustment, MixedContrast
from exportin.inference.mixed_slopes import slope_contrasts
from exportin.inference.question import Contrast

KIND = "difference of growth rates"
LEAST = 2  # animals an arm needs for a test: visits of one animal say nothing of others
PHASES = {"whole": "", "dosed": "while dosed", "after": "after the last dose"}


def growth_answers(fit: GrowthFit, pairs: Sequence[tuple[str, str]], ask: Contrast) -> list[Answer]:
    """Compare growth rates of the arms of one model: a minus b, ln volume per day.

    The first period of the model is compared: while dosed, or the whole follow-up. With
    ``adjust = "dunnett"`` the p values are simultaneous within the model.
    """
    if not pairs:
        return []
    adjust: FamilyAdjustment = "dunnett" if ask.adjust == "dunnett" else "none"
    side = 1.0 if ask.alternative == "two-sided" else 2.0  # one limit takes the whole error
    level = 1.0 - side * (1.0 - ask.conf_level)
    found = slope_contrasts(replace(fit, conf_level=level), list(pairs), adjust=adjust)
    return [_answer(one, fit, pair, ask) for one, pair in zip(found, pairs, strict=True)]


def _answer(one: MixedContrast, fit: GrowthFit, pair: tuple[str, str], ask: Contrast) -> Answer:
    a, b = pair
    period = PHASES[fit.design.phases[0]]
    side = "" if ask.alternative == "two-sided" else "one-sided"
    said = [text for text in (period, side, one.message, _df_said(one)) if text]
    p, low, high = _one_sided(one, ask.alternative)
    lone = [arm for arm in pair if fit.n_animals.get(arm, 0) < LEAST]
    if lone:
        return Answer(
            test="mixed model", method="mixed_contrast", measure="rate", kind=KIND, group_a=a,
            group_b=b, alternative=ask.alternative, conf_level=ask.conf_level, effect=one.effect,
            conf_open="both", n_a=fit.n_animals.get(a, 0), n_b=fit.n_animals.get(b, 0),
            status="too_few", message=f"one animal in {' and '.join(lone)}",
        )  # fmt: skip
    return Answer(
        test=f"mixed model, {one.df_method.replace('_', '-')} t"
        if one.df_method
        else "mixed model",
        method="mixed_dunnett" if one.adjustment == "dunnett" else "mixed_contrast",
        measure="rate",
        kind=KIND,
        group_a=a,
        group_b=b,
        alternative=ask.alternative,
        conf_level=ask.conf_level,
        effect=one.effect,
        low=low,
        high=high,
        conf_open=open_side(low, high) if one.effect is not None else "both",
        statistic=one.statistic,
        df=one.df,
        p_value=p,
        p_adjusted=one.p_adjusted,
        n_a=fit.n_animals.get(a, 0),
        n_b=fit.n_animals.get(b, 0),
        status="ok" if one.status == "ok" else "not_identifiable",
        message="; ".join(said),
    )


def _df_said(one: MixedContrast) -> str:
    return one.df_reason[:1].lower() + one.df_reason[1:].rstrip(".")


def _one_sided(
    one: MixedContrast, alternative: str
) -> tuple[float | None, float | None, float | None]:
    """P and limits for the alternative; the two-sided ones as they are."""
    p = one.p_value
    if alternative == "two-sided" or p is None or one.statistic is None:
        return p, one.conf_low, one.conf_high
    toward = (one.statistic < 0) == (alternative == "less")
    half = p / 2 if toward else 1 - p / 2
    return (half, None, one.conf_high) if alternative == "less" else (half, one.conf_low, None)
