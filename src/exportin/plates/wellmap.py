"""Where wells lie on their plate, and which of them should have the same signal."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import fsum
from typing import Any, NamedTuple

import polars as pl

from exportin.plates.normalize import PLATE
from exportin.tables.columns import distinct, kept
from exportin.tables.gridvalues import SIZE
from exportin.tables.problems import Problem, problem_at
from exportin.tables.wells import PLATES, well_position

Cell = tuple[Any, ...]
"""Row, column, and all in which equal wells agree."""
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
    names = frame.get_column("well").to_list()
    found = {name: well_position(name) if name is not None else None for name in set(names)}
    places = [found[name] or (None, None) for name in names]
    return frame.with_columns(
        pl.Series("row", [row for row, _ in places], dtype=pl.Int64),
        pl.Series("column", [column for _, column in places], dtype=pl.Int64),
    )


def plates_of(frame: pl.DataFrame) -> Iterator[PlateWells]:
    """Give each plate with wells, in the order of files and names.

    ``frame`` needs file, sample_id, well, role, value. The size is that of ``plate_wells``, which
    a grid of the raw file says; without it, that of the smallest usual plate that holds every
    well of the layout.
    """
    wells = placed(frame)
    wells = kept(wells, wells.get_column("row").is_not_null())
    for names, plate in sorted(by_plate(wells).items()):
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
        said = wells.get_column("model")
        treated = said.filter(wells.get_column("role") == "treated")
        models = sorted(set(treated.to_list()) - {None})
        if len(models) < 2:
            yield plate
            continue
        for model in models:
            own = kept(wells, said.is_null() | (said == model))
            yield plate._replace(frame=own, model=str(model))


def said_size(plate: pl.DataFrame) -> int | None:
    """Return the number of wells that the rows of one plate name; None where they name none.

    A number that is no plate's, or too small for the wells, is refused by `check_sizes`; here it
    says nothing.
    """
    if SIZE not in plate.columns:
        return None
    named = set(plate.get_column(SIZE).to_list()) - {None}
    size = named.pop() if len(named) == 1 else None
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
    rows, columns = (max(plate.get_column(name).to_list()) + 1 for name in ("row", "column"))
    return next((r, c) for r, c in PLATES.values() if rows <= r and columns <= c)


def equal_wells(plate: PlateWells, keys: Sequence[str] = ()) -> pl.DataFrame:
    """Return ``row, column, signal, block`` of the wells that have equals on the plate.

    Signal: above the mean of the plate's blank wells. Several rows of one well are averaged. A
    block holds the vehicle wells, or the replicates of one treatment and dose; blocks are
    numbered by their first well, so that names do not matter.
    """
    frame = plate.frame
    same = [name for name in dict.fromkeys((*SAME, *keys)) if name in frame.columns]
    names = ("value", "role", "row", "column", *same)
    columns = [frame.get_column(name).to_list() for name in names]
    dosed = [at for at, name in enumerate(same) if name in ("treatment", "dose", "dose_unit")]
    blanks: list[float] = []
    wells: dict[Cell, list[float]] = defaultdict(list)
    for value, role, row, column, *said in zip(*columns, strict=True):
        if value is None:
            continue
        if role == "blank":
            blanks.append(value)
        if role not in KNOWN:
            continue
        if role != "treated":
            for at in dosed:
                said[at] = None
        wells[row, column, *said].append(value)
    low = _mean(blanks) if blanks else 0.0
    cells = list(wells)  # by row and column, as the plate is
    if len({cell[:2] for cell in cells}) < len(cells):
        cells.sort(key=lambda cell: [(part is not None, part) for part in cell])
    signal = {cell: _mean(wells[cell]) - low for cell in cells}
    blocks: dict[Cell, list[Cell]] = defaultdict(list)  # in the order of their first wells
    for cell in cells:
        blocks[cell[2:]].append(cell)
    height = {of: _mean([signal[cell] for cell in own]) for of, own in blocks.items()}
    least = MIN_HEIGHT * _full(signal, height, same.index("role"))
    useful = [of for of, own in blocks.items() if len(own) > 1 and height[of] >= least]
    number = {of: at for at, of in enumerate(of for of in useful if height[of] > 0)}
    kept_cells = [cell for cell in cells if cell[2:] in number]
    return pl.DataFrame(
        {
            "row": pl.Series([cell[0] for cell in kept_cells], dtype=pl.Int64),
            "column": pl.Series([cell[1] for cell in kept_cells], dtype=pl.Int64),
            "signal": pl.Series([signal[cell] for cell in kept_cells], dtype=pl.Float64),
            "block": pl.Series([number[cell[2:]] for cell in kept_cells], dtype=pl.Int64),
        }
    )


def _full(signal: Mapping[Cell, float], height: Mapping[Cell, float], role: int) -> float:
    """Signal of wells without drug; of the highest block where the plate has none."""
    bare = [found for cell, found in signal.items() if cell[2 + role] == "vehicle"]
    return _mean(bare) if bare else max(height.values(), default=0.0)


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)


def by_plate(frame: pl.DataFrame) -> dict[tuple[Any, ...], pl.DataFrame]:
    """Return the rows of each plate, by file and name."""
    plates = distinct(frame, PLATE)
    if len(plates) == 1:
        return {plates[0]: frame}
    return frame.partition_by(PLATE, as_dict=True)
