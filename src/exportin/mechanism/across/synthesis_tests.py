"""Tests and verdicts over models: the mean, whether models differ, and the sign where needed."""

from collections.abc import Mapping, Sequence
from typing import Any

from scipy import stats

from exportin.inference.synthesis import MIN_MODELS
from exportin.inference.unit_values import to_scale
from exportin.inference.verdicts import ALPHA, difference_units
from exportin.mechanism.across.settings import SynthesisSettings
from exportin.mechanism.across.synthesis_rows import (
    Count,
    Group,
    adjusted,
    count_models,
    limited,
    methods_of,
    share_row,
    threshold_of,
)
from exportin.results.formatting import format_cell, is_ratio, p_text
from exportin.results.phrases import unit_name

MEAN, SIGN, COCHRAN = "Hartung-Knapp t", "sign test", "Cochran's Q"
MEAN_EQUAL = "t of equal weights"
Rows = list[dict[str, Any]]


def rows_of_tests(groups: Sequence[Group], settings: SynthesisSettings, block: str) -> Rows:
    """Rows of Tests of all groups; the p values of the means are one family."""
    means = [_effect(group, settings) for group in groups]
    raw = [None if row is None else row["p_value"] for row in means]
    p, family = adjusted(raw, settings.adjust)
    about = f"{settings.quantity} over {settings.unit}s"
    rows: Rows = []
    for group, row, value in zip(groups, means, p, strict=True):
        head = {"block": block, "assay": "synthesis", "quantity": settings.quantity, **group.keys}
        if row is not None:
            found = head | row | {"p_adjusted": value, "family": f"{family} ({about})"}
            rows.append(found | {"verdict": _verdict(group, found, settings)})
        if group.said is not None and group.said.differ is not None:
            rows.append(head | _differ(group, settings, about))
    return rows


def _effect(group: Group, settings: SynthesisSettings) -> dict[str, Any] | None:
    """Test of the mean against no effect; by signs where there is no mean; None if not asked."""
    null = threshold_of(settings, group.scale)
    if null is None:
        return None
    if group.said is None:
        return _signs(group, settings, null)
    on_scale = to_scale(null, group.scale)
    if on_scale is None:
        return None
    mean = group.said.mean
    t, p = group.said.t_test(on_scale) if mean.std_error > 0.0 else (None, None)
    name = MEAN_EQUAL if settings.weights == "equal" else MEAN
    shown = _shown(group, settings)
    return {
        "group_a": group.name, "group_b": settings.versus or None,
        "test": f"{name} against {null:g}" + ("" if group.scale == "linear" else
                                              f" on {group.scale}"),
        "statistic": t, "df": mean.df, "p_value": p, **shown,
        "effect_kind": _kind(group, settings), "n_a": group.said.models,
        "units": "" if is_ratio(_kind(group, settings)) else group.units,
        "status": "ok" if p is not None else "not_identifiable",
        "method": methods_of(group, settings),
    }  # fmt: skip


def _shown(group: Group, settings: SynthesisSettings) -> dict[str, Any]:
    """Effect and limits of the mean, natural scale."""
    if group.said is None:
        return {}
    found = limited(group.said.mean, group.scale, settings)
    return {"effect": found.pop("value"), **found}


def _kind(group: Group, settings: SynthesisSettings) -> str:
    if settings.versus:
        return str(group.models[0].row["_kind"])
    mean = "mean" if group.scale == "linear" else "geometric mean"
    return f"{mean} of {settings.quantity}"


def _signs(group: Group, settings: SynthesisSettings, null: float) -> dict[str, Any]:
    """Count the models on the side of a response; p of the sign test where all are told."""
    blank = {"group_a": group.name, "group_b": settings.versus or None, "test": SIGN,
             "effect_kind": "share of models", "method": "sign_over_models+exact_binomial",
             "n_a": len(group.models), "p_value": None, "effect": None}  # fmt: skip
    if not settings.responds or not any(model.told for model in group.models):
        few = len(group.models) < MIN_MODELS
        return blank | {"status": "too_few" if few else "not_identifiable"}
    found = count_models(group, settings, whole=False)
    share = share_row(found, settings.conf_level)
    low, high = (share[end] / 100.0 for end in ("conf_low", "conf_high"))
    row = blank | {
        "effect": found.count / found.models, "bound": share["bound"], "conf_low": low,
        "conf_high": high, "conf_level": settings.conf_level, "statistic": float(found.count),
        "n_a": found.models, "effect_kind": f"share of models {settings.responds} {null:g}",
    }  # fmt: skip
    if found.unclear:
        return row | {"status": "not_identifiable"}
    return row | {"p_value": float(stats.binomtest(found.count, found.models).pvalue)}


def _differ(group: Group, settings: SynthesisSettings, about: str) -> dict[str, Any]:
    if group.said is None or group.said.differ is None:
        raise ValueError("no heterogeneity without precision weights")
    found = group.said.differ
    row: dict[str, Any] = {
        "group_a": group.name, "group_b": None, "test": COCHRAN, "statistic": found.q,
        "df": found.df, "p_value": found.p_value, "effect": found.i2,
        "effect_kind": "I2 between models", "conf_low": found.i2_low, "conf_high": found.i2_high,
        "conf_level": settings.conf_level, "n_a": group.said.models,
        "method": "cochran_q+q_profile", "family": f"not adjusted (differences of {about})",
    }  # fmt: skip
    p = p_text(found.p_value)
    share = f"I2 {100 * found.i2:.0f}% ({100 * found.i2_low:.0f} to {100 * found.i2_high:.0f}%)"
    agree = f"no difference between {settings.unit}s shown"
    said = f"{settings.unit}s differ" if found.p_value < ALPHA else agree
    return row | {"verdict": f"{said}: {share}, Q = {found.q:.3g}, {p}"}


def _verdict(group: Group, row: Mapping[str, Any], settings: SynthesisSettings) -> str:
    shown = {"bound": "=", "conf_low": None, "conf_high": None, "conf_open": "none",
             "effect": None, "p_value": None, **row}  # fmt: skip
    if group.said is None:
        return _not_combined(group, shown, settings)
    ratio = is_ratio(shown["effect_kind"])
    number = format_cell(shown, "effect")
    unit = "" if ratio else f" {difference_units(shown['units'])}".rstrip()
    own = "%" if shown["units"] == "%" else f" {unit_name(shown['units'])}".rstrip()
    what = f"{group.name}: mean {number}{own}"
    if settings.versus:
        against = f"{group.name} {number} times {settings.versus}"
        what = against if ratio else f"{group.name} minus {settings.versus}: {number}{unit}"
    limits = f"{format_cell(shown, 'conf_low')} to {format_cell(shown, 'conf_high')}"
    if row["p_value"] is None:
        return f"not estimable: all {settings.unit}s have the same number ({what})"
    p = p_text(row["p_value"])
    if row["p_adjusted"] is not None and row["p_adjusted"] != row["p_value"]:
        p += f" ({p_text(row['p_adjusted'], 'Holm').replace(' = ', ' ')})"
    final = row["p_value"] if row["p_adjusted"] is None else row["p_adjusted"]
    first = "" if final < ALPHA else "no effect shown over models: "
    said = f"{first}{what} ({limits}), {p}, {group.said.models} {settings.unit}s"
    return f"{said}; {_further(group, shown, settings)}{_left(group)}"


def _further(group: Group, shown: Mapping[str, Any], settings: SynthesisSettings) -> str:
    if group.said is None or group.said.new_model is None:
        return f"for a further {settings.unit} two cannot tell"
    found = limited(group.said.new_model, group.scale, settings)
    row = {**shown, "effect": found["value"], "conf_low": found["conf_low"],
           "conf_high": found["conf_high"]}  # fmt: skip
    ends = [format_cell(row, end) for end in ("conf_low", "conf_high")]
    return f"a further {settings.unit} would lie between {ends[0]} and {ends[1]}"


def _not_combined(group: Group, row: Mapping[str, Any], settings: SynthesisSettings) -> str:
    why = reason(group, settings.unit)
    if row["effect"] is None:
        remedy = (
            ""
            if settings.responds
            else ('; with responds = "above" or "below" the models on one side would be counted')
        )
        return f"not estimable: {why}{remedy}"
    found = Count(int(row["statistic"]), row["n_a"], 0)
    limits = f"{100 * row['conf_low']:.0f} to {100 * row['conf_high']:.0f}%"
    said = f"{why}; {found.count} of {found.models} {settings.unit}s "
    said += f"{row['effect_kind'].removeprefix('share of models ')} (exact limits {limits})"
    if row["p_value"] is None:
        return f"{said}, of the others the bounds do not tell"
    least = 2.0 * 0.5**found.models
    said += f", {p_text(row['p_value'])} by the sign test"
    if least >= ALPHA:
        said += f", which cannot go below {p_text(least).removeprefix('p = ')} with "
        said += f"{found.models} {settings.unit}s: it cannot be told"
    return said + _left(group)


def reason(group: Group, unit: str) -> str:
    """Say why the numbers of models cannot be averaged.

    >>> reason(Group(keys={}, name="x", models=(), said=None), "model")
    'there are fewer than two models with a number'
    """
    parts = {
        "known only as a bound, or open on one side": group.bounds,
        "without a closed limit": group.unlimited,
        "without a response": group.flat,
        "without a standard error between animals or experiments": group.without_error,
    }
    said = [f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} {what}"
            for what, names in parts.items() if names]  # fmt: skip
    if not said or len(group.models) - len(group.without_number) < MIN_MODELS:
        return f"there are fewer than two {unit}s with a number"
    return f"{' and '.join(said)}, so that no mean can be given"


def _left(group: Group) -> str:
    names = group.without_number
    return f"; {', '.join(names)} without a number left out" if names else ""
