"""Write how untreated PDX tumors differ between animals, from the controls of the KuLGaP set.

    .venv/bin/python reference/design/make_variation.py path/to/kulgap_pdx_alldata.csv [OUT.csv]

Prints and writes the quartiles over models (a few numbers; no volumes) to
src/exportin/knowledge/growth_variation.csv.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import polars as pl

from exportin.inference.mixed_model import fit_model

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "src" / "exportin" / "knowledge" / "growth_variation.csv"
MIN_ANIMALS, MIN_VISITS, PALPABLE_MM3, DAYS = 4, 3, 30.0, 42.0
"""Animals per model with so many visits of a measurable tumor in the first six weeks."""


def controls(path: Path) -> pl.DataFrame:
    """Visits of untreated animals from the first dose on; zeros to the end are removed animals."""
    frame = pl.read_csv(path, infer_schema_length=0).select(
        pl.col("patient").alias("model"),
        "category",
        "replicate",
        pl.col("day").str.strip_chars("[]").str.strip_chars(" .").cast(pl.Float64),
        pl.col("volume").cast(pl.Float64),
        pl.col("drug_start_day").cast(pl.Float64),
    )
    frame = frame.filter(pl.col("category") == "Control").drop_nulls()
    frame = frame.with_columns((pl.col("day") - pl.col("drug_start_day")).alias("day"))
    frame = frame.filter((pl.col("day") >= 0.0) & (pl.col("day") <= DAYS))
    frame = frame.filter(pl.col("volume") >= PALPABLE_MM3)
    return frame.unique(["model", "replicate", "day"], keep="none")


def spread(rows: pl.DataFrame) -> dict[str, float] | None:
    """Fit ln V ~ day + (day | animal) to one model; None where too few animals or no fit."""
    kept = rows.group_by("replicate").agg(pl.len()).filter(pl.col("len") >= MIN_VISITS)
    rows = rows.join(kept.select("replicate"), on="replicate").sort("replicate", "day")
    if kept.height < MIN_ANIMALS:
        return None
    day = rows.get_column("day").to_numpy()
    x = np.column_stack([np.ones(day.size), day])
    animal = rows.get_column("replicate").to_list()
    fit = fit_model(np.log(rows.get_column("volume").to_numpy()), x, animal, z=x)
    if not fit.estimate.usable:
        return None
    g = fit.estimate.random_covariance
    return {
        "growth_rate": float(fit.estimate.coefficients[1]),
        "start_sd": float(np.sqrt(g[0, 0])),
        "rate_sd": float(np.sqrt(g[1, 1])),
        "visit_sd": float(np.sqrt(fit.estimate.residual_variances[0])),
        "animals": float(kept.height),
    }


def main() -> None:
    rows = controls(Path(sys.argv[1]))
    found = [spread(part) for _, part in rows.group_by(["model"], maintain_order=True)]
    used = [one for one in found if one is not None]
    table = pl.DataFrame(used)
    print(f"{len(used)} of {len(found)} models, {table['animals'].sum():g} animals")
    print(table.describe())
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["quantity", "units", "lower", "median", "upper", "models", "animals"])
        for name, units in (
            ("growth_rate", "per day"),
            ("start_sd", "ln volume"),
            ("rate_sd", "per day"),
            ("visit_sd", "ln volume"),
        ):
            column = table.get_column(name).to_numpy()
            quartiles = [f"{v:.4f}" for v in np.quantile(column, [0.25, 0.5, 0.75])]
            animals = int(table.get_column("animals").sum())
            writer.writerow([name, units, *quartiles, len(used), animals])


if __name__ == "__main__":
    main()
