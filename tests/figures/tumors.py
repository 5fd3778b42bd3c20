"""Invented tumor studies for the pictures over time; no fitting, the true curves are known."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

LIMIT = 1500.0
VISITS = tuple(3.5 * i for i in range(18))
ARMS = {"vehicle": 0.0, "doxorubicin": 0.03, "selinexor": 0.05}
MODELS = {"LS-GD-1": 0.052, "LS-BZ-1": 0.105, "LS-BP-1": 0.045}
DOSES = {
    "doxorubicin": (0.0, 7.0, 14.0),
    "selinexor": (0.0, 4.0, 7.0, 11.0, 14.0, 18.0, 21.0, 25.0),
}
NINE = {
    "vehicle": 0.0, "Irinotecan": 0.02, "Rabusertib": 0.01, "Irinotecan + Rabusertib": 0.045,
    "doxorubicin": 0.015, "selinexor": 0.03, "eltanexor": 0.035, "trabectedin": 0.025,
    "selinexor + doxorubicin": 0.05,
}  # fmt: skip


def animals(
    models: Mapping[str, float] = MODELS,
    arms: Mapping[str, float] = ARMS,
    *,
    n: int = 8,
    visits: Sequence[float] = VISITS,
    seed: int = 1,
) -> pl.DataFrame:
    """Make visits until an animal reaches the limit; columns as ``growth_view`` takes them."""
    rng = np.random.default_rng(seed)
    rows = []
    for model, rate in models.items():
        for arm, effect in arms.items():
            for i in range(n):
                start, own = 150 * np.exp(rng.normal(0, 0.25)), rng.normal(0, 0.008)
                for day in visits:
                    gain = (rate + own) * day - effect * min(day, 25.0) + rng.normal(0, 0.1)
                    volume = float(start * np.exp(gain))
                    rows.append((model, arm, f"{arm} {i}", day, volume))
                    if volume >= LIMIT:
                        break
    schema = {"panel": str, "group": str, "animal": str, "x": float, "y": float}
    return pl.DataFrame(rows, schema=schema, orient="row")


def means(
    models: Mapping[str, float] = MODELS,
    arms: Mapping[str, float] = ARMS,
    *,
    last: Mapping[str, float] | None = None,
) -> pl.DataFrame:
    """Make the true curves with a band of a fifth."""
    rows = []
    for model, rate in models.items():
        for arm, effect in arms.items():
            for day in np.arange(0.0, (last or {}).get(model, 59.5) + 0.1, 0.5):
                y = float(150 * np.exp(rate * day - effect * min(day, 25.0)))
                if y <= 1.5 * LIMIT:
                    rows.append((model, arm, float(day), y, y / 1.2, y * 1.2, y > LIMIT))
    schema = {"panel": str, "group": str, "x": float, "y": float, "low": float, "high": float,
              "dashed": bool}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def ends(visits: pl.DataFrame, end: float = VISITS[-1]) -> pl.DataFrame:
    """Take the last visit of each animal and why it left; every tenth was found dead."""
    last = visits.sort("x").group_by("panel", "group", "animal", maintain_order=True).last()
    reason = (
        pl.when(pl.col("y") >= LIMIT).then(pl.lit("tumor_limit"))
        .when(pl.col("x") >= end).then(pl.lit("end"))
        .otherwise(pl.lit("found_dead"))
    )  # fmt: skip
    return last.select("panel", "group", "animal", "x", "y", reason.alias("removal"))


def at_risk(visits: pl.DataFrame, times: Sequence[float] = VISITS) -> pl.DataFrame:
    """Count the animals whose last visit is not before a day."""
    last = visits.group_by("panel", "group", "animal").agg(pl.col("x").max().alias("last"))
    days = pl.DataFrame({"x": list(times)}, schema={"x": float})
    seen = last.join(days, how="cross").with_columns((pl.col("last") >= pl.col("x")).alias("n"))
    counts = seen.group_by("panel", "group", "x").agg(pl.col("n").sum().cast(pl.Int64))
    return counts.sort("panel", "group", "x")


def doses(given: Mapping[str, Sequence[float]] = DOSES) -> pl.DataFrame:
    rows = [(arm, day) for arm, days in given.items() for day in days]
    return pl.DataFrame(rows, schema={"group": str, "x": float}, orient="row")


def changes(visits: pl.DataFrame) -> pl.DataFrame:
    """Percent change from the first visit."""
    first = pl.col("y").sort_by("x").first().over("panel", "group", "animal")
    return visits.with_columns(y=100 * (pl.col("y") / first - 1))


def weights(visits: pl.DataFrame, seed: int = 2) -> pl.DataFrame:
    """Body weights in percent: treated arms lose some while dosed."""
    rng = np.random.default_rng(seed)
    loss = pl.when(pl.col("group") == "vehicle").then(0.0).otherwise(7.0)
    lost = loss * pl.min_horizontal(pl.col("x"), pl.lit(25.0)) / 25
    noise = pl.Series(rng.normal(0, 1.5, visits.height))
    y = pl.when(pl.col("x") == 0).then(100.0).otherwise(100 + 0.08 * pl.col("x") - lost + noise)
    return visits.with_columns(y=y)


def kaplan_meier(
    rows: Sequence[tuple[str, str, float, bool]],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make curves and censored times from (panel, group, time, event); limits by Greenwood."""
    steps, out = [], []
    people = pl.DataFrame(rows, schema=["panel", "group", "x", "event"], orient="row")
    for (panel, group), part in people.group_by(["panel", "group"], maintain_order=True):
        share, spread = 1.0, 0.0
        for time in sorted(set(part["x"])):
            n = part.filter(pl.col("x") >= time).height
            d = part.filter(pl.col("x") == time, "event").height
            if d:
                share *= 1 - d / n
                spread += d / (n * (n - d)) if n > d else 0.0
                half = 1.96 * share * spread**0.5
                limits = (max(share - half, 0), min(share + half, 1)) if share else (None, None)
                steps.append((panel, group, time, share, *limits))
            if part.filter(pl.col("x") == time, ~pl.col("event")).height:
                out.append((panel, group, time, share))
        if not part["event"].any():
            steps.append((panel, group, 0.0, 1.0, None, None))
    schema = {"panel": str, "group": str, "x": float, "y": float, "low": float, "high": float}
    ticks = {name: schema[name] for name in ("panel", "group", "x", "y")}
    return (
        pl.DataFrame(steps, schema=schema, orient="row"),
        pl.DataFrame(out, schema=ticks, orient="row"),
    )
