"""What a block must still be told to read its files, where the answers are known: one is chosen."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from exportin.contract.reader import Request
from exportin.study.as_values import TOLD_APART_BY
from exportin.study.discover import assay_names, load_assay
from exportin.study.edit.study_file import StudyText
from exportin.study.files import MAX_BYTES, find_files
from exportin.study.steps.read import find_reader
from exportin.tables.cells import read_sheets
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

CHANNEL, SHEET, READS, DECIMAL = "channel", "sheet", "reads", "decimal"
WRITE = re.compile(r'\b(channel|sheet|decimal) = "([^"]*)"')
READ = re.compile(r'\breads = \{ (\w+) = "')
BLOCK = re.compile(r"\[block\.([^\]]+)\]")
QUOTED = re.compile(r"'([^']+)'")
WORDS = {
    CHANNEL: "This file has several reads or targets: choose one",
    SHEET: "This workbook has several sheets: choose one",
    READS: "Each well was read several times: choose one read",
    DECIMAL: "Are decimals written with a point or a comma?",
}
MARKS = ((".", "point: 1.5"), (",", "comma: 1,5"))
ENDS = (("first", "the first"), ("last", "the last"))
KEPT_FILES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A key of a block that has to be set, and what may be set.

    ``values`` are pairs of the value as the study file has it and its words.
    """

    block: str
    key: str
    words: str
    files: tuple[str, ...]
    values: tuple[tuple[Any, str], ...]


def choices(study: StudyText, problems: Iterable[Problem]) -> tuple[Choice, ...]:
    """Return what can be chosen to mend problems whose remedy is one key of a block."""
    found: dict[tuple[str, str], list[Choice]] = {}
    places = {name: _files(study, name) for name in study.blocks}
    for problem in problems:
        if problem.severity != "error":
            continue
        block = _block_of(problem, places)
        one = _choice(study, block, problem) if block else None
        if one is not None:
            found.setdefault((one.block, one.key), []).append(one)
    return tuple(_together(same) for same in found.values())


def asks_for_key(problem: Problem) -> bool:
    """Whether the remedy of a problem is a key of a block that can be chosen."""
    return bool(READ.search(problem.remedy) or WRITE.search(problem.remedy))


def _files(study: StudyText, block: str) -> tuple[str, ...]:
    try:
        sources = study.sources()
        return find_files(sources, block, []) if block in sources.file.block else ()
    except InputError:
        return ()


def _block_of(problem: Problem, places: Mapping[str, tuple[str, ...]]) -> str:
    named = BLOCK.search(problem.remedy)
    if named and named[1] in places:
        return named[1]
    mine = [block for block, files in places.items() if problem.file in files]
    return mine[0] if len(mine) == 1 else ""


def _choice(study: StudyText, block: str, problem: Problem) -> Choice | None:
    one = Choice(block=block, key="", words="", files=(problem.file,), values=())
    read, asked = READ.search(problem.remedy), WRITE.search(problem.remedy)
    if read:
        ends = tuple(({read[1]: value}, words) for value, words in ENDS)
        return replace(one, key=READS, words=WORDS[READS], values=ends)
    if asked is None:
        return None
    key, example = asked.groups()
    names = [name for name in (*_known(study, block, problem.file, key), example) if name]
    if problem.code == "which-channel":
        names += QUOTED.findall(problem.message)
    pairs = MARKS if key == DECIMAL else tuple((name, name) for name in dict.fromkeys(names))
    return replace(one, key=key, words=WORDS[key], values=pairs)


def _together(same: list[Choice]) -> Choice:
    """Return one choice for all files of a block: what every one of them has, if there is such."""
    files = tuple(dict.fromkeys(file for one in same for file in one.files))
    shared = [pair for pair in same[0].values if all(pair in one.values for one in same)]
    every = [pair for one in same for pair in one.values]
    kept = shared or [pair for at, pair in enumerate(every) if pair not in every[:at]]
    return replace(same[0], files=files, values=tuple(kept))


def _known(study: StudyText, block: str, file: str, key: str) -> tuple[str, ...]:
    """Return the reads, targets or sheets of a file."""
    path, said = study.folder / file, study.blocks[block]
    try:
        what = path.stat()
    except OSError:
        return ()
    if what.st_size > MAX_BYTES or said.get("assay") not in assay_names():
        return ()
    told = {
        name: said[name] for name in ("columns", "constants") if isinstance(said.get(name), dict)
    }
    told |= {name: said[name] for name in (SHEET, DECIMAL) if isinstance(said.get(name), str)}
    known = json.dumps([said["assay"], said.get("reader"), told], default=str, sort_keys=True)
    seen = (what.st_size, what.st_mtime_ns)
    return _names(str(study.folder), file, seen, known, key)


@lru_cache(maxsize=KEPT_FILES)
def _names(folder: str, file: str, _seen: tuple[int, int], known: str, key: str) -> tuple[str, ...]:
    assay, reader_name, told = json.loads(known)
    try:
        source = Source(name=file, data=Path(folder, file).read_bytes())
        if key == SHEET:
            return tuple(sheet.name for sheet in read_sheets(source).sheets)
        if key != CHANNEL:
            return ()
        kind = load_assay(assay).consumes
        reader = find_reader(source, kind, reader_name)
        return tuple(_labels(source, reader, kind, told))
    except (InputError, OSError):
        return ()


def _labels(source: Source, reader: Any, kind: type, told: dict[str, Any]) -> Iterator[str]:
    kinds = [kind] if kind in TOLD_APART_BY else []
    kinds += [one for one in reader.kinds if one in TOLD_APART_BY and one is not kind]
    for one in kinds:
        if one not in reader.kinds:
            continue
        try:
            frame = reader.read(source, Request(kind=one, **told)).frame
        except InputError:
            continue
        column = frame.get_column(TOLD_APART_BY[one])
        yield from (name for name in column.unique(maintain_order=True) if name)
        return
