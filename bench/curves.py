"""Simulated curves of known truth, all wells one after another, as the engine takes them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

N_DOSES, N_WELLS = 10, 3
LOG_DOSES = np.linspace(0.0, 4.0, N_DOSES)
"""1 to 10,000 (nM, say) in equal log steps."""


class Packed(NamedTuple):
    """Wells of many curves; curve i owns ``offsets[i]`` to ``offsets[i + 1]``."""

    log10_dose: np.ndarray
    response: np.ndarray
    offsets: np.ndarray

    @property
    def n_curves(self) -> int:
        return self.offsets.size - 1

    def curve(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        own = slice(int(self.offsets[i]), int(self.offsets[i + 1]))
        return self.log10_dose[own], self.response[own]


class Truth(NamedTuple):
    """Parameters of many curves, one array entry each."""

    top: np.ndarray
    bottom: np.ndarray
    log10_ec50: np.ndarray
    hill: np.ndarray

    def leveled(self, flat: np.ndarray) -> "Truth":
        """Take the dose response away where ``flat``."""
        return self._replace(bottom=np.where(flat, self.top, self.bottom))


def pack(curves: Iterable[tuple[np.ndarray, np.ndarray]]) -> Packed:
    """Put curves of any length one after another."""
    listed = list(curves)
    sizes = [x.size for x, _ in listed]
    return Packed(
        np.concatenate([x for x, _ in listed]).astype(np.float64),
        np.concatenate([y for _, y in listed]).astype(np.float64),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
    )


def pack_matrix(log10_dose: np.ndarray, response: np.ndarray) -> Packed:
    """Pack curves of one length; doses are one row for all or a row per curve."""
    n, wells = response.shape
    doses = np.broadcast_to(log10_dose, (n, wells)).astype(np.float64)
    return Packed(doses.ravel(), response.ravel(), np.arange(n + 1, dtype=np.int64) * wells)


def heights(truth: Truth, log10_dose: np.ndarray) -> np.ndarray:
    """Noise-free responses, a row per curve (four-parameter Hill curve)."""
    z = truth.hill[:, None] * np.log(10.0) * (log10_dose - truth.log10_ec50[:, None])
    down = 0.5 * (1.0 - np.tanh(0.5 * z))
    return truth.bottom[:, None] + (truth.top - truth.bottom)[:, None] * down


def wells_of(doses: np.ndarray, replicates: int) -> np.ndarray:
    return np.repeat(doses, replicates)


SHARES = {"full": 0.6, "incomplete": 0.2, "flat": 0.1, "steep": 0.1}
"""The mix on which speeds are compared; every curve has its own parameters and noise."""
MIX_SD = 0.05


def mixed_truth(rng: np.random.Generator, n: int) -> Truth:
    """Draw the mix of `SHARES`: complete, incomplete, flat and steep curves."""
    kind = rng.choice(len(SHARES), size=n, p=list(SHARES.values()))
    _, incomplete, flat, steep = (kind == k for k in range(len(SHARES)))
    return Truth(
        top=rng.uniform(0.95, 1.1, n),
        bottom=rng.uniform(0.0, 0.4, n),
        log10_ec50=np.where(incomplete, rng.uniform(3.5, 4.5, n), rng.uniform(1.0, 3.0, n)),
        hill=np.where(steep, rng.uniform(4.0, 10.0, n), rng.uniform(0.6, 2.0, n)),
    ).leveled(flat)


def speed_mix(rng: np.random.Generator, n: int) -> Packed:
    """Draw fresh curves of the mix, 10 doses x 3 wells, one design for all."""
    x = wells_of(LOG_DOSES, N_WELLS)
    y = heights(mixed_truth(rng, n), x)
    return pack_matrix(x, y + rng.normal(0.0, MIX_SD, y.shape))


def mixed_designs(rng: np.random.Generator, n: int) -> Packed:
    """Draw the same mix with doses of each curve's own, 6 to 12 of them, and 10 % of wells gone."""
    truth = mixed_truth(rng, n)
    return pack(_own_design(rng, Truth(*(part[[i]] for part in truth))) for i in range(n))


def _own_design(rng: np.random.Generator, truth: Truth) -> tuple[np.ndarray, np.ndarray]:
    start, stop = rng.uniform(-0.5, 0.5), rng.uniform(3.5, 4.5)
    doses = np.linspace(start, stop, int(rng.integers(6, 13)))
    x = wells_of(doses, int(rng.integers(2, 5)))
    keep = rng.random(x.size) >= 0.1
    x = x[keep] if np.unique(x[keep]).size >= 4 else x
    y = heights(truth, x)[0]
    return x, y + rng.normal(0.0, MIX_SD, y.size)


def blocks(n: int, size: int) -> Sequence[int]:
    """Cut n into blocks of at most ``size``."""
    return [min(size, n - begin) for begin in range(0, n, size)]
