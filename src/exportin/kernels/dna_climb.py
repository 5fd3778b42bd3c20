"""From a histogram and a first guess to the weights and shape of the best fit."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from exportin.kernels.dna_columns import (
    COLUMNS,
    DEBRIS,
    FOX,
    FOX_AT,
    FOX_LN_SD,
    G1,
    G1B,
    G2,
    G2B,
    LN_CV,
    LN_CV_B,
    LN_CV_G2,
    LN_DECAY,
    LN_MEAN,
    LN_MEAN_B,
    LN_RATIO,
    PAIRS,
    SB,
    SHAPES,
    SIZE,
    SUB,
    SUB_AT,
    SUB_LN_SD,
    S,
    curve,
    panels,
)
from exportin.kernels.dna_design import Frame, pair_column
from exportin.kernels.dna_loops import LOGLIK, SETTLED, climb, spread_weights
from exportin.kernels.dna_model import (
    CV_G2_STEP,
    CV_HIGH,
    CV_LOW,
    FLOOR,
    RATIO_HIGH,
    RATIO_LOW,
    SUB_G1_SD,
    UNTIED,
    DnaFit,
    DnaModel,
    Flags,
    State,
)
from exportin.kernels.dna_peaks import Array, DnaStart


def begin(
    frame: Frame,
    model: DnaModel,
    start: DnaStart,
    *,
    g1_range: tuple[float, float] | None,
    prior: Array | None,
    near: DnaFit | None,
) -> State:
    """Set the box, the columns and the first weights of a fit."""
    low, high, x = np.zeros(SIZE), np.zeros(SIZE), np.zeros(SIZE)
    on = columns_on(model)
    high[:COLUMNS] = np.where(on, 20.0 * frame.events, 0.0)
    shape = _box(frame, model, start, g1_range)
    for k, (least, first, most) in shape.items():
        low[COLUMNS + k], x[COLUMNS + k], high[COLUMNS + k] = least, first, most
    if prior is None:
        prior = np.zeros((2, SHAPES))
    held = np.isinf(prior[1])
    for k in np.flatnonzero(held).tolist():
        low[COLUMNS + k] = x[COLUMNS + k] = high[COLUMNS + k] = prior[0, k]
    prior = np.where(held, 0.0, prior)
    kinds = np.array([model.s == "trapezoid", model.debris == "exponential"], dtype=np.int64)
    given = np.vstack([frame.cut, pair_column(frame.u0, frame.seen, 0.0)])
    x[:COLUMNS] = np.where(on, frame.events / max(int(on.sum()), 1), 0.0)
    known = near is not None and near.state is not None
    if near is not None and near.state is not None:
        before = near.state.x[COLUMNS:]
        inside = (before >= low[COLUMNS:]) & (before <= high[COLUMNS:]) & (before != 0.0)
        x[COLUMNS:] = np.where(inside, before, x[COLUMNS:])
    H = np.zeros((SIZE, SIZE))
    return State(frame, x, low, high, on, given, kinds, prior, H, 0.0 if known else -np.inf)


def columns_on(model: DnaModel) -> Flags:
    """Columns that a model has."""
    on = np.zeros(COLUMNS, dtype=np.bool_)
    terms = 2 if model.s == "trapezoid" else 3
    on[[G1, G2]] = True
    on[S : S + terms] = True
    on[FOX] = model.synchronous
    on[DEBRIS] = model.debris != "none"
    on[PAIRS] = model.aggregates
    on[SUB] = model.sub_g1
    if model.second_line:
        on[[G1B, G2B]] = True
        on[SB : SB + terms] = True
    return on


def _box(
    frame: Frame, model: DnaModel, start: DnaStart, g1_range: tuple[float, float] | None
) -> dict[int, tuple[float, float, float]]:
    """Least, first and largest value of every shape parameter."""
    mean = start.g1_mean / frame.width
    within = (0.85 * mean, 1.15 * mean)
    if g1_range is not None:
        low, high = min(g1_range) / frame.width, max(g1_range) / frame.width
        within = (max(low, 0.7 * mean), min(high, 1.4 * mean))
    cv_low = max(CV_LOW, 0.3 / mean)
    cv = float(np.clip(start.g1_cv, 1.05 * cv_low, 0.95 * CV_HIGH))
    ratio = model.ratio
    box = {
        LN_MEAN: (np.log(within[0]), np.log(np.clip(mean, *within)), np.log(within[1])),
        LN_CV: (np.log(cv_low), np.log(cv), np.log(CV_HIGH)),
        LN_RATIO: (np.log(RATIO_LOW), np.log(np.clip(start.ratio, 1.85, 2.07)), np.log(RATIO_HIGH))
        if ratio is None
        else (np.log(ratio),) * 3,
        LN_MEAN_B: (np.log(mean),) * 3,
        LN_CV_B: (np.log(cv),) * 3,
    }
    if model.free_g2m_cv:
        box[LN_CV_G2] = (-CV_G2_STEP, 0.0, CV_G2_STEP)
    if model.synchronous:
        box[FOX_AT] = (0.1, 0.45, 0.9)
        box[FOX_LN_SD] = (np.log(0.03), np.log(0.1), np.log(0.25))
    if model.debris == "exponential":
        box[LN_DECAY] = (np.log(0.3), np.log(4.0), np.log(60.0))
    if model.sub_g1:
        least = min(frame.floor / frame.width / mean + 0.05, 0.6)
        most = max(1.0 - 3.0 * cv, 0.65)
        box[SUB_AT] = (least, min(max(0.7, least), most), min(most, 0.9))
        box[SUB_LN_SD] = (np.log(SUB_G1_SD), np.log(0.1), np.log(0.22))
    if model.second_line:
        other = start.second_mean / frame.width
        box[LN_MEAN_B] = (np.log(0.9 * other), np.log(other), np.log(1.1 * other))
        box[LN_CV_B] = (np.log(cv_low), np.log(cv), np.log(CV_HIGH))
    return box


def refine(state: State, model: DnaModel, rounds: int = 3) -> tuple[State, bool]:
    """Climb to the best fit; aggregates are made anew from the fitted single cells."""
    frame, x = state.frame, state.x.copy()
    out, H, given = np.zeros(3), np.zeros((SIZE, SIZE)), state.given.copy()
    no_tie, work = np.zeros(SIZE), np.zeros((SIZE + 3, frame.counts.size))
    tiny = FLOOR * frame.events
    tries = []
    for y in _starts(state, model):
        rough = spread_weights(
            frame.counts, frame.u0, frame.first, frame.last, tiny, state.kinds, given,
            pieces(y), y, state.on, 15, work,
        )  # fmt: skip
        tries.append((rough, y))
    tries.sort(key=lambda pair: -pair[0])
    ends = []
    for _, y in tries[: 1 if np.isfinite(state.best) else 2]:
        climb(frame.counts, frame.u0, frame.first, frame.last, tiny, state.kinds, given, y,
              state.low, state.high, state.on, state.prior, no_tie, UNTIED, H, out)  # fmt: skip
        ends.append((out[LOGLIK], y))
    x = max(ends, key=lambda pair: pair[0])[1]
    for _ in range(rounds if model.aggregates else 1):
        if model.aggregates:
            given[1] = pairs_of(state, x, given, triplets=model.triplets)
        climb(frame.counts, frame.u0, frame.first, frame.last, tiny, state.kinds, given, x,
              state.low, state.high, state.on, state.prior, no_tie, UNTIED, H, out)  # fmt: skip
    done = State(frame, x, state.low, state.high, state.on, given, state.kinds, state.prior, H,
                 float(out[LOGLIK]))  # fmt: skip
    return done, bool(out[SETTLED])


def _starts(state: State, model: DnaModel) -> list[Array]:
    """First guesses: two widths unless a fit was given; places of a wave in S and of sub-G1."""
    factors = (1.0,) if np.isfinite(state.best) else (1.0, 1.7)
    waves = (0.2, 0.4, 0.6, 0.8) if model.synchronous else (0.0,)
    humps = (0.45, 0.6, 0.75) if model.sub_g1 else (0.0,)
    out = []
    for factor, wave, hump in product(factors, waves, humps):
        y = state.x.copy()
        wider = y[COLUMNS + LN_CV] + np.log(factor)
        for k, value in ((LN_CV, wider), (FOX_AT, wave), (SUB_AT, hump)):
            y[COLUMNS + k] = np.clip(value, state.low[COLUMNS + k], state.high[COLUMNS + k])
        out.append(y)
    return out


def pieces(x: Array) -> NDArray[np.int64]:
    """Pieces of S of both lines."""
    ratio = x[COLUMNS + LN_RATIO]
    return np.array([panels(x[COLUMNS + k], ratio) for k in (LN_CV, LN_CV_B)], dtype=np.int64)


def singles(on: Flags) -> Flags:
    """Columns of single whole cells."""
    out = np.zeros(COLUMNS, dtype=np.bool_)
    out[[G1, G2, S, S + 1, S + 2, FOX, G1B, G2B, SB, SB + 1, SB + 2]] = True
    return out & on


def pairs_of(state: State, x: Array, given: Array, *, triplets: bool = True) -> Array:
    """Add up the fitted single cells to aggregates: pairs; triplets as often among pairs."""
    mu = part_curve(state, x, singles(state.on), given)
    cells = x[:COLUMNS][singles(state.on)].sum()
    return pair_column(state.frame.u0, mu, x[PAIRS] / max(cells, 1.0) if triplets else 0.0)


def part_curve(state: State, x: Array, of: Flags, given: Array) -> Array:
    """Add up the expected counts of some columns."""
    mu = np.zeros(state.frame.counts.size)
    w = np.where(of, x[:COLUMNS], 0.0)
    curve(state.frame.u0, mu.size, state.kinds, given, pieces(x), w, x[COLUMNS:], mu)
    return mu
