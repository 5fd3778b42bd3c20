"""Starts a study from cytometer files: folders, a design row a tube, guesses as remarks."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from exportin.study.discover import load_readers
from exportin.study.front_door import Recognised
from exportin.study.suggest import Told
from exportin.study.suggest_events import channel_words, event_assays, guesses
from exportin.tables.events import Events
from exportin.tables.origin import Source

TOLD = ("tube", "well", "plate", "source", "measured_at")
"""What a file may say of its tube."""
PART = r"(?:^|[^0-9A-Za-z])"
EXPERIMENT = re.compile(
    PART + r"((?:experiment|exp|replicate|rep|e|r|n)[ _.#-]?\d{1,2})(?![0-9A-Za-z])", re.IGNORECASE
)
DOSE = re.compile(
    r"([A-Za-z][A-Za-z-]{2,})[ _.-]*(\d+(?:[.,]\d+)?)[ _]?(nM|uM|µM|mM|pM)(?![A-Za-z])"
)
ROLES = {
    "vehicle": ("dmso", "vehicle", "veh", "ctrl", "control", "ctr"),
    "untreated": ("untreated", "nt", "medium"),
    "unstained": ("unstained", "blank", "nostain"),
    "single_stain": ("only", "single", "comp", "compensation"),
}
SHOWN = 3


def files_of(path: Path) -> tuple[list[Path], list[Path]]:
    """Return the files of a folder that a study may start from, and those left out.

    Where a folder and those below it hold cytometer files, only these are taken.
    """
    every = sorted(
        one for one in path.rglob("*")
        if one.is_file() and not any(p.startswith(".") for p in one.relative_to(path).parts)
    )  # fmt: skip
    readers = load_readers()
    tubes = {end for one in readers if Events in one.kinds for end in one.suffixes}
    known = {end for one in readers for end in one.suffixes}
    has = any(one.suffix.casefold() in tubes for one in every)
    wanted = tubes if has else known
    taken = [one for one in every if one.suffix.casefold() in wanted]
    return taken, [one for one in every if one not in set(taken)]


def slim(one: Recognised) -> Recognised:
    """Let go of the bytes of a file: several hundred tubes are more than the memory holds."""
    return replace(one, table=None, source=Source(name=one.source.name, data=b""))


def is_events(one: Recognised) -> bool:
    """Whether the file holds events of a cytometer."""
    return one.kind == Events.kind


def assay_of(one: Recognised, asked: Sequence[str]) -> str:
    """Return the assay of a file: one that was asked for, by its stains where several were."""
    mine = [name for name in asked if name in one.suggestion.assays]
    if not mine or one.suggestion.assay in mine:
        return one.suggestion.assay
    return mine[0]


def tails(found: Sequence[Recognised]) -> dict[str, str]:
    """Return file name to its place below raw: the name, with its folder where two agree.

    Cytometers write Tube_001.fcs into a folder for each experiment.
    """
    names = [one.source.name.replace("\\", "/") for one in found]
    for depth in range(1, 4):
        made = {name: "/".join(name.strip("/").split("/")[-depth:]) for name in names}
        count = Counter(tail.casefold() for tail in made.values())
        if all(n == 1 for n in count.values()):
            return made
    return {name: name.rsplit("/", 1)[-1] for name in names}


def patterns(places: Sequence[str], base: str) -> list[str]:
    """Return patterns that mean these files below a folder, one for each depth and ending.

    >>> patterns(["raw/a.fcs", "raw/b.fcs", "raw/E1/c.LMD"], "raw")
    ['raw/*.fcs', 'raw/*/*.LMD']
    """
    made = []
    for place in places:
        *folders, name = place.removeprefix(f"{base}/").split("/")
        end = "." + name.rsplit(".", 1)[1] if "." in name else ""
        made.append("/".join([base, *("*" for _ in folders), f"*{end}"]) if end else place)
    return list(dict.fromkeys(made))


def design_rows(mine: Sequence[tuple[Recognised, str, str]]) -> Iterator[dict[str, str]]:
    """Give a row a tube: its name and file; what file and name tell stands beside, for a person."""
    for one, place, tail in mine:
        stem = tail.rsplit(".", 1)[0] if "." in tail.rsplit("/", 1)[-1] else tail
        for row in one.rows.iter_rows(named=True):
            sample = row["sample_id"]
            if "/" in tail:
                sample = "_".join([*stem.split("/")[:-1], sample])
            said = [f"{name} {row[name]}" for name in TOLD if row.get(name) and row[name] != sample]
            yield {
                "sample_id": sample,
                "file": place,
                "file_says": "; ".join(said),
                "guess": "; ".join(name_says(one.source.name)),
            }


def name_says(name: str) -> Iterator[str]:
    """Give what the name of a file seems to say, each with a question mark.

    >>> list(name_says("Exp1/GIST_selinexor_100_nM_rep2.fcs"))
    ['unit_id rep2?', 'treatment selinexor 100 nM?']
    >>> list(name_says("E3/DMSO.fcs"))
    ['unit_id E3?', 'treatment DMSO?', 'role vehicle?']
    """
    text = "/".join(name.replace("\\", "/").split("/")[-2:])
    text = text.rsplit(".", 1)[0] if "." in text.rsplit("/", 1)[-1] else text
    units = EXPERIMENT.findall(text)
    if units:
        yield f"unit_id {units[-1]}?"
    dose = DOSE.search(text.replace("_", " "))
    if dose:
        yield f"treatment {dose[1]} {dose[2]} {dose[3]}?"
    words = re.split(r"[^0-9a-z]+", text.casefold())
    for role, signs in ROLES.items():
        hit = next((word for word in words if word in signs), "")
        if hit:
            shown = text[text.casefold().find(hit) :][: len(hit)]
            if role == "vehicle" and not dose:
                yield f"treatment {shown}?"
            yield f"role {role}?"
            return


def channel_lines(mine: Sequence[Recognised]) -> list[str]:
    """List the channels of the files, a line for each set of them."""
    count: dict[tuple[Told, ...], int] = Counter(one.suggestion.channels for one in mine)
    lines = []
    for told, n in list(count.items())[:SHOWN]:
        of = "Channels of the files" if len(count) == 1 else f"Channels of {n} of {len(mine)} files"
        lines.append(f"{of}: {channel_words(told)}")
    if len(count) > SHOWN:
        lines.append(f"and {len(count) - SHOWN} more sets of channels.")
    return lines


def guessed(assay: str, mine: Sequence[Recognised]) -> Mapping[str, str]:
    """Return the likely channels of the files as settings, where all of them agree."""
    made = [guesses(assay, told) for told in {one.suggestion.channels for one in mine}]
    if not made:
        return {}
    return {
        key: json.dumps(guess)
        for key, guess in made[0].items()
        if guess and all(other.get(key) == guess for other in made)
    }


def several(assays: Sequence[str]) -> bool:
    """Whether more than one block takes events, so that each has a folder of its own."""
    return len([name for name in assays if name in event_assays()]) > 1
