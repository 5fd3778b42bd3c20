"""Associations over models as rows: tau, slope, both without each model, and the verdict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from exportin.inference.association import MIN_TESTED, Association, associate
from exportin.inference.unit_values import to_natural
from exportin.inference.verdicts import ALPHA
from exportin.mechanism.across.models import ModelNumber
from exportin.mechanism.across.settings import AssociateSettings, Result
from exportin.mechanism.across.synthesis_rows import adjusted
from exportin.results.formatting import format_cell, p_text
from exportin.results.phrases import unit_name
from exportin.results.quantities import Quantity

TAU, SLOPE, WITHOUT = "kendall_tau", "theil_sen_slope", "without"
TEST = "Kendall's tau-b"
QUANTITIES = (
    Quantity(
        name=TAU, label="Kendall's tau-b",
        estimand="share of pairs of models that go the same way in both results minus the share "
        "that go opposite ways",
    ),
    Quantity(
        name=SLOPE, label="Slope over models",
        estimand="median change of the second result per unit (or tenfold) of the first",
    ),
)  # fmt: skip
LOGS = ("ln", "log10")
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Two results of the same models, for one matched value; ``said`` is None where hidden."""

    keys: Mapping[str, Any]
    name: str
    x: tuple[ModelNumber, ...]
    y: tuple[ModelNumber, ...]
    alone: tuple[str, ...]  # models that have only one of the two
    said: Association | None


def pair_up(
    keys: Mapping[str, Any],
    name: str,
    sides: tuple[Sequence[ModelNumber], Sequence[ModelNumber]],
    settings: AssociateSettings,
) -> Pairing:
    """Match the models of two results and put one against the other."""
    x, y = ({m.name: m for m in side if m.value is not None} for side in sides)
    both = sorted(set(x) & set(y))
    every = {model.name for side in sides for model in side}
    said = None
    if both:
        said = associate(
            both,
            *_on_axis([x[n] for n in both]),
            *_on_axis([y[n] for n in both]),
            alternative=settings.alternative,
            conf_level=settings.conf_level,
        )
    return Pairing(
        keys=keys, name=name, x=tuple(x[n] for n in both), y=tuple(y[n] for n in both),
        alone=tuple(sorted(every - set(both))), said=said,
    )  # fmt: skip


def axis_scale(models: Sequence[ModelNumber]) -> str:
    """Scale on which a straight line is meant: tenfold steps for what is on logarithms."""
    return "log10" if models and models[0].row["scale"] in LOGS else "linear"


def _on_axis(
    models: Sequence[ModelNumber],
) -> tuple[np.ndarray[Any, np.dtype[np.float64]], np.ndarray[Any, np.dtype[np.int64]]]:
    tenfold = {"ln": 1.0 / np.log(10.0)}
    values = [(m.value or 0.0) * tenfold.get(str(m.row["scale"]), 1.0) for m in models]
    codes = [model.censor for model in models]
    return np.array(values, dtype=np.float64), np.array(codes, dtype=np.int64)


def estimate_rows(pair: Pairing, settings: AssociateSettings, block: str) -> Rows:
    """Rows of Estimates: the numbers of each model, then tau and slope, whole and without each."""
    head = {"block": block, "assay": "associate", **pair.keys}
    rows = [*_sides(pair, settings, head)]
    over = head | {"experimental_unit": settings.unit, "n_units": len(pair.x)}
    tau = over | {"quantity": TAU, "method": "kendall_over_models"}
    slope = over | {"quantity": SLOPE, "method": "theil_sen_over_models",
                    "units": slope_units(pair)}  # fmt: skip
    if pair.said is None:
        status = "too_few" if len(pair.x) < 3 else "not_identifiable"
        return [*rows, tau | {"status": status}]
    rows.append(tau | {"value": pair.said.tau})
    if pair.said.slope is not None:
        rows.append(slope | _slope(pair, settings))
    for name, found, one in pair.said.without:
        left = {WITHOUT: name, "n_units": len(pair.x) - 1}
        rows.append(tau | left | {"value": found, "method": "kendall_over_models+left_out_model"})
        if one is not None and pair.said.slope is not None:
            method = "theil_sen_over_models+left_out_model"
            rows.append(slope | left | {"value": _natural(one, pair), "scale": axis_scale(pair.y),
                                        "method": method})  # fmt: skip
    return rows


def _sides(
    pair: Pairing, settings: AssociateSettings, head: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    kept = ("units", "scale", "value", "conf_low", "conf_high", "conf_open",
            "conf_level", "bound", "n_units", "df", "status", "method")  # fmt: skip
    for axis, asked, models in (("x", settings.x, pair.x), ("y", settings.y, pair.y)):
        for model in models:
            unit = model.row["experimental_unit"] or "animal"
            yield {
                **head, **{name: model.row[name] for name in kept}, "axis": axis,
                "quantity": asked.quantity, "unit_id": model.name, "experimental_unit": unit,
            }  # fmt: skip


def slope_units(pair: Pairing) -> str:
    """Give the unit of the slope; empty for ratios.

    >>> slope_units(Pairing(keys={}, name="", x=(), y=(), alone=(), said=None))
    ''
    """
    if not pair.x or axis_scale(pair.y) == "log10":
        return ""
    y = pair.y[0].row["units"]
    if axis_scale(pair.x) == "log10":
        return f"{y} per tenfold".strip()
    x = pair.x[0].row["units"]
    return f"{y} per {x}".strip() if x else str(y)


def _slope(pair: Pairing, settings: AssociateSettings) -> dict[str, Any]:
    found = None if pair.said is None else pair.said.slope
    if found is None:
        return {}
    low, high = (None if end is None else _natural(end, pair) for end in (found.low, found.high))
    side = {(True, True): "both", (True, False): "low", (False, True): "high"}
    return {
        "value": _natural(found.value, pair), "bound": found.bound, "conf_low": low,
        "conf_high": high, "conf_open": side.get((low is None, high is None), "none"),
        "conf_level": settings.conf_level, "scale": axis_scale(pair.y),
        "status": "ok" if found.bound == "=" else "at_bound",
    }  # fmt: skip


def _natural(slope: float, pair: Pairing) -> float | None:
    return to_natural(slope, axis_scale(pair.y))


def rows_of_tests(pairs: Sequence[Pairing], settings: AssociateSettings, block: str) -> Rows:
    """Rows of Tests, one per matched value; their p values are one family."""
    raw = [None if pair.said is None else pair.said.p_value for pair in pairs]
    p, family = adjusted(raw, settings.adjust)
    y = settings.y.quantity
    about = f"{name_of(settings.y)} with {name_of(settings.x)} over {settings.unit}s"
    rows: Rows = []
    for pair, value in zip(pairs, p, strict=True):
        found = pair.said
        row: dict[str, Any] = {
            "block": block, "assay": "associate", "quantity": y, **pair.keys,
            "group_a": name_of(settings.y), "group_b": name_of(settings.x), "test": TEST,
            "alternative": settings.alternative, "n_a": len(pair.x),
            "method": "kendall_over_models", "effect_kind": "Kendall's tau-b",
            "family": f"{family} ({about})", "p_value": None,
            "p_adjusted": value, "effect": None, "conf_low": None, "conf_high": None,
            "conf_open": "none", "bound": "=", "units": "", "status": "ok",
        }  # fmt: skip
        if found is None:
            row["status"] = "too_few" if len(pair.x) < 3 else "not_identifiable"
        else:
            row |= {"statistic": found.tau, "p_value": found.p_value, **_effect(pair, settings)}
            row |= {"status": "too_few"} if found.p_value is None else {}
        rows.append(row | {"verdict": verdict(pair, row, settings)})
    return rows


def _effect(pair: Pairing, settings: AssociateSettings) -> dict[str, Any]:
    """Give the slope with its interval, or tau where x has bounds, so that there is no slope."""
    found = _slope(pair, settings)
    if not found:
        return {"effect": None if pair.said is None else pair.said.tau}
    per = f"tenfold {settings.x.quantity}" if axis_scale(pair.x) == "log10" else (
        f"unit of {settings.x.quantity}")  # fmt: skip
    ratio = axis_scale(pair.y) == "log10"
    kind = f"ratio of {settings.y.quantity} per {per}" if ratio else f"slope per {per}"
    kept = {name: found[name] for name in found if name not in ("scale", "value")}
    units = pair.y[0].row["units"]
    return {
        **kept, "effect": found["value"], "effect_kind": kind,
        "units": "" if ratio else units, "method": "kendall_over_models+theil_sen_over_models",
    }  # fmt: skip


def name_of(asked: Result) -> str:
    """Name of a result as it stands in tables."""
    against = f" against {asked.versus}" if asked.versus else ""
    return f"{asked.label or asked.quantity}{against}"


def verdict(pair: Pairing, row: Mapping[str, Any], settings: AssociateSettings) -> str:
    """Say whether two results go together, or that so few models cannot tell."""
    n, unit, found = len(pair.x), settings.unit, pair.said
    models = f"{n} {unit}{'' if n == 1 else 's'}"
    left = f"; {', '.join(pair.alone)} left out (not both numbers are known)" if pair.alone else ""
    if found is None:
        why = "the bounds do not tell which lie higher" if n > 2 else f"there are only {models}"
        return f"cannot be told: {why}{left}"
    size = f"tau = {found.tau:.2f}{_slope_words(row)}"
    low, high = found.tau_range
    alone = f"; with one {unit} left out tau {low:.2f} to {high:.2f}" if n > 3 else ""
    end = f"{alone}{left}"
    if found.p_value is None or n < MIN_TESTED:
        least = p_text(found.smallest or 1.0).removeprefix("p = ")
        return f"cannot be told: with {models} no p can be below {least} ({size}){end}"
    p = p_text(found.p_value)
    final = found.p_value if row["p_adjusted"] is None else row["p_adjusted"]
    if final != found.p_value:
        p += f" ({p_text(final, 'Holm').replace(' = ', ' ')})"
    p += ", exact" if found.how == "exact" else ", normal approximation"
    if found.smallest is not None and found.smallest >= ALPHA:
        least = p_text(found.smallest).removeprefix("p = ")
        return f"cannot be told: {size}, {p}, and {models} cannot give less than {least}{end}"
    first = "" if final < ALPHA else "no association shown: "
    return f"{first}{size}, {p}, {models}{end}"


def _slope_words(row: Mapping[str, Any]) -> str:
    kind = row["effect_kind"]
    if row["effect"] is None or " per " not in kind:
        return ""
    bound = {"=": "", ">": "more than ", "<": "less than "}[row["bound"]]
    unit = unit_name(row["units"])
    number = f"{bound}{format_cell(row, 'effect')}{'' if unit in ('', '%') else ' '}{unit}"
    per = kind.partition(" per ")[2]
    ends = [format_cell(row, end) for end in ("conf_low", "conf_high")]
    limits = f" ({ends[0]} to {ends[1]})" if all(ends) else " (interval open)"
    word = "times " if kind.startswith("ratio") else ""
    return f", slope {number} {word}per {per}{limits}"
