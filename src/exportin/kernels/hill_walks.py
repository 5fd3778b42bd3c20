"""Compiled walk from an estimate to where its profile crosses the threshold, eight in step.

The profile of an EC50, or of a dose at which the curve has a given height, is the lowest sum of
squares with that number held. Both live on ln dose. Walking outward over the grid of the catalog,
each place is tried from the end of the one before; only where that is above the threshold are the
shapes of the catalog looked at for a lower valley. Between the last place inside and the first
outside regula falsi (Illinois) finds the limit, on the root of the height above the lowest, which
is nearly straight; just outside of it other valleys are tried for a way on.

Every descent on the way is one walk of a lane (`hill_lanes`). What to do with its end stands here
as a machine with a state a lane: `go_on` takes an end and begins the next descent. What a lane
keeps stands in a row of ``f`` (numbers) and of ``k`` (counts); no view of a row is taken here,
since that costs more than a step of the descent.
"""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import inner, inner_whole
from exportin.kernels.hill_catalog import COARSE, HILLS
from exportin.kernels.hill_lanes import HALF, A, Q, begin_walk
from exportin.kernels.hill_valleys import EC50, LEVEL, dips_of, heights_at
from exportin.kernels.lanes import LANES

_TINY = 1e-8
_CLOSE = 1e-6
_TRIES = 60
_ODDS = 5.0
_RUGGED, _STEEP, _DETOURS = 0.02, 1.0, 5
"""With few degrees of freedom or steep curves a level's profile has valleys that only the whole
catalog shows; it is looked at once more just outside the interval."""
_ELSEWHERE = 0.1, 2.0
"""Valleys that begin more than this share of the sum of squares between doses, plus so many times
the reach of the interval, above the limit are not tried."""
_BESIDE = 1e-4
"""So far outside, of the way to the next place, another valley is looked for."""

# what a lane is doing: the descent under way, then decisions that need none
STEPPING, DIPPING, ENDING, CROSSING, TRYING = range(5)
AT_PLACE, NEXT_DIP, DIPS_DONE, NEXT_TRY, CROSSED, NEXT_OTHER = range(5, 11)
_OTHERS = 5

(
    AT, T_IN, V_IN, A_IN, Q_IN, T_OUT, V_OUT, A_OUT, Q_OUT, ODDS, LOWEST, LIMIT, GROUND, SHIFT,
    BETWEEN, INSIDE, OUTSIDE, WIDTH, TARGET, LOW, HIGH, KEPT_A, KEPT_Q, BESIDE, END_A, END_Q, END_V,
    DIP_V, DIP_A, DIP_Q, DIP_T, VALUE,
) = range(32)  # fmt: skip
NUMBERS = 32
"""Numbers a lane keeps: inside and outside place of the walk, the crossing under way, dips."""
(
    PHASE, RIGHT, PLACE, DIP, N_DIPS, ON_DETOUR, DETOURS, SIDE, TRIES, LOST, OTHER, OPEN, SLOT,
) = range(2, 15)  # fmt: skip
COUNTS = 15
"""What a lane counts beside its curve and rounds; SLOT is where the means of its shapes stand."""
THROUGH, DESCENDS, LOOKS = range(3)
"""What a lane does next: nothing, a descent, or one after a look at the catalog."""


@no_type_check
@inner
def begin_side(j, right, t, a, q, lowest, limit, ground, shift, between, grid, f, k):
    """Make ready to walk from an inside place t to one side."""
    f[j, LOWEST], f[j, LIMIT], f[j, GROUND], f[j, SHIFT], f[j, BETWEEN] = (
        lowest,
        limit,
        ground,
        shift,
        between,
    )
    i = np.searchsorted(grid, t - shift)
    if right:
        while i < grid.size and grid[i] + shift <= t:
            i += 1
    else:
        i -= 1
    f[j, T_IN], f[j, V_IN], f[j, A_IN], f[j, Q_IN] = t, lowest, a, q
    f[j, ODDS] = min(max((t - a) * math.exp(q), -_ODDS), _ODDS)
    k[j, RIGHT], k[j, PLACE], k[j, PHASE] = right, i, AT_PLACE
    k[j, DETOURS] = 0


@no_type_check
@inner
def _descend(j, kind, t, a, q, give_up, bar, f, data, state):
    """Begin a descent with t held in lane j."""
    if kind == LEVEL:
        data[j] = t  # the level's row stands first
        begin_walk(j, a, q, True, f[j, GROUND], _TINY, give_up, bar, state)
    else:
        begin_walk(j, t, q, False, f[j, GROUND], _TINY, give_up, bar, state)


@no_type_check
@inner_whole
def go_on(j, kind, f, k, dips, boxes, grid, ln_ec50, hill, root, data, state):
    """Take the end of lane j's descent and begin its next, or say that it must `look` first.

    Where its side is through VALUE and OPEN say where. A side that has just been made ready
    (AT_PLACE) has no end yet.
    """
    a, q, v = state[A * LANES + j], state[Q * LANES + j], state[HALF * LANES + j]
    limit = f[j, LIMIT]
    while True:
        phase = k[j, PHASE]
        if phase == AT_PLACE:
            i = k[j, PLACE]
            if i < 0 or i >= grid.size:
                f[j, VALUE] = boxes[j, 1] if k[j, RIGHT] else boxes[j, 0]
                k[j, OPEN] = 1
                return THROUGH
            f[j, AT] = grid[i] + f[j, SHIFT]
            k[j, PHASE] = STEPPING
            _descend(j, kind, f[j, AT], f[j, A_IN], f[j, Q_IN], limit, np.inf, f, data, state)
            return DESCENDS
        if phase == STEPPING:
            if v > limit:
                f[j, V_OUT], f[j, A_OUT], f[j, Q_OUT] = v, a, q
                k[j, ON_DETOUR] = 0
                f[j, DIP_T] = f[j, AT]
                return LOOKS
            _move_in(j, v, a, q, f, k)
        elif phase == DIPPING:
            if v < f[j, DIP_V]:
                f[j, DIP_V], f[j, DIP_A], f[j, DIP_Q] = v, a, q
            k[j, PHASE] = DIPS_DONE if f[j, DIP_V] <= limit else NEXT_DIP
        elif phase == NEXT_DIP:
            if k[j, DIP] == k[j, N_DIPS]:
                k[j, PHASE] = DIPS_DONE
                continue
            g = dips[j, k[j, DIP]]
            k[j, DIP] += 1
            k[j, PHASE] = DIPPING
            _descend(
                j, kind, f[j, DIP_T], ln_ec50[g] + f[j, SHIFT], math.log(hill[g]), limit,
                np.inf, f, data, state,
            )  # fmt: skip
            return DESCENDS
        elif phase == DIPS_DONE and not k[j, ON_DETOUR]:
            if f[j, DIP_V] < f[j, V_OUT]:
                f[j, V_OUT], f[j, A_OUT], f[j, Q_OUT] = f[j, DIP_V], f[j, DIP_A], f[j, DIP_Q]
            if f[j, V_OUT] > limit:
                k[j, PHASE] = ENDING
                _descend(
                    j, kind, f[j, AT], f[j, A_OUT], f[j, Q_OUT], np.inf, np.inf, f, data, state
                )
                return DESCENDS
            _move_in(j, f[j, V_OUT], f[j, A_OUT], f[j, Q_OUT], f, k)
        elif phase == DIPS_DONE:
            if f[j, DIP_V] > limit:
                k[j, OPEN] = 0
                return THROUGH
            k[j, DETOURS] += 1
            f[j, T_IN], f[j, V_IN], f[j, A_IN], f[j, Q_IN] = (
                f[j, DIP_T],
                f[j, DIP_V],
                f[j, DIP_A],
                f[j, DIP_Q],
            )
            f[j, A_OUT], f[j, Q_OUT] = f[j, KEPT_A], f[j, KEPT_Q]
            _begin_crossing(j, f, k)
        elif phase == ENDING:
            f[j, T_OUT], f[j, V_OUT], f[j, A_OUT], f[j, Q_OUT] = f[j, AT], v, a, q
            _begin_crossing(j, f, k)
        elif phase == NEXT_TRY:
            if k[j, TRIES] == _TRIES:
                k[j, PHASE] = CROSSED
                continue
            k[j, TRIES] += 1
            a_try, q_try = _between(j, f, k)
            k[j, PHASE] = CROSSING
            _descend(j, kind, f[j, VALUE], a_try, q_try, np.inf, np.inf, f, data, state)
            return DESCENDS
        elif phase == CROSSING:
            _narrow(j, v, a, q, f, k)
        elif phase == NEXT_OTHER:
            found = _next_other(j, kind, f, k, boxes[j, 2], boxes[j, 3], root)
            if not found[0]:
                k[j, PHASE] = CROSSED
                continue
            k[j, PHASE] = TRYING
            bar = limit + _ELSEWHERE[0] * f[j, BETWEEN] + _ELSEWHERE[1] * (limit - f[j, LOWEST])
            _descend(j, kind, f[j, BESIDE], found[1], found[2], limit, bar, f, data, state)
            return DESCENDS
        elif phase == TRYING:
            if v > limit:
                k[j, PHASE] = NEXT_OTHER
                continue
            f[j, INSIDE], f[j, A_IN], f[j, Q_IN] = f[j, BESIDE], a, q
            f[j, LOW] = math.sqrt(max(v - f[j, LOWEST], 0.0)) - f[j, TARGET]
            f[j, OUTSIDE] = f[j, T_OUT]
            f[j, HIGH] = math.sqrt(max(f[j, V_OUT] - f[j, LOWEST], 0.0)) - f[j, TARGET]
            k[j, SIDE] = 0
            k[j, PHASE] = NEXT_TRY
        else:  # CROSSED
            rugged = limit - f[j, LOWEST] > _RUGGED * f[j, BETWEEN] or f[j, Q_IN] > _STEEP
            if k[j, DETOURS] > 0:
                rugged = True
            if kind != LEVEL or not rugged or k[j, DETOURS] == _DETOURS:
                k[j, OPEN] = 0
                return THROUGH
            if k[j, DETOURS] == 0:
                f[j, KEPT_A], f[j, KEPT_Q] = f[j, A_OUT], f[j, Q_OUT]
            f[j, DIP_T] = f[j, VALUE] + _BESIDE * (f[j, AT] - f[j, VALUE])
            k[j, ON_DETOUR] = 1
            return LOOKS


@no_type_check
@inner
def _move_in(j, v, a, q, f, k):
    """Take the place under way as the new inside one."""
    f[j, T_IN], f[j, V_IN], f[j, A_IN], f[j, Q_IN] = f[j, AT], v, a, q
    k[j, PLACE] += 1 if k[j, RIGHT] else -1
    k[j, PHASE] = AT_PLACE


@no_type_check
@inner
def look(j, kind, f, k, dips, facts, catalog, out):
    """List the dips of the catalog that may lead below the limit at DIP_T."""
    i = catalog[0].size if k[j, ON_DETOUR] else k[j, PLACE]
    f[j, DIP_V] = np.inf
    k[j, DIP] = k[j, N_DIPS] = 0
    k[j, PHASE] = DIPS_DONE
    bar = f[j, LIMIT] + (COARSE if i < catalog[0].size else 1.0) * f[j, BETWEEN]
    if heights_at(kind, i, f[j, DIP_T] - f[j, SHIFT], facts, catalog, out) > bar:
        return
    places = 1 if kind == EC50 else catalog[0].size
    mine = dips[j]
    found = dips_of(out, places, HILLS if kind == EC50 else out.size, catalog[8], mine)
    kept = 0
    for d in range(found):
        if out[mine[d]] <= bar:
            mine[kept] = mine[d] if kind == LEVEL else i * HILLS + mine[d]
            kept += 1
    k[j, N_DIPS] = kept
    k[j, PHASE] = NEXT_DIP


@no_type_check
@inner
def _begin_crossing(j, f, k):
    """Make ready to find the limit between the inside and the outside place."""
    f[j, INSIDE], f[j, OUTSIDE] = f[j, T_IN], f[j, T_OUT]
    f[j, WIDTH] = abs(f[j, T_OUT] - f[j, T_IN])
    f[j, TARGET] = math.sqrt(f[j, LIMIT] - f[j, LOWEST])
    f[j, LOW] = math.sqrt(max(f[j, V_IN] - f[j, LOWEST], 0.0)) - f[j, TARGET]
    f[j, HIGH] = math.sqrt(max(f[j, V_OUT] - f[j, LOWEST], 0.0)) - f[j, TARGET]
    f[j, END_A], f[j, END_Q] = f[j, A_OUT], f[j, Q_OUT]
    f[j, VALUE] = f[j, T_IN]
    k[j, SIDE] = k[j, TRIES] = 0
    k[j, PHASE] = NEXT_TRY


@no_type_check
@inner
def _between(j, f, k):
    """Choose the next place of a crossing (VALUE) and where its descent begins."""
    share = f[j, LOW] / (f[j, LOW] - f[j, HIGH])
    if not 1e-3 < share < 1.0 - 1e-3:
        share = min(max(share, 1e-3), 1.0 - 1e-3) if k[j, SIDE] == 0 else 0.5
    f[j, VALUE] = f[j, INSIDE] + (f[j, OUTSIDE] - f[j, INSIDE]) * share
    far = abs(f[j, Q_OUT] - f[j, Q_IN]) > 0.3 or abs(f[j, A_OUT] - f[j, A_IN]) > 1.0
    part = 0.0 if far else share
    return f[j, A_IN] + part * (f[j, A_OUT] - f[j, A_IN]), f[j, Q_IN] + part * (
        f[j, Q_OUT] - f[j, Q_IN]
    )


@no_type_check
@inner
def _narrow(j, v, a, q, f, k):
    """Take the end of a descent at VALUE: closer from inside, from outside, or close enough."""
    d = math.sqrt(max(v - f[j, LOWEST], 0.0)) - f[j, TARGET]
    near = abs(d) <= _CLOSE * f[j, TARGET]
    if near or abs(f[j, OUTSIDE] - f[j, INSIDE]) < 1e-9 * f[j, WIDTH]:
        f[j, BESIDE] = f[j, VALUE] + _BESIDE * (f[j, T_OUT] - f[j, VALUE])
        k[j, LOST] = 0 if near else 1
        if near:
            f[j, A_IN], f[j, Q_IN] = a, q
        f[j, A_OUT], f[j, Q_OUT] = f[j, END_A], f[j, END_Q]
        k[j, OTHER] = 0
        k[j, PHASE] = NEXT_OTHER
        return
    k[j, PHASE] = NEXT_TRY
    if d <= 0.0:
        f[j, INSIDE], f[j, LOW], f[j, A_IN], f[j, Q_IN] = f[j, VALUE], d, a, q
        if k[j, SIDE] == -1:
            f[j, HIGH] *= 0.5
        k[j, SIDE] = -1
    else:
        f[j, OUTSIDE], f[j, HIGH], f[j, A_OUT], f[j, Q_OUT] = f[j, VALUE], d, a, q
        if k[j, SIDE] == 1:
            f[j, LOW] *= 0.5
        k[j, SIDE] = 1


@no_type_check
@inner
def _next_other(j, kind, f, k, mildest, steepest, root):
    """Where another valley than the one walked along may begin, at BESIDE.

    Tried are the one found on the outside, those of steeper curves, which end in a wall, the best
    of a few hills for an EC50, and where the walk has lost its valley that of the inside once more.
    ODDS is ln((top - level) / (level - bottom)), by which a curve with its level at t has its EC50
    beside it.
    """
    t = f[j, BESIDE]
    while k[j, OTHER] < _OTHERS:
        which = k[j, OTHER]
        k[j, OTHER] += 1
        if which == 0:
            return True, f[j, A_OUT], f[j, Q_OUT]
        if which == 1:
            return True, t - f[j, ODDS] * math.exp(-steepest), steepest
        if which == 2:
            q = 0.5 * (f[j, Q_IN] + steepest)
            return True, t - f[j, ODDS] * math.exp(-q), q
        if which == 3 and k[j, LOST]:
            return True, f[j, A_IN], f[j, Q_IN]
        if which == 4 and kind == EC50:
            return (
                True,
                t,
                _best_hill(j, k[j, PLACE], root, mildest, (steepest - mildest) / (HILLS - 1)),
            )
    return False, 0.0, 0.0


@no_type_check
@inner
def _best_hill(j, i, root, lowest, step):
    """Ln hill of the catalog that explains most at place i, which has been looked at."""
    best, most = 0, -1.0
    for g in range(HILLS):
        v = root[j, i * HILLS + g]
        if v * v > most:
            best, most = g, v * v
    return lowest + best * step
