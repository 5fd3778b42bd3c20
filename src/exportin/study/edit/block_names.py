"""Names for blocks: what may be one, which are taken, and a good one for a file."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from exportin.study.edit.names import WINDOWS
from exportin.study.edit.study_file import StudyText
from exportin.study.ledger import excluded_rows, read_ledger
from exportin.study.load import FILE
from exportin.study.load import NAME as VALID
from exportin.tables.problems import InputError, problem_at

LONGEST = 40
NO_LETTER = re.compile(r"[^A-Za-z0-9_\-]+")


def propose_name(file: str, assay: str, taken: Iterable[str]) -> str:
    """Return a name for a block of a file: the file's own, as far as it can name a block.

    >>> propose_name("raw/Platte 3 (Größe).csv", "viability", ["platte_3_grosse"])
    'Platte_3_Grosse_2'
    >>> propose_name("2024-05.csv", "viability", []), propose_name("µ.csv", "viability", [])
    ('viability_2024-05', 'viability')
    """
    return free_name(_plain(PurePosixPath(file).stem, assay), taken)


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that no block or link has, with a number behind it where it is needed.

    >>> free_name("P1", {"p1", "P1_2"}), free_name("P1", {"P2"})
    ('P1_3', 'P1')
    """
    held = {one.casefold() for one in taken}
    number, made = 1, name
    while made.casefold() in held:
        number += 1
        made = f"{name}_{number}"
    return made


def taken_names(study: StudyText) -> tuple[str, ...]:
    """Return the names of blocks and links, and of blocks that are gone but have rows left out."""
    ledger = read_ledger(study.folder)
    gone = {entry.block for entry in ledger} - {*study.blocks}
    held = [name for name in sorted(gone) if excluded_rows(ledger, name)]
    return (*study.blocks, *study.links, *held)


def check_name(study: StudyText, name: str) -> None:
    """Refuse a name that no block may have, or that another has.

    Raises
    ------
    InputError
        With a name to write instead.
    """
    problem, held = "", {one.casefold(): one for one in taken_names(study)}
    if not VALID.match(name):
        problem = f"'{name}' cannot name a block: letters, digits, _ and -, a letter first."
    elif len(name) > LONGEST:
        problem = f"the name of a block has at most {LONGEST} letters; this one has {len(name)}."
    elif name.casefold() in WINDOWS:
        problem = f"'{name}' cannot name a folder of results on Windows."
    elif name.casefold() in held:
        problem = f"the name '{held[name.casefold()]}' is taken."
    if problem:
        instead = free_name(_plain(name, "block"), held)
        raise InputError(problem_at(FILE, "", problem, f"Write '{instead}'.", "block-name"))


def _plain(text: str, assay: str) -> str:
    letters = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    letters = letters.encode("ascii", "ignore").decode()
    name = re.sub(r"_{2,}", "_", NO_LETTER.sub("_", letters)).strip("_-")
    if not name[:1].isalpha():
        name = f"{assay}_{name}".rstrip("_")
    name = name[: LONGEST - 4].rstrip("_-")
    return f"{name}_1" if name.casefold() in WINDOWS else name
