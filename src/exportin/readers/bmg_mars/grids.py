"""Microplate view: plate grids under headings, one after the other, with cycles if kinetic."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from exportin.readers.bmg_mars.plates import OPENING, Plate, first_text, key_of
from exportin.readers.bmg_mars.words import TIMELIKE, Cycle, RawHeading, raw_heading, read_cycle
from exportin.tables.grids import Grid
from exportin.tables.kinds import MEASURED_AT
from exportin.tables.platereads import TIME, WellRead, grid_cells
from exportin.tables.problems import Problem
from exportin.tables.sheet import Sheet

CYCLE = "cycle"


@dataclass(frozen=True, slots=True)
class Block:
    """One grid of the file under its heading; ``channel`` is ``None`` if it is not raw data."""

    plate: int
    grid: Grid
    heading: str
    channel: str | None
    cycle: Cycle | None = None

    @property
    def line(self) -> str:
        """Where the grid stands."""
        return self.grid.sheet.line(self.grid.header)

    @property
    def name(self) -> str:
        """Name of the grid in messages."""
        return self.heading or "grid without heading"


@dataclass(slots=True)
class Above:
    """What the lines read so far say of the next grid."""

    heading: str = ""
    raw: RawHeading | None = None
    cycle: Cycle | None = None
    cycle_last: bool = False  # cycles stand below the heading, which holds for all of them

    def take(self, heading: str | None, cycle: Cycle | None, *, cycle_last: bool) -> None:
        """Take in the lines between two grids."""
        if heading is None and cycle is None:
            self.heading, self.raw = "", None
            return
        if heading is not None:
            self.heading, self.raw = heading, raw_heading(heading)
            if cycle is None and self.cycle_last:
                self.cycle = None
            if cycle is not None:
                self.cycle_last = cycle_last
        elif not self.raw:
            self.heading = ""
        self.cycle = cycle or self.cycle


def find_blocks(grids: Sequence[Grid], plates: Sequence[Plate]) -> Iterator[Block]:
    """Give every grid of a sheet with its plate, heading and cycle."""
    for number, plate in enumerate(plates):
        above, free = Above(), plate.start
        for grid in grids:
            if plate.start <= grid.header < plate.end:
                read_above(above, grid, free)
                cycle = (above.raw.cycle if above.raw else None) or above.cycle
                channel = above.raw.channel if above.raw else None
                yield Block(number, grid, above.heading, channel, cycle)
                free = grid.end


def read_above(above: Above, grid: Grid, free: int) -> None:
    """Take in what stands between the last grid and this one."""
    heading, cycle, cycle_last = None, None, False
    for row in grid.sheet.rows[free : grid.header]:
        text = first_text(row)
        if not text or key_of(text) in OPENING:
            continue
        told = read_cycle(text)
        cycle_last = bool(told)
        heading, cycle = (heading, told) if told else (text, cycle)
    above.take(heading, cycle, cycle_last=cycle_last)


def check_blocks(blocks: Sequence[Block], file: str) -> Iterator[Problem]:
    """Find raw grids that do not say which read they are."""
    for plate in {block.plate: None for block in blocks}:
        mine = [block for block in blocks if block.plate == plate]
        raw = [block for block in mine if block.channel is not None]
        yield from twice_headed(raw, file)
        yield from check_cycles(raw, file)
        if raw:
            yield from (
                problem_at(
                    block,
                    file,
                    f"A grid is headed '{block.heading[:40]}'; which raw data and which cycle of a "
                    "kinetic read it holds is not told.",
                    "kinetic-unclear",
                )
                for block in mine
                if block.channel is None and TIMELIKE.match(block.heading)
            )


def headings_without_grid(
    sheet: Sheet, grids: Sequence[Grid], plates: Sequence[Plate], file: str
) -> Iterator[Problem]:
    """Find raw data headings and cycles below which no grid stands: it was lost or cut off."""
    begins = {grid.header: grid.end for grid in grids}
    openings = {plate.start for plate in plates}
    waiting: dict[bool, int] = {}
    at = 0
    while at < len(sheet.rows):
        if at in begins:
            waiting, at = {}, begins[at]
            continue
        text = first_text(sheet.rows[at])
        cycle = bool(read_cycle(text))
        if at in openings:
            yield from (lost_grid(sheet, row, file) for row in waiting.values())
            waiting = {}
        if cycle or raw_heading(text):
            if cycle in waiting:
                yield lost_grid(sheet, waiting[cycle], file)
            waiting[cycle] = at
        at += 1
    yield from (lost_grid(sheet, row, file) for row in waiting.values())


def lost_grid(sheet: Sheet, at: int, file: str) -> Problem:
    """Return the problem of a heading without a grid."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"No plate grid stands below '{first_text(sheet.rows[at])[:40]}'.",
        remedy="The file was cut off or edited: export it again from MARS.",
        code="heading-without-grid",
    )


def twice_headed(raw: Sequence[Block], file: str) -> Iterator[Problem]:
    """Find grids of one plate, channel and cycle."""
    seen = set()
    for block in raw:
        key = (block.channel, block.cycle.number if block.cycle else None)
        if key in seen:
            told = f", cycle {block.cycle.number}" if block.cycle else ""
            yield Problem(
                file=file,
                place=block.line,
                message=f"Two grids are headed 'Raw Data ({block.channel})'{told}.",
                remedy="Export one plate and one measurement per file.",
                code="duplicate-channel",
            )
        seen.add(key)


def check_cycles(raw: Sequence[Block], file: str) -> Iterator[Problem]:
    """Find cycles without a number or a time, out of order, or missing in a channel."""
    cycles = [block.cycle for block in raw if block.cycle]
    if not cycles:
        return
    times: dict[int, float] = {}
    for block in raw:
        if block.cycle is None:
            message = "Other grids of the plate tell their cycle, this one does not."
            yield problem_at(block, file, message, "kinetic-unclear")
        elif block.cycle.seconds is None:
            message = f"'{block.cycle.text[:40]}' tells no time in h, min and s."
            yield problem_at(block, file, message, "kinetic-unclear")
        elif times.setdefault(block.cycle.number, block.cycle.seconds) != block.cycle.seconds:
            message = f"Cycle {block.cycle.number} has another time here than above."
            yield problem_at(block, file, message, "kinetic-unclear")
    ordered = [times[number] for number in sorted(times)]
    if ordered != sorted(ordered):
        yield problem_at(raw[0], file, "The times of the cycles go back.", "kinetic-unclear")
    wanted = range(1, max(cycle.number for cycle in cycles) + 1)
    for channel in dict.fromkeys(block.channel for block in raw):
        mine = [block for block in raw if block.channel == channel]
        have = {block.cycle.number for block in mine if block.cycle}
        lost = [number for number in wanted if number not in have]
        if lost:
            message = f"'Raw Data ({channel})' has no grid of cycle {lost[0]} of {wanted[-1]}."
            yield problem_at(mine[-1], file, message, "cycle-missing")


def problem_at(block: Block, file: str, message: str, code: str) -> Problem:
    """Return a problem of a kinetic file; the remedy is the same for all."""
    return Problem(
        file=file,
        place=block.line,
        message=message,
        remedy=(
            "Export from MARS with a heading such as 'Raw Data (450)' and 'Cycle 2 (1 min)' above "
            "each grid, all cycles from 1 on, or export the table view."
        ),
        code=code,
    )


def block_reads(
    blocks: Sequence[Block], plates: Sequence[Plate], names: Sequence[str]
) -> tuple[list[WellRead], list[WellRead]]:
    """Return the raw reads and the computed ones."""
    raw: list[WellRead] = []
    derived: list[WellRead] = []
    for block in blocks:
        read = WellRead(
            sample_id=names[block.plate],
            channel=block.name if block.channel is None else block.channel,
            size=block.grid.size,
            cells=grid_cells(block.grid),
        )
        columns: dict[str, str | float | None] = {}
        if block.cycle:
            columns = {CYCLE: float(block.cycle.number), TIME: block.cycle.seconds}
            read = replace(read, key=f"cycle {block.cycle.number}")
        when = plates[block.plate].measured_at
        if when:
            columns[MEASURED_AT] = when
        (derived if block.channel is None else raw).append(replace(read, columns=columns))
    return raw, derived
