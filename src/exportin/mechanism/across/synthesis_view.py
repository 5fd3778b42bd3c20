"""The forest of a synthesis: a row per model, their mean, and where a further one would lie."""

import re
from typing import Any

import polars as pl

from exportin.contract.view import View
from exportin.mechanism.across.settings import SynthesisSettings
from exportin.mechanism.across.synthesis_rows import NEW_MODEL, threshold_of
from exportin.results.tables import Estimates
from exportin.views.forest import forest_view

LOG = ("ln", "log10")


def forests(estimates: Estimates, settings: SynthesisSettings) -> tuple[View, ...]:
    """Draw one forest per value of ``between``.

    Examples
    --------
    >>> forests(Estimates.empty(), SynthesisSettings(quantity="tgi_rate"))
    ()
    """
    frame = estimates.frame.filter(pl.col("quantity").is_in([settings.quantity, NEW_MODEL]))
    if frame.is_empty():
        return ()
    key = settings.between
    if key not in frame.columns:
        return (_forest(frame, "", settings),)
    names = sorted({str(name) for name in frame.get_column(key).drop_nulls()})
    parts = [(name, frame.filter(pl.col(key).cast(pl.String) == name)) for name in names]
    return tuple(_forest(part, name, settings) for name, part in parts)


def _forest(frame: pl.DataFrame, name: str, settings: SynthesisSettings) -> View:
    unit = settings.unit
    rows = [_row(row, unit, settings) for row in frame.iter_rows(named=True)]
    first = frame.row(0, named=True)
    log = first["scale"] in LOG
    label = settings.label or settings.quantity.replace("_", " ")
    against = f", {name}" if name else ""
    against += f" against {settings.versus}" if settings.versus else ""
    drawn = pl.DataFrame(rows, infer_schema_length=None)
    models = sorted({row["row"] for row in rows if row["single"]})
    caption = (
        f"{label[:1].upper()}{label[1:]}{against}: each {unit} with its own interval, their mean, "
        f"and the prediction interval of a further {unit}. n: animals or experiments of a {unit}, "
        f"{unit}s of the mean."
    )
    return forest_view(
        name="forest" + (f"_{_slug(name)}" if name else ""),
        title=f"{label[:1].upper()}{label[1:]} over {unit}s{against}",
        estimates=drawn.drop("single"),
        x_label=label,
        x_unit=first["units"],
        scale="log10" if log else "linear",
        reference=threshold_of(settings, first["scale"]),
        rows=(*models, f"All {unit}s", f"A further {unit}"),
        unit_name=f"animals or {unit}s",
        conf_level=settings.conf_level,
        caption=caption,
    )


def _row(row: dict[str, Any], unit: str, settings: SynthesisSettings) -> dict[str, Any]:
    single = row["unit_id"] is not None
    name = f"All {unit}s" if row["quantity"] == settings.quantity else f"A further {unit}"
    kept = ("value", "conf_low", "conf_high", "conf_open", "bound", "n_units", "interval_level",
            "status", "scale")  # fmt: skip
    found = {key: row[key] for key in kept}
    if name.startswith("A further") and not single:
        found["n_units"] = None
    return {"row": row["unit_id"] if single else name, "single": single, **found}


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower() or "group"
