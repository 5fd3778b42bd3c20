"""What the fits are judged on: usual curves and the ones that break fitters."""

from collections.abc import Callable

import numpy as np

from bench.curves import LOG_DOSES, Packed, Truth, heights, pack, wells_of

Curve = tuple[np.ndarray, np.ndarray]
Maker = Callable[[np.random.Generator], Curve]
SD = 0.05


def hill_curve(x: np.ndarray, top: float, bottom: float, ec50: float, hill: float) -> np.ndarray:
    """Height of one curve; ``x`` and ``ec50`` as log10 dose."""
    truth = Truth(*(np.array([v], dtype=np.float64) for v in (top, bottom, ec50, hill)))
    return heights(truth, x)[0]


def _usual(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    ec50, hill = rng.uniform(x.min() + 0.5, x.max() - 0.5), rng.uniform(0.5, 2.5)
    return hill_curve(x, rng.uniform(0.9, 1.1), rng.uniform(0.0, 0.5), ec50, hill)


def _noisy(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, sd: float = SD) -> Curve:
    return x, y + rng.normal(0.0, sd, x.size)


def full(rng: np.random.Generator) -> Curve:
    x = wells_of(LOG_DOSES, 3)
    return _noisy(rng, x, _usual(rng, x))


def incomplete(rng: np.random.Generator) -> Curve:
    x = wells_of(LOG_DOSES, 3)
    y = hill_curve(x, 1.0, rng.uniform(0.0, 0.5), rng.uniform(3.5, 5.0), rng.uniform(0.5, 2.5))
    return _noisy(rng, x, y)


def flat(rng: np.random.Generator) -> Curve:
    x = wells_of(LOG_DOSES, 3)
    return _noisy(rng, x, np.ones(x.size))


def steep(rng: np.random.Generator) -> Curve:
    x = wells_of(LOG_DOSES, 3)
    return _noisy(rng, x, hill_curve(x, 1.0, 0.1, rng.uniform(0.5, 3.5), rng.uniform(4.0, 30.0)))


def shallow(rng: np.random.Generator) -> Curve:
    x = wells_of(LOG_DOSES, 3)
    return _noisy(rng, x, hill_curve(x, 1.0, 0.1, rng.uniform(0.5, 3.5), rng.uniform(0.1, 0.5)))


def few_doses(rng: np.random.Generator) -> Curve:
    x = wells_of(np.linspace(0.0, 4.0, int(rng.integers(4, 6))), int(rng.integers(2, 4)))
    return _noisy(rng, x, _usual(rng, x))


def missing_wells(rng: np.random.Generator) -> Curve:
    x, y = full(rng)
    keep = rng.random(x.size) < 0.6
    keep[::9] = True
    return x[keep], y[keep]


def exact(rng: np.random.Generator) -> Curve:
    """Without noise: the residual sum must come down to rounding."""
    x = wells_of(LOG_DOSES, 3)
    return x, _usual(rng, x)


def rising(rng: np.random.Generator) -> Curve:
    x = wells_of(LOG_DOSES, 3)
    return _noisy(rng, x, 1.2 - _usual(rng, x))


def hormesis(rng: np.random.Generator) -> Curve:
    """Stimulation at low doses before the fall: no Hill curve has this shape."""
    x = wells_of(LOG_DOSES, 3)
    bump = rng.uniform(0.1, 0.4) * np.exp(-(((x - rng.uniform(0.8, 1.8)) / 0.5) ** 2))
    return _noisy(rng, x, _usual(rng, x) + bump)


def biphasic(rng: np.random.Generator) -> Curve:
    x = wells_of(LOG_DOSES, 3)
    first = hill_curve(x, 0.5, 0.0, rng.uniform(0.3, 1.5), rng.uniform(1.0, 3.0))
    second = hill_curve(x, 0.5, 0.0, rng.uniform(2.5, 3.8), rng.uniform(1.0, 3.0))
    return _noisy(rng, x, first + second)


def outliers(rng: np.random.Generator) -> Curve:
    x, y = full(rng)
    hit = rng.random(x.size) < 0.1
    return x, y + np.where(hit, rng.standard_t(2.0, x.size) * 0.4, 0.0)


def tiny_scale(rng: np.random.Generator) -> Curve:
    x, y = full(rng)
    return x, y * 1e-6


def huge_scale(rng: np.random.Generator) -> Curve:
    x, y = full(rng)
    return x, y * 1e6


def negative(rng: np.random.Generator) -> Curve:
    x, y = full(rng)
    return x, y - 3.0


SCENARIOS: dict[str, Maker] = {
    "full": full,
    "incomplete": incomplete,
    "flat": flat,
    "steep": steep,
    "shallow": shallow,
    "few doses (4-5)": few_doses,
    "missing wells (40 %)": missing_wells,
    "exact, no noise": exact,
    "rising": rising,
    "hormesis": hormesis,
    "biphasic": biphasic,
    "heavy outliers": outliers,
    "responses x 1e-6": tiny_scale,
    "responses x 1e6": huge_scale,
    "negative responses": negative,
}


def draw(name: str, n: int, seed: int) -> Packed:
    """Draw n curves of a scenario; its stream depends on the seed and its place in the list."""
    rng = np.random.default_rng([seed, list(SCENARIOS).index(name)])
    return pack(SCENARIOS[name](rng) for _ in range(n))
