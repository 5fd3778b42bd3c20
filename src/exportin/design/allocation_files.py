"""The files of an allocation: the same command gives the same bytes."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from exportin.design.allocating import Allocation, balance_rows, imbalances, least_p
from exportin.design.wishes import refused
from exportin.study.discover import versions
from exportin.study.export import csv_bytes

LOG = "allocation.json"
SEALED = "sealed_codes.csv"


def allocation_files(made: Allocation) -> dict[str, bytes]:
    """Return the bytes of every file by its name.

    ``design.csv`` is what `exportin run` reads, and tells arms; ``bench_codes.csv`` is for those
    who measure and tells none; ``sealed_codes.csv`` tells code and arm; ``balance.csv``,
    ``excluded.csv``, and the log ``allocation.json``.
    """
    rows = list(_rows(made))
    design = pl.DataFrame(rows)
    if not any(design.get_column("model")):
        design = design.drop("model")
    by_code = design.sort("code")
    bench = ["code", "sample_id", *(["cage"] if any(design.get_column("cage")) else [])]
    left_out = [
        {"animal": a.name, "volume_mm3": a.volume_mm3, "cage": a.cage, "reason": a.excluded}
        for a in made.entering.excluded
    ]
    schema = {"animal": pl.String, "volume_mm3": pl.Float64, "cage": pl.String,
              "reason": pl.String}  # fmt: skip
    return {
        "design.csv": csv_bytes(design),
        "bench_codes.csv": csv_bytes(by_code.select(bench)),
        SEALED: csv_bytes(by_code.select("code", "arm")),
        "balance.csv": csv_bytes(pl.DataFrame(balance_rows(made))),
        "excluded.csv": csv_bytes(pl.DataFrame(left_out, schema=schema)),
        LOG: (json.dumps(log_record(made), indent=1, ensure_ascii=False) + "\n").encode(),
    }


def _rows(made: Allocation) -> Iterable[dict[str, Any]]:
    codes = iter(made.codes)
    rows = [
        {"sample_id": animal.name, "unit_id": unit.name, "model": animal.model,
         "arm": made.wish.arms[a], "cage": animal.cage, "code": next(codes)}
        for unit, a in zip(made.entering.units, made.arm, strict=True) for animal in unit.animals
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row["sample_id"])


def log_record(made: Allocation) -> dict[str, Any]:
    """Everything that the allocation rests on; no date, so that bytes can be compared."""
    wish, how, drawn = made.wish, made.how, made.drawn
    rejected = drawn.rejected
    reached = imbalances(made)[wish.criterion]
    first = float(rejected[0]) if rejected.size else reached
    return {
        "software": {name: versions()[name] for name in ("exportin", "numpy", "python")},
        "input": {"file": made.animals.file, "sha256": made.animals.sha256},
        "options": asdict(wish),
        "animals": {
            "listed": made.entering.listed, "with_tumor": made.entering.with_tumor,
            "allocated": sum(len(unit.animals) for unit in made.entering.units),
            "excluded": {a.name: a.excluded for a in made.entering.excluded},
        },
        "procedure": {
            "unit": wish.by, "criterion": how.criterion,
            "bound": None if how.criterion == "none" else how.bound,
            "covariates": list(made.covariates), "table": how.table.tolist(),
            "reference": "Morgan, Rubin 2012, Ann Stat 40:1263-1282, doi:10.1214/12-AOS1008",
        },
        "sentence": method_sentence(made),
        "draws": {
            "seed": wish.seed, "draws": drawn.draws, "rejected": int(rejected.size),
            "measure": wish.criterion, "imbalance_first_draw": first,
            "imbalance_rejected_median": float(np.median(rejected)) if rejected.size else None,
            "imbalance_unrestricted_median": made.unrestricted[0],
            "imbalance_unrestricted_95": made.unrestricted[1],
            "imbalance": reached,
        },
        "balance": {"by_arm": balance_rows(made), **imbalances(made)},
        "tests": [
            {"arm": arm, "control": wish.arms[0], "allocations": ways, "p_not_below": least}
            for arm, ways, least in zip(wish.arms[1:], made.ways, least_p(made), strict=True)
        ],
        "units": [
            {"unit": unit.name, "animals": [a.name for a in unit.animals], "block": int(block),
             "arm": wish.arms[a], "covariates": [float(v) for v in x]}
            for unit, block, a, x in zip(made.entering.units, how.blocks, made.arm,
                                         how.covariates, strict=True)
        ],
    }  # fmt: skip


def method_sentence(made: Allocation) -> str:
    """Say for a methods section how animals came to their arms, and who was left out before."""
    wish, how = made.wish, made.how
    what = "Cages of animals" if wish.by == "cage" else "Animals"
    place = f" within {' and '.join(wish.strata)}" if wish.strata else ""
    if wish.method == "blocked":
        place = f" within blocks of neighbors in volume{place}"
    said = f"{what} were allocated to arms by random permutation{place}"
    if how.criterion != "none":
        measure = {"mahalanobis": "the Mahalanobis imbalance", "max_smd": "the largest "
                   "standardized difference of means"}[how.criterion]  # fmt: skip
        said += (f", drawn anew until {measure} of {' and '.join(made.covariates)} was "
                 f"{how.bound:.3g} or less (rerandomization, Morgan and Rubin 2012; "
                 f"{made.drawn.draws} draws)")  # fmt: skip
    out = len(made.entering.excluded)
    return (f"{said}; generator numpy PCG64, seed {wish.seed}, exportin {versions()['exportin']}. "
            f"{out} of {made.entering.listed} animals were left out before allocation, "
            "none after.")  # fmt: skip


def write_allocation(files: dict[str, bytes], folder: Path) -> None:
    """Write the files into a folder that holds none of them yet.

    Raises
    ------
    InputError
        If one of them is there: an allocation is drawn once.
    """
    there = [name for name in files if (folder / name).exists()]
    if folder.is_file():
        raise refused("--out", f"'{folder}' is a file.", "Name a folder.")
    if there:
        message = f"'{folder / there[0]}' exists; an allocation is drawn once and not over again."
        raise refused("--out", message, "Name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
