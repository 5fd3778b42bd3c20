"""Rows of single animals and of arms: what every row says, and exact limits of shares."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.contract.assay import Context
from exportin.inference.proportion import exact_proportion

Row = dict[str, Any]
Array = NDArray[np.float64]
Marks = NDArray[np.bool_]
Share = tuple[str, Marks, Mapping[str, Any]]  # quantity, who counts, further keys


def numbers(animals: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """Add ``number``, the place of the animal in ``animals``; sorted by it and by day."""
    places = animals.select("animal").with_row_index("number")
    found = visits.join(places, on="animal", how="inner")
    return found.with_columns(pl.col("number").cast(pl.Int64)).sort("number", "day")


def column(frame: pl.DataFrame, name: str) -> Array:
    """One column as an array; empty cells are NaN."""
    return frame.get_column(name).cast(pl.Float64).fill_null(float("nan")).to_numpy()


def about(animals: pl.DataFrame, context: Context) -> list[Row]:
    """Return what the rows of each animal share.

    Where several animals (tumors) belong to one unit, the key ``animal`` tells them apart.
    """
    shared = _shared(context)
    twice = animals.select("model", "arm", "unit_id").is_duplicated().to_list()
    named = animals.select("model", "arm", "unit_id", "n_flagged", "animal").iter_rows()
    out = []
    for (model, arm, unit, flagged, animal), several in zip(named, twice, strict=True):
        row = shared | {"model": model, "arm": arm, "unit_id": unit, "n_flagged": flagged}
        out.append(row | ({"animal": animal} if several else {}))
    return out


def unit_row(
    base: Row, quantity: str, value: float, *, method: str, n_rows: int, status: str = "ok",
    **more: Any,
) -> Row:  # fmt: skip
    """One row of one animal; a value that is NaN is none, with the status that is given."""
    known = not np.isnan(value)
    said = {key: _plain(v) for key, v in more.items()}
    return base | said | {
        "quantity": quantity,
        "value": float(value) if known else None,
        "n_units": int(known),
        "n_rows": n_rows,
        "method": method,
        "status": status if known or status != "ok" else "too_few",
    }  # fmt: skip


def arms(animals: pl.DataFrame) -> Iterator[tuple[str, str, NDArray[np.int64], int, bool]]:
    """Give model, arm, places of its animals, its flagged rows, whether all are units."""
    groups: dict[tuple[str, str], list[tuple[int, str, int]]] = {}
    told = animals.select("model", "arm", "unit_id", "n_flagged").iter_rows()
    for number, (model, arm, unit, flagged) in enumerate(told):
        groups.setdefault((str(model), str(arm)), []).append((number, unit, flagged or 0))
    for (model, arm), held in groups.items():
        at = np.array([one[0] for one in held], dtype=np.int64)
        single = len({one[1] for one in held}) == len(held)
        yield model, arm, at, sum(one[2] for one in held), single


def share_rows(
    animals: pl.DataFrame,
    judged: Marks,
    shares: Sequence[Share],
    *,
    rows: NDArray[np.int64],
    context: Context,
    method: str,
) -> list[Row]:
    """Share of the judged animals of each arm that count, in percent, with exact limits.

    Parameters
    ----------
    animals
        A row per animal.
    judged
        Animals that can be judged; all others are in no denominator.
    shares
        Quantity, who counts, further keys.
    rows
        Raw rows used of each animal.
    context, method
        What the study file says, and how the animals were judged.
    """
    out: list[Row] = []
    for model, arm, at, flagged, single in arms(animals):
        n = int(judged[at].sum())
        base = _shared(context) | {
            "model": model, "arm": arm, "units": "%", "n_units": n, "n_flagged": flagged,
            "n_rows": int(rows[at][judged[at]].sum()),
        }  # fmt: skip
        for quantity, which, keys in shares:
            count = int((which[at] & judged[at]).sum())
            number = _share(count, n, context.conf_level, method, single=single)
            out.append(base | {"quantity": quantity} | dict(keys) | number)
    return out


def _share(count: int, n: int, conf_level: float, method: str, *, single: bool) -> Row:
    if n == 0:
        return {"value": None, "status": "too_few", "method": method, "conf_open": "both"}
    if not single:
        # animals of one unit are alike: an exact limit would count them as independent
        said = f"{method}+several_per_unit"
        return {"value": 100.0 * count / n, "method": said, "conf_open": "both"}
    found = exact_proportion(count, n, conf_level)
    return {
        "value": 100.0 * found.share,
        "conf_low": 100.0 * found.low,
        "conf_high": 100.0 * found.high,
        "conf_level": conf_level,
        "interval_level": "between",
        "method": f"{method}+exact_binomial",
    }


def _shared(context: Context) -> Row:
    return {
        "block": context.block,
        "assay": "tumor_growth",
        "experimental_unit": context.experimental_unit,
    }


def _plain(value: Any) -> Any:
    """No NaN and no array scalar in a row."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value
