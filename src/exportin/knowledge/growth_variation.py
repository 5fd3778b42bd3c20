"""How untreated xenografts differ between animals: quartiles over 60 patient-derived models."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Level = Literal["lower", "median", "upper"]
LEVELS: tuple[Level, ...] = ("lower", "median", "upper")
SOURCE = (
    "controls of the KuLGaP set (Ortmann et al. 2021, Sci Transl Med 13:eabf4969, "
    "doi:10.1126/scitranslmed.abf4969; file data/alldata_new.csv of bhklab/pyKuLGaP at 46568c5f, "
    "Apache-2.0): models with four animals or more, volumes of 30 mm3 "
    "or more, first 42 days of dosing, ln V ~ day + (day | animal) by REML; remade by "
    "reference/design/make_variation.py"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """One quartile over models; SDs are those of ln volume, rates are per day."""

    growth_rate: float
    start_sd: float
    rate_sd: float
    visit_sd: float
    models: int
    animals: int


@cache
def growth_variation(level: Level = "median") -> Variation:
    """Return the lower quartile, median or upper quartile of each number over models.

    Each number has quartiles of its own: no single model need have all three.

    >>> growth_variation("median").rate_sd < growth_variation("upper").rate_sd
    True
    """
    path = Path(__file__).with_name("growth_variation.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    values = {row["quantity"]: float(row[level]) for row in rows}
    return Variation(**values, models=int(rows[0]["models"]), animals=int(rows[0]["animals"]))
