"""Gated fractions against truth: annexin quadrants, percent positive, JC-1, on simulated tubes.

Each tube has its own true parts and its own controls behind its limits. Dyes spill 15 % into the
next channel; photon noise, autofluorescence, doublets and debris are in. Printed per fraction: mean
error (bias, the goal is 0.5 points), spread of single tubes beside what counting alone would give,
and how often the exact technical interval holds the fraction of cells that were put into the tube.
Then the same quadrants with the mistakes that the limits are there to avoid.
"""

import time
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bench.printing import say, table

if TYPE_CHECKING:
    from exportin.tables.events import EventData, Events

SEED = 20261129  # none of the simulated studies uses it
GOAL = 0.5
CELLS = 20_000
Tubes = dict[str, tuple["EventData", dict[str, str]]]


class Error(NamedTuple):
    """One fraction of one tube: found minus true, chance of counting, held by the interval."""

    name: str
    error: float
    counting: float
    held: bool


def run(args: Namespace) -> None:
    """Print the parts."""
    tubes = 12 if args.brief else (400 if args.full else 120)
    say(f"Gated fractions, {tubes} tubes of {CELLS:,} cells each, 15 % spill-over, seed {SEED}")
    for title, one in (("annexin V/PI quadrants", quadrants), ("percent positive", positive),
                       ("JC-1, depolarized", depolarized)):  # fmt: skip
        begin = time.perf_counter()
        say(_summed(title, tubes, one))
        say(f"  {1000 * (time.perf_counter() - begin) / tubes:.0f} ms a tube with its controls")
    for title, more in MISTAKES.items():
        say(_summed(f"quadrants, {title}", max(tubes // 4, 8), quadrants, more))


MISTAKES: dict[str, dict[str, Any]] = {
    "15 % spill-over in both directions": {"spill": ((1.0, 0.15), (0.15, 1.0))},
    "limits from unstained cells": {"negative": "unstained"},
    "not compensated": {"compensation": {"source": "none"}, "negative": "unstained"},
}


def _summed(
    title: str, tubes: int, one: Callable[..., list[Error]], more: dict[str, Any] | None = None
) -> str:
    rng = np.random.default_rng((SEED, len(title)))
    found = [error for _ in range(tubes) for error in one(rng, dict(more or {}))]
    rows = []
    for name in dict.fromkeys(error.name for error in found):
        mine = [error for error in found if error.name == name]
        errors = np.array([error.error for error in mine]) * 100
        bias, error = errors.mean(), errors.std(ddof=1) / np.sqrt(len(errors))
        counting = 100 * np.sqrt(np.mean([e.counting**2 for e in mine]))
        held = np.mean([e.held for e in mine])
        goal = "ok" if abs(bias) <= GOAL else "MISSED"
        rows.append((name, f"{bias:+.3f}", f"{error:.3f}", f"{errors.std(ddof=1):.2f}",
                     f"{counting:.2f}", f"{100 * held:.0f} %", goal))  # fmt: skip
    columns = ("points", "bias", "s.e.", "SD", "SD counting", "interval", f"|bias| <= {GOAL}")
    return table(title, columns, rows)


def quadrants(rng: np.random.Generator, more: dict[str, Any]) -> list[Error]:
    """Errors of live, early, late and necrotic in one tube."""
    from exportin.assays.cell_death import ASSAY
    from exportin.assays.cell_death.quantities import FRACTIONS, QUADRANTS, SUMS
    from exportin.assays.cell_death.simulate import ANNEXIN, CONTROL, CONTROLS, DNA, quadrant_tube

    spill = {"spill": np.array(more.pop("spill"))} if "spill" in more else {}
    parts = rng.dirichlet((6.0, 1.5, 1.5, 0.6)) * 0.96 + 0.01
    gain = float(np.exp(rng.normal(0.0, 0.2)))
    tubes: Tubes = {
        name: (
            quadrant_tube(CONTROL, rng, name=name, stains=stains, gain=gain, cells=CELLS, **spill),
            {"role": role, "stain": stain},
        )
        for name, (role, stain, stains) in CONTROLS.items()
    }
    made = quadrant_tube(tuple(parts), rng, name="s", gain=gain, cells=CELLS, **spill)
    tubes["sample"] = (made, {"role": "treated", "stain": ""})
    settings = {"annexin_channel": ANNEXIN, "dna_channel": DNA, "debris_below": 20_000.0} | more
    truth = dict(zip(QUADRANTS, parts, strict=True))
    truth |= {name: sum(truth[part] for part in of) for name, of in SUMS.items()}
    return _errors(ASSAY, settings, tubes, {name: float(truth[name]) for name in FRACTIONS})


def positive(rng: np.random.Generator, more: dict[str, Any]) -> list[Error]:
    """Errors of percent positive beyond the control, in one tube."""
    from exportin.assays.positive_cells import ASSAY
    from exportin.assays.positive_cells.simulate import DNA, MARKER, QUANTILE, marker_tube

    part = float(rng.uniform(0.01, 0.6))
    tubes: Tubes = {
        "control": (
            marker_tube(0.0, rng, name="c", stains=frozenset({DNA}), cells=CELLS),
            {"role": "no_enzyme"},
        ),
        "sample": (marker_tube(part, rng, name="s", cells=CELLS), {"role": "treated"}),
    }
    settings = {"marker_channel": MARKER, "control": "no_enzyme", "debris_below": 20_000.0} | more
    above = 1.0 - QUANTILE
    truth = {"positive": part + (1 - part) * above, "net_positive": part * (1 - above)}
    return _errors(ASSAY, settings, tubes, truth)


def depolarized(rng: np.random.Generator, more: dict[str, Any]) -> list[Error]:
    """Errors of percent depolarized, in one tube."""
    from exportin.assays.membrane_potential import ASSAY
    from exportin.assays.membrane_potential.simulate import FCCP_PART, GREEN, RED, jc1_tube

    part, red = float(rng.uniform(0.02, 0.7)), float(np.exp(rng.normal(0.0, 0.2)))
    tubes: Tubes = {
        "fccp": (jc1_tube(FCCP_PART, rng, name="f", red=red, cells=CELLS), {"role": "fccp"}),
        "vehicle": (jc1_tube(0.07, rng, name="v", red=red, cells=CELLS), {"role": "vehicle"}),
        "sample": (jc1_tube(part, rng, name="s", red=red, cells=CELLS), {"role": "treated"}),
    }
    settings = {"red_channel": RED, "green_channel": GREEN, "debris_below": 20_000.0} | more
    return _errors(ASSAY, settings, tubes, {"depolarized": part})


def _errors(
    assay: Any, settings: dict[str, Any], tubes: Tubes, truth: dict[str, float]
) -> list[Error]:
    from exportin.contract.assay import Context
    from exportin.results.tables import Flags

    context = Context(
        block="b", experimental_unit="experiment", keys=("model", "treatment"), seed=1
    )
    chosen = assay.settings.model_validate({**settings, "tubes_drawn": 0})
    fitted = assay.estimate(events_of(tubes), Flags.empty(), chosen, context)
    frame = fitted.estimates.frame.filter(treatment="sample")
    rows = {row["quantity"]: row for row in frame.iter_rows(named=True)}
    found = []
    for name, true in truth.items():
        row = rows[name]
        counting = np.sqrt(max(true * (1 - true), 0.0) / CELLS)
        held = (row["conf_low"] or 0.0) <= true <= (row["conf_high"] or 1.0)
        found.append(Error(name, row["value"] - true, float(counting), held))
    return found


def events_of(tubes: Tubes) -> "Events":
    """Rows as the engine joins them, events as a reader gives them."""
    import polars as pl

    from exportin.tables.events import Events, channel_list, range_id

    rows, blobs = [], {}
    for name, (data, about) in tubes.items():
        row_id = range_id(f"{name}.fcs", 1, data.n_events)
        blobs[row_id] = data.to_bytes()
        rows.append({
            "row_id": row_id, "file": f"{name}.fcs", "sample_id": name, "n_events": data.n_events,
            "channels": channel_list(data.names), "unit_id": "E1", "model": None,
            "treatment": name, "stain": None, **about,
        })  # fmt: skip
    schema = {"model": pl.String, "stain": pl.String}
    return Events(frame=pl.DataFrame(rows, schema_overrides=schema), blobs=blobs)
