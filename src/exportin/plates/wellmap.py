"""Where wells lie on their plate, and which of them should have the same signal."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl

from exportin.plates.normalize import PLATE
from exportin.tables.gridvalues import SIZE
from exportin.tables.problems import Problem, problem_at
from exportin.tables.wells import PLATES, well_position

Row = dict[str, Any]
KNOWN = ("vehicle", "untreated", "treated")  # roles whose wells have equals on the plate
SAME = ("role", "treatment", "dose", "dose_unit", "model", "unit_id")
MIN_HEIGHT = 0.25
"""Wells below a quarter of the vehicle are not held against each other: there the reader's noise
outweighs what a pattern takes from the signal, and a fraction of little is unsteady."""


class PlateWells(NamedTuple):
    """The wells of one plate, one row each, by row and column; and the size of the plate."""

    file: str
    sample_id: str
    frame: pl.DataFrame
    shape: tuple[int, int]
    model: str = ""  # whose wells they are, where the plate holds several models
    guessed: bool = False  # no file says the size; it is that of the smallest plate that fits

    @property
    def name(self) -> str:
        """What the plate is called."""
        return self.sample_id or self.file

    @property
    def words(self) -> str:
        """Plate and model, where there are several."""
        return f"{self.name} ({self.model})" if self.model else self.name


def placed(frame: pl.DataFrame) -> pl.DataFrame:
    """Add ``row`` and ``column``, counted from zero; empty where there is no well."""
    names = frame.get_column("well").drop_nulls().unique().sort().to_list()
    found = {name: well_position(name) for name in names}
    places = pl.DataFrame(
        [(n, *p) for n, p in found.items() if p],
        schema={"well": pl.String, "row": pl.Int64, "column": pl.Int64},
        orient="row",
    )
    return frame.join(places, on="well", how="left", maintain_order="left")


def plates_of(frame: pl.DataFrame) -> Iterator[PlateWells]:
    """Give each plate with wells, in the order of files and names.

    ``frame`` needs file, sample_id, well, role, value. The size is that of ``plate_wells``, which
    a grid of the raw file says; without it, that of the smallest usual plate that holds every
    well of the layout.
    """
    wells = placed(frame).filter(pl.col("row").is_not_null())
    for names, plate in sorted(wells.partition_by(PLATE, as_dict=True).items()):
        file, sample = str(names[0]), str(names[1])
        said = said_size(plate)
        yield PlateWells(
            file,
            sample,
            plate.sort("row", "column", "row_id"),
            plate_shape(plate) if said is None else PLATES[said],
            guessed=said is None,
        )


def plates_by_model(frame: pl.DataFrame) -> Iterator[PlateWells]:
    """Give each plate once, or once per model where its treated wells hold several.

    Wells that name no model, such as blanks, go along with every model.
    """
    for plate in plates_of(frame):
        wells = plate.frame
        if "model" not in wells.columns:
            yield plate
            continue
        treated = wells.filter(pl.col("role") == "treated").get_column("model")
        models = treated.drop_nulls().unique().sort().to_list()
        if len(models) < 2:
            yield plate
            continue
        for model in models:
            own = wells.filter(pl.col("model").is_null() | (pl.col("model") == model))
            yield plate._replace(frame=own, model=str(model))


def said_size(plate: pl.DataFrame) -> int | None:
    """Return the number of wells that the rows of one plate name; None where they name none.

    A number that is no plate's, or too small for the wells, is refused by `check_sizes`; here it
    says nothing.
    """
    if SIZE not in plate.columns:
        return None
    named = plate.get_column(SIZE).drop_nulls().unique().to_list()
    size = named[0] if len(named) == 1 else None
    rows, columns = plate_shape(plate)
    fits = size in PLATES and PLATES[size][0] >= rows and PLATES[size][1] >= columns
    return int(size) if size is not None and fits else None


def check_sizes(frame: pl.DataFrame) -> Iterator[Problem]:
    """Refuse a ``plate_wells`` that no plate has, that differs on a plate, or that is too small."""
    if SIZE not in frame.columns:
        return
    wells = placed(frame).filter(pl.col("row").is_not_null() & pl.col(SIZE).is_not_null())
    for (file, sample), plate in sorted(wells.partition_by(PLATE, as_dict=True).items()):
        named = plate.get_column(SIZE).unique().sort().to_list()
        if len(named) == 1 and said_size(plate) is not None:
            continue
        told = " and ".join(f"{size:g}" for size in named)
        rows, columns = plate_shape(plate)
        message = f"plate '{sample}' is said to have {told} wells."
        if len(named) == 1 and named[0] in PLATES:
            message = f"{message[:-1]}, but its wells need {rows} rows and {columns} columns."
        remedy = f"Write one of {', '.join(map(str, PLATES))} for the whole plate."
        yield problem_at(str(file), f"column {SIZE}", message, remedy, "plate-size")


def plate_shape(plate: pl.DataFrame) -> tuple[int, int]:
    """Return rows and columns of the smallest usual plate that has all rows and columns."""
    rows = int(plate.select(pl.col("row").max()).item()) + 1
    columns = int(plate.select(pl.col("column").max()).item()) + 1
    return next((r, c) for r, c in PLATES.values() if rows <= r and columns <= c)


def equal_wells(plate: PlateWells, keys: Sequence[str] = ()) -> pl.DataFrame:
    """Return ``row, column, signal, block`` of the wells that have equals on the plate.

    Signal: above the mean of the plate's blank wells. Several rows of one well are averaged. A
    block holds the vehicle wells, or the replicates of one treatment and dose; blocks are
    numbered by their first well, so that names do not matter.
    """
    valued = plate.frame.filter(pl.col("value").is_not_null())
    blank = valued.filter(pl.col("role") == "blank").select(pl.col("value").mean()).item() or 0.0
    same = [name for name in dict.fromkeys((*SAME, *keys)) if name in valued.columns]
    known = valued.filter(pl.col("role").is_in(KNOWN)).with_columns(
        pl.when(pl.col("role") == "treated").then(pl.col(name)).alias(name)
        for name in same
        if name in ("treatment", "dose", "dose_unit")
    )
    wells = (
        known.group_by("row", "column", *same)
        .agg((pl.col("value").mean() - blank).alias("signal"))
        .sort("row", "column", *same)
    )
    first = (pl.col("row") * plate.shape[1] + pl.col("column")).min().over(same)
    height = pl.col("signal").mean().over(same)
    count = pl.len().over(same)
    blocks = wells.with_columns(first.alias("first"), height.alias("height"), count.alias("n"))
    useful = blocks.filter((pl.col("n") > 1) & (pl.col("height") >= MIN_HEIGHT * _full(blocks)))
    useful = useful.filter(pl.col("height") > 0)
    return useful.with_columns((pl.col("first").rank("dense") - 1).cast(pl.Int64).alias("block"))


def _full(blocks: pl.DataFrame) -> float:
    """Signal of wells without drug; of the highest block where the plate has none."""
    bare = blocks.filter(pl.col("role") == "vehicle").get_column("signal").mean()
    top = bare if isinstance(bare, float) else blocks.get_column("height").max()
    return float(top) if isinstance(top, float) else 0.0
