"""What a block outcome carries beside its numbers: pictures, and the truth of a simulated study."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from exportin.contract.sheet import Sheet
from exportin.study.frames import get_json
from exportin.study.outcome import Drawn
from exportin.study.store import Store

TRUTH = "truth.csv"


def stored_drawings(store: Store, drawn: Mapping[str, str]) -> tuple[Drawn, ...]:
    """Return the pictures of a draw step with their source data."""
    return tuple(
        Drawn(
            name=about["name"],
            title=about["title"],
            caption=about["caption"],
            svg=store.get(drawn[f"{about['name']}.svg"]),
            source=store.get(drawn[f"{about['name']}.csv"]),
        )
        for about in get_json(store, drawn["about"])
    )


def stored_sheets(store: Store, drawn: Mapping[str, str]) -> tuple[Sheet, ...]:
    """Return the tables of an assay's own making."""
    return tuple(Sheet.from_json(one) for one in get_json(store, drawn["sheets"]))


def read_truth(folder: Path, block: str) -> pl.DataFrame | None:
    """Return the truth a simulated study was made from; a real one has no such file."""
    path = folder / TRUTH
    if not path.is_file():
        return None
    frame = pl.read_csv(path.read_bytes(), infer_schema=False).with_columns(
        pl.col("value").cast(pl.Float64)
    )
    return frame.filter(pl.col("block") == block) if "block" in frame.columns else frame
