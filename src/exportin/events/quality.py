"""What the course of a recording says of its events: drift, flow, bubbles, saturation, number.

Each rule has a name, constants that say when it speaks, and rows for ``Flags``: a range of events
(``file:1201-2400``) or the whole tube. Rules of time stay silent on tubes that are too short.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exportin.events.channels import ceiling, time_channel
from exportin.events.ranges import part_id
from exportin.events.settings import QualitySettings
from exportin.events.tubes import Tube
from exportin.kernels.event_statistics import RunQuartiles, run_quartiles, runs_of

DRIFT, FLOW, BUBBLE, SATURATION, BOTTOM, FEW, CLOCK = (
    "event-drift",
    "event-flow",
    "event-bubble",
    "event-saturation",
    "event-bottom",
    "few-events",
    "event-clock",
)
RULES = (DRIFT, FLOW, BUBBLE, SATURATION, BOTTOM, FEW, CLOCK)
BY = "events"
BIN = 250
"""Events whose quartiles are one point of the signal's course."""
MIN_BINS = 8
"""A course of fewer points (2,000 events) has no middle to drift from."""
DRIFT_ERRORS = 5.0
"""Standard errors of a bin's quartile: of the 150,000 of a plate 0.1 lie beyond by chance."""
DRIFT_EDGE = 4.0
"""Standard errors to which a stretch around such a bin reaches, so that it is not torn apart."""
DRIFT_SHIFT = 0.05
"""Part of the channel's signal: less moves no DNA peak past a CV that is still believed."""
BRIDGE = 2
"""Bins between two shifted stretches that are one."""
TICKS = 10.0
"""Ticks of the clock in a piece of time, at least: fewer make counts jump by themselves."""
FLOW_FACTOR = 3.0
"""Times faster or slower than the median flow."""
FLOW_ERRORS = 6.0
"""Standard errors of a count, so that slow tubes do not flicker."""
SATURATED = 0.01
"""Part of events at the top of a channel from which its mean and CV are no longer its own."""
AT_BOTTOM = 0.05
"""Part of events at the lowest value; a threshold cuts a population there."""
BUBBLE_PART = 0.05
"""A disturbance of flow and signal together, shorter than this part of the run, is a bubble."""
Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
Row = dict[str, str | None]


@dataclass(frozen=True)
class Found:
    """Events ``first`` to ``behind`` (not included, from 0) that a rule speaks of."""

    first: int
    behind: int
    message: str


def check_tube(
    tube: Tube,
    settings: QualitySettings | None = None,
    channels: Sequence[str] = (),
) -> list[Row]:
    """Return rows for ``Flags.from_rows`` of everything the rules find in one tube.

    Parameters
    ----------
    tube
        The events; linear values are looked at.
    settings
        Severity of each rule, and the least number of events.
    channels
        Channels whose signal matters; none: all but time.

    Raises
    ------
    InputError
        The file has no channel of a name.
    """
    settings = settings or QualitySettings()
    clock = time_channel(tube.data.channels)
    every = [i for i in range(len(tube.data.channels)) if i != clock]
    spots = [tube.find(name) for name in channels] or every
    n = tube.n_events
    rows: list[Row] = []
    if n < settings.least_events:
        said = f"the tube holds {n} events, fewer than {settings.least_events}"
        rows.append(_row(tube, FEW, settings.few_events, Found(0, n, said)))
    for rule, found in off_scale(tube, spots):
        rows.append(_row(tube, rule, settings.saturation, found))
    if n < BIN * MIN_BINS:
        return rows
    drift = list(drifting(tube, spots))
    flow, backwards = flow_jumps(tube, clock)
    bubbles, drift, flow = split_bubbles(drift, flow, n)
    rows += [_row(tube, CLOCK, "note", found) for found in backwards]
    rows += [_row(tube, BUBBLE, settings.flow, found) for found in bubbles]
    rows += [_row(tube, FLOW, settings.flow, found) for found in flow]
    return rows + [_row(tube, DRIFT, settings.drift, found) for found in drift]


def _row(tube: Tube, rule: str, severity: str, found: Found) -> Row:
    whole = found.first == 0 and found.behind == tube.n_events
    name = tube.row_id if whole else part_id(tube.row_id, found.first, found.behind)
    said = f"{found.message}."
    return {"row_id": name, "rule": rule, "severity": severity, "message": said, "by": BY}


def drifting(tube: Tube, spots: Sequence[int]) -> Iterator[Found]:
    """Give runs of bins whose signal left the channel's own course.

    A bin of 250 events is marked if one of its quartiles is five standard errors and 5 % (of that
    quartile, or of half the distance of the outer ones if that is larger) away from that of the
    tube. Then the tube is taken without the marked bins, and the stretch around each reaches as
    far as four standard errors do. Runs of several channels that touch are one, named by the
    channel that moved most.
    """
    values = np.stack([tube.linear(i) for i in spots])
    run = run_quartiles(values, BIN)
    sure = np.any(_moved(run, DRIFT_ERRORS) != 0.0, axis=(0, 1))
    if not sure.any():
        return
    if np.count_nonzero(~sure) >= MIN_BINS:
        run = run_quartiles(values, BIN, ~sure)
    moved = _moved(run, DRIFT_EDGE)
    some: Mask = np.asarray(np.any(moved != 0.0, axis=(0, 1)), dtype=np.bool_)
    for first, behind in _bridged(runs_of(some)):
        if not sure[first:behind].any():
            continue
        part = moved[:, :, first:behind]
        most = np.max(np.abs(part), axis=(1, 2))
        k = int(np.argmax(most))
        up = float(part[k].max()) == float(most[k])
        said = (
            f"the signal of {tube.data.names[spots[k]]} is shifted by up to "
            f"{100 * most[k] * (1 if up else -1):+.0f} % for "
            f"{100 * (behind - first) / some.size:.0f} % of the run"
        )
        end = tube.n_events if behind == some.size else behind * BIN
        yield Found(first * BIN, end, said)


def _moved(run: RunQuartiles, errors: float) -> Values:
    """Return how far quartiles of bins are shifted, as part of the signal; 0 where by chance."""
    away = run.bins - run.whole[..., None]
    width = 0.5 * (run.whole[:, 2] - run.whole[:, 0])
    size = np.maximum(np.abs(run.whole), width[:, None])[..., None]
    shift = np.divide(away, size, out=np.zeros_like(away), where=size > 0)
    far = (np.abs(run.scores) > errors) & (np.abs(shift) > DRIFT_SHIFT)
    return np.where(far, shift, 0.0)


def _bridged(runs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join runs that are two bins apart or less: bins on the limit flicker by chance."""
    out: list[tuple[int, int]] = []
    for first, behind in runs:
        if out and first - out[-1][1] <= BRIDGE:
            out[-1] = (out[-1][0], behind)
        else:
            out.append((first, behind))
    return out


def flow_jumps(tube: Tube, clock: int | None) -> tuple[list[Found], list[Found]]:
    """Return where the flow was three times faster or slower than its median, or stood still.

    Time is cut in equal pieces of 250 events on average, or longer ones that the clock can tell
    apart. A stop holds no events; the events on either side of it are named. The second list says
    that time runs backwards or too roughly: nothing is judged.
    """
    if clock is None:
        return [], []
    time, n = tube.linear(clock), tube.n_events
    steps = np.diff(time)
    if np.any(steps < 0):
        return [], [Found(0, n, "its clock runs backwards, so its flow is not judged")]
    moved = steps[steps > 0]
    ticks = (time[-1] - time[0]) / float(moved.min()) if moved.size else 0.0
    pieces = min(n // BIN, int(ticks / TICKS))
    if pieces < MIN_BINS:
        return [], [Found(0, n, "its clock ticks too roughly to judge its flow")]
    edges = np.linspace(time[0], time[-1], pieces + 1)
    cuts = np.searchsorted(time, edges)
    cuts[-1] = n
    counts = np.diff(cuts).astype(np.float64)
    usual = max(float(np.median(counts)), 1.0)
    far = np.abs(counts - usual) > FLOW_ERRORS * np.sqrt(usual)
    fast, slow = far & (counts > FLOW_FACTOR * usual), far & (counts * FLOW_FACTOR < usual)
    found = [_jump(cuts, run, usual, "faster", n) for run in runs_of(fast)]
    found += [_jump(cuts, run, usual, "slower", n) for run in runs_of(slow)]
    return sorted(found, key=lambda one: one.first), []


def _jump(cuts: NDArray[np.intp], run: tuple[int, int], usual: float, word: str, n: int) -> Found:
    first, behind = int(cuts[run[0]]), int(cuts[run[1]])
    rate = (behind - first) / (run[1] - run[0]) / usual
    part = 100 * (run[1] - run[0]) / (len(cuts) - 1)
    if behind == first:
        first, behind = max(first - 1, 0), min(behind + 1, n)
        return Found(first, behind, f"the flow stood still for {part:.0f} % of the run")
    said = f"the flow was {word} than usual ({rate:.2g} times) for {part:.0f} % of the run"
    return Found(first, behind, said)


def split_bubbles(
    drift: Sequence[Found], flow: Sequence[Found], n: int
) -> tuple[list[Found], list[Found], list[Found]]:
    """Return bubbles, and drift and flow without them.

    A bubble is a short run of shifted signal that touches (within a bin) a run of disturbed flow.
    """
    bubbles, rest, used = [], [], set()
    for one in drift:
        near = [
            k
            for k, jump in enumerate(flow)
            if jump.first <= one.behind + BIN and jump.behind >= one.first - BIN
        ]
        if near and one.behind - one.first <= max(BUBBLE_PART * n, BIN):
            used |= set(near)
            first = min(one.first, *(flow[k].first for k in near))
            behind = max(one.behind, *(flow[k].behind for k in near))
            said = f"flow and signal are disturbed together, as by a bubble: {one.message}"
            bubbles.append(Found(first, behind, said))
        else:
            rest.append(one)
    return bubbles, rest, [jump for k, jump in enumerate(flow) if k not in used]


def off_scale(tube: Tube, spots: Sequence[int]) -> Iterator[tuple[str, Found]]:
    """Give channels with 1 % of the events at their top, or 5 % at their lowest value."""
    n = tube.n_events
    if not n:
        return
    for i in spots:
        raw, name = tube.data.values[i], tube.data.names[i]
        top = ceiling(tube.data, i)
        high = 0 if top is None else int(np.count_nonzero(raw >= top))
        if high > SATURATED * n:
            said = f"{100 * high / n:.2g} % of the events are at the top of {name} (off scale)"
            yield SATURATION, Found(0, n, said)
        lowest = raw.min()
        low = int(np.count_nonzero(raw == lowest))
        if lowest <= 0 and low > AT_BOTTOM * n and low < n:
            said = f"{100 * low / n:.2g} % of the events are at the lowest value of {name}"
            yield BOTTOM, Found(0, n, said)
