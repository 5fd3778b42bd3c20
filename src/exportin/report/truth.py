"""Truth beside estimate: what a simulated study put in, and whether it was found again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from exportin.report.names import Names
from exportin.report.tables import natural
from exportin.results.digits import EXACT, significant
from exportin.results.phrases import Row, unit_name
from exportin.results.tables import Estimates
from exportin.results.typography import typeset
from exportin.study.outcome import BlockOutcome

NOT_KEYS = {"value", "bound", "unit_id", *Estimates.schema()} - {"quantity"}


@dataclass(frozen=True, slots=True)
class Beside:
    """One true value and the pooled estimate of it (None where there is none)."""

    label: str
    rank: int
    keys: tuple[str, ...]
    truth: str
    row: Row | None
    covered: bool | None  # None where there is nothing to judge


@dataclass(frozen=True, slots=True)
class TruthTable:
    """All of them, and how many were found again."""

    keys: tuple[str, ...]
    rows: tuple[Beside, ...]

    @property
    def groups(self) -> list[tuple[str, list[Beside]]]:
        """Rows under the label of their quantity."""
        return [(label, list(rows)) for label, rows in groupby(self.rows, key=lambda r: r.label)]

    @property
    def judged(self) -> int:
        """Rows that could be judged."""
        return sum(row.covered is not None for row in self.rows)

    @property
    def covered(self) -> int:
        """Rows where the truth was found again."""
        return sum(row.covered is True for row in self.rows)


def truth_table(block: BlockOutcome, names: Names) -> TruthTable | None:
    """Join the truth of a simulated block to its pooled estimates; None for a real block."""
    if block.truth is None:
        return None
    truths = block.truth.to_dicts()
    keys = tuple(k for k in block.truth.columns if k not in NOT_KEYS and k != "quantity")
    shared = [k for k in keys if k in block.estimates.keys]
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in block.estimates.frame.to_dicts():
        if row["unit_id"] is None:
            found.setdefault(_place(row, shared), []).append(row)
    beside = [
        _beside(truth, row, keys, names)
        for truth in truths
        if truth.get("unit_id") is None
        for row in found.get(_place(truth, shared), [None])
    ]
    beside.sort(key=lambda row: (row.rank, row.label, tuple(natural(key) for key in row.keys)))
    return TruthTable(keys, tuple(beside))


def _place(row: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, ...]:
    return (row["quantity"], *(_canonical(row[key]) for key in keys))


def _canonical(value: Any) -> str:
    """Write 50, 50.0 and '50' alike: the truth is read from a CSV as text."""
    if value is None:
        return ""
    try:
        return repr(float(value))
    except ValueError:
        return str(value)


def _beside(truth: Mapping[str, Any], row: Row | None, keys: Sequence[str], names: Names) -> Beside:
    units = truth.get("units") or (row["units"] if row else "")
    return Beside(
        label=names.label(truth["quantity"]),
        rank=names.rank(truth["quantity"]),
        keys=tuple("" if truth[key] is None else str(truth[key]) for key in keys),
        truth=_words(truth, units),
        row=row,
        covered=None if row is None or units != row["units"] else _covered(truth, row),
    )


def _words(truth: Mapping[str, Any], units: str) -> str:
    bound = truth.get("bound") or "="
    if truth["value"] is None:
        return "none" if bound == "=" else "beyond the doses tested"
    number = typeset(significant(truth["value"], EXACT))
    return f"{'' if bound == '=' else bound + ' '}{number} {unit_name(units)}".strip()


def _covered(truth: Mapping[str, Any], row: Row) -> bool | None:
    """Judge an answer; one that was not given is neither right nor wrong."""
    bound, true = truth.get("bound") or "=", truth["value"]
    if row["value"] is None:
        silent = true is None or bound != "="  # nothing to be found within the doses
        return silent if row["status"] == "no_response" else None
    if bound != "=":
        return _reaches(row, bound, true)
    if true is None:
        return False
    if row["bound"] != "=":
        return bool(true > row["value"] if row["bound"] == ">" else true < row["value"])
    low, high = row["conf_low"], row["conf_high"]
    if low is None and high is None:
        return None  # no interval, or one that is open on both sides
    return (low is None or low <= true) and (high is None or true <= high)


def _reaches(row: Row, bound: str, edge: float | None) -> bool | None:
    """Whether an answer allows what lies beyond the edge, where the truth is."""
    if row["bound"] != "=":
        return bool(row["bound"] == bound)
    side, end = ("high", row["conf_high"]) if bound == ">" else ("low", row["conf_low"])
    if end is None:
        return True if row["conf_open"] in (side, "both") else None
    if edge is None:
        return None
    return bool(end > edge if bound == ">" else end < edge)
