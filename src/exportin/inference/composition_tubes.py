"""Tubes of a composition: one per experiment and group, closed, with zeros met by counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float

from exportin.inference.contrast_checks import fault
from exportin.inference.question import Contrast
from exportin.inference.samples import Vector
from exportin.inference.strata import label
from exportin.results.tables import Estimates
from exportin.tables.problems import InputError

Shares = Float[np.ndarray, "_n _k"]
TUBE_KEYS = ("sample_id", "tube", "file", "well", "row_id")
"""Keys that only name a tube: tubes of one experiment that differ in nothing else are pooled."""
HALF = 0.5
"""Counts below half an event, or that near to all events, are met by adding one half (Cox 1970)."""
CLOSED = 1e-6
"""Fractions of one tube may exceed one by this much rounding."""
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Tubes:
    """Tubes of one stratum, sorted by group and experiment.

    Attributes
    ----------
    keys : mapping
        Block, assay and the keys of ``within``.
    group, unit : tuple of str
        Of each tube.
    share : (n, K) array
        Fractions as measured.
    events : (n,) array
        Events behind each tube; NaN where that is not known.
    left_out : int
        Tubes in which a part has no number.
    bounds : int
        Tubes in which a part is only a bound.
    """

    keys: Mapping[str, Any]
    group: tuple[str, ...]
    unit: tuple[str, ...]
    share: Shares
    events: Vector
    left_out: int = 0
    bounds: int = 0

    @property
    def zeros(self) -> bool:
        """Whether a part of some tube has less than half an event."""
        few = self.share * self.events[:, None] < HALF  # never so where events are not known
        return bool((few | (self.share <= 0.0)).any())

    def closed(self) -> Shares | None:
        """Positive fractions that add up to one; None where a zero has no count to meet it.

        Where a part of some tube has less than half an event, one half is added to every part of
        every tube, so that tubes stay comparable.

        Examples
        --------
        >>> tubes = Tubes(keys={}, group=("a",), unit=("E1",), share=np.array([[0.9, 0.1, 0.0]]),
        ...               events=np.array([98.5]))
        >>> tubes.closed().round(4).tolist()
        [[0.8915, 0.1035, 0.005]]
        """
        share = self.share
        if self.zeros:
            if np.isnan(self.events).any():
                return None
            share = share * self.events[:, None] + HALF
        done: Shares = share / share.sum(axis=1, keepdims=True)
        return done

    def only(self, groups: Sequence[str]) -> "Tubes":
        """Tubes of some groups."""
        keep = np.array([g in groups for g in self.group], dtype=bool)
        return self._kept(keep)

    def shared(self, groups: Sequence[str]) -> "Tubes":
        """Tubes of experiments that are in every one of these groups."""
        sets = [
            {u for g, u in zip(self.group, self.unit, strict=True) if g == name} for name in groups
        ]
        common = set.intersection(*sets) if sets else set()
        keep = [
            g in groups and u in common for g, u in zip(self.group, self.unit, strict=True)
        ]  # fmt: skip
        return self._kept(np.array(keep, dtype=bool))

    def _kept(self, keep: np.ndarray) -> "Tubes":
        def chosen(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(name for name, kept in zip(names, keep, strict=True) if kept)

        return Tubes(keys=self.keys, group=chosen(self.group), unit=chosen(self.unit),
                     share=self.share[keep], events=self.events[keep],
                     left_out=self.left_out, bounds=self.bounds)  # fmt: skip


def part_rows(
    estimates: Estimates, ask: Contrast, parts: Sequence[str], events: str = "n_rows"
) -> pl.DataFrame:
    """Rows of single tubes of the parts, tubes of one experiment and group pooled by their events.

    Parameters
    ----------
    estimates : Estimates
    ask : Contrast
    parts : sequence of str
        Quantities that make up the composition.
    events : str
        Column with the events of a tube.

    Raises
    ------
    InputError
        If a part is missing, or a fraction lies outside 0 to 1.
    """
    frame = estimates.frame.filter(
        pl.col("quantity").is_in(list(parts)),
        pl.col("unit_id").is_not_null(),
        pl.col(ask.between).is_not_null(),
    )
    missing = [part for part in parts if part not in set(frame.get_column("quantity"))]
    if missing:
        raise InputError(fault(
            ask, f"the composition has no numbers of {', '.join(missing)} for single tubes.",
            "Compare parts that the block estimates, for tubes with a unit_id.",
        ))  # fmt: skip
    wrong = frame.filter(~pl.col("value").is_between(0.0, 1.0 + CLOSED))
    if wrong.height:
        row = wrong.row(0, named=True)
        raise InputError(fault(
            ask, f"{row['quantity']} of {row['unit_id']} is {row['value']:g}; a part lies between "
            "0 and 1.", "Give parts as fractions, not as percentages.",
        ))  # fmt: skip
    return _pooled(frame.with_columns(pl.col("value").clip(0.0, 1.0)), events)


def _pooled(frame: pl.DataFrame, events: str) -> pl.DataFrame:
    """Pool tubes that differ only in the name of the tube; values are weighted by events."""
    fixed = Estimates.schema()
    keys = [n for n in frame.columns if n not in fixed and n not in TUBE_KEYS]
    by = ["block", "assay", "quantity", *keys, "unit_id"]
    if not frame.select(by).is_duplicated().any():
        return frame
    done: list[Row] = []
    for group in frame.partition_by(by, maintain_order=True):
        rows = group.to_dicts()
        bounds = {r["bound"] for r in rows} - {"="}  # limits of one side add up to a limit
        plain = all(r["value"] is not None for r in rows) and len(bounds) < 2
        counted = all(r[events] is not None for r in rows)
        if len(rows) == 1 or not plain:
            done += rows[:1] if len(rows) == 1 else [_unknown(rows)]
            continue
        weight = np.array([float(r[events]) if counted else 1.0 for r in rows])
        value = float(weight @ [r["value"] for r in rows]) / max(float(weight.sum()), 1e-300)
        total = int(weight.sum()) if counted else None
        side = {"<": "low", ">": "high"}.get(bound := next(iter(bounds), "="), "none")
        done.append(rows[0] | {"value": value, "bound": bound, "conf_open": side, events: total})
    return pl.DataFrame(done, schema=frame.schema, orient="row")


def _unknown(rows: Sequence[Row]) -> Row:
    """Keep a lone number of a pair; bounds that pull apart say nothing together."""
    told = [r for r in rows if r["value"] is not None]
    if len(told) == 1:
        return told[0]
    return rows[0] | {"value": None, "bound": "=", "conf_open": "none"}


def tubes_of(
    frame: pl.DataFrame,
    ask: Contrast,
    parts: Sequence[str],
    groups: Sequence[str],
    events: str = "n_rows",
) -> Iterator[Tubes]:
    """Sort rows of parts into tubes, stratum by stratum.

    Raises
    ------
    InputError
        If the parts of a tube add up to more than one, or an experiment has several tubes in one
        group that differ by a key.
    """
    names = ["block", "assay", *ask.within]
    frame = frame.sort([*names, ask.between, "unit_id", "quantity"], nulls_last=True)
    for what, rows in groupby(frame.iter_rows(named=True), lambda r: tuple(r[n] for n in names)):
        found: dict[tuple[str, str], dict[str, Row]] = {}
        for row in rows:
            name = label(row[ask.between])
            if name not in groups:
                continue
            tube = found.setdefault((name, str(row["unit_id"])), {})
            if row["quantity"] in tube:
                raise InputError(fault(
                    ask, f"{row['unit_id']} has several values of {row['quantity']} in {name}.",
                    "Name the key they differ by in within = [...].",
                ))  # fmt: skip
            tube[row["quantity"]] = row
        if found:
            yield _stratum(dict(zip(names, what, strict=True)), found, ask, parts, events)


def _stratum(
    keys: Mapping[str, Any],
    found: Mapping[tuple[str, str], Mapping[str, Row]],
    ask: Contrast,
    parts: Sequence[str],
    events: str,
) -> Tubes:
    kept: list[tuple[str, str]] = []
    share: list[list[float]] = []
    counts: list[float] = []
    lost = bounds = 0
    for name, tube in sorted(found.items()):
        rows = [tube.get(part) for part in parts]
        if any(row is not None and row["bound"] != "=" for row in rows):
            bounds += 1
            continue
        values = [row["value"] for row in rows if row is not None and row["value"] is not None]
        if len(values) < len(parts):
            lost += 1
            continue
        if sum(values) > 1.0 + len(parts) * CLOSED:
            raise InputError(fault(
                ask, f"{', '.join(parts)} of {name[1]} in {name[0]} add up to {sum(values):g}.",
                "Parts of one composition must not overlap.",
            ))  # fmt: skip
        kept.append(name)
        share.append(values)
        number = rows[0][events] if rows[0] is not None else None
        counts.append(float("nan") if number is None else float(number))
    return Tubes(
        keys=keys, group=tuple(g for g, _ in kept), unit=tuple(u for _, u in kept),
        share=np.array(share, dtype=np.float64).reshape(len(kept), len(parts)),
        events=np.array(counts, dtype=np.float64), left_out=lost, bounds=bounds,
    )  # fmt: skip


def meet_zeros(frame: pl.DataFrame, ask: Contrast, events: str = "n_rows") -> pl.DataFrame:
    """Move fractions off 0 and 1 by half an event, (x + 1/2) / (n + 1), where a logit needs it.

    Within one part and stratum either every tube is moved or none; ``half`` says which were.

    Examples
    --------
    >>> what = {"block": "b", "assay": "a", "quantity": "s", "method": "m", "unit_id": "E1",
    ...         "experimental_unit": "experiment", "value": 0.0, "arm": "x", "n_rows": 99}
    >>> rows = Estimates.build([what]).frame
    >>> meet_zeros(rows, Contrast(quantity="s", between="arm")).select("value", "half").row(0)
    (0.005, True)
    """
    n = pl.col(events).cast(pl.Float64)
    count = pl.col("value") * n
    exact = (pl.col("bound") == "=") & pl.col("value").is_not_null()
    edge = exact & ((count < HALF) | (n - count < HALF)).fill_null(value=False)
    stratum = ["block", "assay", *ask.within, "quantity"]
    known = (n.is_not_null() | ~exact).all().over(stratum)
    frame = frame.with_columns(half=edge.any().over(stratum) & known & exact)
    moved = pl.when("half").then((count + HALF) / (n + 1.0)).otherwise("value")
    return frame.with_columns(value=moved)
