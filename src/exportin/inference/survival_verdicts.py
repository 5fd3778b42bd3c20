"""Sentences for comparisons of times, as a pharmacologist would say them."""

from collections.abc import Mapping
from typing import Any

from exportin.inference.survival_delay import GrowthDelay
from exportin.inference.verdicts import ALPHA
from exportin.results.formatting import format_cell, p_text, plain
from exportin.results.phrases import interval_parts, unit_name

SMALL = 5
"""Below this size the interval of a growth delay covers less than it says."""


def hazard_verdict(row: Mapping[str, Any], adjust: str) -> str:
    """Say what a comparison of times found.

    Parameters
    ----------
    row : mapping
        Columns of Tests, and `_unit` (what is independent), `_events` (per group), `_found` (the
        log-rank result or None).
    adjust : str
        Name of the adjustment, empty for none.

    Examples
    --------
    >>> row = {"group_a": "drug", "group_b": "vehicle", "effect": 0.21, "bound": "=",
    ...        "conf_low": 0.05, "conf_high": 0.76, "conf_open": "none", "p_value": 0.012,
    ...        "p_adjusted": 0.024, "n_a": 8, "n_b": 8, "effect_kind": "hazard ratio",
    ...        "status": "ok", "_unit": "animal", "_events": (3, 8), "_found": None}
    >>> hazard_verdict(row, "Holm")
    'drug: hazard 0.210 times that of vehicle (0.050 to 0.760), p = 0.012 (Holm 0.024),
    8 and 8 animals with 3 and 8 events'
    """
    final = row["p_value"] if row["p_adjusted"] is None else row["p_adjusted"]
    none = "no difference shown: " if row["group_b"] is not None else "no trend shown: "
    p = p_text(row["p_value"])
    if adjust and row["p_adjusted"] is not None:
        p += f" ({p_text(row['p_adjusted'], adjust).replace(' = ', ' ')})"
    parts = [_size(row), p, _counts(row)]
    said = f"{'' if final < ALPHA else none}{', '.join(parts)}"
    return said + "".join(f"; {note}" for note in (*_apart(row), *_floor(row)))


def _size(row: Mapping[str, Any]) -> str:
    side = {"=": "", "<": "less than ", ">": "more than "}[row["bound"]]
    number = f"{side}{format_cell(row, 'effect')}"
    interval = plain(row, interval_parts(row))
    limits = f" ({interval})" if interval else ""
    if row["group_b"] is None:
        step = row["effect_kind"].partition(" per ")[2].partition(" of ")[0]
        return f"{row['group_a']}: hazard {number} times per {step}{limits}"
    return f"{row['group_a']}: hazard {number} times that of {row['group_b']}{limits}"


def _counts(row: Mapping[str, Any]) -> str:
    plural = f"{row['_unit']}s"
    events = row["_events"]
    if row["group_b"] is None:
        return f"{row['n_a']} {plural} with {events[0]} events"
    return f"{row['n_a']} and {row['n_b']} {plural} with {events[0]} and {events[1]} events"


def _apart(row: Mapping[str, Any]) -> list[str]:
    """Say why a hazard ratio is only a bound."""
    if row["status"] != "separated" or row["group_b"] is None:
        return []
    a, b = row["group_a"], row["group_b"]
    first, last = (a, b) if row["bound"] == "<" else (b, a)
    if row["_events"][0 if row["bound"] == "<" else 1] == 0:
        return [f"no event in {first}"]
    return [f"all events of {first} came after those of {last}"]


def _floor(row: Mapping[str, Any]) -> list[str]:
    """Say how small p could get, and how well a drawn p is known."""
    found = row["_found"]
    if found is None:
        return []
    out = []
    if found.smallest_p is not None and found.smallest_p >= ALPHA:
        out.append(f"with these times the exact test cannot go below {p_text(found.smallest_p)}")
    if found.p_error > 0.0:
        out.append(f"p drawn at random, standard error {found.p_error:.1g}")
    return out


def delay_verdict(row: Mapping[str, Any], found: GrowthDelay, unit: str) -> str:
    """Say by how much a median is put off.

    Examples
    --------
    >>> import numpy as np
    >>> from exportin.inference.survival_delay import growth_delay
    >>> t, c = np.array([20.0, 24, 30, 35, 35]), np.array([7.0, 9.0, 9.0, 12.0, 14.0])
    >>> found = growth_delay((t, np.array([1, 1, 1, 0, 0], bool)), (c, np.ones(5, bool)))
    >>> row = {"group_a": "drug", "group_b": "vehicle", "units": "d", "effect": 21.0, "bound": "=",
    ...        "conf_low": 10.0, "conf_high": None, "conf_open": "high", "n_a": 5, "n_b": 5,
    ...        "effect_kind": "difference of medians", "status": "ok"}
    >>> delay_verdict(row, found, "animal")
    'drug minus vehicle: 21 d (at least 10), medians 30 and 9, 5 and 5 animals'
    """
    medians = " and ".join(_median(q) for q in (found.treated, found.control))
    n = f"{row['n_a']} and {row['n_b']} {unit}s"
    if row["effect"] is None:
        return f"not estimable: neither median is reached ({medians}, {n})"
    side = {"=": "", "<": "less than ", ">": "more than "}[row["bound"]]
    interval = plain(row, interval_parts(row))
    limits = f" ({interval})" if interval else ""
    number = f"{side}{format_cell(row, 'effect')} {unit_name(row['units'])}".rstrip()
    said = f"{row['group_a']} minus {row['group_b']}: {number}{limits}, medians {medians}, {n}"
    if min(row["n_a"], row["n_b"]) < SMALL:
        said += f"; with fewer than {SMALL} {unit}s the interval covers about 90 %, not 95 %"
    return said


def _median(q: Any) -> str:
    return f"{'' if q.bound == '=' else 'over '}{q.value:.6g}"
