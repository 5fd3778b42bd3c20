"""Signals as fractions of the vehicle with the same cells on the plate, less the medium blank."""

from collections.abc import Sequence

import polars as pl

from exportin.plates.own_controls import HOME, PLATE, ROLES, controls_and_words, with_cells

__all__ = [
    "HOME",
    "PLATE",
    "normalize",
    "plate_blanks",
    "plate_controls",
    "summed_up",
    "with_cells",
]


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
    valued, found = wells.filter(pl.col("value").is_not_null()), words
    for role in ROLES:
        part = (
            valued.filter(pl.col("role") == role)
            .group_by(HOME)
            .agg(
                pl.col("value").mean().alias(f"{role}_mean"),
                pl.col("value").std().alias(f"{role}_sd"),
                pl.len().cast(pl.Int64).alias(f"{role}_n"),
            )
        )
        found = found.join(part, on=HOME, how="left")
    counts = [pl.col(f"{role}_n").fill_null(0) for role in ROLES]
    return found.with_columns(counts).sort(HOME)


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
    controls = plate_controls(frame, keys).with_columns(pl.col("blank_mean").fill_null(0.0))
    window = pl.col("vehicle_mean") - pl.col("blank_mean")
    keep = [*HOME, "vehicle_mean", "blank_mean", "vehicle_n"]
    cells = with_cells(frame, keys)
    joined = cells.join(controls.select(keep), on=HOME, how="left", maintain_order="left")
    response = pl.when(window > 0).then((pl.col("value") - pl.col("blank_mean")) / window)
    gone = [HOME[-1], "vehicle_mean", "blank_mean"]
    return joined.with_columns(response.alias("response")).drop(gone)
