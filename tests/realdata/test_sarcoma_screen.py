"""The published sarcoma screen: nine lines, against fits that other programs made."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import exportin
from exportin.kernels.hill import fit_hill
from exportin.results.formatting import format_estimate

STUDY = Path(__file__).parents[2] / "examples" / "sarcoma_screen" / "study.toml"
PAGE = Path(__file__).parents[2] / "docs" / "real_data.md"
NAMES = {"selinexor": "Selinexor", "doxorubicin": "Doxorubicin_Hydrochloride"}
DRUGS = ("Selinexor", "Doxorubicin_Hydrochloride")


@pytest.fixture(scope="module")
def screen(realdata):
    folder = realdata / "dose" / "sarcoma_viability"
    wells = pl.read_csv(folder / "viability.csv").filter(pl.col("dose_nM") > 0)
    expected = pl.read_csv(folder / "expected.csv")
    return wells, expected


def excess(wells, expected):
    """Residual sum over that of the reference, relative to its size, for every curve."""
    scale, out = 1e-12, {}
    curves = wells.partition_by("cell_line", "drug", as_dict=True)
    for row in expected.iter_rows(named=True):
        curve = curves[row["cell_line"], row["drug"]].drop_nulls()
        y = curve["viability"].to_numpy()
        fit = fit_hill(np.log10(curve["dose_nM"].to_numpy()), y)
        size = max(row["best_rss"], scale * float(np.sum((y - y.mean()) ** 2)))
        out[row["cell_line"], row["drug"]] = (fit, (fit.rss - row["best_rss"]) / size, row)
    return out


def test_fits_of_selinexor_and_doxorubicin_equal_the_reference(screen):
    wells, expected = screen
    found = excess(wells, expected.filter(pl.col("drug").is_in(DRUGS)))
    assert len(found) == 18
    for name, (fit, over, row) in found.items():
        assert over < 1e-6, name
        assert 10**fit.log10_ec50 == pytest.approx(row["best_ec50_nM"], rel=2e-3), name
        assert 10**fit.log10_ec50 == pytest.approx(row["drc_ec50_nM"], rel=2e-3), name


def test_no_fit_of_a_sample_of_the_screen_is_above_the_reference(screen):
    wells, expected = screen
    some = expected.sample(150, seed=20261120)
    assert max(over for _, over, _ in excess(wells, some).values()) < 1e-6


@pytest.mark.long
@pytest.mark.timeout(600)
def test_no_fit_of_the_whole_screen_is_above_the_reference(screen):
    wells, expected = screen
    found = excess(wells, expected)
    assert len(found) == 1296
    worst = {name: over for name, (_, over, _) in found.items() if over > 1e-6}
    assert not worst


def page_rows():
    """What the documentation says: line and drug to the three estimates."""
    out = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[1] in NAMES:
            out[cells[0], NAMES[cells[1]]] = (cells[2], cells[4], cells[5])
    return out


def test_the_page_tells_what_the_whole_screen_says(realdata):
    """Every line of the table of 144 drugs, and the counts in the text, from a fresh fit."""
    wells = pl.read_csv(realdata / "dose" / "sarcoma_viability" / "viability.csv")
    found = exportin.fit_curves(
        wells, curve=["cell_line", "drug"], dose="dose_nM", response="viability", levels=(50, 75)
    )
    page = PAGE.read_text("utf-8")
    status, bound = pl.col("status"), pl.col("bound")
    for (line,), mine in found.group_by("cell_line"):
        counts = mine.select(
            status.eq("ok").sum().alias("a"),
            bound.eq(">").sum().alias("b"),
            bound.eq("<").sum().alias("c"),
            status.eq("no_response").sum().alias("d"),
            (status.eq("not_identifiable") & bound.eq("=")).sum().alias("e"),
            pl.col("ic50_absolute_status").eq("ok").sum().alias("f"),
        ).row(0)
        assert f"| {line} | {' | '.join(map(str, counts))} |" in page
    text = " ".join(page.split())
    ok = found.filter(status == "ok")
    top = found.get_column("top").drop_nulls()
    medians = found.group_by("drug").agg(pl.col("auc").median()).sort("auc")
    assert f"{(found['status'] == 'no_response').sum()} of 1296 are flat" in text
    assert f"{(found['bound'] != '=').sum()} show a response whose midpoint" in text
    assert (ok["conf_open"] == "none").all()
    unknown = ((found["status"] == "not_identifiable") & (found["bound"] == "=")).sum()
    assert f"{unknown} can be told neither way" in text
    inside = found.filter(
        # a step at the last dose has no place of its own: it may be told on either side
        (pl.col("model_choice") == "hill4") & pl.col("fit_ec50").is_between(0.16, 9_990)
    )
    assert f"exists for {inside.height} curves; {inside.height - ok.height} of those" in text
    assert f"reached on {(found['ic50_absolute_status'] == 'ok').sum()} curves" in text
    assert f"{(ok['bottom'] > 0.5).sum()} curves have a well-determined EC50" in text
    assert f"{(top > 1.1).sum()} of {top.len()} curves" in text
    assert medians["drug"].to_list()[4] == "Doxorubicin_Hydrochloride"
    selinexor = found.filter(pl.col("drug") == "Selinexor")
    assert (selinexor["ic75_absolute_bound"] == "=").sum() == 5
    assert (selinexor["emax"].min(), selinexor["emax"].max()) == pytest.approx(
        (0.28, 0.92), abs=5e-3
    )
    doxorubicin = found.filter(pl.col("drug") == "Doxorubicin_Hydrochloride")
    fold = (selinexor["ec50"] / doxorubicin["ec50"]).to_list()
    lower = [line for line, ratio in zip(selinexor["cell_line"], fold, strict=True) if ratio < 1]
    assert lower == ["SK-LMS-1"]
    assert (round(sorted(fold)[1], 1), round(max(fold))) == (1.6, 8)
    flat = found.group_by("drug").agg(pl.col("model_choice").eq("flat").sum())["model_choice"]
    assert ((flat == 9).sum(), (flat == 0).sum()) == (0, 83)


def find(estimates, block, quantity, like):
    found = estimates.filter(
        (pl.col("block") == block)
        & (pl.col("quantity") == quantity)
        & pl.col("unit_id").is_null()
        & (pl.col("model") == like["model"])
        & (pl.col("treatment") == like["treatment"])
    )
    return found.row(0, named=True)


@pytest.mark.timeout(300)
def test_the_screen_goes_through_run(realdata, tmp_path):
    shutil.copy(STUDY, tmp_path / "study.toml")
    shutil.copy(realdata / "dose" / "sarcoma_viability" / "viability.csv", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "exportin", "run", str(tmp_path), "--workers", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    estimates = pl.read_csv(tmp_path / "results" / "estimates.csv", infer_schema_length=None)
    expected = pl.read_csv(realdata / "dose" / "sarcoma_viability" / "expected.csv")
    pooled_wells = estimates.filter(
        (pl.col("block") == "screen")
        & (pl.col("quantity") == "ec50")
        & pl.col("unit_id").is_not_null()
    )
    both = pooled_wells.join(
        expected, left_on=["model", "treatment"], right_on=["cell_line", "drug"]
    )
    assert both.height == 18
    assert (both["value"] / both["best_ec50_nM"]).is_between(0.998, 1.002).all()
    assert both["interval_level"].unique().to_list() == ["within"]
    assert "SW684" in (tmp_path / "results" / "report.html").read_text(encoding="utf-8")
    between = estimates.filter(
        (pl.col("block") == "replicates")
        & (pl.col("quantity") == "ic50_absolute")
        & pl.col("unit_id").is_null()
    )
    assert between.height == 18
    assert page_rows() == {
        (row["model"], row["treatment"]): (
            format_estimate(row),
            *(
                format_estimate(find(estimates, "replicates", quantity, row))
                for quantity in ("ec50", "ic50_absolute")
            ),
        )
        for row in pooled_wells.iter_rows(named=True)
    }
    # SW684 keeps more than half of its signal at 10 uM: a bound, never a number
    assert set(between.filter(pl.col("model") == "SW684")["bound"]) == {">"}
