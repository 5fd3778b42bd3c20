"""Which rows of a block are used: those the study file names, and the controls beside them."""

from collections.abc import Sequence

import polars as pl

from exportin.study.model import Block
from exportin.tables.problems import Problem, nearest, problem_at


def select_rows(
    frame: pl.DataFrame,
    name: str,
    block: Block,
    samples: Sequence[str],
    problems: list[Problem],
) -> pl.DataFrame:
    """Keep the rows the study asks for; control wells of their plates stay."""
    for key, wanted in block.only.items():
        if key not in frame.columns:
            message = f"there is no column '{key}' to select by."
            remedy = nearest(key, frame.columns)
            problems.append(
                problem_at("study.toml", f"[block.{name}.only]", message, remedy, "only")
            )
            continue
        known = _texts(frame.get_column(key))
        chosen = {_plain_number(value) for value in wanted} | set(wanted)
        for value in wanted:
            if not {value, _plain_number(value)} & set(known):
                message = f"no row has {key} = '{value}'."
                remedy = nearest(value, known.drop_nulls().unique())
                place = f"[block.{name}.only]"
                problems.append(problem_at("study.toml", place, message, remedy, "only"))
        keep = known.is_in(list(chosen)).fill_null(value=False)
        if "role" in frame.columns:
            keep |= ~frame.get_column("role").is_in(samples).fill_null(value=False)
        frame = frame.filter(keep)
    return frame


def _texts(column: pl.Series) -> pl.Series:
    """Values as a study file writes them: numbers without the zero behind the point."""
    if not column.dtype.is_numeric():
        return column.cast(pl.String)
    return pl.Series([None if v is None else f"{v:.15g}" for v in column], dtype=pl.String)


def _plain_number(text: str) -> str:
    try:
        return f"{float(text):.15g}"
    except ValueError:
        return text
