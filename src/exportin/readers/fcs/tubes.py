"""The table of a file: a row per data set, its events beside it."""

from collections.abc import Iterable, Mapping

import polars as pl

from exportin.contract.reader import Request
from exportin.readers.fcs.header import OPENING
from exportin.readers.fcs.remarks import Remarks
from exportin.readers.fcs.sets import CHECKSUM, DataSet, data_sets, event_data
from exportin.readers.fcs.text import BLANK
from exportin.tables.events import EventData, Events, channel_list, range_id
from exportin.tables.kinds import MEASURED_AT
from exportin.tables.names import clean
from exportin.tables.origin import Origin, Source
from exportin.tables.wells import well_name, well_position

NAME = "fcs"
TUBE = ("TUBE NAME", "TUBE_NAME", "@SAMPLEID1", "$SMNO", "SAMPLE ID")
WELL = ("$WELLID", "WELL ID", "WELLID")
PLATE = ("$PLATENAME", "PLATE NAME", "$PLATEID", "PLATE ID")
SOURCE = ("$SRC",)
CYTOMETER = ("$CYT",)
BLANKS = BLANK.encode()
NOTHING = ("", "NA", "N/A")
TEXTS = ("tube", "well", "plate", "source", MEASURED_AT, "cytometer")


def sniff(source: Source) -> bool:
    """Whether the first bytes are the name of the format and a version."""
    return bool(OPENING.match(source.data))


def read(source: Source, request: Request) -> Events:
    """Read the events of a file, a row per data set.

    Raises
    ------
    InputError
        If the file is cut off, contradicts itself, or is of a kind that is not read.
    """
    remarks = Remarks(source.name)
    sets = data_sets(source.data, remarks)
    rows, blobs, last = [], {}, 0
    several = len(sets) > 1
    for at, one in enumerate(sets, 1):
        remarks.place = f"data set {at}" if several else ""
        if not one.n:
            remarks.note("no-events", "it holds no events.")
            if several:
                continue
        row_id = range_id(source.name, last + 1, last + one.n)
        events = event_data(source.data, one, remarks)
        last += one.n
        blobs[row_id] = events.to_bytes()
        row = {"row_id": row_id, "file": source.name, **_about(events)}
        row["sample_id"] = f"{source.stem}#{at}" if several else source.stem
        rows.append(row | ({"dataset": at} if several else {}))
    remarks.place = ""
    if not rows:
        raise remarks.refusal("no-events", "none of its data sets holds events.")
    _bytes_after(source.data, sets, remarks)
    schema = {
        **{column.name: column.dtype for column in Events.columns},
        **dict.fromkeys(TEXTS, pl.String),
        **({"dataset": pl.Int64} if several else {}),
    }
    return Events(
        frame=pl.DataFrame(rows, schema=schema),
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=tuple(remarks.notes),
        unread=tuple(_unread(sets, remarks)),
        blobs=blobs,
    )


def _about(events: EventData) -> dict[str, str | int | None]:
    keys = events.keywords
    when = [_first(keys, (name,)) for name in ("$DATE", "$BTIM")]
    position = well_position(_first(keys, WELL) or "")
    return {
        "n_events": events.n_events,
        "channels": channel_list(events.names),
        "tube": _first(keys, TUBE),
        "well": well_name(*position) if position else None,
        "plate": _first(keys, PLATE),
        "source": _first(keys, SOURCE),
        MEASURED_AT: " ".join(filter(None, when)) or _first(keys, ("$BEGINDATETIME",)),
        "cytometer": _first(keys, CYTOMETER),
    }


def _first(keys: Mapping[str, str], names: Iterable[str]) -> str | None:
    """Return the first of these keywords that says something."""
    found = (clean(keys.get(name, "").strip(BLANK)) for name in names)
    return next((text for text in found if text.upper() not in NOTHING), None)


def _unread(sets: list[DataSet], remarks: Remarks) -> Iterable[str]:
    """Name the segments that were not used; keywords stay with the events."""
    places = (one.keys.get("$BEGINANALYSIS", "").strip(f"0{BLANK}") for one in sets)
    if any(one.header.analysis[0] for one in sets) or any(places):
        yield "ANALYSIS"
    if any(note.code == "fcs-list-mode" for note in remarks.notes):
        yield "data set 2"


def _bytes_after(data: bytes, sets: list[DataSet], remarks: Remarks) -> None:
    """Say where something else than a checksum stands behind the last segment."""
    if any(note.code == "fcs-list-mode" for note in remarks.notes):
        return
    last = sets[-1]
    ends = [last.first + last.length, last.header.text[1] + 1, last.header.analysis[1] + 1]
    for name in ("$ENDSTEXT", "$ENDANALYSIS"):
        text = last.keys.get(name, "").strip(BLANK)
        ends.append(int(text[:15]) + 1 if text.isascii() and text.isdigit() else 0)
    rest = len(data) - last.start - max(ends)
    tail = data[len(data) - max(0, rest) :].strip(BLANKS)
    if tail and not (len(tail) == CHECKSUM and tail.isalnum()):
        message = f"{rest} bytes stand behind its last segment and are not read."
        remarks.note("bytes-after", message)
