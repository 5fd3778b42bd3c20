"""Damaged copies of files, and what may be read from them: nothing, or what was there before.

A mutant ends as a refusal that says where and what to do, or as a table in which every surviving
value is right. What no reader can know is allowed: a flipped bit may turn one digit into another.
"""

import gzip
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.study.discover import load_readers
from exportin.tables.events import Events
from exportin.tables.kinds import TumorLog
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.table import Table

Facts = Counter[tuple[str, tuple[str, str, float | None]]]
"""How often each value is there: its label (time, cycle ...), and well, cause and value."""
Names = dict[str, frozenset[str]]
WELL = re.compile("[A-Z]{1,2}[0-9]{2}|animal .*")
"""What a value was measured of: one change of a digit may rename it for all its times."""
LARGEST = 400_000
"""Larger files take too long to be read ten thousand times."""
LARGEST_BESIDE = 20_000
"""Where there is a sample, larger files are left to the tests of their reader."""
NAMES = ("channel", "sample_id", "target", "run", "group", "replicate")
"""What a damaged file may call as it likes; a name of the whole file must keep its values."""
ANIMAL_NAMES = ("arm", "model")
"""The same for visits of animals, whose own names are in the values."""
DOUBLED = "a line doubled"
CHECKSUM = 8
BINARY = ("fcs",)
"""Their numbers have no place of their own: a byte put in or taken out moves all that follow."""
COUNTED = ("pzfx", "tapestation_trace")
"""Their rows have no names: a line that is there twice is one point more, as if measured so."""
KEYS = ("well", "quantity", "cycle", "time_s", "treatment", "dose")
"""What tells the values of a file apart, but for names that a file is free to choose."""


@dataclass(frozen=True)
class Case:
    """A whole file, how it is read, and what it holds."""

    reader: Reader
    name: str
    data: bytes
    request: Request
    facts: Facts
    named: Facts
    names: Names

    @property
    def is_archive(self) -> bool:
        return self.data.startswith(b"PK")


@dataclass(frozen=True)
class Mutant:
    """A damaged copy: what was done, and how many values may be other ones for it."""

    what: str
    data: bytes
    strays: int = 0
    lost: bool = True


def facts_of(table: Table) -> Facts:
    """Count every value with what tells it apart."""
    return _facts(_frame(table), [])


def _frame(table: Table) -> pl.DataFrame:
    """Return a row per value; visits of animals have several, and words where none was measured."""
    if isinstance(table, Events):
        return _event_frame(table)
    if not isinstance(table, TumorLog):
        return table.frame
    sizes = ["volume", "length", "width", "height", "weight"]
    names = [name for name in ANIMAL_NAMES if name in table.frame.columns]
    return (
        table.frame.with_columns(
            pl.concat_str(pl.lit("animal "), "animal").alias("well"),
            pl.coalesce(pl.col("day").cast(pl.String), "date").alias("cycle"),
        )
        .unpivot(sizes, index=["well", "cycle", *names], variable_name="quantity")
        .filter(pl.col("value").is_not_null())
        .with_columns(pl.lit("").alias("cause"))
    )


def _event_frame(table: Events) -> pl.DataFrame:
    """Return a row per event and channel, by their numbers: names may be damaged."""
    parts = [
        pl.DataFrame(
            {f"P{i}": row for i, row in enumerate(table.open(row_id).values.astype(float))}
        )
        .with_row_index("cycle")
        .unpivot(index="cycle", variable_name="quantity")
        .with_columns(pl.lit(number).alias("dose"), pl.lit("").alias("cause"))
        for number, row_id in enumerate(table.frame["row_id"])
    ]
    return pl.concat(parts).with_columns(pl.lit(None, dtype=pl.String).alias("well"))


def _moved(case: Case, mutant: Mutant, table: Table) -> str | None:
    """What is wrong with a binary file that was read; ``None`` if its numbers are to be looked at.

    No reader can know its numbers where bytes moved; it must have seen that something is odd.
    """
    if mutant.what.startswith(("cut", "bit flipped")) or (
        mutant.what.startswith("noise") and len(mutant.data) == len(case.data)
    ):
        return "" if {"fcs-masked"} & {note.code for note in table.notes} else None
    checksum_gone = len(mutant.data) == len(case.data) - CHECKSUM  # as if there had been none
    if mutant.what.startswith("noise") and not (table.notes or checksum_gone):
        return "bytes were put in or taken out, and nothing is said"
    return ""


def named_facts_of(table: Table, names: Names) -> Facts:
    """Count every value under the names of its read, plate ..., where all are known ones."""
    frame = _frame(table)
    if not set(names) <= set(frame.columns):
        return Counter()
    known = [pl.col(name).is_in(list(texts)) for name, texts in names.items()]
    return _facts(frame.filter(*known) if known else frame, list(names))


def names_of(table: Table) -> Names:
    """All names of reads, plates ..."""
    frame = _frame(table)
    found = {
        name: frozenset(filter(None, frame[name].unique()))
        for name in (ANIMAL_NAMES if isinstance(table, TumorLog) else NAMES)
        if name in frame.columns
    }
    return {name: texts for name, texts in found.items() if texts}


def _facts(frame: pl.DataFrame, names: list[str]) -> Facts:
    keys = [name for name in KEYS if name in frame.columns]
    if "quantity" in keys and frame.schema["quantity"] != pl.String:
        keys.remove("quantity")  # of a standard, which is a number
    first = keys[:1]
    values = [name for name in ("cause", "value") if name in frame.columns]
    label = [pl.col(name).cast(pl.String) for name in (*names, *keys[1:])]
    return Counter(
        (row[0] or "", row[1:])
        for row in frame.select(
            pl.concat_str(label, separator="|", ignore_nulls=True) if label else pl.lit(""),
            *(pl.col(name).cast(pl.String).alias("first") for name in first),
            *values,
        ).iter_rows()
    )


def cases(folder: Path, samples: dict[str, list[tuple[str, bytes, dict[str, Any]]]]) -> list[Case]:
    """Every reader and kind with the small real files it was tested on, and with its samples."""
    files = {
        path.name.removesuffix(".gz"): path for path in sorted(folder.rglob("*")) if path.is_file()
    }
    found = []
    for reader in load_readers():
        most = LARGEST_BESIDE if reader.name in samples else LARGEST
        given: list[tuple[str, bytes, dict[str, Any]]] = [
            (name, _bytes(files[name]), {})
            for name in reader.tested
            if name in files and files[name].stat().st_size <= most
        ]
        for name, data, about in [*given, *samples.get(reader.name, [])]:
            for kind in reader.kinds:
                request = Request(kind=kind, **about)
                try:
                    table = reader.read(Source(name=name, data=data), request)
                except InputError:
                    continue  # holds nothing of this kind, or its reads must be named one by one
                names = names_of(table)
                facts = facts_of(table), named_facts_of(table, names)
                found.append(Case(reader, name, data, request, *facts, names))
    return found


def _bytes(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def verdict(case: Case, mutant: Mutant) -> str:
    """What is wrong with how a mutant was read; empty if nothing, ``-`` if it was refused."""
    source = Source(name=case.name, data=mutant.data)
    case.reader.sniff(source)
    try:
        table = case.reader.read(source, case.request)
    except InputError as error:
        for problem in error.problems:
            if problem.file != case.name or not (problem.message and problem.remedy):
                return f"a refusal without file, message or remedy: {problem}"
        return "-"
    said = _moved(case, mutant, table) if case.reader.name in BINARY else None
    if said is not None:
        return said
    found = facts_of(table)
    for before, after in ((case.facts, found), (case.named, named_facts_of(table, case.names))):
        new, gone = after - before, before - after
        if mutant.what == DOUBLED and case.reader.name in COUNTED and new.keys() <= before.keys():
            continue
        if mutant.lost:
            new = _without_losses(new, gone)
        count = new.total() if not mutant.strays else strays_of(new, gone)
        if count > mutant.strays:
            return f"{count} values that were not there, such as {list(new.elements())[:3]}"
    gone = case.facts - found
    if not mutant.lost and gone.total() > mutant.strays:
        return f"{gone.total()} values are gone unsaid"
    return ""


def strays_of(new: Facts, gone: Facts) -> int:
    """Count other values; a whole read under another time, cycle or name is one change of a digit.

    Only where a change of that size was made: lines that are lost must not move a label.
    """
    ways = [(_by_label(new), _by_label(gone)), (_by_name(new), _by_name(gone))]
    if new and all(what and WELL.fullmatch(what[0] or "") for _, what in new):
        ways.append((_by_well(new), _by_well(gone)))  # a well may head a whole column of times
    if new and all(what and (what[0] or "").startswith("animal ") for _, what in new):
        ways.append((_by_day(new), _by_day(gone)))  # a day may head the animals of all arms
    return min(
        sum(
            1 if any(part <= other for other in lost.values()) else part.total()
            for part in moved.values()
        )
        for moved, lost in ways
    )


def _without_losses(new: Facts, gone: Facts) -> Facts:
    """Leave out what is no wrong number: missing with a cause, and right but without its well."""
    free = Counter([what[1:] for (_, what), count in gone.items() for _ in range(count)])
    kept: Facts = Counter()
    for (label, what), count in new.items():
        placeless = what and not what[0] and free[what[1:]] >= count
        if not what or (what[-1] is not None and not placeless):
            kept[label, what] = count
    return kept


def _by_well(facts: Facts) -> dict[str, Counter[Any]]:
    found: dict[str, Counter[Any]] = {}
    for (label, what), count in facts.items():
        found.setdefault(what[0], Counter())[label, what[1:]] += count
    return found


def _by_day(facts: Facts) -> dict[str, Counter[Any]]:
    found: dict[str, Counter[Any]] = {}
    for (label, what), count in facts.items():
        about, _, day = label.rpartition("|")
        found.setdefault(day, Counter())[about, what] += count
    return found


def _by_name(facts: Facts) -> dict[str, Counter[Any]]:
    """Facts of each name, which stands first in a label: one wrong letter renames all of them."""
    found: dict[str, Counter[Any]] = {}
    for (label, what), count in facts.items():
        name, _, rest = label.partition("|")
        found.setdefault(name, Counter())[rest, what] += count
    return found


def _by_label(facts: Facts) -> dict[str, Counter[Any]]:
    found: dict[str, Counter[Any]] = {}
    for (label, what), count in facts.items():
        found.setdefault(label, Counter())[what] += count
    return found
