"""Which control wells a treated well is held against: those of its own cells on its plate."""

from collections.abc import Sequence

import polars as pl

PLATE = ("file", "sample_id")
CELLS = ("model", "unit_id")
"""What tells cells apart on a plate, besides the keys of the block other than the treatment."""
CELL = "__cells"
HOME = (*PLATE, CELL)
ROLES = ("vehicle", "blank", "positive")
_BETWEEN = "\x1f"


def cell_names(frame: pl.DataFrame, keys: Sequence[str] = ()) -> list[str]:
    """Return the columns of the frame that tell cells apart: all keys but the treatment."""
    names = dict.fromkeys((*CELLS, *keys))
    return [name for name in names if name != "treatment" and name in frame.columns]


def with_cells(frame: pl.DataFrame, keys: Sequence[str] = ()) -> pl.DataFrame:
    """Add ``__cells``: rows of a plate with equal text are held against the same vehicle wells.

    Parameters
    ----------
    frame
        Wells with file, sample_id and role; model, unit_id and the keys where there are any.
    keys
        Design columns of the block; the treatment among them tells no cells apart.

    Returns
    -------
    polars.DataFrame
        A plate is divided by model as soon as one of its vehicle wells names a model, and by
        another column if a value of its treated wells is one of its vehicle wells' values too
        (a vehicle that says nothing, or "none", serves all of them).

    Examples
    --------
    >>> wells = pl.DataFrame({"file": "f", "sample_id": "P1", "role": ["vehicle", "treated"] * 2,
    ...                       "model": ["A", "A", "B", "B"], "arm": [None, "x", None, "y"]})
    >>> with_cells(wells, ["model", "treatment", "arm"]).get_column(CELL).to_list()
    ['A', 'A', 'B', 'B']
    """
    names, told = _told_apart(frame, keys)
    return told.drop(names)


def control_wells(frame: pl.DataFrame, keys: Sequence[str] = ()) -> pl.DataFrame:
    """Return the control wells of each plate and cells, once for each cells they serve.

    A control serves the cells it names, and those of the whole plate in what it does not name.
    Blank wells hold no cells: they serve the plate, or the model whose medium they name.

    Returns
    -------
    polars.DataFrame
        Rows of the frame with ``__cells``, wells without a value included.
    """
    return controls_and_words(frame, keys)[0]


def controls_and_words(
    frame: pl.DataFrame, keys: Sequence[str] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `control_wells` and words of each plate and cells (``whose``), told apart once."""
    names, told = _told_apart(frame, keys)
    homes = _homes(told, names)
    return _controls(told, homes, names), _words(homes, names)


def _controls(told: pl.DataFrame, homes: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    wells = told.filter(pl.col("role").is_in(ROLES)).drop(CELL)
    bare = pl.col("role") == "blank"
    wells = wells.with_columns(
        pl.when(~bare).then(pl.col(name)).alias(name) for name in names if name != _name("model")
    )
    groups = wells.select(*PLATE, "role", *names).unique(maintain_order=True)
    served = groups.join(homes, on=PLATE, suffix="_home", nulls_equal=True, maintain_order="left")
    for name in names:
        own = pl.col(name).is_null() | pl.col(f"{name}_home").is_null()
        served = served.filter(own | (pl.col(name) == pl.col(f"{name}_home")))
    served = served.select(*PLATE, "role", *names, CELL)
    place = [*PLATE, "role", *names]
    found = wells.join(served, on=place, how="inner", nulls_equal=True, maintain_order="left_right")
    return found.drop(names)


def _words(homes: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return each plate and ``__cells`` with ``whose``: words for them where a plate has several.

    Plates without treated wells are listed by the cells of their vehicle wells.
    """
    several = [pl.when(pl.col(n).n_unique().over(PLATE) > 1).then(pl.col(n)) for n in names]
    words = pl.concat_str(several, separator=", ", ignore_nulls=True) if names else pl.lit("")
    return homes.with_columns(words.alias("whose")).select(*HOME, "whose")


def _name(key: str) -> str:
    return f"cells of {key}"


def _told_apart(frame: pl.DataFrame, keys: Sequence[str]) -> tuple[list[str], pl.DataFrame]:
    """Add a column per name of `cell_names`, its value where the plate's vehicle tells it.

    Returns the names of these columns, and the frame with them and with ``__cells``, their text.
    """
    vehicle, treated = pl.col("role") == "vehicle", pl.col("role") == "treated"
    cells = cell_names(frame, keys)
    text = {key: pl.col(key).cast(pl.String) for key in cells}
    # an empty cell names nothing
    text = {key: pl.when(said.str.strip_chars() != "").then(said) for key, said in text.items()}
    both = frame.with_columns(
        _both(key, vehicle & text[key].is_not_null(), treated).alias(f"told by {key}")
        for key in cells
    )
    out = both.with_columns(
        pl.when(pl.col(f"told by {key}").any().over(PLATE)).then(text[key]).alias(_name(key))
        for key in cells
    ).drop([f"told by {key}" for key in cells])
    names = [_name(key) for key in cells]
    parts = [pl.col(name).fill_null("") for name in names]
    joined = pl.concat_str(parts, separator=_BETWEEN) if parts else pl.lit("")
    return names, out.with_columns(joined.str.strip_chars_end(_BETWEEN).alias(CELL))


def _both(key: str, vehicle: pl.Expr, treated: pl.Expr) -> pl.Expr:
    """Whether a value is said by a vehicle well and, but for the model, by a treated one too."""
    if key == "model":
        return vehicle
    value = [*PLATE, key]
    return vehicle.any().over(value) & treated.any().over(value)


def _homes(told: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Each plate and the cells on it; a plate without treated wells by its vehicle, or whole."""
    treated = pl.col("role") == "treated"
    vehicle = (pl.col("role") == "vehicle") & ~treated.any().over(PLATE)
    own = told.filter(treated | vehicle).select(*HOME, *names).unique()
    bare = told.select(PLATE).unique().join(own, on=PLATE, how="anti", nulls_equal=True)
    empty = [pl.lit(None, dtype=pl.String).alias(name) for name in names]
    rest = bare.with_columns(pl.lit("").alias(CELL), *empty)
    return pl.concat([own, rest.select(own.columns)]).sort(HOME)
