"""The gate of single nuclei as a picture: area against height or width."""

from collections.abc import Iterator

import polars as pl

from exportin.assays.cell_cycle.drawn import COUNTED, GATE, RIDGE
from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.contract.view import Axis, View
from exportin.events.tube_rows import TubeRows, panel_rows
from exportin.results.tables import Fitted
from exportin.views.density import density_view

SHOWN = 12  # panels; a tube of each condition of the first experiments


def gate_views(fitted: Fitted, settings: CellCycleSettings, rows: TubeRows) -> Iterator[View]:
    """Draw area against height (or width) with the borders of the ridge, a panel per tube."""
    series = fitted.series.frame
    if series.is_empty():
        return
    mine = series.filter(pl.col("quantity") == GATE)
    if mine.is_empty():
        return
    names = ["model", "unit_id", "treatment", "tube"]
    line = str(mine.get_column("model").sort().item(0))
    chosen = mine.filter(pl.col("model") == line).select(names).unique().sort(names).head(SHOWN)
    words = ["treatment", "unit_id"]
    if chosen.select(words).is_duplicated().any():
        words.append("tube")
    panel = pl.concat_str(words, separator=", ").alias("panel")
    shaped = mine.join(chosen, on=names, how="semi").with_columns(panel)
    cells = shaped.filter(pl.col("part") == COUNTED).select(
        "panel", "x", pl.col("x2").alias("y"), pl.col("y").alias("value")
    )
    lines = shaped.filter(pl.col("part").is_in(RIDGE)).select(
        "panel", pl.col("part").alias("curve"), "x", pl.col("x2").alias("y")
    )
    shares = _doublets(fitted, names)
    notes = {
        name: f"{100 * share:.1f} % above the ridge"
        for name, share in shaped.select("panel", *names).unique().join(shares, on=names)
        .select("panel", "value").iter_rows()
    }  # fmt: skip
    high = [float(cells.get_column(axis).cast(pl.Float64).to_numpy().max()) for axis in ("x", "y")]
    yield density_view(
        name="singlets",
        title=f"Single nuclei by the pulse of the DNA stain, {line}",
        cells=cells,
        lines=lines,
        x=Axis(label=f"{settings.dna_channel}", unit="channel", low=0.0, high=high[0] * 1.03),
        y=Axis(label="Height or width of the pulse", unit="channel", low=0.0, high=high[1] * 1.03),
        panels=shaped.sort(names).get_column("panel").unique(maintain_order=True).to_list(),
        notes=notes,
        rows=panel_rows(shaped.select("panel", "unit_id", "tube").unique(), rows),
        caption="Events inside the gate, area of the DNA pulse against its height (width where "
        "there is no height). Single nuclei lie between the lines; doublets, which pass the beam "
        f"longer, on the far side. The first {SHOWN} tubes at most of {line}.",
    )


def _doublets(fitted: Fitted, names: list[str]) -> pl.DataFrame:
    frame = fitted.estimates.frame.filter(pl.col("quantity") == "doublets")
    if "tube" not in frame.columns:
        return pl.DataFrame(schema={**dict.fromkeys(names, pl.String), "value": pl.Float64})
    return frame.select(*names, "value")
