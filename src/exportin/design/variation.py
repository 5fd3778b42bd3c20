"""How animals differ: from a finished study, from a table of visits, or from the built-in table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exportin.design.animals import NAMES
from exportin.inference.mixed_growth import GrowthFit, fit_growth
from exportin.inference.mixed_slopes import arm_slopes
from exportin.knowledge.growth_variation import LEVELS, growth_variation
from exportin.tables.cells import read_sheets
from exportin.tables.headed import number_columns, read_headed
from exportin.tables.names import clean
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, nearest, problem_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Growth of the control, SDs of ln volume (with their df), and where they come from."""

    source: str
    growth_rate: float
    start_sd: float
    rate_sd: float
    visit_sd: float
    start_mm3: float | None = None
    df: int | None = None


def built_in(name: str) -> Spread:
    """Return ``kulgap-lower``, ``kulgap-median`` or ``kulgap-upper``.

    >>> built_in("kulgap-median").rate_sd
    0.0117
    """
    known = {f"kulgap-{level}": level for level in LEVELS}
    if name not in known:
        message = f"'{name}' is unknown."
        raise InputError(
            problem_at("--variation", "", message, nearest(name, known), "no-variation")
        )
    found = growth_variation(known[name])
    words = {"lower": "lower quartile", "median": "median", "upper": "upper quartile"}
    return Spread(
        source=f"{words[known[name]]} of the controls of {found.models} PDX models "
        f"({found.animals} mice, KuLGaP set)",
        growth_rate=found.growth_rate, start_sd=found.start_sd, rate_sd=found.rate_sd,
        visit_sd=found.visit_sd,
    )  # fmt: skip


def from_before(path: Path, *, control: str = "", model: str = "") -> Spread:
    """Take growth and SDs from a study folder, or from a table of visits.

    Raises
    ------
    InputError
        If there is no tumor growth in it, several models and none named, or the animals and
        visits are too few to tell how animals differ.
    """
    return _study(path, model) if path.is_dir() else _table(path, control)


def _study(folder: Path, wanted: str) -> Spread:
    """Fit the growth model of the study again and read its variances."""
    from exportin.assays.tumor_growth.growth_models import fit_model
    from exportin.design.study_models import study_models

    found: dict[str, tuple[GrowthFit, str]] = {}
    for one in study_models(folder):
        fit = fit_model(one.used.frame, one.seen, one.settings, one.context)
        found[one.name] = fit, one.settings.control
    if not found:
        message = "there is no tumor growth in this study."
        raise InputError(problem_at(str(folder), "", message, "Name another study.", "no-growth"))
    if not wanted and len(found) > 1:
        message = f"the study has {len(found)} models: {', '.join(found)}."
        raise InputError(problem_at(str(folder), "", message, "Write --model NAME.", "no-model"))
    wanted = wanted or next(iter(found))
    if wanted not in found:
        message = f"there is no model '{wanted}'."
        raise InputError(problem_at("--model", "", message, nearest(wanted, found), "no-model"))
    fit, control = found[wanted]
    return spread_of(fit, control, f"{folder}, {wanted}")


def _table(path: Path, control: str) -> Spread:
    """Fit a table with columns animal, arm, day and volume_mm3 (one arm if there is no such)."""
    source = Source(name=path.name, data=path.read_bytes())
    sheet = read_sheets(source).sheets[0]
    if sheet.problems:
        raise InputError(sheet.problems)
    table = read_headed(sheet, source.name, 0, ragged=True)
    name, day, volume = table.need(*NAMES), table.need("day"), table.need("volume_mm3")
    arm = table.find("arm", "group", "treatment")
    numbers, _ = number_columns(table, [day, volume], "")
    days, volumes = numbers[day].values, numbers[volume].values
    keep = [i for i, (d, v) in enumerate(zip(days, volumes, strict=True)) if d is not None and v]
    problems = [
        problem_at(source.name, table.place(i, volume), f"{volumes[i]:g} is below zero.",
                   "Write the volume.", "negative-volume")
        for i in keep if (volumes[i] or 0.0) < 0.0
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    if not keep:
        message = "no row has a day and a volume above zero."
        raise InputError(problem_at(source.name, "", message, "Write them.", "no-growth"))
    animals = [clean(text) for text in table.texts(name)]
    arms = [clean(text) or "all" for text in table.texts(arm)] if arm is not None else []
    labels = [arms[i] for i in keep] if arms else ["all"] * len(keep)
    start = _control(source.name, control, labels)
    fit = fit_growth(
        np.log(np.array([volumes[i] for i in keep], dtype=float)),
        np.array([days[i] for i in keep], dtype=float),
        [animals[i] for i in keep], labels, control=start,
        baseline_day=min(days[i] or 0.0 for i in keep),
    )  # fmt: skip
    return spread_of(fit, start, source.name)


def _control(file: str, control: str, labels: Sequence[str]) -> str:
    known = sorted(set(labels))
    if control in known:
        return control
    if len(known) > 1:
        message = f"there is no arm '{control}'; there are {', '.join(known)}."
        remedy = "Name the control first in --arms, as it stands in the table."
        raise InputError(problem_at(file, "", message, remedy, "no-control"))
    return known[0]


def spread_of(fit: GrowthFit, control: str, source: str) -> Spread:
    """Read the SDs of a fitted growth model and the growth of its control.

    Raises
    ------
    InputError
        If the model has no variance of slopes, or the control does not grow.
    """
    estimate = fit.fit.estimate
    g = estimate.random_covariance
    if not estimate.usable or g.shape[0] < 2:
        message = "too few animals and visits to tell how growth rates differ between animals."
        remedy = "Take a larger study, or --variation kulgap-median."
        raise InputError(problem_at(source, "", message, remedy, "no-spread"))
    slopes = {one.arm: one.slope for one in arm_slopes(fit) if one.phase == fit.design.phases[0]}
    rate = slopes.get(control)
    if rate is None or rate <= 0.0:
        message = f"the control '{control}' does not grow in it."
        raise InputError(problem_at(source, "", message, "Take another study.", "no-growth"))
    row = fit.design.mean_row(control, fit.design.baseline_day)
    animals = sum(fit.n_animals.values())
    return Spread(
        source=f"{source} ({animals} animals)",
        growth_rate=rate,
        start_sd=float(np.sqrt(g[0, 0])),
        rate_sd=float(np.sqrt(g[1, 1])),
        visit_sd=float(np.sqrt(estimate.residual_variances.mean())),
        start_mm3=math.exp(float(row @ estimate.coefficients)),
        df=animals - len(fit.arms),
    )
