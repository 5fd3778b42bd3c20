"""R programs that remake the tests of growth rate, time to volume and max TVI."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.tumor_growth.arm_days import arms_of, complete_days
from exportin.assays.tumor_growth.cages import cages_of, rates_of_cages
from exportin.assays.tumor_growth.growth_models import fit_of
from exportin.assays.tumor_growth.kept import Kept
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.time_rows import times_of
from exportin.assays.tumor_growth.visits import Visits, models, visits
from exportin.contract.assay import Context
from exportin.inference.arm_rscripts import r_largest, r_t_test
from exportin.inference.cage_tests import SUMS, cage_sums, r_cage_means, r_cage_sums
from exportin.inference.mixed_rscript import growth_r_script
from exportin.inference.mixed_slopes import slope_contrasts
from exportin.inference.survival_rtext import survival_r_call
from exportin.kernels.survival_logrank import log_rank
from exportin.results.tables import Estimates, Flags
from exportin.tables.kinds import TumorLog

TWO_SIDED = "p <- 2 * pt(-abs(effect / se), df)"
SIDES = {
    "less": "p <- pt(effect / se, df)",
    "greater": "p <- pt(effect / se, df, lower.tail = FALSE)",
}


def r_script(  # noqa: PLR0917 - the contract's arguments
    rows: TumorLog,
    flags: Flags,
    estimates: Estimates,
    row: Mapping[str, Any],
    settings: TumorGrowthSettings,
    context: Context,
) -> str:
    """Write the R program of one row of Tests."""
    del estimates
    seen = dict(models(visits(rows, flags, settings)))[str(row["model"])]
    kept = seen.once("programs", lambda: Kept[str](most=256))
    asked = (dict(row), settings, context.conf_level)
    return kept.of(row["id"], asked, 1, lambda: _program(seen, row, settings, context))


def _program(
    seen: Visits, row: Mapping[str, Any], settings: TumorGrowthSettings, context: Context
) -> str:
    if row["quantity"] == "time_to_volume":
        return _r_times(seen, row, settings)
    if row["quantity"] == "max_tvi" or row["method"] == "published_t_test":
        return _r_volumes(seen, row)
    return _r_rates(seen, row, settings, context)


def _r_times(seen: Visits, row: Mapping[str, Any], settings: TumorGrowthSettings) -> str:
    frame = times_of(seen, settings).frame.filter(pl.col("known"))
    if SUMS in row["method"]:
        return _r_cage_scores(frame, seen, row)
    return survival_r_call(frame, row, between="arm")


def _r_volumes(seen: Visits, row: Mapping[str, Any]) -> str:
    """R program of a test of raw volumes: of one day, or of the largest inhibition."""
    arms = arms_of(seen)
    a, b = (arms[str(row[name])] for name in ("group_a", "group_b"))
    if row["method"] == "published_t_test":
        said = float(row["test"].rpartition(" day ")[2])
        day = min({*a.days, *b.days}, key=lambda one: abs(one - said))
        kept = [v[~np.isnan(v)] for v in (arm.on([day])[:, 0] for arm in (a, b))]
        return r_t_test(kept[0], kept[1], row)
    days = complete_days(a, b)
    held = None
    if row["method"] == SUMS:
        cages = cages_of(seen) or {}
        held = [cages[name] for arm in (a, b) for name in arm.animals]
    return r_largest(a.on(days), b.on(days), days, row, held)


def _r_rates(
    seen: Visits, row: Mapping[str, Any], settings: TumorGrowthSettings, context: Context
) -> str:
    """R program of a comparison of growth rates: mixed model, or means of cages."""
    pair = (str(row["group_a"]), str(row["group_b"]))
    if row["method"] == "cage_means":
        rates = rates_of_cages(seen, cages_of(seen) or {}, settings)
        return r_cage_means(rates[pair[0]], rates[pair[1]], row)
    fit = fit_of(seen, settings, context)
    if fit is None:
        return f"# {row['verdict']}\n"
    text = growth_r_script(fit, slope_contrasts(fit, [pair], adjust="none")[0], pair)
    return text.replace(TWO_SIDED, SIDES.get(row["alternative"], TWO_SIDED))


def _r_cage_scores(frame: pl.DataFrame, seen: Visits, row: Mapping[str, Any]) -> str:
    """R program of the log-rank test of whole cages."""
    cages = cages_of(seen) or {}
    mine = frame.filter(pl.col("arm").is_in([row["group_a"], row["group_b"]]))
    group = (mine.get_column("arm") == row["group_a"]).to_numpy().astype(np.int64)
    found = log_rank(
        mine.get_column("time").to_numpy().astype(np.float64),
        mine.get_column("event").to_numpy().astype(bool),
        group,
    )
    held = [cages[name] for name in mine.get_column("animal")]
    return r_cage_sums(*cage_sums(found.score, held, group), row)
