"""Curves without any dose response, and how small a response is still seen."""

import numpy as np

from bench import engine
from bench.curves import LOG_DOSES, Packed, Truth, heights, pack_matrix, wells_of
from bench.printing import percent, say, table
from exportin.kernels.response_test import ALPHA_NO_RESPONSE

SEED = 20261124
SD = 0.05
EFFECTS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
"""Top minus bottom of the true curve, EC50 in the middle of the doses, hill 1."""
REPLICATES = (1, 3)


def draw(effect: float, replicates: int, n: int, rng: np.random.Generator) -> Packed:
    ones = np.ones(n)
    truth = Truth(ones, (1.0 - effect) * ones, rng.uniform(1.5, 2.5, n), ones)
    x = wells_of(LOG_DOSES, replicates)
    y = heights(truth, x)
    return pack_matrix(x, y + rng.normal(0.0, SD, y.shape))


def row(effect: float, replicates: int, n: int) -> list[object]:
    rng = np.random.default_rng([SEED, EFFECTS.index(effect), replicates])
    said = engine.answers(draw(effect, replicates, n, rng))
    seen = float(np.mean(said.p_response <= ALPHA_NO_RESPONSE))
    number = float(np.mean(np.isfinite(said.ec50) & (said.ec50_bound == "=")))
    false = float(np.mean(np.isfinite(said.ic50) & (said.ic50_bound == "=")))
    error = float(np.sqrt(seen * (1.0 - seen) / n))
    return [
        f"{effect:g} ({effect / SD:g} SD), {replicates} a dose", percent(seen, 2),
        percent(error, 2), percent(number, 2), percent(false, 2),
    ]  # fmt: skip


def run(n: int) -> None:
    columns = ("top - bottom", "response seen", "MC error", "EC50 is a number", "IC50 is a number")
    title = (
        f'  flat and weak curves, seed {SEED}, {n:,} a row; alpha of "no response" '
        f"{ALPHA_NO_RESPONSE:g}; wanted: an EC50 on at most 1 % of the flat"
    )
    found = [row(effect, replicates, n) for replicates in REPLICATES for effect in EFFECTS]
    say(table(title, columns, found))
