"""How each tumor responded: mRECIST, PPTP category, time to doubling; shares of responders."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.unit_rows import (
    Array,
    Marks,
    Row,
    Share,
    about,
    arms,
    column,
    numbers,
    share_rows,
    unit_row,
)
from exportin.assays.tumor_growth.visits import Visits
from exportin.contract.assay import Context
from exportin.kernels.response_rules import (
    CATEGORIES,
    PPTP_EVENT_FOLD,
    PPTP_MEASURABLE_MM3,
    PPTP_SCORES,
    Best,
    Changes,
    Names,
    best_response,
    changes,
    mrecist,
    pptp,
    timing,
)
from exportin.kernels.survival_crossing import Crossings, crossings
from exportin.kernels.survival_km import kaplan_meier, median
from exportin.results.quantities import Quantity

DOUBLE = 2.0

QUANTITIES = (
    Quantity(
        name="best_response",
        label="Best response",
        estimand="smallest percent change of the tumor volume from its baseline among the visits "
        "that count by the rule named in the method",
        direction="lower is more effective",
    ),
    Quantity(
        name="best_average_response",
        label="Best average response",
        estimand="smallest running mean of the percent changes from the baseline to a visit, among "
        "the visits that count by the rule named in the method",
        direction="lower is more effective",
    ),
    Quantity(
        name="pptp_response",
        label="PPTP response score",
        estimand="category of the Pediatric Preclinical Testing Program as a score: PD1 0, PD2 2, "
        "SD 4, PR 6, CR 8, MCR 10 (an order, not a measure)",
        direction="higher is more effective",
    ),
    Quantity(
        name="time_to_doubling",
        label="Time to doubling",
        estimand="days from the first dose until the tumor volume is twice its baseline, read off "
        "between visits on logarithms",
        direction="higher is more effective",
    ),
    Quantity(
        name="response_rate",
        label="Response rate (mRECIST CR + PR)",
        estimand="percent of the animals judged with a complete or partial response",
        direction="higher is more effective",
    ),
    Quantity(
        name="disease_control_rate",
        label="Disease control rate (mRECIST CR + PR + SD)",
        estimand="percent of the animals judged with a response or stable disease",
        direction="higher is more effective",
    ),
    Quantity(
        name="responders",
        label="Animals by mRECIST category",
        estimand="number of animals of the arm in the category",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """What is known of the animals of ``animals``, in their order.

    ``why`` is empty for animals judged by mRECIST and else the method name that says why not.
    """

    animals: pl.DataFrame
    found: Changes
    best: Best
    category: Names
    why: Names
    rows: NDArray[np.int64]


def response_rows(seen: Visits, settings: TumorGrowthSettings, context: Context) -> list[Row]:
    """Rows of Estimates: responses of every animal, and shares of responders of every arm.

    Parameters
    ----------
    seen
        Visits of one model or of a whole block.
    settings
        ``response_rule``, ``response_start_day`` and ``control``.
    context
        What the study file says.

    Returns
    -------
    list of rows
        Animals: ``best_response``, ``best_average_response`` (keys ``day``, ``verdict``),
        ``pptp_response`` (key ``verdict``), ``time_to_doubling``. Arms: ``response_rate``,
        ``disease_control_rate``, ``responders`` (key ``verdict``). Animals that cannot be judged
        have a row without a value whose method says why.
    """
    if seen.animals.is_empty():
        return []
    judged = responses(seen, settings)
    base = about(judged.animals, context)
    rule = f"mrecist_{settings.response_rule}"
    return [
        *_mrecist_rows(judged, base, rule),
        *_pptp_rows(judged, base, seen, settings),
        *_doubling_rows(judged, base, seen),
        *_arm_rows(judged, context, rule),
    ]


def responses(seen: Visits, settings: TumorGrowthSettings) -> Responses:
    """Return changes, best responses and mRECIST category of every animal, also for figures."""
    animals = seen.animals.sort("model", "arm", "animal")
    table = _numbered(seen)
    number = table.get_column("number").to_numpy()
    found = changes(
        number, column(table, "day"), column(table, "volume_mm3"), animals=animals.height
    )
    best = best_response(found, timing(settings.response_rule, settings.response_start_day))
    category = mrecist(best.response, best.average)
    used = (~np.isnan(found.day)).sum(axis=1)
    volumes = np.bincount(number, minlength=animals.height)
    why = np.full(animals.height, "response_no_late_visit", dtype="<U24")
    why[np.isnan(found.baseline)] = "response_no_baseline"
    why[(volumes == 0) & (column(animals, "n_flagged") > 0)] = "response_all_flagged"
    why[category != ""] = ""
    return Responses(animals=animals, found=found, best=best, category=category, why=why, rows=used)


def _numbered(seen: Visits) -> pl.DataFrame:
    """Volumes with the place of their animal."""
    animals = seen.animals.sort("model", "arm", "animal")
    return seen.once("numbered", lambda: numbers(animals, seen.volumes))


def times_to_fold(seen: Visits, found: Changes, fold: float) -> Crossings:
    """When each tumor reached a multiple of its own baseline, in the order of the animals.

    Animals without a baseline have no visit here.
    """
    table = _numbered(seen)
    number = table.get_column("number").to_numpy()
    day = column(table, "day")
    kept = day >= found.baseline_day[number]  # False where there is no baseline
    counts = np.bincount(number[kept], minlength=found.baseline.size)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    threshold = np.where(np.isnan(found.baseline), 1.0, fold * found.baseline)
    return crossings(day[kept], column(table, "volume_mm3")[kept], offsets, threshold)


def control_delays(
    judged: Responses, events: Crossings, control: str
) -> tuple[Array, NDArray[np.bool_]]:
    """Time to the event over the median time of the model's control arm, and who has no median.

    NaN for controls, and where no median is known; the median is that of Kaplan and Meier.
    """
    delay = np.full(judged.why.size, np.nan)
    unknown = np.zeros(judged.why.size, dtype=bool)
    followed = judged.found.followed
    places: dict[str, dict[str, NDArray[np.int64]]] = {}
    for model, arm, at, _, _ in arms(judged.animals):
        places.setdefault(model, {})[arm] = at
    for by_arm in places.values():
        middle = _median(events, followed, by_arm.get(control))
        for arm, at in by_arm.items():
            if arm != control:
                unknown[at] = np.isnan(middle)
                delay[at] = events.interpolated[at] / middle
    return delay, unknown


def _median(events: Crossings, followed: Marks, at: NDArray[np.int64] | None) -> float:
    if at is None:
        return float("nan")
    at = at[events.known[at] & followed[at]]
    if not at.size:
        return float("nan")
    found = median(kaplan_meier(events.interpolated[at], events.event[at]))
    return found.value if found.bound == "=" and found.value > 0 else float("nan")


def _mrecist_rows(judged: Responses, base: list[Row], rule: str) -> list[Row]:
    out = []
    best = judged.best
    pairs = (
        ("best_response", best.response, best.response_day),
        ("best_average_response", best.average, best.average_day),
    )
    for i, row in enumerate(base):
        why = str(judged.why[i])
        for quantity, values, days in pairs:
            out.append(
                unit_row(
                    row,
                    quantity,
                    values[i],
                    units="%",
                    day=days[i],
                    verdict=str(judged.category[i]) or None,
                    n_rows=int(judged.rows[i]),
                    method=f"{rule}+{why}" if why else rule,
                    status="all_flagged" if why == "response_all_flagged" else "ok",
                )
            )
    return out


def _pptp_rows(
    judged: Responses, base: list[Row], seen: Visits, settings: TumorGrowthSettings
) -> list[Row]:
    events = times_to_fold(seen, judged.found, PPTP_EVENT_FOLD)
    delay, unknown = control_delays(judged, events, settings.control)
    category = pptp(judged.found, delay, events.event)
    controls = (judged.animals.get_column("arm") == settings.control).to_list()
    out = []
    for i, row in enumerate(base):
        name = str(category[i])
        score = float(PPTP_SCORES.get(name, np.nan))
        why = ""
        if name == "":
            why = _why_not_pptp(judged, i)
        elif name == "PD" and controls[i]:
            score = float(PPTP_SCORES["PD1"])  # a control is not delayed against itself
        elif name == "PD":
            why = "pptp_no_control_median" if unknown[i] else "pptp_left_early"
        out.append(
            unit_row(
                row,
                "pptp_response",
                score,
                verdict=name or None,
                n_rows=int(judged.rows[i]),
                method=f"pptp_response+{why}" if why else "pptp_response",
                status=_status_of(name, why),
            )
        )
    return out


def _why_not_pptp(judged: Responses, i: int) -> str:
    if judged.why[i] in ("response_no_baseline", "response_all_flagged"):
        return str(judged.why[i])
    small = judged.found.baseline[i] < PPTP_MEASURABLE_MM3
    return "pptp_small_baseline" if small else "response_no_visit"


def _status_of(name: str, why: str) -> str:
    if why == "response_all_flagged":
        return "all_flagged"
    return "not_identifiable" if name == "PD" and why else "ok"


def _doubling_rows(judged: Responses, base: list[Row], seen: Visits) -> list[Row]:
    doubled = times_to_fold(seen, judged.found, DOUBLE)
    after = judged.found.followed
    out = []
    for i, row in enumerate(base):
        seen_later = after[i] and doubled.interpolated[i] > 0  # not before the first dose
        value = doubled.interpolated[i] if seen_later else np.nan
        known = not np.isnan(value)
        event = bool(doubled.event[i])
        method = "time_to_doubling"
        if not known:
            why = str(judged.why[i])
            method += f"+{why}" if why.endswith(("baseline", "flagged")) else "+response_no_visit"
        out.append(
            unit_row(
                row,
                "time_to_doubling",
                value,
                units="d",
                n_rows=int(judged.rows[i]),
                bound="=" if event or not known else ">",
                status="all_flagged"
                if method.endswith("all_flagged")
                else "ok"
                if event or not known
                else "at_bound",
                method=method,
            )
        )
    return out


def _arm_rows(judged: Responses, context: Context, rule: str) -> list[Row]:
    known: Marks = judged.category != ""
    responded = np.isin(judged.category, ("CR", "PR"))
    shares: tuple[Share, ...] = (
        ("response_rate", responded, {}),
        ("disease_control_rate", responded | (judged.category == "SD"), {}),
    )
    rows = share_rows(judged.animals, known, shares, rows=judged.rows, context=context, method=rule)
    for model, arm, at, flagged, _ in arms(judged.animals):
        n = int(known[at].sum())
        for name in CATEGORIES:
            rows.append(
                {
                    "block": context.block,
                    "assay": "tumor_growth",
                    "model": model,
                    "arm": arm,
                    "experimental_unit": context.experimental_unit,
                    "quantity": "responders",
                    "verdict": name,
                    "value": float((judged.category[at] == name).sum()) if n else None,
                    "n_units": n,
                    "n_flagged": flagged,
                    "method": rule,
                    "n_rows": int(judged.rows[at][known[at]].sum()),
                    "status": "ok" if n else "too_few",
                }
            )
    return rows
