"""Agilent TapeStation Analysis: peaks, regions and RNA numbers, exported as XML.

Seen: RNA and cfDNA ScreenTapes of software 2.1, 3.2 and later, dates in two ways.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.tables.kinds import MEASURED_AT, TracePeaks
from exportin.tables.machine import machine_format
from exportin.tables.missing import missing_cause
from exportin.tables.names import clean
from exportin.tables.numbercolumn import read_numbers
from exportin.tables.numbers import NumberFormat
from exportin.tables.origin import Origin, Source
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.wells import PLATES, well_name, well_position
from exportin.tables.xmltree import head_text, kid, kids, local, parse_xml, text_of

NAME = "tapestation"
WORDS = {"WellNumber", "Comment", "Observations", "Alert", "ScreenTapeID"}
PEAK_WORDS = {"Number", "Comment", "Observations", "IsAutoAddedRegion"}
LISTS = {"Peaks": "Peak", "Regions": "Region"}
UNITS = {
    "Concentration": "ConcentrationUnit",
    "AssignedQuantity": "ConcentrationUnit",
    "CalibratedQuantity": "ConcentrationUnit",
    "Molarity": "MolarityUnit",
    "Size": "MolecularWeightUnit",
    "AverageSize": "MolecularWeightUnit",
    "FromMW": "MolecularWeightUnit",
    "ToMW": "MolecularWeightUnit",
    "From": "MolecularWeightUnit",
    "To": "MolecularWeightUnit",
}
"""Which of the file's units a number has; the others are stated without one."""
NUMBERS = {
    *UNITS,
    *("RINe", "DIN", "TotalRNAArea", "RNAArea", "Ratio28S18SHeight", "Ratio28S18SArea"),
    *("PercentageCfDNA", "Area", "Height", "RunDistance", "FromPercent", "ToPercent"),
    *("PercentIntegratedArea", "PercentOfTotal"),
}
"""What must be a number or a word for missing; names we do not know may be words."""
USED = {"Samples", "Assay", "ScreenTapes"}
ROWS, COLUMNS = PLATES[96]


@dataclass(frozen=True, slots=True)
class Item:
    """One number as the file writes it."""

    lane: int
    peak: str
    quantity: str
    text: str
    said: str  # comment and observations of the peak


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What the file says of one sample."""

    name: str
    label: str
    tape: str
    alert: str


def sniff(source: Source) -> bool:
    """Whether the file is XML of the TapeStation software."""
    head = head_text(source.data)
    return head.startswith("<") and "<File>" in head and "<ScreenTape" in head


def read(source: Source, request: Request) -> TracePeaks:
    """Read every number of every lane, peak and region; ``request.channel`` names one quantity.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    root = parse_xml(source)
    samples = kid(root, "Samples")
    if local(root) != "File" or samples is None or not kids(samples, "Sample"):
        message = "There is no sample in this file."
        raise InputError(fault(source.name, "", message, "Export the run again as XML."))
    nodes = kids(samples, "Sample")
    lanes = [read_lane(node, source.name) for node in nodes]
    check_lanes(lanes, source.name)
    items = [item for at, node in enumerate(nodes) for item in read_items(node, at, source.name)]
    items, words = split_words(items, request.decimal)
    if request.channel:
        items = only(items, request.channel, source.name)
    units = {local(node): clean(text_of(node)) for node in kid_of(root, "Assay", "Units")}
    frame, notes = to_frame(source, items, lanes, units, request)
    times = {text_of(kid(tape, "ScreenTapeID")): text_of(kid(tape, "TapeRunDate"))
             for tape in kid_of(root, "ScreenTapes") if local(tape) == "ScreenTape"}  # fmt: skip
    when = [times.get(tape, "") for tape in frame.get_column("tape").to_list()]
    frame = frame.with_columns(pl.Series(MEASURED_AT, when, dtype=pl.String))
    return TracePeaks(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*notes, *other_tapes(lanes, times, source.name)),
        unread=(*unread(root), *words),
    )


def other_tapes(lanes: list[Lane], times: dict[str, str], file: str) -> tuple[Problem, ...]:
    """Note samples of a ScreenTape that the file does not describe; their time is not known."""
    lost = sorted({lane.tape for lane in lanes} - set(times))
    if not lost:
        return ()
    message = f"The file does not describe the ScreenTape of some samples: {', '.join(lost)}."
    remedy = "Their time of measurement is left empty."
    problem = fault(file, "ScreenTapes", message, remedy, "unknown-screentape")
    return (replace(problem, severity="note"),)


def kid_of(root: Element, *path: str) -> list[Element]:
    """Return the children of the element at a path, none where it is not there."""
    found: Element | None = root
    for name in path:
        found = None if found is None else kid(found, name)
    return [] if found is None else list(found)


def read_lane(node: Element, file: str) -> Lane:
    """Return the texts of a sample; it must say its well."""
    name = clean(text_of(kid(node, "WellNumber")))
    if not name:
        message = "A sample does not say its well (WellNumber)."
        raise InputError(fault(file, "Samples", message, "Export the run again as XML."))
    return Lane(
        name=name,
        label=clean(text_of(kid(node, "Comment"))),
        tape=text_of(kid(node, "ScreenTapeID")),
        alert=clean(text_of(kid(node, "Alert"))),
    )


def check_lanes(lanes: list[Lane], file: str) -> None:
    """Refuse a lane that is there twice."""
    seen: set[tuple[str, str]] = set()
    for lane in lanes:
        if (lane.tape, lane.name) in seen:
            message = f"Lane {lane.name} of ScreenTape '{lane.tape}' is there twice."
            raise InputError(fault(file, lane.name, message, "Keep one.", "duplicate-well"))
        seen.add((lane.tape, lane.name))


def read_items(sample: Element, lane: int, file: str) -> Iterator[Item]:
    """Give the numbers of a sample: its own, those of its groups (RNA), peaks and regions."""
    for node in sample:
        name = local(node)
        if name in LISTS:
            yield from read_list(node, LISTS[name], lane, file)
        elif len(node):
            yield from (Item(lane, "", local(leaf), text_of(leaf), "") for leaf in node)
        elif name not in WORDS and text_of(node):
            yield Item(lane, "", name, text_of(node), "")


def read_list(node: Element, what: str, lane: int, file: str) -> Iterator[Item]:
    """Give the numbers of the peaks or regions of one sample."""
    seen: set[str] = set()
    for at, entry in enumerate(kids(node, what), start=1):
        said = "; ".join(filter(None, (clean(text_of(kid(entry, name)))
                                       for name in ("Observations", "Comment"))))  # fmt: skip
        number = text_of(kid(entry, "Number"))
        if number in ("", "-"):
            number = clean(text_of(kid(entry, "Observations"))) or str(at)
        peak = number if what == "Peak" else f"region {at}"
        if peak in seen:
            place = f"sample {lane + 1}, {what} {at}"
            message = f"Two peaks of one lane are called '{peak}'."
            raise InputError(fault(file, place, message, "Export the run again.", "duplicate-peak"))
        seen.add(peak)
        for leaf in entry:
            if local(leaf) not in PEAK_WORDS and text_of(leaf):
                yield Item(lane, peak, local(leaf), text_of(leaf), said)


def split_words(items: list[Item], declared: str) -> tuple[list[Item], list[str]]:
    """Set aside quantities that hold no number anywhere: they are words we do not know."""
    points, commas = NumberFormat("."), NumberFormat(",")
    numeric = {
        item.quantity
        for item in items
        if missing_cause(item.text) or points.parse(item.text) or commas.parse(item.text)
        or points.parse(item.text) == 0 or item.quantity in NUMBERS
    }  # fmt: skip
    words = dict.fromkeys(item.quantity for item in items if item.quantity not in numeric)
    return [item for item in items if item.quantity in numeric], list(words)


def only(items: list[Item], quantity: str, file: str) -> list[Item]:
    """Return the numbers of one quantity."""
    found = [item for item in items if item.quantity == quantity]
    if not found:
        message = f"There is no channel '{quantity}'."
        remedy = nearest(quantity, {item.quantity for item in items})
        raise InputError(fault(file, "", message, remedy, "unknown-channel"))
    return found


def to_frame(
    source: Source, items: list[Item], lanes: list[Lane], units: dict[str, str], request: Request
) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """Return the rows and what was noted; odd cells are refused with their place."""
    texts = [item.text for item in items]

    def place(index: int) -> str:
        item = items[index]
        peak = f", peak {item.peak}" if item.peak else ""
        return f"sample {lanes[item.lane].name}{peak}, {item.quantity}"

    form, assumed = machine_format(texts, request.decimal, file=source.name, place=place)
    column = read_numbers(texts, form, file=source.name, place=place)
    if column.problems:
        raise InputError(column.problems)
    of = [lanes[item.lane] for item in items]
    ids = [
        f"{source.name}:{lane.tape}:{lane.name}|{item.peak}|{item.quantity}"
        for item, lane in zip(items, of, strict=True)
    ]
    check_ids(ids, place, source.name)
    frame = pl.DataFrame(
        {
            "row_id": ids,
            "file": [source.name] * len(items),
            "sample_id": [lane.label or f"{lane.tape}_{lane.name}" for lane in of],
            "well": [well_of(lane.name) for lane in of],
            "peak": [item.peak for item in items],
            "quantity": [item.quantity for item in items],
            "unit": [units.get(UNITS.get(item.quantity, ""), "") for item in items],
            "value": pl.Series(column.values, dtype=pl.Float64),
            "cause": pl.Series(column.causes, dtype=pl.String),
            "lane": [lane.name for lane in of],
            "tape": [lane.tape for lane in of],
            "content": [item.said for item in items],
            "alert": [lane.alert for lane in of],
        },
        schema_overrides={"well": pl.String},
    )
    return frame, (*assumed, *column.notes)


def check_ids(ids: list[str], place: Callable[[int], str], file: str) -> None:
    """Refuse a number that stands twice in one peak or sample."""
    seen: set[str] = set()
    for index, name in enumerate(ids):
        if name in seen:
            message = "This number is there twice."
            raise InputError(
                fault(file, place(index), message, "Export the run again.", "duplicate")
            )
        seen.add(name)


def well_of(name: str) -> str | None:
    """Return the well of a 96-well plate or strip; an electronic ladder (L1, EL1) has none.

    >>> well_of("B1"), well_of("EL1")
    ('B01', None)
    """
    at = well_position(name)
    inside = at is not None and at[0] < ROWS and at[1] < COLUMNS
    return well_name(*at) if at is not None and inside else None


def unread(root: Element) -> list[str]:
    """List what the file says beside its samples, by its own names."""
    out = [local(leaf) for leaf in kid_of(root, "FileInformation") if text_of(leaf)]
    tapes = [tape for tape in kid_of(root, "ScreenTapes") if local(tape) == "ScreenTape"]
    used = ("ScreenTapeID", "TapeRunDate", "Environment")
    out += [local(leaf) for tape in tapes for leaf in tape if text_of(leaf)
            and local(leaf) not in used]  # fmt: skip
    out += [local(leaf) for tape in tapes for leaf in kid_of(tape, "Environment") if text_of(leaf)]
    out += [local(node) for node in root if local(node) not in (*USED, "FileInformation")]
    return list(dict.fromkeys(out))


def fault(file: str, place: str, message: str, remedy: str, code: str = "no-samples") -> Problem:
    """Return an error at a place of the file."""
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)


READER = Reader(
    name=NAME,
    title="Agilent TapeStation Analysis, peaks and regions (XML)",
    kinds=(TracePeaks,),
    suffixes=(".xml",),
    sniff=sniff,
    read=read,
    tested=(
        "agilent_tapestation_analysis_example_01.xml",
        "agilent_tapestation_analysis_example_03.xml",
        "Eukaryotic RNA-Tubes-16-RNA.xml",
    ),
    limits=("The trace itself is in the electropherogram CSV beside it, not in the XML.",),
)
