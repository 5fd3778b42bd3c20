"""Damaged copies of files, and what may be read from them: nothing, or what was there before.

A mutant ends as a refusal that says where and what to do, or as a table in which every surviving
value is right. What no reader can know is allowed: a flipped bit may turn one digit into another.
"""

import gzip
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.study.discover import load_readers
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.table import Table

Facts = Counter[tuple[str, str, str, float | None]]
WIDEST = 48
LARGEST = 400_000
"""Larger files take too long to be read ten thousand times."""
KEYS = ("well", "target", "quantity", "cycle", "time_s", "treatment", "dose")
"""What tells the values of a file apart, but for names that a file is free to choose."""


@dataclass(frozen=True)
class Case:
    """A whole file, how it is read, and what it holds."""

    reader: Reader
    name: str
    data: bytes
    request: Request
    facts: Facts

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
    frame = table.frame
    keys = [name for name in KEYS if name in frame.columns]
    if "quantity" in keys and frame.schema["quantity"] != pl.String:
        keys.remove("quantity")  # of a standard, which is a number
    value = "value" if "value" in frame.columns else None
    found: Facts = Counter()
    for row in frame.iter_rows(named=True):
        first, *rest = [str(row[name]) for name in keys if row[name] is not None] or [""]
        found[
            first, "|".join(rest), str(row.get("cause") or ""), row[value] if value else None
        ] += 1
    return found


def cases(folder: Path, samples: dict[str, list[tuple[str, bytes, dict[str, Any]]]]) -> list[Case]:
    """Every reader with the real files it was tested on, or a sample where there is none."""
    files = {
        path.name.removesuffix(".gz"): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.stat().st_size <= LARGEST
    }
    found = []
    for reader in load_readers():
        given = [(name, _bytes(files[name]), {}) for name in reader.tested if name in files]
        for name, data, about in given or samples.get(reader.name, []):
            request = Request(kind=reader.kinds[0], **about)
            try:
                table = reader.read(Source(name=name, data=data), request)
            except InputError:
                continue  # a file whose reads must be named one by one
            found.append(Case(reader, name, data, request, facts_of(table)))
    return found


def _bytes(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def mutants(case: Case, rng: random.Random) -> Iterator[Mutant]:
    """Give damaged copies without end."""
    makers: list[Callable[[Case, random.Random], Mutant | None]] = [cut, flip, flip, noise]
    makers += [cut_zip, flip_inside] if case.is_archive else TEXT_MAKERS
    while True:
        mutant = rng.choice(makers)(case, rng)
        if mutant is not None and mutant.data != case.data:
            yield mutant


def cut(case: Case, rng: random.Random) -> Mutant:
    """End the file early, often at a line end or block."""
    at = rng.randrange(len(case.data))
    if rng.random() < 0.5:
        at = case.data.rfind(b"\n", 0, at) + 1
    return Mutant(f"cut at {at}", case.data[:at], strays=1)


def flip(case: Case, rng: random.Random) -> Mutant:
    """Flip a bit."""
    at = rng.randrange(len(case.data))
    changed = bytearray(case.data)
    changed[at] ^= 1 << rng.randrange(8)
    return Mutant(f"bit flipped at {at}", bytes(changed), strays=2)


def noise(case: Case, rng: random.Random) -> Mutant:
    """Replace a few bytes by others, or by none."""
    changed = bytearray(case.data)
    at = rng.randrange(len(changed))
    changed[at : at + rng.randrange(1, 9)] = rng.randbytes(rng.randrange(9))
    return Mutant(f"noise at {at}", bytes(changed), strays=9)


def lines_of(case: Case) -> tuple[list[str], str] | None:
    """The lines of a text with their ends, and its encoding."""
    for code in ("utf-16", "utf-8-sig", "cp1252", "latin-1"):
        if code == "utf-16" and case.data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            text = case.data.decode(code)
        except UnicodeDecodeError:
            continue
        found = re.findall(r"[^\r\n]*(?:\r\n|\r|\n|$)", text)
        return [line for line in found if line], code
    return None


def text_mutant(
    what: str, change: Callable[[list[str], random.Random], list[str] | None], **allowed: Any
) -> Callable[[Case, random.Random], Mutant | None]:
    def make(case: Case, rng: random.Random) -> Mutant | None:
        found = lines_of(case)
        if found is None or len(found[0]) < 3:
            return None
        changed = change(list(found[0]), rng)
        if changed is None:
            return None
        return Mutant(what, "".join(changed).encode(found[1], "replace"), **allowed)

    return make


def drop_line(lines: list[str], rng: random.Random) -> list[str]:
    del lines[rng.randrange(len(lines))]
    return lines


def drop_lines(lines: list[str], rng: random.Random) -> list[str]:
    at = rng.randrange(len(lines))
    del lines[at : at + rng.randrange(2, 12)]
    return lines


def swap_lines(lines: list[str], rng: random.Random) -> list[str]:
    one, two = rng.sample(range(len(lines)), 2)
    lines[one], lines[two] = lines[two], lines[one]
    return lines


def swap_columns(lines: list[str], rng: random.Random) -> list[str] | None:
    """Swap two columns, with their heads, in all lines that are wide enough."""
    line = rng.choice(lines)
    mark = max(",;\t", key=line.count)
    width = line.count(mark)
    if width < 2 or '"' in "".join(lines):
        return None
    one, two = rng.sample(range(width + 1), 2)
    for at, text in enumerate(lines):
        body = text.rstrip("\r\n")
        if body.count(mark) >= max(one, two):
            cells = body.split(mark)
            cells[one], cells[two] = cells[two], cells[one]
            lines[at] = mark.join(cells) + text[len(body) :]
    return lines


def reencode(case: Case, rng: random.Random) -> Mutant | None:
    """The same text in another encoding: the same table, or a refusal."""
    found = lines_of(case)
    if found is None:
        return None
    code = rng.choice(["utf-16", "utf-16-be", "utf-8", "utf-8-sig", "cp1252", "utf-32"])
    try:
        data = "".join(found[0]).encode(code)
    except UnicodeEncodeError:
        return None
    return Mutant(f"in {code}", data, lost=False)


def other_ends(case: Case, rng: random.Random) -> Mutant | None:
    """Other line ends: the same table, or a refusal."""
    found = lines_of(case)
    if found is None:
        return None
    end = rng.choice(["\n", "\r\n", "\r"])
    text = "".join(line.rstrip("\r\n") + end for line in found[0])
    return Mutant(f"line ends {end!r}", text.encode(found[1]), lost=False)


TEXT_MAKERS: list[Callable[[Case, random.Random], Mutant | None]] = [
    text_mutant("a line lost", drop_line),
    text_mutant("lines lost", drop_lines),
    text_mutant("two lines swapped", swap_lines, strays=2 * WIDEST),  # rows of two like plates
    text_mutant("two columns swapped", swap_columns, lost=False),
    reencode,
    other_ends,
]


def cut_zip(case: Case, rng: random.Random) -> Mutant | None:
    """A whole archive in which one file ends early or is not there."""
    return _rezipped(case, rng, lambda data: data[: rng.randrange(len(data) + 1)], "cut inside")


def flip_inside(case: Case, rng: random.Random) -> Mutant | None:
    """A whole archive in which a bit of one file is flipped: no checksum tells."""

    def change(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        return bytes(changed)

    return _rezipped(case, rng, change, "bit flipped inside", strays=2)


def _rezipped(
    case: Case, rng: random.Random, change: Callable[[bytes], bytes], what: str, strays: int = 1
) -> Mutant | None:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(case.data)) as archive:
        names = archive.namelist()
        sheets = [name for name in names if "sheet" in name.lower() or name.endswith("data.xml")]
        chosen = rng.choice(sheets if sheets and rng.random() < 0.7 else names)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
            for name in names:
                data = archive.read(name)
                made.writestr(name, change(data) if name == chosen and data else data)
    return Mutant(f"{what} {chosen}", out.getvalue(), strays=strays)


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
    found = facts_of(table)
    new = sum((found - case.facts).values())
    gone = sum((case.facts - found).values())
    if new > mutant.strays:
        some = list((found - case.facts).elements())[:3]
        return f"{new} values that were not there, such as {some}"
    if not mutant.lost and gone > mutant.strays:
        return f"{gone} values are gone unsaid"
    return ""
