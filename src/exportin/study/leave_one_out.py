"""How far the pooled numbers of each block hang on single units, for files and report."""

import polars as pl

from exportin.inference.influence import leave_one_out
from exportin.study.outcome import BlockOutcome, Outcome


def block_influence(outcome: Outcome, block: BlockOutcome) -> pl.DataFrame:
    """Return the range of every pooled number of a block when each of its units is left out.

    A row per pooled number as `exportin.inference.influence.leave_one_out` gives it; no rows for
    a link, which pools nothing.
    """
    asked = outcome.study.file.block.get(block.name)
    if asked is None:
        return pl.DataFrame()
    between = block.estimates.frame.filter(
        pl.col("unit_id").is_null(), pl.col("method").str.contains(r"\bbetween_")
    )
    names = between.get_column("quantity").unique().to_list()
    return leave_one_out(block.estimates, names, shared_over=asked.variance_keys)


def study_influence(outcome: Outcome) -> pl.DataFrame:
    """Return the rows of all blocks."""
    parts = [block_influence(outcome, block) for block in outcome.blocks]
    found = [part for part in parts if part.width]
    return pl.concat(found, how="diagonal_relaxed") if found else pl.DataFrame()
