"""What ``exportin fit`` says when it is done."""

import json
from pathlib import Path

import polars as pl
import typer

from exportin.app.guard import say


def print_fits(found: pl.DataFrame, out: Path, *, dose: str, as_json: bool) -> None:
    """Count curves, potencies and bounds; say what was not fitted."""
    counts = {
        "curves": found.height,
        "with_ec50": int(found.get_column("status").eq("ok").sum()),
        "bounds": int(found.get_column("bound").ne("=").sum()),
        "no_response": int(found.get_column("status").eq("no_response").sum()),
        "too_few": int(found.get_column("status").eq("too_few").sum()),
        "wells_fitted": int(found.get_column("n_wells").sum()),
        "wells_at_dose_zero": int(found.get_column("n_dose_zero").sum()),
        "wells_missing": int(found.get_column("n_missing").sum()),
    }
    if as_json:
        typer.echo(json.dumps({"out": str(out), **counts}, indent=1))
        return
    say(
        f"{out}: {counts['curves']} curves; EC50 of {counts['with_ec50']}, only a bound of "
        f"{counts['bounds']}, no dose response in {counts['no_response']}, too few wells in "
        f"{counts['too_few']}, the rest not identifiable."
    )
    if counts["wells_at_dose_zero"]:
        say(f"{counts['wells_at_dose_zero']} wells at {dose} = 0 are vehicle and were not fitted.")
    if counts["wells_missing"]:
        say(f"{counts['wells_missing']} wells have no response.")
    unasked = [name for name in found.columns if name.endswith("_absolute")]
    if unasked and found.get_column("auc").is_null().all() and counts["too_few"] < found.height:
        say(
            "The responses are far above the vehicle's 1: no absolute potencies, emax and auc. "
            "Say --vehicle 100 for percent, or divide by the plate's vehicle first."
        )
    say("All wells of a curve count as one experiment: the intervals are technical.")
