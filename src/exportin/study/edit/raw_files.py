"""What the raw files of a block say of samples and wells; faults in them are passed over."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from exportin.contract.reader import Request
from exportin.study.as_values import read_as
from exportin.study.discover import assay_names, load_assay
from exportin.study.edit.study_file import StudyText
from exportin.study.files import MAX_BYTES, find_files
from exportin.study.layout_files import named_layouts
from exportin.study.steps.read import find_reader
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.wellcells import SIZE

ASKED = {"columns": dict, "constants": dict, "decimal": str, "sheet": str, "channel": str}
"""Keys of a block that say how its files are read."""
KEPT_FILES = 4096


@dataclass(frozen=True, slots=True)
class RawFile:
    """A raw file: its columns, and the wells of each of its samples (none for tubes and animals).

    ``size`` is how many wells its plates have, 0 where it does not say.
    """

    file: str
    columns: frozenset[str]
    samples: Mapping[str, tuple[str, ...]]
    size: int


def raw_files(study: StudyText, block: str) -> tuple[RawFile, ...]:
    """Read the files of a block; those that cannot be read are left to ``exportin check``.

    Raises
    ------
    InputError
        If the study has no such block.
    """
    said = study.block(block)
    sources = study.sources()
    if block not in sources.file.block or said.get("assay") not in assay_names():
        return ()
    asked = {key: said[key] for key, kind in ASKED.items() if isinstance(said.get(key), kind)}
    known = json.dumps([said["assay"], said.get("reader"), asked], default=str, sort_keys=True)
    found = []
    for name in find_files(sources, block, [], named_layouts(sources)):
        what = (study.folder / name).stat()
        if what.st_size <= MAX_BYTES:
            one = _read(str(study.folder), name, (what.st_size, what.st_mtime_ns), known)
            found += [] if one is None else [one]
    return tuple(found)


@lru_cache(maxsize=KEPT_FILES)
def _read(folder: str, name: str, _seen: tuple[int, int], known: str) -> RawFile | None:
    assay, reader, asked = json.loads(known)
    try:
        source = Source(name=name, data=Path(folder, name).read_bytes())
        request = Request(kind=load_assay(assay).consumes, **asked)
        frame = read_as(find_reader(source, request.kind, reader), source, request).frame
    except (InputError, OSError):
        return None
    wells: dict[str, list[str]] = {}
    has = "well" in frame.columns
    for row in (
        frame.select(["sample_id", *(["well"] if has else [])]).unique(maintain_order=True).rows()
    ):
        held = wells.setdefault(str(row[0]), [])
        held += [str(row[1])] if has and row[1] else []
    size = frame.get_column(SIZE).max() if SIZE in frame.columns else None
    return RawFile(
        file=name,
        columns=frozenset(frame.columns),
        samples={sample: tuple(held) for sample, held in wells.items()},
        size=_whole(size),
    )


def _whole(size: Any) -> int:
    return int(size) if isinstance(size, int | float) else 0
