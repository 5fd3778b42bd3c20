"""Signals as fractions of the vehicle with the same cells on the plate, less the medium blank."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from exportin.plates.own_controls import HOME, PLATE, ROLES, controls_and_words, with_cells
from exportin.tables.columns import distinct

__all__ = [
    "HOME",
    "PLATE",
    "normalize",
    "plate_blanks",
    "plate_controls",
    "summed_up",
    "with_cells",
]

NONE = pl.Series([None], dtype=pl.Float64)


def plate_controls(frame: pl.DataFrame, keys: Sequence[str] = ()) -> pl.DataFrame:
    """Return mean, SD and number of the control wells of each plate and each cells on it.

    Parameters
    ----------
    frame
        Rows with file, sample_id, role, value and what tells cells apart (model, unit_id,
        keys); rows without a value do not count.
    keys
        Design columns of the block.

    Returns
    -------
    polars.DataFrame
        A row per plate and cells: ``file, sample_id, __cells`` (as `with_cells` gives it),
        ``whose`` (the cells in words, empty where a plate holds one kind only) and, of vehicle,
        blank and positive, mean, sd and n. A plate with one kind of cells has one row.
    """
    return summed_up(*controls_and_words(frame, keys))


def summed_up(wells: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Sum the wells of `control_wells` up, a row for each plate and cells named in ``words``."""
    found: dict[tuple[Any, ...], list[float]] = defaultdict(list)
    columns = [wells.get_column(name).to_list() for name in ("role", "value", *HOME)]
    for role, value, *home in zip(*columns, strict=True):
        if value is not None:
            found[role, *home].append(value)
    homes = distinct(words, HOME)
    more: dict[str, list[float | int | None]] = {}
    for role in ROLES:
        of_role = [found.get((role, *home), []) for home in homes]
        more[f"{role}_mean"] = [float(np.mean(said)) if said else None for said in of_role]
        more[f"{role}_sd"] = [
            float(np.std(said, ddof=1)) if len(said) > 1 else None for said in of_role
        ]
        more[f"{role}_n"] = [len(said) for said in of_role]
    kinds = {name: pl.Int64 if name.endswith("_n") else pl.Float64 for name in more}
    return words.hstack([pl.Series(name, said, dtype=kinds[name]) for name, said in more.items()])


def plate_blanks(frame: pl.DataFrame) -> pl.DataFrame:
    """Return ``blank_mean`` and ``blank_n`` of each plate and model: day-0 plates have no vehicle.

    A blank well serves the model whose medium it names, or all models of its plate.
    """
    models = frame.filter(pl.col("role") != "blank").select(*PLATE, "model").unique()
    blanks = frame.filter((pl.col("role") == "blank") & pl.col("value").is_not_null())
    pairs = blanks.select(*PLATE, "value", pl.col("model").alias("named")).join(
        models, on=PLATE, maintain_order="left"
    )
    own = pairs.filter(pl.col("named").is_null() | pl.col("named").eq_missing(pl.col("model")))
    mean, count = pl.col("value").mean().alias("blank_mean"), pl.len().cast(pl.Int64)
    found = own.group_by(*PLATE, "model").agg(mean, count.alias("blank_n"))
    joined = models.join(found, on=[*PLATE, "model"], how="left", nulls_equal=True)
    return joined.with_columns(pl.col("blank_n").fill_null(0)).sort(*PLATE, "model")


def normalize(frame: pl.DataFrame, keys: Sequence[str] = ()) -> pl.DataFrame:
    """Add ``response`` = (value - blank) / (vehicle - blank) and ``vehicle_n``.

    Vehicle are the wells with the same cells on the same plate (see `with_cells`): signals of two
    cell lines on one plate are never averaged. Plates without blank wells subtract nothing.
    Values below the blank stay negative.

    Examples
    --------
    >>> wells = pl.DataFrame({"file": "f", "sample_id": "P1", "role": ["vehicle", "treated"] * 2,
    ...                       "model": ["A", "A", "B", "B"], "value": [100.0, 50.0, 10.0, 5.0]})
    >>> normalize(wells).filter(pl.col("role") == "treated").get_column("response").to_list()
    [0.5, 0.5]
    """
    names = (*HOME, "vehicle_mean", "blank_mean", "vehicle_n")
    controls = plate_controls(frame, keys)
    means = zip(*(controls.get_column(name).to_list() for name in names), strict=True)
    known = {tuple(home): (mean, blank or 0.0, n) for *home, mean, blank, n in means}
    cells = with_cells(frame, keys)
    homes = zip(*(cells.get_column(name).to_list() for name in HOME), strict=True)
    of_wells = [known.get(home, (None, 0.0, None)) for home in homes]
    vehicle, blank, n = (
        pl.Series(name, [well[at] for well in of_wells], dtype=dtype)
        for at, (name, dtype) in enumerate(
            {"vehicle": pl.Float64, "blank": pl.Float64, "vehicle_n": pl.Int64}.items()
        )
    )
    window = vehicle - blank
    response = (frame.get_column("value") - blank) / window
    return frame.hstack([n, response.zip_with(window > 0, NONE).alias("response")])
