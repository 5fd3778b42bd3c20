"""Synthesis over models as rows: the mean, a further model, how models differ, who responds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from exportin.inference.p_adjust import adjust
from exportin.inference.pooling import LEFT_OUT
from exportin.inference.proportion import exact_proportion
from exportin.inference.synthesis import (
    MIN_MODELS,
    Limits,
    Range,
    Synthesis,
    synthesize,
    synthesize_equally,
)
from exportin.inference.unit_values import to_natural
from exportin.mechanism.across.models import ModelNumber
from exportin.mechanism.across.settings import SynthesisSettings
from exportin.results.quantities import Quantity

NEW_MODEL, TAU2, I2 = "new_model", "tau2", "i2"
RESPONDING, BEYOND = "models_responding", "models_on_that_side"
QUANTITIES = (
    Quantity(
        name=NEW_MODEL, label="A further model",
        estimand="number that a further model, of the kind of those studied, would have "
        "(its interval is the prediction interval)",
    ),
    Quantity(
        name=TAU2, label="Variance between models (tau2)",
        estimand="variance of the true numbers of models, on the scale on which they were combined",
    ),
    Quantity(
        name=I2, label="I2",
        estimand="part of the variation between models that is not chance",
    ),
    Quantity(
        name=RESPONDING, label="Models responding",
        estimand="share of models that respond, among models of the kind of those studied",
    ),
    Quantity(
        name=BEYOND, label="Models on that side",
        estimand="share of models whose estimate lies on the side of a response, among models of "
        "the kind of those studied",
    ),
)  # fmt: skip
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The models of one value of ``between``, and what they say together (None: they cannot)."""

    keys: Mapping[str, Any]
    name: str
    models: tuple[ModelNumber, ...]
    said: Synthesis | None

    @property
    def scale(self) -> str:
        """Scale on which they were combined."""
        return str(self.models[0].row["scale"])

    @property
    def units(self) -> str:
        """Unit of their numbers."""
        return str(next((m.row["units"] for m in self.models if m.value is not None), ""))

    @property
    def without_number(self) -> list[str]:
        """Models that say nothing."""
        return [model.name for model in self.models if not model.told]

    @property
    def unlimited(self) -> list[str]:
        """Models whose interval is open on both sides: their number says little."""
        return [model.name for model in self.models if model.told and model.value is None]

    @property
    def bounds(self) -> list[str]:
        """Models of which only a bound is known."""
        return [m.name for m in self.models if m.value is not None and m.censor]

    @property
    def flat(self) -> list[str]:
        """Models without a dose response: no number, and yet not unknown."""
        return [m.name for m in self.models
                if m.value is None and m.row["status"] == "no_response"]  # fmt: skip

    @property
    def without_error(self) -> list[str]:
        """Models whose number has no standard error between animals or experiments."""
        return [m.name for m in self.models
                if m.value is not None and not m.censor and m.std_error is None]  # fmt: skip


def combine(
    keys: Mapping[str, Any], name: str, models: Sequence[ModelNumber], settings: SynthesisSettings
) -> Group:
    """Combine the models of one group, or leave it where bounds or missing errors forbid it."""
    group = Group(keys=keys, name=name, models=tuple(models), said=None)
    told = [model for model in models if model.value is not None]
    equal = settings.weights == "equal"
    forbidden = [*group.bounds, *group.unlimited, *group.flat]
    forbidden += [] if equal else group.without_error
    if len(told) < MIN_MODELS or forbidden:
        return group
    values = np.array([model.value for model in told], dtype=np.float64)
    if equal:
        said = synthesize_equally(values, conf_level=settings.conf_level)
    else:
        errors = np.array([model.std_error for model in told], dtype=np.float64)
        said = synthesize(
            values, errors, tau2=settings.tau2, guarded=settings.interval == "guarded",
            conf_level=settings.conf_level,
        )  # fmt: skip
    return Group(keys=keys, name=name, models=tuple(models), said=said)


def methods_of(group: Group, settings: SynthesisSettings) -> str:
    """Names of the methods behind the mean."""
    if settings.weights == "equal":
        left = f"+{LEFT_OUT}" if group.without_number and group.said else ""
        return f"synthesis_equal{left}"
    names = ["synthesis_reml" if settings.tau2 == "reml" else "synthesis_paule_mandel"]
    names.append("synthesis_hksj_guarded" if settings.interval == "guarded" else "synthesis_hksj")
    names += ["se_from_interval"] if any(m.from_interval for m in group.models) else []
    return "+".join([*names, *([LEFT_OUT] if group.without_number and group.said else [])])


def estimate_rows(group: Group, settings: SynthesisSettings, block: str) -> Rows:
    """Rows of Estimates of one group: each model as it was, then what is said over them."""
    head = {"block": block, "assay": "synthesis", **group.keys}
    rows = [_model_row(model, head) for model in group.models]
    over = head | {"experimental_unit": settings.unit, "n_units": _told(group)}
    over |= {"method": methods_of(group, settings)}
    rows.append(over | {"quantity": settings.quantity} | _mean(group, settings))
    new = {"quantity": NEW_MODEL, "method": _prediction(settings)}
    rows.append(over | new | _new(group, settings))
    if settings.weights == "precision":
        rows += [over | row for row in _differ(group, settings)]
    if settings.responds:
        rows += [over | row for row in _shares(group, settings)]
    return rows


def _told(group: Group) -> int:
    return len(group.models) - len(group.without_number)


def _model_row(model: ModelNumber, head: Mapping[str, Any]) -> dict[str, Any]:
    """Repeat a model's own number, so that the synthesis shows what it rests on."""
    kept = ("quantity", "units", "scale", "value", "std_error", "conf_low", "conf_high",
            "conf_open", "conf_level", "bound", "n_units", "df", "status")  # fmt: skip
    row = {name: model.row[name] for name in kept}
    unit = model.row["experimental_unit"] or "animal"
    return {**head, **row, "std_error": model.std_error, "unit_id": model.name,
            "experimental_unit": unit, "method": model.row["method"]}  # fmt: skip


def _mean(group: Group, settings: SynthesisSettings) -> dict[str, Any]:
    blank = {"units": group.units, "scale": group.scale}
    if group.said is None:
        few = _told(group) < MIN_MODELS
        return blank | {"status": "too_few" if few else "not_identifiable"}
    return blank | limited(group.said.mean, group.scale, settings) | {
        "std_error": group.said.mean.std_error, "df": group.said.mean.df,
    }  # fmt: skip


def limited(found: Limits | Range, scale: str, settings: SynthesisSettings) -> dict[str, Any]:
    """Give a number with its limits on the natural scale, as columns of a row."""
    low, high = to_natural(found.low, scale), to_natural(found.high, scale)
    side = {(True, True): "both", (True, False): "low", (False, True): "high"}
    return {
        "value": to_natural(found.value, scale), "conf_low": low, "conf_high": high,
        "conf_open": side.get((low is None, high is None), "none"),
        "conf_level": settings.conf_level, "interval_level": "between",
    }  # fmt: skip


def _prediction(settings: SynthesisSettings) -> str:
    return "prediction_equal" if settings.weights == "equal" else "prediction_confidence"


def _new(group: Group, settings: SynthesisSettings) -> dict[str, Any]:
    blank = {"units": group.units, "scale": group.scale}
    if group.said is None or group.said.new_model is None:
        return blank | {"status": "not_identifiable"}
    # its interval is of one model, and no interval of a mean between models
    return blank | limited(group.said.new_model, group.scale, settings) | {"interval_level": None}


def _differ(group: Group, settings: SynthesisSettings) -> Rows:
    unit = f"({group.units})" if " " in group.units else group.units
    squared = f"{unit}²" if unit and group.scale == "linear" else ""
    tau2 = {"quantity": TAU2, "units": squared, "method": "q_profile"}
    i2 = {"quantity": I2, "units": "%", "method": "q_profile"}
    found = None if group.said is None else group.said.differ
    if found is None:
        return [row | {"status": "not_identifiable"} for row in (tau2, i2)]
    level = {"conf_level": settings.conf_level}
    return [
        tau2 | level | {"value": found.tau2, "conf_low": found.tau2_low,
                        "conf_high": found.tau2_high},
        i2 | level | {"value": 100 * found.i2, "conf_low": 100 * found.i2_low,
                      "conf_high": 100 * found.i2_high},
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many models, and of how many it is not told."""

    count: int
    models: int
    unclear: int


def threshold_of(settings: SynthesisSettings, scale: str) -> float | None:
    """Give the number that means no effect, or the user's own; None where nobody says."""
    if settings.threshold is not None:
        return settings.threshold
    if not settings.versus:
        return None
    return 1.0 if scale in ("ln", "log10") else 0.0


def count_models(group: Group, settings: SynthesisSettings, *, whole: bool) -> Count:
    """Count models on the side of a response; ``whole``: by their intervals."""
    at = threshold_of(settings, group.scale)
    if at is None or not settings.responds:
        raise ValueError("no side or threshold of a response")
    models = [model for model in group.models if model.told]
    sides = [model.side(at, whole=whole) for model in models]
    unclear = sum(model.unclear(at, settings.responds, whole=whole) for model in models)
    return Count(sides.count(settings.responds), len(models), unclear)


def _shares(group: Group, settings: SynthesisSettings) -> Rows:
    rows = []
    by = settings.judged_by
    for quantity, whole in ((RESPONDING, by == "interval"), (BEYOND, False)):
        found = count_models(group, settings, whole=whole)
        how = "models_by_interval" if whole else "models_by_value"
        what = {"quantity": quantity, "units": "%", "method": f"{how}+exact_binomial"}
        rows.append(what | share_row(found, settings.conf_level))
    return rows


def share_row(found: Count, conf_level: float) -> dict[str, Any]:
    """Share of models in percent with exact limits; unclear ones may go either way."""
    if not found.models:
        return {"status": "too_few"}
    low = exact_proportion(found.count, found.models, conf_level).low
    high = exact_proportion(found.count + found.unclear, found.models, conf_level).high
    return {
        "value": 100.0 * found.count / found.models, "bound": ">" if found.unclear else "=",
        "conf_low": 100.0 * low, "conf_high": 100.0 * high, "conf_level": conf_level,
    }  # fmt: skip


def adjusted(p_values: Sequence[float | None], how: str) -> tuple[list[float | None], str]:
    """Adjust over the groups of one synthesis; with the words of the family."""
    tested = sum(p is not None for p in p_values)
    if how == "none":
        return [None] * len(p_values), "not adjusted"
    p = list(adjust(list(p_values), "holm"))
    return p, f"Holm over {tested} tests" if tested > 1 else "one test" if tested else "no test"
