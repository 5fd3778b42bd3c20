"""Plate readers in ASM: one row per well, signal and time."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from exportin.contract.reader import Request
from exportin.readers.allotrope.document import (
    Document,
    Measurement,
    errors,
    fault,
    number,
    plain,
    unit_of,
)
from exportin.readers.allotrope.wells import measured_at, plate_sizes, unread_keys, well_of
from exportin.tables.gridvalues import SIZE
from exportin.tables.kinds import MEASURED_AT, WellReadings
from exportin.tables.names import clean
from exportin.tables.numbercolumn import limited, missing_note
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.workbook import cell_text

SIGNALS = (
    "absorbance", "fluorescence", "luminescence", "optical density", "absorption",
    "phosphorescence", "fluorescence polarization", "transmittance",
)  # fmt: skip
EXCITATION = "excitation wavelength setting"
DETECTOR = ("detector wavelength setting", "detection wavelength setting")
OWN_CHANNEL = "exportin channel"
CUBES = {
    "absorption profile": "absorbance",
    "absorption spectrum": "absorbance",
    "fluorescence emission profile": "fluorescence",
    "fluorescence emission spectrum": "fluorescence",
    "fluorescence excitation spectrum": "fluorescence excitation",
    "luminescence profile": "luminescence",
}
"""What the model calls curves over time or wavelength, and the signal in them."""
SECONDS = {"s": 1.0, "ms": 0.001, "min": 60.0, "h": 3600.0}
USED = (
    *SIGNALS, EXCITATION, *DETECTOR, OWN_CHANNEL, "location identifier", "well plate identifier",
    "plate well count", "measurement time", "sample identifier", "sample role type",
    "group identifier", "measurement identifier", "detection type", "$asm.manifest",
    "well location identifier",
)  # fmt: skip
TELLING = (
    "repeat",
    "detector gain setting",
    "detection type",
    "scan position setting (plate reader)",
)
"""What tells two reads of one well with the same wavelengths apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One value of one well."""

    of: Measurement
    plate: str
    well: str
    channel: str
    value: float | None
    cause: str
    unit: str
    flag: str
    time: float | None = None


def read_plates(
    source: Source, document: Document, request: Request
) -> tuple[pl.DataFrame, tuple[Problem, ...], tuple[str, ...]]:
    """Return rows, notes and the names of what was not read."""
    reads = [read for one in document.measurements for read in reads_of(one, source)]
    reads = told_apart(reads)
    names = Counter(str(entry.get("calculated data name", "")) for entry in document.calculated)
    channels = dict.fromkeys(read.channel for read in reads)
    left = [f"calculated '{name}' ({count})" for name, count in names.items()]
    if request.channel in names and request.channel not in channels:
        left = [text for text in left if not text.startswith(f"calculated '{request.channel}' (")]
        left = [*channels, *left]
        reads = list(calculated_reads(document, reads, request.channel, source.name))
    elif request.channel:
        reads = [read for read in reads if read.channel == request.channel]
        left = [*(name for name in channels if name != request.channel), *left]
    if not reads:
        message = f"There is no channel '{request.channel}'."
        remedy = nearest(request.channel, {*channels, *names})
        raise InputError(fault(source.name, "", message, remedy, "unknown-channel"))
    refuse_twins(reads, source.name)
    refuse_two_units(reads, source.name)
    frame, noted = to_frame(reads, source, several=len(channels) > 1)
    notes = (*missing_note([read.cause for read in reads], source.name), *noted)
    return frame, notes, (*left, *unread_keys(document, USED))


def reads_of(one: Measurement, source: Source) -> Iterator[Read]:
    """Give the values of one measurement: plain signals and data cubes."""
    file = source.name
    own = {key.casefold(): value for key, value in one.own.items()}
    base = Read(
        of=one,
        plate=clean(one.text("well plate identifier")) or source.stem,
        well=well_of(one, file),
        channel="",
        value=None,
        cause="",
        unit="",
        flag="",
    )
    wrong = errors(one)
    found = [name for name in SIGNALS if name in own]
    for name in found:
        value, cause = number(own[name], file, f"{one.place} > {name}")
        said = [text for feature, text in wrong if feature == name]
        if said:
            value, cause = None, clean(said[0]) or "error"
        flag = "; ".join(text for feature, text in wrong if feature not in (name, *USED))
        yield replace(base, channel=channel_of(one, name), value=value, cause=cause,
                      unit=unit_of(own[name]), flag=flag)  # fmt: skip
    cubes = [key for key in own if key.endswith("data cube")]
    for key in cubes:
        name = key.removesuffix(" data cube")
        yield from cube_reads(base, CUBES.get(name, name), own[key], file)
    if not found and not cubes:
        lost = [(f, text) for f, text in wrong if f in SIGNALS]
        if not lost:
            message = f"The measurement of {base.well} holds none of: {', '.join(SIGNALS[:3])} ..."
            remedy = f"It holds: {', '.join(one.own)[:200]}."
            raise InputError(fault(file, one.place, message, remedy, "no-signal"))
        yield replace(base, channel=channel_of(one, lost[0][0]), cause=clean(lost[0][1]) or "error")


def channel_of(one: Measurement, signal: str) -> str:
    """Name a read by signal and wavelengths, ``fluorescence 580/620``; or by our own name."""
    own = one.text(OWN_CHANNEL)
    if own:
        return own
    numbers = [plain(one.get(EXCITATION)), plain(one.get(*DETECTOR))]
    waves = [cell_text(float(n)) for n in numbers
             if isinstance(n, int | float) and not isinstance(n, bool)]  # fmt: skip
    return " ".join(filter(None, (signal, "/".join(waves))))


def cube_reads(base: Read, signal: str, cube: Any, file: str) -> Iterator[Read]:
    """Give the points of a data cube over time or wavelength."""
    place = f"{base.of.place} > {signal} data cube"
    try:
        (dimension,) = cube["cube-structure"]["dimensions"]
        (measure,) = cube["cube-structure"]["measures"]
        (points,) = cube["data"]["dimensions"]
        (values,) = cube["data"]["measures"]
        concept, unit = str(dimension["concept"]), str(dimension.get("unit", ""))
        numbers = list(zip(points, values, strict=True))
        measured_in = unit_of(measure)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = "A data cube is not one row of points with as many values."
        raise InputError(
            fault(file, place, message, "Convert the raw file again.", "odd-cube")
        ) from error
    wrong = dict(errors(base.of))
    for point, given in numbers:
        value, cause = number(given, file, place)
        at, _ = number(point, file, place)
        if at is None:
            message = "A point of the data cube has no position."
            raise InputError(fault(file, place, message, "Convert the raw file again.", "odd-cube"))
        said = [wrong[name] for name in (f"{at}{unit}", f"{cell_text(at)}{unit}") if name in wrong]
        if said:  # converters name the point that is missing: '280.0nm'
            value, cause = None, clean(said[0]) or "error"
        read = replace(base, value=value, cause=cause, unit=measured_in)
        if "time" in concept and unit in SECONDS:
            channel = channel_of(base.of, signal)
            yield replace(read, channel=channel, time=at * SECONDS[unit])
        elif "wavelength" in concept:
            yield replace(read, channel=f"{signal} {cell_text(at)}")
        else:
            message = f"The data cube runs over '{concept}' ({unit}), which is not read."
            remedy = "Read are elapsed time (s, ms, min, h) and wavelength."
            raise InputError(fault(file, place, message, remedy, "unknown-dimension"))


def told_apart(reads: list[Read]) -> list[Read]:
    """Add to the channel what else differs where one well has several reads of one name."""
    seen = Counter((read.plate, read.well, read.channel, read.time) for read in reads)
    channels = {key[2] for key, count in seen.items() if count > 1}
    out = []
    for read in reads:
        if read.channel in channels:
            texts = [read.of.text(name) for name in TELLING]
            extra = [f"{n} {t}" for n, t in zip(TELLING, texts, strict=True) if t]
            read = replace(read, channel=", ".join([read.channel, *extra]))  # noqa: PLW2901
        out.append(read)
    return out


def refuse_twins(reads: list[Read], file: str) -> None:
    """Refuse a well that has two values of one channel and time."""
    first: dict[tuple[object, ...], Read] = {}
    problems = []
    for read in reads:
        key = (read.plate, read.well, read.channel, read.time)
        if first.setdefault(key, read) is not read:
            message = f"Well {read.well} of '{read.plate}' has two values of '{read.channel}'."
            remedy = "Keep one, or convert each read of the plate into a file of its own."
            problems.append(fault(file, read.of.place, message, remedy, "duplicate-well"))
    if problems:
        raise InputError(limited(problems, file))


def calculated_reads(document: Document, reads: list[Read], name: str, file: str) -> Iterator[Read]:
    """Give a calculated result of each well; refuse one that belongs to several wells."""
    by_id = {read.of.text("measurement identifier"): read for read in reads}
    for at, entry in enumerate(document.calculated):
        if entry.get("calculated data name") != name:
            continue
        place = f"calculated data document[{at + 1}]"
        sources = [by_id[key] for key in source_ids(entry) if key in by_id]
        wells = {(read.plate, read.well) for read in sources}
        if len(wells) != 1:
            message = f"'{name}' was calculated from {len(wells)} wells, not from one."
            remedy = "Only results of single wells can be read."
            raise InputError(fault(file, place, message, remedy, "not-of-one-well"))
        value, cause = number(entry.get("calculated result"), file, place)
        unit = unit_of(entry.get("calculated result"))
        yield replace(sources[0], channel=name, value=value, cause=cause, unit=unit, flag="")


def source_ids(entry: Mapping[str, Any]) -> list[str]:
    """Return the measurements a result was calculated from."""
    outer = entry.get("data source aggregate document")
    inner = outer.get("data source document") if isinstance(outer, dict) else None
    items = inner if isinstance(inner, list) else []
    return [str(item.get("data source identifier", "")) for item in items if isinstance(item, dict)]


def refuse_two_units(reads: list[Read], file: str) -> None:
    """Refuse a channel whose values are in several units: one of them is something else.

    Raises
    ------
    InputError
        With the well of the unit that fewer values have.
    """
    for channel in dict.fromkeys(read.channel for read in reads):
        units = Counter(read.unit for read in reads if read.channel == channel)
        if len(units) > 1:
            odd = min(units, key=lambda unit: (units[unit], unit))
            one = next(r for r in reads if r.channel == channel and r.unit == odd)
            usual = units.most_common(1)[0][0]
            message = (
                f"'{channel}' of well {one.well} is in '{odd}', {units[usual]} others in '{usual}'."
            )
            remedy = "A channel has one unit; export the file again."
            raise InputError(fault(file, one.of.place, message, remedy, "two-units"))


def to_frame(
    reads: list[Read], source: Source, *, several: bool
) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """Return the rows; columns without anything in them are left out."""
    file = source.name
    plates = len({read.plate for read in reads}) > 1

    def row_id(read: Read) -> str:
        head = f"{file}#{read.channel}" if several else file
        plate = f":{read.plate}" if plates else ""
        time = "" if read.time is None else f"@{cell_text(read.time)}"
        return f"{head}{plate}:{read.well}{time}"

    times, notes = measured_at([read.of for read in reads], file)
    columns: dict[str, pl.Series] = {
        "row_id": pl.Series([row_id(read) for read in reads], dtype=pl.String),
        "file": pl.Series([file] * len(reads), dtype=pl.String),
        "sample_id": pl.Series([read.plate for read in reads], dtype=pl.String),
        "well": pl.Series([read.well for read in reads], dtype=pl.String),
        "channel": pl.Series([read.channel for read in reads], dtype=pl.String),
        "value": pl.Series([read.value for read in reads], dtype=pl.Float64),
        "cause": pl.Series([read.cause for read in reads], dtype=pl.String),
    }
    wells = [read.well for read in reads]
    sizes, sized = plate_sizes([read.of for read in reads], wells, file)
    extra = {
        SIZE: pl.Series(sizes, dtype=pl.Float64),
        "unit": pl.Series([read.unit for read in reads], dtype=pl.String),
        "time_s": pl.Series([read.time for read in reads], dtype=pl.Float64),
        MEASURED_AT: pl.Series(times, dtype=pl.String),
        "content": pl.Series([content_of(read) for read in reads], dtype=pl.String),
        "group": pl.Series([group_of(read) for read in reads], dtype=pl.String),
        "sample_role": pl.Series([read.of.text("sample role type") for read in reads]),
        "instrument_flag": pl.Series([read.flag for read in reads], dtype=pl.String),
    }
    columns |= {n: s for n, s in extra.items() if any(v not in (None, "") for v in s.to_list())}
    order = [column.name for column in WellReadings.columns]
    frame = pl.DataFrame(columns)
    return frame.select(order + [name for name in columns if name not in order]), (*notes, *sized)


def content_of(read: Read) -> str:
    """Return the name of the sample unless it is only plate and well again."""
    text = clean(read.of.text("sample identifier"))
    spot = read.of.text("location identifier", "well location identifier")
    return "" if text in (f"{read.plate} {spot}", f"{read.plate}_{spot}", spot) else text


def group_of(read: Read) -> str:
    """Return the group that the instrument's software knows."""
    found = plain(read.of.get("group identifier"))
    return "" if found is None else clean(cell_text(found))
