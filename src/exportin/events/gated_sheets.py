"""MIFlowCyt for assays that count gated cells against limits from controls."""

from collections.abc import Sequence
from typing import Any

from exportin.contract.assay import Context
from exportin.contract.sheet import Sheet
from exportin.events.gated_settings import GatedSettings
from exportin.events.miflowcyt import miflowcyt
from exportin.tables.events import Events

SOURCES = {
    "file": "The files' own $SPILLOVER",
    "matrix": "The matrix of the study file",
    "controls": "Computed from the single-stain controls",
    "none": "None, as the study file asks",
}


def gated_checklist(
    rows: Events,
    settings: GatedSettings,
    context: Context,
    *,
    channels: Sequence[str],
    scales: str,
    limits: str,
) -> Sheet:
    """Fill MIFlowCyt for one block.

    Parameters
    ----------
    rows
        All tubes, controls too.
    settings, context
        What the study file says.
    channels
        Channels that are counted.
    scales
        How the axes are scaled, a sentence (`scale_words`).
    limits
        How the limits between positive and negative were set, a sentence.
    """
    frame = rows.frame
    named = "; ".join(
        f"{name}: {', '.join(map(str, frame.get_column(key).drop_nulls().unique().sort()))}"
        for key, name in (("model", "lines"), ("treatment", "treatments"), ("role", "roles"))
        if key in frame.columns
    )
    n = frame.get_column("unit_id").drop_nulls().n_unique()
    return miflowcyt(
        rows,
        settings.miflowcyt,
        variables=f"{named}; {n} {context.experimental_unit}s, {frame.height} tubes.",
        channels=channels,
        compensation=_compensation(rows, settings),
        scales=scales,
        gates=f"{_gates(settings)} {limits}",
    )


def scale_words(scale: Any) -> str:
    """Write a scale as the study file does.

    >>> from exportin.events.settings import ArcsinhScale
    >>> scale_words(ArcsinhScale(cofactor=150.0))
    'Axes: kind = arcsinh, cofactor = 150.0.'
    """
    shape = ", ".join(f"{k} = {v}" for k, v in scale.model_dump(exclude_none=True).items())
    return f"Axes: {shape}."


def _compensation(rows: Events, settings: GatedSettings) -> str:
    source = settings.compensation.source
    if source != "auto":
        return f"{SOURCES[source]}."
    held = [rows.open(row_id).spill is not None for row_id in rows.frame.get_column("row_id")]
    if not any(held):
        return "None: the files hold no spill-over."
    return f"The files' own $SPILLOVER ({sum(held)} of {len(held)} tubes hold one)."


def _gates(settings: GatedSettings) -> str:
    words = []
    if settings.population:
        words.append(f"'{settings.population}' as drawn in the study file.")
    if settings.debris_below is not None:
        words.append(
            f"Events below {settings.debris_below:g} in {settings.scatter_channel} are debris."
        )
    if settings.singlets == "none":
        words.append("No gate on single cells.")
    else:
        words.append(
            f"Single cells by area against height or width of {settings.scatter_channel}, where "
            f"the file has both, within {settings.singlet_spread:g} robust SD of the ridge."
        )
    return " ".join(words)
