"""What a block outcome carries beside its numbers: figures, and the truth of a simulated study."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from exportin.contract.sheet import Sheet
from exportin.study.frames import StoredBlobs, get_json
from exportin.study.plan import VIEW
from exportin.study.store import Store
from exportin.tables.problems import InputError, Problem, problem_at

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
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(_no_truth("it is a link that leads out of the study folder"))
    try:
        frame = pl.read_csv(path.read_bytes(), infer_schema=False).with_columns(
            pl.col("value").cast(pl.Float64)
        )
    except pl.exceptions.PolarsError as error:
        raise InputError(_no_truth(str(error).partition("\n")[0][:100])) from None
    return frame.filter(pl.col("block") == block) if "block" in frame.columns else frame


def _no_truth(why: str) -> Problem:
    message = f"the truth of a simulated study cannot be read: {why}."
    return problem_at(TRUTH, "", message, "Delete the file; a real study has none.", "no-truth")
