"""Numbers of plates: one row per plate, apart from the potencies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exportin.report.names import Names
from exportin.report.tables import MANY_CURVES, PLATE, natural
from exportin.results.phrases import Row
from exportin.results.tables import Flags
from exportin.study.outcome import BlockOutcome


@dataclass(frozen=True, slots=True)
class Column:
    """One statistic: its quantity, and between which controls."""

    quantity: str
    control: str
    title: str


@dataclass(frozen=True, slots=True)
class Plate:
    """One plate and model with its statistics (None where it has none)."""

    name: str
    model: str
    unit: str
    cells: tuple[Row | None, ...]
    flagged: tuple[str, ...]  # rules with a warning or an exclusion


@dataclass(frozen=True, slots=True)
class PlateTable:
    """Statistics of the plates of a block."""

    columns: tuple[Column, ...]
    plates: tuple[Plate, ...]
    count: int  # of all plates
    shortened: bool = False  # of more than a page holds, only flagged ones are listed

    @property
    def several_models(self) -> bool:
        """Whether the plates hold different models."""
        return len({plate.model for plate in self.plates}) > 1

    @property
    def flagged(self) -> tuple[str, ...]:
        """Names of plates that a warning or an exclusion speaks of."""
        return tuple(dict.fromkeys(plate.name for plate in self.plates if plate.flagged))


def plate_table(block: BlockOutcome, names: Names) -> PlateTable | None:
    """Arrange the rows of plates; None where the block has none."""
    rows = [row for row in block.estimates.frame.to_dicts() if row.get(PLATE) is not None]
    if not rows:
        return None
    places: dict[tuple[str, str, str], dict[tuple[str, str], Row]] = {}
    for row in rows:
        place = (row[PLATE], row.get("model") or "", row["unit_id"] or "")
        places.setdefault(place, {})[row["quantity"], row.get("control") or ""] = row
    columns = _columns(rows, names)
    plates = tuple(
        Plate(
            name=name,
            model=model,
            unit=unit,
            cells=tuple(own.get((column.quantity, column.control)) for column in columns),
            flagged=_rules(block.flags, name, model),
        )
        for (name, model, unit), own in sorted(places.items(), key=lambda item: _order(item[0]))
    )
    many = len(plates) > MANY_CURVES
    shown = tuple(plate for plate in plates if plate.flagged or not many)
    return PlateTable(columns, shown, len({plate.name for plate in plates}), shortened=many)


def _order(place: tuple[str, str, str]) -> tuple[Any, ...]:
    return tuple(natural(name) for name in place)


def _columns(rows: Sequence[Row], names: Names) -> tuple[Column, ...]:
    found = dict.fromkeys((row["quantity"], row.get("control") or "") for row in rows)
    ordered = sorted(found, key=lambda c: (names.rank(c[0]), c))
    return tuple(Column(q, c, names.label(q) + (f", {c}" if c else "")) for q, c in ordered)


def _rules(flags: Flags, plate: str, model: str) -> tuple[str, ...]:
    """Rules whose message names the plate: as a whole, or the cells of this model on it."""
    begins = (f"Plate '{plate}':", f"Plate '{plate}' has", f"Plate '{plate}' ({model}")
    grave = flags.frame.filter(pl.col("by") == "plates", pl.col("severity") != "note")
    rules = grave.select("rule", "message").unique(maintain_order=True).iter_rows()
    return tuple(dict.fromkeys(rule for rule, message in rules if message.startswith(begins)))
