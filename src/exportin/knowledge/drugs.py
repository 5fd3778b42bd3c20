"""Molar masses of drugs, for doses given by mass."""

import csv
from functools import cache
from pathlib import Path


@cache
def molar_masses() -> dict[str, float]:
    """Return g/mol by drug name in lower case; a salt is another drug than its base.

    >>> round(molar_masses()["selinexor"], 1)
    443.3
    """
    path = Path(__file__).with_name("drugs.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["name"]: float(row["molar_mass_g_per_mol"]) for row in rows}
