"""What all builders do with the frames they get: required columns, defaults, order."""

import re
from collections.abc import Mapping, Sequence

import polars as pl

# Optional columns and what stands in for them
DEFAULTS: Mapping[str, pl.Expr] = {
    "hollow": pl.lit(value=False),
    "row_id": pl.lit(None, dtype=pl.String),
    "unit_id": pl.lit(None, dtype=pl.String),
    "curve": pl.lit(None, dtype=pl.String),
    "dashed": pl.lit(value=False),
    "panel": pl.lit(""),
    "group": pl.lit(None, dtype=pl.String),
    "conf_open": pl.lit("none"),
    "bound": pl.lit("="),
    "interval_level": pl.lit("between"),
    "status": pl.lit("ok"),
    "scale": pl.lit(None, dtype=pl.String),
    "n_units": pl.lit(None, dtype=pl.Int64),
    "low": pl.lit(None, dtype=pl.Float64),
    "high": pl.lit(None, dtype=pl.Float64),
    "conf_low": pl.lit(None, dtype=pl.Float64),
    "conf_high": pl.lit(None, dtype=pl.Float64),
    "effect_kind": pl.lit("effect"),
    "p_adjusted": pl.lit(None, dtype=pl.Float64),
}


def complete(frame: pl.DataFrame, what: str, need: str, may: str = "") -> pl.DataFrame:
    """Select the named columns, with defaults for the optional ones.

    Parameters
    ----------
    frame : polars.DataFrame
        What the caller gave.
    what : str
        Name of the argument, for the error.
    need, may : str
        Required and optional columns, separated by spaces.

    Raises
    ------
    ValueError
        A required column is missing.
    """
    missing = [name for name in need.split() if name not in frame.columns]
    if missing:
        raise ValueError(f"{what}: column {missing} missing; there are {frame.columns}")
    optional = [
        pl.col(name) if name in frame.columns else DEFAULTS[name].alias(name)
        for name in may.split()
    ]
    return frame.select(*need.split(), *optional)


def natural_key(text: str) -> tuple[tuple[int, float, str], ...]:
    """Sort key that puts experiment 2 before experiment 10.

    >>> sorted(["e10", "e2"], key=natural_key)
    ['e2', 'e10']
    """
    parts = re.split(r"([0-9]+)", text)
    return tuple((0, float(p), p) if p.isdecimal() else (1, 0.0, p) for p in parts if p)


def in_order(given: Sequence[str], frames: Sequence[pl.DataFrame | None], name: str) -> list[str]:
    """Values of a column: those given first, the others in natural order."""
    found = {
        str(v)
        for frame in frames
        if frame is not None and name in frame.columns
        for v in frame.get_column(name).drop_nulls().unique().to_list()
    }
    rest = sorted(found - set(given), key=natural_key)
    return [*dict.fromkeys(given), *rest]


def empty_if_none(frame: pl.DataFrame | None, columns: str) -> pl.DataFrame:
    """Stand-in for a frame that was not given."""
    if frame is not None:
        return frame
    words = {"panel", "group", "group_a", "group_b", "row", "unit_id"}
    return pl.DataFrame(
        schema={c: pl.String if c in words else pl.Float64 for c in columns.split()}
    )
