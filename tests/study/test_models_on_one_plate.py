"""Two lines on every plate of a long table, from the file to the results and the terminal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

STUDY = '[study]\nschema = 1\ntitle = "Two"\n[block.v]\nassay = "viability"\nfiles = ["w.csv"]\n'
HEAD = "sample_id,unit_id,model,role,treatment,dose,dose_unit,value"
LINES = {"LPS": (90000.0, 100.0), "GIST": (9000.0, 900.0)}  # signal of vehicle, IC50 in nM
BLANK = 5000.0
"""High on purpose: if it were not subtracted, the IC50 of GIST would be 3150 nM."""
SEED = 5
Cli = Callable[..., Any]


def study(folder: Path, *, unsaid: tuple[str, str] = ("", "")) -> Path:
    """Three experiments; ``unsaid`` is a role and a model whose wells leave their model empty."""
    rng = np.random.default_rng(SEED)
    rows = [HEAD]
    for unit in ("E1", "E2", "E3"):
        for model, (top, ic50) in LINES.items():
            wells = [("vehicle", "DMSO", ",", top)] * 8
            wells += [("treated", "selinexor", f"{d:.6g},nM", top / (1 + d / ic50))
                      for d in (4000 / 2.5**i for i in range(10)) for _ in range(3)]  # fmt: skip
            for role, drug, dose, signal in wells:
                name = "" if (role, model) == unsaid else model
                value = BLANK + signal * rng.normal(1, 0.04)
                rows.append(f"P-{unit},{unit},{name},{role},{drug},{dose},{value:.1f}")
        rows += [f"P-{unit},{unit},,blank,,,,{BLANK * rng.normal(1, 0.02):.1f}" for _ in range(6)]
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY)
    (folder / "w.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_each_line_is_held_against_its_own_vehicle(tmp_path: Path, cli: Cli) -> None:
    print(f"seed {SEED}")
    folder = study(tmp_path / "s")
    assert cli("check", folder).out.strip() == "Nothing to mend."
    assert cli("run", folder, "--workers", 1).code == 0
    found = pl.read_csv(folder / "results" / "estimates.csv", infer_schema_length=None)
    pooled = found.filter(pl.col("unit_id").is_null(), pl.col("quantity") == "ic50_absolute")
    values = dict(pooled.select("model", "value").iter_rows())
    assert values == pytest.approx({m: ic50 for m, (_, ic50) in LINES.items()}, rel=0.1)
    spread = found.filter(quantity="control_cv", control="vehicle").get_column("value")
    assert spread.len() == 6
    assert spread.max() < 10.0  # percent; of both lines together: 90
    said = cli("show", folder).out
    assert "3 plates, none flagged" in " ".join(said.split())
    assert "z_prime" not in said


def test_vehicle_of_nobody_knows_whom_is_refused(tmp_path: Path, cli: Cli) -> None:
    folder = study(tmp_path / "s", unsaid=("vehicle", "GIST"))
    said = cli("check", folder)
    assert said.code == 2
    assert "plate 'P-E1' holds 2 models (GIST, LPS)" in said.text
    assert "8 of its 16 vehicle wells do not say whose cells they are" in said.text
