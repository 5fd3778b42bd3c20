"""Search of the Hill surface: a dense set of candidates, then Newton steps inside the box."""

from typing import NamedTuple

import numpy as np

from exportin.kernels.hill_surface import LN10, DoseMeans, Rows, Surface, surface

HILL_MIN, HILL_MAX = 0.05, 50.0
"""Published box for the size of the Hill slope (gDR stops at 5, CurveCurator at 10)."""
EC50_DECADES = 3.0
"""Published box for the EC50: this many decades beyond the lowest and the highest tested dose."""

_OFFSETS = np.array([-5.0, -3.0, -2.0, -1.0, -0.4, 0.0, 0.4, 1.0, 2.0, 3.0, 5.0])
_HILLS = np.linspace(np.log(HILL_MIN), np.log(HILL_MAX), 25)
_BANDS = np.linspace(np.log(HILL_MIN), np.log(HILL_MAX), 6)[1:-1]
_MAX_STEP = 1.5
_REACH = 6.0


class Box(NamedTuple):
    """Bounds of (ln EC50, ln hill)."""

    low: np.ndarray
    high: np.ndarray


class Points(NamedTuple):
    """Points on the surface, their height (half the sum of squares), and whether each settled."""

    ln_ec50: np.ndarray
    ln_hill: np.ndarray
    half: np.ndarray
    settled: np.ndarray


def search_box(data: DoseMeans) -> Box:
    """Return the published box for these doses."""
    reach = EC50_DECADES * LN10
    low, high = float(data.ln_dose[0]) - reach, float(data.ln_dose[-1]) + reach
    return Box(
        np.array([low, np.log(HILL_MIN)], np.float64),
        np.array([high, np.log(HILL_MAX)], np.float64),
    )


def shapes_at(
    ln_dose: np.ndarray, box: Box, ln_hills: np.ndarray, offsets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shapes to look at first, edges of the box included: (EC50s, hills), hill varying fastest.

    Besides an even grid, every dose gets points at z = hill * (ln dose - ln EC50) of the given
    offsets: on steep curves only there can the surface bend.
    """
    even = np.linspace(box.low[0], box.high[0], 2 * ln_dose.size + 25)
    fixed = np.concatenate([even, 0.5 * (ln_dose[1:] + ln_dose[:-1])])
    tied = ln_dose[:, None, None] - offsets[:, None] * np.exp(-ln_hills)
    tied = tied.reshape(-1, ln_hills.size)
    ec50 = np.concatenate([np.tile(fixed[:, None], (1, ln_hills.size)), tied])
    return np.clip(ec50, box.low[0], box.high[0]).ravel(), np.tile(ln_hills, len(ec50))


def candidates(ln_dose: np.ndarray, box: Box) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the dense set of shapes of a fit, and the cell of the box that each belongs to.

    Cells (by gap between doses, by neighborhood of a dose, by band of hill) keep starts apart.
    """
    flat, hill = shapes_at(ln_dose, box, _HILLS, _OFFSETS)
    middle = 0.5 * (ln_dose[1:] + ln_dose[:-1])
    gap, nearest = np.searchsorted(ln_dose, flat), np.searchsorted(middle, flat)
    touching = np.abs(flat - ln_dose[nearest]) * np.exp(hill) < 4.0
    place = np.where(touching, nearest, ln_dose.size + gap)
    band = np.searchsorted(_BANDS, hill)
    return flat, hill, place * 8 + band


def best_per_cell(half: np.ndarray, cell: np.ndarray, keep: int) -> np.ndarray:
    """Return the lowest point of each cell, the ``keep`` lowest cells only."""
    order = np.argsort(half, kind="stable")
    _, first = np.unique(cell[order], return_index=True)
    chosen: np.ndarray = order[np.sort(first)[:keep]]
    return chosen


def _nearest(ln_dose: np.ndarray, ln_ec50: np.ndarray) -> np.ndarray:
    middle = 0.5 * (ln_dose[1:] + ln_dose[:-1])
    near: np.ndarray = ln_dose[np.searchsorted(middle, ln_ec50)]
    return near


def _anchored(here: Surface, at: np.ndarray, away: np.ndarray, pinned: np.ndarray) -> Surface:
    """Rewrite the surface in (c, ln hill) with c = hill * (nearest ln dose - ln EC50).

    Steep curves have a narrow bent valley along which the response at one dose stays put; in c
    that valley is straight, so that Newton steps run along it.
    """
    a_c = np.where(pinned, 1.0, -np.exp(-at[:, 1]))
    a_q = np.where(pinned, 0.0, away)
    g_a, h_aa, h_aq = here.grad[:, 0], here.hess[:, 0, 0], here.hess[:, 0, 1]
    bent = np.where(pinned, 0.0, g_a)
    grad = np.stack([a_c * g_a, here.grad[:, 1] + a_q * g_a], axis=1)
    hess = np.empty_like(here.hess)
    hess[:, 0, 0] = a_c * a_c * h_aa
    hess[:, 0, 1] = hess[:, 1, 0] = a_c * (a_q * h_aa + h_aq) - bent * a_c
    hess[:, 1, 1] = here.hess[:, 1, 1] + a_q * (2.0 * h_aq + a_q * h_aa) - bent * a_q
    return Surface(here.half, grad, hess)


def _newton(here: Surface, stuck: np.ndarray, damp: np.ndarray) -> np.ndarray:
    """Newton step with the Hessian made positive, at most 1.5 long, not along stuck directions."""
    grad = np.where(stuck, 0.0, here.grad)
    h00 = np.where(stuck[:, 0], 1.0, here.hess[:, 0, 0])
    h11 = np.where(stuck[:, 1], 1.0, here.hess[:, 1, 1])
    h01 = np.where(stuck.any(axis=1), 0.0, here.hess[:, 0, 1])
    one = np.where(stuck[:, 0], h11, h00)
    middle, spread = 0.5 * (h00 + h11), np.hypot(0.5 * (h00 - h11), h01)
    single = stuck[:, 0] ^ stuck[:, 1]
    least = np.where(single, one, middle - spread)
    size = np.where(single, np.abs(one), np.abs(middle) + spread)
    lift = np.maximum(0.0, 1e-9 * size - least) + np.where(least < 0.0, -least, 0.0)
    lift = lift + damp * size + 1e-300
    a, d = h00 + lift, h11 + lift
    det = a * d - h01 * h01
    step = np.stack([h01 * grad[:, 1] - d * grad[:, 0], h01 * grad[:, 0] - a * grad[:, 1]], axis=1)
    step = np.where(stuck, 0.0, step / np.where(det > 0.0, det, 1.0)[:, None])
    long = np.max(np.abs(step), axis=1, keepdims=True)
    moved: np.ndarray = step * np.minimum(1.0, _MAX_STEP / np.maximum(long, 1e-300))
    return moved


def _propose(
    here: Surface,
    at: np.ndarray,
    box: Box,
    *,
    damp: np.ndarray,
    free: np.ndarray,
    ln_dose: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Next points inside the box and the decrease that the gradient promises."""
    stuck = ((at <= box.low) & (here.grad > 0.0)) | ((at >= box.high) & (here.grad < 0.0)) | ~free
    near = _nearest(ln_dose, at[:, 0])
    away = near - at[:, 0]
    pinned = stuck[:, 0] | (np.abs(away) * np.exp(at[:, 1]) > _REACH)
    model = _anchored(here, at, away, pinned)
    step = _newton(model, stuck, damp)
    hope = -np.sum(step * model.grad, axis=1)
    ln_hill = np.clip(at[:, 1] + step[:, 1], box.low[1], box.high[1])
    c = away * np.exp(at[:, 1]) + step[:, 0]
    moved = np.where(pinned, at[:, 0] + step[:, 0], near - c * np.exp(-ln_hill))
    ln_ec50 = np.where(stuck[:, 0], at[:, 0], np.clip(moved, box.low[0], box.high[0]))
    return np.stack([ln_ec50, ln_hill], axis=1), hope


def _take(rows: Rows, index: np.ndarray) -> Rows:
    return rows if rows.x.ndim == 1 else rows._replace(x=rows.x[index])


def descend(
    rows: Rows,
    start: tuple[np.ndarray, np.ndarray],
    box: Box,
    floor: float,
    *,
    free: tuple[bool, bool] = (True, True),
    tiny: float = 1e-11,
    rounds: int = 60,
) -> Points:
    """Walk every start downhill inside the box until nothing worth ``tiny`` of its height is left.

    ``floor`` is the height below which differences no longer matter.
    """
    at = np.stack(start, axis=1)
    at = np.clip(at, box.low, box.high)
    now = surface(rows, at[:, 0], at[:, 1])
    half, settled = now.half.copy(), np.zeros(len(at), bool)
    live, damp, movable = np.arange(len(at)), np.zeros(len(at)), np.array(free)
    for _ in range(rounds):
        trial, hope = _propose(now, at[live], box, damp=damp, free=movable, ln_dose=rows.dose)
        new = surface(_take(rows, live), trial[:, 0], trial[:, 1])
        better = new.half < now.half
        gain = now.half - new.half
        small = tiny * np.maximum(now.half, floor)
        at[live[better]] = trial[better]
        half[live] = np.where(better, new.half, now.half)
        quiet = (hope <= small) | (better & (gain <= small) & (hope <= 1e3 * small))
        quiet |= ~better & (damp > 1e6)
        settled[live[quiet]] = True
        pick = better[:, None]
        now = Surface(
            np.where(better, new.half, now.half),
            np.where(pick, new.grad, now.grad),
            np.where(pick[:, :, None], new.hess, now.hess),
        )
        damp = np.where(better, np.where(damp < 1e-4, 0.0, damp / 8.0), np.maximum(8 * damp, 1e-3))
        if quiet.all():
            break
        go = ~quiet
        live, damp = live[go], damp[go]
        now = Surface(now.half[go], now.grad[go], now.hess[go])
    return Points(at[:, 0], at[:, 1], half, settled)
