"""Applied Biosystems QuantStudio Absolute Q: summaries of a digital PCR run (CSV).

The summary by group has a row per well and dye. The multichannel one has a row per sample and
combination of dyes; its counts are of partitions positive in exactly these dyes.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.tables.cells import read_sheets
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_cells, head_text
from exportin.tables.headed import Headed, heading, number_columns, read_headed
from exportin.tables.kinds import MEASURED_AT, PartitionCounts
from exportin.tables.names import clean
from exportin.tables.numbercolumn import NumberColumn, missing_note
from exportin.tables.origin import Origin, Source
from exportin.tables.partitions import check_partitions
from exportin.tables.pcr import pcr_frame, refuse_twice
from exportin.tables.problems import InputError, Problem
from exportin.tables.wells import parse_well, well_name, well_position

NAME = "absolute_q"
GROUPED = {"run", "plate", "group", "well", "total", "dye", "target", "positives"}
CHANNELS = {"run", "plate", "sample", "channels", "count", heading("Copies per microliter")}
CONCENTRATION = ("Conc. cp/uL", "Conc. copies/uL", "Concentration cp/uL")
AVERAGE = "average"
SIZED = re.compile(r"(.*\S)\s*\(([0-9]+)\)$")
PROMISED = [column.name for column in PartitionCounts.columns]


def sniff(source: Source) -> bool:
    """Whether the first line is the header of one of the two summaries."""
    keys = {heading(cell) for cell in head_cells(head_text(source, 8192).split("\n", 1)[0])}
    return keys >= GROUPED or keys >= CHANNELS


def read(source: Source, request: Request) -> PartitionCounts:
    """Read one row per well and dye, or per sample and combination of dyes.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    sheet, file = book.sheets[0], source.name
    table = read_headed(sheet, file, 0)
    made = read_channels if table.keys.keys() >= CHANNELS else read_groups
    frame, notes, unread = made(table, request)
    return PartitionCounts(
        frame=frame,
        origins=(Origin(file=file, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *notes, *open_end(sheet, file)),
        unread=unread,
    )


Made = tuple[pl.DataFrame, tuple[Problem, ...], tuple[str, ...]]


def read_groups(table: Headed, request: Request) -> Made:
    """Read the summary by group; its lines of averages only tell how many wells there are."""
    well, group, dye = table.need("Well"), table.need("Group"), table.need("Dye")
    rows = list(enumerate(table.texts(well)))
    averages = [index for index, text in rows if text.casefold() == AVERAGE]
    wells = [index for index, text in rows if text.casefold() != AVERAGE]
    check_groups(table, averages, wells)
    if not wells:
        message, remedy = "There are no wells in the file.", "Export it with its wells."
        raise InputError(problem(table.file, "", message, remedy, "no-rows"))
    table = table.only(wells)
    places = [
        parse_well(text, file=table.file, place=table.place(index, well))
        for index, text in enumerate(table.texts(well))
    ]
    total, positive = table.need("Total"), table.need("Positives")
    value, target = table.need(*CONCENTRATION), table.need("Target")
    names = table.find("Name", "Sample")
    numbers, assumed = number_columns(table, [total, positive, value], request.decimal)
    columns = common(table) | {
        "sample_id": [clean(text) for text in table.texts(names)],
        "well": places,
        "target": [
            clean(name) or color
            for name, color in zip(table.texts(target), table.texts(dye), strict=True)
        ],
        "dye": table.texts(dye),
        "group": [clean(text) for text in table.texts(group)],
    }
    frame = build(table, columns, numbers[total], numbers[positive], numbers[value])
    used = [well, group, dye, total, positive, value, target, names, *constant(table)]
    lines = ("lines of averages",) if averages else ()
    notes = (*assumed, *missing_note(numbers[value].causes, table.file))
    return frame, notes, (*table.others(used), *lines)


def check_groups(table: Headed, averages: list[int], wells: list[int]) -> None:
    """Refuse a file with fewer wells in a group than its line of averages states.

    Raises
    ------
    InputError
        With every group at fault.
    """
    plates, groups = table.texts(table.need("Plate")), table.texts(table.need("Group"))
    dyes = table.texts(table.need("Dye"))
    per_group = Counter((plates[index], groups[index]) for index in wells)
    per_dye = Counter((plates[index], groups[index], dyes[index]) for index in wells)
    found = []
    for index in averages:
        match = SIZED.match(groups[index])
        if not match:
            continue
        key = (plates[index], match.group(1))
        stated = int(match.group(2))
        if stated not in (per_group[key], per_dye[*key, dyes[index]]):
            count = per_dye[*key, dyes[index]]
            message = f"'{groups[index]}' states {stated} wells, there are {count}."
            remedy = "The file was cut off or edited: export it again."
            found.append(problem(table.file, table.line(index), message, remedy, "wells-missing"))
    if found:
        raise InputError(found)


def read_channels(table: Headed, request: Request) -> Made:
    """Read the multichannel summary; the line without dyes counts the negatives."""
    sample, channels = table.need("Sample"), table.need("Channels")
    total, count = table.need("Total"), table.need("Count")
    value = table.need("Copies per microliter")
    numbers, assumed = number_columns(table, [total, count, value], request.decimal)
    plates = table.texts(table.need("Plate"))
    samples = [clean(text) for text in table.texts(sample)]
    dyes = [clean(text) for text in table.texts(channels)]
    tubes = list(zip(plates, samples, strict=True))
    keys = [(*tube, dye or "no dye") for tube, dye in zip(tubes, dyes, strict=True)]
    refuse_twice(keys, table.line, table.file)
    check_sums(table, tubes, numbers[count].values, numbers[total].values)
    holding = any_of(tubes, dyes, numbers[count].values)
    columns = common(table) | {
        "sample_id": samples,
        "well": [well_at_end(name) for name in samples],
        "target": dyes,
        "dye": dyes,
        "positive_any": holding,
    }
    frame = build(table, columns, numbers[total], numbers[count], numbers[value])
    frame = frame.filter(pl.col("target") != "")
    used = [sample, channels, total, count, value, *constant(table)]
    notes = (*assumed, exact_note(table.file), *missing_note(numbers[value].causes, table.file))
    return frame, notes, table.others(used)


def check_sums(
    table: Headed,
    tubes: list[tuple[str, str]],
    counts: Sequence[float | None],
    totals: Sequence[float | None],
) -> None:
    """Refuse a sample whose counts do not add up to its partitions: lines were lost.

    Raises
    ------
    InputError
        With every sample at fault.
    """
    found = []
    for tube in dict.fromkeys(tubes):
        rows = [index for index, other in enumerate(tubes) if other == tube]
        summed = sum(counts[index] or 0 for index in rows)
        stated = {totals[index] for index in rows} - {0.0, None}
        if stated and stated != {summed}:
            many = ", ".join(f"{number:g}" for number in sorted(filter(None, stated)))
            message = f"The counts of '{tube[1]}' add up to {summed:g}, the file states {many}."
            remedy = "Lines were lost: export the file again."
            place = table.line(rows[0])
            found.append(problem(table.file, place, message, remedy, "partition-counts"))
    if found:
        raise InputError(found)


def any_of(
    tubes: list[tuple[str, str]], dyes: list[str], counts: Sequence[float | None]
) -> list[float | None]:
    """Add up, for a single dye, all combinations that hold it; nothing for several dyes."""
    sums: dict[tuple[tuple[str, str], str], float] = defaultdict(float)
    for tube, names, count in zip(tubes, dyes, counts, strict=True):
        for name in names.split():
            sums[tube, name] += count or 0
    return [
        sums[tube, names] if len(names.split()) == 1 else None
        for tube, names in zip(tubes, dyes, strict=True)
    ]


def build(
    table: Headed,
    columns: dict[str, Sequence[object]],
    total: NumberColumn,
    positive: NumberColumn,
    value: NumberColumn,
) -> pl.DataFrame:
    """Check the counts and put the table together; plates tell rows apart where needed."""
    check_partitions(table.file, table.line, accepted=total.values, positive=positive.values)
    several = len(set(columns["plate"])) > 1
    ids = []
    for plate, sample, well, target in zip(
        columns["plate"], columns["sample_id"], columns["well"], columns["target"], strict=True
    ):
        parts = [str(plate)] * several + [str(well or sample)]
        ids.append((":".join(parts), str(target)))
    refuse_twice(ids, table.line, table.file)
    made = {
        **columns,
        "row_id": [f"{table.file}#{target}:{where}" for where, target in ids],
        "accepted": total.values,
        "positive": positive.values,
        "value": value.values,
        "cause": value.causes,
    }
    return pcr_frame(table.file, made, promised=PROMISED)


def common(table: Headed) -> dict[str, Sequence[object]]:
    """Return what both summaries say of every row."""
    return {
        "plate": table.texts(table.need("Plate")),
        "run": table.texts(table.need("Run")),
        MEASURED_AT: table.texts(table.find("Date")),
    }


def constant(table: Headed) -> list[int | None]:
    """Return the columns of `common`."""
    return [table.find(name) for name in ("Plate", "Run", "Date")]


def well_at_end(sample: str) -> str | None:
    """Return the well with which the software ends a sample's name, if it does.

    >>> well_at_end("Sample A1"), well_at_end("control")
    ('A01', None)
    """
    last = sample.rsplit(" ", maxsplit=1)[-1]
    position = well_position(last) if " " in sample else None
    return well_name(*position) if position else None


def exact_note(file: str) -> Problem:
    """Note what the counts of the multichannel summary are."""
    return Problem(
        file=file,
        place="column 'Count'",
        message="A count is of partitions positive in exactly the dyes named, and in no other.",
        remedy="All partitions with a dye are in the column positive_any.",
        code="exact-channels",
        severity="note",
    )


def problem(file: str, place: str, message: str, remedy: str, code: str) -> Problem:
    """Return an error of this file."""
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)


READER = Reader(
    name=NAME,
    title="Applied Biosystems QuantStudio Absolute Q digital PCR, summaries (CSV)",
    kinds=(PartitionCounts,),
    suffixes=(".csv", ".txt"),
    sniff=sniff,
    read=read,
    tested=("Appbio_AbsoluteQ_example01.csv", "Appbio_AbsoluteQ_multichannel.csv"),
    limits=("The multichannel summary has no wells; they are taken from names such as Sample A1.",),
)
