"""The built-in table of variation: what it says, and that its script remakes it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from exportin.design.variation import built_in, from_before
from exportin.inference.growth_scenarios import GrowthScenario, simulate_studies
from exportin.knowledge import growth_variation as knowledge
from exportin.tables.problems import InputError

ROOT = Path(__file__).resolve().parents[2]


def test_quartiles_ascend():
    found = [knowledge.growth_variation(level) for level in knowledge.LEVELS]
    for name in ("growth_rate", "start_sd", "rate_sd", "visit_sd"):
        values = [getattr(one, name) for one in found]
        assert values == sorted(values)
        assert len(set(values)) == 3
    assert built_in("kulgap-upper").rate_sd == found[2].rate_sd


def test_the_script_remakes_the_table(tmp_path: Path, realdata: Path):
    out = tmp_path / "made.csv"
    done = subprocess.run(
        [sys.executable, ROOT / "reference" / "design" / "make_variation.py",
         realdata / "vivo" / "kulgap_pdx_alldata.csv", out],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = pl.read_csv(out)
    kept = pl.read_csv(Path(knowledge.__file__).with_name("growth_variation.csv"))
    assert made.drop("lower", "median", "upper").equals(kept.drop("lower", "median", "upper"))
    for level in knowledge.LEVELS:
        both = made.get_column(level).to_numpy(), kept.get_column(level).to_numpy()
        np.testing.assert_allclose(*both, atol=2e-4)


def table(path: Path, animals: int, days: int = 8) -> Path:
    plan = GrowthScenario(
        arms=("vehicle", "drug"), rates=(0.08, 0.05), sizes=(animals, animals),
        days=tuple(3.0 * i for i in range(days)), start_mm3=120.0, start_sd=0.3, rate_sd=0.02,
        visit_sd=0.12,
    )  # fmt: skip
    found = simulate_studies(plan, 1, np.random.default_rng(4))
    rows = [
        f"M{a},{('vehicle', 'drug')[found.arm[a]]},{day:g},{np.exp(y):.3f}"
        for a in range(2 * animals)
        for day, y in zip(found.days, found.log_volume[0, a], strict=True)
    ]
    path.write_text("\n".join(["animal,arm,day,volume_mm3", *rows]) + "\n")
    return path


def test_a_large_pilot_gives_its_own_sds_back(tmp_path: Path):
    found = from_before(table(tmp_path / "a.csv", 150), control="vehicle")
    assert found.growth_rate == pytest.approx(0.08, abs=0.005)
    assert found.start_sd == pytest.approx(0.3, rel=0.12)
    assert found.rate_sd == pytest.approx(0.02, rel=0.12)
    assert found.visit_sd == pytest.approx(0.12, rel=0.05)
    assert found.start_mm3 == pytest.approx(120.0, rel=0.08)
    assert found.df == 298


def test_pilots_that_cannot_tell_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match="there is no arm 'placebo'"):
        from_before(table(tmp_path / "a.csv", 4), control="placebo")
    with pytest.raises(InputError, match="too few animals and visits"):
        from_before(table(tmp_path / "b.csv", 3, days=2), control="vehicle")
