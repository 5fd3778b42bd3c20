"""What ``exportin fit`` says when it is done."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import typer

from exportin.app.guard import say
from exportin.curves.table_vehicle import DOSE_ZERO

OFF_VEHICLE = 0.1
MOSTLY = 0.7


def print_fits(
    found: pl.DataFrame, out: Path, *, dose: str, vehicle: float | str, as_json: bool
) -> None:
    """Count curves, potencies and bounds; say what was not fitted."""
    counts = {
        "curves": found.height,
        "with_ec50": int(found.get_column("status").eq("ok").sum()),
        "bounds": int(found.get_column("bound").ne("=").sum()),
        "no_response": int(found.get_column("status").eq("no_response").sum()),
        "not_identifiable": int(
            (
                found.get_column("status").eq("not_identifiable")
                & found.get_column("bound").eq("=")
            ).sum()
        ),
        "too_few": int(found.get_column("status").eq("too_few").sum()),
        "wells_fitted": int(found.get_column("n_wells").sum()),
        "wells_at_dose_zero": int(found.get_column("n_dose_zero").sum()),
        "wells_missing": int(found.get_column("n_missing").sum()),
    }
    if as_json:
        typer.echo(json.dumps({"out": str(out), **counts}, indent=1))
        return
    say(
        f"{out}: {counts['curves']} curves; EC50 of {counts['with_ec50']}, only a bound of it in "
        f"{counts['bounds']}, no dose response in {counts['no_response']}, too few wells in "
        f"{counts['too_few']}, not identifiable in {counts['not_identifiable']}."
    )
    for name in (name for name in found.columns if name.endswith("_absolute")):
        reached = found.get_column(name).is_not_null() & found.get_column(f"{name}_bound").eq("=")
        bounds = found.get_column(f"{name}_bound").ne("=").sum()
        say(f"{name}: reached in {reached.sum()}, only a bound in {bounds}.")
    if counts["wells_at_dose_zero"]:
        own = "; their mean is the vehicle of their curve" if vehicle == DOSE_ZERO else ""
        say(
            f"{counts['wells_at_dose_zero']} wells at {dose} = 0 are vehicle and were not "
            f"fitted{own}."
        )
    if counts["wells_missing"]:
        say(f"The response of {counts['wells_missing']} wells is missing.")
    for doubt in doubts(found, vehicle):
        say(doubt)
    say("All wells of a curve count as one experiment: the intervals are technical.")


def doubts(found: pl.DataFrame, vehicle: float | str) -> Iterator[str]:
    """Say what speaks against the table being what it was taken for."""
    fitted = found.filter(pl.col("model_choice") != "none")
    raw = fitted.get_column("auc").null_count()
    if isinstance(vehicle, str):
        if raw:
            yield (
                f"The responses of {raw} curves are far above their wells at dose 0: no absolute "
                "potencies, Emax and AUC for them."
            )
    else:
        yield from _beside(found, raw, vehicle)
    curves = fitted.filter(pl.col("model_choice") == "hill4")
    rising = curves.filter(pl.col("fit_bottom") > pl.col("fit_top")).height
    if rising > 1 and rising > MOSTLY * curves.height:
        yield (
            f"{rising} of {curves.height} curves rise with the dose. Percent inhibition must be "
            "turned into percent of vehicle (100 - inhibition) first."
        )


def _beside(found: pl.DataFrame, raw: int, vehicle: float) -> Iterator[str]:
    """Say where the number that was said is not the vehicle of the table."""
    if raw:
        yield (
            f"The responses of {raw} curves are far above the vehicle's {vehicle:g}: no absolute "
            "potencies, Emax and AUC for them. Say --vehicle 100 for percent, --vehicle dose0 if "
            "each curve has vehicle wells of its own, or divide by the plate's vehicle first."
        )
    off = found.get_column("mean_at_dose_zero") / vehicle
    beside = (off - 1.0).abs() > OFF_VEHICLE
    if beside.sum():
        yield (
            f"In {beside.sum()} curves the wells at dose 0 average more than {OFF_VEHICLE:.0%} "
            f"beside the vehicle's {vehicle:g}: absolute potencies refer to {vehicle:g}, not to "
            "them. If they are the vehicle, say --vehicle dose0."
        )
