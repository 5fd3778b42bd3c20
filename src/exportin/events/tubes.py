"""One tube with its amplifiers made linear and its spill-over taken out, exactly once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from exportin.events.channels import find_channel, time_channel
from exportin.events.compensation import (
    Applied,
    apply_matrix,
    choose_spill,
    dye_position,
    unmix,
)
from exportin.events.settings import Axis, Compensation, Matrix, Space
from exportin.tables.events import EventData, Spill, event_range
from exportin.tables.problems import InputError, problem_at

Values = NDArray[np.float64]
NOT_COMPENSATED = Compensation(source="none")


def linear_values(data: EventData, index: int) -> Values:
    """Return one channel as the detector saw it, in float64.

    Logarithmic amplifiers ($PnE decades, lowest) of integers: lowest x 10^(decades x / range),
    lowest 0 read as 1 (FCS 3.1, 3.2.20). Linear ones are divided by their gain. Floating-point
    numbers are linear by the standard whatever $PnE says. Time is in seconds where $TIMESTEP is.

    >>> from exportin.tables.events import Channel
    >>> log = Channel(name="FL1-H", range=1024, decades=4.0)
    >>> made = EventData(channels=(log,), values=np.array([[0, 512]], dtype=np.uint16))
    >>> linear_values(made, 0).tolist()
    [1.0, 100.0]
    """
    channel = data.channels[index]
    raw: Values = data.values[index].astype(np.float64)
    if index == time_channel(data.channels):
        seconds: Values = raw * _timestep(data)
        return seconds
    if channel.decades > 0 and data.values.dtype.kind in "ui" and channel.range > 0:
        out: Values = (channel.lowest or 1.0) * 10.0 ** (raw * (channel.decades / channel.range))
        return out
    undone: Values = raw / channel.gain if channel.gain not in (0.0, 1.0) else raw
    return undone


def _timestep(data: EventData) -> float:
    try:
        step = float(data.keywords.get("$TIMESTEP", "") or 1.0)
    except ValueError:
        return 1.0
    return step if np.isfinite(step) and step > 0 else 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Tube:
    """Events of one tube, by channel and space; made by ``open_tube`` only.

    Parameters
    ----------
    row_id
        Range of its events, ``file:1-20000``.
    data
        The events as in the file.
    applied
        Which spill-over is taken out, and what is said of it.
    matrices
        Further matrices that gates may name.
    """

    row_id: str
    data: EventData
    applied: Applied
    matrices: Mapping[str, Matrix] = field(default_factory=dict)
    held: dict[object, Values] = field(default_factory=dict, repr=False)
    held_applied: dict[str, Applied] = field(default_factory=dict, repr=False)

    @property
    def file(self) -> str:
        """Name of its file."""
        return event_range(self.row_id)[0]

    @property
    def n_events(self) -> int:
        """How many events it holds."""
        return self.data.n_events

    def find(self, channel: str) -> int:
        """Return the position of a channel by any of its names."""
        return find_channel(self.data.channels, channel, self.file)

    def linear(self, index: int) -> Values:
        """Return linear values of a channel by its position; not to be changed."""
        if index not in self.held:
            self.held[index] = linear_values(self.data, index)
        return self.held[index]

    def of(self, channel: str, space: Space = "compensated", matrix: str = "") -> Values:
        """Return the values of a channel in a space, float64; not to be changed.

        A channel that is not in the matrix has the same values compensated and linear.

        Raises
        ------
        InputError
            The file has no such channel.
        """
        if space != "compensated":
            index = self.find(channel)
            return (
                self.data.values[index].astype(np.float64) if space == "raw" else self.linear(index)
            )
        applied = self._applied(matrix)
        row = dye_position(applied, channel)
        if row is None:
            index = self.find(channel)
            if index not in applied.detectors:
                return self.linear(index)
            row = applied.detectors.index(index)
        key = (matrix, row)
        if key not in self.held:
            made = unmix(applied, np.stack([self.linear(i) for i in applied.detectors]))
            self.held.update({(matrix, k): made[k] for k in range(len(made))})
        return self.held[key]

    def along(self, axis: Axis) -> Values:
        """Return the values of an axis before its scale."""
        return self.of(axis.channel, axis.space, axis.matrix)

    def _applied(self, matrix: str) -> Applied:
        """Return the matrix that an axis names; every one works on linear values, never twice."""
        if not matrix:
            return self.applied
        if matrix not in self.held_applied:
            if matrix == "file":
                if self.data.spill is None:
                    message = "gates ask for the file's own spill-over, and it holds none."
                    remedy = "Draw the gates on linear values, or give the file's matrix with them."
                    raise InputError(problem_at(self.file, "", message, remedy, "no-spillover"))
                asked = Compensation(source="file")
                found = choose_spill(asked, self.data, self.file)
            elif matrix in self.matrices:
                found = apply_matrix(self.matrices[matrix], "matrix", self.data, self.file)
            else:
                message = f"there is no matrix '{matrix}'."
                remedy = f"Known: {', '.join(sorted({'file', *self.matrices}))}."
                raise InputError(problem_at(self.file, "", message, remedy, "unknown-matrix"))
            self.held_applied[matrix] = found
        return self.held_applied[matrix]


def open_tube(
    data: EventData,
    row_id: str,
    compensation: Compensation = NOT_COMPENSATED,
    *,
    measured: Spill | None = None,
    matrices: Mapping[str, Matrix] | None = None,
) -> Tube:
    """Return a tube whose values can be asked for in every space.

    Parameters
    ----------
    data, row_id
        What ``Events.open`` gives, and the row it was opened by.
    compensation
        Which spill-over to take out.
    measured
        Spill-over from single stains (``stains.spill_from_stains``), for source "controls".
    matrices
        Those of a ``GateSet``, for axes that name one.

    Raises
    ------
    InputError
        The spill-over cannot be used with this file.

    >>> from exportin.tables.events import Channel
    >>> two = (Channel(name="FL1-A"), Channel(name="FL2-A"))
    >>> spill = Spill(names=("FL1-A", "FL2-A"), matrix=((1.0, 0.5), (0.0, 1.0)))
    >>> made = EventData(channels=two, values=np.array([[100.0], [60.0]]), spill=spill)
    >>> tube = open_tube(made, "a.fcs:1-1", Compensation())
    >>> tube.of("FL2-A").tolist(), tube.of("FL2-A", "linear").tolist(), tube.applied.source
    ([10.0], [60.0], 'file')
    """
    file = event_range(row_id)[0]
    applied = choose_spill(compensation, data, file, measured)
    return Tube(row_id=row_id, data=data, applied=applied, matrices=dict(matrices or {}))
