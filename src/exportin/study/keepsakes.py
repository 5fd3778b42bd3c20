"""What a block outcome carries beside its numbers: figures, and the truth of a simulated study."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from exportin.contract.sheet import Sheet
from exportin.study.frames import StoredBlobs, get_json
from exportin.study.plan import VIEW
from exportin.study.store import Store

TRUTH = "truth.csv"


def stored_views(store: Store, made: Mapping[str, str]) -> StoredBlobs:
    """Return the views of a step by name, each read when it is asked for."""
    names = get_json(store, made["views"]) if "views" in made else []
    return StoredBlobs(store, {name: made[f"{VIEW}{name}"] for name in names})


def stored_sheets(store: Store, made: Mapping[str, str]) -> tuple[Sheet, ...]:
    """Return the tables of an assay's own making."""
    return tuple(Sheet.from_json(one) for one in get_json(store, made["sheets"])) if made else ()


def read_truth(folder: Path, block: str) -> pl.DataFrame | None:
    """Return the truth a simulated study was made from; a real one has no such file."""
    path = folder / TRUTH
    if not path.is_file():
        return None
    frame = pl.read_csv(path.read_bytes(), infer_schema=False).with_columns(
        pl.col("value").cast(pl.Float64)
    )
    return frame.filter(pl.col("block") == block) if "block" in frame.columns else frame
